//! Control-system writes: a conversation by Modbus that a control system never opened.

use crate::application::modbus;
use crate::random::Draw;
use crate::scenario::{Attack, Method};
use crate::traffic::flow::Flow;
use crate::traffic::stage::Stage;
use crate::traffic::tcp::Tcp;

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::ControlWrite { function, from, to, writes, every } = attack.method else { return };
    let intruder = stage.any_client(from, &mut draw);
    // The controller that the control system's first pair reads.
    let (Some(from), Some(to)) = (stage.host(from, intruder, attack.family), stage.host(to, 0, attack.family)) else {
        return;
    };
    let port = stage.next_port(from.address, &mut draw);
    let facts = &mut stage.attacks[place];
    facts.flows += 1;
    facts.actors.add(from.address);
    facts.targets.add(to.address);
    facts.ports.add(modbus::PORT);
    let flow = Flow::new(stage, [from, to], [port, modbus::PORT], &mut draw).of_attack(place);
    let dialogue = Box::new(modbus::Writing::new(function, writes, every, &mut draw));
    stage.begin(attack.start, Tcp::new(flow, dialogue, draw));
}
