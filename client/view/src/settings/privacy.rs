use egui::text_edit::TextEditState;
use egui::{Context, Ui};
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::{
    KeyringState, PassphraseOutcome, PrivacySettings, Secret, SettingsCommand, ViewCommand,
};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole};
use crate::form;
use crate::text;
use crate::words::{Words, tr, tr_with};

/// After how many idle minutes the store can be closed.
const LOCK_AFTER: [Option<u32>; 5] = [None, Some(5), Some(15), Some(60), Some(480)];

/// Which form for a passphrase is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Set,
    Remove,
    Duress,
    ShowPhrase,
}

/// The forms that change passphrases.
#[derive(Debug, Default)]
pub(super) struct PassphraseForms {
    open: Option<Open>,
    current: Secret,
    new: Secret,
    again: Secret,
    differ: bool,
}

const FIELDS: [&str; 4] = [
    "settings-passphrase-current",
    "settings-passphrase-new",
    "settings-passphrase-again",
    "settings-passphrase-duress",
];

impl PassphraseForms {
    /// Forgets what was typed, and what egui remembers of it.
    pub(super) fn forget(&mut self, ctx: &Context) {
        let words = Words::of_context(ctx);
        for key in FIELDS {
            let id = form::secret_id(&words.get(key));
            ctx.data_mut(|data| data.remove::<TextEditState>(id));
        }
        *self = Self::default();
    }

    pub(super) fn privacy_ui(
        &mut self,
        ui: &mut Ui,
        model: &PrivacySettings,
        blocked: &[String],
        out: &mut Vec<ViewCommand>,
    ) {
        form::card_ui(ui, &tr(ui, "settings-others-learn"), |ui| {
            let (title, hint) = (
                tr(ui, "settings-displayed"),
                tr(ui, "settings-displayed-hint"),
            );
            if let Some(on) = form::switch_ui(ui, &title, &hint, model.send_displayed) {
                out.push(SettingsCommand::SetSendDisplayed(on).into());
            }
            let (title, hint) = (tr(ui, "settings-typing"), tr(ui, "settings-typing-hint"));
            if let Some(on) = form::switch_ui(ui, &title, &hint, model.send_typing) {
                out.push(SettingsCommand::SetSendTyping(on).into());
            }
        });
        self.passphrase_card_ui(ui, model, out);
        if model.has_passphrase {
            lock_ui(ui, model, out);
            self.duress_card_ui(ui, model, out);
        }
        self.phrase_card_ui(ui, model, out);
        blocked_ui(ui, blocked, out);
    }

    fn passphrase_card_ui(
        &mut self,
        ui: &mut Ui,
        model: &PrivacySettings,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        form::card_ui(ui, &tr(ui, "settings-passphrase"), |ui| {
            let (title, hint) = match model.has_passphrase {
                true => ("settings-passphrase-change", "settings-passphrase-is-set"),
                false => ("settings-passphrase-set", "settings-passphrase-is-not-set"),
            };
            if form::action_ui(ui, &tr(ui, title), &tr(ui, hint), palette.text) {
                self.toggle(Open::Set, ui, out);
            }
            if self.open == Some(Open::Set) {
                form::padded_ui(ui, |ui| self.set_ui(ui, model, out));
            }
            if model.has_passphrase {
                let title = tr(ui, "settings-passphrase-remove");
                if form::action_ui(ui, &title, "", palette.danger) {
                    self.toggle(Open::Remove, ui, out);
                }
                if self.open == Some(Open::Remove) {
                    form::padded_ui(ui, |ui| self.remove_ui(ui, model, out));
                }
                keyring_ui(ui, model.keyring, out);
            }
        });
    }

    fn duress_card_ui(&mut self, ui: &mut Ui, model: &PrivacySettings, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        form::card_ui(ui, &tr(ui, "settings-duress"), |ui| {
            let title = match model.has_duress_passphrase {
                true => "settings-duress-change",
                false => "settings-duress-set",
            };
            let hint = tr(ui, "settings-duress-hint");
            if form::action_ui(ui, &tr(ui, title), &hint, palette.text) {
                self.toggle(Open::Duress, ui, out);
            }
            if self.open == Some(Open::Duress) {
                form::padded_ui(ui, |ui| self.duress_ui(ui, model, out));
            }
        });
    }

    /// The recovery words, once more.
    fn phrase_card_ui(&mut self, ui: &mut Ui, model: &PrivacySettings, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        form::card_ui(ui, &tr(ui, "settings-phrase"), |ui| {
            let (title, hint) = (
                tr(ui, "settings-phrase-show"),
                tr(ui, "settings-phrase-hint"),
            );
            if form::action_ui(ui, &title, &hint, palette.text) {
                match model.has_passphrase {
                    true => self.toggle(Open::ShowPhrase, ui, out),
                    false => out.push(ViewCommand::ShowPhrase(None)),
                }
            }
            if self.open == Some(Open::ShowPhrase) {
                form::padded_ui(ui, |ui| {
                    let is_enter = self.current_ui(ui);
                    self.outcome_ui(ui, model);
                    let label = tr(ui, "settings-phrase-show-do");
                    if button_ui(ui, &label, Weight::Main).clicked() || is_enter {
                        let current = self.current.clone();
                        out.push(ViewCommand::ShowPhrase(Some(current)));
                    }
                });
            }
            if form::action_ui(ui, &tr(ui, "settings-phrase-check"), "", palette.text) {
                out.push(ViewCommand::StartPhraseCheck);
            }
        });
    }

    fn toggle(&mut self, form: Open, ui: &Ui, out: &mut Vec<ViewCommand>) {
        let was_open = self.open == Some(form);
        self.forget(ui.ctx());
        self.open = (!was_open).then_some(form);
        out.push(SettingsCommand::ForgetOutcome.into());
    }

    /// Returns whether Enter was pressed in the field.
    fn current_ui(&mut self, ui: &mut Ui) -> bool {
        let name = tr(ui, "settings-passphrase-current");
        let field = form::secret_field_ui(ui, &name, &mut self.current);
        form::is_entered(ui, &field)
    }

    fn set_ui(&mut self, ui: &mut Ui, model: &PrivacySettings, out: &mut Vec<ViewCommand>) {
        if model.has_passphrase {
            let _entered = self.current_ui(ui);
        }
        let name = tr(ui, "settings-passphrase-new");
        let _new = form::secret_field_ui(ui, &name, &mut self.new);
        form::strength_ui(ui, &self.new);
        let name = tr(ui, "settings-passphrase-again");
        let again = form::secret_field_ui(ui, &name, &mut self.again);
        let is_enter = form::is_entered(ui, &again);
        if self.differ && self.new != self.again {
            form::problem_ui(ui, &tr(ui, "form-passphrases-differ"));
        }
        self.outcome_ui(ui, model);
        let label = tr(ui, "settings-passphrase-do");
        let is_given = !self.new.is_empty();
        let button = |ui: &mut Ui| button_ui(ui, &label, Weight::Main).clicked();
        if ui.add_enabled_ui(is_given, button).inner || (is_given && is_enter) {
            self.differ = self.new != self.again;
            if !self.differ {
                let (current, new) = (self.current.clone(), Some(self.new.clone()));
                out.push(SettingsCommand::SetPassphrase { current, new }.into());
            }
        }
    }

    fn remove_ui(&mut self, ui: &mut Ui, model: &PrivacySettings, out: &mut Vec<ViewCommand>) {
        form::note_ui(ui, &tr(ui, "settings-passphrase-remove-words"));
        let is_enter = self.current_ui(ui);
        self.outcome_ui(ui, model);
        let label = tr(ui, "settings-passphrase-remove-do");
        if button_ui(ui, &label, Weight::Danger).clicked() || is_enter {
            let current = self.current.clone();
            out.push(SettingsCommand::SetPassphrase { current, new: None }.into());
        }
    }

    fn duress_ui(&mut self, ui: &mut Ui, model: &PrivacySettings, out: &mut Vec<ViewCommand>) {
        form::note_ui(ui, &tr(ui, "settings-duress-words"));
        let _entered = self.current_ui(ui);
        let name = tr(ui, "settings-passphrase-duress");
        let field = form::secret_field_ui(ui, &name, &mut self.new);
        let is_enter = form::is_entered(ui, &field);
        self.outcome_ui(ui, model);
        ui.horizontal_wrapped(|ui| {
            let label = tr(ui, "settings-duress-do");
            let is_given = !self.new.is_empty();
            let button = |ui: &mut Ui| button_ui(ui, &label, Weight::Main).clicked();
            if ui.add_enabled_ui(is_given, button).inner || (is_given && is_enter) {
                let (current, duress) = (self.current.clone(), Some(self.new.clone()));
                out.push(SettingsCommand::SetDuressPassphrase { current, duress }.into());
            }
            let label = tr(ui, "settings-duress-remove");
            if model.has_duress_passphrase && button_ui(ui, &label, Weight::Quiet).clicked() {
                let (current, duress) = (self.current.clone(), None);
                out.push(SettingsCommand::SetDuressPassphrase { current, duress }.into());
            }
        });
    }

    fn outcome_ui(&self, ui: &mut Ui, model: &PrivacySettings) {
        let palette = Palette::of(ui);
        let (key, color) = match model.outcome {
            None => return,
            Some(PassphraseOutcome::Busy) => ("settings-outcome-busy", palette.text_secondary),
            Some(PassphraseOutcome::WrongPassphrase) => ("settings-outcome-wrong", palette.danger),
            Some(PassphraseOutcome::SameAsOther) => ("settings-outcome-same", palette.danger),
            Some(PassphraseOutcome::Done) => ("settings-outcome-done", palette.good_text),
        };
        text::label_ui(ui, tr(ui, key), TextRole::Body, color);
    }
}

/// Whether the keyring opens the store, too. While it is being asked, the user can go on without it.
fn keyring_ui(ui: &mut Ui, state: KeyringState, out: &mut Vec<ViewCommand>) {
    let hint = match state {
        KeyringState::Missing => "settings-keyring-missing",
        _ => "form-keyring-hint",
    };
    let (title, hint) = (tr(ui, "form-keyring"), tr(ui, hint));
    let is_free = matches!(state, KeyringState::Off | KeyringState::On);
    ui.add_enabled_ui(is_free, |ui| {
        let is_on = state == KeyringState::On;
        if let Some(on) = form::switch_ui(ui, &title, &hint, is_on) {
            out.push(SettingsCommand::SetKeyring(on).into());
        }
    });
    if state == KeyringState::Asking {
        let cancel = tr(ui, "locked-cancel-keyring");
        form::padded_ui(ui, |ui| {
            form::note_ui(ui, &tr(ui, "locked-asking-keyring"));
            if button_ui(ui, &cancel, Weight::Quiet).clicked() {
                out.push(ViewCommand::CancelKeyring);
            }
        });
    }
}

fn lock_ui(ui: &mut Ui, model: &PrivacySettings, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("settings-lock"), |ui| {
        for minutes in LOCK_AFTER {
            let title = match minutes {
                None => words.get("settings-lock-never"),
                Some(minutes) => {
                    let time = words.span(u64::from(minutes) * 60);
                    words.with("settings-lock-after", &[("time", time.into())])
                }
            };
            if form::choice_ui(ui, &title, "", minutes == model.lock_after_minutes) {
                out.push(SettingsCommand::SetLockAfter(minutes).into());
            }
        }
    });
}

fn blocked_ui(ui: &mut Ui, blocked: &[String], out: &mut Vec<ViewCommand>) {
    let palette = Palette::of(ui);
    form::card_ui(ui, &tr(ui, "settings-blocked"), |ui| {
        if blocked.is_empty() {
            form::padded_ui(ui, |ui| form::note_ui(ui, &tr(ui, "settings-blocked-none")));
        }
        for jid in blocked {
            let short = text::short_jid(jid);
            let title = tr_with(ui, "settings-unblock", &[("who", short.into())]);
            if form::action_ui(ui, &title, "", palette.text) {
                let (jid, blocked) = (jid.clone(), false);
                out.push(UiCommand::SetBlocked { jid, blocked }.into());
            }
        }
    });
}
