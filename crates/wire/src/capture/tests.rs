use super::*;

/// A pcap file of `packets` (seconds, fraction, bytes), in either byte order.
fn pcap(magic: u32, big: bool, packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let four = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let two = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut file = four(magic).to_vec();
    file.extend([two(2), two(4)].concat());
    file.extend([four(0), four(0), four(65_535), four(1)].concat());
    for (seconds, fraction, bytes) in packets {
        let length = bytes.len() as u32;
        file.extend([four(*seconds), four(*fraction), four(length), four(length + 5)].concat());
        if magic == 0xa1b2_cd34 {
            file.extend([0; 8]);
        }
        file.extend(*bytes);
    }
    file
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = (padded + 12) as u32;
    let mut block = [kind.to_le_bytes(), length.to_le_bytes()].concat();
    block.extend(body);
    block.resize(8 + padded, 0);
    block.extend(length.to_le_bytes());
    block
}

fn section() -> Vec<u8> {
    block(0x0a0d_0d0a, &[&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat())
}

fn interface(link: u16, options: &[u8]) -> Vec<u8> {
    block(1, &[&link.to_le_bytes()[..], &[0, 0], &0u32.to_le_bytes(), options].concat())
}

fn enhanced(interface: u32, units: u64, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u32;
    let words = [interface, (units >> 32) as u32, units as u32, length, length + 5];
    let mut body: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    body.extend(bytes);
    block(6, &body)
}

#[derive(Debug, PartialEq, Default)]
struct Read {
    packets: Vec<(i64, u32, u16, Vec<u8>)>,
    odd: Vec<(usize, OddityKind)>,
    dropped: u64,
}

/// Feeds a file in pieces of `piece` bytes, as a slow pipe would.
fn read(file: &[u8], piece: usize) -> Read {
    let mut container = Container::recognise(file).expect("a known format");
    let (mut at, mut held, mut read) = (0, piece.min(file.len()), Read::default());
    for _ in 0..10 * file.len() + 100 {
        let ended = held == file.len();
        if ended && at == held {
            return read;
        }
        match container.step(&file[at..held], ended) {
            Step::More { needed } => held = (at + needed).max(held + piece).min(file.len()),
            Step::Skip { consumed, dropped } => {
                at += consumed;
                read.dropped += dropped.map_or(0, |d| d.packets);
            }
            Step::Odd { consumed, kind, .. } => {
                read.odd.push((at, kind));
                at += consumed;
            }
            Step::Packet { record, consumed } => {
                let bytes = file[at + record.start..at + record.start + record.captured].to_vec();
                read.packets.push((record.moment.nanos(), record.original, record.link, bytes));
                at += consumed;
            }
        }
        assert!(at <= held);
    }
    panic!("the reader makes no progress");
}

const A: &[u8] = b"first packet";
const B: &[u8] = b"second";

#[test]
fn pcap_in_every_dialect() {
    for big in [false, true] {
        for (magic, unit) in [(0xa1b2_c3d4, 1000), (0xa1b2_3c4d, 1), (0xa1b2_cd34, 1000)] {
            let file = pcap(magic, big, &[(7, 5, A), (8, 6, B)]);
            for piece in [1, 7, 4096] {
                let read = read(&file, piece);
                assert_eq!(read.packets.len(), 2, "{magic:#x} {big}");
                assert_eq!(read.packets[0], (7_000_000_000 + 5 * unit, 17, 1, A.to_vec()));
                assert_eq!(read.packets[1].0, 8_000_000_000 + 6 * unit);
                assert!(read.odd.is_empty());
            }
        }
    }
}

#[test]
fn a_cut_file_gives_what_it_holds() {
    let file = pcap(0xa1b2_c3d4, false, &[(7, 5, A), (8, 6, B)]);
    for end in 24 + 16 + A.len() + 1..file.len() {
        let read = read(&file[..end], 4096);
        assert_eq!(read.packets.len(), 1);
        assert_eq!(read.odd, [(24 + 16 + A.len(), OddityKind::SourceTruncated)]);
    }
}

#[test]
fn reading_goes_on_behind_damage() {
    let packets: Vec<(u32, u32, &[u8])> = (0..10).map(|n| (100 + n, 0, A)).collect();
    let mut file = pcap(0xa1b2_c3d4, false, &packets);
    let third = 24 + 2 * (16 + A.len());
    file[third + 8..third + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    for piece in [1, 4096] {
        let read = read(&file, piece);
        assert_eq!(read.packets.len(), 9);
        assert_eq!(read.odd, [(third, OddityKind::SourceDamaged)]);
    }
}

#[test]
fn pcapng_sections_interfaces_and_resolutions() {
    let nano: &[u8] = &[9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let binary: &[u8] = &[9, 0, 1, 0, 0x80 | 10, 0, 0, 0];
    let file = [
        section(),
        interface(1, &[]),
        interface(101, nano),
        enhanced(0, 2_000_001, A),
        enhanced(1, 5, B),
        block(3, &[&(B.len() as u32).to_le_bytes(), B].concat()),
        section(),
        interface(113, binary),
        enhanced(0, 1536, A),
        block(5, &[&0u32.to_le_bytes()[..], &[0; 8], &[5, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0]].concat()),
    ]
    .concat();
    for piece in [1, 13, 4096] {
        let read = read(&file, piece);
        let seen: Vec<_> = read.packets.iter().map(|p| (p.0, p.2, &p.3[..])).collect();
        assert_eq!(
            seen,
            [(2_000_001_000, 1, A), (100_000_000_005, 101, B), (100_000_000_005, 1, B), (1_500_000_000, 113, A),]
        );
        assert_eq!((read.dropped, read.odd.len()), (3, 0));
    }
}

#[test]
fn pcapng_goes_on_behind_damage() {
    let mut file = [section(), interface(1, &[]), enhanced(0, 1, A), enhanced(0, 2, A), enhanced(0, 3, B)].concat();
    let second = section().len() + interface(1, &[]).len() + enhanced(0, 1, A).len();
    file[second + 4] = 0xff;
    let read = read(&file, 4096);
    assert_eq!(read.packets.len(), 2);
    assert_eq!(read.odd, [(second, OddityKind::SourceDamaged)]);
}

#[test]
fn what_is_found_behind_damage_does_not_depend_on_the_pieces() {
    // A long packet whose bytes hold a whole record: who has not seen the end of the long one must not take the other.
    let within = enhanced(0, 9, B);
    let long = enhanced(0, 2, &[&[7; 400][..], &within, &[7; 400]].concat());
    let damage = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let next = [section(), interface(1, &[]), damage.to_vec(), long, enhanced(0, 3, A)].concat();

    // A record whose next one lies behind everything that is searched through at a time.
    let record = |length: u32| [100, 0, length, length].map(u32::to_le_bytes).concat();
    let far = [record(200_000), vec![0; 200_000], record(80_000), vec![0; 80_000], record(9), vec![0; 9]].concat();
    let classic = [pcap(0xa1b2_c3d4, false, &[(100, 0, A)]), vec![0xff; 16], far].concat();
    for (file, packets) in [(next, 2), (classic, 1)] {
        let whole = read(&file, file.len());
        assert!(whole.packets.len() >= packets && !whole.odd.is_empty());
        for piece in [1, 64, 1000, 65_536] {
            assert!(read(&file, piece) == whole, "in pieces of {piece}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_walked_to_their_end(tail: Vec<u8>, ng: bool, flip: usize) {
        let mut file = if ng { [section(), interface(1, &[]), enhanced(0, 1, A)].concat() } else { pcap(0xa1b2_c3d4, false, &[(7, 5, A)]) };
        let at = 12 + flip % (file.len() - 12);
        file[at] ^= flip as u8;
        file.extend(tail);
        let whole = read(&file, file.len());
        proptest::prop_assert!(whole.packets.len() <= file.len());
    }
}
