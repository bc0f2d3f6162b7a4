//! The flow table beside tshark: the same flows with the same packets, the same words in them.
//!
//! The table that comes out is kept in `docs/src/tshark-comparison.md`; `BLUELINE_BLESS=1` writes it anew. Where the two
//! differ, a rule says why; a difference without a rule, or agreement below what was reached before, fails the test.

mod ours;
mod rules;
mod theirs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::program::{installed, shared_captures};

/// Packets of the same two ends, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flow {
    network: Layer,
    ends: [(IpAddr, u16); 2],
    protocol: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    V4,
    V6,
    Arp,
    Other,
}

impl Flow {
    /// Protocols without ports are not told apart: tshark names them by what it can dissect.
    fn new(network: String, mut ends: [(IpAddr, u16); 2], protocol: u8) -> Self {
        let network = match network.as_str() {
            "ipv4" => Layer::V4,
            "ipv6" => Layer::V6,
            "arp" => Layer::Arp,
            _ => Layer::Other,
        };
        let told = matches!(protocol, 1 | 6 | 17 | 33 | 58 | 132) && network != Layer::Arp;
        if !told {
            ends = ends.map(|(address, _)| (address, 0));
        }
        ends = ends.map(|(address, port)| (address.to_canonical(), port));
        ends.sort();
        Self { network, ends, protocol: if told { protocol } else { 0 } }
    }

    fn unreadable() -> Self {
        Self { network: Layer::Other, ends: [(theirs::NOWHERE, 0); 2], protocol: 0 }
    }

    fn without_ports(self) -> Self {
        let mut ends = self.ends.map(|(address, _)| (address, 0));
        ends.sort();
        Self { ends, protocol: 0, ..self }
    }
}

macro_rules! fields {
    ($($name:ident = $protocol:literal, $what:literal;)+) => {
        /// A fact of an application protocol that both can tell.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        enum Field { $($name,)+ }

        impl Field {
            const ALL: &[Self] = &[$(Self::$name,)+];

            const fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($protocol, $what),)+ }
            }
        }
    };
}

fields! {
    DnsName = "DNS", "name";
    DnsType = "DNS", "type";
    TlsServerName = "TLS", "server name";
    HttpHost = "HTTP", "host";
    HttpMethod = "HTTP", "method";
    HttpStatus = "HTTP", "status";
    SshBanner = "SSH", "banner";
    SmbCommand = "SMB", "command";
    NtpMode = "NTP", "mode";
    ModbusFunction = "Modbus", "function";
    S7Function = "S7comm", "function";
    Dnp3Function = "DNP3", "function";
    Iec104Type = "IEC 104", "type";
    CipService = "CIP", "service";
}

/// What was seen of a capture.
#[derive(Default)]
struct Seen {
    packets: BTreeMap<Flow, u64>,
    facts: BTreeMap<Flow, BTreeMap<Field, BTreeSet<String>>>,
    /// Flows that had no room for more codes.
    full: BTreeSet<Flow>,
    /// What the rules look at.
    marks: BTreeMap<Flow, BTreeSet<&'static str>>,
}

/// How often both said the same of a flow, and where not.
#[derive(Default)]
struct Tally {
    ours: u64,
    theirs: u64,
    equal: u64,
    /// By the rule that explains them.
    explained: BTreeMap<&'static str, u64>,
    unexplained: Vec<String>,
}

impl Tally {
    fn share(&self) -> f64 {
        let all = self.equal + self.explained.values().sum::<u64>() + self.unexplained.len() as u64;
        if all == 0 { 1.0 } else { self.equal as f64 / all as f64 }
    }
}

#[test]
fn the_same_flows_and_facts_as_tshark() {
    let Some(folder) = shared_captures() else { return };
    if !installed("tshark") {
        return;
    }
    let mut flows: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut facts: BTreeMap<Field, Tally> = BTreeMap::new();
    let mut captures = 0;
    for kind in ["benign", "ics", "beacon", "scan", "worm", "link", "ddos"] {
        for file in files_of(&folder.join(kind)) {
            captures += 1;
            compare(&file, flows.entry(kind).or_default(), &mut facts);
        }
    }
    let page = page(captures, &flows, &facts);
    println!("{page}");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/tshark-comparison.md");
    if std::env::var_os("BLUELINE_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(kept, &page).unwrap();
    }
    let tallies = flows.values().map(|tally| ("flows", rules::FLOW_FLOOR, tally));
    let tallies = tallies.chain(facts.iter().map(|(field, tally)| (field.words().0, rules::floor(*field), tally)));
    let mut wrong = String::new();
    for (what, floor, tally) in tallies {
        tally.unexplained.iter().for_each(|one| writeln!(wrong, "{one}").unwrap());
        if tally.share() < floor {
            writeln!(wrong, "{what}: {:.4} equal, it was {floor} before", tally.share()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "unexplained:\n{wrong}");
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn compare(file: &Path, flows: &mut Tally, facts: &mut BTreeMap<Field, Tally>) {
    let ((ours, fragmented), theirs) = (ours::flows(file), theirs::flows(file));
    let name = file.file_name().unwrap().to_string_lossy();
    // Ports are in the first fragment alone, and only we find them for the later ones.
    let met = |flow: &Flow| {
        if fragmented.contains(&flow.without_ports()) { flow.without_ports() } else { *flow }
    };
    let together = |seen: &Seen| {
        let mut packets: BTreeMap<Flow, u64> = BTreeMap::new();
        seen.packets.iter().for_each(|(flow, count)| *packets.entry(met(flow)).or_default() += count);
        packets
    };
    let (own, other) = (together(&ours), together(&theirs));
    flows.ours += own.len() as u64;
    flows.theirs += other.len() as u64;
    for flow in own.keys().chain(other.keys().filter(|flow| !own.contains_key(flow))) {
        let (a, b) = (own.get(flow), other.get(flow));
        if a == b {
            flows.equal += 1;
        } else if let Some(rule) = rules::of_flow(&name, flow) {
            *flows.explained.entry(rule).or_default() += 1;
        } else {
            flows.unexplained.push(format!("{name}: {flow:?}: ours {a:?}, tshark {b:?}"));
        }
    }
    let (nothing, unmarked) = (BTreeSet::new(), BTreeSet::new());
    let all: BTreeSet<&Flow> = ours.facts.keys().chain(theirs.facts.keys()).collect();
    for &field in Field::ALL {
        let tally = facts.entry(field).or_default();
        for &flow in &all {
            let of = |seen: &Seen| seen.facts.get(flow).and_then(|facts| facts.get(&field)).cloned();
            let (a, b) = (of(&ours), of(&theirs));
            tally.ours += u64::from(a.is_some());
            tally.theirs += u64::from(b.is_some());
            let (a, b) = (a.as_ref().unwrap_or(&nothing), b.as_ref().unwrap_or(&nothing));
            if a.is_empty() && b.is_empty() {
                continue;
            }
            if rules::agree(field, ours.full.contains(flow), [a, b]) {
                tally.equal += 1;
            } else if let Some(rule) =
                rules::of_fact(&name, field, flow, theirs.marks.get(flow).unwrap_or(&unmarked), [a, b])
            {
                *tally.explained.entry(rule).or_default() += 1;
            } else {
                tally.unexplained.push(format!("{name}: {field:?} of {flow:?}: ours {a:?}, tshark {b:?}"));
            }
        }
    }
}

fn page(captures: u32, flows: &BTreeMap<&str, Tally>, facts: &BTreeMap<Field, Tally>) -> String {
    let mut page = format!("{}\n\n{captures} captures.\n\n", rules::INTRODUCTION);
    let head = "| {} | ours | tshark | equal | share | differences |\n|---|---:|---:|---:|---:|---|\n";
    page += &head.replace("{}", "flows of captures of kind");
    flows.iter().for_each(|(kind, tally)| row(&mut page, kind, tally));
    page += "\n";
    page += &head.replace("{}", "flows with");
    for (field, tally) in facts {
        let (protocol, what) = field.words();
        row(&mut page, &format!("{protocol} {what}"), tally);
    }
    page
}

fn row(page: &mut String, what: &str, tally: &Tally) {
    let mut differences: Vec<String> = tally.explained.iter().map(|(rule, count)| format!("{count}: {rule}")).collect();
    if !tally.unexplained.is_empty() {
        differences.push(format!("{}: unexplained", tally.unexplained.len()));
    }
    let (share, differences) = (tally.share() * 100.0, differences.join("; "));
    let Tally { ours, theirs, equal, .. } = tally;
    writeln!(page, "| {what} | {ours} | {theirs} | {equal} | {share:.2} % | {differences} |").unwrap();
}
