//! Attribution as its caller sees it: readable cases for the rules, properties for the flattening and for symmetry.

use std::fmt::Write;

use blueline_terms::{
    Address, Asn, Country, FlowBatch, FlowId, Mission, Network, Party, PartyIndex, Place, PlaceIndex, Prefix, SafeArea,
    SafeAreaClass, SafeAreaIndex, Side, Tunnel, TunnelKind,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::judge::{Claims, Evidence};
use super::{Border, OriginTable, RegistryTable, SpecialBlock};

fn party(id: &str, prefixes: &[&str], asns: &[u32], countries: &[&str]) -> Party {
    Party {
        id: id.parse().unwrap(),
        names: Default::default(),
        prefixes: prefixes.iter().map(|text| text.parse().unwrap()).collect(),
        asns: asns.iter().copied().map(Asn).collect(),
        countries: countries.iter().map(|text| text.parse().unwrap()).collect(),
        domains: Vec::new(),
        contacts: Vec::new(),
        keys: Vec::new(),
    }
}

fn area(id: &str, party: u16, prefixes: Vec<Prefix>) -> SafeArea {
    let (names, class) = (Default::default(), SafeAreaClass::Hospital);
    SafeArea { id: id.parse().unwrap(), names, class, party: PartyIndex(party), prefixes }
}

fn origins(lines: &[(&str, u32)]) -> OriginTable {
    lines.iter().map(|&(prefix, asn)| (prefix.parse().unwrap(), Asn(asn))).collect()
}

fn registry(lines: &[(&str, &str)]) -> RegistryTable {
    lines.iter().map(|&(prefix, country)| (prefix.parse().unwrap(), country.parse().unwrap())).collect()
}

fn two_parties() -> Mission {
    Mission {
        parties: vec![
            party("alpha", &["10.0.0.0/8", "20.0.0.0/8", "2001:db8::/32"], &[100], &["XA"]),
            party("beta", &["10.1.0.0/16", "20.9.0.0/16", "fe80::/10"], &[200], &["XB"]),
        ],
        safe_areas: vec![
            area("clinic", 0, vec!["10.2.0.0/24".parse().unwrap(), "2001:db8:5::1".parse().unwrap()]),
            area("ward", 0, vec!["10.2.0.128/25".parse().unwrap()]),
        ],
        ..Mission::default()
    }
}

/// `address: side, confidence, grounds [area] (or: alternatives)`.
fn tell(mission: &Mission, border: &Border, addresses: &[&str]) -> String {
    let mut told = String::new();
    for address in addresses {
        let place = border.place(border.locate(address.parse().unwrap()));
        let (side, confidence, grounds) = (mission.word(place.side), place.confidence, place.grounds);
        write!(told, "{address}: {side}, {confidence}, {grounds}").unwrap();
        if let Some(area) = place.safe_area {
            write!(told, ", in {}", mission.safe_area(area).unwrap().id).unwrap();
        }
        for other in &place.alternatives {
            write!(told, "; or {}, {}, {}", mission.word(other.side), other.confidence, other.grounds).unwrap();
        }
        told.push('\n');
    }
    told
}

#[test]
fn private_addresses_in_a_tunnel_stand_where_it_ends() {
    let mut mission = two_parties();
    mission.parties[0].prefixes.push("192.168.7.0/24".parse().unwrap());
    let border = Border::new(&mission, OriginTable::default(), RegistryTable::default());
    let told = |inner: &str, outer: &str| {
        let place = border.place(border.locate_behind(inner.parse().unwrap(), outer.parse().unwrap()));
        (mission.word(place.side), place.confidence.to_string(), place.grounds.to_string(), place.safe_area)
    };
    let behind = "172.16.0.0/12 behind the end of a tunnel on that side";
    assert_eq!(told("172.16.0.1", "20.0.0.1"), ("alpha", "low".into(), behind.into(), None));
    assert_eq!(told("172.16.0.1", "20.9.0.1").0, "beta");
    assert_eq!(told("172.16.0.1", "8.8.8.8").0, "world");
    assert_eq!(told("fd00::1", "2001:db8:5::1").3, Some(SafeAreaIndex(0)), "the safe area's gateway is its border");
    assert_eq!(told("172.16.0.1", "172.17.0.1").0, "unknown", "the end says nothing itself");
    assert_eq!(told("192.168.7.1", "20.9.0.1").0, "alpha", "who declared an address has it, in a tunnel too");
    assert_eq!(told("224.0.0.5", "20.0.0.1").0, "unknown", "a group is no host");
    assert_eq!(told("9.9.9.9", "20.0.0.1").0, "world", "a public address speaks for itself");
    let place = border.place(border.locate_behind("172.16.0.1".parse().unwrap(), "20.0.0.1".parse().unwrap()));
    assert_eq!(place.alternatives.iter().map(|other| other.side).collect::<Vec<_>>(), [Side::Unknown]);
}

#[test]
fn rows_in_tunnels_are_attributed_way_by_way() {
    let mission = two_parties();
    let border = Border::new(&mission, OriginTable::default(), RegistryTable::default());
    let address = |text: &str| text.parse::<Address>().unwrap();
    let tunnel = |source: &str, destination: &str| Tunnel {
        kind: TunnelKind::Gre,
        source: address(source),
        destination: address(destination),
        id: 0,
        depth: 1,
    };
    let mut batch = FlowBatch::default();
    for outer in [Some(tunnel("20.0.0.1", "20.9.0.1")), None, Some(tunnel("20.9.0.1", "20.0.0.1"))] {
        batch.network.push(Network::Ipv4);
        batch.id.push(FlowId { batch: 0, ordinal: 0 });
        batch.source.push(address("172.16.0.1"));
        batch.destination.push(address("172.16.0.2"));
        batch.tunnels.extend(outer);
        batch.tunnel.push(if outer.is_some() { batch.tunnels.len() as u32 } else { 0 });
    }
    border.attribute(&mut batch);
    let sides =
        |places: &[PlaceIndex]| places.iter().map(|&at| mission.word(border.place(at).side)).collect::<Vec<_>>();
    assert_eq!(sides(&batch.source_place), ["alpha", "unknown", "beta"]);
    assert_eq!(sides(&batch.destination_place), ["beta", "unknown", "alpha"]);
}

#[test]
fn the_longest_declared_prefix_wins_also_between_parties() {
    let mission = two_parties();
    let border = Border::new(&mission, OriginTable::default(), RegistryTable::default());
    let told = tell(
        &mission,
        &border,
        &[
            "10.0.0.1",
            "10.1.0.0",
            "10.1.255.255",
            "10.2.0.5",
            "10.2.0.200",
            "2001:db8:5::1",
            "fe80::1",
            "8.8.8.8",
            "192.168.0.1",
            "::1",
            "2600::1",
        ],
    );
    assert_eq!(
        told,
        "\
10.0.0.1: alpha, high, declared prefix 10.0.0.0/8
10.1.0.0: beta, high, declared prefix 10.1.0.0/16
10.1.255.255: beta, high, declared prefix 10.1.0.0/16
10.2.0.5: alpha, high, declared prefix 10.0.0.0/8, in clinic
10.2.0.200: alpha, high, declared prefix 10.0.0.0/8, in ward
2001:db8:5::1: alpha, high, declared prefix 2001:db8::/32, in clinic
fe80::1: beta, high, declared prefix fe80::/10
8.8.8.8: world, moderate, claimed by no party
192.168.0.1: unknown, high, 192.168.0.0/16 is special-purpose space
::1: unknown, high, ::1/128 is special-purpose space
2600::1: world, moderate, claimed by no party
"
    );
}

#[test]
fn weaker_grounds_speak_where_stronger_are_silent_and_doubt_lowers_confidence() {
    let mission = two_parties();
    let origins = origins(&[
        ("20.1.0.0/16", 200), // declared by alpha, originated by beta
        ("20.2.0.0/16", 999), // declared by alpha, originated by somebody else: no objection
        ("30.0.0.0/16", 100),
        ("30.1.0.0/16", 100), // originated by alpha, registered in beta's country
        ("30.2.0.0/16", 999),
        ("30.3.0.0/16", 100), // several origins
        ("30.3.0.0/16", 200),
        ("30.4.0.0/16", 999),
        ("30.4.0.0/16", 100),
        ("198.51.100.0/24", 100), // documentation space
    ]);
    let registry = registry(&[("30.1.0.0/16", "XB"), ("30.5.0.0/16", "XB"), ("30.6.0.0/16", "XC")]);
    let border = Border::new(&mission, origins, registry);
    let told = tell(
        &mission,
        &border,
        &[
            "20.1.0.1",
            "20.2.0.1",
            "30.0.0.1",
            "30.1.0.1",
            "30.2.0.1",
            "30.3.0.1",
            "30.4.0.1",
            "30.5.0.1",
            "30.6.0.1",
            "198.51.100.1",
        ],
    );
    assert_eq!(told, "\
20.1.0.1: alpha, moderate, declared prefix 20.0.0.0/8; or beta, moderate, 20.1.0.0/16 originated by AS200
20.2.0.1: alpha, high, declared prefix 20.0.0.0/8
30.0.0.1: alpha, moderate, 30.0.0.0/16 originated by AS100
30.1.0.1: alpha, low, 30.1.0.0/16 originated by AS100; or beta, low, 30.1.0.0/16 registered in XB
30.2.0.1: world, high, claimed by no party
30.3.0.1: alpha, low, 30.3.0.0/16 originated by AS100; or beta, moderate, 30.3.0.0/16 originated by AS200
30.4.0.1: alpha, low, 30.4.0.0/16 originated by AS100; or world, moderate, 30.4.0.0/16 originated by AS999
30.5.0.1: beta, low, 30.5.0.0/16 registered in XB
30.6.0.1: world, high, claimed by no party
198.51.100.1: alpha, low, 198.51.100.0/24 originated by AS100; or unknown, high, 198.51.100.0/24 is special-purpose space
");
    let origin = |address: &str| border.place(border.locate(address.parse().unwrap())).origin;
    assert_eq!((origin("20.1.0.1"), origin("30.2.0.1"), origin("8.8.8.8")), (Some(Asn(200)), Some(Asn(999)), None));
}

#[test]
fn a_declaration_wider_than_a_special_block_keeps_it_with_a_doubt() {
    let mission = Mission {
        parties: vec![party("alpha", &["0.0.0.0/1", "2001::/16"], &[], &[]), party("beta", &["128.0.0.0/1"], &[], &[])],
        ..Mission::default()
    };
    let border = Border::new(&mission, OriginTable::default(), RegistryTable::default());
    let told = tell(
        &mission,
        &border,
        &[
            "8.8.8.8",
            "10.1.2.3",
            "127.255.255.255",
            "128.0.0.0",
            "255.255.255.255",
            "2001:db8::1",
            "2001:470::1",
            "2002::1",
        ],
    );
    assert_eq!(told, "\
8.8.8.8: alpha, high, declared prefix 0.0.0.0/1
10.1.2.3: alpha, moderate, declared prefix 0.0.0.0/1; or unknown, high, 10.0.0.0/8 is special-purpose space
127.255.255.255: alpha, moderate, declared prefix 0.0.0.0/1; or unknown, high, 127.0.0.0/8 is special-purpose space
128.0.0.0: beta, high, declared prefix 128.0.0.0/1
255.255.255.255: beta, moderate, declared prefix 128.0.0.0/1; or unknown, high, 255.255.255.255/32 is special-purpose space
2001:db8::1: alpha, moderate, declared prefix 2001::/16; or unknown, high, 2001:db8::/32 is special-purpose space
2001:470::1: alpha, high, declared prefix 2001::/16
2002::1: world, moderate, claimed by no party
");
}

#[test]
fn special_space_follows_the_registries() {
    let mission = Mission::default();
    let border = Border::new(&mission, OriginTable::default(), RegistryTable::default());
    let side = |address: &str| border.place(border.locate(address.parse().unwrap())).side;
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.1.1",
        "172.31.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "198.19.0.1",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fd00::1",
        "fe80::1",
        "ff02::fb",
        "2001:db8::",
        "3fff:fff::1",
        "5f00::",
        "100::1",
        "2001:2::1",
        "64:ff9b:1::1",
        "4000::",
    ] {
        assert_eq!(side(address), Side::Unknown, "{address}");
    }
    for address in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.32.0.0",
        "192.0.0.9",
        "192.0.1.0",
        "223.255.255.255",
        "2000::",
        "2001:0:1::1",
        "2001:200::",
        "2002:a00::1",
        "3ffe::1",
        "64:ff9b::808:808",
        "2001:1::2",
        "2001:20::1",
    ] {
        assert_eq!(side(address), Side::World, "{address}");
    }
}

#[test]
fn contested_claims_speak_for_neither() {
    let mission = Mission {
        parties: vec![party("alpha", &["9.0.0.0/8"], &[100], &["XA"]), party("beta", &["9.0.0.0/8"], &[100], &["XA"])],
        ..Mission::default()
    };
    let border = Border::new(&mission, origins(&[("8.0.0.0/8", 100)]), registry(&[("7.0.0.0/8", "XA")]));
    assert_eq!(
        tell(&mission, &border, &["9.1.1.1", "8.1.1.1", "7.1.1.1"]),
        "\
9.1.1.1: unknown, low, declared prefix 9.0.0.0/8
8.1.1.1: world, high, claimed by no party
7.1.1.1: world, high, claimed by no party
"
    );
}

#[test]
fn every_row_gets_both_places_and_the_unreadable_get_their_own() {
    let border = Border::new(&two_parties(), OriginTable::default(), RegistryTable::default());
    let mut batch = FlowBatch::default();
    for (network, source, destination) in [
        (Network::Ipv4, "10.0.0.1", "8.8.8.8"),
        (Network::Ipv6, "fe80::1", "2001:db8:5::1"),
        (Network::Arp, "10.1.0.1", "10.1.0.2"),
        (Network::Other, "10.0.0.1", "10.0.0.1"),
    ] {
        batch.network.push(network);
        batch.source.push(source.parse().unwrap());
        batch.destination.push(destination.parse().unwrap());
    }
    border.attribute(&mut batch);
    border.attribute(&mut batch); // Again adds nothing.
    let side = |index| border.place(index).side;
    let (alpha, beta) = (Side::Party(PartyIndex(0)), Side::Party(PartyIndex(1)));
    let sides: Vec<_> =
        batch.source_place.iter().zip(&batch.destination_place).map(|(&s, &d)| (side(s), side(d))).collect();
    assert_eq!(sides, [(alpha, Side::World), (beta, alpha), (beta, beta), (Side::Unknown, Side::Unknown)]);
    assert_eq!(batch.source_place[3], Border::UNREADABLE);
    assert_eq!(border.place(PlaceIndex(u32::MAX)), border.place(Border::UNREADABLE));
}

/// Prefixes crowded into little space, so that they nest, touch and repeat; now and then any prefix at all.
fn any_prefix() -> impl Strategy<Value = Prefix> {
    (any::<bool>(), any::<u128>(), 0_u8..=128, 0_u8..4).prop_map(|(v4, bits, length, crowd)| {
        let longest: u8 = if v4 { 32 } else { 128 };
        let bits = if v4 { bits >> 96 } else { bits };
        // Few free bits behind a fixed start: 10.0.0.0 plus the low bits, or 2001:db8:: plus the low bits.
        let (base, free) = if v4 { (0x0a00_0000, 12) } else { (0x2001_0db8 << 96, 40) };
        let bits = if crowd > 0 { base | bits & ((1 << free) - 1) } else { bits };
        let length = if crowd > 0 { longest - length % (free + 1) } else { length % (longest + 1) };
        let bits = if length == 0 { 0 } else { bits >> (longest - length) << (longest - length) };
        let address = if v4 { Address::v4((bits as u32).to_be_bytes()) } else { Address::from_bits(bits) };
        Prefix::new(address, length).unwrap_or(Prefix::host(address))
    })
}

#[derive(Debug, Clone)]
struct World {
    mission: Mission,
    origins: Vec<(Prefix, Asn)>,
    registry: Vec<(Prefix, Country)>,
}

fn any_world() -> impl Strategy<Value = World> {
    let country = prop::sample::select(vec!["XA", "XB", "XC", "XD"]).prop_map(|text| text.parse::<Country>().unwrap());
    let parties = vec((vec(any_prefix(), 0..12), vec(0_u32..6, 0..3), vec(country.clone(), 0..2)), 0..4);
    let areas = vec((vec(any_prefix(), 1..4), 0_u16..4), 0..5);
    let origins = vec((any_prefix(), (0_u32..6).prop_map(Asn)), 0..40);
    (parties, areas, origins, vec((any_prefix(), country), 0..20)).prop_map(|(parties, areas, origins, registry)| {
        let parties = parties.into_iter().enumerate().map(|(index, (prefixes, asns, countries))| Party {
            prefixes,
            countries,
            ..party(&format!("p{index}"), &[], &asns, &[])
        });
        let areas =
            areas.into_iter().enumerate().map(|(index, (prefixes, party))| area(&format!("a{index}"), party, prefixes));
        World {
            mission: Mission { parties: parties.collect(), safe_areas: areas.collect(), ..Mission::default() },
            origins,
            registry,
        }
    })
}

impl World {
    fn border(&self) -> Border {
        Border::new(&self.mission, self.origins.iter().copied().collect(), self.registry.iter().copied().collect())
    }

    /// Both ends of every prefix and their neighbours: where a slip in flattening would show.
    fn addresses(&self, more: &[u128]) -> Vec<Address> {
        let declared = self.mission.parties.iter().flat_map(|party| &party.prefixes);
        let safe = self.mission.safe_areas.iter().flat_map(|area| &area.prefixes);
        let (routed, registered) =
            (self.origins.iter().map(|(prefix, _)| prefix), self.registry.iter().map(|(prefix, _)| prefix));
        let special = SpecialBlock::all().iter().map(|block| &block.prefix);
        let ends = declared.chain(safe).chain(routed).chain(registered).chain(special).flat_map(|prefix| {
            let (first, last) = (prefix.first().bits(), prefix.last().bits());
            [first.wrapping_sub(1), first, last, last.wrapping_add(1)]
        });
        ends.chain(more.iter().copied()).map(Address::from_bits).collect()
    }

    /// The answer by looking at every prefix of every list, the longest that holds the address first.
    fn naive(&self, address: Address) -> Place {
        fn longest<T: Copy>(list: impl Iterator<Item = (Prefix, T)>, address: Address) -> Vec<(Prefix, T)> {
            let holding: Vec<_> = list.filter(|(prefix, _)| prefix.contains(address)).collect();
            let length = holding.iter().map(|(prefix, _)| prefix.length()).max();
            holding.into_iter().filter(|(prefix, _)| Some(prefix.length()) == length).collect()
        }
        let Mission { parties, safe_areas, .. } = &self.mission;
        let declared = (0..)
            .map(PartyIndex)
            .zip(parties)
            .flat_map(|(index, party)| party.prefixes.iter().map(move |&p| (p, index)));
        let declared = longest(declared, address);
        let one_holder = declared.iter().all(|(_, holder)| *holder == declared[0].1);
        let areas = (0..)
            .map(SafeAreaIndex)
            .zip(safe_areas)
            .flat_map(|(index, area)| area.prefixes.iter().map(move |&p| (p, index)));
        let special = longest(SpecialBlock::all().iter().map(|block| (block.prefix, block.reachable)), address);
        let routed = longest(self.origins.iter().copied(), address);
        let mut asns: Vec<Asn> = Vec::new();
        for &(_, asn) in &routed {
            if !asns.contains(&asn) {
                asns.push(asn);
            }
        }
        Claims::new(&self.mission).judge(&Evidence {
            declared: declared.first().map(|&(prefix, holder)| (prefix, one_holder.then_some(holder))),
            safe_area: longest(areas, address).first().map(|&(_, area)| area),
            special: special.first().filter(|(_, reachable)| !reachable).map(|&(prefix, _)| prefix),
            origin: routed.first().map(|&(prefix, _)| (prefix, asns.as_slice())),
            registry: longest(self.registry.iter().copied(), address).first().copied(),
        })
    }

    /// The same with the parties at `a` and `b` exchanged.
    fn exchanged(&self, a: usize, b: usize) -> Self {
        let mut other = self.clone();
        other.mission.parties.swap(a, b);
        for area in &mut other.mission.safe_areas {
            area.party = exchange_party(area.party, a, b);
        }
        other
    }
}

fn exchange_party(party: PartyIndex, a: usize, b: usize) -> PartyIndex {
    match usize::from(party.0) {
        index if index == a => PartyIndex(b as u16),
        index if index == b => PartyIndex(a as u16),
        _ => party,
    }
}

fn exchange_side(side: Side, a: usize, b: usize) -> Side {
    if let Side::Party(party) = side { Side::Party(exchange_party(party, a, b)) } else { side }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_flat_answer_equals_the_naive_longest_prefix(world in any_world(), more in vec(any::<u128>(), 8)) {
        let border = world.border();
        for address in world.addresses(&more) {
            prop_assert_eq!(border.place(border.locate(address)), &world.naive(address), "{}", address);
        }
    }

    #[test]
    fn exchanging_two_parties_exchanges_every_answer(world in any_world(), a in 0_usize..4, b in 0_usize..4) {
        let count = world.mission.parties.len();
        if count < 2 {
            return Ok(());
        }
        let (a, b) = (a % count, (a + 1 + b % (count - 1)) % count);
        let (border, other) = (world.border(), world.exchanged(a, b).border());
        for address in world.addresses(&[]) {
            let mut place = border.place(border.locate(address)).clone();
            place.side = exchange_side(place.side, a, b);
            for alternative in &mut place.alternatives {
                alternative.side = exchange_side(alternative.side, a, b);
            }
            prop_assert_eq!(&place, other.place(other.locate(address)), "{}", address);
        }
    }
}
