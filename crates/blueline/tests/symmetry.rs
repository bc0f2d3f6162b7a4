//! Neither party is favoured: exchange their labels, their addresses, or the order in which they are declared, and the
//! outputs change by just that exchange.
//!
//! The comparisons are functions of an observer, so that a biased one can be shown to be caught.

use blueline_exercise::Scenario;
use blueline_mission::terms::{Address, Prefix};
use serde_json::Value;

use crate::custody::record_ends;
use crate::field::{Field, SCENARIO, mission_file};
use crate::program::run;

/// What is told of a mission by what was recorded: JSON lines, a text, a page.
struct Told {
    json: String,
    text: String,
    page: String,
}

/// Who watches, and tells: the program itself, or the program with a bias.
type Observer<'a> = &'a dyn Fn(&Field) -> Told;

fn program(field: &Field) -> Told {
    let page = field.path().join("page.html");
    let _ = std::fs::remove_file(&page);
    let json = run(field.watch().arg("--no-custody").args(field.sources())).ends(0).stdout;
    let mut text = field.watch_in("text");
    text.args(["--no-custody", "--periods", "--report"]).arg(&page).args(field.sources());
    let text = run(&mut text).ends(0).stdout;
    let page = std::fs::read_to_string(page).unwrap();
    assert!(json.lines().count() > 10 && text.len() > 3000 && page.len() > 5000);
    Told { json, text, page }
}

#[test]
fn exchanged_labels() {
    for field in [Field::new(), draw()] {
        labels(&field, &program).unwrap();
    }
}

#[test]
fn exchanged_addresses() {
    let scenario = Scenario::parse(SCENARIO).unwrap();
    addresses(&scenario, &program).unwrap();
}

#[test]
fn exchanged_order_of_declaration() {
    for field in [Field::new(), draw()] {
        declaration(&field, &program).unwrap();
    }
}

/// In other languages, too, nothing but the labels changes.
#[test]
fn exchanged_labels_in_arabic() {
    let arabic = |field: &Field| {
        let mut watch = field.watch_in("text");
        let text = run(watch.args(["--no-custody", "--language", "ar"]).args(field.sources())).ends(0).stdout;
        Told { json: String::new(), text, page: String::new() }
    };
    let field = Field::new();
    let mission = mission_file(&field.scenario);
    let mission = mission
        .replace("{ en = \"northbank\" }", "{ en = \"northbank\", ar = \"الشمال\" }")
        .replace("{ en = \"southbank\" }", "{ en = \"southbank\", ar = \"الجنوب\" }");
    field.declare(&mission);
    let before = arabic(&field);
    assert!(before.text.contains("الشمال"));
    field.declare(&exchange(&mission, &[("north", "south"), ("الشمال", "الجنوب")]));
    let after = arabic(&field);
    assert_eq!(after.text, exchange(&before.text, &[("north", "south"), ("الشمال", "الجنوب")]));
}

#[test]
fn planted_biases_are_caught() {
    let scenario = Scenario::parse(SCENARIO).unwrap();
    let field = Field::of(&scenario);
    // Pairs ranked by the party's name, which is what no line of the program may do.
    let by_name = edited(|line| {
        if let Some(pairs) = line["pairs"].as_array_mut() {
            pairs.sort_by_key(|pair| pair["from"].to_string());
        }
    });
    assert!(labels(&field, &by_name).is_err());
    // One party's packets weigh a little less.
    let by_label = edited(|line| {
        if line["type"] == "crossing" && line["from"] == "north" {
            line["bytes"] = (line["bytes"].as_u64().unwrap() - 1).into();
        }
    });
    assert!(labels(&field, &by_label).is_err());
    // One party's space is seen with less confidence.
    let by_address = edited(|line| {
        for one in line["top"].as_array_mut().into_iter().flatten() {
            if one["source"]["address"].as_str().is_some_and(|address| address.starts_with("198.18.")) {
                one["source"]["confidence"] = "moderate".into();
            }
        }
    });
    assert!(addresses(&scenario, &by_address).is_err());
    assert!(labels(&field, &by_address).is_ok(), "labels alone do not show a bias by address");
    // Whoever is declared first comes first.
    let by_declaration = |field: &Field| {
        let mission = std::fs::read_to_string(field.path().join("mission.toml")).unwrap();
        let first = if mission.find("id = \"north\"") < mission.find("id = \"south\"") { "north" } else { "south" };
        edited(|line| {
            if let Some(pairs) = line["pairs"].as_array_mut() {
                pairs.sort_by_key(|pair| pair["from"] != first);
            }
        })(field)
    };
    assert!(declaration(&field, &by_declaration).is_err());
    // Words that favour one party.
    let by_word = |field: &Field| {
        let told = program(field);
        Told { text: told.text.replace("southbank", "Southbank"), ..told }
    };
    assert!(labels(&field, &by_word).is_err());
    // An observer that does nothing to the lines is not taken for a biased one.
    assert_eq!(labels(&field, &edited(|_| {})), Ok(()));
}

/// The program with its JSON lines edited.
fn edited(edit: impl Fn(&mut Value)) -> impl Fn(&Field) -> Told {
    move |field| {
        let told = program(field);
        let line = |text: &str| {
            let mut line: Value = serde_json::from_str(text).unwrap();
            edit(&mut line);
            line.to_string() + "\n"
        };
        Told { json: told.json.lines().map(line).collect(), ..told }
    }
}

/// Watches, exchanges the labels of both parties in the mission file (addresses stay), and watches again.
fn labels(field: &Field, observer: Observer<'_>) -> Result<(), String> {
    let words = [("north", "south")];
    let mission = mission_file(&field.scenario);
    field.declare(&mission);
    let before = observer(field);
    field.declare(&exchange(&mission, &words));
    let after = observer(field);
    same("labels", &before, &after, |text| exchange(text, &words))
}

/// Watches the scenario, and the same with the parties' address blocks exchanged: once with the labels left where they
/// are, once with them moved along with the addresses.
fn addresses(scenario: &Scenario, observer: Observer<'_>) -> Result<(), String> {
    let words = [("north", "south")];
    let blocks: Vec<(Prefix, Prefix)> =
        scenario.parties[0].prefixes.iter().copied().zip(scenario.parties[1].prefixes.iter().copied()).collect();
    let before = observer(&Field::of(scenario));
    let moved = Field::of(&scenario.with_exchanged_addresses(0, 1).unwrap());
    same("addresses", &before, &observer(&moved), |text| map_addresses(text, &blocks))?;
    let mission = mission_file(&moved.scenario);
    moved.declare(&exchange(&mission, &words));
    let after = observer(&moved);
    same("addresses and labels", &before, &after, |text| exchange(&map_addresses(text, &blocks), &words))
}

/// Watches, declares the parties the other way round, and watches again.
fn declaration(field: &Field, observer: Observer<'_>) -> Result<(), String> {
    let mission = mission_file(&field.scenario);
    field.declare(&mission);
    let before = observer(field);
    let parties: Vec<usize> = mission.match_indices("[[party]]").map(|(at, _)| at).collect();
    let end = parties[1] + mission[parties[1]..].find("\n[").unwrap() + 1;
    let turned =
        [&mission[..parties[0]], &mission[parties[1]..end], &mission[parties[0]..parties[1]], &mission[end..]].concat();
    field.declare(&turned);
    let after = observer(field);
    field.declare(&mission);
    same("declaration", &before, &after, str::to_owned)
}

/// Says where what was told differs from what it should be: `before`, exchanged. Seals and ids are left out of it.
fn same(what: &str, before: &Told, after: &Told, exchange: impl Fn(&str) -> String) -> Result<(), String> {
    for (form, before, after) in
        [("json", &before.json, &after.json), ("text", &before.text, &after.text), ("page", &before.page, &after.page)]
    {
        let (wanted, found) = (without_seals(&exchange(before)), without_seals(after));
        if let Some((wanted, found)) = wanted.lines().zip(found.lines()).find(|(wanted, found)| wanted != found) {
            let at = wanted.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(60);
            let show = |line: &str| String::from_utf8_lossy(&line.as_bytes()[at.min(line.len())..]).into_owned();
            let (wanted, found) = (show(wanted), show(found));
            return Err(format!("{what}, {form}:\nwanted {wanted}\nfound  {found}"));
        }
        if wanted.len() != found.len() {
            return Err(format!("{what}, {form}: one has more lines than the other"));
        }
    }
    Ok(())
}

/// The text with the words of each pair put in each other's place.
fn exchange(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (one, other)| {
        text.split(one).map(|part| part.replace(other, one)).collect::<Vec<_>>().join(other)
    })
}

/// The text with every address and prefix in one of the blocks moved to the same place in its partner.
fn map_addresses(text: &str, blocks: &[(Prefix, Prefix)]) -> String {
    let written = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '/');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(written) {
        let end = rest[start..].find(|c| !written(c)).map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        let word = &rest[start..end];
        let place = |address: Address| {
            let both_ways = blocks.iter().flat_map(|&(a, b)| [(a, b), (b, a)]);
            let home = both_ways.into_iter().find(|(from, _)| from.contains(address));
            home.map(|(from, to)| Address::from_bits(address.bits() ^ from.first().bits() ^ to.first().bits()))
        };
        let address = word.parse::<Address>().ok().and_then(place).map(|address| address.to_string());
        let prefix = || {
            let prefix: Prefix = word.parse().ok()?;
            Prefix::new(place(prefix.first())?, prefix.length()).ok().map(|prefix| prefix.to_string())
        };
        out.push_str(&address.or_else(prefix).unwrap_or_else(|| word.to_owned()));
        rest = &rest[end..];
    }
    out + rest
}

/// The text with every seal and every id of a finding made the same: they bind the bytes, addresses included.
fn without_seals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let end = rest[start..].find(|c: char| !c.is_ascii_hexdigit()).map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        out.push_str(match end - start {
            64 => "a seal",
            16 => "an id",
            _ => &rest[start..end],
        });
        rest = &rest[end..];
    }
    out + rest
}

/// A mission in which both parties do exactly the same to each other, so that nothing but a bias could rank them.
fn draw() -> Field {
    let field = Field::new();
    let header = &field.captures[0][..24];
    let mut capture = header.to_vec();
    let ends = record_ends(&field.captures[0]);
    let [Prefix4(north), Prefix4(south)] = [0, 1].map(|party| Prefix4::of(&field.scenario, party));
    let mut start = 24;
    let mut taken = 0;
    for end in ends {
        let record = &field.captures[0][start..end];
        start = end;
        // Plain IPv4 over Ethernet between both parties, and at once the same the other way round.
        let frame = &record[16..];
        if frame.len() < 34 || frame[12..14] != [8, 0] || frame[26..28] != north || frame[30..32] != south {
            continue;
        }
        let mut mirror = record.to_vec();
        mirror[16 + 26..16 + 28].copy_from_slice(&south);
        mirror[16 + 30..16 + 32].copy_from_slice(&north);
        // Who comes first changes from packet to packet.
        let both = if taken % 2 == 0 { [record, &mirror] } else { [&mirror, record] };
        capture.extend(both.concat());
        taken += 1;
    }
    assert!(taken > 200, "{taken}");
    field.write("crossing.pcap", &capture);
    for other in [1, 2] {
        std::fs::write(field.file(other), []).unwrap();
    }
    field
}

/// The first two bytes of a party's IPv4 block.
struct Prefix4([u8; 2]);

impl Prefix4 {
    fn of(scenario: &Scenario, party: usize) -> Self {
        let block = scenario.parties[party].prefixes.iter().find(|prefix| prefix.is_v4()).unwrap();
        assert_eq!(block.length(), 16);
        let bits = block.first().bits() as u32;
        Self([(bits >> 24) as u8, (bits >> 16) as u8])
    }
}
