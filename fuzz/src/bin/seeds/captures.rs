//! Captures in every dialect, their packing, and the frames in them.

use std::collections::BTreeSet;

use blueline_exercise::{Recorder, Scenario};
use blueline_fuzz::capture::walk;
use blueline_fuzz::packing;
use blueline_wire::packet::{LinkType, decode};

use crate::texts::EVERYTHING;

/// A capture is not longer than this by more than a packet: long ones make a fuzzer slow.
const BYTES: usize = 3_000;
/// So many packets of a scenario are looked through for different frames.
const PACKETS: usize = 20_000;

/// Seeds for containers: no gap, pieces of a few sizes.
pub(crate) fn containers() -> Vec<Vec<u8>> {
    let files = plain().into_iter().enumerate();
    let mut seeds: Vec<Vec<u8>> = files.map(|(n, file)| [&[(n * 37) as u8, 0], &file[..]].concat()).collect();
    // One with a long gap in the middle.
    seeds.push([&[200, 255], &pcap(0xa1b2_c3d4, false)[..]].concat());
    seeds
}

/// Seeds for sources: stored and trickling, with one thread and two, packed by the target and before it.
pub(crate) fn sources() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (number, file) in plain().into_iter().enumerate() {
        let way = [0, 1, 2, 64, 128, 140, 193, 255][number % 8];
        seeds.push([&[way], &file[..]].concat());
    }
    let file = pcap(0xa1b2_c3d4, false);
    let twice = [packing::gzip(&file[..40]), packing::gzip(&file[40..])].concat();
    // RFC 8878, 3.1.2: a frame that is to be skipped, before the one that holds the capture.
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7][..], &packing::zstd(&file)].concat();
    let cut = packing::gzip(&file)[..60].to_vec();
    seeds.extend(
        [packing::gzip(&file), twice, packing::zstd(&file), skipped, cut].map(|file| [&[0], &file[..]].concat()),
    );
    seeds
}

/// Seeds for the packet decoder: a frame of each kind that an exercise makes.
pub(crate) fn frames() -> Vec<Vec<u8>> {
    let mut kinds = BTreeSet::new();
    let mut seeds = Vec::new();
    for capture in recorded(usize::MAX) {
        for (record, frame) in walk(&capture, capture.len(), true).packets {
            let packet = decode(LinkType(record.link), &frame, record.original);
            let tunnel = packet.tunnel.map(|tunnel| format!("{:?}", tunnel.kind));
            let kind = (record.link, packet.network as u8, packet.protocol, tunnel, packet.fragment as u8);
            if kinds.insert(kind) {
                let link = LinkType::DECODED.iter().position(|link| link.0 == record.link).unwrap_or_default();
                seeds.push([&(link as u16).to_be_bytes()[..], &[0], &frame].concat());
            }
        }
    }
    seeds
}

/// Captures that are not packed.
pub(crate) fn plain() -> Vec<Vec<u8>> {
    let mut files = recorded(BYTES);
    for big in [false, true] {
        // The magic numbers of libpcap, of its dialects in nanoseconds and with longer records, and of IXIA's.
        files.extend([0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34, 0x1c00_01ac].map(|magic| pcap(magic, big)));
        files.push(pcapng(big));
    }
    let damaged = |mut file: Vec<u8>, at: usize| {
        file[at] = 0xff;
        file
    };
    files.extend([damaged(pcap(0xa1b2_c3d4, false), 34), damaged(pcapng(false), 200)]);
    // Damage before a packet that holds a whole block.
    files.push([&pcapng(false)[..], &[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], &nested()].concat());
    // A step forward, a step back to a period that is closed, and a jump too far to be believed at once.
    files.push(pcap_at(0xa1b2_3c4d, false, &[0, 300, 301, 0, 302, 90_000, 303]));
    files
}

/// What the sensors of an exercise record, up to about so many bytes each.
fn recorded(most: usize) -> Vec<Vec<u8>> {
    let scenario = Scenario::parse(EVERYTHING).expect("a scenario of the tests");
    let mut recorder = Recorder::new(&scenario);
    let mut captures = recorder.headers();
    let mut buffers = vec![Vec::new(); captures.len()];
    for _ in 0..PACKETS {
        if recorder.advance(&mut buffers).is_none() || captures.iter().all(|capture| capture.len() >= most) {
            break;
        }
        for (capture, buffer) in captures.iter_mut().zip(&mut buffers) {
            if capture.len() < most {
                capture.append(buffer);
            }
            buffer.clear();
        }
    }
    captures
}

/// A block with a packet (pcapng, 4.3) that has another such block among its bytes.
fn nested() -> Vec<u8> {
    let block = |packet: &[u8]| {
        let length = (packet.len() as u32 + 32).to_le_bytes();
        let captured = (packet.len() as u32).to_le_bytes();
        [&[6, 0, 0, 0][..], &length, &[0; 12], &captured, &captured, packet, &length].concat()
    };
    block(&[&[7; 100][..], &block(&[8; 20]), &[7; 300]].concat())
}

/// An IPv4 packet with a DNS question from 198.18.0.1 to 198.19.0.1.
fn question() -> Vec<u8> {
    let dns = crate::hex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001");
    let udp = [&crate::hex("c491 0035 0025 0000")[..], &dns].concat();
    [&crate::hex("4500 0039 0001 0000 40 11 0000 c6120001 c6130001")[..], &udp].concat()
}

/// A pcap file of three packets in a dialect, a second between them.
fn pcap(magic: u32, big: bool) -> Vec<u8> {
    pcap_at(magic, big, &[0, 1, 2])
}

/// A pcap file of packets at these seconds.
fn pcap_at(magic: u32, big: bool, seconds: &[u32]) -> Vec<u8> {
    let four = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let two = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let mut file = [&four(magic)[..], &two(2), &two(4), &four(0), &four(0), &four(65_535), &four(101)].concat();
    if magic == 0x1c00_01ac {
        file.extend(four(0));
    }
    let packet = question();
    for second in seconds {
        let length = packet.len() as u32;
        file.extend([1_772_323_200 + second, 500 + second, length, length].map(four).concat());
        if magic == 0xa1b2_cd34 {
            file.extend([0; 8]);
        }
        file.extend(&packet);
    }
    file
}

/// A pcapng file of two sections, with three interfaces of different links and clocks and every block with a packet.
fn pcapng(big: bool) -> Vec<u8> {
    let four = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let two = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let block = |kind: u32, body: &[u8]| {
        let padded = [body, &[0; 3][..body.len().next_multiple_of(4) - body.len()]].concat();
        let length = four(padded.len() as u32 + 12);
        [&four(kind)[..], &length, &padded, &length].concat()
    };
    let option = |code: u16, value: &[u8]| {
        let padding = value.len().next_multiple_of(4) - value.len();
        [&two(code)[..], &two(value.len() as u16), value, &[0; 3][..padding]].concat()
    };
    let section = || block(0x0a0d_0d0a, &[&four(0x1a2b_3c4d)[..], &two(1), &two(0), &[0xff; 8]].concat());
    let interface = |link: u16, options: &[u8]| block(1, &[&two(link)[..], &two(0), &four(0), options].concat());
    let packet = question();
    let length = four(packet.len() as u32);
    let enhanced = |number: u32, high: u32, low: u32| {
        block(6, &[&[number, high, low].map(four).concat()[..], &length, &length, &packet].concat())
    };
    let offset = if big { 100_i64.to_be_bytes() } else { 100_i64.to_le_bytes() };
    let lost = if big { 3_u64.to_be_bytes() } else { 3_u64.to_le_bytes() };
    [
        section(),
        // if_tsresol and if_tsoffset: nanoseconds, a hundred seconds late; then units of 2^-10 seconds.
        interface(101, &[option(9, &[9]), option(14, &offset), option(0, &[])].concat()),
        interface(228, &[option(9, &[0x8a])].concat()),
        enhanced(0, 0x1890_0000, 7),
        enhanced(1, 0x19a, 0x1000_0000),
        block(3, &[&length[..], &packet].concat()),
        // The obsolete packet block, with a count of drops.
        block(2, &[&two(0)[..], &two(2), &four(0x1890_0000), &four(9), &length, &length, &packet].concat()),
        block(4, &[0; 4]),
        block(5, &[&four(0)[..], &[0; 8], &option(5, &lost)].concat()),
        section(),
        interface(1, &[]),
        enhanced(0, 0x6_4b00, 0),
        // Of an interface that nobody described.
        enhanced(9, 0, 0),
    ]
    .concat()
}
