//! What makes a file appear whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Gives a finished draft its name, where nothing has this name yet. When this returns it has it
/// for good.
pub(crate) fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    // Unlike a rename, a link refuses to replace what is there.
    match fs::hard_link(draft, path) {
        Ok(()) => fs::remove_file(draft)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // Not every file system knows links; a memory stick's often does not.
        Err(_) if !fs::exists(path)? => fs::rename(draft, path)?,
        Err(_) => return Err(io::ErrorKind::AlreadyExists.into()),
    }
    sync_folder_of(path)
}

/// Makes the names in the folder of a file durable.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    // Windows has no such call, and does not need it.
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        fs::write(at("draft"), "new").unwrap();
        publish(&at("draft"), &at("file")).unwrap();
        assert!(!at("draft").exists());
        fs::write(at("draft"), "newer").unwrap();
        let refused = publish(&at("draft"), &at("file")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(at("file")).unwrap(), b"new");
    }
}
