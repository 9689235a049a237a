//! What the window shows, as plain data, and what the user can do in it.
//!
//! Views draw a [`ViewModel`](crate::view_model::ViewModel) and hand back
//! [`UiCommand`](crate::view_model::UiCommand)s; they know neither the engine nor the store.
//! [`build`](crate::view_model::build()) makes the one from the engine's state and a page of
//! messages; [`to_command`](crate::view_model::UiCommand::to_command) turns the other into a
//! [`Command`](crate::command::Command).

mod build;
mod ui_command;
mod words;

use onym_identity::Timestamp;

pub use build::{BuildInput, OpenConversation, build};
pub use ui_command::{UiCommand, UiCommandError};

/// Everything that the window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewModel {
    /// The line about the connection.
    pub connection: ConnectionView,
    /// Our address, whole, to copy or to show as a QR code.
    pub our_jid: String,
    /// Contacts, requests and strangers who wrote, in the order to show.
    pub contacts: Vec<ContactView>,
    /// The open conversation.
    pub conversation: Option<ConversationView>,
}

/// The connection to our server, and Tor underneath.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionView {
    /// The state, for a colour or a symbol.
    pub state: ConnectionState,
    /// The state in words.
    pub words: String,
    /// Tor, when the runtime says something about it.
    pub tor: Option<TorView>,
    /// Whether trying at once would do something.
    pub can_retry: bool,
}

/// The connection's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectionState {
    /// Waits for the next attempt.
    #[default]
    Offline,
    /// Connects or logs in.
    Connecting,
    /// Logged in.
    Online,
    /// Does not try again by itself: the user has to change something.
    Stopped,
}

/// What Tor is doing; the runtime fills it in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TorView {
    /// How far the start has come, 0 to 100; nothing once it is done.
    pub percent: Option<u8>,
    /// Whether others can reach us.
    pub reachable: bool,
    /// The state in words.
    pub words: String,
    /// What the user can do about a fault.
    pub advice: Option<String>,
}

/// One row of the list of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactView {
    /// The address; names the row in commands.
    pub jid: String,
    /// The name to show, safe to draw on one line.
    pub name: String,
    /// Whether they are there.
    pub presence: PresenceView,
    /// How many of their messages were not displayed yet.
    pub unread: u64,
    /// The newest message.
    pub last_message: Option<LastMessageView>,
    /// Whether one side has asked the other and waits.
    pub request: RequestView,
    /// Whether the user has them as a contact. Somebody who is not one may still have written.
    pub is_contact: bool,
    /// What the user has begun to write to them.
    pub draft: Option<String>,
}

/// The newest message, for the list of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMessageView {
    /// Its beginning, on one line.
    pub preview: String,
    /// When it was written.
    pub time: Timestamp,
    /// The time in words: the clock for today, else the date.
    pub time_words: String,
    /// How far it has come, when we wrote it.
    pub delivery: Option<DeliveryView>,
}

/// Whether a contact is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceView {
    /// The state, for a colour or a symbol.
    pub state: PresenceState,
    /// The state in words, with what the contact wrote about it.
    pub words: String,
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

/// The open conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// The other side.
    pub contact: ContactView,
    /// A run of messages, oldest first.
    pub messages: Vec<MessageView>,
    /// Whether there are older ones to load.
    pub has_older: bool,
    /// What the user has begun to write.
    pub draft: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Names the message in commands.
    pub id: String,
    /// Orders messages; a stable key for a row's height and the place of the "new" line.
    pub position: u64,
    /// The text, whole. Hostile: cut and isolate it when drawing.
    pub text: String,
    /// When it was written.
    pub time: Timestamp,
    /// The clock, as `14:05`.
    pub clock: String,
    /// The day, when the message is the first one shown of that day: draw a separator above.
    pub day: Option<String>,
    /// Whether it follows one of the same side within five minutes: draw it as one group.
    pub continues_group: bool,
    /// Whether it is the first one that was not displayed yet: draw the "new" line above.
    pub first_unread: bool,
    /// Who wrote it.
    pub direction: DirectionView,
    /// How far it has come, when we wrote it.
    pub delivery: Option<DeliveryView>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DirectionView {
    /// The other side did.
    Incoming,
    /// We did.
    Outgoing,
}

/// How far an outgoing message has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The state, for a symbol.
    pub state: DeliveryState,
    /// The state in words; for a failure also why, and what the other side said.
    pub words: String,
}

/// How far an outgoing message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// On our disk only.
    Queued,
    /// Handed to the connection.
    Sent,
    /// Our server has it.
    Stored,
    /// Their client has it.
    Delivered,
    /// It came back; offer to send it again or to discard it.
    Failed,
}
