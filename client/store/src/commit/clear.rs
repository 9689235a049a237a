//! Conversations that are emptied or removed.
//!
//! A long one is not worked through in the commit that removes it: its number loses its owner, so
//! that nothing of it is found from then on, and its records are swept away some at a time, by the
//! commits that follow and by [`tidy`](crate::ClientStore::tidy).

use std::collections::BTreeSet;

use jid::BareJid;
use onym_client_protocol::store::{MessageRecord, Place, Position, RemoteId};
use onym_records::RecordsError;

use super::{Commit, conversation_key};
use crate::ids::{self, Name};
use crate::kept::{Kept, Pending, Summary};
use crate::list::{self, ListId};
use crate::state::Has;

impl Commit<'_> {
    /// Removes all messages of a conversation but these.
    pub(super) fn clear(&mut self, jid: &BareJid, keep: &[Position]) -> Result<(), RecordsError> {
        let Some(number) = self.number_of(jid) else {
            return Ok(());
        };
        let places = self.places(number)?;
        let keep: BTreeSet<Position> = keep.iter().copied().collect();
        if places.len() <= self.limits.sweep || keep.len() > self.limits.sweep {
            for place in places {
                if !keep.contains(&place.position) {
                    self.remove_numbered(number, jid, place.position)?;
                }
            }
            return Ok(());
        }
        // Long, and all of it goes but a little: that moves to a new number.
        let summary = Summary::read(&self.draft, &conversation_key(number))?;
        let kept = self.take_messages(number, jid, &keep)?;
        self.leave(number, jid)?;
        let new = self.number_for(jid)?;
        if let Some(summary) = summary {
            summary.write(&mut self.draft, conversation_key(new))?;
        }
        for (message, names) in kept {
            self.put_message(&message)?;
            // A name that another message had taken over stays away.
            for id in message.remote_ids() {
                if !names.contains(&id) {
                    let name = Name::new(self.key, new, &id);
                    ids::take_away(&mut self.draft, name, message.position)?;
                }
            }
        }
        Ok(())
    }

    /// Takes messages out of a conversation, each with the names that it is found by.
    fn take_messages(
        &mut self,
        number: u32,
        jid: &BareJid,
        positions: &BTreeSet<Position>,
    ) -> Result<Vec<(MessageRecord, Vec<RemoteId>)>, RecordsError> {
        let mut taken = Vec::new();
        for position in positions {
            let Some(message) = self.message(number, jid, *position)? else {
                continue;
            };
            let mut names = Vec::new();
            for id in message.remote_ids() {
                let name = Name::new(self.key, number, &id);
                if ids::find(&self.draft, name)? == Some(*position) {
                    names.push(id);
                }
            }
            self.remove_numbered(number, jid, *position)?;
            taken.push((message, names));
        }
        Ok(taken)
    }

    pub(super) fn remove_conversation(&mut self, jid: &BareJid) -> Result<(), RecordsError> {
        for (key, value) in self.draft.all(Pending::TABLE)? {
            let Pending(pending) = Pending::decode(&value)?;
            if pending.conversation == *jid {
                self.draft.remove(Pending::TABLE, key);
            }
        }
        let Some(number) = self.number_of(jid) else {
            return Ok(());
        };
        self.leave(number, jid)
    }

    /// Takes a number from its owner.
    fn leave(&mut self, number: u32, jid: &BareJid) -> Result<(), RecordsError> {
        self.remove::<Summary>(conversation_key(number))?;
        self.set_owner(number, jid, Has::Left)
    }

    /// Removes messages of conversations without an owner, up to a limit.
    pub(super) fn sweep(&mut self) -> Result<(), RecordsError> {
        let mut leaving = self.state.leaving.clone();
        for (number, (jid, has)) in &self.learned.owners {
            if *has == Has::Left {
                leaving.insert(*number, jid.clone());
            }
        }
        let mut room = self.limits.sweep;
        for (number, jid) in leaving {
            let places = self.places(number)?;
            for place in places.iter().rev().take(room) {
                self.remove_numbered(number, &jid, place.position)?;
            }
            if places.len() > room {
                return Ok(());
            }
            room = room.saturating_sub(places.len());
            self.set_owner(number, &jid, Has::Gone)?;
        }
        Ok(())
    }

    fn places(&mut self, number: u32) -> Result<Vec<Place>, RecordsError> {
        self.write_lists()?;
        list::read_all(&self.draft, ListId::Timeline(number))
    }
}
