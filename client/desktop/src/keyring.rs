use std::collections::HashMap;

use secret_service::EncryptionType;
use secret_service::blocking::{Collection, SecretService};

const LABEL: &str = "Onym: key of the message store";
const CONTENT_TYPE: &str = "application/octet-stream";

/// A secret of one data folder in the keyring of the session (freedesktop.org's Secret Service).
///
/// Every method waits for the keyring, which may ask the user to unlock it: not for the window's
/// thread.
#[derive(Debug, Clone)]
pub struct Keyring {
    folder: String,
}

/// Why the keyring does not help.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is none, or it does not answer.
    #[error("the keyring of this system cannot be used: {0}")]
    Unusable(#[from] secret_service::Error),
    /// The user did not unlock it.
    #[error("the keyring of this system is locked")]
    Locked,
}

impl Keyring {
    /// The secret of the data folder with this name.
    #[must_use]
    pub fn new(data_folder: &str) -> Self {
        Self {
            folder: data_folder.to_owned(),
        }
    }

    /// Whether the session has a keyring at all.
    #[must_use]
    pub fn is_available() -> bool {
        connect().is_ok()
    }

    /// Puts a secret in, over an older one.
    ///
    /// # Errors
    /// See [`KeyringError`].
    pub fn put(&self, secret: &[u8]) -> Result<(), KeyringError> {
        let service = connect()?;
        let collection = unlocked(&service)?;
        collection.create_item(LABEL, self.attributes(), secret, true, CONTENT_TYPE)?;
        Ok(())
    }

    /// The secret, if there is one.
    ///
    /// # Errors
    /// See [`KeyringError`].
    pub fn get(&self) -> Result<Option<Vec<u8>>, KeyringError> {
        let service = connect()?;
        let collection = unlocked(&service)?;
        let items = collection.search_items(self.attributes())?;
        match items.first() {
            None => Ok(None),
            Some(item) => Ok(Some(item.get_secret()?)),
        }
    }

    /// Takes the secret out.
    ///
    /// # Errors
    /// See [`KeyringError`].
    pub fn remove(&self) -> Result<(), KeyringError> {
        let service = connect()?;
        let collection = unlocked(&service)?;
        for item in collection.search_items(self.attributes())? {
            item.delete()?;
        }
        Ok(())
    }

    fn attributes(&self) -> HashMap<&str, &str> {
        HashMap::from([
            ("application", "onym"),
            ("purpose", "store"),
            ("folder", self.folder.as_str()),
        ])
    }
}

fn connect() -> Result<SecretService<'static>, KeyringError> {
    // The secret crosses the bus encrypted with a key of this connection.
    Ok(SecretService::connect(EncryptionType::Dh)?)
}

fn unlocked<'a>(service: &'a SecretService<'a>) -> Result<Collection<'a>, KeyringError> {
    let collection = service.get_default_collection()?;
    if collection.is_locked()? {
        collection.unlock()?;
    }
    if collection.is_locked()? {
        return Err(KeyringError::Locked);
    }
    Ok(collection)
}
