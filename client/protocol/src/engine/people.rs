//! People with several addresses: one conversation for each of them, under its home.
//!
//! What is stored or shown of a person stands under the home; what protects it, what answers it and
//! who may say it stays with the address that it came from.
//!
//! ```text
//!   moving    messages of the other addresses, into the conversation at the home
//!   ways      the addresses that a message may go to, and which one is taken
//! ```

mod moving;
mod own;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use onym_identity::statement::Endpoint;
use onym_identity::{IdentityKey, Timestamp};

use super::core::{Context, Core};
use crate::command::{Command, CommandError};
use crate::event::Event;
use crate::store::{Change, ContactRecord, IdentityEvent, PersonRecord};

pub use ways::Ways;

/// What is remembered of people with several addresses while the program runs.
pub(super) struct People {
    /// Whether what is known of identities may have changed.
    may_have_moved: bool,
    /// Addresses whose own conversation may have messages that belong into the home's.
    to_move: BTreeSet<BareJid>,
    /// How the statements rank the addresses of people who have several.
    priorities: BTreeMap<BareJid, u8>,
    /// Addresses from which a message came back last, since nobody could be reached.
    returned: BTreeMap<BareJid, Timestamp>,
    /// Domains of endpoints that our server does not reach, and since when.
    away: BTreeMap<String, Timestamp>,
    /// Whose devices were looked for, so that messages can go there if they have to.
    known_ahead: BTreeSet<BareJid>,
}

impl Default for People {
    fn default() -> Self {
        Self {
            may_have_moved: true,
            to_move: BTreeSet::new(),
            priorities: BTreeMap::new(),
            returned: BTreeMap::new(),
            away: BTreeMap::new(),
            known_ahead: BTreeSet::new(),
        }
    }
}

impl People {
    /// Notes what may give somebody another address, or take one from them.
    pub(super) fn note(&mut self, change: &Change) {
        self.may_have_moved |= matches!(
            change,
            Change::PutIdentity(_) | Change::RemoveIdentity(_) | Change::PutEnded(_)
        );
    }

    /// A new stream begins: what could not be asked over the last one is asked again.
    pub(super) fn stream_begins(&mut self) {
        self.known_ahead.clear();
    }

    /// Whether messages wait to be moved, so that there is something to do at once.
    pub(super) fn has_work(&self) -> bool {
        !self.to_move.is_empty()
    }
}

impl Core {
    /// The address under which the conversation with whoever is behind an address is kept.
    pub(super) fn home_of(&self, jid: &BareJid) -> BareJid {
        if self.was_ours(jid) {
            return self.config.our_jid.clone();
        }
        self.memory.home_of(jid)
    }

    /// Chooses homes for people who turn out to have several addresses, and moves what stands elsewhere.
    pub(super) fn settle_people(&mut self, cx: &mut Context<'_>) {
        if std::mem::take(&mut self.people.may_have_moved) {
            let people = self.people_with_addresses();
            for (person, addresses) in &people {
                self.choose_home(person, addresses);
            }
            self.read_priorities(&people);
            let others: Vec<BareJid> = people
                .into_values()
                .flatten()
                .filter(|jid| self.home_of(jid) != *jid)
                .collect();
            self.people.to_move.extend(others);
            self.people.to_move.extend(self.former_conversations());
        }
        self.move_messages(cx);
    }

    /// Everybody's addresses that are theirs beyond doubt. Our own accounts are nobody else's, whoever
    /// lists them, and each is talked with apart.
    fn people_with_addresses(&self) -> BTreeMap<IdentityKey, Vec<BareJid>> {
        let our_jid = &self.config.our_jid;
        let key = self.config.identity.as_ref().map(|key| key.public());
        let seen = self.memory.identities.get(our_jid);
        let ours = key.or_else(|| seen.map(|it| *it.identity()));
        let mut people: BTreeMap<IdentityKey, Vec<BareJid>> = BTreeMap::new();
        for jid in self.memory.identities.keys().filter(|jid| *jid != our_jid) {
            if let Some(person) = self.memory.person_at(jid)
                && Some(*person) != ours
            {
                people.entry(*person).or_default().push(jid.clone());
            }
        }
        people
    }

    fn choose_home(&mut self, person: &IdentityKey, addresses: &[BareJid]) {
        let known = self.memory.people.get(person);
        if known.is_some_and(|it| self.memory.keeps_home(it)) {
            return;
        }
        let inherited = self.home_before(person);
        let given_up = self.given_up_by(person, addresses);
        let places: Vec<&BareJid> = addresses.iter().chain(&given_up).collect();
        if places.len() < 2 && inherited.is_none() {
            return;
        }
        let best = places.into_iter().min_by_key(|jid| self.unfitness(jid));
        let Some(home) = inherited.or_else(|| best.cloned()) else {
            return;
        };
        self.outbox
            .event(Event::ContactChanged { jid: home.clone() });
        self.change(Change::PutPerson(PersonRecord {
            home,
            identity: *person,
            write_to: None,
        }));
    }

    /// Addresses that were the person's, and at which we know them: whoever gives one up and comes from
    /// another one in the same breath is still whom that conversation was with.
    fn given_up_by(&self, person: &IdentityKey, addresses: &[BareJid]) -> Vec<BareJid> {
        let memory = &self.memory;
        let is_used = |jid: &BareJid| {
            memory.contacts.contains_key(jid) || memory.conversations.contains_key(jid)
        };
        let once = memory
            .identities
            .keys()
            .filter(|jid| memory.person_once_at(jid) == Some(person));
        let given_up = once.filter(|jid| !addresses.contains(jid) && is_used(jid));
        let others = given_up.filter(|jid| **jid != self.config.our_jid);
        others.cloned().collect()
    }

    /// Where the conversation was with the one whose successor the user has taken this person for.
    fn home_before(&self, person: &IdentityKey) -> Option<BareJid> {
        let mut records = self.memory.identities.values();
        let before = records.find(|record| {
            let last = record
                .history
                .iter()
                .rev()
                .find_map(|entry| match entry.what {
                    IdentityEvent::IdentityChanged { from, to } => Some((from, to)),
                    _ => None,
                });
            record.identity() != person && last == Some((*record.identity(), *person))
        })?;
        let known = self.memory.people.get(before.identity());
        let home = known.map_or(&before.jid, |known| &known.home);
        let is_used =
            self.memory.conversations.contains_key(home) || self.memory.contacts.contains_key(home);
        is_used.then(|| home.clone())
    }

    /// Orders addresses by how well they would do as the home, the best first: one that is a home
    /// already, a contact with a conversation, a contact, one with a conversation; of those alike
    /// one that is still theirs, and the one where the identity was seen first.
    fn unfitness(&self, jid: &BareJid) -> ([bool; 5], Option<Timestamp>, BareJid) {
        let memory = &self.memory;
        let is_home = memory.people.values().any(|it| it.home == *jid);
        let is_contact = memory.contacts.contains_key(jid);
        let is_used = memory.conversations.contains_key(jid);
        let record = memory.identities.get(jid);
        let first = record.and_then(|it| it.history.first());
        let is_theirs = memory.person_at(jid).is_some();
        let lacks = [
            !is_home,
            !(is_contact && is_used),
            !is_contact,
            !is_used,
            !is_theirs,
        ];
        (lacks, first.map(|entry| entry.at), jid.clone())
    }

    /// To read a statement costs a signature, so it is not done for each message.
    fn read_priorities(&mut self, people: &BTreeMap<IdentityKey, Vec<BareJid>>) {
        self.people.priorities.clear();
        for addresses in people.values().filter(|addresses| addresses.len() > 1) {
            let record = addresses
                .first()
                .and_then(|it| self.memory.identities.get(it));
            let endpoints = record
                .and_then(|record| record.body())
                .map(|it| it.endpoints);
            let ranked = endpoints.into_iter().flatten();
            let ranked = ranked.map(|Endpoint { jid, priority, .. }| (jid, priority));
            self.people.priorities.extend(ranked);
        }
    }

    /// What the user wants in the conversation at another address of a person is meant for the one at
    /// their home.
    pub(super) fn at_home(&self, mut command: Command) -> Command {
        let conversation = match &mut command {
            Command::SendMessage { to, .. } => to,
            Command::EditMessage { conversation, .. }
            | Command::Retract { conversation, .. }
            | Command::DeleteMessage { conversation, .. }
            | Command::React { conversation, .. }
            | Command::SetChatState { conversation, .. }
            | Command::Configure { conversation, .. }
            | Command::DeleteConversation { conversation }
            | Command::MarkDisplayed { conversation, .. }
            | Command::SaveDraft { conversation, .. }
            | Command::SetEncryption { conversation, .. }
            | Command::WriteTo { conversation, .. }
            | Command::FetchOlder { conversation } => conversation,
            _ => return command,
        };
        *conversation = self.home_of(conversation);
        command
    }

    /// The user chooses which address of a person is written to.
    pub(super) fn write_to(
        &mut self,
        conversation: &BareJid,
        address: Option<BareJid>,
    ) -> Result<(), CommandError> {
        let home = self.home_of(conversation);
        let known = self.memory.person_of(&home).cloned();
        let is_theirs = |address: &BareJid, person: &PersonRecord| {
            *address != self.config.our_jid
                && self.memory.person_at(address) == Some(&person.identity)
        };
        match (known, address) {
            (Some(person), address) if address.as_ref().is_none_or(|it| is_theirs(it, &person)) => {
                self.change(Change::PutPerson(PersonRecord {
                    write_to: address,
                    ..person
                }));
                self.outbox.event(Event::ContactChanged { jid: home });
                Ok(())
            }
            // Whoever has one address is written to there.
            (None, None) => Ok(()),
            (None, Some(address)) if address == home => Ok(()),
            (_, Some(address)) => Err(CommandError::NotTheirAddress { address }),
            (Some(_), None) => Ok(()),
        }
    }

    /// See [`Snapshot::addresses_with`](crate::store::Snapshot::addresses_with).
    pub(super) fn addresses_with(&self, jid: &BareJid) -> Vec<BareJid> {
        self.memory.addresses_with(jid)
    }

    /// Every address of whoever is behind one that is a contact or becomes one; nothing if none is.
    pub(super) fn contacts_with(&self, jid: &BareJid) -> Vec<BareJid> {
        let mut addresses = self.addresses_with(jid);
        addresses.retain(|it| self.is_contact(it));
        addresses
    }

    /// The contact that has a conversation, as one may: of a person one of the addresses that are theirs,
    /// whoever has the home now.
    pub(super) fn contact_in(&self, conversation: &BareJid) -> Option<&ContactRecord> {
        if !self.memory.is_former_home(conversation) {
            return self.contact_behind(conversation);
        }
        let person = self.memory.person_of(conversation)?;
        let theirs = self.memory.addresses_of(&person.identity);
        best_known(theirs.filter_map(|it| self.memory.contacts.get(&it.jid)))
    }

    /// The contact that an address or another one of the same person is, as one may: the address
    /// itself, or the one with which we see most of each other.
    pub(super) fn contact_behind(&self, jid: &BareJid) -> Option<&ContactRecord> {
        let contacts = &self.memory.contacts;
        contacts.get(jid).or_else(|| {
            // Nobody else's contacts count for a home that is not theirs any more.
            if self.memory.is_former_home(jid) {
                return None;
            }
            let others = self.addresses_with(jid);
            best_known(others.iter().filter_map(|other| contacts.get(other)))
        })
    }
}

/// Of several contacts the one with which we see most of each other.
fn best_known<'a>(contacts: impl Iterator<Item = &'a ContactRecord>) -> Option<&'a ContactRecord> {
    contacts.max_by_key(|it| (it.subscription.they_see_us(), it.subscription.we_see_them()))
}
