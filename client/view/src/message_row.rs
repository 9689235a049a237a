use std::sync::Arc;

use egui::{
    Color32, CornerRadius, Galley, Label, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};
use onym_client_protocol::view_model::{DeliveryState, DirectionView, MessageView};

use crate::button::{Weight, sized_button_ui};
use crate::delivery_mark;
use crate::design_tokens::{Palette, TextRole, size};
use crate::placed::{self, placed_ui};
use crate::text;

/// What a row needs to know beside its message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowContext<'a> {
    /// The name of the other side.
    pub(crate) their_name: &'a str,
    /// The width of the column, in points.
    pub(crate) width_points: f32,
    /// Whether the next message belongs to the same group.
    pub(crate) is_joined_below: bool,
    /// Whether a long text is shown whole.
    pub(crate) is_expanded: bool,
}

/// What the user did in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowAction {
    /// Send the failed message again.
    Resend,
    /// Remove the failed message.
    Discard,
    /// Show the whole text.
    ShowMore,
}

/// The layout of a row. Places are relative to its upper left corner.
#[derive(Debug)]
pub(crate) struct RowLayout {
    pub(crate) height_points: f32,
    separators: Vec<(f32, Separator)>,
    bubble: Rect,
    text: Arc<Galley>,
    clock: Arc<Galley>,
    show_more: Option<Rect>,
    failure: Option<(Rect, Arc<Galley>)>,
}

#[derive(Debug, Clone, Copy)]
enum Separator {
    Day,
    New,
}

fn is_ours(message: &MessageView) -> bool {
    message.direction == DirectionView::Outgoing
}

fn failure_words(message: &MessageView) -> Option<&str> {
    message
        .delivery
        .as_ref()
        .filter(|delivery| delivery.state == DeliveryState::Failed)
        .map(|delivery| delivery.words.as_str())
}

/// Text, and time and mark, of a message.
fn colors(message: &MessageView, palette: &Palette) -> (Color32, Color32) {
    if failure_words(message).is_some() {
        (palette.text, palette.danger)
    } else if is_ours(message) {
        (palette.our_text, palette.our_meta)
    } else {
        (palette.text, palette.text_secondary)
    }
}

/// Height of a row that was never shown, in points, from the length of its text.
pub(crate) fn estimate_points(message: &MessageView, width_points: f32) -> f32 {
    const LETTER_POINTS: f32 = 7.3;
    let letters_per_line = (bubble_max(width_points) / LETTER_POINTS).max(10.0);
    let bytes = message.text.len().min(text::MAX_SHOWN_CHARS);
    let lines = (bytes as f32 / letters_per_line).ceil().max(1.0);
    let separators = u8::from(message.day.is_some()) + u8::from(message.first_unread);
    lines * TextRole::Message.line_height_points()
        + 2.0 * size::BUBBLE_PADDING_Y
        + f32::from(separators) * size::SEPARATOR_HEIGHT
        + size::GROUP_GAP
}

fn bubble_max(width_points: f32) -> f32 {
    (width_points * size::BUBBLE_MAX_FRACTION).clamp(size::BUBBLE_MIN, size::BUBBLE_MAX)
}

/// Lays a message out.
pub(crate) fn layout(ui: &Ui, message: &MessageView, context: RowContext<'_>) -> RowLayout {
    let palette = Palette::of(ui);
    let (text_color, meta_color) = colors(message, palette);
    let mut y = 0.0;
    let mut separators = Vec::new();
    let wanted = [
        (message.day.is_some(), Separator::Day),
        (message.first_unread, Separator::New),
    ];
    for (_, separator) in wanted.into_iter().filter(|(is_wanted, _)| *is_wanted) {
        separators.push((y, separator));
        y += size::SEPARATOR_HEIGHT;
    }
    if separators.is_empty() {
        y += if message.continues_group {
            size::GROUP_GAP
        } else {
            size::MESSAGE_GAP
        };
    }

    let text_max = bubble_max(context.width_points) - 2.0 * size::BUBBLE_PADDING_X;
    let (shown, is_whole) = if context.is_expanded {
        (text::plain(&message.text), true)
    } else {
        text::beginning(&message.text)
    };
    let galley = text::wrapped(ui, &shown, TextRole::Message, text_color, text_max);
    let clock = text::one_line(ui, &message.clock, TextRole::Small, meta_color, text_max);
    let mark_width = if message.delivery.is_some() {
        size::GAP_TINY + size::MARK
    } else {
        0.0
    };
    let meta_width = clock.size().x + mark_width;
    let last_line_width = galley.rows.last().map_or(0.0, |row| row.pos.x + row.size.x);
    let shared_width = last_line_width + size::GAP + meta_width;
    let shares_line = is_whole && shared_width <= text_max;
    let mut content = galley.size();
    let mut show_more = None;
    if !is_whole {
        let at = pos2(0.0, content.y + size::GAP_TINY);
        show_more = Some(Rect::from_min_size(
            at,
            vec2(size::SHOW_ALL_WIDTH, size::FAILURE_BUTTON_HEIGHT),
        ));
        content.y += size::FAILURE_BUTTON_HEIGHT + size::GAP_SMALL;
    }
    if shares_line {
        content.x = content.x.max(shared_width);
    } else {
        content.x = content.x.max(meta_width);
        content.y += TextRole::Small.line_height_points();
    }
    let bubble_size = content + 2.0 * vec2(size::BUBBLE_PADDING_X, size::BUBBLE_PADDING_Y);
    let left = if is_ours(message) {
        context.width_points - bubble_size.x
    } else {
        0.0
    };
    let bubble = Rect::from_min_size(pos2(left, y), bubble_size);
    let inset = bubble.min.to_vec2() + vec2(size::BUBBLE_PADDING_X, size::BUBBLE_PADDING_Y);
    y = bubble.bottom();

    let failure = failure_words(message).map(|words| {
        let galley = text::wrapped(ui, words, TextRole::Small, palette.danger, text_max);
        let height = galley.size().y + size::GAP_SMALL + size::FAILURE_BUTTON_HEIGHT;
        let min = pos2(0.0, y + size::GAP_TINY);
        let rect = Rect::from_min_size(min, vec2(context.width_points, height));
        y = rect.bottom() + size::GAP_TINY;
        (rect, galley)
    });
    RowLayout {
        height_points: y,
        separators,
        bubble,
        text: galley,
        clock,
        show_more: show_more.map(|rect| rect.translate(inset)),
        failure,
    }
}

/// Draws a message with its upper left corner at `origin`.
pub(crate) fn message_row_ui(
    ui: &mut Ui,
    origin: Pos2,
    layout: &RowLayout,
    message: &MessageView,
    context: RowContext<'_>,
) -> Option<RowAction> {
    let offset = origin.to_vec2();
    for (y, separator) in &layout.separators {
        let top_left = origin + vec2(0.0, *y);
        let area = vec2(context.width_points, size::SEPARATOR_HEIGHT);
        separator_ui(ui, Rect::from_min_size(top_left, area), *separator, message);
    }
    let bubble = layout.bubble.translate(offset);
    paint_bubble(ui, bubble, message, context);
    text_ui(ui, bubble, layout, message, context);
    meta_ui(ui, bubble, layout, message);
    let mut action = None;
    if let Some(rect) = layout.show_more {
        let button = |ui: &mut Ui| sized_button_ui(ui, "Show all", Weight::Quiet, rect.size());
        if placed_ui(ui, "more", rect.translate(offset), placed::down(), button).clicked() {
            action = Some(RowAction::ShowMore);
        }
    }
    if let Some((rect, words)) = &layout.failure {
        action = failure_ui(ui, rect.translate(offset), words, message).or(action);
    }
    action
}

fn paint_bubble(ui: &Ui, bubble: Rect, message: &MessageView, context: RowContext<'_>) {
    let palette = Palette::of(ui);
    let round = size::RADIUS_BUBBLE;
    let above = if message.continues_group {
        size::RADIUS_BUBBLE_JOINED
    } else {
        round
    };
    let below = if context.is_joined_below {
        size::RADIUS_BUBBLE_JOINED
    } else {
        round
    };
    let radius = if is_ours(message) {
        CornerRadius {
            nw: round,
            ne: above,
            sw: round,
            se: below,
        }
    } else {
        CornerRadius {
            nw: above,
            ne: round,
            sw: below,
            se: round,
        }
    };
    let is_failed = failure_words(message).is_some();
    let fill = match message.direction {
        DirectionView::Outgoing if !is_failed => palette.our_bubble,
        _ => palette.their_bubble,
    };
    ui.painter().rect_filled(bubble, radius, fill);
    if is_failed {
        let stroke = Stroke::new(size::LINE, palette.danger);
        ui.painter()
            .rect_stroke(bubble, radius, stroke, egui::StrokeKind::Inside);
    }
}

fn text_ui(
    ui: &mut Ui,
    bubble: Rect,
    layout: &RowLayout,
    message: &MessageView,
    context: RowContext<'_>,
) {
    let min = bubble.min + vec2(size::BUBBLE_PADDING_X, size::BUBBLE_PADDING_Y);
    let rect = Rect::from_min_size(min, layout.text.size());
    let response = placed_ui(ui, "text", rect, placed::down(), |ui| {
        ui.add(Label::new(layout.text.clone()).selectable(true))
    });
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, spoken(message, context.their_name))
    });
}

/// A message in words: who, when, what, and how far it has come.
fn spoken(message: &MessageView, their_name: &str) -> String {
    let who = if is_ours(message) { "You" } else { their_name };
    let (shown, _) = text::beginning(&message.text);
    let delivery = message.delivery.as_ref();
    let state = delivery.map_or(String::new(), |delivery| format!(" – {}", delivery.words));
    format!("{who} at {}: {shown}{state}", message.clock)
}

fn meta_ui(ui: &mut Ui, bubble: Rect, layout: &RowLayout, message: &MessageView) {
    let (_, color) = colors(message, Palette::of(ui));
    let mut corner = bubble.max - vec2(size::BUBBLE_PADDING_X, size::BUBBLE_PADDING_Y);
    corner.y -= size::META_RAISE;
    let clock_size = layout.clock.size();
    let mut area = Rect::from_min_max(corner - clock_size, corner);
    if let Some(delivery) = &message.delivery {
        area.min.x -= size::GAP_TINY + size::MARK;
        let min = corner - Vec2::new(size::MARK, clock_size.y);
        let mark = Rect::from_min_max(min, corner).shrink2(vec2(1.0, 0.0));
        delivery_mark::paint(ui.painter(), mark, delivery.state, color);
    }
    ui.painter().galley(area.min, layout.clock.clone(), color);
    if let Some(delivery) = &message.delivery {
        let id = ui.scope_id().with(("delivery", message.position));
        let response = ui.interact(area, id, Sense::hover());
        response.on_hover_text(&delivery.words);
    }
}

fn failure_ui(
    ui: &mut Ui,
    rect: Rect,
    words: &Arc<Galley>,
    message: &MessageView,
) -> Option<RowAction> {
    let palette = Palette::of(ui);
    let words_min = pos2(rect.right() - words.size().x, rect.top());
    ui.painter()
        .galley(words_min, words.clone(), palette.danger);
    let mut buttons = rect;
    buttons.set_top(rect.bottom() - size::FAILURE_BUTTON_HEIGHT);
    let (beginning, _) = text::beginning(&message.text);
    let beginning: String = beginning.chars().take(40).collect();
    let size = vec2(0.0, size::FAILURE_BUTTON_HEIGHT);
    placed_ui(ui, "failure", buttons, placed::from_right(), |ui| {
        let discard = sized_button_ui(ui, "Discard", Weight::Quiet, size)
            .accessible_name(format!("Discard: {beginning}"));
        let resend = sized_button_ui(ui, "Resend", Weight::Main, size)
            .accessible_name(format!("Resend: {beginning}"));
        if resend.clicked() {
            Some(RowAction::Resend)
        } else {
            discard.clicked().then_some(RowAction::Discard)
        }
    })
}

fn separator_ui(ui: &mut Ui, rect: Rect, separator: Separator, message: &MessageView) {
    let palette = Palette::of(ui);
    let (words, color) = match separator {
        Separator::Day => (
            message.day.as_deref().unwrap_or_default(),
            palette.text_secondary,
        ),
        Separator::New => ("New messages", palette.accent),
    };
    let galley = text::one_line(ui, words, TextRole::Small, color, rect.width());
    let place = Rect::from_center_size(rect.center(), galley.size());
    let line_color = match separator {
        Separator::Day => palette.line,
        Separator::New => palette.accent,
    };
    let stroke = Stroke::new(size::LINE, line_color);
    let y = place.center().y.round();
    let painter = ui.painter();
    painter.hline(rect.left()..=place.left() - size::GAP, y, stroke);
    painter.hline(place.right() + size::GAP..=rect.right(), y, stroke);
    painter.galley(place.min, galley, color);
    let id = ui.scope_id().with(("separator", message.position, words));
    let response = ui.interact(place, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
}
