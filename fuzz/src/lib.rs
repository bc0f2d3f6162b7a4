//! What several fuzz targets share: mission folders in memory, packing, walking captures, and what must hold for
//! anything that is told to people.
//!
//! A target is a file in `fuzz_targets/`. The program `seeds` in `src/bin/` makes the inputs that they start from.

pub mod capture;
pub mod packing;

use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use blueline_mission::folder::{Folder, Problem, Problems};

/// The folder that targets pretend to read.
pub const FOLDER: &str = "mission";

/// Reads a mission folder that holds these files and no others.
pub fn folder(files: &[(&str, &[u8])]) -> Result<Folder, Problems> {
    Folder::load_with(Path::new(FOLDER), &|path| {
        let held = files.iter().find(|(name, _)| Path::new(FOLDER).join(name) == path);
        let (_, bytes) = held.ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>)
    })
}

/// Every problem says what to do and does not steer the terminal that it is shown on.
pub fn assert_well_told(problems: &[Problem]) {
    for problem in problems {
        let shown = problem.to_string();
        assert!(shown.contains("help: "), "{shown:?}");
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(!problem.message.is_empty() && !problem.help.is_empty(), "{shown:?}");
    }
}

/// Every spot in `file` is a stretch of one line of `content`, and the line is told as it stands there.
pub fn assert_spots_within(problems: &[Problem], file: &str, content: &[u8]) {
    let content = String::from_utf8_lossy(content);
    let lines: Vec<&str> = content.split('\n').collect();
    for problem in problems.iter().filter(|problem| problem.file == Path::new(FOLDER).join(file)) {
        let Some(spot) = &problem.spot else { continue };
        let line = spot.line.checked_sub(1).and_then(|place| lines.get(place)).expect("a line of the file");
        assert_eq!(spot.text, line.trim_end_matches('\r'));
        // The column behind the last character is where something is missing.
        let end = line.chars().count() + 1;
        assert!((1..=end).contains(&spot.column) && spot.width >= 1, "{spot:?}");
        assert!(spot.width == 1 || spot.column + spot.width <= end, "{spot:?}");
    }
}
