//! Who may see whom. The table is the design's; `cargo metadata` says what is true.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::{Repo, Violation};

/// A crate of the workspace and what it may depend on.
pub struct Room {
    /// Its name, without the `blueline-` that packages carry.
    pub name: &'static str,
    /// The rooms it may see.
    pub sees: &'static [&'static str],
    /// Pure rooms know no clock, socket, disk or thread: see [`super::bans`] and [`super::outside`].
    pub pure: bool,
    /// Why it sees these and no others.
    pub why: &'static str,
}

/// The dependency table. A new crate is a line here and a line in ARCHITECTURE.md.
pub const ROOMS: &[Room] = &[
    Room { name: "terms", sees: &[], pure: true, why: "everyone stands on terms, so terms stands on no one" },
    Room { name: "wire", sees: &["terms"], pure: true, why: "bytes become observations without knowing who asks" },
    Room { name: "border", sees: &["terms"], pure: true, why: "a stage does not see another stage" },
    Room { name: "detect", sees: &["terms"], pure: true, why: "a stage does not see another stage" },
    Room { name: "report", sees: &["terms"], pure: true, why: "a report is made from the nouns, whoever made them" },
    Room { name: "exercise", sees: &["terms", "wire"], pure: true, why: "traffic is made from bytes and nouns alone" },
    Room { name: "watch", sees: &["terms", "wire"], pure: false, why: "a stage does not see another stage" },
    Room { name: "store", sees: &["terms"], pure: false, why: "what is kept are nouns, whoever made them" },
    Room {
        name: "mission",
        sees: &["terms", "wire", "watch", "border", "detect", "report", "store", "exercise"],
        pure: false,
        why: "mission assembles the stages and is seen by the program alone",
    },
    Room {
        name: "blueline",
        sees: &["mission"],
        pure: false,
        why: "the program reads arguments; mission does the work",
    },
    Room { name: "xtask", sees: &[], pure: false, why: "the rules judge the product and are no part of it" },
];

/// What tests may see beyond their room's line in [`ROOMS`]: made-up traffic. Not for the rooms that `exercise` itself
/// stands on, where a test would meet two copies of its own crate. The program's tests judge the whole, and may see all.
pub const TESTS_MAY_ALSO_SEE: &str = "exercise";

/// One dependency between two crates, as declared in the first one's `Cargo.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The room that declares it.
    pub from: String,
    /// The room or outside crate that it names.
    pub to: String,
    /// For a dev-dependency, which only tests, examples and benches use.
    pub tests_only: bool,
    /// Whether `to` is a crate of this workspace.
    pub inside: bool,
}

/// Judges the workspace against [`ROOMS`].
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    match needs(&repo.root) {
        Ok((rooms, needs)) => judge_rooms(&rooms).into_iter().chain(needs.iter().filter_map(judge_need)).collect(),
        Err(trouble) => vec![trouble],
    }
}

/// The workspace's crates and everything that they declare.
///
/// # Errors
/// With a violation to show when `cargo metadata` cannot be run or refuses the workspace.
pub fn needs(root: &Path) -> Result<(BTreeSet<String>, Vec<Need>), Violation> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|trouble| Violation::at("Cargo.toml", format!("cargo metadata cannot be read: {trouble}")))?;
    let rooms: BTreeSet<String> = metadata.packages.iter().map(|package| room_of(&package.name).to_owned()).collect();
    let mut needs = Vec::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            needs.push(Need {
                from: room_of(&package.name).to_owned(),
                to: room_of(&dependency.name).to_owned(),
                tests_only: dependency.kind == DependencyKind::Development,
                inside: dependency.path.is_some(),
            });
        }
    }
    Ok((rooms, needs))
}

/// The line of the table for a room.
#[must_use]
pub fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// The file that declares a room's dependencies.
#[must_use]
pub fn manifest_of(room: &str) -> String {
    if room == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{room}/Cargo.toml") }
}

fn judge_rooms(rooms: &BTreeSet<String>) -> Vec<Violation> {
    let unknown = rooms.iter().filter(|name| room(name).is_none()).map(|name| {
        let says = format!(
            "the crate {name} is not in the design's table; give it a line in ROOMS (xtask/src/rules/sight.rs)"
        );
        Violation::at(manifest_of(name), says)
    });
    let missing = ROOMS.iter().filter(|room| !rooms.contains(room.name)).map(|room| {
        let says = format!("the design's table has the crate {}, the workspace has not", room.name);
        Violation::at("Cargo.toml", says)
    });
    unknown.chain(missing).collect()
}

fn judge_need(need: &Need) -> Option<Violation> {
    let from = room(&need.from)?;
    if !need.inside || from.sees.contains(&need.to.as_str()) || (need.tests_only && tests_may_see(from, &need.to)) {
        return None;
    }
    let kind = if need.tests_only { "the tests of " } else { "" };
    let may = if from.sees.is_empty() { "no other crate".to_owned() } else { from.sees.join(", ") };
    let says = format!(
        "{kind}{} may not see {}: {}; it may see {may}. Move what both need into terms, or join them in mission",
        need.from, need.to, from.why
    );
    Some(Violation::at(manifest_of(&need.from), says))
}

fn tests_may_see(from: &Room, to: &str) -> bool {
    let under_exercise = room(TESTS_MAY_ALSO_SEE).is_some_and(|exercise| exercise.sees.contains(&from.name));
    from.name == "blueline" || (to == TESTS_MAY_ALSO_SEE && !under_exercise)
}

fn room_of(package: &str) -> &str {
    package.strip_prefix("blueline-").unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(from: &str, to: &str, tests_only: bool) -> Need {
        Need { from: from.into(), to: to.into(), tests_only, inside: true }
    }

    #[test]
    fn a_stage_that_sees_a_stage_is_told_both_names_and_the_rule() {
        let violation = judge_need(&need("border", "watch", false)).unwrap();
        assert_eq!(
            violation.to_string(),
            "crates/border/Cargo.toml: border may not see watch: a stage does not see another stage; it may see terms. \
             Move what both need into terms, or join them in mission"
        );
    }

    #[test]
    fn what_the_table_allows_passes() {
        for (from, to) in [("wire", "terms"), ("mission", "exercise"), ("blueline", "mission")] {
            assert_eq!(judge_need(&need(from, to, false)), None, "{from} sees {to}");
        }
    }

    #[test]
    fn tests_may_also_see_exercise_but_not_where_it_goes_round_in_a_circle() {
        assert_eq!(judge_need(&need("border", "exercise", true)), None);
        assert_eq!(judge_need(&need("blueline", "terms", true)), None);
        assert!(judge_need(&need("border", "exercise", false)).is_some());
        assert!(judge_need(&need("border", "mission", true)).is_some());
        assert!(judge_need(&need("wire", "exercise", true)).is_some());
        assert!(judge_need(&need("terms", "wire", true)).is_some());
    }

    #[test]
    fn a_crate_outside_the_table_and_a_line_without_a_crate_are_found() {
        let mut rooms: BTreeSet<String> = ROOMS.iter().map(|room| room.name.to_owned()).collect();
        assert_eq!(judge_rooms(&rooms), []);
        rooms.insert("attic".into());
        rooms.remove("wire");
        let places: Vec<_> = judge_rooms(&rooms).into_iter().map(|violation| violation.place).collect();
        assert_eq!(places, ["crates/attic/Cargo.toml", "Cargo.toml"]);
    }

    #[test]
    fn the_table_has_no_circle() {
        for (at, room) in ROOMS.iter().enumerate() {
            for seen in room.sees {
                let below = ROOMS.iter().position(|other| other.name == *seen).unwrap();
                assert!(below < at, "{} sees {seen}, which stands below it", room.name);
            }
        }
    }

    #[test]
    fn metadata_of_a_made_up_workspace_is_read() {
        let dir = tempfile::tempdir().unwrap();
        for (name, depends) in [("border", "[dependencies]\nblueline-watch.path = \"../watch\"\n"), ("watch", "")] {
            let folder = dir.path().join("crates").join(name);
            std::fs::create_dir_all(folder.join("src")).unwrap();
            std::fs::write(folder.join("src/lib.rs"), "").unwrap();
            let manifest = format!("[package]\nname = \"blueline-{name}\"\nedition = \"2024\"\n{depends}");
            std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        }
        std::fs::write(dir.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n")
            .unwrap();
        let (rooms, needs) = needs(dir.path()).unwrap();
        assert_eq!(rooms.into_iter().collect::<Vec<_>>(), ["border", "watch"]);
        assert_eq!(needs, [need("border", "watch", false)]);
    }
}
