//! A small reader of captures for these tests alone, written without a look at the generator or at `wire`. It refuses
//! (panics) whatever it does not expect, and checks every length and checksum on its way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One packet of a capture.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) nanos: i64,
    pub(crate) frame: Vec<u8>,
}

/// What a packet is about, innermost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    /// 0 for ARP.
    pub(crate) protocol: u8,
    /// A flow's name without its direction.
    pub(crate) key: Key,
    pub(crate) fragment: bool,
    pub(crate) tunnelled: bool,
    pub(crate) outer_v6: bool,
    pub(crate) arp: bool,
    /// The innermost transport header and what it carries; empty for fragments.
    pub(crate) transport: Vec<u8>,
    /// IPv6 extension headers before it, without that of fragments.
    pub(crate) extensions: usize,
}

pub(crate) type Key = (u8, BTreeSet<(IpAddr, u16)>, u16);

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn u32_le(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The records of a pcap or pcapng file, and whether its link is Ethernet.
pub(crate) fn records(file: &[u8]) -> (bool, Vec<Record>) {
    match u32_le(file, 0) {
        0xa1b2_c3d4 => pcap(file, 1000),
        0xa1b2_3c4d => pcap(file, 1),
        0x0a0d_0d0a => pcapng(file),
        magic => panic!("no capture: {magic:08x}"),
    }
}

fn pcap(file: &[u8], unit: i64) -> (bool, Vec<Record>) {
    let ethernet = u32_le(file, 20) == 1;
    let mut records = Vec::new();
    let mut at = 24;
    while at < file.len() {
        let length = u32_le(file, at + 8) as usize;
        assert_eq!(length, u32_le(file, at + 12) as usize);
        let nanos = i64::from(u32_le(file, at)) * 1_000_000_000 + i64::from(u32_le(file, at + 4)) * unit;
        records.push(Record { nanos, frame: file[at + 16..at + 16 + length].to_vec() });
        at += 16 + length;
    }
    (ethernet, records)
}

fn pcapng(file: &[u8]) -> (bool, Vec<Record>) {
    let (mut ethernet, mut unit) = (true, 0);
    let mut records = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let length = u32_le(file, at + 4) as usize;
        assert_eq!(length, u32_le(file, at + length - 4) as usize);
        assert_eq!(length % 4, 0);
        let body = &file[at + 8..at + length - 4];
        match u32_le(file, at) {
            0x0a0d_0d0a => assert_eq!(u32_le(body, 0), 0x1a2b_3c4d),
            1 => {
                ethernet = body[0] == 1;
                unit = resolution(&body[8..]);
            }
            6 => {
                let ticks = u64::from(u32_le(body, 4)) << 32 | u64::from(u32_le(body, 8));
                let captured = u32_le(body, 12) as usize;
                records.push(Record { nanos: ticks as i64 * unit, frame: body[20..20 + captured].to_vec() });
            }
            kind => panic!("block {kind}"),
        }
        at += length;
    }
    (ethernet, records)
}

/// Nanoseconds of a tick, from an interface's options.
fn resolution(mut options: &[u8]) -> i64 {
    loop {
        let (code, length) = (options[0], usize::from(options[2]));
        match code {
            9 => return 10i64.pow(9 - u32::from(options[4])),
            0 => return 1000,
            _ => options = &options[4 + length.next_multiple_of(4)..],
        }
    }
}

/// Reads packet after packet; remembers fragments.
#[derive(Default)]
pub(crate) struct Reader {
    /// By addresses, identification and protocol: ports and kind, payload so far.
    fragments: BTreeMap<(IpAddr, IpAddr, u32), (Key, Vec<u8>)>,
}

impl Reader {
    pub(crate) fn frame(&mut self, ethernet: bool, frame: &[u8]) -> Read {
        if !ethernet {
            return self.ip(frame);
        }
        assert!(frame.len() >= 60, "runt of {} bytes", frame.len());
        let tagged = u16_at(frame, 12) == 0x8100;
        let (kind, rest) = if tagged { (u16_at(frame, 16), &frame[18..]) } else { (u16_at(frame, 12), &frame[14..]) };
        match kind {
            0x0806 => {
                let address = |at: usize| IpAddr::V4(Ipv4Addr::new(rest[at], rest[at + 1], rest[at + 2], rest[at + 3]));
                let (source, destination) = (address(14), address(24));
                let operation = u16_at(rest, 6);
                // Direction matters to ARP: the ends are told apart by a made-up port.
                let key = (0, BTreeSet::from([(source, 1), (destination, 2)]), operation);
                Read {
                    source,
                    destination,
                    protocol: 0,
                    key,
                    fragment: false,
                    tunnelled: false,
                    outer_v6: false,
                    arp: true,
                    transport: rest.to_vec(),
                    extensions: 0,
                }
            }
            0x0800 => {
                assert_eq!(rest[0] >> 4, 4);
                self.padded(rest, usize::from(u16_at(rest, 2)))
            }
            0x86dd => {
                assert_eq!(rest[0] >> 4, 6);
                self.padded(rest, usize::from(u16_at(rest, 4)) + 40)
            }
            other => panic!("ethertype {other:04x}"),
        }
    }

    fn padded(&mut self, rest: &[u8], length: usize) -> Read {
        assert!(rest[length..].iter().all(|&byte| byte == 0) && (rest.len() == length || rest.len() <= 46));
        self.ip(&rest[..length])
    }

    fn ip(&mut self, packet: &[u8]) -> Read {
        if packet[0] >> 4 == 4 { self.ipv4(packet) } else { self.ipv6(packet) }
    }

    fn ipv4(&mut self, packet: &[u8]) -> Read {
        assert_eq!(packet[0], 0x45);
        assert_eq!(usize::from(u16_at(packet, 2)), packet.len());
        assert_eq!(folded(sum(&packet[..20])), 0xffff, "IPv4 header checksum");
        assert!(packet.len() <= 1500 && packet[8] > 0);
        let address = |at: usize| Ipv4Addr::new(packet[at], packet[at + 1], packet[at + 2], packet[at + 3]).into();
        let field = u16_at(packet, 6);
        let (offset, more) = (usize::from(field & 0x1fff) * 8, field & 0x2000 != 0);
        let part = Part { offset, more, id: u32::from(u16_at(packet, 4)) };
        self.network(address(12), address(16), packet[9], part, &packet[20..], None)
    }

    fn ipv6(&mut self, packet: &[u8]) -> Read {
        assert_eq!(usize::from(u16_at(packet, 4)) + 40, packet.len());
        assert!(packet.len() <= 1500 && packet[7] > 0);
        let address = |at: usize| {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&packet[at..at + 16]);
            Ipv6Addr::from(bytes).into()
        };
        let (mut next, mut rest) = (packet[6], &packet[40..]);
        let mut part = Part { offset: 0, more: false, id: 0 };
        let mut extensions = 0;
        while matches!(next, 0 | 60) {
            // Nothing but padding is in them.
            let length = 8 * (usize::from(rest[1]) + 1);
            assert_eq!((rest[2], usize::from(rest[3])), (1, length - 4));
            assert!(rest[4..length].iter().all(|&byte| byte == 0));
            (next, rest) = (rest[0], &rest[length..]);
            extensions += 1;
        }
        if next == 44 {
            let field = u16_at(rest, 2);
            let id = u32::from_be_bytes([rest[4], rest[5], rest[6], rest[7]]);
            part = Part { offset: usize::from(field & !7), more: field & 1 != 0, id };
            (next, rest) = (rest[0], &rest[8..]);
        }
        self.network(address(8), address(24), next, part, rest, Some(extensions))
    }

    fn network(
        &mut self,
        source: IpAddr,
        destination: IpAddr,
        protocol: u8,
        part: Part,
        rest: &[u8],
        extensions: Option<usize>,
    ) -> Read {
        let v6 = extensions.is_some();
        let fragment = part.more || part.offset > 0;
        let read = |key, transport: &[u8]| Read {
            source,
            destination,
            protocol,
            key,
            fragment,
            tunnelled: false,
            outer_v6: v6,
            arp: false,
            transport: transport.to_vec(),
            extensions: extensions.unwrap_or(0),
        };
        if fragment {
            let name = (source, destination, part.id);
            if part.offset == 0 {
                assert!(rest.len().is_multiple_of(8));
                self.fragments.insert(name, (key(source, destination, protocol, rest), Vec::new()));
            }
            let (key, so_far) = self.fragments.get_mut(&name).expect("a fragment after its first");
            assert_eq!(part.offset, so_far.len());
            so_far.extend_from_slice(rest);
            let key = key.clone();
            if !part.more {
                let (_, whole) = self.fragments.remove(&name).unwrap();
                check_transport(source, destination, protocol, &whole);
            }
            return read(key, &[]);
        }
        if protocol == 47 {
            // GRE with a key.
            assert_eq!(u16_at(rest, 0), 0x2000);
            assert!(matches!(u16_at(rest, 2), 0x0800 | 0x86dd));
            return Read { tunnelled: true, outer_v6: v6, ..self.ip(&rest[8..]) };
        }
        check_transport(source, destination, protocol, rest);
        if protocol == 17 && u16_at(rest, 2) == 4789 {
            assert_eq!(rest[8], 0x08);
            assert!(matches!(u16_at(rest, 28), 0x0800 | 0x86dd));
            return Read { tunnelled: true, outer_v6: v6, ..self.ip(&rest[30..]) };
        }
        read(key(source, destination, protocol, rest), rest)
    }
}

struct Part {
    offset: usize,
    more: bool,
    id: u32,
}

fn key(source: IpAddr, destination: IpAddr, protocol: u8, rest: &[u8]) -> Key {
    match protocol {
        6 | 17 => (protocol, BTreeSet::from([(source, u16_at(rest, 0)), (destination, u16_at(rest, 2))]), 0),
        // A question and its answer are one flow; other messages are one with those of the same type and code.
        1 | 58 => match (protocol, rest[0]) {
            (1, 0 | 8) | (58, 128 | 129) => (protocol, BTreeSet::from([(source, 0), (destination, 0)]), 128),
            (58, 135 | 136) => (protocol, BTreeSet::from([(source, 0), (destination, 0)]), 135),
            (_, kind) => {
                (protocol, BTreeSet::from([(source, 1), (destination, 2)]), u16::from(kind) << 8 | u16::from(rest[1]))
            }
        },
        other => panic!("protocol {other}"),
    }
}

fn check_transport(source: IpAddr, destination: IpAddr, protocol: u8, rest: &[u8]) {
    let pseudo = match (source, destination) {
        (IpAddr::V4(a), IpAddr::V4(b)) => sum(&a.octets()) + sum(&b.octets()),
        (IpAddr::V6(a), IpAddr::V6(b)) => sum(&a.octets()) + sum(&b.octets()),
        _ => panic!("families meet"),
    } + u64::from(protocol)
        + rest.len() as u64;
    let total = match protocol {
        1 => sum(rest),
        6 => {
            assert!(usize::from(rest[12] >> 4) * 4 <= rest.len());
            pseudo + sum(rest)
        }
        17 => {
            assert_eq!(usize::from(u16_at(rest, 4)), rest.len());
            assert_ne!(u16_at(rest, 6), 0);
            pseudo + sum(rest)
        }
        58 => pseudo + sum(rest),
        other => panic!("protocol {other}"),
    };
    assert_eq!(folded(total), 0xffff, "checksum of protocol {protocol}");
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.chunks(2).map(|pair| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0))).sum()
}

fn folded(mut sum: u64) -> u64 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

type End = (IpAddr, u16);

/// TCP as it should be: who has sent how much, by flow direction.
#[derive(Default)]
pub(crate) struct Sequences {
    /// By sender and receiver.
    next: BTreeMap<(End, End), u32>,
}

impl Sequences {
    /// Checks one TCP segment of a conversation (whole IP packet, no tunnel): it begins where the one before ended and
    /// acknowledges all that came back.
    pub(crate) fn check(&mut self, ip: &[u8]) {
        let (source, destination, tcp): (IpAddr, IpAddr, &[u8]) = if ip[0] >> 4 == 4 {
            let at = |n: usize| Ipv4Addr::new(ip[n], ip[n + 1], ip[n + 2], ip[n + 3]).into();
            (at(12), at(16), &ip[20..usize::from(u16_at(ip, 2))])
        } else {
            let at = |n: usize| Ipv6Addr::from(<[u8; 16]>::try_from(&ip[n..n + 16]).unwrap()).into();
            (at(8), at(24), &ip[40..40 + usize::from(u16_at(ip, 4))])
        };
        let word = |at: usize| u32::from_be_bytes([tcp[at], tcp[at + 1], tcp[at + 2], tcp[at + 3]]);
        let ends = ((source, u16_at(tcp, 0)), (destination, u16_at(tcp, 2)));
        let (flags, data) = (tcp[13], tcp.len() - usize::from(tcp[12] >> 4) * 4);
        let (syn, fin, rst, ack) = (flags & 2 != 0, flags & 1 != 0, flags & 4 != 0, flags & 16 != 0);
        if !syn && !rst {
            assert_eq!(self.next[&ends], word(4), "sequence number");
        }
        if ack {
            assert_eq!(self.next[&(ends.1, ends.0)], word(8), "acknowledgement number");
        }
        self.next.insert(ends, word(4).wrapping_add(data as u32 + u32::from(syn || fin)));
    }
}
