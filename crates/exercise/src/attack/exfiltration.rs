//! Exfiltration: one host carries a lot out to another, fast or slowly, in one conversation or several.

use blueline_terms::Moment;

use super::About;
use crate::application::tls;
use crate::random::Draw;
use crate::scenario::{Attack, Method};
use crate::traffic::Actor;
use crate::traffic::flow::Flow;
use crate::traffic::stage::{Host, Stage};
use crate::traffic::tcp::Tcp;

pub(super) static ABOUT: About = About {
    table: "exfiltration",
    kind: "exfiltration",
    finding: "exfiltration",
    title: "Exfiltration: one host uploads a lot to another in TLS, fast or slowly.",
    source: "MITRE ATT&CK T1048 and T1030; RFC 8446",
    vectors: || vec![("upload", "A large upload in TLS.")],
};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Exfiltration { from, to, port, bytes, bytes_per_second, connections } = attack.method else { return };
    let (client, server) = (stage.any_client(from, &mut draw), stage.any_server(to, &mut draw));
    let (Some(host), Some(server_host)) =
        (stage.host(from, client, attack.family), stage.host(to, server, attack.family))
    else {
        return;
    };
    if host.address == server_host.address {
        return;
    }
    let facts = &mut stage.attacks[place];
    facts.actors.add(host.address);
    facts.targets.add(server_host.address);
    facts.ports.add(port);
    let name = format!("drop{server}.{}", stage.scenario.group(stage.side(to)).domain);
    let connections = u64::from(connections);
    let uploads = Uploads {
        host,
        server: server_host,
        name,
        port,
        left: bytes,
        each: bytes.div_ceil(connections),
        bytes_per_second,
        end: attack.end,
        attack: place,
        draw,
    };
    stage.begin(attack.start, uploads);
}

struct Uploads {
    host: Host,
    server: Host,
    /// The name by which the server is asked for.
    name: String,
    port: u16,
    left: u64,
    /// Bytes of one conversation.
    each: u64,
    bytes_per_second: f64,
    end: Moment,
    attack: usize,
    draw: Draw,
}

impl Actor for Uploads {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let bytes = self.left.min(self.each);
        if bytes == 0 || now >= self.end {
            return None;
        }
        self.left -= bytes;
        stage.attacks[self.attack].flows += 1;
        let port = stage.next_port(self.host.address, &mut self.draw);
        let ends = [self.host, self.server];
        let flow = Flow::new(stage, ends, [port, self.port], &mut self.draw).of_attack(self.attack);
        let upload = tls::Upload::new(&self.name, bytes, self.bytes_per_second, self.end, &mut self.draw);
        let time = std::time::Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        stage.begin(now, Tcp::new(flow, Box::new(upload), self.draw.clone()));
        self.draw.bits();
        // The next begins when this one should be through, and a little later.
        Some(now.plus(time).plus(self.draw.millis(500, 3000)))
    }
}
