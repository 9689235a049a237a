use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::launcher::{self, DESKTOP_FILE, LauncherError};

/// Whether the program starts with the session (freedesktop.org's Desktop Application Autostart
/// Specification).
#[derive(Debug, Clone)]
pub struct Autostart {
    file: PathBuf,
}

impl Autostart {
    /// The user's own autostart folder; nothing without a home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let file = launcher::config_home()?
            .join("autostart")
            .join(DESKTOP_FILE);
        Some(Self { file })
    }

    /// Whether the program starts with the session.
    #[must_use]
    pub fn is_on(&self) -> bool {
        fs::read_to_string(&self.file)
            .is_ok_and(|text| !text.lines().any(|line| line.trim() == "Hidden=true"))
    }

    /// Lets the program start with the session, without a window.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub fn turn_on(&self, program: &Path) -> Result<(), LauncherError> {
        launcher::write_entry(&self.file, &launcher::entry(program, "--hidden")?)
    }

    /// No longer lets it.
    ///
    /// # Errors
    /// When the entry cannot be removed.
    pub fn turn_off(&self) -> Result<(), LauncherError> {
        match fs::remove_file(&self.file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(LauncherError::Io {
                path: self.file.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_turned_on_and_off() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("autostart").join(DESKTOP_FILE);
        let autostart = Autostart { file };
        assert!(!autostart.is_on());
        autostart.turn_on(Path::new("/usr/bin/onym")).unwrap();
        assert!(autostart.is_on());
        let text = fs::read_to_string(&autostart.file).unwrap();
        assert!(text.contains("Exec=\"/usr/bin/onym\" --hidden\n"), "{text}");
        // Desktops turn an entry off this way.
        fs::write(&autostart.file, format!("{text}Hidden=true\n")).unwrap();
        assert!(!autostart.is_on());
        autostart.turn_off().unwrap();
        autostart.turn_off().unwrap();
        assert!(!autostart.is_on());
    }
}
