//! Reading a table in the order of its keys.

use std::iter::FusedIterator;
use std::sync::Arc;

use redb::OwnedRange;

use crate::batch::Table;
use crate::error::{RecordsError, guarded};
use crate::records::Inner;

type Bytes = &'static [u8];
pub(crate) type Range = OwnedRange<Bytes, Bytes>;

/// The opened values of a range of keys, in the order of the keys; it can be read from both ends.
///
/// It shows the records as they were when it was made. As long as it lives the disk space of what
/// was removed since is not used again, so it is not to be kept.
pub struct Scan {
    pub(crate) inner: Arc<Inner>,
    pub(crate) table: Table,
    /// None when there is nothing: no table yet, or a range that ends before it begins.
    pub(crate) range: Option<Range>,
}

type Entry = (redb::OwnedAccessGuard<Bytes>, redb::OwnedAccessGuard<Bytes>);
type Opened = Result<(Vec<u8>, Vec<u8>), RecordsError>;

impl Scan {
    /// Takes an entry from one of the ends and opens it.
    fn step(
        &mut self,
        take: impl FnOnce(&mut Range) -> Option<Result<Entry, redb::StorageError>>,
    ) -> Option<Opened> {
        let range = self.range.as_mut()?;
        let step = guarded(|| {
            let Some(entry) = take(range) else {
                return Ok(None);
            };
            let (key, sealed) = entry?;
            let (key, sealed) = (key.value(), sealed.value());
            let plaintext = self.inner.sealer.open(self.table, key, sealed);
            let plaintext = plaintext.ok_or(RecordsError::damaged(self.table));
            Ok(Some(plaintext.map(|plaintext| (key.to_vec(), plaintext))))
        });
        match step {
            Ok(step) => step,
            // Where the next one is cannot be known.
            Err(error) => {
                self.range = None;
                Some(Err(error))
            }
        }
    }
}

impl Iterator for Scan {
    type Item = Opened;

    fn next(&mut self) -> Option<Opened> {
        self.step(Range::next)
    }
}

impl DoubleEndedIterator for Scan {
    fn next_back(&mut self) -> Option<Opened> {
        self.step(Range::next_back)
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
