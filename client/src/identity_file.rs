//! The file with the root secret, sealed by the vault's key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use onym_identity::{OnymJid, RootSecret};
use onym_records::MasterKey;

/// What the vault's key is used for here.
const PURPOSE: &str = "identity";

/// The endpoint's onion service is the first of its identity.
const ONION_SERVICE_INDEX: u32 = 0;

/// Why the identity cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityFileError {
    /// There is none yet.
    #[error("there is no identity in {0} yet")]
    Missing(PathBuf),
    /// There is one, and it is not overwritten.
    #[error("there is an identity in {0} already; choose another folder with --data-dir")]
    Exists(PathBuf),
    /// The file is not one of ours.
    #[error("{0} is damaged; restore the identity from its recovery phrase in another folder")]
    Damaged(PathBuf),
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the root secret.
pub(crate) fn load(path: &Path, key: &MasterKey) -> Result<RootSecret, IdentityFileError> {
    let sealed = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => {
            IdentityFileError::Missing(path.parent().unwrap_or(path).to_owned())
        }
        _ => IdentityFileError::Io {
            path: path.to_owned(),
            source,
        },
    })?;
    let damaged = || IdentityFileError::Damaged(path.to_owned());
    let opened = key.open_file(PURPOSE, &sealed).map_err(|_| damaged())?;
    let bytes: &[u8; 32] = opened.as_slice().try_into().map_err(|_| damaged())?;
    Ok(RootSecret::from_bytes(bytes))
}

/// Writes the root secret, whole or not at all, and never over another one.
pub(crate) fn save(
    path: &Path,
    secret: &RootSecret,
    key: &MasterKey,
) -> Result<(), IdentityFileError> {
    let sealed = key.seal_file(PURPOSE, secret.as_bytes(), &mut rand::rng());
    let draft = path.with_extension("draft");
    let written = write_and_link(&draft, path, &sealed);
    // The draft is a second name of the same file by now, or a leftover.
    let _gone = fs::remove_file(&draft);
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => {
            IdentityFileError::Exists(path.parent().unwrap_or(path).to_owned())
        }
        _ => IdentityFileError::Io {
            path: path.to_owned(),
            source,
        },
    })
}

fn write_and_link(draft: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let _leftover = fs::remove_file(draft);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    // Unlike a rename, a link refuses to replace what is there.
    fs::hard_link(draft, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The address that belongs to a root secret.
pub(crate) fn jid_of(secret: &RootSecret) -> OnymJid {
    OnymJid {
        identity: secret.identity_key().public(),
        address: onion_service_key_of(secret).onion_address(),
    }
}

/// The key of the endpoint's onion service.
pub(crate) fn onion_service_key_of(secret: &RootSecret) -> onym_identity::OnionServiceSecretKey {
    secret.onion_service_key(ONION_SERVICE_INDEX)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use onym_records::{Protection, Vault};

    use super::*;

    fn key_in(folder: &Path) -> MasterKey {
        let path = folder.join("vault");
        Vault::create(&path, Protection::Open, None, &mut rand::rng())
            .unwrap()
            .1
    }

    #[test]
    fn what_is_saved_is_loaded_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let key = key_in(folder.path());
        let path = folder.path().join("identity");
        let missing = load(&path, &key);
        assert!(matches!(missing, Err(IdentityFileError::Missing(_))));
        save(&path, &RootSecret::from_bytes(&[7; 32]), &key).unwrap();
        assert_eq!(load(&path, &key).unwrap().as_bytes(), &[7; 32]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = save(&path, &RootSecret::from_bytes(&[8; 32]), &key);
        assert!(matches!(second, Err(IdentityFileError::Exists(_))));
        assert_eq!(load(&path, &key).unwrap().as_bytes(), &[7; 32]);
        let sealed = fs::read(&path).unwrap();
        assert!(!sealed.windows(8).any(|bytes| bytes == [7; 8]));
    }

    #[test]
    fn a_damaged_or_foreign_file_is_said_to_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let key = key_in(folder.path());
        let path = folder.path().join("identity");
        save(&path, &RootSecret::from_bytes(&[7; 32]), &key).unwrap();
        let other = tempfile::tempdir().unwrap();
        let foreign = load(&path, &key_in(other.path()));
        assert!(matches!(foreign, Err(IdentityFileError::Damaged(_))));
        fs::write(&path, b"").unwrap();
        let empty = load(&path, &key);
        assert!(matches!(empty, Err(IdentityFileError::Damaged(_))));
    }
}
