//! A conversation over UDP: a datagram for each message, in fragments where one is too large for a packet.

use blueline_terms::Moment;

use super::Actor;
use super::flow::{Departure, Flow};
use super::stage::Stage;
use crate::application::{Dialogue, Turn};
use crate::packet::transport::{self, Slice, UDP};
use crate::payload::Payload;
use crate::random::Draw;

pub(crate) struct Udp {
    flow: Flow,
    dialogue: Box<dyn Dialogue>,
    draw: Draw,
    turn: Option<Turn>,
}

impl Udp {
    pub(crate) fn new(flow: Flow, dialogue: Box<dyn Dialogue>, draw: Draw) -> Self {
        Self { flow, dialogue, draw, turn: None }
    }
}

impl Actor for Udp {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let turn = self.turn.take().or_else(|| self.dialogue.next(now, &mut self.draw))?;
        send(&mut self.flow, stage, now, turn.forward, &turn.payload);
        self.turn = self.dialogue.next(now, &mut self.draw);
        self.turn.as_ref().map(|turn| now.plus(turn.wait))
    }
}

/// Sends one datagram.
pub(crate) fn send(flow: &mut Flow, stage: &mut Stage, now: Moment, forward: bool, payload: &Payload) {
    let header = flow.header(forward);
    let slice = Slice { payload, pools: &stage.pools, start: 0, length: payload.length() };
    let packet = transport::udp(&header, flow.ports(forward), Some(slice));
    flow.send(stage, Departure { now, forward, header: &header, protocol: UDP, forged_path: None }, packet);
}
