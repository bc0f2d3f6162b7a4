//! Tallies made from files, row group by row group.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, UInt64Array};
use arrow::compute::filter;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column as Named, DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::errors::ParquetError;

use super::tally::{Choice, met, tally};
use super::{Predicate, Wanted, names};
use crate::decode::{Coded, RowGroup};
use crate::lake::columns::ARROW;
use crate::lake::{metadata, versions};
use crate::query::table::FlowFile;

/// What is fetched while the one before is added up.
const AHEAD: usize = 2;

/// A condition about one column.
#[derive(Debug)]
pub(super) struct Condition {
    column: &'static Field,
    schema: SchemaRef,
    holds: Predicate,
}

impl Condition {
    pub(super) fn new(column: &'static Field, condition: &Expr, state: &dyn Session) -> Result<Self> {
        let schema = Arc::new(Schema::new(vec![column.clone().with_nullable(true)]));
        let holds = state.create_physical_expr(condition.clone(), &DFSchema::try_from(Arc::clone(&schema))?)?;
        Ok(Self { column, schema, holds })
    }

    /// For which of the values it holds; not for those of which it is unknown.
    fn of(&self, values: &ArrayRef) -> Result<BooleanArray> {
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), vec![Arc::clone(values)])?;
        let holds = self.holds.evaluate(&rows)?.into_array(rows.num_rows())?;
        Ok(holds.as_boolean().iter().map(|holds| Some(holds == Some(true))).collect())
    }
}

/// What is done with each file.
#[derive(Debug)]
pub(super) struct Work {
    url: ObjectStoreUrl,
    wanted: Wanted,
    conditions: Vec<Condition>,
    /// What footers are asked, to pass row groups by.
    pruning: Option<PruningPredicate>,
}

impl Work {
    pub(super) fn new(
        url: ObjectStoreUrl,
        wanted: Wanted,
        conditions: Vec<Condition>,
        predicate: Option<Predicate>,
    ) -> Result<Self> {
        let pruning =
            |predicate| PruningPredicateBuilder::new().with_file_schema(Arc::clone(&ARROW)).try_build(predicate);
        let pruning = predicate.map(pruning).transpose()?.filter(|pruning| !pruning.always_true());
        Ok(Self { url, wanted, conditions, pruning })
    }

    /// Every column that has to be read.
    fn columns(&self) -> impl Iterator<Item = &'static Field> {
        let conditions = self.conditions.iter().map(|condition| condition.column);
        let mut columns: Vec<_> = conditions.chain(self.wanted.keys.iter().chain(&self.wanted.sums).copied()).collect();
        columns.sort_by_key(|column| column.name());
        columns.dedup();
        columns.into_iter()
    }

    /// The tallies of a row group; `None` where no row of it is asked for.
    fn tally(&self, group: &RowGroup, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
        let mut choices = Vec::new();
        for condition in &self.conditions {
            let column = group.column(condition.column)?;
            let kept = match condition.of(&column.values) {
                Ok(kept) => kept,
                // It may make no sense of values that no row has, or none that the conditions before it kept.
                Err(_) => {
                    let met = met(group.rows(), &choices, &column)?;
                    scattered(&met, &condition.of(&filter(&column.values, &met)?)?)
                }
            };
            match kept.true_count() {
                count if count == kept.len() => {}
                0 => return Ok(None),
                _ => choices.push(Choice::new(column.codes, &kept)),
            }
        }
        let keys: parquet::errors::Result<Vec<Coded>> =
            self.wanted.keys.iter().map(|column| group.column(column)?.numbered()).collect();
        let sums: parquet::errors::Result<Vec<Coded>> =
            self.wanted.sums.iter().map(|column| group.column(column)).collect();
        let tally = tally(group.rows(), &choices, &keys?, &sums?)?;
        let rows = Int64Array::from_iter_values(tally.rows.iter().map(|&rows| rows as i64));
        let mut columns = tally.keys;
        columns.push(Arc::new(rows));
        columns.extend(tally.sums.into_iter().map(|sums: UInt64Array| Arc::new(sums) as ArrayRef));
        let options = RecordBatchOptions::new().with_row_count(Some(tally.rows.len()));
        let tallies = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options);
        // Such as no value where there must be one.
        tallies.map(Some).map_err(|error| damage(error.to_string()))
    }
}

/// Spreads what holds for the values that were met over all values; for the others it does not hold.
fn scattered(met: &BooleanArray, holds: &BooleanArray) -> BooleanArray {
    let mut holds = holds.iter();
    met.iter().map(|met| Some(met == Some(true) && holds.next().flatten() == Some(true))).collect()
}

/// What `EXPLAIN ANALYZE` tells of the work.
struct Meter {
    baseline: BaselineMetrics,
    rows: Count,
    bytes: Count,
}

impl Meter {
    fn new(metrics: &ExecutionPlanMetricsSet, part: usize) -> Self {
        let count = |name| MetricBuilder::new(metrics).counter(name, part);
        let baseline = BaselineMetrics::new(metrics, part);
        Self { baseline, rows: count("rows_counted"), bytes: count("bytes_read") }
    }

    fn measured(
        &self,
        group: &RowGroup,
        work: impl FnOnce() -> Result<Option<RecordBatch>>,
    ) -> Result<Option<RecordBatch>> {
        let _timer = self.baseline.elapsed_compute().timer();
        let made = work()?;
        self.rows.add(group.rows());
        self.bytes.add(group.bytes());
        self.baseline.record_output(made.as_ref().map_or(0, RecordBatch::num_rows));
        Ok(made)
    }
}

/// A row group that is to be read.
struct Listed {
    file: FlowFile,
    metadata: ArrowReaderMetadata,
    number: usize,
}

/// The tallies of `files`, one file after another; what comes next is fetched meanwhile.
fn tallies(
    work: Arc<Work>,
    store: Arc<dyn ObjectStore>,
    files: Vec<FlowFile>,
    schema: SchemaRef,
    meter: Meter,
) -> impl Stream<Item = Result<RecordBatch>> {
    let (opening, fetching) = (Arc::clone(&work), Arc::clone(&work));
    let (of_footers, of_columns) = (Arc::clone(&store), store);
    futures::stream::iter(files)
        .map(move |file| open(Arc::clone(&opening), Arc::clone(&of_footers), file))
        .buffered(AHEAD)
        .map_ok(|listed| futures::stream::iter(listed.into_iter().map(Ok)))
        .try_flatten()
        .map_ok(move |listed| fetch(Arc::clone(&fetching), Arc::clone(&of_columns), listed))
        .try_buffered(AHEAD)
        .try_filter_map(move |group| std::future::ready(meter.measured(&group, || work.tally(&group, &schema))))
}

/// Reads a file's footer; gives those row groups that may hold rows for which the conditions hold.
async fn open(work: Arc<Work>, store: Arc<dyn ObjectStore>, file: FlowFile) -> Result<Vec<Listed>> {
    let found = metadata(file.size, |range| {
        let (store, location) = (Arc::clone(&store), file.path.clone());
        async move { store.get_range(&location, range).await }
    });
    let metadata = versions::in_types(Arc::new(found.await.map_err(of_footer)?))?;
    let groups = metadata.metadata().num_row_groups();
    let (told, own) = (metadata.metadata().file_metadata().num_rows(), metadata.metadata().row_groups());
    // Rows may be counted by what is said here alone.
    if own.iter().try_fold(0i64, |sum, group| sum.checked_add(group.num_rows())) != Some(told) {
        return Err(damage(format!("row groups that do not have the {told} rows of their file")));
    }
    // Where footers cannot be asked, rows are.
    let kept = work.pruning.as_ref().and_then(|pruning| pruning.prune(&RowGroups(&metadata)).ok());
    let kept = kept.unwrap_or_else(|| vec![true; groups]);
    let mut listed = Vec::new();
    for (number, kept) in kept.into_iter().enumerate() {
        let begin = RowGroup::begin(&metadata, number)?;
        if begin >= file.size {
            return Err(damage(format!("a row group that begins at {begin} in a file of {} bytes", file.size)));
        }
        if kept && file.range.contains(&begin) {
            listed.push(Listed { file: file.clone(), metadata: metadata.clone(), number });
        }
    }
    Ok(listed)
}

/// What is wrong with a footer is told as what is wrong with a page.
fn of_footer(error: std::io::Error) -> DataFusionError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => damage(error.to_string()),
        _ => DataFusionError::IoError(error),
    }
}

fn damage(what: String) -> DataFusionError {
    DataFusionError::ParquetError(Box::new(ParquetError::General(what)))
}

/// Reads the columns of a row group.
async fn fetch(work: Arc<Work>, store: Arc<dyn ObjectStore>, listed: Listed) -> Result<RowGroup> {
    let Listed { file, metadata, number } = listed;
    let ranges = RowGroup::ranges(&metadata, number, work.columns());
    if let Some(beyond) = ranges.iter().find(|range| range.end > file.size) {
        return Err(damage(format!("a column that ends at {} in a file of {} bytes", beyond.end, file.size)));
    }
    let bytes = store.get_ranges(&file.path, &ranges).await?;
    let pieces = ranges.into_iter().map(|range| range.start).zip(bytes).collect();
    Ok(RowGroup::new(metadata, number, pieces))
}

/// What footers say of row groups.
struct RowGroups<'a>(&'a ArrowReaderMetadata);

impl RowGroups<'_> {
    /// A file of another version may lack the column, or have it at another place.
    fn of(&self, column: &Named) -> Option<StatisticsConverter<'_>> {
        let schema = self.0.metadata().file_metadata().schema_descr();
        StatisticsConverter::try_new(&column.name, self.0.schema(), schema).ok()
    }
}

impl PruningStatistics for RowGroups<'_> {
    fn min_values(&self, column: &Named) -> Option<ArrayRef> {
        self.of(column)?.row_group_mins(self.0.metadata().row_groups()).ok()
    }

    fn max_values(&self, column: &Named) -> Option<ArrayRef> {
        self.of(column)?.row_group_maxes(self.0.metadata().row_groups()).ok()
    }

    fn num_containers(&self) -> usize {
        self.0.metadata().num_row_groups()
    }

    fn null_counts(&self, _: &Named) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Named, _: &std::collections::HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// The work: files in, tallies out, each part's files on their own.
#[derive(Debug)]
pub(super) struct TalliesExec {
    work: Arc<Work>,
    parts: Vec<Vec<FlowFile>>,
    /// Places of the columns that are given.
    kept: Vec<usize>,
    whole: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl TalliesExec {
    pub(super) fn new(work: Arc<Work>, parts: Vec<Vec<FlowFile>>, kept: Vec<usize>, whole: &SchemaRef) -> Result<Self> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(whole.project(&kept)?)),
            Partitioning::UnknownPartitioning(parts.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (whole, properties) = (Arc::clone(whole), Arc::new(properties));
        Ok(Self { work, parts, kept, whole, properties, metrics: ExecutionPlanMetricsSet::new() })
    }
}

impl DisplayAs for TalliesExec {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.parts.iter().flatten().filter(|file| file.range.start == 0).count();
        let Wanted { keys, sums } = &self.work.wanted;
        let conditions: Vec<String> =
            self.work.conditions.iter().map(|condition| condition.holds.to_string()).collect();
        let (keys, sums, conditions) = (names(keys), names(sums), conditions.join(", "));
        match form {
            DisplayFormatType::TreeRender => {
                write!(f, "files={files}\nkeys={keys}\nsums={sums}\nconditions={conditions}")
            }
            _ => write!(f, "TalliesExec: files={files}, keys=[{keys}], sums=[{sums}], conditions=[{conditions}]"),
        }
    }
}

impl ExecutionPlan for TalliesExec {
    fn name(&self) -> &str {
        "TalliesExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, part: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let store = context.runtime_env().object_store(&self.work.url)?;
        let files = self.parts.get(part).cloned().unwrap_or_default();
        let meter = Meter::new(&self.metrics, part);
        let batches = tallies(Arc::clone(&self.work), store, files, Arc::clone(&self.whole), meter);
        let kept = self.kept.clone();
        let batches = batches.and_then(move |batch| std::future::ready(batch.project(&kept).map_err(Into::into)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
