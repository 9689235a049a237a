//! The file of a folder of records: how it is made, and how it is opened.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _, StorageBackend, TableDefinition, TableError};
use subtle::ConstantTimeEq as _;

use crate::disk;
use crate::error::{RecordsError, WHOLE};
use crate::records_key::RecordsKey;

/// The file in the folder.
pub(super) const FILE: &str = "records";
const DRAFT: &str = "records.draft";

/// How many bytes of pages are kept in memory. What is read again and again is a few pages of keys;
/// the system's own cache of the file is behind it.
const CACHE_BYTES: usize = 8 << 20;

/// The version of the layout: which file, which cipher, what is in the header.
pub(super) const VERSION: u8 = 1;

/// The one value that is not sealed: the version, then the fingerprint of the key.
pub(super) const HEADER: TableDefinition<'static, &[u8], &[u8]> =
    TableDefinition::new(HEADER_TABLE);

/// The name of the table with that value.
pub(crate) const HEADER_TABLE: &str = "onym-records";
pub(super) const HEADER_KEY: &[u8] = b"header";

/// Opens the records in a folder, or makes both.
pub(super) fn open(folder: &Path, key: &RecordsKey) -> Result<Database, RecordsError> {
    let path = folder.join(FILE);
    if !fs::exists(&path)? {
        create(folder, &path, key)?;
    }
    let file = OpenOptions::new().read(true).write(true).open(&path)?;
    open_on(FileBackend::new(file)?, key)
}

/// Makes the file beside its place and puts it there when it is complete: redb does not open a file
/// that it had only begun to write when the power went.
fn create(folder: &Path, path: &Path, key: &RecordsKey) -> Result<(), RecordsError> {
    let mut make = DirBuilder::new();
    let mut open = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        make.mode(0o700);
        open.mode(0o600);
    }
    make.recursive(true).create(folder)?;
    disk::sync_folder_of(folder)?;
    let draft = folder.join(DRAFT);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let file: File = open.read(true).write(true).create_new(true).open(&draft)?;
    create_on(FileBackend::new(file)?, key)?;
    match disk::publish(&draft, path) {
        // Another process was faster; whoever opens it first has it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        published => Ok(published?),
    }
}

pub(super) fn open_on(
    backend: impl StorageBackend,
    key: &RecordsKey,
) -> Result<Database, RecordsError> {
    let database = builder().create_with_backend(backend)?;
    check_header(&read_header(&database)?, key)?;
    Ok(database)
}

pub(super) fn create_on(
    backend: impl StorageBackend,
    key: &RecordsKey,
) -> Result<(), RecordsError> {
    let database = builder().create_with_backend(backend)?;
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

fn builder() -> redb::Builder {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn read_header(database: &Database) -> Result<Vec<u8>, RecordsError> {
    let nothing = RecordsError::Damaged { table: WHOLE };
    let reading = database.begin_read()?;
    let table = match reading.open_table(HEADER) {
        Err(TableError::TableDoesNotExist(_)) => return Err(nothing),
        opened => opened?,
    };
    let header = table.get(HEADER_KEY)?.ok_or(nothing)?;
    Ok(header.value().to_vec())
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
