use onym_client_protocol::view_model::{TorPhase, TorView};

use crate::app_model::{Happened, Language};
use crate::notices::sentence_of;
use crate::words::Words;

/// Texts that the program shows outside the window, in the window's language: in notifications,
/// in the tray, above file dialogs.
#[derive(Debug, Clone, Copy)]
pub struct OutsideWords(Words);

impl OutsideWords {
    /// The texts of a language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self(Words::new(language))
    }

    /// Somebody wrote.
    #[must_use]
    pub fn new_message(self) -> String {
        self.0.get("outside-new-message")
    }

    /// Something that must not be missed about who somebody is.
    #[must_use]
    pub fn sentence(self, what: &Happened) -> String {
        sentence_of(self.0, what)
    }

    /// The same, where no name is to be seen.
    #[must_use]
    pub fn about_somebody(self) -> String {
        self.0.get("outside-about-somebody")
    }

    /// Opens the window.
    #[must_use]
    pub fn open(self) -> String {
        self.0.get("outside-open")
    }

    /// Ends the program.
    #[must_use]
    pub fn quit(self) -> String {
        self.0.get("outside-quit")
    }

    /// Above a dialog that looks for a picture.
    #[must_use]
    pub fn choose_picture(self) -> String {
        self.0.get("outside-choose-picture")
    }

    /// Above a dialog that looks for an export.
    #[must_use]
    pub fn choose_export(self) -> String {
        self.0.get("outside-choose-export")
    }

    /// Above a dialog that looks for a place for an export.
    #[must_use]
    pub fn save_export(self) -> String {
        self.0.get("outside-save-export")
    }

    /// Above a dialog that looks for a place for our statement.
    #[must_use]
    pub fn save_statement(self) -> String {
        self.0.get("outside-save-statement")
    }

    /// Above a dialog that looks for a place for the revocation of our identity.
    #[must_use]
    pub fn save_revocation(self) -> String {
        self.0.get("outside-save-revocation")
    }

    /// Above a dialog that looks for a place for the history.
    #[must_use]
    pub fn save_history(self) -> String {
        self.0.get("outside-save-history")
    }

    /// Above a dialog that looks for a place for the picture of an invite.
    #[must_use]
    pub fn save_invite(self) -> String {
        self.0.get("outside-save-invite")
    }

    /// The window asks for the passphrase.
    #[must_use]
    pub fn locked(self) -> String {
        self.0.get("outside-locked")
    }

    /// What the program is called while its window asks for the passphrase.
    #[must_use]
    pub fn locked_title(self) -> String {
        self.0.get("outside-title-locked")
    }

    /// There is no identity yet.
    #[must_use]
    pub fn not_set_up(self) -> String {
        self.0.get("outside-not-set-up")
    }

    /// Others cannot reach us.
    #[must_use]
    pub fn unreachable(self) -> String {
        self.0.get("outside-unreachable")
    }

    /// How we can be reached, in a few words.
    #[must_use]
    pub fn tor(self, tor: Option<&TorView>) -> String {
        let Some(tor) = tor else {
            return self.0.get("outside-starting");
        };
        match (tor.phase, tor.percent) {
            (TorPhase::Reachable, _) => self.0.get("outside-reachable"),
            (TorPhase::Unreachable | TorPhase::Failed, _) => self.0.get("outside-unreachable"),
            (_, Some(percent)) => {
                let percent = ("percent", u32::from(percent).into());
                self.0.with("outside-starting-percent", &[percent])
            }
            (_, None) => self.0.get("outside-starting"),
        }
    }
}
