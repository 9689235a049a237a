//! Everything that the window does while its store is closed, or cannot be opened as usual.

use onym_tests::Desktop;

use crate::Test;
use crate::people::{LIMIT, PASSPHRASE, album, offline, sealed};
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "the_words_open_it_when_the_passphrase_is_forgotten",
        the_words_open_it_when_the_passphrase_is_forgotten,
    ),
    (
        "a_keyring_that_does_not_answer_is_in_nobodys_way",
        a_keyring_that_does_not_answer_is_in_nobodys_way,
    ),
    (
        "the_tray_works_and_says_nothing",
        the_tray_works_and_says_nothing,
    ),
    (
        "settings_that_cannot_be_read_are_shown",
        settings_that_cannot_be_read_are_shown,
    ),
];

/// Each takes as long as the passphrase takes to check.
const TRIES: usize = 50;
const NEW_PASSPHRASE: &str = "seven rivers copper lantern";

fn the_words_open_it_when_the_passphrase_is_forgotten(_: &World) -> Outcome {
    let (alice, phrase) = sealed("alice")?;
    let bob = offline("bob")?;
    let album = album("forgotten");
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album)?;
    window.see("Onym is locked")?;
    window.picture("01-locked")?;
    window.press("Forgot the passphrase? Use the recovery words")?;
    window.fill("Your 24 words", bob.phrase())?;
    window.press("Open")?;
    window.see("These are the words of another identity")?;
    window.picture("02-words-of-another")?;
    window.fill("Your 24 words", &phrase)?;
    window.press("Open")?;
    window.see("A new passphrase")?;
    window.picture("03-new-passphrase")?;
    window.close()?;

    // Nothing was chosen, and nothing has changed.
    let mut window = alice.open_window(&mut desktop, &album)?;
    window.fill("Your passphrase", PASSPHRASE)?;
    window.press("Unlock")?;
    window.see("Nobody here yet")?;
    // The same in a window that was locked since.
    window.keys("ctrl+l")?;
    window.press("Forgot the passphrase? Use the recovery words")?;
    window.fill("Your 24 words", &phrase)?;
    window.press("Open")?;
    window.fill("Passphrase", NEW_PASSPHRASE)?;
    window.fill("The same again", NEW_PASSPHRASE)?;
    window.press("Use this passphrase")?;
    window.see("Nobody here yet")?;
    window.close()?;

    let mut window = alice.open_window(&mut desktop, &album)?;
    window.fill("Your passphrase", PASSPHRASE)?;
    window.press("Unlock")?;
    window.see("That is not the passphrase. Try again.")?;
    window.press("Forgot the passphrase? Use the recovery words")?;
    window.fill("Your 24 words", &phrase)?;
    window.press("Open")?;
    window.press("Go on without a passphrase")?;
    window.see("Nobody here yet")?;
    window.close()?;
    let shown = alice.run(["passphrase", "status"])?;
    assert_eq!(shown.lines.first().unwrap()["passphrase"], false);
    Ok(())
}

fn a_keyring_that_does_not_answer_is_in_nobodys_way(_: &World) -> Outcome {
    let (alice, _) = sealed("alice")?;
    let album = album("silent-keyring");
    let mut desktop = Desktop::start()?;
    let keyring = desktop.start_keyring()?;
    let file = alice.passphrase_file(PASSPHRASE)?;
    let file = file.to_string_lossy();
    let keyring_on = ["--passphrase-file", &file, "passphrase", "keyring-on"];
    // The keyring needs a moment until it is there.
    let is_on = (0..TRIES).any(|_| {
        let turned_on = alice.run_on(&desktop, &keyring_on);
        turned_on.is_ok_and(|turned_on| turned_on.status.success())
    });
    assert!(is_on, "no keyring");
    let mut window = alice.open_window(&mut desktop, &album)?;
    window.see("Nobody here yet")?;
    window.close()?;
    drop(keyring);

    let _silent = desktop.start_silent_keyring()?;
    let mut window = alice.open_window(&mut desktop, &album)?;
    window.see("Waiting for the keyring")?;
    window.picture("01-waiting")?;
    window.fill("Your passphrase", PASSPHRASE)?;
    window.press("Unlock")?;
    window.see("Nobody here yet")?;
    window.close()?;

    let mut window = alice.open_window(&mut desktop, &album)?;
    window.press("Do not wait for the keyring")?;
    window.see("Unlock with the keyring")?;
    window.press("Unlock with the keyring")?;
    window.see("Waiting for the keyring")?;
    // It closes all the same.
    window.close()?;
    Ok(())
}

fn the_tray_works_and_says_nothing(_: &World) -> Outcome {
    let (alice, _) = sealed("alice")?;
    let mut desktop = Desktop::start()?;
    let mut tray = desktop.start_tray()?;
    let mut window = alice.open_window(&mut desktop, &album("tray"))?;
    window.see("Onym is locked")?;
    let shown = window.wait_for_value(LIMIT, || tray.in_tray())?;
    assert_eq!(shown.pointer("/Title").unwrap(), "Onym (locked)", "{shown}");
    assert_eq!(
        shown.pointer("/ToolTip/0").unwrap(),
        "Onym (locked)",
        "{shown}"
    );
    let menu: Vec<&str> = shown
        .pointer("/menu")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|label| label.as_str())
        .collect();
    assert_eq!(menu, ["Locked", "", "Open Onym", "Quit"], "{shown}");
    let requests = window.desktop().watch_requests()?;
    tray.click()?;
    assert!(requests.wait_for("_NET_ACTIVE_WINDOW", LIMIT));

    window.fill("Your passphrase", PASSPHRASE)?;
    window.press("Unlock")?;
    window.see("Nobody here yet")?;
    let shown = tray.in_tray()?;
    assert_eq!(shown.pointer("/Title").unwrap(), "Onym", "{shown}");
    window.keys("ctrl+l")?;
    window.see("Onym is locked")?;
    let shown = tray.in_tray()?;
    assert_eq!(shown.pointer("/Title").unwrap(), "Onym (locked)", "{shown}");
    tray.choose("Quit")?;
    window.wait_for_end()?;
    Ok(())
}

fn settings_that_cannot_be_read_are_shown(_: &World) -> Outcome {
    let alice = offline("alice")?;
    let file = alice.data_dir().join("settings.toml");
    std::fs::write(&file, "# mine\ntext-size = \"large\"\n")?;
    let album = album("bad-settings");
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album)?;
    let tree = window.see("The settings cannot be read")?;
    assert!(
        tree.shows("settings.toml") && tree.shows("Line 2"),
        "{tree}"
    );
    window.picture("01-bad-settings")?;
    // A second start shows this one, and everything else waits.
    let requests = window.desktop().watch_requests()?;
    assert!(alice.run_on(window.desktop(), &[])?.status.success());
    assert!(requests.wait_for("_NET_ACTIVE_WINDOW", LIMIT));
    window.press("Quit")?;
    window.wait_for_end()?;
    assert!(std::fs::read_to_string(&file)?.starts_with("# mine"));

    let mut window = alice.open_window(&mut desktop, &album)?;
    window.press("Go on with the usual settings")?;
    window.see("Nobody here yet")?;
    window.close()?;
    let kept = std::fs::read_to_string(file.with_file_name("settings-unreadable-1.toml"))?;
    assert!(kept.starts_with("# mine"));
    Ok(())
}
