//! What is kept in memory of a conversation: its newest messages, what is unread, and which
//! messages have already come.

use std::collections::{BTreeSet, VecDeque};

use jid::BareJid;
use onym_identity::Timestamp;

use crate::delivery::Delivery;
use crate::store::{Direction, MessageRecord, Position};

/// How many incoming messages of a conversation are remembered to recognise a repetition. A
/// server repeats what it believes undelivered, which is far less.
pub const RECENT_PER_CONVERSATION: usize = 500;

/// How much of a message the list of conversations needs, in characters.
const PREVIEW_CHARS: usize = 120;

/// How many previews are kept, so that there is one left when the newest messages are discarded.
const PREVIEWS: usize = 4;

/// A conversation with one other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    jid: BareJid,
    previews: VecDeque<Preview>,
    undisplayed: BTreeSet<Position>,
    displayed_up_to: Option<Position>,
    draft: Option<String>,
    recent: VecDeque<Fingerprint>,
}

impl Conversation {
    /// A conversation without messages.
    pub fn new(jid: BareJid) -> Self {
        Self {
            jid,
            previews: VecDeque::new(),
            undisplayed: BTreeSet::new(),
            displayed_up_to: None,
            draft: None,
            recent: VecDeque::new(),
        }
    }

    /// The other side.
    pub fn jid(&self) -> &BareJid {
        &self.jid
    }

    /// The newest message.
    pub fn last(&self) -> Option<&Preview> {
        self.previews.back()
    }

    /// How many incoming messages were not displayed yet.
    pub fn unread(&self) -> u64 {
        u64::try_from(self.undisplayed.len()).unwrap_or(u64::MAX)
    }

    /// The oldest message that was not displayed yet.
    pub fn first_unread(&self) -> Option<Position> {
        self.undisplayed.first().copied()
    }

    /// What the user has begun to write.
    pub fn draft(&self) -> Option<&str> {
        self.draft.as_deref()
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_empty(&self) -> bool {
        self.previews.is_empty()
            && self.recent.is_empty()
            && self.draft.is_none()
            && self.displayed_up_to.is_none()
    }

    /// Whether the sender has sent this message before.
    ///
    /// The text counts too: some clients begin to count their ids anew each time they start, and
    /// two different messages must never be taken for one.
    pub fn has_seen(&self, their_id: &str, text: &str) -> bool {
        self.recent.contains(&Fingerprint::new(their_id, text))
    }

    pub(crate) fn put(&mut self, message: &MessageRecord) {
        let preview = Preview::new(message);
        match self
            .previews
            .iter_mut()
            .find(|old| old.position == preview.position)
        {
            Some(old) => *old = preview,
            None => {
                let newer = self
                    .previews
                    .iter()
                    .filter(|old| old.position < preview.position)
                    .count();
                self.previews.insert(newer, preview);
                while self.previews.len() > PREVIEWS {
                    self.previews.pop_front();
                }
            }
        }
        if let Direction::Incoming { their_id } = &message.direction {
            if self
                .displayed_up_to
                .is_none_or(|up_to| message.position > up_to)
            {
                self.undisplayed.insert(message.position);
            }
            if let Some(their_id) = their_id {
                self.remember(Fingerprint::new(their_id, &message.text));
            }
        }
    }

    pub(crate) fn set_delivery(&mut self, position: Position, delivery: &Delivery) {
        if let Some(preview) = self
            .previews
            .iter_mut()
            .find(|old| old.position == position)
            && preview.delivery.is_some()
        {
            preview.delivery = Some(delivery.clone());
        }
    }

    pub(crate) fn remove(&mut self, position: Position) {
        self.previews.retain(|preview| preview.position != position);
        self.undisplayed.remove(&position);
    }

    pub(crate) fn set_displayed(&mut self, up_to: Position) {
        if self.displayed_up_to.is_some_and(|old| old >= up_to) {
            return;
        }
        self.displayed_up_to = Some(up_to);
        self.undisplayed = self.undisplayed.split_off(&up_to.next());
    }

    pub(crate) fn set_draft(&mut self, text: &str) {
        self.draft = (!text.is_empty()).then(|| text.to_owned());
    }

    fn remember(&mut self, fingerprint: Fingerprint) {
        if self.recent.contains(&fingerprint) {
            return;
        }
        self.recent.push_back(fingerprint);
        while self.recent.len() > RECENT_PER_CONVERSATION {
            self.recent.pop_front();
        }
    }
}

/// The beginning of a message, for the list of conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Which message.
    pub position: Position,
    /// The first characters of its text.
    pub text: String,
    /// When it was written.
    pub time: Timestamp,
    /// How far it has come, when we wrote it.
    pub delivery: Option<Delivery>,
}

impl Preview {
    fn new(message: &MessageRecord) -> Self {
        Self {
            position: message.position,
            text: message.text.chars().take(PREVIEW_CHARS).collect(),
            time: message.time,
            delivery: message.delivery().cloned(),
        }
    }
}

/// A short stand-in for an incoming message's id and text (64-bit FNV-1a).
///
/// Two messages of one sender that collide by chance would have to be among the last
/// [`RECENT_PER_CONVERSATION`], and a sender who makes them collide on purpose loses only a
/// message of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint(u64);

impl Fingerprint {
    fn new(their_id: &str, text: &str) -> Self {
        // 0xff occurs in no UTF-8 text, so it separates the two without doubt.
        let bytes = their_id.bytes().chain([0xff]).chain(text.bytes());
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }
}
