//! What to read, from how it was asked for: `SOURCE` or `SENSOR=SOURCE`, a file, a FIFO, a folder, or `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blueline_terms::{Mission, SensorIndex};
use blueline_watch::{Source, SourceName, SourcePlace, files_of_folder};

use crate::custody::sensor_named;

/// Sources ready to be watched, and those that are not.
#[derive(Default)]
pub struct Sources {
    /// Standard input and FIFOs, open.
    pub opened: Vec<Source>,
    /// Files, opened when their time comes.
    pub stored: Vec<SourceName>,
    /// Bytes of the files on the disk.
    pub bytes: u64,
    /// Files of folders that begin like no capture and were passed over.
    pub passed_over: Vec<PathBuf>,
    /// What cannot be watched, and why.
    pub refused: Vec<String>,
}

impl Sources {
    /// Finds what each of `asked` names. What cannot be read is listed with what to do about it; the rest goes on.
    pub fn find(mission: &Mission, asked: &[String]) -> Self {
        let mut sources = Self::default();
        for text in asked {
            if let Err(refusal) = sources.add(mission, text) {
                sources.refused.push(refusal);
            }
        }
        sources
    }

    fn add(&mut self, mission: &Mission, text: &str) -> Result<(), String> {
        let (sensor, place) = binding(mission, text)?;
        if place == "-" {
            if self.opened.iter().any(|source| source.name.place == SourcePlace::StandardInput) {
                return Err(format!("{text}: standard input can be watched only once"));
            }
            return self.open(SourceName { text: text.to_owned(), place: SourcePlace::StandardInput, sensor });
        }
        let path = Path::new(place);
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(place, &error))?;
        let name =
            |path: PathBuf| SourceName { text: path.display().to_string(), place: SourcePlace::Path(path), sensor };
        if metadata.is_dir() {
            let files = files_of_folder(path).map_err(|error| unreadable(place, &error))?;
            if files.is_empty() {
                return Err(format!("{place}: the folder holds no file"));
            }
            for file in files {
                match begins_like_a_capture(&file) {
                    Ok(true) => self.store(name(file)),
                    Ok(false) => self.passed_over.push(file),
                    Err(error) => self.refused.push(unreadable(&file.display().to_string(), &error)),
                }
            }
            return Ok(());
        }
        if metadata.is_file() {
            File::open(path).map_err(|error| unreadable(place, &error))?;
            self.store(name(path.to_owned()));
            return Ok(());
        }
        self.open(name(path.to_owned()))
    }

    fn store(&mut self, name: SourceName) {
        if let SourcePlace::Path(path) = &name.place {
            self.bytes += std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        }
        self.stored.push(name);
    }

    fn open(&mut self, name: SourceName) -> Result<(), String> {
        let text = name.text.clone();
        self.opened.push(Source::open(name).map_err(|error| unreadable(&text, &error))?);
        Ok(())
    }
}

/// Why a source cannot be read, and what to do.
fn unreadable(place: &str, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => {
            let here = std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default();
            match Path::new(place).is_relative() && !here.is_empty() {
                true => format!("check the path; it is looked for from {here}"),
                false => "check the path".to_owned(),
            }
        }
        io::ErrorKind::PermissionDenied => "let the user that runs this read it, or run as one that may".to_owned(),
        _ => return format!("{place}: {error}"),
    };
    format!("{place}: {error}: {advice}")
}

/// Splits `SENSOR=SOURCE`. A path that holds an equals sign is taken whole when it exists and its beginning names no
/// sensor.
fn binding<'a>(mission: &Mission, text: &'a str) -> Result<(Option<SensorIndex>, &'a str), String> {
    let Some((id, place)) = text.split_once('=') else { return Ok((None, text)) };
    if let Some(sensor) = sensor_named(mission, id) {
        return Ok((Some(sensor), place));
    }
    if Path::new(text).exists() {
        return Ok((None, text));
    }
    let declared: Vec<&str> = mission.sensors.iter().map(|sensor| sensor.id.as_str()).collect();
    let known = if declared.is_empty() { "the mission declares none".to_owned() } else { declared.join(", ") };
    Err(format!("{text}: {id:?} is not a sensor of this mission (declared: {known}), and no file has this name"))
}

/// Whether a file's first bytes are those of pcap, pcapng, gzip or zstd.
fn begins_like_a_capture(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(32).read_to_end(&mut head)?;
    let packed =
        matches!(head[..], [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    Ok(packed || blueline_wire::capture::Container::recognise(&head).is_some())
}
