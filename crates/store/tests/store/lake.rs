//! Rows in, rows out: nothing lost, nothing twice.

use std::sync::Arc;
use std::time::Duration;

use blueline_store::findings::{FindingRow, put, read};
use blueline_store::lake::Written;
use blueline_store::lake::check::check;
use blueline_store::lake::compact::{Retention, compact, forget, retain, status, sweep};
use blueline_store::lake::group::Watch;
use blueline_store::lake::history::History;
use blueline_store::query::{Answer, Limits, Session};
use blueline_store::shelf::Shelf;
use blueline_terms::flow::FlowRow;
use blueline_terms::{FindingId, FlowBatch, Moment, SensorIndex};

use crate::field::{NoLookup, Run, ask, each_lake, files, minute, mission, row};

const COUNT: &str = "SELECT count(*), sum(traffic_bytes_out), sum(traffic_packets_in) FROM flows";
const LATEST: Moment = Moment::MAX;

/// A run over `minutes`, each with a batch named after it and `rows` rows.
pub(crate) fn simple(shelf: Arc<Shelf>, minutes: impl IntoIterator<Item = i64>, rows: u32) -> Written {
    let mut run = Run::begin(shelf);
    for number in minutes {
        let start = minute(number);
        let batch = run.open(Some(0), start);
        run.rows((0..rows).map(|n| row(n, batch, Some(0), start.plus(Duration::from_micros(u64::from(n) * 7)))));
        run.line(start, false, Vec::new());
        run.seal(batch, &format!("m{number}"), start.plus(Duration::from_secs(59)));
    }
    run.line(minute(0), true, Vec::new());
    run.finish()
}

#[test]
fn rows_come_back_as_they_were() {
    each_lake(|shelf, _| {
        let mut run = Run::begin(Arc::clone(&shelf));
        let start = minute(1);
        let (first, second) = (run.open(Some(1), start), run.open(None, start));
        let rows: Vec<FlowRow> = (0..1000)
            .map(|n| {
                row(
                    n,
                    if n % 2 == 0 { first } else { second },
                    (n % 2 == 0).then_some(1),
                    start.plus(Duration::from_nanos(u64::from(n) * 1_234_567)),
                )
            })
            .collect();
        run.rows(rows.clone());
        run.line(start, false, Vec::new());
        for (batch, name) in [(first, "first"), (second, "second")] {
            run.seal(batch, name, start);
        }
        let written = run.finish();
        assert_eq!((written.files, written.rows), (2, 1000));

        let mut history = History::open(shelf).unwrap();
        let numbers = history.numbers(start, minute(2)).unwrap();
        let mut read: Vec<String> = Vec::new();
        history
            .rows(&mission(), &numbers, (start, minute(2)), &mut |batch: FlowBatch, sides| {
                assert!(sides.iter().all(|sides| sides.source == "north" && sides.destination == "south"));
                for n in 0..batch.len() {
                    let back = (batch.id[n], batch.sensor[n], batch.span[n], batch.source[n], batch.destination[n]);
                    let more =
                        (batch.source_port[n], batch.network[n], batch.forward[n], batch.backward[n], batch.end[n]);
                    read.push(format!("{back:?} {more:?} {:?} {:?}", batch.facts_of(n), batch.application[n]));
                }
                Ok(())
            })
            .unwrap();
        let mut right: Vec<String> = rows
            .iter()
            .map(|row| {
                let back = (row.id, row.sensor, row.span, row.source, row.destination);
                let more = (row.source_port, row.network, row.forward, row.backward, row.end);
                format!("{back:?} {more:?} {:?} {:?}", row.facts.as_ref(), row.application)
            })
            .collect();
        read.sort();
        right.sort();
        assert_eq!(read, right);
        assert_eq!(numbers.seal(0).unwrap()[..10], *"6669727374");
    });
}

#[test]
fn the_same_again_adds_nothing() {
    each_lake(|shelf, open| {
        let first = simple(Arc::clone(&shelf), 0..3, 100);
        assert_eq!((first.files, first.rows, first.known), (3, 300, 0));
        let before = ask(&shelf, COUNT);
        let again = simple(open(), 0..3, 100);
        assert_eq!((again.files, again.rows, again.known), (0, 0, 3));
        let more = simple(open(), 0..5, 100);
        assert_eq!((more.files, more.rows, more.known), (2, 200, 3));
        assert!(before.starts_with("300,"), "{before}");
        assert!(ask(&open(), COUNT).starts_with("500,"));
    });
}

/// One sensor, one period, and several sources of it: `sources` are batches with so many rows.
fn sources(shelf: Arc<Shelf>, names: &[&str]) -> Written {
    let mut run = Run::begin(shelf);
    let start = minute(1);
    for name in names {
        let batch = run.open(Some(0), start);
        let own: u32 = name.bytes().map(u32::from).sum();
        run.rows((0..10).map(|n| row(own * 10 + n, batch, Some(0), start)));
        run.seal(batch, name, start);
    }
    run.line(start, true, Vec::new());
    run.finish()
}

#[test]
fn more_of_a_period_takes_the_place_of_less_and_less_adds_nothing() {
    each_lake(|shelf, open| {
        assert_eq!(sources(Arc::clone(&shelf), &["a"]).files, 1);
        let more = sources(open(), &["a", "b"]);
        assert_eq!((more.files, more.rows, more.replaced), (1, 20, 1));
        assert!(ask(&open(), COUNT).starts_with("20,"));
        assert_eq!((files(&shelf, "flows"), files(&shelf, "replaced")), (1, 1));
        let less = sources(open(), &["b"]);
        assert_eq!((less.files, less.known), (0, 1));
        // Two that were watched apart are known when they are watched together.
        assert_eq!(sources(open(), &["c"]).files, 1);
        let both = sources(open(), &["a", "b", "c"]);
        assert_eq!((both.files, both.known), (0, 1));
        assert!(ask(&open(), COUNT).starts_with("30,"));
    });
}

#[test]
fn what_is_there_in_part_is_left_as_it_is_and_said() {
    each_lake(|shelf, open| {
        sources(Arc::clone(&shelf), &["a", "b"]);
        let crossed = sources(open(), &["b", "c"]);
        assert_eq!((crossed.files, crossed.refused.len()), (0, 1));
        let told = &crossed.refused[0];
        assert!(
            told.contains("sensor gate") && told.contains("1 of its 2 batches") && told.contains("lake forget"),
            "{told}"
        );
        assert!(ask(&open(), COUNT).starts_with("20,"));
        // As it says: forgotten, and watched together.
        let hour = minute(0);
        assert_eq!(forget(&shelf, hour, hour.plus(Duration::from_secs(1))).unwrap().gone, 1);
        assert_eq!(sources(open(), &["a", "b", "c"]).rows, 30);
        assert!(ask(&open(), COUNT).starts_with("30,"));
    });
}

/// A run in which rows of a minute come after the minute was closed.
fn with_latecomers(shelf: Arc<Shelf>) -> Written {
    let mut run = Run::begin(shelf);
    let (start, next) = (minute(59), minute(60));
    let first = run.open(Some(0), start);
    run.rows((0..50).map(|n| row(n, first, Some(0), start)));
    run.line(start, false, Vec::new());
    run.seal(first, "first", next.minus(Duration::from_secs(1)));
    let second = run.open(Some(0), next);
    run.rows((0..7).map(|n| row(n, second, Some(0), start.plus(Duration::from_secs(3)))));
    run.rows((100..120).map(|n| row(n, second, Some(0), next)));
    run.line(next, false, Vec::new());
    run.seal(second, "second", next);
    run.line(next, true, Vec::new());
    run.finish()
}

#[test]
fn latecomers_land_in_their_own_hour_and_come_once() {
    each_lake(|shelf, open| {
        let written = with_latecomers(Arc::clone(&shelf));
        assert_eq!((written.files, written.rows), (3, 77));
        assert_eq!(with_latecomers(open()).known, 3);
        assert!(ask(&open(), COUNT).starts_with("77,"));
        let paths: Vec<String> = shelf.list("flows").unwrap().into_iter().map(|entry| entry.path).collect();
        let late: Vec<&String> = paths.iter().filter(|path| path.contains("-late001")).collect();
        assert_eq!(late.len(), 1, "{paths:?}");
        assert!(late[0].contains("hour=12"), "{late:?}");
        assert_eq!(paths.iter().filter(|path| path.contains("hour=13")).count(), 1);
    });
}

/// What goes to disk early because memory is short is the same in the end.
#[test]
fn little_room_changes_no_row() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut answers = Vec::new();
    for (folder, room) in folders.iter().zip([usize::MAX, 300]) {
        let shelf = Arc::new(Shelf::open(&folder.path().display().to_string(), folder.path()).unwrap());
        let mut run = Run::with_room(Arc::clone(&shelf), room);
        let start = minute(1);
        for piece in 0..10u32 {
            let batch = run.open(Some(0), start);
            run.rows((0..100).map(|n| row(piece * 100 + n, batch, Some(0), start)));
            run.epoch();
            run.seal(batch, &format!("p{piece}"), start);
        }
        run.line(start, true, Vec::new());
        let written = run.finish();
        assert_eq!((written.files, written.rows), (1, 1000));
        answers.push(ask(&shelf, "SELECT * FROM flows ORDER BY seal, ordinal"));
    }
    assert!(answers[0].lines().count() == 1000 && answers[0] == answers[1]);
}

/// Rows wait for the seals of the batches that they name, and no longer.
#[test]
fn rows_wait_for_their_seals() {
    each_lake(|shelf, open| {
        let mut run = Run::begin(Arc::clone(&shelf));
        let start = minute(1);
        let (batch, other) = (run.open(Some(0), start), run.open(Some(1), start));
        run.rows((0..5).map(|n| row(n, batch, Some(0), start)));
        run.rows((5..9).map(|n| row(n, other, Some(1), start)));
        run.line(start, false, Vec::new());
        assert_eq!(files(&shelf, "flows"), 0);
        run.seal(other, "other", start);
        run.seal(batch, "batch", start);
        run.line(minute(2), true, Vec::new());
        assert_eq!(run.finish().rows, 9);
        assert!(ask(&open(), COUNT).starts_with("9,"));
    });
}

/// What is known of a sensor that had nothing to count is kept all the same.
#[test]
fn a_sensor_without_rows_leaves_word() {
    each_lake(|shelf, open| {
        let mut run = Run::begin(Arc::clone(&shelf));
        let start = minute(1);
        let batch = run.open(Some(0), start);
        run.rows((0..5).map(|n| row(n, batch, Some(0), start)));
        run.seal(batch, "batch", start);
        let watch = Watch { copies: 3, dropped: Some(7), ..Watch::default() };
        run.line(start, true, vec![(Some(SensorIndex(1)), watch)]);
        assert_eq!(run.finish().files, 2);
        let told = ask(&open(), "SELECT sensor, flow_rows, copies, dropped FROM coverage ORDER BY sensor");
        assert_eq!(told, "gate,5,0,\nmast,0,3,7\n");
    });
}

/// A run that met no packet has no time that a file could be of.
#[test]
fn a_run_without_packets_leaves_no_file() {
    each_lake(|shelf, open| {
        let mut run = Run::begin(shelf);
        let watch = Watch { copies: 3, ..Watch::default() };
        run.line(minute(0), true, vec![(None, watch)]);
        assert_eq!(run.finish().files, 0);
        assert_eq!(files(&open(), "flows"), 0);
    });
}

/// The order in which shards hand over their rows shows in no byte.
#[test]
fn the_same_rows_make_the_same_file() {
    let mut contents = Vec::new();
    for turned in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Arc::new(Shelf::open(&folder.path().display().to_string(), folder.path()).unwrap());
        let mut run = Run::begin(Arc::clone(&shelf));
        let start = minute(1);
        let batch = run.open(Some(0), start);
        let mut rows: Vec<FlowRow> = (0..500).map(|n| row(n, batch, Some(0), start)).collect();
        if turned {
            rows.reverse();
        }
        rows.into_iter().for_each(|row| run.rows([row]));
        run.line(start, true, Vec::new());
        run.seal(batch, "batch", start);
        run.finish();
        let path = shelf.list("flows").unwrap().remove(0).path;
        contents.push((path.clone(), std::fs::read(shelf.folder().unwrap().join(path)).unwrap()));
    }
    assert!(contents[0] == contents[1]);
}

#[test]
fn compaction_loses_and_doubles_nothing_while_others_read() {
    each_lake(|shelf, open| {
        simple(Arc::clone(&shelf), 0..70, 20);
        let all = ask(&shelf, "SELECT * FROM flows ORDER BY start_time, seal, ordinal");
        let limits = Limits { memory: 256 << 20, time: Duration::from_secs(120), threads: 1 };
        let before = Session::open(&shelf, limits, Arc::new(NoLookup)).unwrap();
        // The second hour is the latest, and may go on.
        let joined = compact(&shelf, LATEST, LATEST, &mut |_, _| {}).unwrap().joined;
        assert_eq!((joined.gone, joined.written), (60, 1));
        assert_eq!((files(&shelf, "flows"), files(&shelf, "replaced")), (11, 60));
        assert_eq!(ask(&open(), "SELECT * FROM flows ORDER BY start_time, seal, ordinal"), all);
        // Whoever began before goes on with the files that were there.
        assert_eq!(sweep(&shelf).unwrap().gone, 0);
        let mut out = Vec::new();
        let mut answer = blueline_store::query::answers::CsvAnswer::new(&mut out);
        let given: &mut dyn Answer = &mut answer;
        before.ask(COUNT, given, std::future::pending()).unwrap();
        drop(answer);
        assert!(String::from_utf8(out).unwrap().contains("\n1400,"));
        drop(before);
        assert_eq!(sweep(&shelf).unwrap().gone, 60);
        assert_eq!(files(&shelf, "replaced"), 0);
        // What was compacted is known, too.
        let again = simple(open(), 0..70, 20);
        assert_eq!((again.files, again.known), (0, 70));
        assert_eq!(compact(&shelf, LATEST, LATEST, &mut |_, _| {}).unwrap().joined.gone, 0);
        assert_eq!(ask(&open(), "SELECT count(*), sum(flow_rows) FROM coverage"), "70,1400\n");
    });
}

/// Killed between the new file and the old ones' going: the old ones count no more, and the next writer clears them away.
#[test]
fn a_replacement_that_was_cut_short_counts_once() {
    each_lake(|shelf, open| {
        simple(Arc::clone(&shelf), 0..61, 5);
        compact(&shelf, LATEST, LATEST, &mut |_, _| {}).unwrap();
        for entry in shelf.list("replaced").unwrap() {
            shelf.shift(&entry.path, entry.path.strip_prefix("replaced/").unwrap()).unwrap();
        }
        assert_eq!(files(&shelf, "flows"), 62);
        assert!(ask(&open(), COUNT).starts_with("305,"));
        assert_eq!(simple(open(), 0..1, 5).known, 1);
        assert_eq!(files(&shelf, "flows"), 2);
        assert!(ask(&open(), COUNT).starts_with("305,"));
    });
}

#[test]
fn what_is_too_old_or_too_much_goes_by_hours() {
    each_lake(|shelf, open| {
        simple(Arc::clone(&shelf), [0, 1, 65, 66, 130, 131], 10);
        let all = status(&shelf).unwrap();
        assert_eq!((all.files, all.rows), (6, 60));
        assert_eq!(all.span, Some((minute(0), minute(132))));
        let kept = Retention { keep_for: Some(Duration::from_secs(60 * 67)), keep_bytes: None };
        assert_eq!(retain(&shelf, kept, LATEST).unwrap().gone, 2);
        assert!(ask(&open(), COUNT).starts_with("40,"));
        let left = status(&shelf).unwrap().bytes;
        let kept = Retention { keep_for: None, keep_bytes: Some(left - 1) };
        assert_eq!(retain(&shelf, kept, LATEST).unwrap().gone, 2);
        assert!(ask(&open(), COUNT).starts_with("20,"));
        assert_eq!(status(&shelf).unwrap().replaced, 4);
        assert_eq!(sweep(&shelf).unwrap().gone, 4);
    });
}

#[test]
fn findings_go_by_age_alone_and_are_checked() {
    each_lake(|shelf, _| {
        simple(Arc::clone(&shelf), [0, 130], 10);
        put(&shelf, &[told(0), told(1)]).unwrap();
        put(&shelf, &[told(2), told(120)]).unwrap();
        put(&shelf, &[told(125)]).unwrap();
        let checked = check(&shelf, &mut |_, _| {}).unwrap();
        assert_eq!((checked.finding_files, checked.finding_rows, checked.damaged.len()), (3, 5, 0));
        let by_bytes = Retention { keep_for: None, keep_bytes: Some(1) };
        retain(&shelf, by_bytes, LATEST).unwrap();
        assert_eq!((status(&shelf).unwrap().files, read(&shelf).unwrap().len()), (0, 5));

        // Nothing but findings is left: their age is counted from now.
        let by_age = Retention { keep_for: Some(Duration::from_secs(60 * 60)), keep_bytes: None };
        assert_eq!(retain(&shelf, by_age, minute(150)).unwrap().gone, 1);
        // A file goes when all that is in it is old, so that no event loses the last that was told of it.
        assert_eq!(read(&shelf).unwrap(), [told(2), told(120), told(125)]);
        assert_eq!(retain(&shelf, by_age, minute(185)).unwrap().gone, 1);
        assert_eq!(read(&shelf).unwrap(), [told(125)]);

        let path = shelf.list("findings").unwrap().remove(0).path;
        shelf.shift(&path, "findings/day=2026-03-02/20260301T140500.000000Z-0123456789abcdef.parquet").unwrap();
        let damaged = check(&shelf, &mut |_, _| {}).unwrap().damaged;
        assert!(damaged.len() == 1 && damaged[0].1.contains(&path), "{damaged:?}");
    });
}

fn told(number: i64) -> FindingRow {
    let text = |text: &str| text.to_owned();
    FindingRow {
        told: minute(number),
        id: FindingId(7),
        state: text("changed"),
        kind: text("scan.horizontal"),
        vector: text("tcp"),
        class: text("information-gathering/scanner"),
        effect: String::new(),
        start: minute(0),
        end: minute(number),
        actors: text("192.0.2.1"),
        targets: text("192.0.2.2"),
        target_parties: text("alpha"),
        target_count: 1,
        source_count: 1,
        spoofed: text("unlikely"),
        ports: text("22"),
        flow_count: 1,
        packets: 1,
        bytes: 60,
        confidence: text("high"),
        sensors: String::new(),
        finding: format!("{{\"minute\":{number}}}"),
    }
}

/// A file that is none of ours is passed over, said, and left alone.
#[test]
fn strangers_are_left_alone() {
    each_lake(|shelf, open| {
        simple(Arc::clone(&shelf), 0..2, 5);
        shelf.put_bytes("flows/day=2026-03-01/hour=12/notes.txt", b"mine").unwrap();
        assert!(ask(&open(), COUNT).starts_with("10,"));
        assert_eq!(status(&shelf).unwrap().strangers, ["flows/day=2026-03-01/hour=12/notes.txt"]);
    });
}
