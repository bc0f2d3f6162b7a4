//! The table of coverage: how each sensor watched in each period, from the files' footers.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder, TimestampMicrosecondBuilder, UInt32Builder, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::error::{DataFusionError, Result};

use super::lazy::Rows;
use crate::lake::group::Group;
use crate::lake::{Footers, Snapshot};
use crate::shelf::Shelf;

/// What the footers of all files tell.
pub(super) struct CoverageRows {
    shelf: Arc<Shelf>,
    footers: Footers,
    snapshot: Snapshot,
    schema: SchemaRef,
}

impl CoverageRows {
    pub(super) fn new(shelf: Arc<Shelf>, footers: Footers, snapshot: Snapshot) -> Self {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let schema = Schema::new(vec![
            Field::new("sensor", DataType::Utf8View, true),
            Field::new("start_time", time(), false),
            Field::new("end_time", time(), false),
            Field::new("late", DataType::UInt32, false),
            Field::new("flow_rows", DataType::UInt64, false),
            Field::new("batches", DataType::UInt64, false),
            Field::new("gaps", DataType::UInt64, false),
            Field::new("gap_milliseconds", DataType::UInt64, false),
            Field::new("copies", DataType::UInt64, false),
            Field::new("dropped", DataType::UInt64, true),
            Field::new("shed", DataType::UInt64, false),
            Field::new("oddities", DataType::UInt64, false),
        ]);
        Self { shelf, footers, snapshot, schema: Arc::new(schema) }
    }
}

#[async_trait]
impl Rows for CoverageRows {
    const NAME: &str = "coverage";

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    async fn read(&self) -> Result<RecordBatch> {
        let mut groups = Vec::new();
        for file in &self.snapshot.files {
            let footer = self.footers.of(&self.shelf, file).await.map_err(DataFusionError::IoError)?;
            groups.extend(footer.groups.iter().cloned());
        }
        rows(&self.schema, &groups)
    }
}

fn rows(schema: &SchemaRef, groups: &[Group]) -> Result<RecordBatch> {
    let mut sensor = StringViewBuilder::new();
    let mut times = [(); 2].map(|()| TimestampMicrosecondBuilder::new().with_timezone("UTC"));
    let mut late = UInt32Builder::new();
    let mut counts = [(); 8].map(|()| UInt64Builder::new());
    for group in groups {
        sensor.append_option(group.sensor.as_deref());
        let (start, end) = group.range();
        times[0].append_value(start.div_euclid(1000));
        times[1].append_value(end.div_euclid(1000));
        late.append_value(group.late);
        let watch = &group.watch;
        let gaps: u128 = watch.gaps().map(|gap| gap.duration().as_millis()).sum();
        let figures = [
            Some(group.rows),
            Some(group.batches.len() as u64),
            Some(watch.gaps.len() as u64),
            Some(u64::try_from(gaps).unwrap_or(u64::MAX)),
            Some(watch.copies),
            watch.dropped,
            Some(watch.shed),
            Some(watch.oddities.iter().map(|oddity| oddity.count).sum()),
        ];
        counts.iter_mut().zip(figures).for_each(|(count, figure)| count.append_option(figure));
    }
    let mut columns: Vec<ArrayRef> = vec![Arc::new(sensor.finish())];
    columns.extend(times.iter_mut().map(|time| Arc::new(time.finish()) as ArrayRef));
    columns.push(Arc::new(late.finish()));
    columns.extend(counts.iter_mut().map(|count| Arc::new(count.finish()) as ArrayRef));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
