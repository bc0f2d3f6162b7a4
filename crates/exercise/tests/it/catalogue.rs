//! The catalogue of attacks: complete, and told in the book.

use std::collections::BTreeSet;
use std::path::Path;

use blueline_exercise::attack::CATALOGUE;
use blueline_exercise::scenario::{PollingKind, TrafficKind};

#[test]
fn every_vector_is_played_in_the_scenario_of_attacks() {
    let scenario = super::attacks();
    let played: BTreeSet<_> = scenario.attacks.iter().map(|attack| (attack.kind(), attack.vector())).collect();
    for about in CATALOGUE {
        for (vector, meaning) in (about.vectors)() {
            assert!(meaning.ends_with('.'), "{} {vector}: {meaning}", about.kind);
            // The functions of Modbus are alike; two of four are played.
            let missing =
                about.kind == "control-write" && ["write-single-register", "write-multiple-coils"].contains(&vector);
            assert!(missing || played.contains(&(about.kind, vector)), "{} {vector} is not played", about.kind);
        }
    }
}

#[test]
fn the_book_tells_of_every_kind() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/exercises.md");
    let page = std::fs::read_to_string(page).unwrap();
    for about in CATALOGUE {
        assert!(page.contains(&format!("[[{}]]", about.table)), "{} has no table in the book", about.table);
        assert!(page.contains(&format!("`{}`", about.finding)), "{} has no finding in the book", about.kind);
        for (vector, _) in (about.vectors)() {
            assert!(page.contains(&format!("`{vector}`")), "{} {vector} is not in the book", about.kind);
        }
    }
    let ordinary =
        TrafficKind::ALL.iter().map(|kind| kind.word()).chain(PollingKind::ALL.iter().map(|kind| kind.word()));
    for word in ordinary {
        assert!(page.contains(&format!("`{word}`")), "{word} is not in the book");
    }
}
