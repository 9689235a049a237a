//! How long things are kept: settings of conversations, messages that disappear, deletion.

use jid::BareJid;

use super::core::{Context, Core};
use crate::command::CommandError;
use crate::conversation::settings::Setting;
use crate::event::Event;
use crate::store::{Change, MessageRecord, Position, Privacy};

impl Core {
    pub(super) fn configure(&mut self, conversation: BareJid, setting: Setting) {
        self.conversation(&conversation)
            .settings_mut()
            .apply(setting);
        self.outbox
            .event(Event::ConversationChanged { conversation });
    }

    pub(super) fn set_privacy(&mut self, privacy: Privacy) {
        let mut account = self.memory.account.clone();
        account.privacy = privacy;
        self.change(Change::PutAccount(Box::new(account)));
    }

    /// Deletes a message here, with what we still had to say about it.
    pub(super) fn delete_message(
        &mut self,
        conversation: &BareJid,
        position: Position,
        cx: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        let message = self.message(conversation, position, cx);
        let message = message.ok_or(CommandError::NoSuchMessage)?;
        self.forget_pending(&message);
        self.remove_message(&message, cx);
        Ok(())
    }

    /// Deletes a conversation. What has not left is not sent any more.
    pub(super) fn delete_conversation(&mut self, conversation: BareJid) {
        // What is left of the others says how much of the archive was here.
        for jid in self.addresses_with(&conversation) {
            self.remove_conversation(&jid);
        }
        self.outbox
            .event(Event::ConversationCleared { conversation });
    }

    /// Forgets the last run of the program where no history is kept. What was not sent or not
    /// seen stays.
    pub(super) fn forget_history(&mut self) {
        let conversations = self.memory.conversations.values();
        let forgotten: Vec<(BareJid, Vec<Position>)> = conversations
            .filter(|conversation| !conversation.settings().keeps_history)
            .map(|conversation| {
                let unsettled = self.memory.unsettled.iter();
                let unsent = unsettled
                    .filter(|message| message.conversation == *conversation.jid())
                    .map(|message| message.position);
                let unread = conversation.unread_places().iter();
                let keep = unsent.chain(unread.map(|place| place.position));
                (conversation.jid().clone(), keep.collect())
            })
            .collect();
        for (jid, keep) in forgotten {
            let pending: Vec<u64> = self
                .memory
                .pending
                .values()
                .filter(|pending| pending.conversation == jid && !keep.contains(&pending.about))
                .map(|pending| pending.number)
                .collect();
            for number in pending {
                self.change(Change::RemovePending(number));
            }
            self.clear(&jid, keep);
        }
    }

    /// Deletes the messages that disappear by now.
    pub(super) fn remove_expired(&mut self, cx: &mut Context<'_>) {
        for (conversation, position) in self.memory.expiring.due(cx.now, usize::MAX) {
            if let Some(message) = self.message(&conversation, position, cx) {
                self.remove_message(&message, cx);
            } else {
                self.remove(&conversation, position, cx);
            }
        }
    }

    /// Removes a message and tells the screen.
    pub(super) fn remove_message(&mut self, message: &MessageRecord, cx: &mut Context<'_>) {
        self.remove(&message.conversation, message.position, cx);
        self.outbox.event(Event::MessageRemoved {
            conversation: message.conversation.clone(),
            id: message.id.clone(),
            position: message.position,
        });
    }
}
