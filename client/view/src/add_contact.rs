use egui::{Frame, Key, TextEdit, Ui};
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog;
use crate::text;

/// The form that adds a contact.
#[derive(Debug, Default)]
pub(crate) struct AddContactForm {
    address: String,
    name: String,
    /// Why the address cannot be used.
    problem: Option<String>,
    was_focused: bool,
}

impl AddContactForm {
    /// Draws the form. Returns true when it is done with.
    pub(crate) fn add_contact_ui(&mut self, ui: &mut Ui, out: &mut Vec<ViewCommand>) -> bool {
        let palette = Palette::of(ui);
        let frame = Frame::new()
            .fill(palette.window)
            .stroke(egui::Stroke::new(size::LINE, palette.line))
            .corner_radius(size::RADIUS)
            .inner_margin(margin::CARD);
        frame
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                text::label_ui(ui, "Add contact", TextRole::Name, palette.text);
                let is_enter = self.fields_ui(ui);
                if let Some(problem) = &self.problem {
                    text::label_ui(ui, problem, TextRole::Small, palette.danger);
                }
                self.buttons_ui(ui, is_enter, out)
            })
            .inner
    }

    /// Returns whether Enter was pressed in one of the fields.
    fn fields_ui(&mut self, ui: &mut Ui) -> bool {
        let hint = |words| text::rich(words, TextRole::Body, Palette::of(ui).text_secondary);
        let field = |text, hint| {
            TextEdit::singleline(text)
                .hint_text(hint)
                .margin(margin::FIELD)
                .desired_width(f32::INFINITY)
        };
        let (address_hint, name_hint) = (hint("Address or xmpp: link"), hint("Name (optional)"));
        let address = ui
            .add(field(&mut self.address, address_hint))
            .accessible_name("Address of the new contact");
        let name = ui
            .add(field(&mut self.name, name_hint))
            .accessible_name("Name of the new contact");
        if !std::mem::replace(&mut self.was_focused, true) {
            address.request_focus();
        }
        if address.changed() {
            self.problem = None;
        }
        (address.lost_focus() || name.lost_focus())
            && ui.input(|input| input.key_pressed(Key::Enter))
    }

    fn buttons_ui(&mut self, ui: &mut Ui, is_enter: bool, out: &mut Vec<ViewCommand>) -> bool {
        dialog::buttons_ui(ui, |ui| {
            let is_asked = button_ui(ui, "Add", Weight::Main).clicked() || is_enter;
            let is_left = dialog::close_button_ui(ui, "Cancel");
            is_left || (is_asked && self.submit(out))
        })
    }

    /// The engine's own rule decides what an address is, so that a mistake shows at once.
    fn submit(&mut self, out: &mut Vec<ViewCommand>) -> bool {
        let command = UiCommand::AddContact {
            jid: self.address.trim().to_owned(),
            name: self.name.trim().to_owned(),
        };
        let problem = match command.to_command() {
            // A server alone is an address too, but hardly what somebody wants to write to.
            Ok(_) if !self.address.contains('@') => {
                "An address looks like name@server.example.".to_owned()
            }
            Ok(_) => {
                out.push(command.into());
                return true;
            }
            Err(problem) => problem.to_string(),
        };
        self.problem = Some(problem);
        self.was_focused = false;
        false
    }
}
