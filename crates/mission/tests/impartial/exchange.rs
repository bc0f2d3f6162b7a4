//! What is exchanged, and what a finding becomes by that.

use blueline_terms::finding::{Contact, Party, Reason, Sources, Value};
use blueline_terms::{Address, Finding, FindingId, Mission, PartyIndex, Prefix, Side};

/// What two parties exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Their ids. They keep their addresses, and their places in the mission.
    Labels,
    /// Their places in the mission: who is declared first.
    Declaration,
    /// Their addresses, safe areas included. They keep their ids, their places, and what they do.
    Addresses,
    /// What they do. They keep their ids, places and addresses; each does at the same hosts of its own what the other did.
    Deeds,
}

impl Exchange {
    pub(crate) const ALL: [Self; 4] = [Self::Labels, Self::Declaration, Self::Addresses, Self::Deeds];
}

/// Blocks of the first party, each with that of the second for which it is exchanged.
pub(crate) type Blocks = Vec<(Prefix, Prefix)>;

/// The mission with the ids of its first two parties exchanged.
pub(crate) fn relabelled(mut mission: Mission) -> Mission {
    let [first, second, ..] = &mut mission.parties[..] else { panic!("two parties") };
    std::mem::swap(&mut first.id, &mut second.id);
    mission
}

/// The mission with its first two parties declared the other way round.
pub(crate) fn turned(mut mission: Mission) -> Mission {
    mission.parties.swap(0, 1);
    mission.safe_areas.iter_mut().for_each(|area| area.party = other(area.party));
    mission
}

fn other(party: PartyIndex) -> PartyIndex {
    match party {
        PartyIndex(place @ (0 | 1)) => PartyIndex(1 - place),
        third => third,
    }
}

/// Says what a finding becomes by an exchange; the same where there is none.
#[derive(Default)]
pub(crate) struct Image<'a> {
    /// Blocks that change hands.
    blocks: &'a [(Prefix, Prefix)],
    /// Whether the first party's index becomes the second's.
    turned: bool,
}

impl<'a> Image<'a> {
    /// By an exchange. A finding names a party by its index; so where ids alone change, it stays as it is.
    pub(crate) fn by(exchange: Exchange, blocks: &'a Blocks) -> Self {
        let moved = matches!(exchange, Exchange::Addresses | Exchange::Deeds);
        Self {
            blocks: if moved { blocks } else { &[] },
            turned: matches!(exchange, Exchange::Declaration | Exchange::Deeds),
        }
    }

    fn address(&self, address: Address) -> Address {
        let both_ways = self.blocks.iter().flat_map(|&(a, b)| [(a, b), (b, a)]);
        let home = both_ways.into_iter().find(|(from, _)| from.contains(address));
        let moved = home.map(|(from, to)| address.bits() ^ from.first().bits() ^ to.first().bits());
        moved.map_or(address, Address::from_bits)
    }

    fn side(&self, side: Side) -> Side {
        match side {
            Side::Party(party) if self.turned => Side::Party(other(party)),
            side => side,
        }
    }

    fn party(&self, party: Party) -> Party {
        let Party { address, side, safe_area, confidence } = party;
        Party { address: self.address(address), side: self.side(side), safe_area, confidence }
    }

    fn sources(&self, sources: Sources) -> Sources {
        let Sources { count, estimated, sample, spoofed } = sources;
        Sources { count, estimated, sample: sample.into_iter().map(|one| self.address(one)).collect(), spoofed }
    }

    fn contact(&self, contact: Contact) -> Contact {
        let Contact { from, to, first } = contact;
        Contact { from: self.address(from), to: self.address(to), first }
    }

    fn reason(&self, reason: Reason) -> Reason {
        let Reason { word, values } = reason;
        let value = |value| match value {
            Value::Address(address) => Value::Address(self.address(address)),
            value => value,
        };
        Reason { word, values: values.into_iter().map(|(name, told)| (name, value(told))).collect() }
    }

    /// The finding under another id. Each field is named, so that the compiler asks here about a new one.
    pub(crate) fn of(&self, finding: Finding, new: FindingId) -> Finding {
        let Finding {
            id: _,
            state,
            kind,
            vector,
            class,
            effect,
            span,
            actors,
            targets,
            target_count,
            sources,
            ports,
            flow_count,
            packets,
            bytes,
            measure,
            confidence,
            grounds,
            against,
            flows,
            contacts,
            sensors,
        } = finding;
        Finding {
            id: new,
            state,
            kind,
            vector,
            class,
            effect,
            span,
            actors: actors.into_iter().map(|one| self.party(one)).collect(),
            targets: targets.into_iter().map(|one| self.party(one)).collect(),
            target_count,
            sources: self.sources(sources),
            ports,
            flow_count,
            packets,
            bytes,
            measure,
            confidence,
            grounds: grounds.into_iter().map(|one| self.reason(one)).collect(),
            against: against.into_iter().map(|one| self.reason(one)).collect(),
            flows,
            contacts: contacts.into_iter().map(|one| self.contact(one)).collect(),
            sensors,
        }
    }
}
