//! The mission folder: what a mission declares, on disk.
//!
//! A folder holds `mission.toml`, the tables that it names, and `data/`, where the mission writes. [`Folder::load`]
//! reads it and tells everything that is wrong with it in one go; [`Plan::write`] makes a new one.
//!
//! Problems come in the order of the file. Nothing here depends on the ids or the order of parties: what two parties
//! claim alike is refused, not decided.

mod detectors;
mod plan;
mod problem;
mod rules;
mod schema;
mod settings;
mod sheet;
mod tables;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blueline_border::attribution::{self, OriginTable, RegistryTable};
use blueline_terms::{Mission, Side};

pub use detectors::{DETECTORS_FILE, Detectors};
pub use plan::{PartyPlan, Plan, SafeAreaPlan, SeenPlan, SensorPlan, WriteError};
pub(crate) use problem::clean;
pub use problem::{Problem, Problems, Severity, Spot};
pub use settings::{Lake, Settings, bytes, duration};
pub use tables::{Table, TableEntries, TableFormat};

use rules::Unplaced;
use sheet::Sheet;

/// The name of the file that declares the mission.
pub const MISSION_FILE: &str = "mission.toml";

/// The largest mission file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// A mission folder that was read and found sound.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder, as it was named.
    pub path: PathBuf,
    /// Who is who.
    pub mission: Mission,
    /// How to watch.
    pub settings: Settings,
    /// Whose address is which, from the declarations and the tables.
    pub border: attribution::Border,
    /// The tables that were read.
    pub tables: Vec<Table>,
    /// How findings are made.
    pub detectors: Detectors,
    /// What is probably not as it was meant.
    pub warnings: Vec<Problem>,
}

impl Folder {
    /// Reads the folder `path`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with `mission.toml` and the tables that it names, warnings included.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        Self::load_with(path, &on_disk)
    }

    /// Reads the folder `path`, whose files `open` gives: for a folder that is in memory or in an archive.
    ///
    /// `open` is asked for the mission file and for each table that it names, by `path` with the name behind it.
    ///
    /// ```
    /// use std::io::{Cursor, ErrorKind, Read};
    /// use std::path::Path;
    ///
    /// use blueline_mission::folder::{Folder, MISSION_FILE, Plan};
    ///
    /// let text = Plan::template().text();
    /// let open = |file: &Path| -> std::io::Result<Box<dyn Read>> {
    ///     match file.ends_with(MISSION_FILE) {
    ///         true => Ok(Box::new(Cursor::new(text.clone()))),
    ///         false => Err(ErrorKind::NotFound.into()),
    ///     }
    /// };
    /// let folder = Folder::load_with(Path::new("in-memory"), &open)?;
    /// assert_eq!(folder.mission.parties.len(), 2);
    /// # Ok::<(), blueline_mission::folder::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub fn load_with(path: &Path, open: &dyn Fn(&Path) -> io::Result<Box<dyn Read>>) -> Result<Self, Problems> {
        let file = path.join(MISSION_FILE);
        let text = read(&file, path, open)?;
        let (declared, mut problems) = Declared::read(&file, &text);
        let (mut tables, mut origins, mut registry) = (Vec::new(), OriginTable::default(), RegistryTable::default());
        if let Some(named) = &declared.origins {
            let read = tables::read(path, named, open, &mut tables, &mut problems, tables::origins());
            origins = read.into_iter().collect();
        }
        if let Some(named) = &declared.registry {
            let read = tables::read(path, named, open, &mut tables, &mut problems, tables::registry());
            registry = read.into_iter().collect();
        }
        let border = declared.mission.as_ref().map(|mission| attribution::Border::new(mission, origins, registry));
        if let Some((mission, border)) = declared.mission.as_ref().zip(border.as_ref()) {
            problems.extend(
                declared.unplaced.iter().filter_map(|(area, spot)| misplaced(&file, area, spot, mission, border)),
            );
        }
        // Problems of the mission file first, in its order; those of the tables stay behind it.
        problems.sort_by_key(|problem| {
            let place = problem.spot.as_ref().map_or((usize::MAX, 0), |spot| (spot.line, spot.column));
            if problem.file == file { place } else { (usize::MAX, 1) }
        });
        let (detectors, mistuned) = detectors_of(path, open, declared.mission.as_ref())?;
        problems.extend(mistuned);
        let warnings = Problems::refused(problems)?;
        // There is a mission and a border wherever there is no error.
        let (Some(mission), Some(border)) = (declared.mission, border) else { return Err(unfinished(&file).into()) };
        Ok(Self { path: path.to_owned(), mission, settings: declared.settings, border, tables, detectors, warnings })
    }

    /// Where the mission's own data goes.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

/// What `mission.toml` alone says.
struct Declared {
    /// Nothing where there are errors.
    mission: Option<Mission>,
    settings: Settings,
    origins: Option<Named>,
    registry: Option<Named>,
    unplaced: Vec<(Unplaced, Spot)>,
}

/// A file that the mission file names.
struct Named {
    name: String,
    /// The mission file, and the place in it.
    by: PathBuf,
    spot: Spot,
}

impl Declared {
    fn read(file: &Path, text: &str) -> (Self, Vec<Problem>) {
        let (sheet, root) = Sheet::read(file, text);
        let draft = schema::read(&sheet, &root);
        let (mission, unplaced) = rules::assemble(&sheet, &draft);
        let named = |path: &sheet::Placed<&str>| {
            let (name, spot) = (path.value.to_owned(), Spot::of_span(text, path.span.clone()));
            Named { name, by: file.to_owned(), spot }
        };
        let (origins, registry) = (draft.origins.as_ref().map(named), draft.registry.as_ref().map(named));
        let spotted = |area: Unplaced| {
            let spot = Spot::of_span(text, area.prefix.span.clone());
            (area, spot)
        };
        let unplaced = unplaced.into_iter().map(spotted).collect();
        let declared = Self { mission, settings: draft.settings, origins, registry, unplaced };
        (declared, sheet.into_problems())
    }
}

/// A plain file of the folder.
fn on_disk(file: &Path) -> io::Result<Box<dyn Read>> {
    if file.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    Ok(Box::new(File::open(file)?))
}

/// How the detectors are set; by their defaults where no file says otherwise.
fn detectors_of(
    path: &Path,
    open: &dyn Fn(&Path) -> io::Result<Box<dyn Read>>,
    mission: Option<&Mission>,
) -> Result<(Detectors, Vec<Problem>), Problems> {
    let file = path.join(DETECTORS_FILE);
    match open(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((Detectors::default(), Vec::new())),
        _ => {
            let nobody = Mission::default();
            read(&file, path, open).map(|text| Detectors::read(&file, &text, mission.unwrap_or(&nobody), open))
        }
    }
}

/// The text of the mission file.
fn read(file: &Path, folder: &Path, open: &dyn Fn(&Path) -> io::Result<Box<dyn Read>>) -> Result<String, Problems> {
    let fault = |message: String, help: &str| Problem::of_file(Severity::Error, file, message, help);
    let what = if file.ends_with(MISSION_FILE) { "the mission file" } else { "this file" };
    let unreadable = |error: io::Error| {
        let there = error.kind() != io::ErrorKind::NotFound;
        let help = match (there, folder.is_dir()) {
            (true, _) => "see that it is a plain file that you may read".to_owned(),
            (false, true) => format!("make one with: blueline init {}", folder.display()),
            (false, false) => format!("there is no folder {0}; make one with: blueline init {0}", folder.display()),
        };
        Problems::from(fault(format!("cannot read {what}: {error}"), &help))
    };
    let mut bytes = Vec::new();
    open(file).map_err(unreadable)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("this file is larger than {} MiB", LARGEST >> 20);
        return Err(fault(message, "put long lists of prefixes into a table and claim them by AS number").into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let message =
            format!("this file is not UTF-8: the byte 0x{:02x} has no meaning here", bytes.get(at).unwrap_or(&0));
        // The replaced character stands where the bad byte stood.
        let spot = Spot::of_span(&String::from_utf8_lossy(bytes), at..at + 1);
        Problem { spot: Some(spot), ..fault(message, "save it as UTF-8 in your editor") }.into()
    })
}

/// The fault of a safe area that neither prefixes nor tables put into its party's space.
fn misplaced(
    file: &Path,
    area: &Unplaced,
    spot: &Spot,
    mission: &Mission,
    border: &attribution::Border,
) -> Option<Problem> {
    let prefix = area.prefix.value;
    let ends = [prefix.first(), prefix.last()].map(|address| border.place(border.locate(address)));
    let stray = ends.into_iter().find(|place| place.side != Side::Party(area.party))?;
    let (party, side) = (mission.word(Side::Party(area.party)), mission.word(stray.side));
    let message = format!("{prefix} is not in the space of party {party:?}: it counts as {side} ({})", stray.grounds);
    let help = "add the prefix to the party's, correct the address, or give a table that places it";
    Some(Problem { spot: Some(spot.clone()), ..Problem::of_file(Severity::Error, file, message, help) })
}

fn unfinished(file: &Path) -> Problem {
    let message = "this file declares no mission";
    Problem::of_file(Severity::Error, file, message, "start again with blueline init in another folder, and compare")
}
