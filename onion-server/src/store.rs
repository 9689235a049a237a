//! The server's records on disk, sealed: one table for each kind of record.
//!
//! A key on the disk is a keyed hash or a number; whose record it is stands inside the sealed
//! value, so that the disk names neither a contact nor a time.

mod archive;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jid::{BareJid, Jid};
use onym_records::versioned::{self, Versioned};
use onym_records::{Batch, Records, RecordsError, RecordsKey, Table};
use onym_server_protocol::archive::{ArchiveAnswer, ArchiveQuery, ArchiveTally};
use onym_server_protocol::pep::{ItemRecord, NodeConfig};
use onym_server_protocol::roster::RosterItem;
use onym_server_protocol::store::{AccountRecord, PeerRecord, QueuedStanza};
use onym_server_protocol::{Change, Domain, Snapshot, Store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use archive::Archives;

/// Why the records cannot be opened, read or written.
pub type StoreError = RecordsError;

const ACCOUNTS: Table = Table::new("accounts");
const CONTACTS: Table = Table::new("roster-items");
const ROSTERS: Table = Table::new("roster-versions");
const INBOX: Table = Table::new("inbox");
const OUTBOX: Table = Table::new("outbox");
const PEERS: Table = Table::new("peers");
const SEEN: Table = Table::new("seen");
const NODES: Table = Table::new("nodes");
const ITEMS: Table = Table::new("items");
const VCARDS: Table = Table::new("vcards");
const BLOCKED: Table = Table::new("blocked");
const TALLIES: Table = Table::new("archive-tallies");

/// Separates the parts of a name before it is hashed. No JID, node or item id contains it.
const SEPARATOR: &str = "\0";

/// The records of one server, durable when [`commit`](Store::commit) returns.
pub struct RecordStore {
    records: Records,
    key: RecordsKey,
    archives: Archives,
    /// Held while changes are worked out and written, so that what was read for them stays true.
    changing: Mutex<()>,
}

/// A record with what it is about.
#[derive(Serialize, Deserialize)]
struct Entry<K, V> {
    key: K,
    value: V,
}

impl<K, V> Versioned for Entry<K, V>
where
    Self: Serialize + DeserializeOwned,
{
    const VERSION: u8 = 1;
}

impl RecordStore {
    /// Opens the records in a folder, or makes it.
    ///
    /// # Errors
    /// When another process has them open, they are sealed under another key, or they cannot be
    /// read.
    pub fn open(folder: &Path, key: &RecordsKey) -> Result<Self, StoreError> {
        let records = Records::open(folder, key)?;
        Ok(Self {
            archives: Archives::new(records.clone(), key.clone()),
            records,
            key: key.clone(),
            changing: Mutex::new(()),
        })
    }

    /// The sealed records themselves, for a copy.
    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    fn read<K, V>(&self, table: Table, mut take: impl FnMut(K, V)) -> Result<(), StoreError>
    where
        Entry<K, V>: Serialize + DeserializeOwned,
    {
        for record in self.records.scan(table, ..)? {
            let Entry { key, value } = versioned::decode::<Entry<K, V>>(table, &record?.1)?;
            take(key, value);
        }
        Ok(())
    }

    fn name(&self, table: Table, parts: &[&str]) -> [u8; 16] {
        let text = parts.join(SEPARATOR);
        self.key.name_of(table.name(), text.as_bytes())
    }

    fn put<K, V>(
        &self,
        batch: &mut Batch,
        table: Table,
        name: &[&str],
        key: K,
        value: V,
    ) -> Result<(), StoreError>
    where
        Entry<K, V>: Serialize + DeserializeOwned,
    {
        let record = versioned::encode(table, &Entry { key, value })?;
        batch.put(table, self.name(table, name), record);
        Ok(())
    }

    fn remove(&self, batch: &mut Batch, table: Table, name: &[&str]) {
        batch.remove(table, self.name(table, name));
    }

    fn write(&self, batch: &mut Batch, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::PutAccount(account, record) => self.put(
                batch,
                ACCOUNTS,
                &[account.as_str()],
                account.clone(),
                record.clone(),
            ),
            Change::PutRosterItem(account, item, version) => {
                let name = [account.as_str(), item.jid.as_str()];
                self.put(batch, CONTACTS, &name, account.clone(), item.clone())?;
                self.put(
                    batch,
                    ROSTERS,
                    &[account.as_str()],
                    account.clone(),
                    *version,
                )
            }
            Change::RemoveRosterItem(account, contact, version) => {
                self.remove(batch, CONTACTS, &[account.as_str(), contact.as_str()]);
                self.put(
                    batch,
                    ROSTERS,
                    &[account.as_str()],
                    account.clone(),
                    *version,
                )
            }
            Change::PutInbox(account, place, stanza) => {
                let name = [account.as_str(), &place.to_string()];
                self.put(
                    batch,
                    INBOX,
                    &name,
                    (account.clone(), *place),
                    stanza.clone(),
                )
            }
            Change::RemoveInbox(account, place) => {
                self.remove(batch, INBOX, &[account.as_str(), &place.to_string()]);
                Ok(())
            }
            Change::PutOutbox(domain, place, stanza) => {
                let name = [domain.as_str(), &place.to_string()];
                self.put(
                    batch,
                    OUTBOX,
                    &name,
                    (domain.clone(), *place),
                    stanza.clone(),
                )
            }
            Change::RemoveOutbox(domain, place) => {
                self.remove(batch, OUTBOX, &[domain.as_str(), &place.to_string()]);
                Ok(())
            }
            Change::PutPeer(domain, record) => {
                self.put(batch, PEERS, &[domain.as_str()], domain.clone(), *record)
            }
            Change::PutSeen(domain, slot, fingerprint) => {
                let name = [domain.as_str(), &slot.to_string()];
                self.put(batch, SEEN, &name, (domain.clone(), *slot), *fingerprint)
            }
            change => self.write_account(batch, change),
        }
    }

    /// Changes to what an account publishes and keeps.
    fn write_account(&self, batch: &mut Batch, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::PutNode(account, node, config) => {
                let name = [account.as_str(), node.as_str()];
                self.put(
                    batch,
                    NODES,
                    &name,
                    (account.clone(), node.clone()),
                    config.clone(),
                )?;
            }
            Change::RemoveNode(account, node) => {
                self.remove(batch, NODES, &[account.as_str(), node]);
            }
            Change::PutItem(account, node, id, item) => {
                let name = [account.as_str(), node.as_str(), id.as_str()];
                self.put(
                    batch,
                    ITEMS,
                    &name,
                    (account.clone(), node.clone(), id.clone()),
                    item.clone(),
                )?;
            }
            Change::RemoveItem(account, node, id) => {
                self.remove(batch, ITEMS, &[account.as_str(), node, id]);
            }
            Change::PutVcard(account, vcard) => {
                self.put(
                    batch,
                    VCARDS,
                    &[account.as_str()],
                    account.clone(),
                    vcard.clone(),
                )?;
            }
            Change::PutBlocked(account, jid) => {
                let name = [account.as_str(), jid.as_str()];
                self.put(batch, BLOCKED, &name, (account.clone(), jid.clone()), ())?;
            }
            Change::RemoveBlocked(account, jid) => {
                self.remove(batch, BLOCKED, &[account.as_str(), jid.as_str()]);
            }
            Change::PutArchive(account, _, _, tally) | Change::RemoveArchive(account, _, tally) => {
                self.put(batch, TALLIES, &[account.as_str()], account.clone(), *tally)?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Store for RecordStore {
    type Error = StoreError;

    fn load(&self) -> Result<Snapshot, StoreError> {
        let mut all = Snapshot::default();
        self.read(ACCOUNTS, |account: BareJid, record: AccountRecord| {
            all.accounts.insert(account, record);
        })?;
        self.read(CONTACTS, |account: BareJid, item: RosterItem| {
            let roster = all.rosters.entry(account).or_default();
            roster.items.insert(item.jid.clone(), item);
        })?;
        self.read(ROSTERS, |account: BareJid, version: u64| {
            all.rosters.entry(account).or_default().version = version;
        })?;
        self.read(INBOX, |key: (BareJid, u64), stanza: QueuedStanza| {
            all.inbox.insert(key, stanza);
        })?;
        self.read(OUTBOX, |key: (Domain, u64), stanza: QueuedStanza| {
            all.outbox.insert(key, stanza);
        })?;
        self.read(PEERS, |domain: Domain, record: PeerRecord| {
            all.peers.insert(domain, record);
        })?;
        self.read(SEEN, |key: (Domain, u16), fingerprint: [u8; 32]| {
            all.seen.insert(key, fingerprint);
        })?;
        self.read(NODES, |key: (BareJid, String), config: NodeConfig| {
            all.nodes.insert(key, config);
        })?;
        self.read(ITEMS, |key: (BareJid, String, String), item: ItemRecord| {
            all.items.insert(key, item);
        })?;
        self.read(VCARDS, |account: BareJid, vcard: String| {
            all.vcards.insert(account, vcard);
        })?;
        self.read(BLOCKED, |key: (BareJid, Jid), (): ()| {
            all.blocked.insert(key);
        })?;
        self.read(TALLIES, |account: BareJid, tally: ArchiveTally| {
            all.archives.insert(account, tally);
        })?;
        Ok(all)
    }

    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch::new();
        for change in changes {
            self.write(&mut batch, change)?;
        }
        self.archives.write(&mut batch, changes)?;
        self.records.commit(batch)
    }

    fn read_archive(
        &self,
        account: &BareJid,
        query: &ArchiveQuery,
    ) -> Result<ArchiveAnswer, StoreError> {
        self.archives.read(account, query)
    }
}

impl std::fmt::Debug for RecordStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordStore")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> RecordsKey {
        RecordsKey::from_bytes(&[7; 32])
    }

    /// A store with its folder, so that it can be opened again.
    struct InFolder(tempfile::TempDir, RecordStore);

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
            let store = RecordStore::open(folder.path(), &key()).unwrap();
            InFolder(folder, store)
        };
        let reopen = |InFolder(folder, store)| {
            drop(store);
            let store = RecordStore::open(folder.path(), &key()).unwrap();
            InFolder(folder, store)
        };
        onym_server_protocol::store::contract::check(open, reopen);
    }

    #[test]
    fn a_second_opener_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let _first = RecordStore::open(folder.path(), &key()).unwrap();
        assert!(matches!(
            RecordStore::open(folder.path(), &key()),
            Err(StoreError::InUse { .. })
        ));
    }

    #[test]
    fn the_disk_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let store = RecordStore::open(folder.path(), &key()).unwrap();
        let romeo = BareJid::new("romeo@montague.example").unwrap();
        let juliet = Jid::new("juliet@capulet.example").unwrap();
        let changes = [
            Change::PutVcard(romeo.clone(), "<FN>Romeo</FN>".into()),
            Change::PutBlocked(romeo, juliet),
        ];
        store.commit(&changes).unwrap();
        drop(store);
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for word in ["romeo", "montague", "juliet", "capulet", "Romeo"] {
                let found = bytes
                    .windows(word.len())
                    .any(|part| part == word.as_bytes());
                assert!(!found, "{word}");
            }
        }
    }
}
