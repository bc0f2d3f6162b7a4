//! Collects what a list says, within bounds.

use std::borrow::Cow;
use std::sync::LazyLock;

use blueline_terms::Prefix;
use hashbrown::HashMap;

use super::value::{Fault, Thing, Value};
use super::{At, Detail, Entry, Indicators, MOST_INDICATORS, Trouble, What};

/// Troubles of one message that are told each by itself; the rest are counted.
const EACH: usize = 8;
/// Troubles in all.
const MOST_TROUBLES: usize = 1000;
/// Bytes of a value and of a label that are shown.
const SHOWN: usize = 80;
/// Prefixes shorter than this hold half the world.
const SHORTEST: u8 = 8;

pub(super) struct Gather {
    list: Indicators,
    troubles: Vec<Trouble>,
    /// By message: how many there were, and where the last one that counts the rest stands.
    told: HashMap<String, (usize, usize), foldhash::fast::FixedState>,
}

impl Gather {
    pub(super) fn new(name: &str) -> Self {
        let list = Indicators { name: name.to_owned(), ..Indicators::default() };
        Self { list, troubles: Vec::new(), told: HashMap::default() }
    }

    /// How many indicators there are by now.
    pub(super) fn len(&self) -> usize {
        self.list.entries.len()
    }

    /// Notes what holds for the indicators that follow; gives its place.
    pub(super) fn detail(&mut self, mut detail: Detail) -> u32 {
        detail.label = cut(&detail.label).into();
        if self.list.details.last() != Some(&detail) {
            self.list.details.push(detail);
        }
        (self.list.details.len() - 1) as u32
    }

    /// Adds an indicator, unless it is one that would match what nobody meant.
    pub(super) fn add(&mut self, at: &dyn Fn() -> At, text: &str, value: Value, detail: u32) {
        if self.list.entries.len() >= MOST_INDICATORS {
            let help = "take the least useful lists out, or shorten them";
            let message =
                format!("is beyond the {MOST_INDICATORS} indicators that a mission may have, and is left out");
            return self.fault(at(), text, &Fault::usual(message, help));
        }
        let what = match value.thing {
            Thing::Addresses(prefix) => match sort(prefix) {
                Sort::Public => What::Addresses(prefix),
                Sort::Numbered => {
                    self.fault(at(), text, &special());
                    What::Addresses(prefix)
                }
                Sort::Refused(fault) => return self.fault(at(), text, &fault),
            },
            Thing::Name(name) => self.text(&name, What::Name),
            Thing::Ja4(ja4) => self.text(&ja4, What::Ja4),
        };
        let Value { below, port, protocol, partial, .. } = value;
        self.list.entries.push(Entry { what, detail, port, protocol, below, partial });
    }

    fn text(&mut self, text: &str, what: fn(u32, u8) -> What) -> What {
        // Within the bound on indicators, texts of at most 253 bytes stay below 4 GiB.
        let start = self.list.texts.len() as u32;
        self.list.texts.push_str(text);
        what(start, u8::try_from(text.len()).unwrap_or(u8::MAX))
    }

    /// Takes back what was added in these places.
    pub(super) fn withdraw(&mut self, mut gone: impl FnMut(usize) -> bool) {
        let mut place = 0;
        self.list.entries.retain(|_| {
            place += 1;
            !gone(place - 1)
        });
    }

    pub(super) fn fault(&mut self, at: At, value: &str, fault: &Fault) {
        let each = if fault.usual { 1 } else { EACH };
        let (count, last) = self.told.entry_ref(fault.message.as_ref()).or_insert((0, 0));
        *count += 1;
        if *count > each {
            if let Some(trouble) = self.troubles.get_mut(*last) {
                trouble.count += 1;
            }
            return;
        }
        if self.troubles.len() >= MOST_TROUBLES {
            return;
        }
        *last = self.troubles.len();
        self.troubles.push(Trouble {
            list: self.list.name.clone(),
            at,
            value: cut(value).into_owned(),
            message: fault.message.clone().into_owned(),
            help: fault.help.clone().into_owned(),
            count: 1,
        });
    }

    pub(super) fn finish(self) -> (Indicators, Vec<Trouble>) {
        (self.list, self.troubles)
    }
}

/// A text of a readable length.
fn cut(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.len() <= SHOWN {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(SHOWN)]))
}

fn special() -> Fault {
    Fault::usual(
        "lies in space for private use or documentation, whose addresses mean other hosts in other networks",
        "remove it unless it is meant; it is matched because the list names it",
    )
}

/// Space that numbers hosts in networks apart from the public one (RFC 1918, 6598, 3927, 5737, 2544, 4193, 4291, 3849,
/// 5180, 9637). A wider block of a list does not mean it.
pub(super) static NUMBERED: LazyLock<Vec<Prefix>> = LazyLock::new(|| {
    blocks(&[
        "10.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "198.18.0.0/15",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "2001:db8::/32",
        "2001:2::/48",
        "3fff::/20",
    ])
});

/// Space that is no host's: this network, loopback, multicast, reserved and broadcast.
static NOBODYS: LazyLock<Vec<Prefix>> =
    LazyLock::new(|| blocks(&["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/127", "ff00::/8"]));

fn blocks(blocks: &[&str]) -> Vec<Prefix> {
    blocks.iter().filter_map(|block| block.parse().ok()).collect()
}

enum Sort {
    Public,
    Numbered,
    Refused(Fault),
}

fn sort(prefix: Prefix) -> Sort {
    let within = |blocks: &[Prefix]| blocks.iter().any(|block| block.covers(prefix));
    if prefix.length() < SHORTEST {
        let help = format!("write blocks of /{SHORTEST} or longer, each of which you mean");
        return Sort::Refused(Fault::new("is too wide to say anything", help));
    }
    if within(&NOBODYS) {
        let help = "remove it: loopback, multicast and reserved addresses are nobody's";
        return Sort::Refused(Fault::new("is no host's address", help));
    }
    if within(&NUMBERED) { Sort::Numbered } else { Sort::Public }
}
