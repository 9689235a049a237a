//! Two windows over Tor.

use std::time::Duration;

use libtest_mimic::Failed;
use onym_tests::{Accessible, Desktop, Person, Window, WindowError};

use crate::Test;
use crate::people::{album, open, send};
use crate::world::{MESSAGE_LIMIT, Outcome, TOR_LIMIT, World};

pub(crate) const TESTS: &[Test] = &[(
    "become_contacts_and_lose_nothing",
    become_contacts_and_lose_nothing,
)];

fn become_contacts_and_lose_nothing(world: &World) -> Outcome {
    let toml = world.network()?.client_config_toml();
    let (alice, bob) = (Person::new("alice", &toml)?, Person::new("bob", &toml)?);
    let (mut hers, mut his) = (Desktop::start()?, Desktop::start()?);
    let (her_album, his_album) = (album("friends/alice"), album("friends/bob"));
    let mut her_window = alice.open_window(&mut hers, &her_album)?;
    let mut his_window = bob.open_window(&mut his, &his_album)?;
    her_window.see("Nobody here yet")?;
    her_window.picture("01-connecting")?;
    reachable(&mut her_window)?;
    reachable(&mut his_window)?;

    // She clicks on his link, and he accepts.
    let link = format!("xmpp:{}?roster;name=Bob", bob.jid());
    let opened = alice.run_on(her_window.desktop(), &["open", &link])?;
    if !opened.status.success() {
        return Err(Failed::from(format!("{:?}", opened.lines)));
    }
    her_window.see("Onym address, complete and without mistakes")?;
    her_window.fill("Name (only you see it)", "Bob")?;
    her_window.picture("02-link")?;
    her_window.press("Send request")?;
    his_window.wait_for("wants to be your contact", MESSAGE_LIMIT)?;
    his_window.picture("01-request")?;
    his_window.press_one("Accept", |button| button.name.starts_with("Accept "))?;
    let him = "Bob".to_owned();
    let her = row_with(&mut his_window, ", Online", MESSAGE_LIMIT)?;
    her_window.wait_for("Bob, Online", MESSAGE_LIMIT)?;

    open(&mut her_window, &him)?;
    open(&mut his_window, &her)?;
    send(&mut her_window, &him, "Hello Bob")?;
    delivered(&mut her_window, "Hello Bob")?;
    his_window.wait_for("Hello Bob", MESSAGE_LIMIT)?;
    send(&mut his_window, &her, "Hello Alice")?;
    delivered(&mut his_window, "Hello Alice")?;
    her_window.picture("03-chat")?;
    his_window.picture("02-chat")?;

    // His process dies; what she writes meanwhile waits for him.
    his_window.kill_hard()?;
    send(&mut her_window, &him, "Are you there?")?;
    her_window.picture("04-he-is-away")?;
    let mut his_window = bob.open_window(&mut his, &his_album)?;
    open(&mut his_window, &her)?;
    // What was there before needs no network.
    let tree = his_window.see("Hello Alice")?;
    assert!(tree.shows("Hello Bob"), "{tree}");
    his_window.wait_for("Are you there?", TOR_LIMIT + MESSAGE_LIMIT)?;
    delivered(&mut her_window, "Are you there?")?;

    // Hers dies with a message that nobody has yet.
    send(&mut her_window, &him, "Killed in between")?;
    her_window.kill_hard()?;
    let mut her_window = alice.open_window(&mut hers, &her_album)?;
    open(&mut her_window, &him)?;
    delivered(&mut her_window, "Killed in between")?;
    let tree = his_window.wait_for("Killed in between", MESSAGE_LIMIT)?;
    his_window.picture("03-all-there")?;
    let tree_of_hers = her_window.picture("05-all-there")?;
    for text in [
        "Hello Bob",
        "Hello Alice",
        "Are you there?",
        "Killed in between",
    ] {
        assert_eq!(messages(&tree, text), 1, "{text}:\n{tree}");
        assert_eq!(messages(&tree_of_hers, text), 1, "{text}:\n{tree_of_hers}");
    }
    his_window.close()?;
    her_window.close()?;
    Ok(())
}

/// Waits until the summary at the top says so.
pub(crate) fn reachable(window: &mut Window<'_>) -> Result<(), WindowError> {
    window.wait_for(", Online. Open your page", TOR_LIMIT)?;
    Ok(())
}

/// Waits until a message of ours says that it has arrived, or even was seen.
pub(crate) fn delivered(window: &mut Window<'_>, text: &str) -> Result<(), WindowError> {
    let limit = TOR_LIMIT + MESSAGE_LIMIT;
    window.wait_until(&format!("{text:?} delivered"), limit, |tree| {
        let item = tree.find(|item| item.role == "list item" && item.says(text));
        item.is_some_and(|item| item.says("Delivered") || item.says("Seen"))
    })?;
    Ok(())
}

/// How often a message is in the conversation.
fn messages(tree: &Accessible, text: &str) -> usize {
    let is_it = |item: &&Accessible| item.role == "list item" && item.says(text);
    tree.all().into_iter().filter(is_it).count()
}

/// The name of the person in the list whose row contains this.
pub(crate) fn row_with(
    window: &mut Window<'_>,
    text: &str,
    limit: Duration,
) -> Result<String, WindowError> {
    let is_row = |row: &Accessible| row.role == "toggle button" && row.name.contains(text);
    let tree = window.wait_until(&format!("a row with {text:?}"), limit, |tree| {
        tree.find(is_row).is_some()
    })?;
    let name = tree.find(is_row).map(|row| row.name.clone());
    let name = name.unwrap_or_default();
    Ok(name.split(',').next().unwrap_or_default().to_owned())
}
