//! What the writer knows is there: which groups of which sensor and period, and what they were counted from.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use blueline_terms::Moment;

use super::group::Batch;
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
    late: BTreeSet<u32>,
    files: Vec<LakeFile>,
    /// The seals it was counted from, once they have been looked at.
    seals: Option<BTreeSet<String>>,
    /// Whether it lies in a file with others.
    compacted: bool,
}

/// What is to be done with a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is new: write it. It stands for these files.
    Write { replaces: Vec<LakeFile> },
    /// All of it is there.
    Known,
    /// A part of it is there, counted together with something else. The text says what to do.
    Refuse(String),
}

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
                self.add(sensor.clone(), file.name.start, length, group, late.unwrap_or(0), file, None);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a name")]
    fn add(
        &mut self,
        sensor: Option<String>,
        start: i64,
        length: i64,
        id: &str,
        late: u32,
        file: &LakeFile,
        seals: Option<BTreeSet<String>>,
    ) {
        self.longest = self.longest.max(length);
        let groups = self.groups.entry(sensor).or_default().entry(start).or_default();
        let compacted = matches!(file.name.kind, Kind::Hour { .. });
        let known = match groups.iter_mut().position(|known| known.id == id) {
            Some(place) => &mut groups[place],
            None => {
                groups.push(Known {
                    length,
                    id: id.to_owned(),
                    late: BTreeSet::new(),
                    files: Vec::new(),
                    seals: None,
                    compacted,
                });
                let last = groups.len() - 1;
                &mut groups[last]
            }
        };
        known.late.insert(late);
        if !known.files.contains(file) {
            known.files.push(file.clone());
        }
        if late == 0 && seals.is_some() {
            known.seals = seals;
        }
    }

    /// A file has been put.
    pub(super) fn put(&mut self, file: &LakeFile, batches: &[Batch], replaced: &[LakeFile]) {
        for groups in self.groups.values_mut().flat_map(BTreeMap::values_mut) {
            if replaced.is_empty() {
                break;
            }
            groups.retain(|known| !known.files.iter().any(|file| replaced.contains(file)));
        }
        if let Kind::Group { length, sensor, group, late } = &file.name.kind {
            let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
            let seals = batches.iter().map(|batch| batch.seal.clone()).collect();
            self.add(sensor.clone(), file.name.start, length, group, late.unwrap_or(0), file, Some(seals));
        }
    }

    /// Whether what came late to a group under this number is there.
    pub(super) fn has_late(&self, sensor: &Option<String>, start: i64, id: &str, late: u32) -> bool {
        let groups = self.groups.get(sensor).and_then(|periods| periods.get(&start));
        groups.is_some_and(|groups| groups.iter().any(|known| known.id == id && known.late.contains(&late)))
    }

    /// What is to be done with a group of this sensor and period that was counted from these batches.
    ///
    /// # Errors
    ///
    /// When a footer cannot be read.
    pub(super) fn decide(
        &mut self,
        shelf: &Shelf,
        footers: &Footers,
        sensor: &Option<String>,
        (start, length): (i64, i64),
        (id, batches): (&str, &[Batch]),
    ) -> io::Result<Decision> {
        self.read_hours(shelf, footers, start, length)?;
        let longest = self.longest;
        let Some(periods) = self.groups.get_mut(sensor) else { return Ok(Decision::Write { replaces: Vec::new() }) };
        let end = start.saturating_add(length);
        let nearby = periods
            .range_mut(start.saturating_sub(longest)..end)
            .flat_map(|(&from, groups)| groups.iter_mut().map(move |known| (from, known)));
        let overlapping: Vec<(i64, &mut Known)> =
            nearby.filter(|(from, known)| from.saturating_add(known.length) > start).collect();
        if overlapping.iter().any(|(_, known)| known.id == id) {
            return Ok(Decision::Known);
        }
        let own: BTreeSet<&str> = batches.iter().map(|batch| batch.seal.as_str()).collect();
        let (mut there, mut inside, mut replaces) = (BTreeSet::new(), true, Vec::new());
        let mut compacted = false;
        for (from, known) in overlapping {
            if known.seals.is_none() {
                known.seals = Some(seals_of(shelf, footers, known)?);
            }
            let seals = known.seals.iter().flatten();
            if !seals.clone().any(|seal| own.contains(seal.as_str())) {
                continue;
            }
            // It may be replaced when the new one holds all of it.
            inside &= seals.clone().all(|seal| own.contains(seal.as_str())) && (from, known.length) == (start, length);
            compacted |= known.compacted;
            there.extend(seals.filter_map(|seal| own.get(seal.as_str()).copied()));
            replaces.extend(known.files.iter().cloned());
        }
        Ok(if there.is_empty() {
            Decision::Write { replaces: Vec::new() }
        } else if there.len() == own.len() {
            Decision::Known
        } else if inside && !compacted {
            Decision::Write { replaces }
        } else {
            let from = Moment::from_nanos(start);
            let sensor = sensor.as_deref().map_or_else(|| "no sensor".to_owned(), |id| format!("sensor {id}"));
            let (known, all) = (there.len(), own.len());
            Decision::Refuse(format!(
                "the period of {sensor} at {from} was left as it is: {known} of its {all} batches are in the lake already, \
                 counted together with others; to have the rest too, remove that hour (`blueline lake forget`) and watch \
                 all sources of the hour together"
            ))
        })
    }

    /// Looks at the compacted files of the hours that a period may lie in.
    fn read_hours(&mut self, shelf: &Shelf, footers: &Footers, start: i64, length: i64) -> io::Result<()> {
        let hour = i64::try_from(FileName::HOUR.as_nanos()).unwrap_or(i64::MAX);
        let from = FileName::hour_of(Moment::from_nanos(start.saturating_sub(self.longest.max(hour))));
        let hours: Vec<i64> = self.unread.range(from..start.saturating_add(length)).map(|(&hour, _)| hour).collect();
        let unread: Vec<LakeFile> = hours.iter().filter_map(|hour| self.unread.remove(hour)).flatten().collect();
        for file in unread {
            let footer = shelf.wait(footers.of(shelf, &file))?;
            for group in &footer.groups {
                let seals = group.batches.iter().map(|batch| batch.seal.clone()).collect();
                let (start, length) = (group.start, group.length);
                self.add(group.sensor.clone(), start, length, &group.id, group.late, &file, Some(seals));
            }
        }
        Ok(())
    }
}

fn seals_of(shelf: &Shelf, footers: &Footers, known: &Known) -> io::Result<BTreeSet<String>> {
    let mut seals = BTreeSet::new();
    for file in &known.files {
        let footer = shelf.wait(footers.of(shelf, file))?;
        let groups = footer.groups.iter().filter(|group| group.id == known.id);
        seals.extend(groups.flat_map(|group| &group.batches).map(|batch| batch.seal.clone()));
    }
    Ok(seals)
}
