//! Writes the small inputs that fuzz targets start from: `seeds FOLDER` makes a folder for each target in FOLDER.
//!
//! All of it is of our own making: the exercise generator's captures, the samples of the wire crate's tests, and what
//! the modules here put together by hand. The same inputs come out each time.

mod captures;
// The samples that the wire crate's own tests are made of, with the one module that they need.
#[path = "../../../../crates/wire/tests/application/hello.rs"]
#[allow(dead_code, unused_imports)]
mod hello;
mod lakes;
#[path = "../../../../crates/wire/tests/application/samples.rs"]
#[allow(dead_code)]
mod samples;
mod tables;
mod texts;

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

// Named so for the samples above.
use blueline_wire::application::inspect as told;

const TCP: u8 = 6;
const UDP: u8 = 17;

fn main() -> ExitCode {
    // Run by cargo-fuzz, there are options for a fuzzer too.
    let Some(folder) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) else {
        eprintln!("seeds: name the folder to write to");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(count) => {
            println!("{count} seeds in {folder}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("seeds: cannot write to {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<usize> {
    let application = samples::all().into_iter().map(|(protocol, (from, to), payload)| {
        let protocol = u8::from(protocol == UDP);
        [&[protocol][..], &from.to_be_bytes(), &to.to_be_bytes(), &payload].concat()
    });
    let targets: [(&str, Vec<Vec<u8>>); 12] = [
        ("application", application.collect()),
        ("capture", captures::containers()),
        ("detectors", texts::detectors()),
        ("indicators", texts::indicators()),
        ("journal", texts::journals()),
        ("lake", lakes::files()?),
        ("mission", texts::missions()),
        ("packet", captures::frames()),
        ("plan", texts::plans()),
        ("scenario", texts::scenarios()),
        ("source", captures::sources()),
        ("table", tables::all()),
    ];
    let mut count = 0;
    for (target, seeds) in targets {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:02}")), seed)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Bytes from hexadecimal digits with blanks between them as one likes.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}
