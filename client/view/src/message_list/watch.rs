//! What the list asks of the program because of where it stands.

use egui::Ui;
use onym_client_protocol::view_model::{ConversationView, DirectionView, UiCommand};

use super::MessageList;
use crate::app_model::ViewCommand;

/// Rows are asked for when fewer than this many are loaded beyond the screen.
const AHEAD_ROWS: u64 = 80;

/// The least time between two questions for rows, in seconds: a dragged bar passes thousands.
const ASK_EVERY_SECONDS: f64 = 0.06;

/// The same question is asked again after so many seconds without an answer.
const ASK_AGAIN_SECONDS: f64 = 1.0;

/// Older messages are asked for when the screen is so near to the oldest one, in rows.
const OLDER_WITHIN_ROWS: usize = 20;

/// What was asked last.
#[derive(Debug, Default)]
pub(super) struct Watch {
    asked_rows: Option<((u64, u64), f64)>,
    /// The oldest message when older ones were asked for.
    asked_older_than: Option<Option<u64>>,
    displayed: Option<u64>,
}

impl MessageList {
    /// Asks for rows that will be needed, and says what was seen.
    pub(super) fn watch_rows(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        self.ask_for_rows(ui, conversation, out);
        self.ask_for_older(conversation, out);
        self.mark_displayed(ui, conversation, out);
    }

    fn ask_for_rows(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        let (Some(first), Some(last)) = (self.placed.front(), self.placed.back()) else {
            return;
        };
        let seen = (first.row as u64, last.row as u64 + 1);
        let loaded_from = conversation.first_row;
        let loaded_to = loaded_from + conversation.messages.len() as u64;
        let wants_above = loaded_from > 0 && seen.0 < loaded_from + AHEAD_ROWS;
        let wants_below = loaded_to < conversation.total_rows && seen.1 + AHEAD_ROWS > loaded_to;
        if !wants_above && !wants_below {
            return;
        }
        let now = ui.input(|input| input.time);
        if let Some((asked, at)) = self.watch.asked_rows {
            let wait = if asked == seen {
                ASK_AGAIN_SECONDS
            } else {
                ASK_EVERY_SECONDS
            };
            if now - at < wait {
                ui.ctx()
                    .request_repaint_after_secs((wait - (now - at)) as f32);
                return;
            }
        }
        self.watch.asked_rows = Some((seen, now));
        let jid = conversation.contact.jid.clone();
        let (from_row, to_row) = seen;
        out.push(
            UiCommand::ShowRows {
                jid,
                from_row,
                to_row,
            }
            .into(),
        );
    }

    fn ask_for_older(&mut self, conversation: &ConversationView, out: &mut Vec<ViewCommand>) {
        let is_near = self
            .placed
            .front()
            .is_none_or(|first| first.row < OLDER_WITHIN_ROWS);
        let oldest = conversation
            .messages
            .first()
            .map(|message| message.position);
        if !conversation.has_older
            || conversation.is_fetching_older
            || conversation.first_row > 0
            || !is_near
            || self.watch.asked_older_than == Some(oldest)
        {
            return;
        }
        self.watch.asked_older_than = Some(oldest);
        let jid = conversation.contact.jid.clone();
        out.push(UiCommand::LoadOlder { jid }.into());
    }

    /// Says which message of theirs was seen, once for each.
    fn mark_displayed(
        &mut self,
        ui: &Ui,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        if conversation.contact.unread == 0 || !ui.input(|input| input.focused) {
            return;
        }
        let newest = self.placed.iter().rev().find_map(|placed| {
            let message = self.message(placed.row)?;
            (message.direction == DirectionView::Incoming).then_some(message.position)
        });
        let Some(position) = newest else { return };
        if self
            .watch
            .displayed
            .is_some_and(|displayed| displayed >= position)
        {
            return;
        }
        self.watch.displayed = Some(position);
        let jid = conversation.contact.jid.clone();
        out.push(UiCommand::MarkDisplayed { jid, position }.into());
    }
}
