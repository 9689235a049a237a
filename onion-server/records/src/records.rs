//! Ordered tables of sealed values in one folder.

use std::fmt;
use std::io;
use std::ops::{Bound, RangeBounds};
use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadableDatabase as _, TableDefinition, TableError};

use crate::batch::{Batch, Change, Table};
use crate::error::{RecordsError, guarded};
use crate::records_key::{RecordsKey, Sealer};
use crate::scan::{Range, Scan};

mod file;

pub(crate) use file::HEADER_TABLE;

/// The records of one folder. A clone is another handle to the same records.
#[derive(Clone)]
pub struct Records(Arc<Inner>);

pub(crate) struct Inner {
    /// None only while it is dropped.
    database: Option<Database>,
    pub(crate) sealer: Sealer,
}

impl Records {
    /// Opens the records in a folder, or makes both.
    ///
    /// After a crash nothing is to be repaired: what was committed is there, what was not is not.
    ///
    /// # Errors
    /// When another process has them open, they are sealed under another key, they are damaged, or
    /// the file system refuses.
    pub fn open(folder: &Path, key: &RecordsKey) -> Result<Self, RecordsError> {
        guarded(|| Ok(Self::on(file::open(folder, key)?, key)))
    }

    fn on(database: Database, key: &RecordsKey) -> Self {
        Self(Arc::new(Inner {
            database: Some(database),
            sealer: key.sealer(),
        }))
    }

    /// The value under a key, if there is one.
    ///
    /// # Errors
    /// When it is damaged, was written to another place, or cannot be read.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        guarded(|| self.read(table, key))
    }

    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        let reading = self.0.database()?.begin_read()?;
        let opened = match reading.open_table(definition(table)) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            opened => opened?,
        };
        let Some(sealed) = opened.get(key)? else {
            return Ok(None);
        };
        let plaintext = self.0.sealer.open(table, key, sealed.value());
        plaintext.map(Some).ok_or(RecordsError::damaged(table))
    }

    /// The values of a range of keys, in the order of the keys.
    ///
    /// # Errors
    /// When the table cannot be read; each value has an error of its own.
    pub fn scan(
        &self,
        table: Table,
        range: impl RangeBounds<Vec<u8>>,
    ) -> Result<Scan, RecordsError> {
        let bounds = (range.start_bound(), range.end_bound());
        let range = guarded(|| self.range(table, bounds))?;
        let inner = Arc::clone(&self.0);
        Ok(Scan {
            inner,
            table,
            range,
        })
    }

    fn range(&self, table: Table, bounds: Bounds<'_>) -> Result<Option<Range>, RecordsError> {
        if is_empty(bounds) {
            return Ok(None);
        }
        let reading = self.0.database()?.begin_read()?;
        match reading.open_table(definition(table)) {
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            opened => Ok(Some(opened?.range_owned::<&[u8]>(as_slices(bounds))?)),
        }
    }

    /// Writes a batch, all of it or nothing. When this returns it is on the disk.
    ///
    /// # Errors
    /// When the file system refuses; then nothing is written. After such an error the records have
    /// to be opened again.
    pub fn commit(&self, batch: Batch) -> Result<(), RecordsError> {
        if batch.is_empty() {
            return Ok(());
        }
        guarded(|| self.write_all(batch))
    }

    fn write_all(&self, batch: Batch) -> Result<(), RecordsError> {
        let mut writing = self.0.database()?.begin_write()?;
        // Costs a second flush, and spares the walk through the whole file after a crash.
        writing.set_quick_repair(true);
        let mut changes = batch.changes.into_iter().peekable();
        while let Some(table) = changes.peek().map(Change::table) {
            let mut opened = writing.open_table(definition(table))?;
            while let Some(change) = changes.next_if(|next| next.table() == table) {
                if matches!(change, Change::ClearTable(_)) {
                    // A table goes as a whole: its entries are never looked at.
                    drop(opened);
                    writing.delete_table(definition(table))?;
                    opened = writing.open_table(definition(table))?;
                } else {
                    self.write(&mut opened, change)?;
                }
            }
        }
        writing.commit()?;
        Ok(())
    }

    fn write(
        &self,
        opened: &mut redb::Table<'_, &[u8], &[u8]>,
        change: Change,
    ) -> Result<(), RecordsError> {
        match change {
            Change::Put(table, key, plaintext) => {
                let sealed = self.0.sealer.seal(table, &key, &plaintext);
                let sealed = sealed.ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
                opened.insert(key.as_slice(), sealed.as_slice())?;
            }
            Change::Remove(_, key) => {
                opened.remove(key.as_slice())?;
            }
            Change::RemoveRange(_, start, end) => {
                let bounds = (start.as_ref(), end.as_ref());
                if !is_empty(bounds) {
                    opened.retain_in::<&[u8], _>(as_slices(bounds), |_, _| false)?;
                }
            }
            Change::ClearTable(_) => opened.retain(|_, _| false)?,
        }
        Ok(())
    }
}

impl Records {
    pub(crate) fn database(&self) -> Result<&Database, RecordsError> {
        self.0.database()
    }
}

impl Inner {
    fn database(&self) -> Result<&Database, RecordsError> {
        let closed = || io::Error::from(io::ErrorKind::NotConnected).into();
        self.database.as_ref().ok_or_else(closed)
    }
}

impl Drop for Inner {
    /// Closing writes, and can find damage like everything else.
    fn drop(&mut self) {
        let _nobody_to_tell = guarded(|| {
            drop(self.database.take());
            Ok(())
        });
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}

fn definition(table: Table) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(table.name())
}

type Bounds<'a> = (Bound<&'a Vec<u8>>, Bound<&'a Vec<u8>>);

/// Whether no key can be in the range.
fn is_empty((start, end): Bounds<'_>) -> bool {
    match (start, end) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(start), Bound::Included(end)) => start > end,
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start >= end,
    }
}

fn as_slices<'a>((start, end): Bounds<'a>) -> (Bound<&'a [u8]>, Bound<&'a [u8]>) {
    (start.map(Vec::as_slice), end.map(Vec::as_slice))
}

#[cfg(test)]
mod tests;
