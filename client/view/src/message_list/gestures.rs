//! Selecting, opening and walking through messages with the pointer and the keyboard.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Response, Ui, pos2, vec2};

use super::{Jump, ListEvent, MessageList};
use crate::design_tokens::size;
use crate::message::painter::{RowState, indent};
use crate::message::row::RowContext;
use crate::message::selection::Selection;
use crate::message::spoken;
use crate::protection::message_mark::is_unreadable;

/// While the pointer drags a selection this near to an edge, the list scrolls, in points.
const EDGE_POINTS: f32 = 36.0;

/// How fast it scrolls then, in points per second.
const EDGE_SPEED: f32 = 900.0;

/// What the pointer has begun.
#[derive(Debug, Default)]
pub(super) struct Gesture {
    /// The message where the button went down, while it is down.
    pressed: Option<Press>,
    is_dragging: bool,
}

#[derive(Debug, Clone, Copy)]
struct Press {
    position: u64,
    /// The character, if the press was on the text.
    at_char: Option<usize>,
}

impl Gesture {
    pub(super) fn is_dragging(&self) -> bool {
        self.is_dragging
    }

    /// How far the list moves in this frame because a selection is dragged over its edge.
    pub(super) fn scroll_at_edge(&self, ui: &Ui, full: Rect) -> f32 {
        let Some(pointer) = ui.ctx().pointer_latest_pos().filter(|_| self.is_dragging) else {
            return 0.0;
        };
        let above = (full.top() + EDGE_POINTS - pointer.y).clamp(0.0, EDGE_POINTS);
        let below = (pointer.y - full.bottom() + EDGE_POINTS).clamp(0.0, EDGE_POINTS);
        let part = (above - below) / EDGE_POINTS;
        if part != 0.0 {
            ui.ctx().request_repaint();
        }
        part * EDGE_SPEED * ui.input(|input| input.stable_dt).min(0.1)
    }
}

/// What is under a point.
struct Hit {
    row: usize,
    position: u64,
    /// The nearest character.
    nearest: usize,
    is_on_text: bool,
    is_on_bubble: bool,
    link: Option<String>,
}

impl MessageList {
    fn hit(&mut self, ui: &Ui, at: Pos2, full: Rect, context: &RowContext<'_>) -> Option<Hit> {
        let y = at.y - full.top();
        let placed = self.placed.iter().min_by(|one, other| {
            let off = |placed: &super::Placed| (placed.y - y).max(y - placed.bottom()).max(0.0);
            off(one).total_cmp(&off(other))
        });
        let placed = *placed?;
        let layout = self.layout(ui, placed.row, context)?;
        let message = self.message(placed.row)?;
        let state = RowState {
            checked: self.selection.checked(message.position),
            ..RowState::default()
        };
        let left = Self::left(full, context) + indent(&state, message);
        let inside = at - vec2(left, full.top() + placed.y);
        Some(Hit {
            row: placed.row,
            position: message.position,
            nearest: layout.nearest_char(inside),
            is_on_text: layout.text_rect().expand(2.0).contains(inside)
                && !message.is_retracted
                && !is_unreadable(message),
            is_on_bubble: layout.bubble.contains(inside),
            link: layout.link_at(inside).map(str::to_owned),
        })
    }

    /// Follows the pointer over the messages.
    pub(super) fn follow_gesture(
        &mut self,
        ui: &mut Ui,
        area: &Response,
        full: Rect,
        context: &RowContext<'_>,
        events: &mut Vec<ListEvent>,
    ) {
        // A reaction or a quotation may be under the pointer; the menu opens there too.
        let inside = || {
            let is_inside = ui.rect_contains_pointer(full);
            ui.ctx().pointer_latest_pos().filter(|_| is_inside)
        };
        let pointer = area.interact_pointer_pos().or_else(inside);
        let Some(pointer) = pointer else {
            self.gesture = Gesture::default();
            return;
        };
        let Some(hit) = self.hit(ui, pointer, full, context) else {
            return;
        };
        let modifiers = ui.input(|input| input.modifiers);
        if hit.is_on_text && hit.link.is_none() && self.selection.messages().is_none() {
            ui.output_mut(|output| output.cursor_icon = egui::CursorIcon::Text);
        }
        let is_secondary = ui.input(|input| input.pointer.button_clicked(PointerButton::Secondary));
        if is_secondary && ui.rect_contains_pointer(full) {
            events.push(ListEvent::Menu(hit.position, pointer, hit.link));
            return;
        }
        self.press(ui, area, &hit, modifiers, context);
        if area.dragged_by(PointerButton::Primary) {
            self.drag(&hit, context);
        } else if area.drag_stopped() {
            self.gesture = Gesture::default();
        }
        if area.clicked_by(PointerButton::Primary) && !modifiers.shift {
            self.click(ui, area, hit, context, events);
        }
    }

    /// The button went down: a selection may begin here.
    fn press(
        &mut self,
        ui: &Ui,
        area: &Response,
        hit: &Hit,
        modifiers: Modifiers,
        context: &RowContext<'_>,
    ) {
        let is_pressed = ui.input(|input| input.pointer.button_pressed(PointerButton::Primary));
        if !is_pressed || !area.is_pointer_button_down_on() {
            return;
        }
        // The keyboard leaves the field, so that copying means what is selected here; letters that
        // are typed find the field again.
        if let Some(focused) = ui.memory(|memory| memory.focused()) {
            ui.memory_mut(|memory| memory.surrender_focus(focused));
        }
        if modifiers.shift {
            let anchor = self
                .selection
                .anchor()
                .or(self.current)
                .unwrap_or(hit.position);
            self.select_range(anchor, hit.row, context);
            return;
        }
        self.gesture.pressed = Some(Press {
            position: hit.position,
            at_char: hit.is_on_text.then_some(hit.nearest),
        });
        if self.selection.messages().is_none() {
            self.selection = Selection::None;
        }
    }

    fn drag(&mut self, hit: &Hit, context: &RowContext<'_>) {
        let Some(press) = self.gesture.pressed else {
            return;
        };
        self.gesture.is_dragging = true;
        match press.at_char {
            // Inside of one message characters are selected; further, whole messages.
            Some(anchor)
                if hit.position == press.position && self.selection.messages().is_none() =>
            {
                let (position, head) = (press.position, hit.nearest);
                self.selection = Selection::Chars {
                    position,
                    anchor,
                    head,
                };
            }
            Some(anchor) if hit.position == press.position && press.at_char.is_some() => {
                // The pointer came back to where it began.
                let (position, head) = (press.position, hit.nearest);
                self.selection = Selection::Chars {
                    position,
                    anchor,
                    head,
                };
            }
            _ => self.select_range(press.position, hit.row, context),
        }
    }

    fn click(
        &mut self,
        ui: &Ui,
        area: &Response,
        hit: Hit,
        context: &RowContext<'_>,
        events: &mut Vec<ListEvent>,
    ) {
        self.gesture = Gesture::default();
        if self.selection.messages().is_some() {
            self.toggle_selected(hit.position, context);
            return;
        }
        if let Some(link) = hit.link {
            events.push(ListEvent::Open(link));
            return;
        }
        if !hit.is_on_text {
            if hit.is_on_bubble || area.clicked() {
                self.selection = Selection::None;
            }
            return;
        }
        let Some(layout) = self.layout(ui, hit.row, context) else {
            return;
        };
        let chars = if area.triple_clicked() {
            0..layout.body.chars()
        } else if area.double_clicked() {
            layout.body.word_at(hit.nearest)
        } else {
            return;
        };
        self.selection = Selection::Chars {
            position: hit.position,
            anchor: chars.start,
            head: chars.end,
        };
    }

    /// Selects one whole message, or no longer.
    pub(crate) fn toggle_selected(&mut self, position: u64, context: &RowContext<'_>) {
        let Some(message) = self.find(position) else {
            return;
        };
        let line = self.copied(message, context);
        let message = message.clone();
        self.selection.toggle(&message, line);
    }

    /// Selects the whole messages from one to the one in a row.
    fn select_range(&mut self, anchor: u64, to_row: usize, context: &RowContext<'_>) {
        let from_row = self.heights.row(anchor).unwrap_or(to_row);
        let rows = from_row.min(to_row)..=from_row.max(to_row);
        let first = usize::try_from(self.first_row).unwrap_or(usize::MAX);
        let run = self.run.clone();
        let loaded = run.iter().enumerate().filter_map(|(index, message)| {
            let line = || spoken::copied(message, context);
            rows.contains(&(first + index))
                .then(|| ((message.time, message.position), line()))
        });
        let heights = &self.heights;
        let is_inside = |position| heights.row(position).is_some_and(|row| rows.contains(&row));
        self.selection.select_range(anchor, loaded, is_inside);
    }

    /// Follows the keys: copying everywhere, the rest while a row has the keyboard.
    pub(super) fn follow_keys(
        &mut self,
        ui: &mut Ui,
        full: Rect,
        context: &RowContext<'_>,
        events: &mut Vec<ListEvent>,
    ) {
        let has_field = ui.ctx().text_edit_focused();
        let copies = ui.input(|input| {
            input
                .events
                .iter()
                .any(|event| matches!(event, Event::Copy))
        });
        if copies
            && !has_field
            && let Some(text) = self.selected_text(ui, context)
        {
            ui.ctx().copy_text(text);
        }
        let Some(current) = self.focused_row(ui) else {
            return;
        };
        let Some(row) = self.heights.row(current) else {
            return;
        };
        let step = ui.input_mut(|input| {
            let mut step = 0_isize;
            for (key, by) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
                step += by * input.count_and_consume_key(Modifiers::SHIFT, key) as isize;
                step += by * input.count_and_consume_key(Modifiers::NONE, key) as isize;
            }
            step
        });
        if let Some(to) = row.checked_add_signed(step).filter(|to| *to != row)
            && let Some(position) = self.message(to).map(|message| message.position)
        {
            if ui.input(|input| input.modifiers.shift) {
                let anchor = self.selection.anchor().unwrap_or(current);
                self.select_range(anchor, to, context);
            }
            self.focus_row(position);
            self.jump = Some(Jump::Reveal(to));
            self.is_at_end = false;
            ui.ctx().request_repaint();
        }
        let opens = ui.input_mut(|input| {
            input.consume_key(Modifiers::NONE, Key::Enter)
                | input.consume_key(Modifiers::SHIFT, Key::F10)
                | input.consume_key(Modifiers::NONE, Key::Menu)
        });
        let marks = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space));
        if marks {
            self.toggle_selected(current, context);
        }
        if opens {
            let placed = self.placed.iter().find(|placed| placed.row == row).copied();
            let layout = self.layout(ui, row, context);
            if let (Some(placed), Some(layout)) = (placed, layout) {
                let left = Self::left(full, context);
                let at =
                    layout.bubble.left_bottom() + vec2(left + size::GAP, full.top() + placed.y);
                let at = pos2(at.x, at.y.clamp(full.top(), full.bottom()));
                events.push(ListEvent::Menu(current, at, None));
            }
        }
    }

    /// The message whose row has the keyboard.
    fn focused_row(&self, ui: &Ui) -> Option<u64> {
        let current = self.current?;
        let focused = ui.memory(|memory| memory.focused())?;
        (self.focused_id == Some((current, focused))).then_some(current)
    }

    /// What copying gives now.
    pub(crate) fn selected_text(&mut self, ui: &Ui, context: &RowContext<'_>) -> Option<String> {
        match &self.selection {
            Selection::None => None,
            Selection::Messages(messages) => Some(messages.copied()),
            Selection::Chars { position, .. } => {
                let position = *position;
                let chars = self.selection.chars_of(position)?;
                let row = self.heights.row(position)?;
                let layout = self.layout(ui, row, context)?;
                Some(layout.body.text(chars))
            }
        }
    }
}
