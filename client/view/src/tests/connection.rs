use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::view_model::{TorProblem, UiCommand};

use super::support::{main_window, type_into};
use crate::app_model::{BridgeProblem, SettingsCommand, ViewCommand};
use crate::sample;

#[test]
fn the_start_of_tor_is_told_in_words_percent_and_time() {
    let window = main_window(sample::empty_model());
    window.get_by_label("Reading the list of Tor relays");
    window.get_by_label("45%, for 31 s");
    window.get_by_label("Start of Tor");
    window.get_by_label_contains("Connecting to Tor");
    window.get_by_label("No contacts yet");
    window.get_by_label("Nobody here yet");
}

#[test]
fn everything_else_can_be_used_meanwhile() {
    let mut model = sample::main_model();
    model.view.connection = sample::starting(5);
    let mut window = main_window(model);
    window.get_by_label_contains("Noor, ").click();
    window.run();
    assert_eq!(window.state_mut().take_ui_commands().len(), 1);
}

#[test]
fn the_page_shows_each_step_and_what_is_waited_for() {
    let mut window = main_window(sample::empty_model());
    window.get_by_label("What is happening?").click();
    window.run();
    window.get_by_label("Connect to the Tor network: done");
    window.get_by_label("Checks the list of relays");
    window.get_by_label("Back").click();
    window.run();
    let detail = "Checks the list of relays";
    assert!(window.query_by_label(detail).is_none());
}

#[test]
fn each_problem_says_what_to_do() {
    for (problem, words) in [
        (TorProblem::WrongClock, "Tor needs the right time."),
        (TorProblem::NoNetwork, "Check the cable or Wi-Fi."),
        (TorProblem::Censored, "Bridges are entries to Tor"),
        (TorProblem::UpdateNeeded, "Install the current version"),
        (TorProblem::Failed, "Onym starts it again"),
        (TorProblem::Other, "Onym keeps trying."),
    ] {
        let mut model = sample::main_model();
        model.view.connection = sample::blocked();
        if let Some(tor) = &mut model.view.connection.tor {
            tor.problem = Some(problem);
        }
        let mut window = main_window(model);
        window.get_by_label_contains("Needs your attention");
        window.get_by_label("What can I do?").click();
        window.run();
        window.get_by_label_contains(words);
    }
}

#[test]
fn bridges_are_pasted_and_a_wrong_line_is_named() {
    let mut model = sample::main_model();
    model.view.connection = sample::blocked();
    let mut window = main_window(model);
    window.get_by_label("What can I do?").click();
    window.run();
    type_into(
        &mut window,
        "Bridge lines",
        " obfs4 192.0.2.1:443 x \n\nsecond",
    );
    window.get_by_label("Save and connect").scroll_to_me();
    window.run();
    window.get_by_label("Save and connect").click();
    window.run();
    let lines = vec!["obfs4 192.0.2.1:443 x".to_owned(), "second".to_owned()];
    match window.state().commands.last() {
        Some(ViewCommand::Settings(SettingsCommand::SaveBridges(saved))) => {
            assert_eq!(*saved, lines);
        }
        other => panic!("{other:?}"),
    }
    window.state_mut().main().settings.tor.problem = Some(BridgeProblem::BadLine(2));
    window.run();
    window.get_by_label("Line 2 is not a bridge line.");
    window.state_mut().main().settings.tor.bridges = vec!["obfs4 192.0.2.1:443 x".to_owned()];
    window.run();
    let field = window.get_by_label("Bridge lines");
    assert_eq!(field.value().as_deref(), Some("obfs4 192.0.2.1:443 x"));
}

#[test]
fn a_lost_connection_says_when_it_is_tried_again_and_tries_at_once() {
    let mut model = sample::main_model();
    model.view.connection = sample::lost();
    let mut window = main_window(model);
    window.get_by_label("Not connected to your endpoint. Next try in 40 s.");
    window.get_by_label("Connect now").click();
    window.run();
    assert_eq!(window.state_mut().take_ui_commands(), [UiCommand::RetryNow]);
}

#[test]
fn a_quiet_connection_takes_no_room() {
    let window = main_window(sample::main_model());
    window.get_by_label_contains("Ines, Online");
    assert!(window.query_by_label("What is happening?").is_none());
    assert!(window.query_by_label("Start of Tor").is_none());
}
