use egui::Ui;

use crate::app_model::{AppModel, ScreenModel, ViewCommand};
use crate::main_screen::MainScreen;
use crate::theme;
use crate::welcome::WelcomeScreen;
use crate::words;

/// Draws an [`AppModel`] and remembers what the user is busy with.
#[derive(Debug, Default)]
pub struct View {
    welcome: WelcomeScreen,
    main: MainScreen,
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
        theme::choose(ui.ctx(), model.theme);
        words::choose(ui.ctx(), model.language);
        let mut out = Vec::new();
        match &model.screen {
            ScreenModel::Welcome(welcome) => self.welcome.welcome_ui(ui, welcome, &mut out),
            ScreenModel::Main(main) => {
                self.welcome.forget(ui.ctx());
                self.main.main_screen_ui(ui, main, model.theme, &mut out);
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

    /// How many messages were laid out in the last frame.
    #[cfg(test)]
    pub(crate) fn messages_laid_out(&self) -> usize {
        self.main.pane.messages.laid_out
    }
}
