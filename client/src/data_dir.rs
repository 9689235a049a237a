//! The folder that holds everything: identity, stores, Tor's state.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A data folder that only its owner can enter.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// This process alone uses the folder, until this and all of its copies are dropped.
#[derive(Clone, Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not used")] Arc<File>);

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    /// The platform names no place for data.
    #[error("there is no home folder; choose a folder with --data-dir")]
    NoHome,
    /// It could not be made or entered.
    #[error("the data folder {path} cannot be used: {source}")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Folder: only the owner may list, enter or change it.
const FOLDER_MODE: u32 = 0o700;

impl DataDir {
    /// The folder given, or the platform's own; made if it is not there.
    pub(crate) fn open(chosen: Option<&Path>) -> Result<Self, DataDirError> {
        let path = match chosen {
            Some(path) => path.to_owned(),
            None => directories::ProjectDirs::from("", "", "onym")
                .ok_or(DataDirError::NoHome)?
                .data_dir()
                .to_owned(),
        };
        let unusable = |source| DataDirError::Unusable {
            path: path.clone(),
            source,
        };
        if !path.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(FOLDER_MODE)
                .create(&path)
                .map_err(unusable)?;
        }
        let path = path.canonicalize().map_err(unusable)?;
        let folder = Self(path);
        folder
            .close_to_others()
            .map_err(|source| DataDirError::Unusable {
                path: folder.0.clone(),
                source,
            })?;
        Ok(folder)
    }

    fn close_to_others(&self) -> io::Result<()> {
        let mode = fs::metadata(&self.0)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(&self.0, fs::Permissions::from_mode(FOLDER_MODE))?;
        }
        Ok(())
    }

    /// Takes the folder for this process. None if another one has it.
    pub(crate) fn lock(&self) -> Result<Option<Lock>, DataDirError> {
        let unusable = |source| DataDirError::Unusable {
            path: self.0.clone(),
            source,
        };
        let file = File::create(self.0.join("lock")).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(Arc::new(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn vault_file(&self) -> PathBuf {
        self.0.join(onym_records::VAULT_FILE)
    }

    pub(crate) fn settings_file(&self) -> PathBuf {
        self.0.join("settings.toml")
    }

    pub(crate) fn identity_file(&self) -> PathBuf {
        self.0.join("identity")
    }

    pub(crate) fn control_socket(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// What waits to be taken over from a backup.
    pub(crate) fn import(&self) -> PathBuf {
        self.0.join("import")
    }

    /// A name that is free for what a backup takes the place of.
    pub(crate) fn free_place_for_replaced(&self) -> String {
        (1_u32..)
            .map(|number| format!("replaced-{number}"))
            .find(|name| !self.0.join(name).exists())
            .unwrap_or_default()
    }

    pub(crate) fn endpoint_store(&self) -> PathBuf {
        self.0.join("server")
    }

    pub(crate) fn client_store(&self) -> PathBuf {
        self.0.join("client")
    }

    pub(crate) fn tor_state(&self) -> PathBuf {
        self.0.join("tor").join("state")
    }

    pub(crate) fn tor_cache(&self) -> PathBuf {
        self.0.join("tor").join("cache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_closed_to_others_and_locks_once() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a").join("b");
        let folder = DataDir::open(Some(&path)).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            FOLDER_MODE
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        DataDir::open(Some(&path)).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            FOLDER_MODE
        );

        let held = folder.lock().unwrap();
        assert!(held.is_some());
        assert!(folder.lock().unwrap().is_none());
        drop(held);
        assert!(folder.lock().unwrap().is_some());
    }
}
