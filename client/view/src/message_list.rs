//! The timeline of the open conversation.

mod gestures;
mod jump_button;
mod place;
mod row_cache;
mod row_heights;
mod rows;
mod scroll_bar;
mod watch;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use egui::{Pos2, Rect, Role, Sense, Ui, WidgetInfo};
use onym_client_protocol::view_model::{ConversationView, LocalDate, MessageView};

pub(crate) use self::jump_button::badge;
use self::place::{Placed, Start, is_at_end, place};
use self::row_cache::RowCache;
use self::scroll_bar::ScrollBar;
use self::watch::Watch;
use crate::app_model::ViewCommand;
use crate::design_tokens::size;
use crate::message::row::{self, RowContext, RowLayout};
use crate::message::selection::Selection;
use crate::message_list::row_heights::RowHeights;
use crate::protection::message_mark::RowProtection;
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
            protection: RowProtection::of(&conversation.protection),
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
                    message.map_or(0.0, |message| row::estimate_points(message, width))
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
}
