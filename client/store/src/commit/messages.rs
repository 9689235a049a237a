//! Messages that come, change and go.

use jid::BareJid;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::store::{MessageRecord, Place, Position, RemoteId};
use onym_records::RecordsError;

use super::Commit;
use crate::ids::{self, Name};
use crate::kept::{Kept, Message, NextPosition, THE_ONE, Unsettled, message_key};
use crate::list::{self, ListId};
use crate::place::Posting;

impl Commit<'_> {
    pub(super) fn put_message(&mut self, new: &MessageRecord) -> Result<(), RecordsError> {
        let conversation = self.number_for(&new.conversation)?;
        let old = self.message(conversation, &new.conversation, new.position)?;
        self.learned.next_position = self.learned.next_position.max(new.position.next());
        self.place(conversation, old.as_ref(), Some(new))?;
        for id in old.iter().flat_map(MessageRecord::remote_ids) {
            if !new.remote_ids().contains(&id) {
                self.take_name(conversation, &id, new.position)?;
            }
        }
        for id in new.remote_ids() {
            self.give_name(conversation, &id, new.position)?;
        }
        let key = message_key(conversation, new.position);
        if old.as_ref() != Some(new) {
            Message::new(new.clone()).write(&mut self.draft, key)?;
        }
        Ok(())
    }

    pub(super) fn remove_message(
        &mut self,
        conversation: &BareJid,
        position: Position,
    ) -> Result<(), RecordsError> {
        match self.number_of(conversation) {
            Some(number) => self.remove_numbered(number, conversation, position),
            None => Ok(()),
        }
    }

    /// Removes everything that is kept of a message. `owner` is only what its record is read with.
    pub(super) fn remove_numbered(
        &mut self,
        conversation: u32,
        owner: &BareJid,
        position: Position,
    ) -> Result<(), RecordsError> {
        let Some(old) = self.message(conversation, owner, position)? else {
            return Ok(());
        };
        self.place(conversation, Some(&old), None)?;
        for id in old.remote_ids() {
            self.take_name(conversation, &id, position)?;
        }
        self.remove::<Message>(message_key(conversation, position))
    }

    pub(super) fn message(
        &self,
        conversation: u32,
        owner: &BareJid,
        position: Position,
    ) -> Result<Option<MessageRecord>, RecordsError> {
        let message = Message::read(&self.draft, &message_key(conversation, position))?;
        Ok(message.map(|message| message.into_record(owner.clone(), position)))
    }

    /// Keeps every list in step with a message that comes, changes or goes.
    fn place(
        &mut self,
        conversation: u32,
        old: Option<&MessageRecord>,
        new: Option<&MessageRecord>,
    ) -> Result<(), RecordsError> {
        if old.map(MessageRecord::place) != new.map(MessageRecord::place) {
            let timeline = self.timelines.entry(conversation).or_default();
            timeline.extend(old.map(|old| (old.place(), false)));
            timeline.extend(new.map(|new| (new.place(), true)));
        }
        self.place_expiry(conversation, old, new);
        self.place_unsettled(conversation, old, new)?;
        match (old, new) {
            (Some(old), Some(new)) if old.place() == new.place() => {
                self.reindex(conversation, old, new)
            }
            _ => {
                if let Some(old) = old {
                    self.unindex(conversation, old)?;
                }
                if let Some(new) = new {
                    self.index_later(conversation, new);
                }
                Ok(())
            }
        }
    }

    fn place_expiry(
        &mut self,
        conversation: u32,
        old: Option<&MessageRecord>,
        new: Option<&MessageRecord>,
    ) {
        let entry = |message: &MessageRecord| {
            let place = Place {
                placed: message.expires?,
                position: message.position,
            };
            Some(Posting {
                place,
                conversation,
            })
        };
        let (old, new) = (old.and_then(entry), new.and_then(entry));
        if old != new {
            self.expiry.extend(old.map(|old| (old, false)));
            self.expiry.extend(new.map(|new| (new, true)));
        }
    }

    fn place_unsettled(
        &mut self,
        conversation: u32,
        old: Option<&MessageRecord>,
        new: Option<&MessageRecord>,
    ) -> Result<(), RecordsError> {
        let is_unsettled =
            |message: &MessageRecord| message.delivery().is_some_and(Delivery::is_unsettled);
        let was = old.filter(|old| is_unsettled(old));
        let key = |message: &MessageRecord| message.position.0.to_be_bytes().to_vec();
        match (was, new.filter(|new| is_unsettled(new))) {
            (None, Some(new)) => Unsettled(conversation).write(&mut self.draft, key(new)),
            // The number of a conversation that was removed says nothing about one that came back.
            (Some(old), None) => match Unsettled::read(&self.draft, &key(old))? {
                Some(Unsettled(noted)) if noted == conversation => {
                    self.remove::<Unsettled>(key(old))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// A new message waits in the tail for the index.
    fn index_later(&mut self, conversation: u32, new: &MessageRecord) {
        let posting = posting(conversation, new);
        self.tail.insert(posting, true);
        self.learned.tail_len = self.learned.tail_len.saturating_add(1);
        self.learned.stale.push(posting.place);
    }

    fn unindex(&mut self, conversation: u32, old: &MessageRecord) -> Result<(), RecordsError> {
        let posting = posting(conversation, old);
        if self.is_in_tail(posting)? {
            self.tail.insert(posting, false);
            self.learned.tail_len = self.learned.tail_len.saturating_sub(1);
            self.learned.stale.push(posting.place);
            // The tail said up to now that this position was used.
            self.write_next_position()
        } else {
            self.index.remove(posting, &old.text);
            Ok(())
        }
    }

    fn reindex(
        &mut self,
        conversation: u32,
        old: &MessageRecord,
        new: &MessageRecord,
    ) -> Result<(), RecordsError> {
        if old.text == new.text {
            return Ok(());
        }
        let posting = posting(conversation, new);
        if self.is_in_tail(posting)? {
            self.learned.stale.push(posting.place);
        } else {
            self.index.change(posting, &old.text, &new.text);
        }
        Ok(())
    }

    fn is_in_tail(&self, posting: Posting) -> Result<bool, RecordsError> {
        match self.tail.get(&posting) {
            Some(is_there) => Ok(*is_there),
            None => list::contains(&self.draft, ListId::Tail, posting),
        }
    }

    pub(super) fn write_next_position(&mut self) -> Result<(), RecordsError> {
        let Position(next) = self.learned.next_position;
        NextPosition(next).write(&mut self.draft, THE_ONE.to_vec())
    }

    fn give_name(
        &mut self,
        conversation: u32,
        id: &RemoteId,
        position: Position,
    ) -> Result<(), RecordsError> {
        let name = Name::new(self.key, conversation, id);
        ids::give(&mut self.draft, name, position)
    }

    fn take_name(
        &mut self,
        conversation: u32,
        id: &RemoteId,
        position: Position,
    ) -> Result<(), RecordsError> {
        let name = Name::new(self.key, conversation, id);
        ids::take_away(&mut self.draft, name, position)
    }
}

fn posting(conversation: u32, message: &MessageRecord) -> Posting {
    Posting {
        place: message.place(),
        conversation,
    }
}
