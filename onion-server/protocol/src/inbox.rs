//! XEP-0160: messages for an owner who is not there, or has not acknowledged them yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jid::{BareJid, Jid};
use onym_identity::Timestamp;
use onym_stream::{Element, ns};

use crate::domain::Domain;
use crate::limits;
use crate::stanza;
use crate::store::{Place, QueuedStanza};

/// The messages that one account's clients have not acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    waiting: BTreeMap<Place, Waiting>,
    next: Place,
}

#[derive(Debug)]
struct Waiting {
    message: InboxMessage,
    sender: Option<BareJid>,
    stranger: bool,
}

/// A message on its way to a client.
#[derive(Clone, Debug)]
pub(crate) struct InboxMessage {
    pub(crate) place: Place,
    pub(crate) since: Timestamp,
    pub(crate) xml: Arc<str>,
}

/// Why an inbox does not take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InboxFull {
    /// All places are taken.
    Whole,
    /// The sender has taken its share.
    Sender,
    /// Strangers have taken their share.
    Strangers,
}

impl InboxFull {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Whole => "the recipient's inbox is full",
            Self::Sender => "too many of your messages wait for the recipient",
            Self::Strangers => "the recipient does not know you and has not answered yet",
        }
    }
}

impl Inbox {
    /// Takes up what was stored. `is_stranger` says of a domain whether nobody there is known.
    pub(crate) fn load(
        stored: impl Iterator<Item = (Place, QueuedStanza)>,
        is_stranger: impl Fn(&Jid) -> bool,
    ) -> Self {
        let mut inbox = Self::default();
        for (place, stanza) in stored {
            let from = stanza::parse(&stanza.xml)
                .and_then(|element| stanza::address(&element, "from").ok().flatten());
            inbox.waiting.insert(
                place,
                Waiting {
                    message: InboxMessage {
                        place,
                        since: stanza.since,
                        xml: stanza.xml.into(),
                    },
                    stranger: from.as_ref().is_some_and(&is_stranger),
                    sender: from.map(Jid::into_bare),
                },
            );
            inbox.next = place.saturating_add(1);
        }
        inbox
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether one more message of this sender is taken.
    pub(crate) fn admits(&self, sender: &Jid, stranger: bool) -> Result<(), InboxFull> {
        if self.waiting.len() >= limits::MAX_INBOX_MESSAGES {
            return Err(InboxFull::Whole);
        }
        let bare = sender.to_bare();
        let count =
            |rule: &dyn Fn(&Waiting) -> bool| self.waiting.values().filter(|w| rule(w)).count();
        if count(&|w| w.sender.as_ref() == Some(&bare)) >= limits::MAX_INBOX_MESSAGES_PER_SENDER {
            return Err(InboxFull::Sender);
        }
        if !stranger {
            return Ok(());
        }
        let domain = Domain::of(sender);
        let same_domain = |w: &Waiting| {
            w.stranger
                && w.sender
                    .as_ref()
                    .is_some_and(|s| s.domain().as_str() == domain.as_str())
        };
        if count(&|w| w.stranger) >= limits::MAX_INBOX_MESSAGES_OF_STRANGERS
            || count(&same_domain) >= limits::MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN
        {
            return Err(InboxFull::Strangers);
        }
        Ok(())
    }

    /// Gives a message the next place.
    pub(crate) fn push(
        &mut self,
        message: &Element,
        sender: &Jid,
        stranger: bool,
        now: Timestamp,
    ) -> (InboxMessage, QueuedStanza) {
        let place = self.next;
        self.next = self.next.saturating_add(1);
        let xml = stanza::to_xml(message);
        let kept = InboxMessage {
            place,
            since: now,
            xml: xml.as_str().into(),
        };
        let waiting = Waiting {
            message: kept.clone(),
            sender: Some(sender.to_bare()),
            stranger,
        };
        self.waiting.insert(place, waiting);
        (kept, QueuedStanza { since: now, xml })
    }

    /// A client has it. Whether it was still here.
    pub(crate) fn remove(&mut self, place: Place) -> bool {
        self.waiting.remove(&place).is_some()
    }

    /// Everything that waits, oldest first, for a client that has just become available.
    pub(crate) fn backlog(&self) -> VecDeque<InboxMessage> {
        self.waiting
            .values()
            .map(|waiting| waiting.message.clone())
            .collect()
    }
}

/// Whether a message is worth keeping for an owner who is away, and why.
#[must_use]
pub fn worth_keeping(message: &Element) -> (bool, &'static str) {
    // XEP-0334 §4.2: "the message SHOULD NOT be stored".
    if message.has_child("no-store", ns::HINTS) {
        return (false, "the sender asks that it is not stored");
    }
    match message.attr("type").unwrap_or("normal") {
        // RFC 6121 §8.5.2.2.1 and XEP-0160 §3.
        "headline" => (false, "a headline is for those who are there"),
        "groupchat" => (false, "a room keeps its own history"),
        "error" if message.attr("id").is_none() => (false, "an error that names no message"),
        _ if message
            .children()
            .all(|child| child.ns() == ns::CHAT_STATES || child.name() == "thread") =>
        {
            // XEP-0160 §3: "chat state notifications [...] SHOULD NOT be stored offline".
            (false, "it carries nothing but a passing state")
        }
        _ => (true, "the owner is to have it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(xml: &str) -> Element {
        format!("<message xmlns='jabber:client' {xml}</message>")
            .parse()
            .unwrap()
    }

    #[test]
    fn what_is_kept() {
        for (xml, kept) in [
            ("type='chat'><body>x</body>", true),
            ("><body>x</body>", true),
            (
                "type='chat'><received xmlns='urn:xmpp:receipts' id='1'/>",
                true,
            ),
            (
                "type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>",
                false,
            ),
            ("type='headline'><body>x</body>", false),
            (
                "type='chat'><body>x</body><no-store xmlns='urn:xmpp:hints'/>",
                false,
            ),
            ("type='error' id='1'><error xmlns='jabber:client'/>", true),
            ("type='error'><error xmlns='jabber:client'/>", false),
        ] {
            assert_eq!(worth_keeping(&message(xml)).0, kept, "{xml}");
        }
    }

    #[test]
    fn one_sender_cannot_lock_out_another() {
        let mut inbox = Inbox::default();
        let (loud, other) = (
            Jid::new("loud@stranger.example/1").unwrap(),
            Jid::new("other@b.example").unwrap(),
        );
        let body = message("><body>x</body>");
        let mut taken = 0;
        while inbox.admits(&loud, true).is_ok() {
            inbox.push(&body, &loud, true, Timestamp::from_unix_millis(0));
            taken += 1;
        }
        assert_eq!(taken, limits::MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN);
        assert_eq!(inbox.admits(&loud, true), Err(InboxFull::Strangers));
        assert_eq!(inbox.admits(&other, true), Ok(()));
        while inbox.admits(&loud, false).is_ok() {
            inbox.push(&body, &loud, false, Timestamp::from_unix_millis(0));
        }
        assert_eq!(inbox.len(), limits::MAX_INBOX_MESSAGES_PER_SENDER);
        assert_eq!(inbox.admits(&other, false), Ok(()));
    }
}
