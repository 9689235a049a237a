//! What the engine remembers between two runs of the program.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use onym_identity::invite::InviteId;
use onym_identity::statement::Followed;
use onym_identity::{IdentityKey, Timestamp};

use super::{
    AccountRecord, Change, ContactInvitesRecord, ContactRecord, EndingRecord, IdentityRecord,
    IntentRecord, IntroductionRecord, InviteRecord, MessageId, MessageRecord, OurClaims,
    OurEndRecord, PendingRecord, PersonRecord, Position, ProfileRecord, ProtectionChoices,
    ProtectionRecord, RequestRecord, TrustWordsRecord,
};
use crate::conversation::Conversation;
use crate::delivery::Delivery;
use crate::omemo::OurDevice;

/// Everything that the engine remembers, without the messages themselves.
///
/// The engine changes its own copy and the store by the same [`Change`]s, so that a reloaded
/// engine knows what the old one knew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The contacts.
    pub contacts: BTreeMap<BareJid, ContactRecord>,
    /// The version of the roster that the contacts come from.
    pub roster_version: Option<String>,
    /// Requests from others that the user has not answered.
    pub requests: BTreeMap<BareJid, RequestRecord>,
    /// Decisions about contacts that our server has not confirmed, by their number.
    pub intents: BTreeMap<u64, IntentRecord>,
    /// Outgoing messages that our server does not have, or that came back.
    pub unsettled: Unsettled,
    /// What we say about messages and our server does not have yet, by its number.
    pub pending: BTreeMap<u64, PendingRecord>,
    /// What is kept of each conversation besides its messages.
    pub conversations: BTreeMap<BareJid, Conversation>,
    /// Messages that disappear.
    pub expiring: Expiring,
    /// What is kept of the account as a whole.
    pub account: AccountRecord,
    /// What others say about themselves.
    pub profiles: BTreeMap<BareJid, ProfileRecord>,
    /// Our own device, once it has keys.
    pub our_device: Option<Box<OurDevice>>,
    /// What protects our conversations.
    pub protection: BTreeMap<BareJid, ProtectionRecord>,
    /// What is remembered of the identities behind addresses; for our own address, of ours.
    pub identities: BTreeMap<BareJid, IdentityRecord>,
    /// People with several addresses.
    pub people: BTreeMap<IdentityKey, PersonRecord>,
    /// Identities that have ended or have a successor, whether any address is theirs or not; and what
    /// was seen of those whose last address was forgotten.
    pub ended: BTreeMap<IdentityKey, Followed>,
    /// What ended some of them, as they signed it.
    pub endings: BTreeMap<IdentityKey, EndingRecord>,
    /// What the user wants our statement to say.
    pub our_claims: OurClaims,
    /// What ends our own identity.
    pub our_end: OurEndRecord,
    /// Who is expected behind addresses at which nothing was published yet.
    pub introductions: BTreeMap<BareJid, IntroductionRecord>,
    /// What devices say about each other.
    pub trust_words: BTreeMap<BareJid, TrustWordsRecord>,
    /// Invites of ours.
    pub invites: BTreeMap<InviteId, InviteRecord>,
    /// How others came to us by invites.
    pub contact_invites: BTreeMap<BareJid, ContactInvitesRecord>,
    /// What the user chose for all of them.
    pub protection_choices: ProtectionChoices,
    /// The position of the next message.
    pub next_position: Position,
}

impl Snapshot {
    /// Makes one change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::PutMessage(message) => {
                self.next_position = self.next_position.max(message.position.next());
                self.unsettled.put(message);
                self.expiring.put(message);
            }
            Change::RemoveMessage { position, .. } => {
                self.unsettled.remove(*position);
                self.expiring.remove(*position);
            }
            Change::ClearMessages { conversation, keep } => self.clear(conversation, keep),
            Change::PutConversation(conversation) => self.put_conversation(conversation),
            Change::RemoveConversation(jid) => {
                self.clear(jid, &[]);
                self.conversations.remove(jid);
                self.pending
                    .retain(|_, pending| pending.conversation != *jid);
            }
            Change::PutPending(pending) => {
                self.pending.insert(pending.number, pending.clone());
            }
            Change::RemovePending(number) => {
                self.pending.remove(number);
            }
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
            Change::PutAccount(account) => self.account.clone_from(account),
            Change::PutProfile(profile) => {
                self.profiles.insert(profile.jid.clone(), profile.clone());
            }
            Change::RemoveProfile(jid) => {
                self.profiles.remove(jid);
            }
            Change::PutOurDevice(device) => self.our_device = Some(device.clone()),
            Change::PutProtection(record) => self.put_protection((**record).clone()),
            Change::PutIdentity(record) => self.put_identity(record),
            Change::PutOurClaims(claims) => self.our_claims.clone_from(claims),
            Change::PutOurEnd(end) => self.our_end.clone_from(end),
            Change::RemoveIdentity(jid) => {
                self.identities.remove(jid);
                self.speak_at(jid);
            }
            Change::PutEnded(followed) => {
                let identity = *followed.identity();
                self.ended.insert(identity, (**followed).clone());
            }
            Change::PutEnding(record) => {
                self.endings.insert(record.identity, (**record).clone());
            }
            Change::PutTrustWords(record) => self.put_trust_words(record),
            Change::PutProtectionChoices(choices) => self.protection_choices = *choices,
            // Pictures are read from the store when they are drawn, sessions when they are used.
            Change::PutAvatar(_)
            | Change::RemoveAvatar(_)
            | Change::PutSession(_)
            | Change::ForgetSessions => {}
        }
    }

    /// Makes a change to the contacts, and to what was decided about them.
    fn apply_about_people(&mut self, change: &Change) {
        match change {
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
            Change::PutIntroduction(record) => {
                self.introductions
                    .insert(record.jid.clone(), record.clone());
                self.speak_at(&record.jid);
            }
            Change::RemoveIntroduction(jid) => {
                self.introductions.remove(jid);
                self.speak_at(jid);
            }
            Change::PutInvite(invite) => {
                self.invites.insert(invite.id, invite.clone());
            }
            Change::RemoveInvite(id) => {
                self.invites.remove(id);
            }
            Change::PutContactInvites(record) => {
                let record = (**record).clone();
                self.contact_invites.insert(record.jid.clone(), record);
            }
            Change::RemoveContactInvites(jid) => {
                self.contact_invites.remove(jid);
            }
            Change::PutPerson(person) => {
                self.people.insert(person.identity, person.clone());
            }
            _ => {}
        }
    }

    /// The number of the next intent. Numbers may be used again once all intents are confirmed.
    pub fn next_intent_number(&self) -> u64 {
        next_number(&self.intents)
    }

    /// The number of the next pending record. Numbers may be used again once all are sent.
    pub fn next_pending_number(&self) -> u64 {
        next_number(&self.pending)
    }

    fn clear(&mut self, conversation: &BareJid, keep: &[Position]) {
        for position in self.unsettled.positions_of(conversation) {
            if !keep.contains(&position) {
                self.unsettled.remove(position);
            }
        }
        self.expiring.clear(conversation, keep);
    }

    fn put_protection(&mut self, mut record: ProtectionRecord) {
        self.speak_in(&mut record);
        match self.trust_words.get(&record.jid) {
            Some(words) => words.speak(&mut record),
            None => record.forget_words(),
        }
        self.protection.insert(record.jid.clone(), record);
    }

    fn put_identity(&mut self, record: &IdentityRecord) {
        self.identities.insert(record.jid.clone(), record.clone());
        self.speak_at(&record.jid);
    }

    /// What is known of the identity at an address has changed.
    fn speak_at(&mut self, jid: &BareJid) {
        if let Some(mut protection) = self.protection.remove(jid) {
            self.speak_in(&mut protection);
            self.protection.insert(jid.clone(), protection);
        }
    }

    /// Writes into the protection of an account what is known of its identity.
    fn speak_in(&self, protection: &mut ProtectionRecord) {
        match self.identities.get(&protection.jid) {
            Some(identity) => identity.speak(protection),
            None => {
                protection.forget_identity();
                let expected = self.introductions.get(&protection.jid);
                let is_chosen = expected.is_some_and(|it| it.known_by.is_by_person());
                protection.is_identity_chosen = is_chosen;
            }
        }
    }

    /// What has expired signs nothing, as long as the clock says so. Of which addresses something has
    /// changed.
    pub(crate) fn note_time(&mut self, now: Timestamp) -> Vec<BareJid> {
        let mut changed = Vec::new();
        for record in self.identities.values_mut() {
            let is_expired = record.expires <= now && !record.signed.is_empty();
            if is_expired != record.is_expired {
                record.is_expired = is_expired;
                changed.push(record.jid.clone());
                if let Some(protection) = self.protection.get_mut(&record.jid) {
                    record.speak(protection);
                }
            }
        }
        changed
    }

    fn put_trust_words(&mut self, record: &TrustWordsRecord) {
        if let Some(protection) = self.protection.get_mut(&record.jid) {
            record.speak(protection);
        }
        let jid = record.jid.clone();
        if record.is_empty() {
            self.trust_words.remove(&jid);
        } else {
            self.trust_words.insert(jid, record.clone());
        }
    }

    fn put_conversation(&mut self, conversation: &Conversation) {
        let jid = conversation.jid().clone();
        if conversation.is_empty() {
            self.conversations.remove(&jid);
        } else {
            self.conversations.insert(jid, conversation.clone());
        }
    }
}

fn next_number<T>(numbered: &BTreeMap<u64, T>) -> u64 {
    numbered
        .last_key_value()
        .map_or(0, |(number, _)| number.saturating_add(1))
}

/// Outgoing messages that our server does not have, or that came back, in the order of their
/// positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unsettled {
    messages: BTreeMap<Position, MessageRecord>,
    by_id: BTreeMap<MessageId, Position>,
}

impl Unsettled {
    /// The message with this id.
    pub fn get(&self, id: &MessageId) -> Option<&MessageRecord> {
        self.messages.get(self.by_id.get(id)?)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &MessageRecord> {
        self.messages.values()
    }

    /// The ones that our server still has to be given, oldest first.
    pub fn unsent(&self) -> impl Iterator<Item = &MessageRecord> {
        self.iter()
            .filter(|message| message.delivery().is_some_and(Delivery::is_unsent))
    }

    fn positions_of(&self, conversation: &BareJid) -> Vec<Position> {
        self.iter()
            .filter(|message| message.conversation == *conversation)
            .map(|message| message.position)
            .collect()
    }

    fn put(&mut self, message: &MessageRecord) {
        self.remove(message.position);
        if message.delivery().is_some_and(Delivery::is_unsettled) {
            self.by_id.insert(message.id.clone(), message.position);
            self.messages.insert(message.position, message.clone());
        }
    }

    fn remove(&mut self, position: Position) {
        if let Some(message) = self.messages.remove(&position) {
            self.by_id.remove(&message.id);
        }
    }
}

/// The messages that disappear, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expiring {
    by_time: BTreeSet<(Timestamp, Position)>,
    by_position: BTreeMap<Position, (Timestamp, BareJid)>,
}

impl Expiring {
    /// When the next one disappears.
    pub fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(time, _)| *time)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_position.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }

    /// The ones that are due, soonest first, at most `limit`.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(BareJid, Position)> {
        self.by_time
            .iter()
            .take_while(|(time, _)| *time <= now)
            .filter_map(|(_, position)| {
                let (_, conversation) = self.by_position.get(position)?;
                Some((conversation.clone(), *position))
            })
            .take(limit)
            .collect()
    }

    /// A message of this conversation disappears then. A store that has kept no more than that
    /// about it says so here while it loads.
    pub fn insert(&mut self, conversation: &BareJid, position: Position, time: Timestamp) {
        self.remove(position);
        self.by_time.insert((time, position));
        self.by_position
            .insert(position, (time, conversation.clone()));
    }

    fn put(&mut self, message: &MessageRecord) {
        match message.expires {
            Some(time) => self.insert(&message.conversation, message.position, time),
            None => self.remove(message.position),
        }
    }

    fn remove(&mut self, position: Position) {
        if let Some((time, _)) = self.by_position.remove(&position) {
            self.by_time.remove(&(time, position));
        }
    }

    fn clear(&mut self, conversation: &BareJid, keep: &[Position]) {
        let gone: Vec<Position> = self
            .by_position
            .iter()
            .filter(|(position, (_, jid))| jid == conversation && !keep.contains(position))
            .map(|(position, _)| *position)
            .collect();
        for position in gone {
            self.remove(position);
        }
    }
}
