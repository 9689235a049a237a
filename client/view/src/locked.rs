//! The store is closed until its passphrase, or the words of its identity, are given.

use egui::text_edit::TextEditState;
use egui::{Context, Ui};

use crate::app_model::{LockedModel, Secret, UnlockProblem, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::design_tokens::size;
use crate::form;
use crate::welcome::{PassphraseForm, Restore, page_ui, sentence, title_ui};
use crate::words::{Words, tr};

/// The page that asks for the passphrase.
#[derive(Debug, Default)]
pub(crate) struct LockedScreen {
    passphrase: Secret,
    was_focused: bool,
    was_busy: bool,
    /// The form for the words, while the user wants it.
    restore: Option<Restore>,
    new_passphrase: PassphraseForm,
}

impl LockedScreen {
    /// Forgets what was typed, and what egui remembers of it.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        let mut old = std::mem::take(self);
        old.new_passphrase.forget(ctx);
        if let Some(restore) = old.restore {
            restore.forget(ctx);
        }
        if old.was_focused {
            let name = Words::of_context(ctx).get("locked-field");
            ctx.data_mut(|data| data.remove::<TextEditState>(form::secret_id(&name)));
        }
    }

    /// Opens the form for the words.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn restore(&mut self) {
        self.restore = Some(Restore::default());
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
        if model.new_passphrase.is_some()
            && let Some(restore) = self.restore.take()
        {
            restore.forget(ui.ctx());
        }
        page_ui(ui, size::PAGE_WIDTH, |ui| {
            if let Some(new) = model.new_passphrase {
                title_ui(ui, "locked-new-title", "locked-new-words");
                ui.add_enabled_ui(!model.is_busy, |ui| {
                    problem_ui(ui, model);
                    self.new_passphrase.passphrase_ui(ui, new.has_keyring, out);
                });
            } else if self.restore.is_some() {
                title_ui(ui, "locked-phrase-title", "locked-phrase-words");
                ui.add_enabled_ui(!model.is_busy, |ui| self.restore_ui(ui, model, out));
            } else {
                let words = match (model.has_passphrase, model.has_keyring) {
                    (false, true) => "locked-words-keyring",
                    (false, false) => "locked-words-phrase",
                    (true, _) => "locked-words",
                };
                title_ui(ui, "locked-title", words);
                ui.add_enabled_ui(!model.is_busy, |ui| self.form_ui(ui, model, out));
            }
        });
    }

    fn form_ui(&mut self, ui: &mut Ui, model: &LockedModel, out: &mut Vec<ViewCommand>) {
        if model.has_passphrase {
            self.passphrase_ui(ui, model, out);
        } else {
            problem_ui(ui, model);
        }
        if model.asks_keyring {
            form::note_ui(ui, &tr(ui, "locked-asking-keyring"));
            if wide_button_ui(ui, &tr(ui, "locked-cancel-keyring"), Weight::Quiet).clicked() {
                out.push(ViewCommand::CancelKeyring);
            }
        } else if model.has_keyring
            && wide_button_ui(ui, &tr(ui, "locked-keyring"), Weight::Quiet).clicked()
        {
            out.push(ViewCommand::UnlockWithKeyring);
        }
        let forgot = match model.has_passphrase {
            true => "locked-forgot",
            false => "locked-use-phrase",
        };
        if wide_button_ui(ui, &tr(ui, forgot), Weight::Plain).clicked() {
            self.restore = Some(Restore::default());
        }
    }

    fn passphrase_ui(&mut self, ui: &mut Ui, model: &LockedModel, out: &mut Vec<ViewCommand>) {
        let name = tr(ui, "locked-field");
        let field = form::secret_field_ui(ui, &name, &mut self.passphrase);
        if !model.is_busy && !std::mem::replace(&mut self.was_focused, true) {
            field.request_focus();
        }
        problem_ui(ui, model);
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
    }

    fn restore_ui(&mut self, ui: &mut Ui, model: &LockedModel, out: &mut Vec<ViewCommand>) {
        let Some(restore) = &mut self.restore else {
            return;
        };
        let label = if model.is_busy {
            "locked-busy"
        } else {
            "locked-phrase-do"
        };
        let problem = match &model.problem {
            // What was wrong with a passphrase is over.
            Some(UnlockProblem::WrongPassphrase | UnlockProblem::KeyringRefused) | None => None,
            Some(_) if model.is_busy => None,
            Some(problem) => Some(problem_words(ui, problem, model)),
        };
        let button = tr(ui, label);
        let is_left = restore.restore_ui(ui, &button, problem.as_deref(), out);
        if is_left && let Some(restore) = self.restore.take() {
            restore.forget(ui.ctx());
            self.was_focused = false;
        }
    }
}

fn problem_ui(ui: &mut Ui, model: &LockedModel) {
    if let Some(problem) = &model.problem
        && !model.is_busy
    {
        form::problem_ui(ui, &problem_words(ui, problem, model));
    }
}

fn problem_words(ui: &Ui, problem: &UnlockProblem, model: &LockedModel) -> String {
    match problem {
        UnlockProblem::WrongPassphrase => tr(ui, "locked-wrong"),
        UnlockProblem::KeyringRefused if model.has_passphrase => tr(ui, "locked-keyring-refused"),
        UnlockProblem::KeyringRefused => tr(ui, "locked-keyring-refused-alone"),
        UnlockProblem::WrongPhrase => tr(ui, "locked-wrong-phrase"),
        UnlockProblem::PassphraseInUse => tr(ui, "locked-passphrase-in-use"),
        UnlockProblem::Store(why) => sentence(why),
    }
}
