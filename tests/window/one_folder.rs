//! One folder has one window, and one process.

use onym_tests::Desktop;

use crate::Test;
use crate::people::{LIMIT, album, offline};
use crate::world::{LOCAL_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_second_start_raises_the_window",
        a_second_start_raises_the_window,
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
