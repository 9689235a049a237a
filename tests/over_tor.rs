//! The program over Tor: two people, each with an endpoint of their own, on a private network.
//!
//! All tests share one network. The first that needs it starts it, and `main` takes it down after
//! the last, also when tests have failed. Each test makes its own people, so they disturb each
//! other only by taking time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; its functions do not carry #[test] here"
)]

#[path = "over_tor/crash.rs"]
mod crash;
#[path = "over_tor/ended.rs"]
mod ended;
#[path = "over_tor/impostor.rs"]
mod impostor;
#[path = "over_tor/invites.rs"]
mod invites;
#[path = "over_tor/kill.rs"]
mod kill;
#[path = "over_tor/messages.rs"]
mod messages;
#[path = "over_tor/moves.rs"]
mod moves;
#[path = "over_tor/omemo.rs"]
mod omemo;
#[path = "over_tor/other_clients.rs"]
mod other_clients;
#[path = "over_tor/restart.rs"]
mod restart;
#[path = "over_tor/signed_out.rs"]
mod signed_out;
#[path = "over_tor/somebody.rs"]
mod somebody;
#[path = "over_tor/stranger.rs"]
mod stranger;
#[path = "over_tor/world.rs"]
mod world;

use std::process::ExitCode;

use world::Test;

/// Tests at a time, unless the command line says otherwise. They wait for Tor more than they
/// compute.
const TESTS_AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    world::run(
        TESTS_AT_A_TIME,
        &[
            ("messages", messages::TESTS),
            ("crash", crash::TESTS),
            ("kill", kill::TESTS),
            ("restart", restart::TESTS),
            ("impostor", impostor::TESTS),
            ("other_clients", other_clients::TESTS),
            ("omemo", omemo::TESTS),
            ("signed_out", signed_out::TESTS),
            ("ended", ended::TESTS),
            ("invites", invites::TESTS),
            ("moves", moves::TESTS),
        ],
    )
}
