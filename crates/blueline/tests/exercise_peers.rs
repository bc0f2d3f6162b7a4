//! What `exercise generate` writes beside tshark: every attack is what it says, as often as the truth says.

use std::path::Path;
use std::process::Command;

use blueline_exercise::truth::{AttackTruth, Truth};
use blueline_exercise::{Scenario, attack::CATALOGUE};
use blueline_mission::terms::Moment;

use crate::program::{blueline, installed, run};

/// Every kind of attack, and what is mistaken for one.
const ATTACKS: &str = include_str!("../../exercise/tests/it/scenarios/attacks.toml");

/// How many packets a filter has to find.
#[derive(Clone, Copy, Debug)]
enum Many {
    /// Those that the attack sent.
    Sent,
    /// Those that came back.
    Back,
    /// One for each of its flows.
    Flows,
    /// So many.
    Just(u64),
    /// So many or more.
    AtLeast(u64),
}
use Many::{AtLeast, Back, Flows, Just, Sent};

/// An attack, what tshark calls it, how often. FROM, TO and HOST are its first source and target, WORLD is who lies outside.
const SHOWN: &[(&str, &str, Many)] = &[
    ("flood-syn", "TO && WORLD && tcp.flags == 0x002 && tcp.dstport == 443", Sent),
    ("flood-ack", "TO && WORLD && tcp.flags == 0x010 && tcp.len == 0 && tcp.dstport == 443", Sent),
    (
        "flood-tcp-other",
        "TO && WORLD && tcp.dstport == 443 && \
         (tcp.flags == 0x004 || tcp.flags == 0x011 || tcp.flags == 0x029 || tcp.flags == 0x000)",
        Sent,
    ),
    ("flood-udp", "TO && WORLD && udp.length == 520", Sent),
    ("flood-icmp", "TO && WORLD && icmp.type == 8", Sent),
    ("flood-fragment", "TO && WORLD && ip.flags.mf == 1 && ip.proto == 17", Sent),
    ("flood-fragment-6", "TO && WORLD && ipv6.fraghdr.more == 1", Sent),
    ("flood-ipv6-extension", "TO && WORLD && ipv6.hopopts && ipv6.dstopts", Sent),
    ("flood-http", "TO && http.request.method == \"GET\" && http.request.uri contains \"?\"", Flows),
    ("flood-http-6", "TO && tcp.dstport == 8080 && http.request.method == \"GET\"", Flows),
    ("flood-dns", "TO && WORLD && dns.flags.response == 0", Sent),
    ("flood-dhcp", "TO && dhcp.option.dhcp == 1", Sent),
    ("flood-dhcp-6", "TO && dhcpv6.msgtype == 1", Sent),
    // Fragments are put together first.
    ("reflection-dns", "TO && dns.flags.response == 1 && dns.qry.type == 255", AtLeast(100)),
    ("reflection-ntp", "TO && ntp.priv.reqcode == 42 && udp.srcport == 123", Sent),
    ("reflection-ntp", "ntp.priv.reqcode == 42 && udp.dstport == 123", Back),
    ("reflection-memcached", "TO && memcache && udp.srcport == 11211", Sent),
    ("reflection-snmp", "TO && snmp.data == 2 && udp.srcport == 161", Sent),
    ("reflection-snmp", "snmp.data == 5", Back),
    ("reflection-ssdp", "TO && ssdp && udp.srcport == 1900", Sent),
    ("reflection-cldap", "TO && cldap && udp.srcport == 389", AtLeast(100)),
    ("reflection-chargen", "TO && chargen && udp.srcport == 19", Sent),
    ("reflection-bacnet", "TO && bacapp.confirmed_service == 14 && udp.srcport == 47808", Sent),
    ("reflection-dvr", "TO && udp contains \"DHIP\" && udp.srcport == 37810", Sent),
    ("reflection-ike", "TO && isakmp.exchangetype == 2 && udp.srcport == 500", Sent),
    ("reflection-synack", "TO && WORLD && tcp.flags == 0x012 && tcp.srcport == 443", Sent),
    ("reflection-synack", "tcp.flags == 0x002 && tcp.dstport == 443 && tcp.srcport >= 49152 && OUTWARD", AtLeast(30)),
    ("scan-horizontal", "FROM && tcp.flags == 0x002 && tcp.window_size_value == 1024", Flows),
    ("scan-vertical", "FROM && tcp.flags == 0x002 && tcp.window_size_value == 1024", Flows),
    (
        "scan-udp",
        "FROM && !icmp && (udp.dstport == 7 || udp.dstport == 53 || udp.dstport == 123 || udp.dstport == 161 || udp.dstport == 1900)",
        Sent,
    ),
    ("scan-udp-6", "FROM && !icmpv6 && (udp.dstport == 53 || udp.dstport == 123 || udp.dstport == 161)", Sent),
    ("scan-sweep", "FROM && icmp.type == 8", Sent),
    ("scan-sweep-6", "FROM && icmpv6.type == 128", Sent),
    ("scan-arp", "arp.opcode == 1", Sent),
    ("scan-arp", "arp.opcode == 2", Back),
    ("scan-neighbour", "FROM && icmpv6.type == 135", Sent),
    ("backscatter-syn-ack", "FROM && tcp.flags == 0x012 && tcp.srcport == 80", Sent),
    ("backscatter-reset", "FROM && tcp.flags == 0x014 && tcp.srcport == 80", Sent),
    ("backscatter-unreachable", "FROM && icmp.type == 3 && icmp.code == 3", Sent),
    ("backscatter-unreachable-6", "FROM && icmpv6.type == 1 && icmpv6.code == 4", Sent),
    ("backscatter-echo-reply", "FROM && icmp.type == 0", Sent),
    ("guess-ssh", "ssh.protocol contains \"libssh2\"", Flows),
    ("guess-ftp", "ftp.response.code == 530", Flows),
    ("guess-rdp", "rdp.rt_cookie", Flows),
    ("guess-smb", "smb2.nt_status == 0xc000006d", Flows),
    ("guess-telnet", "HOST && telnet.data contains \"Login incorrect\"", Flows),
    ("guess-http", "http.response.code == 401", Flows),
    ("worm-slammer", "udp.dstport == 1434 && ip.len == 404", Sent),
    ("worm-code-red", "http.request.uri contains \".ida?NNNNNNNN\"", AtLeast(10)),
    ("worm-conficker", "tcp.dstport == 445 && tcp.flags == 0x002", AtLeast(10_000)),
    ("worm-conficker", "smb2.cmd == 9", AtLeast(10)),
    ("worm-mirai", "(tcp.dstport == 23 || tcp.dstport == 2323) && tcp.flags == 0x002", AtLeast(1000)),
    ("beacon-tls", "TO && tls.handshake.extensions_server_name contains \"cdn\"", Flows),
    ("beacon-http", "TO && http.request.uri contains \"/updates?id=\"", Flows),
    ("beacon-dns", "TO && dns.qry.name contains \".cdn\"", Sent),
    ("dns-dga", "HOST && dns.flags.rcode == 3 && dns.qry.name.len > 15", AtLeast(90)),
    ("dns-tunnel", "TO && dns.qry.name.len > 150", Sent),
    ("dns-txt", "HOST && dns.resp.type == 16 && udp.length > 1000", Back),
    ("upload-fast", "FROM && TO && tls.record.opaque_type == 23", AtLeast(180)),
    ("upload-slow", "FROM && TO && tcp.dstport == 8443 && tcp.len > 0", AtLeast(38)),
    ("write-write-single-coil", "FROM && modbus.func_code == 5", Just(4)),
    ("write-write-multiple-registers", "FROM && modbus.func_code == 16", Just(4)),
    ("write-s7-write-variable", "FROM && s7comm.param.func == 0x05", Just(4)),
    ("write-s7-request-download", "FROM && s7comm.param.func == 0x1a", Just(4)),
    ("write-s7-plc-stop", "FROM && s7comm.param.func == 0x29", Just(4)),
    ("write-dnp3-write", "FROM && dnp3.al.func == 2", Just(4)),
    ("write-dnp3-direct-operate", "FROM && dnp3.al.func == 5", Just(4)),
    ("write-dnp3-cold-restart", "FROM && dnp3.al.func == 13", Just(4)),
    ("write-iec104-single-command", "FROM && iec60870_asdu.typeid == 45", Just(4)),
    ("write-iec104-double-command", "FROM && iec60870_asdu.typeid == 46", Just(4)),
    ("write-iec104-set-point", "FROM && iec60870_asdu.typeid == 50", Just(4)),
    ("write-ethernet-ip-write-tag", "FROM && cip.sc == 0x4d", Just(4)),
    ("write-ethernet-ip-set-attribute", "FROM && cip.sc == 0x10", Just(4)),
    ("write-ethernet-ip-reset", "FROM && cip.sc == 0x05", Just(4)),
];

/// Who is neither party, and who is one.
const WORLD: &str = "(ip.src == 192.88.99.0/24 || ip.src == 192.175.48.0/24 || ipv6.src == 3ffe::/16)";
const OUTWARD: &str = "(ip.dst == 192.88.99.0/24 || ip.dst == 192.175.48.0/24 || ipv6.dst == 3ffe::/16)";

#[test]
fn tshark_sees_every_attack_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let truth = generated(folder.path());
    if !installed("tshark") {
        return;
    }
    let capture = folder.path().join("all.pcap");
    let mut filters = vec!["_ws.malformed".to_owned()];
    for (id, filter, _) in SHOWN {
        filters.push(filled(filter, attack(&truth, id)));
    }
    let found = counted(&capture, &filters);
    assert_eq!(found[0], 0, "malformed to tshark");
    let mut wrong = Vec::new();
    for (((id, _, many), filter), &found) in SHOWN.iter().zip(&filters[1..]).zip(&found[1..]) {
        let attack = attack(&truth, id);
        let right = match many {
            // A worm goes about in the world too, where nobody looks.
            Sent if attack.kind == "worm" => found == seen(&truth, id),
            Sent => found == attack.packets,
            Back => found == attack.packets_back,
            Flows => found == attack.flows,
            Just(count) => found == *count,
            AtLeast(count) => found >= *count,
        };
        if !right {
            let (sent, back) = (attack.packets, attack.packets_back);
            wrong.push(format!("{id}: {found} packets, not {many:?} of {sent} and {back}: {filter}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    mirai_marks_its_probes(&capture);
}

/// The watch counts the packets, bytes and flows that the truth tells of, and finds nothing odd in them.
#[test]
fn the_watch_counts_what_the_truth_says() {
    let folder = tempfile::tempdir().unwrap();
    let (captures, truth) = Scenario::parse(ATTACKS).unwrap().record();
    let mission = folder.path().join("line");
    let parties = truth.parties.iter().map(|party| format!("{}={}", party.id, party.prefixes.join(",")));
    run(blueline().arg("init").arg(&mission).args(parties.flat_map(|party| ["--party".to_owned(), party]))).ends(0);
    for (sensor, capture) in truth.sensors.iter().zip(&captures) {
        let file = folder.path().join(&sensor.id);
        std::fs::write(&file, capture).unwrap();
        let watch = ["watch", "--no-custody", "--format", "json", "--mission"];
        let summary = run(blueline().args(watch).arg(&mission).arg(&file)).ends(0).summary();
        let counted = ["packets", "bytes", "flows"].map(|key| summary[key].as_u64().unwrap());
        assert_eq!(counted, [sensor.packets, sensor.bytes, sensor.flows], "{}", sensor.id);
        assert_eq!(summary["oddities"], 0, "{}", sensor.id);
    }
}

/// No kind is left out above.
#[test]
fn every_vector_is_looked_at() {
    let scenario = Scenario::parse(ATTACKS).unwrap();
    for attack in &scenario.attacks {
        assert!(SHOWN.iter().any(|(id, ..)| *id == attack.id), "{}", attack.id);
    }
    for about in CATALOGUE {
        assert!(scenario.attacks.iter().any(|attack| attack.kind() == about.kind), "{}", about.kind);
    }
}

/// Runs the program twice; both runs write the same, and it is what the library plays.
fn generated(folder: &Path) -> Truth {
    let (captures, truth) = Scenario::parse(ATTACKS).unwrap().record();
    std::fs::write(folder.join("attacks.toml"), ATTACKS).unwrap();
    for out in [folder.to_owned(), folder.join("again")] {
        run(blueline().args(["exercise", "generate"]).arg(folder.join("attacks.toml")).arg("--out").arg(&out)).ends(0);
        for (sensor, capture) in truth.sensors.iter().zip(&captures) {
            let name =
                if sensor.id == "crossing" { "crossing.pcapng".to_owned() } else { format!("{}.pcap", sensor.id) };
            assert!(std::fs::read(out.join(&name)).unwrap() == *capture, "{name}");
        }
        assert_eq!(std::fs::read_to_string(out.join("truth.json")).unwrap(), truth.to_json());
    }
    truth
}

fn attack<'t>(truth: &'t Truth, id: &str) -> &'t AttackTruth {
    truth.attacks.iter().find(|attack| attack.id == id).unwrap_or_else(|| panic!("no attack {id}"))
}

/// Packets of an attack at the first sensor, which stands everywhere but in the world.
fn seen(truth: &Truth, id: &str) -> u64 {
    truth.sensors[0].attacks.iter().find(|attack| attack.id == id).unwrap().packets
}

/// The filter with the attack's window, its first source and its first target put in.
fn filled(filter: &str, attack: &AttackTruth) -> String {
    let field = |address: &str, way: &str| {
        let family = if address.contains(':') { "ipv6" } else { "ip" };
        format!("{family}.{way} == {address}")
    };
    let (source, target) = (&attack.sources.first[0], &attack.targets.first[0]);
    let seconds = |text: &Option<String>| text.as_ref().unwrap().parse::<Moment>().unwrap().nanos() as f64 / 1e9;
    let (start, end) = (seconds(&attack.start), seconds(&attack.end));
    let filter = filter
        .replace("OUTWARD", OUTWARD)
        .replace("WORLD", WORLD)
        .replace("FROM", &field(source, "src"))
        .replace("HOST", &field(target, "addr"))
        .replace("TO", &field(target, "dst"));
    // A microsecond for what a double cannot hold.
    format!("{filter} && frame.time_epoch >= {:.6} && frame.time_epoch <= {:.6}", start - 2e-6, end + 2e-6)
}

/// How many packets of a capture each filter matches, in one run.
fn counted(capture: &Path, filters: &[String]) -> Vec<u64> {
    let table = format!("io,stat,0,{}", filters.join(","));
    let output = Command::new("tshark")
        .args(["-n", "-q", "-d", "tcp.port==2222,ssh", "-z", &table, "-r"])
        .arg(capture)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    // The one row of numbers: the interval, then frames and bytes for each filter.
    let row = text.lines().find(|line| line.contains("<>")).unwrap_or_else(|| panic!("no row in {text}"));
    let cells: Vec<_> = row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    cells[1..].chunks(2).map(|pair| pair[0].parse().unwrap()).collect()
}

/// Nearly every SYN to Telnet is a probe, whose number is its target's address; the rest opens a login.
fn mirai_marks_its_probes(capture: &Path) {
    let filter = "(tcp.dstport == 23 || tcp.dstport == 2323) && tcp.flags == 0x002";
    let output = Command::new("tshark")
        .args(["-n", "-Y", filter, "-T", "fields", "-e", "tcp.seq_raw", "-e", "ip.dst", "-r"])
        .arg(capture)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let marked = text.lines().filter(|line| {
        let (number, address) = line.split_once('\t').unwrap();
        let address: std::net::Ipv4Addr = address.parse().unwrap_or(std::net::Ipv4Addr::UNSPECIFIED);
        number.parse() == Ok(address.to_bits())
    });
    let (marked, all) = (marked.count(), text.lines().count());
    assert!(marked > 1000 && marked * 10 > all * 9, "{marked} of {all}");
}
