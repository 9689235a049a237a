use egui::{
    Align2, Event, Frame, Id, ImeEvent, Key, KeyboardShortcut, Modifiers, ScrollArea, Stroke,
    TextEdit, Ui, vec2,
};
use onym_client_protocol::command::MAX_TEXT_BYTES;
use onym_client_protocol::view_model::{ContactView, ConversationView, UiCommand};

use crate::app_model::ViewCommand;
use crate::button::icon_button_of_ui;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::text;

/// A draft is kept when the user has not typed for this long, in seconds.
const SAVE_DRAFT_AFTER_SECONDS: f64 = 0.8;

/// Where a message is written. Holds the text of the open conversation; the drafts of the others
/// are in the model.
#[derive(Debug, Default)]
pub(crate) struct Composer {
    jid: String,
    text: String,
    /// The text as it was last kept.
    saved: String,
    /// When the text last changed, in seconds of egui's clock.
    changed_at_seconds: f64,
    /// Whether an input method holds letters in the text that are not decided yet. They are no
    /// part of the draft.
    is_composing: bool,
    wants_focus: bool,
}

impl Composer {
    /// Takes over the draft of the conversation that is open now, and keeps the one before.
    pub(crate) fn follow(
        &mut self,
        conversation: Option<&ConversationView>,
        out: &mut Vec<ViewCommand>,
    ) {
        let jid = conversation.map_or("", |conversation| conversation.contact.jid.as_str());
        if jid == self.jid {
            return;
        }
        self.save_draft(out);
        let draft = conversation.map_or("", |conversation| conversation.draft.as_str());
        *self = Self {
            jid: jid.to_owned(),
            text: draft.to_owned(),
            saved: draft.to_owned(),
            wants_focus: !jid.is_empty(),
            ..Self::default()
        };
    }

    /// Keeps what was written so far, if it changed.
    pub(crate) fn save_draft(&mut self, out: &mut Vec<ViewCommand>) {
        if self.jid.is_empty() || self.text == self.saved || self.is_composing {
            return;
        }
        self.saved.clone_from(&self.text);
        let (jid, text) = (self.jid.clone(), self.text.clone());
        out.push(UiCommand::SaveDraft { jid, text }.into());
    }

    /// Puts the keyboard into the field in the next frame.
    pub(crate) fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Draws the field and the button. Returns whether something was sent.
    pub(crate) fn composer_ui(
        &mut self,
        ui: &mut Ui,
        contact: &ContactView,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let palette = Palette::of(ui);
        self.watch_input_method(ui);
        let id = Id::unique(("composer", &self.jid));
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let ring = if has_focus {
            palette.accent
        } else {
            palette.field
        };
        let mut is_asked = false;
        Frame::new()
            .fill(palette.field)
            .stroke(Stroke::new(size::LINE, ring))
            .corner_radius(size::RADIUS_BUBBLE + 4)
            .inner_margin(margin::COMPOSER)
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                is_asked |= self.field_ui(ui, id, contact);
                // The button stays beside the last line while the field grows.
                let side = vec2(size::ICON_BUTTON, size::ICON_BUTTON);
                let place = Align2::RIGHT_BOTTOM.align_size_within_rect(side, ui.min_rect());
                let button = |ui: &mut Ui| self.send_button_ui(ui);
                is_asked |= placed_ui(ui, "send", place, placed::down(), button);
            });
        let excess = self.text.len().saturating_sub(MAX_TEXT_BYTES);
        if excess > 0 {
            let words = format!("This message is {excess} bytes too long to be sent.");
            text::label_ui(ui, words, TextRole::Small, palette.danger);
        }
        let is_sent = is_asked && self.send(out);
        self.keep_draft_later(ui, has_focus, out);
        is_sent
    }

    fn can_send(&self) -> bool {
        !self.text.trim().is_empty() && self.text.len() <= MAX_TEXT_BYTES
    }

    fn send(&mut self, out: &mut Vec<ViewCommand>) -> bool {
        if !self.can_send() {
            return false;
        }
        let text = self.text.trim().to_owned();
        out.push(
            UiCommand::SendMessage {
                reply_to: None,
                jid: self.jid.clone(),
                text,
            }
            .into(),
        );
        self.text.clear();
        // Sending does not remove the draft that was kept; only this does.
        self.save_draft(out);
        self.wants_focus = true;
        true
    }

    fn send_button_ui(&self, ui: &mut Ui) -> bool {
        let palette = Palette::of(ui);
        let is_enabled = self.can_send();
        ui.add_enabled_ui(is_enabled, |ui| {
            let fills = (palette.accent_fill, palette.accent_fill_hovered);
            let ground = is_enabled.then_some(fills);
            let color = if is_enabled {
                palette.text_on_fill
            } else {
                palette.text_secondary
            };
            icon_button_of_ui(ui, Icon::Send, "Send", color, ground).clicked()
        })
        .inner
    }

    /// Returns whether Enter was pressed.
    fn field_ui(&mut self, ui: &mut Ui, id: Id, contact: &ContactView) -> bool {
        let palette = Palette::of(ui);
        let line = TextRole::Message.line_height_points();
        let hint = format!("Message {}", contact.name);
        let mut is_enter = false;
        // The line stands in the middle of a button's height while there is only one.
        let padding = (size::ICON_BUTTON - line) / 2.0;
        let max_height = size::COMPOSER_MAX_ROWS * line + 2.0 * padding;
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - size::ICON_BUTTON - size::GAP_SMALL);
            ScrollArea::vertical()
                .id_salt("composer scroll")
                .auto_shrink([false, true])
                .max_height(max_height)
                // Without it the area would stay as high as it was in the last frame.
                .min_scrolled_height(max_height)
                .show(ui, |ui| {
                    let field = TextEdit::multiline(&mut self.text)
                        .id(id)
                        .font(TextRole::Message.font())
                        .text_color(palette.text)
                        .hint_text(text::rich(&hint, TextRole::Message, palette.text_secondary))
                        .frame(Frame::NONE.inner_margin(margin::COMPOSER_TEXT))
                        .desired_rows(1)
                        .desired_width(f32::INFINITY)
                        .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
                    let response = ui.add(field).accessible_name(&hint);
                    if std::mem::take(&mut self.wants_focus) {
                        response.request_focus();
                    }
                    if response.changed() {
                        self.changed_at_seconds = ui.input(|input| input.time);
                    }
                    is_enter = response.has_focus() && !self.is_composing && is_plain_enter(ui);
                });
        });
        is_enter
    }

    fn watch_input_method(&mut self, ui: &Ui) {
        ui.input(|input| {
            for event in &input.events {
                if let Event::Ime(event) = event {
                    self.is_composing = is_composing_after(event);
                }
            }
        });
    }

    fn keep_draft_later(&mut self, ui: &Ui, has_focus: bool, out: &mut Vec<ViewCommand>) {
        if self.text == self.saved {
            return;
        }
        let waited = ui.input(|input| input.time) - self.changed_at_seconds;
        let remaining = SAVE_DRAFT_AFTER_SECONDS - waited;
        if remaining <= 0.0 || !has_focus {
            self.save_draft(out);
        } else {
            ui.ctx().request_repaint_after_secs(remaining as f32);
        }
    }
}

/// Shift+Enter begins a new line; Enter alone sends.
fn is_plain_enter(ui: &Ui) -> bool {
    ui.input(|input| {
        input.events.iter().any(|event| {
            matches!(
                event,
                Event::Key { key: Key::Enter, pressed: true, modifiers, .. } if !modifiers.any()
            )
        })
    })
}

fn is_composing_after(event: &ImeEvent) -> bool {
    match event {
        ImeEvent::Preedit { text, .. } => !text.is_empty(),
        _ => false,
    }
}
