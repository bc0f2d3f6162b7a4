//! A second opinion on the bytes: tshark finds nothing malformed and no wrong checksum.

use std::process::Command;

fn tshark() -> Option<()> {
    if Command::new("tshark").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Some(());
    }
    println!("skipped: tshark is not installed");
    None
}

/// What tshark shows of a capture under this filter.
fn shown(capture: &[u8], filter: &str) -> Vec<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), capture).unwrap();
    let mut command = Command::new("tshark");
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    let output = command.args(["-n", "-r"]).arg(file.path()).args(["-Y", filter]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

const BAD: &str = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || \
                   icmp.checksum.status == 0 || icmpv6.checksum.status == 0";

pub(crate) fn finds_nothing_bad(captures: &[Vec<u8>]) {
    let Some(()) = tshark() else { return };
    for capture in captures {
        let bad = shown(capture, BAD);
        assert!(bad.is_empty(), "{} packets, such as {}", bad.len(), bad[0]);
    }
}

#[test]
fn nothing_is_malformed() {
    finds_nothing_bad(&super::everything().record().0);
    finds_nothing_bad(&super::attacks().record().0);
}

/// How many packets of a capture each filter matches, in one run.
fn counted(capture: &[u8], filters: &[&str]) -> Vec<u64> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), capture).unwrap();
    let table = format!("io,stat,0,{}", filters.join(","));
    let output = Command::new("tshark").args(["-n", "-q", "-z", &table, "-r"]).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    // The one row of numbers: the interval, then frames and bytes for each filter.
    let row = text.lines().find(|line| line.contains("<>")).unwrap_or_else(|| panic!("no row in {text}"));
    let cells: Vec<_> = row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    cells[1..].chunks(2).map(|pair| pair[0].parse().unwrap()).collect()
}

/// What has to be there at all.
const THERE: [&str; 17] = [
    "tls.handshake.type == 1 && tls.handshake.extensions_server_name",
    "tls.handshake.type == 2",
    "http.request.method == GET",
    "dns.flags.response == 1 && dns.count.answers > 0",
    "smtp.req.command == MAIL",
    "ssh.message_code == 20",
    "ntp.flags.mode == 4",
    "rsync",
    "modbus.func_code == 3",
    "gre && http",
    "vxlan && dns",
    "ip.fragments",
    "ipv6.fragments",
    "arp",
    "icmpv6.type == 135",
    "icmp.type == 0",
    "icmpv6.type == 129",
];

/// What has to be there as often as the truth says.
const COUNTED: [&str; 4] = [
    "ntp.priv.reqcode == 42",
    "udp.srcport == 11211",
    "modbus.func_code == 5 && tcp.dstport == 502",
    "modbus.func_code == 16 && tcp.dstport == 502",
];

#[test]
fn every_protocol_is_what_it_says() {
    let Some(()) = tshark() else { return };
    let (captures, truth) = super::everything().record();
    let filters = [&THERE[..], &COUNTED[..]].concat();
    let mut found = vec![0; filters.len()];
    for capture in &captures {
        for (sum, count) in found.iter_mut().zip(counted(capture, &filters)) {
            *sum += count;
        }
    }
    for (filter, count) in filters.iter().zip(&found).take(THERE.len()) {
        assert!(*count > 0, "no packet of {filter}");
    }
    let seen = |id: &str| {
        let seen = truth.sensors.iter().flat_map(|sensor| &sensor.attacks).filter(|attack| attack.id == id);
        seen.map(|attack| attack.packets).sum::<u64>()
    };
    // Two sensors see the writes of one coil, one sees those of the registers.
    assert_eq!(found[THERE.len()..], [seen("ntp"), seen("memcached"), 2 * 5, 5]);
}
