//! Ordinary traffic: of everything something, and of what is mistaken for an attack enough.

use super::super::draw::Draw;
use super::page::{Page, number, text, time};
use super::{Scene, rate};

/// A kind of conversation: its word, packets from its opener, packets both ways; about, on average. A test counts them.
pub(super) const CONVERSATIONS: [(&str, f64, f64); 9] = [
    ("web", 30.0, 73.0),
    ("web-plain", 21.0, 49.0),
    ("dns", 1.0, 2.1),
    ("mail", 18.0, 32.0),
    ("ssh", 88.0, 136.0),
    ("ntp", 1.0, 2.0),
    ("backup", 3340.0, 5020.0),
    ("video-call", 1690.0, 3380.0),
    ("peer-to-peer", 68.0, 134.0),
];

/// Packets both ways of a crowd, at most.
const MOST_OF_CROWD: f64 = 60_000.0;

pub(super) fn write(page: &mut Page, draw: &mut Draw, scene: &Scene) {
    service(page, draw, scene);
    mixture(page, draw, scene);
    polling(page, draw, scene);
    if draw.chance(if scene.ordinary { 0.6 } else { 0.15 }) {
        crowd(page, draw, scene);
    }
}

/// The service's own business, as many packets a second as is usual for it: half from the other party, half from the
/// world.
fn service(page: &mut Page, draw: &mut Draw, scene: &Scene) {
    let (kind, forward, _) = draw.pick(&[CONVERSATIONS[0], CONVERSATIONS[1], CONVERSATIONS[2], CONVERSATIONS[3]]);
    for from in [scene.other, "world"] {
        let keys = [
            ("kind", text(kind)),
            ("from", text(from)),
            ("to", text("safe-area:service")),
            rate("per_minute", scene.usual / 2.0 * 60.0 / forward),
            // Strength is counted at the IPv4 address mostly; some of it arrives at the other.
            rate("ipv6", 0.1),
        ];
        page.table("[traffic]", &keys);
    }
}

/// Everybody's business, in shares that are drawn.
fn mixture(page: &mut Page, draw: &mut Draw, scene: &Scene) {
    let often = if scene.ordinary { 0.9 } else { 0.7 };
    let mut kinds: Vec<(&str, f64, f64)> = Vec::new();
    for (kind, _, packets) in CONVERSATIONS {
        if draw.chance(often) {
            let weight = draw.spread(1.0, 16.0);
            kinds.push((kind, packets, weight));
        }
    }
    let all: f64 = kinds.iter().map(|(_, _, weight)| weight).sum();
    let most = if scene.ordinary { 120_000.0 } else { 60_000.0 };
    let packets = draw.spread(3000.0, most).min(scene.seconds * 2000.0);
    let pairs = [
        (scene.home, scene.other),
        (scene.other, scene.home),
        (scene.home, "world"),
        ("world", scene.home),
        (scene.other, "world"),
        ("world", scene.other),
    ];
    for (kind, each, weight) in kinds {
        let (from, to) = draw.pick(&pairs);
        let volume = if kind == "backup" { draw.pick(&[0.2, 1.0, 4.0]) } else { 1.0 };
        let count = packets * weight / all / each / volume;
        let keys = [
            ("kind", text(kind)),
            ("from", text(from)),
            ("to", text(to)),
            rate("per_minute", count * 60.0 / scene.seconds),
            rate("ipv6", draw.pick(&[0.0, 0.25, 0.5])),
            rate("volume", volume),
        ];
        page.table("[traffic]", &keys);
    }
}

/// The plant's operator, monitoring, and measurements across the border.
fn polling(page: &mut Page, draw: &mut Draw, scene: &Scene) {
    let often = if scene.ordinary { 0.7 } else { 0.4 };
    for kind in ["modbus", "s7comm", "dnp3", "iec104", "ethernet-ip"] {
        if draw.chance(often) {
            // Reads across a border are no commands.
            let from = draw.pick(&[scene.home, scene.home, scene.other]);
            poll(page, draw, scene, (kind, from, "safe-area:plant"));
        }
    }
    for kind in ["health-check", "ping"] {
        if draw.chance(often) {
            let to = draw.pick(&["safe-area:service", scene.home]);
            let from = draw.pick(&[scene.other, "world"]);
            poll(page, draw, scene, (kind, from, to));
        }
    }
}

fn poll(page: &mut Page, draw: &mut Draw, scene: &Scene, (kind, from, to): (&str, &str, &str)) {
    // Not more than some thousand questions in all.
    let least = (scene.seconds / 600.0).max(1.0);
    let keys = [
        ("kind", text(kind)),
        ("from", text(from)),
        ("to", text(to)),
        ("every", time(draw.spread(least, 60.0))),
        ("pairs", draw.between(1, 4).to_string()),
    ];
    page.table("[polling]", &keys);
}

/// A flash crowd: to the service, or to the home party's busiest server.
fn crowd(page: &mut Page, draw: &mut Draw, scene: &Scene) {
    let (kind, _, both) = draw.pick(&[CONVERSATIONS[0], CONVERSATIONS[1], CONVERSATIONS[2]]);
    let visits = draw.pick(&[5.0, 10.0, 20.0, 50.0, 100.0]);
    let start = draw.unit() * scene.seconds / 3.0;
    let length = (scene.seconds - start).min(MOST_OF_CROWD / both / visits);
    let keys = [
        ("kind", text(kind)),
        ("from", text(draw.pick(&[scene.other, "world"]))),
        ("to", text(draw.pick(&["safe-area:service", scene.home]))),
        ("visits_per_second", number(visits)),
        ("start", time(start)),
        ("duration", time(length)),
    ];
    page.table("[crowd]", &keys);
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_exercise::{Scenario, Traffic};

    #[test]
    fn conversations_have_about_as_many_packets_as_is_said() {
        for (kind, forward, both) in CONVERSATIONS {
            let text = format!(
                r#"
                title = "one kind"
                seed = 1
                start = "2026-03-01T00:00:00Z"
                duration = "30m"
                period = "1m"
                [[party]]
                id = "north"
                prefixes = ["198.18.0.0/20"]
                hosts = 100
                [[party]]
                id = "south"
                prefixes = ["198.19.0.0/20"]
                hosts = 100
                [[sensor]]
                id = "crossing"
                sees = [["north", "south"]]
                [[traffic]]
                kind = "{kind}"
                from = "north"
                to = "south"
                per_minute = 10
                ipv6 = 0
                duration = "20m"
                "#
            );
            let mut counted = [0.0, 0.0];
            for packet in Traffic::new(&Scenario::parse(&text).unwrap()) {
                counted[0] += f64::from(u8::from(packet.forward)) / 200.0;
                counted[1] += 1.0 / 200.0;
            }
            for (told, counted) in [(forward, counted[0]), (both, counted[1])] {
                assert!((0.7..1.4).contains(&(counted / told)), "{kind}: {counted} for {told}");
            }
        }
    }
}
