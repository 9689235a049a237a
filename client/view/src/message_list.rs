use std::collections::{BTreeMap, BTreeSet};

use egui::{Align2, Color32, Pos2, Rect, ScrollArea, Ui, pos2, vec2};
use onym_client_protocol::view_model::{ConversationView, DirectionView, MessageView, UiCommand};

use crate::app_model::ViewCommand;
use crate::button::icon_button_of_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::icon::Icon;
use crate::message_row::{self, RowAction, RowContext, RowLayout};
use crate::placed::{self, placed_ui};
use crate::row_heights::{Anchor, RowHeights};
use crate::text;

/// How near the end counts as being there, in points.
const AT_END_POINTS: f32 = 4.0;

/// Older messages are asked for when the reader comes this near to the oldest one, in points.
const LOAD_OLDER_WITHIN_POINTS: f32 = 600.0;

/// Where a conversation begins to be read if there is something new: this far above the "new"
/// line, in points.
const CONTEXT_ABOVE_NEW_POINTS: f32 = 80.0;

/// The messages of the open conversation. Only rows that can be seen are laid out, so that a
/// frame costs the same for ten messages as for 10,000.
#[derive(Debug, Default)]
pub(crate) struct MessageList {
    jid: String,
    heights: RowHeights,
    /// Width of the column and pixels per point that heights were measured for.
    measured_for: (f32, f32),
    /// The upper edge of what is seen, from the top of the first row.
    offset_points: f32,
    viewport_points: f32,
    is_at_end: bool,
    /// Where to go in the next frame.
    jump: Option<Jump>,
    expanded: BTreeSet<u64>,
    /// The oldest message when older ones were last asked for.
    asked_older_than: Option<u64>,
    marked_up_to: Option<u64>,
    #[cfg(test)]
    pub(crate) laid_out: usize,
}

#[derive(Debug, Clone, Copy)]
enum Jump {
    Open,
    End,
    Pages(f32),
}

/// What one frame has laid out, by index.
type Layouts = BTreeMap<usize, RowLayout>;

impl MessageList {
    /// Goes to the newest message.
    pub(crate) fn jump_to_end(&mut self) {
        self.jump = Some(Jump::End);
    }

    /// Goes so many pages down, or up.
    pub(crate) fn turn_pages(&mut self, pages: f32) {
        self.jump = Some(Jump::Pages(pages));
    }

    /// Draws the list into the room that is left.
    pub(crate) fn message_list_ui(
        &mut self,
        ui: &mut Ui,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        if self.jid != conversation.contact.jid {
            *self = Self {
                jid: conversation.contact.jid.clone(),
                jump: Some(Jump::Open),
                ..Self::default()
            };
        }
        let full = ui.available_rect_before_wrap();
        let width = (full.width() - 2.0 * size::MESSAGES_MARGIN).clamp(1.0, size::MESSAGES_MAX);
        self.viewport_points = full.height();
        let mut layouts = Layouts::new();
        let offset = self.prepare(ui, conversation, width, &mut layouts);
        let mut area = ScrollArea::vertical()
            .id_salt(("messages", &self.jid))
            .auto_shrink(false)
            .content_margin(0.0);
        if (offset - self.offset_points).abs() > 0.25 {
            area = area.vertical_scroll_offset(offset);
            self.offset_points = offset;
        }
        let left = full.center().x - width / 2.0;
        let output = area.show_viewport(ui, |ui, viewport| {
            self.rows_ui(ui, conversation, (left, width), viewport, &mut layouts, out);
        });
        self.offset_points = output.state.clamped_offset().y;
        let end = self.content_points() - self.viewport_points;
        self.is_at_end = self.offset_points >= end - AT_END_POINTS;
        #[cfg(test)]
        {
            self.laid_out = layouts.len();
        }
        if !self.is_at_end {
            self.jump_button_ui(ui, full, conversation.contact.unread);
        }
        self.ask_for_older(conversation, out);
        self.mark_displayed(ui, conversation, out);
    }

    /// Height of the content: the rows, and room above and below them.
    fn content_points(&self) -> f32 {
        (self.heights.total() + 2.0 * size::GAP).max(self.viewport_points)
    }

    /// Where the first row begins. Few messages stand at the bottom, beside the composer.
    fn first_row_y(&self) -> f32 {
        self.content_points() - self.heights.total() - size::GAP
    }

    /// Measures what will be seen and decides where the list stands, so that what the reader
    /// looks at does not move when heights above it change.
    fn prepare(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        width: f32,
        layouts: &mut Layouts,
    ) -> f32 {
        let anchor = self
            .heights
            .anchor_at(self.offset_points - self.first_row_y());
        let messages = &conversation.messages;
        self.heights.sync(
            messages,
            |message| message.position,
            |message| message_row::estimate_points(message, width),
        );
        let measured_for = (width, ui.pixels_per_point());
        if self.measured_for != measured_for {
            self.measured_for = measured_for;
            self.heights.forget_measured();
        }
        match self.jump.take() {
            Some(Jump::Open) => match messages.iter().position(|message| message.first_unread) {
                Some(index) => self.offset_of_new(ui, conversation, index, layouts),
                None => self.offset_at_end(ui, conversation, layouts),
            },
            Some(Jump::End) => self.offset_at_end(ui, conversation, layouts),
            Some(Jump::Pages(pages)) => {
                let end = (self.content_points() - self.viewport_points).max(0.0);
                let step = pages * self.viewport_points;
                (self.offset_points + step).clamp(0.0, end)
            }
            None if self.is_at_end => self.offset_at_end(ui, conversation, layouts),
            None => self.offset_of(ui, conversation, anchor, layouts),
        }
    }

    fn offset_at_end(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        layouts: &mut Layouts,
    ) -> f32 {
        let mut missing = self.viewport_points;
        for index in (0..self.heights.len()).rev() {
            if missing <= 0.0 {
                break;
            }
            self.measure(ui, conversation, index, layouts);
            missing -= self.heights.height(index);
        }
        (self.content_points() - self.viewport_points).max(0.0)
    }

    fn offset_of_new(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        index: usize,
        layouts: &mut Layouts,
    ) -> f32 {
        // What stands above has to be measured too, or the line would move when it is.
        let mut above = self.viewport_points;
        for index in (0..index).rev() {
            if above <= 0.0 {
                break;
            }
            self.measure(ui, conversation, index, layouts);
            above -= self.heights.height(index);
        }
        self.measure_below(ui, conversation, index, layouts);
        let wanted = self.first_row_y() + self.heights.top(index) - CONTEXT_ABOVE_NEW_POINTS;
        let end = (self.content_points() - self.viewport_points).max(0.0);
        wanted.clamp(0.0, end)
    }

    fn offset_of(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        anchor: Option<Anchor>,
        layouts: &mut Layouts,
    ) -> f32 {
        let Some(y) = anchor.and_then(|anchor| self.heights.y_of(anchor)) else {
            return self.offset_points;
        };
        let first = self.heights.range(y, y + 1.0).start;
        // One page above is measured ahead, so that scrolling up meets no surprise.
        let mut above = self.viewport_points;
        for index in (0..first).rev() {
            if above <= 0.0 {
                break;
            }
            if !self.heights.is_measured(index) {
                self.measure(ui, conversation, index, layouts);
            }
            above -= self.heights.height(index);
        }
        self.measure_below(ui, conversation, first, layouts);
        let y = anchor
            .and_then(|anchor| self.heights.y_of(anchor))
            .unwrap_or(y);
        let end = (self.content_points() - self.viewport_points).max(0.0);
        (self.first_row_y() + y).clamp(0.0, end)
    }

    /// Measures a page of rows from `first` on.
    fn measure_below(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        first: usize,
        layouts: &mut Layouts,
    ) {
        let mut below = 2.0 * self.viewport_points;
        for index in first..self.heights.len() {
            if below <= 0.0 {
                break;
            }
            if !self.heights.is_measured(index) {
                self.measure(ui, conversation, index, layouts);
            }
            below -= self.heights.height(index);
        }
    }

    fn measure(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        index: usize,
        layouts: &mut Layouts,
    ) {
        let Some(message) = conversation.messages.get(index) else {
            return;
        };
        let context = self.row_context(conversation, index, message);
        let layout = message_row::layout(ui, message, context);
        self.heights.measured(index, layout.height_points);
        layouts.insert(index, layout);
    }

    fn row_context<'a>(
        &self,
        conversation: &'a ConversationView,
        index: usize,
        message: &MessageView,
    ) -> RowContext<'a> {
        let next = conversation.messages.get(index + 1);
        RowContext {
            their_name: &conversation.contact.name,
            width_points: self.measured_for.0,
            is_joined_below: next.is_some_and(|next| next.continues_group),
            is_expanded: self.expanded.contains(&message.position),
        }
    }

    fn rows_ui(
        &mut self,
        ui: &mut Ui,
        conversation: &ConversationView,
        (left, width): (f32, f32),
        viewport: Rect,
        layouts: &mut Layouts,
        out: &mut Vec<ViewCommand>,
    ) {
        ui.set_height(self.content_points());
        let first_y = self.first_row_y();
        let range = self
            .heights
            .range(viewport.min.y - first_y, viewport.max.y - first_y);
        let mut y = ui.max_rect().top() + first_y + self.heights.top(range.start);
        for index in range {
            let Some(message) = conversation.messages.get(index) else {
                break;
            };
            let known_height = self.heights.height(index);
            if !layouts.contains_key(&index) {
                self.measure(ui, conversation, index, layouts);
            }
            let Some(layout) = layouts.get(&index) else {
                break;
            };
            if (layout.height_points - known_height).abs() > 0.25 {
                // The row has changed; the next frame puts the others in their places.
                ui.ctx().request_repaint();
            }
            let context = self.row_context(conversation, index, message);
            let origin = pos2(left, y);
            let row = Rect::from_min_size(origin, vec2(width, layout.height_points));
            let draw =
                |ui: &mut Ui| message_row::message_row_ui(ui, origin, layout, message, context);
            let action = placed_ui(ui, message.position, row, placed::down(), draw);
            y += layout.height_points;
            let id = || message.id.clone();
            match action {
                Some(RowAction::Resend) => out.push(UiCommand::Resend { id: id() }.into()),
                Some(RowAction::Discard) => out.push(UiCommand::DiscardFailed { id: id() }.into()),
                Some(RowAction::ShowMore) => {
                    self.expanded.insert(message.position);
                }
                None => {}
            }
        }
    }

    /// A button over the list that leads to the newest message, with the number of new ones.
    fn jump_button_ui(&mut self, ui: &mut Ui, full: Rect, unread: u64) {
        let palette = Palette::of(ui);
        let side = size::ICON_BUTTON;
        let corner = full.right_bottom() - vec2(size::GAP_LARGE + side, size::GAP + side);
        let rect = Rect::from_min_size(corner, vec2(side, side));
        let name = match unread {
            0 => "Jump to the newest message".to_owned(),
            count => format!("Jump to the newest message, {count} new"),
        };
        let shadow = palette.backdrop.gamma_multiply(0.5);
        ui.painter()
            .circle_filled(rect.center() + vec2(0.0, 1.0), side / 2.0 + 1.5, shadow);
        let ground = Some((palette.field, palette.line));
        let button = |ui: &mut Ui| icon_button_of_ui(ui, Icon::Down, &name, palette.text, ground);
        if placed_ui(ui, "jump", rect, placed::down(), button).clicked() {
            self.jump_to_end();
            ui.ctx().request_repaint();
        }
        if unread > 0 {
            badge(ui, rect.center_top(), Align2::CENTER_CENTER, unread);
        }
    }

    fn ask_for_older(&mut self, conversation: &ConversationView, out: &mut Vec<ViewCommand>) {
        let oldest = conversation
            .messages
            .first()
            .map(|message| message.position);
        let is_near = self.offset_points < LOAD_OLDER_WITHIN_POINTS;
        if !conversation.has_older || !is_near || self.asked_older_than == oldest {
            return;
        }
        self.asked_older_than = oldest;
        let jid = conversation.contact.jid.clone();
        out.push(UiCommand::LoadOlder { jid }.into());
    }

    /// Says which message of theirs was seen, once for each.
    fn mark_displayed(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        if conversation.contact.unread == 0 || !ui.input(|input| input.focused) {
            return;
        }
        let bottom = self.offset_points + self.viewport_points - self.first_row_y();
        let seen = self
            .heights
            .range(self.offset_points - self.first_row_y(), bottom);
        let newest = conversation.messages.get(seen).and_then(|messages| {
            messages
                .iter()
                .rev()
                .find(|message| message.direction == DirectionView::Incoming)
        });
        let Some(newest) = newest else { return };
        if self
            .marked_up_to
            .is_some_and(|marked| marked >= newest.position)
        {
            return;
        }
        self.marked_up_to = Some(newest.position);
        let jid = conversation.contact.jid.clone();
        out.push(
            UiCommand::MarkDisplayed {
                jid,
                position: newest.position,
            }
            .into(),
        );
    }
}

/// Draws a number in a filled pill; returns its width.
pub(crate) fn badge(ui: &Ui, at: Pos2, align: Align2, count: u64) -> f32 {
    let palette = Palette::of(ui);
    let words = if count > 99 {
        "99+".to_owned()
    } else {
        count.to_string()
    };
    let galley = text::one_line(
        ui,
        &words,
        TextRole::Badge,
        palette.text_on_fill,
        f32::INFINITY,
    );
    let width = (galley.size().x + size::BADGE_PADDING).max(size::BADGE);
    let pill = align.anchor_size(at, vec2(width, size::BADGE));
    ui.painter()
        .rect_filled(pill, size::BADGE / 2.0, palette.accent_fill);
    let at = pill.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, Color32::PLACEHOLDER);
    width
}
