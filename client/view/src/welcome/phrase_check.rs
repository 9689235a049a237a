use egui::Ui;

use crate::app_model::{PhraseCheckModel, Secret, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::form;
use crate::words::{tr, tr_with};

/// Takes some of the recovery words.
#[derive(Debug, Default)]
pub(crate) struct PhraseCheckForm {
    /// Which words the answers are for.
    asked: Vec<usize>,
    answers: Vec<Secret>,
    wants_focus: Option<usize>,
}

impl PhraseCheckForm {
    /// Forgets what was typed.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Draws the fields and the button.
    pub(crate) fn phrase_check_ui(
        &mut self,
        ui: &mut Ui,
        model: &PhraseCheckModel,
        out: &mut Vec<ViewCommand>,
    ) {
        if self.asked != model.asked {
            self.asked.clone_from(&model.asked);
            self.answers = model.asked.iter().map(|_| Secret::default()).collect();
            self.wants_focus = Some(0);
        }
        let mut is_asked = false;
        let last = self.asked.len().saturating_sub(1);
        let fields = self.asked.iter().zip(&mut self.answers);
        for (index, (position, answer)) in fields.enumerate() {
            let name = tr_with(
                ui,
                "welcome-check-field",
                &[("position", (*position).into())],
            );
            let response = form::named_field_ui(ui, &name, answer.edit(), "");
            if self.wants_focus == Some(index) {
                response.request_focus();
                self.wants_focus = None;
            }
            if form::is_entered(ui, &response) {
                is_asked |= index == last;
                self.wants_focus = (index < last).then_some(index + 1);
            }
            if model.wrong.contains(position) {
                let blanks = [("position", (*position).into())];
                form::problem_ui(ui, &tr_with(ui, "welcome-check-wrong", &blanks));
            }
        }
        is_asked |= wide_button_ui(ui, &tr(ui, "welcome-check-do"), Weight::Main).clicked();
        if is_asked {
            let words = self.answers.iter().map(|answer| {
                // People write words as they like.
                Secret::new(answer.reveal().trim().to_lowercase())
            });
            out.push(ViewCommand::AnswerPhraseCheck(words.collect()));
        }
    }
}
