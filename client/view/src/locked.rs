//! The store is closed until its passphrase is given.

use egui::text_edit::TextEditState;
use egui::{Context, Ui};

use crate::app_model::{LockedModel, Secret, UnlockProblem, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::design_tokens::size;
use crate::form;
use crate::welcome::{page_ui, sentence, title_ui};
use crate::words::{Words, tr};

/// The page that asks for the passphrase.
#[derive(Debug, Default)]
pub(crate) struct LockedScreen {
    passphrase: Secret,
    was_focused: bool,
    was_busy: bool,
}

impl LockedScreen {
    /// Forgets what was typed, and what egui remembers of it.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        if std::mem::take(self).was_focused {
            let name = Words::of_context(ctx).get("locked-field");
            ctx.data_mut(|data| data.remove::<TextEditState>(form::secret_id(&name)));
        }
    }

    /// Draws the page.
    pub(crate) fn locked_ui(
        &mut self,
        ui: &mut Ui,
        model: &LockedModel,
        out: &mut Vec<ViewCommand>,
    ) {
        if std::mem::replace(&mut self.was_busy, model.is_busy) && !model.is_busy {
            // The next attempt begins with an empty field that has the keyboard.
            self.passphrase = Secret::default();
            self.was_focused = false;
        }
        page_ui(ui, size::PAGE_WIDTH, |ui| {
            title_ui(ui, "locked-title", "locked-words");
            ui.add_enabled_ui(!model.is_busy, |ui| self.form_ui(ui, model, out));
        });
    }

    fn form_ui(&mut self, ui: &mut Ui, model: &LockedModel, out: &mut Vec<ViewCommand>) {
        let name = tr(ui, "locked-field");
        let field = form::secret_field_ui(ui, &name, &mut self.passphrase);
        if !model.is_busy && !std::mem::replace(&mut self.was_focused, true) {
            field.request_focus();
        }
        match &model.problem {
            Some(_) if model.is_busy => {}
            Some(UnlockProblem::WrongPassphrase) => {
                form::problem_ui(ui, &tr(ui, "locked-wrong"));
            }
            Some(UnlockProblem::KeyringRefused) => {
                form::problem_ui(ui, &tr(ui, "locked-keyring-refused"));
            }
            Some(UnlockProblem::Store(why)) => form::problem_ui(ui, &sentence(why)),
            None => {}
        }
        let label = if model.is_busy {
            "locked-busy"
        } else {
            "locked-do"
        };
        let is_asked = wide_button_ui(ui, &tr(ui, label), Weight::Main).clicked()
            || form::is_entered(ui, &field);
        if is_asked && !self.passphrase.is_empty() && !model.is_busy {
            out.push(ViewCommand::Unlock(self.passphrase.clone()));
        }
        if model.has_keyring
            && wide_button_ui(ui, &tr(ui, "locked-keyring"), Weight::Quiet).clicked()
        {
            out.push(ViewCommand::UnlockWithKeyring);
        }
    }
}
