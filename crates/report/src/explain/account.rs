//! The whole explanation of a finding.

use blueline_terms::finding::Measure;
use blueline_terms::{Finding, FlowId, Mission, SensorIndex, Spoofed};

use super::Library;
use super::people::{Named, cast};
use super::says::{Said, Voice, class_word};
use crate::words;

/// A finding in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The language that it is in, as a tag (BCP 47).
    pub language: &'static str,
    /// Whether that runs from right to left.
    pub right_to_left: bool,
    /// What happened to whom, in a sentence.
    pub headline: String,
    /// All else, in the order in which it is best read.
    pub parts: Vec<Part>,
}

/// One part of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is about.
    pub topic: Topic,
    /// The same for people.
    pub label: String,
    /// What there is to say; each stands for itself.
    pub says: Vec<String>,
}

/// What a part of an explanation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// Whether it goes on.
    State,
    /// Who did it, as far as addresses can tell, or why nobody is named.
    Who,
    /// To whom.
    Whom,
    /// Where packets seemed to come from, and whether that is forged.
    Sources,
    /// When, and how long.
    When,
    /// Packets, bytes, flows.
    Amount,
    /// Ports.
    Ports,
    /// What was measured against what.
    Measure,
    /// What speaks for it.
    Grounds,
    /// What speaks against it.
    Against,
    /// How sure it is.
    Confidence,
    /// What it could be instead.
    Instead,
    /// Who reached whom.
    Contacts,
    /// Which sensors saw it.
    Sensors,
    /// Its class, and what it can harm.
    Class,
    /// The flows that it rests on.
    Flows,
}

impl Topic {
    const fn label(self) -> &'static str {
        match self {
            Self::State => "label-state",
            Self::Who => "label-who",
            Self::Whom => "label-whom",
            Self::Sources => "label-sources",
            Self::When => "label-when",
            Self::Amount => "label-amount",
            Self::Ports => "label-ports",
            Self::Measure => "label-measure",
            Self::Grounds => "label-grounds",
            Self::Against => "label-against",
            Self::Confidence => "label-confidence",
            Self::Instead => "label-instead",
            Self::Contacts => "label-contacts",
            Self::Sensors => "label-sensors",
            Self::Class => "label-class",
            Self::Flows => "label-flows",
        }
    }
}

impl Library {
    /// The whole explanation of a finding in `language` (BCP 47), with names in that language where the mission has
    /// them. `seal_of` gives the seal of a batch by its number, `None` while it is not sealed.
    pub fn explain(
        &self,
        language: &str,
        mission: &Mission,
        finding: &Finding,
        seal_of: &dyn Fn(u32) -> Option<String>,
    ) -> Explanation {
        Voice::new(self, mission, language, false).explain(finding, seal_of)
    }
}

impl Voice<'_> {
    pub(crate) fn explain(&self, finding: &Finding, seal_of: &dyn Fn(u32) -> Option<String>) -> Explanation {
        let part = |(topic, says): (Topic, Vec<String>)| Part { topic, label: self.word(topic.label()), says };
        let parts = [
            (Topic::State, vec![self.word(&format!("state-{}", finding.state.word()))]),
            (Topic::Who, self.who(finding)),
            (Topic::Whom, self.whom(finding)),
            (Topic::Sources, self.sources(finding)),
            (Topic::When, vec![self.when(finding)]),
            (Topic::Amount, self.amount(finding)),
            (Topic::Ports, self.ports(finding)),
            (Topic::Measure, finding.measure.iter().map(|measure| self.measure(measure)).collect()),
            (Topic::Grounds, self.grounds(finding)),
            (Topic::Against, self.against(finding)),
            (Topic::Confidence, vec![self.word(&format!("confidence-{}", finding.confidence))]),
            (Topic::Instead, self.alternatives(finding)),
            (Topic::Contacts, self.contacts(finding)),
            (Topic::Sensors, self.sensors(finding)),
            (Topic::Class, self.class(finding)),
            (Topic::Flows, self.flows(finding, seal_of)),
        ];
        Explanation {
            language: self.language.tag(),
            right_to_left: self.language.runs_right_to_left(),
            headline: self.headline(finding),
            parts: parts.into_iter().filter(|(_, says)| !says.is_empty()).map(part).collect(),
        }
    }

    /// What happened to whom, and from where, in a sentence.
    pub(crate) fn headline(&self, finding: &Finding) -> String {
        let cast = cast(finding);
        let head = self.statement(finding);
        let target = self.first_host(cast.targets, cast.target_count, Named::Target);
        let source = self.first_host(cast.actors, cast.actors.len() as u64, Named::Source);
        let word = match (&target, &source) {
            (Some(_), None) => "with-target",
            (Some(_), Some(_)) => "with-target-and-source",
            (None, Some(_)) => "with-source",
            (None, None) => "with-nothing",
        };
        let mut values = vec![("head", Said::Text(&head))];
        values.extend(target.as_deref().map(|target| ("target", Said::Text(target))));
        values.extend(source.as_deref().map(|source| ("source", Said::Text(source))));
        self.with(word, &values)
    }

    fn who(&self, finding: &Finding) -> Vec<String> {
        let actors = cast(finding).actors;
        if actors.is_empty() {
            return vec![self.nobody(finding)];
        }
        let mut who = self.hosts(actors, actors.len() as u64, Named::Source);
        who.push(self.word("network-not-person"));
        who
    }

    fn whom(&self, finding: &Finding) -> Vec<String> {
        let cast = cast(finding);
        if cast.targets.is_empty() {
            return vec![self.word("nobody-hit")];
        }
        self.hosts(cast.targets, cast.target_count, Named::Target)
    }

    fn sources(&self, finding: &Finding) -> Vec<String> {
        const SHOWN: usize = 6;
        let sources = &finding.sources;
        if sources.count == 0 && sources.sample.is_empty() {
            return Vec::new();
        }
        let counted = if sources.estimated { "sources-estimated" } else { "sources-counted" };
        let mut says = vec![self.counted(counted, sources.count)];
        let first: Vec<_> =
            sources.sample.iter().take(SHOWN).map(|address| self.language.isolated(&address.to_string())).collect();
        if !first.is_empty() {
            says.push(self.with("sources-first", &[("addresses", Said::Text(&self.listed(first)))]));
        }
        says.push(self.word(match sources.spoofed {
            Spoofed::Likely => "spoofed-likely",
            Spoofed::Unlikely => "spoofed-unlikely",
            Spoofed::Unknown => "spoofed-unknown",
        }));
        says
    }

    fn listed(&self, texts: Vec<String>) -> String {
        let join =
            |all: String, next: String| self.with("and", &[("first", Said::Text(&all)), ("second", Said::Text(&next))]);
        texts.into_iter().reduce(join).unwrap_or_default()
    }

    fn when(&self, finding: &Finding) -> String {
        let span = finding.span;
        let (start, end) = (self.language.moment(span.start), self.language.moment(span.end));
        let duration = self.language.duration(span.duration());
        let values = [("start", Said::Text(&start)), ("end", Said::Text(&end)), ("duration", Said::Text(&duration))];
        self.with("from-to", &values)
    }

    fn amount(&self, finding: &Finding) -> Vec<String> {
        let packets = self.counted("amount-packets", finding.packets);
        let flows = self.counted("amount-flows", finding.flow_count);
        let bytes = self.language.bytes(finding.bytes);
        let values = [("packets", Said::Text(&packets)), ("bytes", Said::Text(&bytes)), ("flows", Said::Text(&flows))];
        let mut says = vec![self.with("amount", &values)];
        says.extend((finding.sensors.len() > 1).then(|| self.word("amount-of-one")));
        says
    }

    fn ports(&self, finding: &Finding) -> Vec<String> {
        const SHOWN: usize = 8;
        let shown = finding.ports.iter().take(SHOWN).map(|&port| match words::port_word(port) {
            Some(word) => self.language.isolated(&format!("{port} ({word})")),
            None => self.language.isolated(&port.to_string()),
        });
        let mut says: Vec<_> = (!finding.ports.is_empty()).then(|| self.listed(shown.collect())).into_iter().collect();
        says.extend(self.rest(finding.ports.len().saturating_sub(SHOWN) as u64));
        says
    }

    fn measure(&self, measure: &Measure) -> String {
        let what = self.named(&[&format!("what-{}", measure.what)], &measure.what);
        let [value, threshold] = [measure.value, measure.threshold].map(|number| self.language.number(number));
        let baseline = measure.baseline.map(|baseline| self.language.number(baseline));
        let mut values =
            vec![("what", Said::Text(&what)), ("value", Said::Text(&value)), ("threshold", Said::Text(&threshold))];
        values.extend(baseline.as_deref().map(|baseline| ("baseline", Said::Text(baseline))));
        self.with(if baseline.is_some() { "measure-with-baseline" } else { "measure" }, &values)
    }

    fn grounds(&self, finding: &Finding) -> Vec<String> {
        if finding.grounds.is_empty() {
            return vec![self.word("nothing-for")];
        }
        finding.grounds.iter().map(|reason| self.reason(reason)).collect()
    }

    fn against(&self, finding: &Finding) -> Vec<String> {
        if finding.against.is_empty() {
            return vec![self.word("nothing-against")];
        }
        finding.against.iter().map(|reason| self.reason(reason)).collect()
    }

    /// What the reasons say that it could be instead, each once.
    fn alternatives(&self, finding: &Finding) -> Vec<String> {
        let mut says: Vec<String> = Vec::new();
        for reason in finding.against.iter().chain(&finding.grounds) {
            says.extend(self.instead(reason).filter(|other| !says.contains(other)));
        }
        if says.is_empty() { vec![self.word("nothing-instead")] } else { says }
    }

    fn contacts(&self, finding: &Finding) -> Vec<String> {
        const SHOWN: usize = 12;
        let contact = |contact: &blueline_terms::finding::Contact| {
            let [from, to] = [contact.from, contact.to].map(|address| self.language.isolated(&address.to_string()));
            let first = self.language.moment(contact.first);
            self.with("contact", &[("from", Said::Text(&from)), ("to", Said::Text(&to)), ("first", Said::Text(&first))])
        };
        let mut says: Vec<_> = finding.contacts.iter().take(SHOWN).map(contact).collect();
        says.extend(self.rest(finding.contacts.len().saturating_sub(SHOWN) as u64));
        says
    }

    fn sensors(&self, finding: &Finding) -> Vec<String> {
        if finding.sensors.is_empty() {
            return vec![self.word("sensor-unknown")];
        }
        let sensor = |sensor: &Option<SensorIndex>| {
            let sensor = sensor.and_then(|index| self.mission().sensors.get(usize::from(index.0)));
            match sensor {
                None => self.word("sensor-undeclared"),
                Some(sensor) => {
                    let id = self.language.isolated(sensor.id.as_str());
                    self.with("sensor", &[("sensor", Said::Text(&id))])
                }
            }
        };
        finding.sensors.iter().map(sensor).collect()
    }

    fn class(&self, finding: &Finding) -> Vec<String> {
        let class = self.language.text(&finding.class);
        let title = self.named(&[&class_word(&finding.class)], &finding.class);
        let harms: Vec<_> = finding.effect.letters().map(|letter| self.word(&format!("effect-{letter}"))).collect();
        let harms = match harms.is_empty() {
            true => self.word("effect-none"),
            false => self.with("effect", &[("effects", Said::Text(&self.listed(harms)))]),
        };
        vec![self.with("class", &[("title", Said::Text(&title)), ("class", Said::Text(&class))]), harms]
    }

    fn flows(&self, finding: &Finding, seal_of: &dyn Fn(u32) -> Option<String>) -> Vec<String> {
        const SHOWN: usize = 4;
        if finding.flows.is_empty() {
            return vec![self.word("no-flows")];
        }
        let flow = |flow: &FlowId| {
            let ordinal = self.language.count(flow.ordinal.into());
            match seal_of(flow.batch) {
                Some(seal) => {
                    let seal = self.language.text(&seal);
                    self.with("flow", &[("ordinal", Said::Text(&ordinal)), ("seal", Said::Text(&seal))])
                }
                None => {
                    let batch = self.language.count(flow.batch.into());
                    self.with("flow-unsealed", &[("ordinal", Said::Text(&ordinal)), ("batch", Said::Text(&batch))])
                }
            }
        };
        let mut says: Vec<_> = finding.flows.iter().take(SHOWN).map(flow).collect();
        says.extend(self.rest(finding.flow_count.saturating_sub(says.len() as u64)));
        says
    }
}
