//! The file that holds the master key, once for each way to get at it.

use std::fmt;
use std::path::{Path, PathBuf};

use onym_identity::AtRestRecoveryKey;
use rand_core::CryptoRng;

use crate::passphrase::{self, Argon2Cost};
use contents::Contents;
use file::OldFile;
use slot::State;

mod contents;
mod error;
mod file;
mod keyring_secret;
mod master_key;
mod slot;
mod wipe;

pub use error::VaultError;
pub use keyring_secret::KeyringSecret;
pub use master_key::{MasterKey, SealedFileError};
pub use wipe::wipe;

/// What the vault's file is called in the data folder.
pub const VAULT_FILE: &str = "vault";

/// A vault as it lies on the disk, locked.
///
/// One random [`MasterKey`] lies in it in several slots, each locked in its own way, so that a
/// passphrase changes without a record being written again. Of the two slots for passphrases one
/// holds the master key, the other one is for a duress passphrase; which is which cannot be told
/// from the file, nor whether there is a duress passphrase at all.
///
/// Passphrases are bytes here. Whoever reads them from a person brings them to one Unicode form
/// first.
#[derive(Clone)]
pub struct Vault {
    path: PathBuf,
    contents: Contents,
}

/// How a new vault is locked.
#[derive(Clone, Copy)]
pub enum Protection<'a> {
    /// Not at all: the master key lies in the file in clear. Whoever can read the file can read
    /// everything.
    Open,
    /// By a passphrase, which is asked for at each start.
    Passphrase(&'a [u8]),
    /// By a secret that the system's keyring keeps: open to whoever is logged in.
    Keyring(&'a KeyringSecret),
}

/// Which slots are in use, as everybody can see who has the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The master key lies there in clear.
    pub open: bool,
    /// A passphrase opens it.
    pub passphrase: bool,
    /// The secret in the system's keyring opens it.
    pub keyring: bool,
    /// The recovery phrase of the identity opens it.
    pub recovery: bool,
}

/// What a passphrase gives.
#[derive(Debug)]
pub enum Unlocked {
    /// It is the passphrase.
    Opened(MasterKey),
    /// It is the duress passphrase: the person is forced to unlock, and wants [`wipe`].
    Duress,
}

impl Vault {
    /// Makes a vault with a new master key where there is none.
    ///
    /// `recovery` is the key that the identity's recovery phrase gives; with it a forgotten
    /// passphrase costs nothing.
    ///
    /// # Errors
    /// When there is one already, the passphrase is empty, or it cannot be written.
    pub fn create(
        path: &Path,
        protection: Protection<'_>,
        recovery: Option<&AtRestRecoveryKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, MasterKey), VaultError> {
        Self::create_with_cost(path, Argon2Cost::DEFAULT, protection, recovery, rng)
    }

    /// Like [`create`](Self::create), with another cost of a guess. It stays for the life of the
    /// vault: a slot with a cost of its own would tell that it is in use.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn create_with_cost(
        path: &Path,
        cost: Argon2Cost,
        protection: Protection<'_>,
        recovery: Option<&AtRestRecoveryKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, MasterKey), VaultError> {
        let master = MasterKey::generate(rng);
        let vault = Self::create_around(path, &master, cost, protection, recovery, rng)?;
        Ok((vault, master))
    }

    /// Makes a vault around a master key that a backup held.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn restore(
        path: &Path,
        master: &MasterKey,
        protection: Protection<'_>,
        recovery: Option<&AtRestRecoveryKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        Self::create_around(path, master, Argon2Cost::DEFAULT, protection, recovery, rng)
    }

    fn create_around(
        path: &Path,
        master: &MasterKey,
        cost: Argon2Cost,
        protection: Protection<'_>,
        recovery: Option<&AtRestRecoveryKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let mut contents = Contents::new(cost, passphrase::new_salt(rng), master, rng);
        match protection {
            Protection::Open => contents.lay_open(master),
            Protection::Passphrase(text) => contents.set_passphrase(master, text, rng)?,
            Protection::Keyring(secret) => contents.set_keyring(master, secret, rng),
        }
        if let Some(key) = recovery {
            contents.set_recovery(master, key, rng);
        }
        file::write(path, &contents.to_bytes(), OldFile::Kept)?;
        let path = path.to_owned();
        Ok(Self { path, contents })
    }

    /// Reads the vault, without opening it.
    ///
    /// # Errors
    /// When there is none, it is damaged or of a later version, or it cannot be read.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let contents = Contents::from_bytes(&file::read(path)?).map_err(|fault| match fault {
            contents::Fault::Damaged => VaultError::Damaged(path.to_owned()),
            contents::Fault::Version(version) => VaultError::Version {
                path: path.to_owned(),
                version,
            },
        })?;
        let path = path.to_owned();
        Ok(Self { path, contents })
    }

    /// The ways to open it.
    #[must_use]
    pub const fn slots(&self) -> Slots {
        self.contents.slots()
    }

    /// Opens it with a passphrase. This takes the time and the memory that a guess costs.
    ///
    /// # Errors
    /// When it is the wrong one, or there is none.
    pub fn unlock_with_passphrase(&self, passphrase: &[u8]) -> Result<Unlocked, VaultError> {
        self.contents.unlock_with_passphrase(passphrase)
    }

    /// Opens a vault that is not locked.
    ///
    /// # Errors
    /// When it is locked.
    pub fn unlock_open(&self) -> Result<MasterKey, VaultError> {
        self.contents.unlock_open()
    }

    /// Opens it with the secret that the system's keyring keeps.
    ///
    /// # Errors
    /// When it is another secret, or the vault knows none.
    pub fn unlock_with_keyring_secret(
        &self,
        secret: &KeyringSecret,
    ) -> Result<MasterKey, VaultError> {
        self.contents.unlock_with_keyring(secret)
    }

    /// Opens it with the key from the recovery phrase.
    ///
    /// # Errors
    /// When it is the phrase of another identity, or the vault knows none.
    pub fn unlock_with_recovery(&self, key: &AtRestRecoveryKey) -> Result<MasterKey, VaultError> {
        self.contents.unlock_with_recovery(key)
    }

    /// Whether this is the passphrase. The duress passphrase is not: where it matters, ask
    /// [`unlock_with_passphrase`](Self::unlock_with_passphrase).
    ///
    /// # Errors
    /// When the vault has no passphrase, or the memory for a guess is not to be had.
    pub fn verify_passphrase(&self, passphrase: &[u8]) -> Result<bool, VaultError> {
        match self.unlock_with_passphrase(passphrase) {
            Ok(Unlocked::Opened(_)) => Ok(true),
            Ok(Unlocked::Duress) | Err(VaultError::WrongPassphrase) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sets the passphrase or changes it. An open vault is locked by it: the key in clear goes.
    /// A keyring slot stays.
    ///
    /// # Errors
    /// When it is empty or the duress passphrase, the master key is another vault's, or the file
    /// cannot be written; then the old one still holds.
    pub fn set_passphrase(
        &mut self,
        master: &MasterKey,
        passphrase: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        self.change(|contents| contents.set_passphrase(master, passphrase, rng))
    }

    /// Removes the passphrase and the duress passphrase. The vault is open afterwards.
    ///
    /// # Errors
    /// When the master key is another vault's, or the file cannot be written.
    pub fn remove_passphrase(
        &mut self,
        master: &MasterKey,
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        self.change(|contents| {
            contents.remove_passphrase(master, rng)?;
            contents.lay_open(master);
            Ok(())
        })
    }

    /// Sets the passphrase that asks for [`wipe`], or changes it.
    ///
    /// # Errors
    /// When it is empty or the passphrase itself, the vault has no passphrase, the master key is
    /// another vault's, or the file cannot be written.
    pub fn set_duress_passphrase(
        &mut self,
        master: &MasterKey,
        passphrase: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        self.change(|contents| contents.set_duress_passphrase(master, passphrase, rng))
    }

    /// Removes the duress passphrase.
    ///
    /// # Errors
    /// When the master key is another vault's, or the file cannot be written.
    pub fn remove_duress_passphrase(
        &mut self,
        master: &MasterKey,
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        self.change(|contents| contents.remove_duress_passphrase(master, rng))
    }

    /// Whether there is a duress passphrase, which only the master key tells.
    ///
    /// # Errors
    /// When the master key is another vault's.
    pub fn has_duress_passphrase(&self, master: &MasterKey) -> Result<bool, VaultError> {
        let State { has_duress, .. } = self.contents.state(master)?;
        Ok(has_duress)
    }

    /// Lets a secret in the system's keyring open the vault, in place of the one before.
    ///
    /// # Errors
    /// When the master key is another vault's, or the file cannot be written.
    pub fn set_keyring_secret(
        &mut self,
        master: &MasterKey,
        secret: &KeyringSecret,
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        self.change(|contents| {
            contents.state(master)?;
            contents.set_keyring(master, secret, rng);
            Ok(())
        })
    }

    /// Removes the slot of the keyring's secret.
    ///
    /// # Errors
    /// When nothing but the recovery phrase would be left, the master key is another vault's, or
    /// the file cannot be written.
    pub fn remove_keyring_secret(&mut self, master: &MasterKey) -> Result<(), VaultError> {
        self.change(|contents| {
            contents.state(master)?;
            contents.remove_keyring();
            contents.has_a_way_in()
        })
    }

    /// Removes the key in clear.
    ///
    /// # Errors
    /// When nothing but the recovery phrase would be left, the master key is another vault's, or
    /// the file cannot be written.
    pub fn remove_open_slot(&mut self, master: &MasterKey) -> Result<(), VaultError> {
        self.change(|contents| {
            contents.state(master)?;
            contents.remove_open();
            contents.has_a_way_in()
        })
    }

    /// Lets the recovery phrase of an identity open the vault, in place of the one before.
    ///
    /// # Errors
    /// When the master key is another vault's, or the file cannot be written.
    pub fn set_recovery(
        &mut self,
        master: &MasterKey,
        key: &AtRestRecoveryKey,
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        self.change(|contents| {
            contents.state(master)?;
            contents.set_recovery(master, key, rng);
            Ok(())
        })
    }

    /// Removes the slot of the recovery phrase.
    ///
    /// # Errors
    /// When the master key is another vault's, or the file cannot be written.
    pub fn remove_recovery(&mut self, master: &MasterKey) -> Result<(), VaultError> {
        self.change(|contents| {
            contents.state(master)?;
            contents.remove_recovery();
            Ok(())
        })
    }

    /// Writes what a change makes of the vault. If anything fails, all is as it was.
    fn change(
        &mut self,
        change: impl FnOnce(&mut Contents) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let mut changed = self.contents.clone();
        change(&mut changed)?;
        file::write(&self.path, &changed.to_bytes(), OldFile::Replaced)?;
        self.contents = changed;
        Ok(())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("path", &self.path)
            .field("slots", &self.slots())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Protection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Passphrase(_) => "Passphrase(hidden)",
            Self::Keyring(_) => "Keyring(hidden)",
        })
    }
}

#[cfg(test)]
mod tests;
