use std::ops::Range;

use egui::{
    Color32, CornerRadius, CursorIcon, Id, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use onym_client_protocol::view_model::MessageView;

use crate::button::{Weight, focus_ring, sized_button_ui};
use crate::delivery_mark;
use crate::design_tokens::{Palette, TextRole, size};
use crate::emoji;
use crate::icon::Icon;
use crate::message::markup;
use crate::message::row::{
    Chip, RowContext, RowLayout, Separator, colors, corners, is_failed, is_ours,
};
use crate::message::spoken::spoken;
use crate::placed::{self, placed_ui};
use crate::protection::message_mark::{self, is_unreadable};
use crate::talk_icon::TalkIcon;
use crate::text;

/// What the user did in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowAction {
    /// Send the failed message again.
    Resend,
    /// Remove the failed message.
    Discard,
    /// Show the whole text.
    ShowMore,
    /// Go to the message that this one answers.
    ShowAnswered(u64),
    /// Add this reaction of ours, or take it back.
    ToggleReaction(String),
    /// Show the texts before the correction.
    ShowEarlier,
    /// Choose a day to go to.
    ChooseDay,
}

/// How a row is drawn in this frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowState {
    /// Characters that are selected.
    pub(crate) selected_chars: Option<Range<usize>>,
    /// Whether whole messages are selected, and then whether this one is.
    pub(crate) checked: Option<bool>,
    /// How much the row is highlighted, 0 to 1.
    pub(crate) flash: f32,
    /// Whether the row can be reached with the Tab key. Only one can: the arrow keys lead to the
    /// others.
    pub(crate) is_tab_stop: bool,
    /// Puts the keyboard on the row.
    pub(crate) takes_focus: bool,
}

/// How far the rows of the other side move to make room for the marks of selection.
pub(crate) fn indent(state: &RowState, message: &MessageView) -> f32 {
    if state.checked.is_some() && !is_ours(message) {
        size::CHECK_INDENT
    } else {
        0.0
    }
}

/// Draws a message with its upper left corner at `origin`. Returns what the user did in it, and its
/// name in egui if it has the keyboard.
pub(crate) fn row_ui(
    ui: &mut Ui,
    origin: Pos2,
    layout: &RowLayout,
    message: &MessageView,
    context: &RowContext<'_>,
    state: &RowState,
) -> (Option<RowAction>, Option<Id>) {
    let mut action = None;
    for (y, separator) in &layout.separators {
        let top_left = origin + vec2(0.0, *y);
        let area = vec2(context.width_points, size::SEPARATOR_HEIGHT);
        let rect = Rect::from_min_size(top_left, area);
        if separator_ui(ui, rect, *separator, message, context) {
            action = Some(RowAction::ChooseDay);
        }
    }
    let origin = origin + vec2(indent(state, message), 0.0);
    let offset = origin.to_vec2();
    let bubble = layout.bubble.translate(offset);
    let focused = node_ui(ui, bubble, message, context, state);
    paint_state(ui, bubble, layout, message, context, state);
    if !layout.is_bare {
        paint_bubble(ui, bubble, message, context);
    }
    paint_text(ui, origin, layout, message, state);
    if let Some(reply) = &layout.reply {
        action = reply_ui(ui, offset, reply, message, context).or(action);
    }
    links_ui(ui, origin, layout, message);
    action = meta_ui(ui, origin, layout, message, context).or(action);
    for (index, chip) in layout.chips.iter().enumerate() {
        action = chip_ui(ui, offset, index, chip, message, context).or(action);
    }
    if let Some(rect) = layout.show_more {
        let words = context.words.get("message-show-more");
        let button = |ui: &mut Ui| sized_button_ui(ui, &words, Weight::Quiet, rect.size());
        if placed_ui(ui, "more", rect.translate(offset), placed::down(), button).clicked() {
            action = Some(RowAction::ShowMore);
        }
    }
    if let Some((rect, words)) = &layout.failure {
        let rect = rect.translate(origin.to_vec2());
        let words_min = pos2(rect.right() - words.size().x, rect.top());
        ui.painter()
            .galley(words_min, words.clone(), Color32::PLACEHOLDER);
        action = failure_ui(ui, rect, message, context).or(action);
    }
    if let Some((at, words)) = &layout.note {
        let color = Palette::of(ui).text_secondary;
        ui.painter().galley(*at + offset, words.clone(), color);
    }
    (action, focused)
}

/// The row as a screen reader and the keyboard see it.
fn node_ui(
    ui: &mut Ui,
    bubble: Rect,
    message: &MessageView,
    context: &RowContext<'_>,
    state: &RowState,
) -> Option<Id> {
    let id = ui.scope_id().with("message row");
    let sense = if state.is_tab_stop {
        Sense::focusable_noninteractive()
    } else {
        Sense::hover()
    };
    let response = ui.interact(bubble, id, sense);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ListItem, true, spoken(message, context));
        info.selected = state.checked;
        info
    });
    if state.takes_focus {
        response.request_focus();
    }
    if response.has_focus() {
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter {
                vertical_arrows: true,
                ..egui::EventFilter::default()
            };
            memory.set_focus_lock_filter(id, filter);
        });
    }
    let radius = corners(message, context.is_joined_below);
    let ring = response
        .clone()
        .with_new_rect(bubble.expand(size::FOCUS_RING + 1.0));
    focus_ring(ui, &ring, radius);
    response.has_focus().then_some(id)
}

/// What lies behind the whole row: a flash, or the ground of a selected message.
fn paint_state(
    ui: &Ui,
    bubble: Rect,
    layout: &RowLayout,
    message: &MessageView,
    context: &RowContext<'_>,
    state: &RowState,
) {
    let palette = Palette::of(ui);
    let column = ui.max_rect();
    let bottom = layout
        .chips
        .iter()
        .map(|chip| chip.rect.height())
        .fold(0.0, f32::max);
    let band = Rect::from_x_y_ranges(
        column.left() - size::GAP..=column.right() + size::GAP,
        bubble.top() - 3.0..=bubble.bottom() + 3.0 + bottom * 0.5,
    );
    if state.flash > 0.0 {
        let color = palette.selected.gamma_multiply(state.flash);
        ui.painter().rect_filled(band, size::RADIUS, color);
    }
    let Some(is_checked) = state.checked else {
        return;
    };
    if is_checked {
        ui.painter()
            .rect_filled(band, size::RADIUS, palette.selected);
    }
    let center = pos2(column.left() + size::CHECK / 2.0, bubble.center().y);
    let side = Rect::from_center_size(center, vec2(size::CHECK, size::CHECK));
    if is_checked {
        ui.painter()
            .circle_filled(center, size::CHECK / 2.0, palette.accent_fill);
        Icon::Check.paint(ui.painter(), side.shrink(4.0), palette.text_on_fill);
    } else {
        let stroke = Stroke::new(size::ICON_STROKE, palette.text_secondary);
        ui.painter()
            .circle_stroke(center, size::CHECK / 2.0 - 1.0, stroke);
    }
    let _ = (message, context);
}

fn paint_bubble(ui: &Ui, bubble: Rect, message: &MessageView, context: &RowContext<'_>) {
    let palette = Palette::of(ui);
    let radius = corners(message, context.is_joined_below);
    let is_failed = is_failed(message);
    if message.is_retracted || is_unreadable(message) {
        let stroke = Stroke::new(size::LINE, palette.line);
        ui.painter()
            .rect_stroke(bubble, radius, stroke, StrokeKind::Inside);
        return;
    }
    let fill = if is_ours(message) && !is_failed {
        palette.our_bubble
    } else {
        palette.their_bubble
    };
    ui.painter().rect_filled(bubble, radius, fill);
    if is_failed {
        let stroke = Stroke::new(size::LINE, palette.danger);
        ui.painter()
            .rect_stroke(bubble, radius, stroke, StrokeKind::Inside);
    }
}

fn paint_text(ui: &Ui, origin: Pos2, layout: &RowLayout, message: &MessageView, state: &RowState) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    let offset = origin.to_vec2();
    let corner = layout.body_min + offset;
    for block in &layout.body.blocks {
        let rect = block.text_rect.translate(corner.to_vec2());
        if block.is_code {
            let ground = rect.expand(size::CODE_PADDING);
            painter.rect_filled(ground, size::RADIUS_SMALL, palette.code);
        }
        for depth in 0..block.quote_depth {
            let x = corner.x + depth as f32 * size::QUOTE_INDENT;
            let bar = Rect::from_x_y_ranges(x..=x + size::QUOTE_BAR, rect.y_range());
            painter.rect_filled(bar, 1.0, palette.quote_bar);
        }
    }
    for rect in &layout.matches {
        let rect = rect.translate(corner.to_vec2()).expand2(vec2(1.0, -1.0));
        painter.rect_filled(rect, 3.0, palette.search_match);
    }
    if let Some(chars) = &state.selected_chars {
        for rect in layout.char_rects(chars) {
            painter.rect_filled(rect.translate(offset), 0.0, palette.text_selection);
        }
    }
    let (color, _) = colors(message, layout.is_bare, palette);
    for block in &layout.body.blocks {
        painter.galley(
            block.text_rect.min + corner.to_vec2(),
            block.galley.clone(),
            color,
        );
    }
}

fn reply_ui(
    ui: &mut Ui,
    offset: egui::Vec2,
    reply: &crate::message::row::ReplyLayout,
    message: &MessageView,
    context: &RowContext<'_>,
) -> Option<RowAction> {
    let palette = Palette::of(ui);
    let rect = reply.rect.translate(offset);
    let id = ui.scope_id().with("answered");
    let target = message.reply.as_ref().and_then(|reply| reply.position);
    let sense = if target.is_some() {
        Sense::CLICK
    } else {
        Sense::hover()
    };
    let response = ui.interact(rect, id, sense);
    let radius = size::RADIUS_SMALL;
    let ground = if response.hovered() && target.is_some() {
        palette.quote_hovered
    } else {
        palette.quote
    };
    ui.painter().rect_filled(rect, radius, ground);
    let bar = Rect::from_min_size(rect.min, vec2(size::QUOTE_BAR, rect.height()));
    let left = CornerRadius {
        nw: radius,
        sw: radius,
        ne: 0,
        se: 0,
    };
    ui.painter().rect_filled(bar, left, palette.quote_bar);
    let min = rect.min + vec2(size::QUOTE_PADDING, size::GAP_TINY);
    ui.painter().galley(min, reply.name.clone(), palette.accent);
    let below = min + vec2(0.0, TextRole::Small.line_height_points());
    ui.painter()
        .galley(below, reply.quote.clone(), palette.text_secondary);
    let position = target?;
    let quote = text::single_line(message.reply.as_ref().map_or("", |reply| &reply.quote));
    response.widget_info(|| {
        let name = context.words.with(
            "message-go-to-answered",
            &[("quote", quote.as_str().into())],
        );
        WidgetInfo::labeled(Role::Button, true, name)
    });
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response
        .clicked()
        .then_some(RowAction::ShowAnswered(position))
}

/// Links say where they lead. The list opens them, because a press on one may begin a selection.
fn links_ui(ui: &mut Ui, origin: Pos2, layout: &RowLayout, message: &MessageView) {
    if !layout.body.has_links() {
        return;
    }
    let offset = layout.body_min.to_vec2() + origin.to_vec2();
    for (index, (address, rects)) in layout.body.links().enumerate() {
        for (line, rect) in rects.into_iter().enumerate() {
            let id = ui.scope_id().with(("link", index, line));
            let rect = rect.translate(offset);
            let response = ui.interact(rect, id, Sense::hover());
            if line == 0 {
                response.widget_info(|| WidgetInfo::labeled(Role::Link, true, address));
            }
            response
                .on_hover_cursor(CursorIcon::PointingHand)
                .on_hover_text(text::plain(markup::target_of(address)));
        }
    }
    let _ = message;
}

fn meta_ui(
    ui: &mut Ui,
    origin: Pos2,
    layout: &RowLayout,
    message: &MessageView,
    context: &RowContext<'_>,
) -> Option<RowAction> {
    let (_, color) = colors(message, layout.is_bare, Palette::of(ui));
    let meta = &layout.meta;
    let offset = origin.to_vec2();
    if let Some(rect) = meta.timer {
        TalkIcon::Timer.paint_small(ui.painter(), rect.translate(offset), color);
    }
    if let Some((rect, lock)) = meta.lock {
        let (icon, color) = lock.look(color, Palette::of(ui));
        icon.paint_small(ui.painter(), rect.translate(offset), color);
    }
    for (at, galley) in meta.via.iter().chain(&meta.is_clear) {
        ui.painter().galley(*at + offset, galley.clone(), color);
    }
    ui.painter()
        .galley(meta.clock.0 + offset, meta.clock.1.clone(), color);
    if let Some((rect, state)) = meta.mark {
        let rect = rect.translate(offset).shrink2(vec2(1.0, 0.0));
        delivery_mark::paint(ui.painter(), rect, state, color);
    }
    let id = ui.scope_id().with("meta");
    let response = ui.interact(meta.rect.translate(offset), id, Sense::hover());
    response.on_hover_ui(|ui| meta_words_ui(ui, message, context));
    let (rect, galley) = meta.edited.as_ref()?;
    let rect = rect.translate(offset);
    ui.painter().galley(rect.min, galley.clone(), color);
    let has_earlier = !message.earlier_texts.is_empty();
    let sense = if has_earlier {
        Sense::CLICK
    } else {
        Sense::hover()
    };
    let response = ui.interact(rect, ui.scope_id().with("edited"), sense);
    if has_earlier {
        let name = context.words.get("message-show-earlier");
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    }
    let cursor = if has_earlier {
        CursorIcon::PointingHand
    } else {
        CursorIcon::Default
    };
    let edited = message.edited.unwrap_or_default();
    let response = response.on_hover_cursor(cursor).on_hover_ui(|ui| {
        let time = context.words.day_and_clock(edited, context.clock.local_now);
        let words = context
            .words
            .with("message-edited-at", &[("time", time.into())]);
        text::label_ui(ui, words, TextRole::Small, Palette::of(ui).text);
    });
    response.clicked().then_some(RowAction::ShowEarlier)
}

/// When a message was written, how far it has come, and when it goes.
fn meta_words_ui(ui: &mut Ui, message: &MessageView, context: &RowContext<'_>) {
    let words = context.words;
    let color = Palette::of(ui).text;
    let mut line = |words: String| text::label_ui(ui, words, TextRole::Small, color);
    line(words.date_and_clock(message.local));
    let delivery = message_mark::delivery_words(message, context);
    let protection = message_mark::words_of(message, context);
    for said in [delivery, protection].into_iter().flatten() {
        line(said);
    }
    if let Some(expires) = message.expires {
        let time = words.until(expires, context.clock);
        line(words.with("message-disappears-in", &[("time", time.into())]));
    }
}

fn chip_ui(
    ui: &mut Ui,
    offset: egui::Vec2,
    index: usize,
    chip: &Chip,
    message: &MessageView,
    context: &RowContext<'_>,
) -> Option<RowAction> {
    let palette = Palette::of(ui);
    let rect = chip.rect.translate(offset);
    let id = ui.scope_id().with(("reaction", index));
    let response = ui.interact(rect, id, Sense::CLICK);
    let reaction = &chip.reaction;
    let radius = size::CHIP / 2.0;
    // A rim of the window's colour keeps the chip apart from the bubble that it lies over.
    ui.painter().rect_filled(
        rect.expand(size::MARK_RING),
        radius + size::MARK_RING,
        palette.window,
    );
    let ground = match (reaction.ours, response.hovered()) {
        (_, true) => palette.line,
        (true, false) => palette.selected,
        (false, false) => palette.field,
    };
    ui.painter().rect_filled(rect, radius, ground);
    if reaction.ours {
        let stroke = Stroke::new(size::LINE, palette.accent);
        ui.painter()
            .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    let at = rect.center() - chip.galley.size() / 2.0;
    ui.painter().galley(at, chip.galley.clone(), palette.text);
    let key = match (reaction.ours, reaction.theirs) {
        (true, true) => "reaction-both",
        (true, false) => "reaction-ours",
        (false, _) => "reaction-theirs",
    };
    let emoji = emoji::name_of(&reaction.emoji, context.words.language());
    let emoji = text::plain(&emoji).into_owned();
    let name = context.their_name;
    let words = context
        .words
        .with(key, &[("emoji", emoji.into()), ("name", name.into())]);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, reaction.ours, &words));
    let response = response
        .on_hover_text(&words)
        .on_hover_cursor(CursorIcon::PointingHand);
    let may_toggle = reaction.ours || emoji::is_emoji(&reaction.emoji);
    let _ = message;
    (response.clicked() && may_toggle).then(|| RowAction::ToggleReaction(reaction.emoji.clone()))
}

fn failure_ui(
    ui: &mut Ui,
    rect: Rect,
    message: &MessageView,
    context: &RowContext<'_>,
) -> Option<RowAction> {
    let mut buttons = rect;
    buttons.set_top(rect.bottom() - size::FAILURE_BUTTON_HEIGHT);
    let beginning: String = text::single_line(&message.text).chars().take(40).collect();
    let size = vec2(0.0, size::FAILURE_BUTTON_HEIGHT);
    let words = context.words;
    let name = |key: &str| words.with(key, &[("text", beginning.as_str().into())]);
    placed_ui(ui, "failure", buttons, placed::from_right(), |ui| {
        ui.spacing_mut().item_spacing.x = size::GAP_SMALL;
        let discard = sized_button_ui(ui, &words.get("message-discard"), Weight::Quiet, size)
            .accessible_name(name("message-discard-named"));
        let resend = sized_button_ui(ui, &words.get("message-resend"), Weight::Main, size)
            .accessible_name(name("message-resend-named"));
        if resend.clicked() {
            Some(RowAction::Resend)
        } else {
            discard.clicked().then_some(RowAction::Discard)
        }
    })
}

/// Returns whether a day was clicked.
fn separator_ui(
    ui: &mut Ui,
    rect: Rect,
    separator: Separator,
    message: &MessageView,
    context: &RowContext<'_>,
) -> bool {
    let palette = Palette::of(ui);
    match separator {
        Separator::Day(date) => {
            let words = context.words.day(date, context.clock.local_now.date);
            day_ui(ui, rect.center(), &words, context)
        }
        Separator::New => {
            let words = context.words.get("message-new-line");
            let color = palette.accent;
            let galley = text::one_line(ui, &words, TextRole::SmallName, color, rect.width());
            let place = Rect::from_center_size(rect.center(), galley.size());
            let stroke = Stroke::new(size::LINE, color.gamma_multiply(0.6));
            let y = place.center().y.round();
            let painter = ui.painter();
            painter.hline(rect.left()..=place.left() - size::GAP, y, stroke);
            painter.hline(place.right() + size::GAP..=rect.right(), y, stroke);
            painter.galley(place.min, galley, color);
            let id = ui.scope_id().with(("new line", message.position));
            let response = ui.interact(place, id, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            false
        }
    }
}

/// A day in a pill. Returns whether it was clicked.
pub(crate) fn day_ui(ui: &mut Ui, center: Pos2, words: &str, context: &RowContext<'_>) -> bool {
    let palette = Palette::of(ui);
    let galley = text::one_line(
        ui,
        words,
        TextRole::SmallName,
        palette.text_secondary,
        400.0,
    );
    let pill = Rect::from_center_size(
        center,
        galley.size() + vec2(2.0 * size::GAP, size::GAP_SMALL),
    );
    let id = ui.scope_id().with(("day", words));
    let response = ui.interact(pill, id, Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    let ground = if response.hovered() {
        palette.line
    } else {
        palette.field
    };
    ui.painter().rect_filled(pill, pill.height() / 2.0, ground);
    let at = (pill.center() - galley.size() / 2.0).round_to_pixels_of(ui);
    ui.painter().galley(at, galley, palette.text_secondary);
    let hint = context.words.get("conversation-choose-day");
    response.on_hover_text(hint).clicked()
}

trait RoundTo {
    fn round_to_pixels_of(self, ui: &Ui) -> Self;
}

impl RoundTo for Pos2 {
    fn round_to_pixels_of(self, ui: &Ui) -> Self {
        use egui::emath::GuiRounding as _;
        self.round_to_pixels(ui.pixels_per_point())
    }
}
