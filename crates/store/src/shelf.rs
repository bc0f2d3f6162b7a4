//! Where the lake's files lie: a folder, or a bucket of any S3-type store. The storage contract.
//!
//! What the lake asks of a shelf, and what every backend is tested for by the one suite in `tests/store/shelf.rs`:
//!
//! - **Whole.** A file appears under its name with all its bytes or not at all. Whoever lists or reads never meets a
//!   part of a file, whatever was killed when.
//! - **Never changed.** A file that is there is never written again. Putting a name that is taken leaves the file
//!   as it is and says so.
//! - **Durable.** When [`Shelf::put`] returns, the file and its name survive the loss of power (a folder: the file is
//!   synced before it is named, its folder after; an S3-type store: the service has acknowledged it).
//! - **Visible.** A file that was put is in every listing that begins afterwards; one that was moved or deleted is in
//!   none. A listing that goes on meanwhile may show either state of each file.
//! - **Moved at once** in a folder. In a bucket a moved file stands under both names for a moment, never under none.
//!
//! One writer at a time: the mission's lock sees to that. Readers need no lock.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::runtime::Runtime;
use url::Url;

/// Where files stand that are not whole yet.
const UNFINISHED: &str = ".unfinished";
/// The file that readers hold a lock on.
const READERS: &str = ".readers";
/// Files up to this size are put in one request.
const ONE_REQUEST: u64 = 32 << 20;

/// A file on the shelf.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its path on the shelf.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What became of a file that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    New,
    /// There was one of that name, and still is.
    Taken,
}

/// A place for files.
pub struct Shelf {
    store: Arc<dyn ObjectStore>,
    /// In front of every path in the store.
    prefix: Path,
    url: Url,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
    /// Where files are written before they are whole.
    workshop: PathBuf,
    runtime: Runtime,
}

impl Shelf {
    /// Opens the shelf at `place`: a folder, or `s3://BUCKET/PREFIX` with the credentials, region and endpoint of the
    /// environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`; plain HTTP only where
    /// `AWS_ALLOW_HTTP` is `true`). `workshop` is a local folder for files that are not whole yet; a folder shelf has
    /// its own.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or the address makes no sense. Whether a bucket answers shows at the first use.
    pub fn open(place: &str, workshop: &FilePath) -> io::Result<Self> {
        // A variable that is no text is none of ours.
        let texts =
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        Self::open_with(place, workshop, texts)
    }

    /// [`Self::open`], with settings in place of the environment's.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_with(
        place: &str,
        workshop: &FilePath,
        settings: impl Iterator<Item = (String, String)>,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match Url::parse(place) {
            Ok(url) if url.scheme() == "s3" => {
                let refused = |error: object_store::Error| named(place, io::Error::other(error));
                let known = settings.filter_map(|(key, value)| {
                    let key = key.strip_prefix("AWS_").map(|_| key.to_ascii_lowercase())?;
                    Some((key.parse::<AmazonS3ConfigKey>().ok()?, value))
                });
                let builder =
                    known.fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value));
                let store = builder.with_url(place).build().map_err(refused)?;
                let prefix =
                    Path::parse(url.path().trim_matches('/')).map_err(|error| named(place, io::Error::other(error)))?;
                let bucket = url.host_str().unwrap_or_default();
                let url =
                    Url::parse(&format!("s3://{bucket}/")).map_err(|error| named(place, io::Error::other(error)))?;
                let workshop = workshop.to_owned();
                Ok(Self { store: Arc::new(store), prefix, url, folder: None, workshop, runtime })
            }
            Ok(url) if place.contains("://") && url.scheme() != "file" => {
                let message = format!("{place:?} is no place for a lake; give a folder or s3://BUCKET/PREFIX");
                Err(io::Error::new(io::ErrorKind::InvalidInput, message))
            }
            _ => Self::in_folder(FilePath::new(place.trim_start_matches("file://")), runtime),
        }
    }

    fn in_folder(folder: &FilePath, runtime: Runtime) -> io::Result<Self> {
        let at = |error| named(&folder.display().to_string(), error);
        fs::create_dir_all(folder).map_err(at)?;
        let folder = fs::canonicalize(folder).map_err(at)?;
        let store = LocalFileSystem::new();
        let prefix = Path::from_absolute_path(&folder).map_err(|error| at(io::Error::other(error)))?;
        let url = Url::parse("file:///").map_err(io::Error::other)?;
        let workshop = folder.join(UNFINISHED);
        Ok(Self { store: Arc::new(store), prefix, url, folder: Some(folder), workshop, runtime })
    }

    /// The store behind it, for readers that speak to it themselves.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// The address of the store behind it.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Where a path on the shelf lies in the store.
    pub(crate) fn in_store(&self, path: &str) -> Path {
        path.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// The folder, where it is one.
    pub fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    /// Where a file can be written before it is put.
    ///
    /// # Errors
    ///
    /// When the folder for it cannot be made.
    pub(crate) fn unfinished(&self, name: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.workshop).map_err(|error| named(&self.workshop.display().to_string(), error))?;
        Ok(self.workshop.join(name))
    }

    /// Removes what a killed writer left unfinished. Only for the writer, before it begins.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or a file not be removed.
    pub fn tidy(&self) -> io::Result<()> {
        let at = |error| named(&self.workshop.display().to_string(), error);
        match fs::read_dir(&self.workshop) {
            Ok(entries) => {
                let paths: io::Result<Vec<_>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
                let mut left = paths.map_err(at)?.into_iter().filter(|path| !path.ends_with(READERS));
                left.try_for_each(fs::remove_file).map_err(at)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(at(error)),
        }
    }

    /// Puts the whole file `file`, which must be one of [`Self::unfinished`], under its path. It is gone from where it was.
    ///
    /// # Errors
    ///
    /// When it cannot be made durable; then nothing has appeared under `path`, and `file` may still be there.
    pub(crate) fn put(&self, file: &FilePath, path: &str) -> io::Result<Put> {
        let at = |error| named(path, error);
        match &self.folder {
            Some(folder) => {
                let target = folder.join(path);
                File::open(file).and_then(|file| file.sync_all()).map_err(at)?;
                if target.try_exists().map_err(at)? {
                    fs::remove_file(file).map_err(at)?;
                    return Ok(Put::Taken);
                }
                self.name(file, &target).map_err(at)?;
                Ok(Put::New)
            }
            None => {
                let put = self.upload(file, path).map_err(at)?;
                fs::remove_file(file).map_err(at)?;
                Ok(put)
            }
        }
    }

    /// Gives a file its name, and makes name and folders durable.
    fn name(&self, file: &FilePath, target: &FilePath) -> io::Result<()> {
        let folder = target.parent().unwrap_or(target);
        let mut made: Vec<&FilePath> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        fs::create_dir_all(folder)?;
        fs::rename(file, target)?;
        // A folder is durable when the one above it is synced.
        made.push(folder);
        made.iter().try_for_each(|folder| sync_folder(folder))?;
        let highest = made.iter().min_by_key(|folder| folder.components().count());
        highest.and_then(|folder| folder.parent()).map_or(Ok(()), sync_folder)
    }

    fn upload(&self, file: &FilePath, path: &str) -> io::Result<Put> {
        let target = self.in_store(path);
        self.runtime.block_on(async {
            match self.store.head(&target).await {
                Ok(_) => return Ok(Put::Taken),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            if fs::metadata(file)?.len() <= ONE_REQUEST {
                self.store.put(&target, PutPayload::from(fs::read(file)?)).await?;
                return Ok(Put::New);
            }
            let mut upload = self.store.put_multipart(&target).await?;
            let put = in_parts(&mut *upload, file).await;
            if put.is_err() {
                // Parts that nobody asks for any more would be kept, and paid for. What went wrong first is what is told.
                let _ = upload.abort().await;
            }
            put.map(|()| Put::New)
        })
    }

    /// Waits for what this shelf was asked. Never where waiting is done for already.
    pub(crate) fn wait<T>(&self, asked: impl Future<Output = T>) -> T {
        self.runtime.block_on(asked)
    }

    /// Every file below a folder of the shelf, by path.
    ///
    /// # Errors
    ///
    /// When the store cannot be listed.
    pub fn list(&self, folder: &str) -> io::Result<Vec<Entry>> {
        self.runtime.block_on(self.list_async(folder))
    }

    /// [`Self::list`] for those who wait already.
    ///
    /// # Errors
    ///
    /// As [`Self::list`].
    pub(crate) async fn list_async(&self, folder: &str) -> io::Result<Vec<Entry>> {
        let root = self.in_store(folder);
        if self.folder.is_some() && !FilePath::new("/").join(root.as_ref()).exists() {
            return Ok(Vec::new());
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut found = self.store.list(Some(&root));
        loop {
            match found.try_next().await {
                Ok(Some(meta)) => {
                    let Some(path) = meta.location.prefix_match(&self.prefix) else { continue };
                    let path = path.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                    entries.push(Entry { path, size: meta.size });
                }
                Ok(None) => break,
                // Moved or deleted since the listing began.
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(named(folder, error.into())),
            }
        }
        entries.sort();
        Ok(entries)
    }

    /// The bytes of a file from `range`.
    ///
    /// # Errors
    ///
    /// When it is not there or cannot be read.
    pub(crate) fn read(&self, path: &str, range: std::ops::Range<u64>) -> io::Result<Bytes> {
        if range.is_empty() {
            // Stores refuse to give nothing.
            return Ok(Bytes::new());
        }
        let target = self.in_store(path);
        let read = self.runtime.block_on(self.store.get_range(&target, range));
        read.map_err(|error| named(path, error.into()))
    }

    /// A mark that somebody reads: as long as it is held, files that were replaced stay where a reader finds them.
    ///
    /// # Errors
    ///
    /// When the mark cannot be made. Where nothing can be written, as on a medium for reading alone, nothing can be
    /// removed either, and there is no mark.
    pub(crate) fn reading(&self) -> io::Result<Option<File>> {
        let (file, at) = match self.readers() {
            Err(error)
                if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) =>
            {
                return Ok(None);
            }
            found => found?,
        };
        file.lock_shared().map_err(|error| named(&at, error))?;
        Ok(Some(file))
    }

    /// A mark that nobody reads; `None` when somebody does.
    pub(crate) fn alone(&self) -> io::Result<Option<File>> {
        let (file, at) = self.readers()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(named(&at, error)),
        }
    }

    fn readers(&self) -> io::Result<(File, String)> {
        let file = match &self.folder {
            Some(folder) => folder.join(READERS),
            None => self.unfinished(READERS)?,
        };
        let at = file.display().to_string();
        // Who may not write can hold the mark all the same.
        let opened =
            File::options().write(true).create(true).truncate(false).open(&file).or_else(|_| File::open(&file));
        Ok((opened.map_err(|error| named(&at, error))?, at))
    }

    /// [`Self::read`], also where another file has replaced this one since.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub(crate) fn read_steady(&self, path: &str, range: std::ops::Range<u64>) -> io::Result<Bytes> {
        match self.read(path, range.clone()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.read(&format!("{}/{path}", crate::lake::REPLACED), range)
            }
            read => read,
        }
    }

    /// Gives a file another path.
    ///
    /// # Errors
    ///
    /// When the store refuses; the file then stands under its old path, or under both.
    pub fn shift(&self, from: &str, to: &str) -> io::Result<()> {
        match &self.folder {
            Some(folder) => {
                let (old, new) = (folder.join(from), folder.join(to));
                self.name(&old, &new)
                    .and_then(|()| sync_folder(old.parent().unwrap_or(&old)))
                    .map_err(|e| named(from, e))
            }
            None => {
                let (old, new) = (self.in_store(from), self.in_store(to));
                let shift = async {
                    self.store.copy(&old, &new).await?;
                    self.store.delete(&old).await
                };
                self.runtime.block_on(shift).map_err(|error| named(from, error.into()))
            }
        }
    }

    /// Deletes a file. One that is not there is as good as deleted.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub fn delete(&self, path: &str) -> io::Result<()> {
        match self.runtime.block_on(self.store.delete(&self.in_store(path))) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(named(path, error.into())),
        }
    }

    /// Writes a small file whole and puts it.
    ///
    /// # Errors
    ///
    /// As for a put of a larger file.
    pub fn put_bytes(&self, path: &str, bytes: &[u8]) -> io::Result<Put> {
        let name = path.replace('/', "+");
        let file = self.unfinished(&name)?;
        let at = |error| named(path, error);
        File::create(&file).and_then(|mut file| file.write_all(bytes)).map_err(at)?;
        self.put(&file, path)
    }
}

/// Uploads a file part by part.
async fn in_parts(upload: &mut dyn MultipartUpload, file: &FilePath) -> io::Result<()> {
    let mut source = File::open(file)?;
    loop {
        let mut piece = Vec::new();
        io::copy(&mut io::Read::take(&mut source, ONE_REQUEST / 4), &mut piece)?;
        if piece.is_empty() {
            upload.complete().await?;
            return Ok(());
        }
        upload.put_part(PutPayload::from(piece)).await?;
    }
}

fn sync_folder(folder: &FilePath) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn named(path: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}
