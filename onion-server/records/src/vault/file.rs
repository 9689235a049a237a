//! Reading and writing the vault's file, whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::contents::LENGTH;
use super::error::VaultError;
use crate::disk;

/// What becomes of a file that is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OldFile {
    /// It stays, and writing fails.
    Kept,
    /// It is replaced, and its bytes are overwritten: a slot that was changed is not to be found
    /// again. A disk that keeps old blocks keeps them all the same.
    Replaced,
}

/// Reads the file, no more of it than a vault has.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let read = || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH + 1));
        let file = File::open(path)?;
        file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => VaultError::Missing(path.to_owned()),
        _ => VaultError::Io {
            path: path.to_owned(),
            source,
        },
    })
}

/// Writes the file for its owner alone. A reader finds the old bytes or the new ones, also after
/// a power cut.
pub(super) fn write(path: &Path, bytes: &[u8], old: OldFile) -> Result<(), VaultError> {
    let draft = draft_of(path);
    let written = write_draft(&draft, bytes).and_then(|()| put_in_place(&draft, path, old));
    // It is there when something failed.
    let _gone = fs::remove_file(&draft);
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists if old == OldFile::Kept && path.exists() => {
            VaultError::Exists(path.to_owned())
        }
        _ => VaultError::Io {
            path: path.to_owned(),
            source,
        },
    })
}

/// Where the new bytes lie until they are complete.
pub(super) fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("draft")
}

fn write_draft(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let _leftover = fs::remove_file(draft);
    let mut open = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let mut file = open.write(true).create_new(true).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn put_in_place(draft: &Path, path: &Path, old: OldFile) -> io::Result<()> {
    if old == OldFile::Kept {
        return disk::publish(draft, path);
    }
    let replaced = OpenOptions::new().write(true).open(path);
    fs::rename(draft, path)?;
    disk::sync_folder_of(path)?;
    // Only now, when the new file is certain to be found.
    if let Ok(mut replaced) = replaced {
        let _best_effort = overwrite(&mut replaced);
    }
    Ok(())
}

/// Zeros over the whole of a file.
pub(super) fn overwrite(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), file)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_kept_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        assert!(matches!(read(&path), Err(VaultError::Missing(_))));
        write(&path, b"old", OldFile::Kept).unwrap();
        let second = write(&path, b"new", OldFile::Kept);
        assert!(matches!(second, Err(VaultError::Exists(_))), "{second:?}");
        assert_eq!(**read(&path).unwrap(), *b"old");

        let mut old = File::open(&path).unwrap();
        write(&path, b"newer", OldFile::Replaced).unwrap();
        assert_eq!(**read(&path).unwrap(), *b"newer");
        let mut bytes = Vec::new();
        old.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [0; 3], "the old bytes are overwritten");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_torn_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        write(&path, b"old", OldFile::Kept).unwrap();
        // A process that died on its way has left half a draft.
        fs::write(draft_of(&path), b"ne").unwrap();
        assert_eq!(**read(&path).unwrap(), *b"old");
        write(&path, b"new", OldFile::Replaced).unwrap();
        assert_eq!(**read(&path).unwrap(), *b"new");
        // A write that cannot be completed: the draft's place is taken.
        fs::create_dir_all(draft_of(&path).join("x")).unwrap();
        assert!(write(&path, b"newer", OldFile::Replaced).is_err());
        assert_eq!(**read(&path).unwrap(), *b"new");
    }

    #[test]
    fn no_more_is_read_than_a_vault_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        fs::write(&path, vec![0; 10 * LENGTH]).unwrap();
        assert_eq!(read(&path).unwrap().len(), LENGTH + 1);
    }
}
