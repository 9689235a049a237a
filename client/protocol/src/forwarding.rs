//! A stanza inside another one.

use jid::{BareJid, Jid};
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

/// A message that somebody passes on, and when it first came by them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Forwarded<'a> {
    pub(crate) message: &'a Element,
    pub(crate) stamp: Option<Timestamp>,
}

/// The forwarded message in the wrapper of a carbon or an archive result.
pub(crate) fn forwarded(wrapper: &Element) -> Option<Forwarded<'_>> {
    let forwarded = wrapper.get_child("forwarded", ns::FORWARD)?;
    Some(Forwarded {
        message: forwarded.get_child("message", ns::CLIENT)?,
        stamp: forwarded
            .get_child("delay", ns::DELAY)
            .and_then(|delay| delay.attr("stamp")?.parse().ok()),
    })
}

/// Which way a message of our account went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To us.
    Received,
    /// From us, by whichever client.
    Sent,
}

/// Which way a copy of a message went, from the addresses on it. Nothing if it was never a
/// message of our account. A note to ourselves counts as sent.
pub(crate) fn way(message: &Element, our_jid: &BareJid) -> Option<Way> {
    let is_ours = |name: &str| match message.attr(name) {
        // RFC 6120, section 8.1.1.1: a message of ours without an address went to our account.
        None => true,
        Some(jid) => Jid::new(jid).is_ok_and(|jid| jid.to_bare() == *our_jid),
    };
    if is_ours("from") {
        Some(Way::Sent)
    } else if is_ours("to")
        && message
            .attr("from")
            .is_some_and(|from| Jid::new(from).is_ok())
    {
        Some(Way::Received)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_say_which_way() {
        let alice = BareJid::new("alice@a.example").unwrap();
        for (addresses, expected) in [
            (
                "from='alice@a.example/phone' to='bob@b.example'",
                Some(Way::Sent),
            ),
            (
                "from='alice@a.example' to='alice@a.example'",
                Some(Way::Sent),
            ),
            ("to='bob@b.example'", Some(Way::Sent)),
            (
                "from='bob@b.example/x' to='alice@a.example'",
                Some(Way::Received),
            ),
            (
                "from='bob@b.example/x' to='alice@a.example/desk'",
                Some(Way::Received),
            ),
            ("from='bob@b.example/x'", Some(Way::Received)),
            ("from='bob@b.example/x' to='carol@c.example'", None),
            ("from='@' to='alice@a.example'", None),
            ("from='bob@b.example' to='@'", None),
        ] {
            let xml = format!("<message xmlns='jabber:client' {addresses}/>");
            assert_eq!(way(&xml.parse().unwrap(), &alice), expected, "{addresses}");
        }
    }
}
