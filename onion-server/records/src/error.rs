//! Why records cannot be used.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::batch::Table;

/// Why records cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// Another process, or another part of this one, has the folder open.
    #[error("another Onym process is using this data folder")]
    InUse,
    /// The records were sealed under another key.
    #[error("these records belong to another key")]
    WrongKey,
    /// What is on the disk is not what was written there.
    #[error("the records in '{table}' are damaged")]
    Damaged {
        /// The table, or what the folder as a whole is called.
        table: &'static str,
    },
    /// The records are of a version that this program does not know: an older program reads the
    /// folder of a newer one, most of the time.
    #[error("a record in '{table}' has version {version}; this program knows version {known}")]
    Version {
        /// The table, or what the folder as a whole is called.
        table: &'static str,
        /// The version that was found.
        version: u8,
        /// The newest version that this program knows.
        known: u8,
    },
    /// The file system refused.
    #[error("the records cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// What an error calls the file as a whole.
pub(crate) const WHOLE: &str = "all tables";

impl RecordsError {
    /// A record of this table is not what was written.
    #[must_use]
    pub const fn damaged(table: Table) -> Self {
        Self::Damaged {
            table: table.name(),
        }
    }
}

/// Asks redb, which believes its file: a page that does not hold what it must makes it panic. Its
/// own locks are poisoned by that, so nothing half done is used afterwards.
pub(crate) fn guarded<T>(ask: impl FnOnce() -> Result<T, RecordsError>) -> Result<T, RecordsError> {
    let asked = catch_unwind(AssertUnwindSafe(ask));
    asked.unwrap_or(Err(RecordsError::Damaged { table: WHOLE }))
}

impl From<redb::StorageError> for RecordsError {
    fn from(error: redb::StorageError) -> Self {
        match error {
            // redb says in this way that the file does not begin like one of its own.
            redb::StorageError::Io(io) if io.kind() == io::ErrorKind::InvalidData => {
                Self::Damaged { table: WHOLE }
            }
            redb::StorageError::Io(io) => Self::Io(io),
            redb::StorageError::Corrupted(_) => Self::Damaged { table: WHOLE },
            // Among them is every call after a failed write: the folder has to be opened again.
            other => Self::Io(io::Error::other(other)),
        }
    }
}

impl From<redb::DatabaseError> for RecordsError {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            redb::DatabaseError::Storage(storage) => storage.into(),
            other => Self::Io(io::Error::other(other)),
        }
    }
}

impl From<redb::TransactionError> for RecordsError {
    fn from(error: redb::TransactionError) -> Self {
        match error {
            redb::TransactionError::Storage(storage) => storage.into(),
            other => Self::Io(io::Error::other(other)),
        }
    }
}

impl From<redb::TableError> for RecordsError {
    fn from(error: redb::TableError) -> Self {
        match error {
            redb::TableError::Storage(storage) => storage.into(),
            // The name is ours, but the table is not as we make them.
            _ => Self::Damaged { table: WHOLE },
        }
    }
}

impl From<redb::CommitError> for RecordsError {
    fn from(error: redb::CommitError) -> Self {
        match error {
            redb::CommitError::Storage(storage) => storage.into(),
            other => Self::Io(io::Error::other(other)),
        }
    }
}
