//! One row of the list of conversations.

use onym_identity::Timestamp;

use super::local_time::LocalTime;
use super::message::{DeliveryView, DirectionView};

/// Names a picture: the SHA-1 of its bytes in lower-case hexadecimal, as XEP-0084 does.
pub type AvatarId = String;

/// One row of the list of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactView {
    /// The address; names the row in commands.
    pub jid: String,
    /// The name to show, safe to draw on one line.
    pub name: String,
    /// The name that they give themselves, when it is another one. Not trusted.
    pub their_name: Option<String>,
    /// Their picture.
    pub avatar: Option<AvatarId>,
    /// Whether they are there, at whichever of their addresses.
    pub presence: PresenceView,
    /// At which one, if that is another one than the row's.
    pub presence_at: Option<String>,
    /// How their endpoint is reached; nothing if it is not an endpoint that ours talks to.
    pub endpoint: Option<EndpointView>,
    /// Whether they are writing to us at this moment.
    pub is_typing: bool,
    /// How many of their messages were not displayed yet.
    pub unread: u64,
    /// The newest message.
    pub last_message: Option<LastMessageView>,
    /// Whether one side has asked the other and waits.
    pub request: RequestView,
    /// Whether the user has them as a contact. Somebody who is not one may still have written.
    pub is_contact: bool,
    /// Whether it is our own address: notes to self.
    pub is_ourselves: bool,
    /// What the user has begun to write to them.
    pub draft: Option<String>,
    /// The groups that the user put the contact in.
    pub groups: Vec<String>,
    /// Whether the row stands above the others.
    pub is_pinned: bool,
    /// Whether the conversation is put away.
    pub is_archived: bool,
    /// Whether notifications are off.
    pub mute: MuteView,
    /// Whether the user has blocked them.
    pub is_blocked: bool,
    /// Whether the user has verified the identity behind the address, and nothing speaks against it.
    pub is_verified: bool,
}

/// Whether notifications of a conversation are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MuteView {
    /// They are on.
    #[default]
    No,
    /// They are off until then.
    Until(LocalTime),
    /// They are off until the user turns them on.
    Forever,
}

impl MuteView {
    /// Whether notifications are off now.
    pub fn is_muted(self) -> bool {
        self != Self::No
    }
}

/// The newest message, for the list of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastMessageView {
    /// Its beginning, on one line; empty if it was retracted.
    pub preview: String,
    /// Who wrote it.
    pub direction: DirectionView,
    /// When it was written.
    pub time: Timestamp,
    /// The same in the user's local time.
    pub local: LocalTime,
    /// The time in English words: the clock for today, else the date.
    pub time_words: String,
    /// How far it has come, when we wrote it.
    pub delivery: Option<DeliveryView>,
    /// Whether its author took it back.
    pub is_retracted: bool,
}

/// Whether a contact is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PresenceView {
    /// The state, for a colour or a symbol.
    pub state: PresenceState,
    /// The state in English words, with what the contact wrote about it.
    pub words: String,
    /// What the contact wrote about it, on one line. Not trusted.
    pub status: Option<String>,
    /// Since when the state lasts, as far as it is known.
    pub since: Option<Timestamp>,
    /// When they were last there, when they are not.
    pub last_seen: Option<Timestamp>,
}

/// Whether a contact is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum PresenceState {
    /// We are not connected, or may not see their presence.
    #[default]
    Unknown,
    /// Connected nowhere.
    Offline,
    /// Connected and there.
    Available,
    /// Away for a while.
    Away,
    /// Away for long.
    ExtendedAway,
    /// Does not want to be disturbed.
    Busy,
}

/// How the endpoint of a contact is reached from ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointView {
    /// The onion address or domain of the endpoint.
    pub domain: String,
    /// The state.
    pub state: EndpointState,
    /// When stanzas last flowed to it.
    pub last_reached: Option<Timestamp>,
    /// When the last attempt was.
    pub last_try: Option<Timestamp>,
    /// When the next attempt will be.
    pub next_try: Option<Timestamp>,
    /// How many stanzas wait for it on our disk.
    pub waiting: u64,
    /// Why the last attempt failed.
    pub trouble: Option<EndpointTrouble>,
    /// Whether trying at once would do something.
    pub can_retry: bool,
}

/// Why the endpoint of a contact is not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointTrouble {
    /// In groups.
    pub reason: EndpointReason,
    /// What Tor or the other side says, in their own words.
    pub detail: String,
}

/// Why the endpoint of a contact is not reached, in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointReason {
    /// Our own Tor is not ready, or there is no network.
    OurSide,
    /// Nobody has published the address lately, or the name does not exist.
    NotFound,
    /// The address is known, and nobody answers there.
    NoAnswer,
    /// It did not answer in time.
    Timeout,
    /// It wants no connection.
    Refused,
    /// It cannot be an address.
    InvalidAddress,
    /// There was a connection, and it ended.
    Ended,
    /// Anything else.
    Other,
}

/// How the endpoint of a contact is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum EndpointState {
    /// There is no connection, and nothing to send.
    #[default]
    Idle,
    /// A circuit is being built or the domains are being proven.
    Connecting,
    /// Stanzas flow.
    Connected,
    /// The last attempt failed; waits for the next one.
    Waiting,
}

/// Whether one side has asked the other to become a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RequestView {
    /// Nobody waits.
    #[default]
    None,
    /// They ask; the user has to accept or decline.
    Incoming {
        /// What they wrote with it. Not trusted.
        text: Option<String>,
    },
    /// We asked and they have not answered.
    Outgoing,
}
