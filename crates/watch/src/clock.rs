//! Event time as it runs through the order of records, and what falls due in it.

use std::time::Duration;

use blueline_terms::{Moment, Period};

use crate::plan::Plan;

/// How far time may step forward at once before a second packet must confirm it.
pub(crate) const BELIEVED_STEP: Duration = Duration::from_secs(3600);

/// Follows event time through the order of records and says what falls due.
pub(crate) struct EventClock {
    period: Duration,
    grace: Duration,
    sweep_every: Duration,
    pub(crate) watermark: Option<Moment>,
    /// A step too far to be believed at once.
    suspect: Option<Moment>,
    next_due: Moment,
    /// When the second that is under way ends; never, where beats are not asked for.
    next_beat: Moment,
    beats: bool,
    next_sweep: Moment,
    /// The first period that has not been closed.
    open: i64,
    closed_before: Moment,
}

/// What one record brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) due: Option<Due>,
    /// It belongs to a period that is closed.
    pub(crate) late: bool,
}

/// What falls due before a record is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// A second is over: how far time has come.
    pub(crate) beat: Option<Moment>,
    /// Time to let idle flows go.
    pub(crate) sweep: Option<Moment>,
    /// Every period up to this number is over.
    pub(crate) close: Option<i64>,
}

impl EventClock {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            period: plan.period,
            grace: plan.grace,
            sweep_every: plan.sweep_every,
            watermark: None,
            suspect: None,
            next_due: Moment::MIN,
            next_beat: Moment::MAX,
            beats: plan.beats,
            next_sweep: Moment::MIN,
            open: i64::MIN,
            closed_before: Moment::MIN,
        }
    }

    /// A record of this moment is next.
    #[inline]
    pub(crate) fn tick(&mut self, moment: Moment) -> Tick {
        let due = if moment >= self.next_due { self.advance(moment) } else { None };
        if self.suspect.is_none() && self.watermark.is_some_and(|watermark| moment > watermark) {
            self.watermark = Some(moment);
        }
        Tick { due, late: moment < self.closed_before }
    }

    #[cold]
    fn advance(&mut self, moment: Moment) -> Option<Due> {
        let Some(watermark) = self.watermark else {
            self.watermark = Some(moment);
            self.await_beat(moment);
            self.next_sweep = moment.plus(self.sweep_every);
            self.open = Period::holding(moment, self.period).number();
            self.next_due = self.due_after(moment);
            return None;
        };
        if moment.since(watermark) > BELIEVED_STEP {
            let near = |suspect: Moment| moment.nanos().abs_diff(suspect.nanos()) <= BELIEVED_STEP.as_nanos() as u64;
            if !self.suspect.is_some_and(near) {
                self.suspect = Some(moment);
                return None;
            }
        }
        self.suspect = None;
        self.watermark = Some(watermark.max(moment));
        let beat = (moment >= self.next_beat).then_some(moment);
        if beat.is_some() {
            self.await_beat(moment);
        }
        let sweep = (moment >= self.next_sweep).then_some(moment);
        if sweep.is_some() {
            self.next_sweep = moment.plus(self.sweep_every);
        }
        let over = Period::holding(moment.minus(self.grace), self.period).number() - 1;
        let close = (over >= self.open).then_some(over);
        if close.is_some() {
            self.open = over + 1;
            self.closed_before = Period::numbered(over, self.period).end();
        }
        self.next_due = self.due_after(moment);
        Some(Due { beat, sweep, close })
    }

    fn await_beat(&mut self, moment: Moment) {
        if self.beats {
            self.next_beat = Moment::from_seconds(moment.seconds().saturating_add(1), 0);
        }
    }

    /// The next moment at which something can be due: the end of a period and its grace, a sweep, a beat,
    /// a doubtful step.
    fn due_after(&self, moment: Moment) -> Moment {
        let watermark = self.watermark.unwrap_or(moment);
        let waiting = Period::holding(watermark.minus(self.grace), self.period);
        waiting.end().plus(self.grace).min(self.next_sweep).min(self.next_beat).min(watermark.plus(BELIEVED_STEP))
    }
}
