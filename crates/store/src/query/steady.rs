//! A store in which a file that was moved away since it was listed is still found.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Reads as the store within does; what is not there any more is looked for where replaced files stand.
#[derive(Debug)]
pub(super) struct Steady {
    store: Arc<dyn ObjectStore>,
    /// The lake in the store, and in it where replaced files stand.
    lake: Path,
    replaced: Path,
}

impl Steady {
    pub(super) fn new(store: Arc<dyn ObjectStore>, lake: Path, replaced: Path) -> Self {
        Self { store, lake, replaced }
    }

    /// Where a file stands once another one has replaced it.
    fn moved(&self, location: &Path) -> Option<Path> {
        let within = location.prefix_match(&self.lake)?;
        Some(within.fold(self.replaced.clone(), |path, part| path.join(part)))
    }
}

impl fmt::Display for Steady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Steady {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.store.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match (self.store.get_opts(location, options.clone()).await, self.moved(location)) {
            (Err(Error::NotFound { .. }), Some(moved)) => self.store.get_opts(&moved, options).await,
            (found, _) => found,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match (self.store.get_ranges(location, ranges).await, self.moved(location)) {
            (Err(Error::NotFound { .. }), Some(moved)) => self.store.get_ranges(&moved, ranges).await,
            (found, _) => found,
        }
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}
