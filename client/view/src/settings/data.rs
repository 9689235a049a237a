use egui::text_edit::TextEditState;
use egui::{Context, Ui};

use crate::app_model::{
    DataSettings, DataWork, HistoryFormat, Secret, SettingsCommand, ViewCommand,
};
use crate::button::{Weight, button_ui};
use crate::design_tokens::Palette;
use crate::dialog::Dialog;
use crate::form;
use crate::words::{Words, tr, tr_with};

/// Which form is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Export,
    Import,
}

/// The forms that work on all data.
#[derive(Debug, Default)]
pub(super) struct DataForms {
    open: Option<Open>,
    passphrase: Secret,
}

impl DataForms {
    /// Forgets what was typed, and what egui remembers of it.
    pub(super) fn forget(&mut self, ctx: &Context) {
        let id = form::secret_id(&Words::of_context(ctx).get("settings-file-passphrase"));
        ctx.data_mut(|data| data.remove::<TextEditState>(id));
        *self = Self::default();
    }

    pub(super) fn data_ui(
        &mut self,
        ui: &mut Ui,
        model: DataSettings,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        if let Some(work) = model.work {
            let (key, percent) = match work {
                DataWork::Exporting(percent) => ("settings-exporting", percent),
                DataWork::Importing(percent) => ("settings-importing", percent),
                DataWork::ExportingHistory(percent) => ("settings-exporting-history", percent),
            };
            let words = tr_with(ui, key, &[("percent", percent.into())]);
            form::card_ui(ui, "", |ui| {
                form::padded_ui(ui, |ui| {
                    form::note_ui(ui, &words);
                    if button_ui(ui, &tr(ui, "settings-work-cancel"), Weight::Quiet).clicked() {
                        out.push(SettingsCommand::CancelDataWork.into());
                    }
                });
            });
        }
        ui.add_enabled_ui(model.work.is_none(), |ui| {
            form::card_ui(ui, &tr(ui, "settings-everything"), |ui| {
                let forms = [
                    (Open::Export, "settings-export", "settings-export-hint"),
                    (Open::Import, "settings-import", "settings-import-hint"),
                ];
                for (form, title, hint) in forms {
                    if form::action_ui(ui, &tr(ui, title), &tr(ui, hint), palette.text) {
                        let was_open = self.open == Some(form);
                        self.forget(ui.ctx());
                        self.open = (!was_open).then_some(form);
                    }
                    if self.open == Some(form) {
                        form::padded_ui(ui, |ui| self.file_ui(ui, form, out));
                    }
                }
            });
            form::card_ui(ui, &tr(ui, "settings-history"), |ui| {
                form::padded_ui(ui, |ui| {
                    form::note_ui(ui, &tr(ui, "settings-history-words"));
                    let formats = [
                        (HistoryFormat::Text, "settings-history-text"),
                        (HistoryFormat::Html, "settings-history-html"),
                        (HistoryFormat::Json, "settings-history-json"),
                    ];
                    ui.horizontal_wrapped(|ui| {
                        for (format, key) in formats {
                            if button_ui(ui, &tr(ui, key), Weight::Quiet).clicked() {
                                out.push(SettingsCommand::ExportHistory(format).into());
                            }
                        }
                    });
                });
            });
            form::card_ui(ui, &tr(ui, "settings-danger"), |ui| {
                let (title, hint) = (tr(ui, "settings-wipe"), tr(ui, "settings-wipe-hint"));
                if form::action_ui(ui, &title, &hint, palette.danger) {
                    let typed = String::new();
                    *dialog = Some(Dialog::Wipe { typed });
                }
            });
        });
    }

    fn file_ui(&mut self, ui: &mut Ui, form: Open, out: &mut Vec<ViewCommand>) {
        let name = tr(ui, "settings-file-passphrase");
        let field = form::secret_field_ui(ui, &name, &mut self.passphrase);
        if form == Open::Export {
            form::strength_ui(ui, &self.passphrase);
        }
        let is_enter = form::is_entered(ui, &field);
        let label = match form {
            Open::Export => tr(ui, "settings-export-do"),
            Open::Import => tr(ui, "settings-import-do"),
        };
        let is_given = !self.passphrase.is_empty();
        let button = |ui: &mut Ui| button_ui(ui, &label, Weight::Main).clicked();
        if ui.add_enabled_ui(is_given, button).inner || (is_given && is_enter) {
            let passphrase = self.passphrase.clone();
            out.push(ViewCommand::Settings(match form {
                Open::Export => SettingsCommand::ExportEverything(passphrase),
                Open::Import => SettingsCommand::ImportEverything(passphrase),
            }));
            self.forget(ui.ctx());
        }
    }
}
