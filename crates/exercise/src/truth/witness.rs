//! Who writes the truth down while the traffic goes by.

use blueline_terms::{Address, Moment, Network, PartyIndex, Period, SafeAreaIndex, Side};

use super::{
    Amount, AttackTruth, ContactTruth, CurveTruth, Listed, Networks, OutbreakTruth, PairTruth, PartyTruth, PeriodTruth,
    SafeAreaTruth, SeenAttackTruth, SensorTruth, TouchTruth, Truth, VERSION,
};
use crate::attack::Outbreak;
use crate::packet::Packet;
use crate::scenario::{Attack, Method, ScanProtocol, Scenario, Who};

/// What an attack's actors say about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttackFacts {
    pub(crate) actors: Listed<Address>,
    pub(crate) targets: Listed<Address>,
    pub(crate) ports: Listed<u16>,
    pub(crate) flows: u64,
    /// For a worm, who infected whom.
    pub(crate) outbreak: Option<Outbreak>,
}

/// The most of each that are listed.
const MOST_LISTED: usize = 64;

impl<T: PartialEq> Listed<T> {
    /// Adds one that has not been added before.
    pub(crate) fn add(&mut self, value: T) {
        self.count += 1;
        if self.first.len() < MOST_LISTED {
            self.first.push(value);
        }
    }

    /// Adds one of a few that come again and again.
    pub(crate) fn add_once(&mut self, value: T) {
        if !self.first.contains(&value) {
            self.add(value);
        }
    }
}

/// Counts what every sensor sees. Its memory grows with the number of periods that hold traffic, which is bounded.
pub(crate) struct Witness {
    sensors: Vec<SensorCounts>,
    attacks: Vec<AttackCounts>,
    period: std::time::Duration,
    parties: usize,
}

#[derive(Clone, Default)]
struct SensorCounts {
    span: Option<(Moment, Moment)>,
    networks: Networks,
    fragments: u64,
    tunnelled: u64,
    totals: Vec<Amount>,
    current: Option<(Period, Vec<Amount>)>,
    periods: Vec<(Period, Vec<Amount>)>,
    /// By safe area and side: inbound, outbound.
    touches: Vec<Vec<[Amount; 2]>>,
    attacks: Vec<(Option<(Moment, Moment)>, Amount)>,
}

#[derive(Clone, Copy, Default)]
struct AttackCounts {
    span: Option<(Moment, Moment)>,
    forward: u64,
    back: u64,
}

impl Witness {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let sides = scenario.parties.len() + 2;
        let counts = SensorCounts {
            totals: vec![Amount::default(); sides * sides],
            touches: vec![vec![Default::default(); sides]; scenario.safe_areas.len()],
            attacks: vec![Default::default(); scenario.attacks.len()],
            ..SensorCounts::default()
        };
        Self {
            sensors: vec![counts; scenario.sensors.len()],
            attacks: vec![AttackCounts::default(); scenario.attacks.len()],
            period: scenario.period,
            parties: scenario.parties.len(),
        }
    }

    /// Notes a packet that happens, seen or not.
    pub(crate) fn note_attack(&mut self, packet: &Packet) {
        if let Some(counts) = packet.attack.and_then(|attack| self.attacks.get_mut(attack)) {
            extend(&mut counts.span, packet.moment);
            *(if packet.forward { &mut counts.forward } else { &mut counts.back }) += 1;
        }
    }

    /// Notes a packet that a sensor records in a frame of this length.
    pub(crate) fn note(&mut self, sensor: usize, packet: &Packet, length: u64) {
        let sides = self.parties + 2;
        let (from, to) = (self.place(packet.from.side), self.place(packet.to.side));
        let Some(counts) = self.sensors.get_mut(sensor) else { return };
        let amount = Amount { packets: 1, bytes: length, flows: u64::from(packet.opens.has(sensor)) };
        extend(&mut counts.span, packet.moment);
        match packet.network {
            Network::Ipv4 => counts.networks.ipv4 += 1,
            Network::Ipv6 => counts.networks.ipv6 += 1,
            Network::Arp | Network::Other => counts.networks.arp += 1,
        }
        counts.fragments += u64::from(packet.fragment);
        counts.tunnelled += u64::from(packet.tunnelled);
        counts.totals[from * sides + to].add(amount);
        counts.period(Period::holding(packet.moment, self.period), sides * sides)[from * sides + to].add(amount);
        if packet.from.safe_area != packet.to.safe_area {
            if let Some(SafeAreaIndex(area)) = packet.to.safe_area {
                counts.touches[usize::from(area)][from][0].add(amount);
            }
            if let Some(SafeAreaIndex(area)) = packet.from.safe_area {
                counts.touches[usize::from(area)][to][1].add(amount);
            }
        }
        if let Some((span, seen)) = packet.attack.and_then(|attack| counts.attacks.get_mut(attack)) {
            extend(span, packet.moment);
            seen.add(amount);
        }
    }

    fn place(&self, side: Side) -> usize {
        match side {
            Side::Party(PartyIndex(index)) => usize::from(index),
            Side::World => self.parties,
            Side::Unknown => self.parties + 1,
        }
    }

    pub(crate) fn truth(&self, scenario: &Scenario, facts: &[AttackFacts]) -> Truth {
        let parties = scenario.parties.iter().map(|party| PartyTruth {
            id: party.id.clone(),
            prefixes: party.prefixes.iter().map(ToString::to_string).collect(),
        });
        let safe_areas = scenario.safe_areas.iter().map(|area| SafeAreaTruth {
            id: area.id.clone(),
            class: area.class.to_string(),
            party: scenario.parties.get(area.party).map_or_else(String::new, |party| party.id.clone()),
            addresses: area.addresses.iter().map(|block| shown_block(*block)).collect(),
        });
        let attacks = scenario.attacks.iter().zip(&self.attacks).zip(facts);
        Truth {
            version: VERSION,
            title: scenario.title.clone(),
            seed: scenario.seed,
            start: scenario.start.to_string(),
            end: scenario.end().to_string(),
            period_seconds: scenario.period.as_secs_f64(),
            parties: parties.collect(),
            safe_areas: safe_areas.collect(),
            sensors: (0..self.sensors.len()).map(|place| self.sensor(scenario, place, facts)).collect(),
            attacks: attacks.map(|((attack, counts), facts)| attack_truth(scenario, attack, counts, facts)).collect(),
        }
    }

    fn sensor(&self, scenario: &Scenario, place: usize, facts: &[AttackFacts]) -> SensorTruth {
        let (counts, sensor) = (&self.sensors[place], &scenario.sensors[place]);
        let shown = |moment: Moment| sensor.capture.resolved(moment).to_string();
        let mut all = Amount::default();
        counts.totals.iter().for_each(|amount| all.add(*amount));
        let periods = counts
            .periods
            .iter()
            .chain(&counts.current)
            .map(|(period, pairs)| PeriodTruth { start: period.start().to_string(), pairs: pairs_of(scenario, pairs) });
        let touches = counts.touches.iter().zip(&scenario.safe_areas).flat_map(|(sides, area)| {
            let touched =
                sides.iter().enumerate().filter(|(_, [inbound, outbound])| inbound.packets + outbound.packets > 0);
            touched.map(|(side, &[inbound, outbound])| TouchTruth {
                safe_area: area.id.clone(),
                side: word(scenario, side),
                inbound,
                outbound,
            })
        });
        let attacks = counts.attacks.iter().zip(&scenario.attacks).zip(facts);
        let attacks = attacks.filter_map(|(((span, amount), attack), facts)| {
            let (first, last) = (*span)?;
            let infections = facts
                .outbreak
                .as_ref()
                .map(|outbreak| outbreak.contacts.iter().filter(|contact| contact.seen_by.has(place)).count() as u64);
            let Amount { packets, bytes, flows } = *amount;
            Some(SeenAttackTruth {
                id: attack.id.clone(),
                first: shown(first),
                last: shown(last),
                packets,
                bytes,
                flows,
                infections,
            })
        });
        SensorTruth {
            id: sensor.id.clone(),
            first: counts.span.map(|(first, _)| shown(first)),
            last: counts.span.map(|(_, last)| shown(last)),
            packets: all.packets,
            bytes: all.bytes,
            flows: all.flows,
            networks: counts.networks,
            fragments: counts.fragments,
            tunnelled: counts.tunnelled,
            totals: pairs_of(scenario, &counts.totals),
            periods: periods.collect(),
            safe_areas: touches.collect(),
            attacks: attacks.collect(),
        }
    }
}

impl SensorCounts {
    /// The amounts of this period. Periods come in order, so the one before is complete.
    fn period(&mut self, period: Period, pairs: usize) -> &mut Vec<Amount> {
        if self.current.as_ref().is_some_and(|(current, _)| *current != period) {
            self.periods.extend(self.current.take());
        }
        &mut self.current.get_or_insert_with(|| (period, vec![Amount::default(); pairs])).1
    }
}

impl Amount {
    fn add(&mut self, more: Self) {
        self.packets += more.packets;
        self.bytes += more.bytes;
        self.flows += more.flows;
    }
}

fn extend(span: &mut Option<(Moment, Moment)>, moment: Moment) {
    let first = span.map_or(moment, |(first, _)| first);
    *span = Some((first, moment));
}

fn pairs_of(scenario: &Scenario, amounts: &[Amount]) -> Vec<PairTruth> {
    let sides = scenario.parties.len() + 2;
    let seen = amounts.iter().enumerate().filter(|(_, amount)| amount.packets > 0);
    let pairs = seen.map(|(place, &Amount { packets, bytes, flows })| PairTruth {
        from: word(scenario, place / sides),
        to: word(scenario, place % sides),
        packets,
        bytes,
        flows,
    });
    pairs.collect()
}

/// The word for a side by its place: the parties, the world, what is unknown.
fn word(scenario: &Scenario, place: usize) -> String {
    match scenario.parties.get(place) {
        Some(party) => party.id.clone(),
        None if place == scenario.parties.len() => Side::WORLD.to_owned(),
        None => Side::UNKNOWN.to_owned(),
    }
}

/// A block of addresses; a single one without its length.
fn shown_block(block: blueline_terms::Prefix) -> String {
    if block.size_log2() == 0 { block.first().to_string() } else { block.to_string() }
}

fn attack_truth(scenario: &Scenario, attack: &Attack, counts: &AttackCounts, facts: &AttackFacts) -> AttackTruth {
    let (actor, target) = attack.ends();
    let texts = |listed: &Listed<Address>| Listed {
        count: listed.count,
        first: listed.first.iter().map(ToString::to_string).collect(),
    };
    AttackTruth {
        id: attack.id.clone(),
        kind: attack.kind().to_owned(),
        vector: attack.vector().to_owned(),
        start: counts.span.map(|(first, _)| first.to_string()),
        end: counts.span.map(|(_, last)| last.to_string()),
        actor_side: side_word(scenario, actor),
        target_side: side_word(scenario, target),
        safe_area: match target {
            Who::SafeArea(SafeAreaIndex(index)) => {
                scenario.safe_areas.get(usize::from(index)).map(|area| area.id.clone())
            }
            Who::Side(_) => None,
        },
        sources_misleading: attack.misleads(),
        sources: texts(&facts.actors),
        targets: texts(&facts.targets),
        ports: facts.ports.clone(),
        packets: counts.forward,
        packets_back: counts.back,
        flows: facts.flows,
        protocol: match attack.method {
            Method::Scan { protocol, .. } if protocol != ScanProtocol::Tcp => Some(protocol.word().to_owned()),
            _ => None,
        },
        outbreak: facts.outbreak.as_ref().map(|outbreak| outbreak_truth(scenario, attack, outbreak)),
    }
}

/// The most moments of a worm's curve.
const MOST_CURVE: u64 = 100;

fn outbreak_truth(scenario: &Scenario, attack: &Attack, outbreak: &Outbreak) -> OutbreakTruth {
    let Method::Worm(worm) = &attack.method else { return OutbreakTruth::default() };
    let space = outbreak.space();
    let density = f64::from(worm.vulnerable) / space.max(1) as f64;
    let contacts = outbreak.contacts.iter().map(|contact| ContactTruth {
        time: contact.moment.to_string(),
        by: contact.by.map(|host| host.address.to_string()),
        by_side: contact.by.map(|host| side_word(scenario, Who::Side(host.stand.side))),
        host: contact.host.address.to_string(),
        side: side_word(scenario, Who::Side(contact.host.stand.side)),
        seen_by: {
            let sensors = scenario.sensors.iter().enumerate().filter(|(place, _)| contact.seen_by.has(*place));
            sensors.map(|(_, sensor)| sensor.id.clone()).collect()
        },
    });
    let length = attack.end.since(attack.start);
    let curve = (0..=MOST_CURVE).map(|step| {
        let moment = attack.start.plus(length.mul_f64(step as f64 / MOST_CURVE as f64));
        // Contacts come in order of time.
        let infected = outbreak.contacts.partition_point(|contact| contact.moment <= moment) as u64;
        CurveTruth { time: moment.to_string(), infected }
    });
    OutbreakTruth {
        vulnerable: u64::from(worm.vulnerable),
        space,
        probes_per_second: worm.probes_per_second,
        doubling_seconds: std::f64::consts::LN_2 / (worm.probes_per_second * density),
        infected: outbreak.infected(),
        contacts: contacts.collect(),
        curve: curve.collect(),
    }
}

fn side_word(scenario: &Scenario, who: Who) -> String {
    match who {
        Who::Side(Side::Party(PartyIndex(index))) => word(scenario, usize::from(index)),
        Who::Side(Side::World) => Side::WORLD.to_owned(),
        Who::Side(Side::Unknown) => Side::UNKNOWN.to_owned(),
        Who::SafeArea(SafeAreaIndex(index)) => {
            scenario.safe_areas.get(usize::from(index)).map_or_else(String::new, |area| word(scenario, area.party))
        }
    }
}
