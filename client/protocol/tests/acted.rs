//! The engine against a small server, under a virtual clock: what is said, in which order, and
//! that nothing is lost whatever is cut off.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test double that is used wrongly has to stop the test; helpers are not #[test]"
)]

#[path = "acted/server.rs"]
mod server;
#[path = "acted/services.rs"]
mod services;
#[path = "acted/world.rs"]
mod world;

#[path = "acted/account.rs"]
mod account;
#[path = "acted/archive.rs"]
mod archive;
#[path = "acted/contacts.rs"]
mod contacts;
#[path = "acted/content.rs"]
mod content;
#[path = "acted/hostile.rs"]
mod hostile;
#[path = "acted/invites.rs"]
mod invites;
#[path = "acted/keeping.rs"]
mod keeping;
#[path = "acted/keys.rs"]
mod keys;
#[path = "acted/login.rs"]
mod login;
#[path = "acted/loss.rs"]
mod loss;
#[path = "acted/messages.rs"]
mod messages;
#[path = "acted/orders.rs"]
mod orders;
#[path = "acted/resumption.rs"]
mod resumption;
#[path = "acted/telling.rs"]
mod telling;
#[path = "acted/view.rs"]
mod view;
