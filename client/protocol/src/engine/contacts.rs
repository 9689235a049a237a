//! Contacts: the roster, requests, presence, and what the user decided about them.

use std::collections::BTreeMap;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::Asked;
use super::session::Session;
use crate::command::CommandError;
use crate::delay;
use crate::delivery::FailureReason;
use crate::event::Event;
use crate::presence::{MAX_STATUS_CHARS, Presence};
use crate::roster::intent::{self, Step};
use crate::roster::subscription::{self, Reaction, Relation, SubscriptionStanza};
use crate::roster::{self, Answer, RosterItem};
use crate::stanza::{self, Sender, StanzaError};
use crate::store::{
    Change, ContactInvitesRecord, ContactRecord, Intent, RequestRecord, Subscription,
};

/// How many requests wait for the user at a time. Our server keeps the others and brings them
/// again when we next log in (RFC 6121, section 3.1.3).
const MAX_REQUESTS: usize = 200;

impl Session {
    /// The roster came, or with `None` will not come. Either way we show that we are there.
    pub(super) fn roster_came(
        &mut self,
        answer: Option<&Element>,
        core: &mut Core,
        _cx: &mut Context<'_>,
    ) {
        // RFC 6121, section 2.6.3: a result without a query says that our version is the newest;
        // what changed meanwhile comes as pushes.
        if let Some(query) = answer.and_then(|answer| answer.get_child("query", ns::ROSTER)) {
            replace_contacts(query, core);
        }
        if !self.roster_is_settled {
            self.roster_is_settled = true;
            self.look_for_statements();
            self.show_presence(core);
        }
    }

    /// Our server says that one contact changed.
    pub(super) fn roster_push(&mut self, iq: &Element, query: &Element, core: &mut Core) {
        self.look_for_statements();
        let roster = roster::parse(query);
        // RFC 6121, section 2.1.6: a push "MUST contain one and only one" item.
        let mut items = roster.items.into_iter();
        let (Some(item), None) = (items.next(), items.next()) else {
            let refusal = stanza::refusal_of(iq, "modify", "bad-request");
            return self.send(&refusal, Sent::Other, core);
        };
        match item {
            RosterItem::Removed(jid) => {
                if core.memory.contacts.contains_key(&jid) {
                    core.change(Change::RemoveContact(jid.clone()));
                    core.forget_contact_invites(&jid);
                    core.presences.remove(&jid, None);
                    core.outbox.event(Event::ContactChanged { jid });
                }
            }
            RosterItem::Present(contact) => {
                let before = core.memory.contacts.get(&contact.jid).cloned();
                tell_answer(before.as_ref(), &contact, core);
                forget_answered_request(&contact, core);
                core.contact_is(&contact);
                let jid = contact.jid.clone();
                if !contact.subscription.we_see_them() {
                    core.presences.remove(&jid, None);
                }
                if before.as_ref() != Some(&contact) {
                    core.change(Change::PutContact(contact));
                    core.outbox.event(Event::ContactChanged { jid });
                }
            }
        }
        if roster.version.is_some() && roster.version != core.memory.roster_version {
            core.change(Change::SetRosterVersion(roster.version));
        }
        self.send(&stanza::result_of(iq, None), Sent::Other, core);
    }

    /// Sends what the user decided and the server does not know.
    pub(super) fn send_intents(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let waiting: Vec<_> = core
            .memory
            .intents
            .values()
            .filter(|record| !self.intents_in_flight.contains(&record.number))
            .cloned()
            .collect();
        for record in waiting {
            let is_blocking = matches!(record.intent, Intent::Block | Intent::Unblock);
            let is_profile = matches!(record.intent, Intent::Publish { .. });
            if (is_blocking || is_profile) && !self.abilities.are_known {
                continue;
            }
            if is_blocking && !self.abilities.blocking {
                // This device does not listen to them, which is all that can be done.
                core.change(Change::RemoveIntent(record.number));
                continue;
            }
            self.intents_in_flight.insert(record.number);
            if let Intent::Publish { name, avatar } = record.intent {
                self.send_profile(record.number, name, avatar, core, cx);
                continue;
            }
            let contact = core.memory.contacts.get(&record.jid);
            let decided = core.memory.intents.values();
            let contact = contact.map(|contact| intent::with_decided(contact, decided));
            let introduction = core.memory.contact_invites.get(&record.jid);
            let token = introduction.and_then(ContactInvitesRecord::token);
            let pre_approval = self.features.pre_approval;
            let steps = intent::steps(&record, contact.as_ref(), pre_approval, token);
            let last = steps.len().saturating_sub(1);
            for (index, step) in steps.into_iter().enumerate() {
                // The server handles stanzas in order: once it has the last one, it has all.
                let item = if index == last {
                    Sent::Intent(record.number)
                } else {
                    Sent::Other
                };
                match step {
                    Step::Presence(presence) => self.send(&presence, item, core),
                    Step::Blocking(command) => {
                        let jid = record.jid.clone();
                        let asked = Asked::ChangeContact {
                            jid,
                            removes: false,
                        };
                        self.ask("set", command, asked, item, core, cx);
                    }
                    Step::RosterSet(query) => {
                        let removes = record.intent == Intent::Remove;
                        let asked = Asked::ChangeContact {
                            jid: record.jid.clone(),
                            removes,
                        };
                        self.ask("set", query, asked, item, core, cx);
                    }
                }
            }
            self.request_due = true;
        }
    }

    /// Takes a presence stanza from the server.
    pub(super) fn presence(&mut self, stanza: &Element, core: &mut Core, cx: &mut Context<'_>) {
        let Some(sender) = Sender::of(stanza) else {
            return;
        };
        let jid = sender.bare(&core.config.our_jid);
        if core.memory.account.blocked.contains(&jid) {
            return;
        }
        // Our other clients are not contacts.
        if jid == core.config.our_jid {
            return;
        }
        if let Some(subscription) = SubscriptionStanza::of(stanza) {
            return self.subscription(subscription, stanza, jid, core, cx);
        }
        let changed = match stanza.attr("type") {
            // Only contacts are shown, so strangers cannot fill our memory.
            None if core.memory.contacts.contains_key(&jid) => {
                let resource = sender.resource().unwrap_or_default();
                if core.presences.best(&jid).is_none() {
                    core.note_seen(&jid, cx.now, cx.now);
                }
                let presence = Presence::from_element(stanza);
                let changed = core.presences.put(&jid, resource, presence, cx.now);
                self.photo_announced(stanza, &jid, core, cx);
                self.is_there_for_keys(&jid);
                self.is_there_for_statements(&jid, core);
                changed
            }
            Some("unavailable") => went(stanza, &sender, &jid, core, cx),
            Some("error") => {
                let removed = core.presences.remove(&jid, sender.resource());
                request_returned(stanza, &jid, core);
                removed
            }
            _ => false,
        };
        if changed {
            core.outbox.event(Event::PresenceChanged { jid });
        }
    }

    fn subscription(
        &mut self,
        kind: SubscriptionStanza,
        stanza: &Element,
        jid: BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        if kind == SubscriptionStanza::Subscribe {
            self.return_end(&jid, core, cx);
        }
        let contact = core.memory.contacts.get(&jid);
        let decided = core
            .memory
            .intents
            .values()
            .rev()
            .find(|record| record.jid == jid && record.intent.is_about_subscription());
        let relation = Relation {
            subscription: contact.map(|contact| contact.subscription),
            we_asked: contact.is_some_and(|contact| contact.asked),
            they_asked: core.memory.requests.contains_key(&jid)
                || core.held_requests.contains_key(&jid),
            decided: decided.map(|record| &record.intent),
        };
        match subscription::decide(kind, relation).reaction {
            Reaction::Nothing => {}
            Reaction::Accept => {
                let accept = intent::subscription_presence("subscribed", &jid);
                self.send(&accept, Sent::Other, core);
            }
            Reaction::AskUser => {
                let request = request_of(stanza, jid, cx.now);
                if let Err(request) = self.hold_request(request, stanza, core, cx) {
                    core.put_request(request);
                }
            }
            Reaction::ForgetRequest => {
                core.held_requests.remove(&jid);
                core.change(Change::RemoveRequest(jid.clone()));
                core.outbox.event(Event::RequestChanged { jid });
            }
        }
    }
}

impl Core {
    /// Puts a request before the user, if there is room for it.
    pub(super) fn put_request(&mut self, request: RequestRecord) {
        if self.memory.requests.len() < MAX_REQUESTS {
            let jid = request.jid.clone();
            self.change(Change::PutRequest(request));
            self.outbox.event(Event::RequestChanged { jid });
        }
    }
}

/// Somebody's request, with what they wrote.
fn request_of(stanza: &Element, jid: BareJid, now: Timestamp) -> RequestRecord {
    let text = stanza.get_child("status", ns::CLIENT).map(Element::text);
    let text = text.map(|text| {
        text.trim()
            .chars()
            .take(MAX_STATUS_CHARS)
            .collect::<String>()
    });
    RequestRecord {
        jid,
        time: now,
        text: text.filter(|text| !text.is_empty()),
    }
}

/// A contact has gone. A server that remembers when says so with a stamp (RFC 6121, section 4.3.2).
fn went(
    stanza: &Element,
    sender: &Sender,
    jid: &BareJid,
    core: &mut Core,
    cx: &Context<'_>,
) -> bool {
    let was_there = core.presences.best(jid).is_some();
    let changed = core.presences.remove(jid, sender.resource());
    let is_stamped = stanza.has_child("delay", ns::DELAY);
    if core.presences.best(jid).is_none() {
        let home = core.home_of(jid);
        core.they_left(&home);
    }
    if core.presences.best(jid).is_none() && (was_there || is_stamped) {
        let at = delay::written_at(stanza, jid, &core.config.our_jid, cx.now);
        core.note_seen(jid, at, cx.now);
    }
    changed
}

fn replace_contacts(query: &Element, core: &mut Core) {
    let roster = roster::parse(query);
    let contacts: BTreeMap<BareJid, ContactRecord> = roster
        .items
        .into_iter()
        .filter_map(|item| match item {
            RosterItem::Present(contact) => Some((contact.jid.clone(), contact)),
            RosterItem::Removed(_) => None,
        })
        .collect();
    for contact in contacts.values() {
        let before = core.memory.contacts.get(&contact.jid).cloned();
        tell_answer(before.as_ref(), contact, core);
        forget_answered_request(contact, core);
        core.contact_is(contact);
    }
    if contacts != core.memory.contacts {
        core.change(Change::ReplaceContacts(contacts.into_values().collect()));
        core.outbox.event(Event::ContactsReplaced);
    }
    if roster.version != core.memory.roster_version {
        core.change(Change::SetRosterVersion(roster.version));
    }
}

fn tell_answer(before: Option<&ContactRecord>, after: &ContactRecord, core: &mut Core) {
    let jid = after.jid.clone();
    match roster::answer(before, after) {
        Some(Answer::Accepted) => core.outbox.event(Event::ContactAccepted { jid }),
        Some(Answer::Declined) => core.outbox.event(Event::ContactDeclined { jid }),
        None => {}
    }
}

/// The user has answered a request with another client.
fn forget_answered_request(contact: &ContactRecord, core: &mut Core) {
    let sees_us = Subscription::they_see_us(contact.subscription);
    if sees_us && core.memory.requests.contains_key(&contact.jid) {
        core.change(Change::RemoveRequest(contact.jid.clone()));
        core.outbox.event(Event::RequestChanged {
            jid: contact.jid.clone(),
        });
    }
}

/// A presence stanza came back: if we asked, the user should know that nobody heard it.
fn request_returned(stanza: &Element, jid: &BareJid, core: &mut Core) {
    if core
        .memory
        .contacts
        .get(jid)
        .is_some_and(|contact| contact.asked)
    {
        let why = FailureReason::from_condition(&StanzaError::of(stanza).condition);
        let refusal = CommandError::RequestReturned {
            jid: jid.clone(),
            why,
        };
        core.outbox.event(Event::CommandRefused(refusal));
    }
}
