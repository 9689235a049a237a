//! The port to the store: what the engine remembers, how it changes, and who keeps it.

pub mod contract;
mod endings;
mod identities;
mod invites;
mod memory;
mod message_record;
mod moves;
mod our_claims;
mod our_end;
mod people;
mod protection;
mod records;
mod snapshot;
mod trust_words;

use jid::BareJid;
use onym_identity::invite::InviteId;
use onym_identity::statement::Followed;
use serde::{Deserialize, Serialize};

pub use endings::EndingRecord;
pub use identities::{
    AddressStanding, Challenge, HistoryEntry, IdentityEvent, IdentityRecord, IntroductionRecord,
    KnownBy, MAX_HISTORY, SignedDevice,
};
pub use invites::{
    CameWith, ContactInvitesRecord, IntroducedKey, InviteRecord, InviteState, TakenInvite,
};
pub use memory::MemoryStore;
pub use message_record::{
    Direction, EarlierText, Edit, Encryption, MessageRecord, Reached, ReactionSet, Reactions,
    RemoteId, Reply,
};
pub(crate) use moves::NotFollowed;
pub use our_claims::{OurClaims, Wish};
pub use our_end::OurEndRecord;
pub use people::PersonRecord;
pub use protection::{
    DeviceRecord, EncryptionPolicy, ListsRead, MAX_REFUSED, OmemoMark, ProtectionChoices,
    ProtectionRecord, RefusedKey, SessionRecord, Undecryptable,
};
pub use records::{
    AccountRecord, Action, ArchiveMark, AvatarChoice, AvatarRecord, ContactRecord, Intent,
    IntentRecord, MessageId, OurProfile, PendingRecord, Place, Position, Privacy, ProfileRecord,
    RequestRecord, Subscription,
};
pub use snapshot::{Expiring, Snapshot, Unsettled};
pub use trust_words::{HeardWord, PostponedWord, TrustWordsRecord, UntoldWord};

use crate::conversation::Conversation;
use crate::omemo::{DeviceId, Dialect, OurDevice, Session};
use crate::search::SearchQuery;

/// Keeps what the engine has to remember.
///
/// Every method may be called from another thread than the engine's; the engine itself only reads
/// through [`Lookup`], its driver does the rest. [`contract::check`] holds an implementation to
/// these rules.
pub trait Store {
    /// Why the store cannot answer.
    type Error: std::error::Error;

    /// What the engine starts from. An implementation reads its records and applies one
    /// [`Change`] for each to an empty [`Snapshot`]. Of the messages only those are needed whose
    /// [`Delivery::is_unsettled`](crate::delivery::Delivery::is_unsettled), oldest first, and
    /// the places in [`Snapshot::expiring`]; so it takes as long with a million messages as with
    /// a hundred. [`Snapshot::next_position`] is above every position that was ever committed,
    /// also those of messages that are gone.
    fn load(&self) -> Result<Snapshot, Self::Error>;

    /// Makes the changes durable, all or none of them, in their order. The same changes may come
    /// a second time after a crash and then change nothing.
    fn commit(&self, changes: &[Change]) -> Result<(), Self::Error>;

    /// The places of all messages of a conversation, in order.
    fn timeline(&self, conversation: &BareJid) -> Result<Timeline, Self::Error>;

    /// These messages, as far as they are there, in the order in which they are asked for.
    fn messages(
        &self,
        conversation: &BareJid,
        positions: &[Position],
    ) -> Result<Vec<MessageRecord>, Self::Error>;

    /// The newest `limit` messages of a conversation before a place, oldest first.
    fn page(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Self::Error> {
        let timeline = self.timeline(conversation)?;
        let positions: Vec<Position> = timeline
            .page(before, limit)
            .iter()
            .map(|place| place.position)
            .collect();
        self.messages(conversation, &positions)
    }

    /// The newest `limit` messages before a place that match the query, newest first, over all
    /// conversations or the one that the query names. A message matches if
    /// [`SearchQuery::matches`] says so.
    fn search(
        &self,
        query: &SearchQuery,
        limit: usize,
        before: Option<Place>,
    ) -> Result<SearchPage, Self::Error>;

    /// The picture with this hash.
    fn avatar(&self, hash: &str) -> Result<Option<AvatarRecord>, Self::Error>;
}

/// What the engine asks of the store while it handles an input. Everything that it has committed
/// before is there.
pub trait Lookup {
    /// The position of the message that somebody names like this; of several, the one that was
    /// put last.
    fn find(&self, conversation: &BareJid, id: &RemoteId) -> Result<Option<Position>, LookupError>;

    /// A message.
    fn message(
        &self,
        conversation: &BareJid,
        position: Position,
    ) -> Result<Option<MessageRecord>, LookupError>;

    /// The newest `limit` messages of a conversation before a place, oldest first.
    fn earlier(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, LookupError>;

    /// Our sessions with a device.
    fn session(
        &self,
        jid: &BareJid,
        device: DeviceId,
        dialect: Dialect,
    ) -> Result<Option<Session>, LookupError>;
}

/// The store could not answer. The engine ends as it does when a commit fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the records could not be read: {0}")]
pub struct LookupError(pub String);

/// The places of all messages of a conversation, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    places: Vec<Place>,
}

impl Timeline {
    /// A timeline of these places, in any order.
    pub fn new(mut places: Vec<Place>) -> Self {
        if !places.is_sorted() {
            places.sort_unstable();
        }
        Self { places }
    }

    /// All of them.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The row of a message, counted from the oldest one; for a place without a message the row
    /// that it would have.
    pub fn row(&self, place: Place) -> usize {
        self.places.partition_point(|other| *other < place)
    }

    /// The newest `limit` places before a place.
    pub fn page(&self, before: Option<Place>, limit: usize) -> &[Place] {
        let end = before.map_or(self.len(), |before| self.row(before));
        self.places
            .get(end.saturating_sub(limit)..end)
            .unwrap_or_default()
    }
}

/// A part of what a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// The messages, newest first.
    pub hits: Vec<Hit>,
    /// Whether there are more: they come before the place of the last hit.
    pub more: bool,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its conversation.
    pub conversation: BareJid,
    /// Its place there.
    pub place: Place,
}

/// One change to the store.
///
/// Each one says what shall be true afterwards, so a repetition changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Adds a message, or replaces the one at the same position. A message never changes its place.
    /// To another conversation it moves by a removal from the old one right before, in the same commit.
    PutMessage(Box<MessageRecord>),
    /// Removes a message.
    RemoveMessage {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
    },
    /// Removes all messages of a conversation but these.
    ClearMessages {
        /// The conversation.
        conversation: BareJid,
        /// The ones that stay.
        keep: Vec<Position>,
    },
    /// Adds what is kept of a conversation besides its messages, or replaces it. An empty one
    /// need not be kept.
    PutConversation(Box<Conversation>),
    /// Removes a conversation with all of its messages, and what we still had to say in it.
    RemoveConversation(BareJid),
    /// Adds something that we say about a message, or replaces the one with the same number.
    PutPending(PendingRecord),
    /// Our server has it.
    RemovePending(u64),
    /// Replaces all contacts.
    ReplaceContacts(Vec<ContactRecord>),
    /// Adds a contact, or replaces the one with the same address.
    PutContact(ContactRecord),
    /// Removes a contact. The conversation stays.
    RemoveContact(BareJid),
    /// The roster's version after the changes to contacts before it.
    SetRosterVersion(Option<String>),
    /// Adds a request, or replaces the one from the same address.
    PutRequest(RequestRecord),
    /// Removes a request.
    RemoveRequest(BareJid),
    /// Adds something that the user decided.
    PutIntent(IntentRecord),
    /// Our server has confirmed it, or refused it for good.
    RemoveIntent(u64),
    /// Replaces what is kept of the account as a whole.
    PutAccount(Box<AccountRecord>),
    /// Adds what somebody says about themselves, or replaces it.
    PutProfile(ProfileRecord),
    /// Removes it.
    RemoveProfile(BareJid),
    /// Adds a picture.
    PutAvatar(AvatarRecord),
    /// Removes the picture with this hash.
    RemoveAvatar(String),
    /// Replaces our own device with all of its keys.
    PutOurDevice(Box<OurDevice>),
    /// Adds what protects our conversation with an account, or replaces it.
    PutProtection(Box<ProtectionRecord>),
    /// Replaces what the user chose for all conversations.
    PutProtectionChoices(ProtectionChoices),
    /// Adds our sessions with a device, or replaces them.
    PutSession(Box<SessionRecord>),
    /// Adds what is remembered of the identity behind an address, or replaces it.
    PutIdentity(Box<IdentityRecord>),
    /// Replaces what the user wants our statement to say.
    PutOurClaims(Box<OurClaims>),
    /// Forgets all of our sessions: they belong to a device that we no longer are.
    ForgetSessions,
    /// Forgets what is remembered of the identity behind an address.
    RemoveIdentity(BareJid),
    /// Remembers that an identity has ended, or has a successor.
    PutEnded(Box<Followed>),
    /// Adds who is expected behind an address, or replaces it.
    PutIntroduction(IntroductionRecord),
    /// Removes it.
    RemoveIntroduction(BareJid),
    /// Adds what is remembered of the words about, of and for the devices of an account, or replaces
    /// it. An empty one need not be kept.
    PutTrustWords(Box<TrustWordsRecord>),
    /// Adds an invite of ours, or replaces it.
    PutInvite(InviteRecord),
    /// Removes the invite with this name.
    RemoveInvite(InviteId),
    /// Adds how somebody came to us by an invite, or replaces it.
    PutContactInvites(Box<ContactInvitesRecord>),
    /// Removes it.
    RemoveContactInvites(BareJid),
    /// Adds a person with several addresses, or replaces what is kept of them.
    PutPerson(PersonRecord),
    /// Replaces what ends our own identity.
    PutOurEnd(Box<OurEndRecord>),
    /// Keeps what has ended somebody else's identity, or replaces it.
    PutEnding(Box<EndingRecord>),
}
