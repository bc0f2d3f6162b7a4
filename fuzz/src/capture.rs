//! Walking the containers of captures, as a reader of a source does.

use std::ops::Range;

use blueline_terms::OddityKind;
use blueline_wire::capture::{Container, Record, Step};

/// What a walk through a container met.
#[derive(Debug, Default, PartialEq)]
pub struct Walk {
    /// Packet records with their captured bytes.
    pub packets: Vec<(Record, Vec<u8>)>,
    /// Where in the file each record is, from its header to its last byte.
    pub extents: Vec<Range<usize>>,
    /// What was odd, with its offset.
    pub odd: Vec<(usize, OddityKind, String)>,
    /// Losses that the capture tells of.
    pub dropped: Vec<(u32, u64)>,
}

/// Walks through `file`, of which `piece` more bytes come each time that more are asked for. `quick` takes the short way
/// to a packet where there is one.
pub fn walk(file: &[u8], piece: usize, quick: bool) -> Walk {
    let mut walk = Walk::default();
    let Some(mut container) = Container::recognise(file) else { return walk };
    let (mut at, mut held) = (0, piece.min(file.len()));
    // Every step but a request for more takes at least a byte or ends a search for one; a request gets at least one.
    for _ in 0..4 * file.len() + 64 {
        let ended = held == file.len();
        if ended && at == held {
            return walk;
        }
        let input = &file[at..held];
        let short_way = if quick { container.packet(input) } else { None };
        let step = match short_way {
            Some((record, consumed)) => Step::Packet { record, consumed },
            None => container.step(input, ended),
        };
        match step {
            Step::More { needed } => {
                assert!(!ended && needed > input.len(), "{needed} bytes asked for, {} are there", input.len());
                held = (at + needed).max(held + piece).min(file.len());
            }
            Step::Skip { consumed, dropped } => {
                walk.dropped.extend(dropped.map(|dropped| (dropped.interface, dropped.packets)));
                at += consumed;
            }
            Step::Odd { consumed, kind, detail } => {
                assert!(consumed > 0 && !detail.is_empty());
                walk.odd.push((at, kind, detail));
                at += consumed;
            }
            Step::Packet { record, consumed } => {
                assert!(record.start + record.captured <= consumed);
                let captured = input[record.start..record.start + record.captured].to_vec();
                walk.packets.push((record, captured));
                walk.extents.push(at..at + consumed);
                at += consumed;
            }
        }
        assert!(at <= held, "more was taken than was there");
    }
    panic!("the walk does not end");
}
