//! Changes: what live flows did since they were last told of, for those who must not wait until a flow has ended.

use crate::address::Address;
use crate::flow::{Counts, FlowId};
use crate::mission::SensorIndex;
use crate::moment::{Moment, Span};
use crate::observation::{Application, Network, Tunnel, Weight};

/// What one live flow did since its last change was told, which is a second of event time at most.
///
/// Forward is the way of the flow's opener, as in [`crate::FlowBatch`]. The counts are those of this change alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The flow.
    pub id: FlowId,
    /// The sensor that saw it; `None` where the source was bound to no declared sensor.
    pub sensor: Option<SensorIndex>,
    /// First and last packet of the change.
    pub span: Span,
    /// Who sent the flow's first packet.
    pub source: Address,
    /// Who was to receive it.
    pub destination: Address,
    /// The sender's port (see [`crate::Observation`] for ICMP).
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// Network layer.
    pub network: Network,
    /// IP protocol number; for ARP the operation.
    pub protocol: u8,
    /// Application protocol, as far as it is known by now.
    pub application: Application,
    /// What the flow has been through.
    pub standing: Standing,
    /// The way of the opener.
    pub forward: Counts,
    /// The way back.
    pub backward: Counts,
    /// Fragments, both ways.
    pub fragments: u16,
    /// Fragments that overlap others.
    pub overlaps: u16,
    /// Packets with IPv6 extension headers, both ways; a fragment header is none here.
    pub extended: u16,
    /// 0, or one more than the place of the tunnel in [`Changes::tunnels`].
    pub tunnel: u32,
    /// What messages there were.
    pub messages: Messages,
}

/// What a live flow has been through, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing(pub u8);

impl Standing {
    /// The flow's first packet is in this change.
    pub const OPENING: Self = Self(1);
    /// Packets were seen both ways before this change.
    pub const WAS_ANSWERED: Self = Self(2);
    /// Packets were seen both ways by the end of it.
    pub const ANSWERED: Self = Self(4);
    /// TCP has said goodbye, both ways or by reset.
    pub const CLOSED: Self = Self(8);
    /// TCP was reset.
    pub const RESET: Self = Self(16);
    /// The first packet seen was an answer: SYN with ACK, though its request was not seen.
    pub const ANSWER_FIRST: Self = Self(32);
    /// The opener's SYN was seen, in this change or before.
    pub const SYN: Self = Self(64);

    /// Whether all of `bits` are set.
    pub const fn has(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }

    /// With `bits` set as well.
    pub const fn with(self, bits: Self) -> Self {
        Self(self.0 | bits.0)
    }
}

/// The application messages of a change, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// Messages recognised as requests.
    pub requests: u16,
    /// Messages recognised as responses.
    pub responses: u16,
    /// Responses that refuse: a name that does not exist, a login that failed.
    pub refusals: u16,
    /// The latest message's code in its protocol's numbers; 0 where it has none.
    pub code: u16,
    /// The largest message in bytes.
    pub largest: u32,
}

/// A message that said more than counts can tell: a name, a fingerprint, a control-system function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying<'a> {
    /// Place of the flow's change in [`Changes::rows`].
    pub change: u32,
    /// Whether the flow's opener said it.
    pub forward: bool,
    /// When.
    pub moment: Moment,
    /// Whose message it is.
    pub application: Application,
    /// Whether it is a request, a response, or one of unknown side.
    pub speaker: Speaker,
    /// The message's kind in the protocol's own numbers.
    pub code: Option<u16>,
    /// What a control-system message can change.
    pub weight: Weight,
    /// Whether it refuses what was asked.
    pub refused: bool,
    /// Its bytes.
    pub size: u32,
    /// A name: of a DNS question, a TLS server, an HTTP host, an SSH banner; empty where there is none.
    pub name: &'a str,
    /// The first protocol that a TLS client offered (ALPN), or the HTTP method.
    pub offered: &'a str,
    /// The TLS client's JA4 fingerprint.
    pub ja4: &'a str,
}

/// Which side of an exchange speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// Neither header nor ports tell.
    #[default]
    Unknown,
    /// It asks.
    Request,
    /// It answers.
    Response,
}

/// What the live flows of one shard or one sensor did in a stretch of event time of a second at most.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// One row for each flow that changed. A flow may have two only where the first was its end.
    pub rows: Vec<Change>,
    /// The tunnels that rows point to.
    pub tunnels: Vec<Tunnel>,
    sayings: Vec<Said>,
    text: String,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    change: u32,
    forward: bool,
    refused: bool,
    application: Application,
    speaker: Speaker,
    weight: Weight,
    code: Option<u16>,
    size: u32,
    moment: Moment,
    text: u32,
    lengths: [u8; 3],
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes everything out and keeps the room for the next ones.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.tunnels.clear();
        self.sayings.clear();
        self.text.clear();
    }

    /// The tunnel that a row came in.
    pub fn tunnel_of(&self, row: &Change) -> Option<&Tunnel> {
        self.tunnels.get((row.tunnel as usize).checked_sub(1)?)
    }

    /// The number by which rows point to this tunnel. Rows of one tunnel come in runs, so looking at the last finds most.
    pub fn tunnel_number(&mut self, tunnel: Tunnel) -> u32 {
        if self.tunnels.last() != Some(&tunnel) {
            self.tunnels.push(tunnel);
        }
        self.tunnels.len() as u32
    }

    /// Adds what was said. Texts longer than 255 bytes are cut at a character.
    pub fn say(&mut self, saying: &Saying<'_>) {
        let start = self.text.len() as u32;
        let mut keep = |text: &str| {
            let text = &text[..text.floor_char_boundary(usize::from(u8::MAX))];
            self.text.push_str(text);
            text.len() as u8
        };
        let lengths = [keep(saying.name), keep(saying.offered), keep(saying.ja4)];
        self.sayings.push(Said {
            change: saying.change,
            forward: saying.forward,
            refused: saying.refused,
            application: saying.application,
            speaker: saying.speaker,
            weight: saying.weight,
            code: saying.code,
            size: saying.size,
            moment: saying.moment,
            text: start,
            lengths,
        });
    }

    /// How many sayings there are.
    pub fn saying_count(&self) -> usize {
        self.sayings.len()
    }

    /// The saying with this number; `None` beyond the last.
    pub fn saying(&self, number: usize) -> Option<Saying<'_>> {
        let said = self.sayings.get(number)?;
        let mut at = said.text as usize;
        let mut take = |length: u8| {
            let piece = self.text.get(at..at + usize::from(length)).unwrap_or_default();
            at += usize::from(length);
            piece
        };
        Some(Saying {
            change: said.change,
            forward: said.forward,
            moment: said.moment,
            application: said.application,
            speaker: said.speaker,
            code: said.code,
            weight: said.weight,
            refused: said.refused,
            size: said.size,
            name: take(said.lengths[0]),
            offered: take(said.lengths[1]),
            ja4: take(said.lengths[2]),
        })
    }

    /// Everything that was said, in order.
    pub fn sayings(&self) -> impl Iterator<Item = Saying<'_>> {
        (0..self.sayings.len()).filter_map(|number| self.saying(number))
    }
}

const _: () = assert!(size_of::<Change>() == 128);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_given_back() {
        let mut changes = Changes::default();
        let saying = Saying {
            change: 3,
            forward: true,
            moment: Moment::from_seconds(7, 0),
            application: Application::Tls,
            speaker: Speaker::Request,
            code: Some(1),
            weight: Weight::Read,
            refused: false,
            size: 517,
            name: "example.org",
            offered: "h2",
            ja4: "t13d1516h2_8daaf6152771_02713d6af862",
        };
        let plain = Saying { name: "", offered: "", ja4: "", change: 4, ..saying };
        changes.say(&saying);
        changes.say(&plain);
        assert_eq!(changes.sayings().collect::<Vec<_>>(), [saying, plain]);
        changes.clear();
        assert_eq!(changes.saying(0), None);
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let mut changes = Changes::default();
        let name = "é".repeat(200);
        let moment = Moment::default();
        let (application, speaker, weight) = (Application::Dns, Speaker::Request, Weight::Read);
        let (code, refused, size) = (None, false, 1);
        changes.say(&Saying {
            change: 0,
            forward: true,
            moment,
            application,
            speaker,
            code,
            weight,
            refused,
            size,
            name: &name,
            offered: "x",
            ja4: "",
        });
        let said = changes.saying(0).unwrap();
        assert_eq!((said.name.len(), said.offered), (254, "x"));
    }
}
