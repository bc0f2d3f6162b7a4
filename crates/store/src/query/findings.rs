//! The table of what was told of findings.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::findings;
use crate::shelf::Shelf;

/// Each event as it was told last; of two that were told at one moment, the one that ends it.
pub(super) const VIEW: &str = "CREATE VIEW findings AS SELECT DISTINCT ON (id) * FROM finding_states \
    ORDER BY id, told_time DESC, state = 'ended' DESC, state = 'changed' DESC";

/// Files are read when the table is first asked, not before.
pub(super) struct FindingTable(pub(super) Arc<Shelf>);

impl fmt::Debug for FindingTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("findings")
    }
}

#[async_trait]
impl TableProvider for FindingTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&findings::SCHEMA)
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
        let shelf = Arc::clone(&self.0);
        // The shelf waits by itself, which an engine's thread must not.
        let read = tokio::task::spawn_blocking(move || findings::all(&shelf)).await;
        let rows = read.map_err(|error| DataFusionError::Execution(error.to_string()))?;
        let rows = rows.map_err(DataFusionError::IoError)?;
        let table = MemTable::try_new(Arc::clone(&findings::SCHEMA), vec![vec![rows]])?;
        table.scan(state, projection, filters, limit).await
    }
}
