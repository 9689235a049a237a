//! The part of our own page about the end of the identity: on paper for a bad day, or now.

use egui::Ui;

use crate::app_model::ViewCommand;
use crate::design_tokens::Palette;
use crate::dialog::Dialog;
use crate::form;
use crate::words::Words;

/// What a revocation does, the sheet to print, and the way to the question.
pub(super) fn ending_ui(ui: &mut Ui, dialog: &mut Option<Dialog>, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("ours-ending-title"), |ui| {
        form::padded_ui(ui, |ui| form::note_ui(ui, &words.get("ours-ending-words")));
        let palette = Palette::of(ui);
        let (title, hint) = (
            words.get("ours-ending-save"),
            words.get("ours-ending-save-hint"),
        );
        if form::action_ui(ui, &title, &hint, palette.text) {
            out.push(ViewCommand::SaveRevocation);
        }
        if form::action_ui(ui, &words.get("ours-ending-now"), "", palette.danger) {
            let typed = String::new();
            *dialog = Some(Dialog::EndIdentity { typed });
        }
    });
}
