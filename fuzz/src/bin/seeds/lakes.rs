//! Files of a lake: the exercise generator's captures, watched.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};

use blueline_mission::custody::Custody;
use blueline_mission::folder::Folder;
use blueline_mission::lake;
use blueline_mission::pipeline::{self, Audience, Watch};
use blueline_mission::sources::Sources;
use blueline_mission::terms::{Finding, Mission, Picture};
use blueline_mission::watch::Progress;

/// Each file with its path before it.
pub(crate) fn files() -> io::Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for capture in super::captures::plain() {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("mission.toml"), super::texts::missions().swap_remove(0))?;
        fs::write(folder.path().join("capture"), capture)?;
        let Ok(mission) = Folder::load(folder.path()) else { continue };
        let sources = Sources::find(&mission.mission, &[folder.path().join("capture").display().to_string()]);
        let shelf = Arc::new(lake::shelf(&mission)?);
        let plan = Watch {
            opened: sources.opened,
            stored: sources.stored,
            threads: 1,
            hash_key: [7; 32],
            detectors: Some(mission.detectors.runner(7)),
            lake: Some(Arc::clone(&shelf)),
        };
        pipeline::watch(&mission, Custody::in_memory(), plan, &mut Nobody, &Arc::new(AtomicBool::new(false)))?;
        for entry in shelf.list("flows")? {
            let bytes = fs::read(shelf.folder().unwrap_or(Path::new(".")).join(&entry.path))?;
            seeds.push([entry.path.as_bytes(), b"\n", &bytes].concat());
        }
    }
    Ok(seeds)
}

/// Who wants no periods.
struct Nobody;

impl Audience for Nobody {
    fn period(&mut self, _: &Mission, _: &Picture, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn finding(&mut self, _: &Mission, _: &Finding, _: &dyn Fn(u32) -> Option<String>) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}
