//! Fields of flows that rules ask for, by the names that the lake has for them.

use std::cell::OnceCell;

use blueline_terms::{Address, Application, Change, Network, PartyIndex, Place, Saying, Side, Standing, Weight};

use crate::scene::Scene;

/// A field, for documentation.
#[derive(Clone, Copy, Debug)]
pub struct RuleField {
    /// Its name, the lake's where it has the field.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    pub(super) field: Field,
    pub(super) sort: Sort,
}

/// What values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Address,
    Number,
    Text,
    Flag,
    Party,
    SafeArea,
    Sensor,
    /// One of the known applications.
    Application,
    /// One of the weights that are told of.
    Weight,
}

macro_rules! fields {
    ($($name:literal $field:ident $sort:ident $meaning:literal)+) => {
        /// The fields.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Field { $($field),+ }

        const FIELDS: &[RuleField] = &[$(RuleField {
            name: $name,
            meaning: $meaning,
            field: Field::$field,
            sort: Sort::$sort,
        }),+];
    };
}

fields! {
    "src_endpoint_ip" SourceAddress Address "Opener's address."
    "src_endpoint_port" SourcePort Number "Opener's port; for ICMP the type."
    "src_party" SourceParty Party "Party of the opener; `world` or `unknown`."
    "src_safe_area" SourceArea SafeArea "Safe area that the opener's address lies in."
    "src_endpoint_autonomous_system_number" SourceSystem Number "Autonomous system of the opener."
    "dst_endpoint_ip" DestinationAddress Address "Addressed host's address."
    "dst_endpoint_port" DestinationPort Number "Addressed port; for ICMP the type that answers, or the code."
    "dst_party" DestinationParty Party "Party of the addressed host; `world` or `unknown`."
    "dst_safe_area" DestinationArea SafeArea "Safe area that the addressed host lies in."
    "dst_endpoint_autonomous_system_number" DestinationSystem Number "Autonomous system of the addressed host."
    "connection_info_protocol_num" Protocol Number "IP protocol number; for ARP the operation."
    "connection_info_protocol_ver_id" Version Number "Network layer: 4, 6, 99 for ARP, 0 for what could not be read."
    "traffic_packets_out" PacketsOut Number "Packets from the opener in this second."
    "traffic_bytes_out" BytesOut Number "Bytes of whole frames from the opener in this second."
    "traffic_packets_in" PacketsIn Number "Packets to the opener in this second."
    "traffic_bytes_in" BytesIn Number "Bytes of whole frames to the opener in this second."
    "tcp_flags_out" FlagsOut Number "Union of the TCP flags from the opener in this second."
    "tcp_flags_in" FlagsIn Number "Union of the TCP flags to the opener in this second."
    "ttl_lowest_out" TtlOut Number "Lowest TTL or hop limit from the opener in this second."
    "ttl_lowest_in" TtlIn Number "Lowest TTL or hop limit to the opener in this second."
    "fragments" Fragments Number "Fragments in this second, both ways."
    "tunnel_kind" TunnelKind Text "How the flow was wrapped, where it came in a tunnel."
    "app_name" App Application "Application protocol, where it was recognised."
    "hostname" Hostname Text "A name that was said: of a DNS question, a TLS server, an HTTP host, an SSH banner."
    "ja4" Ja4 Text "The TLS client's JA4 fingerprint."
    "offered" Offered Text "First protocol that the TLS client offered, or the HTTP method."
    "function_weight" FunctionWeight Weight "What a control-system function can change: unknown, state-changing."
    "function_code" FunctionCode Number "Its code."
    "requests" Requests Number "Messages recognised as requests in this second."
    "responses" Responses Number "Messages recognised as responses in this second."
    "refusals" Refusals Number "Responses that refuse, in this second."
    "largest_message" Largest Number "Bytes of the largest application message in this second."
    "message_code" Code Number "Code of the message that says something, in its protocol's numbers, such as a DNS type."
    "sensor" Sensor Sensor "Sensor that saw the flow."
    "opening" Opening Flag "Whether the flow's first packet is in this second: count flows by these."
    "answered" Answered Flag "Whether packets were seen both ways by now."
    "reset" Reset Flag "Whether TCP was reset."
}

/// The fields that rules can ask for.
pub fn rule_fields() -> &'static [RuleField] {
    FIELDS
}

impl RuleField {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// Whether it is told by messages that say something, and not by counts.
    pub(super) fn is_said(self) -> bool {
        matches!(
            self,
            Self::Hostname | Self::Ja4 | Self::Offered | Self::FunctionWeight | Self::FunctionCode | Self::Code
        )
    }

    pub(crate) fn name(self) -> &'static str {
        FIELDS.iter().find(|field| field.field == self).map_or("", |field| field.name)
    }
}

/// A value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    None,
    Address(Address),
    /// Parties, safe areas and sensors are numbers too: see [`party`].
    Number(u64),
    Text(&'a str),
}

/// A side as a number.
pub(super) fn party(side: Side) -> u64 {
    match side {
        Side::Party(PartyIndex(index)) => u64::from(index),
        Side::World => 1 << 32,
        Side::Unknown => 1 << 33,
    }
}

/// What a rule looks at: a change, and a thing that was said in it.
pub(crate) struct View<'a> {
    pub(crate) scene: &'a Scene<'a>,
    pub(crate) change: &'a Change,
    pub(crate) saying: Option<&'a Saying<'a>>,
    places: OnceCell<(&'a Place, &'a Place)>,
}

impl<'a> View<'a> {
    pub(crate) fn new(scene: &'a Scene<'a>, change: &'a Change, saying: Option<&'a Saying<'a>>) -> Self {
        Self { scene, change, saying, places: OnceCell::new() }
    }

    fn places(&self) -> (&'a Place, &'a Place) {
        *self.places.get_or_init(|| self.scene.places(self.change))
    }

    pub(crate) fn value(&self, field: Field) -> Value<'a> {
        let change = self.change;
        let number = |number: u64| Value::Number(number);
        let maybe = |number: Option<u64>| number.map_or(Value::None, Value::Number);
        let flag = |bits: Standing| Value::Number(u64::from(change.standing.has(bits)));
        let system = |place: &Place| maybe(place.origin.map(|origin| u64::from(origin.0)));
        let area = |place: &Place| maybe(place.safe_area.map(|area| u64::from(area.0)));
        match field {
            Field::SourceAddress => address(change, change.source),
            Field::SourcePort => number(change.source_port.into()),
            Field::SourceParty => number(party(self.places().0.side)),
            Field::SourceArea => area(self.places().0),
            Field::SourceSystem => system(self.places().0),
            Field::DestinationAddress => address(change, change.destination),
            Field::DestinationPort => number(change.destination_port.into()),
            Field::DestinationParty => number(party(self.places().1.side)),
            Field::DestinationArea => area(self.places().1),
            Field::DestinationSystem => system(self.places().1),
            Field::Protocol => number(change.protocol.into()),
            Field::Version => number(match change.network {
                Network::Ipv4 => 4,
                Network::Ipv6 => 6,
                Network::Arp => 99,
                Network::Other => 0,
            }),
            Field::PacketsOut => number(change.forward.packets.into()),
            Field::BytesOut => number(change.forward.bytes),
            Field::PacketsIn => number(change.backward.packets.into()),
            Field::BytesIn => number(change.backward.bytes),
            Field::FlagsOut => number(change.forward.tcp_flags.into()),
            Field::FlagsIn => number(change.backward.tcp_flags.into()),
            Field::TtlOut => number(change.forward.ttl_lowest.into()),
            Field::TtlIn => number(change.backward.ttl_lowest.into()),
            Field::Fragments => number(change.fragments.into()),
            Field::TunnelKind => text((self.scene.tunnels)(change).map_or("", |tunnel| tunnel.kind.word())),
            Field::App => match change.application {
                Application::Unrecognised => Value::None,
                application => text(application.word()),
            },
            Field::Hostname => text(self.saying.map_or("", |saying| saying.name)),
            Field::Ja4 => text(self.saying.map_or("", |saying| saying.ja4)),
            Field::Offered => text(self.saying.map_or("", |saying| saying.offered)),
            Field::FunctionWeight => text(self.weighty().map_or("", |saying| saying.weight.word())),
            Field::FunctionCode => maybe(self.weighty().and_then(|saying| saying.code).map(u64::from)),
            Field::Requests => number(change.messages.requests.into()),
            Field::Responses => number(change.messages.responses.into()),
            Field::Refusals => number(change.messages.refusals.into()),
            Field::Largest => number(change.messages.largest.into()),
            Field::Code => maybe(self.saying.and_then(|saying| saying.code).map(u64::from)),
            Field::Sensor => maybe(change.sensor.map(|sensor| sensor.0.into())),
            Field::Opening => flag(Standing::OPENING),
            Field::Answered => flag(Standing::ANSWERED),
            Field::Reset => flag(Standing::RESET),
        }
    }

    /// Functions that only read are not told.
    fn weighty(&self) -> Option<&'a Saying<'a>> {
        self.saying.filter(|saying| saying.weight > Weight::Read)
    }
}

fn address<'a>(change: &Change, address: Address) -> Value<'a> {
    if change.network == Network::Other { Value::None } else { Value::Address(address) }
}

fn text(text: &str) -> Value<'_> {
    if text.is_empty() { Value::None } else { Value::Text(text) }
}
