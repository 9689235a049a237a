//! The end of an identity, given back to whoever goes on under it.
//!
//! The 24 words restore the key and nothing that was done with it: whoever has ended their identity and
//! restores it has an endpoint that does not know of the end, and signs statements again. Contacts know it,
//! and keep the documents. Once they hear of such an account, they send it what its own key has signed; the
//! account shows it from then on in the place of its statement.

use jid::BareJid;
use minidom::Element;
use onym_identity::statement::Document;
use onym_identity::{IdentityKey, OnymJid, Timestamp};
use onym_stream::{Attributes as _, ns};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::session::Session;
use super::ending::MAX_REMEMBERED;
use crate::identities::StatementRefusal;
use crate::published_statement::{self, NODE};
use crate::store::{Change, EndingRecord};

/// Which of the two documents.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    Revocation,
    Succession,
}

impl Session {
    /// An account acts under an identity that may have ended. It is told once over this stream, if it may
    /// see whether we are there: otherwise the answer would tell it.
    pub(in crate::engine) fn return_end(
        &mut self,
        jid: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        // Most people know of no end, and to read the key in an address takes time.
        if core.memory.endings.is_empty() || self.statements.told.contains(jid) {
            return;
        }
        let contact = core.memory.contacts.get(jid);
        let may_know = contact.is_some_and(|contact| contact.subscription.they_see_us());
        let whose = core.identity_at(jid);
        let known = whose.and_then(|whose| core.memory.endings.get(&whose));
        let Some(known) = known.filter(|_| may_know) else {
            return;
        };
        // XEP-0434 brings words to every device with the same type and hint, also later.
        let mut message = Element::bare("message", ns::CLIENT)
            .with_attribute("type", "chat")
            .with_attribute("to", jid.as_str())
            .with_attribute("id", cx.new_id());
        message.append_child(published_statement::write_end(known.documents()));
        message.append_child(Element::bare("store", ns::HINTS));
        self.statements.told.insert(jid.clone());
        self.send(&message, Sent::Other, core);
    }
}

impl Core {
    /// Who is behind an address: whom it names, or who was seen there.
    fn identity_at(&self, jid: &BareJid) -> Option<IdentityKey> {
        let named = OnymJid::try_from(jid).ok().map(|it| it.identity);
        named.or_else(|| self.memory.identities.get(jid).map(|it| *it.identity()))
    }

    /// Takes what ends our own identity out of a message, whoever sends it: nobody but our key can have
    /// signed it. Whether the message is one that brings such documents.
    pub(in crate::engine) fn end_returned(&mut self, message: &Element, now: Timestamp) -> bool {
        let Some(payload) = message.get_child("identity", NODE) else {
            return false;
        };
        for document in published_statement::documents(payload) {
            self.take_if_ours(document, now);
        }
        true
    }

    /// Takes a document if it is about our own identity, and gives it back if it is not.
    pub(super) fn take_if_ours(&mut self, document: Document, now: Timestamp) -> Option<Document> {
        let ours = self.config.identity.as_ref().map(|key| key.public());
        let claimed = match &document {
            Document::Statement(_) => return Some(document),
            Document::Revocation(it) => it.claimed_identity().ok(),
            Document::Succession(it) => it.claimed_identity().ok(),
        };
        let Some(ours) = ours.filter(|ours| claimed == Some(*ours)) else {
            return Some(document);
        };
        // What is forged says nothing of us, and nothing certain of whoever shows it.
        let bytes = document.to_bytes();
        let _: Result<(), StatementRefusal> = self.take_our_end(document, &bytes, &ours, now);
        None
    }

    /// Keeps what has ended somebody else's identity, once it was verified.
    pub(super) fn keep_ending(&mut self, whose: IdentityKey, kind: Ending, bytes: &[u8]) {
        let endings = &self.memory.endings;
        if endings.len() >= MAX_REMEMBERED && !endings.contains_key(&whose) {
            return;
        }
        let known = endings.get(&whose).cloned();
        let mut record = known.unwrap_or_else(|| EndingRecord::new(whose));
        let place = match kind {
            Ending::Revocation => &mut record.revocation,
            Ending::Succession => &mut record.succession,
        };
        // The first one stays, as it does at its owner's.
        if place.is_empty() {
            *place = bytes.to_vec();
            self.change(Change::PutEnding(Box::new(record)));
        }
    }
}
