use std::ops::Range;

use egui::Ui;
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::ViewCommand;

/// A draft is kept when the user has not typed for this long, in seconds.
const SAVE_AFTER_SECONDS: f64 = 0.8;

/// The text of the open conversation that was not sent yet.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) jid: String,
    pub(super) text: String,
    /// The text as it was last kept.
    saved: String,
    /// What was being written when the user began to correct a message. It stays the draft.
    aside: Option<String>,
    /// When the text last changed, in seconds of egui's clock.
    pub(super) changed_at_seconds: f64,
}

impl Draft {
    pub(super) fn new(jid: &str, text: &str) -> Self {
        Self {
            jid: jid.to_owned(),
            text: text.to_owned(),
            saved: text.to_owned(),
            ..Self::default()
        }
    }

    /// Keeps what was written so far, if it changed. A correction is no draft.
    pub(super) fn save(&mut self, out: &mut Vec<ViewCommand>) {
        let text = self.aside.as_ref().unwrap_or(&self.text);
        if self.jid.is_empty() || *text == self.saved {
            return;
        }
        self.saved.clone_from(text);
        let (jid, text) = (self.jid.clone(), self.saved.clone());
        out.push(UiCommand::SaveDraft { jid, text }.into());
    }

    /// Keeps it once the user pauses or leaves the field.
    pub(super) fn save_later(&mut self, ui: &Ui, has_focus: bool, out: &mut Vec<ViewCommand>) {
        if *self.aside.as_ref().unwrap_or(&self.text) == self.saved {
            return;
        }
        let waited = ui.input(|input| input.time) - self.changed_at_seconds;
        let remaining = SAVE_AFTER_SECONDS - waited;
        if remaining <= 0.0 || !has_focus {
            self.save(out);
        } else {
            ui.ctx().request_repaint_after_secs(remaining as f32);
        }
    }

    /// Puts another text into the field for a while.
    pub(super) fn put_aside(&mut self, text: &str) {
        let draft = std::mem::replace(&mut self.text, text.to_owned());
        self.aside.get_or_insert(draft);
    }

    /// Takes back what was put aside.
    pub(super) fn take_back(&mut self) {
        self.text = self.aside.take().unwrap_or_default();
    }

    /// Inserts a text before the character of this number.
    pub(super) fn insert(&mut self, at: usize, inserted: &str) {
        self.replace(at..at, inserted);
    }

    /// Replaces some characters.
    pub(super) fn replace(&mut self, chars: Range<usize>, by: &str) {
        let byte_of =
            |text: &str, at: usize| text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
        let (from, to) = (
            byte_of(&self.text, chars.start),
            byte_of(&self.text, chars.end),
        );
        self.text.replace_range(from..to.max(from), by);
    }
}
