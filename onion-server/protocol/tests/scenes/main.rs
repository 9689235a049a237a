//! Scenes: whole servers, clients and strangers under one virtual clock.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a scene that does not go as written is to fail loudly"
)]

mod client;
mod program;
mod stranger;
mod world;

mod archives;
mod blocking;
mod copies;
mod delivery;
mod dialback;
mod invites;
mod leaving;
mod login;
mod messages;
mod node_readers;
mod nodes;
mod profiles;
mod programs_in_use;
mod resumption;
mod rosters;
mod services;
mod soup;
mod starttls;
mod starttls_between_servers;
mod states;
mod strangers;
mod subscriptions;
mod unoffered;
