//! Versioned records in sled: how both stores of the program write a value and take a key apart.

use std::path::Path;
use std::time::Duration;

use jid::BareJid;
use onym_server_protocol::Domain;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::Db;

/// The version of every record, in its first byte. A record of another version was written by
/// another version of the program.
pub const VERSION: u8 = 1;

/// Separates the parts of a key. No JID contains it.
const SEPARATOR: u8 = 0;

/// How often a held lock is tried again: sled lets go of the lock of a database that this process
/// has just closed from a thread of its own, a moment later.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Why records cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has them open.
    #[error("another Onym process is using this data folder")]
    InUse,
    /// The file system refused, or the database is damaged.
    #[error("the records cannot be used: {0}")]
    Sled(#[from] sled::Error),
    /// A record cannot be read.
    #[error("a record in '{tree}' is damaged")]
    Damaged {
        /// The kind of record.
        tree: &'static str,
    },
    /// A record is of a version that this program does not know.
    #[error("a record in '{tree}' has version {version}; this program knows version {VERSION}")]
    Version {
        /// The kind of record.
        tree: &'static str,
        /// Its version.
        version: u8,
    },
}

/// Opens the database in a folder, or makes it.
///
/// # Errors
/// When another process has it open, or it cannot be read.
pub fn open(folder: &Path) -> Result<Db, StoreError> {
    let mut tries = 0;
    loop {
        match sled::Config::new().path(folder).open() {
            // sled tells a held lock only in words.
            Err(sled::Error::Io(io)) if io.to_string().contains("acquire lock") => {
                tries += 1;
                if tries >= LOCK_TRIES {
                    return Err(StoreError::InUse);
                }
                std::thread::sleep(LOCK_PAUSE);
            }
            opened => return Ok(opened?),
        }
    }
}

/// A value as it is stored.
///
/// # Errors
/// When it cannot be written in this form, which no type of ours does.
pub fn encode<V: Serialize>(tree: &'static str, value: &V) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(value, vec![VERSION]).map_err(|_| StoreError::Damaged { tree })
}

/// A value as it was stored.
///
/// # Errors
/// When it is damaged or of another version.
pub fn decode<V: DeserializeOwned>(tree: &'static str, value: &[u8]) -> Result<V, StoreError> {
    match value.split_first() {
        Some((&VERSION, record)) => {
            postcard::from_bytes(record).map_err(|_| StoreError::Damaged { tree })
        }
        Some((&version, _)) => Err(StoreError::Version { tree, version }),
        None => Err(StoreError::Damaged { tree }),
    }
}

/// A key of two parts. Numbers go in with their highest byte first, so that they sort as numbers.
#[must_use]
pub fn pair_key(first: &str, second: &[u8]) -> Vec<u8> {
    [first.as_bytes(), &[SEPARATOR], second].concat()
}

/// Takes a key apart, from the front.
#[derive(Debug)]
pub struct Key<'a>(pub &'a [u8]);

impl<'a> Key<'a> {
    fn text(&mut self) -> Option<&'a str> {
        let end = self
            .0
            .iter()
            .position(|byte| *byte == SEPARATOR)
            .unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..).unwrap_or_default();
        std::str::from_utf8(text).ok()
    }

    /// The next part, a bare JID.
    pub fn jid(&mut self) -> Option<BareJid> {
        BareJid::new(self.text()?).ok()
    }

    /// The next part, a domain.
    pub fn domain(&mut self) -> Option<Domain> {
        Domain::parse(self.text()?)
    }

    /// The next part, any text.
    pub fn string(&mut self) -> Option<String> {
        Some(self.text()?.to_owned())
    }

    /// The last part, a number.
    pub fn number(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.0.try_into().ok()?))
    }
}
