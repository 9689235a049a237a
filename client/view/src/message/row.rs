use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use egui::{Color32, CornerRadius, Galley, Pos2, Rect, Ui, Vec2, pos2, vec2};
use onym_client_protocol::view_model::{
    DeliveryState, DirectionView, LocalDate, MessageView, ReactionView,
};

use crate::design_tokens::{Palette, TextRole, size};
use crate::emoji;
use crate::message::body::{self, Body, BodyStyle};
use crate::message::markup;
use crate::message::spoken::author;
use crate::protection::message_mark::{self, Lock, RowProtection, is_unreadable};
use crate::text;
use crate::words::{Clock, Words};

/// The most kinds of reactions that are shown under a message.
pub(super) const MAX_CHIPS: usize = 24;

/// What a row needs to know beside its message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowContext<'a> {
    /// The name of the other side.
    pub(crate) their_name: &'a str,
    /// What we call ourselves, if we do.
    pub(crate) our_name: Option<&'a str>,
    /// The width of the column, in points.
    pub(crate) width_points: f32,
    /// Whether the next message belongs to the same group.
    pub(crate) is_joined_below: bool,
    /// Whether a long text is shown whole.
    pub(crate) is_expanded: bool,
    /// The words that are searched.
    pub(crate) highlight: &'a str,
    /// How the conversation is protected.
    pub(crate) protection: RowProtection,
    /// The texts of the window.
    pub(crate) words: Words,
    /// The time of the model.
    pub(crate) clock: Clock,
}

/// The layout of a row. Places are relative to its upper left corner.
#[derive(Debug)]
pub(crate) struct RowLayout {
    pub(crate) height_points: f32,
    pub(crate) separators: Vec<(f32, Separator)>,
    pub(crate) bubble: Rect,
    /// Whether the message stands without a bubble around it.
    pub(crate) is_bare: bool,
    pub(crate) reply: Option<ReplyLayout>,
    /// The text, and where its upper left corner is.
    pub(crate) body: Body,
    pub(crate) body_min: Pos2,
    /// Where searched words stand, from the corner of the text.
    pub(crate) matches: Vec<Rect>,
    pub(crate) meta: MetaLayout,
    pub(crate) chips: Vec<Chip>,
    pub(crate) show_more: Option<Rect>,
    pub(crate) failure: Option<(Rect, Arc<Galley>)>,
    /// What is said about the protection, below the message.
    pub(crate) note: Option<(Pos2, Arc<Galley>)>,
}

/// A line above a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// A day begins.
    Day(LocalDate),
    /// What follows was not seen yet.
    New,
}

/// The message that is answered.
#[derive(Debug)]
pub(crate) struct ReplyLayout {
    pub(crate) rect: Rect,
    pub(crate) name: Arc<Galley>,
    pub(crate) quote: Arc<Galley>,
}

/// Time and state of a message.
#[derive(Debug)]
pub(crate) struct MetaLayout {
    pub(crate) rect: Rect,
    /// The address that it came by, if that is not the conversation's.
    pub(crate) via: Option<(Pos2, Arc<Galley>)>,
    /// Where the word `edited` is, for its tooltip.
    pub(crate) edited: Option<(Rect, Arc<Galley>)>,
    pub(crate) timer: Option<Rect>,
    pub(crate) lock: Option<(Rect, Lock)>,
    /// That the message is not encrypted, where that is not usual.
    pub(crate) is_clear: Option<(Pos2, Arc<Galley>)>,
    pub(crate) clock: (Pos2, Arc<Galley>),
    pub(crate) mark: Option<(Rect, DeliveryState)>,
}

/// Reactions of one kind.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) rect: Rect,
    pub(crate) galley: Arc<Galley>,
    pub(crate) reaction: ReactionView,
}

pub(crate) fn is_ours(message: &MessageView) -> bool {
    message.direction == DirectionView::Outgoing
}

pub(crate) fn is_failed(message: &MessageView) -> bool {
    message
        .delivery
        .as_ref()
        .is_some_and(|delivery| delivery.state == DeliveryState::Failed)
}

/// Text, and time and mark, of a message.
pub(crate) fn colors(
    message: &MessageView,
    is_bare: bool,
    palette: &Palette,
) -> (Color32, Color32) {
    if is_failed(message) {
        (palette.text, palette.danger)
    } else if is_ours(message) && !is_bare {
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
    let separators = u8::from(message.starts_day) + u8::from(message.first_unread);
    lines * TextRole::Message.line_height_points()
        + 2.0 * size::BUBBLE_PADDING_Y
        + f32::from(separators) * size::SEPARATOR_HEIGHT
        + size::GROUP_GAP
}

fn bubble_max(width_points: f32) -> f32 {
    (width_points * size::BUBBLE_MAX_FRACTION).clamp(size::BUBBLE_MIN, size::BUBBLE_MAX)
}

/// What is shown of a text before the user asks for more, and whether that is all.
pub(super) fn shown_text(
    message: &MessageView,
    context: &RowContext<'_>,
) -> (Rc<str>, bool, usize) {
    if message.is_retracted {
        return (context.words.get("message-retracted").into(), true, 0);
    }
    if let Some((words, title_chars)) = message_mark::placeholder(message, context) {
        return (words.into(), true, title_chars);
    }
    let (text, is_whole) = if context.is_expanded {
        (text::plain(&message.text), true)
    } else {
        text::beginning(&message.text)
    };
    match markup::action(&text) {
        // XEP-0245: the `/me` stands for the name of the author.
        Some(action) => {
            let is_nameless =
                message.direction == DirectionView::Outgoing && context.our_name.is_none();
            // "You runs" is no sentence; a star is what people wrote before there were names.
            let name = if is_nameless {
                "*".to_owned()
            } else {
                author(message, context)
            };
            let name_chars = name.chars().count();
            (format!("{name} {action}").into(), is_whole, name_chars)
        }
        None => (text.into(), is_whole, 0),
    }
}

/// Lays a message out.
pub(crate) fn layout(ui: &Ui, message: &MessageView, context: &RowContext<'_>) -> RowLayout {
    let palette = Palette::of(ui);
    let (separators, top) = separators(message);
    let text_max = bubble_max(context.width_points) - 2.0 * size::BUBBLE_PADDING_X;
    let (shown, is_whole, name_chars) = shown_text(message, context);
    let is_large = !message.is_retracted && emoji::is_only_emoji(&shown);
    let is_bare = is_large && message.reply.is_none() && !is_failed(message);
    let (text_color, meta_color) = colors(message, is_bare, palette);
    let style = BodyStyle {
        text: text_color,
        weak: meta_color,
        link: if is_ours(message) {
            palette.our_link
        } else {
            palette.accent
        },
        font_size: is_large.then_some(size::LARGE_EMOJI),
        is_note: message.is_retracted || is_unreadable(message) || name_chars > 0,
        name_chars,
    };
    let body = body::layout(ui, &shown, style, text_max);
    let mut inside = Inside::new(text_max);
    let reply = message
        .reply
        .as_ref()
        .filter(|_| !message.is_retracted)
        .map(|reply| {
            let (name, quote) = reply_words(ui, reply, message, context, text_max);
            let width =
                (name.size().x.max(quote.size().x) + size::QUOTE_PADDING * 2.0).min(text_max);
            let rect = inside.take(vec2(width, size::REPLY_HEIGHT));
            inside.size.y += size::GAP_TINY;
            ReplyLayout { rect, name, quote }
        });
    let body_min = inside.take(body.size).min;
    let show_more = (!is_whole).then(|| {
        inside.size.y += size::GAP_TINY;
        let rect = inside.take(vec2(size::SHOW_ALL_WIDTH, size::FAILURE_BUTTON_HEIGHT));
        inside.size.y += size::GAP_TINY;
        rect
    });
    let may_share = is_whole && !body.is_last_line_closed && !is_large;
    let last_line = may_share.then_some(body.last_line_right);
    let meta = meta(ui, message, context, meta_color, last_line, &mut inside);

    let bubble_size = inside.size + 2.0 * vec2(size::BUBBLE_PADDING_X, size::BUBBLE_PADDING_Y);
    let left = if is_ours(message) {
        context.width_points - bubble_size.x
    } else {
        0.0
    };
    let bubble = Rect::from_min_size(pos2(left, top), bubble_size);
    let inset = bubble.min.to_vec2() + vec2(size::BUBBLE_PADDING_X, size::BUBBLE_PADDING_Y);
    let mut y = bubble.bottom();
    let chips = chips(ui, message, bubble, &mut y);
    let failure = is_failed(message).then(|| failure(ui, message, context, text_max, &mut y));
    let note = note(ui, message, context, bubble, &mut y);
    let matches = match context.highlight {
        "" => Vec::new(),
        query => body.matches(query),
    };
    RowLayout {
        height_points: y,
        separators,
        bubble,
        is_bare,
        reply: reply.map(|reply| ReplyLayout {
            // The box is as wide as the bubble, so that short texts do not hang below it.
            rect: Rect::from_min_size(reply.rect.min, vec2(inside.size.x, reply.rect.height()))
                .translate(inset),
            ..reply
        }),
        body_min: body_min + inset,
        body,
        matches,
        meta: meta.moved(inset, inside.size.x),
        chips,
        show_more: show_more.map(|rect| rect.translate(inset)),
        failure,
        note,
    }
}

/// The lines above a message, and where the message begins.
fn separators(message: &MessageView) -> (Vec<(f32, Separator)>, f32) {
    let mut separators = Vec::new();
    let mut y = 0.0;
    let wanted = [
        message
            .starts_day
            .then_some(Separator::Day(message.local.date)),
        message.first_unread.then_some(Separator::New),
    ];
    for separator in wanted.into_iter().flatten() {
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
    (separators, y)
}

/// What stands in a bubble, from above.
struct Inside {
    size: Vec2,
    max_width: f32,
}

impl Inside {
    fn new(max_width: f32) -> Self {
        Self {
            size: Vec2::ZERO,
            max_width,
        }
    }

    fn take(&mut self, size: Vec2) -> Rect {
        let rect = Rect::from_min_size(pos2(0.0, self.size.y), size);
        self.size.x = self.size.x.max(size.x);
        self.size.y += size.y;
        rect
    }
}

fn reply_words(
    ui: &Ui,
    reply: &onym_client_protocol::view_model::ReplyView,
    message: &MessageView,
    context: &RowContext<'_>,
    max_width: f32,
) -> (Arc<Galley>, Arc<Galley>) {
    let palette = Palette::of(ui);
    let (name_color, quote_color) = if is_ours(message) && !is_failed(message) {
        (palette.our_link, palette.our_meta)
    } else {
        (palette.accent, palette.text_secondary)
    };
    let name = if reply.by_us {
        context.words.get("message-you")
    } else {
        context.their_name.to_owned()
    };
    let room = max_width - 2.0 * size::QUOTE_PADDING;
    let quote = if reply.quote.is_empty() {
        context.words.get("message-reply-missing")
    } else {
        text::single_line(&reply.quote)
    };
    (
        text::one_line(ui, &name, TextRole::SmallName, name_color, room),
        text::one_line(ui, &quote, TextRole::Small, quote_color, room),
    )
}

impl MetaLayout {
    /// Puts the whole to the right edge of what the bubble holds.
    fn moved(self, inset: Vec2, width: f32) -> Self {
        let offset = inset + vec2(width - self.rect.right(), 0.0);
        Self {
            rect: self.rect.translate(offset),
            via: self.via.map(|(at, galley)| (at + offset, galley)),
            edited: self
                .edited
                .map(|(rect, galley)| (rect.translate(offset), galley)),
            timer: self.timer.map(|rect| rect.translate(offset)),
            lock: self.lock.map(|(rect, lock)| (rect.translate(offset), lock)),
            is_clear: self.is_clear.map(|(at, galley)| (at + offset, galley)),
            clock: (self.clock.0 + offset, self.clock.1),
            mark: self
                .mark
                .map(|(rect, state)| (rect.translate(offset), state)),
        }
    }
}

/// Time and state: behind the last line if there is room, else below it.
fn meta(
    ui: &Ui,
    message: &MessageView,
    context: &RowContext<'_>,
    color: Color32,
    last_line_right: Option<f32>,
    inside: &mut Inside,
) -> MetaLayout {
    let small = |words: &str| text::one_line(ui, words, TextRole::Small, color, inside.max_width);
    let clock = small(&context.words.clock(message.local));
    let is_edited = message.edited.is_some() && !message.is_retracted;
    let edited = is_edited.then(|| small(&context.words.get("message-edited")));
    let via = context.words.via(message).map(|words| small(&words));
    let height = clock.size().y;
    let mut x = 0.0;
    let mut place = |width: f32| {
        let rect = Rect::from_min_size(pos2(x, 0.0), vec2(width, height));
        x += width + size::GAP_TINY;
        rect
    };
    let via = via.map(|galley| (place(galley.size().x).min, galley));
    let timer = message.expires.is_some().then(|| place(size::TIMER));
    let lock = Lock::of(message, context).map(|lock| (place(size::LOCK), lock));
    let is_open = matches!(lock, Some((_, Lock::Open)));
    let is_clear = is_open.then(|| {
        let words = context.words.get("lock-clear");
        let warning = Palette::of(ui).warning;
        let galley = text::one_line(ui, &words, TextRole::Small, warning, inside.max_width);
        (place(galley.size().x).min, galley)
    });
    let edited = edited.map(|galley| (place(galley.size().x), galley));
    let clock = (place(clock.size().x).min, clock);
    let mark = message.delivery.as_ref().filter(|_| !message.is_retracted);
    let mark = mark.map(|delivery| (place(size::MARK), delivery.state));
    let size = vec2(x - size::GAP_TINY, height);

    let shared = last_line_right.map(|right| right + size::GAP + size.x);
    let y = match shared {
        Some(width) if width <= inside.max_width => {
            inside.size.x = inside.size.x.max(width);
            inside.size.y - height - size::META_RAISE
        }
        _ => inside.take(size).top(),
    };
    let meta = MetaLayout {
        rect: Rect::from_min_size(Pos2::ZERO, size),
        via,
        edited,
        timer,
        lock,
        is_clear,
        clock,
        mark,
    };
    meta.moved(vec2(0.0, y), size.x)
}

/// Reactions, in as many lines as they take, at the lower edge of the bubble.
fn chips(ui: &Ui, message: &MessageView, bubble: Rect, y: &mut f32) -> Vec<Chip> {
    let palette = Palette::of(ui);
    let mut chips: Vec<Chip> = Vec::new();
    if message.is_retracted {
        return chips;
    }
    let width_max = bubble.width().max(size::BUBBLE_MIN);
    let (mut x, mut top) = (0.0, bubble.bottom() - size::CHIP_OVERLAP);
    for reaction in message.reactions.iter().take(MAX_CHIPS) {
        let mut shown = text::plain(&reaction.emoji).into_owned();
        if reaction.ours && reaction.theirs {
            shown.push_str(" 2");
        }
        let galley = text::one_line(ui, &shown, TextRole::Body, palette.text, size::BUBBLE_MIN);
        let chip = vec2(galley.size().x + size::CHIP_PADDING, size::CHIP);
        if x > 0.0 && x + chip.x > width_max {
            x = 0.0;
            top += size::CHIP + size::GROUP_GAP;
        }
        chips.push(Chip {
            rect: Rect::from_min_size(pos2(x, top), chip),
            galley,
            reaction: reaction.clone(),
        });
        x += chip.x + size::GAP_TINY;
    }
    let Some(bottom) = chips.last().map(|chip| chip.rect.bottom()) else {
        return chips;
    };
    *y = bottom + size::GAP_TINY;
    let right = chips
        .iter()
        .map(|chip| chip.rect.right())
        .fold(0.0, f32::max);
    let left = if is_ours(message) {
        bubble.right() - right - size::GAP_SMALL
    } else {
        bubble.left() + size::GAP_SMALL
    };
    for chip in &mut chips {
        chip.rect = chip.rect.translate(vec2(left, 0.0));
    }
    chips
}

fn failure(
    ui: &Ui,
    message: &MessageView,
    context: &RowContext<'_>,
    text_max: f32,
    y: &mut f32,
) -> (Rect, Arc<Galley>) {
    let words = message_mark::delivery_words(message, context);
    let danger = Palette::of(ui).danger;
    let words = words.unwrap_or_default();
    let galley = text::wrapped(ui, &words, TextRole::Small, danger, text_max);
    let height = galley.size().y + size::GAP_SMALL + size::FAILURE_BUTTON_HEIGHT;
    let min = pos2(0.0, *y + size::GAP_TINY);
    let rect = Rect::from_min_size(min, vec2(context.width_points, height));
    *y = rect.bottom() + size::GAP_TINY;
    (rect, galley)
}

/// A line about the protection, below the message and at its side.
fn note(
    ui: &Ui,
    message: &MessageView,
    context: &RowContext<'_>,
    bubble: Rect,
    y: &mut f32,
) -> Option<(Pos2, Arc<Galley>)> {
    let palette = Palette::of(ui);
    let (words, stands_out) = message_mark::note_of(message, context)?;
    let color = if stands_out {
        palette.warning
    } else {
        palette.text_secondary
    };
    let galley = text::wrapped(
        ui,
        &words,
        TextRole::Small,
        color,
        bubble_max(context.width_points),
    );
    let left = if is_ours(message) {
        bubble.right() - galley.size().x
    } else {
        bubble.left()
    };
    let at = pos2(left, *y + size::GAP_MENU);
    *y = at.y + galley.size().y + size::GAP_MENU;
    Some((at, galley))
}

/// The corners of a bubble: small ones where it joins its neighbours of one group.
pub(crate) fn corners(message: &MessageView, is_joined_below: bool) -> CornerRadius {
    let round = size::RADIUS_BUBBLE;
    let joined = |is_joined: bool| {
        if is_joined {
            size::RADIUS_BUBBLE_JOINED
        } else {
            round
        }
    };
    let (above, below) = (joined(message.continues_group), joined(is_joined_below));
    if is_ours(message) {
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
    }
}

impl RowLayout {
    /// The character that is nearest to a point, from the corner of the row.
    pub(crate) fn nearest_char(&self, at: Pos2) -> usize {
        self.body.nearest(at - self.body_min.to_vec2())
    }

    /// Where some characters are, from the corner of the row.
    pub(crate) fn char_rects(&self, chars: &Range<usize>) -> Vec<Rect> {
        let offset = self.body_min.to_vec2();
        let rects = self.body.rects(chars);
        rects
            .into_iter()
            .map(|rect| rect.translate(offset))
            .collect()
    }

    /// The room of the text, from the corner of the row.
    pub(crate) fn text_rect(&self) -> Rect {
        Rect::from_min_size(self.body_min, self.body.size)
    }

    /// The link at a point, from the corner of the row.
    pub(crate) fn link_at(&self, at: Pos2) -> Option<&str> {
        let inside = at - self.body_min.to_vec2();
        let is_there = |rects: &Vec<Rect>| rects.iter().any(|rect| rect.contains(inside));
        self.body
            .links()
            .find(|(_, rects)| is_there(rects))
            .map(|(address, _)| address)
    }
}
