//! The table of flows: the lake's files as they were at one moment.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, TimestampMicrosecondArray};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use blueline_terms::Moment;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use object_store::path::Path;

use crate::lake::columns::ARROW;
use crate::lake::{LakeFile, Snapshot};

/// The files of a snapshot as one table.
pub(super) struct Flows {
    url: ObjectStoreUrl,
    files: Vec<(Path, LakeFile)>,
}

impl Flows {
    pub(super) fn new(url: ObjectStoreUrl, snapshot: &Snapshot, path: impl Fn(&str) -> Path) -> Self {
        let files = snapshot.files.iter().map(|file| (path(&file.name.path()), file.clone())).collect();
        Self { url, files }
    }

    /// Whether every row begins between these moments, the second not included, as far as names say.
    pub(super) fn lies_within(&self, from: Moment, until: Moment) -> bool {
        let ranges = self.files.iter().map(|(_, file)| file.name.range());
        ranges.fold(true, |within, (start, end)| within && from.nanos() <= start && end <= until.nanos())
    }

    /// Whether a bound of time holds for every row of every file, so that no row has to be asked.
    fn always_holds(&self, filter: &Expr) -> bool {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return false };
        let (Expr::Column(column), Expr::Literal(ScalarValue::TimestampMicrosecond(Some(micros), _), _)) =
            (&**left, &**right)
        else {
            return false;
        };
        let bound = Moment::from_nanos(micros.saturating_mul(1000));
        column.name == "start_time"
            && match op {
                Operator::GtEq => self.lies_within(bound, Moment::MAX),
                Operator::Lt => self.lies_within(Moment::MIN, bound),
                _ => false,
            }
    }

    /// The files that may hold rows for which a predicate holds: a name says between which moments its rows begin.
    fn wanted(&self, predicate: Option<&Arc<dyn PhysicalExpr>>) -> Result<Vec<&(Path, LakeFile)>> {
        let all = || self.files.iter().collect();
        let Some(predicate) = predicate else { return Ok(all()) };
        let pruning =
            PruningPredicateBuilder::new().with_file_schema(Arc::clone(&ARROW)).try_build(Arc::clone(predicate))?;
        if pruning.always_true() {
            return Ok(all());
        }
        let kept = pruning.prune(&Times(&self.files))?;
        Ok(self.files.iter().zip(kept).filter_map(|(file, kept)| kept.then_some(file)).collect())
    }
}

impl fmt::Debug for Flows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flows in {} files", self.files.len())
    }
}

#[async_trait]
impl TableProvider for Flows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&ARROW)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = DFSchema::try_from(Arc::clone(&ARROW))?;
        let predicate = conjunction(filters.iter().filter(|filter| !self.always_holds(filter)).cloned());
        let predicate = predicate.map(|filter| state.create_physical_expr(filter, &schema)).transpose()?;
        // The filter itself comes down from the plan above, once.
        let source = ParquetSource::new(Arc::clone(&ARROW))
            .with_table_parquet_options(state.config_options().execution.parquet.clone().into_table());
        let files = self.wanted(predicate.as_ref())?;
        let groups = in_groups(files, state.config_options().execution.target_partitions);
        let scan = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.always_holds(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(support).collect())
    }
}

/// Files in at most `count` groups of about the same number of bytes, the order of time kept.
fn in_groups(files: Vec<&(Path, LakeFile)>, count: usize) -> Vec<FileGroup> {
    let all: u64 = files.iter().map(|(_, file)| file.size).sum();
    let share = all.div_ceil(count.max(1) as u64).max(1);
    let (mut groups, mut sum) = (Vec::<Vec<PartitionedFile>>::new(), 0);
    for (path, file) in files {
        let number = (sum / share) as usize;
        if groups.len() <= number {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            let mut listed = PartitionedFile::new(path.to_string(), file.size);
            // The path as it is: made of a text, it was escaped once more.
            listed.object_meta.location = path.clone();
            group.push(listed);
        }
        sum += file.size;
    }
    groups.into_iter().map(FileGroup::new).collect()
}

/// When the rows of each file begin.
struct Times<'a>(&'a [(Path, LakeFile)]);

impl Times<'_> {
    fn of(&self, column: &Column, micros: impl Fn(&LakeFile) -> i64) -> Option<ArrayRef> {
        let times = || TimestampMicrosecondArray::from_iter_values(self.0.iter().map(|(_, file)| micros(file)));
        (column.name == "start_time").then(|| Arc::new(times().with_timezone("UTC")) as ArrayRef)
    }
}

impl PruningStatistics for Times<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column, |file| file.name.range().0.div_euclid(1000))
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column, |file| file.name.range().1.div_euclid(1000))
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// The options of one table, from those of the session.
trait IntoTable {
    fn into_table(self) -> datafusion::common::config::TableParquetOptions;
}

impl IntoTable for datafusion::common::config::ParquetOptions {
    fn into_table(self) -> datafusion::common::config::TableParquetOptions {
        datafusion::common::config::TableParquetOptions { global: self, ..Default::default() }
    }
}
