//! The addresses of a person who has several, and the one that is written to.

use onym_identity::Timestamp;

use super::contact::{EndpointView, PresenceView};
use super::person::PersonStanding;
use crate::conversation::route::{RouteReason, Sealing};

/// The addresses of a person who has several, and the one that is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaysView {
    /// The address that the next message goes to.
    pub written_to: String,
    /// Whether the conversation is kept under it.
    pub is_home: bool,
    /// Why it is that one.
    pub because: RouteReason,
    /// The address that the user has chosen; nothing leaves it to the program.
    pub chosen: Option<String>,
    /// All addresses, the one that the person ranks highest first; a former home last.
    pub addresses: Vec<WayView>,
}

/// One of several addresses of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayView {
    /// The address.
    pub jid: String,
    /// Whether the conversation is kept under it.
    pub is_home: bool,
    /// Whether it is one of the user's contacts.
    pub is_contact: bool,
    /// Whether the next message goes there.
    pub is_written_to: bool,
    /// Whether a message may go there at all: it is the person's beyond doubt.
    pub is_theirs: bool,
    /// What is known of who is behind it.
    pub standing: PersonStanding,
    /// How the person ranks it: the highest number is tried first.
    pub priority: u8,
    /// Whether they are there.
    pub presence: PresenceView,
    /// How their endpoint there is reached; nothing if it is none that ours talks to.
    pub endpoint: Option<EndpointView>,
    /// Since when it is known that nothing arrives there.
    pub unreachable_since: Option<Timestamp>,
    /// Whether what is sent there can be protected as the user wants it.
    pub sealing: Sealing,
}
