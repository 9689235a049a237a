//! Keys that work everywhere, and the sheet that lists them.

use egui::{Grid, Key, KeyboardShortcut, Modal, Modifiers, Popup, ScrollArea, Ui};

use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::text;
use crate::words::tr;

/// What a key does everywhere in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Opens the dialog in which a conversation is switched to.
    Switch,
    /// To the field that searches all conversations.
    Search,
    /// Opens the form for a new contact.
    AddContact,
    /// Opens the settings.
    Settings,
    /// The page of the open conversation's contact.
    Details,
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
    /// Closes the store.
    Lock,
    /// Everything larger.
    Larger,
    /// Everything smaller.
    Smaller,
    /// Everything in its usual size.
    NormalSize,
    /// Shows the keys.
    ShowKeys,
}

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const KEYS: [(Action, Modifiers, Key); 16] = [
    (Action::Search, CTRL_SHIFT, Key::F),
    (Action::Switch, Modifiers::COMMAND, Key::K),
    (Action::AddContact, Modifiers::COMMAND, Key::N),
    (Action::Settings, Modifiers::COMMAND, Key::Comma),
    (Action::Details, Modifiers::COMMAND, Key::I),
    (Action::Previous, Modifiers::ALT, Key::ArrowUp),
    (Action::Next, Modifiers::ALT, Key::ArrowDown),
    (Action::PageUp, Modifiers::NONE, Key::PageUp),
    (Action::PageDown, Modifiers::NONE, Key::PageDown),
    (Action::Leave, Modifiers::NONE, Key::Escape),
    (Action::Lock, Modifiers::COMMAND, Key::L),
    (Action::Larger, Modifiers::COMMAND, Key::Plus),
    (Action::Larger, Modifiers::COMMAND, Key::Equals),
    (Action::Smaller, Modifiers::COMMAND, Key::Minus),
    (Action::NormalSize, Modifiers::COMMAND, Key::Num0),
    (Action::ShowKeys, Modifiers::NONE, Key::F1),
];

/// The sheet: what a key does, and how it is written.
const SHEET: [(&str, &str); 19] = [
    ("keys-switch", "keys-switch-press"),
    ("keys-search", "keys-search-press"),
    ("keys-find", "keys-find-press"),
    ("keys-add", "keys-add-press"),
    ("keys-conversations", "keys-conversations-press"),
    ("keys-details", "keys-details-press"),
    ("keys-scroll", "keys-scroll-press"),
    ("keys-send", "keys-send-press"),
    ("keys-new-line", "keys-new-line-press"),
    ("keys-edit", "keys-edit-press"),
    ("keys-copy", "keys-copy-press"),
    ("keys-menu", "keys-menu-press"),
    ("keys-tab", "keys-tab-press"),
    ("keys-leave", "keys-leave-press"),
    ("keys-settings", "keys-settings-press"),
    ("keys-lock", "keys-lock-press"),
    ("keys-larger", "keys-larger-press"),
    ("keys-normal", "keys-normal-press"),
    ("keys-show", "keys-show-press"),
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
            .filter(|(_, modifiers, key)| {
                input.consume_shortcut(&KeyboardShortcut::new(*modifiers, *key))
            })
            .map(|(action, ..)| *action)
            .collect()
    })
}

/// The sheet with all keys. Returns false when it was closed.
pub(crate) fn sheet_ui(ui: &Ui) -> bool {
    let palette = Palette::of(ui);
    let modal = Modal::new(egui::Id::unique("keys")).backdrop_color(palette.backdrop);
    let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(dialog::width_of(ui, size::SHEET_WIDTH));
        let title = tr(ui, "keys-title");
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        ui.add_space(size::GAP_SMALL);
        let height = ui.ctx().content_rect().height() - size::SHEET_AROUND;
        let area = ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height(height.max(size::HEADER));
        area.show(ui, |ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            let grid = Grid::new("keys").spacing([size::GAP_PAGE, size::GAP_SMALL]);
            grid.show(ui, |ui| {
                for (words, keys) in SHEET {
                    let (words, keys) = (tr(ui, words), tr(ui, keys));
                    ui.label(text::rich(words, TextRole::Body, palette.text_secondary));
                    ui.label(text::rich(keys, TextRole::Name, palette.text));
                    ui.end_row();
                }
            });
        });
        ui.add_space(size::GAP_SMALL);
        dialog::buttons_ui(ui, |ui| {
            dialog::close_button_ui(ui, &tr(ui, "dialog-close"))
        })
    });
    !(response.inner || response.should_close())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings() {
        for (index, (_, modifiers, key)) in KEYS.iter().enumerate() {
            let is_free = KEYS[..index]
                .iter()
                .all(|(_, others, other)| (modifiers, key) != (others, other));
            assert!(is_free, "{key:?}");
        }
    }
}
