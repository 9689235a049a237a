use egui::Ui;

use crate::app_model::{AppModel, ScreenModel, ThemeChoice, ViewCommand};
use crate::locked::LockedScreen;
use crate::main_screen::{MainScreen, follow_camera};
use crate::settings::TEXT_SIZES;
use crate::welcome::{WelcomeScreen, bad_settings_ui};
use crate::{avatar, theme, words};

/// Draws an [`AppModel`] and remembers what the user is busy with.
#[derive(Debug, Default)]
pub struct View {
    welcome: WelcomeScreen,
    locked: LockedScreen,
    main: MainScreen,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// Dark or light.
    pub(crate) theme: ThemeChoice,
    /// How large everything is, in percent of the usual.
    pub(crate) text_size_percent: u16,
    /// Whether things shall not move.
    pub(crate) reduce_motion: bool,
}

impl Look {
    fn of(model: &AppModel) -> Self {
        Self {
            theme: model.theme,
            text_size_percent: model.text_size_percent,
            reduce_motion: model.reduce_motion,
        }
    }

    /// The next larger or smaller size.
    pub(crate) fn step(self, step: i8) -> u16 {
        let now = self.text_size_percent;
        let next = if step > 0 {
            TEXT_SIZES.into_iter().find(|size| *size > now)
        } else {
            TEXT_SIZES.into_iter().rev().find(|size| *size < now)
        };
        next.unwrap_or(now)
    }
}

/// A place of the window that the user opens, for samples and tests.
#[cfg(any(test, feature = "sample"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The field for 24 words.
    Restore,
    /// The archive.
    Archive,
    /// The search with this text in its field.
    Search(String),
    /// The page about the connection.
    Connection,
    /// The page of the contact whose conversation is open.
    Contact,
    /// Our own page.
    Ourselves,
    /// The form for a new contact with this text in its field.
    AddContact(String),
    /// The dialog with the invite that was made.
    Invite,
    /// The dialog in which a conversation is switched to.
    Switcher,
    /// The sheet with the keys.
    Keys,
    /// A question; the word that names its button.
    Question(String),
    /// What the shield beside the composer opens.
    Shield,
    /// The comparison of the first device of the open conversation.
    Compare,
    /// A part of the settings, counted from 0.
    Settings(usize),
}

impl View {
    /// A view of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws one frame into the whole of `ui`, and returns what the user did in it.
    #[must_use]
    pub fn ui(&mut self, ui: &mut Ui, model: &AppModel) -> Vec<ViewCommand> {
        let look = Look::of(model);
        theme::choose(ui.ctx(), look);
        words::choose(ui.ctx(), model.language);
        avatar::follow(ui.ctx(), &model.avatars);
        follow_camera(ui.ctx(), model.camera_picture.as_ref());
        let mut out = Vec::new();
        match &model.screen {
            ScreenModel::Welcome(welcome) => {
                // Whatever was written and shown belongs to an identity that is no longer here.
                self.main = MainScreen::default();
                self.welcome.welcome_ui(ui, welcome, &mut out);
            }
            ScreenModel::BadSettings(model) => {
                self.main.forget(ui.ctx());
                bad_settings_ui(ui, model, &mut out);
            }
            ScreenModel::Locked(locked) => {
                self.main.forget(ui.ctx());
                self.locked.locked_ui(ui, locked, &mut out);
            }
            ScreenModel::Main(main) => {
                self.welcome.forget(ui.ctx());
                self.locked.forget(ui.ctx());
                let phrase = model.phrase.as_ref();
                self.main.main_screen_ui(ui, main, phrase, look, &mut out);
            }
        }
        out
    }

    /// What has to be kept before the window goes: a text that is being written.
    #[must_use]
    pub fn on_exit(&mut self) -> Vec<ViewCommand> {
        let mut out = Vec::new();
        self.main.pane.composer.save_draft(&mut out);
        out
    }

    /// Opens a place of the window, to look at it.
    #[cfg(any(test, feature = "sample"))]
    pub fn open(&mut self, place: &Place, model: &AppModel) {
        match (place, &model.screen) {
            (Place::Restore, ScreenModel::Locked(_)) => self.locked.restore(),
            (Place::Restore, _) => self.welcome.restore(),
            (place, ScreenModel::Main(main)) => self.main.open(place, main),
            _ => {}
        }
    }

    /// How many messages were laid out in the last frame.
    #[cfg(test)]
    pub(crate) fn messages_laid_out(&self) -> usize {
        self.main.pane.messages.laid_out()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_end_somewhere() {
        let look = |text_size_percent| Look {
            theme: ThemeChoice::System,
            text_size_percent,
            reduce_motion: false,
        };
        assert_eq!(look(100).step(1), 115);
        assert_eq!(look(100).step(-1), 90);
        assert_eq!(look(150).step(1), 150);
        assert_eq!(look(80).step(-1), 80);
    }
}
