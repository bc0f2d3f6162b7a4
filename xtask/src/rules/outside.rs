//! What the pure rooms build on. Each crate from outside is named here with its reason, and nothing beneath it may bring in
//! a clock, a socket, a disk, a thread or chance. Tests are not judged: they run at the rim and may read files.

use std::process::{Command, Stdio};

use super::sight::{self, Need, ROOMS};
use crate::{Repo, Violation};

/// A crate from outside that some pure rooms may use.
struct Outside {
    name: &'static str,
    rooms: &'static [&'static str],
    why: &'static str,
}

const PURE_MAY_USE: &[Outside] = &[
    Outside {
        name: "blake3",
        rooms: &["detect"],
        why: "names of findings, which must not change from version to version",
    },
    Outside { name: "anstyle", rooms: &["report"], why: "names colours; writes nothing by itself" },
    Outside {
        name: "fluent-bundle",
        rooms: &["report"],
        why: "findings in the reader's language, plurals and all; it reads no file and no environment",
    },
    Outside { name: "datasketches", rooms: &["detect"], why: "distinct counts in bounded memory, with a known error" },
    Outside {
        name: "foldhash",
        rooms: &["wire", "border", "detect", "exercise"],
        why: "a hasher for hashbrown whose seed we give",
    },
    Outside {
        name: "hashbrown",
        rooms: &["wire", "border", "detect", "exercise"],
        why: "hash tables whose hasher we choose, so that every run is alike",
    },
    Outside {
        name: "indexmap",
        rooms: &["border", "detect"],
        why: "a hash table whose entries lie one behind the other, in the order in which they came",
    },
    Outside {
        name: "jiff",
        rooms: &["terms", "report", "exercise"],
        why: "the calendar and RFC 3339; without `std` it has no clock and no zone files",
    },
    Outside { name: "maud", rooms: &["report"], why: "HTML that is escaped by its type" },
    Outside {
        name: "schemars",
        rooms: &["report", "exercise"],
        why: "the JSON Schema of an outward format, from its type",
    },
    Outside {
        name: "serde",
        rooms: &["report", "detect", "exercise"],
        why: "outward formats and scenario files, never the core types",
    },
    Outside {
        name: "serde_json",
        rooms: &["report", "detect", "exercise"],
        why: "JSON lines out, truth files, and lists of indicators in",
    },
    Outside { name: "sha2", rooms: &["wire"], why: "JA4 is a truncated SHA-256" },
    Outside { name: "toml", rooms: &["exercise"], why: "scenario files, from text that the caller has read" },
    Outside { name: "unic-langid", rooms: &["report"], why: "the tags by which fluent-bundle knows languages" },
    Outside { name: "unicode-width", rooms: &["report"], why: "how many terminal cells a name takes" },
];

/// A crate, or a feature of it, that may stand nowhere beneath a pure room.
struct Refused {
    name: &'static str,
    /// Any of these; empty for the crate as a whole.
    features: &'static [&'static str],
    why: &'static str,
}

const A_SOCKET: &str = "it opens sockets; `watch` and the drivers do that";
const A_CLOCK: &str = "it reads the clock; only `watch` does";
const A_DISK: &str = "it touches the disk; `watch` and `mission` do that";
const A_THREAD: &str = "it starts threads; `watch` and `mission` do that";
const CHANCE: &str = "it asks the operating system for chance; randomness is an argument";

const fn refused(name: &'static str, features: &'static [&'static str], why: &'static str) -> Refused {
    Refused { name, features, why }
}

const REFUSED_BENEATH: &[Refused] = &[
    refused("tokio", &[], A_SOCKET),
    refused("async-std", &[], A_SOCKET),
    refused("smol", &[], A_SOCKET),
    refused("mio", &[], A_SOCKET),
    refused("socket2", &[], A_SOCKET),
    refused("hyper", &[], A_SOCKET),
    refused("reqwest", &[], A_SOCKET),
    refused("ureq", &[], A_SOCKET),
    refused("jiff", &["std", "tz-system", "tzdb-zoneinfo", "tzdb-concatenated"], A_CLOCK),
    refused("chrono", &["clock", "now"], A_CLOCK),
    refused("time", &["std", "local-offset"], A_CLOCK),
    refused("iana-time-zone", &[], A_CLOCK),
    refused("walkdir", &[], A_DISK),
    refused("ignore", &[], A_DISK),
    refused("memmap2", &[], A_DISK),
    refused("tempfile", &[], A_DISK),
    refused("fs-err", &[], A_DISK),
    refused("rayon", &[], A_THREAD),
    refused("rayon-core", &[], A_THREAD),
    refused("crossbeam-channel", &[], A_THREAD),
    refused("threadpool", &[], A_THREAD),
    refused("getrandom", &[], CHANCE),
    refused("rand", &["os_rng", "thread_rng", "sys_rng"], CHANCE),
    refused("rand_core", &["os_rng", "getrandom"], CHANCE),
    refused("fastrand", &["std"], CHANCE),
    refused("ahash", &["runtime-rng"], CHANCE),
    refused("hashbrown", &["default-hasher"], "its own hasher is seeded afresh in each run; name a fixed one"),
];

/// Judges what pure rooms declare and everything that this brings with it.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    let (_, needs) = match sight::needs(&repo.root) {
        Ok(found) => found,
        Err(trouble) => return vec![trouble],
    };
    let mut violations: Vec<Violation> = needs.iter().filter_map(judge_need).collect();
    for room in ROOMS.iter().filter(|room| room.pure) {
        match beneath(repo, room.name) {
            Ok(list) => violations.extend(judge_beneath(room.name, &list)),
            Err(trouble) => violations.push(trouble),
        }
    }
    violations
}

fn judge_need(need: &Need) -> Option<Violation> {
    let room = sight::room(&need.from).filter(|room| room.pure && !need.inside && !need.tests_only)?;
    let line = PURE_MAY_USE.iter().find(|outside| outside.name == need.to);
    if line.is_some_and(|outside| outside.rooms.contains(&room.name)) {
        return None;
    }
    let known = match line {
        Some(outside) => format!("`{}` is there for {}: {}", need.to, outside.rooms.join(", "), outside.why),
        None => format!("`{}` is not in the table of outside crates", need.to),
    };
    let says = format!(
        "the pure room {} uses a crate that it may not: {known}. If it has no clock, socket, disk, thread or chance, add it \
         with a reason to PURE_MAY_USE (xtask/src/rules/outside.rs)",
        room.name
    );
    Some(Violation::at(sight::manifest_of(room.name), says))
}

/// What `cargo tree` says stands beneath a room: lines of `name vVERSION ...|feature,feature`.
fn beneath(repo: &Repo, room: &str) -> Result<String, Violation> {
    let package = format!("blueline-{room}");
    let trouble =
        |says: String| Violation::at(sight::manifest_of(room), format!("cargo tree cannot be read: {}", says.trim()));
    let output = Command::new("cargo")
        .current_dir(&repo.root)
        .args(["tree", "--locked", "--package", &package])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}|{f}"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| trouble(error.to_string()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(trouble(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

fn judge_beneath(room: &str, list: &str) -> Vec<Violation> {
    let mut violations: Vec<Violation> = list.lines().filter_map(|line| judge_line(room, line)).collect();
    violations.sort();
    violations.dedup();
    violations
}

fn judge_line(room: &str, line: &str) -> Option<Violation> {
    let (package, features) = line.split_once('|')?;
    let name = package.split(' ').next()?;
    let refused = REFUSED_BENEATH.iter().find(|refused| refused.name == name)?;
    let found = features.trim_end_matches(" (*)").split(',').find(|feature| refused.features.contains(feature));
    let what = match (refused.features.is_empty(), found) {
        (true, _) => format!("`{name}`"),
        (false, Some(feature)) => format!("`{name}` with its feature `{feature}`"),
        (false, None) => return None,
    };
    let says = format!(
        "the pure room {room} stands on {what}: {}; `cargo tree -p blueline-{room} -e features -i {name}` shows who brings it",
        refused.why
    );
    Some(Violation::at(sight::manifest_of(room), says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(from: &str, to: &str) -> Need {
        Need { from: from.into(), to: to.into(), tests_only: false, inside: false }
    }

    #[test]
    fn a_crate_that_is_not_listed_for_the_room_is_refused() {
        assert_eq!(judge_need(&need("terms", "jiff")), None);
        assert!(judge_need(&need("wire", "jiff")).unwrap().says.contains("`jiff` is there for terms, report"));
        assert!(judge_need(&need("border", "tokio")).unwrap().says.contains("the pure room border"));
        assert_eq!(judge_need(&need("watch", "tokio")), None, "rooms at the rim choose for themselves");
        assert_eq!(judge_need(&Need { tests_only: true, ..need("border", "proptest") }), None);
    }

    #[test]
    fn what_comes_along_beneath_is_refused_by_crate_and_by_feature() {
        let list = "blueline-exercise v0.1.0 (/x)|\nrand v0.9.2|std,thread_rng\ngetrandom v0.3.4|\ngetrandom v0.3.4| (*)\n\
                    jiff v0.2.46|alloc\nhashbrown v0.17.0|inline-more,default-hasher (*)\n";
        let found: Vec<_> = judge_beneath("exercise", list).into_iter().map(|violation| violation.says).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("stands on `getrandom`:"));
        assert!(found[1].contains("`hashbrown` with its feature `default-hasher`"));
        assert!(found[2].contains("`rand` with its feature `thread_rng`"));
    }

    #[test]
    fn the_table_speaks_of_pure_rooms_and_keeps_terms_small() {
        for outside in PURE_MAY_USE {
            for name in outside.rooms {
                assert!(sight::room(name).is_some_and(|room| room.pure), "{}: {name}", outside.name);
            }
        }
        let of_terms: Vec<_> = PURE_MAY_USE
            .iter()
            .filter(|outside| outside.rooms.contains(&"terms"))
            .map(|outside| outside.name)
            .collect();
        assert_eq!(of_terms, ["jiff"]);
    }
}
