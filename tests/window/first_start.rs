//! From an empty folder to a locked store, without a network.

use libtest_mimic::Failed;
use onym_tests::{Accessible, Desktop, Person, Window};

use crate::Test;
use crate::people::{self, LIMIT, PASSPHRASE, album, no_network, offline};
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "makes_an_identity_and_opens_it_with_its_passphrase_only",
        makes_an_identity_and_opens_it_with_its_passphrase_only,
    ),
    ("brings_an_identity_back", brings_an_identity_back),
];

const WORDS: usize = 24;

fn makes_an_identity_and_opens_it_with_its_passphrase_only(_: &World) -> Outcome {
    let alice = Person::without_identity("alice", &no_network())?;
    let bob = offline("bob")?;
    let album = album("first-start");
    let mut desktop = Desktop::start()?;
    let mut window = alice.open_window(&mut desktop, &album)?;
    window.see("Welcome to Onym")?;
    window.picture("01-welcome")?;
    window.press("Make a new identity")?;
    let phrase = phrase(&window.see("Word 24: ")?)?;
    window.picture("02-words")?;
    window.press("I have written them down")?;
    check_words(&mut window, &phrase)?;
    window.see("Protect your messages")?;
    window.picture("05-protect")?;
    window.fill("Passphrase", PASSPHRASE)?;
    window.fill("The same again", PASSPHRASE)?;
    window.picture("06-passphrase")?;
    window.press("Use this passphrase")?;
    // History and composing need no network.
    window.see("Nobody here yet")?;
    window.picture("07-nobody")?;
    people::add(&mut window, bob.jid(), "Bob")?;
    people::send(&mut window, "Bob", "written before Tor is there")?;
    window.picture("08-first-message")?;
    window.close()?;

    let mut window = alice.open_window(&mut desktop, &album)?;
    window.see("Onym is locked")?;
    window.picture("09-locked")?;
    window.fill("Your passphrase", "copper lantern river eight")?;
    window.press("Unlock")?;
    window.see("That is not the passphrase. Try again.")?;
    window.picture("10-wrong-passphrase")?;
    window.fill("Your passphrase", PASSPHRASE)?;
    window.press("Unlock")?;
    people::open(&mut window, "Bob")?;
    window.see("written before Tor is there")?;
    people::send(&mut window, "Bob", "and one more")?;
    window.picture("11-opened")?;
    window.keys("ctrl+l")?;
    window.see("Onym is locked")?;
    let hidden = window.see_no_more("and one more")?;
    assert!(!hidden.shows("Bob"), "{hidden}");
    window.close()?;
    Ok(())
}

fn brings_an_identity_back(_: &World) -> Outcome {
    let before = offline("alice")?;
    let after = Person::without_identity("alice", &no_network())?;
    let mut desktop = Desktop::start()?;
    let mut window = after.open_window(&mut desktop, &album("restore"))?;
    window.press("Restore from 24 words")?;
    window.see("Restore your identity")?;
    let wrong = before.phrase().replacen(' ', " zzz ", 1);
    window.fill("Your 24 words", &wrong)?;
    window.see("25 of 24 words")?;
    window.picture("01-too-many")?;
    window.fill("Your 24 words", before.phrase())?;
    window.picture("02-words")?;
    window.press("Restore")?;
    window.press("Go on without a passphrase")?;
    window.see("Nobody here yet")?;
    window.picture("03-back")?;
    window.close()?;
    let shown = after.run(["identity", "show"])?;
    assert_eq!(shown.lines.first().unwrap()["jid"], before.jid());
    Ok(())
}

/// Types the words that are asked for; the first time one of them wrong.
fn check_words(window: &mut Window<'_>, phrase: &[String]) -> Outcome {
    let asked = window.wait_until("three fields", LIMIT, |tree| fields(tree).len() == 3)?;
    window.picture("03-check")?;
    let asked = fields(&asked);
    let answers = asked.iter().map(|field| {
        let number: usize = field.trim_start_matches("Word ").parse().unwrap_or(0);
        let word = phrase.get(number.wrapping_sub(1)).cloned();
        (field.clone(), word.unwrap_or_default())
    });
    let answers: Vec<(String, String)> = answers.collect();
    let (slipped, right) = answers.last().unwrap();
    for (field, word) in &answers {
        let word = if field == slipped { "slip" } else { word };
        window.fill(field, word)?;
    }
    window.press("Check")?;
    window.see(&format!("{slipped} is another one."))?;
    window.picture("04-slip-of-the-pen")?;
    window.fill(slipped, right)?;
    window.press("Check")?;
    Ok(())
}

fn fields(tree: &Accessible) -> Vec<String> {
    let asked = |field: &&Accessible| field.is_field() && field.name.starts_with("Word ");
    let asked = tree.all().into_iter().filter(asked);
    asked.map(|field| field.name.clone()).collect()
}

/// The recovery words as they are shown.
fn phrase(tree: &Accessible) -> Result<Vec<String>, Failed> {
    let all = tree.all();
    let words: Option<Vec<String>> = (1..=WORDS)
        .map(|number| {
            let before = format!("Word {number}: ");
            let mut words = all.iter().map(|shown| shown.name.as_str());
            words.find_map(|name| name.strip_prefix(&before).map(str::to_owned))
        })
        .collect();
    words.ok_or_else(|| format!("not all words are shown:\n{tree}").into())
}
