use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the program's entry.
pub(crate) const DESKTOP_FILE: &str = "onym.desktop";

/// Why the entry cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LauncherError {
    /// There is no home folder.
    #[error("there is no home folder")]
    NoHome,
    /// The path of the program cannot stand in a desktop entry.
    #[error("the path of the program, {0}, cannot stand in a desktop entry")]
    OddPath(PathBuf),
    /// The file system refuses.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Adds the program to the user's applications, so that the desktop knows its name and that it
/// opens `xmpp:` links. Does nothing if the entry is there and right.
///
/// # Errors
/// See [`LauncherError`].
pub fn install_launcher(program: &Path) -> Result<(), LauncherError> {
    let folder = data_home()
        .ok_or(LauncherError::NoHome)?
        .join("applications");
    write_entry(&folder.join(DESKTOP_FILE), &entry(program, "open %u")?)
}

/// The text of a desktop entry that starts `program` with `arguments`.
pub(crate) fn entry(program: &Path, arguments: &str) -> Result<String, LauncherError> {
    let odd = || LauncherError::OddPath(program.to_owned());
    let path = program.to_str().ok_or_else(odd)?;
    if path.chars().any(char::is_control) {
        return Err(odd());
    }
    Ok(format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Name=Onym\n\
         GenericName=Messenger\n\
         Comment=Messages over Tor, without a server in between\n\
         Comment[de]=Nachrichten über Tor, ohne Server dazwischen\n\
         Exec={} {arguments}\n\
         Terminal=false\n\
         Categories=Network;InstantMessaging;\n\
         MimeType=x-scheme-handler/xmpp;\n\
         StartupWMClass=onym\n\
         SingleMainWindow=true\n",
        quoted(path)
    ))
}

/// A path as the Exec key wants it: the Desktop Entry Specification, "The Exec key".
fn quoted(path: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in path.chars() {
        match letter {
            // The value is unescaped twice: as a string, and as an argument.
            '"' | '`' | '$' => {
                quoted.push_str("\\\\");
                quoted.push(letter);
            }
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

pub(crate) fn write_entry(path: &Path, text: &str) -> Result<(), LauncherError> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let written = path.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(path, text))
        .map_err(|source| LauncherError::Io {
            path: path.to_owned(),
            source,
        })
}

/// `$XDG_DATA_HOME`, as the XDG Base Directory Specification says.
pub(crate) fn data_home() -> Option<PathBuf> {
    base_folder("XDG_DATA_HOME", ".local/share")
}

/// `$XDG_CONFIG_HOME`, likewise.
pub(crate) fn config_home() -> Option<PathBuf> {
    base_folder("XDG_CONFIG_HOME", ".config")
}

fn base_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let given = std::env::var_os(variable).map(PathBuf::from);
    given
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(below_home)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_survive_the_exec_key() {
        let text = entry(Path::new("/opt/my apps/100%/o\"n$ym"), "%u").unwrap();
        let exec = text.lines().find(|line| line.starts_with("Exec=")).unwrap();
        assert_eq!(exec, r#"Exec="/opt/my apps/100%%/o\\"n\\$ym" %u"#);
        assert!(entry(Path::new("/opt/a\nExec=rm"), "%u").is_err());
    }

    #[test]
    fn an_entry_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("applications").join(DESKTOP_FILE);
        write_entry(&path, "one").unwrap();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        write_entry(&path, "one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        write_entry(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }
}
