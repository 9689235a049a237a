use egui::{Color32, Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{
    ContactView, ConversationView, EndpointState, TypingView, UiCommand,
};

use crate::app_model::ViewCommand;
use crate::avatar;
use crate::button::{Weight, button_ui, focus_ring, icon_button_ui, menu_item_ui};
use crate::contact_menu::contact_menu_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

/// In a header narrower than this the calendar is in the menu alone.
const WIDE_FROM: f32 = 480.0;

/// What the header asks of the conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum HeaderEvent {
    /// Find words.
    Find,
    /// Choose a day, below this place.
    ChooseDay(egui::Pos2),
}

/// What the header shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeaderModel<'a> {
    pub(crate) conversation: &'a ConversationView,
    /// Whether the list is hidden and needs a way back.
    pub(crate) is_alone: bool,
    pub(crate) clock: Clock,
}

/// Draws the header.
pub(crate) fn header_ui(
    ui: &mut Ui,
    model: HeaderModel<'_>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) -> Option<HeaderEvent> {
    let palette = Palette::of(ui);
    let contact = &model.conversation.contact;
    let header = vec2(ui.available_width(), size::HEADER);
    let (rect, _) = ui.allocate_exact_size(header, Sense::hover());
    let line = egui::Stroke::new(size::LINE, palette.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - size::LINE / 2.0, line);
    let mut left = rect.left() + size::GAP_LARGE;
    if model.is_alone {
        left = back_ui(ui, rect, out);
    }
    let center = pos2(left + size::AVATAR_SMALL / 2.0, rect.center().y);
    avatar::paint_contact(ui, center, size::AVATAR_SMALL, contact, palette.window);
    let mut event = None;
    let buttons = Rect::from_min_max(
        pos2(left + size::AVATAR_SMALL + size::NAME_MIN, rect.top()),
        pos2(rect.right() - size::GAP, rect.bottom()),
    );
    let buttons_left = placed_ui(ui, "buttons", buttons, placed::from_right(), |ui| {
        ui.spacing_mut().item_spacing.x = size::GAP_TINY;
        event = buttons_ui(ui, &model, rect.width() >= WIDE_FROM, dialog, out);
        ui.min_rect().left()
    });
    let height = size::TWO_LINES / 2.0;
    let words = Rect::from_min_max(
        pos2(
            left + size::AVATAR_SMALL + size::GAP,
            rect.center().y - height,
        ),
        pos2(buttons_left - size::GAP_SMALL, rect.center().y + height),
    );
    let is_asked = placed_ui(ui, "words", words, placed::down(), |ui| {
        words_ui(ui, &model)
    });
    if is_asked {
        let jid = contact.jid.clone();
        *dialog = Some(Dialog::Contact { jid });
    }
    event
}

fn back_ui(ui: &mut Ui, rect: Rect, out: &mut Vec<ViewCommand>) -> f32 {
    let top = rect.center().y - size::ICON_BUTTON / 2.0;
    let corner = pos2(rect.left() + size::GAP_TINY, top);
    let back = Rect::from_min_size(corner, vec2(size::ICON_BUTTON, size::ICON_BUTTON));
    let name = tr(ui, "conversation-back");
    let button = |ui: &mut Ui| icon_button_ui(ui, Icon::Back, &name).clicked();
    if placed_ui(ui, "back", back, placed::down(), button) {
        out.push(UiCommand::CloseConversation.into());
    }
    back.right() + size::GAP_SMALL
}

fn buttons_ui(
    ui: &mut Ui,
    model: &HeaderModel<'_>,
    is_wide: bool,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) -> Option<HeaderEvent> {
    let contact = &model.conversation.contact;
    let mut event = None;
    let menu = icon_button_ui(ui, Icon::Menu, &tr(ui, "conversation-menu"));
    let below = menu.rect.left_bottom();
    Popup::menu(&menu).show(|ui| {
        if let Some(chosen) = menu_ui(ui, contact, dialog, below, out) {
            event = Some(chosen);
        }
    });
    if is_wide {
        let icon = Icon::Talk(TalkIcon::Calendar);
        let day = icon_button_ui(ui, icon, &tr(ui, "conversation-choose-day"));
        if day.clicked() {
            event = Some(HeaderEvent::ChooseDay(day.rect.left_bottom()));
        }
    }
    if icon_button_ui(ui, Icon::Search, &tr(ui, "conversation-find")).clicked() {
        event = Some(HeaderEvent::Find);
    }
    let can_retry = contact
        .endpoint
        .as_ref()
        .is_some_and(|endpoint| endpoint.can_retry);
    if can_retry && button_ui(ui, &tr(ui, "conversation-retry"), Weight::Quiet).clicked() {
        let jid = written_to(model.conversation).to_owned();
        out.push(ViewCommand::RetryPeer { jid });
    }
    event
}

/// The address that messages of a conversation go to: what is shown of an endpoint is of that one.
pub(crate) fn written_to(conversation: &ConversationView) -> &str {
    let ways = conversation.ways.as_ref();
    ways.map_or(conversation.contact.jid.as_str(), |ways| {
        ways.written_to.as_str()
    })
}

/// Returns whether the page of the contact shall be shown.
fn words_ui(ui: &mut Ui, model: &HeaderModel<'_>) -> bool {
    let palette = Palette::of(ui);
    let contact = &model.conversation.contact;
    ui.spacing_mut().item_spacing.y = 0.0;
    let is_asked = name_ui(ui, contact);
    let (words, color) = state_words(ui, model, palette);
    let galley = text::one_line(ui, &words, TextRole::Small, color, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    if galley.elided {
        response.on_hover_text(&words);
    }
    ui.painter().galley(rect.min, galley, color);
    is_asked
}

fn name_ui(ui: &mut Ui, contact: &ContactView) -> bool {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let galley = text::one_line(ui, &contact.name, TextRole::Heading, palette.text, width);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &contact.name));
    focus_ring(ui, &response, size::RADIUS_SMALL);
    ui.painter().galley(rect.min, galley, palette.text);
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_ui(|ui| text::whole_jid_ui(ui, &contact.name, &contact.jid))
        .clicked()
}

/// Whether they write, else whether they are there, and how their endpoint is reached.
fn state_words(ui: &Ui, model: &HeaderModel<'_>, palette: &Palette) -> (String, Color32) {
    let contact = &model.conversation.contact;
    match model.conversation.typing {
        TypingView::Composing => return (tr(ui, "conversation-typing"), palette.accent),
        TypingView::Paused => {
            return (tr(ui, "conversation-typing-paused"), palette.text_secondary);
        }
        TypingView::No => {}
    }
    let words = Words::of(ui);
    if contact.is_ourselves {
        return (words.get("conversation-notes"), palette.text_secondary);
    }
    let presence = words.contact_presence(contact, model.clock);
    let way = model
        .conversation
        .ways
        .as_ref()
        .and_then(|ways| words.way(ways));
    if let Some(way) = way {
        let both = [("presence", presence.into()), ("endpoint", way.into())];
        return (
            tr_with(ui, "conversation-state", &both),
            palette.text_secondary,
        );
    }
    let Some(endpoint) = &contact.endpoint else {
        return (presence, palette.text_secondary);
    };
    if presence == words.get("presence-connecting") {
        // The words about the endpoint say the same, and more.
        return (
            words.endpoint(endpoint, model.clock),
            palette.text_secondary,
        );
    }
    let is_waiting = endpoint.state == EndpointState::Waiting;
    let endpoint = words.endpoint(endpoint, model.clock);
    let color = if is_waiting {
        palette.warning
    } else {
        palette.text_secondary
    };
    let both = [("presence", presence.into()), ("endpoint", endpoint.into())];
    (tr_with(ui, "conversation-state", &both), color)
}

fn menu_ui(
    ui: &mut Ui,
    contact: &ContactView,
    dialog: &mut Option<Dialog>,
    below: egui::Pos2,
    out: &mut Vec<ViewCommand>,
) -> Option<HeaderEvent> {
    let palette = Palette::of(ui);
    ui.set_width(size::MENU_WIDTH);
    ui.spacing_mut().item_spacing.y = size::GAP_MENU;
    let mut event = None;
    if menu_item_ui(ui, &tr(ui, "conversation-find"), palette.text).clicked() {
        event = Some(HeaderEvent::Find);
    }
    if menu_item_ui(ui, &tr(ui, "conversation-choose-day"), palette.text).clicked() {
        event = Some(HeaderEvent::ChooseDay(below));
    }
    contact_menu_ui(ui, contact, dialog, out);
    event
}
