//! Where packets come from: files, folders of files, standard input, FIFOs; plain, gzip or zstd by their content.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::Duration;

use blueline_terms::SensorIndex;

/// A source as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName {
    /// The path as given, or `-`.
    pub text: String,
    /// What to read.
    pub place: SourcePlace,
    /// The declared sensor that it is bound to, if any.
    pub sensor: Option<SensorIndex>,
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePlace {
    /// Standard input.
    StandardInput,
    /// A file or FIFO.
    Path(PathBuf),
}

/// An opened source, ready to be read.
pub struct Source {
    /// As it was asked for.
    pub name: SourceName,
    /// Its size on disk, where it has one; the read share of it is the progress.
    pub size: Option<u64>,
    pub(crate) feed: Feed,
}

impl Source {
    /// Opens what `name` names. A FIFO waits for its writer.
    pub fn open(name: SourceName) -> io::Result<Self> {
        match &name.place {
            SourcePlace::StandardInput => Ok(Self { size: None, feed: Feed::live(io::stdin()), name }),
            SourcePlace::Path(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                if metadata.is_dir() {
                    return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
                }
                if metadata.is_file() {
                    Ok(Self { size: Some(metadata.len()), feed: Feed::Stored(Box::new(file)), name })
                } else {
                    Ok(Self { size: None, feed: Feed::live(file), name })
                }
            }
        }
    }

    /// Whether its bytes come when they come.
    pub fn is_live(&self) -> bool {
        matches!(self.feed, Feed::Live(_))
    }

    /// A source that reads from `bytes`, as from a file.
    pub fn from_bytes(name: SourceName, bytes: Vec<u8>) -> Self {
        Self { size: Some(bytes.len() as u64), feed: Feed::Stored(Box::new(io::Cursor::new(bytes))), name }
    }

    /// A source that reads from a pipe-like reader, whose bytes come when they come.
    pub fn from_pipe(name: SourceName, reader: impl Read + Send + 'static) -> Self {
        Self { size: None, feed: Feed::live(reader), name }
    }
}

/// The capture files of a folder, by name, not descending into its folders. Names that begin with a dot are left out.
pub fn files_of_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Bytes one chunk of a live source may have, and how many chunks may wait.
const LIVE_CHUNK: usize = 256 * 1024;
const LIVE_CHUNKS_WAITING: usize = 16;

/// The bytes of a source.
pub(crate) enum Feed {
    /// They are all there: reading never waits for long.
    Stored(Box<dyn Read + Send>),
    /// They come when they come: a thread of its own waits for them.
    Live(LiveFeed),
}

pub(crate) struct LiveFeed {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    /// An error that was met while only asking whether bytes have come; the next read reports it.
    failed: Option<io::Error>,
    /// Set from outside when nobody wants more.
    stop: Option<Arc<AtomicBool>>,
}

impl Feed {
    fn live(mut reader: impl Read + Send + 'static) -> Self {
        let (sender, chunks) = sync_channel(LIVE_CHUNKS_WAITING);
        std::thread::spawn(move || {
            loop {
                let mut chunk = vec![0; LIVE_CHUNK];
                let message = match reader.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(length) => {
                        chunk.truncate(length);
                        Ok(chunk)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = message.is_err();
                // The other end is gone when the run was stopped: then there is nobody to read for.
                if sender.send(message).is_err() || failed {
                    return;
                }
            }
        });
        Self::Live(LiveFeed { chunks, chunk: Vec::new(), at: 0, failed: None, stop: None })
    }

    /// From now on a read that waits ends when `stop` is set.
    pub(crate) fn heed(&mut self, stop: &Arc<AtomicBool>) {
        if let Self::Live(live) = self {
            live.stop = Some(Arc::clone(stop));
        }
    }

    /// Whether a read would wait for bytes that have not come yet.
    pub(crate) fn would_wait(&mut self) -> bool {
        match self {
            Self::Stored(_) => false,
            Self::Live(live) => live.would_wait(),
        }
    }
}

/// How soon a waiting read notices that it is to stop.
const STOP_NOTICED: Duration = Duration::from_millis(100);

impl LiveFeed {
    /// The next chunk; `None` at the end, or when nobody wants more.
    fn wait(&mut self) -> Option<io::Result<Vec<u8>>> {
        loop {
            match self.chunks.recv_timeout(STOP_NOTICED) {
                Ok(chunk) => return Some(chunk),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                        return None;
                    }
                }
            }
        }
    }

    fn would_wait(&mut self) -> bool {
        if self.at < self.chunk.len() || self.failed.is_some() {
            return false;
        }
        match self.chunks.try_recv() {
            Ok(Ok(chunk)) => {
                (self.chunk, self.at) = (chunk, 0);
                false
            }
            Err(TryRecvError::Empty) => true,
            Ok(Err(error)) => {
                self.failed = Some(error);
                false
            }
            Err(TryRecvError::Disconnected) => false,
        }
    }
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let live = match self {
            Self::Stored(reader) => return reader.read(into),
            Self::Live(live) => live,
        };
        if let Some(error) = live.failed.take() {
            return Err(error);
        }
        if live.at == live.chunk.len() {
            match live.wait() {
                Some(chunk) => (live.chunk, live.at) = (chunk?, 0),
                None => return Ok(0),
            }
        }
        let length = into.len().min(live.chunk.len() - live.at);
        into[..length].copy_from_slice(&live.chunk[live.at..live.at + length]);
        live.at += length;
        Ok(length)
    }
}
