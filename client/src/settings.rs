//! What the user has set about the program itself: a file that anybody may read who can read the
//! data folder, since it is needed before the records are open. It holds nothing about people.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::draft::Draft;

/// The largest file that is read, in bytes: bridges take the most of it.
const MAX_BYTES: u64 = 256 * 1024;

/// Everything that can be set. What a file does not say is as in [`Settings::default`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) theme: Theme,
    pub(crate) language: Language,
    /// In percent of the usual.
    pub(crate) text_size: u16,
    pub(crate) reduce_motion: bool,
    pub(crate) notifications: Notifications,
    pub(crate) notification_sounds: bool,
    /// Whether the program goes on in the tray when the window is closed.
    pub(crate) keep_running: bool,
    /// After how many idle minutes the window asks for the passphrase.
    pub(crate) lock_after_minutes: Option<u32>,
    /// Whether the user has shown that they have their recovery words.
    pub(crate) phrase_checked: bool,
    /// Where other clients on this machine log in; empty for nowhere.
    pub(crate) listen: String,
    /// The host of the page that invites lead to in a browser; empty for none.
    pub(crate) invite_page: String,
    /// Bridge lines.
    pub(crate) bridges: Vec<String>,
    pub(crate) window: Option<WindowPlace>,
}

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The window's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Language {
    #[default]
    System,
    English,
    German,
}

/// How much a notification shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Notifications {
    NameAndText,
    /// Other people see the screen, too.
    #[default]
    NameOnly,
    Nothing,
}

/// Where the window was, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WindowPlace {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) position: Option<[f32; 2]>,
    pub(crate) maximized: bool,
}

/// Why settings cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The file system refuses.
    #[error("the settings {path} cannot be used: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody has written something else into it.
    #[error("the settings {path} cannot be understood: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        why: String,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            language: Language::default(),
            text_size: 100,
            reduce_motion: false,
            notifications: Notifications::default(),
            notification_sounds: true,
            keep_running: true,
            lock_after_minutes: None,
            phrase_checked: false,
            listen: String::new(),
            invite_page: String::new(),
            bridges: Vec::new(),
            window: None,
        }
    }
}

impl SettingsError {
    /// What is wrong, without the name of the file.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Io { source, .. } => source.to_string(),
            Self::Malformed { why, .. } => why.clone(),
        }
    }
}

impl Settings {
    /// Reads the settings. Without a file, everything is as usual.
    pub(crate) fn load(path: &Path) -> Result<Self, SettingsError> {
        let io_error = |source| SettingsError::Io {
            path: path.to_owned(),
            source,
        };
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(io_error(error)),
            Ok(file) if file.len() > MAX_BYTES => {
                return Err(SettingsError::Malformed {
                    path: path.to_owned(),
                    why: "the file is too long".to_owned(),
                });
            }
            Ok(_) => {}
        }
        let text = fs::read_to_string(path).map_err(io_error)?;
        toml::from_str(&text).map_err(|error| SettingsError::Malformed {
            path: path.to_owned(),
            why: in_one_line(&error, &text),
        })
    }

    /// Puts a file that cannot be read beside its place, under a name that is free.
    pub(crate) fn set_aside(path: &Path) -> Result<PathBuf, SettingsError> {
        let aside = (1_u32..)
            .map(|number| path.with_file_name(format!("settings-unreadable-{number}.toml")))
            .find(|aside| fs::symlink_metadata(aside).is_err());
        let outcome = match aside {
            Some(aside) => fs::rename(path, &aside).map(|()| aside),
            None => Err(io::ErrorKind::AlreadyExists.into()),
        };
        outcome.map_err(|source| SettingsError::Io {
            path: path.to_owned(),
            source,
        })
    }

    /// Writes the settings, whole or not at all.
    pub(crate) fn save(&self, path: &Path) -> Result<(), SettingsError> {
        let text = toml::to_string(self).map_err(|error| SettingsError::Malformed {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        write_whole(path, text.as_bytes()).map_err(|source| SettingsError::Io {
            path: path.to_owned(),
            source,
        })
    }
}

/// What is wrong, and in which line.
fn in_one_line(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => {
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        }
        None => error.message().to_owned(),
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = Draft::new(path)?;
    let mut file = draft.file()?;
    file.write_all(bytes)?;
    file.sync_all()?;
    draft.publish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        assert_eq!(Settings::load(&path).unwrap(), Settings::default());
        let settings = Settings {
            theme: Theme::Light,
            text_size: 125,
            lock_after_minutes: Some(10),
            bridges: vec!["a b".into(), "c \"d\"".into()],
            window: Some(WindowPlace {
                width: 900.0,
                height: 700.0,
                position: Some([10.0, -5.5]),
                maximized: true,
            }),
            ..Settings::default()
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path).unwrap(), settings);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_somebody_else_is_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs::write(&path, "theme = 7").unwrap();
        let error = Settings::load(&path).unwrap_err();
        assert!(error.to_string().contains("settings.toml"), "{error}");
        assert!(error.why().starts_with("line 1: "), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "theme = 7");
        let aside = Settings::set_aside(&path).unwrap();
        assert_eq!(fs::read_to_string(&aside).unwrap(), "theme = 7");
        assert_eq!(Settings::load(&path).unwrap(), Settings::default());
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(Settings::load(&path).is_err());
        assert_ne!(Settings::set_aside(&path).unwrap(), aside);
        assert_eq!(fs::read_to_string(&aside).unwrap(), "theme = 7");
        fs::write(&path, "text-size = 150\nfrom-the-future = true\n").unwrap();
        assert_eq!(Settings::load(&path).unwrap().text_size, 150);
    }
}
