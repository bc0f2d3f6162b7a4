//! The storage contract: one suite for every backend.

use blueline_store::shelf::{Entry, Put, Shelf};

use crate::field::each_shelf;

fn entry(path: &str, size: u64) -> Entry {
    Entry { path: path.to_owned(), size }
}

#[test]
fn what_is_put_is_there_whole_and_stays() {
    each_shelf(|shelf| {
        assert_eq!(shelf.list("flows").unwrap(), []);
        assert_eq!(shelf.put_bytes("flows/day=1/a", b"first").unwrap(), Put::New);
        assert_eq!(shelf.put_bytes("flows/day=1/a", b"second, which is longer").unwrap(), Put::Taken);
        assert_eq!(shelf.put_bytes("flows/day=2/b", b"").unwrap(), Put::New);
        assert_eq!(shelf.put_bytes("elsewhere/c", b"other").unwrap(), Put::New);
        assert_eq!(shelf.list("flows").unwrap(), [entry("flows/day=1/a", 5), entry("flows/day=2/b", 0)]);
        assert_eq!(shelf.list("flows/day=1").unwrap(), [entry("flows/day=1/a", 5)]);
    });
}

#[test]
fn names_with_equals_signs_and_others_are_kept() {
    each_shelf(|shelf| {
        let path = "flows/day=2026-03-01/hour=13/20260301T130400.500Z-1500ms-a_b.c-0123456789abcdef-late001.parquet";
        shelf.put_bytes(path, b"x").unwrap();
        assert_eq!(shelf.list("flows").unwrap(), [entry(path, 1)]);
    });
}

#[test]
fn what_is_moved_is_only_there_and_what_is_deleted_is_gone() {
    each_shelf(|shelf| {
        shelf.put_bytes("flows/a", b"first").unwrap();
        shelf.shift("flows/a", "replaced/flows/a").unwrap();
        assert_eq!(shelf.list("flows").unwrap(), []);
        assert_eq!(shelf.list("replaced").unwrap(), [entry("replaced/flows/a", 5)]);
        assert!(shelf.shift("flows/a", "replaced/flows/b").is_err());
        // The name is free again.
        assert_eq!(shelf.put_bytes("flows/a", b"again").unwrap(), Put::New);
        shelf.delete("flows/a").unwrap();
        shelf.delete("flows/a").unwrap();
        assert_eq!(shelf.list("flows").unwrap(), []);
    });
}

#[test]
fn what_a_killed_writer_left_is_not_seen_and_is_swept() {
    each_shelf(|shelf| {
        let Some(folder) = shelf.folder() else { return };
        let unfinished = folder.join(".unfinished");
        std::fs::create_dir_all(&unfinished).unwrap();
        std::fs::write(unfinished.join("half"), "half a file").unwrap();
        assert_eq!(shelf.list("").unwrap(), [entry(".unfinished/half", 11)]);
        assert_eq!(shelf.list("flows").unwrap(), []);
        shelf.tidy().unwrap();
        assert_eq!(shelf.list("").unwrap(), []);
    });
}

#[test]
fn places_that_make_no_sense_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let told = Shelf::open("ftp://host/lake", folder.path()).err().unwrap().to_string();
    assert!(told.contains("ftp://host/lake") && told.contains("s3://BUCKET/PREFIX"), "{told}");
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let told = Shelf::open(&file.display().to_string(), folder.path()).err().unwrap().to_string();
    assert!(told.contains(&file.display().to_string()), "{told}");
}
