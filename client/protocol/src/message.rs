//! A message on the wire: what we send, and what of an incoming one matters.

use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use crate::chat_states::ChatState;
use crate::store::{Action, MessageId, MessageRecord, PendingRecord};
use crate::{correction, delay, markers, reactions, receipts, reply, retraction};

/// The longest name of a message that is kept, in bytes. Real ones have 20 to 60.
pub(crate) const MAX_ID_BYTES: usize = 1_000;

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
/// the stamp and, if `tells_activity`, the word that we are here.
pub(crate) fn to_element(
    record: &MessageRecord,
    our_jid: &BareJid,
    now: Timestamp,
    tells_activity: bool,
) -> Element {
    let mut message = to(record.address(), &record.id);
    let body = write_reply(&mut message, record, our_jid, &record.text);
    write_body(&mut message, &body);
    message.append_child(receipts::request());
    message.append_child(markers::markable());
    if tells_activity {
        message.append_child(ChatState::Active.to_element());
    }
    write_stamp(&mut message, our_jid, record.time, now);
    message
}

/// The stanza for what we say about a message to one address of the other side. `about` is that message as it is now.
pub(crate) fn action_to_element(
    pending: &PendingRecord,
    recipient: &BareJid,
    about: Option<&MessageRecord>,
    our_jid: &BareJid,
    now: Timestamp,
) -> Element {
    let mut message = to(recipient, &pending.id);
    match &pending.action {
        Action::Correct { id, text } => {
            // XEP-0308, section 4: "the sender MUST re-send the entire stanza, only altering id
            // and the payloads being corrected and adding the 'replace' payload".
            let body = match about {
                Some(about) => write_reply(&mut message, about, our_jid, text),
                None => text.clone(),
            };
            write_body(&mut message, &body);
            message.append_child(correction::replace(id));
        }
        Action::Retract { id } => retraction::write(&mut message, id),
        Action::React { id, emojis } => reactions::write(&mut message, id, emojis),
        Action::Displayed { id } => markers::write(&mut message, id),
    }
    write_stamp(&mut message, our_jid, pending.time, now);
    message
}

fn to(recipient: &BareJid, id: &MessageId) -> Element {
    let mut message = Element::bare("message", ns::CLIENT)
        .with_attribute("type", "chat")
        .with_attribute("to", recipient.as_str())
        .with_attribute("id", id.as_str());
    message
        .append_child(Element::bare("origin-id", ns::STANZA_ID).with_attribute("id", id.as_str()));
    message
}

fn write_reply(
    message: &mut Element,
    record: &MessageRecord,
    our_jid: &BareJid,
    text: &str,
) -> String {
    let Some(reply) = &record.reply else {
        return text.to_owned();
    };
    let author = if reply.by_us {
        our_jid
    } else {
        record.address()
    };
    reply::write(message, reply, author, text)
}

pub(crate) fn write_body(message: &mut Element, text: &str) {
    let mut body = Element::bare("body", ns::CLIENT);
    body.append_text_node(text);
    message.append_child(body);
}

fn write_stamp(message: &mut Element, our_jid: &BareJid, written: Timestamp, now: Timestamp) {
    if now.saturating_since(written) > STAMPED_AFTER {
        message.append_child(delay::stamp(our_jid, written));
    }
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

/// The names that the sender gave a message: first its origin id (XEP-0359), then the stanza's id
/// if that is another one. A name of unreasonable length is none.
pub(crate) fn their_ids(message: &Element) -> Vec<&str> {
    let origin_id = message
        .get_child("origin-id", ns::STANZA_ID)
        .and_then(|it| it.attr("id"));
    let mut ids: Vec<&str> = [origin_id, message.attr("id")]
        .into_iter()
        .flatten()
        .filter(|id| !id.is_empty() && id.len() <= MAX_ID_BYTES)
        .collect();
    ids.dedup();
    ids
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
        let first = to_element(&record, &alice, written + Duration::from_secs(10), false);
        let later_time = written + Duration::from_secs(11);
        let later = to_element(&record, &alice, later_time, false);
        assert!(!first.has_child("delay", ns::DELAY));
        for attempt in [&first, &later] {
            assert_eq!(attempt.attr("id"), Some("abc"));
            assert_eq!(their_ids(attempt), ["abc"]);
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
    fn odd_names_are_none() {
        let ids_of = |xml: &str| {
            let message: Element = xml.parse().unwrap();
            their_ids(&message).join(" ")
        };
        let origin = "<origin-id xmlns='urn:xmpp:sid:0'";
        assert_eq!(ids_of("<message xmlns='jabber:client' id=''/>"), "");
        let odd = format!("<message xmlns='jabber:client' id='a'>{origin} id=''/></message>");
        assert_eq!(ids_of(&odd), "a");
        let both = format!("<message xmlns='jabber:client' id='a'>{origin} id='b'/></message>");
        assert_eq!(ids_of(&both), "b a");
        let same = format!("<message xmlns='jabber:client' id='a'>{origin} id='a'/></message>");
        assert_eq!(ids_of(&same), "a");
        let long = format!(
            "<message xmlns='jabber:client' id='{}'/>",
            "x".repeat(2_000)
        );
        assert_eq!(ids_of(&long), "");
    }
}
