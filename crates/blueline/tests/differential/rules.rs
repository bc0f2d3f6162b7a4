//! Why the two may differ, and how well they agreed so far.

use std::collections::BTreeSet;

use super::{Field, Flow, Layer};

/// What the page begins with.
pub(super) const INTRODUCTION: &str = "\
# Beside tshark

How Blueline's flow table compares with tshark, over public captures with well-formed traffic of many kinds. A test
writes this page (`BLUELINE_BLESS=1 cargo test -p blueline --test tests differential`) and fails when a difference appears
that no rule explains, or when agreement falls.

A flow is what the innermost readable addresses, ports and protocol name, both ways together; it is equal when both count
the same packets. Between addresses that exchanged fragments, flows are compared without ports: only Blueline finds the
ports of later fragments. tshark reassembles nothing here (`tcp.desegment_tcp_streams`, `ip.defragment` and
`ipv6.defragment` are off), and what an ICMP error quotes is left out.

Names are equal when the flow's first name is among tshark's. Codes are equal when they are the same ones, or are among
tshark's where the flow had no room for more: it keeps four, those of frames without a message included.";

/// Agreement of flows that was reached, of 1.
pub(super) const FLOW_FLOOR: f64 = 0.98;

/// Agreement of facts that was reached, of 1.
pub(super) fn floor(field: Field) -> f64 {
    match field {
        Field::TlsServerName | Field::HttpMethod | Field::DnsType => 0.98,
        // Few flows have these here, and rules explain what is missing.
        Field::SmbCommand => 0.60,
        Field::Iec104Type => 0.25,
        Field::CipService => 0.50,
        _ => 0.99,
    }
}

/// Whether both say the same, as far as a flow keeps it. `full` says that the flow had no room for more codes.
pub(super) fn agree(field: Field, full: bool, [ours, theirs]: [&BTreeSet<String>; 2]) -> bool {
    match field {
        // The first one stays.
        Field::DnsName | Field::TlsServerName | Field::HttpHost | Field::HttpMethod | Field::SshBanner => {
            !ours.is_empty() && ours.is_subset(theirs)
        }
        _ => ours == theirs || (full && !ours.is_empty() && ours.is_subset(theirs)),
    }
}

/// The rule that explains a flow that both do not count alike.
pub(super) fn of_flow(capture: &str, flow: &Flow) -> Option<&'static str> {
    let pseudowire = capture.contains("mpls-eompls-invalid-cw") && flow.network != Layer::Arp;
    pseudowire.then_some("a pseudowire's control word is wrong: we read the frame behind it, tshark stops")
}

/// The rule that explains a fact that only one tells. `marks` is what tshark noted about the flow's packets.
pub(super) fn of_fact(
    capture: &str,
    field: Field,
    flow: &Flow,
    marks: &BTreeSet<&'static str>,
    [ours, theirs]: [&BTreeSet<String>; 2],
) -> Option<&'static str> {
    let has_port = |port: u16| flow.ends.iter().any(|&(_, own)| own == port);
    let missed = ours.is_empty() && !theirs.is_empty();
    let added = !ours.is_empty() && theirs.is_empty();
    match field {
        Field::DnsType if has_port(5353) && ours.is_superset(theirs) => {
            Some("multicast answers ask nothing: we keep the type of the first answer")
        }
        Field::DnsType if has_port(5353) && ours.is_subset(theirs) => {
            Some("several questions in one multicast message: we read the first")
        }
        Field::TlsServerName | Field::HttpHost | Field::HttpMethod | Field::HttpStatus
            if added && !has_port(80) && !has_port(443) =>
        {
            Some("on a port that tshark gives to another protocol or to none")
        }
        Field::CipService if theirs.contains("10") && ours.is_subset(theirs) => {
            Some("several services in one packet: we tell what is in the wrapper, not the wrapper")
        }
        Field::HttpStatus if added => Some("tshark dissects nothing in the packet"),
        Field::Iec104Type if missed && capture.contains("TestDissectIec104") => {
            Some("other bytes before the start octet: tshark looks for one further on, we do not")
        }
        Field::HttpMethod if missed && marks.contains("http without version") => Some("HTTP/0.9, which we do not read"),
        Field::SmbCommand if missed && marks.contains("nbdgm") => {
            Some("mailslots in NetBIOS datagrams, which we do not open")
        }
        Field::SmbCommand if missed && marks.contains("smb2 without header length") => {
            Some("an exploit's filler: the SMB2 header says that it is 0 bytes long")
        }
        Field::ModbusFunction if missed && marks.contains("modbus too long") => {
            Some("the Modbus header claims more bytes than a message may have")
        }
        _ if missed && marks.contains("malformed") => Some("tshark calls the message malformed as well"),
        _ => None,
    }
}
