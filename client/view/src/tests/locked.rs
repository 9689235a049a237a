use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use onym_identity::RootSecret;

use super::support::{TestWindow, press, type_into, window};
use crate::app_model::{LockedModel, NewPassphrase, ScreenModel, UnlockProblem, ViewCommand};

fn model() -> LockedModel {
    LockedModel {
        has_passphrase: true,
        has_keyring: true,
        ..LockedModel::default()
    }
}

fn locked(model: LockedModel) -> TestWindow {
    window(ScreenModel::Locked(model))
}

fn show(window: &mut TestWindow, model: LockedModel) {
    window.state_mut().model.screen = ScreenModel::Locked(model);
    window.run();
}

fn click(window: &mut TestWindow, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    window.run();
}

#[test]
fn a_locked_store_asks_calmly_and_again() {
    let mut window = locked(model());
    assert!(window.get_by_label("Your passphrase").is_focused());
    type_into(&mut window, "Your passphrase", "wrong");
    press(&mut window, Key::Enter);
    assert!(
        matches!(&window.state().commands[..], [ViewCommand::Unlock(secret)] if secret.reveal() == "wrong")
    );
    let busy = LockedModel {
        is_busy: true,
        ..model()
    };
    show(&mut window, busy);
    window.state_mut().commands.clear();
    click(&mut window, "Unlocking…");
    assert!(window.state().commands.is_empty(), "one attempt at a time");
    let wrong = LockedModel {
        problem: Some(UnlockProblem::WrongPassphrase),
        ..model()
    };
    show(&mut window, wrong);
    window.get_by_label("That is not the passphrase. Try again.");
    assert!(window.get_by_label("Your passphrase").is_focused());
    click(&mut window, "Unlock with the keyring");
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::UnlockWithKeyring]
    ));
}

#[test]
fn a_keyring_that_does_not_answer_is_in_nobodys_way() {
    let mut window = locked(LockedModel {
        asks_keyring: true,
        ..model()
    });
    window.get_by_label("Waiting for the keyring. It may have a question for you.");
    assert!(
        window
            .query_by_label_contains("Unlock with the keyring")
            .is_none()
    );
    type_into(&mut window, "Your passphrase", "typed");
    // Its answer takes nothing away from what is being typed.
    let refused = LockedModel {
        problem: Some(UnlockProblem::KeyringRefused),
        ..model()
    };
    show(&mut window, refused);
    window.get_by_label("The keyring did not give the key. Type your passphrase.");
    press(&mut window, Key::Enter);
    assert!(
        matches!(&window.state().commands[..], [ViewCommand::Unlock(secret)] if secret.reveal() == "typed")
    );
    window.state_mut().commands.clear();
    let asks = LockedModel {
        asks_keyring: true,
        ..model()
    };
    show(&mut window, asks);
    click(&mut window, "Do not wait for the keyring");
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::CancelKeyring]
    ));
}

#[test]
fn without_a_passphrase_none_is_asked_for() {
    let window = locked(LockedModel {
        has_passphrase: false,
        problem: Some(UnlockProblem::KeyringRefused),
        ..model()
    });
    assert!(window.query_by_label("Your passphrase").is_none());
    window.get_by_label_contains("Try again, or use your recovery words");
    window.get_by_label("Unlock with the keyring");
    window.get_by_label("Use the recovery words");
}

#[test]
fn the_words_open_it_and_a_new_passphrase_follows() {
    let mut window = locked(LockedModel {
        problem: Some(UnlockProblem::WrongPassphrase),
        ..model()
    });
    click(&mut window, "Forgot the passphrase? Use the recovery words");
    assert!(
        window
            .query_by_label_contains("not the passphrase")
            .is_none()
    );
    type_into(&mut window, "Your 24 words", "one two");
    click(&mut window, "Open");
    window.get_by_label("There have to be 24 words. These are 2.");
    assert!(window.state().commands.is_empty());
    click(&mut window, "Back");
    assert!(window.get_by_label("Your passphrase").is_focused());

    click(&mut window, "Forgot the passphrase? Use the recovery words");
    let phrase = RootSecret::from_bytes(&[9; 32]).recovery_phrase().reveal();
    type_into(&mut window, "Your 24 words", &phrase);
    click(&mut window, "Open");
    match &window.state().commands[..] {
        [ViewCommand::RestoreIdentity(given)] => assert_eq!(given.reveal(), phrase),
        other => panic!("{other:?}"),
    }
    let wrong = LockedModel {
        problem: Some(UnlockProblem::WrongPhrase),
        ..model()
    };
    show(&mut window, wrong);
    window.get_by_label("These are the words of another identity. Nothing was changed.");
    // What was typed stays, to be mended.
    window.get_by_label("24 of 24 words");

    window.state_mut().commands.clear();
    let new = LockedModel {
        new_passphrase: Some(NewPassphrase { has_keyring: false }),
        ..model()
    };
    show(&mut window, new.clone());
    window.get_by_label("A new passphrase");
    type_into(&mut window, "Passphrase", "copper lantern");
    type_into(&mut window, "The same again", "copper lantern");
    press(&mut window, Key::Enter);
    match &window.state().commands[..] {
        [
            ViewCommand::ProtectStore {
                passphrase: Some(passphrase),
                keep_in_keyring: false,
            },
        ] => assert_eq!(passphrase.reveal(), "copper lantern"),
        other => panic!("{other:?}"),
    }
    let in_use = LockedModel {
        problem: Some(UnlockProblem::PassphraseInUse),
        ..new
    };
    show(&mut window, in_use);
    window.get_by_label("This passphrase cannot be used here. Choose another one.");
    window.state_mut().commands.clear();
    click(&mut window, "Go on without a passphrase");
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::ProtectStore {
            passphrase: None,
            ..
        }]
    ));
}
