//! One row of the list of conversations.

use egui::{
    Color32, Key, Modifiers, Popup, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use onym_client_protocol::view_model::{
    ContactView, DeliveryState, DirectionView, MuteView, RequestView,
};

use crate::app_model::ViewCommand;
use crate::avatar;
use crate::button::focus_ring;
use crate::contact_menu::contact_menu_ui;
use crate::delivery_mark;
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::icon::Icon;
use crate::message_list::badge;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words};

/// Names a row, so that the keyboard can be sent to it.
pub(crate) fn row_id(jid: &str) -> egui::Id {
    egui::Id::unique(("contact row", jid))
}

/// Draws one contact with its menu; the response tells about clicks.
pub(crate) fn contact_row_ui(
    ui: &mut Ui,
    rect: Rect,
    contact: &ContactView,
    is_open: bool,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) -> Response {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let response = ui.interact(rect, row_id(&contact.jid), Sense::click());
    response.widget_info(|| {
        let spoken = spoken(words, contact, clock);
        WidgetInfo::selected(Role::Button, true, is_open, spoken)
    });
    let ground = if is_open {
        palette.selected
    } else if response.hovered() || response.has_focus() || response.context_menu_opened() {
        palette.hovered
    } else {
        palette.sidebar
    };
    ui.painter().rect_filled(rect, size::RADIUS, ground);
    let inner = rect.shrink2(vec2(size::GAP_SMALL, 0.0));
    let center = pos2(inner.left() + size::AVATAR / 2.0, inner.center().y);
    avatar::paint_contact(ui, center, size::AVATAR, contact, ground);

    let mut lines = inner;
    lines.set_left(inner.left() + size::AVATAR + size::GAP);
    let middle = lines.center().y;
    let upper = Rect::from_min_max(
        pos2(lines.left(), middle - size::TWO_LINES / 2.0),
        pos2(lines.right(), middle),
    );
    let lower = upper.translate(vec2(0.0, size::TWO_LINES / 2.0));
    upper_line(ui, upper, contact, clock);
    lower_line(ui, lower, contact);
    focus_ring(ui, &response, size::RADIUS);

    let menu = |ui: &mut Ui| contact_menu_ui(ui, contact, dialog, out);
    let wants_menu =
        response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::F10));
    let id = Popup::default_response_id(&response);
    if wants_menu {
        Popup::open_id(ui.ctx(), id);
    }
    let mut popup = Popup::context_menu(&response);
    if Popup::is_id_open(ui.ctx(), id) && Popup::position_of_id(ui.ctx(), id).is_none() {
        // The keyboard opened it; where the pointer is does not matter.
        popup = popup.at_position(rect.center());
    }
    popup.show(menu);
    response.on_hover_ui(|ui| {
        text::whole_jid_ui(ui, &contact.name, &contact.jid);
        let presence = words.contact_presence(contact, clock);
        text::label_ui(ui, presence, TextRole::Small, palette.text);
    })
}

/// The name, marks for what the user has set, and the time of the newest message.
fn upper_line(ui: &Ui, rect: Rect, contact: &ContactView, clock: Clock) {
    let palette = Palette::of(ui);
    let mut room = rect;
    if let Some(last) = &contact.last_message {
        let color = if contact.unread > 0 && !contact.mute.is_muted() {
            palette.accent
        } else {
            palette.text_secondary
        };
        let time = Words::of(ui).short_time(last.local, clock.local_now);
        let time = text::one_line(ui, &time, TextRole::Small, color, rect.width());
        let min = pos2(
            rect.right() - time.size().x,
            rect.center().y - time.size().y / 2.0,
        );
        room.max.x -= time.size().x + size::GAP_SMALL;
        ui.painter().galley(min, time, color);
    }
    let marks = [
        (contact.is_verified, Icon::Talk(TalkIcon::ShieldCheck)),
        (contact.mute.is_muted(), Icon::Mute),
        (contact.is_pinned, Icon::Pin),
    ];
    let marks = marks.into_iter().filter(|(is_set, _)| *is_set);
    let taken = marks.clone().count() as f32 * (size::ROW_MARK + size::GAP_TINY);
    let width = (room.width() - taken).max(0.0);
    let name = text::one_line(ui, &contact.name, TextRole::Name, palette.text, width);
    let min = pos2(rect.left(), rect.center().y - name.size().y / 2.0);
    let mut left = rect.left() + name.size().x + size::GAP_TINY;
    ui.painter().galley(min, name, palette.text);
    for (_, icon) in marks {
        let middle = pos2(left + size::ROW_MARK / 2.0, rect.center().y);
        let place = Rect::from_center_size(middle, Vec2::splat(size::ROW_MARK));
        icon.paint(ui.painter(), place, palette.text_secondary);
        left += size::ROW_MARK + size::GAP_TINY;
    }
}

/// A draft, the newest message, or the state of a request; and the number of unread messages.
fn lower_line(ui: &Ui, rect: Rect, contact: &ContactView) {
    let palette = Palette::of(ui);
    let mut area = rect;
    if contact.unread > 0 {
        let right = pos2(rect.right(), rect.center().y);
        area.max.x -= badge(ui, right, egui::Align2::RIGHT_CENTER, contact.unread);
        area.max.x -= size::GAP_SMALL;
    }
    let is_quiet = contact.draft.is_none() && !contact.is_typing;
    let delivery = contact
        .last_message
        .as_ref()
        .and_then(|last| last.delivery.as_ref());
    if let Some(delivery) = delivery.filter(|_| is_quiet) {
        let color = match delivery.state {
            DeliveryState::Failed => palette.danger,
            _ => palette.text_secondary,
        };
        let center = pos2(area.left() + size::MARK / 2.0, area.center().y);
        let mark = Rect::from_center_size(center, Vec2::splat(size::MARK - 2.0));
        delivery_mark::paint(ui.painter(), mark, delivery.state, color);
        area.min.x += size::MARK + size::GAP_TINY;
    }
    let (words, color) = second_line(Words::of(ui), contact, palette);
    let galley = text::one_line(ui, &words, TextRole::Small, color, area.width());
    let min = pos2(area.left(), area.center().y - galley.size().y / 2.0);
    ui.painter().galley(min, galley, color);
}

fn second_line(words: Words, contact: &ContactView, palette: &Palette) -> (String, Color32) {
    if contact.is_typing {
        return (words.get("contacts-typing"), palette.accent);
    }
    if let Some(draft) = &contact.draft {
        let line: Vec<&str> = draft.split_whitespace().take(30).collect();
        let draft = text::plain(&line.join(" ")).into_owned();
        let words = words.with("contacts-draft", &[("text", draft.into())]);
        return (words, palette.accent);
    }
    if let Some(last) = &contact.last_message {
        let color = if contact.unread > 0 {
            palette.text
        } else {
            palette.text_secondary
        };
        if last.is_retracted {
            return (words.get("contacts-retracted"), palette.text_secondary);
        }
        if last.preview.is_empty() {
            return (words.get("contacts-unreadable"), color);
        }
        return (last.preview.clone(), color);
    }
    let key = match contact.request {
        _ if contact.is_blocked => "contacts-blocked",
        RequestView::Outgoing => "contacts-waiting",
        _ if contact.is_ourselves => "contacts-ourselves",
        _ if !contact.is_contact => "contacts-stranger",
        _ => "contacts-no-messages",
    };
    (words.get(key), palette.text_secondary)
}

/// The row in words.
fn spoken(words: Words, contact: &ContactView, clock: Clock) -> String {
    let mut parts = vec![contact.name.clone()];
    parts.push(words.contact_presence(contact, clock));
    if contact.unread > 0 {
        parts.push(words.with("contacts-unread", &[("count", contact.unread.into())]));
    }
    let states = [
        (contact.is_typing, "contacts-typing"),
        (contact.request == RequestView::Outgoing, "contacts-waiting"),
        (contact.draft.is_some(), "contacts-has-draft"),
        (contact.is_pinned, "contacts-pinned"),
        (contact.mute != MuteView::No, "contacts-muted"),
        (contact.is_blocked, "contacts-blocked"),
        (contact.is_verified, "contacts-verified"),
    ];
    let states = states.into_iter().filter(|(is_so, _)| *is_so);
    parts.extend(states.map(|(_, key)| words.get(key)));
    if let Some(last) = &contact.last_message {
        let text = match last.is_retracted {
            true => words.get("contacts-retracted"),
            false if last.preview.is_empty() => words.get("contacts-unreadable"),
            false => last.preview.clone(),
        };
        let time = words.short_time(last.local, clock.local_now);
        let key = match last.direction {
            DirectionView::Incoming => "contacts-their-last",
            DirectionView::Outgoing => "contacts-our-last",
        };
        parts.push(words.with(key, &[("time", time.into()), ("text", text.into())]));
        let delivery = last.delivery.as_ref();
        parts.extend(delivery.map(|delivery| words.delivery(delivery, clock)));
    }
    parts.join(", ")
}
