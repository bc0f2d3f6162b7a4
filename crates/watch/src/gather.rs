//! Messages that begin in one TCP segment and end in another: gathered until they can be read or are given up, and then
//! forgotten. Only a message whose beginning was recognised is gathered.

use blueline_wire::application::{self, Inspection};
use blueline_wire::packet::{self, LinkType};
use hashbrown::HashMap;

use crate::custody::Canonical;
use crate::segment::ShardInput;

/// Bytes of one message: a TLS ClientHello may have 16 KiB in a record.
const LONGEST_MESSAGE: usize = 16 * 1024 + 256;

/// The messages that one shard is in the middle of, by flow and direction.
#[derive(Default)]
pub(crate) struct Gatherer {
    messages: HashMap<(u32, bool), Vec<u8>, foldhash::fast::FixedState>,
}

impl Gatherer {
    /// A packet of a flow that begins a message (`needed` bytes in all) or may go on with one. What the message says
    /// once it is whole goes to `found`. Says whether more of the flow's packets are to be brought here.
    pub(crate) fn take(
        &mut self,
        flow: u32,
        forward: bool,
        needed: Option<u32>,
        record: &Canonical<'_>,
        found: &mut ShardInput,
    ) -> bool {
        let packet = packet::decode(LinkType(record.link), record.captured, record.original);
        let key = (flow, forward);
        if needed.is_some() {
            self.messages.insert(key, packet.payload[..packet.payload.len().min(LONGEST_MESSAGE)].to_vec());
            return true;
        }
        let Some(message) = self.messages.get_mut(&key) else {
            return self.messages.contains_key(&(flow, !forward));
        };
        message.extend_from_slice(packet.payload);
        let message_done =
            match application::inspect(packet.protocol, packet.source_port, packet.destination_port, message) {
                Inspection::Fact(fact) => {
                    found.note(0, &fact.summary());
                    true
                }
                Inspection::Nothing | Inspection::Malformed(..) => true,
                Inspection::Incomplete { needed, .. } => needed > LONGEST_MESSAGE || message.len() > LONGEST_MESSAGE,
            };
        if message_done {
            self.messages.remove(&key);
        }
        self.messages.contains_key(&key) || self.messages.contains_key(&(flow, !forward))
    }

    /// Gives every message up that is not whole.
    pub(crate) fn clear(&mut self) {
        self.messages.clear();
    }
}
