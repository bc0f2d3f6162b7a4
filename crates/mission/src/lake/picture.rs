//! The border picture of any stretch of time, from the lake alone.
//!
//! The rows of the stretch are counted again by the same code that counts them as they come, period by period, and the
//! coverage is put together from what each sensor's watch left beside its rows. So it equals the picture that was drawn
//! live, as long as the declarations are the same. Where they have changed, it is drawn by today's, and says how many
//! rows were attributed otherwise then.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use blueline_border::tally::{Chronicle, ClosedPeriod, Tally};
use blueline_report::Seal;
use blueline_store::lake::group::Group;
use blueline_store::lake::history::{History, Numbers, Sides};
use blueline_terms::picture::OddityCount;
use blueline_terms::{FlowBatch, Moment, OddityKind, Period, Picture, SensorIndex, Span};

use super::Shelf;
use crate::coverage::{Notes, Watchbook};
use crate::custody::{Custody, sensor_named};
use crate::folder::Folder;
use crate::pipeline::Audience;

/// How far back a sensor's last packet is looked for, to tell how long it has been silent.
const LOOK_BACK: Duration = Duration::from_secs(48 * 3600);
/// What conversations may take, as in a watch of the default memory.
const COUNT_MEMORY: u64 = 190 << 20;
/// Keys of hash tables that an attacker could choose addresses for; nothing that is drawn depends on it.
const SEED: u64 = 0x6c61_6b65;

/// The stretch of time to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// The one period that holds this moment.
    PeriodAt(Moment),
    /// Every period that begins at the first moment or later and before the second.
    Between(Moment, Moment),
    /// All there is.
    Whole,
}

/// A picture from the lake.
pub struct Drawn {
    /// The picture.
    pub picture: Picture,
    /// The custody chains of the sensors with rows, and the seals of the flows that are named.
    pub seals: Vec<Seal>,
    /// Rows that were attributed to other sides when they were written.
    pub attributed_otherwise: u64,
}

/// Draws a stretch of time. `None` where the lake holds nothing of it.
///
/// `audience` is told each period as it would have been told live, but with what came late included; of a single period
/// that one alone. `progress` is told of each period that was read, and how many there are; when it says no, drawing is
/// broken off.
///
/// # Errors
///
/// When the lake cannot be read, when its periods do not fit into the mission's, and when drawing was broken off.
pub fn picture(
    folder: &Folder,
    shelf: Arc<Shelf>,
    stretch: Stretch,
    audience: &mut dyn Audience,
    progress: &mut dyn FnMut(usize, usize) -> bool,
) -> io::Result<Option<Drawn>> {
    let history = History::open(shelf)?;
    let length = folder.settings.period;
    let (from, until) = match stretch {
        Stretch::PeriodAt(moment) => {
            let period = Period::holding(moment, length);
            (period.start(), period.end())
        }
        Stretch::Between(from, until) => (from, until),
        Stretch::Whole => match history.span()? {
            // Also what lies in a period that began before it.
            Some((from, until)) => (Period::holding(from, length).start(), until),
            None => return Ok(None),
        },
    };
    let one = matches!(stretch, Stretch::PeriodAt(_));
    let mut drawing = Drawing::new(folder, history, (from, until), one)?;
    if drawing.groups.is_empty() {
        return Ok(None);
    }
    drawing.count(audience, progress)?;
    drawing.finish().map(Some)
}

struct Drawing<'a> {
    folder: &'a Folder,
    history: History,
    from: Moment,
    until: Moment,
    one: bool,
    /// The period before a single one, with which it is compared.
    before: Option<i64>,
    groups: Vec<Group>,
    numbers: Numbers,
    chronicle: Chronicle,
    tally: Tally,
    watchbook: Watchbook,
    /// The latest picture of a period, for a drawing of one.
    latest: Option<Picture>,
    oddities: BTreeMap<(usize, OddityKind, String), OddityCount>,
    copies: (u64, u64),
    attributed_otherwise: u64,
}

impl<'a> Drawing<'a> {
    fn new(folder: &'a Folder, history: History, (from, until): (Moment, Moment), one: bool) -> io::Result<Self> {
        let groups = history.groups(from, until)?;
        let length = folder.settings.period;
        fits(&groups, length)?;
        // What has changed is told against the period before that had any rows, and silence is measured from a sensor's
        // last packet: both may lie before the stretch.
        let earlier = history.groups(from.minus(LOOK_BACK), from)?;
        let earlier: Vec<Group> = earlier.into_iter().filter(|group| group.start < from.nanos()).collect();
        let before = earlier.iter().filter(|group| group.rows > 0).map(|group| group.start).max();
        let before = before.filter(|_| one).map(|start| Period::holding(Moment::from_nanos(start), length).start());
        let begin = before.unwrap_or(from);
        let numbers = history.numbers(begin, until)?;
        let parties = folder.mission.parties.len();
        let border = Arc::new(folder.border.clone());
        let mut drawing = Self {
            folder,
            history,
            from: begin,
            until,
            one,
            before: before.map(|start| Period::holding(start, length).number()),
            groups,
            numbers,
            chronicle: Chronicle::new(Arc::clone(&border), parties, length, COUNT_MEMORY, SEED),
            tally: Tally::new(parties, length, SEED),
            watchbook: Watchbook::default(),
            latest: None,
            oddities: BTreeMap::new(),
            copies: (0, 0),
            attributed_otherwise: 0,
        };
        if one {
            for group in &earlier {
                drawing.remember(group);
            }
        }
        Ok(drawing)
    }

    /// A sensor's watch before the stretch.
    fn remember(&mut self, group: &Group) {
        let sensor = group.sensor.as_deref().and_then(|id| sensor_named(&self.folder.mission, id));
        if let Some((sensor, (start, end))) = sensor.zip(group.span) {
            let span = Span { start: Moment::from_nanos(start), end: Moment::from_nanos(end) };
            self.watchbook.recorded(sensor, span);
        }
    }

    fn count(&mut self, audience: &mut dyn Audience, progress: &mut dyn FnMut(usize, usize) -> bool) -> io::Result<()> {
        // A period that begins before the stretch is none of it.
        let whole = |period: &Period| period.start() >= self.from;
        let mut periods: BTreeSet<i64> =
            self.groups.iter().map(|group| self.period_of(group)).filter(whole).map(|period| period.number()).collect();
        periods.extend(self.before.take());
        let (all, numbers) = (periods.len(), std::mem::take(&mut self.numbers));
        for (done, number) in periods.into_iter().enumerate() {
            let period = Period::numbered(number, self.folder.settings.period);
            let Self { folder, history, tally, chronicle, attributed_otherwise, .. } = self;
            history.rows(&folder.mission, &numbers, (period.start(), period.end()), &mut |mut rows, sides| {
                tally.rows(&folder.border, &mut rows);
                *attributed_otherwise += otherwise(folder, &rows, &sides);
                chronicle.keep_bounds(&mut [tally]);
                Ok(())
            })?;
            self.period(number, audience)?;
            if !progress(done + 1, all) {
                return Err(io::Error::new(io::ErrorKind::Interrupted, "broken off"));
            }
        }
        self.numbers = numbers;
        Ok(())
    }

    /// A period has all its rows.
    fn period(&mut self, number: i64, audience: &mut dyn Audience) -> io::Result<()> {
        self.tally.line(&self.folder.border, number);
        let closed = self.chronicle.take_line(&mut [&mut self.tally], number);
        if closed.is_empty() {
            // Nothing was counted, but something may be known.
            self.note(Period::numbered(number, self.folder.settings.period));
        }
        for closed in closed {
            self.close(closed);
            match &self.latest {
                // The one before it was only counted to tell what has changed.
                Some(latest) if !self.one || latest.period.is_some_and(|period| period.end() >= self.until) => {
                    audience.period(&self.folder.mission, latest, false)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn groups_between(&self, from: Moment, until: Moment) -> impl Iterator<Item = &Group> {
        let place = |moment: Moment| self.groups.partition_point(|group| group.start < moment.nanos());
        self.groups[place(from)..place(until).max(place(from))].iter()
    }

    fn period_of(&self, group: &Group) -> Period {
        Period::holding(Moment::from_nanos(group.start), self.folder.settings.period)
    }

    /// What sensors' watches left beside the rows of a period. Says what was odd.
    fn note(&mut self, period: Period) -> (Vec<OddityCount>, u64) {
        let groups: Vec<Group> = self.groups_between(period.start(), period.end()).cloned().collect();
        let mut fresh: BTreeMap<(usize, OddityKind, String), OddityCount> = BTreeMap::new();
        let mut shed = 0;
        for group in groups {
            let sensor = group.sensor.as_deref().and_then(|id| sensor_named(&self.folder.mission, id));
            self.watchbook.note(sensor, Notes::of(&group.watch));
            shed += group.watch.shed;
            self.copies.0 += group.watch.copies;
            self.copies.1 += group.watch.copied_bytes;
            for record in &group.watch.oddities {
                let Some(first) = record.first() else { continue };
                let count =
                    OddityCount { source: record.source.clone(), sensor, kind: first.kind, count: record.count, first };
                let key = (record.number, count.kind, record.source.clone());
                for book in [&mut fresh, &mut self.oddities] {
                    book.entry(key.clone())
                        .and_modify(|known| known.count += record.count)
                        .or_insert_with(|| count.clone());
                }
            }
        }
        (ranked(fresh), shed)
    }

    fn close(&mut self, closed: ClosedPeriod) {
        let ClosedPeriod { mut picture, sensors, .. } = closed;
        let Some(period) = picture.period else { return };
        let (oddities, shed) = self.note(period);
        let window = Span { start: period.start(), end: period.end() };
        picture.coverage = self.watchbook.period(&self.folder.mission, window, &sensors, shed);
        picture.oddity_total = oddities.iter().map(|oddity| oddity.count).sum();
        picture.oddities = oddities;
        self.latest = Some(picture);
    }

    fn finish(mut self) -> io::Result<Drawn> {
        let picture = match (self.one, self.latest.take()) {
            // The period itself, not the one before it.
            (true, Some(picture)) if picture.period.is_some_and(|period| period.end() >= self.until) => picture,
            (true, _) => Picture {
                period: Some(Period::holding(self.until.minus(Duration::from_nanos(1)), self.folder.settings.period)),
                ..Picture::default()
            },
            (false, _) => self.whole(),
        };
        let seals = self.seals(&picture)?;
        Ok(Drawn { picture, seals, attributed_otherwise: self.attributed_otherwise })
    }

    fn whole(&mut self) -> Picture {
        let mut picture = self.chronicle.run_picture(&mut [&mut self.tally]);
        let window = picture.span.unwrap_or(Span::at(self.from));
        picture.coverage = self.watchbook.run(&self.folder.mission, window, self.chronicle.sensors());
        picture.total.packets += self.copies.0;
        picture.total.bytes += self.copies.1;
        picture.coverage.packets = picture.total.packets;
        picture.oddities = ranked(std::mem::take(&mut self.oddities));
        picture.oddity_total = picture.oddities.iter().map(|oddity| oddity.count).sum();
        picture
    }

    /// The chains as they stand now, with the seals that name flows of the picture.
    fn seals(&self, picture: &Picture) -> io::Result<Vec<Seal>> {
        let mission = &self.folder.mission;
        let custody = Custody::read_only(&self.folder.data(), mission)?;
        let mut sensors: Vec<Option<SensorIndex>> = self.groups.iter().map(|group| named(mission, group)).collect();
        sensors.sort_by_key(|sensor| (sensor.is_none(), *sensor));
        sensors.dedup();
        let began: BTreeSet<u32> =
            picture.top.iter().chain(&picture.safe_area_top).map(|one| one.flow().batch).collect();
        let mut named_by: BTreeMap<Option<SensorIndex>, BTreeMap<u32, String>> = BTreeMap::new();
        for number in began {
            let Some(seal) = self.numbers.seal(number) else { continue };
            let owner = custody.sensor_of(mission, seal);
            named_by.entry(owner.unwrap_or(None)).or_default().insert(number, seal.to_owned());
        }
        let seal = |sensor| {
            let chain = custody.head(mission, sensor)?;
            let named = named_by.get(&sensor).cloned().unwrap_or_default();
            Some(Seal { sensor, head: chain.head.to_string(), batches: chain.batches, named })
        };
        Ok(sensors.into_iter().filter_map(seal).collect())
    }
}

fn named(mission: &blueline_terms::Mission, group: &Group) -> Option<SensorIndex> {
    group.sensor.as_deref().and_then(|id| sensor_named(mission, id))
}

/// Most frequent first; equal ones in the order of sources and kinds.
fn ranked(oddities: BTreeMap<(usize, OddityKind, String), OddityCount>) -> Vec<OddityCount> {
    let mut oddities: Vec<OddityCount> = oddities.into_values().collect();
    oddities.sort_by_key(|oddity| std::cmp::Reverse(oddity.count));
    oddities
}

/// Rows whose sides were others when they were written.
fn otherwise(folder: &Folder, rows: &FlowBatch, sides: &[Sides]) -> u64 {
    let word = |place| folder.mission.word(folder.border.place(place).side);
    let differs = |(row, sides): &(usize, &Sides)| {
        word(rows.source_place[*row]) != sides.source || word(rows.destination_place[*row]) != sides.destination
    };
    sides.iter().enumerate().filter(differs).count() as u64
}

/// Refuses rows that were cut into periods which do not fill those that are to be drawn.
fn fits(groups: &[Group], length: Duration) -> io::Result<()> {
    let nanos = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
    match groups.iter().find(|group| group.length <= 0 || nanos % group.length != 0) {
        None => Ok(()),
        Some(group) => {
            let (own, start) = (Duration::from_nanos(group.length.unsigned_abs()), Moment::from_nanos(group.start));
            Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "the rows of {start} were cut into periods of {own:?}, which do not make up periods of {length:?}; draw \
                     with --period {own:?} or a multiple of it"
                ),
            ))
        }
    }
}
