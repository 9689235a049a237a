//! Who is writing, on either side.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use super::acknowledgement::Sent;
use super::arrival::Said;
use super::core::{Context, Core};
use super::session::Session;
use crate::chat_states::ChatState;
use crate::event::Event;
use crate::markers::Told;

impl Core {
    /// A contact says what they are doing, or has written, which ends their writing.
    pub(super) fn they_do(
        &mut self,
        said: &Said,
        state: Option<ChatState>,
        wrote: bool,
        now: Timestamp,
    ) {
        // A stranger is not shown as writing, and does not fill our memory.
        if said.is_former || self.contact_behind(&said.peer).is_none() {
            return;
        }
        let jid = &said.conversation;
        let changed = match state {
            Some(state) if !wrote => self.chats.they(jid, state, now),
            Some(_) => self.chats.they(jid, ChatState::Active, now),
            None if wrote => self.chats.they_left(jid),
            None => false,
        };
        if changed {
            self.outbox
                .event(Event::ChatStateChanged { jid: jid.clone() });
        }
    }

    /// A contact has gone offline.
    pub(super) fn they_left(&mut self, jid: &BareJid) {
        if self.chats.they_left(jid) {
            self.outbox
                .event(Event::ChatStateChanged { jid: jid.clone() });
        }
    }

    /// The user does something in a conversation.
    pub(super) fn we_do(&mut self, jid: &BareJid, state: ChatState, now: Timestamp) {
        // XEP-0085, section 5.1: standalone notifications only for those who know them.
        if !self.chats.has_told(jid) || !self.may_tell(jid, Told::Typing) {
            return;
        }
        if let Some(state) = self.chats.we(jid, state, now) {
            self.to_tell.push((jid.clone(), state));
        }
    }

    /// Whether a message of ours says that we are here; notes that it does.
    pub(super) fn tells_activity(&mut self, jid: &BareJid) -> bool {
        let tells = self.may_tell(jid, Told::Typing);
        if tells {
            self.chats.we_wrote(jid);
        }
        tells
    }

    /// Who has paused is told so, and who has vanished is no longer shown as writing.
    pub(super) fn chats_time_passed(&mut self, now: Timestamp) {
        self.chats.bound_deadlines(now);
        let (paused, ended) = self.chats.time_passed(now);
        for jid in paused {
            self.to_tell.push((jid, ChatState::Paused));
        }
        for jid in ended {
            self.outbox.event(Event::ChatStateChanged { jid });
        }
    }

    /// The connection is gone.
    pub(super) fn clear_chats(&mut self) {
        for jid in self.chats.writing() {
            self.outbox.event(Event::ChatStateChanged { jid });
        }
        self.chats.clear();
    }
}

impl Session {
    /// Tells what the user is doing.
    pub(super) fn send_states(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        for (conversation, state) in std::mem::take(&mut core.to_tell) {
            let jid = core.way_to(&conversation, cx.now);
            // It is nothing to whoever has the home that the person left.
            if core.memory.is_former_home(&jid) {
                continue;
            }
            let mut message = Element::bare("message", ns::CLIENT)
                .with_attribute("type", "chat")
                .with_attribute("to", jid.as_str());
            message.append_child(state.to_element());
            let message = self.protect_if_known(message, &jid, core, cx);
            self.send(&message, Sent::Other, core);
        }
    }
}
