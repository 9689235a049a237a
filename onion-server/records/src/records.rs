//! Ordered tables of sealed values in one folder.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::ops::{Bound, RangeBounds};
use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _, TableDefinition, TableError};
use subtle::ConstantTimeEq as _;

use crate::batch::{Batch, Change, Table};
use crate::error::{RecordsError, WHOLE};
use crate::records_key::{RecordsKey, Sealer};
use crate::scan::Scan;

/// The records of one folder. A clone is another handle to the same records.
#[derive(Clone)]
pub struct Records(Arc<Inner>);

pub(crate) struct Inner {
    database: Database,
    pub(crate) sealer: Sealer,
}

/// The file in the folder.
const FILE: &str = "records";

/// How many bytes of pages are kept in memory. What is read again and again is a few pages of keys;
/// the system's own cache of the file is behind it.
const CACHE_BYTES: usize = 8 << 20;

/// The version of the layout: which file, which cipher, what is in the header.
const VERSION: u8 = 1;

/// The one value that is not sealed: the version, then the fingerprint of the key.
const HEADER: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("onym-records");
const HEADER_KEY: &[u8] = b"header";

impl Records {
    /// Opens the records in a folder, or makes both.
    ///
    /// After a crash nothing is to be repaired: what was committed is there, what was not is not.
    ///
    /// # Errors
    /// When another process has them open, they are sealed under another key, they are damaged, or
    /// the file system refuses.
    pub fn open(folder: &Path, key: &RecordsKey) -> Result<Self, RecordsError> {
        let database = redb::Builder::new()
            .set_cache_size(CACHE_BYTES)
            .create_with_backend(FileBackend::new(open_file(folder)?)?)?;
        Self::on(database, key)
    }

    fn on(database: Database, key: &RecordsKey) -> Result<Self, RecordsError> {
        match read_header(&database)? {
            Some(header) => check_header(&header, key)?,
            None => write_header(&database, key)?,
        }
        Ok(Self(Arc::new(Inner {
            database,
            sealer: key.sealer(),
        })))
    }

    /// The value under a key, if there is one.
    ///
    /// # Errors
    /// When it is damaged, was written to another place, or cannot be read.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        let reading = self.0.database.begin_read()?;
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
        let (inner, nothing) = (Arc::clone(&self.0), None);
        let reading = self.0.database.begin_read()?;
        let range = match reading.open_table(definition(table)) {
            Err(TableError::TableDoesNotExist(_)) => nothing,
            _ if is_empty(bounds) => nothing,
            opened => Some(opened?.range_owned::<&[u8]>(as_slices(bounds))?),
        };
        Ok(Scan {
            inner,
            table,
            range,
        })
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
        let mut writing = self.0.database.begin_write()?;
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

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}

/// Opens the file for its owner alone.
fn open_file(folder: &Path) -> io::Result<File> {
    let mut make = DirBuilder::new();
    let mut open = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        make.mode(0o700);
        open.mode(0o600);
    }
    make.recursive(true).create(folder)?;
    open.read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(FILE))
}

fn definition(table: Table) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(table.name())
}

fn read_header(database: &Database) -> Result<Option<Vec<u8>>, RecordsError> {
    let reading = database.begin_read()?;
    let table = match reading.open_table(HEADER) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        opened => opened?,
    };
    let header = table.get(HEADER_KEY)?;
    Ok(header.map(|header| header.value().to_vec()))
}

fn check_header(header: &[u8], key: &RecordsKey) -> Result<(), RecordsError> {
    match header.split_first() {
        Some((&VERSION, fingerprint)) => {
            if bool::from(fingerprint.ct_eq(&key.fingerprint())) {
                Ok(())
            } else {
                Err(RecordsError::WrongKey)
            }
        }
        Some((&version, _)) => Err(RecordsError::Version {
            table: WHOLE,
            version,
            known: VERSION,
        }),
        None => Err(RecordsError::Damaged { table: WHOLE }),
    }
}

fn write_header(database: &Database, key: &RecordsKey) -> Result<(), RecordsError> {
    let mut writing = database.begin_write()?;
    writing.set_quick_repair(true);
    {
        let header = [&[VERSION], key.fingerprint().as_slice()].concat();
        let mut table = writing.open_table(HEADER)?;
        table.insert(HEADER_KEY, header.as_slice())?;
    }
    writing.commit()?;
    Ok(())
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
