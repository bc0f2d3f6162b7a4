//! Killed, out of room, and shared with others: the lake stays whole.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{answer, query, rows};
use crate::custody::record_ends;
use crate::field::Field;
use crate::program::{Live, blueline, run};
use crate::streaming::start_of;

/// Points at which a run is killed.
const POINTS: usize = 50;

/// Every file below the lake's flows.
fn files(field: &Field) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![field.path().join("data/lake/flows")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Killed at any point the lake holds whole files alone, each of them as an unbroken run would have written it, and
/// watching the source again completes it to the same rows.
#[test]
fn killed_at_any_point_and_completed() {
    let field = Field::new();
    let bytes = field.captures[0].clone();
    let source = field.bound(0, &field.file(0));
    let with_periods = |field: &Field| {
        let mut watch = field.watch();
        watch.args(["--period", "1s"]);
        watch
    };
    run(with_periods(&field).arg(&source)).ends(0);
    let unbroken = rows(&field);
    let all: BTreeSet<PathBuf> = files(&field).into_iter().collect();
    let contents = |path: &PathBuf| std::fs::read(path).unwrap();
    let right: Vec<(PathBuf, Vec<u8>)> = all.iter().map(|path| (path.clone(), contents(path))).collect();
    assert!(all.len() > 40, "{all:?}");
    let (mut halfway, ends) = (0, record_ends(&bytes));
    for point in 0..POINTS {
        std::fs::remove_dir_all(field.path().join("data")).unwrap();
        let mut live = Live::new(with_periods(&field).arg("crossing=-"));
        let length = bytes.len() * (point + 1) / POINTS;
        live.feed(&bytes[..length]);
        // Every other time it is let to tell a few periods of what it was fed before the end comes.
        let last = *ends.iter().take_while(|&&end| end < length).last().unwrap_or(&24);
        let second = bytes.get(last..last + 4).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()) % 60);
        if point % 2 == 1 && second > 15 {
            while start_of(&live.line().unwrap()) < format!("2026-03-01T00:00:{:02}Z", second - 5) {}
        }
        live.kill();
        let left = files(&field);
        halfway += usize::from(!left.is_empty() && left.len() < all.len());
        for path in &left {
            let (_, right) =
                right.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("point {point}: {path:?}"));
            assert!(contents(path) == *right, "point {point}: {path:?}");
        }
        answer(&field, "SELECT count(*), sum(traffic_bytes) FROM flows");
        run(with_periods(&field).arg(&source)).ends(0);
        assert_eq!(files(&field).into_iter().collect::<BTreeSet<_>>(), all, "point {point}");
        assert_eq!(rows(&field), unbroken, "point {point}");
    }
    assert!(halfway >= 5, "only {halfway} of the killed runs had written a part");
}

/// A disk without room: the watch says so and ends, nothing half is left, and with room again it is completed.
#[test]
fn a_full_disk_is_said_and_leaves_nothing_half() {
    let field = Field::new();
    let source = field.bound(0, &field.file(0));
    let mount = field.path().join("data");
    std::fs::create_dir_all(&mount).unwrap();
    // A disk of its own, in a name space that goes with the command.
    let script = "mount -t tmpfs -o size=$1 tmpfs \"$2\" || exit 99
        shift; dir=$1; shift
        \"$@\"; code=$?
        find \"$dir/lake/flows\" -type f 2>/dev/null | sed \"s|^|left |\"
        exit $code";
    let full = |size: &str| {
        let watch = field.watch();
        let mut command = std::process::Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", script, "sh", size])
            .arg(&mount)
            .arg(watch.get_program())
            .args(watch.get_args());
        command.args(["--period", "1s"]).arg(&source).env("NO_COLOR", "1");
        run(&mut command)
    };
    let little = full("220k");
    if little.code == Some(99) || little.stderr.contains("unshare") {
        eprintln!("skipped: no file system can be mounted here");
        return;
    }
    assert_eq!(little.code, Some(1), "{}", little.stderr);
    assert!(little.stderr.contains("No space left on device"), "{}", little.stderr);
    let left = little.stdout.lines().filter(|line| line.starts_with("left ")).count();
    let plenty = full("64m");
    assert_eq!(plenty.code, Some(0), "{}", plenty.stderr);
    let all = plenty.stdout.lines().filter(|line| line.starts_with("left ")).count();
    assert!(left < all, "{left} of {all}");
}

/// Questions, compaction and retention at the same time: every answer is one of a moment, with nothing lost or twice.
#[test]
fn questions_go_on_while_the_lake_is_looked_after() {
    let field = Field::new();
    run(field.watch().args(["--period", "1s"]).args(field.sources())).ends(0);
    let whole = answer(&field, "SELECT count(*), sum(traffic_bytes), count(DISTINCT seal) FROM flows");
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..2)
            .map(|_| {
                let field = &field;
                scope.spawn(move || -> Vec<Vec<String>> {
                    let ask = |_| answer(field, "SELECT count(*), sum(traffic_bytes), count(DISTINCT seal) FROM flows");
                    (0..8).map(ask).collect()
                })
            })
            .collect();
        let upkeep = |what: &[&str]| {
            run(blueline().arg("lake").args(what).arg("--mission").arg(field.path())).ends(0);
        };
        for _ in 0..4 {
            upkeep(&["compact", "--until", "2026-03-01T02:00:00Z"]);
            upkeep(&["retain", "--keep-for", "1d"]);
        }
        for told in asking.into_iter().flat_map(|asking| asking.join().unwrap()) {
            assert_eq!(told, whole);
        }
    });
    let status = run(blueline().args(["lake", "status", "--mission"]).arg(field.path())).ends(0).stdout;
    assert!(status.contains("1 files"), "{status}");
    let taken = run(blueline().args(["lake", "retain", "--keep-bytes", "1B", "--mission"]).arg(field.path())).ends(0);
    assert!(taken.stdout.contains("taken out: 1 files"), "{}", taken.stdout);
    assert!(answer(&field, "SELECT count(*) FROM flows") == ["0"]);
    run(blueline().args(["lake", "retain", "--mission"]).arg(field.path())).ends(1);
}

/// Ctrl-C ends a question in order.
#[test]
fn a_question_can_be_broken_off() {
    let field = Field::new();
    run(field.watch().args(field.sources())).ends(0);
    let long = "SELECT count(*) FROM flows a, flows b, flows c, flows d WHERE a.traffic_bytes + b.traffic_bytes + c.traffic_bytes <> d.traffic_bytes";
    let mut command = query(&field);
    command.args(["--verbose", long]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Interrupted again until it heeds: it may not listen yet. Its end is waited for by its exit code alone.
    let killed = loop {
        if let Some(code) = child.try_wait().unwrap() {
            break code;
        }
        std::process::Command::new("sh")
            .args(["-c", &format!("sleep 1; kill -INT {} 2>/dev/null", child.id())])
            .status()
            .unwrap();
    };
    assert!(killed.code() == Some(130) || killed.code().is_none(), "{killed:?}");
}

/// A file that was damaged later is named by the check and by any question that meets it; moved away, it comes back.
#[test]
fn a_damaged_file_is_named_and_can_be_brought_back() {
    let field = Field::new();
    run(field.watch().args(field.sources())).ends(0);
    let whole = rows(&field);
    let check = || run(blueline().args(["lake", "check", "--mission"]).arg(field.path()));
    let told = check().ends(0).stdout;
    assert!(told.contains(&format!("{} rows", whole.len())) && told.contains("0 files damaged"), "{told}");
    let file = files(&field).swap_remove(0);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let told = check().ends(1).stdout;
    assert!(told.contains("1 files damaged") && told.contains(name), "{told}");
    let told = run(query(&field).arg("SELECT count(*) FROM flows WHERE traffic_packets > 1")).ends(1).stderr;
    assert!(told.contains(name) && told.contains("watch its sources again"), "{told}");
    std::fs::remove_file(&file).unwrap();
    run(field.watch().args(field.sources())).ends(0);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    assert_eq!(rows(&field), whole);
}
