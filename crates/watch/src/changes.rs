//! What the live flows of one shard did since the last beat.

use blueline_terms::{
    Change, Changes, Counts, FlowId, Fragment, Messages, Moment, Observation, Saying, Span, Speaker, Standing, Weight,
};
use blueline_wire::application::Role;

use crate::flow::{Flow, Known, Seen, State, add};
use crate::layers::Layers;
use crate::segment::{FactNote, FactText};

/// Changes of one shard, told at each beat.
pub(crate) struct ShardChanges {
    changes: Changes,
    /// Number of the beat under way, from 1. When it wraps, a flow that was last seen exactly 2^32 beats ago is in doubt;
    /// its place is then checked.
    beat: u32,
}

/// Where and when something was said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) moment: Moment,
    pub(crate) forward: bool,
}

impl Default for ShardChanges {
    fn default() -> Self {
        Self { changes: Changes::default(), beat: 1 }
    }
}

impl ShardChanges {
    /// What is to be told now.
    pub(crate) fn told(&mut self) -> &mut Changes {
        &mut self.changes
    }

    /// Begins the next beat with nothing.
    pub(crate) fn begin(&mut self) {
        self.changes.clear();
        self.beat = self.beat.wrapping_add(1).max(1);
    }

    /// Counts a packet that its flow has counted already; `before` is what was seen of the flow until then.
    #[inline]
    pub(crate) fn count(&mut self, flow: &mut Flow, before: Seen, packet: &Observation, known: Known, layers: &Layers) {
        let Self { changes, beat } = self;
        if flow.beat != *beat || flow.change as usize >= changes.rows.len() {
            (flow.beat, flow.change) = (*beat, changes.rows.len() as u32);
            let tunnel = layers.tunnel(flow.place()).map_or(0, |tunnel| changes.tunnel_number(tunnel));
            changes.rows.push(blank(flow, before, packet, tunnel));
        }
        let forward = flow.is_forward(packet, known.ports.0);
        let row = &mut changes.rows[flow.change as usize];
        row.span = row.span.join(Span::at(packet.moment));
        add(if forward { &mut row.forward } else { &mut row.backward }, packet);
        if packet.fragment != Fragment::Whole {
            row.fragments = row.fragments.saturating_add(1);
            row.overlaps = row.overlaps.saturating_add(u16::from(known.overlaps));
        }
        if packet.extensions > 0 {
            row.extended = row.extended.saturating_add(1);
        }
        row.standing = row.standing.with(standing(flow));
    }

    /// Takes note of a message of a flow whose packet was counted.
    pub(crate) fn hear(&mut self, flow: &Flow, heard: Heard, fact: &FactNote, text: FactText<'_>) {
        let change = flow.change;
        let Some(row) = self.changes.rows.get_mut(change as usize) else { return };
        row.application = flow.application;
        let messages = &mut row.messages;
        let speaker = match fact.role {
            Role::Request => Speaker::Request,
            Role::Response => Speaker::Response,
            Role::Unknown => Speaker::Unknown,
        };
        match speaker {
            Speaker::Request => messages.requests = messages.requests.saturating_add(1),
            Speaker::Response => messages.responses = messages.responses.saturating_add(1),
            Speaker::Unknown => {}
        }
        messages.refusals = messages.refusals.saturating_add(u16::from(fact.refused));
        messages.code = fact.code.unwrap_or(messages.code);
        messages.largest = messages.largest.max(fact.size);
        if tells(fact, text, speaker) {
            self.changes.say(&Saying {
                change,
                forward: heard.forward,
                moment: heard.moment,
                application: fact.application,
                speaker,
                code: fact.code,
                weight: fact.weight,
                refused: fact.refused,
                size: fact.size,
                name: text.name,
                offered: text.offered,
                ja4: text.ja4,
            });
        }
    }
}

/// Whether a message says more than counts can tell. Answers repeat the names of their questions.
fn tells(fact: &FactNote, text: FactText<'_>, speaker: Speaker) -> bool {
    let named = !text.name.is_empty() || !text.offered.is_empty() || !text.ja4.is_empty();
    fact.weight > Weight::Read || fact.refused || named && speaker != Speaker::Response
}

#[inline]
fn standing(flow: &Flow) -> Standing {
    let bit = |set: bool, bit: Standing| if set { bit } else { Standing::default() };
    Standing::default()
        .with(bit(flow.seen.has(Seen::BOTH), Standing::ANSWERED))
        .with(bit(flow.seen.has(Seen::SYN), Standing::SYN))
        .with(bit(flow.seen.has(Seen::ANSWER_FIRST), Standing::ANSWER_FIRST))
        .with(bit(flow.state.is_closed(), Standing::CLOSED))
        .with(bit(flow.state.has(State::RESET), Standing::RESET))
}

fn blank(flow: &Flow, before: Seen, packet: &Observation, tunnel: u32) -> Change {
    let opening = if before.nothing() { Standing::OPENING } else { Standing::default() };
    let answered = if before.has(Seen::BOTH) { Standing::WAS_ANSWERED } else { Standing::default() };
    Change {
        id: FlowId { batch: flow.batch, ordinal: flow.ordinal },
        sensor: flow.sensor,
        span: Span::at(packet.moment),
        source: flow.source,
        destination: flow.destination,
        source_port: flow.source_port,
        destination_port: flow.destination_port,
        network: flow.network,
        protocol: flow.protocol,
        application: flow.application,
        standing: opening.with(answered),
        forward: Counts::default(),
        backward: Counts::default(),
        fragments: 0,
        overlaps: 0,
        extended: 0,
        tunnel,
        messages: Messages::default(),
    }
}
