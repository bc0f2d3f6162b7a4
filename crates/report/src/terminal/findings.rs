//! What the detectors found: in the picture, as it comes, and one finding in full.

use blueline_terms::finding::Party;
use blueline_terms::{Confidence, Finding, FindingState, Mission, Picture};

use super::ink::{self, ACCENT, BOLD, DIM, PLAIN, TITLE, Text};
use super::{Look, Page};
use crate::explain::{Cast, Explanation, Findings, Library, Voice, cast};
use crate::units;

const FINDINGS_SHOWN: usize = 12;
/// Letters of an IPv6 address in full.
const LONGEST_ADDRESS: usize = 39;
/// Labels of an explanation stand beside their text where this much room is left for it.
const ROOM_BESIDE: usize = 30;

/// One finding in full, with ANSI styles, in the language of `look`: English, Arabic, Turkish or French; in English
/// where it is another or only ASCII may be written. `seal_of` gives the seal of a batch by its number, `None` while it
/// is not sealed.
pub fn finding(
    mission: &Mission,
    library: &Library,
    finding: &Finding,
    seal_of: &dyn Fn(u32) -> Option<String>,
    look: Look<'_>,
) -> String {
    let nothing = Picture::default();
    let mut page = Page::new(mission, &nothing, look);
    let voice = Voice::new(library, mission, look.language, look.ascii);
    let explanation = voice.explain(finding, seal_of);
    let head = [
        Text::of(TITLE, finding.id.to_string()),
        Text::of(BOLD, voice.title(finding)),
        Text::plain(voice.state(finding)),
        Text::of(DIM, page.safe(&[&*finding.kind, &*finding.vector].join("/")).trim_end_matches('/').to_owned()),
    ];
    page.flow(0, head);
    page.explanation(&explanation);
    page.out
}

/// One finding in a line as it opens, changes or ends, with ANSI styles; in more lines where the terminal is narrow.
pub fn finding_line(mission: &Mission, library: &Library, finding: &Finding, look: Look<'_>) -> String {
    let nothing = Picture::default();
    let mut page = Page::new(mission, &nothing, look);
    let voice = Voice::new(library, mission, look.language, look.ascii).in_english();
    let moment = if finding.state == FindingState::Opened { finding.span.start } else { finding.span.end };
    let rule = page.glyphs.rule;
    let head = Text::of(ACCENT, format!("{rule} ")).and(BOLD, units::time(moment));
    let mut pieces = vec![
        head.and(PLAIN, format!(" {}", voice.state(finding))),
        Text::of(BOLD, voice.title(finding)),
        Text::plain(format!("{} confidence", voice.confidence(finding))),
    ];
    let [who, whom] = page.who_whom(finding, &voice);
    pieces.extend([who, whom, Text::of(DIM, units::of(finding.packets, "packet", "packets"))]);
    page.flow(0, pieces);
    page.out
}

impl Page<'_> {
    /// The surest and weightiest findings, each in a few lines.
    pub(super) fn findings(&mut self, findings: &Findings<'_>) {
        self.heading("Findings");
        if let Some(nothing) = findings.nothing() {
            self.note(3, &nothing);
            return self.findings_shed(findings);
        }
        let language = self.sides.language().to_owned();
        let voice = Voice::new(findings.library, self.mission, &language, self.ascii).in_english();
        let ranked = findings.ranked();
        for finding in ranked.iter().take(FINDINGS_SHOWN) {
            self.one_finding(finding, &voice);
        }
        let rest = ranked.get(FINDINGS_SHOWN..).unwrap_or_default();
        let hidden = rest.len() as u64 + findings.more;
        if hidden > 0 {
            let of = |sure| rest.iter().filter(|finding| finding.confidence == sure).count() as u64;
            let counts = [(Confidence::High, "high"), (Confidence::Moderate, "moderate"), (Confidence::Low, "low")]
                .into_iter()
                .map(|(sure, word)| (of(sure), format!("of {word} confidence")))
                .chain([(findings.more, "no longer kept".to_owned())])
                .filter(|&(count, _)| count > 0)
                .map(|(count, what)| format!("{} {what}", units::count(count)));
            let counts = counts.collect::<Vec<_>>().join(", ");
            let more = units::of(hidden, "more finding is", "more findings are");
            self.note(3, &format!("{more} not shown: {counts}"));
        }
        let unsure = |finding: &&&Finding| {
            let cast = cast(finding);
            let named = cast.actors.first().into_iter().chain(cast.targets.first());
            named.into_iter().any(|party| party.confidence < Confidence::High)
        };
        if ranked.iter().take(FINDINGS_SHOWN).any(|finding| unsure(&finding)) {
            self.note(3, "~ moderate, ? low confidence in that side");
        }
        self.note(3, "an address says whose network it is in; it does not say who acted");
        self.findings_shed(findings);
    }

    fn findings_shed(&mut self, findings: &Findings<'_>) {
        if findings.shed > 0 {
            let shed = units::of(findings.shed, "event or claim was", "events or claims were");
            self.note(3, &format!("{shed} let go early because there were too many"));
        }
    }

    fn one_finding(&mut self, finding: &Finding, voice: &Voice<'_>) {
        let head = [
            Text::of(BOLD, voice.title(finding)),
            Text::plain(format!("{}, {} confidence", voice.state(finding), voice.confidence(finding))),
            Text::of(DIM, units::from_to(finding.span)),
            Text::of(DIM, units::of(finding.packets, "packet", "packets")),
        ];
        self.flow(3, head);
        let [who, whom] = self.who_whom(finding, voice);
        self.flow(5, [who, whom]);
        let first = |reasons: &[blueline_terms::finding::Reason]| reasons.first().map(|reason| voice.reason(reason));
        let grounds = first(&finding.grounds).unwrap_or_else(|| "no grounds given".to_owned());
        let against = first(&finding.against).unwrap_or_else(|| "nothing that was looked at".to_owned());
        self.note(5, &format!("for: {grounds}; against: {against}"));
    }

    /// Who -> whom, the first of each with its side; where nobody may be named, what the sources were.
    fn who_whom(&self, finding: &Finding, voice: &Voice<'_>) -> [Text; 2] {
        let Cast { actors, targets, target_count, .. } = cast(finding);
        let who = match actors.first() {
            Some(first) => self.host(first, (actors.len() as u64).saturating_sub(1)),
            None => Text::of(DIM.italic(), voice.nobody_in_brief(finding)),
        };
        let whom = match targets.first() {
            Some(first) => self.host(first, target_count.saturating_sub(1)),
            None => Text::of(DIM.italic(), "no target named"),
        };
        [who, Text::of(DIM, format!("{} ", self.glyphs.right)).join(whom)]
    }

    fn host(&self, party: &Party, more: u64) -> Text {
        let mark = match party.confidence {
            Confidence::High => "",
            Confidence::Moderate => "~",
            Confidence::Low => "?",
        };
        let style = ink::of_side(self.sides.rank(party.side), party.side);
        let text = self.side(party.side).and(style, format!("{mark} {}", party.address));
        let text = match party.safe_area.and_then(|area| self.mission.safe_area(area)) {
            Some(area) => text.and(ACCENT, format!(" [{}]", area.class)),
            None => text,
        };
        if more > 0 { text.and(DIM, format!(" and {} more", units::count(more))) } else { text }
    }

    /// Pieces one behind the other, broken between them where a line is full; a piece that is longer than a line is
    /// broken at its spaces.
    fn flow(&mut self, indent: usize, pieces: impl IntoIterator<Item = Text>) {
        let mut line = Text::plain(" ".repeat(indent));
        let mut begun = false;
        for piece in pieces {
            if begun && line.width() + 2 + piece.width() > self.width {
                self.line(&line);
                (line, begun) = (Text::plain(" ".repeat(indent + 2)), false);
            }
            if line.width() + piece.width() > self.width {
                // As far left as the longest address needs, which is never broken.
                let margin = line.width().min(self.width.saturating_sub(LONGEST_ADDRESS));
                for words in piece.wrapped(self.width - margin) {
                    self.line(&Text::plain(" ".repeat(margin)).join(words));
                }
                (line, begun) = (Text::plain(" ".repeat(indent + 2)), false);
                continue;
            }
            line = if begun { line.and(PLAIN, "  ") } else { line }.join(piece);
            begun = true;
        }
        if begun {
            self.line(&line);
        }
    }

    /// An explanation, each part beside its label or beneath it.
    fn explanation(&mut self, explanation: &Explanation) {
        self.out.push('\n');
        for line in ink::wrap(&explanation.headline, self.width - 1) {
            self.line(&Text::of(BOLD, format!(" {line}")));
        }
        self.out.push('\n');
        let label = explanation.parts.iter().map(|part| ink::width(&part.label)).max().unwrap_or(0) + 3;
        let beside = self.width >= label + ROOM_BESIDE;
        for part in &explanation.parts {
            // Seals are longer than most rooms, and are copied.
            let longest = part.says.iter().flat_map(|says| says.split(' ')).map(ink::width).max().unwrap_or(0);
            let beside = beside && longest + 2 <= self.width - label;
            let indent = if beside { label } else { 3 };
            if !beside {
                self.line(&Text::of(DIM, format!(" {}", part.label)));
            }
            let several = part.says.len() > 1;
            for (number, says) in part.says.iter().enumerate() {
                let hang = if several { 2 } else { 0 };
                for (row, words) in ink::wrap(says, self.width - indent - hang).into_iter().enumerate() {
                    let named =
                        if beside && number == 0 && row == 0 { format!(" {}", part.label) } else { String::new() };
                    let space = " ".repeat(indent.saturating_sub(ink::width(&named)));
                    let point = if several && row == 0 { "- " } else { &"  "[..hang] };
                    self.line(&Text::of(DIM, format!("{named}{space}{point}")).and(PLAIN, words));
                }
            }
        }
    }
}
