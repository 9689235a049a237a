use egui::{Align, Layout, Ui};

use crate::app_model::AboutModel;
use crate::design_tokens::{Palette, TextRole};
use crate::form;
use crate::icon::emblem_ui;
use crate::text;
use crate::words::{tr, tr_with};

/// The program itself, and whose work is in it.
pub(super) fn about_ui(ui: &mut Ui, model: &AboutModel) {
    let palette = Palette::of(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        emblem_ui(ui);
        text::label_ui(ui, "Onym", TextRole::Title, palette.text);
        let version = tr_with(
            ui,
            "about-version",
            &[("version", model.version.as_str().into())],
        );
        text::label_ui(ui, version, TextRole::Body, palette.text_secondary);
        text::label_ui(ui, tr(ui, "about-words"), TextRole::Body, palette.text);
    });
    form::card_ui(ui, &tr(ui, "about-credits"), |ui| {
        for (title, words) in [
            ("about-license", "about-license-words"),
            ("about-font", "about-font-words"),
            ("about-emoji", "about-emoji-words"),
            ("about-tor", "about-tor-words"),
            ("about-egui", "about-egui-words"),
        ] {
            form::fact_ui(ui, &tr(ui, title), &tr(ui, words));
        }
    });
}
