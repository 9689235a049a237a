//! A store that forgets when it is dropped: for tests, and for a session that leaves no trace.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jid::BareJid;

use super::{
    Change, ContactRecord, Direction, IntentRecord, MessageRecord, Position, RequestRecord,
    Snapshot, Store,
};

/// A store in memory. A clone is another handle to the same records.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<Records>>,
}

#[derive(Debug, Default)]
struct Records {
    messages: BTreeMap<Position, MessageRecord>,
    displayed: BTreeMap<BareJid, Position>,
    drafts: BTreeMap<BareJid, String>,
    contacts: BTreeMap<BareJid, ContactRecord>,
    roster_version: Option<String>,
    requests: BTreeMap<BareJid, RequestRecord>,
    intents: BTreeMap<u64, IntentRecord>,
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
        let records = self.records();
        let mut snapshot = Snapshot::default();
        let contacts = records.contacts.values().cloned().collect();
        snapshot.apply(&Change::ReplaceContacts(contacts));
        snapshot.apply(&Change::SetRosterVersion(records.roster_version.clone()));
        for request in records.requests.values() {
            snapshot.apply(&Change::PutRequest(request.clone()));
        }
        for intent in records.intents.values() {
            snapshot.apply(&Change::PutIntent(intent.clone()));
        }
        for (jid, up_to) in &records.displayed {
            snapshot.apply(&Change::SetDisplayed {
                conversation: jid.clone(),
                up_to: *up_to,
            });
        }
        for (jid, text) in &records.drafts {
            let (conversation, text) = (jid.clone(), text.clone());
            snapshot.apply(&Change::SetDraft { conversation, text });
        }
        for message in records.messages.values() {
            snapshot.apply(&Change::PutMessage(message.clone()));
        }
        Ok(snapshot)
    }

    fn commit(&self, changes: &[Change]) -> Result<(), Infallible> {
        let mut records = self.records();
        for change in changes {
            records.apply(change);
        }
        Ok(())
    }

    fn messages(
        &self,
        conversation: &BareJid,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Infallible> {
        let records = self.records();
        let mut page: Vec<_> = records
            .messages
            .values()
            .rev()
            .filter(|message| message.conversation == *conversation)
            .filter(|message| before.is_none_or(|before| message.position < before))
            .take(limit)
            .cloned()
            .collect();
        page.reverse();
        Ok(page)
    }

    fn undisplayed(&self) -> Result<BTreeMap<BareJid, u64>, Infallible> {
        let records = self.records();
        let mut counts: BTreeMap<BareJid, u64> = BTreeMap::new();
        for message in records
            .messages
            .values()
            .filter(|message| message.is_incoming())
        {
            let displayed = records.displayed.get(&message.conversation);
            if displayed.is_none_or(|up_to| message.position > *up_to) {
                let count = counts.entry(message.conversation.clone()).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(counts)
    }
}

impl Records {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::PutMessage(message) => {
                self.messages.insert(message.position, message.clone());
            }
            Change::SetDelivery {
                position, delivery, ..
            } => {
                if let Some(message) = self.messages.get_mut(position)
                    && !message.is_incoming()
                {
                    message.direction = Direction::Outgoing {
                        delivery: delivery.clone(),
                    };
                }
            }
            Change::RemoveMessage { position, .. } => {
                self.messages.remove(position);
            }
            Change::SetDisplayed {
                conversation,
                up_to,
            } => {
                let displayed = self.displayed.entry(conversation.clone()).or_insert(*up_to);
                *displayed = (*displayed).max(*up_to);
            }
            Change::SetDraft { conversation, text } if text.is_empty() => {
                self.drafts.remove(conversation);
            }
            Change::SetDraft { conversation, text } => {
                self.drafts.insert(conversation.clone(), text.clone());
            }
            Change::ReplaceContacts(contacts) => {
                self.contacts = contacts
                    .iter()
                    .map(|contact| (contact.jid.clone(), contact.clone()))
                    .collect();
            }
            Change::PutContact(contact) => {
                self.contacts.insert(contact.jid.clone(), contact.clone());
            }
            Change::RemoveContact(jid) => {
                self.contacts.remove(jid);
            }
            Change::SetRosterVersion(version) => self.roster_version.clone_from(version),
            Change::PutRequest(request) => {
                self.requests.insert(request.jid.clone(), request.clone());
            }
            Change::RemoveRequest(jid) => {
                self.requests.remove(jid);
            }
            Change::PutIntent(intent) => {
                self.intents.insert(intent.number, intent.clone());
            }
            Change::RemoveIntent(number) => {
                self.intents.remove(number);
            }
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
