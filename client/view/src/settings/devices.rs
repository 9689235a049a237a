use egui::Ui;

use crate::app_model::{NewDevice, SettingsCommand, SettingsModel, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::Palette;
use crate::dialog::Dialog;
use crate::form;
use crate::words::{Clock, Words, tr, tr_with};

/// The form that makes a password for another client.
#[derive(Debug, Default)]
pub(super) struct DeviceForm {
    name: String,
}

impl DeviceForm {
    pub(super) fn devices_ui(
        &mut self,
        ui: &mut Ui,
        model: &SettingsModel,
        clock: Clock,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let words = Words::of(ui);
        form::note_ui(ui, &words.get("settings-devices-words"));
        if let Some(new) = &model.new_device {
            new_device_ui(ui, new, out);
        }
        form::card_ui(ui, &words.get("settings-devices-list"), |ui| {
            if model.devices.is_empty() {
                form::padded_ui(ui, |ui| {
                    form::note_ui(ui, &words.get("settings-devices-none"))
                });
            }
            for device in &model.devices {
                let made = device
                    .made
                    .map(|made| words.short_date(clock.local(made).date));
                let hint = match (made, device.last_seen) {
                    (Some(made), Some(seen)) => words.with(
                        "settings-device-seen",
                        &[
                            ("made", made.into()),
                            ("seen", words.ago(seen, clock).into()),
                        ],
                    ),
                    (Some(made), None) => {
                        words.with("settings-device-unused", &[("made", made.into())])
                    }
                    (None, _) => String::new(),
                };
                let name = crate::text::plain(&device.name).into_owned();
                let title = words.with("settings-device-revoke", &[("name", name.into())]);
                if form::action_ui(ui, &title, &hint, Palette::of(ui).text) {
                    let (id, name) = (device.id.clone(), device.name.clone());
                    *dialog = Some(Dialog::Revoke { id, name });
                }
            }
        });
        form::card_ui(ui, &words.get("settings-devices-add"), |ui| {
            form::padded_ui(ui, |ui| {
                let name = words.get("settings-device-name");
                let hint = words.get("settings-device-name-hint");
                let field = form::named_field_ui(ui, &name, &mut self.name, &hint);
                let is_given = !self.name.trim().is_empty();
                let label = words.get("settings-device-do");
                let button = |ui: &mut Ui| button_ui(ui, &label, Weight::Main).clicked();
                let is_enter = is_given && form::is_entered(ui, &field);
                if ui.add_enabled_ui(is_given, button).inner || is_enter {
                    let name = std::mem::take(&mut self.name).trim().to_owned();
                    out.push(SettingsCommand::AddDevice { name }.into());
                }
            });
        });
    }
}

/// The password of a new client, which is shown this once.
fn new_device_ui(ui: &mut Ui, new: &NewDevice, out: &mut Vec<ViewCommand>) {
    let title = tr_with(
        ui,
        "settings-new-device",
        &[("name", new.name.as_str().into())],
    );
    form::card_ui(ui, &title, |ui| {
        form::padded_ui(ui, |ui| {
            form::note_ui(ui, &tr(ui, "settings-new-device-words"))
        });
        form::fact_ui(ui, &tr(ui, "settings-new-device-address"), &new.address);
        form::fact_ui(ui, &tr(ui, "settings-new-device-server"), &new.server);
        form::fact_ui(
            ui,
            &tr(ui, "settings-new-device-password"),
            new.password.reveal(),
        );
        form::padded_ui(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                if button_ui(ui, &tr(ui, "settings-new-device-done"), Weight::Main).clicked() {
                    out.push(SettingsCommand::ForgetNewDevice.into());
                }
                if button_ui(ui, &tr(ui, "settings-new-device-copy"), Weight::Quiet).clicked() {
                    ui.ctx().copy_text(new.password.reveal().to_owned());
                }
            });
        });
    });
}
