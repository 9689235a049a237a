//! When a message was written, from the stamps on it.

use jid::{BareJid, Jid};
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

/// When a message was written: the earliest stamp by our server, the sender or the sender's
/// server, else `now`.
///
/// XEP-0203, section 5 warns that a stamp can be forged, so nothing but the shown time depends on
/// it, and one in the future counts as `now`. A stamp without an address was not made by a server
/// that follows the recommendation to give one; it is taken for the sender's, who could have
/// written any.
pub(crate) fn written_at(
    message: &Element,
    sender: &BareJid,
    our_jid: &BareJid,
    now: Timestamp,
) -> Timestamp {
    message
        .children()
        .filter(|child| child.is("delay", ns::DELAY))
        .filter(|delay| match delay.attr("from").map(Jid::new) {
            None => true,
            Some(Ok(by)) => is_believed(&by, sender) || is_believed(&by, our_jid),
            Some(Err(_)) => false,
        })
        .filter_map(|delay| delay.attr("stamp")?.parse().ok())
        .chain([now])
        .min()
        .unwrap_or(now)
}

/// When our server had a message, if it says so: it kept the message until we came. A sender can
/// forge this one too, so it may only be believed where that does no harm.
pub(crate) fn kept_by_our_server(message: &Element, our_jid: &BareJid) -> Option<Timestamp> {
    message
        .children()
        .filter(|child| child.is("delay", ns::DELAY))
        .filter(|delay| {
            let by = delay.attr("from").and_then(|from| Jid::new(from).ok());
            by.is_some_and(|by| is_believed(&by, our_jid))
        })
        .filter_map(|delay| delay.attr("stamp")?.parse().ok())
        .max()
}

/// Whether the stamp is made by somebody or by their server.
fn is_believed(by: &Jid, somebody: &BareJid) -> bool {
    by.to_bare() == *somebody || (by.node().is_none() && by.domain() == somebody.domain())
}

/// Says when a message of ours was written, if that was not just now.
pub(crate) fn stamp(our_jid: &BareJid, written: Timestamp) -> Element {
    Element::bare("delay", ns::DELAY)
        .with_attribute("from", our_jid.as_str())
        .with_attribute("stamp", written.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_sides_are_believed() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let early = "2026-11-23T09:00:00Z";
        let alice = BareJid::new("alice@a.example").unwrap();
        let bob = BareJid::new("bob@b.example").unwrap();
        let written = |delays: &str| {
            let xml = format!("<message xmlns='jabber:client'>{delays}</message>");
            written_at(&xml.parse().unwrap(), &bob, &alice, now)
        };
        for (by, believed) in [
            ("", true),
            ("from='a.example'", true),
            ("from='alice@a.example'", true),
            ("from='bob@b.example/desk'", true),
            ("from='b.example'", true),
            ("from='carol@b.example'", false),
            ("from='c.example'", false),
            ("from='@'", false),
        ] {
            let time = written(&format!(
                "<delay xmlns='urn:xmpp:delay' {by} stamp='{early}'/>"
            ));
            let expected = if believed {
                early.parse().unwrap()
            } else {
                now
            };
            assert_eq!(time, expected, "{by}");
        }
        for stamp in ["", "soon", "2026-11-23T12:00:01Z", "1969-01-01T00:00:00Z"] {
            let time = written(&format!("<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>"));
            assert_eq!(time, now, "{stamp}");
        }
        let both = format!(
            "<delay xmlns='urn:xmpp:delay' stamp='2026-11-23T10:00:00Z' from='a.example'/>\
             <delay xmlns='urn:xmpp:delay' stamp='{early}' from='b.example'/>"
        );
        assert_eq!(written(&both), early.parse().unwrap());
    }
}
