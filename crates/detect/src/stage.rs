//! A stage for tests of detectors: live flows are drafted by hand, and time passes when a test says so.

use std::time::Duration;

use blueline_terms::finding::Finding;
use blueline_terms::flow::Counts;
use blueline_terms::{
    Address, Application, Change, Changes, Confidence, FlowId, Grounds, Messages, Moment, Network, Place, Saying, Side,
    Span, Speaker, Standing, Weight,
};

use crate::detector::Description;
use crate::runner::{Limits, Runner};
use crate::scene::Whereabouts;
use crate::tuning::{Amount, Tuning};

/// An IPv4 address by its number.
pub(crate) fn host(number: u32) -> Address {
    Address::v4(number.to_be_bytes())
}

/// A change of a TCP flow: one SYN, not answered, until it is drafted otherwise.
pub(crate) fn tcp(source: Address, destination: Address, source_port: u16, port: u16) -> Draft {
    Draft::new(6, source, destination, source_port, port).flags(0x02).syn()
}

/// A change of a UDP flow: one packet of 100 bytes, not answered.
pub(crate) fn udp(source: Address, destination: Address, source_port: u16, port: u16) -> Draft {
    Draft::new(17, source, destination, source_port, port)
}

/// An ICMP message of a type, not answered.
pub(crate) fn icmp(source: Address, destination: Address, kind: u16, answer: u16) -> Draft {
    Draft::new(1, source, destination, kind, answer)
}

/// An ARP question.
pub(crate) fn arp(source: Address, destination: Address) -> Draft {
    let mut draft = Draft::new(1, source, destination, 0, 0);
    draft.0.network = Network::Arp;
    draft
}

/// A change under draft, with what is said in it.
#[derive(Clone)]
pub(crate) struct Draft(Change, Vec<Words>);

#[derive(Clone)]
struct Words {
    forward: bool,
    application: Application,
    speaker: Speaker,
    code: Option<u16>,
    weight: Weight,
    refused: bool,
    name: String,
    ja4: String,
}

impl Draft {
    fn new(protocol: u8, source: Address, destination: Address, source_port: u16, destination_port: u16) -> Self {
        let network = if source.is_v4() { Network::Ipv4 } else { Network::Ipv6 };
        let forward = Counts { packets: 1, bytes: 100, tcp_flags: 0, ttl_lowest: 64, ttl_highest: 64 };
        Self(
            Change {
                id: FlowId { batch: 0, ordinal: 0 },
                sensor: None,
                span: Span::at(Moment::default()),
                source,
                destination,
                source_port,
                destination_port,
                network,
                protocol,
                application: Application::Unrecognised,
                standing: Standing::OPENING,
                forward,
                backward: Counts::default(),
                fragments: 0,
                overlaps: 0,
                extended: 0,
                tunnel: 0,
                messages: Messages::default(),
            },
            Vec::new(),
        )
    }

    /// The change itself, for what has no word of its own here.
    pub(crate) fn with(mut self, edit: impl FnOnce(&mut Change)) -> Self {
        edit(&mut self.0);
        self
    }

    fn syn(self) -> Self {
        self.with(|change| change.standing = change.standing.with(Standing::SYN))
    }

    /// Packets and bytes of the way of the opener.
    pub(crate) fn sends(self, packets: u32, bytes: u64) -> Self {
        self.with(|change| (change.forward.packets, change.forward.bytes) = (packets, bytes))
    }

    /// All flags of the opener; a flow without SYN has not been opened by one.
    pub(crate) fn flags(self, flags: u8) -> Self {
        self.with(|change| {
            change.forward.tcp_flags = flags;
            if flags & 2 == 0 {
                change.standing = Standing(change.standing.0 & !Standing::SYN.0);
            }
        })
    }

    /// Lowest and highest TTL of the opener's packets.
    pub(crate) fn ttl(self, lowest: u8, highest: u8) -> Self {
        self.with(|change| (change.forward.ttl_lowest, change.forward.ttl_highest) = (lowest, highest))
    }

    /// Packets and bytes of the way back, with these flags.
    pub(crate) fn answered(self, packets: u32, bytes: u64, flags: u8) -> Self {
        self.with(|change| {
            change.backward = Counts { packets, bytes, tcp_flags: flags, ttl_lowest: 60, ttl_highest: 60 };
            change.standing = change.standing.with(Standing::ANSWERED);
        })
    }

    /// A whole TCP conversation in a second: handshake, this many bytes each way, goodbye.
    pub(crate) fn talks(self, bytes: u64, back: u64) -> Self {
        let packets = |bytes: u64| 3 + u32::try_from(bytes / 1400).unwrap_or(u32::MAX);
        self.sends(packets(bytes), bytes + 200)
            .flags(0x1b)
            .syn()
            .answered(packets(back), back + 200, 0x1b)
            .with(|change| change.standing = change.standing.with(Standing::CLOSED))
    }

    /// The flow begins with an answer to what was not seen: SYN with ACK, this many packets.
    pub(crate) fn answer_first(self, packets: u32) -> Self {
        self.with(|change| {
            change.forward = Counts::default();
            change.backward =
                Counts { packets, bytes: 60 * u64::from(packets), tcp_flags: 0x12, ttl_lowest: 50, ttl_highest: 50 };
            change.standing = Standing::OPENING.with(Standing::ANSWER_FIRST);
        })
    }

    /// Flags of the way back.
    pub(crate) fn back_flags(self, flags: u8) -> Self {
        self.with(|change| change.backward.tcp_flags = flags)
    }

    /// The flow goes on: it was opened before, and answered if it is by now.
    pub(crate) fn goes_on(self) -> Self {
        self.with(|change| {
            let answered = change.standing.has(Standing::ANSWERED);
            let before = if answered { Standing::WAS_ANSWERED } else { Standing::default() };
            change.standing = Standing(change.standing.0 & !Standing::OPENING.0).with(before);
        })
    }

    /// The conversation has not ended yet.
    pub(crate) fn stays_open(self) -> Self {
        self.with(|change| change.standing = Standing(change.standing.0 & !Standing::CLOSED.0))
    }

    /// Its application.
    pub(crate) fn application(self, application: Application) -> Self {
        self.with(|change| change.application = application)
    }

    /// The opener asks for a name; `code` is the type.
    pub(crate) fn asks(mut self, application: Application, code: u16, name: &str) -> Self {
        self.0.application = application;
        self.0.messages.requests += 1;
        self.0.messages.code = code;
        self.say(true, Speaker::Request, Some(code), Weight::Read, false, name)
    }

    /// The addressed turns down what was asked.
    pub(crate) fn refuses(mut self, application: Application, code: u16, name: &str) -> Self {
        self.0.application = application;
        self.0.messages.responses += 1;
        self.0.messages.refusals += 1;
        let draft = self.say(false, Speaker::Response, Some(code), Weight::Read, true, name);
        if draft.0.backward.packets == 0 { draft.answered(1, 120, 0) } else { draft }
    }

    /// The opener sends a control-system function.
    pub(crate) fn commands(mut self, application: Application, code: u16, weight: Weight) -> Self {
        self.0.application = application;
        self.0.messages.requests += 1;
        self.0.messages.code = code;
        self.say(true, Speaker::Request, Some(code), weight, false, "")
    }

    /// The addressed answers a control-system function, or turns it down.
    pub(crate) fn replies(mut self, application: Application, code: u16, weight: Weight, refused: bool) -> Self {
        self.0.application = application;
        self.0.messages.responses += 1;
        self.0.messages.refusals += u16::from(refused);
        self.0.messages.code = code;
        self.say(false, Speaker::Response, Some(code), weight, refused, "")
    }

    /// The opener says hello with a TLS fingerprint and a server's name.
    pub(crate) fn greets(self, ja4: &str, name: &str) -> Self {
        let mut draft = self.asks(Application::Tls, 1, name);
        draft.1.iter_mut().for_each(|said| said.ja4 = ja4.to_owned());
        draft
    }

    fn say(
        mut self,
        forward: bool,
        speaker: Speaker,
        code: Option<u16>,
        weight: Weight,
        refused: bool,
        name: &str,
    ) -> Self {
        let application = self.0.application;
        self.1.push(Words {
            forward,
            application,
            speaker,
            code,
            weight,
            refused,
            name: name.to_owned(),
            ja4: String::new(),
        });
        self
    }
}

/// Runs one detector.
pub(crate) struct Stage {
    runner: Runner,
    changes: Changes,
    now: Moment,
    next: u32,
    found: Vec<Finding>,
    border: TwoSides,
}

impl Stage {
    /// With the detector's defaults.
    pub(crate) fn of(description: &'static Description) -> Self {
        Self::tuned(description, &[])
    }

    /// With some settings changed.
    pub(crate) fn tuned(description: &'static Description, settings: &[(&str, Amount)]) -> Self {
        let mut tuning = Tuning::new(description.settings);
        settings.iter().for_each(|(name, amount)| tuning.set(name, *amount).unwrap());
        Self::given(description, tuning)
    }

    /// With a tuning that carries data.
    pub(crate) fn given(description: &'static Description, tuning: Tuning) -> Self {
        Self::with(vec![(description, tuning)])
    }

    /// With several detectors and their defaults.
    pub(crate) fn of_all(descriptions: &[&'static Description]) -> Self {
        Self::with(descriptions.iter().map(|description| (*description, Tuning::new(description.settings))).collect())
    }

    fn with(detectors: Vec<(&'static Description, Tuning)>) -> Self {
        Self {
            runner: Runner::new(detectors, Vec::new(), Limits::default()),
            changes: Changes::default(),
            now: Moment::from_seconds(1_700_000_000, 0),
            next: 0,
            found: Vec::new(),
            border: TwoSides::default(),
        }
    }

    /// Something happens now, in a flow of its own.
    pub(crate) fn add(&mut self, draft: Draft) {
        let Draft(mut change, words) = draft;
        change.id = FlowId { batch: 0, ordinal: self.next };
        self.next += 1;
        change.span = Span::at(self.now);
        let place = self.changes.rows.len() as u32;
        self.changes.rows.push(change);
        for said in &words {
            self.changes.say(&Saying {
                change: place,
                forward: said.forward,
                moment: self.now,
                application: said.application,
                speaker: said.speaker,
                code: said.code,
                weight: said.weight,
                refused: said.refused,
                size: 64,
                name: &said.name,
                offered: "",
                ja4: &said.ja4,
            });
        }
    }

    /// Something happens now in the flow with this number; such numbers are the test's own.
    pub(crate) fn add_again(&mut self, number: u32, draft: Draft) {
        self.add(draft);
        if let Some(change) = self.changes.rows.last_mut() {
            change.id = FlowId { batch: 1, ordinal: number };
        }
    }

    /// Milliseconds pass.
    pub(crate) fn wait(&mut self, milliseconds: u64) {
        let later = self.now.plus(Duration::from_millis(milliseconds));
        if later.seconds() != self.now.seconds() {
            self.now = later;
            self.beat(false);
        }
        self.now = later;
    }

    /// When it is.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// How much has been told by now.
    pub(crate) fn found_so_far(&self) -> usize {
        self.found.len()
    }

    /// The sources end: everything that was told.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.beat(true);
        self.found
    }

    fn beat(&mut self, last: bool) {
        let told = self.runner.beat(self.now, (true, last), &[&self.changes], &self.border);
        self.found.extend(told);
        self.changes.clear();
    }
}

/// 10.0.0.0/8 is one party's, 10.9.0.0/16 a safe area of it, 192.0.0.0/8 the other's, the rest is the world's.
struct TwoSides {
    first: Place,
    safe: Place,
    second: Place,
    world: Place,
}

impl Default for TwoSides {
    fn default() -> Self {
        let place = |side, safe_area| Place {
            side,
            safe_area,
            origin: None,
            grounds: Grounds::Unclaimed,
            confidence: Confidence::High,
            alternatives: Vec::new(),
        };
        let party = |n| Side::Party(blueline_terms::PartyIndex(n));
        Self {
            first: place(party(0), None),
            safe: place(party(0), Some(blueline_terms::SafeAreaIndex(0))),
            second: place(party(1), None),
            world: place(Side::World, None),
        }
    }
}

impl Whereabouts for TwoSides {
    fn place(&self, address: Address, _: Option<Address>) -> &Place {
        match (address.bits() as u32).to_be_bytes() {
            [10, 9, ..] => &self.safe,
            [10, ..] => &self.first,
            [192, ..] => &self.second,
            _ => &self.world,
        }
    }
}
