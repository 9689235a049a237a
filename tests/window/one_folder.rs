//! One folder has one window, and one process.

use onym_tests::{Desktop, Person};

use crate::Test;
use crate::people::{LIMIT, PASSPHRASE, album, no_network, offline, sealed};
use crate::world::{LOCAL_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_second_start_raises_the_window",
        a_second_start_raises_the_window,
    ),
    (
        "a_second_start_raises_a_window_that_is_not_open_yet",
        a_second_start_raises_a_window_that_is_not_open_yet,
    ),
    (
        "a_folder_in_use_is_told_in_the_window",
        a_folder_in_use_is_told_in_the_window,
    ),
];

fn a_second_start_raises_the_window(_: &World) -> Outcome {
    let (alice, bob) = (offline("alice")?, offline("bob")?);
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album("second-start"))?;
    window.see("Nobody here yet")?;
    let requests = window.desktop().watch_requests()?;
    let second = alice.run_on(window.desktop(), &[])?;
    assert!(second.status.success(), "{:?}", second.lines);
    assert!(requests.wait_for("_NET_ACTIVE_WINDOW", LIMIT));
    window.see("Nobody here yet")?;

    // A link comes along, whatever is open.
    window.keys("ctrl+comma")?;
    window.see("Appearance")?;
    let link = format!("xmpp:{}?roster;name=Bob", bob.jid());
    let second = alice.run_on(window.desktop(), &["open", &link])?;
    assert!(second.status.success(), "{:?}", second.lines);
    assert!(requests.wait_for("_NET_ACTIVE_WINDOW", LIMIT));
    window.see("Onym address, complete and without mistakes")?;
    let tree = window.picture("link")?;
    assert!(tree.shows(bob.jid()), "{tree}");
    window.close()?;
    Ok(())
}

fn a_second_start_raises_a_window_that_is_not_open_yet(_: &World) -> Outcome {
    let (alice, bob) = (
        Person::without_identity("alice", &no_network())?,
        offline("bob")?,
    );
    let album = album("second-start-early");
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album)?;
    window.see("Welcome to Onym")?;
    let requests = window.desktop().watch_requests()?;
    let second = alice.run_on(window.desktop(), &[])?;
    assert!(second.status.success(), "{:?}", second.lines);
    assert!(requests.wait_for("_NET_ACTIVE_WINDOW", LIMIT));
    let refused = alice.run_on(window.desktop(), &["identity", "new"])?;
    assert!(!refused.status.success(), "one process makes the identity");
    window.close()?;

    let (carol, _) = sealed("carol")?;
    let mut window = carol.open_window(&mut desktop, &album)?;
    window.see("Onym is locked")?;
    let requests = window.desktop().watch_requests()?;
    let link = format!("xmpp:{}?roster;name=Bob", bob.jid());
    let second = carol.run_on(window.desktop(), &["open", &link])?;
    assert!(second.status.success(), "{:?}", second.lines);
    assert!(requests.wait_for("_NET_ACTIVE_WINDOW", LIMIT));
    let told = carol.run_on(window.desktop(), &["contact", "list"])?;
    assert!(!told.status.success());
    let said = format!("{:?}", told.lines);
    assert!(
        said.contains("is locked") && said.contains("Unlock the window"),
        "{said}"
    );
    let tree = window.see("Onym is locked")?;
    assert!(!tree.shows(bob.jid()), "{tree}");
    window.fill("Your passphrase", PASSPHRASE)?;
    window.press("Unlock")?;
    window.see("Onym address, complete and without mistakes")?;
    let tree = window.picture("link-after-unlocking")?;
    assert!(tree.shows(bob.jid()), "{tree}");
    window.close()?;
    Ok(())
}

fn a_folder_in_use_is_told_in_the_window(_: &World) -> Outcome {
    let alice = offline("alice")?;
    let mut endpoint = alice.serve()?;
    endpoint.loopback()?;
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album("folder-in-use"))?;
    window.wait_for("Onym cannot start", LOCAL_LIMIT)?;
    let tree = window.picture("in-use")?;
    assert!(tree.shows("Another Onym process is using"), "{tree}");
    assert!(tree.shows("Stop it first"), "{tree}");
    window.close()?;
    // The endpoint did not notice.
    alice.run(["status"])?;
    Ok(())
}
