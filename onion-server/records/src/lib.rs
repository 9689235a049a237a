//! What lies on the disk: sealed records, and the vault that holds their key.
//!
//! ```text
//! passphrase, keyring, recovery phrase --> Vault --> MasterKey -+-> RecordsKey --> Records
//!                                                               +-> seal_file, open_file
//! ```
//!
//! - [`Records`] are ordered tables of sealed values in one folder. A [`Batch`] is written whole or
//!   not at all, and is durable when [`Records::commit`] returns.
//! - A value on the disk tells its table, its key and its length, and nothing else. Keys are written
//!   as the caller gives them, so a caller makes them from numbers and from
//!   [`RecordsKey::name_of`], never from an address, a word or a time.
//! - The [`Vault`] is the file that holds the master key, in one slot for each way to get at it.
//! - [`SealedStreamWriter`] seals a copy of everything under a passphrase of its own, to carry it
//!   elsewhere.
//! - [`versioned`] is how a record becomes bytes: a version, then postcard.
//!
//! No async runtime is needed: every function waits for the disk, so a driver calls it from a
//! thread that may wait.

mod batch;
mod copy;
mod disk;
mod error;
mod passphrase;
mod records;
mod records_key;
mod scan;
mod seal;
mod sealed_stream;
mod vault;

/// How a record becomes bytes, and how a later program reads those of an earlier one.
pub mod versioned;

pub use batch::{Batch, Table, prefix_range};
pub use copy::{CopyError, SealedRow};
pub use error::RecordsError;
pub use passphrase::Argon2Cost;
pub use records::Records;
pub use records_key::RecordsKey;
pub use scan::Scan;
pub use sealed_stream::{SealedStreamError, SealedStreamReader, SealedStreamWriter};
pub use vault::{
    KeyringSecret, MasterKey, Protection, SealedFileError, Slots, Unlocked, VAULT_FILE, Vault,
    VaultError, wipe,
};
