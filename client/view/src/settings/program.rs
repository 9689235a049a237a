use egui::Ui;

use crate::app_model::{
    NotificationContent, NotificationSettings, SettingsCommand, StartSettings, ViewCommand,
};
use crate::form;
use crate::words::tr;

/// What notifications show.
pub(super) fn notifications_ui(
    ui: &mut Ui,
    model: NotificationSettings,
    out: &mut Vec<ViewCommand>,
) {
    let contents = [
        (
            NotificationContent::NameAndText,
            "settings-notify-all",
            "settings-notify-all-hint",
        ),
        (
            NotificationContent::NameOnly,
            "settings-notify-name",
            "settings-notify-name-hint",
        ),
        (
            NotificationContent::Nothing,
            "settings-notify-nothing",
            "settings-notify-nothing-hint",
        ),
    ];
    form::card_ui(ui, &tr(ui, "settings-notify"), |ui| {
        for (content, title, hint) in contents {
            if form::choice_ui(ui, &tr(ui, title), &tr(ui, hint), content == model.content) {
                out.push(SettingsCommand::SetNotificationContent(content).into());
            }
        }
    });
    form::card_ui(ui, "", |ui| {
        let title = tr(ui, "settings-sounds");
        if let Some(on) = form::switch_ui(ui, &title, "", model.sounds) {
            out.push(SettingsCommand::SetSounds(on).into());
        }
    });
}

/// When the program runs.
pub(super) fn start_ui(ui: &mut Ui, model: StartSettings, out: &mut Vec<ViewCommand>) {
    form::note_ui(ui, &tr(ui, "settings-start-words"));
    form::card_ui(ui, "", |ui| {
        let title = tr(ui, "settings-start-at-login");
        let hint = match model.at_login {
            Some(_) => "settings-start-at-login-hint",
            None => "settings-start-missing",
        };
        let is_on = model.at_login.unwrap_or_default();
        let hint = tr(ui, hint);
        ui.add_enabled_ui(model.at_login.is_some(), |ui| {
            if let Some(on) = form::switch_ui(ui, &title, &hint, is_on) {
                out.push(SettingsCommand::SetStartAtLogin(on).into());
            }
        });
        let title = tr(ui, "settings-keep-running");
        let hint = match model.keep_running {
            Some(_) => "settings-keep-running-hint",
            None => "settings-tray-missing",
        };
        let is_on = model.keep_running.unwrap_or_default();
        let hint = tr(ui, hint);
        ui.add_enabled_ui(model.keep_running.is_some(), |ui| {
            if let Some(on) = form::switch_ui(ui, &title, &hint, is_on) {
                out.push(SettingsCommand::SetKeepRunning(on).into());
            }
        });
    });
}
