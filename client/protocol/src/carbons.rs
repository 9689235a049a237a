//! Copies of what our other clients send and receive.

use jid::BareJid;
use minidom::Element;
use onym_stream::ns;

use crate::forwarding::{self, Way};
use crate::stanza::Sender;

/// Asks our server for copies.
pub(crate) fn enable() -> Element {
    Element::bare("enable", ns::CARBONS)
}

/// Whether a message claims to carry a copy. Whatever else is in such a message is not read.
pub(crate) fn is_carbon(message: &Element) -> bool {
    wrapper(message).is_some()
}

/// The message inside, and which way it went. Nothing if the copy cannot be believed.
///
/// XEP-0280, section 11: the copy must come from our own bare address, else anybody could put
/// words into anybody's mouth. The way that the wrapper names must be the way of the message.
pub(crate) fn unwrap<'a>(
    message: &'a Element,
    sender: &Sender,
    our_jid: &BareJid,
) -> Option<(Way, &'a Element)> {
    if !sender.is_our_account(our_jid) {
        return None;
    }
    let (way, wrapper) = wrapper(message)?;
    let inner = forwarding::forwarded(wrapper)?.message;
    let to_us_too = message_to_self(inner, our_jid);
    (forwarding::way(inner, our_jid) == Some(way) || to_us_too).then_some((way, inner))
}

fn wrapper(message: &Element) -> Option<(Way, &Element)> {
    let child = |name| message.get_child(name, ns::CARBONS);
    child("sent")
        .map(|it| (Way::Sent, it))
        .or_else(|| child("received").map(|it| (Way::Received, it)))
}

/// A note to self goes both ways.
fn message_to_self(message: &Element, our_jid: &BareJid) -> bool {
    let is_ours = |name| {
        message
            .attr(name)
            .and_then(|jid| jid::Jid::new(jid).ok())
            .is_some_and(|jid| jid.to_bare() == *our_jid)
    };
    is_ours("from") && is_ours("to")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(from: &str, wrapper: &str, inner: &str) -> Option<Way> {
        let alice = BareJid::new("alice@a.example").unwrap();
        let xml = format!(
            "<message xmlns='jabber:client' {from}><{wrapper} xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' {inner}>\
             <body>Hello</body></message></forwarded></{wrapper}></message>"
        );
        let message: Element = xml.parse().unwrap();
        assert!(is_carbon(&message));
        let sender = Sender::of(&message)?;
        unwrap(&message, &sender, &alice).map(|(way, _)| way)
    }

    #[test]
    fn only_our_own_account_passes_copies_on() {
        let incoming = "from='bob@b.example/x' to='alice@a.example/phone'";
        let outgoing = "from='alice@a.example/phone' to='bob@b.example'";
        for from in ["", "from='alice@a.example'"] {
            assert_eq!(copy(from, "received", incoming), Some(Way::Received));
            assert_eq!(copy(from, "sent", outgoing), Some(Way::Sent));
            assert_eq!(copy(from, "received", outgoing), None);
            assert_eq!(copy(from, "sent", incoming), None);
        }
        for from in [
            "alice@a.example/phone",
            "a.example",
            "bob@b.example",
            "alice@a.example.evil",
            "@",
        ] {
            let from = format!("from='{from}'");
            assert_eq!(copy(&from, "received", incoming), None, "{from}");
            assert_eq!(copy(&from, "sent", outgoing), None, "{from}");
        }
    }

    #[test]
    fn a_note_to_self_goes_both_ways() {
        let note = "from='alice@a.example/phone' to='alice@a.example'";
        assert_eq!(copy("", "received", note), Some(Way::Received));
        assert_eq!(copy("", "sent", note), Some(Way::Sent));
    }

    #[test]
    fn an_empty_wrapper_is_a_carbon_without_a_message() {
        let xml = "<message xmlns='jabber:client'><body>Hello</body>\
                   <received xmlns='urn:xmpp:carbons:2'/></message>";
        let message: Element = xml.parse().unwrap();
        assert!(is_carbon(&message));
        let alice = BareJid::new("alice@a.example").unwrap();
        assert_eq!(unwrap(&message, &Sender::OurAccount, &alice), None);
    }
}
