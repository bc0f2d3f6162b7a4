//! The terminal picture against committed text files.

use blueline_report::terminal::{self, Look};

use crate::files::compare;
use crate::sample;

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn picture(width: usize, language: &str, ascii: bool) -> String {
    plain(&terminal::picture(&sample::mission(), &sample::run(), &sample::seals(), Look { width, language, ascii }))
}

fn update(width: usize, language: &str, ascii: bool) -> String {
    plain(&terminal::period(&sample::mission(), &sample::period(), Look { width, language, ascii }))
}

#[test]
fn picture_at_80_and_120_columns() {
    compare("tests/golden/picture-80.txt", &picture(80, "en", false));
    compare("tests/golden/picture-120.txt", &picture(120, "en", false));
}

#[test]
fn picture_in_ascii_on_a_narrow_terminal() {
    let text = picture(48, "ar", true);
    assert!(text.is_ascii());
    compare("tests/golden/picture-48-ascii.txt", &text);
}

#[test]
fn picture_with_chinese_names() {
    compare("tests/golden/picture-100-zh.txt", &picture(100, "zh", false));
}

#[test]
fn period_at_80_and_120_columns() {
    compare("tests/golden/period-80.txt", &update(80, "en", false));
    compare("tests/golden/period-120.txt", &update(120, "ar", false));
}

/// No line is wider than the terminal, whatever the width and language; addresses are never cut.
#[test]
fn every_line_fits() {
    for width in (40..=240).step_by(10) {
        for (language, ascii) in [("en", false), ("ar", false), ("zh", false), ("ar", true)] {
            let text = picture(width, language, ascii) + &update(width, language, ascii);
            for line in text.lines() {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= width, "{columns} > {width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
            assert!(text.contains("2001:db8:b:0:aa:bb:cc:dd") && text.contains("2001:db8:a:17::beef"));
        }
    }
}

/// Forty parties with long names, each speaking to each: what does not fit is said, nothing breaks.
#[test]
fn many_parties_fit_too() {
    let (mission, run) = sample::crowd(40);
    for width in [40, 80, 120, 240] {
        for text in [
            terminal::picture(&mission, &run, &[], Look { width, ..Look::default() }),
            terminal::period(&mission, &run, Look { width, ..Look::default() }),
        ] {
            let text = plain(&text);
            assert!(text.lines().count() < 200, "{text}");
            assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= width), "{text}");
            assert!(text.contains("more pairs"));
        }
    }
}

#[test]
fn nothing_at_all_is_a_picture_too() {
    let text = plain(&terminal::picture(&Default::default(), &sample::empty(), &[], Look::default()));
    for words in
        ["no packet", "coverage unknown: no declared sensor", "no traffic between different sides", "nothing strange"]
    {
        assert!(text.contains(words), "{text}");
    }
    assert!(plain(&terminal::period(&Default::default(), &sample::empty(), Look::default())).contains("no packet"));
}

/// A name can neither move the cursor nor turn its neighbours around.
#[test]
fn names_cannot_drive_the_terminal() {
    let (mut mission, mut run) = (sample::mission(), sample::run());
    let hostile = "a\u{1b}[2J\u{202e}b\nc";
    mission.title = hostile.to_owned();
    mission.parties[0].names.insert("en".to_owned(), hostile.to_owned());
    run.oddities[0].source = hostile.to_owned();
    run.oddities[0].first.detail = hostile.to_owned();
    for ascii in [false, true] {
        let text = terminal::picture(&mission, &run, &sample::seals(), Look { ascii, ..Look::default() });
        assert!(!text.contains("[2J\u{202e}") && !text.contains("\u{1b}[2J") && !text.contains('\u{202e}'));
        assert_eq!(ascii, plain(&text).is_ascii());
    }
}

/// The change against the period before stands by each direction of a border where there was a period before.
#[test]
fn borders_of_a_period_show_the_change() {
    let text =
        plain(&terminal::picture(&sample::mission(), &sample::period(), &[], Look { width: 100, ..Look::default() }));
    let borders = &text[text.find("── Borders").unwrap()..text.find("── Crossings").unwrap()];
    assert!(borders.contains("  change  "), "{borders}");
    let line = borders.lines().find(|line| line.contains("Arden → Boral")).unwrap();
    assert!(line.contains("▲ 497%"), "{borders}");
    assert!(!picture(100, "en", false).contains("  change  "), "a run has nothing before it");
}
