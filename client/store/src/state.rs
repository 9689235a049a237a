//! What the store keeps in memory, and what it learns from a commit.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_client_protocol::store::{Place, Position};
use onym_records::{Records, RecordsError};

use crate::dictionary::{Changes, Dictionary};
use crate::kept::{Kept, NextPosition, Owner, THE_ONE};
use crate::list::{self, ListId};
use crate::place::Posting;

/// What is kept in memory: little, and nothing that grows with the messages but the dictionary,
/// which the first search loads.
#[derive(Debug, Default)]
pub(crate) struct State {
    numbers: BTreeMap<BareJid, u32>,
    owners: BTreeMap<u32, BareJid>,
    /// Numbers of conversations that were removed, whose messages are still being swept away.
    pub(crate) leaving: BTreeMap<u32, BareJid>,
    pub(crate) dictionary: Option<Dictionary>,
    /// How many messages the index does not hold yet.
    pub(crate) tail_len: usize,
    /// Above every position that was ever committed.
    pub(crate) next_position: Position,
}

impl State {
    pub(crate) fn load(records: &Records) -> Result<Self, RecordsError> {
        let mut state = Self::default();
        for entry in records.scan(Owner::TABLE, ..)? {
            let (key, value) = entry?;
            let number = key.as_slice().try_into().map(u32::from_be_bytes);
            let number = number.map_err(|_| RecordsError::damaged(Owner::TABLE))?;
            let Owner { jid, is_leaving } = Owner::decode(&value)?;
            let has = if is_leaving { Has::Left } else { Has::Owned };
            state.note(number, &jid, has);
        }
        let tail: Vec<Posting> = list::read_all(records, ListId::Tail)?;
        state.tail_len = tail.len();
        // Messages in the tail came after the record was written.
        let NextPosition(next) = NextPosition::read(records, THE_ONE)?.unwrap_or(NextPosition(0));
        let newest = tail.iter().map(|posting| posting.place.position.next());
        state.next_position = newest.max().unwrap_or_default().max(Position(next));
        Ok(state)
    }

    pub(crate) fn number_of(&self, jid: &BareJid) -> Option<u32> {
        self.numbers.get(jid).copied()
    }

    pub(crate) fn owner_of(&self, number: u32) -> Option<&BareJid> {
        self.owners.get(&number)
    }

    /// The numbers of all conversations, also of those that are leaving.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.owners
            .keys()
            .chain(self.leaving.keys())
            .copied()
            .collect()
    }

    /// A number that no conversation has, not even one that is leaving.
    pub(crate) fn unused_number(&self) -> u32 {
        let owned = self.owners.last_key_value().map(|(number, _)| *number);
        let last = owned.max(self.leaving.last_key_value().map(|(number, _)| *number));
        last.map_or(0, |last| last.saturating_add(1))
    }

    pub(crate) fn learn(&mut self, learned: Learned) {
        for (number, (jid, has)) in learned.owners {
            self.note(number, &jid, has);
        }
        if learned.dictionary.is_some() {
            self.dictionary = learned.dictionary;
        }
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.apply(learned.words);
        }
        self.tail_len = learned.tail_len;
        self.next_position = learned.next_position;
    }

    fn note(&mut self, number: u32, jid: &BareJid, has: Has) {
        self.leaving.remove(&number);
        self.owners.remove(&number);
        if self.numbers.get(jid) == Some(&number) {
            self.numbers.remove(jid);
        }
        match has {
            Has::Owned => {
                self.numbers.insert(jid.clone(), number);
                self.owners.insert(number, jid.clone());
            }
            Has::Left => {
                self.leaving.insert(number, jid.clone());
            }
            Has::Gone => {}
        }
    }
}

/// What an address has to do with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Has {
    /// The conversation with it has the number.
    Owned,
    /// The conversation was removed, and its messages are still being swept away.
    Left,
    /// Nothing any more.
    Gone,
}

/// What a commit changes in memory once it is on the disk.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Who has which number now, or had it last.
    pub(crate) owners: BTreeMap<u32, (BareJid, Has)>,
    /// The dictionary, if it had to be loaded, as it was before the commit.
    pub(crate) dictionary: Option<Dictionary>,
    /// The words that came and went.
    pub(crate) words: Changes,
    /// Messages of the tail whose words have to be read again, or that are not there any more.
    pub(crate) stale: Vec<Place>,
    pub(crate) tail_len: usize,
    pub(crate) next_position: Position,
}
