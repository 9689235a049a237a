//! Whether an account confirms an identity: it is asked once, and nothing of the answer is kept.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::{Asked, Whom};
use super::super::session::Session;
use crate::address_check;
use crate::event::Event;
use crate::pep;
use crate::published_statement::NODE;

impl Session {
    pub(in crate::engine) fn check_address(
        &mut self,
        jid: BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let asked = Asked::CheckAddress { jid: jid.clone() };
        let (whom, query) = (Whom::Account(jid), pep::get(NODE, None));
        self.ask_of(whom, "get", query, asked, Sent::Other, core, cx);
    }
}

impl Core {
    pub(in crate::engine) fn address_checked(
        &mut self,
        jid: BareJid,
        answer: Option<&Element>,
        now: Timestamp,
    ) {
        let known = self.memory.identities.get(&jid).map(|it| &it.followed);
        let answer = address_check::read(&jid, answer, known, now);
        self.outbox.event(Event::AddressChecked { jid, answer });
    }
}
