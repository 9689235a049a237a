use egui::{Key, Role, Vec2};
use egui_kittest::kittest::Queryable as _;
use onym_identity::RootSecret;

use super::support::{press, type_into, window, window_of};
use crate::app_model::{
    PhraseCheckModel, ThemeChoice, ViewCommand, WelcomeProblem, WelcomeStep, Work,
};
use crate::sample;

#[test]
fn a_new_identity_is_one_click() {
    let mut window = window(sample::welcome(WelcomeStep::Choose, None));
    window
        .get_by_role_and_label(Role::Button, "Make a new identity")
        .click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::MakeIdentity]
    ));
}

#[test]
fn the_words_stand_in_order_with_their_numbers() {
    let mut window = window(sample::welcome(sample::phrase(), None));
    let phrase = RootSecret::from_bytes(&[7; 32]).recovery_phrase();
    for (number, word) in (1..).zip(phrase.words()) {
        window.get_by_label(&format!("Word {number}: {word}"));
    }
    window.get_by_label("I have written them down").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::PhraseWrittenDown]
    ));
}

#[test]
fn the_words_are_read_down_the_columns() {
    let window = window(sample::welcome(sample::phrase(), None));
    let place = |number: usize| {
        window
            .get_by_label_contains(&format!("Word {number}: "))
            .rect()
    };
    assert!(place(2).top() > place(1).bottom());
    assert_eq!(place(2).left(), place(1).left());
    assert!(place(7).left() > place(1).right());
}

#[test]
fn three_words_are_asked_and_the_wrong_one_is_named() {
    let check = |wrong: &[usize]| {
        let asked = vec![3, 11, 20];
        let wrong = wrong.to_vec();
        sample::welcome(
            WelcomeStep::CheckPhrase(PhraseCheckModel { asked, wrong }),
            None,
        )
    };
    let mut window = window(check(&[]));
    for (name, word) in [
        ("Word 3", " Apple "),
        ("Word 11", "bear"),
        ("Word 20", "cat"),
    ] {
        type_into(&mut window, name, word);
    }
    press(&mut window, Key::Enter);
    match &window.state().commands[..] {
        [ViewCommand::AnswerPhraseCheck(words)] => {
            let words: Vec<&str> = words.iter().map(|word| word.reveal()).collect();
            assert_eq!(words, ["apple", "bear", "cat"]);
        }
        other => panic!("{other:?}"),
    }
    window.state_mut().model.screen = check(&[11]);
    window.run();
    window.get_by_label("Word 11 is another one. Compare it with your paper.");
    window.state_mut().commands.clear();
    window.get_by_label("Skip for now").click();
    window.run();
    window.get_by_label("Show the words again").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::SkipPhraseCheck, ViewCommand::ShowPhraseAgain]
    ));
}

#[test]
fn restoring_says_what_is_wrong_and_then_gives_the_phrase() {
    let mut window = window(sample::welcome(WelcomeStep::Choose, None));
    window.get_by_label("Restore from 24 words").click();
    window.run();
    let phrase = RootSecret::from_bytes(&[9; 32]).recovery_phrase().reveal();
    let wrong = phrase.replacen(' ', " onym ", 1);
    let wrong: Vec<&str> = wrong.split(' ').take(24).collect();
    type_into(&mut window, "Your 24 words", &wrong.join(" "));
    window.get_by_label("24 of 24 words");
    window
        .get_by_role_and_label(Role::Button, "Restore")
        .click();
    window.run();
    window.get_by_label_contains("Word 2, “onym”, is not one of the words");
    assert!(window.state().commands.is_empty());

    window.get_by_label("Back").click();
    window.run();
    window.get_by_label("Restore from 24 words").click();
    window.run();
    window.get_by_label("0 of 24 words");
    type_into(&mut window, "Your 24 words", &phrase);
    window
        .get_by_role_and_label(Role::Button, "Restore")
        .click();
    window.run();
    match &window.state().commands[..] {
        [ViewCommand::RestoreIdentity(restored)] => assert_eq!(restored.reveal(), phrase),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_passphrase_is_typed_twice_and_may_be_weak() {
    let mut window = window(sample::welcome(
        WelcomeStep::Passphrase { has_keyring: true },
        None,
    ));
    type_into(&mut window, "Passphrase", "short");
    window.get_by_label_contains("Easy to guess");
    type_into(&mut window, "The same again", "shirt");
    window.get_by_label("Use this passphrase").click();
    window.run();
    window.get_by_label("The two are not the same.");
    assert!(window.state().commands.is_empty());
    window.state_mut().view = crate::View::new();
    window.run();
    type_into(&mut window, "Passphrase", "short");
    type_into(&mut window, "The same again", "short");
    window
        .get_by_label("Keep it in this system's keyring")
        .click();
    window.run();
    window.get_by_label("Use this passphrase").click();
    window.run();
    match &window.state().commands[..] {
        [
            ViewCommand::ProtectStore {
                passphrase: Some(passphrase),
                keep_in_keyring: true,
            },
        ] => assert_eq!(passphrase.reveal(), "short"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_passphrase_is_a_choice_and_no_keyring_no_switch() {
    let mut window = window(sample::welcome(
        WelcomeStep::Passphrase { has_keyring: false },
        None,
    ));
    assert!(window.query_by_label_contains("keyring").is_none());
    window.get_by_label("Go on without a passphrase").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::ProtectStore {
            passphrase: None,
            keep_in_keyring: false
        }]
    ));
}

#[test]
fn a_problem_is_shown_where_it_happened() {
    let problem = WelcomeProblem::NotSaved("the disk is full".to_owned());
    let window = window(sample::welcome(sample::phrase(), Some(problem)));
    window.get_by_label("Your identity could not be saved: the disk is full");
}

#[test]
fn a_small_window_keeps_the_buttons_reachable() {
    let screen = sample::welcome(sample::phrase(), None);
    let mut window = window_of(screen, ThemeChoice::Light, Vec2::new(420.0, 400.0));
    window.get_by_label("I have written them down").focus();
    window.run();
    press(&mut window, Key::Enter);
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::PhraseWrittenDown]
    ));
}

#[test]
fn nobody_has_to_wait_for_a_keyring() {
    let mut window = window(sample::welcome(
        WelcomeStep::Working(Work::AskingKeyring),
        None,
    ));
    window.get_by_label("Go on without the keyring").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::CancelKeyring]
    ));
}

#[test]
fn bad_settings_are_named_and_the_user_chooses() {
    let mut window = window(sample::screen("bad-settings").unwrap().model.screen);
    window.get_by_label_contains("/srv/onym/settings.toml");
    window.get_by_label_contains("Line 3: invalid type: string");
    window.get_by_label("Quit").click();
    window.run();
    window.get_by_label("Go on with the usual settings").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::Quit, ViewCommand::ReplaceSettings]
    ));
}

#[test]
fn where_nothing_can_start_there_is_a_way_out() {
    let problem = WelcomeProblem::CannotStart("another Onym uses this folder".into());
    let working = WelcomeStep::Working(Work::Starting);
    let mut window = window(sample::welcome(working, Some(problem)));
    window.get_by_label("Another Onym uses this folder.");
    window.get_by_role_and_label(Role::Button, "Quit").click();
    window.run();
    assert!(matches!(window.state().commands[..], [ViewCommand::Quit]));
}
