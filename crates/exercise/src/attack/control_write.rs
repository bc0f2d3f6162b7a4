//! Control-system writes: a conversation that a control system never opened, in one of five protocols.

use super::{About, vectors};
use crate::application::control;
use crate::random::Draw;
use crate::scenario::{Attack, ControlFunction, Method};
use crate::traffic::flow::Flow;
use crate::traffic::stage::Stage;
use crate::traffic::tcp::Tcp;

pub(super) static ABOUT: About = About {
    table: "control_write",
    kind: "control-write",
    finding: "control-write",
    title: "Writes to a control system from where none should come; a look around comes first.",
    source: "Modbus Application Protocol V1.1b3; RFC 1006 and what open dissectors know of S7; IEEE 1815; IEC 60870-5-104; \
             CIP volumes 1 and 2; MITRE ATT&CK for ICS T0855 and T0816",
    vectors: vectors!(ControlFunction),
};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::ControlWrite { function, from, to, writes, every } = attack.method else { return };
    let intruder = stage.any_client(from, &mut draw);
    // The controller that the control system's first pair reads.
    let (Some(from), Some(to)) = (stage.host(from, intruder, attack.family), stage.host(to, 0, attack.family)) else {
        return;
    };
    let protocol = control::protocol(function);
    let port = stage.next_port(from.address, &mut draw);
    let facts = &mut stage.attacks[place];
    facts.flows += 1;
    facts.actors.add(from.address);
    facts.targets.add(to.address);
    facts.ports.add(protocol.port());
    let flow = Flow::new(stage, [from, to], [port, protocol.port()], &mut draw).of_attack(place);
    let dialogue = Box::new(control::Writing::new(function, writes, every, &mut draw));
    stage.begin(attack.start, Tcp::new(flow, dialogue, draw));
}
