//! The outward types, version 1. Keys appear in the order of the fields.

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{FindingCountsShape, FindingLine};

/// One line of JSON output.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Line {
    /// What went from one side to another in one period.
    Crossing(CrossingLine),
    /// Oddities of one kind from one source.
    Oddity(OddityLine),
    /// An event that a detector found, as it stands now.
    Finding(Box<FindingLine>),
    /// The whole run; always the last line.
    Summary(Box<SummaryLine>),
}

/// What went from one side to another in one period.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CrossingLine {
    /// Version of this format.
    #[schemars(extend("const" = super::VERSION))]
    pub version: u32,
    /// When.
    pub period: PeriodShape,
    /// Whether these packets came after their period had been closed. Such a line adds to an earlier one.
    pub late: bool,
    /// Sending side: a party's id, `world` or `unknown`.
    pub from: String,
    /// Receiving side.
    pub to: String,
    /// Flows opened that way.
    pub flows: u64,
    /// Packets sent that way.
    pub packets: u64,
    /// Bytes of whole frames sent that way.
    pub bytes: u64,
    /// The same for the period before; null where there was none.
    pub before: Option<TrafficShape>,
    /// Services of this pair that were not used in the period before.
    pub new: Vec<ServiceShape>,
    /// What the sensors could see of both sides.
    pub coverage: CrossingCoverageShape,
}

/// An accounting period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PeriodShape {
    /// First moment.
    #[schemars(extend("format" = "date-time"))]
    pub start: String,
    /// First moment after it.
    #[schemars(extend("format" = "date-time"))]
    pub end: String,
}

/// An amount of traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TrafficShape {
    /// Flows opened.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
}

/// A service that is new for a pair of sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ServiceShape {
    /// In words, such as `https/tcp 443`.
    pub service: String,
    /// Network layer: `ipv4`, `ipv6`, `arp` or `other`.
    pub network: String,
    /// IP protocol number; for ARP the operation.
    pub protocol: u8,
    /// The port that was addressed; for ICMP the answering type, or the code where nothing answers.
    pub port: u16,
    /// Flows opened.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// When it began.
    #[schemars(extend("format" = "date-time"))]
    pub first: String,
}

/// What the sensors could see of both sides of a crossing.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CrossingCoverageShape {
    /// Of the sending side.
    pub from: SideCoverageShape,
    /// Of the receiving side.
    pub to: SideCoverageShape,
    /// Packets of the period, from all sources.
    pub packets: u64,
    /// Those of them from sources that are bound to no declared sensor.
    pub packets_undeclared: u64,
    /// Flows that were let go early because memory ran short.
    pub shed: u64,
}

/// How much of one side's space was in sight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SideCoverageShape {
    /// Whether the shares say all there is to say. False for the world and the unknown, and where packets came from a
    /// source bound to no declared sensor, for nobody can say what that could see.
    pub known: bool,
    /// Share of the side's declared IPv4 addresses that declared sensors could see; null where that means nothing.
    #[schemars(range(min = 0, max = 1))]
    pub space_v4: Option<f64>,
    /// The same for IPv6.
    #[schemars(range(min = 0, max = 1))]
    pub space_v6: Option<f64>,
    /// Share of the time that those sensors were alive.
    #[schemars(range(min = 0, max = 1))]
    pub time: Option<f64>,
}

/// Oddities of one kind from one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OddityLine {
    /// Version of this format.
    #[schemars(extend("const" = super::VERSION))]
    pub version: u32,
    /// The kind's stable word, `layer.what`.
    #[schemars(regex(pattern = r"^[a-z0-9]+\.[a-z0-9-]+$"))]
    pub kind: String,
    /// What the kind means.
    pub meaning: String,
    /// The source, as it was named.
    pub source: String,
    /// The sensor that it was bound to.
    pub sensor: Option<String>,
    /// How many.
    #[schemars(range(min = 1))]
    pub count: u64,
    /// Where the first of them is.
    pub first: OddityPlaceShape,
}

/// Where an oddity is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OddityPlaceShape {
    /// Number of the packet record in its source, from 1; null where it is not in a packet.
    #[schemars(range(min = 1))]
    pub packet: Option<u64>,
    /// Byte offset in the source, after decompression.
    pub offset: u64,
    /// The offending value, in words.
    pub detail: String,
}

/// The whole run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SummaryLine {
    /// Packet records in all sources, readable or not, copies included.
    pub packets: u64,
    /// Bytes of whole frames of those records.
    pub bytes: u64,
    /// Flows opened.
    pub flows: u64,
    /// Crossing lines written before this one.
    pub crossings: u64,
    /// Oddities in all.
    pub oddities: u64,
    /// Flows that were let go early because memory ran short.
    pub shed: u64,
    /// First packet; null where there was none.
    #[schemars(extend("format" = "date-time"))]
    pub start: Option<String>,
    /// Last packet.
    #[schemars(extend("format" = "date-time"))]
    pub end: Option<String>,
    /// The heads of the custody chains.
    pub seals: Vec<SealShape>,
    /// Version of this format.
    #[schemars(extend("const" = super::VERSION))]
    pub version: u32,
    /// What was counted: all but the copies. `pairs` and `within` add up to it, and shares are shares of it.
    pub counted: TrafficShape,
    /// Records among `packets` that repeat one which another source of the same sensor brought. They are not counted again.
    pub copies: u64,
    /// Traffic between different sides, by ordered pair, most bytes first.
    pub pairs: Vec<PairShape>,
    /// Traffic within one side, most bytes first.
    pub within: Vec<WithinShape>,
    /// What crossed each declared border, most bytes first; quiet borders too. A pair of parties may stand on several.
    pub borders: Vec<BorderShape>,
    /// Traffic with at least one side unknown.
    pub unattributed: UnattributedShape,
    /// Safe areas that were touched.
    pub safe_areas: Vec<SafeAreaShape>,
    /// The largest conversations between different sides.
    pub top: Vec<ConversationShape>,
    /// Each figure in `top` may be too low by at most this many bytes.
    pub top_error_bytes: u64,
    /// How well all this was seen.
    pub coverage: CoverageShape,
    /// What the detectors found; null where none was asked.
    pub findings: Option<FindingCountsShape>,
}

/// The head of one custody chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SealShape {
    /// Whose chain; null for sources that were bound to no declared sensor.
    pub sensor: Option<String>,
    /// The last seal, a BLAKE3 hash in hexadecimal.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub head: String,
    /// How many batches are in the chain.
    pub batches: u64,
}

/// All traffic of the run from one side to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PairShape {
    /// Sending side.
    pub from: String,
    /// Receiving side.
    pub to: String,
    /// Flows opened that way.
    pub flows: u64,
    /// Packets sent that way.
    pub packets: u64,
    /// Bytes of whole frames sent that way.
    pub bytes: u64,
}

/// What crossed one declared border.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BorderShape {
    /// The border's id.
    pub border: String,
    /// Ids of the parties on its sides, in the order of the picture.
    pub between: Vec<String>,
    /// Packets in all directions between these parties.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// Flows opened.
    pub flows: u64,
    /// By direction, most bytes first; empty where the border was quiet.
    pub pairs: Vec<PairShape>,
}

/// All traffic of the run within one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WithinShape {
    /// The side.
    pub side: String,
    /// Flows opened.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
}

/// Traffic with at least one side unknown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UnattributedShape {
    /// Flows opened.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// Their share of the bytes that were counted.
    #[schemars(range(min = 0, max = 1))]
    pub share_of_bytes: f64,
}

/// What touched one safe area from outside its own addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SafeAreaShape {
    /// The safe area's id.
    pub id: String,
    /// What it protects.
    pub class: String,
    /// Whose space it lies in.
    pub party: String,
    /// By the other side.
    pub by_side: Vec<SafeAreaSideShape>,
}

/// One side's traffic with a safe area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SafeAreaSideShape {
    /// The other side.
    pub side: String,
    /// Into the safe area.
    pub inbound: TrafficShape,
    /// Out of it.
    pub outbound: TrafficShape,
    /// When it began.
    #[schemars(extend("format" = "date-time"))]
    pub first: String,
}

/// Traffic between two hosts on one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConversationShape {
    /// Who opened it.
    pub source: EndpointShape,
    /// Who was addressed.
    pub destination: EndpointShape,
    /// Network layer: `ipv4`, `ipv6`, `arp` or `other`.
    pub network: String,
    /// The service in words, such as `https/tcp 443`.
    pub service: String,
    /// IP protocol number.
    pub protocol: u8,
    /// The port that was addressed; for ICMP the answering type, or the code where nothing answers.
    pub port: u16,
    /// What was spoken; null where nothing was recognised.
    pub application: Option<String>,
    /// From opener to addressed.
    pub forward: TrafficShape,
    /// The way back.
    pub backward: TrafficShape,
    /// When it began.
    #[schemars(extend("format" = "date-time"))]
    pub first: String,
    /// The flow with which it began; null while that flow's batch is not sealed.
    pub flow: Option<FlowShape>,
}

/// A flow's id: which sealed packet was its first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FlowShape {
    /// The seal of the batch that holds the packet, a BLAKE3 hash in hexadecimal.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub seal: String,
    /// Place of the packet in the batch, from 0.
    pub ordinal: u32,
}

/// One end of a conversation and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EndpointShape {
    /// The address; null where none could be read.
    pub address: Option<String>,
    /// The side that it most likely stands on.
    pub side: String,
    /// The safe area that it lies in.
    pub safe_area: Option<String>,
    /// The autonomous system that originates it, such as `AS64500`.
    pub origin: Option<String>,
    /// What the attribution rests on.
    pub grounds: GroundsShape,
    /// How sure: `low`, `moderate` or `high`.
    #[schemars(extend("enum" = ["low", "moderate", "high"]))]
    pub confidence: String,
    /// Other sides that some grounds speak for, most likely first.
    pub alternatives: Vec<AlternativeShape>,
}

/// What an attribution rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroundsShape {
    /// The kind of grounds.
    #[schemars(extend("enum" = ["prefix", "origin-as", "registry", "special-purpose", "tunnel", "unclaimed", "unreadable"]))]
    pub kind: String,
    /// In words.
    pub detail: String,
}

/// Another side that an address could be on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AlternativeShape {
    /// That side.
    pub side: String,
    /// Why.
    pub grounds: GroundsShape,
    /// How sure, on these grounds alone.
    #[schemars(extend("enum" = ["low", "moderate", "high"]))]
    pub confidence: String,
}

/// What was watched, and how well.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoverageShape {
    /// False where packets came from a source bound to no declared sensor, or no sensor was declared.
    pub known: bool,
    /// Packets in all, copies left out.
    pub packets: u64,
    /// Those from sources bound to no declared sensor.
    pub packets_undeclared: u64,
    /// Flows that were let go early because memory ran short.
    pub shed: u64,
    /// Each declared sensor that was listened to.
    pub sensors: Vec<SensorCoverageShape>,
    /// Each party's space.
    pub parties: Vec<PartyCoverageShape>,
}

/// How well one sensor watched.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SensorCoverageShape {
    /// The sensor's id.
    pub sensor: String,
    /// Packets that it recorded.
    pub packets: u64,
    /// Its first packet.
    #[schemars(extend("format" = "date-time"))]
    pub start: Option<String>,
    /// Its last packet.
    #[schemars(extend("format" = "date-time"))]
    pub end: Option<String>,
    /// Share of the run's time in which it was alive.
    #[schemars(range(min = 0, max = 1))]
    pub alive: f64,
    /// Its longest gaps, longest first.
    pub gaps: Vec<GapShape>,
    /// How long all its gaps lasted together.
    pub gap_seconds: f64,
    /// Packets that its captures say were dropped; null where they do not say.
    pub dropped: Option<u64>,
    /// TCP flows of which only one direction passed.
    pub one_way: u64,
    /// TCP flows in all.
    pub tcp_flows: u64,
    /// One packet in this many was recorded.
    pub sampling: u32,
}

/// A silence longer than the sensor's declared bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GapShape {
    /// The last sign of life before it.
    #[schemars(extend("format" = "date-time"))]
    pub start: String,
    /// The first sign of life after it.
    #[schemars(extend("format" = "date-time"))]
    pub end: String,
}

/// How much of one party's space was in sight.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartyCoverageShape {
    /// The party's id.
    pub party: String,
    /// Share of its declared IPv4 addresses that some sensor with traffic sees; null where it declared none.
    #[schemars(range(min = 0, max = 1))]
    pub space_v4: Option<f64>,
    /// The same for IPv6.
    #[schemars(range(min = 0, max = 1))]
    pub space_v6: Option<f64>,
    /// Share of the time that those sensors were alive.
    #[schemars(range(min = 0, max = 1))]
    pub time: f64,
}
