//! Who is vulnerable, who has been infected, and by whom.

use std::collections::BTreeSet;

use blueline_terms::{Moment, Side};

use crate::packet::Sensors;
use crate::scenario::{Family, Who, Worm};
use crate::traffic::stage::{Host, Stage};

/// A place in the space that is probed: whose, and the host's number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) group: usize,
    pub(super) number: u64,
}

/// One infection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    pub(crate) moment: Moment,
    /// Who infected; the worm's first host has nobody.
    pub(crate) by: Option<Host>,
    pub(crate) host: Host,
    /// The sensors that could see it.
    pub(crate) seen_by: Sensors,
}

/// What has become of a worm. As large as the number of vulnerable hosts, which is bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbreak {
    groups: Vec<Group>,
    space: u64,
    reached: BTreeSet<Place>,
    pub(crate) contacts: Vec<Contact>,
}

/// One side of those who are probed.
#[derive(Clone, Copy, Debug)]
struct Group {
    side: Side,
    room: u64,
    /// Those who exist: what answers, even if only to refuse.
    hosts: u64,
    /// The first that is vulnerable, and how many are from there on.
    first: u64,
    vulnerable: u64,
}

impl Outbreak {
    /// Nobody is infected yet. The vulnerable hosts are shared out by the size of the sides' spaces.
    pub(super) fn new(stage: &Stage, worm: &Worm, servers: bool) -> Self {
        let mut outbreak = Self::default();
        let rooms: Vec<u64> = worm.among.iter().map(|&side| stage.room(Who::Side(side), Family::V4)).collect();
        let total = rooms.iter().sum::<u64>().max(1);
        let share = |room: u64| (u128::from(room) * u128::from(worm.vulnerable) / u128::from(total)) as u64;
        for (&side, &room) in worm.among.iter().zip(&rooms) {
            let vulnerable = share(outbreak.space + room) - share(outbreak.space);
            outbreak.space += room;
            let (hosts, serving) = stage.hosts(Who::Side(side));
            let first = if servers { 0 } else { serving };
            outbreak.groups.push(Group { side, room, hosts, first, vulnerable });
        }
        outbreak
    }

    /// How many addresses are probed.
    pub(crate) fn space(&self) -> u64 {
        self.space
    }

    /// How many hosts are infected.
    pub(crate) fn infected(&self) -> u64 {
        self.contacts.len() as u64
    }

    /// The address with this number in the space.
    pub(super) fn place(&self, mut number: u64) -> Option<Place> {
        for (group, &Group { room, .. }) in self.groups.iter().enumerate() {
            if number < room {
                return Some(Place { group, number });
            }
            number -= room;
        }
        None
    }

    /// An address of this group.
    pub(super) fn within(&self, group: usize, draw: &mut crate::random::Draw) -> Option<Place> {
        let number = draw.below(self.groups.get(group)?.room);
        Some(Place { group, number })
    }

    pub(super) fn side(&self, place: Place) -> Side {
        self.groups.get(place.group).map_or(Side::World, |group| group.side)
    }

    /// Whether somebody is there at all.
    pub(super) fn exists(&self, place: Place) -> bool {
        self.groups.get(place.group).is_some_and(|group| place.number < group.hosts) || self.is_vulnerable(place)
    }

    pub(super) fn is_vulnerable(&self, place: Place) -> bool {
        self.groups.get(place.group).is_some_and(|group| {
            (place.number + group.room - group.first % group.room.max(1)) % group.room.max(1) < group.vulnerable
        })
    }

    /// Notes that a host is about to be infected. False when it is already, or cannot be.
    pub(super) fn reach(&mut self, place: Place) -> bool {
        self.is_vulnerable(place) && self.reached.insert(place)
    }

    pub(super) fn first(&mut self, moment: Moment, host: Host) {
        self.contacts.push(Contact { moment, by: None, host, seen_by: Sensors::default() });
    }

    pub(super) fn infect(&mut self, contact: Contact) {
        self.contacts.push(contact);
    }
}
