//! What the window shows, as plain data, and what the user can do in it.
//!
//! Views draw a [`ViewModel`](crate::view_model::ViewModel) and hand back
//! [`UiCommand`](crate::view_model::UiCommand)s; they know neither the engine nor the store.
//! [`build`](crate::view_model::build()) makes the one from the engine's state and a page of
//! messages; [`to_command`](crate::view_model::UiCommand::to_command) turns the other into a
//! [`Command`](crate::command::Command).
//!
//! The model says what is, with enums and times; the words for it are the view's, in the user's
//! language. Texts in it are those that people wrote.

mod build;
mod contact;
mod conversation;
mod local_time;
mod message;
mod network;
mod our_end;
mod our_move;
mod person;
mod protection;
mod search;
mod stranger;
mod ui_command;
mod ways;
mod words;

use onym_identity::Timestamp;

pub use build::{BuildInput, OpenConversation, Surroundings, build, name_of};
pub use contact::{
    AvatarId, ContactView, EndpointReason, EndpointState, EndpointTrouble, EndpointView,
    LastMessageView, MuteView, PresenceState, PresenceView, RequestView,
};
pub use conversation::{
    ConversationSettingsView, ConversationView, FindView, JumpView, TypingView,
};
pub use local_time::{LocalDate, LocalTime, TimeZone};
pub use message::{
    DeliveryState, DeliveryView, DirectionView, EncryptionView, MessageView, ReactionView,
    ReplyView,
};
pub use network::{ConnectionState, ConnectionView, TorPhase, TorProblem, TorStep, TorView};
pub use our_end::OurEndView;
pub use our_move::{AnnouncedMove, MovedView, OurMoveView};
pub use person::{
    AddressProof, AddressView, KeyView, NameWarning, PersonStanding, PersonSummary, PersonView,
    StatementView, is_contradiction,
};
pub use protection::{DeviceView, OurDevicesView, ProtectionView, Shield};
pub use search::{SearchHitView, SearchView};
pub use stranger::{KnownAs, Stranger, StrangerIdentity, StrangerLook, StrangerView};
pub use ui_command::{JumpTarget, MuteFor, UiCommand, UiCommandError};
pub use ways::{WayView, WaysView};
pub use words::one_line;

/// Everything that the messenger shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewModel {
    /// The time at which the model was made; "5 minutes ago" counts from it.
    pub now: Timestamp,
    /// The user's local time at `now`.
    pub local_now: LocalTime,
    /// The connection to our server, and Tor underneath.
    pub connection: ConnectionView,
    /// Our address, whole, to copy or to show as a QR code.
    pub our_jid: String,
    /// The name that we give ourselves.
    pub our_name: Option<String>,
    /// Our picture.
    pub our_avatar: Option<AvatarId>,
    /// Contacts, requests and strangers who wrote, in the order to show; archived ones too.
    pub contacts: Vec<ContactView>,
    /// The open conversation.
    pub conversation: Option<ConversationView>,
    /// What was searched and found in all conversations.
    pub search: Option<SearchView>,
    /// Addresses that the user has blocked.
    pub blocked: Vec<String>,
    /// Our own devices.
    pub our_devices: OurDevicesView,
    /// Why our own identity counts no more, if it does not.
    pub our_end: Option<OurEndView>,
    /// The person whose page is open: reading it costs a signature.
    pub person: Option<PersonView>,
    /// The account that was asked who it is.
    pub stranger: Option<StrangerView>,
}
