//! What the writer knows is there: which groups of which sensor and period, and what they were counted from.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use blueline_terms::Moment;

use super::group::{Batch, Group};
use super::name::{FileName, Kind};
use super::snapshot::{Footers, LakeFile, Snapshot};
use crate::shelf::Shelf;

/// The groups of a lake.
#[derive(Default)]
pub(super) struct Index {
    /// By sensor and start of the period.
    groups: BTreeMap<Option<String>, BTreeMap<i64, Vec<Known>>>,
    /// Compacted files whose groups have not been looked at, by hour.
    unread: BTreeMap<i64, Vec<LakeFile>>,
    /// The longest period there is.
    longest: i64,
}

/// A group that is there.
#[derive(Clone, Debug)]
struct Known {
    length: i64,
    id: String,
    /// What came in time under 0, what came late under its number.
    parts: BTreeMap<u32, Part>,
    /// Whether it lies in a file with others.
    compacted: bool,
}

/// A part of a group.
#[derive(Clone, Debug)]
struct Part {
    file: LakeFile,
    /// What it was counted from, once that has been looked at.
    counted: Option<Counted>,
    /// Whether this run wrote it.
    fresh: bool,
}

#[derive(Clone, Debug)]
struct Counted {
    seals: BTreeSet<String>,
    /// Whether nothing of its batches can have come later.
    whole: bool,
}

impl Counted {
    fn of(batches: &[Batch], whole: bool) -> Self {
        Self { seals: batches.iter().map(|batch| batch.seal.clone()).collect(), whole }
    }
}

/// Which group, of which period and sensor, counted from what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) sensor: &'a Option<String>,
    /// Start of its period and its length, in nanoseconds.
    pub(super) period: (i64, i64),
    pub(super) id: &'a str,
    pub(super) batches: &'a [Batch],
    /// When the last packet of each of them was taken, in nanoseconds since the Unix epoch.
    pub(super) ends: &'a [i64],
}

impl Asked<'_> {
    fn end(&self) -> i64 {
        self.period.0.saturating_add(self.period.1)
    }

    fn own(&self) -> BTreeSet<&str> {
        self.batches.iter().map(|batch| batch.seal.as_str()).collect()
    }

    /// The period and its sensor, in words.
    fn words(&self) -> String {
        let from = Moment::from_nanos(self.period.0);
        let sensor = self.sensor.as_deref().map_or_else(|| "no sensor".to_owned(), |id| format!("sensor {id}"));
        format!("the period of {sensor} at {from} was left as it is")
    }
}

/// What is to be done with a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is new: write it. It stands for these files.
    Write { replaces: Vec<LakeFile> },
    /// All of it is there; under this name, or within groups of other names.
    Known { by_name: bool },
    /// A part of it is there, counted together with something else. The text says what to do.
    Refuse(String),
}

/// What to do about a group that cannot be added.
const REMEDY: &str = "remove that hour (`blueline lake forget`) and watch all its sources again together, with the period of the mission";

impl Index {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut index = Self::default();
        snapshot.files.iter().for_each(|file| index.add_file(file));
        index
    }

    fn add_file(&mut self, file: &LakeFile) {
        match &file.name.kind {
            Kind::Hour { .. } => self.unread.entry(file.name.start).or_default().push(file.clone()),
            Kind::Group { length, sensor, group, late } => {
                let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
                let part = Part { file: file.clone(), counted: None, fresh: false };
                self.add(sensor, (file.name.start, length), group, late.unwrap_or(0), part);
            }
        }
    }

    fn add(&mut self, sensor: &Option<String>, (start, length): (i64, i64), id: &str, late: u32, part: Part) {
        self.longest = self.longest.max(length);
        let groups = self.groups.entry(sensor.clone()).or_default().entry(start).or_default();
        let compacted = matches!(part.file.name.kind, Kind::Hour { .. });
        match groups.iter_mut().find(|known| known.id == id) {
            Some(known) => _ = known.parts.insert(late, part),
            None => {
                groups.push(Known { length, id: id.to_owned(), parts: BTreeMap::from([(late, part)]), compacted });
            }
        }
    }

    /// A file has been put.
    pub(super) fn put(&mut self, file: &LakeFile, group: &Group, replaced: &[LakeFile]) {
        if let Some(periods) = self.groups.get_mut(&group.sensor).filter(|_| !replaced.is_empty()) {
            for (_, groups) in periods.range_mut(group.range().0..group.range().1) {
                groups.retain(|known| !known.parts.values().any(|part| replaced.contains(&part.file)));
            }
        }
        let counted = Some(Counted::of(&group.batches, group.whole));
        let part = Part { file: file.clone(), counted, fresh: true };
        self.add(&group.sensor, (group.start, group.length), &group.id, group.late, part);
    }

    /// Whether this run wrote one of these files.
    pub(super) fn wrote(&self, sensor: &Option<String>, files: &[LakeFile]) -> bool {
        let groups = self.groups.get(sensor).into_iter().flat_map(BTreeMap::values).flatten();
        groups.flat_map(|known| known.parts.values()).any(|part| part.fresh && files.contains(&part.file))
    }

    /// What is to be done with a group.
    ///
    /// # Errors
    ///
    /// When a footer cannot be read.
    pub(super) fn decide(&mut self, shelf: &Shelf, footers: &Footers, asked: Asked<'_>) -> io::Result<Decision> {
        if self.is_there(shelf, footers, asked, 0)? {
            return Ok(Decision::Known { by_name: true });
        }
        let start = asked.period.0;
        let last = asked.ends.iter().map(|end| end.saturating_add(1)).max().unwrap_or(0);
        let nearby = self.overlapping(shelf, footers, asked.sensor, (start, last.max(asked.end())))?;
        // Shorter periods: a run that was killed wrote the first ones of a batch alone, in the order of time.
        let to_its_end = |(batch, end): (&Batch, &i64)| {
            nearby.iter().any(|(from, known)| known.holds(*from, *end) && known.seals().contains(batch.seal.as_str()))
        };
        let ended = asked.batches.iter().zip(asked.ends).all(to_its_end);
        let overlapping = nearby.iter().copied().filter(|(from, _)| *from < asked.end());
        let own = asked.own();
        let (mut there, mut throughout, mut replaces) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let (mut inside, mut compacted) = (true, false);
        for (from, known) in overlapping {
            // What came late to this very group is there already, and stays.
            if known.id == asked.id {
                continue;
            }
            let seals = known.seals();
            if !seals.iter().any(|seal| own.contains(seal)) {
                continue;
            }
            // It may be replaced when the new one holds all of it: its batches, and its time.
            inside &= seals.is_subset(&own) && start <= from && from.saturating_add(known.length) <= asked.end();
            compacted |= known.compacted;
            let common = || seals.iter().filter_map(|seal| own.get(seal).copied());
            there.extend(common());
            if from <= start && known.holds(from, asked.end() - 1) {
                throughout.extend(common());
            }
            replaces.extend(known.parts.values().map(|part| part.file.clone()));
        }
        Ok(if there.is_empty() {
            Decision::Write { replaces: Vec::new() }
        } else if throughout.len() == own.len() || (there.len() == own.len() && ended) {
            Decision::Known { by_name: false }
        } else if inside && !compacted {
            Decision::Write { replaces }
        } else {
            let (known, all, which) = (there.len(), own.len(), asked.words());
            Decision::Refuse(format!(
                "{which}: {known} of its {all} batches are in the lake already, counted together with others or by other \
                 periods; to have the rest too, {REMEDY}"
            ))
        })
    }

    /// What is to be done with what came late under a number to a group that this run decided about: `by_name` tells
    /// whether the group is there under its own name.
    ///
    /// # Errors
    ///
    /// When a footer cannot be read.
    pub(super) fn decide_late(
        &mut self,
        shelf: &Shelf,
        footers: &Footers,
        asked: Asked<'_>,
        number: u32,
        by_name: bool,
    ) -> io::Result<Decision> {
        if self.is_there(shelf, footers, asked, number)? {
            return Ok(Decision::Known { by_name });
        }
        let own = asked.own();
        let mut told = false;
        for (_, known) in self.overlapping(shelf, footers, asked.sensor, (asked.period.0, asked.end()))? {
            let earlier = known.parts.values().filter(|part| !part.fresh);
            // An earlier run counted all of these batches when nothing of them could come any more.
            told |= earlier
                .filter_map(|part| part.counted.as_ref())
                .any(|part| part.whole && own.iter().all(|seal| part.seals.contains(*seal)));
        }
        Ok(match (told, by_name) {
            (true, _) => Decision::Known { by_name },
            (false, true) => Decision::Write { replaces: Vec::new() },
            (false, false) => {
                let which = asked.words();
                Decision::Refuse(format!(
                    "{which}: rows came late to what is there under another name; to have them, {REMEDY}"
                ))
            }
        })
    }

    /// Whether the part of the group with this number is there, under the group's own name.
    fn is_there(&mut self, shelf: &Shelf, footers: &Footers, asked: Asked<'_>, number: u32) -> io::Result<bool> {
        self.read_hours(shelf, footers, asked.period.0, asked.end())?;
        let groups = self.groups.get(asked.sensor).and_then(|periods| periods.get(&asked.period.0));
        let mut own = groups.into_iter().flatten().filter(|known| known.id == asked.id);
        Ok(own.any(|known| known.parts.contains_key(&number)))
    }

    /// The groups of a sensor that overlap a stretch of time, with what they were counted from.
    fn overlapping<'a>(
        &'a mut self,
        shelf: &Shelf,
        footers: &Footers,
        sensor: &Option<String>,
        (start, end): (i64, i64),
    ) -> io::Result<Vec<(i64, &'a Known)>> {
        self.read_hours(shelf, footers, start, end)?;
        let longest = self.longest;
        let Some(periods) = self.groups.get_mut(sensor) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (&from, groups) in periods.range_mut(start.saturating_sub(longest)..end) {
            for known in groups.iter_mut().filter(|known| from.saturating_add(known.length) > start) {
                known.look(shelf, footers)?;
                found.push((from, &*known));
            }
        }
        Ok(found)
    }

    /// Looks at the compacted files of the hours that a stretch of time may lie in.
    fn read_hours(&mut self, shelf: &Shelf, footers: &Footers, start: i64, end: i64) -> io::Result<()> {
        let hour = i64::try_from(FileName::HOUR.as_nanos()).unwrap_or(i64::MAX);
        let from = FileName::hour_of(Moment::from_nanos(start.saturating_sub(self.longest.max(hour))));
        let hours: Vec<i64> = self.unread.range(from..end).map(|(&hour, _)| hour).collect();
        let unread: Vec<LakeFile> = hours.iter().filter_map(|hour| self.unread.remove(hour)).flatten().collect();
        for file in unread {
            let footer = shelf.wait(footers.of(shelf, &file))?;
            for group in &footer.groups {
                let counted = Some(Counted::of(&group.batches, group.whole));
                let part = Part { file: file.clone(), counted, fresh: false };
                self.add(&group.sensor, (group.start, group.length), &group.id, group.late, part);
            }
        }
        Ok(())
    }
}

impl Known {
    /// Whether a moment lies in its period, which begins at `from`.
    fn holds(&self, from: i64, moment: i64) -> bool {
        (from..from.saturating_add(self.length)).contains(&moment)
    }

    /// Looks up what its parts were counted from.
    fn look(&mut self, shelf: &Shelf, footers: &Footers) -> io::Result<()> {
        for (late, part) in &mut self.parts {
            if part.counted.is_some() {
                continue;
            }
            let footer = shelf.wait(footers.of(shelf, &part.file))?;
            let group = footer.groups.iter().find(|group| group.id == self.id && group.late == *late);
            part.counted = group.map(|group| Counted::of(&group.batches, group.whole));
        }
        Ok(())
    }

    /// The batches that it was counted from, late ones as well.
    fn seals(&self) -> BTreeSet<&str> {
        let counted = self.parts.values().filter_map(|part| part.counted.as_ref());
        counted.flat_map(|counted| &counted.seals).map(String::as_str).collect()
    }
}
