//! Receipts: the recipient's client has the message.

use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::message::MessageType;
use crate::store::Subscription;

/// Asks for a receipt.
pub(crate) fn request() -> Element {
    Element::bare("request", ns::RECEIPTS)
}

/// The id of the message that a receipt is for.
pub(crate) fn receipt_for(message: &Element) -> Option<&str> {
    message
        .get_child("received", ns::RECEIPTS)?
        .attr("id")
        .filter(|id| !id.is_empty())
}

/// The message that is a receipt: nothing but `<received/>`, and with the type that asked for it
/// (XEP-0184, section 5.4).
pub(crate) fn receipt(to: &str, id: &str, message_id: &str) -> Element {
    let mut message = Element::bare("message", ns::CLIENT)
        .with_attribute("type", "chat")
        .with_attribute("to", to)
        .with_attribute("id", id);
    message.append_child(Element::bare("received", ns::RECEIPTS).with_attribute("id", message_id));
    message
}

/// Whether a message gets a receipt, and the rule that decides.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptDecision {
    /// Whether to send one.
    pub send: bool,
    /// The rule.
    pub because: ReceiptRule,
}

/// The rules about receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptRule {
    /// A contact who may see our presence asks for one.
    AskedByContact,
    /// The message does not ask.
    NotAsked,
    /// "A sender MUST include an 'id' attribute" (XEP-0184, section 5.3), else there is nothing to
    /// answer.
    NoId,
    /// "An entity MUST NOT include a receipt request in an ack message" (XEP-0184, section 5.1).
    /// One that has both is not answered, so that two clients cannot answer each other for ever.
    IsReceipt,
    /// Only messages between two people are answered.
    NotChat,
    /// "A recipient SHOULD NOT return message delivery receipts to senders who are not otherwise
    /// authorized to view its presence" (XEP-0184, section 8).
    StrangersLearnNothing,
}

/// Decides about the receipt for a message that a client sent.
pub fn decide(
    message: &Element,
    kind: MessageType,
    sender: Option<Subscription>,
) -> ReceiptDecision {
    use ReceiptRule as R;
    let because = if !message.has_child("request", ns::RECEIPTS) {
        R::NotAsked
    } else if message.has_child("received", ns::RECEIPTS) {
        R::IsReceipt
    } else if kind != MessageType::Chat {
        R::NotChat
    } else if message.attr("id").is_none_or(str::is_empty) {
        R::NoId
    } else if !sender.is_some_and(Subscription::they_see_us) {
        R::StrangersLearnNothing
    } else {
        R::AskedByContact
    };
    ReceiptDecision {
        send: because == R::AskedByContact,
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        use ReceiptRule as R;
        let ask = "<request xmlns='urn:xmpp:receipts'/>";
        let both = format!("{ask}<received xmlns='urn:xmpp:receipts' id='a'/>");
        let friend = Some(Subscription::Both);
        for (id, children, kind, sender, because) in [
            ("id='a'", ask, MessageType::Chat, friend, R::AskedByContact),
            (
                "id='a'",
                ask,
                MessageType::Chat,
                Some(Subscription::From),
                R::AskedByContact,
            ),
            (
                "id='a'",
                ask,
                MessageType::Chat,
                Some(Subscription::To),
                R::StrangersLearnNothing,
            ),
            (
                "id='a'",
                ask,
                MessageType::Chat,
                Some(Subscription::None),
                R::StrangersLearnNothing,
            ),
            (
                "id='a'",
                ask,
                MessageType::Chat,
                None,
                R::StrangersLearnNothing,
            ),
            ("id='a'", "", MessageType::Chat, friend, R::NotAsked),
            ("id='a'", &both, MessageType::Chat, friend, R::IsReceipt),
            ("id='a'", ask, MessageType::Normal, friend, R::NotChat),
            ("id='a'", ask, MessageType::Headline, friend, R::NotChat),
            ("id='a'", ask, MessageType::Groupchat, friend, R::NotChat),
            ("", ask, MessageType::Chat, friend, R::NoId),
            ("id=''", ask, MessageType::Chat, friend, R::NoId),
        ] {
            let xml = format!("<message xmlns='jabber:client' {id}>{children}</message>");
            let found = decide(&xml.parse().unwrap(), kind, sender);
            let send = because == R::AskedByContact;
            assert_eq!(found, ReceiptDecision { send, because }, "{xml}");
        }
    }

    #[test]
    fn a_receipt_names_the_message_and_asks_for_nothing() {
        let receipt = receipt("bob@b.example/desk", "our-id", "their-id");
        assert_eq!(receipt_for(&receipt), Some("their-id"));
        assert_eq!(receipt.children().count(), 1);
        let because = decide(&receipt, MessageType::Chat, Some(Subscription::Both)).because;
        assert_eq!(because, ReceiptRule::NotAsked);
    }
}
