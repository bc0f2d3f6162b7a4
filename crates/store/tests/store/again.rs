//! Watched again, in part, in another order, with other periods, after a kill: nothing is lost, nothing doubled.

use std::sync::Arc;
use std::time::Duration;

use blueline_store::lake::Written;
use blueline_store::lake::compact::{Retention, compact, retain};
use blueline_store::shelf::Shelf;
use blueline_terms::Moment;

use crate::field::{Run, ask, each_lake, files, minute, row};

const COUNT: &str = "SELECT count(*) FROM flows";
const SECOND: Duration = Duration::from_secs(1);

fn after(moment: Moment, seconds: u32) -> Moment {
    moment.plus(SECOND * seconds)
}

#[track_caller]
fn holds(shelf: &Arc<Shelf>, rows: usize) {
    assert_eq!(ask(shelf, COUNT), format!("{rows}\n"));
}

/// Minute 59: ten rows of each of these batches in time, and seven that come late in batch `late`.
fn with_late(shelf: Arc<Shelf>, in_time: &[&str], late: Option<&str>) -> Written {
    let mut run = Run::begin(shelf);
    let (start, next) = (minute(59), minute(60));
    for name in in_time {
        let batch = run.open(Some(0), start);
        let own: u32 = name.bytes().map(u32::from).sum();
        run.rows((0..10).map(|n| row(own * 10 + n, batch, Some(0), start)));
        run.seal(batch, name, after(start, 9));
    }
    run.line(start, false, Vec::new());
    if let Some(name) = late {
        let batch = run.open(Some(0), next);
        run.rows((0..7).map(|n| row(n, batch, Some(0), after(start, 3))));
        run.seal_since(batch, name, after(start, 3), next);
        run.line(next, false, Vec::new());
    }
    run.line(next, true, Vec::new());
    run.finish()
}

/// The path of the file on the shelf that came late, or of the one that did not.
fn path(shelf: &Shelf, folder: &str, late: bool) -> String {
    let mut paths = shelf.list(folder).unwrap().into_iter().map(|entry| entry.path);
    paths.rfind(|path| path.contains("-late") == late).unwrap()
}

#[test]
fn what_came_late_is_known_where_its_batches_were_counted_with_others() {
    each_lake(|shelf, open| {
        assert_eq!(with_late(Arc::clone(&shelf), &["a", "b"], Some("c")).rows, 27);
        let part = with_late(open(), &["b"], Some("c"));
        assert_eq!((part.files, part.known, part.refused.len()), (0, 2, 0));
        // In time what was late before.
        let other = with_late(open(), &["a", "b", "c"], None);
        assert_eq!((other.files, other.known), (0, 1));
        holds(&shelf, 27);
    });
}

#[test]
fn what_was_in_time_is_not_added_again_when_it_comes_late() {
    each_lake(|shelf, open| {
        let mut run = Run::begin(Arc::clone(&shelf));
        let start = minute(59);
        let (first, second) = (run.open(Some(0), start), run.open(Some(0), start));
        run.rows((0..10).map(|n| row(970 + n, first, Some(0), start)));
        run.rows((0..7).map(|n| row(n, second, Some(0), after(start, 3))));
        run.seal(first, "a", after(start, 9));
        run.seal_since(second, "c", after(start, 3), minute(60));
        run.line(start, true, Vec::new());
        assert_eq!(run.finish().rows, 17);
        let again = with_late(open(), &["a"], Some("c"));
        assert_eq!((again.files, again.known, again.refused.len()), (0, 2, 0));
        holds(&shelf, 17);
    });
}

#[test]
fn either_part_alone_is_completed() {
    each_lake(|shelf, open| {
        for late in [true, false] {
            with_late(open(), &["a"], Some("c"));
            let gone = path(&shelf, "flows", late);
            shelf.delete(&gone).unwrap();
            let again = with_late(open(), &["a"], Some("c"));
            assert_eq!((again.files, again.known), (1, 1), "{gone}");
            holds(&open(), 17);
        }
    });
}

/// Killed while the files that a fuller one stands for were moved away.
#[test]
fn what_came_late_to_a_replaced_group_counts_no_more() {
    each_lake(|shelf, open| {
        with_late(Arc::clone(&shelf), &["a"], Some("c"));
        let fuller = with_late(open(), &["a", "c", "d"], None);
        assert_eq!((fuller.files, fuller.replaced), (1, 2));
        let moved = path(&shelf, "replaced", true);
        shelf.shift(&moved, moved.strip_prefix("replaced/").unwrap()).unwrap();
        assert_eq!(files(&shelf, "flows"), 2);
        holds(&open(), 30);
        with_late(open(), &["a", "c", "d"], None);
        assert_eq!(files(&shelf, "flows"), 1);
    });
}

/// A batch of ten seconds, counted in periods of this length; killed after the first `kept` seconds were written.
fn in_periods(shelf: Arc<Shelf>, length: u32, kept: u32) -> Written {
    let mut run = Run::with(shelf, |settings| settings.period = SECOND * length);
    let start = minute(1);
    let batch = run.open(Some(0), start);
    run.rows((0..kept).map(|n| row(n, batch, Some(0), after(start, n))));
    run.seal(batch, "a", after(start, 9));
    run.line(start, true, Vec::new());
    run.finish()
}

#[test]
fn longer_periods_take_the_place_of_shorter_ones_that_were_cut_short() {
    each_lake(|shelf, open| {
        assert_eq!(in_periods(Arc::clone(&shelf), 1, 10).files, 10);
        let longer = in_periods(open(), 10, 10);
        assert_eq!((longer.known, longer.files, longer.refused.len()), (1, 0, 0), "{longer:?}");
        for entry in &shelf.list("flows").unwrap()[5..] {
            shelf.delete(&entry.path).unwrap();
        }
        let longer = in_periods(open(), 10, 10);
        assert_eq!((longer.files, longer.replaced, longer.refused.len()), (1, 5, 0), "{longer:?}");
        holds(&shelf, 10);
        // Killed while the shorter ones were moved away.
        let moved = path(&shelf, "replaced", false);
        shelf.shift(&moved, moved.strip_prefix("replaced/").unwrap()).unwrap();
        holds(&open(), 10);
        let shorter = in_periods(open(), 1, 10);
        assert_eq!((shorter.known, shorter.files), (10, 0), "{shorter:?}");
        holds(&open(), 10);
    });
}

/// Killed before the batch's later periods were written; then one of its sources alone.
#[test]
fn a_part_of_what_is_there_is_known_though_its_end_is_not_there() {
    each_lake(|shelf, open| {
        let watched = |shelf, names: &[&str]| {
            let mut run = Run::with(shelf, |settings| settings.period = SECOND);
            let start = minute(1);
            for (place, name) in names.iter().enumerate() {
                let batch = run.open(Some(0), start);
                run.rows((0..10).map(|n| row(100 * place as u32 + n, batch, Some(0), after(start, n))));
                run.seal(batch, name, after(start, 9));
            }
            run.line(start, true, Vec::new());
            run.finish()
        };
        assert_eq!(watched(Arc::clone(&shelf), &["a", "b"]).files, 10);
        for entry in &shelf.list("flows").unwrap()[5..] {
            shelf.delete(&entry.path).unwrap();
        }
        let alone = watched(open(), &["b"]);
        assert_eq!((alone.known, alone.files, alone.refused.len()), (5, 5, 0));
        let both = watched(open(), &["a", "b"]);
        assert_eq!((both.known, both.files, both.replaced, both.refused.len()), (5, 5, 5, 0));
        holds(&open(), 20);
    });
}

/// Periods that reach beyond their hour are not joined: the name of a joined file says that all lies within the hour.
#[test]
fn long_periods_keep_their_names_through_compaction() {
    each_lake(|shelf, open| {
        for sensor in 0..2 {
            let mut run = Run::with(open(), |settings| settings.period = SECOND * 3 * 3600);
            let batch = run.open(Some(sensor), minute(0));
            run.rows((0..150).map(|n| row(n, batch, Some(sensor), minute(i64::from(n)))));
            run.seal(batch, &format!("s{sensor}"), minute(150));
            run.line(minute(0), true, Vec::new());
            run.finish();
        }
        let late = format!("SELECT count(*) FROM flows WHERE start_time >= '{}'", minute(100));
        let early = format!("SELECT count(*) FROM flows WHERE start_time < '{}'", minute(50));
        for _ in 0..2 {
            assert_eq!((ask(&open(), &late), ask(&open(), &early)), ("100\n".to_owned(), "100\n".to_owned()));
            assert_eq!(compact(&shelf, Moment::MAX, Moment::MAX, &mut |_, _| {}).unwrap().joined.gone, 0);
        }
    });
}

/// Rows name the batches of their flows' first packets, which need not have been opened in their period.
#[test]
fn rows_wait_for_batches_that_were_opened_after_their_period() {
    each_lake(|shelf, open| {
        let mut run = Run::begin(Arc::clone(&shelf));
        let (start, next) = (minute(1), minute(2));
        let (busy, other) = (run.open(Some(0), start), run.open(Some(0), after(next, 1)));
        run.rows((0..5).map(|n| row(n, busy, Some(0), start)));
        run.rows((5..9).map(|n| row(n, other, Some(0), after(start, 59))));
        run.seal(busy, "busy", after(start, 59));
        run.line(start, false, Vec::new());
        assert_eq!(files(&shelf, "flows"), 0);
        run.seal(other, "other", after(next, 2));
        run.line(next, true, Vec::new());
        assert_eq!(run.finish().rows, 9);
        holds(&open(), 9);
    });
}

/// A second day that comes before the first: its many periods are written as they come, with little memory, and once.
#[test]
fn many_late_periods_come_once() {
    each_lake(|shelf, open| {
        let backwards = |shelf| {
            let mut run = Run::with_room(shelf, 400);
            let mut batch = run.open(Some(0), minute(1000));
            run.rows((0..10).map(|n| row(n, batch, Some(0), minute(1000))));
            run.line(minute(1000), false, Vec::new());
            run.seal(batch, "day2", minute(1000));
            for number in 0..300 {
                batch = run.open(Some(0), minute(number));
                run.rows((0..8).map(|n| row(n, batch, Some(0), minute(number))));
                run.epoch();
                run.seal(batch, &format!("m{number}"), minute(number));
            }
            run.line(minute(1001), true, Vec::new());
            run.finish()
        };
        assert_eq!(backwards(Arc::clone(&shelf)).rows, 2410);
        holds(&shelf, 2410);
        let again = backwards(open());
        assert_eq!((again.files, again.refused.len()), (0, 0));
        holds(&open(), 2410);
    });
}

/// A period that comes after later ones were closed is made fuller by another run, as any other is.
#[test]
fn a_late_period_may_grow_from_run_to_run() {
    each_lake(|shelf, open| {
        let backwards = |shelf, names: &[&str]| {
            let mut run = Run::begin(shelf);
            let later = run.open(Some(0), minute(1000));
            run.rows((0..10).map(|n| row(n, later, Some(0), minute(1000))));
            run.seal(later, "later", minute(1000));
            run.line(minute(1000), false, Vec::new());
            for name in names {
                let batch = run.open(Some(0), minute(5));
                run.rows((0..8).map(|n| row(n, batch, Some(0), minute(5))));
                run.seal(batch, name, minute(5));
            }
            run.line(minute(1001), true, Vec::new());
            run.finish()
        };
        assert_eq!(backwards(Arc::clone(&shelf), &["a"]).files, 2);
        let fuller = backwards(open(), &["a", "b"]);
        assert_eq!((fuller.known, fuller.files, fuller.replaced, fuller.refused.len()), (1, 1, 1, 0));
        holds(&open(), 26);
    });
}

/// A run that goes on for long looks after its lake itself, and what came late to an hour that was joined is kept.
#[test]
fn a_long_run_joins_the_files_of_hours_that_are_over() {
    each_lake(|shelf, open| {
        let long = |shelf| {
            let kept = Retention { keep_for: Some(SECOND * 3 * 3600), keep_bytes: None };
            let mut run = Run::with(shelf, |settings| settings.upkeep = Some(kept));
            for number in 0..300 {
                let start = minute(number);
                let batch = run.open(Some(0), start);
                run.rows((0..3).map(|n| row(n, batch, Some(0), start)));
                if number == 200 {
                    run.rows((3..9).map(|n| row(n, batch, Some(0), minute(125))));
                }
                run.seal_since(batch, &format!("m{number}"), if number == 200 { minute(125) } else { start }, start);
                run.line(start, false, Vec::new());
            }
            run.line(minute(300), true, Vec::new());
            run.finish()
        };
        let written = long(Arc::clone(&shelf));
        assert_eq!((written.rows, written.refused.len()), (906, 0));
        // Hours 12 and more than three hours old are gone; the last hour and a half are files of minutes.
        let left = ask(&open(), "SELECT count(*), min(start_time) FROM flows");
        assert_eq!(left, "726,2026-03-01T13:00:00.000000Z\n");
        assert!(files(&shelf, "flows") < 130, "{}", files(&shelf, "flows"));
        // Watched again, what was let go comes back and goes again; what is there is known.
        assert!(long(open()).known >= 230);
        assert_eq!(ask(&open(), "SELECT count(*), min(start_time) FROM flows"), left);
    });
}

/// A sensor whose clock is wrong does not make everything else old.
#[test]
fn rows_of_the_far_future_make_nothing_old() {
    each_lake(|shelf, open| {
        for (name, start) in [("now", minute(1)), ("then", minute(100_000_000))] {
            let mut run = Run::begin(open());
            let batch = run.open(Some(0), start);
            run.rows((0..5).map(|n| row(n, batch, Some(0), start)));
            run.seal(batch, name, start);
            run.line(start, true, Vec::new());
            run.finish();
        }
        let kept = Retention { keep_for: Some(SECOND * 86_400), keep_bytes: None };
        assert_eq!(retain(&shelf, kept, minute(500)).unwrap().gone, 0);
        assert_eq!(retain(&shelf, kept, minute(5000)).unwrap().gone, 1);
        holds(&open(), 5);
    });
}

#[test]
fn a_place_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("line#1 a~b%20[c]");
    let shelf = Arc::new(Shelf::open(&place.display().to_string(), folder.path()).unwrap());
    assert_eq!(with_late(Arc::clone(&shelf), &["a"], Some("c")).rows, 17);
    assert_eq!(ask(&shelf, "SELECT count(*), min(traffic_packets_out) FROM flows"), "17,1\n");
}

/// Of an address of the other family a prefix is false, not unknown.
#[test]
fn prefixes_of_one_family_hold_no_address_of_the_other() {
    each_lake(|shelf, _| {
        with_late(Arc::clone(&shelf), &["a"], Some("c"));
        let counted = |condition: &str| ask(&shelf, &format!("SELECT count(*) FROM flows WHERE {condition}"));
        for prefix in ["192.0.2.0/24", "2001:db8::/32"] {
            let holds = format!("cidr_contains('{prefix}', src_endpoint_ip)");
            let [yes, no]: [usize; 2] =
                [holds.clone(), format!("NOT {holds}")].map(|condition| counted(&condition).trim().parse().unwrap());
            assert!(yes > 0 && no > 0 && yes + no == 17, "{prefix}: {yes} and {no}");
            assert_eq!(counted(&format!("{holds} IS NULL")), "0\n");
        }
    });
}
