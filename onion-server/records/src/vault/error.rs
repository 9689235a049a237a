//! Why a vault cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a vault cannot be made, read, opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is none yet.
    #[error("there is no vault at {0} yet")]
    Missing(PathBuf),
    /// There is one, and it is not overwritten.
    #[error("there is a vault at {0} already")]
    Exists(PathBuf),
    /// The file is not what was written.
    #[error("the vault {0} is damaged")]
    Damaged(PathBuf),
    /// The file is of a version that this program does not know.
    #[error("the vault {path} has version {version}, which this program does not know")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u8,
    },
    /// It is not the passphrase.
    #[error("this is not the passphrase")]
    WrongPassphrase,
    /// The secret in the keyring is not the vault's.
    #[error("the secret in the system's keyring does not open the vault")]
    WrongKeyringSecret,
    /// The recovery phrase is that of another identity.
    #[error("this recovery phrase does not open the vault")]
    WrongRecoveryKey,
    /// The master key is that of another vault.
    #[error("this master key belongs to another vault")]
    WrongMasterKey,
    /// The vault cannot be opened in this way.
    #[error("the vault cannot be opened with {0}")]
    NoSuchSlot(&'static str),
    /// A passphrase must have at least one byte.
    #[error("a passphrase cannot be empty")]
    EmptyPassphrase,
    /// The passphrase and the duress passphrase would be the same.
    #[error("this passphrase is in use already")]
    PassphraseInUse,
    /// A vault that asks for nothing cannot be given a duress passphrase.
    #[error("a duress passphrase needs a passphrase beside it")]
    DuressWithoutPassphrase,
    /// Nothing but the recovery phrase would open the vault.
    #[error("this is the last way into the vault")]
    LastWayIn,
    /// The memory that a guess of the passphrase takes is not to be had.
    #[error("there is not enough memory to check a passphrase")]
    NoMemory,
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
