//! The file with the root secret, and with which of its onion services the endpoint is: sealed by the
//! vault's key.
//!
//! ```text
//!   before any move:  root secret (32 bytes)
//!   afterwards:       2 || root secret || index || index of the next start (u32, big-endian)
//! ```

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use onym_identity::RootSecret;
use onym_records::MasterKey;
use zeroize::Zeroizing;

use crate::draft::Draft;

/// What the vault's key is used for here.
const PURPOSE: &str = "identity";

/// The first byte of a file that says more than the root secret.
const VERSION: u8 = 2;

/// The last onion service of an identity that an endpoint moves to. Each one before it stands in the
/// statement as revoked, which has room for twice as many revocations.
pub(crate) const MAX_ADDRESS_INDEX: u32 = 32;

/// Which onion service of its identity the endpoint is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its index. The endpoint has left all those before it.
    pub(crate) index: u32,
    /// The index from the next start on, if a move was announced.
    pub(crate) next: Option<u32>,
}

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

/// Reads the root secret, and where the endpoint is.
pub(crate) fn load(path: &Path, key: &MasterKey) -> Result<(RootSecret, Place), IdentityFileError> {
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
    parse(opened.as_slice()).ok_or_else(damaged)
}

fn parse(bytes: &[u8]) -> Option<(RootSecret, Place)> {
    if let Ok(root) = <&[u8; 32]>::try_from(bytes) {
        return Some((RootSecret::from_bytes(root), Place::default()));
    }
    let bytes = bytes.strip_prefix(&[VERSION])?;
    let (root, bytes) = bytes.split_first_chunk::<32>()?;
    let (index, bytes) = bytes.split_first_chunk::<4>()?;
    let index = u32::from_be_bytes(*index);
    let next = u32::from_be_bytes(bytes.try_into().ok()?);
    let is_right = index <= next && next <= MAX_ADDRESS_INDEX;
    let next = (next != index).then_some(next);
    is_right.then(|| (RootSecret::from_bytes(root), Place { index, next }))
}

fn write(secret: &RootSecret, place: Place) -> Zeroizing<Vec<u8>> {
    if place == Place::default() {
        return Zeroizing::new(secret.as_bytes().to_vec());
    }
    // Room for all of it from the start, so that growing leaves no copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    bytes.push(VERSION);
    bytes.extend_from_slice(secret.as_bytes());
    bytes.extend_from_slice(&place.index.to_be_bytes());
    bytes.extend_from_slice(&place.next.unwrap_or(place.index).to_be_bytes());
    bytes
}

/// Writes the same root secret with another place of the endpoint, whole or not at all.
pub(crate) fn replace(
    path: &Path,
    secret: &RootSecret,
    place: Place,
    key: &MasterKey,
) -> Result<(), IdentityFileError> {
    let sealed = key.seal_file(PURPOSE, &write(secret, place), &mut rand::rng());
    let replaced = || {
        let draft = Draft::new(path)?;
        let mut file = draft.file()?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        draft.publish()?;
        match path.parent() {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    replaced().map_err(|source| IdentityFileError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Writes the root secret, whole or not at all, and never over another one.
pub(crate) fn save(
    path: &Path,
    secret: &RootSecret,
    place: Place,
    key: &MasterKey,
) -> Result<(), IdentityFileError> {
    let sealed = key.seal_file(PURPOSE, &write(secret, place), &mut rand::rng());
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
        save(
            &path,
            &RootSecret::from_bytes(&[7; 32]),
            Place::default(),
            &key,
        )
        .unwrap();
        assert_eq!(load(&path, &key).unwrap().0.as_bytes(), &[7; 32]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = save(
            &path,
            &RootSecret::from_bytes(&[8; 32]),
            Place::default(),
            &key,
        );
        assert!(matches!(second, Err(IdentityFileError::Exists(_))));
        assert_eq!(load(&path, &key).unwrap().0.as_bytes(), &[7; 32]);
        let sealed = fs::read(&path).unwrap();
        assert!(!sealed.windows(8).any(|bytes| bytes == [7; 8]));
    }

    #[test]
    fn a_damaged_or_foreign_file_is_said_to_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let key = key_in(folder.path());
        let path = folder.path().join("identity");
        save(
            &path,
            &RootSecret::from_bytes(&[7; 32]),
            Place::default(),
            &key,
        )
        .unwrap();
        let other = tempfile::tempdir().unwrap();
        let foreign = load(&path, &key_in(other.path()));
        assert!(matches!(foreign, Err(IdentityFileError::Damaged(_))));
        fs::write(&path, b"").unwrap();
        let empty = load(&path, &key);
        assert!(matches!(empty, Err(IdentityFileError::Damaged(_))));
    }

    #[test]
    fn where_the_endpoint_is_lies_beside_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let key = key_in(folder.path());
        let path = folder.path().join("identity");
        let secret = RootSecret::from_bytes(&[7; 32]);
        save(&path, &secret, Place::default(), &key).unwrap();
        // A program that knows nothing of moves reads what has not moved.
        let opened = key.open_file(PURPOSE, &fs::read(&path).unwrap()).unwrap();
        assert_eq!(opened.len(), 32);
        for (index, next) in [(0, Some(1)), (1, None), (3, Some(4)), (0, None)] {
            let place = Place { index, next };
            replace(&path, &secret, place, &key).unwrap();
            let (read, at) = load(&path, &key).unwrap();
            assert_eq!((read.as_bytes(), at), (&[7; 32], place));
        }
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        for (index, next) in [
            (2_u32, 1_u32),
            (0, MAX_ADDRESS_INDEX + 1),
            (u32::MAX, u32::MAX),
        ] {
            let bytes = [
                &[VERSION][..],
                &[7; 32],
                &index.to_be_bytes(),
                &next.to_be_bytes(),
            ];
            assert!(parse(&bytes.concat()).is_none(), "{index} {next}");
        }
        assert!(parse(&[VERSION; 40]).is_none());
    }
}
