//! What becomes of a message that came: a new one, one that was here before, or a word about one.

use onym_identity::Timestamp;

use super::arrival::{Content, Said};
use super::core::{Context, Core};
use crate::conversation::{Early, EarlyAction};
use crate::correction::{self, Correction, CorrectionRule};
use crate::delivery::{Delivery, DeliveryEvent};
use crate::event::Event;
use crate::message::MAX_ID_BYTES;
use crate::moment::Moment;
use crate::omemo::Dialect;
use crate::reply::{self, ReplyTo};
use crate::store::{
    Direction, Edit, Encryption, MessageId, MessageRecord, Reached, RemoteId, Reply,
};
use crate::{reactions, retraction};

/// From this length on, in bytes, a message's name cannot be a counter. A UUID has 36, ours 26.
pub(super) const RANDOM_ID_BYTES: usize = 20;

impl Core {
    /// A message with a text came: it is new, or it was here before.
    pub(super) fn add(&mut self, said: &Said, content: Content, cx: &mut Context<'_>) {
        match self.known(said, &content.text, cx) {
            Some(message) => self.meet_again(message, said, content, cx),
            None => {
                let message = self.new_message(said, content, cx);
                self.put_new(message, said, cx);
            }
        }
    }

    /// The message of this device that is the same one.
    ///
    /// The archive's name decides where there is one. The author's name alone does not: some
    /// clients begin to count their messages anew each time they start, and two different messages
    /// must never be taken for one. A long name is a random one: a client that sent its message
    /// once more after its connection broke has it archived twice.
    fn known(&self, said: &Said, text: &str, cx: &mut Context<'_>) -> Option<MessageRecord> {
        if let Some(id) = &said.archive_id {
            let id = RemoteId::Archive(id.clone());
            if let Some(message) = self.named(&said.conversation, id, cx) {
                return Some(message);
            }
        }
        said.ids.iter().find_map(|id| {
            let message = self.named(&said.conversation, said.own(id), cx)?;
            if !said.is_like(&message) {
                return None;
            }
            let other_place = id.len() < RANDOM_ID_BYTES
                && message.archive_id.is_some()
                && said.archive_id.is_some();
            let is_same = said.by_us
                || message.retracted.is_some()
                || is_without_original(&message)
                || is_unreadable(&message)
                || correction::has_said(&message, text);
            (is_same && !other_place).then_some(message)
        })
    }

    /// A message came a second time, and may tell more than the first time.
    fn meet_again(
        &mut self,
        mut message: MessageRecord,
        said: &Said,
        content: Content,
        cx: &mut Context<'_>,
    ) {
        let before = message.clone();
        if message.archive_id.is_none() {
            message.archive_id.clone_from(&said.archive_id);
        }
        if is_unreadable(&message) {
            message.text = content.text;
            message.unstyled = content.unstyled;
            message.encryption = said.encryption;
        } else if is_without_original(&message) {
            correction::put_original(&mut message, content.text);
            message.time = said.time;
        } else if message.retracted.is_some() {
            message.time = message.time.min(said.time);
        }
        if message != before {
            self.replace(&message);
            self.outbox.event(Event::MessageChanged(message.clone()));
        }
        self.is_archived(message, said, cx);
    }

    /// Our server has what comes back from it, and whom we wrote to ourselves is here.
    fn is_archived(&mut self, message: MessageRecord, said: &Said, cx: &mut Context<'_>) {
        if said.peer == self.config.our_jid {
            self.deliver(message, &DeliveryEvent::ReceiptArrived, cx);
        } else if shows_arrival(&message, said) {
            self.deliver(message, &DeliveryEvent::AcknowledgedByServer, cx);
        }
    }

    fn new_message(
        &mut self,
        said: &Said,
        content: Content,
        cx: &mut Context<'_>,
    ) -> MessageRecord {
        let mut message = self.bare_message(said, &said.ids, cx);
        if let Direction::Incoming { markable, .. } = &mut message.direction {
            *markable = content.markable;
        }
        message.text = content.text;
        message.unstyled = content.unstyled;
        message.encryption = said.encryption;
        message.archive_id.clone_from(&said.archive_id);
        message.reply = content
            .reply
            .map(|(to, quote)| self.reply(said, to, quote, cx));
        message
    }

    /// A message came that cannot be read. It has its place, so that nobody believes that there was
    /// nothing.
    pub(super) fn add_unreadable(&mut self, said: &Said, cx: &mut Context<'_>) {
        let archived = said.archive_id.clone().map(RemoteId::Archive);
        let is_archived =
            archived.is_some_and(|name| self.find(&said.conversation, name, cx).is_some());
        let is_here = is_archived || self.same_named(said, cx).is_some();
        if !is_here {
            let nothing = Content::default();
            let message = self.new_message(said, nothing, cx);
            self.put_new(message, said, cx);
        }
    }

    /// A message came once more that was read before; its text is not looked at again.
    pub(super) fn met_again(&mut self, said: &Said, cx: &mut Context<'_>) {
        let Some(mut message) = self.same_named(said, cx) else {
            return;
        };
        if message.archive_id.is_none() && said.archive_id.is_some() {
            message.archive_id.clone_from(&said.archive_id);
            self.replace(&message);
        }
        self.is_archived(message, said, cx);
    }

    /// The message of the same author at the same address that has one of these names.
    fn same_named(&self, said: &Said, cx: &mut Context<'_>) -> Option<MessageRecord> {
        let mut names = said.ids.iter().map(|id| said.own(id));
        names.find_map(|name| {
            let message = self.named(&said.conversation, name, cx)?;
            said.is_like(&message).then_some(message)
        })
    }

    /// A message that has a place and a name, and no content yet.
    fn bare_message(&self, said: &Said, ids: &[String], cx: &mut Context<'_>) -> MessageRecord {
        let (direction, id) = if said.by_us {
            // Every one of our devices calls it by the same name, unless the name is taken.
            let free = ids.first().filter(|id| {
                let named = RemoteId::Ours((*id).clone());
                self.find(&said.conversation, named, cx).is_none()
            });
            let delivery = if said.peer == self.config.our_jid {
                Delivery::Delivered
            } else {
                Delivery::Stored
            };
            let mut reached = Reached::default();
            reached.note(&delivery, said.moment.placed);
            (Direction::Outgoing { delivery, reached }, free.cloned())
        } else {
            let mut direction = Direction::incoming(ids.first().cloned());
            if let Direction::Incoming { stanza_id, .. } = &mut direction {
                *stanza_id = ids.get(1).cloned();
            }
            (direction, None)
        };
        let mut message = MessageRecord::new(
            MessageId::new(id.unwrap_or_else(|| cx.new_id())),
            self.memory.next_position,
            said.conversation.clone(),
            String::new(),
            said.moment.placed,
            direction,
        );
        message.time = said.time;
        message.via = said.via();
        message
    }

    /// Adds a message, with what was said about it before it came.
    fn put_new(&mut self, mut message: MessageRecord, said: &Said, cx: &mut Context<'_>) {
        let ids = message.remote_ids();
        let known = self.memory.conversations.get(&said.conversation);
        if known.is_some_and(|known| known.has_early()) {
            for early in self.conversation(&said.conversation).take_early(&ids) {
                apply_early(&mut message, early);
            }
        }
        let is_unread = !said.by_us && !said.is_history();
        if !is_unread {
            message.expires = self.expiry(&said.conversation, cx.now);
        }
        self.put(&message, is_unread);
        // Who answers on another device has seen what is before the answer.
        if said.by_us && !said.is_history() {
            self.set_displayed(&said.conversation, message.place(), cx);
        }
        self.outbox.event(if said.is_history() {
            Event::ConversationChanged {
                conversation: message.conversation,
            }
        } else {
            Event::MessageAdded(message)
        });
    }

    /// What a message answers, if it is here, else as the message quotes it.
    fn reply(&self, said: &Said, to: ReplyTo, quote: String, cx: &mut Context<'_>) -> Reply {
        let to_us = to.author.as_ref() == Some(&self.config.our_jid);
        let names = [
            RemoteId::Ours(to.id.clone()),
            RemoteId::Theirs(to.id.clone()),
        ];
        let first = usize::from(!to_us);
        let found = names
            .iter()
            .cycle()
            .skip(first)
            .take(2)
            .find_map(|name| self.named(&said.conversation, name.clone(), cx));
        match found {
            Some(message) => Reply {
                to_id: to.id,
                to: Some(message.position),
                quote: reply::quote_of(&message),
                by_us: !message.is_incoming(),
            },
            None => Reply {
                to_id: to.id,
                to: None,
                quote,
                by_us: to_us,
            },
        }
    }

    /// The author of a message says what it shall say instead.
    pub(super) fn corrected(
        &mut self,
        said: &Said,
        id: &str,
        content: Content,
        cx: &mut Context<'_>,
    ) {
        let known = self.named(&said.conversation, said.own(id), cx);
        if known
            .as_ref()
            .is_some_and(|known| !said.may_speak_about(known))
        {
            return self.add(said, content, cx);
        }
        // A server could write such a correction. It is shown for what it is: a message.
        if known
            .as_ref()
            .is_some_and(|known| is_weaker(said.encryption, known.encryption))
        {
            return self.add(said, content, cx);
        }
        let own_id = said.ids.first().cloned();
        let correction = Correction {
            id: own_id.unwrap_or_else(|| cx.new_id()),
            text: content.text,
            unstyled: content.unstyled,
            time: said.time,
            moment: said.moment,
        };
        if let Some(mut message) = known {
            match correction::correct(&mut message, correction) {
                rule @ (CorrectionRule::Latest | CorrectionRule::Overtaken) => {
                    if rule == CorrectionRule::Latest {
                        message.encryption = said.encryption;
                    }
                    self.replace(&message);
                    self.outbox.event(Event::MessageChanged(message));
                }
                CorrectionRule::AlreadyThere | CorrectionRule::Retracted => {}
            }
            return;
        }
        // What it corrects is not here. Its text must not be lost, so it stands for the message,
        // which may still come from the archive.
        let ids: Vec<String> = [id.to_owned()]
            .into_iter()
            .filter(|id| id.len() <= MAX_ID_BYTES)
            .collect();
        let mut message = self.bare_message(said, &ids, cx);
        message.edit = Some(Edit {
            time: said.time,
            placed: said.moment.placed,
            id: correction.id,
            earlier: Vec::new(),
        });
        message.text = correction.text;
        message.unstyled = correction.unstyled;
        message.encryption = said.encryption;
        self.put_new(message, said, cx);
    }

    /// The author of a message takes it back.
    pub(super) fn retracted(&mut self, said: &Said, id: &str, cx: &mut Context<'_>) {
        let at = said.moment.placed;
        match self.named(&said.conversation, said.own(id), cx) {
            Some(message)
                if !said.may_speak_about(&message)
                    || is_weaker_beside(said.encryption, message.encryption) => {}
            Some(mut message) => {
                if retraction::retract(&mut message, at) {
                    self.forget_pending(&message);
                    self.replace(&message);
                    self.outbox.event(Event::MessageChanged(message));
                }
            }
            None => self.put_early(said, id, EarlyAction::Retracted),
        }
    }

    /// One side says all of what it puts under a message of either side.
    pub(super) fn reacted(
        &mut self,
        said: &Said,
        id: &str,
        emojis: &[String],
        cx: &mut Context<'_>,
    ) {
        let names = [
            RemoteId::Ours(id.to_owned()),
            RemoteId::Theirs(id.to_owned()),
        ];
        let found = names
            .into_iter()
            .find_map(|name| self.named(&said.conversation, name, cx));
        let Some(mut message) = found else {
            return self.put_early(said, id, EarlyAction::Reacted(emojis.to_vec()));
        };
        if !said.may_speak_about(&message) || is_weaker_beside(said.encryption, message.encryption)
        {
            return;
        }
        if react(&mut message, said.by_us, emojis.to_vec(), said.moment) {
            self.replace(&message);
            self.outbox.event(Event::MessageChanged(message));
        }
    }

    /// Keeps what is about a message that is not here, if it can still be told apart later.
    fn put_early(&mut self, said: &Said, id: &str, what: EarlyAction) {
        // Who has never written here is not remembered for what they say about nothing.
        let is_known = self.memory.conversations.contains_key(&said.conversation)
            || self.contact_behind(&said.peer).is_some();
        // It is not kept from where it came, so that it could be said from any of several addresses.
        let is_alone = said.by_us || self.memory.person_of(&said.conversation).is_none();
        if is_known && is_alone && id.len() <= MAX_ID_BYTES {
            self.conversation(&said.conversation).put_early(Early {
                id: id.to_owned(),
                by_us: said.by_us,
                placed: said.moment.placed,
                what,
            });
        }
    }
}

/// Whether a copy in the archive shows that our server has a message which we had still to give it. What
/// is sent once more lies there as it was before: after it came back from another address, after a move
/// of ours, or by the user's wish.
fn shows_arrival(message: &MessageRecord, said: &Said) -> bool {
    let is_unsent = message.delivery().is_some_and(Delivery::is_unsent);
    let was_there = message
        .reached()
        .is_some_and(|it| it.stored.is_some() || it.failed.is_some());
    is_unsent && !was_there && !message.tried.contains(&said.peer)
}

/// Whether a message is here that could not be decrypted. It may come once more.
fn is_unreadable(message: &MessageRecord) -> bool {
    matches!(message.encryption, Encryption::Undecryptable(_))
}

/// Whether a message came into being by its correction, and its first text is not known.
fn is_without_original(message: &MessageRecord) -> bool {
    message
        .edit
        .as_ref()
        .is_some_and(|edit| edit.earlier.iter().all(|text| text.id.is_some()))
}

/// Whether somebody between could have said this about a message that they could not have written:
/// in the clear, or from a device that they made up.
fn is_weaker(about: Encryption, message: Encryption) -> bool {
    let is_sure = |encryption: Encryption| {
        let Encryption::Omemo(mark) = encryption else {
            return false;
        };
        mark.because.allows()
    };
    match message {
        Encryption::Omemo(_) if is_sure(message) => !is_sure(about),
        Encryption::Omemo(_) => !matches!(about, Encryption::Omemo(_)),
        Encryption::None | Encryption::Undecryptable(_) => false,
    }
}

/// The same for what has no place in the older dialect and is said beside it.
fn is_weaker_beside(about: Encryption, message: Encryption) -> bool {
    matches!(message, Encryption::Omemo(mark) if mark.dialect == Dialect::Omemo2)
        && is_weaker(about, message)
}

/// Puts reactions under a message. Whether that changes it.
fn react(message: &mut MessageRecord, by_us: bool, emojis: Vec<String>, moment: Moment) -> bool {
    if message.retracted.is_some() {
        return false;
    }
    let set = if by_us {
        &mut message.reactions.ours
    } else {
        &mut message.reactions.theirs
    };
    reactions::replace(set, emojis, moment)
}

fn apply_early(message: &mut MessageRecord, early: Early) {
    match early.what {
        // Only the author takes a message back.
        EarlyAction::Retracted if early.by_us != message.is_incoming() => {
            retraction::retract(message, early.placed);
        }
        EarlyAction::Retracted => {}
        EarlyAction::Reacted(emojis) => {
            let at: Timestamp = early.placed;
            react(message, early.by_us, emojis, Moment::stamped(at));
        }
    }
}

#[cfg(test)]
mod tests;
