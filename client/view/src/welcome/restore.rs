use egui::text_edit::TextEditState;
use egui::{Context, Id, TextEdit, Ui};
use onym_identity::{RecoveryPhrase, RecoveryPhraseError};

use crate::app_model::{Secret, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::design_tokens::{Palette, TextRole, margin};
use crate::form;
use crate::text;
use crate::words::{Words, tr, tr_with};

/// The field for the words.
const FIELD: &str = "recovery words";

/// The form that takes the words of an identity: at the first start, and where a passphrase is
/// forgotten.
#[derive(Debug, Default)]
pub(crate) struct Restore {
    typed: Secret,
    /// Why the words are no phrase.
    problem: Option<String>,
    was_focused: bool,
}

impl Restore {
    /// Forgets what egui remembers of the field.
    pub(crate) fn forget(self, ctx: &Context) {
        ctx.data_mut(|data| data.remove::<TextEditState>(Id::unique(FIELD)));
    }

    /// Draws the form, with this text on its button and what is wrong with the last words. Returns
    /// whether the user goes back.
    pub(crate) fn restore_ui(
        &mut self,
        ui: &mut Ui,
        button: &str,
        problem: Option<&str>,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let palette = Palette::of(ui);
        let hint = tr(ui, "welcome-restore-hint");
        let field = TextEdit::multiline(self.typed.edit())
            .id(Id::unique(FIELD))
            .hint_text(text::rich(hint, TextRole::Body, palette.text_secondary))
            .margin(margin::LARGE_FIELD)
            .desired_rows(5)
            .char_limit(RecoveryPhrase::MAX_INPUT_BYTES)
            .desired_width(f32::INFINITY);
        let name = tr(ui, "welcome-restore-field");
        let response = ui.add(field).accessible_name(name);
        if !std::mem::replace(&mut self.was_focused, true) {
            response.request_focus();
        }
        if response.changed() {
            self.problem = None;
        }
        let count = self.typed.reveal().split_whitespace().count();
        let blanks = [
            ("count", count.into()),
            ("all", RecoveryPhrase::WORDS.into()),
        ];
        form::note_ui(ui, &tr_with(ui, "welcome-restore-count", &blanks));
        // What the form finds itself is newer than what the program found.
        if let Some(problem) = self.problem.as_deref().or(problem) {
            form::problem_ui(ui, problem);
        }
        if wide_button_ui(ui, button, Weight::Main).clicked() {
            match RecoveryPhrase::parse(self.typed.reveal()) {
                Ok(phrase) => out.push(ViewCommand::RestoreIdentity(phrase)),
                Err(problem) => {
                    self.problem = Some(problem_words(Words::of(ui), problem, self.typed.reveal()));
                }
            }
        }
        wide_button_ui(ui, &tr(ui, "welcome-back"), Weight::Quiet).clicked()
    }
}

fn problem_words(words: Words, problem: RecoveryPhraseError, typed: &str) -> String {
    match problem {
        RecoveryPhraseError::TooLong => words.get("welcome-restore-too-long"),
        RecoveryPhraseError::WordCount { got } => {
            words.with("welcome-restore-word-count", &[("got", got.into())])
        }
        RecoveryPhraseError::UnknownWord { position } => {
            let word = typed.split_whitespace().nth(position.saturating_sub(1));
            let word: String = word.unwrap_or_default().chars().take(20).collect();
            let blanks = [
                ("position", position.into()),
                ("word", text::plain(&word).into_owned().into()),
            ];
            words.with("welcome-restore-unknown-word", &blanks)
        }
        RecoveryPhraseError::Checksum => words.get("welcome-restore-checksum"),
    }
}
