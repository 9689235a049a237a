//! The server's records on disk: sled, one tree for each kind of record.

mod archive;

use std::path::Path;

use jid::{BareJid, Jid};
use onym_server_protocol::archive::{ArchiveAnswer, ArchiveQuery, ArchiveTally};
use onym_server_protocol::pep::{ItemRecord, NodeConfig};
use onym_server_protocol::roster::RosterItem;
use onym_server_protocol::store::{AccountRecord, PeerRecord, QueuedStanza};
use onym_server_protocol::{Change, Snapshot, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::transaction::{ConflictableTransactionError, Transactional, TransactionalTree};
use sled::{Db, Tree};

use crate::records::{self, Key, StoreError, pair_key};
use archive::Archives;

/// The records of one server, durable when [`commit`](Store::commit) returns.
#[derive(Debug)]
pub struct SledStore {
    db: Db,
    trees: Vec<Tree>,
}

/// The trees, in the order in which [`SledStore`] holds them.
const KINDS: usize = 13;
const NAMES: [&str; KINDS] = [
    "accounts",
    "roster-items",
    "roster-versions",
    "inbox",
    "outbox",
    "peers",
    "seen",
    "nodes",
    "items",
    "vcards",
    "blocked",
    "archive-tallies",
    "archive",
];

/// The place of the archives' messages among the trees.
const ARCHIVE: usize = 12;

impl SledStore {
    /// Opens the records in a folder, or makes it.
    ///
    /// # Errors
    /// When another process has them open, or they cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let db = records::open(folder)?;
        let trees = NAMES
            .iter()
            .map(|name| db.open_tree(name))
            .collect::<Result<_, _>>()?;
        Ok(Self { db, trees })
    }

    /// Reads a whole tree, key and value given to `put`.
    fn read<V: DeserializeOwned>(
        &self,
        kind: usize,
        mut put: impl FnMut(Key<'_>, V) -> Option<()>,
    ) -> Result<(), StoreError> {
        let (Some(tree), Some(&name)) = (self.trees.get(kind), NAMES.get(kind)) else {
            return Ok(());
        };
        for entry in tree {
            let (key, value) = entry?;
            let value = records::decode(name, &value)?;
            put(Key(&key), value).ok_or(StoreError::Damaged { tree: name })?;
        }
        Ok(())
    }
}

impl Store for SledStore {
    type Error = StoreError;

    fn load(&self) -> Result<Snapshot, StoreError> {
        let mut all = Snapshot::default();
        self.read(0, |mut key, record: AccountRecord| {
            all.accounts.insert(key.jid()?, record);
            Some(())
        })?;
        self.read(1, |mut key, item: RosterItem| {
            let roster = all.rosters.entry(key.jid()?).or_default();
            roster.items.insert(item.jid.clone(), item);
            Some(())
        })?;
        self.read(2, |mut key, version: u64| {
            all.rosters.entry(key.jid()?).or_default().version = version;
            Some(())
        })?;
        self.read(3, |mut key, stanza: QueuedStanza| {
            all.inbox.insert((key.jid()?, key.number()?), stanza);
            Some(())
        })?;
        self.read(4, |mut key, stanza: QueuedStanza| {
            all.outbox.insert((key.domain()?, key.number()?), stanza);
            Some(())
        })?;
        self.read(5, |mut key, record: PeerRecord| {
            all.peers.insert(key.domain()?, record);
            Some(())
        })?;
        self.read(6, |mut key, fingerprint: [u8; 32]| {
            all.seen.insert(
                (key.domain()?, u16::try_from(key.number()?).ok()?),
                fingerprint,
            );
            Some(())
        })?;
        self.read(7, |mut key, config: NodeConfig| {
            all.nodes.insert((key.jid()?, key.string()?), config);
            Some(())
        })?;
        self.read(8, |mut key, item: ItemRecord| {
            all.items
                .insert((key.jid()?, key.string()?, key.string()?), item);
            Some(())
        })?;
        self.read(9, |mut key, vcard: String| {
            all.vcards.insert(key.jid()?, vcard);
            Some(())
        })?;
        self.read(10, |mut key, (): ()| {
            all.blocked
                .insert((key.jid()?, Jid::new(&key.string()?).ok()?));
            Some(())
        })?;
        self.read(11, |mut key, tally: ArchiveTally| {
            all.archives.insert(key.jid()?, tally);
            Some(())
        })?;
        Ok(all)
    }

    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let written = self.trees[..].transaction(|trees| {
            for change in changes {
                write(trees, change)?;
            }
            Ok(())
        });
        written.map_err(|error| match error {
            sled::transaction::TransactionError::Abort(error) => error,
            sled::transaction::TransactionError::Storage(error) => error.into(),
        })?;
        self.db.flush()?;
        Ok(())
    }

    fn read_archive(
        &self,
        account: &BareJid,
        query: &ArchiveQuery,
    ) -> Result<ArchiveAnswer, StoreError> {
        match self.trees.get(ARCHIVE) {
            Some(tree) => archive::read(tree, account, query),
            None => Ok(ArchiveAnswer::UnknownId),
        }
    }
}

type Written = Result<(), ConflictableTransactionError<StoreError>>;

fn write(trees: &[TransactionalTree], change: &Change) -> Written {
    let [
        accounts,
        contacts,
        versions,
        inbox,
        outbox,
        peers,
        seen,
        nodes,
        items,
        vcards,
        blocked,
        tallies,
        messages,
    ] = trees
    else {
        return Ok(());
    };
    let archives = Archives { messages, tallies };
    match change {
        Change::PutAccount(account, record) => put(accounts, jid_key(account), record)?,
        Change::PutRosterItem(account, item, version) => {
            put(
                contacts,
                pair_key(account.as_str(), item.jid.as_str().as_bytes()),
                item,
            )?;
            put(versions, jid_key(account), version)?;
        }
        Change::RemoveRosterItem(account, contact, version) => {
            contacts.remove(pair_key(account.as_str(), contact.as_str().as_bytes()))?;
            put(versions, jid_key(account), version)?;
        }
        Change::PutInbox(account, place, stanza) => {
            put(
                inbox,
                pair_key(account.as_str(), &place.to_be_bytes()),
                stanza,
            )?;
        }
        Change::RemoveInbox(account, place) => {
            inbox.remove(pair_key(account.as_str(), &place.to_be_bytes()))?;
        }
        Change::PutOutbox(domain, place, stanza) => {
            put(
                outbox,
                pair_key(domain.as_str(), &place.to_be_bytes()),
                stanza,
            )?;
        }
        Change::RemoveOutbox(domain, place) => {
            outbox.remove(pair_key(domain.as_str(), &place.to_be_bytes()))?;
        }
        Change::PutPeer(domain, record) => put(peers, domain.as_str().as_bytes().to_vec(), record)?,
        Change::PutSeen(domain, slot, fingerprint) => {
            put(
                seen,
                pair_key(domain.as_str(), &u64::from(*slot).to_be_bytes()),
                fingerprint,
            )?;
        }
        Change::PutNode(account, node, config) => {
            put(nodes, pair_key(account.as_str(), node.as_bytes()), config)?;
        }
        Change::RemoveNode(account, node) => {
            nodes.remove(pair_key(account.as_str(), node.as_bytes()))?;
        }
        Change::PutItem(account, node, id, item) => put(items, item_key(account, node, id), item)?,
        Change::RemoveItem(account, node, id) => {
            items.remove(item_key(account, node, id))?;
        }
        Change::PutVcard(account, vcard) => put(vcards, jid_key(account), vcard)?,
        Change::PutBlocked(account, jid) => {
            put(
                blocked,
                pair_key(account.as_str(), jid.as_str().as_bytes()),
                &(),
            )?;
        }
        Change::PutArchive(account, id, record, tally) => {
            archives.put(account, *id, record, tally)?;
        }
        Change::RemoveArchive(account, ids, tally) => archives.remove(account, ids, tally)?,
        Change::RemoveBlocked(account, jid) => {
            blocked.remove(pair_key(account.as_str(), jid.as_str().as_bytes()))?;
        }
    }
    Ok(())
}

fn put<V: Serialize>(tree: &TransactionalTree, key: Vec<u8>, value: &V) -> Written {
    let bytes = records::encode("memory", value).map_err(ConflictableTransactionError::Abort)?;
    tree.insert(key, bytes)?;
    Ok(())
}

fn jid_key(jid: &BareJid) -> Vec<u8> {
    jid.as_str().as_bytes().to_vec()
}

/// No part contains the byte between the parts: XML has no way to write it.
fn item_key(account: &BareJid, node: &str, id: &str) -> Vec<u8> {
    pair_key(account.as_str(), &pair_key(node, id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::VERSION;

    /// A store with its folder, so that it can be opened again.
    struct InFolder(tempfile::TempDir, SledStore);

    impl Store for InFolder {
        type Error = StoreError;
        fn load(&self) -> Result<Snapshot, StoreError> {
            self.1.load()
        }
        fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
            self.1.commit(changes)
        }
        fn read_archive(
            &self,
            account: &BareJid,
            query: &ArchiveQuery,
        ) -> Result<ArchiveAnswer, StoreError> {
            self.1.read_archive(account, query)
        }
    }

    #[test]
    fn keeps_the_contract() {
        let open = || {
            let folder = tempfile::tempdir().unwrap();
            let store = SledStore::open(folder.path()).unwrap();
            InFolder(folder, store)
        };
        let reopen = |InFolder(folder, store)| {
            drop(store);
            let store = SledStore::open(folder.path()).unwrap();
            InFolder(folder, store)
        };
        onym_server_protocol::store::contract::check(open, reopen);
    }

    #[test]
    fn a_second_opener_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let _first = SledStore::open(folder.path()).unwrap();
        assert!(matches!(
            SledStore::open(folder.path()),
            Err(StoreError::InUse)
        ));
    }

    #[test]
    fn a_record_of_a_later_version_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStore::open(folder.path()).unwrap();
        let peers = store.db.open_tree("peers").unwrap();
        peers.insert("a.example", vec![VERSION + 1, 0]).unwrap();
        assert!(matches!(
            store.load(),
            Err(StoreError::Version {
                tree: "peers",
                version: 2
            })
        ));
        assert!(peers.get("a.example").unwrap().is_some());
    }
}
