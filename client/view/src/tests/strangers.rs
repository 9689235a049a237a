use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::view_model::{KnownAs, StrangerLook, StrangerView};

use super::support::{TestWindow, main_window, press, press_with, type_into};
use crate::app_model::ViewCommand;
use crate::sample;
use crate::sample::stranger::{ACCOUNT, confirmed};

const ADDRESS: &str = "Address or link";

fn form(typed: &str) -> TestWindow {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    type_into(&mut window, ADDRESS, typed);
    window
}

/// The accounts that the user has asked, and a mark where they put the answer away.
fn asked(window: &mut TestWindow) -> Vec<Option<String>> {
    let commands = window.state_mut().commands.drain(..);
    let asked = commands.filter_map(|command| match command {
        ViewCommand::LookUp { jid } => Some(Some(jid)),
        ViewCommand::LookAway => Some(None),
        _ => None,
    });
    asked.collect()
}

fn answer(window: &mut TestWindow, jid: &str, look: StrangerLook) {
    let jid = jid.to_owned();
    window.state_mut().main().view.stranger = Some(StrangerView { jid, look });
    window.run();
}

fn known(is_verified: bool) -> StrangerLook {
    let name = "Bruna".to_owned();
    confirmed(KnownAs::Contact { name, is_verified })
}

#[test]
fn nobody_is_asked_before_the_user_wants_it() {
    let mut window = form(ACCOUNT);
    assert_eq!(asked(&mut window), []);
    window
        .get_by_label(&format!("Look who {ACCOUNT} is"))
        .click();
    window.run();
    assert_eq!(asked(&mut window), [Some(ACCOUNT.to_owned())]);
    answer(&mut window, ACCOUNT, StrangerLook::Asking);
    window.get_by_label("Stop").click();
    window.run();
    assert_eq!(asked(&mut window), [None]);
}

#[test]
fn the_form_says_whose_identity_it_is() {
    let mut window = form(ACCOUNT);
    for (look, words) in [
        (known(true), "The identity of Bruna, whom you have verified"),
        (known(false), "The identity of your contact Bruna"),
        (confirmed(KnownAs::Ourselves), "Your own identity"),
        (
            confirmed(KnownAs::Nobody),
            "An identity vouches for this address",
        ),
        (StrangerLook::Nothing, "No identity behind this address"),
        (StrangerLook::Silent, "No answer"),
    ] {
        answer(&mut window, ACCOUNT, look);
        window.get_by_label(words);
    }
    press(&mut window, Key::Escape);
    assert_eq!(asked(&mut window), [None], "the answer goes with the form");
}

#[test]
fn the_answer_of_another_account_is_not_shown() {
    let mut window = form(ACCOUNT);
    answer(&mut window, "bruna@jabber.example.net", known(true));
    assert!(
        window
            .query_by_label_contains("whom you have verified")
            .is_none()
    );
    window.get_by_label(&format!("Look who {ACCOUNT} is"));
}

#[test]
fn a_link_that_names_another_identity_is_an_alarm() {
    let other = sample::person::stranger();
    let mut window = form(&format!("xmpp:{ACCOUNT}?subscribe;onym-identity={other}"));
    answer(&mut window, ACCOUNT, known(true));
    window.get_by_label("Not the identity that the link names");
    assert!(
        window
            .query_by_label_contains("whom you have verified")
            .is_none()
    );
}

#[test]
fn somebody_who_asks_to_be_a_contact_is_looked_at_in_the_list() {
    let mut window = main_window(sample::main_model());
    let jid = sample::jid("quintessa");
    window.get_by_label("Look who quintessa is").click();
    window.run();
    assert_eq!(asked(&mut window), [Some(jid.clone())]);
    answer(&mut window, &jid, known(true));
    window.get_by_label("The identity of Bruna, whom you have verified");
}
