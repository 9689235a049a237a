use egui::{Frame, Id, Key, Layout, Modal, Stroke, TextEdit, Ui};
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::text;

/// A question that stands over the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dialog {
    /// Under which name to show a contact.
    Rename {
        /// The contact.
        jid: String,
        /// The name so far.
        name: String,
        /// Whether the field had the keyboard already.
        was_focused: bool,
    },
    /// Whether to remove a contact.
    Remove {
        /// The contact.
        jid: String,
        /// The name.
        name: String,
    },
}

/// The ground of a dialog.
pub(crate) fn frame(ui: &Ui) -> Frame {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.sidebar)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS_LARGE)
        .inner_margin(margin::DIALOG)
}

/// Buttons at the lower right of a dialog; the first one drawn stands at the right.
pub(crate) fn buttons_ui<R>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> R) -> R {
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), size::BUTTON_HEIGHT),
        Layout::right_to_left(egui::Align::Center),
        buttons,
    )
    .inner
}

/// A quiet button that closes a dialog.
pub(crate) fn close_button_ui(ui: &mut Ui, words: &str) -> bool {
    button_ui(ui, words, Weight::Quiet).clicked()
}

/// Draws the open dialog; nothing is left of it when it was answered.
pub(crate) fn dialog_ui(ui: &Ui, dialog: &mut Option<Dialog>, out: &mut Vec<ViewCommand>) {
    let Some(open) = dialog else { return };
    let palette = Palette::of(ui);
    let modal = Modal::new(Id::unique("dialog")).backdrop_color(palette.backdrop);
    let response = modal.frame(frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(size::DIALOG_WIDTH);
        match open {
            Dialog::Rename {
                jid,
                name,
                was_focused,
            } => rename_ui(ui, jid, name, was_focused, out),
            Dialog::Remove { jid, name } => remove_ui(ui, jid, name, out),
        }
    });
    if response.inner || response.should_close() {
        *dialog = None;
    }
}

fn rename_ui(
    ui: &mut Ui,
    jid: &str,
    name: &mut String,
    was_focused: &mut bool,
    out: &mut Vec<ViewCommand>,
) -> bool {
    let palette = Palette::of(ui);
    text::label_ui(ui, "Rename contact", TextRole::Heading, palette.text);
    let words = "Only you see this name. Without one, the beginning of the address is shown.";
    text::label_ui(ui, words, TextRole::Small, palette.text_secondary);
    let field = TextEdit::singleline(name)
        .margin(margin::FIELD)
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name("Name");
    if !std::mem::replace(was_focused, true) {
        response.request_focus();
    }
    let is_enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let is_asked = button_ui(ui, "Rename", Weight::Main).clicked() || is_enter;
        if is_asked {
            let (jid, name) = (jid.to_owned(), name.trim().to_owned());
            out.push(UiCommand::RenameContact { jid, name }.into());
        }
        close_button_ui(ui, "Cancel") || is_asked
    })
}

fn remove_ui(ui: &mut Ui, jid: &str, name: &str, out: &mut Vec<ViewCommand>) -> bool {
    let palette = Palette::of(ui);
    text::label_ui(
        ui,
        format!("Remove {name}?"),
        TextRole::Heading,
        palette.text,
    );
    let words = "You will no longer see each other's presence. The messages stay here.";
    text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let is_asked = button_ui(ui, "Remove", Weight::Danger).clicked();
        if is_asked {
            let jid = jid.to_owned();
            out.push(UiCommand::RemoveContact { jid }.into());
        }
        close_button_ui(ui, "Cancel") || is_asked
    })
}
