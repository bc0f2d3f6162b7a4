//! Lists of indicators: plain, STIX 2.1 and MISP.
#![no_main]

use blueline_detect::{Format, Indicators, Listed, Trouble};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = || Indicators::read(None, bytes, "list");
    let (list, troubles) = read();
    assert_well_told(&troubles);
    assert_eq!(read().1, troubles);
    // What it looks like is what it is read as.
    assert_eq!(Indicators::read(Some(Format::guess(bytes)), bytes, "list").1, troubles);

    let once = list.len();
    let (listed, more) = Listed::new(vec![list.clone(), list.assuming(Some(200), None)]);
    assert_well_told(&more);
    // Each list keeps its own, though both list the same.
    assert_eq!(listed.len(), 2 * once);
    assert_eq!(listed.lists(), ["list", "list"]);
});

/// Every trouble says what to do, and does not steer the terminal that it is shown on.
fn assert_well_told(troubles: &[Trouble]) {
    for trouble in troubles {
        let shown = trouble.to_string();
        assert!(!trouble.message.is_empty() && !trouble.help.is_empty() && trouble.count > 0, "{shown:?}");
        assert!(shown.chars().all(|c| !c.is_control()), "{shown:?}");
    }
}
