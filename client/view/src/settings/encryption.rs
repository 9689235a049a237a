use egui::Ui;
use onym_client_protocol::store::{EncryptionPolicy, ProtectionChoices};
use onym_client_protocol::view_model::{OurDevicesView, UiCommand, ViewModel};

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::form;
use crate::protection::comparison::fingerprint_ui;
use crate::protection::device_list::{DeviceList, device_list_ui};
use crate::protection::shield_panel::allows_clear;
use crate::text;
use crate::words::{Clock, Words};

/// Our devices, and what is chosen for all conversations.
pub(super) fn encryption_ui(
    ui: &mut Ui,
    model: &ViewModel,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    let ours = &model.our_devices;
    form::note_ui(ui, &words.get("encryption-words"));
    this_device_ui(ui, ours);
    form::card_ui(ui, &words.get("encryption-others"), |ui| {
        if ours.others.is_empty() {
            form::padded_ui(ui, |ui| {
                form::note_ui(ui, &words.get("encryption-others-none"))
            });
        }
        let list = DeviceList {
            devices: &ours.others,
            name: "",
            ours,
            clock: Clock::of(model),
        };
        device_list_ui(ui, list, dialog, out);
        form::padded_ui(ui, |ui| {
            if button_ui(ui, &words.get("devices-refresh"), Weight::Quiet).clicked() {
                let jid = model.our_jid.clone();
                out.push(UiCommand::RefreshDevices { jid }.into());
            }
        });
    });
    policy_ui(ui, ours, dialog, out);
    form::card_ui(ui, &words.get("encryption-new"), |ui| {
        let (title, hint) = (
            words.get("encryption-blind"),
            words.get("encryption-blind-words"),
        );
        if let Some(is_blind) = form::switch_ui(ui, &title, &hint, ours.is_blind) {
            let policy = ours.policy;
            let choices = ProtectionChoices { policy, is_blind };
            out.push(UiCommand::SetProtectionChoices(choices).into());
        }
    });
}

/// This device and its fingerprint.
pub(crate) fn this_device_ui(ui: &mut Ui, ours: &OurDevicesView) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("encryption-this"), |ui| {
        form::padded_ui(ui, |ui| {
            let Some((id, key)) = ours.this else {
                form::note_ui(ui, &words.get("encryption-this-none"));
                return;
            };
            let number = id.get().to_string();
            let name = words.with("device-unnamed", &[("number", number.into())]);
            text::label_ui(ui, name, TextRole::Name, Palette::of(ui).text);
            fingerprint_ui(ui, key, size::FINGERPRINT_FONT);
            ui.horizontal_wrapped(|ui| {
                if button_ui(ui, &words.get("device-copy"), Weight::Quiet).clicked() {
                    ui.ctx().copy_text(key.to_string());
                }
            });
        });
    });
}

fn policy_ui(
    ui: &mut Ui,
    ours: &OurDevicesView,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("encryption-policy"), |ui| {
        for policy in EncryptionPolicy::ALL {
            let (name, consequence) = words.policy(policy);
            if !form::choice_ui(ui, &name, &consequence, ours.policy == policy) {
                continue;
            }
            let is_blind = ours.is_blind;
            let choices = ProtectionChoices { policy, is_blind };
            let command = UiCommand::SetProtectionChoices(choices);
            if allows_clear(policy) {
                let name = None;
                *dialog = Some(Dialog::InTheClear { name, command });
            } else {
                out.push(command.into());
            }
        }
    });
}
