//! Keys that work everywhere, and the sheet that lists them.

use egui::{
    Key, KeyboardShortcut, Modal, Modifiers, Popup, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

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

/// A part of the sheet: its title, and what keys do and how they are written.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

/// The sheet, in two columns.
const SHEET: [[Group; 2]; 2] = [
    [
        (
            "keys-group-go",
            &[
                ("keys-switch", "keys-switch-press"),
                ("keys-search", "keys-search-press"),
                ("keys-find", "keys-find-press"),
                ("keys-conversations", "keys-conversations-press"),
                ("keys-scroll", "keys-scroll-press"),
                ("keys-tab", "keys-tab-press"),
                ("keys-leave", "keys-leave-press"),
            ],
        ),
        (
            "keys-group-contacts",
            &[
                ("keys-add", "keys-add-press"),
                ("keys-details", "keys-details-press"),
                ("keys-menu", "keys-menu-press"),
            ],
        ),
    ],
    [
        (
            "keys-group-messages",
            &[
                ("keys-send", "keys-send-press"),
                ("keys-new-line", "keys-new-line-press"),
                ("keys-edit", "keys-edit-press"),
                ("keys-copy", "keys-copy-press"),
            ],
        ),
        (
            "keys-group-window",
            &[
                ("keys-settings", "keys-settings-press"),
                ("keys-lock", "keys-lock-press"),
                ("keys-larger", "keys-larger-press"),
                ("keys-normal", "keys-normal-press"),
                ("keys-show", "keys-show-press"),
            ],
        ),
    ],
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
        let wide = dialog::width_of(ui, size::SHEET_WIDE);
        let is_wide = wide >= size::TWO_COLUMNS_FROM;
        let width = if is_wide {
            wide
        } else {
            dialog::width_of(ui, size::SHEET_WIDTH)
        };
        ui.set_width(width);
        let title = tr(ui, "keys-title");
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        let height = ui.ctx().content_rect().height() - size::SHEET_AROUND;
        let area = ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height(height.max(size::HEADER));
        area.show(ui, |ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            if is_wide {
                ui.spacing_mut().item_spacing.x = size::SHEET_BETWEEN;
                ui.columns_const(|[left, right]: &mut [Ui; 2]| {
                    let [first, second] = SHEET;
                    column_ui(left, first);
                    column_ui(right, second);
                });
            } else {
                SHEET.into_iter().for_each(|groups| column_ui(ui, groups));
            }
        });
        ui.add_space(size::GAP_SMALL);
        dialog::buttons_ui(ui, |ui| {
            dialog::close_button_ui(ui, &tr(ui, "dialog-close"))
        })
    });
    !(response.inner || response.should_close())
}

fn column_ui(ui: &mut Ui, groups: [Group; 2]) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing = egui::Vec2::splat(size::GAP_SMALL);
    for (title, keys) in groups {
        ui.add_space(size::GAP_SMALL);
        text::label_ui(ui, tr(ui, title), TextRole::Name, palette.text);
        // Each line of two, so that a long one takes another line instead of the other's room.
        for (words, keys) in keys {
            let (words, keys) = (tr(ui, words), tr(ui, keys));
            let keys = text::one_line(
                ui,
                &keys,
                TextRole::Body,
                palette.text,
                ui.available_width(),
            );
            let room = ui.available_width() - keys.size().x - size::GAP;
            let color = palette.text_secondary;
            let words = text::wrapped(ui, &words, TextRole::Body, color, room);
            let height = words.size().y.max(keys.size().y);
            let line = vec2(ui.available_width(), height);
            let (rect, response) = ui.allocate_exact_size(line, Sense::hover());
            let spoken = format!("{}: {}", words.text(), keys.text());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
            let at = pos2(rect.right() - keys.size().x, rect.top());
            ui.painter().galley(at, keys, palette.text);
            ui.painter().galley(rect.min, words, color);
        }
    }
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
