//! The real window on a screen that nobody sees, worked by its accessibility tree.
//!
//! Everybody in these tests has a screen, a keyboard, a session bus and a home of their own. Each
//! test leaves pictures of its windows and the trees beside them in `window-run/` inside the
//! target folder, or where `ONYM_WINDOW_RUN` says.

#![expect(
    clippy::unwrap_used,
    clippy::panic_in_result_fn,
    reason = "a test fails by panicking; its functions do not carry #[test] here"
)]

#[path = "window/first_start.rs"]
mod first_start;
#[path = "window/friends.rs"]
mod friends;
#[path = "window/identities.rs"]
mod identities;
#[path = "window/locked.rs"]
mod locked;
#[path = "window/names.rs"]
mod names;
#[path = "window/one_folder.rs"]
mod one_folder;
#[path = "window/people.rs"]
mod people;
#[path = "window/rest.rs"]
mod rest;
#[path = "over_tor/world.rs"]
mod world;

use std::process::ExitCode;

use world::Test;

/// Tests at a time, unless the command line says otherwise. Drawing without a graphics card takes
/// a processor for each window.
const TESTS_AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    world::run(
        TESTS_AT_A_TIME,
        &[
            ("first_start", first_start::TESTS),
            ("locked", locked::TESTS),
            ("names", names::TESTS),
            ("one_folder", one_folder::TESTS),
            ("rest", rest::TESTS),
            ("friends", friends::TESTS),
            ("identities", identities::TESTS),
        ],
    )
}
