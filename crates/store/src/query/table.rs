//! The table of flows: the lake's files as they were at one moment.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
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

    /// The store that the files stand in.
    pub(super) fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }

    /// The files that may hold rows for which a predicate holds, in at most `count` parts of about the same size.
    pub(super) fn parts(&self, predicate: Option<&Arc<dyn PhysicalExpr>>, count: usize) -> Result<Vec<Vec<FlowFile>>> {
        let files = self.wanted(predicate)?.into_iter();
        Ok(in_parts(files.map(|(path, file)| FlowFile::whole(path.clone(), file.size)), count))
    }

    /// Whether every row begins between these moments, the second not included, as far as names say.
    pub(super) fn lies_within(&self, from: Moment, until: Moment) -> bool {
        let ranges = self.files.iter().map(|(_, file)| file.name.range());
        ranges.fold(true, |within, (start, end)| within && from.nanos() <= start && end <= until.nanos())
    }

    /// Whether a bound of time holds for every row of every file, so that no row has to be asked.
    pub(super) fn always_holds(&self, filter: &Expr) -> bool {
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
        let parts = self.parts(predicate.as_ref(), state.config_options().execution.target_partitions)?;
        let groups = parts.into_iter().map(|part| FileGroup::new(part.into_iter().map(FlowFile::listed).collect()));
        let scan = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(groups.collect())
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

/// A file of flows in its store, or a part of it.
#[derive(Clone, Debug)]
pub(super) struct FlowFile {
    pub(super) path: Path,
    pub(super) size: u64,
    /// The row groups that begin within these bytes are meant.
    pub(super) range: Range<u64>,
}

impl FlowFile {
    const fn whole(path: Path, size: u64) -> Self {
        Self { path, size, range: 0..size }
    }

    fn listed(self) -> PartitionedFile {
        let mut listed = PartitionedFile::new(self.path.to_string(), self.size);
        // The path as it is: made of a text, it was escaped once more.
        listed.object_meta.location = self.path;
        match self.range {
            Range { start: 0, end } if end == self.size => listed,
            // A file's size is a signed number in its footer, too.
            Range { start, end } => listed.with_range(start as i64, end as i64),
        }
    }
}

/// A file is divided where more than this would be left over for the next part: each part reads the footer again.
const LEAST_TO_DIVIDE: u64 = 1 << 20;

/// Files in at most `count` parts of about the same number of bytes, the order of time kept.
fn in_parts(files: impl Iterator<Item = FlowFile> + Clone, count: usize) -> Vec<Vec<FlowFile>> {
    let all: u64 = files.clone().map(|file| file.size).sum();
    let share = all.div_ceil(count.max(1) as u64).max(1);
    let (mut parts, mut room) = (vec![Vec::new()], share);
    for file in files {
        let mut begin = 0;
        // A file without bytes is listed as well: it is damaged, and is named.
        loop {
            let left = file.size - begin;
            let is_last = parts.len() >= count || left <= room.saturating_add(LEAST_TO_DIVIDE);
            let end = if is_last { file.size } else { begin + room };
            if let Some(part) = parts.last_mut() {
                part.push(FlowFile { range: begin..end, ..file.clone() });
            }
            room = room.saturating_sub(end - begin);
            begin = end;
            if room == 0 && parts.len() < count {
                parts.push(Vec::new());
                room = share;
            }
            if begin == file.size {
                break;
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
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

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(sizes: &[u64], count: usize) -> Vec<Vec<(u64, Range<u64>)>> {
        let file = |(place, &size): (usize, &u64)| FlowFile::whole(Path::from(format!("{place}")), size);
        let parts = in_parts(sizes.iter().enumerate().map(file), count);
        parts.into_iter().map(|part| part.into_iter().map(|file| (file.size, file.range)).collect()).collect()
    }

    #[test]
    fn files_are_divided_where_that_pays() {
        const MIB: u64 = 1 << 20;
        assert_eq!(divided(&[], 2), Vec::<Vec<_>>::new());
        assert_eq!(divided(&[100], 2), [[(100, 0..100)]]);
        assert_eq!(divided(&[40 * MIB], 2), [[(40 * MIB, 0..20 * MIB)], [(40 * MIB, 20 * MIB..40 * MIB)]]);
        assert_eq!(divided(&[7, 7, 7], 1), [[(7, 0..7), (7, 0..7), (7, 0..7)]]);
        let (small, large) = (MIB, 9 * MIB);
        assert_eq!(
            divided(&[small, large, small], 2),
            [vec![(small, 0..small), (large, 0..9 * MIB / 2)], vec![(large, 9 * MIB / 2..large), (small, 0..small)]]
        );
    }

    #[test]
    fn every_byte_is_in_one_part() {
        for count in 1..9 {
            for size in [0, 1, 1 << 19, 3 << 20, 77 << 20] {
                let sizes = [size, 5 << 20, size, 1];
                let parts = divided(&sizes, count);
                assert!(parts.len() <= count);
                // One after another, file after file, without a gap.
                let mut pieces = parts.into_iter().flatten();
                for size in sizes {
                    let mut end = 0;
                    loop {
                        let (of, range) = pieces.next().unwrap();
                        assert_eq!((of, range.start), (size, end));
                        end = range.end;
                        if end == size {
                            break;
                        }
                    }
                }
                assert_eq!(pieces.next(), None);
            }
        }
    }
}
