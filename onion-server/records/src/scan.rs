//! Reading a table in the order of its keys.

use std::iter::FusedIterator;
use std::sync::Arc;

use redb::OwnedRange;

use crate::batch::Table;
use crate::error::RecordsError;
use crate::records::Inner;

type Bytes = &'static [u8];

/// The opened values of a range of keys, in the order of the keys; it can be read from both ends.
///
/// It shows the records as they were when it was made. As long as it lives the disk space of what
/// was removed since is not used again, so it is not to be kept.
pub struct Scan {
    pub(crate) inner: Arc<Inner>,
    pub(crate) table: Table,
    /// None when there is nothing: no table yet, or a range that ends before it begins.
    pub(crate) range: Option<OwnedRange<Bytes, Bytes>>,
}

type Entry = redb::Result<
    (redb::OwnedAccessGuard<Bytes>, redb::OwnedAccessGuard<Bytes>),
    redb::StorageError,
>;

impl Scan {
    fn open(&self, entry: Entry) -> Result<(Vec<u8>, Vec<u8>), RecordsError> {
        let (key, sealed) = entry?;
        let key = key.value();
        let plaintext = self.inner.sealer.open(self.table, key, sealed.value());
        Ok((
            key.to_vec(),
            plaintext.ok_or(RecordsError::damaged(self.table))?,
        ))
    }
}

impl Iterator for Scan {
    type Item = Result<(Vec<u8>, Vec<u8>), RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.range.as_mut()?.next()?;
        Some(self.open(entry))
    }
}

impl DoubleEndedIterator for Scan {
    fn next_back(&mut self) -> Option<Self::Item> {
        let entry = self.range.as_mut()?.next_back()?;
        Some(self.open(entry))
    }
}

impl FusedIterator for Scan {}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
