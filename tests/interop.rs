//! The program beside programs of others that only these tests need; `scripts/interop` runs them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; its functions do not carry #[test] here"
)]

#[path = "interop/prosody.rs"]
mod prosody;
#[expect(dead_code, reason = "shared with over_tor.rs, which uses all of it")]
#[path = "over_tor/somebody.rs"]
mod somebody;
#[path = "over_tor/world.rs"]
mod world;

use std::process::ExitCode;

use world::Test;

/// Tests at a time, unless the command line says otherwise.
const TESTS_AT_A_TIME: usize = 1;

fn main() -> ExitCode {
    world::run(TESTS_AT_A_TIME, &[("prosody", prosody::TESTS)])
}
