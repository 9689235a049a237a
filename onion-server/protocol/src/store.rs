//! The store port: what the server keeps across restarts, and the contract every store keeps.

pub mod contract;
mod memory;

use std::collections::{BTreeMap, BTreeSet};

use jid::{BareJid, Jid};
use onym_identity::Timestamp;
use onym_stream::scram;
use serde::{Deserialize, Serialize};

pub use memory::MemoryStore;

use crate::archive::{ArchiveAnswer, ArchiveId, ArchiveQuery, ArchiveRecord, ArchiveTally};
use crate::domain::Domain;
use crate::pep::{ItemRecord, NodeConfig};
use crate::roster::Roster;
use crate::roster::RosterItem;

/// A place in a queue. Numbers grow and are never used again within one queue.
pub type Place = u64;

/// SHA-256 over a stanza, for recognising the same one when it comes again.
pub type Fingerprint = [u8; 32];

/// Everything that the server keeps, except the messages in its archives. It is small, since it
/// serves one owner, and is read whole at the start; the queues are bounded by [`crate::limits`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Who may log in.
    pub accounts: BTreeMap<BareJid, AccountRecord>,
    /// Each account's roster.
    pub rosters: BTreeMap<BareJid, Roster>,
    /// Messages that no client has acknowledged yet (XEP-0160).
    pub inbox: BTreeMap<(BareJid, Place), QueuedStanza>,
    /// Stanzas that wait for another endpoint.
    pub outbox: BTreeMap<(Domain, Place), QueuedStanza>,
    /// What is remembered about other endpoints.
    pub peers: BTreeMap<Domain, PeerRecord>,
    /// The latest stanzas from other endpoints, by slot of a ring.
    pub seen: BTreeMap<(Domain, u16), Fingerprint>,
    /// The nodes of each account, by name (XEP-0060).
    pub nodes: BTreeMap<(BareJid, String), NodeConfig>,
    /// Their items, by node and item id.
    pub items: BTreeMap<(BareJid, String, String), ItemRecord>,
    /// Each account's vCard as XML (XEP-0054).
    pub vcards: BTreeMap<BareJid, String>,
    /// Whom each account blocks (XEP-0191).
    pub blocked: BTreeSet<(BareJid, Jid)>,
    /// How much each account's archive holds; its messages are read when they are asked for.
    pub archives: BTreeMap<BareJid, ArchiveTally>,
}

/// The ways in which a client can prove that it is an account's owner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// SCRAM-SHA-256 keys of every device, if there is one.
    pub sha256: Option<scram::Credentials>,
    /// SCRAM-SHA-1 keys of every device; some clients know nothing better.
    pub sha1: Option<scram::Credentials>,
}

/// A stanza that waits, with the time since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedStanza {
    /// When it came.
    pub since: Timestamp,
    /// The stanza as XML, in `jabber:client`.
    pub xml: String,
}

/// What is remembered about another endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeerRecord {
    /// When stanzas last flowed to it.
    pub last_reached: Option<Timestamp>,
}

/// One record to write or to remove. Applying a change twice does no more than once.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Adds or replaces an account.
    PutAccount(BareJid, AccountRecord),
    /// Adds or replaces a roster item; the roster has this version afterwards.
    PutRosterItem(BareJid, RosterItem, u64),
    /// Removes a contact from a roster; the roster has this version afterwards.
    RemoveRosterItem(BareJid, BareJid, u64),
    /// Keeps a message for an account.
    PutInbox(BareJid, Place, QueuedStanza),
    /// A client has it now.
    RemoveInbox(BareJid, Place),
    /// Keeps a stanza for another endpoint.
    PutOutbox(Domain, Place, QueuedStanza),
    /// The other endpoint has it now, or it has expired.
    RemoveOutbox(Domain, Place),
    /// Remembers something about another endpoint.
    PutPeer(Domain, PeerRecord),
    /// Remembers a stanza from another endpoint in a slot of its ring.
    PutSeen(Domain, u16, Fingerprint),
    /// Adds a node or replaces its configuration.
    PutNode(BareJid, String, NodeConfig),
    /// Removes a node. Its items are removed by changes of their own.
    RemoveNode(BareJid, String),
    /// Adds or replaces an item of a node.
    PutItem(BareJid, String, String, ItemRecord),
    /// Removes an item of a node.
    RemoveItem(BareJid, String, String),
    /// Replaces an account's vCard.
    PutVcard(BareJid, String),
    /// An account blocks somebody.
    PutBlocked(BareJid, Jid),
    /// It does not any more.
    RemoveBlocked(BareJid, Jid),
    /// Adds a message to an account's archive, which holds so much afterwards.
    PutArchive(BareJid, ArchiveId, ArchiveRecord, ArchiveTally),
    /// Removes messages from an account's archive, which holds so much afterwards.
    RemoveArchive(BareJid, Vec<ArchiveId>, ArchiveTally),
}

impl Snapshot {
    /// Carries out one change.
    pub fn apply(&mut self, change: &Change) {
        match change.clone() {
            Change::PutAccount(account, record) => {
                self.accounts.insert(account, record);
            }
            Change::PutRosterItem(account, item, version) => {
                let roster = self.rosters.entry(account).or_default();
                roster.version = version;
                roster.items.insert(item.jid.clone(), item);
            }
            Change::RemoveRosterItem(account, contact, version) => {
                let roster = self.rosters.entry(account).or_default();
                roster.version = version;
                roster.items.remove(&contact);
            }
            Change::PutInbox(account, place, stanza) => {
                self.inbox.insert((account, place), stanza);
            }
            Change::RemoveInbox(account, place) => {
                self.inbox.remove(&(account, place));
            }
            Change::PutOutbox(domain, place, stanza) => {
                self.outbox.insert((domain, place), stanza);
            }
            Change::RemoveOutbox(domain, place) => {
                self.outbox.remove(&(domain, place));
            }
            Change::PutPeer(domain, record) => {
                self.peers.insert(domain, record);
            }
            Change::PutSeen(domain, slot, fingerprint) => {
                self.seen.insert((domain, slot), fingerprint);
            }
            Change::PutNode(account, node, config) => {
                self.nodes.insert((account, node), config);
            }
            Change::RemoveNode(account, node) => {
                self.nodes.remove(&(account, node));
            }
            Change::PutItem(account, node, id, item) => {
                self.items.insert((account, node, id), item);
            }
            Change::RemoveItem(account, node, id) => {
                self.items.remove(&(account, node, id));
            }
            Change::PutVcard(account, xml) => {
                self.vcards.insert(account, xml);
            }
            Change::PutBlocked(account, jid) => {
                self.blocked.insert((account, jid));
            }
            Change::RemoveBlocked(account, jid) => {
                self.blocked.remove(&(account, jid));
            }
            Change::PutArchive(account, _, _, tally) | Change::RemoveArchive(account, _, tally) => {
                self.archives.insert(account, tally);
            }
        }
    }
}

/// Where the server keeps its records. One contract suite, [`contract::check`], holds every
/// implementation to the same behaviour.
pub trait Store {
    /// What went wrong, for the owner.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads everything but the messages in the archives.
    ///
    /// # Errors
    /// When the records cannot be read or are damaged.
    fn load(&self) -> Result<Snapshot, Self::Error>;

    /// Writes all changes or none, in their order, and returns when they are on disk.
    ///
    /// # Errors
    /// When they could not be written; nothing has changed then.
    fn commit(&self, changes: &[Change]) -> Result<(), Self::Error>;

    /// Reads messages from an account's archive, and no more of it than the query needs. The rules
    /// that all stores share are those of [`crate::archive::PageQuery`].
    ///
    /// # Errors
    /// When the records cannot be read or are damaged.
    fn read_archive(
        &self,
        account: &BareJid,
        query: &ArchiveQuery,
    ) -> Result<ArchiveAnswer, Self::Error>;
}
