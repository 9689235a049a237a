use std::ops::Range;

use egui::{Key, Modifiers, Popup, PopupCloseBehavior, RectAlign, Response, Sense, Ui, vec2};
use emojis::Emoji;

use crate::app_model::Language;
use crate::design_tokens::{Palette, TextRole, size};
use crate::emoji;
use crate::emoji_picker::paint_emoji;
use crate::text;
use crate::words::Words;

/// A name is completed from this many letters on: `:)` and `: a` are none.
const MIN_LETTERS: usize = 2;

/// The longest name of an emoji.
const MAX_LETTERS: usize = 40;

/// So many emoji are offered.
const MAX_OFFERED: usize = 6;

/// Offers emoji for a name that was begun with a colon: `:roc`.
#[derive(Debug, Default)]
pub(super) struct Completion {
    /// What was typed behind the colon.
    name: String,
    /// The colon and the name, as characters of the text.
    range: Range<usize>,
    offered: Vec<&'static Emoji>,
    chosen: usize,
    /// A name for which the offer was refused.
    refused: Option<String>,
}

impl Completion {
    /// Takes the keys that choose, while something is offered.
    pub(super) fn take_keys(&mut self, ui: &Ui) -> Option<&'static str> {
        if self.offered.is_empty() {
            return None;
        }
        let last = self.offered.len() - 1;
        let mut is_taken = false;
        ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            if pressed(Key::ArrowDown) {
                self.chosen = if self.chosen >= last {
                    0
                } else {
                    self.chosen + 1
                };
            }
            if pressed(Key::ArrowUp) {
                self.chosen = self.chosen.checked_sub(1).unwrap_or(last);
            }
            is_taken = pressed(Key::Enter) | pressed(Key::Tab);
            if pressed(Key::Escape) {
                self.refused = Some(self.name.clone());
                self.offered.clear();
            }
        });
        let chosen = self.offered.get(self.chosen).filter(|_| is_taken);
        chosen.map(|emoji| emoji.as_str())
    }

    /// Looks what stands before the caret.
    pub(super) fn follow(&mut self, text: &str, caret: Option<usize>, language: Language) {
        let found = caret.and_then(|caret| begun_name(text, caret));
        let Some((name, range)) = found else {
            *self = Self::default();
            return;
        };
        self.range = range;
        if name == self.name {
            return;
        }
        self.chosen = 0;
        self.offered = if self
            .refused
            .as_ref()
            .is_some_and(|refused| name.starts_with(refused))
        {
            Vec::new()
        } else {
            emoji::search(&name, MAX_OFFERED, language)
        };
        self.name = name;
    }

    /// The characters that the emoji replaces; nothing is offered for them any more.
    pub(super) fn take_range(&mut self) -> Option<Range<usize>> {
        let range = std::mem::take(self).range;
        (!range.is_empty()).then_some(range)
    }

    /// Draws the offer above the field. Returns what was clicked.
    pub(super) fn completion_ui(&mut self, ui: &Ui, field: &Response) -> Option<&'static str> {
        if self.offered.is_empty() {
            return None;
        }
        let popup = Popup::from_response(field)
            .align(RectAlign::TOP_START)
            .gap(size::GAP_SMALL)
            .close_behavior(PopupCloseBehavior::IgnoreClicks);
        let _ = ui;
        popup
            .show(|ui| self.offer_ui(ui))
            .and_then(|response| response.inner)
    }

    fn offer_ui(&self, ui: &mut Ui) -> Option<&'static str> {
        let palette = Palette::of(ui);
        let language = Words::of(ui).language();
        ui.set_width(size::MENU_WIDTH * 1.4);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut clicked = None;
        for (index, emoji) in self.offered.iter().enumerate() {
            let room = vec2(ui.available_width(), size::BUTTON_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(room, Sense::CLICK);
            let is_chosen = index == self.chosen;
            let spoken = emoji::name_of(emoji.as_str(), language);
            let name = match (language, emoji.shortcode()) {
                (Language::English, Some(code)) => format!(":{code}:"),
                _ => spoken.clone().into_owned(),
            };
            response.widget_info(|| {
                egui::WidgetInfo::selected(
                    egui::Role::ListBoxOption,
                    true,
                    is_chosen,
                    spoken.as_ref(),
                )
            });
            if is_chosen || response.hovered() {
                ui.painter()
                    .rect_filled(rect, size::RADIUS_SMALL, palette.line);
            }
            let mut cell = rect;
            cell.set_right(rect.left() + size::EMOJI_CELL);
            paint_emoji(ui, cell, emoji.as_str(), size::EMOJI_FONT);
            let left = cell.right() + size::GAP_TINY;
            let color = palette.text;
            let galley = text::one_line(ui, &name, TextRole::Body, color, rect.right() - left);
            let at = egui::pos2(left, rect.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, color);
            if response.clicked() {
                clicked = Some(emoji.as_str());
            }
        }
        clicked
    }
}

/// The name behind a colon before the caret, and where both stand.
fn begun_name(text: &str, caret: usize) -> Option<(String, Range<usize>)> {
    let before: Vec<char> = text.chars().take(caret).collect();
    let is_name = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '+' | '-');
    let letters = before
        .iter()
        .rev()
        .take(MAX_LETTERS)
        .take_while(|letter| is_name(letter))
        .count();
    let colon = caret.checked_sub(letters + 1)?;
    let stands_free = colon
        .checked_sub(1)
        .and_then(|at| before.get(at))
        .is_none_or(|letter| !letter.is_alphanumeric());
    if before.get(colon) != Some(&':') || letters < MIN_LETTERS || !stands_free {
        return None;
    }
    let name: String = before.iter().skip(colon + 1).collect();
    name.contains(|letter: char| letter.is_alphabetic() || letter == '+')
        .then_some((name, colon..caret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_colon_that_stands_free() {
        let found = |text: &str| begun_name(text, text.chars().count());
        assert_eq!(found("hi :roc"), Some(("roc".to_owned(), 3..7)));
        assert_eq!(found(":+1"), Some(("+1".to_owned(), 0..3)));
        for none in [
            "hi", ":r", "12:30", "http:ab", ": roc", ":roc ", "::", "10:45am",
        ] {
            assert_eq!(found(none), None, "{none}");
        }
        assert_eq!(begun_name(":rock rest", 4), Some(("roc".to_owned(), 0..4)));
    }
}
