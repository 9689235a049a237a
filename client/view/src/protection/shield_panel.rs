use egui::{Color32, Frame, Popup, PopupCloseBehavior, RectAlign, ScrollArea, Ui};
use onym_client_protocol::store::EncryptionPolicy;
use onym_client_protocol::view_model::{ConversationView, Shield, UiCommand};

use super::device_list::{state_of_ui, state_ui};
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui, icon_button_of_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::form;
use crate::icon::Icon;
use crate::person::identity_card::standing_line_ui;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

/// The shield beside the composer, and what it opens.
#[derive(Debug, Default)]
pub(crate) struct ShieldPanel {
    is_open: bool,
}

impl ShieldPanel {
    /// Opens the panel.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn open(&mut self) {
        self.is_open = true;
    }

    /// Closes the panel. Returns whether it was open.
    pub(crate) fn close(&mut self) -> bool {
        std::mem::take(&mut self.is_open)
    }

    /// Draws the shield, and the panel while it is open.
    pub(crate) fn shield_ui(
        &mut self,
        ui: &mut Ui,
        conversation: &ConversationView,
        clock: Clock,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        let (icon, color) = look(conversation.protection.shield, palette);
        let state = words.shield(conversation.protection.shield);
        let name = words.with("shield-button", &[("state", state.into())]);
        let button = icon_button_of_ui(ui, Icon::Talk(icon), &name, color, None);
        if button.clicked() {
            self.is_open = !self.is_open;
        }
        let behavior = if button.clicked() {
            PopupCloseBehavior::IgnoreClicks
        } else {
            PopupCloseBehavior::CloseOnClickOutside
        };
        let had_dialog = dialog.is_some();
        Popup::from_response(&button)
            .align(RectAlign::TOP_END)
            .gap(size::GAP)
            .open_bool(&mut self.is_open)
            .close_behavior(behavior)
            .accessible_name(name)
            .show(|ui| {
                let frame = Frame::new().inner_margin(margin::PANEL);
                frame.show(ui, |ui| panel_ui(ui, conversation, clock, dialog, out));
            });
        // A question stands over the panel, and what it is about has its own page.
        if dialog.is_some() && !had_dialog {
            self.is_open = false;
        }
    }
}

/// The symbol and the colour of a state.
fn look(shield: Shield, palette: &Palette) -> (TalkIcon, Color32) {
    match shield {
        Shield::Unknown => (TalkIcon::ShieldAsk, palette.text_secondary),
        Shield::Verified => (TalkIcon::ShieldCheck, palette.good_text),
        Shield::Encrypted => (TalkIcon::Shield, palette.text_secondary),
        Shield::Waiting => (TalkIcon::ShieldWait, palette.warning),
        Shield::Clear => (TalkIcon::ShieldOff, palette.danger),
    }
}

fn panel_ui(
    ui: &mut Ui,
    conversation: &ConversationView,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let protection = &conversation.protection;
    let window = ui.ctx().content_rect();
    let width = size::SHIELD_PANEL.min(window.width() - 6.0 * size::GAP_LARGE);
    ui.set_width(width);
    ui.spacing_mut().item_spacing.y = size::GAP_SMALL;
    let (icon, color) = look(protection.shield, palette);
    let color = if protection.shield == Shield::Encrypted {
        palette.text
    } else {
        color
    };
    let state = words.shield(protection.shield);
    state_of_ui(ui, Icon::Talk(icon), &state, TextRole::Heading, color);
    let why = words.shield_reason(conversation, clock);
    text::label_ui(ui, why, TextRole::Body, palette.text);
    let person = &conversation.person;
    if person.identity.is_some() && !conversation.contact.is_ourselves {
        standing_line_ui(ui, person, clock);
    }
    renew_ui(ui, conversation, out);
    devices_ui(ui, conversation, dialog);
    let around = match protection.unreadable {
        0 => size::SHIELD_PANEL_AROUND,
        _ => size::SHIELD_PANEL_AROUND + size::SHIELD_PANEL_RENEW,
    };
    let max_height = (window.height() - around).max(size::ROW_MIN * 3.0);
    form::card_ui(ui, &tr(ui, "shield-policy"), |ui| {
        ScrollArea::vertical()
            .id_salt("protection of a conversation")
            .auto_shrink([false, true])
            .max_height(max_height)
            // Without it the area would stay as high as it was in the last frame.
            .min_scrolled_height(max_height)
            .show(ui, |ui| policies_ui(ui, conversation, dialog, out));
    });
}

/// Messages that could not be read, and what can be done about them.
fn renew_ui(ui: &mut Ui, conversation: &ConversationView, out: &mut Vec<ViewCommand>) {
    let unreadable = conversation.protection.unreadable;
    if unreadable == 0 {
        return;
    }
    let words = tr_with(ui, "shield-unreadable", &[("count", unreadable.into())]);
    state_ui(ui, Icon::Warning, &words, Palette::of(ui).warning);
    ui.horizontal_wrapped(|ui| {
        if button_ui(ui, &tr(ui, "shield-renew"), Weight::Main).clicked() {
            let jid = conversation.contact.jid.clone();
            out.push(UiCommand::RenewSessions { jid }.into());
        }
    });
    form::note_ui(ui, &tr(ui, "shield-renew-words"));
}

/// Leads to the devices that can read what is written.
fn devices_ui(ui: &mut Ui, conversation: &ConversationView, dialog: &mut Option<Dialog>) {
    let contact = &conversation.contact;
    ui.horizontal_wrapped(|ui| {
        if !contact.is_ourselves {
            let name = text::single_line(&contact.name);
            let name: String = name.chars().take(MAX_NAME_CHARS).collect();
            let label = tr_with(ui, "shield-their-devices", &[("name", name.into())]);
            if button_ui(ui, &label, Weight::Quiet).clicked() {
                let jid = contact.jid.clone();
                *dialog = Some(Dialog::Contact { jid });
            }
        }
        if button_ui(ui, &tr(ui, "shield-our-devices"), Weight::Quiet).clicked() {
            *dialog = Some(Dialog::OurDevices);
        }
    });
}

/// The longest name on a button.
const MAX_NAME_CHARS: usize = 24;

fn policies_ui(
    ui: &mut Ui,
    conversation: &ConversationView,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    let protection = &conversation.protection;
    let (default_name, _) = words.policy(protection.default_policy);
    let title = words.get("shield-policy-default");
    let is_default = protection.policy.is_none();
    if form::choice_ui(ui, &title, &default_name, is_default) {
        choose(conversation, None, dialog, out);
    }
    for policy in EncryptionPolicy::ALL {
        let (name, consequence) = words.policy(policy);
        let is_chosen = protection.policy == Some(policy);
        if form::choice_ui(ui, &name, &consequence, is_chosen) {
            choose(conversation, Some(policy), dialog, out);
        }
    }
}

/// What allows the clear is asked about once.
fn choose(
    conversation: &ConversationView,
    policy: Option<EncryptionPolicy>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let protection = &conversation.protection;
    let jid = conversation.contact.jid.clone();
    let command = UiCommand::SetEncryption { jid, policy };
    let before = protection.policy.unwrap_or(protection.default_policy);
    let after = policy.unwrap_or(protection.default_policy);
    if allows_clear(after) && before != after {
        *dialog = Some(Dialog::InTheClear {
            name: Some(conversation.contact.name.clone()),
            command,
        });
    } else {
        out.push(command.into());
    }
}

/// Whether messages may go in the clear.
pub(crate) fn allows_clear(policy: EncryptionPolicy) -> bool {
    matches!(
        policy,
        EncryptionPolicy::BestOrClear | EncryptionPolicy::Clear
    )
}
