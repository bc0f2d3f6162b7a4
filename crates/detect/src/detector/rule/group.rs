//! What met a rule, counted for one group of its fields.

use std::time::Duration;

use blueline_terms::finding::{Measure, Reason, Sources, Spoofed, Value as Shown};
use blueline_terms::tcp::ACK;
use blueline_terms::{Address, Moment, Span, Standing};

use crate::claim::{Claim, Subject};
use crate::measure::{Few, Flows};
use crate::rules::{Count, Rule, Value, View};

/// Values of the fields that counts are apart by.
pub(super) type Key = [u128; 2];

/// Parts of a window that are counted by themselves.
const SLOTS: usize = 16;

/// A value as a number that tells it from others; texts by a hash.
pub(super) fn number(value: Value<'_>) -> u128 {
    match value {
        Value::None => u128::MAX,
        Value::Address(address) => address.bits(),
        Value::Number(number) => number.into(),
        Value::Text(text) => {
            let digest = blake3::hash(text.as_bytes());
            digest.as_bytes().first_chunk::<16>().map_or(0, |bytes| u128::from_be_bytes(*bytes))
        }
    }
}

/// The group that a match belongs to. Without a threshold, the two hosts make it.
pub(super) fn key(rule: &Rule, view: &View<'_>) -> Key {
    let Some(threshold) = &rule.threshold else {
        return [view.change.source.bits(), view.change.destination.bits()];
    };
    let mut key = Key::default();
    for (slot, &field) in key.iter_mut().zip(&threshold.by) {
        *slot = number(view.value(field));
    }
    key
}

pub(super) struct Group {
    /// Tells its values from those of others.
    pub(super) serial: u32,
    pub(super) span: Span,
    /// Different values that are within the window, as far as was counted.
    pub(super) distinct: u64,
    /// Whether something was noted since it was last told.
    changed: bool,
    /// Matches by sixteenths of the window, and which of them is the latest.
    slots: [u32; SLOTS],
    latest: i64,
    /// The highest count since it was last told, and ever.
    count: u64,
    highest: u64,
    /// What the fields that it is apart by said.
    by: Vec<(&'static str, Shown)>,
    sources: Few<Address, 32>,
    targets: Few<Address, 32>,
    /// Sources that took part in conversations.
    actors: Few<Address, 8>,
    ports: Few<u16, 8>,
    flows: Flows,
    packets: u64,
    bytes: u64,
}

impl Group {
    pub(super) fn new(serial: u32, rule: &Rule, view: &View<'_>) -> Self {
        let fields = rule.threshold.as_ref().map(|threshold| threshold.by.as_slice()).unwrap_or_default();
        let shown = fields.iter().filter_map(|&field| {
            let value = match view.value(field) {
                Value::None => return None,
                Value::Address(address) => Shown::Address(address),
                Value::Number(number) => Shown::Count(number),
                Value::Text(text) => Shown::Text(text.to_owned()),
            };
            Some((field.name(), value))
        });
        Self {
            serial,
            span: view.change.span,
            distinct: 0,
            changed: false,
            slots: [0; SLOTS],
            latest: i64::MIN,
            count: 0,
            highest: 0,
            by: shown.collect(),
            sources: Few::default(),
            targets: Few::default(),
            actors: Few::default(),
            ports: Few::default(),
            flows: Flows::default(),
            packets: 0,
            bytes: 0,
        }
    }

    pub(super) fn weight(&self) -> (u64, Moment) {
        (self.highest.max(self.distinct), self.span.end)
    }

    pub(super) fn note(&mut self, rule: &Rule, view: &View<'_>) {
        let change = view.change;
        self.changed = true;
        self.span = self.span.join(change.span);
        self.sources.note(change.source);
        self.targets.note(change.destination);
        if change.protocol == 6 && change.standing.has(Standing::ANSWERED) && change.forward.tcp_flags & ACK != 0 {
            self.actors.note(change.source);
        }
        if matches!(change.protocol, 6 | 17) {
            self.ports.note(change.destination_port);
        }
        self.flows.note(change);
        self.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        self.bytes = self.bytes.saturating_add(change.forward.bytes).saturating_add(change.backward.bytes);
        let within = rule.threshold.as_ref().map_or(Duration::from_secs(1), |threshold| threshold.within);
        self.slide(change.span.end, within);
    }

    /// Counts a match at a moment in the window that ends there.
    fn slide(&mut self, at: Moment, within: Duration) {
        let length = i64::try_from(within.as_nanos() / SLOTS as u128).unwrap_or(i64::MAX).max(1);
        let slot = at.nanos().div_euclid(length);
        let place = |slot: i64| slot.rem_euclid(SLOTS as i64) as usize;
        if slot > self.latest {
            let passed = slot.saturating_sub(self.latest).min(SLOTS as i64);
            (0..passed).for_each(|back| self.slots[place(slot - back)] = 0);
            self.latest = slot;
        }
        if self.latest.saturating_sub(slot) >= SLOTS as i64 {
            return;
        }
        let counted = &mut self.slots[place(slot)];
        *counted = counted.saturating_add(1);
        let count = self.slots.iter().map(|&count| u64::from(count)).sum();
        self.count = self.count.max(count);
    }

    /// Whether different values must be counted with care: there may be enough.
    pub(super) fn is_full(&self, rule: &Rule) -> bool {
        self.changed
            && rule.threshold.as_ref().is_some_and(|threshold| {
                matches!(threshold.count, Count::Distinct(_)) && self.distinct >= threshold.least
            })
    }

    /// Whether there is something to claim.
    pub(super) fn is_due(&self, rule: &Rule) -> bool {
        self.changed
            && rule.threshold.as_ref().is_none_or(|threshold| match threshold.count {
                Count::Matches => self.count >= threshold.least,
                Count::Distinct(_) => self.distinct >= threshold.least,
            })
    }

    /// Begins a new second.
    pub(super) fn rest(&mut self) {
        self.changed = false;
        self.highest = self.highest.max(self.count);
        self.count = 0;
    }

    pub(super) fn claim(&mut self, rule: &Rule, key: Key, silence: Duration) -> Claim {
        let (measure, counted) = self.counted(rule);
        let mut grounds = vec![Reason::new("rule-met").with("title", &*rule.title).with("rule", &*rule.id)];
        grounds.extend(counted);
        for (field, value) in &self.by {
            grounds.push(Reason::new("rule-by").with("field", *field).with("value", value.clone()));
        }
        let within = rule.threshold.as_ref().map_or(Duration::ZERO, |threshold| threshold.within);
        let subject = Subject { host: Address::from_bits(key[0]), other: Address::from_bits(key[1]), port: 0 };
        let actors = self.actors.first().to_vec();
        Claim {
            class: Some(rule.class.clone()),
            sources: Sources {
                count: self.sources.count(),
                estimated: false,
                sample: self.sources.first().to_vec(),
                spoofed: if actors.is_empty() { Spoofed::Unknown } else { Spoofed::Unlikely },
            },
            actors,
            targets: self.targets.first().to_vec(),
            target_count: self.targets.count(),
            ports: self.ports.first().to_vec(),
            flow_count: self.flows.count(),
            packets: self.packets,
            bytes: self.bytes,
            measure: Some(measure),
            confidence: rule.confidence,
            grounds,
            against: vec![Reason::new("rule-is-simple")],
            flows: self.flows.first().to_vec(),
            linger: silence.max(within),
            ..Claim::new(rule.kind.clone(), rule.id.clone(), subject, self.span)
        }
    }

    /// The measure, and the reason that says it where the rule counts.
    fn counted(&mut self, rule: &Rule) -> (Measure, Option<Reason>) {
        self.highest = self.highest.max(self.count);
        let measure = |what: &'static str, value: u64, threshold: u64| Measure {
            what: what.into(),
            value: value as f64,
            baseline: None,
            threshold: threshold as f64,
        };
        let Some(threshold) = &rule.threshold else { return (measure("flows", self.flows.count(), 1), None) };
        let reason = |word: &'static str, count: u64| {
            let within = Shown::Seconds(threshold.within.as_secs_f64());
            Reason::new(word).with("count", count).with("within", within).with("least", threshold.least)
        };
        match threshold.count {
            Count::Matches => {
                let reason = reason("rule-counted", self.highest);
                (measure("matches", self.highest, threshold.least), Some(reason))
            }
            Count::Distinct(field) => {
                let reason = reason("rule-counted-distinct", self.distinct).with("field", field.name());
                (measure("distinct", self.distinct, threshold.least), Some(reason))
            }
        }
    }
}
