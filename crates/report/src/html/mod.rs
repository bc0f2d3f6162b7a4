//! The border picture as one HTML page that stands alone: no network, no fonts from elsewhere, styles and drawings
//! inline.
//!
//! It reads fully without its script, which only sorts tables by their numbers when asked. All text from outside is
//! escaped; a content security policy lets nothing run but that script, known by its hash. Light and dark follow the
//! reader's system; the page fits a phone, a wall and paper.

mod borders;
mod contents;
mod findings;
mod flow;
mod parties;
mod parts;
mod timeline;
mod traffic;
mod trust;

use blueline_terms::{Mission, Picture, Side, Span};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use unicode_width::UnicodeWidthStr;

use crate::explain::Findings;
use crate::sides::Sides;
use crate::{Seal, seen, units, words};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");
/// SHA-256 of [`SCRIPT`] in base64, which lets it run (CSP Level 3, 2.3.1). A test says what to write here.
const SCRIPT_HASH: &str = "I+t8IgEbqNeQik/wAqD+VKvIqMiRgjnl9zkuaHIHb70=";

/// The whole page. Names are shown in `language` (BCP 47) where the mission has them. For a picture in which no
/// detector was asked; else see [`page_with`].
pub fn page(mission: &Mission, picture: &Picture, seals: &[Seal], language: &str) -> String {
    whole(&Page::new(mission, picture, seals, None, language))
}

/// The same, with what was found; explanations are in `language` where there are messages in it.
pub fn page_with(
    mission: &Mission,
    picture: &Picture,
    seals: &[Seal],
    findings: &Findings<'_>,
    language: &str,
) -> String {
    whole(&Page::new(mission, picture, seals, Some(*findings), language))
}

fn whole(page: &Page<'_>) -> String {
    let title = page.title();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Border picture: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the picture" }
                (page.header(&title))
                main id="main" {
                    (page.key())
                    (page.findings())
                    (page.matrix())
                    (page.flow())
                    (page.borders())
                    (page.timeline())
                    (page.crossings())
                    (page.new_services())
                    (page.top())
                    (page.safe_areas())
                    (page.coverage())
                    (page.oddities())
                    (page.seals())
                    (page.declared())
                }
                (footer())
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

/// What every part of the page needs.
struct Page<'a> {
    mission: &'a Mission,
    picture: &'a Picture,
    seals: &'a [Seal],
    findings: Option<Findings<'a>>,
    sides: Sides<'a>,
}

impl<'a> Page<'a> {
    fn new(
        mission: &'a Mission,
        picture: &'a Picture,
        seals: &'a [Seal],
        findings: Option<Findings<'a>>,
        language: &'a str,
    ) -> Self {
        Self { mission, picture, seals, findings, sides: Sides::new(mission, picture, language, false) }
    }

    fn title(&self) -> String {
        let title = words::clean(self.mission.title.trim());
        if title.is_empty() { "a mission without a title".to_owned() } else { title }
    }

    fn header(&self, title: &str) -> Markup {
        let when = match (self.picture.period, self.picture.span) {
            (Some(period), _) => units::from_to(Span { start: period.start(), end: period.end() }),
            (None, Some(span)) => units::from_to(span),
            (None, None) => "no packet".to_owned(),
        };
        let (picture, mission) = (self.picture, self.mission);
        // Parts that have nothing to say are left out, and so is the way to them.
        let links = [
            ("findings", "Findings", self.findings.is_some()),
            ("matrix", "Who to whom", true),
            ("borders", "Borders", !mission.borders.is_empty()),
            ("timeline", "Time line", picture.timeline.bins.len() > 1),
            ("crossings", "Crossings", true),
            ("top", "Top crossings", !picture.top.is_empty()),
            ("safe-areas", "Safe areas", !mission.safe_areas.is_empty()),
            ("coverage", "Coverage", true),
            ("oddities", "Oddities", true),
            ("seals", "Seals", true),
            ("parties", "The parties", !mission.parties.is_empty()),
            ("meaning", "What the figures mean", true),
        ];
        html! {
            header {
                div.brand { "Blueline" }
                h1 dir="auto" { (title) }
                p { "Border picture, " (when) }
                nav aria-label="Parts of this page" {
                    ul { @for (id, text, _) in links.iter().filter(|link| link.2) { li { a href={ "#" (id) } { (text) } } } }
                }
            }
        }
    }

    /// The figures of the whole picture, and at once how well they were seen.
    fn key(&self) -> Markup {
        let (counted, crossed) = (self.picture.counted(), parts::crossed(&self.picture.crossings));
        let unattributed = units::ratio(self.picture.unattributed.bytes, counted.bytes);
        let copies = self.picture.copies().packets;
        let tile = |word: &str, figure: String, more: String| {
            html! { div { dt { (word) } dd { (figure) small { (more) } } } }
        };
        let pairs = units::of(self.picture.crossings.len() as u64, "direction", "directions");
        html! {
            section.key aria-label="Key figures" {
                dl.tiles {
                    (tile("Crossed", units::bytes(crossed.bytes), format!("in {pairs}")))
                    (tile("All traffic", units::bytes(counted.bytes), "crossing or not".to_owned()))
                    (tile("Packets", units::count(counted.packets), "readable or not".to_owned()))
                    (tile("Flows", units::count(counted.flows), "opened".to_owned()))
                    @if copies > 0 { (tile("Copies", units::count(copies), "records, not counted again".to_owned())) }
                    (tile("Unattributed", units::percent(unattributed), "of all bytes".to_owned()))
                    (tile("Oddities", units::count(self.picture.oddity_total), "in the input".to_owned()))
                    (tile("Shed", units::count(self.picture.coverage.shed), "flows let go early".to_owned()))
                }
                p.statement { b { "How well this was seen" } " – " (seen::tag(&self.sides, &self.picture.coverage)) ". "
                    a href="#coverage" { "Coverage in full" } }
                @if let Some(copies) = words::copies(self.picture) { p.statement { b { "Copies" } " – " (copies) "." } }
            }
        }
    }

    /// A part's heading, the coverage beneath it: for parts that show counts.
    fn heading(&self, title: &str) -> Markup {
        html! {
            h2 { (title) }
            p.seen { a href="#coverage" { (seen::brief(&self.sides, &self.picture.coverage, |_| true)) } }
        }
    }

    /// A side's name with its colour.
    fn side(&self, side: Side) -> Markup {
        html! {
            span class={ "side " (self.class(side)) } {
                span.chip aria-hidden="true" {}
                bdi dir="auto" { (self.sides.name(side)) }
            }
        }
    }

    /// `from -> to` with their colours; on one line where the names are short.
    fn pair(&self, from: Side, to: Side) -> Markup {
        const SHORT: usize = 26;
        let short = [from, to].map(|side| self.sides.name(side).width()).iter().sum::<usize>() <= SHORT;
        html! {
            span.pair.short[short] { (self.side(from)) " " span.arrow aria-hidden="true" { "→" } span.off { "to" } " " (self.side(to)) }
        }
    }

    /// The same in plain words, for titles.
    fn pair_words(&self, from: Side, to: Side) -> String {
        format!("{} to {}", self.sides.name(from), self.sides.name(to))
    }

    /// The class that gives a side its colour, by rank.
    fn class(&self, side: Side) -> String {
        const COLOURS: usize = 6;
        match (self.sides.rank(side), side) {
            (Some(rank), _) => format!("p{}", rank % COLOURS),
            (None, Side::World) => "world".to_owned(),
            (None, _) => "unknown".to_owned(),
        }
    }
}

fn footer() -> Markup {
    let meanings = [
        ("Crossing", "Traffic between two different sides. The world is every public address that no party claims."),
        ("Bytes", "Whole frames as they were on the wire, in decimal units: 1 kB is 1000 bytes."),
        (
            "Flows",
            "Conversations, counted once and the way they were opened. One that is shed or pauses long counts again.",
        ),
        (
            "Copies",
            "Records that another source of the same sensor brought as well, to the byte and the nanosecond. They are left \
             out of every figure here but their own. What two sensors saw is counted at both.",
        ),
        (
            "Borders",
            "What went between the parties of a declared border. Parties may share several borders; nothing in a packet \
             says over which one it came.",
        ),
        (
            "Unattributed",
            "Traffic with at least one side that nobody can be named for: a private or special address that no party \
             declared, or no readable address.",
        ),
        (
            "In sight",
            "The share of a party's declared addresses that some sensor with traffic can see, times the share of the \
             time that those sensors were alive. What was not in sight may have happened all the same.",
        ),
        (
            "Confidence and grounds",
            "How sure the attribution of an address is, and what it rests on. An address says whose network it is in; it \
             does not say who acted.",
        ),
        (
            "Findings",
            "What a detector claims, with what speaks for it and against it. Sources that are likely forged, and servers that \
             only answered, are named as nobody's doing.",
        ),
        (
            "New",
            "A service, by protocol and port, that one side used on another and had not used in the period before.",
        ),
        (
            "Order and colour",
            "Rows stand in the order of bytes, never of names. Colours follow that order and say nothing else.",
        ),
        (
            "Flow ids",
            "The seal of the batch that holds a flow's first packet, and that packet's place in it, from 0. Whoever holds \
             the batch can find the packet.",
        ),
        ("Times", "Event time in UTC: when packets passed the sensor, by the sensor's clock."),
    ];
    html! {
        footer id="meaning" {
            h2 { "What the figures mean" }
            dl { @for (word, meaning) in meanings { div { dt { (word) } dd { (meaning) } } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_names_the_script() {
        assert_eq!(super::SCRIPT_HASH, base64(&Sha256::digest(super::SCRIPT)), "write the right one into SCRIPT_HASH");
    }

    /// RFC 4648, section 4.
    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let group = |three: &[u8]| {
            let bits = three.iter().fold(0, |bits: u32, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - three.len()));
            let letter = |place: usize| char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]);
            (0..4).map(|place| if place <= three.len() { letter(place) } else { '=' }).collect::<String>()
        };
        bytes.chunks(3).map(group).collect()
    }
}
