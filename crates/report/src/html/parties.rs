//! Who the parties are, as the mission declares it: nothing here was observed.

use std::fmt::Display;

use blueline_terms::{Contact, Party, PartyIndex, PublicKey, SafeArea, Side};
use maud::{Markup, html};

use super::Page;
use crate::words;

/// Of each list; the rest is counted.
const LISTED: usize = 100;
const PARTIES_SHOWN: usize = 100;
/// How much of a key stands in its short form: its end, for keys of one kind all begin alike.
const KEY_END: usize = 16;

impl Page<'_> {
    /// The declared parties, folded away until they are asked for.
    pub(super) fn declared(&self) -> Markup {
        let parties = &self.sides.parties;
        if parties.is_empty() {
            return html! {};
        }
        let rest = parties.len().saturating_sub(PARTIES_SHOWN);
        html! {
            section id="parties" {
                details {
                    summary { h2 { "The parties" } }
                    p.seen { "As the mission declares them. Nothing here was observed." }
                    div.areas { @for &index in parties.iter().take(PARTIES_SHOWN) { (self.declared_party(index)) } }
                    @if rest > 0 { p.quiet { "and " (rest) " more parties" } }
                }
            }
        }
    }

    fn declared_party(&self, index: PartyIndex) -> Markup {
        let Some(party) = self.mission.party(index) else { return html! {} };
        html! {
            article.area {
                h3 { (self.side(Side::Party(index))) span.pill { (party.id) } }
                dl.facts-of {
                    (fact("Names", &names(party)))
                    (fact("Prefixes", &codes(party.prefixes.iter())))
                    (fact("AS numbers", &codes(party.asns.iter())))
                    (fact("Countries", &codes(party.countries.iter())))
                    (fact("Domains", &codes(party.domains.iter().map(|domain| words::clean(domain)))))
                    (fact("Contacts", &party.contacts.iter().map(contact).collect::<Vec<_>>()))
                    (fact("Keys", &party.keys.iter().map(key).collect::<Vec<_>>()))
                    (fact("Safe areas", &self.areas_of(index)))
                }
            }
        }
    }

    /// A party's safe areas in the order of their lowest address: their space is a fact, what they are called is not.
    fn areas_of(&self, party: PartyIndex) -> Vec<Markup> {
        let mut areas: Vec<_> = self.mission.safe_areas.iter().filter(|area| area.party == party).collect();
        areas.sort_by_key(|area| area.prefixes.iter().min());
        areas.into_iter().map(|area| self.declared_area(area)).collect()
    }

    fn declared_area(&self, area: &SafeArea) -> Markup {
        let name = area.names.get(self.sides.language()).or_else(|| area.names.get("en"));
        let name = self.sides.text(name.map_or("", String::as_str), area.id.as_str());
        let rest = area.prefixes.len().saturating_sub(LISTED);
        html! {
            bdi dir="auto" { (name) } ", " (area.class) ": "
            @for (number, prefix) in area.prefixes.iter().take(LISTED).enumerate() { @if number > 0 { ", " } code { (prefix) } }
            @if rest > 0 { " and " (rest) " more" }
        }
    }
}

/// A word and the list that it stands for; nothing where the list is empty.
fn fact(word: &str, list: &[Markup]) -> Markup {
    let rest = list.len().saturating_sub(LISTED);
    html! {
        @if !list.is_empty() {
            div {
                dt { (word) }
                dd { ul { @for one in list.iter().take(LISTED) { li { (one) } } @if rest > 0 { li.quiet { "and " (rest) " more" } } } }
            }
        }
    }
}

/// Every name that was declared, by language tag.
fn names(party: &Party) -> Vec<Markup> {
    let name = |(tag, name): (&String, &String)| {
        html! { span.quiet { (words::clean(tag)) } " " bdi lang=(words::clean(tag)) dir="auto" { (words::clean(name)) } }
    };
    party.names.iter().map(name).collect()
}

fn codes(list: impl Iterator<Item = impl Display>) -> Vec<Markup> {
    list.map(|one| html! { code.head { (one) } }).collect()
}

fn contact(contact: &Contact) -> Markup {
    let ways = [&contact.email, &contact.phone];
    html! {
        bdi dir="auto" { (words::clean(&contact.name)) } " (" bdi dir="auto" { (words::clean(&contact.role)) } ")"
        @for way in ways.into_iter().flatten() { ", " bdi.head { (words::clean(way)) } }
    }
}

/// The algorithm and the end of the key; the whole key where it is hovered over or copied.
fn key(key: &PublicKey) -> Markup {
    let text = words::clean(&key.base64);
    let letters = text.trim_end_matches('=').chars().count();
    html! {
        (words::clean(&key.algorithm)) " "
        @if letters > KEY_END {
            code.nowrap title={ "whole key: " (text) } { "…" (text.chars().skip(letters - KEY_END).collect::<String>()) }
        } @else {
            code { (text) }
        }
    }
}
