//! A file of the lake: its path to the end of the first line, then its bytes. It is whole or it is said what is wrong with
//! it, the same each time, and a name that is read is one that was written.
#![no_main]

use std::sync::Once;

use blueline_store::lake::check;
use libfuzzer_sys::fuzz_target;

/// The Parquet library gives up on some damaged pages by a panic, which is caught and told as damage. One of our own code is
/// a finding.
fn let_the_library_give_up() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let of_library =
            |file: &str| file.contains("/parquet-") || file.contains("/arrow-") || file.contains("/bytes-");
        if !panic.location().is_some_and(|place| of_library(place.file())) {
            before(panic);
        }
    }));
}

fuzz_target!(|input: &[u8]| {
    static ONCE: Once = Once::new();
    ONCE.call_once(let_the_library_give_up);
    let Some(end) = input.iter().position(|&byte| byte == b'\n') else { return };
    let (path, bytes) = (String::from_utf8_lossy(&input[..end]), &input[end + 1..]);
    let told = check::file(&path, bytes.to_vec());
    assert_eq!(told, check::file(&path, bytes.to_vec()));
    if let Err(what) = told {
        assert!(!what.is_empty());
        return;
    }
    // Whole: then it stands in the folder of its hour, and nowhere else.
    assert!(check::file(&format!("somewhere/{path}"), bytes.to_vec()).is_ok());
    let elsewhere = path.replace("hour=", "hour=x");
    assert!(check::file(&elsewhere, bytes.to_vec()).is_err());
});
