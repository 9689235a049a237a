//! Removing everything, the key first.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::VAULT_FILE;
use super::file::{draft_of, overwrite};

/// Removes everything in a data folder, and keeps the folder.
///
/// The vault goes first: it is overwritten, and then what is left of the rest can no longer be
/// read, even if the power goes. A vault that lies open is the exception on a disk that keeps old
/// blocks. What cannot be removed does not keep the rest from going.
///
/// # Errors
/// The first refusal of the file system, after everything else has been tried.
pub fn wipe(data_dir: &Path) -> io::Result<()> {
    let vault = data_dir.join(VAULT_FILE);
    let mut first_error = None;
    let mut note = |result: io::Result<()>| {
        if let Err(error) = result
            && error.kind() != io::ErrorKind::NotFound
        {
            first_error.get_or_insert(error);
        }
    };
    for path in [draft_of(&vault), vault] {
        note(destroy(&path));
    }
    // Without its vault an identity opens nothing, and would only tell that there was one.
    note(remove(&data_dir.join("identity")));
    match fs::read_dir(data_dir) {
        Ok(entries) => {
            for entry in entries {
                note(entry.and_then(|entry| remove(&entry.path())));
            }
        }
        Err(error) => note(Err(error)),
    }
    if cfg!(unix) {
        note(File::open(data_dir).and_then(|folder| folder.sync_all()));
    }
    first_error.map_or(Ok(()), Err)
}

/// Overwrites a file, then removes it.
fn destroy(path: &Path) -> io::Result<()> {
    // What a symbolic link points to is not ours.
    let overwritten = if fs::symlink_metadata(path)?.is_file() {
        let file = OpenOptions::new().write(true).open(path);
        file.and_then(|mut file| overwrite(&mut file))
    } else {
        Ok(())
    };
    remove(path).and(overwritten)
}

/// Removes a file, a link, or a folder with all that is in it. Links are not followed.
fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn everything_goes_and_the_vault_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let vault = folder.path().join(VAULT_FILE);
        fs::write(&vault, b"master key").unwrap();
        fs::create_dir_all(folder.path().join("client/deep")).unwrap();
        fs::write(folder.path().join("client/deep/records"), b"sealed").unwrap();
        fs::write(folder.path().join("identity"), b"sealed").unwrap();
        let mut held = File::open(&vault).unwrap();
        wipe(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut bytes = Vec::new();
        held.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [0; 10]);
        wipe(folder.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn nothing_outside_of_the_folder_is_touched() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("file"), b"not ours").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let link = |to: &Path, name| std::os::unix::fs::symlink(to, folder.path().join(name));
        link(outside.path(), "folder").unwrap();
        link(&outside.path().join("file"), VAULT_FILE).unwrap();
        wipe(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(fs::read(outside.path().join("file")).unwrap(), b"not ours");
    }
}
