//! The recovery words, shown or checked from the messenger.

use egui::{Id, Modal, Ui};
use onym_identity::RecoveryPhrase;

use crate::app_model::{PhraseCheckModel, ViewCommand};
use crate::button::{Weight, wide_button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::form;
use crate::text;
use crate::welcome::{PhraseCheckForm, word_grid_ui};
use crate::words::tr;

/// Asks for some of the words.
pub(super) fn check_ui(
    ui: &Ui,
    model: &PhraseCheckModel,
    form: &mut PhraseCheckForm,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let modal = Modal::new(Id::unique("check phrase")).backdrop_color(palette.backdrop);
    let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(dialog::width_of(ui, size::DIALOG_WIDTH));
        let title = tr(ui, "welcome-check-title");
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        form::note_ui(ui, &tr(ui, "welcome-check-words"));
        form.phrase_check_ui(ui, model, out);
        wide_button_ui(ui, &tr(ui, "dialog-cancel"), Weight::Quiet).clicked()
    });
    if response.inner || response.should_close() {
        form.forget();
        out.push(ViewCommand::ClosePhrase);
    }
}

/// Shows all words.
pub(super) fn phrase_ui(ui: &Ui, phrase: &RecoveryPhrase, out: &mut Vec<ViewCommand>) {
    let palette = Palette::of(ui);
    let modal = Modal::new(Id::unique("show phrase")).backdrop_color(palette.backdrop);
    let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(dialog::width_of(ui, size::PHRASE_PAGE_WIDTH));
        let title = tr(ui, "welcome-phrase-title");
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        form::note_ui(ui, &tr(ui, "welcome-phrase-words"));
        word_grid_ui(ui, phrase);
        ui.add_space(size::GAP_SMALL);
        dialog::buttons_ui(ui, |ui| {
            dialog::close_button_ui(ui, &tr(ui, "dialog-close"))
        })
    });
    if response.inner || response.should_close() {
        out.push(ViewCommand::ClosePhrase);
    }
}
