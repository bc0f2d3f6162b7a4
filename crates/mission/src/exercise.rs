//! Exercises on the disk: a scenario file in, captures and the truth out.
//!
//! What happens in an exercise is decided in [`blueline_exercise`]; here its bytes find their files. All files of an
//! exercise appear together at its end, each whole, the truth last; when anything fails none of them does.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blueline_exercise::Recorder;
pub use blueline_exercise::{CaptureKind, Scenario, schema};
use blueline_terms::Moment;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::folder::{Problem, Severity, Spot};

/// The largest scenario file: far more than a person writes.
const LARGEST_SCENARIO: u64 = 16 << 20;
/// The file that the truth is written to.
pub const TRUTH_FILE: &str = "truth.json";
/// Bytes that are gathered for a file before they are compressed and written.
const PIECE: usize = 1 << 20;
/// Packets between two reports of progress.
const PACKETS_A_REPORT: u64 = 8192;

/// How captures are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952), without a time in its header, so that the same bytes come out the same.
    Gzip,
}

impl Compression {
    const ZSTD_LEVEL: i32 = 9;

    /// What a file's name ends with.
    const fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

/// How far a generation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The moment that has been reached.
    pub moment: Moment,
    /// The share of the scenario's time that has been told, 0 to 1.
    pub share: f64,
    /// Packets so far, seen by any sensor or by none.
    pub packets: u64,
    /// Bytes of captures so far, before compression.
    pub bytes: u64,
}

/// What has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Each sensor's capture, in the scenario's order.
    pub captures: Vec<Capture>,
    /// The truth file.
    pub truth: PathBuf,
}

/// A capture that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The sensor's id.
    pub sensor: String,
    /// Its file.
    pub file: PathBuf,
    /// Packets in it.
    pub packets: u64,
    /// Its bytes before compression.
    pub bytes: u64,
}

/// Reads a scenario file.
///
/// # Errors
///
/// Everything that is wrong with it, by line, with what to do.
pub fn read(file: &Path) -> Result<Scenario, Vec<Problem>> {
    let whole = |message: String, help: &str| vec![Problem::of_file(Severity::Error, file, message, help)];
    let refused = |error: &io::Error| {
        whole(format!("cannot read the scenario: {error}"), "name a file that is there and yours to read")
    };
    let size = std::fs::metadata(file).map_err(|error| refused(&error))?.len();
    if size > LARGEST_SCENARIO {
        let help = "a scenario is written by people and has a few thousand lines at most; name another file";
        return Err(whole(format!("{size} bytes are too many for a scenario"), help));
    }
    let text = std::fs::read_to_string(file).map_err(|error| refused(&error))?;
    Scenario::parse(&text).map_err(|error| {
        let problems = error.problems().iter().map(|problem| {
            let unsaid = "see `blueline exercise schema scenario` for what can be written";
            let (message, help) = problem.message.split_once("; ").unwrap_or((&problem.message, unsaid));
            let spot = (!problem.span.is_empty()).then(|| Spot::of_span(&text, problem.span.clone()));
            Problem { spot, ..Problem::of_file(Severity::Error, file, message, help) }
        });
        problems.collect()
    })
}

/// Plays a scenario and writes what its sensors record into `folder`, which is made if need be. Files of the same names
/// are replaced.
///
/// `progress` is told every so often; when it breaks off, nothing is written and `None` comes back.
///
/// # Errors
///
/// When the disk refuses; nothing has been replaced then, unless it refused in the very last step, the renaming.
pub fn generate(
    scenario: &Scenario,
    folder: &Path,
    compression: Compression,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Generated>, GenerateError> {
    let disk = |error| GenerateError { folder: folder.to_owned(), error };
    std::fs::create_dir_all(folder).map_err(disk)?;
    let mut recorder = Recorder::new(scenario);
    let mut buffers = recorder.headers();
    let files: Result<Vec<_>, _> = buffers.iter().map(|_| Output::begin(folder, compression)).collect();
    let mut files = files.map_err(disk)?;
    let mut packets = 0;
    while let Some(moment) = recorder.advance(&mut buffers) {
        packets += 1;
        for (file, buffer) in files.iter_mut().zip(&mut buffers).filter(|(_, buffer)| buffer.len() >= PIECE) {
            file.take(buffer).map_err(disk)?;
        }
        if packets % PACKETS_A_REPORT == 0 {
            let share = moment.since(scenario.start).as_secs_f64() / scenario.duration.as_secs_f64();
            let bytes = files.iter().map(|file| file.bytes).sum();
            if progress(Progress { moment, share, packets, bytes }).is_break() {
                return Ok(None);
            }
        }
    }
    for (file, buffer) in files.iter_mut().zip(&mut buffers) {
        file.take(buffer).map_err(disk)?;
    }
    finish(recorder, files, folder, compression).map(Some).map_err(disk)
}

/// Brings every file to the disk under a passing name, then gives all of them their own.
fn finish(recorder: Recorder, files: Vec<Output>, folder: &Path, compression: Compression) -> io::Result<Generated> {
    let truth = recorder.truth();
    let mut ready = Vec::with_capacity(files.len());
    for (file, sensor) in files.into_iter().zip(&recorder.scenario().sensors) {
        let name = format!("{}.{}{}", sensor.id, sensor.capture.kind.extension(), compression.suffix());
        let bytes = file.bytes;
        ready.push((file.finish()?, folder.join(name), bytes));
    }
    let mut truth_file = passing_file(folder)?;
    truth_file.write_all(truth.to_json().as_bytes())?;
    truth_file.as_file().sync_all()?;
    let mut captures = Vec::with_capacity(ready.len());
    for ((passing, file, bytes), sensor) in ready.into_iter().zip(&truth.sensors) {
        passing.persist(&file)?;
        captures.push(Capture { sensor: sensor.id.clone(), file, packets: sensor.packets, bytes });
    }
    let truth = folder.join(TRUTH_FILE);
    truth_file.persist(&truth)?;
    Ok(Generated { captures, truth })
}

/// A capture on its way to the disk.
struct Output {
    sink: Sink,
    bytes: u64,
}

enum Sink {
    Plain(BufWriter<NamedTempFile>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<NamedTempFile>>>),
    Gzip(Box<GzEncoder<BufWriter<NamedTempFile>>>),
}

impl Output {
    fn begin(folder: &Path, compression: Compression) -> io::Result<Self> {
        let file = BufWriter::new(passing_file(folder)?);
        let sink = match compression {
            Compression::None => Sink::Plain(file),
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(file, Compression::ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Sink::Zstd(Box::new(encoder))
            }
            Compression::Gzip => Sink::Gzip(Box::new(GzEncoder::new(file, flate2::Compression::default()))),
        };
        Ok(Self { sink, bytes: 0 })
    }

    /// Writes what the buffer holds and empties it.
    fn take(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.bytes += buffer.len() as u64;
        match &mut self.sink {
            Sink::Plain(file) => file.write_all(buffer)?,
            Sink::Zstd(encoder) => encoder.write_all(buffer)?,
            Sink::Gzip(encoder) => encoder.write_all(buffer)?,
        }
        buffer.clear();
        Ok(())
    }

    /// The whole file, on the disk, under its passing name.
    fn finish(self) -> io::Result<NamedTempFile> {
        let file = match self.sink {
            Sink::Plain(file) => file,
            Sink::Zstd(encoder) => encoder.finish()?,
            Sink::Gzip(encoder) => encoder.finish()?,
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// A file that goes away by itself unless it is given a name.
fn passing_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exercise-").suffix(".new");
    // As any file that is made here; the default of a temporary file is for its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Why an exercise was not written: the disk refused.
#[derive(Debug)]
pub struct GenerateError {
    folder: PathBuf,
    error: io::Error,
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        write!(
            f,
            "cannot write the exercise into {folder}; see that there is room and that the folder is yours to write"
        )
    }
}

impl std::error::Error for GenerateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    const SCENARIO: &str = r#"
        title = "names"
        seed = 1
        start = "2026-03-01T00:00:00Z"
        duration = "1m"
        period = "1m"
        [[party]]
        id = "north"
        prefixes = ["198.18.0.0/16"]
        hosts = 100
        [[party]]
        id = "south"
        prefixes = ["198.19.0.0/16"]
        hosts = 100
        [[sensor]]
        id = "crossing"
        sees = [["north", "south"]]
        [[sensor]]
        id = "other"
        sees = [["north", "south"]]
        format = "pcapng"
        [[traffic]]
        kind = "dns"
        from = "north"
        to = "south"
        per_minute = 9000
    "#;

    fn go_on(_: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    }

    #[test]
    fn every_compression_holds_the_same_bytes() {
        let scenario = Scenario::parse(SCENARIO).unwrap();
        let (captures, truth) = scenario.record();
        let folder = tempfile::tempdir().unwrap();
        for (compression, suffix) in [(Compression::None, ""), (Compression::Zstd, ".zst"), (Compression::Gzip, ".gz")]
        {
            let generated = generate(&scenario, folder.path(), compression, &mut go_on).unwrap().unwrap();
            for (place, name) in ["crossing.pcap", "other.pcapng"].into_iter().enumerate() {
                let capture = &generated.captures[place];
                assert_eq!(capture.file, folder.path().join(format!("{name}{suffix}")));
                let file = std::fs::File::open(&capture.file).unwrap();
                let mut bytes = Vec::new();
                match compression {
                    Compression::None => { &file }.read_to_end(&mut bytes).unwrap(),
                    Compression::Zstd => zstd::Decoder::new(file).unwrap().read_to_end(&mut bytes).unwrap(),
                    Compression::Gzip => flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap(),
                };
                assert!(bytes == captures[place]);
                assert_eq!((capture.bytes, capture.packets), (bytes.len() as u64, truth.sensors[place].packets));
            }
            assert_eq!(std::fs::read_to_string(&generated.truth).unwrap(), truth.to_json());
        }
        assert_eq!(names(folder.path()).len(), 7, "{:?}", names(folder.path()));
    }

    #[test]
    fn what_is_broken_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut told = Vec::new();
        let outcome =
            generate(&Scenario::parse(SCENARIO).unwrap(), folder.path(), Compression::Zstd, &mut |progress| {
                told.push(progress);
                if told.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        assert_eq!(outcome.unwrap(), None);
        assert!(told[0].share < told[1].share && told[1].share < 1.0);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario.toml");
        std::fs::write(&file, SCENARIO.replace("per_minute = 9000", "per_minute = -3")).unwrap();
        let told = read(&file).unwrap_err()[0].to_string();
        assert!(told.contains("scenario.toml:26:"), "{told}");
        assert!(told.contains("help: write a number from 0"), "{told}");
        let told = read(&folder.path().join("none.toml")).unwrap_err()[0].to_string();
        assert!(told.contains("cannot read the scenario"), "{told}");
    }

    #[test]
    fn the_example_mission_is_about_its_scenario() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ceasefire-week");
        let mission = crate::folder::Folder::load(&folder).unwrap();
        assert!(mission.warnings.is_empty(), "{:?}", mission.warnings);
        let (mission, scenario) = (mission.mission, read(&folder.join("scenario.toml")).unwrap());
        let declared: Vec<_> = mission.parties.iter().map(|party| (party.id.as_str(), &party.prefixes)).collect();
        let played: Vec<_> = scenario.parties.iter().map(|party| (party.id.as_str(), &party.prefixes)).collect();
        assert_eq!(declared, played);
        let declared: Vec<_> =
            mission.safe_areas.iter().map(|area| (area.id.as_str(), area.class, &area.prefixes)).collect();
        let played: Vec<_> =
            scenario.safe_areas.iter().map(|area| (area.id.as_str(), area.class, &area.addresses)).collect();
        assert_eq!(declared, played);
        let declared: Vec<_> = mission.sensors.iter().map(|sensor| (sensor.id.as_str(), &sensor.vantage)).collect();
        let played: Vec<_> = scenario.sensors.iter().map(|sensor| (sensor.id.as_str(), &sensor.vantage)).collect();
        assert_eq!(declared, played);
    }
}
