//! Whom the user does not want to hear from.
//!
//! The list on this device is the user's; the server is told of each change and keeps them away
//! where it can. Where it cannot, this device does not listen.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::Asked;
use super::session::Session;
use crate::blocking::{self, MAX_BLOCKED, Push};
use crate::command::CommandError;
use crate::event::Event;
use crate::stanza::{self, Sender};
use crate::store::{Change, Intent};

impl Core {
    pub(super) fn block(&mut self, jid: BareJid) -> Result<(), CommandError> {
        if jid == self.config.our_jid {
            return Err(CommandError::OwnAddress);
        }
        let mut blocked = self.memory.account.blocked.clone();
        if blocked.insert(jid.clone()) {
            if self.memory.requests.contains_key(&jid) {
                self.change(Change::RemoveRequest(jid.clone()));
                let jid = jid.clone();
                self.outbox.event(Event::RequestChanged { jid });
            }
            self.set_blocked(blocked);
            self.decide(jid, Intent::Block);
        }
        Ok(())
    }

    pub(super) fn unblock(&mut self, jid: BareJid) {
        let mut blocked = self.memory.account.blocked.clone();
        if blocked.remove(&jid) {
            self.set_blocked(blocked);
            self.decide(jid, Intent::Unblock);
        }
    }

    fn set_blocked(&mut self, blocked: BTreeSet<BareJid>) {
        let mut account = self.memory.account.clone();
        let changed: Vec<BareJid> = account
            .blocked
            .symmetric_difference(&blocked)
            .cloned()
            .collect();
        if changed.is_empty() {
            return;
        }
        account.blocked = blocked;
        self.change(Change::PutAccount(Box::new(account)));
        for jid in changed {
            self.outbox.event(Event::BlockedChanged { jid });
        }
    }

    /// The server's list, with what the user has decided since it was made.
    fn take_list(&mut self, mut list: BTreeSet<BareJid>) {
        for record in self.memory.intents.values() {
            match record.intent {
                Intent::Block => {
                    list.insert(record.jid.clone());
                }
                Intent::Unblock => {
                    list.remove(&record.jid);
                }
                _ => {}
            }
        }
        self.set_blocked(list.into_iter().take(MAX_BLOCKED).collect());
    }
}

impl Session {
    /// Whether a message comes from somebody who is blocked.
    pub(super) fn is_from_blocked(&self, message: &Element, core: &Core) -> bool {
        let our_jid = &core.config.our_jid;
        let sender = Sender::of(message).map(|sender| sender.bare(our_jid));
        // An error comes in the name of whom we wrote to, and is about our own message.
        let is_error = message.attr("type") == Some("error");
        !is_error && sender.is_some_and(|jid| core.memory.account.blocked.contains(&jid))
    }

    /// XEP-0191, section 3.2: before any change, and so that we hear of the changes of others.
    pub(super) fn ask_blocked(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let asked = Asked::Blocked;
        self.ask("get", blocking::get(), asked, Sent::Other, core, cx);
    }

    pub(super) fn blocked_came(&mut self, answer: Option<&Element>, core: &mut Core) {
        if let Some(list) = answer.and_then(blocking::list) {
            core.take_list(list);
        }
    }

    /// Another client of ours changed the list. Whether the set was about that.
    pub(super) fn blocking_push(&mut self, iq: &Element, sender: &Sender, core: &mut Core) -> bool {
        let Some(push) = blocking::push(iq) else {
            return false;
        };
        if !sender.is_our_account(&core.config.our_jid) {
            return false;
        }
        let mut list = core.memory.account.blocked.clone();
        match push {
            Push::Blocked(jids) => list.extend(jids),
            Push::Unblocked(jids) => list.retain(|jid| !jids.contains(jid)),
            Push::AllUnblocked => list.clear(),
        }
        core.take_list(list);
        self.send(&stanza::result_of(iq, None), Sent::Other, core);
        true
    }
}
