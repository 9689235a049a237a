use egui::{Key, OutputCommand, Role, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use onym_client_protocol::view_model::{PresenceState, RequestView, UiCommand};

use super::support::{main_window, press, type_into, window_of};
use crate::app_model::{ScreenModel, ThemeChoice, ViewCommand};
use crate::sample;

#[test]
fn a_row_says_everything_that_it_shows() {
    let window = main_window(sample::main_model());
    window.get_by_label("Noor, Away: back at six, 3 unread, 13:40: Shall we move it to Thursday?");
    window.get_by_label_contains("Óscar, Offline, has a draft, Yesterday: See you then");
    window.get_by_label_contains("Imre, waiting for their answer");
}

#[test]
fn a_click_opens_a_conversation() {
    let mut window = main_window(sample::main_model());
    let jid = window.state_mut().main().view.contacts[2].jid.clone();
    window.get_by_label_contains("Noor, ").click();
    window.run();
    let commands = window.state_mut().take_ui_commands();
    assert_eq!(commands, [UiCommand::OpenConversation { jid }]);
}

#[test]
fn a_request_is_accepted_or_declined() {
    let mut window = main_window(sample::main_model());
    let jid = window.state_mut().main().view.contacts[0].jid.clone();
    window.get_by_label_contains("This is my new address.");
    window.get_by_label("Accept quintessa").click();
    window.run();
    let accepted = UiCommand::AcceptContact { jid: jid.clone() };
    assert_eq!(window.state_mut().take_ui_commands(), [accepted]);
    window.get_by_label("Decline quintessa").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::DeclineContact { jid }]
    );
}

#[test]
fn many_requests_do_not_push_contacts_away() {
    let mut model = sample::main_model();
    for name in ["Rhea", "Sven", "Tilde"] {
        let mut asks = sample::contact(name, PresenceState::Unknown);
        asks.request = RequestView::Incoming { text: None };
        model.view.contacts.insert(0, asks);
    }
    let mut window = main_window(model);
    assert_eq!(window.query_all_by_label_contains("Accept ").count(), 2);
    window.get_by_label("Show all 4 requests").click();
    window.run();
    assert_eq!(window.query_all_by_label_contains("Accept ").count(), 4);
}

#[test]
fn the_filter_finds_names_and_addresses() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, "Search contacts", "óSC");
    window.run();
    window.get_by_label_contains("Óscar, ");
    assert!(window.query_by_label_contains("Noor, ").is_none());
    press(&mut window, Key::Enter);
    let commands = window.state_mut().take_ui_commands();
    assert!(
        matches!(&commands[..], [UiCommand::OpenConversation { .. }]),
        "{commands:?}"
    );
    window.get_by_label_contains("Noor, ");
}

#[test]
fn a_filter_without_a_match_says_so() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, "Search contacts", "zzz");
    window.run();
    window.get_by_label("Nobody matches “zzz”.");
}

#[test]
fn adding_a_contact_refuses_what_is_no_address() {
    let mut window = main_window(sample::main_model());
    window.get_by_label("Add contact").click();
    window.run();
    type_into(&mut window, "Address of the new contact", "not an address");
    window.run();
    press(&mut window, Key::Enter);
    window.get_by_label_contains("is not an address");
    window.get_by_label("Cancel").click();
    window.run();
    window.get_by_label("Add contact").click();
    window.run();
    type_into(&mut window, "Address of the new contact", "bob");
    press(&mut window, Key::Enter);
    window.get_by_label("An address looks like name@server.example.");
    assert_eq!(window.state_mut().take_ui_commands(), []);
    window.get_by_label("Cancel").click();
    window.run();

    window.get_by_label("Add contact").click();
    window.run();
    type_into(&mut window, "Address of the new contact", " bob@b.example ");
    type_into(&mut window, "Name of the new contact", "Bob");
    window.run();
    window.get_by_role_and_label(Role::Button, "Add").click();
    window.run();
    let (jid, name) = ("bob@b.example".to_owned(), "Bob".to_owned());
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::AddContact { jid, name }]
    );
    assert!(
        window
            .query_by_label("Address of the new contact")
            .is_none(),
        "the form is closed"
    );
}

#[test]
fn our_address_is_copied_whole() {
    let mut window = main_window(sample::main_model());
    let our_jid = window.state_mut().main().view.our_jid.clone();
    window.get_by_label("Copy your address").click();
    window.step();
    let copied = window
        .output()
        .platform_output
        .commands
        .iter()
        .any(|command| matches!(command, OutputCommand::CopyText(text) if *text == our_jid));
    assert!(copied, "{:?}", window.output().platform_output.commands);
    window.run();
    window.get_by_label("Copied");
}

#[test]
fn the_start_of_tor_is_told_in_words_and_percent() {
    let window = main_window(sample::empty_model());
    window.get_by_label("Loading the directory of the Tor network, 45\u{a0}%");
    window.get_by_label("Start of Tor");
    window.get_by_label("Connecting to Tor");
    window.get_by_label("No contacts yet");
    window.get_by_label("Nobody here yet");
}

#[test]
fn a_lost_connection_says_why_and_offers_to_try() {
    let mut window = main_window(sample::troubled_model());
    window.get_by_label("The clock of this computer seems to be wrong by three hours.");
    window.get_by_label_contains("Trying again in 40 seconds.");
    window.get_by_label("Connect now").click();
    window.run();
    assert_eq!(window.state_mut().take_ui_commands(), [UiCommand::RetryNow]);
    window.get_by_label("This is your own address.");
    window.get_by_label("Dismiss").click();
    window.run();
    let is_dismissed =
        |command: &ViewCommand| matches!(command, ViewCommand::DismissNotice { id: 1 });
    assert!(window.state().commands.iter().any(is_dismissed));
}

#[test]
fn a_quiet_connection_takes_no_room() {
    let window = main_window(sample::main_model());
    window.get_by_label("Online");
    assert!(window.query_by_label("Reachable over Tor").is_none());
}

#[test]
fn the_theme_is_chosen_in_the_menu() {
    let mut window = main_window(sample::main_model());
    window.get_by_label("Menu").click();
    window.run();
    window.get_by_label("Light").click();
    window.run();
    let is_light =
        |command: &ViewCommand| matches!(command, ViewCommand::SetTheme(ThemeChoice::Light));
    assert!(window.state().commands.iter().any(is_light));
    window.state_mut().model.theme = ThemeChoice::Light;
    window.run();
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
}

#[test]
fn ten_thousand_contacts_draw_few_rows() {
    let mut model = sample::main_model();
    model.view.contacts = (0..10_000)
        .map(|n| {
            let mut contact = sample::contact(&format!("Person {n}"), PresenceState::Offline);
            contact.jid = format!("{n}@b.example");
            contact
        })
        .collect();
    let window = main_window(model);
    assert!(window.query_all_by_label_contains("Person ").count() < 30);
}

#[test]
fn long_names_and_narrow_windows_keep_everything_inside() {
    let mut model = sample::main_model();
    let long = "W".repeat(120);
    for contact in &mut model.view.contacts {
        contact.name.clone_from(&long);
    }
    if let Some(conversation) = &mut model.view.conversation {
        conversation.contact.name.clone_from(&long);
    }
    for (width, theme) in [(420.0, ThemeChoice::Light), (700.0, ThemeChoice::Dark)] {
        let screen = ScreenModel::Main(Box::new(model.clone()));
        let window = window_of(screen, theme, Vec2::new(width, 400.0));
        for role in [Role::Button, Role::MultilineTextInput, Role::Label] {
            for node in window.query_all_by_role(role) {
                let rect = node.rect();
                assert!(
                    rect.right() <= width + 0.5,
                    "{role:?} {:?} at {rect:?}",
                    node.accesskit_node().label()
                );
            }
        }
    }
}

#[test]
fn a_narrow_window_shows_the_list_or_the_conversation() {
    let screen = ScreenModel::Main(Box::new(sample::main_model()));
    let mut window = window_of(screen, ThemeChoice::Dark, Vec2::new(480.0, 600.0));
    assert!(window.query_by_label("Search contacts").is_none());
    window.get_by_label("Back to contacts").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::CloseConversation]
    );
    window.state_mut().main().view.conversation = None;
    window.run();
    window.get_by_label("Search contacts");
    assert!(window.query_by_label("No conversation is open").is_none());
}
