//! The page of one contact: who it is, how they are reached, and how the conversation is kept.

use egui::{Align, Layout, Ui, Vec2};
use onym_client_protocol::view_model::{
    ContactView, DeviceView, EndpointView, PersonSummary, StatementView, UiCommand,
};

use crate::app_model::{MainModel, ViewCommand};
use crate::avatar;
use crate::button::{Weight, button_ui};
use crate::contact_menu::MUTES;
use crate::conversation_header::written_to;
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::form;
use crate::person::addresses::ways_ui;
use crate::person::history::history_ui;
use crate::person::identity_card::{IdentityCard, identity_card_ui};
use crate::person::lists::{keys_ui, other_addresses_ui, this_address_ui};
use crate::protection::device_list::{DeviceList, device_list_ui};
use crate::qr;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};
use crate::xmpp_link::link_to;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// After how long messages can disappear.
const DISAPPEAR: [u64; 5] = [3_600, DAY, 7 * DAY, 30 * DAY, 90 * DAY];

/// The page of one contact.
#[derive(Debug, Default)]
pub(crate) struct ContactPage {
    jid: String,
    groups: String,
    /// The groups that were asked for last.
    asked_groups: Vec<String>,
    shows_qr: bool,
}

impl ContactPage {
    /// A page of this contact.
    pub(crate) fn of(contact: &ContactView) -> Self {
        Self {
            jid: contact.jid.clone(),
            groups: contact.groups.join(", "),
            asked_groups: contact.groups.clone(),
            shows_qr: false,
        }
    }

    /// Whose page it is.
    pub(crate) fn jid(&self) -> &str {
        &self.jid
    }

    /// Draws the page.
    pub(crate) fn contact_page_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        contact: &ContactView,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let clock = Clock::of(&model.view);
        form::column_ui(ui, "contact page", size::COLUMN_WIDTH, |ui| {
            head_ui(ui, contact, clock);
            let open = model.view.conversation.as_ref();
            let open = open.filter(|open| open.contact.jid == contact.jid);
            let person = model.view.person.as_ref();
            let person = person.filter(|person| person.jid == contact.jid);
            let statement = person.and_then(|person| person.statement.as_ref());
            if let Some(open) = open.filter(|_| !contact.is_ourselves) {
                let card = IdentityCard {
                    name: &contact.name,
                    summary: &open.person,
                    is_contact: contact.is_contact,
                    person,
                    devices: &open.protection.devices,
                    stranger: model.view.stranger.as_ref(),
                    clock,
                };
                identity_card_ui(ui, card, dialog, out);
            }
            if let Some(ways) = person.and_then(|person| person.ways.as_ref()) {
                ways_ui(ui, &contact.jid, ways, clock, out);
            }
            let signed = statement.zip(open.map(|open| &open.person));
            let link = person.map(|person| person.link.as_str());
            self.address_ui(ui, contact, link, signed, clock);
            // What has to be done about it stands above what is only to be known.
            let to = open.map_or(contact.jid.as_str(), written_to);
            let endpoint = contact.endpoint.as_ref();
            if let Some(endpoint) = endpoint.filter(|it| it.can_retry) {
                endpoint_ui(ui, to, endpoint, clock, out);
            }
            self.contact_ui(ui, contact, dialog, out);
            mute_ui(ui, contact, clock, out);
            if let Some(open) = open {
                disappearing_ui(ui, contact, open.settings.disappear_after_secs, out);
                let devices = &open.protection.devices;
                devices_ui(ui, model, contact, devices, dialog, out);
            }
            if let (Some(statement), Some(open)) = (statement, open) {
                keys_ui(ui, statement, &open.person, clock);
            }
            if let Some(person) = person {
                history_ui(ui, &person.jid, &person.history, clock);
            }
            if let Some(endpoint) = endpoint.filter(|it| !it.can_retry) {
                endpoint_ui(ui, to, endpoint, clock, out);
            }
            danger_ui(ui, contact, dialog, out);
        });
    }

    /// The address, to copy, to show as a code, or as a link.
    fn address_ui(
        &mut self,
        ui: &mut Ui,
        contact: &ContactView,
        link: Option<&str>,
        signed: Option<(&StatementView, &PersonSummary)>,
        clock: Clock,
    ) {
        let has_others = signed.is_some_and(|(it, _)| it.addresses.iter().any(|it| !it.is_this));
        let title = match has_others {
            true => "contact-addresses",
            false => "contact-address",
        };
        form::card_ui(ui, &tr(ui, title), |ui| {
            form::padded_ui(ui, |ui| {
                address_ui(ui, &contact.jid);
                if let Some((statement, summary)) = signed {
                    this_address_ui(ui, statement, summary, clock);
                }
                let bare = || link_to(&contact.jid, None);
                let link = link.map_or_else(bare, str::to_owned);
                copy_buttons_ui(ui, &contact.jid, &link, &mut self.shows_qr);
            });
            if let Some((statement, summary)) = signed {
                other_addresses_ui(ui, statement, summary, clock, |_, _| {});
            }
        });
    }

    fn contact_ui(
        &mut self,
        ui: &mut Ui,
        contact: &ContactView,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        if !contact.is_contact {
            return;
        }
        form::card_ui(ui, &tr(ui, "contact-contact"), |ui| {
            let (title, hint) = (tr(ui, "contact-rename"), contact.name.clone());
            if form::action_ui(ui, &title, &hint, palette.text) {
                let (jid, name) = (contact.jid.clone(), contact.name.clone());
                *dialog = Some(Dialog::Rename {
                    jid,
                    name,
                    was_focused: false,
                });
            }
            form::padded_ui(ui, |ui| {
                let (name, hint) = (tr(ui, "contact-groups"), tr(ui, "contact-groups-hint"));
                let field = form::named_field_ui(ui, &name, &mut self.groups, &hint);
                let groups = groups_in(&self.groups);
                if field.lost_focus() && groups != self.asked_groups {
                    self.asked_groups.clone_from(&groups);
                    let jid = contact.jid.clone();
                    out.push(UiCommand::SetGroups { jid, groups }.into());
                }
            });
        });
    }
}

/// The groups in a list with commas; each once, in their order.
fn groups_in(text: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for group in text.split(',').map(str::trim) {
        if !group.is_empty() && !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
    }
    groups
}

/// The picture, the names and the presence.
fn head_ui(ui: &mut Ui, contact: &ContactView, clock: Clock) {
    let palette = Palette::of(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        let room = Vec2::splat(size::AVATAR_LARGE);
        let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
        let center = rect.center();
        avatar::paint_contact(ui, center, size::AVATAR_LARGE, contact, palette.window);
        text::label_ui(ui, &contact.name, TextRole::Title, palette.text);
        if let Some(name) = &contact.their_name {
            let words = tr_with(ui, "contact-their-name", &[("name", name.into())]);
            text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
        }
        let presence = Words::of(ui).contact_presence(contact, clock);
        text::label_ui(ui, presence, TextRole::Body, palette.text_secondary);
    });
}

/// An address, whole; an onion address begins a line, so that it is not torn.
pub(crate) fn address_ui(ui: &mut Ui, jid: &str) {
    let palette = Palette::of(ui);
    let lines = match jid.len() > 60 {
        true => jid.replacen('@', "@\n", 1),
        false => jid.to_owned(),
    };
    let label = egui::Label::new(text::rich(lines, TextRole::Body, palette.text));
    ui.add(label.wrap_mode(egui::TextWrapMode::Wrap).selectable(true));
}

/// Copies an address or a link to it, or shows the link as a code.
fn copy_buttons_ui(ui: &mut Ui, jid: &str, link: &str, shows_qr: &mut bool) {
    ui.horizontal_wrapped(|ui| {
        if button_ui(ui, &tr(ui, "contact-copy"), Weight::Quiet).clicked() {
            ui.ctx().copy_text(jid.to_owned());
        }
        if button_ui(ui, &tr(ui, "contact-copy-link"), Weight::Quiet).clicked() {
            ui.ctx().copy_text(link.to_owned());
        }
        let key = if *shows_qr {
            "contact-hide-qr"
        } else {
            "contact-show-qr"
        };
        if button_ui(ui, &tr(ui, key), Weight::Quiet).clicked() {
            *shows_qr = !*shows_qr;
        }
    });
    if *shows_qr {
        ui.vertical_centered(|ui| {
            let name = tr(ui, "contact-qr");
            let side = size::QR_LARGE.min(ui.available_width());
            qr::qr_ui(ui, link, side, &name);
        });
    }
}

/// Which endpoint, how it is reached, and what waits for it.
fn endpoint_ui(
    ui: &mut Ui,
    written_to: &str,
    endpoint: &EndpointView,
    clock: Clock,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("contact-endpoint"), |ui| {
        form::fact_ui(
            ui,
            &words.get("contact-endpoint-state"),
            &words.endpoint(endpoint, clock),
        );
        form::fact_ui(ui, &words.get("contact-endpoint-domain"), &endpoint.domain);
        let times = [
            ("contact-endpoint-reached", endpoint.last_reached),
            ("contact-endpoint-tried", endpoint.last_try),
        ];
        for (key, at) in times {
            if let Some(at) = at {
                form::fact_ui(ui, &words.get(key), &words.ago(at, clock));
            }
        }
        if let Some(trouble) = &endpoint.trouble {
            let why = words.endpoint_reason(trouble.reason);
            form::fact_ui(ui, &words.get("contact-endpoint-why"), &why);
            form::fact_ui(ui, &words.get("contact-endpoint-detail"), &trouble.detail);
        }
        if endpoint.waiting > 0 {
            let count = [("count", endpoint.waiting.into())];
            let waiting = words.with("contact-endpoint-waiting-count", &count);
            form::fact_ui(ui, &words.get("contact-endpoint-waiting"), &waiting);
        }
        if endpoint.can_retry {
            form::padded_ui(ui, |ui| {
                let label = words.get("contact-retry");
                if button_ui(ui, &label, Weight::Quiet).clicked() {
                    let jid = written_to.to_owned();
                    out.push(ViewCommand::RetryPeer { jid });
                }
            });
        }
    });
}

/// What can read what we write to them.
fn devices_ui(
    ui: &mut Ui,
    model: &MainModel,
    contact: &ContactView,
    devices: &[DeviceView],
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("devices-title"), |ui| {
        if contact.is_ourselves {
            let title = words.get("shield-our-devices");
            if form::action_ui(ui, &title, "", Palette::of(ui).text) {
                *dialog = Some(Dialog::OurDevices);
            }
            return;
        }
        if devices.is_empty() {
            form::padded_ui(ui, |ui| form::note_ui(ui, &words.get("devices-none")));
        }
        let list = DeviceList {
            devices,
            name: &contact.name,
            ours: &model.view.our_devices,
            clock: Clock::of(&model.view),
        };
        device_list_ui(ui, list, dialog, out);
        form::padded_ui(ui, |ui| {
            if button_ui(ui, &words.get("devices-refresh"), Weight::Quiet).clicked() {
                let jid = contact.jid.clone();
                out.push(UiCommand::RefreshDevices { jid }.into());
            }
        });
    });
}

fn mute_ui(ui: &mut Ui, contact: &ContactView, clock: Clock, out: &mut Vec<ViewCommand>) {
    use onym_client_protocol::view_model::MuteView;
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("contact-notifications"), |ui| {
        let set = |out: &mut Vec<ViewCommand>, mute| {
            let jid = contact.jid.clone();
            out.push(UiCommand::SetMuted { jid, mute }.into());
        };
        let is_on = contact.mute == MuteView::No;
        if form::choice_ui(ui, &words.get("contact-notifications-on"), "", is_on) {
            set(out, None);
        }
        if let MuteView::Until(until) = contact.mute {
            let time = words.day_and_clock(until, clock.local_now);
            let title = words.with("contact-muted-until", &[("time", time.into())]);
            let _chosen = form::choice_ui(ui, &title, "", true);
        }
        for (key, mute) in MUTES {
            let is_ever = mute == onym_client_protocol::view_model::MuteFor::Ever;
            let is_chosen = is_ever && contact.mute == MuteView::Forever;
            if form::choice_ui(ui, &words.get(key), "", is_chosen) {
                set(out, Some(mute));
            }
        }
    });
}

fn disappearing_ui(
    ui: &mut Ui,
    contact: &ContactView,
    after: Option<u64>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("contact-disappearing"), |ui| {
        form::padded_ui(ui, |ui| {
            form::note_ui(ui, &words.get("contact-disappearing-words"));
            let never = (None, words.get("contact-disappearing-never"));
            let times = DISAPPEAR.map(|seconds| (Some(seconds), words.span(seconds)));
            let choices: Vec<_> = std::iter::once(never).chain(times).collect();
            if let Some(after_secs) = form::chips_ui(ui, &choices, after) {
                let jid = contact.jid.clone();
                out.push(UiCommand::SetDisappearing { jid, after_secs }.into());
            }
        });
    });
}

fn danger_ui(
    ui: &mut Ui,
    contact: &ContactView,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let names = || (contact.jid.clone(), contact.name.clone());
    form::card_ui(ui, &tr(ui, "contact-danger"), |ui| {
        let hint = tr(ui, "contact-delete-hint");
        if form::action_ui(
            ui,
            &tr(ui, "menu-delete-conversation"),
            &hint,
            palette.danger,
        ) {
            let (jid, name) = names();
            *dialog = Some(Dialog::DeleteConversation { jid, name });
        }
        if contact.is_contact {
            let hint = tr(ui, "contact-remove-hint");
            if form::action_ui(ui, &tr(ui, "contact-remove"), &hint, palette.danger) {
                let (jid, name) = names();
                *dialog = Some(Dialog::Remove { jid, name });
            }
        }
        if contact.is_blocked {
            if form::action_ui(ui, &tr(ui, "menu-unblock"), "", palette.text) {
                let (jid, blocked) = (contact.jid.clone(), false);
                out.push(UiCommand::SetBlocked { jid, blocked }.into());
            }
        } else if !contact.is_ourselves {
            let hint = tr(ui, "contact-block-hint");
            if form::action_ui(ui, &tr(ui, "menu-block"), &hint, palette.danger) {
                let (jid, name) = names();
                *dialog = Some(Dialog::Block { jid, name });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_separated_by_commas() {
        assert_eq!(groups_in(" Work, Friends ,,Work"), ["Work", "Friends"]);
        assert!(groups_in(" , ").is_empty());
    }
}
