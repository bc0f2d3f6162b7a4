//! The columns of the table of flows: one line each, which says its name, its type, what it means and how it is written.
//!
//! Names are the attribute paths of the Open Cybersecurity Schema Framework's class Network Activity (OCSF 1.3, class
//! 4001), joined by underscores, wherever it has one; `src_` and `dst_` stand for the opener and the addressed. All
//! columns are flat. A column that a later version adds is null in older files; none is ever given another meaning.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::errors::Result;
use parquet::schema::types::{ColumnDescriptor, SchemaDescPtr, SchemaDescriptor, Type, TypePtr};

use super::gather::{Ends, Gathered};
use crate::encode::{Chunk, Encoder};

/// Version of the columns. It rises when one is added.
pub const VERSION: u32 = 1;

/// A column of the table of flows.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may have none.
    pub nullable: bool,
    /// Whether the name is OCSF's.
    pub ocsf: bool,
    /// What it means, in plain words.
    pub meaning: &'static str,
    encode: Encode,
}

type Encode = fn(&mut Encoder, &Arc<ColumnDescriptor>, &Gathered<'_>) -> Result<Chunk>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A moment in microseconds, UTC.
    Time,
    /// A number of at most so many bits.
    Number(u8),
    /// An address of sixteen bytes.
    Wide,
    /// Text.
    Text,
    /// Yes or no.
    Flag,
}

impl Kind {
    /// Its word in the documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Time => "timestamp (µs, UTC)",
            Self::Number(8) => "uint8",
            Self::Number(16) => "uint16",
            Self::Number(32) => "uint32",
            Self::Number(_) => "uint64",
            Self::Wide => "16 bytes",
            Self::Text => "text",
            Self::Flag => "boolean",
        }
    }

    /// Its Arrow type.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Number(8) => DataType::UInt8,
            Self::Number(16) => DataType::UInt16,
            Self::Number(32) => DataType::UInt32,
            Self::Number(_) => DataType::UInt64,
            Self::Wide => DataType::FixedSizeBinary(16),
            Self::Text => DataType::Utf8View,
            Self::Flag => DataType::Boolean,
        }
    }
}

macro_rules! columns {
    ($($name:literal $kind:expr, $null:ident, $from:ident: $meaning:literal => $encode:expr;)+) => {
        /// Every column, in the order of the files.
        pub const COLUMNS: &[Column] = &[$(Column {
            name: $name,
            kind: $kind,
            nullable: is!($null nullable),
            ocsf: is!($from ocsf),
            meaning: $meaning,
            encode: $encode,
        },)+];
    };
}

macro_rules! is {
    (nullable nullable) => {
        true
    };
    (ocsf ocsf) => {
        true
    };
    ($word:ident $other:ident) => {
        false
    };
}

use Kind::{Flag, Number, Text, Time, Wide};

columns! {
    "start_time" Time, always, ocsf: "First packet of the row." => |e, c, g| e.growing(c, &g.start.micros);
    "start_nanosecond" Number(16), always, ours: "Nanoseconds behind `start_time`, 0 to 999." => |e, c, g| e.numbers(c, &g.start.rest);
    "duration_microseconds" Number(64), always, ours: "Time from the first packet of the row to its last." => |e, c, g| e.sparse_numbers(c, None, g.ordinals.len(), &g.duration.micros);
    "duration_nanosecond" Number(16), always, ours: "Nanoseconds behind `duration_microseconds`, 0 to 999." => |e, c, g| e.numbers(c, &g.duration.rest);
    "src_endpoint_ipv4" Number(32), nullable, ours: "Opener's IPv4 address as a number; null where it has none." => |e, c, g| ipv4(e, c, &g.source);
    "src_endpoint_ipv6" Wide, nullable, ours: "Opener's IPv6 address in network order; null where it has none." => |e, c, g| ipv6(e, c, &g.source);
    "src_endpoint_port" Number(16), always, ocsf: "Opener's port; for ICMP the type." => |e, c, g| e.numbers(c, &g.source.ports);
    "src_party" Text, always, ours: "Party that the opener's address was attributed to when it was seen; `world` or `unknown`." => |e, c, g| g.place_text(e, c, &g.source, |words| Some(&words.side));
    "src_safe_area" Text, nullable, ours: "Safe area that the opener's address lies in." => |e, c, g| g.place_text(e, c, &g.source, |words| words.safe_area.as_deref());
    "src_endpoint_autonomous_system_number" Number(32), nullable, ocsf: "Autonomous system that originates the opener's address, where a table says so." => |e, c, g| g.place_number(e, c, &g.source);
    "src_grounds" Text, always, ours: "What the attribution of the opener rests on." => |e, c, g| g.place_text(e, c, &g.source, |words| Some(words.grounds));
    "src_confidence" Text, always, ours: "How sure it is: low, moderate, high." => |e, c, g| g.place_text(e, c, &g.source, |words| Some(&words.confidence));
    "src_alternatives" Text, nullable, ours: "Other sides that some grounds speak for, most likely first, joined by commas." => |e, c, g| g.place_text(e, c, &g.source, |words| words.alternatives.as_deref());
    "dst_endpoint_ipv4" Number(32), nullable, ours: "Addressed host's IPv4 address as a number; null where it has none." => |e, c, g| ipv4(e, c, &g.destination);
    "dst_endpoint_ipv6" Wide, nullable, ours: "Addressed host's IPv6 address in network order; null where it has none." => |e, c, g| ipv6(e, c, &g.destination);
    "dst_endpoint_port" Number(16), always, ocsf: "Addressed port; for ICMP the type that answers, or the code." => |e, c, g| e.numbers(c, &g.destination.ports);
    "dst_party" Text, always, ours: "Party that the addressed host was attributed to when it was seen; `world` or `unknown`." => |e, c, g| g.place_text(e, c, &g.destination, |words| Some(&words.side));
    "dst_safe_area" Text, nullable, ours: "Safe area that the addressed host lies in." => |e, c, g| g.place_text(e, c, &g.destination, |words| words.safe_area.as_deref());
    "dst_endpoint_autonomous_system_number" Number(32), nullable, ocsf: "Autonomous system that originates the addressed host's address, where a table says so." => |e, c, g| g.place_number(e, c, &g.destination);
    "dst_grounds" Text, always, ours: "What the attribution of the addressed host rests on." => |e, c, g| g.place_text(e, c, &g.destination, |words| Some(words.grounds));
    "dst_confidence" Text, always, ours: "How sure it is: low, moderate, high." => |e, c, g| g.place_text(e, c, &g.destination, |words| Some(&words.confidence));
    "dst_alternatives" Text, nullable, ours: "Other sides that some grounds speak for, most likely first, joined by commas." => |e, c, g| g.place_text(e, c, &g.destination, |words| words.alternatives.as_deref());
    "connection_info_protocol_num" Number(8), always, ocsf: "IP protocol number; for ARP the operation." => |e, c, g| e.numbers(c, &g.protocols);
    "connection_info_protocol_ver_id" Number(8), always, ocsf: "Network layer: 4, 6, 99 for ARP, 0 for what could not be read." => |e, c, g| e.numbers(c, &g.versions);
    "traffic_packets_out" Number(32), always, ocsf: "Packets from the opener." => |e, c, g| e.numbers(c, &g.forward.packets);
    "traffic_bytes_out" Number(64), always, ocsf: "Bytes of whole frames from the opener." => |e, c, g| e.numbers(c, &g.forward.bytes);
    "traffic_packets_in" Number(32), always, ocsf: "Packets to the opener." => |e, c, g| e.numbers(c, &g.backward.packets);
    "traffic_bytes_in" Number(64), always, ocsf: "Bytes of whole frames to the opener." => |e, c, g| e.numbers(c, &g.backward.bytes);
    "tcp_flags_out" Number(8), always, ours: "Union of the TCP flags from the opener." => |e, c, g| e.numbers(c, &g.forward.flags);
    "tcp_flags_in" Number(8), always, ours: "Union of the TCP flags to the opener." => |e, c, g| e.numbers(c, &g.backward.flags);
    "ttl_lowest_out" Number(8), always, ours: "Lowest TTL or hop limit from the opener; 0 with no packet." => |e, c, g| e.numbers(c, &g.forward.ttl_lowest);
    "ttl_spread_out" Number(8), always, ours: "How much higher the highest one was." => |e, c, g| e.numbers(c, &g.forward.ttl_spread);
    "ttl_lowest_in" Number(8), always, ours: "Lowest TTL or hop limit to the opener; 0 with no packet." => |e, c, g| e.numbers(c, &g.backward.ttl_lowest);
    "ttl_spread_in" Number(8), always, ours: "How much higher the highest one was." => |e, c, g| e.numbers(c, &g.backward.ttl_spread);
    "fragments" Number(32), always, ours: "Fragments, both ways." => |e, c, g| e.numbers(c, &g.fragments);
    "tunnel_kind" Text, nullable, ours: "How the flow was wrapped, where it came in a tunnel." => |e, c, g| g.tunnel_text(e, c, |tunnel| tunnel.kind.word().to_owned());
    "tunnel_src_ip" Text, nullable, ours: "Outermost sender of the opener's packets." => |e, c, g| g.tunnel_text(e, c, |tunnel| tunnel.source.to_string());
    "tunnel_dst_ip" Text, nullable, ours: "Outermost receiver of the opener's packets." => |e, c, g| g.tunnel_text(e, c, |tunnel| tunnel.destination.to_string());
    "tunnel_id" Number(32), nullable, ours: "VNI, GRE key or session of the tunnel; 0 where there is none." => |e, c, g| g.tunnel_number(e, c, |tunnel| tunnel.id);
    "tunnel_depth" Number(8), nullable, ours: "Layers that were opened." => |e, c, g| g.tunnel_number(e, c, |tunnel| tunnel.depth);
    "app_name" Text, nullable, ocsf: "Application protocol, where it was recognised." => |e, c, g| g.application(e, c);
    "hostname" Text, nullable, ours: "A name that was said: of a DNS question, a TLS server, an HTTP host, an SSH banner." => |e, c, g| g.fact_text(e, c, |facts| facts.name.as_deref().map(str::to_owned));
    "ja4" Text, nullable, ours: "The TLS client's JA4 fingerprint." => |e, c, g| g.fact_text(e, c, |facts| facts.ja4.as_deref().map(str::to_owned));
    "offered" Text, nullable, ours: "First protocol that the TLS client offered, or the HTTP method." => |e, c, g| g.fact_text(e, c, |facts| facts.offered.as_deref().map(str::to_owned));
    "codes" Text, nullable, ours: "First distinct message codes, at most four, joined by commas." => |e, c, g| g.fact_text(e, c, super::gather::codes);
    "requests" Number(32), nullable, ours: "Messages recognised as requests." => |e, c, g| g.fact_number(e, c, |facts| Some(facts.requests));
    "responses" Number(32), nullable, ours: "Messages recognised as responses." => |e, c, g| g.fact_number(e, c, |facts| Some(facts.responses));
    "largest_message" Number(32), nullable, ours: "Bytes of the largest application message." => |e, c, g| g.fact_number(e, c, |facts| Some(facts.largest));
    "function_weight" Text, nullable, ours: "What the weightiest control-system function can change: read, unknown, state-changing." => |e, c, g| g.fact_text(e, c, |facts| facts.weightiest.map(|(weight, _)| weight.word().to_owned()));
    "function_code" Number(16), nullable, ours: "Its code." => |e, c, g| g.fact_number(e, c, |facts| facts.weightiest.map(|(_, code)| code));
    "sensor" Text, nullable, ours: "Sensor that saw the flow; null where the source was bound to none." => |e, c, g| g.sensor(e, c);
    "seal" Text, always, ours: "Custody seal of the batch that holds the flow's first packet." => |e, c, g| g.seal(e, c);
    "ordinal" Number(32), always, ours: "Place of the flow's first packet in that batch, from 0. Seal and ordinal name the flow." => |e, c, g| e.numbers(c, &g.ordinals);
    "opening" Flag, always, ours: "Whether this is the flow's first row: count flows by these." => |e, c, g| e.flags(c, &g.openings);
    "end_reason" Text, always, ours: "Why the row was written: period, closed, idle, shed, stopped." => |e, c, g| g.end_reason(e, c);
}

fn ipv4(encoder: &mut Encoder, column: &Arc<ColumnDescriptor>, ends: &Ends) -> Result<Chunk> {
    encoder.sparse_numbers(column, ends.has_v4(), ends.ports.len(), &ends.v4)
}

fn ipv6(encoder: &mut Encoder, column: &Arc<ColumnDescriptor>, ends: &Ends) -> Result<Chunk> {
    encoder.sparse_wide(column, ends.has_v6(), ends.ports.len(), &ends.v6)
}

impl Column {
    /// Writes the column of `rows`.
    pub(super) fn encode(
        &self,
        encoder: &mut Encoder,
        column: &Arc<ColumnDescriptor>,
        rows: &Gathered<'_>,
    ) -> Result<Chunk> {
        (self.encode)(encoder, column, rows)
    }

    fn parquet(&self) -> Result<TypePtr> {
        let integer = |bit_width| Some(LogicalType::integer(bit_width, false));
        let (physical, logical, converted) = match self.kind {
            Time => (
                PhysicalType::INT64,
                Some(LogicalType::timestamp(true, parquet::basic::TimeUnit::MICROS)),
                ConvertedType::TIMESTAMP_MICROS,
            ),
            Number(8) => (PhysicalType::INT32, integer(8), ConvertedType::UINT_8),
            Number(16) => (PhysicalType::INT32, integer(16), ConvertedType::UINT_16),
            Number(32) => (PhysicalType::INT32, integer(32), ConvertedType::UINT_32),
            Number(_) => (PhysicalType::INT64, integer(64), ConvertedType::UINT_64),
            Wide => (PhysicalType::FIXED_LEN_BYTE_ARRAY, None, ConvertedType::NONE),
            Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
            Flag => (PhysicalType::BOOLEAN, None, ConvertedType::NONE),
        };
        let repetition = if self.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let builder = Type::primitive_type_builder(self.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .with_converted_type(converted);
        let builder = if self.kind == Wide { builder.with_length(16) } else { builder };
        builder.build().map(Arc::new)
    }
}

/// The columns as Parquet names them.
pub(crate) static PARQUET: LazyLock<std::result::Result<SchemaDescPtr, String>> = LazyLock::new(|| {
    let columns: Result<Vec<_>> = COLUMNS.iter().map(Column::parquet).collect();
    let root = columns.and_then(|columns| Type::group_type_builder("flow").with_fields(columns).build());
    root.map(|root| Arc::new(SchemaDescriptor::new(Arc::new(root)))).map_err(|error| error.to_string())
});

/// The columns as Arrow names them.
pub static ARROW: LazyLock<SchemaRef> = LazyLock::new(|| {
    let field = |column: &Column| Field::new(column.name, column.kind.arrow(), column.nullable);
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
});
