//! What became known of each sensor since the last line, from figures that only grow.

use std::collections::BTreeMap;

use blueline_store::lake::group::{OddityRecord, Watch};
use blueline_terms::SensorIndex;
use blueline_watch::{Closing, SourceName};

use crate::coverage::Notes;

/// Remembers the figures of the last line.
#[derive(Default)]
pub(super) struct Notebook {
    figures: BTreeMap<Option<SensorIndex>, Figures>,
}

#[derive(Default)]
struct Figures {
    copies: (u64, u64),
    dropped: Option<u64>,
    shed: u64,
}

impl Notebook {
    /// What each sensor's watch brought since the line before.
    pub(super) fn since_last(&mut self, line: &Closing, names: &[SourceName]) -> Vec<(Option<SensorIndex>, Watch)> {
        let mut notes: BTreeMap<Option<SensorIndex>, Watch> = BTreeMap::new();
        for watch in &line.sensors {
            let figures = self.figures.entry(watch.sensor).or_default();
            let note = notes.entry(watch.sensor).or_default();
            note.gaps = watch.gaps.iter().map(|gap| (gap.start.nanos(), gap.end.nanos())).collect();
            note.copies = watch.copies.0 - figures.copies.0;
            note.copied_bytes = watch.copies.1 - figures.copies.1;
            if watch.dropped != figures.dropped {
                note.dropped = watch.dropped.map(|dropped| dropped.saturating_sub(figures.dropped.unwrap_or(0)));
            }
            (figures.copies, figures.dropped) = (watch.copies, watch.dropped);
        }
        for (&sensor, &shed) in &line.shed {
            let figures = self.figures.entry(sensor).or_default();
            notes.entry(sensor).or_default().shed = shed - std::mem::replace(&mut figures.shed, shed);
        }
        for entry in &line.oddities {
            let name = names.get(entry.source);
            let source = name.map_or_else(String::new, |name| name.text.clone());
            let record = OddityRecord::new(source, entry.source, entry.count, &entry.first);
            notes.entry(name.and_then(|name| name.sensor)).or_default().oddities.push(record);
        }
        notes.into_iter().filter(|(_, note)| !note.is_empty()).collect()
    }
}

impl Notes {
    /// The part of a watch that coverage rests on.
    pub(crate) fn of(watch: &Watch) -> Self {
        Self { gaps: watch.gaps().collect(), dropped: watch.dropped, shed: watch.shed }
    }
}
