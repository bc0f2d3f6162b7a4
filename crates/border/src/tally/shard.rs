//! One shard's count of rows, period by period, and its part of what the run's picture needs.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use blueline_terms::picture::Conversation;
use blueline_terms::{FlowBatch, Period};

use super::conversations::{Conversations, Services, TOP, crosses, touches_safe_area};
use super::period::PeriodTally;
use crate::attribution::Border;

/// What one shard counted. Give it rows with [`Tally::rows`] and draw a line with [`Tally::line`] when a period is over.
///
/// The traffic between two hosts is always counted by the same tally, so no conversation is in two of them. What is
/// costly is done here, where the shards can do it side by side; what must be decided over all of them, the
/// [`Chronicle`](super::Chronicle) decides.
pub struct Tally {
    period: Duration,
    parties: usize,
    seed: u64,
    open: BTreeMap<i64, PeriodTally>,
    /// The period that the row before lay in, taken out of `open`.
    latest: Option<PeriodTally>,
    /// What was over at each line that the chronicle has not taken yet.
    pub(super) over: VecDeque<Vec<OverPeriod>>,
    /// Conversations of the run.
    pub(super) run: Conversations,
    /// What the chronicle has decided about `run` and this shard has not done yet.
    pub(super) orders: VecDeque<Order>,
    /// An empty table with room, for the next period.
    spare: Option<Conversations>,
}

/// What one shard counted of a period that is over.
pub(super) struct OverPeriod {
    pub(super) tally: PeriodTally,
    pub(super) services: Services,
    /// The largest conversations that cross, and those that touch safe areas.
    pub(super) top: Vec<Conversation>,
    pub(super) safe_area_top: Vec<Conversation>,
    /// Bytes of every conversation.
    pub(super) sizes: Vec<u64>,
}

/// What is to be done with a shard's conversations of the run.
pub(super) enum Order {
    /// Those of a period join, if they have more bytes than this.
    JoinAbove(u64, Conversations),
    /// Those of at most so many bytes go.
    DropUpTo(u64),
}

impl Tally {
    /// A tally of nothing, for a mission of `parties` parties and periods of this length. `seed` keeps an attacker from
    /// choosing addresses whose hashes collide; no output depends on it.
    pub fn new(parties: usize, period: Duration, seed: u64) -> Self {
        Self {
            period,
            parties,
            seed,
            open: BTreeMap::new(),
            latest: None,
            over: VecDeque::new(),
            run: Conversations::new(seed),
            orders: VecDeque::new(),
            spare: None,
        }
    }

    /// Attributes rows and counts them.
    pub fn rows(&mut self, border: &Border, rows: &mut FlowBatch) {
        self.follow_orders();
        border.attribute(rows);
        for row in 0..rows.len() {
            let start = rows.span[row].start;
            let number = match &self.latest {
                Some(latest) if latest.holds(start) => latest.period().number(),
                _ => Period::holding(start, self.period).number(),
            };
            self.period_tally(number).row(border, rows, row);
        }
    }

    /// Every period up to number `through` is over: rows that come later go below this line.
    pub fn line(&mut self, border: &Border, through: i64) {
        self.follow_orders();
        self.put_away();
        let later = through.checked_add(1).map(|next| self.open.split_off(&next)).unwrap_or_default();
        let over = std::mem::replace(&mut self.open, later);
        self.over.push_back(over.into_values().map(|tally| OverPeriod::of(tally, border)).collect());
    }

    #[inline]
    fn period_tally(&mut self, number: i64) -> &mut PeriodTally {
        if self.latest.as_ref().is_none_or(|latest| latest.period().number() != number) {
            self.put_away();
            self.latest = self.open.remove(&number);
        }
        let (sides, period, seed) = (self.parties + 2, self.period, self.seed);
        self.latest.get_or_insert_with(|| {
            let conversations = self.spare.take().unwrap_or_else(|| Conversations::new(seed));
            PeriodTally::new(Period::numbered(number, period), sides, conversations)
        })
    }

    fn put_away(&mut self) {
        if let Some(latest) = self.latest.take() {
            self.open.insert(latest.period().number(), latest);
        }
    }

    /// Does what the chronicle has decided.
    pub(super) fn follow_orders(&mut self) {
        for order in self.orders.drain(..) {
            match order {
                Order::JoinAbove(bytes, mut conversations) => {
                    self.run.absorb_above(bytes, &mut conversations);
                    self.spare = Some(conversations);
                }
                Order::DropUpTo(bytes) => self.run.drop_up_to(bytes),
            }
        }
    }

    /// Every table of conversations that is being added to.
    pub(super) fn conversations(&mut self) -> impl Iterator<Item = &mut Conversations> {
        self.open.values_mut().chain(self.latest.as_mut()).map(|period| &mut period.conversations)
    }
}

impl OverPeriod {
    fn of(tally: PeriodTally, border: &Border) -> Self {
        let conversations = &tally.conversations;
        let mut sizes = Vec::with_capacity(conversations.len());
        conversations.sizes(&mut sizes);
        Self {
            services: conversations.services(border),
            top: conversations.largest(border, TOP, |count| crosses(border, count)),
            safe_area_top: conversations.largest(border, TOP, |count| touches_safe_area(border, count)),
            sizes,
            tally,
        }
    }
}
