//! The packets themselves, kept where the mission says so: a pcapng file for each sealed batch, named by its seal.
//!
//! Off unless `mission.toml` sets `keep_payload = true`: whole packets hold what people wrote. A file appears under
//! `data/packets/` when its batch is sealed, whole and synced; what a killed run left unfinished is removed by the next
//! one, which reads the source again anyway. Watching such a file gives the seal that it is named by.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use blueline_watch::custody::{Canonical, SealedBatch};

/// Beginning of the names of files that are not finished.
const UNFINISHED: &str = ".unfinished-";

/// The folder of kept packets.
pub struct PacketStore {
    folder: PathBuf,
    open: HashMap<u32, Part>,
}

/// The file of a batch that is not sealed yet.
struct Part {
    path: PathBuf,
    out: BufWriter<File>,
    /// The link types that have an interface in the file, in its order.
    links: Vec<u16>,
}

impl PacketStore {
    /// Opens the store in the mission's data folder `data`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made, read or cleaned.
    pub fn open(data: &Path) -> io::Result<Self> {
        let folder = data.join("packets");
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder, open: HashMap::new() })
    }

    /// Keeps a packet of the batch with this number in the run.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn keep(&mut self, batch: u32, packet: Canonical<'_>) -> io::Result<()> {
        let part = match self.open.entry(batch) {
            std::collections::hash_map::Entry::Occupied(part) => part.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                let path = self.folder.join(format!("{UNFINISHED}{batch}"));
                let mut out = BufWriter::new(File::create(&path)?);
                out.write_all(&section_header())?;
                free.insert(Part { path, out, links: Vec::new() })
            }
        };
        part.write(packet)
    }

    /// The batch is sealed: its file gets its name.
    ///
    /// # Errors
    ///
    /// When the disk refuses; the file then stays unfinished.
    pub fn seal(&mut self, batch: &SealedBatch) -> io::Result<()> {
        let Some(mut part) = self.open.remove(&batch.number) else { return Ok(()) };
        part.out.flush()?;
        part.out.get_ref().sync_all()?;
        fs::rename(&part.path, self.folder.join(format!("{}.pcapng", batch.seal)))
    }
}

impl Part {
    fn write(&mut self, packet: Canonical<'_>) -> io::Result<()> {
        let known = self.links.iter().position(|&link| link == packet.link);
        let interface = match known {
            Some(interface) => interface,
            None => {
                self.links.push(packet.link);
                self.out.write_all(&interface_description(packet.link))?;
                self.links.len() - 1
            }
        };
        let time = packet.moment.nanos() as u64;
        let captured = packet.captured.len() as u32;
        let words = [interface as u32, (time >> 32) as u32, time as u32, captured, packet.original];
        let padding = packet.captured.len().next_multiple_of(4) - packet.captured.len();
        let length = (32 + packet.captured.len() + padding) as u32;
        self.out.write_all(&6u32.to_le_bytes())?;
        self.out.write_all(&length.to_le_bytes())?;
        words.iter().try_for_each(|word| self.out.write_all(&word.to_le_bytes()))?;
        self.out.write_all(packet.captured)?;
        self.out.write_all(&[0; 3][..padding])?;
        self.out.write_all(&length.to_le_bytes())
    }
}

/// A pcapng block (draft-ietf-opsawg-pcapng, 3.1) around a body whose length is a multiple of four.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() + 12) as u32;
    [&kind.to_le_bytes(), &length.to_le_bytes(), body, &length.to_le_bytes()[..]].concat()
}

/// Section Header Block (4.1), version 1.0, of unknown length.
fn section_header() -> Vec<u8> {
    block(0x0a0d_0d0a, &[&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat())
}

/// Interface Description Block (4.2) with nanosecond time stamps (if_tsresol 9) and no snapshot bound.
fn interface_description(link: u16) -> Vec<u8> {
    let resolution = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    block(1, &[&link.to_le_bytes()[..], &[0, 0], &[0; 4], &resolution].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_terms::Moment;
    use blueline_wire::capture::{Container, Step};

    #[test]
    fn what_is_kept_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("packets")).unwrap();
        fs::write(folder.path().join("packets/.unfinished-7"), "torn").unwrap();
        let mut store = PacketStore::open(folder.path()).unwrap();
        let packet =
            |nanos, link, captured| Canonical { moment: Moment::from_nanos(nanos), original: 99, link, captured };
        let packets = [packet(5, 1, &b"abc"[..]), packet(1_700_000_000_000_000_001, 101, b"defgh"), packet(7, 1, b"")];
        packets.iter().for_each(|&packet| store.keep(3, packet).unwrap());
        let seal = "ab".repeat(32).parse().unwrap();
        let span = blueline_terms::Span::at(Moment::from_nanos(5));
        store.seal(&SealedBatch { sensor: None, number: 3, seal, opening: seal, packets: 3, bytes: 0, span }).unwrap();

        let names: Vec<_> =
            fs::read_dir(folder.path().join("packets")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, [format!("{seal}.pcapng").as_str()]);
        let file = fs::read(folder.path().join("packets").join(&names[0])).unwrap();
        let mut container = Container::recognise(&file).unwrap();
        let (mut at, mut read) = (0, Vec::new());
        while at < file.len() {
            at += match container.step(&file[at..], true) {
                Step::Packet { record, consumed } => {
                    let start = at + record.start;
                    read.push((record.moment.nanos(), record.link, file[start..start + record.captured].to_vec()));
                    consumed
                }
                Step::Skip { consumed, .. } => consumed,
                step => panic!("{step:?}"),
            };
        }
        let kept: Vec<_> = packets.iter().map(|p| (p.moment.nanos(), p.link, p.captured.to_vec())).collect();
        assert_eq!(read, kept);
    }
}
