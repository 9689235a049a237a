//! What we say about ourselves while we are there.

use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ContentNamespace, ns, write_element};

use super::acknowledgement::Sent;
use super::core::Core;
use super::session::Session;
use crate::avatar::AvatarHash;
use crate::{caps, disco, vcard};

impl Session {
    /// Tells those who may know that we are there, and how.
    pub(super) fn show_presence(&mut self, core: &mut Core) {
        let mut presence = Element::bare("presence", ns::CLIENT);
        if let Some(since) = core.idle_since {
            let mut show = Element::bare("show", ns::CLIENT);
            show.append_text_node("away");
            presence.append_child(show);
            presence.append_child(idle(since));
        }
        presence.append_child(caps::element(&disco::verification()));
        // XEP-0398, section 3: a server that converts images writes their hash itself.
        if self.abilities.vcard && !self.abilities.converts_avatars {
            let hash = core.memory.account.profile.avatar.as_deref();
            presence.append_child(vcard::update(hash.and_then(AvatarHash::from_hex)));
        }
        self.send(&presence, Sent::Other, core);
        // A new stream counts as active.
        if self.shows_idle.is_some() != core.idle_since.is_some() {
            self.show_activity(core);
        }
        self.shows_idle = core.idle_since;
    }

    /// Tells again if the user came or went meanwhile.
    pub(super) fn update_presence(&mut self, core: &mut Core) {
        if self.roster_is_settled && self.shows_idle != core.idle_since {
            self.show_presence(core);
        }
    }

    /// XEP-0352: while the user is away, the server may keep back what can wait.
    pub(super) fn show_activity(&self, core: &mut Core) {
        if !self.features.client_state {
            return;
        }
        let name = match core.idle_since {
            Some(_) => "inactive",
            None => "active",
        };
        let state = Element::bare(name, ns::CLIENT_STATE);
        core.outbox
            .send(&write_element(&state, ContentNamespace::Client));
    }
}

fn idle(since: Timestamp) -> Element {
    Element::bare("idle", ns::IDLE).with_attribute("since", since.to_string())
}
