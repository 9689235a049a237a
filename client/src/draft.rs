//! A file that is written beside its place and put there when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that only its owner reads and that is not yet in its place. It goes when this is dropped
/// before.
#[derive(Debug)]
pub(crate) struct Draft {
    draft: PathBuf,
    place: PathBuf,
}

/// How many names for a draft are tried.
const TRIES: u32 = 100;

impl Draft {
    /// Makes an empty draft beside its place, under a name that nobody has.
    pub(crate) fn new(place: &Path) -> io::Result<Self> {
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", std::process::id()));
        for number in 0..TRIES {
            let mut name = name.clone();
            name.push(format!("-{number}.part"));
            let draft = place.with_file_name(name);
            let made = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&draft);
            match made {
                Ok(_) => {
                    let place = place.to_owned();
                    return Ok(Self { draft, place });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The draft, to write to.
    pub(crate) fn file(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(&self.draft)
    }

    /// Puts it in its place.
    pub(crate) fn publish(self) -> io::Result<()> {
        fs::rename(&self.draft, &self.place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // There is nothing to remove once it was published.
        let _gone = fs::remove_file(&self.draft);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn nothing_is_touched_before_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.txt");
        fs::write(&place, "old").unwrap();
        fs::write(folder.path().join("a.part"), "somebody else's").unwrap();
        let cut = Draft::new(&place).unwrap();
        cut.file().unwrap().write_all(b"half").unwrap();
        drop(cut);
        assert_eq!(fs::read_to_string(&place).unwrap(), "old");
        let whole = Draft::new(&place).unwrap();
        whole.file().unwrap().write_all(b"new").unwrap();
        whole.publish().unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
