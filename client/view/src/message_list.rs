//! The timeline of the open conversation.

mod gestures;
mod jump_button;
mod place;
mod row_cache;
mod scroll_bar;
mod watch;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use egui::{Pos2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{
    ConversationView, JumpTarget, LocalDate, MessageView, UiCommand,
};

pub(crate) use self::jump_button::badge;
use self::place::{Placed, Start, is_at_end, place};
use self::row_cache::RowCache;
use self::scroll_bar::ScrollBar;
use self::watch::Watch;
use crate::app_model::ViewCommand;
use crate::design_tokens::{Palette, size};
use crate::message_menu::{self, BarChoice};
use crate::message_row::{self, RowContext, RowLayout};
use crate::placed::{self, placed_ui};
use crate::row_heights::RowHeights;
use crate::row_painter::{self, RowAction, RowState};
use crate::selection::Selection;
use crate::words::{Clock, Words, tr};

/// Where a conversation begins to be read if there is something new: this far above the "new"
/// line, in points.
const CONTEXT_ABOVE_NEW_POINTS: f32 = 80.0;

/// For how long a message is highlighted after a jump to it, in seconds.
const FLASH_SECONDS: f64 = 1.6;

/// For how long the day stays above the messages after scrolling, in seconds.
const DAY_SECONDS: f64 = 1.4;

/// What the list asks of the conversation around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ListEvent {
    /// Answer this message.
    Reply(u64),
    /// Choose a reaction to this message, near this place.
    React(u64, Pos2),
    /// Open a link.
    Open(String),
    /// Show the earlier texts of this message.
    ShowEarlier(u64),
    /// Choose a day to go to.
    ChooseDay,
    /// Open the menu of a message at a place; with the link that was pressed.
    Menu(u64, Pos2, Option<String>),
}

/// What is drawn around the messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListModel<'a> {
    pub(crate) conversation: &'a ConversationView,
    pub(crate) our_name: Option<&'a str>,
    pub(crate) clock: Clock,
}

/// The messages of the open conversation. Only rows that can be seen are laid out, and only a run
/// of them is loaded, so that a frame costs the same for ten messages as for 100,000.
///
/// The list stands where one row stands, the anchor; all others are placed from there. What
/// becomes known of rows that are not seen can therefore not move those that are.
#[derive(Debug, Default)]
pub(crate) struct MessageList {
    jid: String,
    heights: RowHeights,
    cache: RowCache,
    /// The run of messages of the last frame.
    run: Arc<[MessageView]>,
    first_row: u64,
    anchor: Anchor,
    is_at_end: bool,
    /// Where to go in the next frame.
    jump: Option<Jump>,
    /// The jump of the model that was carried out last.
    done_jump: u64,
    /// A message that is highlighted, and since when, in seconds of egui's clock.
    flash: Option<(u64, f64)>,
    scrolled_at_seconds: f64,
    expanded: BTreeSet<u64>,
    pub(crate) selection: Selection,
    gesture: gestures::Gesture,
    scroll_bar: ScrollBar,
    watch: Watch,
    /// The row that Tab leads to.
    current: Option<u64>,
    /// Puts the keyboard on the current row.
    wants_row_focus: bool,
    /// The message whose row has the keyboard, and what egui calls that row.
    focused_id: Option<(u64, egui::Id)>,
    /// Whether something that belongs to a message is open over the list.
    pub(crate) is_covered: bool,
    /// The rows on the screen, from above.
    placed: VecDeque<Placed>,
}

/// The row from which all others are placed.
#[derive(Debug, Clone, Copy, Default)]
struct Anchor {
    row: usize,
    /// The message there, if it is loaded; the row follows it when others come above.
    position: Option<u64>,
    /// How far its top is below the upper edge of the list, in points.
    y: f32,
}

#[derive(Debug, Clone, Copy)]
enum Jump {
    Open,
    End,
    Pages(f32),
    /// To a row, to stand in the upper third.
    Row(usize),
    /// As little as needed to see a row.
    Reveal(usize),
}

impl MessageList {
    /// Goes to the newest message.
    pub(crate) fn jump_to_end(&mut self) {
        self.jump = Some(Jump::End);
    }

    /// Goes so many pages down, or up.
    pub(crate) fn turn_pages(&mut self, pages: f32) {
        self.jump = Some(Jump::Pages(pages));
    }

    /// The day of the uppermost message on the screen.
    pub(crate) fn first_day(&self) -> Option<LocalDate> {
        let mut rows = self
            .placed
            .iter()
            .filter_map(|placed| self.message(placed.row));
        rows.next().map(|message| message.local.date)
    }

    /// The width of the column of messages, in points.
    pub(crate) fn width_points(&self) -> f32 {
        self.cache.width_points()
    }

    /// Gives the keyboard back to the row whose menu was open, if it had it.
    pub(crate) fn focus_row_again(&mut self, position: u64) {
        if self.current == Some(position) {
            self.wants_row_focus = true;
        }
    }

    /// Puts the keyboard on the row of a message.
    pub(crate) fn focus_row(&mut self, position: u64) {
        self.current = Some(position);
        self.wants_row_focus = true;
    }

    /// How many rows are kept laid out.
    #[cfg(test)]
    pub(crate) fn laid_out(&self) -> usize {
        self.cache.len()
    }

    /// Draws the list into the room that is left.
    pub(crate) fn message_list_ui(
        &mut self,
        ui: &mut Ui,
        model: ListModel<'_>,
        out: &mut Vec<ViewCommand>,
    ) -> Vec<ListEvent> {
        let conversation = model.conversation;
        if self.jid != conversation.contact.jid {
            *self = Self {
                jid: conversation.contact.jid.clone(),
                jump: Some(Jump::Open),
                done_jump: self.done_jump,
                ..Self::default()
            };
        }
        let full = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(full);
        let width = (full.width() - 2.0 * size::MESSAGES_MARGIN).clamp(1.0, size::MESSAGES_MAX);
        let context = RowContext {
            their_name: &conversation.contact.name,
            our_name: model.our_name,
            width_points: width,
            is_joined_below: false,
            is_expanded: false,
            highlight: &conversation.highlight,
            words: Words::of(ui),
            clock: model.clock,
        };
        self.sync(ui, conversation, &context);
        let area_id = ui.scope_id().with("message area");
        let area = ui.interact(full, area_id, Sense::CLICK | Sense::DRAG);
        let name = tr(ui, "conversation-messages");
        area.widget_info(|| WidgetInfo::labeled(Role::List, true, &name));
        self.scroll(ui, full, conversation);
        self.place_rows(ui, full.height(), conversation, &context);

        let mut events = Vec::new();
        self.follow_gesture(ui, &area, full, &context, &mut events);
        self.follow_keys(ui, full, &context, &mut events);
        self.draw(ui, full, conversation, &context, out, &mut events);
        self.remember_place();
        self.watch_rows(ui, conversation, out);
        events
    }

    /// The left edge of the column of messages.
    fn left(full: Rect, context: &RowContext<'_>) -> f32 {
        (full.center().x - context.width_points / 2.0).round()
    }

    /// Takes over the messages of the model.
    fn sync(&mut self, ui: &Ui, conversation: &ConversationView, context: &RowContext<'_>) {
        let is_same = Arc::ptr_eq(&self.run, &conversation.messages)
            && self.first_row == conversation.first_row
            && self.heights.len() as u64 == conversation.total_rows;
        self.cache.begin_frame(ui, context, !is_same);
        if !is_same {
            self.run = Arc::clone(&conversation.messages);
            self.first_row = conversation.first_row;
            let run = Arc::clone(&self.run);
            let width = context.width_points;
            self.heights.sync(
                usize::try_from(conversation.total_rows).unwrap_or(usize::MAX),
                usize::try_from(conversation.first_row).unwrap_or(usize::MAX),
                run.iter().map(|message| message.position),
                |index| {
                    let message = run.get(index);
                    message.map_or(0.0, |message| message_row::estimate_points(message, width))
                },
            );
        }
        if let Some(row) = self
            .anchor
            .position
            .and_then(|position| self.heights.row(position))
        {
            self.anchor.row = row;
        }
        if let Some(jump) = conversation
            .jump
            .filter(|jump| jump.serial != self.done_jump)
        {
            self.done_jump = jump.serial;
            let row = usize::try_from(jump.row).unwrap_or(usize::MAX);
            self.jump = Some(Jump::Row(row));
            let message = self.message(row);
            if let Some(message) = message.filter(|_| jump.flash) {
                let now = ui.input(|input| input.time);
                self.flash = Some((message.position, now));
            }
        }
    }

    /// The message of a row, if it is loaded.
    fn message(&self, row: usize) -> Option<&MessageView> {
        let first = usize::try_from(self.first_row).ok()?;
        self.run.get(row.checked_sub(first)?)
    }

    /// The row of a message, and the message, if it is loaded.
    pub(crate) fn find(&self, position: u64) -> Option<&MessageView> {
        let message = self.message(self.heights.row(position)?)?;
        (message.position == position).then_some(message)
    }

    /// The newest message of ours that may be corrected.
    pub(crate) fn last_editable(&self) -> Option<&MessageView> {
        self.run.iter().rev().find(|message| message.can_edit)
    }

    /// The layout of a row that is loaded.
    fn layout(
        &mut self,
        ui: &Ui,
        row: usize,
        context: &RowContext<'_>,
    ) -> Option<std::rc::Rc<RowLayout>> {
        let first = usize::try_from(self.first_row).ok()?;
        let index = row.checked_sub(first)?;
        let message = self.run.get(index)?;
        let next = self.run.get(index + 1);
        let context = RowContext {
            is_joined_below: next.is_some_and(|next| next.continues_group),
            is_expanded: self.expanded.contains(&message.position),
            ..*context
        };
        Some(self.cache.layout(ui, message, &context))
    }

    /// The height of a row: as laid out, or as estimated while it is not loaded.
    fn measure(&mut self, ui: &Ui, row: usize, context: &RowContext<'_>) -> f32 {
        if let Some(layout) = self.layout(ui, row, context) {
            self.heights.measured(row, layout.height_points);
        }
        self.heights.height(row)
    }

    /// Moves the anchor as the wheel and the bar say.
    fn scroll(&mut self, ui: &mut Ui, full: Rect, conversation: &ConversationView) {
        if let Some(y) = self
            .scroll_bar
            .scroll_bar_ui(ui, full, &self.heights, self.placed.front())
        {
            let (row, below) = self.heights.at(y);
            self.anchor = Anchor {
                row,
                position: None,
                y: -(below as f32),
            };
            self.is_at_end = false;
            self.jump = None;
            self.scrolled_at_seconds = ui.input(|input| input.time);
        }
        if !ui.rect_contains_pointer(full) && !self.gesture.is_dragging() {
            return;
        }
        let wheel = ui.input(|input| input.smooth_scroll_delta().y);
        let delta = wheel + self.gesture.scroll_at_edge(ui, full);
        if delta == 0.0 {
            return;
        }
        self.scroll_by(delta);
        self.scrolled_at_seconds = ui.input(|input| input.time);
        let _ = conversation;
    }

    /// Moves everything down by so many points.
    fn scroll_by(&mut self, delta: f32) {
        self.anchor.y += delta;
        if delta > 0.0 {
            self.is_at_end = false;
        }
    }

    /// Decides which rows are on the screen, and where.
    fn place_rows(
        &mut self,
        ui: &Ui,
        viewport: f32,
        conversation: &ConversationView,
        context: &RowContext<'_>,
    ) {
        let start = match self.jump.take() {
            Some(Jump::Open) => match self.first_unread_row(conversation) {
                Some(row) => Start::At {
                    row,
                    y: CONTEXT_ABOVE_NEW_POINTS.min(viewport / 4.0),
                },
                None => Start::End,
            },
            Some(Jump::End) => Start::End,
            Some(Jump::Row(row)) => {
                let height = self.measure(ui, row, context);
                let y = ((viewport - height) / 3.0).max(size::GAP);
                Start::At { row, y }
            }
            Some(Jump::Reveal(row)) => self.reveal(ui, row, viewport, context),
            Some(Jump::Pages(pages)) => {
                self.scroll_by(-pages * viewport);
                self.start_near(viewport)
            }
            None if self.is_at_end => Start::End,
            None => self.start_near(viewport),
        };
        let total = self.heights.len();
        let placed = place(total, viewport, start, |row| self.measure(ui, row, context));
        self.is_at_end = is_at_end(&placed, total, viewport);
        self.placed = placed;
    }

    /// The row of the "new" line, if it is loaded.
    fn first_unread_row(&self, conversation: &ConversationView) -> Option<usize> {
        let row = usize::try_from(conversation.first_unread_row?).ok()?;
        self.message(row).map(|_| row)
    }

    /// The anchor, or, when it is far off the screen, a row that is near.
    fn start_near(&self, viewport: f32) -> Start {
        let Anchor { mut row, mut y, .. } = self.anchor;
        while y > 2.0 * viewport && row > 0 {
            row -= 1;
            y -= self.heights.height(row);
        }
        while y + self.heights.height(row) < -2.0 * viewport && row + 1 < self.heights.len() {
            y += self.heights.height(row);
            row += 1;
        }
        Start::At { row, y }
    }

    fn reveal(&mut self, ui: &Ui, row: usize, viewport: f32, context: &RowContext<'_>) -> Start {
        let height = self.measure(ui, row, context);
        let first = self.placed.front().copied();
        let known = self.placed.iter().find(|placed| placed.row == row);
        let margin = size::SEPARATOR_HEIGHT;
        let y = match (known, first) {
            (Some(placed), _) => placed.y,
            (None, Some(first)) if row < first.row => margin,
            _ => viewport,
        };
        let y = y
            .min(viewport - margin - height)
            .max(margin.min(viewport - height));
        Start::At { row, y }
    }

    /// Chooses the row that everything will be placed from in the next frame: the first one that
    /// is whole, loaded and on the screen.
    fn remember_place(&mut self) {
        let position = |placed: &Placed| self.message(placed.row).map(|message| message.position);
        let whole = self
            .placed
            .iter()
            .find(|placed| placed.y >= 0.0 && position(placed).is_some());
        let any = || self.placed.iter().find(|placed| position(placed).is_some());
        if let Some(placed) = whole.or_else(any).or(self.placed.front()) {
            self.anchor = Anchor {
                row: placed.row,
                position: position(placed),
                y: placed.y,
            };
        }
    }

    fn draw(
        &mut self,
        ui: &mut Ui,
        full: Rect,
        conversation: &ConversationView,
        context: &RowContext<'_>,
        out: &mut Vec<ViewCommand>,
        events: &mut Vec<ListEvent>,
    ) {
        let left = Self::left(full, context);
        let builder = UiBuilder::new().id_salt("messages").max_rect(full);
        let mut clipped = ui.new_child(builder);
        clipped.shrink_clip_rect(full);
        let rows: Vec<Placed> = self.placed.iter().copied().collect();
        for placed in rows {
            let origin = pos2(left, full.top() + placed.y);
            let rect = Rect::from_min_size(origin, vec2(context.width_points, placed.height));
            let action = match self.layout(&clipped, placed.row, context) {
                Some(layout) => self.row_ui(&mut clipped, placed.row, rect, &layout, context),
                None => {
                    paint_unloaded(&clipped, rect, placed.row);
                    None
                }
            };
            if let Some((position, action)) = action {
                self.act(&clipped, position, action, out, events);
            }
        }
        self.bar_ui(&mut clipped, full, context, events);
        self.sticky_day_ui(&mut clipped, full, context, events);
        if !self.is_at_end {
            self.jump_button_ui(ui, full, conversation, out);
        }
    }

    fn row_ui(
        &mut self,
        ui: &mut Ui,
        row: usize,
        rect: Rect,
        layout: &RowLayout,
        context: &RowContext<'_>,
    ) -> Option<(u64, RowAction)> {
        let flash = self.flash_of(ui, row);
        let message = self.message(row)?;
        let next = self.message(row + 1);
        let context = RowContext {
            is_joined_below: next.is_some_and(|next| next.continues_group),
            ..*context
        };
        let position = message.position;
        let is_current = match self.current {
            Some(current) => current == position,
            None => self.placed.back().is_some_and(|last| last.row == row),
        };
        let state = RowState {
            selected_chars: self.selection.chars_of(position),
            checked: self.selection.checked(position),
            flash,
            is_tab_stop: is_current,
            takes_focus: self.wants_row_focus && self.current == Some(position),
        };
        let draw =
            |ui: &mut Ui| row_painter::row_ui(ui, rect.min, layout, message, &context, &state);
        let (action, focused) = placed_ui(ui, ("message", position), rect, placed::down(), draw);
        if let Some(id) = focused {
            self.focused_id = Some((position, id));
            self.current = Some(position);
        }
        if state.takes_focus {
            self.wants_row_focus = false;
        }
        action.map(|action| (position, action))
    }

    /// How much a row is highlighted after a jump: whole at first, then fading.
    fn flash_of(&mut self, ui: &Ui, row: usize) -> f32 {
        let Some((position, since)) = self.flash else {
            return 0.0;
        };
        if self
            .message(row)
            .is_none_or(|message| message.position != position)
        {
            return 0.0;
        }
        let passed = (ui.input(|input| input.time) - since) / FLASH_SECONDS;
        if passed >= 1.0 {
            self.flash = None;
            return 0.0;
        }
        ui.ctx().request_repaint();
        ((1.0 - passed) * 2.0).min(1.0) as f32
    }

    fn act(
        &mut self,
        ui: &Ui,
        position: u64,
        action: RowAction,
        out: &mut Vec<ViewCommand>,
        events: &mut Vec<ListEvent>,
    ) {
        let jid = || self.jid.clone();
        let id = || self.find(position).map(|message| message.id.clone());
        match action {
            RowAction::Resend => {
                out.extend(id().map(|id| UiCommand::Resend { id }.into()));
            }
            RowAction::Discard => {
                out.extend(id().map(|id| UiCommand::DiscardFailed { id }.into()));
            }
            RowAction::ShowMore => {
                self.expanded.insert(position);
                ui.ctx().request_repaint();
            }
            RowAction::ShowAnswered(position) => {
                let target = JumpTarget::Message(position);
                out.push(UiCommand::JumpTo { jid: jid(), target }.into());
            }
            RowAction::ToggleReaction(emoji) => self.toggle_reaction(position, &emoji, out),
            RowAction::ShowEarlier => events.push(ListEvent::ShowEarlier(position)),
            RowAction::ChooseDay => events.push(ListEvent::ChooseDay),
        }
    }

    /// Adds a reaction of ours, or takes it back.
    pub(crate) fn toggle_reaction(&self, position: u64, emoji: &str, out: &mut Vec<ViewCommand>) {
        let Some(message) = self.find(position) else {
            return;
        };
        let ours = message.reactions.iter().filter(|reaction| reaction.ours);
        let mut emojis: Vec<String> = ours.map(|reaction| reaction.emoji.clone()).collect();
        let before = emojis.len();
        emojis.retain(|one| one != emoji);
        if emojis.len() == before {
            emojis.push(emoji.to_owned());
        }
        let jid = self.jid.clone();
        out.push(
            UiCommand::React {
                jid,
                position,
                emojis,
            }
            .into(),
        );
    }

    /// The day of the uppermost message, over the list for a while after scrolling.
    fn sticky_day_ui(
        &mut self,
        ui: &mut Ui,
        full: Rect,
        context: &RowContext<'_>,
        events: &mut Vec<ListEvent>,
    ) {
        let passed = ui.input(|input| input.time) - self.scrolled_at_seconds;
        if self.scrolled_at_seconds == 0.0 || passed >= DAY_SECONDS {
            return;
        }
        ui.ctx()
            .request_repaint_after_secs((DAY_SECONDS - passed) as f32);
        let first = self
            .placed
            .iter()
            .find(|placed| placed.bottom() > size::SEPARATOR_HEIGHT / 2.0);
        let Some(first) = first else { return };
        let Some(message) = self.message(first.row) else {
            return;
        };
        if message.starts_day && first.y > -size::SEPARATOR_HEIGHT / 2.0 {
            return;
        }
        let day = message.local.date;
        // The line of the next day pushes this one out.
        let next = self
            .placed
            .iter()
            .skip_while(|placed| placed.row <= first.row)
            .find(|placed| {
                self.message(placed.row)
                    .is_some_and(|message| message.starts_day)
            });
        let middle = size::SEPARATOR_HEIGHT / 2.0;
        let pushed = next.map_or(0.0, |next| (next.y - size::SEPARATOR_HEIGHT + 8.0).min(0.0));
        let center = pos2(full.center().x, full.top() + middle + pushed);
        let words = context.words.day(day, context.clock.local_now.date);
        let builder = UiBuilder::new().id_salt("sticky day").max_rect(full);
        if row_painter::day_ui(&mut ui.new_child(builder), center, &words, context) {
            events.push(ListEvent::ChooseDay);
        }
    }

    /// The bar beside the message under the pointer.
    fn bar_ui(
        &mut self,
        ui: &mut Ui,
        full: Rect,
        context: &RowContext<'_>,
        events: &mut Vec<ListEvent>,
    ) {
        let is_there = ui.rect_contains_pointer(full)
            && self.selection.messages().is_none()
            && !self.gesture.is_dragging()
            && !self.is_covered
            && !egui::Popup::is_any_open(ui.ctx());
        let Some(pointer) = ui.ctx().pointer_latest_pos().filter(|_| is_there) else {
            return;
        };
        let y = pointer.y - full.top();
        let over = self
            .placed
            .iter()
            .find(|placed| placed.y <= y && y < placed.bottom())
            .copied();
        let Some(placed) = over else { return };
        let Some(layout) = self.layout(ui, placed.row, context) else {
            return;
        };
        let Some(message) = self.message(placed.row) else {
            return;
        };
        let origin = vec2(Self::left(full, context), full.top() + placed.y);
        let bubble = layout.bubble.translate(origin);
        if pointer.y < bubble.top() {
            return;
        }
        let column = Rect::from_min_size(origin.to_pos2(), vec2(context.width_points, 1.0));
        let Some((choice, at)) = message_menu::hover_bar_ui(ui, bubble, column, message) else {
            return;
        };
        let position = message.position;
        events.push(match choice {
            BarChoice::React => ListEvent::React(position, at),
            BarChoice::Reply => ListEvent::Reply(position),
            BarChoice::Menu => ListEvent::Menu(position, at, None),
        });
    }

    /// What a row is drawn with, for those who ask about its message.
    fn copied(&self, message: &MessageView, context: &RowContext<'_>) -> String {
        message_row::copied(message, context)
    }

    /// Leaves what is selected. Returns whether there was something.
    pub(crate) fn leave_selection(&mut self) -> bool {
        let had_some = !self.selection.is_none();
        self.selection = Selection::None;
        had_some
    }
}

/// A message that is still being loaded: where it will be.
fn paint_unloaded(ui: &Ui, rect: Rect, row: usize) {
    let palette = Palette::of(ui);
    let part = [0.42, 0.3, 0.55, 0.36, 0.25]
        .get(row % 5)
        .copied()
        .unwrap_or(0.4);
    let room = vec2(
        rect.width() * part,
        (rect.height() - size::GAP_TINY).max(8.0),
    );
    let mut bubble = Rect::from_min_size(rect.min + vec2(0.0, size::GAP_TINY), room);
    if row % 7 < 3 {
        bubble = bubble.translate(vec2(rect.width() - room.x, 0.0));
    }
    ui.painter()
        .rect_filled(bubble, size::RADIUS_BUBBLE, palette.hovered);
}
