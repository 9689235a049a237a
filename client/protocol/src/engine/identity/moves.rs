//! Contacts who come to another address under their identity: they are followed without a question.
//!
//! The request carries the statement that lists the address it comes from: what a contact's identity has
//! signed counts, shown by the account itself, and the request is granted as the contact's. One without
//! it waits for an answer only where the identity is known to list the address. In every other case the
//! user is asked as about a stranger, and nothing leaves: anybody can ask in anybody's name, and would
//! learn from a question whom we know and whether we are there.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use minidom::Element;
use onym_identity::{IdentityKey, OnymJid, Timestamp};

use super::super::core::{Context, Core};
use super::super::session::Session;
use crate::event::Event;
use crate::published_statement;
use crate::roster::intent::with_decided;
use crate::store::{
    AddressStanding, Change, ContactRecord, IdentityEvent, Intent, RequestRecord, Subscription,
};

/// How many requests wait for a statement at a time: each may be a circuit to another endpoint.
const MAX_UNDER_WAY: usize = 4;

/// How many requests in the name of one identity are looked into over one stream.
const MAX_OF_ONE: u32 = 8;

/// How many are looked into over one stream.
const MAX_OF_ALL: usize = 64;

/// How many contacts may be one identity's before it is followed no further by itself.
const MAX_CONTACTS_OF_ONE: usize = 16;

/// What one stream knows of requests that may be those of contacts.
#[derive(Default)]
pub(super) struct Checks {
    under_way: BTreeSet<BareJid>,
    /// Every address that was looked into.
    made: BTreeSet<BareJid>,
    of_one: BTreeMap<IdentityKey, u32>,
}

impl Checks {
    /// Whether one more may begin, and it counts from now on.
    fn begin(&mut self, jid: &BareJid, whose: IdentityKey) -> bool {
        let times = self.of_one.entry(whose).or_default();
        let has_room = self.under_way.len() < MAX_UNDER_WAY
            && self.made.len() < MAX_OF_ALL
            && *times < MAX_OF_ONE
            && !self.made.contains(jid);
        if has_room {
            *times = times.saturating_add(1);
            self.made.insert(jid.clone());
            self.under_way.insert(jid.clone());
        }
        has_room
    }
}

impl Session {
    /// Somebody asks who may be a contact at another address: what they show is looked at, or the
    /// request waits for the statement there. Otherwise it is given back, for the user.
    pub(in crate::engine) fn hold_request(
        &mut self,
        request: RequestRecord,
        stanza: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), RequestRecord> {
        let jid = request.jid.clone();
        self.take_shown(&jid, stanza, core, cx.now);
        core.held_requests.insert(jid.clone(), request);
        if core.follow_request(&jid, cx.now) || self.look_into(&jid, core, cx) {
            return Ok(());
        }
        core.held_requests.remove(&jid).map_or(Ok(()), Err)
    }

    /// Takes the statement in a request: the account shows it itself, as it does in its node.
    fn take_shown(&self, jid: &BareJid, stanza: &Element, core: &mut Core, now: Timestamp) {
        let claimed_by = self.statements.claimed.get(jid).copied();
        let shown = stanza.children().find_map(published_statement::read);
        if let Some((whose, bytes)) = core.may_be(jid, claimed_by).zip(shown) {
            // What is wrong with it is no contact's fault, and the user decides about the request.
            let _refused = core.take_statement(jid, &bytes, Some(&whose), now);
        }
    }

    /// Asks an address for the statement of the contact whose it may be, if they are known to list it.
    /// Whether it is asked.
    fn look_into(&mut self, jid: &BareJid, core: &mut Core, cx: &mut Context<'_>) -> bool {
        let claimed_by = self.statements.claimed.get(jid).copied();
        let Some(whose) = core.may_be(jid, claimed_by) else {
            return false;
        };
        if !core.is_listed_by(jid, &whose) {
            return false;
        }
        if !self.statements.checks.begin(jid, whose) {
            return false;
        }
        // Nothing of another identity is taken from there.
        self.statements.claimed.insert(jid.clone(), whose);
        self.statements.asked.insert(jid.clone());
        self.statements.under_way = self.statements.under_way.saturating_add(1);
        self.ask_for_statement(jid.clone(), core, cx);
        true
    }

    /// The address has answered, or will not answer: what waits for its statement goes on.
    pub(super) fn looked_into(
        &mut self,
        jid: &BareJid,
        answer: Option<&Element>,
        core: &mut Core,
        now: Timestamp,
    ) {
        core.link_looked_into(jid, answer, now);
        if self.statements.checks.under_way.remove(jid) {
            core.follow_request(jid, now);
            core.ask_user_about(jid);
        }
    }

    /// Follows whom something new is known of, and looks into what the user was asked about while
    /// there was no answer.
    pub(super) fn follow_moves(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.roster_is_settled || !std::mem::take(&mut core.people_have_moved) {
            return;
        }
        let waiting: Vec<BareJid> = core.memory.requests.keys().cloned().collect();
        for jid in waiting {
            if !core.follow_request(&jid, cx.now) {
                self.look_into(&jid, core, cx);
            }
        }
        core.follow_given_up(cx.now);
    }
}

impl Core {
    /// The contact's identity that may be behind an address: the address names it, or it claims it.
    fn may_be(&self, jid: &BareJid, claimed_by: Option<IdentityKey>) -> Option<IdentityKey> {
        let named = OnymJid::try_from(jid).ok().map(|it| it.identity);
        let known = self.memory.identities.get(jid).map(|it| *it.identity());
        let whose = named.or(claimed_by).or(known)?;
        let mut contacts = self.memory.contacts_of(&whose);
        let is_one = contacts.any(|it| it.subscription.they_see_us());
        (is_one && !self.memory.is_kept_away(&whose)).then_some(whose)
    }

    /// Whether the statement of an identity lists an address, as far as we know.
    fn is_listed_by(&self, jid: &BareJid, whose: &IdentityKey) -> bool {
        let records = self.memory.identities.values();
        let mut bodies = records
            .filter(|it| it.identity() == whose)
            .filter_map(|it| it.body());
        bodies.any(|body| body.endpoints.iter().any(|it| it.jid == *jid))
    }

    /// Grants a request, if it is proven to be a contact's.
    pub(super) fn follow_request(&mut self, jid: &BareJid, now: Timestamp) -> bool {
        let is_held = self.held_requests.contains_key(jid);
        if !is_held && !self.memory.requests.contains_key(jid) {
            return false;
        }
        let Ok(from) = self.memory.asks_as(jid).cloned() else {
            return false;
        };
        // One identity does not fill the roster.
        let person = self.memory.person_at(jid);
        let contacts = person.map_or(0, |it| self.memory.contacts_of(it).count());
        if contacts >= MAX_CONTACTS_OF_ONE {
            return false;
        }
        self.held_requests.remove(jid);
        if self.memory.requests.contains_key(jid) {
            self.change(Change::RemoveRequest(jid.clone()));
            let jid = jid.clone();
            self.outbox.event(Event::RequestChanged { jid });
        }
        self.follow(&from, jid.clone(), true, now);
        true
    }

    /// What was held back for a statement that has not come, is put before the user.
    fn ask_user_about(&mut self, jid: &BareJid) {
        if let Some(request) = self.held_requests.remove(jid) {
            self.put_request(request);
        }
    }

    /// The stream has ended: no statement comes.
    pub(in crate::engine) fn ask_user_about_all_held(&mut self) {
        for request in std::mem::take(&mut self.held_requests).into_values() {
            self.put_request(request);
        }
    }

    /// Contacts whose identity has given their address up and is at another one, and those of them
    /// that are needed no more.
    fn follow_given_up(&mut self, now: Timestamp) {
        let memory = &self.memory;
        let given_up = memory.contacts.values().filter(|contact| {
            let standing = memory.address_standing(&contact.jid);
            contact.subscription != Subscription::None
                && standing.is_some_and(|it| it != AddressStanding::Listed)
        });
        let given_up: Vec<ContactRecord> = given_up.cloned().collect();
        for contact in given_up {
            let Some(person) = self.memory.person_once_at(&contact.jid).copied() else {
                continue;
            };
            let decided = self.memory.intents.values();
            let is_decided = decided
                .filter(|it| it.intent.is_about_subscription())
                .any(|it| it.jid == contact.jid);
            if is_decided || self.memory.is_kept_away(&person) {
                continue;
            }
            if self.is_replaced(&contact, &person) {
                self.decide(contact.jid, Intent::Remove);
            } else if let Some(to) = self.where_to(&contact, &person) {
                self.follow(&contact, to, false, now);
            }
        }
    }

    /// Whether a contact that was revoked is needed no more: its person is a contact elsewhere, both
    /// ways, and nothing waits to be sent there.
    fn is_replaced(&self, contact: &ContactRecord, person: &IdentityKey) -> bool {
        let memory = &self.memory;
        let is_revoked = memory.address_standing(&contact.jid) == Some(AddressStanding::Revoked);
        let waits = memory
            .unsettled
            .iter()
            .any(|it| it.conversation == contact.jid)
            || memory
                .pending
                .values()
                .any(|it| it.conversation == contact.jid);
        let mut others = memory.contacts_of(person);
        is_revoked
            && !waits
            && others.any(|it| {
                it.subscription == Subscription::Both && memory.person_at(&it.jid) == Some(person)
            })
    }

    /// Where a person is now who was at the address of a contact: of several addresses the one that
    /// their statement would have us try first. Nowhere, if they are a contact there already.
    fn where_to(&self, contact: &ContactRecord, person: &IdentityKey) -> Option<BareJid> {
        let memory = &self.memory;
        let is_here = |jid: &BareJid| memory.contacts.contains_key(jid) || memory.is_joining(jid);
        let mut places = memory.addresses_of(person).map(|it| &it.jid);
        let too_many = memory.contacts_of(person).count() >= MAX_CONTACTS_OF_ONE;
        if too_many || places.any(is_here) {
            return None;
        }
        let body = memory.identities.get(&contact.jid)?.body()?;
        let mut endpoints = body.endpoints;
        endpoints.retain(|it| memory.person_at(&it.jid) == Some(person));
        let first = endpoints.into_iter().max_by_key(|it| it.priority)?;
        Some(first.jid)
    }

    /// Follows a contact to another address of theirs, under the name and into the groups that they
    /// have.
    pub(super) fn follow(
        &mut self,
        from: &ContactRecord,
        to: BareJid,
        has_asked: bool,
        now: Timestamp,
    ) {
        let ContactRecord { name, groups, .. } = with_decided(from, self.memory.intents.values());
        let intent = Intent::Follow {
            name,
            groups,
            has_asked,
        };
        self.decide(to.clone(), intent);
        if let Some(mut record) = self.memory.identities.get(&to).cloned() {
            record.note(IdentityEvent::AddressFollowed(from.jid.clone()), now);
            self.put_identity(record);
        }
        let from = from.jid.clone();
        self.outbox.event(Event::ContactMoved { from, to });
    }
}
