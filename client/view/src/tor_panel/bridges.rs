use egui::{TextEdit, Ui};

use crate::app_model::{BridgeProblem, SettingsCommand, TorSettings, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin};
use crate::form;
use crate::text;
use crate::words::{tr, tr_with};

/// More than anybody pastes; a bridge line has about 150 bytes.
const MAX_BYTES: usize = 16_384;

/// Takes bridge lines, one per line.
#[derive(Debug, Default)]
pub(crate) struct BridgesForm {
    typed: String,
    /// The lines in use when `typed` was made.
    known: Option<Vec<String>>,
}

impl BridgesForm {
    /// Draws the card.
    pub(crate) fn bridges_ui(
        &mut self,
        ui: &mut Ui,
        model: &TorSettings,
        out: &mut Vec<ViewCommand>,
    ) {
        if self.known.as_ref() != Some(&model.bridges) {
            self.typed = model.bridges.join("\n");
            self.known = Some(model.bridges.clone());
        }
        let palette = Palette::of(ui);
        let title = tr(ui, "tor-bridges");
        form::card_ui(ui, &title, |ui| {
            form::padded_ui(ui, |ui| {
                form::note_ui(ui, &tr(ui, "tor-bridges-words"));
                let hint = tr(ui, "tor-bridges-hint");
                let field = TextEdit::multiline(&mut self.typed)
                    .hint_text(text::rich(hint, TextRole::Body, palette.text_secondary))
                    .margin(margin::FIELD)
                    .desired_rows(3)
                    .char_limit(MAX_BYTES)
                    .desired_width(f32::INFINITY);
                ui.add(field).accessible_name(tr(ui, "tor-bridges-field"));
                match &model.problem {
                    None => {}
                    Some(BridgeProblem::BadLine(line)) => {
                        let blanks = [("line", (*line).into())];
                        form::problem_ui(ui, &tr_with(ui, "tor-bridges-bad-line", &blanks));
                    }
                    Some(BridgeProblem::MissingTransport(name)) => {
                        let blanks = [("name", text::plain(name).into_owned().into())];
                        form::problem_ui(ui, &tr_with(ui, "tor-bridges-transport", &blanks));
                    }
                }
                let lines: Vec<String> = self
                    .typed
                    .lines()
                    .map(|line| line.trim().to_owned())
                    .filter(|line| !line.is_empty())
                    .collect();
                let label = match lines.is_empty() && !model.bridges.is_empty() {
                    true => tr(ui, "tor-bridges-remove"),
                    false => tr(ui, "tor-bridges-save"),
                };
                let is_new = lines != model.bridges;
                let save = |ui: &mut Ui| button_ui(ui, &label, Weight::Main).clicked();
                if ui.add_enabled_ui(is_new, save).inner {
                    out.push(SettingsCommand::SaveBridges(lines).into());
                }
            });
        });
    }
}
