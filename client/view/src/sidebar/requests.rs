use egui::{Frame, Stroke, Ui};
use onym_client_protocol::view_model::{ContactView, RequestView, UiCommand, ViewModel};

use super::Sidebar;
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::person::stranger::{Asked, stranger_ui};
use crate::text;
use crate::words::{Clock, tr, tr_with};

/// How many requests are shown before the user asks for the others: strangers may send many.
const SHOWN_REQUESTS: usize = 2;

impl Sidebar {
    pub(super) fn requests_ui(
        &mut self,
        ui: &mut Ui,
        requests: &[&ContactView],
        model: &ViewModel,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let shown = if self.shows_all_requests {
            requests.len()
        } else {
            SHOWN_REQUESTS
        };
        for contact in requests.iter().take(shown) {
            request_ui(ui, contact, model, dialog, out);
        }
        if requests.len() > shown {
            let words = tr_with(
                ui,
                "contacts-all-requests",
                &[("count", requests.len().into())],
            );
            if button_ui(ui, &words, Weight::Quiet).clicked() {
                self.shows_all_requests = true;
            }
        }
        if !requests.is_empty() {
            ui.add_space(size::GAP_TINY);
        }
    }
}

/// Somebody who wants to become a contact: the name, the address, what they wrote.
fn request_ui(
    ui: &mut Ui,
    contact: &ContactView,
    model: &ViewModel,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.window)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS)
        .inner_margin(margin::CARD)
        .outer_margin(margin::AROUND_REQUEST)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = size::GAP_TINY;
            let name = contact.their_name.as_ref().unwrap_or(&contact.name);
            text::line_ui(ui, name, TextRole::Name, palette.text)
                .on_hover_ui(|ui| text::whole_jid_ui(ui, name, &contact.jid));
            text::address_ui(ui, &contact.jid, TextRole::Small, palette.text_secondary);
            let words = tr(ui, "contacts-request");
            text::label_ui(ui, words, TextRole::Small, palette.text_secondary);
            if let RequestView::Incoming { text: Some(note) } = &contact.request {
                let note = tr_with(ui, "contacts-request-text", &[("text", note.into())]);
                text::label_ui(ui, note, TextRole::Body, palette.text);
            }
            ui.add_space(size::GAP_TINY);
            let asked = Asked {
                jid: &contact.jid,
                name,
                expected: None,
                stranger: model.stranger.as_ref(),
                is_wide: false,
                clock: Clock::of(model),
            };
            stranger_ui(ui, asked, out);
            ui.horizontal_wrapped(|ui| {
                let named = |ui: &mut Ui, label: &str, spoken: &str, weight| {
                    let blanks = [("name", name.into())];
                    let spoken = tr_with(ui, spoken, &blanks);
                    let label = tr(ui, label);
                    button_ui(ui, &label, weight)
                        .accessible_name(spoken)
                        .clicked()
                };
                let jid = || contact.jid.clone();
                let accept = "contacts-accept";
                if named(ui, accept, "contacts-accept-whom", Weight::Main) {
                    out.push(UiCommand::AcceptContact { jid: jid() }.into());
                }
                let decline = "contacts-decline";
                if named(ui, decline, "contacts-decline-whom", Weight::Quiet) {
                    out.push(UiCommand::DeclineContact { jid: jid() }.into());
                }
                if named(ui, "contacts-block", "contacts-block-whom", Weight::Plain) {
                    let (jid, name) = (jid(), name.clone());
                    *dialog = Some(Dialog::Block { jid, name });
                }
            });
        });
}
