//! A window that nobody touches leaves the processor alone.

use std::time::Duration;

use onym_tests::{Desktop, Person};

use crate::Test;
use crate::people::{self, album, no_network, offline};
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[("nothing_is_drawn_for_nobody", nothing_is_drawn_for_nobody)];

/// Of one processor. Drawing all the time takes at least all of it without a graphics card.
const SHARE: f64 = 0.1;
/// Animations are over after a second; a busy machine gets more time.
const REST_LIMIT: Duration = Duration::from_secs(60);

fn nothing_is_drawn_for_nobody(_: &World) -> Outcome {
    let newcomer = Person::without_identity("newcomer", &no_network())?;
    let mut desktop = Desktop::start()?;
    let mut window = newcomer.open_window(&mut desktop, &album("rest"))?;
    window.see("Welcome to Onym")?;
    window.wait_until_idle(SHARE, REST_LIMIT)?;
    drop(window);

    let (alice, bob) = (offline("alice")?, offline("bob")?);
    let mut window = alice.open_window(&mut desktop, &album("rest"))?;
    window.see("Nobody here yet")?;
    window.wait_until_idle(SHARE, REST_LIMIT)?;
    people::add(&mut window, bob.jid(), "Bob")?;
    people::send(&mut window, "Bob", "nobody answers here")?;
    // The field has the keyboard, and its caret may blink.
    window.wait_until_idle(SHARE, REST_LIMIT)?;
    window.picture("conversation")?;
    window.close()?;
    Ok(())
}
