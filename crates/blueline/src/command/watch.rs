//! `blueline watch`: captures in, border picture out.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use blueline_mission::custody::Custody;
use blueline_mission::folder::Folder;
use blueline_mission::lake::{self, Shelf, Written};
use blueline_mission::pipeline::{self, Outcome as Watched, Watch as Plan};
use blueline_mission::sources::Sources;
use blueline_mission::terms::OddityKind;
use clap::Args;

use crate::arguments::Global;
use crate::audience::{Lines, Pictures};
use crate::bar::Bar;
use crate::display::{Display, Format};
use crate::interrupt::stop_at_interrupt;
use crate::outcome::Outcome;
use crate::values::{memory, period};

/// Watch a border: captures in, border picture out
///
/// Reads packets from capture files, folders, FIFOs or standard input (pcap or pcapng, plain, gzip or zstd), finds whose
/// the addresses are, and shows who sent how much to whom, what touched safe areas, and how well that was seen. The
/// packets are sealed: the mission folder keeps a journal of the seals, in which the same packets count once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Watch {
    /// The mission folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    mission: PathBuf,
    /// What to watch: a file, a folder, a FIFO, or - for standard input; SENSOR=SOURCE binds it to a declared sensor
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,
    #[command(flatten)]
    display: Display,
    /// Show each period as it closes, as is done for FIFOs and standard input
    #[arg(long)]
    periods: bool,
    /// Length of a period, such as 30s, 5m or 1h, in place of the mission's
    #[arg(long, value_name = "TIME", value_parser = period)]
    period: Option<std::time::Duration>,
    /// Bound of memory, such as 512MiB, in place of the mission's
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    memory: Option<u64>,
    /// Threads that work; the result is the same with any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: Option<u16>,
    /// Leave the mission's custody journal and its lake alone: seals are computed but not kept
    #[arg(long)]
    no_custody: bool,
    /// Let no detector look on: nothing is found
    #[arg(long)]
    no_detect: bool,
    /// Keep no flows: leave the mission's lake alone
    #[arg(long)]
    no_lake: bool,
}

const EXAMPLES: &str = "\
Exit codes:
  0  every source was read; what was odd in them is part of the picture
  1  a source could not be read or is no capture (the rest was watched), or the mission folder cannot be used
  2  the arguments make no sense

Examples:
  blueline watch --mission line capture.pcap
  blueline watch --mission line gate=captures/ --report border.html
  blueline watch --mission line --format json capture.pcapng.zst | jq 'select(.type == \"crossing\")'
  tcpdump -i eth0 -w - | blueline watch --mission line gate=-";

impl Watch {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let mut folder = super::open(&self.mission, global)?;
        folder.settings.period = self.period.unwrap_or(folder.settings.period);
        folder.settings.memory = self.memory.unwrap_or(folder.settings.memory);
        let sources = Sources::find(&folder.mission, &self.sources);
        for refusal in &sources.refused {
            tracing::error!("cannot watch {refusal}");
        }
        for file in &sources.passed_over {
            tracing::info!(file = %file.display(), "begins like no capture; passed over");
        }
        if sources.opened.is_empty() && sources.stored.is_empty() {
            bail!("there is nothing to watch: give capture files, folders of them, FIFOs, or - for standard input");
        }
        let custody =
            if self.no_custody { Custody::in_memory() } else { Custody::open(&folder.data(), &folder.mission)? };
        let refused = !sources.refused.is_empty();
        let watched = self.watch(&folder, custody, sources, global)?;
        self.display.report(&folder.mission, &watched)?;
        tracing::info!(added = watched.batches_added, known = watched.batches_known, "batches sealed");
        let refused = refused | watched.lake.as_ref().is_some_and(|lake| !lake.refused.is_empty());
        if let Some(lake) = &watched.lake {
            let Written { files, rows, bytes, known, replaced, .. } = lake;
            tracing::info!(files, rows, bytes, known, replaced, "lake written");
            lake.refused.iter().for_each(|why| tracing::error!("{why}"));
        }
        let unread = |kind| matches!(kind, OddityKind::SourceUnreadable | OddityKind::SourceFormat);
        let unread: Vec<_> = watched.picture.oddities.iter().filter(|oddity| unread(oddity.kind)).collect();
        for oddity in &unread {
            let help = "give pcap or pcapng, plain or packed with gzip or zstd";
            tracing::error!(
                "{}: {} ({}); {help}",
                oddity.source,
                oddity.kind.meaning().trim_end_matches('.'),
                oddity.first.detail
            );
        }
        let failed = refused || !unread.is_empty();
        Ok(if failed { Outcome::Problems } else { Outcome::Clean })
    }

    fn watch(&self, folder: &Folder, custody: Custody, sources: Sources, global: &Global) -> Result<Watched> {
        let live = !sources.opened.is_empty();
        let bar = Bar::new(sources.bytes, live, global);
        let mut hash_key = [0; 32];
        getrandom::fill(&mut hash_key).map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
        let threads = self.threads.map(usize::from);
        let plan = Plan {
            opened: sources.opened,
            stored: sources.stored,
            threads: threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1),
            hash_key,
            detectors: (!self.no_detect).then(|| folder.detectors.runner(seed(&hash_key))),
            lake: self.lake(folder)?,
        };
        let stop = stop_at_interrupt()?;
        match self.display.format {
            Format::Json => {
                let mut lines = Lines::new(bar);
                let watched = pipeline::watch(folder, custody, plan, &mut lines, &stop)?;
                lines.finish(&folder.mission, &watched)?;
                Ok(watched)
            }
            Format::Text => {
                let mut pictures = Pictures::new(bar, self.display.look(), live || self.periods);
                let watched = pipeline::watch(folder, custody, plan, &mut pictures, &stop)?;
                pictures.finish();
                self.display.draw(&folder.mission, &watched)?;
                Ok(watched)
            }
        }
    }

    /// The lake that flows go to. Whoever writes it holds the journal's lock.
    fn lake(&self, folder: &Folder) -> Result<Option<Arc<Shelf>>> {
        let wanted = folder.settings.lake.keep && !self.no_lake && !self.no_custody;
        Ok(wanted.then(|| lake::shelf(folder)).transpose()?.map(Arc::new))
    }
}

/// The first bytes of a key, for another kind of tables.
fn seed(key: &[u8; 32]) -> u64 {
    key.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
