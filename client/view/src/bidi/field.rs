use std::sync::Arc;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditOutput;
use egui::text_selection::visuals::paint_text_cursor;
use egui::{Color32, Event, Galley, Id, Key, Modifiers, Pos2, Response, Shape, TextEdit, Ui, vec2};

use super::caret::{Caret, Lines, Step, rects_of};
use super::needs_order;

/// How far the caret reaches above and below its line, in points, as egui draws it.
const BEYOND_LINE: f32 = 1.5;

/// How strongly a selection shines through the text over which it is drawn.
const OVER_TEXT: f32 = 0.4;

/// A field whose caret goes where it is seen. egui's own caret takes for granted that a text goes
/// from left to right; so for a text that does not, its arrow keys are taken before egui draws the
/// field, and its pointer, caret and selection are done anew afterwards.
#[derive(Debug)]
pub(crate) struct OrderedField {
    id: Id,
    is_ordered: bool,
    is_framed: bool,
    seen: Seen,
}

/// What the last frame showed.
#[derive(Debug, Clone, Default)]
struct Seen {
    galley: Option<Arc<Galley>>,
    caret: Option<Caret>,
    /// Where the caret wants to be in another line.
    x: Option<f32>,
    /// When the caret was last moved, in seconds of egui's clock.
    moved_at: f64,
}

impl OrderedField {
    /// Takes the keys that move the caret. `is_framed` says that the field paints its own ground.
    pub(crate) fn new(ui: &Ui, id: Id, text: &str, is_framed: bool) -> Self {
        let mut field = Self {
            id,
            is_ordered: needs_order(text),
            is_framed,
            seen: Seen::default(),
        };
        if field.is_ordered {
            field.seen = ui.data(|data| data.get_temp(id).unwrap_or_default());
            let galley = field.seen.galley.clone();
            if let Some(galley) = galley.filter(|galley| galley.text() == text) {
                field.take_keys(ui, &galley);
            }
        }
        field
    }

    fn take_keys(&mut self, ui: &Ui, galley: &Galley) {
        let Some(mut state) = TextEdit::load_state(ui.ctx(), self.id) else {
            return;
        };
        let range = state.cursor.char_range();
        let Some(mut range) = range.filter(|_| ui.memory(|memory| memory.has_focus(self.id)))
        else {
            return;
        };
        let lines = Lines::of(galley);
        let mut is_as_seen = true;
        let mut is_moved = false;
        ui.input_mut(|input| {
            input.events.retain_mut(|event| {
                let Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } = event
                else {
                    is_as_seen &= !changes_text(event);
                    return true;
                };
                let caret = self.caret(&lines, range.primary);
                let Some(step) = step_of(*key).filter(|_| is_as_seen) else {
                    is_as_seen = false;
                    return true;
                };
                if modifiers.ctrl || modifiers.alt || modifiers.command {
                    // By words, which egui does: in the direction of the paragraph.
                    if lines.is_rtl(caret) {
                        *key = turned(*key);
                    }
                    is_as_seen = false;
                    return true;
                }
                range = self.moved(&lines, range, step, *modifiers);
                is_moved = true;
                false
            });
        });
        if is_moved {
            self.seen.moved_at = ui.input(|input| input.time);
            state.cursor.set_char_range(Some(range));
            state.store(ui.ctx(), self.id);
        }
    }

    fn caret(&self, lines: &Lines, cursor: CCursor) -> Caret {
        lines.caret_at(cursor.index.0, cursor.prefer_next_row, self.seen.caret)
    }

    fn moved(
        &mut self,
        lines: &Lines,
        range: CCursorRange,
        step: Step,
        modifiers: Modifiers,
    ) -> CCursorRange {
        let from = self.caret(lines, range.primary);
        let is_level = matches!(step, Step::Left | Step::Right);
        let x = self.seen.x.filter(|_| !is_level);
        let x = x.unwrap_or_else(|| lines.rect(from).left());
        let to = if is_level && !range.is_empty() && !modifiers.shift {
            let other = lines.caret_at(
                range.secondary.index.0,
                range.secondary.prefer_next_row,
                None,
            );
            lines.first_of(from, other, step)
        } else {
            lines.step(from, step, x)
        };
        self.seen.caret = Some(to);
        self.seen.x = (!is_level).then_some(x);
        let primary = cursor_at(lines, to);
        CCursorRange {
            primary,
            secondary: if modifiers.shift {
                range.secondary
            } else {
                primary
            },
            h_pos: None,
        }
    }

    /// Draws the field.
    pub(crate) fn show(mut self, ui: &mut Ui, field: TextEdit<'_>) -> TextEditOutput {
        let below = ui.painter().add(Shape::Noop);
        let is_ordered = self.is_ordered;
        let mut output = ui
            .scope(|ui| {
                if is_ordered {
                    let visuals = ui.visuals_mut();
                    visuals.text_cursor.stroke.color = Color32::TRANSPARENT;
                    visuals.selection.bg_fill = Color32::TRANSPARENT;
                    visuals.selection.stroke.color = visuals.text_color();
                }
                field.show(ui)
            })
            .inner;
        if !needs_order(output.galley.text()) {
            if is_ordered {
                ui.data_mut(|data| data.remove_temp::<Seen>(self.id));
            }
            return output;
        }
        if !is_ordered {
            // Its first letter from right to left came in this frame.
            ui.ctx().request_repaint();
        }
        let lines = Lines::of(&output.galley);
        let response = output.response.response.clone();
        self.follow_pointer(ui, &response, &lines, &mut output);
        if response.has_focus() {
            self.paint(ui, below, &lines, &output);
        }
        self.seen.galley = Some(Arc::clone(&output.galley));
        ui.data_mut(|data| data.insert_temp(self.id, self.seen));
        output
    }

    /// Does again with the right place what egui has done with a wrong one.
    fn follow_pointer(
        &mut self,
        ui: &Ui,
        response: &Response,
        lines: &Lines,
        output: &mut TextEditOutput,
    ) {
        let Some(pointer) = response.interact_pointer_pos() else {
            return;
        };
        let caret = lines.nearest(local(pointer, output));
        let cursor = cursor_at(lines, caret);
        let is_dragged = ui.is_being_dragged(response.id);
        let galley = Arc::clone(&output.galley);
        let state = &mut output.state;
        let is_moved = state
            .cursor
            .pointer_interaction(ui, response, cursor, &galley, is_dragged);
        if is_moved {
            self.seen.caret = Some(caret);
            self.seen.x = None;
            output.cursor_range = state.cursor.range(&galley);
            state.clone().store(ui.ctx(), self.id);
        }
    }

    fn paint(
        &mut self,
        ui: &Ui,
        below: egui::layers::ShapeIdx,
        lines: &Lines,
        output: &TextEditOutput,
    ) {
        let Some(range) = output.state.cursor.char_range() else {
            return;
        };
        let offset = output.galley_pos.to_vec2();
        let painter = ui.painter_at(output.text_clip_rect.expand(BEYOND_LINE));
        let fill = ui.visuals().selection.bg_fill;
        let chars = range.as_sorted_char_range();
        let selected = rects_of(&output.galley, &(chars.start.0..chars.end.0));
        let selected = selected.into_iter().map(|rect| rect.translate(offset));
        if self.is_framed {
            for rect in selected {
                painter.rect_filled(rect, 0.0, fill.gamma_multiply(OVER_TEXT));
            }
        } else {
            let rects = selected.map(|rect| Shape::rect_filled(rect, 0.0, fill));
            ui.painter().set(below, Shape::Vec(rects.collect()));
        }
        let caret = self.caret(lines, range.primary);
        let now = ui.input(|input| input.time);
        if self.seen.caret != Some(caret) || output.response.response.changed() {
            self.seen.moved_at = now;
            self.seen.x = None;
        }
        self.seen.caret = Some(caret);
        let rect = lines.rect(caret).translate(offset);
        if self.seen.moved_at == now {
            ui.scroll_to_rect(rect, None);
        }
        if ui.input(|input| input.focused) {
            let rect = rect.expand2(vec2(BEYOND_LINE, BEYOND_LINE));
            paint_text_cursor(ui, &painter, rect, now - self.seen.moved_at);
        }
        ui.output_mut(|out| {
            if let Some(ime) = &mut out.ime {
                ime.cursor_rect = rect;
            }
        });
    }
}

fn local(at: Pos2, output: &TextEditOutput) -> Pos2 {
    at - output.galley_pos.to_vec2()
}

fn cursor_at(lines: &Lines, caret: Caret) -> CCursor {
    CCursor {
        index: caret.index.into(),
        prefer_next_row: !lines.is_at_wrap(caret),
    }
}

fn step_of(key: Key) -> Option<Step> {
    Some(match key {
        Key::ArrowLeft => Step::Left,
        Key::ArrowRight => Step::Right,
        Key::ArrowUp => Step::Up,
        Key::ArrowDown => Step::Down,
        _ => return None,
    })
}

fn turned(key: Key) -> Key {
    match key {
        Key::ArrowLeft => Key::ArrowRight,
        Key::ArrowRight => Key::ArrowLeft,
        other => other,
    }
}

/// Whether the field is another one after an event.
fn changes_text(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_) | Event::Paste(_) | Event::Cut | Event::Ime(_)
    )
}
