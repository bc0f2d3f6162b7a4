//! Counting without looking at every row: a question that adds up rows by columns of few values is asked of tallies.
//!
//! A tally is a line that stands for many rows of one row group: the values that they share, how many rows there are, and
//! the sums of their amounts. [`Tallied`] rewrites a plan that adds up flows so that it adds up tallies instead;
//! [`Tallies`] is their table, and makes them from the codes that stand in the files' pages ([`crate::decode`]). What
//! such a question may not ask (other functions, keys of many values) is left to the engine as it is.

mod rewrite;
mod scan;
mod tally;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;

use super::table::Flows;
use crate::lake::columns::ARROW;

pub(super) use rewrite::Tallied;
use scan::{Condition, TalliesExec, Work};

/// The column that says how many rows a tally stands for.
const ROWS: &str = "rows";

/// A column of flows.
fn column(name: &str) -> Option<&'static Field> {
    ARROW.field_with_name(name).ok()
}

/// The column that says what a tally's rows have together of `column`.
fn sum_of(column: &Field) -> String {
    format!("sum({})", column.name())
}

/// Whether a row group holds few different values of a column, as a rule, so that rows can be counted by them.
fn has_few_values(column: &Field) -> bool {
    matches!(column.data_type(), DataType::UInt8 | DataType::UInt16 | DataType::Boolean | DataType::Utf8View)
}

/// The columns that a tally is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// What its rows share.
    keys: Vec<&'static Field>,
    /// What is added up.
    sums: Vec<&'static Field>,
}

impl Wanted {
    fn schema(&self) -> Schema {
        let keys = self.keys.iter().copied().cloned();
        let rows = Field::new(ROWS, DataType::Int64, false);
        let sums = self.sums.iter().map(|column| Field::new(sum_of(column), DataType::UInt64, column.is_nullable()));
        Schema::new(keys.chain([rows]).chain(sums).collect::<Vec<_>>())
    }
}

/// Names of columns.
fn names(columns: &[&Field]) -> String {
    columns.iter().map(|column| column.name().as_str()).collect::<Vec<_>>().join(", ")
}

/// The table of tallies of those rows for which conditions hold.
struct Tallies {
    flows: Arc<Flows>,
    wanted: Wanted,
    /// Each is about one column.
    conditions: Vec<(&'static Field, Expr)>,
    schema: SchemaRef,
}

impl Tallies {
    fn new(flows: Arc<Flows>, wanted: Wanted, conditions: Vec<(&'static Field, Expr)>) -> Self {
        let schema = Arc::new(wanted.schema());
        Self { flows, wanted, conditions, schema }
    }
}

impl fmt::Debug for Tallies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tallies of {:?} by {}", self.flows, names(&self.wanted.keys))
    }
}

#[async_trait]
impl TableProvider for Tallies {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let flows = DFSchema::try_from(Arc::clone(&ARROW))?;
        let predicate = conjunction(self.conditions.iter().map(|(_, condition)| condition.clone()));
        let predicate = predicate.map(|predicate| state.create_physical_expr(predicate, &flows)).transpose()?;
        let conditions: Result<Vec<Condition>> =
            self.conditions.iter().map(|(column, condition)| Condition::new(column, condition, state)).collect();
        let mut parts = self.flows.parts(predicate.as_ref(), state.config_options().execution.target_partitions)?;
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        let work = Work::new(self.flows.url().clone(), self.wanted.clone(), conditions?, predicate)?;
        let kept = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        Ok(Arc::new(TalliesExec::new(Arc::new(work), parts, kept, &self.schema)?))
    }
}

type Predicate = Arc<dyn PhysicalExpr>;
