//! The table of what was told of findings.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::error::{DataFusionError, Result};

use super::lazy::Rows;
use crate::findings;
use crate::shelf::Shelf;

/// Each event as it was told last; of two that were told at one moment, the one that ends it.
pub(super) const VIEW: &str = "CREATE VIEW findings AS SELECT DISTINCT ON (id) * FROM finding_states \
    ORDER BY id, told_time DESC, state = 'ended' DESC, state = 'changed' DESC";

/// The rows of all files of findings.
pub(super) struct FindingRows(pub(super) Arc<Shelf>);

#[async_trait]
impl Rows for FindingRows {
    const NAME: &str = "findings";

    fn schema(&self) -> SchemaRef {
        Arc::clone(&findings::SCHEMA)
    }

    async fn read(&self) -> Result<RecordBatch> {
        let shelf = Arc::clone(&self.0);
        // The shelf waits by itself, which an engine's thread must not.
        let read = tokio::task::spawn_blocking(move || findings::all(&shelf)).await;
        read.map_err(|error| DataFusionError::Execution(error.to_string()))?.map_err(DataFusionError::IoError)
    }
}
