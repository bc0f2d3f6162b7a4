//! Small tables whose rows are read when they are first asked, not before.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

/// What such a table holds, and how it is read.
#[async_trait]
pub(super) trait Rows: Send + Sync {
    /// What the table is called in plans.
    const NAME: &str;

    fn schema(&self) -> SchemaRef;

    /// All rows, in one batch.
    async fn read(&self) -> Result<RecordBatch>;
}

/// The table of such rows.
pub(super) struct Lazy<T>(pub(super) T);

impl<T: Rows> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }
}

#[async_trait]
impl<T: Rows + 'static> TableProvider for Lazy<T> {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
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
        let table = MemTable::try_new(self.0.schema(), vec![vec![self.0.read().await?]])?;
        table.scan(state, projection, filters, limit).await
    }
}
