//! The client's records on disk: a log of changes in sled, read whole when it is opened.

use std::path::Path;

use jid::BareJid;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{
    AvatarRecord, Change, Lookup, LookupError, MemoryStore, MessageRecord, Place, Position,
    RemoteId, SearchPage, Snapshot, Store, Timeline,
};
use onym_server::StoreError;
use onym_server::records;
use sled::{Db, Tree};

/// The records of one account's client, durable when [`commit`](Store::commit) returns. A clone
/// is another handle to the same records.
#[derive(Clone, Debug)]
pub(crate) struct SledStore {
    db: Db,
    /// Changes in their order.
    log: Tree,
    memory: MemoryStore,
}

impl SledStore {
    /// Opens the records in a folder, or makes it.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let db = records::open(folder)?;
        let log = db.open_tree("log")?;
        let memory = MemoryStore::new();
        for entry in &log {
            let changes: Vec<Change> = records::decode("log", &entry?.1)?;
            let Ok(()) = memory.commit(&changes);
        }
        Ok(Self { db, log, memory })
    }
}

impl Store for SledStore {
    type Error = StoreError;

    fn load(&self) -> Result<Snapshot, StoreError> {
        let Ok(snapshot) = self.memory.load();
        Ok(snapshot)
    }

    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let number = self.db.generate_id()?;
        let bytes = records::encode("log", &changes)?;
        self.log.insert(number.to_be_bytes(), bytes)?;
        self.db.flush()?;
        let Ok(()) = self.memory.commit(changes);
        Ok(())
    }

    fn timeline(&self, conversation: &BareJid) -> Result<Timeline, StoreError> {
        let Ok(timeline) = self.memory.timeline(conversation);
        Ok(timeline)
    }

    fn messages(
        &self,
        conversation: &BareJid,
        positions: &[Position],
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let Ok(messages) = self.memory.messages(conversation, positions);
        Ok(messages)
    }

    fn search(
        &self,
        query: &SearchQuery,
        limit: usize,
        before: Option<Place>,
    ) -> Result<SearchPage, StoreError> {
        let Ok(page) = self.memory.search(query, limit, before);
        Ok(page)
    }

    fn avatar(&self, hash: &str) -> Result<Option<AvatarRecord>, StoreError> {
        let Ok(avatar) = self.memory.avatar(hash);
        Ok(avatar)
    }
}

impl Lookup for SledStore {
    fn find(&self, conversation: &BareJid, id: &RemoteId) -> Result<Option<Position>, LookupError> {
        self.memory.find(conversation, id)
    }

    fn message(
        &self,
        conversation: &BareJid,
        position: Position,
    ) -> Result<Option<MessageRecord>, LookupError> {
        self.memory.message(conversation, position)
    }

    fn earlier(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, LookupError> {
        self.memory.earlier(conversation, before, limit)
    }
}
