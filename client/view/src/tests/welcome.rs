use egui::{Role, Vec2};
use egui_kittest::kittest::Queryable as _;
use onym_identity::RootSecret;

use super::support::{type_into, window, window_of};
use crate::app_model::{ScreenModel, ThemeChoice, ViewCommand, WelcomeStep};
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
fn restoring_says_what_is_wrong_and_then_gives_the_phrase() {
    let mut window = window(sample::welcome(WelcomeStep::Choose, None));
    window.get_by_label("Restore from 24 words").click();
    window.run();
    let phrase = RootSecret::from_bytes(&[9; 32]).recovery_phrase().reveal();
    let wrong = phrase.replacen(' ', " onym ", 1);
    let wrong: Vec<&str> = wrong.split(' ').take(24).collect();
    type_into(&mut window, "Your 24 words", &wrong.join(" "));
    window.run();
    window.get_by_label("24 of 24 words");
    window
        .get_by_role_and_label(Role::Button, "Restore")
        .click();
    window.run();
    window.get_by_label_contains("Word 2 is not a word of recovery phrases");
    assert!(window.state().commands.is_empty());

    window.get_by_label("Back").click();
    window.run();
    window.get_by_label("Restore from 24 words").click();
    window.run();
    window.get_by_label("0 of 24 words");
    type_into(&mut window, "Your 24 words", &phrase);
    window.run();
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
fn no_secret_shows_in_debug() {
    let phrase = RootSecret::from_bytes(&[7; 32]).recovery_phrase();
    let model = sample::app(sample::welcome(sample::phrase(), None), ThemeChoice::Dark);
    let command = ViewCommand::RestoreIdentity(phrase);
    let ViewCommand::RestoreIdentity(phrase) = &command else {
        panic!()
    };
    let shown = format!("{model:?} {model:#?} {command:?}");
    for word in phrase.words() {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

#[test]
fn problems_of_the_program_are_shown() {
    let problem = "The disk is full.";
    let window = window(sample::welcome(WelcomeStep::Choose, Some(problem)));
    window.get_by_label(problem);
}

#[test]
fn every_page_fits_into_a_small_window_in_both_themes() {
    let steps = || [WelcomeStep::Choose, working(), sample::phrase()];
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        for step in steps() {
            let screen: ScreenModel = sample::welcome(step, None);
            let window = window_of(screen, theme, Vec2::new(420.0, 400.0));
            for node in window.query_all_by_role(Role::Button) {
                assert!(node.rect().right() <= 420.0, "{:?}", node.rect());
            }
        }
    }
}

fn working() -> WelcomeStep {
    WelcomeStep::Working {
        words: "Making your keys…".to_owned(),
    }
}
