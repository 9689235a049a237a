//! Everything that can be reached has a name, on every screen.

use libtest_mimic::Failed;
use onym_tests::{Desktop, Person, Window};

use crate::Test;
use crate::people::{self, LIMIT, PASSPHRASE, album, no_network, offline};
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    ("first_start", first_start),
    ("main_and_its_pages", main_and_its_pages),
    ("settings", settings),
];

const SETTINGS: [&str; 8] = [
    "Appearance",
    "Notifications",
    "Start",
    "Privacy and security",
    "Tor bridges",
    "Your other clients",
    "Your data",
    "About",
];

fn first_start(_: &World) -> Outcome {
    let alice = Person::without_identity("alice", &no_network())?;
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album("names-first-start"))?;
    look(&mut window, "Welcome to Onym", "welcome")?;
    window.press("Restore from 24 words")?;
    look(&mut window, "Restore your identity", "restore")?;
    window.press("Back")?;
    window.press("Make a new identity")?;
    look(&mut window, "Your recovery words", "words")?;
    window.press("I have written them down")?;
    look(&mut window, "Is it all on paper?", "check")?;
    window.press("Skip for now")?;
    look(&mut window, "Protect your messages", "protect")?;
    window.fill("Passphrase", PASSPHRASE)?;
    window.fill("The same again", PASSPHRASE)?;
    window.press("Use this passphrase")?;
    // The reminder stands there because the words were not checked.
    look(&mut window, "You have not checked yet", "nobody")?;
    window.press("Check now")?;
    look(&mut window, "Is it all on paper?", "check-later")?;
    window.keys("Escape")?;
    window.see_no_more("Is it all on paper?")?;
    window.keys("ctrl+l")?;
    look(&mut window, "Onym is locked", "locked")?;
    window.close()?;
    Ok(())
}

fn main_and_its_pages(_: &World) -> Outcome {
    let (alice, bob) = (offline("alice")?, offline("bob")?);
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album("names-main"))?;
    look(&mut window, "Nobody here yet", "nobody")?;
    window.press("Add contact")?;
    look(&mut window, "Address or link", "add-contact")?;
    window.keys("Escape")?;
    window.see_no_more("Paste their address or a link")?;
    people::add(&mut window, bob.jid(), "Bob")?;
    people::send(&mut window, "Bob", "See https://example.org, it says more")?;
    people::send(&mut window, "Bob", "*Really.*")?;
    look(&mut window, "it says more", "conversation")?;
    window.keys("ctrl+f")?;
    look(&mut window, "it says more", "find")?;
    window.keys("Escape")?;
    window.keys("ctrl+i")?;
    look(&mut window, "Disappearing messages", "contact")?;
    window.keys("Escape")?;
    for (item, shows, name) in [
        ("Your page", "Show the code or send the link", "our-page"),
        ("Connection", "Your endpoint", "connection"),
        ("Keyboard shortcuts", "Show these keys", "shortcuts"),
    ] {
        window.press("Menu")?;
        window.wait_until("the menu", LIMIT, |tree| tree.control(item).is_some())?;
        unnamed(&mut window, &format!("menu-to-{name}"))?;
        window.press(item)?;
        look(&mut window, shows, name)?;
        window.keys("Escape")?;
        window.see_no_more(shows)?;
    }
    window.keys("ctrl+k")?;
    look(&mut window, "Name of a contact", "switcher")?;
    window.keys("Escape")?;
    window.fill("Search contacts and messages", "really")?;
    look(&mut window, "Messages", "search")?;
    window.close()?;
    Ok(())
}

fn settings(_: &World) -> Outcome {
    let alice = offline("alice")?;
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album("names-settings"))?;
    window.see("Nobody here yet")?;
    window.keys("ctrl+comma")?;
    for (number, part) in SETTINGS.iter().enumerate() {
        window.press(part)?;
        look(&mut window, part, &format!("{number}-{}", file_name(part)))?;
    }
    window.press("Appearance")?;
    for (theme, name) in [("Dark", "dark"), ("Light", "light")] {
        window.press(theme)?;
        look(&mut window, "Theme", name)?;
    }
    window.press("Deutsch")?;
    look(&mut window, "Aussehen", "german")?;
    window.close()?;
    Ok(())
}

/// Waits for a screen, takes its picture, and complains about whatever has no name.
fn look(window: &mut Window<'_>, shows: &str, name: &str) -> Outcome {
    window.see(shows)?;
    unnamed(window, name)
}

fn unnamed(window: &mut Window<'_>, name: &str) -> Outcome {
    let tree = window.picture(name)?;
    let unnamed = tree.unnamed();
    if unnamed.is_empty() {
        return Ok(());
    }
    let words = format!("without a name on {name:?}: {unnamed:#?}\n{tree}");
    Err(Failed::from(words))
}

fn file_name(part: &str) -> String {
    part.to_lowercase().replace(' ', "-")
}
