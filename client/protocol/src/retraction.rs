//! Retractions: the author of a message takes it back.

use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use crate::fallback;
use crate::store::{MessageRecord, Reactions};

/// What a client that does not know retractions shows. The words are those of the specification.
const FALLBACK: &str = "/me retracted a previous message, but it's unsupported by your client.";

/// The name of the message that is taken back.
pub(crate) fn retracted_id(message: &Element) -> Option<&str> {
    message
        .get_child("retract", ns::RETRACTION)?
        .attr("id")
        .filter(|id| !id.is_empty())
}

/// Whether the archive has this in place of a message that was taken back (XEP-0424, section 5).
pub(crate) fn is_tombstone(message: &Element) -> bool {
    message.has_child("retracted", ns::RETRACTION)
}

/// Adds what takes a message back.
pub(crate) fn write(message: &mut Element, id: &str) {
    message.append_child(Element::bare("retract", ns::RETRACTION).with_attribute("id", id));
    message.append_child(fallback::whole(ns::RETRACTION));
    let mut body = Element::bare("body", ns::CLIENT);
    body.append_text_node(FALLBACK);
    message.append_child(body);
    message.append_child(Element::bare("store", ns::HINTS));
}

/// Takes a message back: what it said is gone, here as well. Whether that changes it. Whoever
/// calls this has made sure that it comes from the author (XEP-0424, section 6).
pub(crate) fn retract(message: &mut MessageRecord, at: Timestamp) -> bool {
    // Its archived copy may say an earlier time than the retraction that came first.
    let at = message.retracted.map_or(at, |before| before.min(at));
    if message.retracted == Some(at) {
        return false;
    }
    message.retracted = Some(at);
    message.text = String::new();
    message.unstyled = false;
    message.edit = None;
    message.reply = None;
    message.reactions = Reactions::default();
    true
}

#[cfg(test)]
mod tests {
    use jid::BareJid;

    use super::*;
    use crate::store::{Direction, MessageId, Position, ReactionSet, Reply};

    #[test]
    fn nothing_of_the_message_is_left() {
        let at = Timestamp::from_unix_millis;
        let mut record = MessageRecord::new(
            MessageId::new("a"),
            Position(1),
            BareJid::new("bob@b.example").unwrap(),
            "secret".to_owned(),
            at(1),
            Direction::incoming(Some("m1".to_owned())),
        );
        record.reply = Some(Reply {
            to_id: "m0".to_owned(),
            to: None,
            quote: "secret".to_owned(),
            by_us: true,
        });
        record.reactions.ours = ReactionSet {
            emojis: vec!["👍".to_owned()],
            placed: Some(at(2)),
        };
        assert!(retract(&mut record, at(9)));
        assert!(!format!("{record:?}").contains("secret"));
        assert_eq!(record.reactions, Reactions::default());
        assert!(!retract(&mut record, at(10)));
        assert!(retract(&mut record, at(8)));
        assert_eq!(record.retracted, Some(at(8)));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut message = Element::bare("message", ns::CLIENT);
        write(&mut message, "m1");
        assert_eq!(retracted_id(&message), Some("m1"));
        assert!(!is_tombstone(&message));
        let text = crate::message::text(&message).unwrap();
        assert!(fallback::without(&message, &text, ns::RETRACTION).is_empty());
        for xml in [
            "<retract xmlns='urn:xmpp:message-retract:1'/>",
            "<retract id='a' xmlns='x'/>",
        ] {
            let message = format!("<message xmlns='jabber:client'>{xml}</message>");
            assert_eq!(retracted_id(&message.parse().unwrap()), None, "{xml}");
        }
    }
}
