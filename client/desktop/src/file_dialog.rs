use std::path::PathBuf;

/// What kind of file is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A picture.
    Picture,
    /// An export of everything.
    Export,
    /// The history of a conversation as plain text.
    Text,
    /// The same as a page.
    Html,
    /// The same for programs.
    Json,
}

/// Why no file could be chosen; not choosing one is no error.
#[derive(Debug, thiserror::Error)]
pub enum FileDialogError {
    /// Nothing on this desktop shows file dialogs.
    #[error("this desktop shows no file dialogs; install a portal (xdg-desktop-portal) or zenity")]
    NoDialogs,
}

impl FileKind {
    /// The words for the kind, and the ends of its files' names.
    fn filter(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Picture => ("Pictures", &["png", "jpg", "jpeg", "webp", "gif"]),
            Self::Export => ("Onym exports", &["onym"]),
            Self::Text => ("Text", &["txt"]),
            Self::Html => ("Web pages", &["html"]),
            Self::Json => ("JSON", &["json"]),
        }
    }
}

/// Lets the user choose a file to read; nothing if they do not. Waits for the user: not for the
/// window's thread.
///
/// # Errors
/// When there is nothing that could show the dialog.
pub fn choose_file_to_open(
    title: &str,
    kind: FileKind,
) -> Result<Option<PathBuf>, FileDialogError> {
    dialogs_exist()?;
    let (words, ends) = kind.filter();
    let dialog = rfd::FileDialog::new().set_title(title);
    Ok(dialog.add_filter(words, ends).pick_file())
}

/// Lets the user choose a place for a new file. Waits for the user, likewise.
///
/// # Errors
/// When there is nothing that could show the dialog.
pub fn choose_file_to_save(
    title: &str,
    kind: FileKind,
    name: &str,
) -> Result<Option<PathBuf>, FileDialogError> {
    dialogs_exist()?;
    let (words, ends) = kind.filter();
    let dialog = rfd::FileDialog::new().set_title(title);
    Ok(dialog
        .add_filter(words, ends)
        .set_file_name(name)
        .save_file())
}

/// The library answers "nothing chosen" where nothing can be shown; the user has to know.
fn dialogs_exist() -> Result<(), FileDialogError> {
    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    let has_portal = || {
        let bus = zbus::blocking::Connection::session().ok()?;
        let names = zbus::blocking::fdo::DBusProxy::new(&bus).ok()?;
        let running = names.list_names().ok()?;
        let startable = names.list_activatable_names().ok()?;
        Some(
            running
                .iter()
                .chain(&startable)
                .any(|name| name.as_str() == PORTAL),
        )
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_zenity = || std::env::split_paths(&path).any(|folder| folder.join("zenity").exists());
    if has_portal() == Some(true) || has_zenity() {
        return Ok(());
    }
    Err(FileDialogError::NoDialogs)
}
