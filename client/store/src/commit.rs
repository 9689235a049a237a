//! Putting the records together that a commit writes.

mod clear;
mod merge;
mod messages;

use std::collections::BTreeMap;

use jid::BareJid;
use onym_client_protocol::conversation::Conversation;
use onym_client_protocol::omemo::{DeviceId, Dialect};
use onym_client_protocol::store::{
    Change, ContactRecord, EndingRecord, Place, SessionRecord, TrustWordsRecord,
};
use onym_identity::IdentityKey;
use onym_identity::invite::InviteId;
use onym_records::{Batch, Records, RecordsError, RecordsKey};

use crate::draft::Draft;
use crate::index::IndexEdits;
use crate::kept::{
    Account, Avatar, Choices, Claims, Contact, ContactInvites, Device, Ended, Ending, Identity,
    Intent, Introduction, Invite, Kept, OurEnd, Owner, Pending, Person, Profile, Protection,
    Request, RosterVersion, Session, Summary, THE_ONE, TrustWords,
};
use crate::limits::Limits;
use crate::list::{self, ListId};
use crate::place::Posting;
use crate::state::{Has, Learned, State};

/// Changes on their way to the disk. Nothing of the store changes before they are there.
pub(crate) struct Commit<'a> {
    draft: Draft<'a>,
    records: &'a Records,
    state: &'a State,
    key: &'a RecordsKey,
    limits: Limits,
    learned: Learned,
    /// What comes to sorted lists and goes from them.
    timelines: BTreeMap<u32, BTreeMap<Place, bool>>,
    tail: BTreeMap<Posting, bool>,
    expiry: BTreeMap<Posting, bool>,
    index: IndexEdits,
}

impl<'a> Commit<'a> {
    pub(crate) fn new(
        records: &'a Records,
        key: &'a RecordsKey,
        limits: Limits,
        state: &'a State,
    ) -> Self {
        Self {
            draft: Draft::new(records),
            records,
            state,
            key,
            limits,
            learned: Learned {
                tail_len: state.tail_len,
                next_position: state.next_position,
                ..Learned::default()
            },
            timelines: BTreeMap::new(),
            tail: BTreeMap::new(),
            expiry: BTreeMap::new(),
            index: IndexEdits::default(),
        }
    }

    /// Makes one change. Every kind is named, so that a new one cannot be forgotten here.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), RecordsError> {
        match change {
            Change::PutMessage(message) => self.put_message(message),
            Change::RemoveMessage {
                conversation,
                position,
            } => self.remove_message(conversation, *position),
            Change::ClearMessages { conversation, keep } => self.clear(conversation, keep),
            Change::PutConversation(conversation) => self.put_conversation(conversation),
            Change::RemoveConversation(jid) => self.remove_conversation(jid),
            Change::PutPending(pending) => {
                let key = number_key(pending.number);
                Pending(pending.clone()).write(&mut self.draft, key)
            }
            Change::RemovePending(number) => self.remove::<Pending>(number_key(*number)),
            Change::ReplaceContacts(_)
            | Change::PutContact(_)
            | Change::RemoveContact(_)
            | Change::SetRosterVersion(_)
            | Change::PutRequest(_)
            | Change::RemoveRequest(_)
            | Change::PutIntent(_)
            | Change::RemoveIntent(_)
            | Change::PutIntroduction(_)
            | Change::RemoveIntroduction(_)
            | Change::PutInvite(_)
            | Change::RemoveInvite(_)
            | Change::PutContactInvites(_)
            | Change::RemoveContactInvites(_)
            | Change::PutPerson(_) => self.apply_about_people(change),
            Change::PutAccount(account) => {
                Account((**account).clone()).write(&mut self.draft, THE_ONE.to_vec())
            }
            Change::PutProfile(profile) => {
                let key = self.name_of_jid(&profile.jid);
                Profile(profile.clone()).write(&mut self.draft, key)
            }
            Change::RemoveProfile(jid) => self.remove::<Profile>(self.name_of_jid(jid)),
            Change::PutAvatar(avatar) => {
                let key = name_of_avatar(self.key, &avatar.hash);
                Avatar(avatar.clone()).write(&mut self.draft, key)
            }
            Change::RemoveAvatar(hash) => self.remove::<Avatar>(name_of_avatar(self.key, hash)),
            Change::PutOurDevice(device) => {
                Device((**device).clone()).write(&mut self.draft, THE_ONE.to_vec())
            }
            Change::PutProtection(record) => {
                let key = self.name_of_jid(&record.jid);
                Protection((**record).clone()).write(&mut self.draft, key)
            }
            Change::PutProtectionChoices(choices) => {
                Choices(*choices).write(&mut self.draft, THE_ONE.to_vec())
            }
            Change::PutIdentity(record) => {
                let key = self.name_of_jid(&record.jid);
                Identity((**record).clone()).write(&mut self.draft, key)
            }
            Change::PutOurClaims(claims) => {
                Claims((**claims).clone()).write(&mut self.draft, THE_ONE.to_vec())
            }
            Change::PutOurEnd(end) => {
                OurEnd((**end).clone()).write(&mut self.draft, THE_ONE.to_vec())
            }
            Change::ForgetSessions => self.forget_sessions(),
            Change::RemoveIdentity(jid) => self.remove::<Identity>(self.name_of_jid(jid)),
            Change::PutEnded(followed) => {
                let key = name_of_identity(self.key, followed.identity());
                Ended((**followed).clone()).write(&mut self.draft, key)
            }
            Change::PutEnding(record) => self.put_ending(record),
            Change::PutTrustWords(record) => self.put_trust_words(record),
            Change::PutSession(record) => {
                let SessionRecord {
                    jid,
                    device,
                    session,
                } = &**record;
                let key = name_of_session(self.key, jid, *device, session.dialect());
                Session((**record).clone()).write(&mut self.draft, key)
            }
        }
    }

    fn put_ending(&mut self, record: &EndingRecord) -> Result<(), RecordsError> {
        let key = name_of_identity(self.key, &record.identity);
        Ending(record.clone()).write(&mut self.draft, key)
    }

    /// Makes a change to the contacts, to what was decided about them, and to invites.
    fn apply_about_people(&mut self, change: &Change) -> Result<(), RecordsError> {
        match change {
            Change::ReplaceContacts(contacts) => self.replace_contacts(contacts),
            Change::PutContact(contact) => {
                let key = self.name_of_jid(&contact.jid);
                Contact(contact.clone()).write(&mut self.draft, key)
            }
            Change::RemoveContact(jid) => self.remove::<Contact>(self.name_of_jid(jid)),
            Change::SetRosterVersion(Some(version)) => {
                RosterVersion(version.clone()).write(&mut self.draft, THE_ONE.to_vec())
            }
            Change::SetRosterVersion(None) => self.remove::<RosterVersion>(THE_ONE.to_vec()),
            Change::PutRequest(request) => {
                let key = self.name_of_jid(&request.jid);
                Request(request.clone()).write(&mut self.draft, key)
            }
            Change::RemoveRequest(jid) => self.remove::<Request>(self.name_of_jid(jid)),
            Change::PutIntent(intent) => {
                let key = number_key(intent.number);
                Intent(intent.clone()).write(&mut self.draft, key)
            }
            Change::RemoveIntent(number) => self.remove::<Intent>(number_key(*number)),
            Change::PutIntroduction(record) => {
                let key = self.name_of_jid(&record.jid);
                Introduction(record.clone()).write(&mut self.draft, key)
            }
            Change::RemoveIntroduction(jid) => self.remove::<Introduction>(self.name_of_jid(jid)),
            Change::PutInvite(invite) => {
                let key = self.name_of_invite(&invite.id);
                Invite(invite.clone()).write(&mut self.draft, key)
            }
            Change::RemoveInvite(id) => self.remove::<Invite>(self.name_of_invite(id)),
            Change::PutContactInvites(record) => {
                let key = self.name_of_jid(&record.jid);
                ContactInvites((**record).clone()).write(&mut self.draft, key)
            }
            Change::RemoveContactInvites(jid) => {
                self.remove::<ContactInvites>(self.name_of_jid(jid))
            }
            Change::PutPerson(person) => {
                let key = name_of_identity(self.key, &person.identity);
                Person(person.clone()).write(&mut self.draft, key)
            }
            _ => Ok(()),
        }
    }

    /// Everything as one batch, with what the store learns once it is written.
    pub(crate) fn finish(mut self) -> Result<(Batch, Learned), RecordsError> {
        self.sweep()?;
        self.write_lists()?;
        self.merge_tail()?;
        self.write_index()?;
        Ok((self.draft.into_batch(), self.learned))
    }

    fn remove<K: Kept>(&mut self, key: Vec<u8>) -> Result<(), RecordsError> {
        self.draft.remove(K::TABLE, key);
        Ok(())
    }

    fn forget_sessions(&mut self) -> Result<(), RecordsError> {
        for (key, _) in self.draft.all(Session::TABLE)? {
            self.draft.remove(Session::TABLE, key);
        }
        Ok(())
    }

    fn replace_contacts(&mut self, contacts: &[ContactRecord]) -> Result<(), RecordsError> {
        for (key, _) in self.draft.all(Contact::TABLE)? {
            self.draft.remove(Contact::TABLE, key);
        }
        for contact in contacts {
            let key = self.name_of_jid(&contact.jid);
            Contact(contact.clone()).write(&mut self.draft, key)?;
        }
        Ok(())
    }

    fn put_trust_words(&mut self, record: &TrustWordsRecord) -> Result<(), RecordsError> {
        let key = self.name_of_jid(&record.jid);
        if record.is_empty() {
            return self.remove::<TrustWords>(key);
        }
        TrustWords(record.clone()).write(&mut self.draft, key)
    }

    fn put_conversation(&mut self, conversation: &Conversation) -> Result<(), RecordsError> {
        if !conversation.is_empty() {
            let number = self.number_for(conversation.jid())?;
            let key = conversation_key(number);
            return Summary(conversation.clone()).write(&mut self.draft, key);
        }
        match self.number_of(conversation.jid()) {
            Some(number) => self.remove::<Summary>(conversation_key(number)),
            None => Ok(()),
        }
    }

    /// The number of a conversation, as it is after the changes so far.
    fn number_of(&self, jid: &BareJid) -> Option<u32> {
        let learned = self.learned.owners.iter();
        let new = learned
            .rev()
            .find(|(_, (other, has))| other == jid && *has == Has::Owned);
        if let Some((number, _)) = new {
            return Some(*number);
        }
        let old = self.state.number_of(jid)?;
        (!self.learned.owners.contains_key(&old)).then_some(old)
    }

    /// The number of a conversation, which gets one if it has none.
    fn number_for(&mut self, jid: &BareJid) -> Result<u32, RecordsError> {
        if let Some(number) = self.number_of(jid) {
            return Ok(number);
        }
        let last = self.learned.owners.last_key_value();
        let beyond = last.map_or(0, |(number, _)| number.saturating_add(1));
        let number = self.state.unused_number().max(beyond);
        self.set_owner(number, jid, Has::Owned)?;
        Ok(number)
    }

    fn set_owner(&mut self, number: u32, jid: &BareJid, has: Has) -> Result<(), RecordsError> {
        let key = conversation_key(number);
        let (jid, is_leaving) = (jid.clone(), has == Has::Left);
        self.learned.owners.insert(number, (jid.clone(), has));
        if has == Has::Gone {
            return self.remove::<Owner>(key);
        }
        Owner { jid, is_leaving }.write(&mut self.draft, key)
    }

    /// Writes what came to the sorted lists and went from them so far.
    fn write_lists(&mut self) -> Result<(), RecordsError> {
        for (number, edits) in std::mem::take(&mut self.timelines) {
            list::edit(&mut self.draft, ListId::Timeline(number), &edits.into())?;
        }
        for (id, edits) in [
            (ListId::Tail, std::mem::take(&mut self.tail)),
            (ListId::Expiry, std::mem::take(&mut self.expiry)),
        ] {
            if !edits.is_empty() {
                list::edit(&mut self.draft, id, &edits.into())?;
            }
        }
        Ok(())
    }

    fn name_of_invite(&self, id: &InviteId) -> Vec<u8> {
        let text = id.to_string();
        self.key.name_of("invite", text.as_bytes()).to_vec()
    }

    fn name_of_jid(&self, jid: &BareJid) -> Vec<u8> {
        self.key.name_of("jid", jid.as_str().as_bytes()).to_vec()
    }
}

/// The key under which a picture is kept.
pub(crate) fn name_of_avatar(key: &RecordsKey, hash: &str) -> Vec<u8> {
    key.name_of("avatar", hash.as_bytes()).to_vec()
}

/// The key under which the end of an identity is kept, and a person.
fn name_of_identity(key: &RecordsKey, identity: &IdentityKey) -> Vec<u8> {
    key.name_of("identity", identity.as_bytes()).to_vec()
}

/// The key under which our sessions with a device are kept. It says nothing about whose it is.
pub(crate) fn name_of_session(
    key: &RecordsKey,
    jid: &BareJid,
    device: DeviceId,
    dialect: Dialect,
) -> Vec<u8> {
    let mut name = device.get().to_be_bytes().to_vec();
    name.push(u8::from(dialect == Dialect::Omemo2));
    name.extend(jid.as_str().as_bytes());
    key.name_of("session", &name).to_vec()
}

/// The key of a record about a conversation.
pub(crate) fn conversation_key(number: u32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn number_key(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

impl std::fmt::Debug for Commit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Commit").field(&self.draft).finish()
    }
}
