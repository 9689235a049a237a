//! The addresses that a message to somebody may go to, and the one that it goes to now.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_identity::Timestamp;

use super::super::core::{Context, Core};
use super::super::session::Session;
use crate::conversation::route::{Candidate, Route, Sealing, route};
use crate::delivery::FailureReason;
use crate::event::Event;
use crate::identities::PersonStanding;
use crate::protection::Hold;
use crate::store::{DeviceRecord, EncryptionPolicy, MessageRecord, PersonRecord};

/// How many addresses are remembered from which messages came back.
const MAX_RETURNED: usize = 1_000;

/// The addresses of somebody who has several, and which one is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways {
    /// What is kept of the person.
    pub person: PersonRecord,
    /// The addresses that may be written to.
    pub candidates: Vec<Candidate>,
    /// The one that is.
    pub route: Route,
}

impl Core {
    /// The addresses of whoever has the conversation; nothing if there never was more than one.
    pub(in crate::engine) fn ways(&self, conversation: &BareJid, now: Timestamp) -> Option<Ways> {
        let home = self.home_of(conversation);
        let person = self.memory.person_of(&home)?.clone();
        let candidates = self.candidates(&person);
        let route = route(&home, &candidates, person.write_to.as_ref(), now);
        Some(Ways {
            person,
            candidates,
            route,
        })
    }

    /// Where a new message of a conversation goes.
    pub(in crate::engine) fn way_to(&self, conversation: &BareJid, now: Timestamp) -> BareJid {
        let ways = self.ways(conversation, now);
        ways.map_or_else(|| conversation.clone(), |ways| ways.route.to)
    }

    /// Where a word about a message goes: to the address that has the message, as long as that is the
    /// person's. The programs at another one may not know what is spoken of.
    pub(in crate::engine) fn way_about(&self, message: &MessageRecord, now: Timestamp) -> BareJid {
        let Some(ways) = self.ways(&message.conversation, now) else {
            return message.address().clone();
        };
        let mut theirs = ways.candidates.iter();
        if theirs.any(|it| it.jid == *message.address()) {
            return message.address().clone();
        }
        ways.route.to
    }

    /// Whether what is for the person of a conversation may go to an address: it is theirs, or nobody with
    /// several addresses has the conversation.
    pub(in crate::engine) fn may_go_to(
        &self,
        address: &BareJid,
        conversation: &BareJid,
        now: Timestamp,
    ) -> bool {
        let ways = self.ways(conversation, now);
        ways.is_none_or(|ways| ways.candidates.iter().any(|it| it.jid == *address))
    }

    /// Why nothing is sent to the home that a person has left: whoever has it now is somebody else. If it
    /// is asked for, no other address of theirs can be written to, and the reason lies there.
    pub(in crate::engine) fn left_home_hold(&self, to: &BareJid) -> Option<Hold> {
        if !self.memory.is_former_home(to)
            || self.memory.standing_at(to) != PersonStanding::AddressLeft
        {
            return None;
        }
        let person = self.memory.person_of(to)?.identity;
        let records = self.memory.identities.values();
        let theirs = records.filter(|it| *it.identity() == person);
        let holds = theirs.filter_map(|it| self.identity_hold(&it.jid));
        let elsewhere = holds.filter(|hold| *hold != Hold::AddressRevoked).max();
        Some(elsewhere.unwrap_or(Hold::AddressRevoked))
    }

    /// Where an unsent message goes: by the route of the moment, but not to where it came back from.
    pub(in crate::engine) fn way_of(&self, message: &MessageRecord, now: Timestamp) -> BareJid {
        self.next_way(message, now)
            .unwrap_or_else(|| self.way_to(&message.conversation, now))
    }

    /// The next address for a message that has come back; nothing if each had it, or the user has
    /// chosen one address and no other.
    fn next_way(&self, message: &MessageRecord, now: Timestamp) -> Option<BareJid> {
        let mut ways = self.ways(&message.conversation, now)?;
        let untried = |jid: &BareJid| !message.tried.contains(jid);
        if untried(&ways.route.to) {
            return Some(ways.route.to);
        }
        let mut theirs = ways.candidates.iter();
        let chosen = ways.person.write_to.as_ref();
        if theirs.any(|it| Some(&it.jid) == chosen) {
            return None;
        }
        ways.candidates.retain(|it| untried(&it.jid));
        let left = !ways.candidates.is_empty();
        left.then(|| route(&ways.person.home, &ways.candidates, None, now).to)
    }

    /// A message came back from an address. Whether it goes on to another one.
    pub(in crate::engine) fn goes_on(
        &mut self,
        message: &mut MessageRecord,
        why: FailureReason,
        now: Timestamp,
    ) -> bool {
        let is_unreachable = matches!(
            why,
            FailureReason::ServerNotFound
                | FailureReason::ServerTimeout
                | FailureReason::NobodyThere
                | FailureReason::Moved
        );
        if !is_unreachable || self.memory.person_of(&message.conversation).is_none() {
            return false;
        }
        let from = message.address().clone();
        let returned = &mut self.people.returned;
        if returned.len() < MAX_RETURNED || returned.contains_key(&from) {
            returned.insert(from.clone(), now);
        }
        if !message.tried.contains(&from) {
            message.tried.push(from);
        }
        self.next_way(message, now).is_some()
    }

    /// Something came from an address: whoever is there is reached.
    pub(in crate::engine) fn is_heard(&mut self, jid: &BareJid) {
        self.people.returned.remove(jid);
    }

    /// Our server does not reach these endpoints, and reaches all others that it has to do with.
    pub(in crate::engine) fn endpoints_away(&mut self, away: BTreeMap<String, Timestamp>) {
        let before = std::mem::replace(&mut self.people.away, away);
        let mut addresses = self.people.priorities.keys();
        let is_news = addresses.any(|jid| {
            let domain = jid.domain().as_str();
            before.get(domain) != self.people.away.get(domain)
        });
        if !is_news {
            return;
        }
        let people = self.memory.people.values();
        for jid in people.map(|it| it.home.clone()) {
            self.outbox.event(Event::PresenceChanged { jid });
        }
    }

    fn candidates(&self, person: &PersonRecord) -> Vec<Candidate> {
        let records = self.memory.addresses_of(&person.identity);
        let theirs = records.map(|record| &record.jid);
        let blocked = &self.memory.account.blocked;
        theirs
            .filter(|jid| **jid != self.config.our_jid && !blocked.contains(*jid))
            .map(|jid| Candidate {
                jid: jid.clone(),
                is_home: *jid == person.home,
                priority: self.people.priorities.get(jid).copied().unwrap_or_default(),
                is_there: self.presences.best(jid).is_some(),
                away_since: self.people.away.get(jid.domain().as_str()).copied(),
                returned: self.people.returned.get(jid).copied(),
                sealing: self.sealing(jid),
            })
            .collect()
    }

    /// Whether what is sent to an address can be protected as the user wants it.
    fn sealing(&self, jid: &BareJid) -> Sealing {
        let policy = self.policy(jid);
        if policy == EncryptionPolicy::Clear {
            return Sealing::Possible;
        }
        let Some(record) = self.memory.protection.get(jid) else {
            return Sealing::Unknown;
        };
        let is_blind = self.memory.protection_choices.is_blind;
        let may_read = |device: &DeviceRecord| {
            let mut dialects = policy.dialects().iter();
            device.is_listed()
                && dialects.any(|it| device.speaks(*it))
                && record.decide(device, is_blind).allow
        };
        if record.devices.values().any(may_read) {
            Sealing::Possible
        } else if record.lists.are_read() {
            Sealing::Impossible
        } else {
            Sealing::Unknown
        }
    }

    /// Whether any address of a person ever had a device that could encrypt. Then nothing goes to
    /// another one in the clear because of a route.
    pub(in crate::engine) fn never_had_devices(&self, jid: &BareJid) -> bool {
        let addresses = self.addresses_with(jid);
        let mut records = addresses.iter().map(|it| self.protection(it));
        records.all(|record| record.never_had_devices())
    }
}

impl Session {
    /// Looks for the devices at the addresses that a message may have to go to, once over one stream.
    pub(in crate::engine) fn know_ways(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.has_caught_up() || core.people.priorities.is_empty() {
            return;
        }
        let unknown: Vec<BareJid> = core
            .memory
            .people
            .values()
            .flat_map(|person| core.candidates(person))
            .filter(|it| it.sealing == Sealing::Unknown)
            .filter(|it| it.unreachable_since(cx.now).is_none())
            .map(|it| it.jid)
            .filter(|jid| !core.people.known_ahead.contains(jid))
            .collect();
        for jid in unknown {
            core.people.known_ahead.insert(jid.clone());
            self.fetch_ahead(&jid, core, cx);
        }
    }
}
