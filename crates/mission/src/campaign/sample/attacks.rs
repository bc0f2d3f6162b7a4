//! Draws the attacks. Each kind's strength has an axis of its own; what one times usual is stands with it.

use super::super::draw::Draw;
use super::page::{Page, number, text, time};
use super::{Drawn, MOST_OF_ATTACK, STRENGTHS, Scene, TEN_TIMES, rate};

/// A scan's probes a second at strength 1: a client that is busy opens about as many conversations.
const USUAL_PROBES: f64 = 0.2;
/// Guesses a minute of each host at strength 1: somebody who mistypes.
const USUAL_GUESSES: f64 = 1.0;
/// Questions a second at strength 1: as an ordinary host asks for names.
const USUAL_QUESTIONS: f64 = 0.1;
/// A beacon's reports at strength 1, over the time in which it is watched.
const USUAL_REPORTS: f64 = 2.0;
/// Megabytes sent out at strength 1: about a video call's.
const USUAL_MEGABYTES: f64 = 1.0;
/// As fast as the generator's conversations carry data out, about.
const MEGABYTES_A_SECOND: f64 = 0.2;
/// Requests a second that a reflector takes whose requests are played, about: it answers one before it takes the next.
const REQUESTS_A_REFLECTOR: f64 = 5.0;
/// Answers a second to addresses that never asked, at strength 1.
const USUAL_ANSWERS: f64 = 1.0;
/// Packets from the client in one of the conversations that a flood of requests is made of.
const PACKETS_A_REQUEST: f64 = 5.0;

/// Kinds and how often each is drawn.
const KINDS: [(&str, u32); 10] = [
    ("flood", 22),
    ("reflection", 18),
    ("scan", 18),
    ("brute_force", 10),
    ("worm", 8),
    ("beacon", 8),
    ("dns_abuse", 8),
    ("control_write", 8),
    ("exfiltration", 7),
    ("backscatter", 7),
];

/// What strength 1 is for this kind of attack (its word in the truth).
pub fn axis(kind: &str) -> &'static str {
    match kind {
        "flood" | "reflection" => "packets a second as the target usually gets",
        "scan" => "0.2 probes a second",
        "brute-force" => "1 guess a minute of each host",
        "worm" => "0.2 probes a second of each infected host",
        "beacon" => "2 reports while watched",
        "dns-abuse" => "0.1 questions a second",
        "control-write" => "1 command",
        "exfiltration" => "1 megabyte",
        "backscatter" => "1 answer a second",
        _ => "",
    }
}

/// The kinds of one to three attacks, each at most once.
pub(super) fn kinds(draw: &mut Draw) -> Vec<&'static str> {
    let count = draw.weighted(&[(1, 3), (2, 4), (3, 3)]);
    let mut kinds = Vec::new();
    while kinds.len() < count {
        let kind = draw.weighted(&KINDS);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// The shortest scenario in which this kind makes sense, in seconds.
pub(super) fn least_seconds(kind: &str) -> f64 {
    match kind {
        "beacon" => 300.0,
        "brute_force" | "worm" => 120.0,
        "dns_abuse" | "exfiltration" => 60.0,
        _ => 10.0,
    }
}

type Keys = Vec<(&'static str, String)>;

/// Draws an attack of this kind and writes it.
pub(super) fn write(page: &mut Page, draw: &mut Draw, scene: &Scene, place: usize, kind: &'static str) -> Drawn {
    // Detectors are measured at ten times usual most of all.
    let strengths = STRENGTHS.map(|strength| (strength, if strength == TEN_TIMES { 3 } else { 1 }));
    let strength = possible(kind, scene, draw.weighted(&strengths));
    let (keys, note) = match kind {
        "flood" => flood(draw, scene, strength),
        "reflection" => reflection(draw, scene, strength),
        "scan" => scan(draw, scene, strength),
        "brute_force" => brute_force(draw, scene, strength),
        "worm" => worm(draw, scene, strength),
        "beacon" => beacon(draw, scene, strength),
        "dns_abuse" => dns_abuse(draw, scene, strength),
        "control_write" => control_write(draw, scene, strength),
        "exfiltration" => exfiltration(draw, scene, strength),
        _ => backscatter(draw, scene, strength),
    };
    let id = format!("{}-{place}", kind.replace('_', "-"));
    let mut all: Keys = vec![("id", text(&id))];
    all.extend(keys);
    page.table(&format!("[{kind}]"), &all);
    Drawn { id, strength, note }
}

/// The strength that was drawn, or the greatest below it that the generator can play in the time there is.
fn possible(kind: &str, scene: &Scene, drawn: f64) -> f64 {
    let most = match kind {
        // What is left of it from the latest start on.
        "exfiltration" => scene.seconds / 2.0 * MEGABYTES_A_SECOND / USUAL_MEGABYTES,
        _ => f64::INFINITY,
    };
    STRENGTHS.into_iter().filter(|&strength| strength <= drawn.min(most)).fold(STRENGTHS[0], f64::max)
}

/// When it begins, somewhere in the first half, and how long it may go on.
fn start(draw: &mut Draw, scene: &Scene) -> (f64, f64) {
    let start = scene.seconds * (0.05 + 0.45 * draw.unit());
    (start, scene.seconds - start)
}

/// How long a flood lasts: mostly minutes, one in ten a burst.
fn flood_length(draw: &mut Draw, rate: f64, left: f64) -> f64 {
    let length = if draw.chance(0.1) { draw.spread(0.5, 5.0) } else { draw.spread(5.0, 300.0) };
    length.min(left).min(MOST_OF_ATTACK / rate)
}

fn family(draw: &mut Draw) -> &'static str {
    draw.pick(&["ipv4", "ipv4", "ipv4", "ipv4", "ipv6"])
}

fn flood(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let vectors = ["syn", "ack", "udp", "icmp", "tcp-other", "fragment", "ipv6-extension", "http", "dns", "dhcp"];
    let vector = draw.pick(&vectors);
    let family = if vector == "ipv6-extension" { "ipv6" } else { family(draw) };
    let packets = strength * scene.usual;
    let (start, left) = start(draw, scene);
    let length = flood_length(draw, packets, left);
    let actor = draw.pick(&["world", "world", scene.other]);
    let each = if vector == "http" { PACKETS_A_REQUEST } else { 1.0 };
    let mut keys = vec![
        ("vector", text(vector)),
        ("to", text("safe-area:service")),
        ("actor", text(actor)),
        ("family", text(family)),
        ("start", time(start)),
        ("duration", time(length)),
        ("packets_per_second", number(packets / each)),
    ];
    let sources = match vector {
        "http" => Some(draw.between(20, 200)),
        // Each source comes once.
        "icmp" | "dhcp" => None,
        _ => draw.pick(&[None, None, Some(40), Some(1000)]),
    };
    keys.extend(sources.map(|sources| ("sources", sources.to_string())));
    if matches!(vector, "syn" | "ack" | "udp" | "tcp-other") {
        keys.push(("port", draw.pick(&[443, 80, 53, 22, 8080]).to_string()));
    }
    (keys, format!("{packets:.0} packets/s on {:.0} for {length:.1} s", scene.usual))
}

fn reflection(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let vectors = ["dns", "ntp", "snmp", "ssdp", "cldap", "memcached", "chargen", "bacnet", "dvr", "ike", "synack"];
    let vector = draw.pick(&vectors);
    // Large answers come in pieces.
    let pieces = match vector {
        "dns" => 3.0,
        "cldap" => 2.0,
        _ => 1.0,
    };
    let packets = strength * scene.usual;
    let (start, left) = start(draw, scene);
    let length = flood_length(draw, packets, left);
    let actor = draw.pick(&["world", "world", scene.other]);
    let answers = match vector {
        "ntp" => 61.0,
        "memcached" => 143.0,
        "ssdp" => 9.0,
        "synack" => 6.0,
        "ike" => 4.0,
        _ => 1.0,
    };
    // Requests from the world are not played: nobody would see them.
    let least = if actor == "world" { 0.0 } else { packets / pieces / answers / REQUESTS_A_REFLECTOR };
    let reflectors = draw.pick(&[5, 20, 50, 200]).max(least.ceil() as u32);
    let keys = vec![
        ("vector", text(vector)),
        ("victim", text("safe-area:service")),
        ("actor", text(actor)),
        ("family", text(family(draw))),
        ("reflectors", reflectors.to_string()),
        ("start", time(start)),
        ("duration", time(length)),
        ("answers_per_second", number(packets / pieces)),
    ];
    (keys, format!("{packets:.0} packets/s on {:.0} for {length:.1} s of {reflectors}", scene.usual))
}

/// From whom to whom, where every layout has a sensor.
fn ends(draw: &mut Draw, scene: &Scene) -> (&'static str, &'static str) {
    draw.pick(&[(scene.other, scene.home), ("world", scene.home), (scene.home, scene.other), (scene.home, "world")])
}

fn scan(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let shape = draw.weighted(&[("horizontal", 5), ("vertical", 3), ("sweep", 2)]);
    let protocol = match shape {
        "sweep" if scene.inside && draw.chance(0.5) => "neighbour",
        "sweep" => "icmp",
        _ => draw.weighted(&[("tcp", 7), ("udp", 3)]),
    };
    let (from, to) = if protocol == "neighbour" { (scene.home, scene.home) } else { ends(draw, scene) };
    let probes = strength * USUAL_PROBES;
    let (start, left) = start(draw, scene);
    let length = draw.spread(10.0, left.max(10.0)).min(left);
    let targets = draw.spread(20.0, 1000.0).round();
    let mut keys = vec![
        ("shape", text(shape)),
        ("protocol", text(protocol)),
        ("from", text(from)),
        ("to", text(to)),
        ("targets", (targets as u64).to_string()),
        ("family", text(family(draw))),
        ("start", time(start)),
        ("duration", time(length)),
        rate("packets_per_second", probes),
        rate("open", draw.pick(&[0.0, 0.02, 0.1, 0.3])),
    ];
    if shape == "horizontal" {
        let ports: &[&str] = match protocol {
            "tcp" => &["[22]", "[445]", "[22, 23, 445, 3389]", "[80, 443, 8080]", "[502, 102, 20000]"],
            _ => &["[53]", "[161]", "[53, 123, 161, 1900]"],
        };
        keys.push(("ports", draw.pick(ports).to_owned()));
    }
    (keys, format!("{probes:.1} probes/s at {targets} for {length:.0} s"))
}

fn brute_force(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let service = draw.pick(&["ssh", "ftp", "rdp", "smb", "telnet", "http"]);
    let (from, to) = ends(draw, scene);
    let guesses = strength * USUAL_GUESSES;
    let (start, left) = start(draw, scene);
    let length = draw.spread(60.0, left.max(60.0)).min(left);
    let actors = draw.pick(&[1, 1, 1, 3, 10]);
    let mut keys = vec![
        ("service", text(service)),
        ("from", text(from)),
        ("to", text(to)),
        ("actors", actors.to_string()),
        ("targets", draw.pick(&[1, 1, 3]).to_string()),
        ("family", text(family(draw))),
        ("start", time(start)),
        ("duration", time(length)),
        rate("attempts_per_minute", guesses * f64::from(actors)),
    ];
    if draw.chance(0.2) {
        keys.push(("port", draw.between(2000, 40_000).to_string()));
    }
    (keys, format!("{guesses:.0} guesses/min of each of {actors} for {length:.0} s"))
}

fn worm(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let probes = strength * USUAL_PROBES;
    let vulnerable = draw.spread(20.0, 200.0).round();
    let (start, left) = start(draw, scene);
    let length = left.min((MOST_OF_ATTACK / vulnerable / probes).max(10.0));
    let among = format!("[\"{}\", \"{}\"]", scene.home, scene.other);
    let shape = draw.pick(&["slammer", "code-red", "conficker", "mirai"]);
    let keys = vec![
        ("shape", text(shape)),
        ("from", text(draw.pick(&["world", scene.other, scene.home]))),
        ("among", among),
        ("vulnerable", (vulnerable as u64).to_string()),
        rate("probes_per_second", probes),
        ("start", time(start)),
        ("duration", time(length)),
    ];
    (keys, format!("{probes:.1} probes/s of each of {vulnerable} for {length:.0} s"))
}

fn beacon(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let carrier = draw.pick(&["tls", "http", "dns"]);
    let start = scene.seconds * 0.1 * draw.unit();
    let length = scene.seconds - start;
    let every = length / (strength * USUAL_REPORTS);
    let jitter = draw.pick(&[0.0, 0.05, 0.1, 0.2, 0.4]);
    let hosts = draw.pick(&[1, 1, 2, 3]);
    let mut keys = vec![
        ("carrier", text(carrier)),
        ("from", text(scene.home)),
        ("to", text(draw.pick(&["world", "world", scene.other]))),
        ("hosts", hosts.to_string()),
        ("every", time(every)),
        rate("jitter", jitter),
        ("family", text(family(draw))),
        ("start", time(start)),
        ("duration", time(length)),
    ];
    if carrier != "dns" && draw.chance(0.3) {
        keys.push(("port", draw.between(2000, 40_000).to_string()));
    }
    (keys, format!("every {every:.1} s, jitter {jitter}, of {hosts} for {length:.0} s"))
}

fn dns_abuse(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let questions = strength * USUAL_QUESTIONS;
    let (start, left) = start(draw, scene);
    let length = draw.spread(30.0, left.max(30.0)).min(left);
    let keys = vec![
        ("kind", text(draw.pick(&["dga", "tunnel", "txt"]))),
        ("from", text(scene.home)),
        ("to", text(draw.pick(&["world", "world", scene.other]))),
        rate("questions_per_second", questions),
        ("family", text(family(draw))),
        ("start", time(start)),
        ("duration", time(length)),
    ];
    (keys, format!("{questions:.1} questions/s for {length:.0} s"))
}

fn control_write(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let functions = [
        "write-single-coil",
        "write-single-register",
        "write-multiple-coils",
        "write-multiple-registers",
        "s7-write-variable",
        "s7-request-download",
        "s7-plc-stop",
        "dnp3-write",
        "dnp3-direct-operate",
        "dnp3-cold-restart",
        "iec104-single-command",
        "iec104-double-command",
        "iec104-set-point",
        "ethernet-ip-write-tag",
        "ethernet-ip-set-attribute",
        "ethernet-ip-reset",
    ];
    let (start, left) = start(draw, scene);
    // From outside the safe area, though on its own side: to be seen by a sensor within alone.
    let own = scene.inside && draw.chance(0.4);
    let from = if own { scene.home } else { draw.pick(&[scene.other, "world"]) };
    let to = if own || draw.chance(0.7) { "safe-area:plant" } else { scene.home };
    let most = (left / 2.0 / strength).min(10.0);
    let every = draw.spread(0.05, most);
    let keys = vec![
        ("function", text(draw.pick(&functions))),
        ("from", text(from)),
        ("to", text(to)),
        ("writes", (strength as u64).to_string()),
        ("every", time(every)),
        ("family", text(family(draw))),
        ("start", time(start)),
    ];
    (keys, format!("{strength} commands, every {every:.1} s"))
}

fn exfiltration(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let megabytes = strength * USUAL_MEGABYTES;
    let (start, left) = start(draw, scene);
    let least = (megabytes / MEGABYTES_A_SECOND).max(20.0);
    let length = draw.spread(least, left.max(least)).min(left.max(least));
    let keys = vec![
        ("from", text(scene.home)),
        ("to", text(draw.pick(&["world", "world", scene.other]))),
        rate("megabytes", megabytes),
        rate("bytes_per_second", megabytes * 1e6 / length),
        ("connections", draw.pick(&[1, 1, 3, 10]).to_string()),
        ("family", text(family(draw))),
        ("start", time(start)),
    ];
    (keys, format!("{megabytes:.0} MB in {length:.0} s"))
}

fn backscatter(draw: &mut Draw, scene: &Scene, strength: f64) -> (Keys, String) {
    let answers = strength * USUAL_ANSWERS;
    let (start, left) = start(draw, scene);
    let length = draw.spread(10.0, left.max(10.0)).min(left).min(MOST_OF_ATTACK / answers);
    let to = if scene.other_unseen { scene.home } else { draw.pick(&[scene.home, scene.other]) };
    let keys = vec![
        ("answer", text(draw.pick(&["syn-ack", "reset", "unreachable", "echo-reply"]))),
        ("to", text(to)),
        ("port", draw.pick(&[80, 443, 25, 6667]).to_string()),
        rate("packets_per_second", answers),
        ("family", text(family(draw))),
        ("start", time(start)),
        ("duration", time(length)),
    ];
    (keys, format!("{answers:.0} answers/s for {length:.0} s"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_exercise::attack::CATALOGUE;

    #[test]
    fn every_kind_of_the_generator_is_drawn_and_has_an_axis() {
        for about in CATALOGUE {
            assert!(KINDS.iter().any(|(kind, _)| *kind == about.table), "{}", about.table);
            assert!(!axis(about.kind).is_empty(), "{}", about.kind);
        }
    }
}
