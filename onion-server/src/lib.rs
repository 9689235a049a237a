//! The server's only loop: sockets, Tor and storage around the rules of
//! [`onym_server_protocol`].
//!
//! ```text
//!   Tor ──────┐                                        ┌─► store (sealed, flushed)
//!   loopback ─┼─► connection tasks ─► events ─► driver ┤
//!   pipe ─────┘          ▲                             └─► connection tasks, dials
//!                        └──────────── bytes ◄─────────────────┘
//! ```

mod clock;
mod connection;
mod device_password;
mod dns_name;
mod driver;
mod endpoint;
mod status;
mod store;
mod tls;
/// Tor: bootstrap, the onion service, and connections through it.
pub mod tor;
mod tor_transport;
mod transport;

pub use clock::Clock;
pub use endpoint::{Endpoint, EndpointConfig, EndpointError, StartError};
pub use onym_server_protocol::{AwayReason, Domain, LinkStatus, Note, PeerStatus, domain_of};
pub use status::EndpointStatus;
pub use store::{RecordStore, StoreError};
