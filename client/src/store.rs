//! The client's records on disk: sled, one tree for each kind of record.

use std::collections::BTreeMap;
use std::path::Path;

use jid::BareJid;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::store::{
    Change, ContactRecord, Direction, IntentRecord, MessageRecord, Position, RequestRecord,
    Snapshot, Store,
};
use onym_server::StoreError;
use onym_server::records::{self, Key, pair_key};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::transaction::{
    ConflictableTransactionError, TransactionError, Transactional, TransactionalTree,
};
use sled::{Db, Tree};

/// The records of one account's client, durable when [`commit`](Store::commit) returns. A clone
/// is another handle to the same records.
#[derive(Clone, Debug)]
pub(crate) struct SledStore {
    db: Db,
    /// Messages by conversation and position.
    messages: Tree,
    /// Which conversation a position belongs to, for reading all messages in their order.
    order: Tree,
    displayed: Tree,
    drafts: Tree,
    contacts: Tree,
    requests: Tree,
    intents: Tree,
    /// Single values; so far the roster's version.
    values: Tree,
}

const ROSTER_VERSION: &str = "roster-version";

impl SledStore {
    /// Opens the records in a folder, or makes it.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let db = records::open(folder)?;
        Ok(Self {
            messages: db.open_tree("messages")?,
            order: db.open_tree("order")?,
            displayed: db.open_tree("displayed")?,
            drafts: db.open_tree("drafts")?,
            contacts: db.open_tree("contacts")?,
            requests: db.open_tree("requests")?,
            intents: db.open_tree("intents")?,
            values: db.open_tree("values")?,
            db,
        })
    }

    fn displayed_up_to(&self, conversation: &BareJid) -> Result<Option<Position>, StoreError> {
        let value = self.displayed.get(conversation.as_str())?;
        value
            .map(|value| records::decode("displayed", &value))
            .transpose()
    }

    /// The contacts that a roster may replace: those on disk, and those of the same commit. A
    /// transaction cannot list a tree itself.
    fn replaceable(&self, changes: &[Change]) -> Result<Vec<sled::IVec>, StoreError> {
        if !changes
            .iter()
            .any(|change| matches!(change, Change::ReplaceContacts(_)))
        {
            return Ok(Vec::new());
        }
        let mut keys: Vec<sled::IVec> = self.contacts.iter().keys().collect::<Result<_, _>>()?;
        for change in changes {
            match change {
                Change::PutContact(contact) => keys.push(contact.jid.as_str().into()),
                Change::ReplaceContacts(all) => {
                    keys.extend(all.iter().map(|c| c.jid.as_str().into()))
                }
                _ => {}
            }
        }
        Ok(keys)
    }
}

/// Reads a whole tree.
fn read_all<V: DeserializeOwned>(
    tree: &Tree,
    name: &'static str,
    mut put: impl FnMut(Key<'_>, V) -> Option<()>,
) -> Result<(), StoreError> {
    for entry in tree {
        let (key, value) = entry?;
        let value = records::decode(name, &value)?;
        put(Key(&key), value).ok_or(StoreError::Damaged { tree: name })?;
    }
    Ok(())
}

impl Store for SledStore {
    type Error = StoreError;

    fn load(&self) -> Result<Snapshot, StoreError> {
        let mut all = Snapshot::default();
        let mut contacts: Vec<ContactRecord> = Vec::new();
        read_all(&self.contacts, "contacts", |_, contact| {
            contacts.push(contact);
            Some(())
        })?;
        all.apply(&Change::ReplaceContacts(contacts));
        if let Some(value) = self.values.get(ROSTER_VERSION)? {
            all.apply(&Change::SetRosterVersion(records::decode(
                "values", &value,
            )?));
        }
        read_all(&self.requests, "requests", |_, request: RequestRecord| {
            all.apply(&Change::PutRequest(request));
            Some(())
        })?;
        read_all(&self.intents, "intents", |_, intent: IntentRecord| {
            all.apply(&Change::PutIntent(intent));
            Some(())
        })?;
        read_all(&self.displayed, "displayed", |mut key, up_to: Position| {
            all.apply(&Change::SetDisplayed {
                conversation: key.jid()?,
                up_to,
            });
            Some(())
        })?;
        read_all(&self.drafts, "drafts", |mut key, text: String| {
            all.apply(&Change::SetDraft {
                conversation: key.jid()?,
                text,
            });
            Some(())
        })?;
        for entry in &self.order {
            let (position, conversation) = entry?;
            let key = [&conversation, b"\0".as_slice(), &position].concat();
            if let Some(value) = self.messages.get(key)? {
                all.apply(&Change::PutMessage(records::decode("messages", &value)?));
            }
        }
        Ok(all)
    }

    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let replaceable = self.replaceable(changes)?;
        let trees = (
            &self.messages,
            &self.order,
            &self.displayed,
            &self.drafts,
            &self.contacts,
            &self.requests,
            &self.intents,
            &self.values,
        );
        let written = trees.transaction(
            |(messages, order, displayed, drafts, contacts, requests, intents, values)| {
                let trees = Trees {
                    messages,
                    order,
                    displayed,
                    drafts,
                    contacts,
                    requests,
                    intents,
                    values,
                };
                changes
                    .iter()
                    .try_for_each(|change| trees.write(change, &replaceable))
            },
        );
        written.map_err(|error| match error {
            TransactionError::Abort(error) => error,
            TransactionError::Storage(error) => error.into(),
        })?;
        self.db.flush()?;
        Ok(())
    }

    fn messages(
        &self,
        conversation: &BareJid,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let low = pair_key(conversation.as_str(), &[]);
        let high = message_key(conversation, before.unwrap_or(Position(u64::MAX)));
        let mut page = Vec::new();
        for entry in self.messages.range(low..high).rev().take(limit) {
            page.push(records::decode("messages", &entry?.1)?);
        }
        page.reverse();
        Ok(page)
    }

    fn undisplayed(&self) -> Result<BTreeMap<BareJid, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        let mut up_to: Option<(BareJid, Option<Position>)> = None;
        for entry in &self.messages {
            let message: MessageRecord = records::decode("messages", &entry?.1)?;
            if !message.is_incoming() {
                continue;
            }
            if up_to
                .as_ref()
                .is_none_or(|(jid, _)| *jid != message.conversation)
            {
                let displayed = self.displayed_up_to(&message.conversation)?;
                up_to = Some((message.conversation.clone(), displayed));
            }
            let displayed = up_to.as_ref().and_then(|(_, position)| *position);
            if displayed.is_none_or(|position| message.position > position) {
                let count: &mut u64 = counts.entry(message.conversation).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(counts)
    }
}

/// The trees inside one transaction.
struct Trees<'a> {
    messages: &'a TransactionalTree,
    order: &'a TransactionalTree,
    displayed: &'a TransactionalTree,
    drafts: &'a TransactionalTree,
    contacts: &'a TransactionalTree,
    requests: &'a TransactionalTree,
    intents: &'a TransactionalTree,
    values: &'a TransactionalTree,
}

type Written = Result<(), ConflictableTransactionError<StoreError>>;

impl Trees<'_> {
    fn write(&self, change: &Change, replaceable: &[sled::IVec]) -> Written {
        match change {
            Change::PutMessage(message) => {
                let position = message.position.0.to_be_bytes();
                self.order
                    .insert(&position, message.conversation.as_str())?;
                put(
                    self.messages,
                    message_key(&message.conversation, message.position),
                    message,
                )
            }
            Change::SetDelivery {
                conversation,
                position,
                delivery,
            } => self.set_delivery(conversation, *position, delivery),
            Change::RemoveMessage {
                conversation,
                position,
            } => {
                self.order.remove(&position.0.to_be_bytes())?;
                self.messages.remove(message_key(conversation, *position))?;
                Ok(())
            }
            Change::SetDisplayed {
                conversation,
                up_to,
            } => self.set_displayed(conversation, *up_to),
            Change::SetDraft { conversation, text } if text.is_empty() => {
                self.drafts.remove(conversation.as_str())?;
                Ok(())
            }
            Change::SetDraft { conversation, text } => {
                put(self.drafts, conversation.as_str(), text)
            }
            Change::ReplaceContacts(contacts) => {
                for key in replaceable {
                    self.contacts.remove(key)?;
                }
                contacts
                    .iter()
                    .try_for_each(|c| put(self.contacts, c.jid.as_str(), c))
            }
            Change::PutContact(contact) => put(self.contacts, contact.jid.as_str(), contact),
            Change::RemoveContact(jid) => {
                self.contacts.remove(jid.as_str())?;
                Ok(())
            }
            Change::SetRosterVersion(version) => put(self.values, ROSTER_VERSION, version),
            Change::PutRequest(request) => put(self.requests, request.jid.as_str(), request),
            Change::RemoveRequest(jid) => {
                self.requests.remove(jid.as_str())?;
                Ok(())
            }
            Change::PutIntent(intent) => {
                put(self.intents, intent.number.to_be_bytes().as_slice(), intent)
            }
            Change::RemoveIntent(number) => {
                self.intents.remove(&number.to_be_bytes())?;
                Ok(())
            }
        }
    }

    fn set_delivery(
        &self,
        conversation: &BareJid,
        position: Position,
        delivery: &Delivery,
    ) -> Written {
        let key = message_key(conversation, position);
        let Some(value) = self.messages.get(&key)? else {
            return Ok(());
        };
        let mut message: MessageRecord =
            records::decode("messages", &value).map_err(ConflictableTransactionError::Abort)?;
        if let Direction::Outgoing { delivery: old } = &mut message.direction {
            old.clone_from(delivery);
            return put(self.messages, key, &message);
        }
        Ok(())
    }

    fn set_displayed(&self, conversation: &BareJid, up_to: Position) -> Written {
        let old = self.displayed.get(conversation.as_str())?;
        let old: Option<Position> = old
            .map(|value| records::decode("displayed", &value))
            .transpose()
            .map_err(ConflictableTransactionError::Abort)?;
        if old.is_none_or(|old| up_to > old) {
            put(self.displayed, conversation.as_str(), &up_to)?;
        }
        Ok(())
    }
}

fn put<V: Serialize>(
    tree: &TransactionalTree,
    key: impl AsRef<[u8]> + Into<sled::IVec>,
    value: &V,
) -> Written {
    let bytes = records::encode("memory", value).map_err(ConflictableTransactionError::Abort)?;
    tree.insert(key, bytes)?;
    Ok(())
}

fn message_key(conversation: &BareJid, position: Position) -> Vec<u8> {
    pair_key(conversation.as_str(), &position.0.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct InFolder(tempfile::TempDir, SledStore);

    impl Store for InFolder {
        type Error = StoreError;
        fn load(&self) -> Result<Snapshot, StoreError> {
            self.1.load()
        }
        fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
            self.1.commit(changes)
        }
        fn messages(
            &self,
            conversation: &BareJid,
            before: Option<Position>,
            limit: usize,
        ) -> Result<Vec<MessageRecord>, StoreError> {
            self.1.messages(conversation, before, limit)
        }
        fn undisplayed(&self) -> Result<BTreeMap<BareJid, u64>, StoreError> {
            self.1.undisplayed()
        }
    }

    #[test]
    fn keeps_the_contract() {
        let fresh = || {
            let folder = tempfile::tempdir().unwrap();
            let store = SledStore::open(folder.path()).unwrap();
            InFolder(folder, store)
        };
        let reopen = |InFolder(folder, store)| {
            drop(store);
            let store = SledStore::open(folder.path()).unwrap();
            InFolder(folder, store)
        };
        onym_client_protocol::store::contract::check(fresh, reopen).unwrap();
    }
}
