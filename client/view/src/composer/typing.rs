use egui::Ui;
use onym_client_protocol::view_model::UiCommand;

use super::draft::Draft;
use crate::app_model::ViewCommand;

/// Who has not pressed a key for this long is not writing any more, in seconds.
const STOPS_AFTER_SECONDS: f64 = 5.0;

/// Tells the other side whether the user is writing (XEP-0085): once when it begins and once when
/// it ends, not with every key.
#[derive(Debug, Default)]
pub(super) struct Typing {
    pressed_at_seconds: Option<f64>,
    is_told: bool,
}

impl Typing {
    /// A key changed the text.
    pub(super) fn pressed(&mut self, now_seconds: f64) {
        self.pressed_at_seconds = Some(now_seconds);
    }

    /// The message itself says that the writing has ended.
    pub(super) fn sent(&mut self) {
        *self = Self::default();
    }

    /// Tells what has changed.
    pub(super) fn follow(
        &mut self,
        ui: &Ui,
        draft: &Draft,
        may_tell: bool,
        out: &mut Vec<ViewCommand>,
    ) {
        let waited = self
            .pressed_at_seconds
            .map(|pressed| ui.input(|input| input.time) - pressed);
        let is_typing = may_tell
            && !draft.text.trim().is_empty()
            && waited.is_some_and(|waited| waited < STOPS_AFTER_SECONDS);
        if is_typing != self.is_told {
            self.is_told = is_typing;
            let jid = draft.jid.clone();
            out.push(UiCommand::SetTyping { jid, is_typing }.into());
        }
        if is_typing && let Some(waited) = waited {
            ui.ctx()
                .request_repaint_after_secs((STOPS_AFTER_SECONDS - waited) as f32);
        }
    }

    /// The conversation is left.
    pub(super) fn stop(&mut self, jid: &str, out: &mut Vec<ViewCommand>) {
        if std::mem::take(self).is_told {
            let (jid, is_typing) = (jid.to_owned(), false);
            out.push(UiCommand::SetTyping { jid, is_typing }.into());
        }
    }
}
