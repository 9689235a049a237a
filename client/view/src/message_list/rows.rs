//! The rows of the timeline on the screen, and what lies over them.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};
use onym_client_protocol::view_model::{ConversationView, JumpTarget, MessageView, UiCommand};

use super::place::Placed;
use super::{DAY_SECONDS, FLASH_SECONDS, ListEvent, MessageList};
use crate::app_model::ViewCommand;
use crate::design_tokens::{Palette, size};
use crate::message::menu::{self, BarChoice};
use crate::message::painter::{self, RowAction, RowState};
use crate::message::row::{RowContext, RowLayout};
use crate::message::selection::Selection;
use crate::message::spoken;
use crate::placed::{self, placed_ui};

impl MessageList {
    pub(super) fn draw(
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

    pub(super) fn row_ui(
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
        let draw = |ui: &mut Ui| painter::row_ui(ui, rect.min, layout, message, &context, &state);
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
    pub(super) fn flash_of(&mut self, ui: &Ui, row: usize) -> f32 {
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

    pub(super) fn act(
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
    pub(super) fn sticky_day_ui(
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
        if painter::day_ui(&mut ui.new_child(builder), center, &words, context) {
            events.push(ListEvent::ChooseDay);
        }
    }

    /// The bar beside the message under the pointer.
    pub(super) fn bar_ui(
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
        let Some((choice, at)) = menu::hover_bar_ui(ui, bubble, column, message) else {
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
    pub(super) fn copied(&self, message: &MessageView, context: &RowContext<'_>) -> String {
        spoken::copied(message, context)
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
