//! Encrypted conversations over Tor with programs that others wrote and that `scripts/interop`
//! installs. Pictures of their windows are left in `interop-run/` inside the target folder.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic_in_result_fn,
    reason = "a test fails by panicking; its functions do not carry #[test] here"
)]

#[path = "interop/account.rs"]
mod account;
#[path = "interop/client.rs"]
mod client;
#[path = "interop/dino.rs"]
mod dino;
#[path = "interop/failover.rs"]
mod failover;
#[path = "interop/gajim.rs"]
mod gajim;
#[path = "interop/identity.rs"]
mod identity;
#[path = "interop/invite_page.rs"]
mod invite_page;
#[path = "interop/profanity.rs"]
mod profanity;
#[path = "interop/prosody.rs"]
mod prosody;
#[path = "interop/situations.rs"]
mod situations;
#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "over_tor/somebody.rs"]
mod somebody;
#[path = "over_tor/world.rs"]
mod world;

use std::process::ExitCode;

use world::Test;

/// Tests at a time, unless the command line says otherwise.
const TESTS_AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    world::run(
        TESTS_AT_A_TIME,
        &[
            ("gajim", gajim::TESTS),
            ("dino", dino::TESTS),
            ("profanity", profanity::TESTS),
            ("prosody", prosody::TESTS),
            ("identity", identity::TESTS),
            ("failover", failover::TESTS),
            ("invite_page", invite_page::TESTS),
        ],
    )
}
