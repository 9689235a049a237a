//! XEP-0160: messages for an owner who is not there, or has not acknowledged them yet.

use std::collections::{BTreeMap, BTreeSet};
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
    all: Tally,
    strangers: Tally,
    by_sender: BTreeMap<BareJid, Tally>,
    by_stranger_domain: BTreeMap<Domain, Tally>,
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

/// How much waits.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    messages: usize,
    bytes: usize,
}

impl Tally {
    fn add(&mut self, bytes: usize) {
        self.messages = self.messages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn take(&mut self, bytes: usize) {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Whether one more message keeps within the limits.
    fn admits(self, bytes: usize, max_messages: usize, max_bytes: usize) -> bool {
        self.messages < max_messages && self.bytes.saturating_add(bytes) <= max_bytes
    }
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
    /// Takes up what was stored. `is_stranger` says of a sender whether the owner does not know
    /// them.
    pub(crate) fn load(
        stored: impl Iterator<Item = (Place, QueuedStanza)>,
        is_stranger: impl Fn(&Jid) -> bool,
    ) -> Self {
        let mut inbox = Self::default();
        for (place, stanza) in stored {
            let from = stanza::parse(&stanza.xml)
                .and_then(|element| stanza::address(&element, "from").ok().flatten());
            let stranger = from.as_ref().is_some_and(&is_stranger);
            inbox.insert(place, &stanza, from.map(Jid::into_bare), stranger);
        }
        inbox
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether one more message of this sender, so many bytes long, is taken.
    pub(crate) fn admits(
        &self,
        sender: &Jid,
        stranger: bool,
        bytes: usize,
    ) -> Result<(), InboxFull> {
        use limits::{
            MAX_INBOX_BYTES, MAX_INBOX_BYTES_OF_STRANGERS, MAX_INBOX_BYTES_PER_SENDER,
            MAX_INBOX_BYTES_PER_STRANGER_DOMAIN, MAX_INBOX_MESSAGES,
            MAX_INBOX_MESSAGES_OF_STRANGERS, MAX_INBOX_MESSAGES_PER_SENDER,
            MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN,
        };
        if !self.all.admits(bytes, MAX_INBOX_MESSAGES, MAX_INBOX_BYTES) {
            return Err(InboxFull::Whole);
        }
        let of_sender = self.by_sender.get(&sender.to_bare());
        let (messages, most) = (MAX_INBOX_MESSAGES_PER_SENDER, MAX_INBOX_BYTES_PER_SENDER);
        if !tally(of_sender).admits(bytes, messages, most) {
            return Err(InboxFull::Sender);
        }
        let of_domain = self.by_stranger_domain.get(&Domain::of(sender));
        let (all, each) = (
            MAX_INBOX_MESSAGES_OF_STRANGERS,
            MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN,
        );
        let room = self
            .strangers
            .admits(bytes, all, MAX_INBOX_BYTES_OF_STRANGERS)
            && tally(of_domain).admits(bytes, each, MAX_INBOX_BYTES_PER_STRANGER_DOMAIN);
        if stranger && !room {
            return Err(InboxFull::Strangers);
        }
        Ok(())
    }

    /// Gives a message the next place.
    pub(crate) fn push(
        &mut self,
        stanza: &QueuedStanza,
        sender: &Jid,
        stranger: bool,
    ) -> InboxMessage {
        self.insert(self.next, stanza, Some(sender.to_bare()), stranger)
    }

    fn insert(
        &mut self,
        place: Place,
        stanza: &QueuedStanza,
        sender: Option<BareJid>,
        stranger: bool,
    ) -> InboxMessage {
        let message = InboxMessage {
            place,
            since: stanza.since,
            xml: stanza.xml.as_str().into(),
        };
        let waiting = Waiting {
            message: message.clone(),
            sender,
            stranger,
        };
        let bytes = waiting.message.xml.len();
        self.count(&waiting, |tally| tally.add(bytes));
        self.waiting.insert(place, waiting);
        self.next = self.next.max(place.saturating_add(1));
        message
    }

    /// A client has it. Whether it was still here.
    pub(crate) fn remove(&mut self, place: Place) -> bool {
        let Some(waiting) = self.waiting.remove(&place) else {
            return false;
        };
        let bytes = waiting.message.xml.len();
        self.count(&waiting, |tally| tally.take(bytes));
        self.by_sender.retain(|_, tally| tally.messages > 0);
        self.by_stranger_domain
            .retain(|_, tally| tally.messages > 0);
        true
    }

    /// Applies a change to every tally that a message belongs to.
    fn count(&mut self, waiting: &Waiting, change: impl Fn(&mut Tally)) {
        change(&mut self.all);
        if waiting.stranger {
            change(&mut self.strangers);
        }
        if let Some(sender) = &waiting.sender {
            change(self.by_sender.entry(sender.clone()).or_default());
            if waiting.stranger {
                let domain = Domain::of(&sender.clone().into());
                change(self.by_stranger_domain.entry(domain).or_default());
            }
        }
    }

    /// Everything that waits, oldest first, for a client that has just become available.
    pub(crate) fn backlog(&self) -> Vec<InboxMessage> {
        let messages = self.waiting.values();
        messages.map(|waiting| waiting.message.clone()).collect()
    }

    /// Those of some places that still wait, oldest first.
    pub(crate) fn messages(&self, places: &BTreeSet<Place>) -> Vec<InboxMessage> {
        let messages = places.iter().filter_map(|place| self.waiting.get(place));
        messages.map(|waiting| waiting.message.clone()).collect()
    }
}

fn tally(tally: Option<&Tally>) -> Tally {
    tally.copied().unwrap_or_default()
}

/// Whether a message is worth keeping for an owner who is away, and why.
#[must_use]
pub fn worth_keeping(message: &Element) -> (bool, &'static str) {
    // XEP-0334 §4.2: "should not be stored by a server either permanently [...] or temporarily".
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
            // XEP-0160 §3: those "that contain only" chat states "SHOULD NOT be stored offline".
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
        let body = QueuedStanza {
            since: Timestamp::UNIX_EPOCH,
            xml: "<message/>".to_owned(),
        };
        let mut taken = 0;
        while inbox.admits(&loud, true, 10).is_ok() {
            inbox.push(&body, &loud, true);
            taken += 1;
        }
        assert_eq!(taken, limits::MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN);
        assert_eq!(inbox.admits(&loud, true, 10), Err(InboxFull::Strangers));
        assert_eq!(inbox.admits(&other, true, 10), Ok(()));
        while inbox.admits(&loud, false, 10).is_ok() {
            inbox.push(&body, &loud, false);
        }
        assert_eq!(inbox.len(), limits::MAX_INBOX_MESSAGES_PER_SENDER);
        assert_eq!(inbox.admits(&other, false, 10), Ok(()));
    }

    #[test]
    fn bytes_count_as_well_as_messages_until_they_leave() {
        let mut inbox = Inbox::default();
        let stranger = Jid::new("x@stranger.example").unwrap();
        let large = QueuedStanza {
            since: Timestamp::UNIX_EPOCH,
            xml: "x".repeat(limits::MAX_INBOX_BYTES_PER_STRANGER_DOMAIN),
        };
        assert_eq!(inbox.admits(&stranger, true, large.xml.len()), Ok(()));
        let kept = inbox.push(&large, &stranger, true);
        assert_eq!(inbox.admits(&stranger, true, 1), Err(InboxFull::Strangers));
        assert!(inbox.remove(kept.place));
        assert!(!inbox.remove(kept.place));
        assert_eq!(inbox.admits(&stranger, true, large.xml.len()), Ok(()));
        assert!(inbox.by_sender.is_empty() && inbox.by_stranger_domain.is_empty());
    }
}
