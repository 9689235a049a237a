//! What we said about messages is said again after a move of ours.
//!
//! It may have waited at our server for somebody who was away, sealed by sessions that its reader keeps
//! under the address that we have left, and comes back as messages do. The server does not know what it
//! was about, so that all of what was said lately in the conversation is said anew. Whoever has it sees no
//! difference: a correction keeps its name, and the others say how something is, not what has changed.

use std::mem::discriminant;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;

use super::super::core::{Context, Core};
use super::{is_only_here, name_for_others};
use crate::store::{Action, Direction, MessageId, MessageRecord};

/// How long a server keeps what waits for another one, and some days for clocks that differ.
const WAITED_AT_MOST: Duration = Duration::from_secs(33 * 24 * 60 * 60);

/// In how many messages of a conversation it is looked for.
const MAX_LOOKED_AT: usize = 500;

impl Core {
    /// Something came back because we have moved, and it is no message that is known: what we said about
    /// messages there is said once more, once since the program was started.
    pub(in crate::engine) fn say_again(&mut self, conversation: &BareJid, cx: &mut Context<'_>) {
        if self.config.former.is_empty() || !self.memory.conversations.contains_key(conversation) {
            return;
        }
        if !self.said_again.insert(conversation.clone()) {
            return;
        }
        for message in self.earlier(conversation, None, MAX_LOOKED_AT, cx) {
            for (id, action) in said_lately(&message, cx.now) {
                let id = id.unwrap_or_else(|| MessageId::new(cx.new_id()));
                let kind = discriminant(&action);
                self.supersede(&message, |old| discriminant(old) == kind);
                self.put_pending_as(id, conversation, message.position, action, cx);
            }
        }
    }
}

/// What we have said about a message that its reader may not have, each with its name if it keeps that.
fn said_lately(message: &MessageRecord, now: Timestamp) -> Vec<(Option<MessageId>, Action)> {
    let is_late = |at: Timestamp| now.saturating_since(at) <= WAITED_AT_MOST;
    let mut said = Vec::new();
    let is_ours = matches!(message.direction, Direction::Outgoing { .. });
    let id = || message.id.as_str().to_owned();
    if is_only_here(message) {
        return said;
    }
    if message.retracted.is_some_and(is_late) && is_ours {
        said.push((None, Action::Retract { id: id() }));
    } else if let Some(edit) = &message.edit
        && is_late(edit.placed)
        && is_ours
    {
        let text = message.text.clone();
        let name = Some(MessageId::new(edit.id.clone()));
        said.push((name, Action::Correct { id: id(), text }));
    }
    let ours = &message.reactions.ours;
    if let Some(id) = name_for_others(message)
        && ours.placed.is_some_and(is_late)
    {
        let emojis = ours.emojis.clone();
        said.push((None, Action::React { id, emojis }));
    }
    said
}
