//! Everything of a data folder in one sealed file, and back.

use std::path::Path;

use crate::data_dir::DataDir;
use crate::node::Node;
use crate::settings::Settings;
use crate::unlocking::Unlocked;

/// Why a backup is not written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// It is not made yet.
    #[error("exports are not ready yet")]
    NotReady,
}

/// What goes into a backup.
pub(crate) struct Parts;

impl Parts {
    pub(crate) fn of(_node: &Node, _unlocked: &Unlocked, _settings: &Settings) -> Self {
        Self
    }
}

pub(crate) fn write(
    _parts: &Parts,
    _path: &Path,
    _passphrase: &str,
    _tell: &mut dyn FnMut(u8),
) -> Result<(), BackupError> {
    Err(BackupError::NotReady)
}

pub(crate) fn read_beside(
    _path: &Path,
    _passphrase: &str,
    _folder: &DataDir,
    _tell: &mut dyn FnMut(u8),
) -> Result<(), BackupError> {
    Err(BackupError::NotReady)
}
