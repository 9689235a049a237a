//! A message on the wire: what we send, and what of an incoming one matters.

use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use crate::store::MessageRecord;
use crate::{delay, receipts};

/// A message that waited longer than this before it was sent says when it was written. What is
/// shorter is a matter of the network.
const STAMPED_AFTER: Duration = Duration::from_secs(10);

/// The type of a message (RFC 6121, section 5.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// Between two people.
    Chat,
    /// The same, outside a conversation.
    Normal,
    /// In a room.
    Groupchat,
    /// News that nobody answers.
    Headline,
    /// Another message came back.
    Error,
}

impl MessageType {
    /// The type of a message. RFC 6121, section 5.2.2: an unknown one "MUST" be treated as normal.
    pub(crate) fn of(message: &Element) -> Self {
        match message.attr("type") {
            Some("chat") => Self::Chat,
            Some("groupchat") => Self::Groupchat,
            Some("headline") => Self::Headline,
            Some("error") => Self::Error,
            _ => Self::Normal,
        }
    }
}

/// The stanza for an outgoing message. Every attempt to send it makes the same one, apart from
/// the stamp.
pub(crate) fn to_element(record: &MessageRecord, our_jid: &BareJid, now: Timestamp) -> Element {
    let mut body = Element::bare("body", ns::CLIENT);
    body.append_text_node(record.text.as_str());
    let mut message = Element::bare("message", ns::CLIENT)
        .with_attribute("type", "chat")
        .with_attribute("to", record.conversation.as_str())
        .with_attribute("id", record.id.as_str());
    message.append_child(body);
    message.append_child(receipts::request());
    message.append_child(
        Element::bare("origin-id", ns::STANZA_ID).with_attribute("id", record.id.as_str()),
    );
    if now.saturating_since(record.time) > STAMPED_AFTER {
        message.append_child(delay::stamp(our_jid, record.time));
    }
    message
}

/// The text of a message: the body without a language, else the first one.
pub(crate) fn text(message: &Element) -> Option<String> {
    let bodies = || {
        message
            .children()
            .filter(|child| child.is("body", ns::CLIENT))
    };
    let plain = bodies().find(|body| body.attr_ns(ns::XML, "lang").is_none());
    plain
        .or_else(|| bodies().next())
        .map(Element::text)
        .filter(|text| !text.is_empty())
}

/// The name that the sender gave a message: its origin id (XEP-0359), else the stanza's id.
pub(crate) fn their_id(message: &Element) -> Option<&str> {
    let origin_id = message
        .get_child("origin-id", ns::STANZA_ID)
        .and_then(|it| it.attr("id"));
    origin_id
        .filter(|id| !id.is_empty())
        .or(message.attr("id"))
        .filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Direction, MessageId, Position};

    #[test]
    fn every_attempt_carries_the_same_ids() {
        let bob = BareJid::new("bob@b.example").unwrap();
        let alice = BareJid::new("alice@a.example").unwrap();
        let written: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let record = MessageRecord::new(
            MessageId::new("abc"),
            Position(3),
            bob.clone(),
            "<&> \u{1f600}".to_owned(),
            written,
            Direction::queued(),
        );
        let first = to_element(&record, &alice, written + Duration::from_secs(10));
        let later_time = written + Duration::from_secs(11);
        let later = to_element(&record, &alice, later_time);
        assert!(!first.has_child("delay", ns::DELAY));
        for attempt in [&first, &later] {
            assert_eq!(attempt.attr("id"), Some("abc"));
            assert_eq!(their_id(attempt), Some("abc"));
            assert_eq!(text(attempt).as_deref(), Some("<&> \u{1f600}"));
            assert_eq!(MessageType::of(attempt), MessageType::Chat);
            assert!(attempt.has_child("request", ns::RECEIPTS));
        }
        assert_eq!(delay::written_at(&later, &alice, &bob, later_time), written);
    }

    #[test]
    fn the_body_without_a_language_is_the_text() {
        let text_of = |xml: &str| {
            text(
                &format!("<message xmlns='jabber:client'>{xml}</message>")
                    .parse()
                    .unwrap(),
            )
        };
        let german = "<body xml:lang='de'>Hallo</body>";
        assert_eq!(
            text_of(&format!("{german}<body>Hello</body>")).as_deref(),
            Some("Hello")
        );
        assert_eq!(text_of(german).as_deref(), Some("Hallo"));
        assert_eq!(text_of("<body/>"), None);
        assert_eq!(text_of("<body xmlns='odd'>Hello</body>"), None);
    }

    #[test]
    fn an_empty_id_is_none() {
        let id_of = |xml: &str| {
            let message: Element = xml.parse().unwrap();
            their_id(&message).map(str::to_owned)
        };
        let origin = "<origin-id xmlns='urn:xmpp:sid:0'";
        assert_eq!(id_of("<message xmlns='jabber:client' id=''/>"), None);
        let odd = format!("<message xmlns='jabber:client' id='a'>{origin} id=''/></message>");
        assert_eq!(id_of(&odd).as_deref(), Some("a"));
        let both = format!("<message xmlns='jabber:client' id='a'>{origin} id='b'/></message>");
        assert_eq!(id_of(&both).as_deref(), Some("b"));
    }
}
