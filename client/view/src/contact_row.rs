use egui::{Color32, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{ContactView, DeliveryState, RequestView};

use crate::avatar;
use crate::button::focus_ring;
use crate::delivery_mark;
use crate::design_tokens::{Palette, TextRole, size};
use crate::message_list::badge;
use crate::text;

/// Draws one contact; the response tells about clicks.
pub(crate) fn contact_row_ui(
    ui: &mut Ui,
    rect: Rect,
    contact: &ContactView,
    is_open: bool,
) -> Response {
    let palette = Palette::of(ui);
    let response = ui.interact(
        rect,
        ui.scope_id().with(("contact", &contact.jid)),
        Sense::click(),
    );
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, spoken(contact)));
    let ground = if is_open {
        palette.selected
    } else if response.hovered() || response.has_focus() {
        palette.hovered
    } else {
        palette.sidebar
    };
    ui.painter().rect_filled(rect, size::RADIUS, ground);
    let inner = rect.shrink2(vec2(size::GAP_SMALL, 0.0));
    let center = pos2(inner.left() + size::AVATAR / 2.0, inner.center().y);
    avatar::paint(ui, center, size::AVATAR, &contact.jid, &contact.name);
    avatar::paint_presence(ui, center, size::AVATAR, contact.presence.state, ground);

    let mut lines = inner;
    lines.set_left(inner.left() + size::AVATAR + size::GAP);
    let middle = lines.center().y;
    let upper = Rect::from_min_max(
        pos2(lines.left(), middle - size::TWO_LINES / 2.0),
        pos2(lines.right(), middle),
    );
    let lower = upper.translate(vec2(0.0, size::TWO_LINES / 2.0));
    upper_line(ui, upper, contact);
    lower_line(ui, lower, contact);
    focus_ring(ui, &response, size::RADIUS);
    response.on_hover_ui(|ui| {
        text::whole_jid_ui(ui, &contact.name, &contact.jid);
        if !contact.presence.words.is_empty() {
            text::label_ui(ui, &contact.presence.words, TextRole::Small, palette.text);
        }
    })
}

/// The name, and the time of the newest message.
fn upper_line(ui: &Ui, rect: Rect, contact: &ContactView) {
    let palette = Palette::of(ui);
    let mut room = rect.width();
    if let Some(last) = &contact.last_message {
        let color = if contact.unread > 0 {
            palette.accent
        } else {
            palette.text_secondary
        };
        let time = text::one_line(ui, &last.time_words, TextRole::Small, color, rect.width());
        let min = pos2(
            rect.right() - time.size().x,
            rect.center().y - time.size().y / 2.0,
        );
        room -= time.size().x + size::GAP_SMALL;
        ui.painter().galley(min, time, color);
    }
    let name = text::one_line(ui, &contact.name, TextRole::Name, palette.text, room);
    let min = pos2(rect.left(), rect.center().y - name.size().y / 2.0);
    ui.painter().galley(min, name, palette.text);
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
    let failed = contact
        .last_message
        .as_ref()
        .and_then(|last| last.delivery.as_ref());
    if let Some(delivery) = failed.filter(|_| contact.draft.is_none()) {
        let color = match delivery.state {
            DeliveryState::Failed => palette.danger,
            _ => palette.text_secondary,
        };
        let center = pos2(area.left() + size::MARK / 2.0, area.center().y);
        let mark = Rect::from_center_size(center, Vec2::splat(size::MARK - 2.0));
        delivery_mark::paint(ui.painter(), mark, delivery.state, color);
        area.min.x += size::MARK + size::GAP_TINY;
    }
    let (words, color) = second_line(contact, palette);
    let galley = text::one_line(ui, &words, TextRole::Small, color, area.width());
    let min = pos2(area.left(), area.center().y - galley.size().y / 2.0);
    ui.painter().galley(min, galley, color);
}

fn second_line(contact: &ContactView, palette: &Palette) -> (String, Color32) {
    if let Some(draft) = &contact.draft {
        let line: Vec<&str> = draft.split_whitespace().take(30).collect();
        let words = format!("Draft: {}", line.join(" "));
        return (text::plain(&words).into_owned(), palette.accent);
    }
    if let Some(last) = &contact.last_message {
        let color = if contact.unread > 0 {
            palette.text
        } else {
            palette.text_secondary
        };
        return (last.preview.clone(), color);
    }
    let words = match contact.request {
        RequestView::Outgoing => "Waiting for their answer",
        _ if !contact.is_contact => "Not a contact",
        _ => "No messages yet",
    };
    (words.to_owned(), palette.text_secondary)
}

/// The row in words.
fn spoken(contact: &ContactView) -> String {
    let mut words = vec![contact.name.clone()];
    let presence = contact.presence.words.trim();
    words.extend((!presence.is_empty()).then(|| presence.to_owned()));
    if contact.unread > 0 {
        words.push(format!("{} unread", contact.unread));
    }
    if contact.request == RequestView::Outgoing {
        words.push("waiting for their answer".to_owned());
    }
    if contact.draft.is_some() {
        words.push("has a draft".to_owned());
    }
    if let Some(last) = &contact.last_message {
        words.push(format!("{}: {}", last.time_words, last.preview));
        words.extend(
            last.delivery
                .as_ref()
                .map(|delivery| delivery.words.clone()),
        );
    }
    words.join(", ")
}
