//! Files that the user chooses. The dialog is shown by a thread that may wait; what was chosen
//! comes back as an event.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use onym_desktop::{FileDialogError, FileKind, choose_file_to_open, choose_file_to_save};
use onym_view::{Failure, Happened, HistoryFormat, OutsideWords, Secret};

use super::Messenger;
use crate::window::presenter::keep_off_the_runtime;
use crate::window::screen::HostEvent;

/// What a file is wanted for.
#[derive(Debug)]
pub(in crate::window) enum Purpose {
    /// A picture with a QR code.
    ReadLink,
    /// A picture of the screen with a QR code, unless the user does not want it any more.
    ReadScreen(Arc<AtomicBool>),
    /// A place for the code of this link.
    Invite(Secret),
    /// A picture of ourselves.
    OurAvatar,
    /// A place for everything, sealed with this passphrase.
    Export(Secret),
    /// Everything, sealed with this passphrase.
    Import(Secret),
    /// A place for our statement, which is this text.
    Statement(String),
    /// A place for the revocation of our identity, to be printed.
    Revocation,
    /// A place for the history in clear.
    History(HistoryFormat),
}

/// What the user chose.
#[derive(Debug)]
pub(in crate::window) struct Chosen {
    pub(super) purpose: Purpose,
    /// Nothing if they chose nothing; in words if nothing could be chosen.
    pub(super) path: Result<Option<PathBuf>, String>,
}

impl Chosen {
    /// Whether it is a picture of the screen, which was made for this program alone.
    pub(super) const fn is_of_screen(&self) -> bool {
        matches!(self.purpose, Purpose::ReadScreen(_))
    }
}

impl Messenger<'_> {
    /// Lets the user choose a file.
    pub(super) fn choose(&self, purpose: Purpose) {
        let words = OutsideWords::new(self.shell.language());
        let to_self = self.shell.to_self();
        tokio::task::spawn_blocking(move || {
            let path = chosen_file(&purpose, words).map_err(|error| error.to_string());
            let _ended = to_self.send(HostEvent::Chosen(Chosen { purpose, path }));
        });
    }

    /// The user has chosen.
    pub(super) async fn chosen(&mut self, chosen: Chosen) {
        if let Purpose::ReadScreen(is_cancelled) = &chosen.purpose {
            self.screen_answered(is_cancelled);
        }
        let path = match chosen.path {
            Ok(Some(path)) => path,
            Ok(None) => return,
            Err(detail) => return self.notices.failed(Failure::FileDialog, detail),
        };
        match chosen.purpose {
            Purpose::ReadLink => self.read_link_from(&path),
            Purpose::ReadScreen(is_cancelled) => {
                let is_wanted = !is_cancelled.load(Ordering::Relaxed);
                self.read_screen_from(&path, is_wanted);
            }
            Purpose::Invite(link) => self.write_invite(&path, &link),
            Purpose::OurAvatar => self.use_avatar_from(&path).await,
            Purpose::Export(passphrase) => self.export(&path, &passphrase),
            Purpose::Import(passphrase) => self.import(&path, &passphrase),
            Purpose::Statement(text) => self.save_statement(&path, &text),
            Purpose::Revocation => self.save_revocation(&path),
            Purpose::History(format) => self.export_history(&path, format),
        }
    }

    /// Writes our statement, which others are meant to read.
    fn save_statement(&mut self, path: &Path, text: &str) {
        match keep_off_the_runtime(|| std::fs::write(path, text)) {
            Ok(()) => {
                let path = path.display().to_string();
                self.notices.tell(Happened::Saved(path));
            }
            Err(error) => self.notices.failed(Failure::Statement, error),
        }
    }
}

/// What the user chooses in a dialog.
fn chosen_file(purpose: &Purpose, words: OutsideWords) -> Result<Option<PathBuf>, FileDialogError> {
    match purpose {
        // The desktop is asked for it.
        Purpose::ReadScreen(_) => Ok(None),
        Purpose::Invite(_) => {
            choose_file_to_save(&words.save_invite(), FileKind::Picture, "onym-invite.png")
        }
        Purpose::ReadLink | Purpose::OurAvatar => {
            choose_file_to_open(&words.choose_picture(), FileKind::Picture)
        }
        Purpose::Import(_) => choose_file_to_open(&words.choose_export(), FileKind::Export),
        Purpose::Export(_) => {
            choose_file_to_save(&words.save_export(), FileKind::Export, "onym-export.onym")
        }
        Purpose::Statement(_) => {
            let name = "onym-statement.txt";
            choose_file_to_save(&words.save_statement(), FileKind::Text, name)
        }
        Purpose::Revocation => {
            let name = "onym-revocation.txt";
            choose_file_to_save(&words.save_revocation(), FileKind::Text, name)
        }
        Purpose::History(format) => {
            let (kind, name) = match format {
                HistoryFormat::Text => (FileKind::Text, "onym-history.txt"),
                HistoryFormat::Html => (FileKind::Html, "onym-history.html"),
                HistoryFormat::Json => (FileKind::Json, "onym-history.json"),
            };
            choose_file_to_save(&words.save_history(), kind, name)
        }
    }
}
