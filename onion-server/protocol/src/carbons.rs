//! XEP-0280: copies of messages for an account's other clients.

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::context::Context;
use crate::forwarding;
use crate::hints;
use crate::input::ConnectionId;
use crate::server::Server;
use crate::stanza::{Build, Condition};
use crate::store::Place;

/// Which way a message goes, seen from the account whose clients may get a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// One of its clients has sent it.
    Sent,
    /// It came for the account.
    Received,
}

/// Whether the other clients get a copy of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copying {
    /// Whether they do.
    pub copies: bool,
    /// The rule that decides.
    pub because: &'static str,
}

const fn yes(because: &'static str) -> Copying {
    Copying {
        copies: true,
        because,
    }
}

const fn no(because: &'static str) -> Copying {
    Copying {
        copies: false,
        because,
    }
}

/// Decides for a message (§6.1). `from_full` says that its sender is a full JID.
#[must_use]
pub fn decide(message: &Element, direction: Direction, from_full: bool) -> Copying {
    let received = direction == Direction::Received;
    if message.has_child("private", ns::CARBONS) {
        return no("§9: the sender wants no copies");
    }
    if hints::forbids_copies(message) {
        return no("XEP-0334 §4.3: the sender wants no copies");
    }
    if ["sent", "received"]
        .iter()
        .any(|name| message.has_child(*name, ns::CARBONS))
    {
        return no("it looks like a copy itself, and only we make those");
    }
    let kind = message.attr("type").unwrap_or("normal");
    if kind == "groupchat" {
        return no("§6.1: a room sends to every client that has joined it");
    }
    if is_invitation(message) {
        return yes("§6.1: an invitation is for every client");
    }
    if received && from_full && message.has_child("x", ns::MUC_USER) {
        return no("§6.1: a room sends private messages to every client that has joined it");
    }
    match kind {
        "error" if received => yes("§6.1: every client is to know that a message has failed"),
        "error" => no("an answer that only its recipient can use"),
        "headline" => no("a headline is for those who are there"),
        "chat" => yes("§6.1: a chat message"),
        _ if message.has_child("body", ns::CLIENT) => yes("§6.1: a message with text"),
        _ if message.children().any(is_about_messages) => {
            yes("§6.1: it says something about other messages")
        }
        _ => no("nothing that people write"),
    }
}

/// A direct invitation to a room (XEP-0249) or a mediated one (XEP-0045 §7.8.2).
fn is_invitation(message: &Element) -> bool {
    let mediated = message.get_child("x", ns::MUC_USER);
    message.has_child("x", ns::MUC_INVITATION)
        || mediated.is_some_and(|x| x.has_child("invite", ns::MUC_USER))
}

fn is_about_messages(child: &Element) -> bool {
    let namespaces = [
        ns::RECEIPTS,
        ns::CHAT_STATES,
        ns::MARKERS,
        ns::REACTIONS,
        ns::RETRACTION,
        ns::ENCRYPTION,
        ns::OMEMO,
        ns::OMEMO_2,
    ];
    namespaces.contains(&child.ns().as_str())
}

impl Server {
    /// A client turns its copies on or off (§4 and §5).
    pub(crate) fn set_carbons(
        &mut self,
        id: ConnectionId,
        payload: &Element,
    ) -> Result<Option<Element>, Condition> {
        let enabled = match payload.name() {
            "enable" => true,
            "disable" => false,
            _ => return Err(Condition::BadRequest),
        };
        if let Some(resource) = self.resource(id) {
            resource.carbons = enabled;
        }
        Ok(None)
    }

    /// §8: a client has sent a message: copies for the account's other clients.
    pub(crate) fn copy_sent(
        &mut self,
        id: ConnectionId,
        bare: &BareJid,
        message: &Element,
        to: &Jid,
        cx: &mut Context<'_>,
    ) {
        // What it sends to its own account comes to the other clients as it is.
        if to.to_bare() == *bare || !decide(message, Direction::Sent, true).copies {
            return;
        }
        let except = BTreeSet::from([id]);
        self.copy("sent", bare, message, &except, None, cx);
    }

    /// §7: a message has come for the account, and `names` are the resources that it goes to as it
    /// is; copies for the others. `place` is its place in the inbox, if it has one.
    pub(crate) fn copy_received(
        &mut self,
        bare: &BareJid,
        message: &Element,
        from: &Jid,
        names: &[String],
        place: Option<Place>,
        cx: &mut Context<'_>,
    ) {
        let from_full = from.resource().is_some();
        if !decide(message, Direction::Received, from_full).copies {
            return;
        }
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let sender = from
            .resource()
            .filter(|_| from.to_bare() == *bare)
            .map(|sender| sender.as_str());
        let except = names.iter().map(String::as_str).chain(sender);
        let except = except
            .filter_map(|name| account.resources.get(name))
            .copied();
        let except: BTreeSet<_> = except.collect();
        self.copy("received", bare, message, &except, place, cx);
    }

    fn copy(
        &mut self,
        direction: &'static str,
        bare: &BareJid,
        message: &Element,
        except: &BTreeSet<ConnectionId>,
        place: Option<Place>,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let others: Vec<_> = self
            .resources_of(account)
            .filter(|(id, resource)| resource.carbons && !except.contains(id))
            .map(|(id, _)| id)
            .collect();
        if others.is_empty() {
            return;
        }
        let mut wrapper = Element::bare(direction, ns::CARBONS);
        wrapper.append_child(forwarding::forward(message, cx.now));
        let mut copy = Element::bare("message", ns::CLIENT);
        copy.set("from", bare.as_str());
        if let Some(kind) = message.attr("type") {
            copy.set("type", kind);
        }
        copy.append_child(wrapper);
        for id in others {
            if let Some(resource) = self.resource(id)
                && let Some(full) = resource.full_jid()
            {
                copy.set("to", full.as_str());
                resource.send_copy(id, place, &copy, cx);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules() {
        use Direction::{Received, Sent};
        let body = "<body>x</body>";
        let receipt = "<received xmlns='urn:xmpp:receipts' id='1'/>";
        let private = "<body>x</body><private xmlns='urn:xmpp:carbons:2'/>";
        let no_copy = "<body>x</body><no-copy xmlns='urn:xmpp:hints'/>";
        let copy = "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received>";
        let in_room = "<body>x</body><x xmlns='http://jabber.org/protocol/muc#user'/>";
        let mediated = "<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>";
        let direct = "<x xmlns='jabber:x:conference' jid='room@muc.example'/>";
        // (type, children, of one sent, of one received)
        for (kind, inner, sent, received) in [
            ("chat", body, true, true),
            ("chat", "", true, true),
            ("chat", private, false, false),
            ("chat", no_copy, false, false),
            ("chat", copy, false, false),
            ("normal", body, true, true),
            ("normal", receipt, true, true),
            ("normal", "", false, false),
            ("normal", "<x xmlns='urn:x'/>", false, false),
            ("nonsense", body, true, true),
            ("headline", body, false, false),
            ("groupchat", body, false, false),
            ("groupchat", direct, false, false),
            ("error", "<error/>", false, true),
            ("error", private, false, false),
            ("chat", in_room, true, false),
            ("normal", mediated, true, true),
            ("normal", direct, true, true),
        ] {
            let xml = format!("<message xmlns='jabber:client' type='{kind}'>{inner}</message>");
            let message = xml.parse().unwrap();
            for (direction, copies) in [(Sent, sent), (Received, received)] {
                let decided = decide(&message, direction, true);
                assert_eq!(
                    decided.copies, copies,
                    "{direction:?} {xml}: {}",
                    decided.because
                );
            }
        }
        let from_room: Element =
            format!("<message xmlns='jabber:client' type='chat'>{in_room}</message>")
                .parse()
                .unwrap();
        assert!(
            decide(&from_room, Received, false).copies,
            "from the room itself"
        );
    }
}
