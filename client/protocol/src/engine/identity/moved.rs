//! Our own account at another address than before: what was kept under the old one goes on under the
//! new one, and contacts are asked to see us there.
//!
//! ```text
//!   first input    our devices, our statement and the words about them go over
//!   statement      signed for the new address, it revokes the old one; in the same commit all sessions
//!                  are forgotten, since others keep theirs under the old address
//!   published      whoever we saw is asked again, over every stream until they answer
//! ```
//!
//! Nothing is written to anybody before the second step, so that no message is sealed in a session that
//! its reader does not find.

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes as _, ns};

use super::super::acknowledgement::Sent;
use super::super::core::Core;
use super::super::session::Session;
use crate::published_statement;
use crate::roster::intent::subscription_presence;
use crate::store::{
    AddressStanding, Change, ContactInvitesRecord, ContactRecord, IntentRecord, MessageId,
    ProtectionRecord, TrustWordsRecord,
};

/// How many messages that came back because of the move are sent again by themselves while the program
/// runs.
const MAX_SENT_AGAIN: usize = 10_000;

impl Core {
    /// A former address of ours whose records are still to be taken over.
    pub(in crate::engine) fn moves_from(&self) -> Option<&BareJid> {
        let mut former = self.config.former.iter();
        former.find(|jid| {
            let protection = self.memory.protection.get(*jid);
            let has_devices = protection.is_some_and(|it| !it.devices.is_empty());
            has_devices || self.memory.identities.contains_key(*jid)
        })
    }

    /// Contacts who have not let us see them again since they were asked.
    fn has_not_followed(&self) -> impl Iterator<Item = &ContactRecord> {
        let contacts = self.memory.contacts.values();
        contacts.filter(|it| it.asked && !it.subscription.we_see_them())
    }

    /// Whether somebody is still to be told, since the program was started, that we have moved: nobody
    /// else does it.
    pub(in crate::engine) fn is_moving(&self) -> bool {
        let can_tell = self.config.identity.is_some() && !self.has_ended();
        let waits = || !self.has_told_of_move && self.has_not_followed().next().is_some();
        can_tell && !self.config.former.is_empty() && (self.moves_from().is_some() || waits())
    }

    /// Takes over what was kept under a former address, as far as nothing is there under the new one.
    pub(in crate::engine) fn take_our_records_over(&mut self) {
        let Some(old) = self.moves_from().cloned() else {
            return;
        };
        let new = self.config.our_jid.clone();
        if !self.memory.identities.contains_key(&new)
            && let Some(mut record) = self.memory.identities.get(&old).cloned()
        {
            let body = record.body();
            let mut listed = body.iter().flat_map(|body| &body.endpoints);
            record.address = match listed.any(|it| it.jid == new) {
                true => AddressStanding::Listed,
                false => AddressStanding::LeftOut,
            };
            record.jid = new.clone();
            self.change(Change::PutIdentity(Box::new(record)));
        }
        if !self.memory.protection.contains_key(&new)
            && let Some(mut record) = self.memory.protection.get(&old).cloned()
        {
            record.jid = new.clone();
            self.put_protection(record);
        }
        self.take_words_over(&old, &new);
        let ours = self.memory.intents.values().filter(|it| it.jid == old);
        for intent in ours.cloned().collect::<Vec<IntentRecord>>() {
            let jid = new.clone();
            self.change(Change::PutIntent(IntentRecord { jid, ..intent }));
        }
    }

    /// What devices of ours have said, and what was said about them.
    fn take_words_over(&mut self, old: &BareJid, new: &BareJid) {
        let all: Vec<TrustWordsRecord> = self.memory.trust_words.values().cloned().collect();
        for mut record in all {
            let before = record.clone();
            for word in record.heard.iter_mut().filter(|word| word.by == *old) {
                word.by = new.clone();
            }
            if record.jid == *old {
                let gone = TrustWordsRecord {
                    jid: old.clone(),
                    heard: Vec::new(),
                    postponed: Vec::new(),
                    untold: Vec::new(),
                };
                self.change(Change::PutTrustWords(Box::new(gone)));
                record.jid = new.clone();
            }
            if record != before {
                self.change(Change::PutTrustWords(Box::new(record)));
            }
        }
    }

    /// Our statement for the new address is signed: nothing is needed of the old one any more.
    pub(super) fn leave_former_addresses(&mut self) {
        while let Some(old) = self.moves_from().cloned() {
            self.forget_sessions();
            self.change(Change::RemoveIdentity(old.clone()));
            self.put_protection(ProtectionRecord::new(old));
        }
    }

    /// A message came back since it was still waiting when we moved. Whether it is to be sent again, as
    /// each one is once.
    pub(in crate::engine) fn is_sent_again(&mut self, id: &MessageId) -> bool {
        let sent = &mut self.sent_again;
        !self.config.former.is_empty() && sent.len() < MAX_SENT_AGAIN && sent.insert(id.clone())
    }
}

impl Session {
    /// Whether what we send can be taken for ours: after a move, once our statement for the new address
    /// is published and contacts were asked, so that the request comes before any message.
    pub(in crate::engine) fn is_where_others_look(&self, core: &Core) -> bool {
        let publishes =
            core.config.identity.is_some() && (self.abilities.pep || !self.abilities.are_known);
        let is_told = self.statements.has_asked_again || !publishes || core.has_ended();
        core.config.former.is_empty() || (core.moves_from().is_none() && is_told)
    }

    /// Our statement is published as it should be: whoever has to let us see them once more can check
    /// now who asks.
    pub(super) fn ask_contacts_again(&mut self, core: &mut Core) {
        if core.config.former.is_empty()
            || std::mem::replace(&mut self.statements.has_asked_again, true)
        {
            return;
        }
        core.has_told_of_move = true;
        let waiting: Vec<BareJid> = core.has_not_followed().map(|it| it.jid.clone()).collect();
        let ours = core.memory.identities.get(&core.config.our_jid);
        let shown = ours.map(|record| published_statement::write(&record.statement));
        for jid in waiting {
            let mut request = subscription_presence("subscribe", &jid);
            // They ask nothing of an address that they do not know.
            if let Some(shown) = &shown {
                request.append_child(shown.clone());
            }
            let introduction = core.memory.contact_invites.get(&jid);
            if let Some(token) = introduction.and_then(ContactInvitesRecord::token) {
                request.append_child(
                    Element::bare("preauth", ns::PREAUTH).with_attribute("token", token.reveal()),
                );
            }
            self.send(&request, Sent::Other, core);
        }
    }
}
