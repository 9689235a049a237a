use egui::{Grid, Key, KeyboardShortcut, Modal, Modifiers, Popup, Ui};

use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::text;

/// What a key does everywhere in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// To the field that filters contacts.
    Search,
    /// Opens the form for a new contact.
    AddContact,
    /// The conversation above.
    Previous,
    /// The conversation below.
    Next,
    /// Messages, a page up.
    PageUp,
    /// Messages, a page down.
    PageDown,
    /// Leaves what is open.
    Leave,
    /// Shows the keys.
    ShowKeys,
}

const KEYS: [(Action, KeyboardShortcut); 8] = [
    (
        Action::Search,
        KeyboardShortcut::new(Modifiers::COMMAND, Key::K),
    ),
    (
        Action::AddContact,
        KeyboardShortcut::new(Modifiers::COMMAND, Key::N),
    ),
    (
        Action::Previous,
        KeyboardShortcut::new(Modifiers::ALT, Key::ArrowUp),
    ),
    (
        Action::Next,
        KeyboardShortcut::new(Modifiers::ALT, Key::ArrowDown),
    ),
    (
        Action::PageUp,
        KeyboardShortcut::new(Modifiers::NONE, Key::PageUp),
    ),
    (
        Action::PageDown,
        KeyboardShortcut::new(Modifiers::NONE, Key::PageDown),
    ),
    (
        Action::Leave,
        KeyboardShortcut::new(Modifiers::NONE, Key::Escape),
    ),
    (
        Action::ShowKeys,
        KeyboardShortcut::new(Modifiers::NONE, Key::F1),
    ),
];

/// The sheet: what to press, and what it does.
const SHEET: [(&str, &str); 11] = [
    ("Ctrl+K", "Search contacts"),
    ("Ctrl+N", "Add a contact"),
    ("Alt+Up, Alt+Down", "Previous, next conversation"),
    ("Page Up, Page Down", "Scroll messages"),
    ("Enter", "Send the message"),
    ("Shift+Enter", "Begin a new line"),
    ("Tab, Shift+Tab", "Next, previous control"),
    ("Esc", "Leave what is open"),
    ("Ctrl+Plus, Ctrl+Minus", "Larger, smaller"),
    ("Ctrl+0", "Normal size"),
    ("F1", "Show these keys"),
];

/// The actions whose keys were pressed; the keys are used up. Nothing while a dialog or a menu is
/// open: it has the keyboard then.
pub(crate) fn pressed(ui: &Ui) -> Vec<Action> {
    let has_dialog = ui.memory(|memory| memory.top_modal_layer().is_some());
    if has_dialog || Popup::is_any_open(ui.ctx()) {
        return Vec::new();
    }
    ui.input_mut(|input| {
        KEYS.iter()
            .filter(|(_, keys)| input.consume_shortcut(keys))
            .map(|(action, _)| *action)
            .collect()
    })
}

/// The sheet with all keys. Returns false when it was closed.
pub(crate) fn sheet_ui(ui: &Ui) -> bool {
    let palette = Palette::of(ui);
    let modal = Modal::new(egui::Id::unique("keys")).backdrop_color(palette.backdrop);
    let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(size::SHEET_WIDTH);
        ui.spacing_mut().interact_size.y = 0.0;
        text::label_ui(ui, "Keyboard", TextRole::Heading, palette.text);
        ui.add_space(size::GAP_SMALL);
        let grid = Grid::new("keys").spacing([size::GAP_PAGE, size::GAP_SMALL]);
        grid.show(ui, |ui| {
            for (keys, words) in SHEET {
                ui.label(text::rich(words, TextRole::Body, palette.text_secondary));
                ui.label(text::rich(keys, TextRole::Name, palette.text));
                ui.end_row();
            }
        });
        ui.add_space(size::GAP_SMALL);
        dialog::buttons_ui(ui, |ui| dialog::close_button_ui(ui, "Close"))
    });
    !(response.inner || response.should_close())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings() {
        for (index, (_, one)) in KEYS.iter().enumerate() {
            assert!(
                KEYS[..index].iter().all(|(_, other)| one != other),
                "{one:?}"
            );
        }
    }
}
