//! What the flow table makes of a capture.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use blueline_mission::terms::{Application, FlowBatch, Network};
use blueline_mission::watch::custody::{Cut, OpenBatch, SealedBatch};
use blueline_mission::watch::{
    Closing, Desk, HashKey, Lifetimes, Progress, Settings, Sink, Source, SourceName, SourcePlace, run,
};

use super::{Field, Flow, Seen};

/// All flows of a capture, and the address pairs between which fragments went.
pub(super) fn flows(file: &Path) -> (Seen, BTreeSet<Flow>) {
    let day = Duration::from_secs(86_400);
    let settings = Settings {
        threads: 1,
        lifetimes: Lifetimes { period: 300 * day, idle: day, linger: day },
        grace: Duration::from_secs(2),
        most_flows: 1 << 20,
        cut: Cut::default(),
        key: HashKey::new([3; 32]),
        longest_silences: Vec::new(),
        show_packets: false,
        beats: false,
    };
    let name = SourceName { text: file.display().to_string(), place: SourcePlace::Path(file.to_owned()), sensor: None };
    let source = Source::open(name).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (collected, _) =
        run(vec![source], Vec::new(), Box::new(()), &settings, Collected::default(), Rows::default, &stop).unwrap();
    (collected.0, collected.1)
}

#[derive(Default)]
struct Rows(Vec<FlowBatch>);

impl Sink for Rows {
    fn rows(&mut self, rows: &mut FlowBatch) {
        self.0.push(std::mem::take(rows));
    }

    fn line(&mut self, _: i64) {}
}

#[derive(Default)]
struct Collected(Seen, BTreeSet<Flow>);

impl Desk for Collected {
    type Sink = Rows;

    fn sealed(&mut self, _: SealedBatch) -> io::Result<()> {
        Ok(())
    }

    fn line(&mut self, line: Closing, sinks: &mut [&mut Rows]) -> io::Result<()> {
        if line.last {
            sinks.iter_mut().flat_map(|sink| std::mem::take(&mut sink.0)).for_each(|rows| self.take(&rows));
        }
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut Rows]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}

impl Collected {
    fn take(&mut self, rows: &FlowBatch) {
        for row in 0..rows.len() {
            let flow = flow(rows, row);
            let packets = u64::from(rows.forward[row].packets) + u64::from(rows.backward[row].packets);
            *self.0.packets.entry(flow).or_default() += packets;
            if rows.fragments[row] > 0 {
                self.1.insert(flow.without_ports());
            }
            if rows.facts_of(row).is_some_and(|facts| usize::from(facts.code_count) == facts.codes.len()) {
                self.0.full.insert(flow);
            }
            let facts = self.0.facts.entry(flow).or_default();
            read_facts(rows, row, facts);
        }
    }
}

fn flow(rows: &FlowBatch, row: usize) -> Flow {
    let network = rows.network[row];
    let ends =
        [(rows.source[row].ip(), rows.source_port[row]), (rows.destination[row].ip(), rows.destination_port[row])];
    if network == Network::Other {
        Flow::unreadable()
    } else {
        Flow::new(network.to_string(), ends, rows.protocol[row])
    }
}

fn read_facts(rows: &FlowBatch, row: usize, into: &mut BTreeMap<Field, BTreeSet<String>>) {
    let Some(facts) = rows.facts_of(row) else { return };
    let codes = facts.codes[..usize::from(facts.code_count)].iter();
    let fields = Field::ALL.iter().filter(|field| field.application() == rows.application[row]);
    for &field in fields {
        let values: Vec<String> = match field {
            Field::DnsName | Field::TlsServerName | Field::HttpHost => {
                facts.name.iter().map(|n| n.to_string().to_lowercase()).collect()
            }
            Field::SshBanner => facts.name.iter().map(ToString::to_string).collect(),
            Field::HttpMethod => facts.offered.iter().map(ToString::to_string).collect(),
            Field::NtpMode => codes.clone().map(|&code| if code < 6 { code } else { code >> 8 }.to_string()).collect(),
            // Methods have codes as well, below those of answers.
            Field::HttpStatus => codes.clone().filter(|code| **code >= 100).map(ToString::to_string).collect(),
            // Frames without a message have codes of their own, far from those of messages.
            Field::Iec104Type => codes.clone().filter(|code| **code < 256).map(ToString::to_string).collect(),
            Field::CipService => codes.clone().filter(|code| **code < 0x8000).map(ToString::to_string).collect(),
            _ => codes.clone().map(ToString::to_string).collect(),
        };
        if !values.is_empty() {
            into.entry(field).or_default().extend(values);
        }
    }
}

impl Field {
    fn application(self) -> Application {
        match self {
            Self::DnsName | Self::DnsType => Application::Dns,
            Self::TlsServerName => Application::Tls,
            Self::HttpHost | Self::HttpMethod | Self::HttpStatus => Application::Http,
            Self::SshBanner => Application::Ssh,
            Self::SmbCommand => Application::Smb,
            Self::NtpMode => Application::Ntp,
            Self::ModbusFunction => Application::Modbus,
            Self::S7Function => Application::S7comm,
            Self::Dnp3Function => Application::Dnp3,
            Self::Iec104Type => Application::Iec104,
            Self::CipService => Application::EthernetIp,
        }
    }
}
