//! Draws scenarios: who is there, what is usual, and up to three attacks as strong as the dice say.
//!
//! A scenario is text that [`blueline_exercise::Scenario::parse`] reads, so that anybody can play it again. The strength of
//! an attack is told in multiples of what is usual ([`STRENGTHS`]): for floods and reflections of the packets a second
//! that the target gets on ordinary business, for the others of a figure that [`axis`] names. A fifth of the scenarios
//! have no attack at all, and more of what is mistaken for one.

mod attacks;
mod ordinary;
mod page;

use blueline_terms::Moment;

use super::draw::Draw;
pub use attacks::axis;
use page::{Page, number, text, texts, time};

/// How many times as much as usual.
pub const STRENGTHS: [f64; 8] = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// The strength by which detectors are measured.
pub const TEN_TIMES: f64 = 10.0;

/// The share of scenarios without an attack.
const ORDINARY: f64 = 0.2;
/// The longest scenario, in seconds.
const LONGEST: f64 = 1800.0;
/// The shortest.
const SHORTEST: f64 = 10.0;
/// The most packets of one attack, about.
const MOST_OF_ATTACK: f64 = 100_000.0;
/// The most packets that come and go on the service's ordinary business, about.
const MOST_OF_SERVICE: f64 = 60_000.0;
/// 2026-03-01T00:00:00Z, a Sunday.
const FIRST_START: i64 = 1_772_323_200;

/// A scenario of the campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its number.
    pub number: u32,
    /// The scenario file.
    pub text: String,
    /// How long it goes on, in seconds.
    pub seconds: f64,
    /// Packets a second that the service usually gets: what floods and reflections are measured by.
    pub usual: f64,
    /// The attacks that were drawn.
    pub attacks: Vec<Drawn>,
}

/// An attack that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Its id in the scenario.
    pub id: String,
    /// One of [`STRENGTHS`].
    pub strength: f64,
    /// What else was drawn, for people.
    pub note: String,
}

/// Who is where.
struct Scene {
    /// The party where most of it happens, and the one across the border.
    home: &'static str,
    other: &'static str,
    seconds: f64,
    /// Packets a second that the service usually gets.
    usual: f64,
    /// Whether a sensor stands within the home party, on Ethernet.
    inside: bool,
    /// Whether no sensor stands between the other party and the world.
    other_unseen: bool,
    ordinary: bool,
}

/// Draws a scenario.
pub fn sample(seed: u64, number: u32) -> Sample {
    let mut draw = Draw::new(seed, number);
    let ordinary = draw.chance(ORDINARY);
    let kinds = if ordinary { Vec::new() } else { attacks::kinds(&mut draw) };
    let least = kinds.iter().map(|kind| attacks::least_seconds(kind)).fold(SHORTEST, f64::max);
    let seconds = draw.spread(SHORTEST, LONGEST).max(least).round();
    let affordable = MOST_OF_SERVICE / 2.5 / seconds;
    let usual: f64 = draw.pick(&[10.0, 20.0, 50.0, 100.0, 200.0]);
    let usual = usual.min(affordable.max(10.0));
    let (home, other) = if draw.chance(0.5) { ("south", "north") } else { ("north", "south") };
    let layout = draw.below(4);
    let scene = Scene { home, other, seconds, usual, inside: layout == 3, other_unseen: layout == 1, ordinary };
    let mut page = Page::default();
    head(&mut page, &mut draw, seed, number, seconds);
    people(&mut page, &mut draw, &scene);
    sensors(&mut page, &mut draw, &scene, layout);
    ordinary::write(&mut page, &mut draw, &scene);
    let place = |(place, kind)| attacks::write(&mut page, &mut draw, &scene, place, kind);
    let attacks = kinds.into_iter().enumerate().map(place).collect();
    Sample { number, text: page.0, seconds, usual, attacks }
}

fn head(page: &mut Page, draw: &mut Draw, seed: u64, number: u32, seconds: f64) {
    // Any hour of a week.
    let start = Moment::from_seconds(FIRST_START + draw.below(7 * 86_400) as i64, 0);
    page.table(
        "",
        &[
            ("title", text(format!("campaign {seed}, scenario {number}"))),
            ("seed", (draw.bits() >> 1).to_string()),
            ("start", text(start)),
            ("duration", time(seconds)),
            ("period", text("1m")),
        ],
    );
}

fn people(page: &mut Page, draw: &mut Draw, scene: &Scene) {
    let world = [("prefixes", texts(&["44.0.0.0/8", "3ffe::/16"])), ("hosts", draw.between(100, 600).to_string())];
    page.table("world", &world);
    for (id, prefixes) in
        [("north", ["198.18.0.0/20", "2001:db8:1000::/36"]), ("south", ["198.19.0.0/20", "2001:db8:2000::/36"])]
    {
        let hosts = draw.between(40, 400);
        let servers = draw.between(3, hosts / 5);
        let keys = [
            ("id", text(id)),
            ("prefixes", texts(&prefixes)),
            ("hosts", hosts.to_string()),
            ("servers", servers.to_string()),
        ];
        page.table("[party]", &keys);
    }
    let (v4, v6) = if scene.home == "north" { ("198.18", "2001:db8:1000") } else { ("198.19", "2001:db8:2000") };
    let area = |page: &mut Page, id: &str, class: &str, addresses: [String; 2]| {
        let keys = [
            ("id", text(id)),
            ("class", text(class)),
            ("party", text(scene.home)),
            ("addresses", texts(&addresses.each_ref().map(String::as_str))),
        ];
        page.table("[safe_area]", &keys);
    };
    let plant = draw.pick(&["water", "power"]);
    area(page, "plant", plant, [format!("{v4}.2.0/28"), format!("{v6}:2::/64")]);
    // One host with a name. Of class `other` it is under nobody's protection: the mission is not told of it.
    let service = draw.pick(&["hospital", "emergency", "election", "other", "other", "other"]);
    area(page, "service", service, [format!("{v4}.3.10"), format!("{v6}:3::10")]);
}

fn sensors(page: &mut Page, draw: &mut Draw, scene: &Scene, layout: u64) {
    let (home, other) = (scene.home, scene.other);
    let (border, abroad, away) = ([home, other], [home, "world"], [other, "world"]);
    let within = [home, home];
    let sensors: Vec<(&str, Vec<[&str; 2]>)> = match layout {
        0 => vec![("crossing", vec![border, abroad, away])],
        1 => vec![("crossing", vec![border]), ("gateway", vec![abroad])],
        // What passes between the parties is seen twice.
        2 => vec![("first", vec![border, abroad]), ("second", vec![border, away])],
        _ => vec![("crossing", vec![border, abroad, away]), ("inside", vec![within])],
    };
    for (id, sees) in sensors {
        let sees: Vec<String> = sees.iter().map(|pair| texts(pair)).collect();
        let link = if id == "inside" { "ethernet" } else { draw.pick(&["ethernet", "ethernet", "raw-ip"]) };
        let keys = [
            ("id", text(id)),
            ("sees", format!("[{}]", sees.join(", "))),
            ("link", text(link)),
            ("format", text(draw.pick(&["pcap", "pcapng"]))),
        ];
        page.table("[sensor]", &keys);
    }
}

/// A share of something, written with its key.
fn rate(key: &'static str, value: f64) -> (&'static str, String) {
    (key, number(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_exercise::Scenario;

    #[test]
    fn every_scenario_can_be_played_and_is_drawn_alike_again() {
        let mut strengths = std::collections::BTreeMap::<u64, u32>::new();
        let (mut ordinary, mut attacks) = (0, 0);
        for number in 0..500 {
            let drawn = sample(1, number);
            assert_eq!(drawn, sample(1, number));
            let scenario =
                Scenario::parse(&drawn.text).unwrap_or_else(|error| panic!("{number}: {error}\n{}", drawn.text));
            // The scenario has them by kind, the sample as they were drawn.
            let ids = |ids: &mut Vec<String>| ids.sort();
            let (mut played, mut told): (Vec<String>, Vec<String>) = (
                scenario.attacks.iter().map(|a| a.id.clone()).collect(),
                drawn.attacks.iter().map(|a| a.id.clone()).collect(),
            );
            ids(&mut played);
            ids(&mut told);
            assert_eq!(played, told);
            ordinary += u32::from(drawn.attacks.is_empty());
            attacks += drawn.attacks.len();
            drawn.attacks.iter().for_each(|a| *strengths.entry(a.strength as u64).or_default() += 1);
        }
        assert!((75..125).contains(&ordinary), "{ordinary}");
        assert!(attacks > 700, "{attacks}");
        assert!(strengths.len() == STRENGTHS.len() && strengths.values().all(|&count| count > 50), "{strengths:?}");
        assert_ne!(sample(1, 0).text, sample(2, 0).text);
    }

    #[test]
    fn what_is_usual_and_what_is_drawn_are_what_happens() {
        let (mut usual, mut floods) = (Vec::new(), Vec::new());
        for number in 0..60 {
            let drawn = sample(5, number);
            let scenario = Scenario::parse(&drawn.text).unwrap();
            if drawn.seconds > 300.0 {
                continue;
            }
            // The service is the second safe area; what it gets is counted on its own business and by attack.
            let mut to_service = 0u64;
            let mut hit: Vec<(u64, Option<(Moment, Moment)>)> = vec![(0, None); scenario.attacks.len()];
            for packet in blueline_exercise::Traffic::new(&scenario) {
                let hits = packet.to.safe_area.is_some_and(|area| area.0 == 1) && packet.forward;
                let Some(place) = packet.attack else {
                    to_service += u64::from(hits);
                    continue;
                };
                if hits && matches!(scenario.attacks[place].kind(), "flood" | "reflection") {
                    let (count, span) = &mut hit[place];
                    *count += 1;
                    *span = Some((span.map_or(packet.moment, |(first, _)| first), packet.moment));
                }
            }
            usual.push(to_service as f64 / drawn.seconds / drawn.usual);
            for (attack, (count, span)) in scenario.attacks.iter().zip(hit) {
                let Some((first, last)) = span else { continue };
                let strength = drawn.attacks.iter().find(|one| one.id == attack.id).unwrap().strength;
                floods.push(count as f64 / last.since(first).as_secs_f64() / drawn.usual / strength);
            }
        }
        // Half of them are within these: crowds add to the one, bursts of a few packets blur the other.
        for ratios in [&mut usual, &mut floods] {
            ratios.sort_by(f64::total_cmp);
            let quartiles = [ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]];
            assert!(quartiles[0] > 0.7 && quartiles[1] < 1.5, "{ratios:?}");
        }
    }
}
