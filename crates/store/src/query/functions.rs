//! The functions that questions may use beside SQL's own.
//!
//! Addresses are given as the two columns that the lake has of each, `src_endpoint_ipv4, src_endpoint_ipv6`, or as text.

use std::fmt;
use std::net::Ipv6Addr;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, FixedSizeBinaryBuilder, StringViewBuilder, UInt32Builder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt32Type};
use blueline_terms::{Address, Prefix};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

/// Whose an address is today, by the mission's declarations and tables.
pub trait Lookup: Send + Sync {
    /// The party's id, `world` or `unknown`.
    fn party(&self, address: Address) -> &str;
    /// The safe area's id.
    fn safe_area(&self, address: Address) -> Option<&str>;
}

/// A function, and how it is called and what it does, for the help.
pub struct Function {
    /// How it is called.
    pub form: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// Every function.
pub const FUNCTIONS: &[Function] = &[
    Function { form: "ip(IPV4, IPV6)", meaning: "an address as text" },
    Function { form: "ipv4(TEXT)", meaning: "an IPv4 address as the number that the columns hold; null for IPv6" },
    Function { form: "ipv6(TEXT)", meaning: "an IPv6 address as the bytes that the columns hold; null for IPv4" },
    Function {
        form: "cidr_contains(PREFIX, ADDRESS)",
        meaning: "whether a prefix such as '192.0.2.0/24' holds an address",
    },
    Function { form: "party(ADDRESS)", meaning: "the party whose address it is by today's declarations" },
    Function { form: "safe_area(ADDRESS)", meaning: "the safe area that it lies in by today's declarations" },
    Function { form: "protocol(NUMBER)", meaning: "the name of an IP protocol" },
    Function {
        form: "senders(FROM, UNTIL, MOST)",
        meaning: "a table, for FROM: address, packets, bytes of the MOST that sent most, whoever opened the flow; much quicker \
                  than grouping where nearly every row has an address of its own",
    },
];

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Ip,
    Ipv4,
    Ipv6,
    CidrContains,
    Party,
    SafeArea,
    Protocol,
}

impl Kind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Ip, "ip"),
        (Self::Ipv4, "ipv4"),
        (Self::Ipv6, "ipv6"),
        (Self::CidrContains, "cidr_contains"),
        (Self::Party, "party"),
        (Self::SafeArea, "safe_area"),
        (Self::Protocol, "protocol"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    fn signature(self) -> Signature {
        use datafusion::logical_expr::TypeSignature::{Exact, OneOf};
        let (v4, v6, text) = (DataType::UInt32, DataType::FixedSizeBinary(16), DataType::Utf8View);
        let address = [vec![text.clone()], vec![v4.clone(), v6.clone()], vec![v4.clone()]];
        let arguments = match self {
            Self::Ip => vec![vec![v4, v6]],
            Self::Ipv4 | Self::Ipv6 => vec![vec![text]],
            Self::CidrContains => address.map(|address| [vec![text.clone()], address].concat()).to_vec(),
            Self::Party | Self::SafeArea => address.to_vec(),
            Self::Protocol => vec![vec![DataType::UInt8], vec![DataType::Int64]],
        };
        Signature::new(OneOf(arguments.into_iter().map(Exact).collect()), Volatility::Immutable)
    }

    fn returns(self) -> DataType {
        match self {
            Self::Ipv4 => DataType::UInt32,
            Self::Ipv6 => DataType::FixedSizeBinary(16),
            Self::CidrContains => DataType::Boolean,
            Self::Ip | Self::Party | Self::SafeArea | Self::Protocol => DataType::Utf8View,
        }
    }
}

/// A function of the lake's.
#[derive(Clone)]
struct LakeFunction {
    kind: Kind,
    signature: Signature,
    lookup: Arc<dyn Lookup>,
}

impl fmt::Debug for LakeFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl PartialEq for LakeFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for LakeFunction {}

impl std::hash::Hash for LakeFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

/// Every function, to be registered.
pub(super) fn all(lookup: &Arc<dyn Lookup>) -> impl Iterator<Item = ScalarUDF> {
    let lookup = Arc::clone(lookup);
    Kind::ALL.into_iter().map(move |(kind, _)| {
        ScalarUDF::from(LakeFunction { kind, signature: kind.signature(), lookup: Arc::clone(&lookup) })
    })
}

impl ScalarUDFImpl for LakeFunction {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.returns())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let single = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let found: ArrayRef = match self.kind {
            Kind::Ip => texts(&columns, |address| Some(address.to_string()))?,
            Kind::Party => texts(&columns, |address| Some(self.lookup.party(address).to_owned()))?,
            Kind::SafeArea => texts(&columns, |address| self.lookup.safe_area(address).map(str::to_owned))?,
            Kind::Ipv4 => ipv4(&columns)?,
            Kind::Ipv6 => ipv6(&columns)?,
            Kind::CidrContains => cidr_contains(&columns)?,
            Kind::Protocol => protocols(&columns)?,
        };
        if single && found.len() == 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?));
        }
        Ok(ColumnarValue::Array(found))
    }

    /// A constant prefix of IPv4 addresses over the two columns is a range of numbers, which the files' own statistics
    /// can judge.
    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        if self.kind != Kind::CidrContains {
            return Ok(ExprSimplifyResult::Original(args));
        }
        let columns = columns_of(&args);
        let Expr::Literal(prefix, _) = &args[0] else { return Ok(ExprSimplifyResult::Original(args)) };
        let (Some([v4, v6]), Some(Some(text))) = (columns, prefix.try_as_str()) else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        let prefix: Prefix = parse_prefix(text)?;
        let (first, last) = (prefix.first(), prefix.last());
        // Of an address of the other family it is false, not unknown.
        let range = if prefix.is_v4() {
            v4.clone().gt_eq(lit(first.bits() as u32)).and(v4.lt_eq(lit(last.bits() as u32))).and(v6.is_null())
        } else {
            let wide =
                |address: Address| lit(ScalarValue::FixedSizeBinary(16, Some(address.bits().to_be_bytes().to_vec())));
            v6.clone().gt_eq(wide(first)).and(v6.lt_eq(wide(last))).and(v4.is_null())
        };
        Ok(ExprSimplifyResult::Simplified(range))
    }
}

/// The two columns of an address, where the argument is made of them.
fn columns_of(args: &[Expr]) -> Option<[Expr; 2]> {
    match args {
        [_, v4, v6] => Some([v4.clone(), v6.clone()]),
        [_, Expr::ScalarFunction(ScalarFunction { func, args })] if func.name() == Kind::Ip.name() => {
            args.clone().try_into().ok()
        }
        _ => None,
    }
}

/// Reads a prefix that was given as text.
fn parse_prefix(text: &str) -> Result<Prefix> {
    text.parse().map_err(|error| DataFusionError::Plan(format!("cidr_contains: {error}")))
}

/// The addresses of every row, from text or from the two columns.
fn addresses(columns: &[ArrayRef]) -> Result<Vec<Option<Address>>> {
    match columns {
        [text] if text.data_type() == &DataType::Utf8View => text
            .as_string_view()
            .iter()
            .map(|text| {
                let read = |text: &str| text.parse().map_err(|error| DataFusionError::Execution(format!("{error}")));
                text.map(read).transpose()
            })
            .collect(),
        [v4] => Ok(v4.as_primitive::<UInt32Type>().iter().map(|v4| v4.map(of_v4)).collect()),
        [v4, v6] => {
            let (v4, v6) = (v4.as_primitive::<UInt32Type>(), v6.as_fixed_size_binary());
            let wide = |bytes: &[u8]| bytes.try_into().ok().map(Address::v6);
            Ok(v4.iter().zip(v6.iter()).map(|(v4, v6)| v4.map(of_v4).or_else(|| v6.and_then(wide))).collect())
        }
        _ => exec_err!("an address is text, or two columns"),
    }
}

fn of_v4(number: u32) -> Address {
    Address::v4(number.to_be_bytes())
}

fn texts(columns: &[ArrayRef], text: impl Fn(Address) -> Option<String>) -> Result<ArrayRef> {
    let mut found = StringViewBuilder::new();
    addresses(columns)?.into_iter().for_each(|address| found.append_option(address.and_then(&text)));
    Ok(Arc::new(found.finish()))
}

fn ipv4(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let mut found = UInt32Builder::new();
    for address in addresses(columns)? {
        found.append_option(address.filter(|address| address.is_v4()).map(|address| address.bits() as u32));
    }
    Ok(Arc::new(found.finish()))
}

fn ipv6(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let mut found = FixedSizeBinaryBuilder::new(16);
    for address in addresses(columns)? {
        match address.filter(|address| !address.is_v4()) {
            Some(address) => found.append_value(address.bits().to_be_bytes())?,
            None => found.append_null(),
        }
    }
    Ok(Arc::new(found.finish()))
}

fn cidr_contains(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let Some((prefixes, address)) = columns.split_first() else { return exec_err!("cidr_contains needs a prefix") };
    let mut found = BooleanBuilder::new();
    let mut last: Option<(String, Prefix)> = None;
    for (text, address) in prefixes.as_string_view().iter().zip(addresses(address)?) {
        let Some(text) = text else {
            found.append_null();
            continue;
        };
        let prefix = match &last {
            Some((known, prefix)) if known == text => *prefix,
            _ => {
                let prefix = parse_prefix(text)?;
                last = Some((text.to_owned(), prefix));
                prefix
            }
        };
        found.append_option(address.map(|address| prefix.contains(address)));
    }
    Ok(Arc::new(found.finish()))
}

fn protocols(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let Some(numbers) = columns.first() else { return exec_err!("protocol needs a number") };
    let numbers = cast(numbers, &DataType::UInt8)?;
    let mut found = StringViewBuilder::new();
    for number in numbers.as_primitive::<arrow::datatypes::UInt8Type>() {
        found.append_option(number.map(|number| match number {
            1 => "icmp".to_owned(),
            2 => "igmp".to_owned(),
            6 => "tcp".to_owned(),
            17 => "udp".to_owned(),
            41 => "ipv6".to_owned(),
            47 => "gre".to_owned(),
            50 => "esp".to_owned(),
            51 => "ah".to_owned(),
            58 => "icmpv6".to_owned(),
            89 => "ospf".to_owned(),
            103 => "pim".to_owned(),
            112 => "vrrp".to_owned(),
            115 => "l2tp".to_owned(),
            132 => "sctp".to_owned(),
            other => other.to_string(),
        }));
    }
    Ok(Arc::new(found.finish()))
}

/// An address column as text, for people.
pub(super) fn wide_as_text(column: &ArrayRef) -> Option<ArrayRef> {
    let wide = column.as_fixed_size_binary_opt().filter(|wide| wide.value_length() == 16)?;
    let mut texts = StringViewBuilder::new();
    for bytes in wide.iter() {
        let address = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()).map(Ipv6Addr::from);
        texts.append_option(address.map(|address| address.to_string()));
    }
    Some(Arc::new(texts.finish()))
}
