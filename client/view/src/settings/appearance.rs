use egui::Ui;

use crate::app_model::{
    AppearanceSettings, LanguageChoice, SettingsCommand, ThemeChoice, ViewCommand,
};
use crate::form;
use crate::view::Look;
use crate::words::{tr, tr_with};

/// Sizes to choose from, in percent of the usual.
pub(crate) const TEXT_SIZES: [u16; 6] = [80, 90, 100, 115, 130, 150];

/// How the window looks.
pub(super) fn appearance_ui(
    ui: &mut Ui,
    model: AppearanceSettings,
    look: Look,
    out: &mut Vec<ViewCommand>,
) {
    let themes = [
        (ThemeChoice::System, "settings-theme-system"),
        (ThemeChoice::Light, "settings-theme-light"),
        (ThemeChoice::Dark, "settings-theme-dark"),
    ];
    form::card_ui(ui, &tr(ui, "settings-theme"), |ui| {
        for (theme, key) in themes {
            if form::choice_ui(ui, &tr(ui, key), "", theme == look.theme) {
                out.push(SettingsCommand::SetTheme(theme).into());
            }
        }
    });
    form::card_ui(ui, &tr(ui, "settings-text-size"), |ui| {
        form::padded_ui(ui, |ui| {
            let sizes = TEXT_SIZES.map(|percent| {
                let blanks = [("percent", percent.into())];
                (percent, tr_with(ui, "settings-text-size-percent", &blanks))
            });
            if let Some(percent) = form::chips_ui(ui, &sizes, look.text_size_percent) {
                out.push(SettingsCommand::SetTextSize(percent).into());
            }
        });
    });
    let languages = [
        (LanguageChoice::System, "settings-language-system"),
        (LanguageChoice::English, "settings-language-english"),
        (LanguageChoice::German, "settings-language-german"),
    ];
    form::card_ui(ui, &tr(ui, "settings-language"), |ui| {
        for (language, key) in languages {
            if form::choice_ui(ui, &tr(ui, key), "", language == model.language) {
                out.push(SettingsCommand::SetLanguage(language).into());
            }
        }
    });
    form::card_ui(ui, &tr(ui, "settings-motion"), |ui| {
        let (title, hint) = (
            tr(ui, "settings-reduce-motion"),
            tr(ui, "settings-reduce-motion-hint"),
        );
        if let Some(reduce) = form::switch_ui(ui, &title, &hint, look.reduce_motion) {
            out.push(SettingsCommand::SetReduceMotion(reduce).into());
        }
    });
}
