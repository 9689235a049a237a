use egui::{Align, Frame, Layout, Role, Ui, WidgetInfo};
use onym_client_protocol::protection::Hold;
use onym_client_protocol::view_model::{ConversationView, UiCommand};

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::icon::Icon;
use crate::protection::device_list::state_ui;
use crate::text;
use crate::words::{Clock, Words, tr};

/// Stands across a conversation whose identity has changed, ended, or contradicts itself.
pub(crate) fn identity_bar_ui(
    ui: &mut Ui,
    conversation: &ConversationView,
    dialog: &mut Option<Dialog>,
) {
    let summary = &conversation.person;
    if !summary.is_alarming() {
        return;
    }
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let said = words.alarm(summary, &conversation.contact.name);
    let frame = Frame::new()
        .fill(palette.danger_fill)
        .inner_margin(margin::BANNER);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if button_ui(ui, &words.get("person-look"), Weight::Quiet).clicked() {
                *dialog = look_at(conversation);
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let label = text::label_ui(ui, &said, TextRole::Name, palette.text_on_fill);
                label.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &said));
            });
        });
    });
}

/// Says above the composer that messages wait for what the user thinks of the identity, or for new keys
/// of our own.
pub(crate) fn waits_ui(
    ui: &mut Ui,
    conversation: &ConversationView,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let hold = conversation.protection.hold;
    let is_about_identity = |hold: &Hold| {
        matches!(
            hold,
            Hold::IdentityChanged
                | Hold::AddressRevoked
                | Hold::IdentityRevoked
                | Hold::IdentityDiffers
                | Hold::SignedOut
        )
    };
    let Some(hold) = hold.filter(is_about_identity) else {
        return;
    };
    let palette = Palette::of(ui);
    let why = Words::of(ui).hold(hold, &conversation.contact.name, clock);
    state_ui(ui, Icon::Warning, &why, palette.danger);
    if hold == Hold::SignedOut && button_ui(ui, &tr(ui, "person-renew"), Weight::Main).clicked() {
        out.push(UiCommand::RenewOurDevice.into());
    }
    // The bar above leads to what there is to read; only a decision has to be made here, too.
    let asked = match hold {
        Hold::IdentityDiffers => Some("person-compare-again"),
        _ if conversation.person.challenge.is_some() => Some("person-choose"),
        _ => None,
    };
    if let Some(label) = asked
        && button_ui(ui, &tr(ui, label), Weight::Main).clicked()
    {
        *dialog = look_at(conversation);
    }
    ui.add_space(size::GAP_SMALL);
}

/// The question, where there is one to decide; else the page that explains it.
fn look_at(conversation: &ConversationView) -> Option<Dialog> {
    let contact = &conversation.contact;
    let jid = contact.jid.clone();
    let question = Dialog::changed(Some(&jid), &contact.name, &conversation.person);
    question.or(Some(Dialog::Contact { jid }))
}
