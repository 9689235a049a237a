//! Messages that stand in the conversation of another address of a person move into the one at their
//! home, with their places, some at a time. Each step is one commit, so that a crash loses none and
//! doubles none.

use jid::BareJid;

use super::super::core::{Context, Core};
use crate::event::Event;
use crate::store::{Change, MessageRecord, PendingRecord};

/// How many messages move at once. All of their texts together are then a few megabytes at the most.
const MOVED_AT_ONCE: usize = 100;

impl Core {
    pub(super) fn move_messages(&mut self, cx: &mut Context<'_>) {
        while let Some(from) = self.people.to_move.first().cloned() {
            let home = self.home_of(&from);
            if home == from {
                self.people.to_move.remove(&from);
                continue;
            }
            self.join_policies(&from, &home);
            let batch = self.earlier(&from, None, MOVED_AT_ONCE, cx);
            if cx.failure.is_some() {
                return;
            }
            let is_last = batch.len() < MOVED_AT_ONCE;
            if is_last {
                self.people.to_move.remove(&from);
            }
            self.keep_how_notes_are_shown(&from, &home);
            self.join_conversations(&from, &home, !batch.is_empty());
            for message in &batch {
                self.move_message(message.clone(), &home);
            }
            if is_last {
                self.leave_notes(&from);
            }
            if !batch.is_empty() {
                self.outbox.event(Event::ConversationJoined { from, home });
                return;
            }
        }
    }

    fn move_message(&mut self, mut message: MessageRecord, home: &BareJid) {
        let from = std::mem::replace(&mut message.conversation, home.clone());
        let place = message.place();
        let known = self.memory.conversations.get(&from);
        let is_unread = known.is_some_and(|known| known.unread_places().contains(&place));
        message.via.get_or_insert_with(|| from.clone());
        // What is at another address of ours is written to the present one.
        if message.via.as_ref() == Some(home) || self.was_ours(&from) {
            message.via = None;
        }
        self.change(Change::RemoveMessage {
            conversation: from.clone(),
            position: message.position,
        });
        if known_has(self, &from) {
            self.conversation(&from).remove(message.position);
        }
        self.put(&message, false);
        if is_unread {
            self.conversation(home).add_unread(place);
        }
        let pending: Vec<PendingRecord> = self
            .memory
            .pending
            .values()
            .filter(|it| it.conversation == from && it.about == message.position)
            .cloned()
            .collect();
        for mut pending in pending {
            pending.conversation.clone_from(home);
            self.change(Change::PutPending(pending));
        }
        self.refusable.moved(&from, home);
    }

    /// What is kept of the other conversation besides its messages comes to the home's; how much of
    /// the archive is here of each address stays with the address.
    fn join_conversations(&mut self, from: &BareJid, home: &BareJid, has_messages: bool) {
        self.hold(from, None);
        self.they_left(from);
        let Some(other) = self.memory.conversations.get(from) else {
            return;
        };
        if !has_messages && other.is_joined() {
            return;
        }
        let mut other = other.clone();
        self.conversation(home).join(&mut other, has_messages);
        *self.conversation(from) = other;
    }

    /// One choice holds for all addresses of a person: the strictest. Where the user talks with them and
    /// has chosen nothing, what holds for all conversations was meant.
    fn join_policies(&mut self, from: &BareJid, home: &BareJid) {
        let chosen = |jid: &BareJid| self.memory.protection.get(jid)?.policy;
        if chosen(from) == chosen(home) {
            return;
        }
        let memory = &self.memory;
        let is_used = |jid: &BareJid| {
            memory.contacts.contains_key(jid) || memory.conversations.contains_key(jid)
        };
        let default = memory.protection_choices.policy;
        let counts = |jid: &BareJid| match chosen(jid) {
            Some(policy) => Some((policy.permits(), Some(policy))),
            None => is_used(jid).then(|| (default.permits(), None)),
        };
        let strictest = [from, home].into_iter().filter_map(counts);
        let Some((_, policy)) = strictest.min_by_key(|(permits, it)| (*permits, it.is_none()))
        else {
            return;
        };
        for jid in [from, home] {
            let mut record = self.protection(jid);
            record.policy = policy;
            self.put_protection(record);
        }
    }
}

fn known_has(core: &Core, jid: &BareJid) -> bool {
    core.memory.conversations.contains_key(jid)
}
