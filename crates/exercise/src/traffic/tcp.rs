//! A TCP conversation (RFC 9293): handshake, segments with acknowledgements, goodbye. No losses.

use std::time::Duration;

use blueline_terms::Moment;
use blueline_terms::tcp as flags;

use super::Actor;
use super::flow::{Departure, Flow};
use super::stage::Stage;
use crate::application::{Dialogue, Turn};
use crate::packet::transport::{self, Segment, Slice, TCP};
use crate::random::Draw;

/// An answer that comes this soon carries the acknowledgement with it (RFC 9293, section 3.8.6.3).
const PIGGYBACK: Duration = Duration::from_millis(40);

pub(crate) struct Tcp {
    flow: Flow,
    dialogue: Box<dyn Dialogue>,
    draw: Draw,
    phase: Phase,
    /// Time between sensor and opener, there and back; the same towards the answerer.
    round_trips: [Duration; 2],
    /// Time between two segments of one message.
    pace: Duration,
    /// Next sequence number of opener and answerer.
    sequence: [u32; 2],
    turn: Option<Turn>,
    /// How much of the turn has been sent.
    sent: usize,
    /// Segments that the receiver has not acknowledged.
    owed: u8,
    /// How the opener leaves: by reset instead of FIN.
    abrupt: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Syn,
    SynAck,
    Established,
    Talking,
    /// The receiver acknowledges in the middle of a message, or at its end.
    Acknowledging {
        forward: bool,
        more: bool,
    },
    OpenerLeaves,
    AnswererLeaves,
    LastAcknowledgement,
}

/// What happened in the middle of a conversation, and when to go on.
type Next = Option<Moment>;

impl Tcp {
    pub(crate) fn new(flow: Flow, dialogue: Box<dyn Dialogue>, mut draw: Draw) -> Self {
        let round_trips = [draw.millis(1, 30), draw.millis(2, 80)];
        let pace = draw.wait(Duration::from_micros(20), Duration::from_micros(400));
        let first = draw.bits();
        let abrupt = draw.chance(0.04);
        Self {
            flow,
            dialogue,
            draw,
            phase: Phase::Syn,
            round_trips,
            pace,
            sequence: [first as u32, (first >> 32) as u32],
            turn: None,
            sent: 0,
            owed: 0,
            abrupt,
        }
    }

    fn segment(&mut self, now: Moment, stage: &mut Stage, forward: bool, bits: u8, length: usize) {
        let header = self.flow.header(forward);
        let (source_port, destination_port) = self.flow.ports(forward);
        let (own, other) = if forward { (0, 1) } else { (1, 0) };
        let segment = Segment {
            source_port,
            destination_port,
            sequence: self.sequence[own],
            acknowledgement: if bits & flags::ACK != 0 { self.sequence[other] } else { 0 },
            flags: bits,
            window: if bits & flags::SYN != 0 { 64_240 } else { 501 },
            mss: self.flow.largest_segment() as u16,
        };
        let content = self.turn.as_ref().filter(|_| length > 0).map(|turn| Slice {
            payload: &turn.payload,
            pools: &stage.pools,
            start: self.sent,
            length,
        });
        let packet = transport::tcp(&header, &segment, content);
        // SYN and FIN take a place in the sequence.
        let takes = length as u32 + u32::from(bits & (flags::SYN | flags::FIN) != 0);
        self.sequence[own] = self.sequence[own].wrapping_add(takes);
        let departure = Departure { now, forward, header: &header, protocol: TCP, forged_path: None };
        self.flow.send(stage, departure, packet);
    }

    /// Time until the other side's answer passes the sensor.
    fn answer_time(&self, answering_forward: bool) -> Duration {
        self.round_trips[usize::from(!answering_forward)]
    }

    /// Takes up the next message, or the goodbye.
    fn go_on(&mut self, now: Moment, last_forward: bool) -> Next {
        self.sent = 0;
        self.turn = self.dialogue.next(now, &mut self.draw);
        let Some(turn) = &self.turn else {
            self.phase = Phase::OpenerLeaves;
            return Some(now.plus(self.draw.millis(1, 20)));
        };
        self.phase = Phase::Talking;
        let reply = if turn.forward == last_forward { self.pace } else { self.answer_time(turn.forward) };
        Some(now.plus(turn.wait.max(reply)))
    }

    fn talk(&mut self, now: Moment, stage: &mut Stage) -> Next {
        let Some(turn) = &self.turn else { return self.go_on(now, true) };
        let (forward, length) = (turn.forward, turn.payload.length());
        let part = (length - self.sent).min(self.flow.largest_segment());
        let more = self.sent + part < length;
        let push = if more { 0 } else { flags::PSH };
        self.segment(now, stage, forward, flags::ACK | push, part);
        self.sent += part;
        self.owed += 1;
        if more && self.owed < 2 {
            return Some(now.plus(self.pace));
        }
        if more {
            self.phase = Phase::Acknowledging { forward: !forward, more };
            return Some(now.plus(self.pace));
        }
        let next = self.go_on(now, forward);
        let answered = self.turn.as_ref().is_some_and(|next| next.forward != forward && next.wait < PIGGYBACK);
        if answered {
            self.owed = 0;
            return next;
        }
        // The acknowledgement goes before what comes next; that waits for its time in `acknowledge`.
        self.phase = Phase::Acknowledging { forward: !forward, more };
        Some(now.plus(self.answer_time(!forward).min(PIGGYBACK)))
    }

    fn acknowledge(&mut self, now: Moment, stage: &mut Stage, forward: bool, more: bool) -> Next {
        self.segment(now, stage, forward, flags::ACK, 0);
        self.owed = 0;
        let Some(turn) = &self.turn else {
            self.phase = Phase::OpenerLeaves;
            return Some(now.plus(self.pace));
        };
        self.phase = Phase::Talking;
        Some(now.plus(if more { self.pace } else { turn.wait.max(self.pace) }))
    }
}

impl Actor for Tcp {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Next {
        match self.phase {
            Phase::Syn => {
                self.segment(now, stage, true, flags::SYN, 0);
                self.phase = Phase::SynAck;
                Some(now.plus(self.answer_time(false)))
            }
            Phase::SynAck => {
                self.segment(now, stage, false, flags::SYN | flags::ACK, 0);
                self.phase = Phase::Established;
                Some(now.plus(self.answer_time(true)))
            }
            Phase::Established => {
                self.segment(now, stage, true, flags::ACK, 0);
                self.go_on(now, true)
            }
            Phase::Talking => self.talk(now, stage),
            Phase::Acknowledging { forward, more } => self.acknowledge(now, stage, forward, more),
            Phase::OpenerLeaves if self.abrupt => {
                self.segment(now, stage, true, flags::RST | flags::ACK, 0);
                None
            }
            Phase::OpenerLeaves => {
                self.segment(now, stage, true, flags::FIN | flags::ACK, 0);
                self.phase = Phase::AnswererLeaves;
                Some(now.plus(self.answer_time(false)))
            }
            Phase::AnswererLeaves => {
                self.segment(now, stage, false, flags::FIN | flags::ACK, 0);
                self.phase = Phase::LastAcknowledgement;
                Some(now.plus(self.answer_time(true)))
            }
            Phase::LastAcknowledgement => {
                self.segment(now, stage, true, flags::ACK, 0);
                None
            }
        }
    }
}
