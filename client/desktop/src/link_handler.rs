use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::launcher::{self, DESKTOP_FILE, LauncherError};

const SCHEME: &str = "x-scheme-handler/xmpp";

/// Why the program cannot be made the one that opens `xmpp:` links.
#[derive(Debug, thiserror::Error)]
pub enum LinkHandlerError {
    /// The entry cannot be written.
    #[error(transparent)]
    Launcher(#[from] LauncherError),
    /// `xdg-mime` is not there or refused.
    #[error("the desktop cannot be told about links: {0}")]
    XdgMime(String),
}

/// Makes this program the one that opens `xmpp:` links (XEP-0147). Starts `xdg-mime` and waits for
/// it, some tenths of a second.
///
/// # Errors
/// See [`LinkHandlerError`].
pub fn handle_links(program: &Path) -> Result<(), LinkHandlerError> {
    launcher::install_launcher(program)?;
    xdg_mime(&["default", DESKTOP_FILE, SCHEME]).map(drop)
}

/// Adds the program to the user's applications, and makes it the one that opens `xmpp:` links if
/// there is none yet. Starts `xdg-mime` and waits for it.
///
/// # Errors
/// See [`LinkHandlerError`].
pub fn handle_links_of_nobody(program: &Path) -> Result<(), LinkHandlerError> {
    launcher::install_launcher(program)?;
    if xdg_mime(&["query", "default", SCHEME])?.trim().is_empty() {
        xdg_mime(&["default", DESKTOP_FILE, SCHEME])?;
    }
    Ok(())
}

/// Whether this program opens `xmpp:` links. Starts `xdg-mime` and waits for it.
#[must_use]
pub fn handles_links() -> bool {
    xdg_mime(&["query", "default", SCHEME]).is_ok_and(|answer| answer.trim() == DESKTOP_FILE)
}

fn xdg_mime(arguments: &[&str]) -> Result<String, LinkHandlerError> {
    let failed = |error: io::Error| LinkHandlerError::XdgMime(error.to_string());
    let output = Command::new("xdg-mime")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(LinkHandlerError::XdgMime(words.trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
