//! The border picture for a terminal: tables, bars and sparklines in plain text with ANSI styles.
//!
//! The caller strips the styles where no colour is wanted; the text alone says everything. Bytes are in decimal units
//! (SI). Every heading carries what the sensors could see, because no count is shown without its coverage.

mod borders;
mod chart;
mod contents;
mod findings;
mod ink;
mod period;
mod table;
mod traffic;
mod trust;

use blueline_terms::{Mission, PartyIndex, Picture, Side};

use crate::explain::Findings;
use crate::sides::Sides;
use crate::{Seal, seen, words};
use chart::Glyphs;
use ink::{DIM, TITLE, Text};

pub use findings::{finding, finding_line};
pub use period::period;

/// How the picture should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look<'a> {
    /// Columns of the terminal; brought between [`Self::NARROWEST`] and [`Self::WIDEST`].
    pub width: usize,
    /// The language of names (BCP 47), such as `en` or `ar`.
    pub language: &'a str,
    /// Whether only ASCII may be written. Names that are not ASCII are then shown as ids.
    pub ascii: bool,
}

impl Look<'_> {
    /// The narrowest picture, in columns.
    pub const NARROWEST: usize = 40;
    /// The widest picture, in columns.
    pub const WIDEST: usize = 240;
}

impl Default for Look<'_> {
    fn default() -> Self {
        Self { width: 80, language: "en", ascii: false }
    }
}

/// The whole picture of a run or a period, with ANSI styles. For one in which no detector was asked; else see
/// [`picture_with`].
pub fn picture(mission: &Mission, picture: &Picture, seals: &[Seal], look: Look<'_>) -> String {
    whole(mission, picture, seals, None, look)
}

/// The same, with what was found.
pub fn picture_with(
    mission: &Mission,
    picture: &Picture,
    seals: &[Seal],
    findings: &Findings<'_>,
    look: Look<'_>,
) -> String {
    whole(mission, picture, seals, Some(findings), look)
}

fn whole(
    mission: &Mission,
    picture: &Picture,
    seals: &[Seal],
    findings: Option<&Findings<'_>>,
    look: Look<'_>,
) -> String {
    let mut page = Page::new(mission, picture, look);
    page.head();
    if let Some(findings) = findings {
        page.findings(findings);
    }
    page.matrix();
    page.borders();
    page.crossings();
    page.timeline();
    page.top();
    page.safe_areas();
    page.new_services();
    page.coverage();
    page.oddities();
    page.seals(seals);
    page.out
}

/// The text so far, and what every part of it needs.
struct Page<'a> {
    mission: &'a Mission,
    picture: &'a Picture,
    sides: Sides<'a>,
    glyphs: &'static Glyphs,
    width: usize,
    ascii: bool,
    /// The coverage in a few words.
    seen: String,
    out: String,
}

impl<'a> Page<'a> {
    fn new(mission: &'a Mission, picture: &'a Picture, look: Look<'a>) -> Self {
        let sides = Sides::new(mission, picture, look.language, look.ascii);
        Self {
            seen: seen::tag(&sides, &picture.coverage),
            mission,
            picture,
            sides,
            glyphs: Glyphs::of(look.ascii),
            width: look.width.clamp(Look::NARROWEST, Look::WIDEST),
            ascii: look.ascii,
            out: String::new(),
        }
    }

    /// Writes one line, cut where it is too long for the terminal.
    fn line(&mut self, text: &Text) {
        if text.width() > self.width {
            text.clone().fit(self.width, false, self.glyphs.more).write(&mut self.out);
        } else {
            text.write(&mut self.out);
        }
        self.out.push('\n');
    }

    /// Writes one dim paragraph, wrapped, `indent` columns from the left.
    fn note(&mut self, indent: usize, words: &str) {
        for line in ink::wrap(words, self.width - indent) {
            self.line(&Text::of(DIM, format!("{:indent$}{line}", "")));
        }
    }

    /// A heading on a rule, the coverage at its right end: for parts that show counts.
    fn heading(&mut self, title: &str) {
        let room = self.width.saturating_sub(ink::width(title) + 4 + 4);
        let seen = seen::brief(&self.sides, &self.picture.coverage, |words| ink::width(words) <= room);
        self.rule(title, &format!(" {seen} {}", self.glyphs.rule));
    }

    /// A heading on a rule, `tail` at its right end.
    fn rule(&mut self, title: &str, tail: &str) {
        let rule = self.glyphs.rule;
        let head = Text::of(DIM, rule.repeat(2)).and(TITLE, format!(" {title} "));
        let fill = self.width.saturating_sub(head.width() + ink::width(tail));
        self.out.push('\n');
        self.line(&head.and(DIM, format!("{}{tail}", rule.repeat(fill))));
    }

    /// A side's name in its colour.
    fn side(&self, side: Side) -> Text {
        Text::of(ink::of_side(self.sides.rank(side), side), self.sides.name(side))
    }

    /// `from -> to` in their colours.
    fn pair(&self, from: Side, to: Side) -> Text {
        self.side(from).and(DIM, format!(" {} ", self.glyphs.right)).join(self.side(to))
    }

    /// Text from outside, made fit for a terminal.
    fn safe(&self, text: &str) -> String {
        let text = words::clean(text);
        if self.ascii { text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect() } else { text }
    }

    /// The id of a sensor, or what is said in place of one.
    fn sensor(&self, sensor: Option<blueline_terms::SensorIndex>) -> String {
        let sensor = sensor.and_then(|index| self.mission.sensors.get(usize::from(index.0)));
        sensor.map_or_else(|| "undeclared".to_owned(), |sensor| sensor.id.to_string())
    }

    /// A party's coverage in words.
    fn party_seen(&self, party: PartyIndex) -> String {
        let coverage = &self.picture.coverage;
        seen::of_party(coverage, party)
            .and_then(seen::in_sight_words)
            .map_or_else(|| "coverage unknown".to_owned(), |share| format!("{share} in sight"))
    }
}
