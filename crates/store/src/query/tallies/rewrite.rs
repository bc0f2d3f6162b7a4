//! Plans that add up flows, rewritten so that they add up tallies.
//!
//! `sum(bytes) FILTER (WHERE opening) GROUP BY protocol` over flows is, over tallies whose rows share protocol and
//! `opening`, the sum of their sums: whatever divides rows finer than the question does may be counted in any number of
//! steps. Conditions about one column choose rows while tallies are made; those about several are asked of tallies, of
//! which they are keys.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column as Named, DFSchemaRef};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::sum::{sum, sum_udaf};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Cast, Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableScan, lit, when,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::{ROWS, Tallies, Wanted, column, has_few_values, sum_of};
use crate::query::table::Flows;

/// The rule.
#[derive(Debug)]
pub(in crate::query) struct Tallied {
    flows: Arc<Flows>,
}

impl Tallied {
    pub(in crate::query) fn new(flows: Arc<Flows>) -> Self {
        Self { flows }
    }

    /// The same answer from tallies; `None` where they cannot give it.
    fn tallied(&self, aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
        let Some(asked) = Asked::of(aggregate) else { return Ok(None) };
        let mut leaves = Vec::new();
        if !leaves_of(&aggregate.input, asked, Vec::new(), &mut leaves)? {
            return Ok(None);
        }
        let mut all: Option<LogicalPlanBuilder> = None;
        for leaf in leaves {
            let Some(plan) = leaf.tallied(&self.flows)? else { return Ok(None) };
            all = Some(match all {
                None => LogicalPlanBuilder::from(plan),
                Some(before) => before.union(plan)?,
            });
        }
        all.map(|parts| put_together(parts, aggregate)).transpose()
    }
}

impl OptimizerRule for Tallied {
    fn name(&self) -> &str {
        "tallied"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        Ok(self.tallied(aggregate)?.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

/// What is added up, in terms of the columns of the plan below.
#[derive(Clone, Debug)]
struct Asked {
    groups: Vec<Expr>,
    /// What is summed, `None` where rows are counted, and of which rows.
    parts: Vec<(Option<Expr>, Option<Expr>)>,
}

impl Asked {
    fn of(aggregate: &Aggregate) -> Option<Self> {
        let groups = aggregate.group_expr.clone();
        if groups.iter().any(|group| matches!(group, Expr::GroupingSet(_))) {
            return None;
        }
        let parts: Option<Vec<_>> = aggregate.aggr_expr.iter().map(part).collect();
        Some(Self { groups, parts: parts? })
    }

    /// The same in terms of what columns stand for further below; `None` where that is not known, or too long.
    fn replaced(self, meant: &Meanings) -> Result<Option<Self>> {
        let mut whole = true;
        let mut replace = |expr: Expr| {
            let replaced = meant.replaced(expr)?;
            whole &= replaced.is_some();
            Result::<_>::Ok(replaced)
        };
        let mut groups = Vec::new();
        for group in self.groups {
            groups.extend(replace(group)?);
        }
        let mut parts = Vec::new();
        for (what, of) in self.parts {
            let what = what.map(&mut replace).transpose()?.flatten();
            let of = of.map(&mut replace).transpose()?.flatten();
            parts.push((what, of));
        }
        Ok(whole.then_some(Self { groups, parts }))
    }
}

/// What one function adds up, and of which rows.
fn part(function: &Expr) -> Option<(Option<Expr>, Option<Expr>)> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = function.clone().unalias() else { return None };
    let AggregateFunctionParams { args, distinct: false, filter, order_by, null_treatment: None } = params else {
        return None;
    };
    let [argument] = args.try_into().ok()?;
    let what = match &argument {
        _ if !order_by.is_empty() => return None,
        Expr::Literal(value, _) if func == count_udaf() && !value.is_null() => None,
        _ if func == sum_udaf() => Some(argument),
        _ => return None,
    };
    Some((what, filter.map(|filter| *filter)))
}

/// An expression that grows beyond this many parts when what columns stand for is put in is left to the engine.
const MOST_PARTS: usize = 1000;

/// What the columns of a plan stand for, in terms of the columns below.
struct Meanings(HashMap<Named, Expr>);

impl Meanings {
    fn new(columns: &DFSchemaRef, meanings: impl Iterator<Item = Expr>) -> Self {
        Self(columns.columns().into_iter().zip(meanings.map(Expr::unalias)).collect())
    }

    fn replaced(&self, expr: Expr) -> Result<Option<Expr>> {
        let (mut known, mut size) = (true, 0);
        let replaced = expr.transform(|expr| match &expr {
            Expr::Column(column) => match self.0.get(column) {
                Some(meaning) => Ok(Transformed::new(meaning.clone(), true, TreeNodeRecursion::Jump)),
                None => {
                    known = false;
                    Ok(Transformed::no(expr))
                }
            },
            _ => Ok(Transformed::no(expr)),
        })?;
        replaced.data.apply(|_| {
            size += 1;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok((known && size <= MOST_PARTS).then_some(replaced.data))
    }
}

/// A scan of flows below what is asked, and under which conditions.
struct Leaf<'a> {
    scan: &'a TableScan,
    asked: Asked,
    conditions: Vec<Expr>,
}

/// Finds the scans below a plan whose rows it hands on as they are; `false` where there is anything else.
fn leaves_of<'a>(
    plan: &'a LogicalPlan,
    asked: Asked,
    mut conditions: Vec<Expr>,
    leaves: &mut Vec<Leaf<'a>>,
) -> Result<bool> {
    let mut below = |input: &'a LogicalPlan, meant: &Meanings, asked: Asked, conditions: &[Expr]| {
        let conditions = conditions.iter().map(|condition| meant.replaced(condition.clone()));
        let conditions: Option<Vec<Expr>> = conditions.collect::<Result<_>>()?;
        match (asked.replaced(meant)?, conditions) {
            (Some(asked), Some(conditions)) => leaves_of(input, asked, conditions, leaves),
            _ => Ok(false),
        }
    };
    match plan {
        LogicalPlan::Projection(projection) => {
            let meant = Meanings::new(&projection.schema, projection.expr.iter().cloned());
            below(&projection.input, &meant, asked, &conditions)
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let meant = Meanings::new(&alias.schema, alias.input.schema().columns().into_iter().map(Expr::Column));
            below(&alias.input, &meant, asked, &conditions)
        }
        LogicalPlan::Filter(filter) => {
            conditions.extend(split_conjunction_owned(filter.predicate.clone()));
            leaves_of(&filter.input, asked, conditions, leaves)
        }
        LogicalPlan::Union(union) => {
            for input in &union.inputs {
                let meant = Meanings::new(&union.schema, input.schema().columns().into_iter().map(Expr::Column));
                if !below(input, &meant, asked.clone(), &conditions)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
            conditions.extend(scan.filters.iter().cloned());
            leaves.push(Leaf { scan, asked, conditions });
            Ok(true)
        }
        _ => Ok(false),
    }
}

impl Leaf<'_> {
    /// A plan with a column for each group (`key N`) and for each part (`part N`); `None` where tallies do not suffice.
    fn tallied(self, flows: &Arc<Flows>) -> Result<Option<LogicalPlan>> {
        if !source_as_provider(&self.scan.source).is_ok_and(|table| table.is::<Flows>()) {
            return Ok(None);
        }
        let Some((conditions, above)) = self.conditions(flows)? else { return Ok(None) };
        let Asked { groups, parts } = self.asked;
        let mut wanted = Wanted::default();
        let mut summed = Vec::new();
        for (what, of) in &parts {
            let Some(sum) = what.as_ref().map_or_else(|| Some(rows(self.scan)), |what| sums(what, &mut wanted)) else {
                return Ok(None);
            };
            summed.push(match (of, what) {
                (None, _) => sum,
                (Some(of), None) => when(of.clone(), sum).otherwise(lit(0i64))?,
                (Some(of), Some(_)) => when(of.clone(), sum).end()?,
            });
        }
        let of = parts.iter().filter_map(|(_, of)| of.as_ref());
        for expr in groups.iter().chain(of).chain(&above) {
            if !is_plain(expr)? || !keys(expr, &mut wanted.keys) {
                return Ok(None);
            }
        }
        let tallies = provider_as_source(Arc::new(Tallies::new(Arc::clone(flows), wanted, conditions)));
        let mut plan = LogicalPlanBuilder::scan(self.scan.table_name.clone(), tallies, None)?;
        for condition in above {
            plan = plan.filter(condition)?;
        }
        let keys = groups.into_iter().enumerate().map(|(place, group)| group.alias(key_name(place)));
        let parts = summed.into_iter().enumerate().map(|(place, part)| part.alias(part_name(place)));
        plan.project(keys.chain(parts))?.build().map(Some)
    }

    /// The conditions that rows are chosen by, each about one column, and those that are asked of tallies; `None` where
    /// one can be neither.
    #[expect(clippy::type_complexity, reason = "two lists, used once")]
    fn conditions(&self, flows: &Flows) -> Result<Option<(Vec<(&'static Field, Expr)>, Vec<Expr>)>> {
        let (mut choosing, mut above) = (Vec::<(&Field, Expr)>::new(), Vec::new());
        for condition in &self.conditions {
            if !is_plain(condition)? {
                return Ok(None);
            }
            let columns = condition.column_refs();
            let mut columns = columns.iter().map(|named| column(&named.name));
            match (columns.next(), columns.next()) {
                (Some(Some(column)), None) => {
                    let condition = unqualified(condition.clone())?;
                    if !flows.always_holds(&condition) && !choosing.iter().any(|(_, known)| *known == condition) {
                        choosing.push((column, condition));
                    }
                }
                _ if above.contains(condition) => {}
                _ => above.push(condition.clone()),
            }
        }
        Ok(Some((choosing, above)))
    }
}

/// Whether an expression says the same of the same values always, and asks nothing else.
fn is_plain(expr: &Expr) -> Result<bool> {
    let other = |expr: &Expr| {
        let asks = matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        );
        Ok(asks || expr.is_volatile_node())
    };
    Ok(!expr.exists(other)?)
}

fn unqualified(expr: Expr) -> Result<Expr> {
    let unqualified = expr.transform(|expr| match expr {
        Expr::Column(column) => Ok(Transformed::yes(Expr::Column(Named::from_name(column.name)))),
        _ => Ok(Transformed::no(expr)),
    })?;
    Ok(unqualified.data)
}

/// Adds the columns of an expression to the keys; `false` where one has many values, or is no column of flows.
fn keys(expr: &Expr, keys: &mut Vec<&'static Field>) -> bool {
    let mut columns: Vec<&str> = expr.column_refs().into_iter().map(|named| named.name.as_str()).collect();
    columns.sort_unstable();
    columns.into_iter().all(|name| match column(name) {
        Some(column) if has_few_values(column) => {
            if !keys.contains(&column) {
                keys.push(column);
            }
            true
        }
        _ => false,
    })
}

fn rows(scan: &TableScan) -> Expr {
    Expr::Column(Named::new(Some(scan.table_name.clone()), ROWS))
}

/// What the sum of an expression over rows is in terms of their columns' sums, of the same type; `None` where it is no
/// sum of columns.
fn sums(expr: &Expr, wanted: &mut Wanted) -> Option<Expr> {
    match expr {
        Expr::Alias(alias) => sums(&alias.expr, wanted),
        Expr::Column(named) if *column(&named.name)?.data_type() == DataType::UInt64 => column_sum(named, wanted),
        // Narrower numbers are widened before they are added up.
        Expr::Cast(Cast { expr, field }) if matches!(field.data_type(), DataType::UInt64 | DataType::Int64) => {
            let sum = match &**expr {
                Expr::Column(named) => column_sum(named, wanted),
                wide => sums(wide, wanted),
            };
            Some(Expr::Cast(Cast { expr: Box::new(sum?), field: Arc::clone(field) }))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Plus, right }) => {
            // Where one of the two is null, so is their sum, and the other one is left out as well.
            let may_be_null = |named: &&Named| column(&named.name).is_none_or(Field::is_nullable);
            if expr.column_refs().iter().any(may_be_null) {
                return None;
            }
            let (left, right) = (sums(left, wanted)?, sums(right, wanted)?);
            Some(Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op: Operator::Plus, right: Box::new(right) }))
        }
        _ => None,
    }
}

fn column_sum(named: &Named, wanted: &mut Wanted) -> Option<Expr> {
    let column = column(&named.name).filter(|column| column.data_type().is_unsigned_integer())?;
    if !wanted.sums.contains(&column) {
        wanted.sums.push(column);
    }
    Some(Expr::Column(Named::new(named.relation.clone(), sum_of(column))))
}

fn key_name(place: usize) -> String {
    format!("key {place}")
}

fn part_name(place: usize) -> String {
    format!("part {place}")
}

/// Adds up what all tallies gave; the columns are called what those of `aggregate` are.
fn put_together(parts: LogicalPlanBuilder, aggregate: &Aggregate) -> Result<LogicalPlan> {
    let named = |name| Expr::Column(Named::from_name(name));
    let groups = aggregate.group_expr.len();
    let keys = (0..groups).map(|place| named(key_name(place)));
    let sums = (0..aggregate.aggr_expr.len()).map(|place| sum(named(part_name(place))).alias(part_name(place)));
    let summed = parts.aggregate(keys, sums.collect::<Vec<_>>())?;
    let columns = aggregate.schema.iter().enumerate().map(|(place, (qualifier, field))| {
        let column = match place.checked_sub(groups) {
            None => named(key_name(place)),
            Some(part) => {
                let sum = named(part_name(part));
                // Nothing is counted as 0 and summed up to null. Put this way round, a count is known not to be null.
                match is_count(&aggregate.aggr_expr[part]) {
                    true => when(sum.clone().is_not_null(), sum).otherwise(lit(0i64))?,
                    false => sum,
                }
            }
        };
        Ok(column.alias_qualified(qualifier.cloned(), field.name()))
    });
    summed.project(columns.collect::<Result<Vec<_>>>()?)?.build()
}

fn is_count(function: &Expr) -> bool {
    part(function).is_some_and(|(what, _)| what.is_none())
}
