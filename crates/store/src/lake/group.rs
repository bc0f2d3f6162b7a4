//! What a file says of itself: which groups it holds, what they were counted from, and how their sensor watched.
//!
//! It stands in the footer of each file as JSON, so that rows and what is to be known about them appear together or not
//! at all. Outward format, version 1; unknown keys are passed over, so that a later version can add some.

use blueline_terms::{Moment, Oddity, OddityKind, Span};
use parquet::file::metadata::KeyValue;
use serde::{Deserialize, Serialize};

use super::columns::VERSION;
use super::hashing::Pages;

/// Key of the version of the columns.
pub(crate) const VERSION_KEY: &str = "blueline.version";
/// Key of the groups, a list of [`Group`].
pub(crate) const GROUPS_KEY: &str = "blueline.groups";
/// Key of the seals that rows name, a list of [`Batch`].
pub(crate) const SEALS_KEY: &str = "blueline.seals";
/// Key of the files that this one stands for, a list of their names.
pub(crate) const REPLACES_KEY: &str = "blueline.replaces";
/// Key of what the file's pages hash to, a [`Pages`]. The first files had none.
pub(crate) const PAGES_KEY: &str = "blueline.pages";

/// The rows of one sensor in one period, counted from the same batches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The sensor's id; null for sources bound to none.
    pub sensor: Option<String>,
    /// First moment of the period, in nanoseconds since the Unix epoch.
    pub start: i64,
    /// Its length in nanoseconds.
    pub length: i64,
    /// Sixteen hexadecimal digits of the hash of sensor, period and batches.
    pub id: String,
    /// Number of what came late, from 1; 0 for what came in time.
    #[serde(default)]
    pub late: u32,
    /// Rows.
    pub rows: u64,
    /// First and last packet of its rows, in nanoseconds since the Unix epoch; null where there are none.
    #[serde(default)]
    pub span: Option<(i64, i64)>,
    /// The batches of the sensor that reach into the period, by their numbers.
    pub batches: Vec<Batch>,
    /// Whether all of them were sealed when the rows were counted, so that nothing of them came later.
    #[serde(default)]
    pub whole: bool,
    /// How the sensor watched.
    #[serde(default)]
    pub watch: Watch,
}

/// A sealed batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its seal in hexadecimal.
    pub seal: String,
    /// Its number in the run that wrote it: what orders batches that were opened at the same moment.
    pub number: u32,
    /// When it was opened, in nanoseconds since the Unix epoch.
    pub opened: i64,
}

/// What is known of a sensor's watch beside its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Silences longer than the sensor's bound that ended in the period, from and to, in nanoseconds since the epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<(i64, i64)>,
    /// Records that repeated one that was counted already, and their bytes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub copies: u64,
    /// Bytes of those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub copied_bytes: u64,
    /// Packets that the captures said they lost, since the group before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<u64>,
    /// Flows that were let go early because memory ran short.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shed: u64,
    /// What was odd.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oddities: Vec<OddityRecord>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Oddities of one kind from one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddityRecord {
    /// The source, as it was named.
    pub source: String,
    /// Its place in the run.
    pub number: usize,
    /// Stable word of the kind.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// Offset of the first in the source.
    pub offset: u64,
    /// Number of its packet in the source.
    pub packet: u64,
    /// What was odd about it.
    pub detail: String,
}

impl OddityRecord {
    /// The record of `count` oddities of which this is the first.
    pub fn new(source: String, number: usize, count: u64, first: &Oddity) -> Self {
        Self {
            source,
            number,
            kind: first.kind.word().to_owned(),
            count,
            offset: first.offset,
            packet: first.packet,
            detail: first.detail.clone(),
        }
    }

    /// The first of them; `None` where a later version of the program wrote a kind that this one does not know.
    pub fn first(&self) -> Option<Oddity> {
        let kind = OddityKind::ALL.iter().copied().find(|kind| kind.word() == self.kind)?;
        Some(Oddity { kind, offset: self.offset, packet: self.packet, detail: self.detail.clone() })
    }
}

impl Watch {
    /// Whether there is nothing to be said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Joins what was noted later.
    pub fn join(&mut self, later: Self) {
        self.gaps.extend(later.gaps);
        self.copies += later.copies;
        self.copied_bytes += later.copied_bytes;
        self.shed += later.shed;
        self.oddities.extend(later.oddities);
        if let Some(dropped) = later.dropped {
            self.dropped = Some(self.dropped.unwrap_or(0).saturating_add(dropped));
        }
    }

    /// The silences.
    pub fn gaps(&self) -> impl Iterator<Item = Span> {
        let moment = Moment::from_nanos;
        self.gaps.iter().map(move |&(start, end)| Span { start: moment(start), end: moment(end) })
    }
}

impl Group {
    /// Moments of its period: from the first, to before the second.
    pub fn range(&self) -> (i64, i64) {
        (self.start, self.start.saturating_add(self.length))
    }
}

/// The name of a group: what it was counted from decides what it is called, so the same sources give the same group.
pub(crate) fn group_id(sensor: Option<&str>, start: i64, length: i64, batches: &[Batch]) -> String {
    let mut seals: Vec<&str> = batches.iter().map(|batch| batch.seal.as_str()).collect();
    seals.sort_unstable();
    seals.dedup();
    let mut hasher = blake3::Hasher::new();
    // Lengths stand before texts, so that no two different lists have the same bytes.
    hasher.update(b"blueline lake group 1");
    for text in [sensor.unwrap_or_default()].into_iter().chain(seals) {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(&start.to_le_bytes());
    hasher.update(&length.to_le_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

/// What stands in a footer.
pub(crate) fn footer(groups: &[&Group], seals: &[&Batch], replaces: &[String], pages: &Pages) -> [KeyValue; 5] {
    // Plain values without maps: this cannot fail, and a failure would show as a footer that does not read.
    let json = |key: &str, text: serde_json::Result<String>| KeyValue::new(key.to_owned(), text.unwrap_or_default());
    [
        json(VERSION_KEY, serde_json::to_string(&VERSION)),
        json(GROUPS_KEY, serde_json::to_string(groups)),
        json(SEALS_KEY, serde_json::to_string(seals)),
        json(REPLACES_KEY, serde_json::to_string(replaces)),
        json(PAGES_KEY, serde_json::to_string(pages)),
    ]
}
