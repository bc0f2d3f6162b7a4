//! Rules of the mission: conditions over fields of flows, and counts of what meets them.

mod group;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use blueline_terms::Moment;
use blueline_terms::finding::Effect;

use super::{Description, Detector, Kind, Texts};
use crate::claim::Claims;
use crate::measure::Bounded;
use crate::rules::{Count, Rule, Value, View};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

use group::{Group, Key};

pub(crate) static DETECTOR: Description = Description {
    name: "rules",
    kinds: &[Kind { name: "rule", vectors: &[], class: "other/undetermined", effect: Effect::NONE }],
    title: "What rules of the mission ask for",
    method: "Each change of a flow, with each thing that was said in it, is held against the conditions of each rule, \
             in the manner of Sigma (specification 2.0). Matches are counted apart by fields over a sliding window in \
             sixteenths, so that what is counted never spans more than the window; different values are counted while \
             they are within it. Kind, class, effect and confidence are the rule's; its kind is `rule.ID` unless it \
             says otherwise, and the vector is its id.",
    leaves_alone: "What the rule's own `not` leaves alone. A rule is simple, and so are its claims: moderate unless it \
                   says otherwise.",
    bounds: "8192 groups of all rules, the fullest; 131,072 different values, the latest, of each group at most twice \
             its threshold; up to 32 sources and targets are named.",
    settings: &[Setting {
        name: "silence",
        default: Amount::Time(Duration::from_secs(60)),
        range: (1.0, 86_400.0),
        meaning: "After this long without another match, or the rule's own window, the event is over.",
    }],
    texts: Texts {
        en: r"
kind-rule = A rule of the mission is met
rule-met = the traffic meets the rule “{ $title }” ({ $rule })
rule-counted = { $count } matches within { $within }; the rule asks for { $least }
rule-counted-distinct = { $count } different { $field } within { $within }; the rule asks for { $least }
rule-by = counted for { $field } { $value }
rule-is-simple = a simple condition: harmless traffic may meet it as well
",
        ar: r"
kind-rule = تحققت قاعدة من قواعد البعثة
rule-met = تستوفي الحركة القاعدة «{ $title }» ({ $rule })
rule-counted = { $count } تطابقًا خلال { $within }؛ تطلب القاعدة { $least }
rule-counted-distinct = { $count } قيمة مختلفة من { $field } خلال { $within }؛ تطلب القاعدة { $least }
rule-by = محسوبة لـ { $field } { $value }
rule-is-simple = شرط بسيط: قد تستوفيه حركة غير ضارة أيضًا
",
        tr: r"
kind-rule = Görevin bir kuralı karşılandı
rule-met = trafik “{ $title }” kuralını karşılıyor ({ $rule })
rule-counted = { $within } içinde { $count } eşleşme; kural { $least } istiyor
rule-counted-distinct = { $within } içinde { $count } farklı { $field }; kural { $least } istiyor
rule-by = { $field } { $value } için sayıldı
rule-is-simple = basit bir koşul: zararsız trafik de onu karşılayabilir
",
        fr: r"
kind-rule = Une règle de la mission est remplie
rule-met = le trafic remplit la règle « { $title } » ({ $rule })
rule-counted = { $count } correspondances en { $within } ; la règle en demande { $least }
rule-counted-distinct = { $count } { $field } différents en { $within } ; la règle en demande { $least }
rule-by = comptées pour { $field } { $value }
rule-is-simple = une condition simple : un trafic inoffensif peut aussi la remplir
",
    },
    start: |tuning| Box::new(Rules::new(tuning)),
};

const MOST_GROUPS: usize = 8192;
const MOST_VALUES: usize = 131_072;

struct Rules {
    rules: Arc<[Rule]>,
    silence: Duration,
    /// By the rule's place and what its counts are apart by.
    groups: Bounded<(u32, Key), Group>,
    /// By group and value: until when it counts.
    values: Bounded<(u32, u128), Moment>,
    next: u32,
}

impl Rules {
    fn new(tuning: &Tuning) -> Self {
        Self {
            rules: tuning.rules(),
            silence: tuning.time("silence"),
            groups: Bounded::new(MOST_GROUPS, tuning.seed()),
            values: Bounded::new(MOST_VALUES, tuning.seed()),
            next: 0,
        }
    }

    /// Holds a change, or something said in it, against the rules that hear what is said, or that do not.
    fn ask(&mut self, rules: &[Rule], view: &View<'_>, hears: bool) {
        for (place, rule) in rules.iter().enumerate() {
            if rule.hears == hears && rule.is_met(view) {
                self.note(rule, place as u32, view);
            }
        }
    }

    fn note(&mut self, rule: &Rule, place: u32, view: &View<'_>) {
        let key = group::key(rule, view);
        let next = &mut self.next;
        let group = self.groups.entry((place, key), || {
            *next = next.wrapping_add(1);
            Group::new(*next, rule, view)
        });
        group.note(rule, view);
        let Some(threshold) = &rule.threshold else { return };
        let Count::Distinct(field) = threshold.count else { return };
        let value = view.value(field);
        if value == Value::None {
            return;
        }
        let until = view.change.span.end.plus(threshold.within);
        let slot = (group.serial, group::number(value));
        if let Some(known) = self.values.get_mut(&slot) {
            *known = until.max(*known);
        } else if group.distinct < threshold.least.saturating_mul(2) {
            self.values.entry(slot, || until);
            group.distinct += 1;
        }
    }

    fn tell(&mut self, rules: &[Rule], now: Moment, claims: &mut Claims) {
        let rule = |place: u32| rules.get(place as usize);
        if self.groups.iter().any(|(key, group)| rule(key.0).is_some_and(|rule| group.is_full(rule))) {
            self.count_anew(now);
        }
        for (&(place, key), group) in self.groups.iter_mut() {
            let Some(rule) = rule(place) else { continue };
            if group.is_due(rule) {
                claims.claim(group.claim(rule, key, self.silence));
            }
            group.rest();
        }
        let silence = self.silence;
        self.groups.retain(|(place, _), group| {
            let within = rule(*place).and_then(|rule| rule.threshold.as_ref()).map(|t| t.within);
            now.since(group.span.end) <= silence.max(within.unwrap_or_default())
        });
        self.groups.prune(Group::weight);
        if self.values.len() > MOST_VALUES {
            self.count_anew(now);
            self.values.prune(|&until| until);
        }
    }

    /// Forgets values that are out of their windows, and counts those that are left.
    fn count_anew(&mut self, now: Moment) {
        self.values.retain(|_, until| *until >= now);
        let mut counts: hashbrown::HashMap<u32, u64, foldhash::fast::FixedState> = hashbrown::HashMap::default();
        for ((serial, _), _) in self.values.iter() {
            *counts.entry(*serial).or_default() += 1;
        }
        for (_, group) in self.groups.iter_mut() {
            group.distinct = counts.get(&group.serial).copied().unwrap_or_default();
        }
    }
}

impl Detector for Rules {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        if self.rules.is_empty() {
            return;
        }
        let rules = Arc::clone(&self.rules);
        let mut said = scene.sayings.iter().peekable();
        for (place, change) in scene.changes.iter().enumerate() {
            let silent = View::new(scene, change, None);
            self.ask(&rules, &silent, false);
            let mut heard = false;
            while let Some((_, saying)) = said.next_if(|(at, _)| *at == place) {
                heard = true;
                self.ask(&rules, &View::new(scene, change, Some(saying)), true);
            }
            if !heard {
                self.ask(&rules, &silent, true);
            }
        }
        if scene.second_over || scene.last {
            self.tell(&rules, scene.now, claims);
        }
    }
}
