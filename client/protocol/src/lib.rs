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

/// What the user asks of the engine.
pub mod command;
/// How the connection to our server stands.
pub mod connection;
/// What is kept in memory of a conversation.
pub mod conversation;
/// How far an outgoing message has come.
pub mod delivery;
/// What the engine tells the screen.
pub mod event;
/// RFC 6121, section 4: Exchanging Presence Information
pub mod presence;
/// The port to the store.
pub mod store;
/// What the window shows, as plain data.
pub mod view_model;
