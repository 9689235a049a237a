use egui::Ui;

use super::{page_ui, sentence, title_ui};
use crate::app_model::{BadSettingsModel, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::design_tokens::size;
use crate::form::{card_ui, fact_ui, note_ui, problem_ui};
use crate::words::tr;

/// Says that the settings cannot be read, and asks whether to go on without them.
pub(crate) fn bad_settings_ui(ui: &mut Ui, model: &BadSettingsModel, out: &mut Vec<ViewCommand>) {
    page_ui(ui, size::PAGE_WIDTH, |ui| {
        title_ui(ui, "bad-settings-title", "bad-settings-words");
        card_ui(ui, "", |ui| {
            fact_ui(ui, &tr(ui, "bad-settings-file"), &model.file);
            fact_ui(ui, &tr(ui, "bad-settings-why"), &sentence(&model.why));
        });
        note_ui(ui, &tr(ui, "bad-settings-bridges"));
        if let Some(problem) = &model.problem {
            problem_ui(ui, &sentence(problem));
        }
        if wide_button_ui(ui, &tr(ui, "bad-settings-replace"), Weight::Main).clicked() {
            out.push(ViewCommand::ReplaceSettings);
        }
        if wide_button_ui(ui, &tr(ui, "bad-settings-quit"), Weight::Quiet).clicked() {
            out.push(ViewCommand::Quit);
        }
    });
}
