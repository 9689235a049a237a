//! A store that forgets when it is dropped: for tests, and for a session that leaves no trace.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jid::BareJid;

use super::{
    AvatarRecord, Change, Hit, Lookup, LookupError, MessageRecord, Place, Position, RemoteId,
    SearchPage, Snapshot, Store, Timeline,
};
use crate::omemo::{DeviceId, Dialect, Session};
use crate::search::SearchQuery;

/// A store in memory. A clone is another handle to the same records.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<Records>>,
}

#[derive(Debug, Default)]
struct Records {
    messages: BTreeMap<Position, MessageRecord>,
    /// Which message has a name. Kept apart from the messages since the last one that was put
    /// has it, whatever its position.
    ids: BTreeMap<(BareJid, RemoteId), Position>,
    avatars: BTreeMap<String, AvatarRecord>,
    sessions: BTreeMap<(BareJid, DeviceId, Dialect), Session>,
    /// Everything that is small.
    snapshot: Snapshot,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// No method leaves the records half changed, so a panic elsewhere does not spoil them.
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn load(&self) -> Result<Snapshot, Infallible> {
        Ok(self.records().snapshot.clone())
    }

    fn commit(&self, changes: &[Change]) -> Result<(), Infallible> {
        let mut records = self.records();
        for change in changes {
            records.apply(change);
        }
        Ok(())
    }

    fn timeline(&self, conversation: &BareJid) -> Result<Timeline, Infallible> {
        let records = self.records();
        Ok(Timeline::new(
            records.of(conversation).map(MessageRecord::place).collect(),
        ))
    }

    fn messages(
        &self,
        conversation: &BareJid,
        positions: &[Position],
    ) -> Result<Vec<MessageRecord>, Infallible> {
        let records = self.records();
        let found = positions.iter().filter_map(|position| {
            let message = records.messages.get(position)?;
            (message.conversation == *conversation).then(|| message.clone())
        });
        Ok(found.collect())
    }

    fn search(
        &self,
        query: &SearchQuery,
        limit: usize,
        before: Option<Place>,
    ) -> Result<SearchPage, Infallible> {
        let records = self.records();
        let mut hits: Vec<Hit> = records
            .messages
            .values()
            .filter(|message| before.is_none_or(|before| message.place() < before))
            .filter(|message| query.matches(message))
            .map(|message| Hit {
                conversation: message.conversation.clone(),
                place: message.place(),
            })
            .collect();
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.place));
        let more = hits.len() > limit;
        hits.truncate(limit);
        Ok(SearchPage { hits, more })
    }

    fn avatar(&self, hash: &str) -> Result<Option<AvatarRecord>, Infallible> {
        Ok(self.records().avatars.get(hash).cloned())
    }
}

impl Lookup for MemoryStore {
    fn find(&self, conversation: &BareJid, id: &RemoteId) -> Result<Option<Position>, LookupError> {
        let key = (conversation.clone(), id.clone());
        Ok(self.records().ids.get(&key).copied())
    }

    fn message(
        &self,
        conversation: &BareJid,
        position: Position,
    ) -> Result<Option<MessageRecord>, LookupError> {
        let records = self.records();
        let message = records.messages.get(&position);
        Ok(message
            .filter(|message| message.conversation == *conversation)
            .cloned())
    }

    fn earlier(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, LookupError> {
        self.page(conversation, before, limit)
            .map_err(|never| match never {})
    }

    fn session(
        &self,
        jid: &BareJid,
        device: DeviceId,
        dialect: Dialect,
    ) -> Result<Option<Session>, LookupError> {
        let key = (jid.clone(), device, dialect);
        Ok(self.records().sessions.get(&key).cloned())
    }
}

impl Records {
    fn of(&self, conversation: &BareJid) -> impl Iterator<Item = &MessageRecord> {
        self.messages
            .values()
            .filter(move |message| message.conversation == *conversation)
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::PutMessage(message) => self.put(message),
            Change::RemoveMessage { position, .. } => self.remove(*position),
            Change::ClearMessages { conversation, keep } => self.clear(conversation, keep),
            Change::RemoveConversation(conversation) => self.clear(conversation, &[]),
            Change::PutAvatar(avatar) => {
                self.avatars.insert(avatar.hash.clone(), avatar.clone());
            }
            Change::RemoveAvatar(hash) => {
                self.avatars.remove(hash);
            }
            Change::PutSession(record) => {
                let dialect = record.session.dialect();
                let key = (record.jid.clone(), record.device, dialect);
                self.sessions.insert(key, record.session.clone());
            }
            Change::ForgetSessions => self.sessions.clear(),
            _ => {}
        }
        self.snapshot.apply(change);
    }

    fn put(&mut self, message: &MessageRecord) {
        self.remove(message.position);
        for id in message.remote_ids() {
            self.ids
                .insert((message.conversation.clone(), id), message.position);
        }
        self.messages.insert(message.position, message.clone());
    }

    fn remove(&mut self, position: Position) {
        let Some(message) = self.messages.remove(&position) else {
            return;
        };
        for id in message.remote_ids() {
            let key = (message.conversation.clone(), id);
            if self.ids.get(&key) == Some(&position) {
                self.ids.remove(&key);
            }
        }
    }

    fn clear(&mut self, conversation: &BareJid, keep: &[Position]) {
        let gone: Vec<Position> = self
            .of(conversation)
            .map(|message| message.position)
            .filter(|position| !keep.contains(position))
            .collect();
        for position in gone {
            self.remove(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract;

    #[test]
    fn keeps_the_contract() {
        contract::check(MemoryStore::new, |store| store).unwrap();
    }
}
