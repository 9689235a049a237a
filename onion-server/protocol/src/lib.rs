//! The server's rules, pure: no socket, no clock, no randomness of its own.
//!
//! [`Server::handle`] takes an [`Input`], [`Server::poll`] gives [`Output`]s; effects are data, and
//! [`Output::Commit`] says what must be on disk before anything is sent. Each module is named after
//! the thing of the specification that it implements.
//!
//! ```text
//!  bytes ─► connection ─► c2s ─► login, bind, stanzas ─┐
//!                      └► s2s ─► incoming, verify ─────┤─► route ─► deliver ─► inbox ─► c2s
//!                                outgoing ◄── outbox ◄─┘
//! ```

mod account;
mod account_iq;
/// XEP-0198: Stream Management (acknowledgement).
mod acknowledgement;
/// XEP-0313: Message Archive Management.
pub mod archive;
/// XEP-0084: User Avatar, XEP-0153: vCard-Based Avatars and XEP-0398: User Avatar to vCard-Based
/// Avatars Conversion
mod avatar;
/// XEP-0191: Blocking Command
mod blocking;
/// RFC 6120: client streams.
mod c2s;
/// XEP-0115: Entity Capabilities
mod caps;
/// XEP-0280: Message Carbons.
pub mod carbons;
mod connection;
mod context;
/// XEP-0203: Delayed Delivery.
pub mod delay;
/// RFC 6121 §8: delivery, carried out.
mod deliver;
/// XEP-0220: Server Dialback and XEP-0185: Dialback Key Generation and Validation (the key).
pub mod dialback;
/// The domain part of a JID.
pub mod domain;
/// RFC 6120 §4.9: stream errors.
mod fault;
/// XEP-0004: Data Forms
mod form;
/// XEP-0297: Stanza Forwarding.
mod forwarding;
/// XEP-0334: Message Processing Hints.
pub mod hints;
/// XEP-0160: Best Practices for Handling Offline Messages.
pub mod inbox;
/// What happens to the server.
pub mod input;
/// Whom the server has business with.
mod interest;
/// XEP-0379: Pre-Authenticated Roster Subscription
mod invites;
/// Every limit, with its reason.
pub mod limits;
/// An account that has another address now.
pub mod moving;
/// Stanzas that wait for another endpoint.
pub mod outbox;
/// What the server wants done.
pub mod output;
/// XEP-0163: Personal Eventing Protocol, over XEP-0060: Publish-Subscribe, with XEP-0223:
/// Persistent Storage of Private Data via PubSub
pub mod pep;
/// RFC 6121 §4: presence.
mod presence;
/// XEP-0059: Result Set Management.
pub mod result_set;
/// RFC 6121 §2: the roster.
pub mod roster;
/// RFC 6121 §8: where a stanza goes, as a pure rule.
pub mod route;
/// XEP-0220: Server Dialback, and streams between servers.
mod s2s;
mod server;
/// XEP-0030: Service Discovery, XEP-0199: XMPP Ping and XEP-0092: Software Version.
mod service;
/// RFC 6120 §8: stanzas and their errors.
pub mod stanza;
/// XEP-0359: Unique and Stable Stanza IDs.
pub mod stanza_ids;
/// RFC 6120 §5: STARTTLS
mod starttls;
/// The store port, with its contract.
pub mod store;
/// RFC 6121 §2 and §3, carried out.
mod subscribing;
/// RFC 6121 §3 and Appendix A: subscriptions, as a table.
pub mod subscription;
/// XEP-0054: vcard-temp
mod vcard;

pub use domain::Domain;
pub use input::{ConnectionId, DeviceChange, DialFailure, Input, Origin};
pub use output::{AwayReason, Effect, LinkStatus, Note, Output, PeerStatus, TlsSide};
pub use server::{Server, domain_of};
pub use store::{Change, MemoryStore, Snapshot, Store};
