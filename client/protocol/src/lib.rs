//! The client's rules: one account over one stream to its server.
//!
//! The crate is pure. A driver owns the connection, the clock, the randomness and the store; it
//! hands each [`engine::Input`] to an [`engine::Engine`] and carries out what the engine gives back.
//!
//! ```text
//!   Command, bytes, time --> Engine --> bytes to send, after a durable Commit
//!                              |  \--> Event --> screen
//!                              |
//!   Store --load--> Snapshot --+--> view_model::build --> ViewModel --> screen
//! ```

/// Whether an account confirms an identity.
pub mod address_check;
/// XEP-0313: Message Archive Management
mod archive;
/// XEP-0084: User Avatar
pub mod avatar;
/// XEP-0191: Blocking Command
pub mod blocking;
/// XEP-0115: Entity Capabilities
mod caps;
/// XEP-0280: Message Carbons
mod carbons;
/// XEP-0085: Chat State Notifications
pub mod chat_states;
/// What the user asks of the engine.
pub mod command;
/// How the connection to our server stands.
pub mod connection;
/// What is kept of a conversation besides its messages.
pub mod conversation;
/// XEP-0308: Last Message Correction
pub mod correction;
/// XEP-0004: Data Forms
mod data_form;
/// XEP-0203: Delayed Delivery
mod delay;
/// How far an outgoing message has come.
pub mod delivery;
/// XEP-0030: Service Discovery
mod disco;
/// XEP-0490: Message Displayed Synchronization
mod displayed_sync;
/// The machine. It speaks XEP-0198: Stream Management; XEP-0319: Last User Interaction in Presence;
/// and XEP-0352: Client State Indication
pub mod engine;
/// What the engine tells the screen.
pub mod event;
/// XEP-0380: Explicit Message Encryption
mod explicit_encryption;
/// XEP-0428: Fallback Indication
mod fallback;
/// XEP-0297: Stanza Forwarding
mod forwarding;
/// Identities behind addresses that name one.
pub mod identities;
/// What invites say about somebody.
pub mod introduction;
/// Links in a text.
pub mod links;
/// XEP-0333: Displayed Markers
pub mod markers;
/// XEP-0245: The /me Command
pub mod me;
/// RFC 6121, section 5: Exchanging Messages, with XEP-0359: Unique and Stable Stanza IDs
pub mod message;
mod moment;
/// XEP-0172: User Nickname
pub mod nickname;
/// XEP-0384: OMEMO Encryption
pub mod omemo;
/// What our own statement says.
pub mod our_statement;
/// XEP-0163: Personal Eventing Protocol, with XEP-0223 for what is only ours
mod pep;
/// XEP-0199: XMPP Ping
mod ping;
/// RFC 6121, section 4: Exchanging Presence Information
pub mod presence;
/// Why messages wait for their protection.
pub mod protection;
/// The node in which an account publishes the statement of its identity.
mod published_statement;
/// XEP-0444: Message Reactions
pub mod reactions;
/// XEP-0184: Message Delivery Receipts
pub mod receipts;
/// XEP-0461: Message Replies
pub mod reply;
/// XEP-0059: Result Set Management
mod result_set;
/// XEP-0424: Message Retraction
mod retraction;
/// RFC 6121, section 2: Managing the Roster
pub mod roster;
/// XEP-0420: Stanza Content Encryption
mod sce;
/// What the user searches for, and the words of a text.
pub mod search;
/// RFC 6120, section 8: what all stanzas share
mod stanza;
/// XEP-0292: vCard4 Over XMPP, and vcard-temp, as far as a statement stands in them
mod statement_card;
/// The port to the store.
pub mod store;
/// XEP-0393: Message Styling
pub mod styling;
/// Whether a device may read what we write.
pub mod trust;
/// XEP-0434: Trust Messages
pub mod trust_messages;
/// XEP-0054: vcard-temp, and XEP-0153: vCard-Based Avatars
mod vcard;
/// XEP-0092: Software Version
mod version;
/// What the window shows, as plain data.
pub mod view_model;

pub use engine::{Credentials, Engine, EngineConfig, Input, Output};
