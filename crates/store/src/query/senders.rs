//! Who sent most: the one question that a flood of forged addresses makes hard, because nearly every row has a key of its
//! own.
//!
//! `senders(FROM, UNTIL, MOST)` is a table of address, packets and bytes, one row a sender, whoever opened the flow. Rows are first
//! divided by the hash of their address into parts small enough that the table of one fits into a processor's
//! second-level cache (radix partitioning; Manegold, Boncz and Kersten, "Optimizing main-memory join on modern hardware",
//! 2002), then each part is summed up by itself. Where only the largest are asked for, each part gives no more than those.

use std::cmp::Reverse;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringViewBuilder, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type, UInt64Type};
use async_trait::async_trait;
use blueline_terms::{Address, Moment};
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, ScalarValue, plan_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, TableType, col, lit};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{StreamExt, TryStreamExt};

use super::table::Flows;

/// Into how many parts addresses are divided, as a power of two: ten million different ones make tables of 10,000 each.
const PARTS_LOG2: u32 = 10;
const PARTS: usize = 1 << PARTS_LOG2;
/// Rows of an answer that are handed on at a time.
const ROWS_AT_A_TIME: usize = 8192;

/// The columns that the rows come with, in this order.
const COLUMNS: [&str; 8] = [
    "src_endpoint_ipv4",
    "src_endpoint_ipv6",
    "traffic_packets_out",
    "traffic_bytes_out",
    "dst_endpoint_ipv4",
    "dst_endpoint_ipv6",
    "traffic_packets_in",
    "traffic_bytes_in",
];

/// The function `senders`.
#[derive(Debug)]
pub(super) struct Senders {
    flows: Arc<Flows>,
}

impl Senders {
    pub(super) fn new(flows: Arc<Flows>) -> Self {
        Self { flows }
    }
}

impl TableFunctionImpl for Senders {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let (times, most) = match args.exprs() {
            [] => (None, None),
            [from, until] => (Some((from.clone(), until.clone())), None),
            [from, until, Expr::Literal(most, _)] => {
                let most = most.cast_to(&DataType::UInt64)?;
                let ScalarValue::UInt64(Some(most)) = most else {
                    return plan_err!("senders: MOST is a number of rows");
                };
                (Some((from.clone(), until.clone())), Some(usize::try_from(most).unwrap_or(usize::MAX)))
            }
            _ => return plan_err!("write senders(), senders(FROM, UNTIL) or senders(FROM, UNTIL, MOST)"),
        };
        let schema = Schema::new(vec![
            Field::new("address", DataType::Utf8View, false),
            Field::new("packets", DataType::UInt64, false),
            Field::new("bytes", DataType::UInt64, false),
        ]);
        Ok(Arc::new(SendersTable { flows: Arc::clone(&self.flows), times, most, schema: Arc::new(schema) }))
    }
}

#[derive(Debug)]
struct SendersTable {
    flows: Arc<Flows>,
    times: Option<(Expr, Expr)>,
    most: Option<usize>,
    schema: SchemaRef,
}

#[async_trait]
impl TableProvider for SendersTable {
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
        let flows = Arc::clone(&self.flows) as Arc<dyn TableProvider>;
        let mut rows = LogicalPlanBuilder::scan("flow_rows", provider_as_source(flows), None)?;
        if let Some((from, until)) = &self.times {
            let (from, until) = (moment(from)?, moment(until)?);
            // Where all files lie within, no row has to be asked.
            if !self.flows.lies_within(from, until) {
                let time = |moment: Moment| {
                    lit(ScalarValue::TimestampMicrosecond(Some(moment.nanos().div_euclid(1000)), Some("UTC".into())))
                };
                rows = rows.filter(col("start_time").gt_eq(time(from)).and(col("start_time").lt(time(until))))?;
            }
        }
        let plan = rows.project(COLUMNS.map(col))?.build()?;
        let child = state.create_physical_plan(&plan).await?;
        let kept = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&kept)?);
        Ok(Arc::new(SendersExec::new(child, Wanted { kept, most: self.most }, schema)))
    }
}

fn moment(argument: &Expr) -> Result<Moment> {
    let text = match argument {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    };
    let Some(text) = text else { return plan_err!("senders: a moment is a text such as '2026-03-01T10:00:00Z'") };
    text.parse().map_err(|what: String| DataFusionError::Plan(format!("senders: {what}")))
}

/// What of the sums is asked for.
#[derive(Clone, Debug)]
struct Wanted {
    /// Places of the columns.
    kept: Vec<usize>,
    /// How many of the largest; `None` for all.
    most: Option<usize>,
}

/// The work: rows in on all the child's partitions, sums out on one.
#[derive(Debug)]
struct SendersExec {
    child: Arc<dyn ExecutionPlan>,
    wanted: Wanted,
    properties: Arc<PlanProperties>,
}

impl SendersExec {
    fn new(child: Arc<dyn ExecutionPlan>, wanted: Wanted, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { child, wanted, properties: Arc::new(properties) }
    }
}

impl DisplayAs for SendersExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SendersExec: parts={PARTS}, most={:?}", self.wanted.most)
    }
}

impl ExecutionPlan for SendersExec {
    fn name(&self) -> &str {
        "SendersExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.child]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(child) = children.pop() else { return plan_err!("senders needs rows") };
        Ok(Arc::new(Self::new(child, self.wanted.clone(), self.schema())))
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let partitions = self.child.properties().partitioning.partition_count();
        let streams: Result<Vec<_>> =
            (0..partitions).map(|partition| self.child.execute(partition, Arc::clone(&context))).collect();
        let pool = Arc::clone(context.memory_pool());
        let reserve = move |number: usize| MemoryConsumer::new(format!("senders[{number}]")).register(&pool);
        let (streams, schema, wanted) = (streams?, self.schema(), self.wanted.clone());
        let most = wanted.most;
        let sums = async move { sum_up(streams, reserve, most).await };
        let batches =
            futures::stream::once(sums).map_ok(move |sums| sums.into_batches(wanted.kept.clone(), Arc::clone(&schema)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches.try_flatten())))
    }
}

/// A sender's address as a number.
trait Key: Copy + Eq + Hash + Send + 'static {
    fn address(self) -> Address;
}

impl Key for u32 {
    fn address(self) -> Address {
        Address::v4(self.to_be_bytes())
    }
}

impl Key for u128 {
    fn address(self) -> Address {
        Address::from_bits(self)
    }
}

/// Spreads keys by a seed of its own, so that nobody can choose addresses that meet in one cell.
type Spread = foldhash::quality::RandomState;

/// What one row says of one sender.
#[derive(Clone, Copy)]
struct Sent<K> {
    key: K,
    packets: u32,
    bytes: u64,
}

/// Rows divided by the hash of their sender.
struct Divided<K> {
    parts: Vec<Vec<Sent<K>>>,
}

impl<K: Key> Divided<K> {
    fn new() -> Self {
        Self { parts: (0..PARTS).map(|_| Vec::new()).collect() }
    }

    #[inline]
    fn add(&mut self, spread: &Spread, key: K, packets: u32, bytes: u64) {
        self.parts[(spread.hash_one(key) >> (64 - PARTS_LOG2)) as usize].push(Sent { key, packets, bytes });
    }

    fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.capacity() * size_of::<Sent<K>>()).sum()
    }
}

/// The rows of one partition of the child.
struct Share {
    v4: Divided<u32>,
    v6: Divided<u128>,
    spread: Spread,
    reservation: MemoryReservation,
}

async fn divide(mut rows: SendableRecordBatchStream, spread: Spread, reservation: MemoryReservation) -> Result<Share> {
    let mut share = Share { v4: Divided::new(), v6: Divided::new(), spread, reservation };
    let mut since = 0;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        share.take(&batch, [0, 1, 2, 3]);
        share.take(&batch, [4, 5, 6, 7]);
        since += batch.num_rows();
        if since >= 1 << 18 {
            since = 0;
            share.reservation.try_resize(share.v4.bytes() + share.v6.bytes())?;
        }
    }
    share.reservation.try_resize(share.v4.bytes() + share.v6.bytes())?;
    Ok(share)
}

impl Share {
    /// Takes one way of every row, from the columns at these places.
    fn take(&mut self, batch: &RecordBatch, [v4, v6, packets, bytes]: [usize; 4]) {
        let v4 = batch.column(v4).as_primitive::<UInt32Type>();
        let packets = batch.column(packets).as_primitive::<UInt32Type>().values();
        let bytes = batch.column(bytes).as_primitive::<UInt64Type>().values();
        let each = v4.values().iter().zip(packets).zip(bytes);
        if v4.null_count() == 0 {
            each.filter(|((_, packets), _)| **packets > 0)
                .for_each(|((&key, &packets), &bytes)| self.v4.add(&self.spread, key, packets, bytes));
            return;
        }
        let v6 = batch.column(v6).as_fixed_size_binary();
        for (row, ((&key, &packets), &bytes)) in each.enumerate() {
            if packets == 0 {
                continue;
            }
            if v4.is_valid(row) {
                self.v4.add(&self.spread, key, packets, bytes);
            } else if v6.is_valid(row)
                && let Ok(wide) = v6.value(row).try_into()
            {
                self.v6.add(&self.spread, u128::from_be_bytes(wide), packets, bytes);
            }
        }
    }
}

/// Set when nobody waits for the answer any more.
struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Divides on every partition side by side, then sums up the parts, side by side as well.
async fn sum_up(
    streams: Vec<SendableRecordBatchStream>,
    reserve: impl Fn(usize) -> MemoryReservation,
    most: Option<usize>,
) -> Result<Sums> {
    let (workers, spread) = (streams.len().max(1), Spread::default());
    let dividing = streams.into_iter().enumerate();
    let dividing = dividing.map(|(number, rows)| tokio::spawn(divide(rows, spread.clone(), reserve(number))));
    // Whoever is left when one fails, or when the question is broken off, ends with this list.
    let dividing: Vec<_> = dividing.map(AbortOnDrop).collect();
    let mut shares = Vec::new();
    for share in dividing {
        shares.push(share.await??);
    }
    let (shares, abandoned) = (Arc::new(shares), Arc::new(AtomicBool::new(false)));
    let _guard = Abandoned(Arc::clone(&abandoned));
    let summing: Vec<_> = (0..workers)
        .map(|worker| {
            let (shares, abandoned, spread) = (Arc::clone(&shares), Arc::clone(&abandoned), spread.clone());
            let mut sums = Sums::new(most, reserve(workers + worker));
            tokio::task::spawn_blocking(move || {
                let (mut narrow, mut wide) = (Vec::new(), Vec::new());
                for part in (worker..PARTS).step_by(workers) {
                    if abandoned.load(Ordering::Relaxed) {
                        break;
                    }
                    sum_part(shares.iter().map(|share| &share.v4.parts[part]), &spread, &mut narrow, &mut sums);
                    sum_part(shares.iter().map(|share| &share.v6.parts[part]), &spread, &mut wide, &mut sums);
                    sums.reserve(size_of_val(&*narrow) + size_of_val(&*wide))?;
                }
                sums.reserve(0)?;
                Ok::<_, DataFusionError>(sums)
            })
        })
        .collect();
    let mut all = Sums::new(most, reserve(2 * workers));
    for sums in summing {
        let mut sums = sums.await.map_err(|error| DataFusionError::Execution(error.to_string()))??;
        all.list.append(&mut sums.list);
        sums.reservation.free();
        all.reserve(0)?;
    }
    all.keep_largest();
    all.list.sort_unstable();
    Ok(all)
}

/// A task that ends when nobody waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let ended = Pin::new(&mut self.0).poll(context);
        ended.map(|ended| ended.map_err(|error| DataFusionError::Execution(error.to_string())))
    }
}

/// One sender's sum. The order is that of the answer: most bytes first, then most packets, then the lowest address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sum {
    bytes: Reverse<u64>,
    packets: Reverse<u64>,
    address: Address,
}

/// Sums of senders, as many of the largest as are asked for.
struct Sums {
    most: Option<usize>,
    list: Vec<Sum>,
    /// Whoever sent less is not among them.
    least: u64,
    reservation: MemoryReservation,
}

impl Sums {
    fn new(most: Option<usize>, reservation: MemoryReservation) -> Self {
        Self { most, list: Vec::new(), least: 0, reservation }
    }

    /// Takes into account what the list and so many bytes beside it take.
    fn reserve(&mut self, beside: usize) -> Result<()> {
        self.reservation.try_resize(self.list.capacity() * size_of::<Sum>() + beside)
    }

    #[inline]
    fn add(&mut self, address: impl FnOnce() -> Address, packets: u64, bytes: u64) {
        if bytes >= self.least {
            self.list.push(Sum { bytes: Reverse(bytes), packets: Reverse(packets), address: address() });
            if self.most.is_some_and(|most| self.list.len() >= most.saturating_mul(2).max(4096)) {
                self.keep_largest();
            }
        }
    }

    fn keep_largest(&mut self) {
        let Some(most) = self.most.filter(|&most| most < self.list.len()) else { return };
        if most == 0 {
            self.list.clear();
            return;
        }
        self.least = self.list.select_nth_unstable(most - 1).1.bytes.0;
        self.list.truncate(most);
    }

    /// The rows of the answer, made as they are asked for.
    fn into_batches(self, kept: Vec<usize>, schema: SchemaRef) -> impl futures::Stream<Item = Result<RecordBatch>> {
        let starts = (0..self.list.len()).step_by(ROWS_AT_A_TIME);
        futures::stream::iter(starts).map(move |start| {
            let sums = &self.list[start..self.list.len().min(start + ROWS_AT_A_TIME)];
            let mut address = StringViewBuilder::with_capacity(sums.len());
            sums.iter().for_each(|sum| address.append_value(sum.address.to_string()));
            let packets = UInt64Array::from_iter_values(sums.iter().map(|sum| sum.packets.0));
            let bytes = UInt64Array::from_iter_values(sums.iter().map(|sum| sum.bytes.0));
            let columns: [ArrayRef; 3] = [Arc::new(address.finish()), Arc::new(packets), Arc::new(bytes)];
            let kept = kept.iter().map(|&place| Arc::clone(&columns[place])).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(sums.len()));
            Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), kept, &options)?)
        })
    }
}

/// Sums up one part by open addressing; the table has at least twice as many cells as there are rows.
fn sum_part<'a, K: Key>(
    shares: impl Iterator<Item = &'a Vec<Sent<K>>> + Clone,
    spread: &Spread,
    table: &mut Vec<Cell<K>>,
    sums: &mut Sums,
) {
    let rows: usize = shares.clone().map(Vec::len).sum();
    if rows == 0 {
        return;
    }
    let cells = (2 * rows).next_power_of_two();
    table.clear();
    table.resize(cells, None);
    for sent in shares.flatten() {
        // The upper bits chose the part; the lower ones choose the cell.
        let mut at = spread.hash_one(sent.key) as usize & (cells - 1);
        loop {
            match &mut table[at] {
                Some((key, packets, bytes)) if *key == sent.key => {
                    *packets += u64::from(sent.packets);
                    *bytes += sent.bytes;
                    break;
                }
                Some(_) => at = (at + 1) & (cells - 1),
                free => {
                    *free = Some((sent.key, u64::from(sent.packets), sent.bytes));
                    break;
                }
            }
        }
    }
    for &(key, packets, bytes) in table.iter().flatten() {
        sums.add(|| key.address(), packets, bytes);
    }
}

/// A cell of a table: a sender, its packets, its bytes.
type Cell<K> = Option<(K, u64, u64)>;
