//! Scenes: whole servers, clients and strangers under one virtual clock.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a scene that does not go as written is to fail loudly"
)]

mod client;
mod stranger;
mod world;

mod delivery;
mod dialback;
mod login;
mod messages;
mod rosters;
mod services;
mod soup;
mod strangers;
mod subscriptions;
