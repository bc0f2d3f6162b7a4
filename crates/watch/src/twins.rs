//! Copies of one record: the same capture given twice is counted once.

use blueline_terms::{Moment, SensorIndex};

use crate::custody::Seal;

/// Records of the latest moment, by which the copies that another source brings are known.
///
/// Two sources of one sensor that bring the same bytes at the same nanosecond bring the same packet: sources are merged
/// by time, so the copies meet here whatever their files are called.
#[derive(Default)]
pub(crate) struct Twins {
    moment: Moment,
    met: Vec<Met>,
}

struct Met {
    source: usize,
    sensor: Option<SensorIndex>,
    digest: Seal,
    /// The last source that brought a copy of it.
    claimed: usize,
}

/// Records of one moment that are remembered.
const MOST: usize = 4096;

impl Twins {
    /// Whether a canonical record repeats one that another source of the same sensor brought.
    pub(crate) fn repeats(
        &mut self,
        source: usize,
        sensor: Option<SensorIndex>,
        moment: Moment,
        record: &[u8],
    ) -> bool {
        if moment != self.moment {
            self.moment = moment;
            self.met.clear();
        }
        let digest = Seal(*blake3::hash(record).as_bytes());
        let copy = |met: &&mut Met| {
            met.digest == digest && met.sensor == sensor && met.source != source && met.claimed != source
        };
        if let Some(met) = self.met.iter_mut().find(copy) {
            met.claimed = source;
            return true;
        }
        if self.met.len() < MOST {
            self.met.push(Met { source, sensor, digest, claimed: source });
        }
        false
    }
}
