//! Questions to the lake, in SQL.
//!
//! A [`Session`] holds the lake as it was when the session was opened: the table `flows`, `coverage`, which says how
//! well each sensor watched in each period, `findings`, each as it was told last, and `finding_states`, each time one was
//! told. Memory and time are bounded; what does not fit goes to temporary files. What
//! is asked can be broken off at any time and leaves nothing behind.
//!
//! [`questions`] are ready-made; [`answers`] write what comes out.

pub mod answers;
mod coverage;
mod findings;
mod functions;
mod lazy;
mod parameters;
pub mod questions;
mod senders;
mod steady;
mod table;
mod tallies;

use std::fmt;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use tokio::runtime::Runtime;

pub use functions::{FUNCTIONS, Function, Lookup};
pub use parameters::{Parameters, fill_in, placeholders};

use crate::lake::check::whole;
use crate::lake::{FLOWS, Footers, LakeFile, REPLACED, Snapshot};
use crate::shelf::Shelf;
use lazy::Lazy;
use senders::Senders;
use steady::Steady;
use table::Flows;
use tallies::Tallied;

/// Bounds of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory for sorting and grouping; what does not fit goes to temporary files where it can.
    pub memory: u64,
    /// How long a question may take.
    pub time: Duration,
    /// Threads.
    pub threads: usize,
}

/// Why a question has no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum QueryError {
    /// The question makes no sense, as the text says.
    Question(String),
    /// It needs more memory than it may have.
    Memory(String),
    /// It took longer than it may.
    Time(Duration),
    /// It was broken off.
    Stopped,
    /// The lake or the receiver failed.
    Io(io::Error),
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Question(what) => f.write_str(what),
            Self::Memory(what) => write!(f, "the question needs more memory than it may have; {what}"),
            Self::Time(limit) => write!(f, "no answer within {limit:?}; ask for less, or allow more time"),
            Self::Stopped => f.write_str("broken off"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for QueryError {}

impl From<io::Error> for QueryError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(what) => Self::Memory(first_line(what)),
            DataFusionError::IoError(error) => Self::Io(io::Error::new(error.kind(), error.to_string())),
            DataFusionError::ObjectStore(error) => Self::Io(io::Error::other(error.to_string())),
            DataFusionError::ParquetError(error) => {
                Self::Io(io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
            }
            DataFusionError::ArrowError(error, _) if matches!(**error, ArrowError::ParquetError(_)) => {
                Self::Io(io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
            }
            // A footer in which the name of a column was damaged.
            DataFusionError::Execution(what) if what.contains("missing from the physical schema") => {
                Self::Io(io::Error::new(io::ErrorKind::InvalidData, what.clone()))
            }
            DataFusionError::Plan(what) | DataFusionError::Execution(what) => Self::Question(what.clone()),
            other => Self::Question(other.strip_backtrace()),
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Who receives an answer.
pub trait Answer {
    /// The columns, before the first rows.
    ///
    /// # Errors
    ///
    /// An error ends the question.
    fn begin(&mut self, schema: &SchemaRef) -> io::Result<()>;

    /// Rows.
    ///
    /// # Errors
    ///
    /// An error ends the question.
    fn rows(&mut self, rows: &RecordBatch) -> io::Result<()>;

    /// All rows were given.
    ///
    /// # Errors
    ///
    /// An error makes the question fail.
    fn finish(&mut self) -> io::Result<()>;
}

/// The lake at one moment, ready to be asked.
pub struct Session {
    context: SessionContext,
    runtime: Runtime,
    limits: Limits,
    shelf: Arc<Shelf>,
    files: Vec<LakeFile>,
    /// Held as long as files may be read.
    _reading: Option<File>,
}

impl Session {
    /// Opens the lake on `shelf` as it is now. `lookup` tells whose addresses are today.
    ///
    /// # Errors
    ///
    /// When the lake cannot be listed or a footer not be read.
    pub fn open(shelf: &Arc<Shelf>, limits: Limits, lookup: Arc<dyn Lookup>) -> Result<Self, QueryError> {
        let threads = limits.threads.max(1);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
        let reading = shelf.reading()?;
        let footers = Footers::default();
        let snapshot = runtime.block_on(Snapshot::take(shelf, &footers))?;
        let pool = FairSpillPool::new(usize::try_from(limits.memory).unwrap_or(usize::MAX));
        let pool = TrackConsumersPool::new(pool, std::num::NonZeroUsize::MIN.saturating_add(2));
        let environment = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).build_arc()?;
        let steady = Steady::new(shelf.store(), shelf.in_store(FLOWS), shelf.in_store(&format!("{REPLACED}/{FLOWS}")));
        environment.register_object_store(shelf.url(), Arc::new(steady));
        let context = SessionContext::new_with_config_rt(config(threads), environment);
        functions::all(&lookup).for_each(|function| context.register_udf(function));
        let url = ObjectStoreUrl::parse(shelf.url().as_str())?;
        let files = snapshot.files.clone();
        let flows = Arc::new(Flows::new(url, &snapshot, |path| shelf.in_store(path)));
        context.add_optimizer_rule(Arc::new(Tallied::new(Arc::clone(&flows))));
        context.register_udtf("senders", Arc::new(Senders::new(Arc::clone(&flows))));
        context.register_table("flow_rows", flows)?;
        let covered = coverage::CoverageRows::new(Arc::clone(shelf), footers, snapshot);
        context.register_table("coverage", Arc::new(Lazy(covered)))?;
        let told = findings::FindingRows(Arc::clone(shelf));
        context.register_table("finding_states", Arc::new(Lazy(told)))?;
        for view in [VIEW, findings::VIEW] {
            runtime.block_on(async { context.sql(view).await?.collect().await })?;
        }
        Ok(Self { context, runtime, limits, shelf: Arc::clone(shelf), files, _reading: reading })
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Asks, and hands the answer over as it comes. `stopped` is waited for as well: when it is ready, the question is
    /// broken off.
    ///
    /// # Errors
    ///
    /// When there is no answer; rows may have been handed over by then.
    pub fn ask(
        &self,
        sql: &str,
        answer: &mut dyn Answer,
        stopped: impl Future<Output = ()>,
    ) -> Result<u64, QueryError> {
        let limit = self.limits.time;
        let asked = async {
            tokio::select! {
                biased;
                () = stopped => Err(QueryError::Stopped),
                () = tokio::time::sleep(limit) => Err(QueryError::Time(limit)),
                found = self.answer(sql, answer) => found,
            }
        };
        // Where a file is damaged, the engine's decoders may give up in either way.
        match catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(asked))) {
            Ok(Err(QueryError::Io(error))) if error.kind() == io::ErrorKind::InvalidData => {
                let what = format!("a file of the lake is damaged: {error}; `blueline lake check` names it");
                Err(self.damaged().unwrap_or_else(|| io::Error::new(error.kind(), what)).into())
            }
            Ok(found) => found,
            Err(panic) => Err(self.damaged().unwrap_or_else(|| resume_unwind(panic)).into()),
        }
    }

    /// The damaged file that made a question fail, which the engine does not say.
    fn damaged(&self) -> Option<io::Error> {
        let begin = Instant::now();
        // Looking at all files of a large lake takes long; who asked waits no longer than for an answer.
        for file in self.files.iter().take_while(|_| begin.elapsed() < self.limits.time) {
            let path = file.name.path();
            let read = self.shelf.read_steady(&path, 0..file.size).map_err(|error| error.to_string());
            if let Err(what) = read.and_then(|bytes| whole(&file.name, bytes)) {
                let message = format!(
                    "{path} is damaged: {what}; move it out of the lake and watch its sources again, which brings back what it held"
                );
                return Some(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        None
    }

    async fn answer(&self, sql: &str, answer: &mut dyn Answer) -> Result<u64, QueryError> {
        let mut stream = self.plan(sql).await?.execute_stream().await?;
        answer.begin(&stream.schema())?;
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            answer.rows(&batch)?;
            // Whoever waits for us gets a turn.
            tokio::task::yield_now().await;
        }
        answer.finish()?;
        Ok(rows)
    }

    async fn plan(&self, sql: &str) -> Result<DataFrame, QueryError> {
        // Questions change nothing.
        let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        Ok(self.context.sql_with_options(sql, options).await?)
    }
}

fn config(threads: usize) -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(threads).with_information_schema(true);
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    options.execution.parquet.enable_page_index = false;
    options.execution.parquet.schema_force_view_types = true;
    options.execution.collect_statistics = false;
    config
}

/// The table that is asked: the files' columns, addresses as text, and both ways together.
const VIEW: &str = "CREATE VIEW flows AS SELECT *, \
    ip(src_endpoint_ipv4, src_endpoint_ipv6) AS src_endpoint_ip, \
    ip(dst_endpoint_ipv4, dst_endpoint_ipv6) AS dst_endpoint_ip, \
    arrow_cast(CAST(start_time AS BIGINT) + CAST(duration_microseconds AS BIGINT) \
        + (CAST(start_nanosecond AS BIGINT) + duration_nanosecond) / 1000, \
        'Timestamp(Microsecond, Some(\"UTC\"))') AS end_time, \
    ttl_lowest_out + ttl_spread_out AS ttl_highest_out, ttl_lowest_in + ttl_spread_in AS ttl_highest_in, \
    CAST(traffic_packets_out AS BIGINT UNSIGNED) + traffic_packets_in AS traffic_packets, \
    traffic_bytes_out + traffic_bytes_in AS traffic_bytes \
    FROM flow_rows";
