//! Our own page: how others see us, and our address to give away.

mod ending;
mod moving;

use egui::{Align, Layout, Ui, Vec2};
use onym_client_protocol::view_model::{
    AddressProof, AddressView, PersonSummary, PersonView, StatementView, UiCommand,
};

use crate::app_model::{MainModel, ViewCommand};
use crate::avatar;
use crate::button::{Weight, button_ui};
use crate::contact_page::address_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::form;
use crate::icon::Icon;
use crate::person::history::history_ui;
use crate::person::identity_card::statement_ui;
use crate::person::identity_ui;
use crate::person::lists::{keys_ui, other_addresses_ui};
use crate::protection::device_list::{DeviceList, device_list_ui, state_of_ui};
use crate::qr;
use crate::settings::this_device_ui;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words, tr};
use crate::xmpp_link::link_to;

/// Our own page.
#[derive(Debug, Default)]
pub(crate) struct OurPage {
    name: String,
    known: Option<Option<String>>,
}

impl OurPage {
    /// Draws the page.
    pub(crate) fn our_page_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let view = &model.view;
        if self.known.as_ref() != Some(&view.our_name) {
            self.name = view.our_name.clone().unwrap_or_default();
            self.known = Some(view.our_name.clone());
        }
        form::column_ui(ui, "our page", size::COLUMN_WIDTH, |ui| {
            self.head_ui(ui, model, out);
            form::card_ui(ui, &tr(ui, "ours-name"), |ui| {
                form::padded_ui(ui, |ui| self.name_ui(ui, out));
            });
            form::card_ui(ui, &tr(ui, "ours-address"), |ui| {
                form::padded_ui(ui, |ui| {
                    form::note_ui(ui, &tr(ui, "ours-address-words"));
                    form::note_ui(ui, &tr(ui, "ours-code-words"));
                    ui.vertical_centered(|ui| {
                        let name = tr(ui, "ours-qr");
                        let side = size::QR_LARGE.min(ui.available_width());
                        qr::qr_ui(ui, &our_code(model), side, &name);
                    });
                    address_ui(ui, &view.our_jid);
                    ui.horizontal_wrapped(|ui| {
                        if button_ui(ui, &tr(ui, "contact-copy"), Weight::Quiet).clicked() {
                            ui.ctx().copy_text(view.our_jid.clone());
                        }
                        let label = tr(ui, "contact-copy-link");
                        if button_ui(ui, &label, Weight::Quiet).clicked() {
                            ui.ctx().copy_text(our_code(model));
                        }
                    });
                });
            });
            self.identity_ui(ui, model, out);
            devices_ui(ui, model, dialog, out);
            let clock = Clock::of(view);
            let Some(person) = person_of(model) else {
                return;
            };
            if let Some(statement) = &person.statement {
                our_addresses_ui(ui, statement, &person.summary, clock, dialog, out);
                keys_ui(ui, statement, &person.summary, clock);
                moving::moving_ui(ui, person, clock, dialog, out);
                if view.our_end.is_none() {
                    ending::ending_ui(ui, dialog, out);
                }
            }
            history_ui(ui, &person.jid, &person.history, clock);
        });
    }

    /// Our identity, and the statement that it has signed.
    fn identity_ui(&self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let Some(person) = person_of(model) else {
            return;
        };
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        form::card_ui(ui, &words.get("ours-identity-title"), |ui| {
            form::padded_ui(ui, |ui| {
                let (icon, color) = match person.summary.is_alarming() {
                    true => (Icon::Warning, palette.danger),
                    false => (Icon::Talk(TalkIcon::Shield), palette.text),
                };
                let (title, why) = words.our_standing(&person.summary);
                state_of_ui(ui, icon, &title, TextRole::Name, color);
                text::label_ui(ui, why, TextRole::Body, palette.text_secondary);
                let Some(identity) = &person.summary.identity else {
                    return;
                };
                identity_ui(ui, identity, size::FINGERPRINT_FONT);
                ui.horizontal_wrapped(|ui| {
                    let label = words.get("person-copy-identity");
                    if button_ui(ui, &label, Weight::Quiet).clicked() {
                        ui.ctx().copy_text(identity.to_string());
                    }
                });
            });
            if person.summary.identity.is_some() {
                our_statement_ui(ui, person, Clock::of(&model.view), out);
            }
        });
    }

    fn head_ui(&self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        let view = &model.view;
        let name = match &view.our_name {
            Some(name) => name.clone(),
            None => text::short_jid(&view.our_jid),
        };
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            let room = Vec2::splat(size::AVATAR_LARGE);
            let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
            let picture = view.our_avatar.as_deref();
            let side = size::AVATAR_LARGE;
            avatar::paint_picture(ui, rect.center(), side, &view.our_jid, &name, picture);
            match &view.our_name {
                Some(name) => text::label_ui(ui, name, TextRole::Title, palette.text),
                None => text::address_ui(ui, &view.our_jid, TextRole::Title, palette.text),
            };
        });
        ui.vertical_centered(|ui| {
            if button_ui(ui, &tr(ui, "ours-choose-picture"), Weight::Quiet).clicked() {
                out.push(ViewCommand::ChooseOurAvatar);
            }
            let label = tr(ui, "ours-remove-picture");
            if view.our_avatar.is_some() && button_ui(ui, &label, Weight::Plain).clicked() {
                out.push(ViewCommand::RemoveOurAvatar);
            }
        });
    }

    fn name_ui(&mut self, ui: &mut Ui, out: &mut Vec<ViewCommand>) {
        form::note_ui(ui, &tr(ui, "ours-name-words"));
        let (name, hint) = (tr(ui, "ours-name-field"), tr(ui, "ours-name-hint"));
        let field = form::field_ui(ui, &name, &mut self.name, &hint);
        let typed = self.name.trim().to_owned();
        let known = self.known.clone().flatten().unwrap_or_default();
        if typed == known {
            return;
        }
        let label = tr(ui, "ours-name-save");
        let is_asked = button_ui(ui, &label, Weight::Main).clicked();
        if is_asked || form::is_entered(ui, &field) {
            out.push(UiCommand::SetOurName { name: typed }.into());
        }
    }
}

/// The link to us, as text and as a code: with our identity and the keys of our devices, so that whoever
/// takes it knows both.
fn our_code(model: &MainModel) -> String {
    let code = person_of(model).map(|person| person.our_code.clone());
    let view = &model.view;
    let bare = || link_to(&view.our_jid, view.our_name.as_deref());
    code.filter(|it| !it.is_empty()).unwrap_or_else(bare)
}

/// What is known of our identity, once it was asked for.
fn person_of(model: &MainModel) -> Option<&PersonView> {
    let person = model.view.person.as_ref();
    person.filter(|person| person.is_ourselves)
}

/// What our identity has signed, to be given away.
fn our_statement_ui(ui: &mut Ui, person: &PersonView, clock: Clock, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    let Some(statement) = &person.statement else {
        form::fact_ui(
            ui,
            &words.get("ours-statement"),
            &words.get("ours-statement-none"),
        );
        return;
    };
    statement_ui(ui, statement, person.summary.standing, clock);
    let Some(block) = &statement.block else {
        return;
    };
    form::padded_ui(ui, |ui| {
        form::note_ui(ui, &words.get("ours-statement-words"));
        ui.horizontal_wrapped(|ui| {
            if button_ui(ui, &words.get("ours-statement-copy"), Weight::Quiet).clicked() {
                ui.ctx().copy_text(block.clone());
            }
            if button_ui(ui, &words.get("ours-statement-save"), Weight::Quiet).clicked() {
                out.push(ViewCommand::SaveStatement {
                    text: block.clone(),
                });
            }
        });
    });
}

/// This device, and the others, which can be signed out.
fn devices_ui(
    ui: &mut Ui,
    model: &MainModel,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let ours = &model.view.our_devices;
    this_device_ui(ui, ours);
    if ours.others.is_empty() {
        return;
    }
    form::card_ui(ui, &tr(ui, "encryption-others"), |ui| {
        let list = DeviceList {
            devices: &ours.others,
            name: "",
            ours,
            clock: Clock::of(&model.view),
        };
        device_list_ui(ui, list, dialog, out);
    });
}

/// Accounts elsewhere that our statement lists, and what can be done about them.
fn our_addresses_ui(
    ui: &mut Ui,
    statement: &StatementView,
    summary: &PersonSummary,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("ours-other-addresses"), |ui| {
        form::padded_ui(ui, |ui| {
            form::note_ui(ui, &words.get("ours-addresses-words"));
            first_ui(ui, statement, out);
        });
        other_addresses_ui(ui, statement, summary, clock, |ui, address| {
            let name = text::short_jid(&address.jid);
            let is_clicked = |ui: &mut Ui, key: &str, spoken: &str| {
                let blanks = [("jid", name.as_str().into())];
                let button = button_ui(ui, &words.get(key), Weight::Plain);
                let spoken = words.with(spoken, &blanks);
                button.accessible_name(spoken).clicked()
            };
            // Nobody writes to an account that does not confirm it.
            let can_be_first = !address.is_first && address.proof != AddressProof::Claimed;
            if can_be_first && is_clicked(ui, "ours-prefer", "ours-prefer-named") {
                let jid = address.jid.clone();
                out.push(UiCommand::PreferAddress { jid }.into());
            }
            if is_clicked(ui, "ours-leave-out", "ours-leave-out-named") {
                let (jid, is_revoked) = (address.jid.clone(), false);
                out.push(UiCommand::DropAddress { jid, is_revoked }.into());
            }
            if is_clicked(ui, "ours-revoke", "ours-revoke-named") {
                let (jid, name) = (address.jid.clone(), name.clone());
                *dialog = Some(Dialog::RevokeAddress { jid, name });
            }
        });
        if form::action_ui(ui, &words.get("ours-claim"), "", Palette::of(ui).text) {
            *dialog = Some(Dialog::ClaimAddress {
                address: String::new(),
                was_focused: false,
            });
        }
    });
}

/// Which of our addresses contacts try first, and the way back to this one.
fn first_ui(ui: &mut Ui, statement: &StatementView, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    let Some(first) = statement.addresses.iter().find(|it| it.is_first) else {
        return;
    };
    let is_listed = |it: &&AddressView| !matches!(it.proof, AddressProof::Revoked { .. });
    if statement.addresses.iter().filter(is_listed).count() < 2 {
        return;
    }
    if first.is_this {
        return form::note_ui(ui, &words.get("ours-first-here"));
    }
    let name = text::short_jid(&first.jid);
    form::note_ui(ui, &words.with("ours-first", &[("jid", name.into())]));
    let ours = statement.addresses.iter().find(|it| it.is_this);
    if let Some(ours) = ours
        && button_ui(ui, &words.get("ours-prefer-here"), Weight::Quiet).clicked()
    {
        let jid = ours.jid.clone();
        out.push(UiCommand::PreferAddress { jid }.into());
    }
}
