use egui::text_edit::TextEditState;
use egui::{Context, Ui};

use crate::app_model::{Secret, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::form;
use crate::words::tr;

/// Takes the passphrase of a new store, or a new one of a store that was opened without it.
#[derive(Debug, Default)]
pub(crate) struct PassphraseForm {
    first: Secret,
    second: Secret,
    keep_in_keyring: bool,
    /// Whether both were given and differ.
    differ: bool,
    was_focused: bool,
}

impl PassphraseForm {
    /// Forgets what was typed, and what egui remembers of it.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        if !self.was_focused {
            return;
        }
        let words = crate::words::Words::of_context(ctx);
        for key in ["welcome-passphrase-field", "welcome-passphrase-again"] {
            let id = form::secret_id(&words.get(key));
            ctx.data_mut(|data| data.remove::<TextEditState>(id));
        }
        *self = Self::default();
    }

    /// Draws the fields and buttons.
    pub(crate) fn passphrase_ui(
        &mut self,
        ui: &mut Ui,
        has_keyring: bool,
        out: &mut Vec<ViewCommand>,
    ) {
        let name = tr(ui, "welcome-passphrase-field");
        let first = form::secret_field_ui(ui, &name, &mut self.first);
        if !std::mem::replace(&mut self.was_focused, true) {
            first.request_focus();
        }
        form::strength_ui(ui, &self.first);
        let name = tr(ui, "welcome-passphrase-again");
        let second = form::secret_field_ui(ui, &name, &mut self.second);
        if first.changed() || second.changed() {
            self.differ = false;
        }
        if self.differ {
            form::problem_ui(ui, &tr(ui, "form-passphrases-differ"));
        }
        if has_keyring {
            let (title, hint) = (tr(ui, "form-keyring"), tr(ui, "form-keyring-hint"));
            form::card_ui(ui, "", |ui| {
                if let Some(keep) = form::switch_ui(ui, &title, &hint, self.keep_in_keyring) {
                    self.keep_in_keyring = keep;
                }
            });
        }
        let is_given = !self.first.is_empty();
        let label = tr(ui, "welcome-passphrase-do");
        let is_asked = ui
            .add_enabled_ui(is_given, |ui| {
                wide_button_ui(ui, &label, Weight::Main).clicked()
            })
            .inner;
        if is_asked || (is_given && form::is_entered(ui, &second)) {
            self.differ = self.first != self.second;
            if !self.differ {
                out.push(ViewCommand::ProtectStore {
                    passphrase: Some(self.first.clone()),
                    keep_in_keyring: has_keyring && self.keep_in_keyring,
                });
            }
        }
        if wide_button_ui(ui, &tr(ui, "welcome-passphrase-skip"), Weight::Quiet).clicked() {
            out.push(ViewCommand::ProtectStore {
                passphrase: None,
                keep_in_keyring: false,
            });
        }
        form::note_ui(ui, &tr(ui, "welcome-passphrase-later"));
    }
}
