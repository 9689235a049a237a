use egui::{Id, Modal, OpenUrl, ScrollArea, Ui};
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::{buttons_ui, close_button_ui, frame};
use crate::message::markup;
use crate::text;
use crate::words::{tr, tr_with};

/// A question about messages that stands over the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MessageDialog {
    /// Whether to take a message back.
    Retract {
        /// The message.
        position: u64,
    },
    /// Whether to delete messages on this device.
    DeleteHere {
        /// The messages.
        positions: Vec<u64>,
    },
    /// Whether to open a link that may deceive.
    OpenLink {
        /// Where it leads.
        link: String,
    },
    /// What a message said before it was corrected.
    Earlier {
        /// The texts, oldest first.
        texts: Vec<String>,
    },
}

/// What opening a link needs: nothing, or a question first. Only these schemes are ever opened.
pub(crate) fn open_link(ui: &Ui, link: &str) -> Option<MessageDialog> {
    if markup::is_deceptive(link) {
        let link = link.to_owned();
        return Some(MessageDialog::OpenLink { link });
    }
    open_now(ui, link);
    None
}

fn open_now(ui: &Ui, link: &str) {
    if markup::can_open(link) {
        ui.ctx().open_url(OpenUrl::new_tab(link));
    }
}

/// Draws the open dialog; nothing is left of it when it was answered.
pub(crate) fn message_dialog_ui(
    ui: &Ui,
    dialog: &mut Option<MessageDialog>,
    jid: &str,
    out: &mut Vec<ViewCommand>,
) {
    let Some(open) = dialog else { return };
    let palette = Palette::of(ui);
    let modal = Modal::new(Id::unique("message dialog")).backdrop_color(palette.backdrop);
    let response = modal.frame(frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(size::DIALOG_WIDTH);
        match open {
            MessageDialog::Retract { position } => {
                let is_sure = question_ui(
                    ui,
                    &tr(ui, "retract-title"),
                    &tr(ui, "retract-words"),
                    &tr(ui, "retract-yes"),
                )?;
                if is_sure {
                    let (jid, position) = (jid.to_owned(), *position);
                    out.push(UiCommand::Retract { jid, position }.into());
                }
                Some(())
            }
            MessageDialog::DeleteHere { positions } => {
                let count = positions.len();
                let is_sure = question_ui(
                    ui,
                    &tr_with(ui, "delete-title", &[("count", count.into())]),
                    &tr(ui, "delete-words"),
                    &tr(ui, "delete-yes"),
                )?;
                if is_sure {
                    out.extend(positions.iter().map(|position| {
                        let (jid, position) = (jid.to_owned(), *position);
                        UiCommand::DeleteHere { jid, position }.into()
                    }));
                }
                Some(())
            }
            MessageDialog::OpenLink { link } => open_link_ui(ui, link),
            MessageDialog::Earlier { texts } => earlier_ui(ui, texts),
        }
    });
    if response.inner.is_some() || response.should_close() {
        *dialog = None;
    }
}

/// Returns the answer, once there is one.
fn question_ui(ui: &mut Ui, title: &str, words: &str, yes: &str) -> Option<bool> {
    let palette = Palette::of(ui);
    text::label_ui(ui, title, TextRole::Heading, palette.text);
    text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let is_sure = button_ui(ui, yes, Weight::Danger).clicked();
        let is_left = close_button_ui(ui, &tr(ui, "conversation-cancel"));
        (is_sure || is_left).then_some(is_sure)
    })
}

fn open_link_ui(ui: &mut Ui, link: &str) -> Option<()> {
    let palette = Palette::of(ui);
    text::label_ui(ui, tr(ui, "link-title"), TextRole::Heading, palette.text);
    let host = text::plain(markup::target_of(link)).into_owned();
    let words = tr_with(ui, "link-words", &[("host", host.into())]);
    text::label_ui(ui, words, TextRole::Body, palette.text);
    ScrollArea::vertical().max_height(120.0).show(ui, |ui| {
        text::label_ui(
            ui,
            text::plain(link),
            TextRole::Small,
            palette.text_secondary,
        );
    });
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let is_sure = button_ui(ui, &tr(ui, "link-yes"), Weight::Danger).clicked();
        if is_sure {
            open_now(ui, link);
        }
        let is_left = close_button_ui(ui, &tr(ui, "conversation-cancel"));
        (is_sure || is_left).then_some(())
    })
}

fn earlier_ui(ui: &mut Ui, texts: &[String]) -> Option<()> {
    let palette = Palette::of(ui);
    text::label_ui(ui, tr(ui, "earlier-title"), TextRole::Heading, palette.text);
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        for earlier in texts.iter().rev() {
            let (shown, _) = text::beginning(earlier);
            egui::Frame::new()
                .fill(palette.field)
                .corner_radius(size::RADIUS)
                .inner_margin(crate::design_tokens::margin::FIELD)
                .show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    text::label_ui(ui, shown, TextRole::Message, palette.text);
                });
            ui.add_space(size::GAP_TINY);
        }
    });
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        close_button_ui(ui, &tr(ui, "conversation-close")).then_some(())
    })
}
