use egui::{Frame, Popup, Rect, Ui, pos2, vec2};
use onym_client_protocol::view_model::{
    ContactView, ConversationView, PresenceState, RequestView, UiCommand,
};

use crate::app_model::{MainModel, PeerEndpointState, PeerEndpointView, ViewCommand};
use crate::avatar;
use crate::button::{Weight, button_ui, icon_button_ui, menu_item_ui};
use crate::composer::Composer;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::empty_state::empty_state_ui;
use crate::icon::Icon;
use crate::message_list::MessageList;
use crate::placed::{self, placed_ui};
use crate::text;

/// The right side: one conversation.
#[derive(Debug, Default)]
pub(crate) struct ConversationPane {
    pub(crate) composer: Composer,
    pub(crate) messages: MessageList,
}

impl ConversationPane {
    /// Draws the conversation. `is_alone` says that the list is hidden and needs a way back.
    pub(crate) fn conversation_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        conversation: &ConversationView,
        is_alone: bool,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let endpoint = model.peer_endpoint.as_ref();
        header_ui(ui, &conversation.contact, endpoint, is_alone, dialog, out);
        banner_ui(ui, &conversation.contact, out);
        let frame = Frame::new().inner_margin(margin::AROUND_COMPOSER);
        egui::Panel::bottom("composer")
            .frame(frame)
            .show_separator_line(false)
            .show(ui, |ui| {
                let width = ui.available_width().min(size::MESSAGES_MAX);
                let indent = (ui.available_width() - width) / 2.0;
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.add_space(indent);
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        if self.composer.composer_ui(ui, &conversation.contact, out) {
                            self.messages.jump_to_end();
                        }
                    });
                });
            });
        if conversation.messages.is_empty() {
            nothing_said_ui(ui, &conversation.contact);
        } else {
            self.messages.message_list_ui(ui, conversation, out);
        }
    }
}

fn nothing_said_ui(ui: &mut Ui, contact: &ContactView) {
    let title = format!("Say hello to {}", contact.name);
    let words = "What you write is kept on this computer first and delivered as soon as their \
                 endpoint can be reached.";
    empty_state_ui(ui, &title, words, |_| {});
}

fn header_ui(
    ui: &mut Ui,
    contact: &ContactView,
    endpoint: Option<&PeerEndpointView>,
    is_alone: bool,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let header = vec2(ui.available_width(), size::HEADER);
    let (rect, _) = ui.allocate_exact_size(header, egui::Sense::hover());
    let line = egui::Stroke::new(size::LINE, palette.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - size::LINE / 2.0, line);
    let mut left = rect.left() + size::GAP_LARGE;
    if is_alone {
        let corner = pos2(
            rect.left() + size::GAP_TINY,
            rect.center().y - size::ICON_BUTTON / 2.0,
        );
        let back = Rect::from_min_size(corner, vec2(size::ICON_BUTTON, size::ICON_BUTTON));
        let button = |ui: &mut Ui| icon_button_ui(ui, Icon::Back, "Back to contacts").clicked();
        if placed_ui(ui, "back", back, placed::down(), button) {
            out.push(UiCommand::CloseConversation.into());
        }
        left = back.right() + size::GAP_SMALL;
    }
    let center = pos2(left + size::AVATAR_SMALL / 2.0, rect.center().y);
    avatar::paint(ui, center, size::AVATAR_SMALL, &contact.jid, &contact.name);
    let state = contact.presence.state;
    avatar::paint_presence(ui, center, size::AVATAR_SMALL, state, palette.window);

    let buttons = Rect::from_min_max(
        pos2(left + size::AVATAR_SMALL + size::NAME_MIN, rect.top()),
        pos2(rect.right() - size::GAP, rect.bottom()),
    );
    let buttons_left = placed_ui(ui, "buttons", buttons, placed::from_right(), |ui| {
        let menu = icon_button_ui(ui, Icon::Menu, "Conversation menu");
        Popup::menu(&menu).show(|ui| menu_ui(ui, contact, dialog));
        if endpoint.is_some_and(|endpoint| endpoint.can_retry)
            && button_ui(ui, "Retry now", Weight::Quiet).clicked()
        {
            out.push(ViewCommand::RetryPeer {
                jid: contact.jid.clone(),
            });
        }
        ui.min_rect().left()
    });
    let words = Rect::from_min_max(
        pos2(
            left + size::AVATAR_SMALL + size::GAP,
            rect.center().y - size::TWO_LINES / 2.0,
        ),
        pos2(
            buttons_left - size::GAP_SMALL,
            rect.center().y + size::TWO_LINES / 2.0,
        ),
    );
    placed_ui(ui, "words", words, placed::down(), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        text::line_ui(ui, &contact.name, TextRole::Heading, palette.text)
            .on_hover_ui(|ui| text::whole_jid_ui(ui, &contact.name, &contact.jid));
        let (words, color) = state_words(contact, endpoint, palette);
        text::line_ui(ui, words, TextRole::Small, color);
    });
}

/// Presence, and how their endpoint is reached.
fn state_words(
    contact: &ContactView,
    endpoint: Option<&PeerEndpointView>,
    palette: &Palette,
) -> (String, egui::Color32) {
    let presence = match contact.presence.state {
        PresenceState::Unknown if contact.presence.words.is_empty() => "Presence unknown",
        _ => contact.presence.words.as_str(),
    };
    let Some(endpoint) = endpoint else {
        return (presence.to_owned(), palette.text_secondary);
    };
    let color = match endpoint.state {
        PeerEndpointState::Waiting => palette.warning,
        _ => palette.text_secondary,
    };
    (format!("{presence} · {}", endpoint.words), color)
}

fn menu_ui(ui: &mut Ui, contact: &ContactView, dialog: &mut Option<Dialog>) {
    let palette = Palette::of(ui);
    ui.set_width(size::MENU_WIDTH);
    ui.spacing_mut().item_spacing.y = size::GAP_MENU;
    if menu_item_ui(ui, "Copy address", palette.text).clicked() {
        ui.ctx().copy_text(contact.jid.clone());
    }
    if !contact.is_contact {
        return;
    }
    let (jid, name) = (contact.jid.clone(), contact.name.clone());
    if menu_item_ui(ui, "Rename…", palette.text).clicked() {
        *dialog = Some(Dialog::Rename {
            jid,
            name,
            was_focused: false,
        });
    } else if menu_item_ui(ui, "Remove contact…", palette.danger).clicked() {
        *dialog = Some(Dialog::Remove { jid, name });
    }
}

/// What stands between the two of us: a request in one direction, or no contact at all.
fn banner_ui(ui: &mut Ui, contact: &ContactView, out: &mut Vec<ViewCommand>) {
    let words = match &contact.request {
        RequestView::Incoming { .. } => format!("{} wants to be your contact.", contact.name),
        RequestView::Outgoing => format!(
            "You asked {} to be your contact. You see their presence once they accept.",
            contact.name
        ),
        RequestView::None if contact.is_contact => return,
        RequestView::None => format!("{} is not one of your contacts.", contact.name),
    };
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.sidebar)
        .inner_margin(margin::BANNER);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            text::label_ui(ui, words, TextRole::Body, palette.text);
            let jid = || contact.jid.clone();
            match contact.request {
                RequestView::Incoming { .. } => {
                    if button_ui(ui, "Accept", Weight::Main).clicked() {
                        out.push(UiCommand::AcceptContact { jid: jid() }.into());
                    }
                    if button_ui(ui, "Decline", Weight::Quiet).clicked() {
                        out.push(UiCommand::DeclineContact { jid: jid() }.into());
                    }
                }
                RequestView::None if button_ui(ui, "Add contact", Weight::Quiet).clicked() => {
                    let (jid, name) = (jid(), String::new());
                    out.push(UiCommand::AddContact { jid, name }.into());
                }
                RequestView::None | RequestView::Outgoing => {}
            }
        });
    });
}
