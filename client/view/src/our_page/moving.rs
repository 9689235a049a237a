//! The entry of our own page that leads to a new onion address.

use egui::Ui;

use crate::design_tokens::Palette;
use crate::dialog::Dialog;
use crate::form;
use crate::words::Words;

/// What a move means, and the way to the question.
pub(super) fn moving_ui(ui: &mut Ui, dialog: &mut Option<Dialog>) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("ours-move-title"), |ui| {
        form::padded_ui(ui, |ui| form::note_ui(ui, &words.get("ours-move-words")));
        if form::action_ui(ui, &words.get("ours-move"), "", Palette::of(ui).text) {
            *dialog = Some(Dialog::MoveAddress);
        }
    });
}
