//! What is kept of a conversation besides its messages: a small record, whole in memory.

/// Which address of a person a message goes to.
pub mod route;
/// How a conversation is kept and shown.
pub mod settings;

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;
use crate::store::{MessageRecord, Place, Position, RemoteId};

use settings::ConversationSettings;

/// How many unread messages are counted. Beyond it the oldest ones are no longer told apart; the
/// screen shows "999+" long before.
pub const MAX_UNREAD: usize = 1_000;

/// How many reactions and retractions wait for the message that they are about. The archive
/// repeats what is dropped here, after the message.
pub const MAX_EARLY: usize = 32;

/// How much of a message the list of conversations needs, in characters.
const PREVIEW_CHARS: usize = 120;

/// How many previews are kept, so that there is one left when the newest messages are removed.
const PREVIEWS: usize = 4;

/// A conversation with one other side, without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    jid: BareJid,
    /// In the order of their places.
    previews: Vec<Preview>,
    /// In order; the newest [`MAX_UNREAD`].
    unread: Vec<Place>,
    displayed: Option<Place>,
    their_displayed: Option<Place>,
    draft: Option<String>,
    settings: ConversationSettings,
    archive: ArchiveState,
    early: Vec<Early>,
}

/// How much of the archive of our account this device has of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArchiveState {
    /// The oldest archived message that this device has: older ones are asked for before it.
    pub oldest: Option<String>,
    /// Whether the archive has nothing older.
    pub is_complete: bool,
}

/// Something that was said about a message that this device does not have yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    /// The message, by the name that its author gave it.
    pub id: String,
    /// Whether we said it, from another device, or the other side.
    pub by_us: bool,
    /// When our server or this device had it.
    pub placed: Timestamp,
    /// What was said.
    pub what: EarlyAction,
}

/// What was said about a message that this device does not have yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EarlyAction {
    /// Its author took it back.
    Retracted,
    /// These are all reactions of that side.
    Reacted(Vec<String>),
}

impl Conversation {
    /// A conversation of which nothing is kept.
    pub fn new(jid: BareJid) -> Self {
        Self {
            jid,
            previews: Vec::new(),
            unread: Vec::new(),
            displayed: None,
            their_displayed: None,
            draft: None,
            settings: ConversationSettings::default(),
            archive: ArchiveState::default(),
            early: Vec::new(),
        }
    }

    /// The other side.
    pub fn jid(&self) -> &BareJid {
        &self.jid
    }

    /// The newest message.
    pub fn last(&self) -> Option<&Preview> {
        self.previews.last()
    }

    /// How many incoming messages were not displayed yet, up to [`MAX_UNREAD`].
    pub fn unread(&self) -> u64 {
        u64::try_from(self.unread.len()).unwrap_or(u64::MAX)
    }

    /// The incoming messages that were not displayed yet, in the order of the conversation.
    pub fn unread_places(&self) -> &[Place] {
        &self.unread
    }

    /// The first message that was not displayed yet.
    pub fn first_unread(&self) -> Option<Position> {
        self.unread.first().map(|place| place.position)
    }

    /// Up to where the user has seen the conversation.
    pub fn displayed(&self) -> Option<Place> {
        self.displayed
    }

    /// Up to where the other side has seen it, as far as it says so.
    pub fn their_displayed(&self) -> Option<Place> {
        self.their_displayed
    }

    /// What the user has begun to write.
    pub fn draft(&self) -> Option<&str> {
        self.draft.as_deref()
    }

    /// How it is kept and shown.
    pub fn settings(&self) -> &ConversationSettings {
        &self.settings
    }

    /// How much of the archive this device has.
    pub fn archive(&self) -> &ArchiveState {
        &self.archive
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        *self == Self::new(self.jid.clone())
    }

    /// A message was added or changed. `is_unread` says whether a new one waits for the user.
    pub(crate) fn put(&mut self, message: &MessageRecord, is_unread: bool) {
        let preview = Preview::new(message);
        self.previews
            .retain(|old| old.place.position != preview.place.position);
        let index = self
            .previews
            .partition_point(|old| old.place < preview.place);
        self.previews.insert(index, preview);
        if self.previews.len() > PREVIEWS {
            self.previews.remove(0);
        }
        if is_unread
            && self
                .displayed
                .is_none_or(|displayed| message.place() > displayed)
        {
            self.add_unread(message.place());
        }
    }

    /// A message that waits for the user came here, wherever it stands among what was displayed.
    pub(crate) fn add_unread(&mut self, place: Place) {
        let index = self.unread.partition_point(|old| *old < place);
        if self.unread.get(index) != Some(&place) {
            self.unread.insert(index, place);
        }
        if self.unread.len() > MAX_UNREAD {
            self.unread.remove(0);
        }
    }

    /// Whether there is nothing to be joined with another conversation.
    pub(crate) fn is_joined(&self) -> bool {
        let mut left = Self::new(self.jid.clone());
        left.archive.clone_from(&self.archive);
        *self == left
    }

    /// Takes everything from another conversation of the same person but its messages and how much of
    /// the archive is here: its draft below ours, and what was said about messages that may still
    /// come. How it was shown is forgotten, but not what was to be kept from others.
    pub(crate) fn join(&mut self, other: &mut Self, has_messages: bool) {
        let drafts = [self.draft.take(), other.draft.take()];
        let mut drafts: Vec<String> = drafts.into_iter().flatten().collect();
        drafts.dedup();
        self.draft = (!drafts.is_empty()).then(|| drafts.join("\n"));
        self.settings.join(&std::mem::take(&mut other.settings));
        for early in std::mem::take(&mut other.early) {
            self.put_early(early);
        }
        // Between the two lie messages that one side has seen in one of them alone.
        if has_messages {
            self.displayed = self.displayed.min(other.displayed);
            self.their_displayed = self.their_displayed.min(other.their_displayed);
        }
        (other.displayed, other.their_displayed) = (None, None);
    }

    /// Is shown and kept as another one.
    pub(crate) fn show_as(&mut self, other: &Self) {
        self.settings.clone_from(&other.settings);
    }

    /// Whether the list of conversations shows something of the message.
    pub(crate) fn previews(&self, position: Position) -> bool {
        self.previews.iter().any(|it| it.place.position == position)
    }

    /// A message is gone.
    pub(crate) fn remove(&mut self, position: Position) {
        self.previews.retain(|it| it.place.position != position);
        self.unread.retain(|place| place.position != position);
    }

    /// All messages but these are gone.
    pub(crate) fn clear(&mut self, keep: &[Position]) {
        self.previews.retain(|it| keep.contains(&it.place.position));
        self.unread.retain(|place| keep.contains(&place.position));
        self.early.clear();
    }

    pub(crate) fn set_displayed(&mut self, up_to: Place) {
        self.displayed = self.displayed.max(Some(up_to));
        // What came from another conversation may be unread before what was displayed.
        self.unread.retain(|place| *place > up_to);
    }

    pub(crate) fn set_their_displayed(&mut self, up_to: Place) {
        self.their_displayed = self.their_displayed.max(Some(up_to));
    }

    pub(crate) fn set_draft(&mut self, text: &str) {
        self.draft = (!text.is_empty()).then(|| text.to_owned());
    }

    pub(crate) fn settings_mut(&mut self) -> &mut ConversationSettings {
        &mut self.settings
    }

    pub(crate) fn archive_mut(&mut self) -> &mut ArchiveState {
        &mut self.archive
    }

    /// Keeps what was said about a message that may still come: of the same side about the same
    /// message the last reactions and the first retraction.
    pub(crate) fn put_early(&mut self, early: Early) {
        let same = |old: &Early| {
            old.id == early.id
                && old.by_us == early.by_us
                && std::mem::discriminant(&old.what) == std::mem::discriminant(&early.what)
        };
        match self.early.iter_mut().find(|old| same(old)) {
            Some(old) => {
                let replaces = match early.what {
                    EarlyAction::Retracted => early.placed < old.placed,
                    EarlyAction::Reacted(_) => early.placed >= old.placed,
                };
                if replaces {
                    *old = early;
                }
            }
            None => self.early.push(early),
        }
        if self.early.len() > MAX_EARLY {
            self.early.remove(0);
        }
    }

    /// Takes what was said about a message before it came.
    pub(crate) fn take_early(&mut self, ids: &[RemoteId]) -> Vec<Early> {
        let (taken, left) = std::mem::take(&mut self.early)
            .into_iter()
            .partition(|early| ids.iter().any(|id| id.by_author() == Some(&early.id)));
        self.early = left;
        taken
    }

    /// Whether something was said about messages that may still come.
    pub(crate) fn has_early(&self) -> bool {
        !self.early.is_empty()
    }
}

/// The beginning of a message, for the list of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Which message.
    pub place: Place,
    /// The first characters of its text, after the address if it came from a home that the person has
    /// left.
    pub text: String,
    /// When it was written.
    pub time: Timestamp,
    /// How far it has come, when we wrote it.
    pub delivery: Option<Delivery>,
    /// Whether its author took it back.
    pub is_retracted: bool,
}

impl Preview {
    fn new(message: &MessageRecord) -> Self {
        let text = message.text.chars().take(PREVIEW_CHARS);
        let text = match message.is_from_former_home() {
            true => format!("{}: {}", message.conversation, text.collect::<String>()),
            false => text.collect(),
        };
        Self {
            place: message.place(),
            text,
            time: message.time,
            delivery: message.delivery().cloned(),
            is_retracted: message.retracted.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Direction, MessageId};

    fn message(number: u64, placed: u64) -> MessageRecord {
        MessageRecord::new(
            MessageId::new(format!("m{number}")),
            Position(number),
            BareJid::new("bob@b.example").unwrap(),
            format!("Number {number}"),
            Timestamp::from_unix_millis(placed),
            Direction::incoming(Some(format!("t{number}"))),
        )
    }

    fn conversation() -> Conversation {
        Conversation::new(BareJid::new("bob@b.example").unwrap())
    }

    #[test]
    fn what_comes_from_the_archive_takes_its_place() {
        let mut known = conversation();
        known.put(&message(1, 100), true);
        known.put(&message(2, 300), true);
        known.put(&message(3, 200), true);
        assert_eq!(known.last().unwrap().text, "Number 2");
        let unread: Vec<u64> = known
            .unread_places()
            .iter()
            .map(|it| it.position.0)
            .collect();
        assert_eq!(unread, [1, 3, 2]);
        known.set_displayed(message(3, 200).place());
        assert_eq!(
            (known.unread(), known.first_unread()),
            (1, Some(Position(2)))
        );
        // What is before that was seen, too, and nothing goes back.
        known.put(&message(4, 150), true);
        known.set_displayed(message(1, 100).place());
        assert_eq!(known.unread(), 1);
        known.put(&message(2, 300), true);
        assert_eq!(known.unread(), 1, "the same message again");
        known.remove(Position(2));
        assert_eq!(
            (known.unread(), known.last().unwrap().text.as_str()),
            (0, "Number 3")
        );
    }

    #[test]
    fn nothing_of_it_grows_without_end() {
        let mut known = conversation();
        let count = u64::try_from(MAX_UNREAD).unwrap() + 500;
        for number in 0..count {
            known.put(&message(number, number), true);
            known.put_early(Early {
                id: format!("e{number}"),
                by_us: false,
                placed: Timestamp::from_unix_millis(number),
                what: EarlyAction::Retracted,
            });
        }
        assert_eq!(known.unread_places().len(), MAX_UNREAD);
        assert_eq!(known.first_unread(), Some(Position(500)));
        assert_eq!(known.early.len(), MAX_EARLY);
        let bytes = postcard::to_allocvec(&known).unwrap();
        assert!(bytes.len() < 32 * 1024, "{} bytes", bytes.len());
        known.set_displayed(message(count, count).place());
        assert_eq!(known.unread(), 0);
    }

    #[test]
    fn the_last_reactions_and_the_first_retraction_wait() {
        let mut known = conversation();
        let mut put = |millis: u64, what: EarlyAction| {
            known.put_early(Early {
                id: "t1".to_owned(),
                by_us: false,
                placed: Timestamp::from_unix_millis(millis),
                what,
            });
        };
        let reacted = |emoji: &str| EarlyAction::Reacted(vec![emoji.to_owned()]);
        put(5, reacted("👍"));
        put(9, reacted("🎉"));
        put(7, reacted("😀"));
        put(8, EarlyAction::Retracted);
        put(6, EarlyAction::Retracted);
        let taken = known.take_early(&message(1, 1).remote_ids());
        let taken: Vec<_> = taken
            .into_iter()
            .map(|it| (it.placed.as_unix_millis(), it.what))
            .collect();
        assert_eq!(taken, [(9, reacted("🎉")), (6, EarlyAction::Retracted)]);
        assert!(known.is_empty());
    }
}
