//! One account: who may log in, its roster, its inbox and its clients.

use std::collections::{BTreeMap, BTreeSet};

use jid::{BareJid, Jid};
use onym_stream::scram::{Credentials, Hash};
use rand_core::CryptoRng;

use crate::archive::ArchiveTally;
use crate::avatar::Avatar;
use crate::blocking::BlockList;
use crate::caps::Listener;
use crate::inbox::Inbox;
use crate::input::ConnectionId;
use crate::limits;
use crate::pep::Nodes;
use crate::roster::{Roster, RosterItem};
use crate::store::AccountRecord;

/// An account as the server knows it.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) record: AccountRecord,
    pub(crate) roster: Roster,
    pub(crate) inbox: Inbox,
    /// How much its archive holds.
    pub(crate) archive: ArchiveTally,
    /// What it publishes.
    pub(crate) nodes: Nodes,
    /// The avatar that its nodes hold.
    pub(crate) avatar: Option<Avatar>,
    /// Its vCard as XML.
    pub(crate) vcard: Option<String>,
    /// Whom it blocks.
    pub(crate) blocked: BlockList,
    /// Clients that may want to hear of its nodes: its own, and those of contacts in `present`.
    pub(crate) listeners: BTreeMap<Jid, Listener>,
    /// Bound clients, by resource.
    pub(crate) resources: BTreeMap<String, ConnectionId>,
    /// Resources of contacts that have said they are available, and whose link still stands.
    pub(crate) present: BTreeSet<Jid>,
}

impl Account {
    pub(crate) fn item(&self, contact: &BareJid) -> Option<&RosterItem> {
        self.roster.items.get(contact)
    }

    /// Notes that a contact's resource is present. Whether there was room.
    pub(crate) fn note_present(&mut self, contact: &Jid) -> bool {
        let bare = contact.to_bare();
        let present = self.present.iter().filter(|jid| jid.to_bare() == bare);
        let room = present.count() < limits::MAX_PRESENT_RESOURCES_PER_CONTACT;
        if room {
            self.present.insert(contact.clone());
        }
        room || self.present.contains(contact)
    }

    /// Whether the contact receives our presence.
    pub(crate) fn shares_presence_with(&self, contact: &BareJid) -> bool {
        self.item(contact)
            .is_some_and(|item| item.subscription.from)
    }

    /// Whether the owner does not have them in the roster.
    pub(crate) fn is_stranger(&self, jid: &Jid) -> bool {
        !self.item(&jid.to_bare()).is_some_and(|item| item.listed)
    }
}

impl AccountRecord {
    /// The keys for one hash function.
    #[must_use]
    pub fn credentials(&self, hash: Hash) -> Option<&Credentials> {
        match hash {
            Hash::Sha1 => self.sha1.as_ref(),
            Hash::Sha256 => self.sha256.as_ref(),
        }
    }

    /// The devices that may log in.
    pub fn devices(&self) -> impl Iterator<Item = &str> {
        self.sha256
            .iter()
            .flat_map(|c| c.keys.iter())
            .map(|keys| keys.device.as_str())
    }

    /// The record with one device more. Only keys derived from its password are kept.
    #[must_use]
    pub fn with_device(&self, name: &str, password: &str, rng: &mut dyn CryptoRng) -> Self {
        let mut record = self.without_device(name);
        for (hash, slot) in [
            (Hash::Sha256, &mut record.sha256),
            (Hash::Sha1, &mut record.sha1),
        ] {
            let credentials =
                slot.get_or_insert_with(|| Credentials::generate(hash, &mut &mut *rng));
            // A password that SASLprep forbids never comes here: devices get theirs from us.
            let _unprepared = credentials.set_device(name, password);
        }
        record
    }

    /// The record with one device less.
    #[must_use]
    pub fn without_device(&self, name: &str) -> Self {
        let mut record = self.clone();
        for credentials in [&mut record.sha256, &mut record.sha1].into_iter().flatten() {
            credentials.remove_device(name);
        }
        record
    }
}
