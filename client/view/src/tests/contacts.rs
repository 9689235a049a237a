use egui::{Key, Modifiers, OutputCommand, Role, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use onym_client_protocol::view_model::{
    JumpTarget, MuteFor, PresenceState, RequestView, UiCommand,
};

use super::support::{high_window, main_window, press, press_with, type_into, window_of};
use crate::app_model::{ScreenModel, ThemeChoice, ViewCommand};
use crate::sample;

const SEARCH: &str = "Search contacts and messages";

#[test]
fn a_row_says_everything_that_it_shows() {
    let window = high_window(sample::main_model());
    window.get_by_label(
        "Noor, Away: back at six, 3 unread, is writing…, 13:40: Shall we move it to Thursday?",
    );
    window.get_by_label_contains("Óscar, Last seen 2 hours ago, has a draft, Yesterday: See you");
    window.get_by_label_contains("Jan-Willem van der Meer, Busy: in a meeting, muted, 12:02, you:");
    window.get_by_label_contains("Imre, Presence unknown, Waiting for their answer");
    window.get_by_label_contains("Bruna Castelo, Online, pinned");
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
fn a_request_is_accepted_declined_or_blocked() {
    let mut window = main_window(sample::main_model());
    let jid = window.state_mut().main().view.contacts[0].jid.clone();
    window.get_by_label_contains("This is my new address.");
    window.get_by_label("Accept quintessa").click();
    window.run();
    let accepted = UiCommand::AcceptContact { jid: jid.clone() };
    assert_eq!(window.state_mut().take_ui_commands(), [accepted]);
    window.get_by_label("Decline quintessa").click();
    window.run();
    let declined = UiCommand::DeclineContact { jid: jid.clone() };
    assert_eq!(window.state_mut().take_ui_commands(), [declined]);
    window.get_by_label("Block quintessa").click();
    window.run();
    window.get_by_label("Block quintessa?");
    window.get_all_by_label("Block").last().unwrap().click();
    window.run();
    let blocked = true;
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetBlocked { jid, blocked }]
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
fn the_search_finds_people_and_asks_for_messages() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, SEARCH, "óSC");
    window.get_by_label_contains("Óscar, ");
    assert!(window.query_by_label_contains("Noor, ").is_none());
    let text = "óSC".to_owned();
    assert_eq!(
        window.state_mut().take_ui_commands().last(),
        Some(&UiCommand::Search { text })
    );
    press(&mut window, Key::Enter);
    let commands = window.state_mut().take_ui_commands();
    assert!(
        matches!(&commands[0], UiCommand::OpenConversation { .. }),
        "{commands:?}"
    );
    window.get_by_label_contains("Noor, ");
}

#[test]
fn a_message_that_was_found_is_opened_at_its_place() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, SEARCH, "library");
    window.state_mut().main().view.search = Some(sample::found());
    window.run();
    let _before = window.state_mut().take_ui_commands();
    window
        .get_by_label("Bruna Castelo, 09:00: Are you still in the library?")
        .click();
    window.run();
    let jid = sample::found().hits[0].jid.clone();
    let target = JumpTarget::Message(300);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [
            UiCommand::OpenConversation { jid: jid.clone() },
            UiCommand::JumpTo { jid, target }
        ]
    );
    window.get_by_label("Show older messages").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SearchMore]
    );
    window.get_by_label("Clear the search").click();
    window.run();
    let text = String::new();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::Search { text }]
    );
}

#[test]
fn a_search_without_a_match_says_so() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, SEARCH, "zzz");
    window.get_by_label("Nothing matches “zzz”.");
}

#[test]
fn the_arrow_key_leads_from_the_search_into_the_list() {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    assert!(window.get_by_label(SEARCH).is_focused());
    press(&mut window, Key::ArrowDown);
    assert!(
        window
            .get_by_label_contains("Bruna Castelo, Online")
            .is_focused()
    );
    press(&mut window, Key::ArrowDown);
    assert!(window.get_by_label_contains("Noor, ").is_focused());
}

#[test]
fn archived_conversations_have_a_folder() {
    let mut window = high_window(sample::main_model());
    assert!(window.query_by_label_contains("Old club").is_none());
    window.get_by_label("Archive, 1 conversation").click();
    window.run();
    window.get_by_label_contains("Old club, ");
    assert!(window.query_by_label_contains("Noor, ").is_none());
    window.get_by_label("Back to all conversations").click();
    window.run();
    window.get_by_label_contains("Noor, ");
}

#[test]
fn the_menu_of_a_row_can_be_reached_with_the_keyboard() {
    let mut window = main_window(sample::main_model());
    let jid = window.state_mut().main().view.contacts[2].jid.clone();
    for (item, expected) in [
        ("Mark as read", UiCommand::MarkRead { jid: jid.clone() }),
        (
            "Pin",
            UiCommand::SetPinned {
                jid: jid.clone(),
                pinned: true,
            },
        ),
        (
            "Mute for 8 hours",
            UiCommand::SetMuted {
                jid: jid.clone(),
                mute: Some(MuteFor::Seconds(8 * 3600)),
            },
        ),
        (
            "Archive",
            UiCommand::SetArchived {
                jid,
                archived: true,
            },
        ),
    ] {
        window.get_by_label_contains("Noor, ").focus();
        window.run();
        press_with(&mut window, Modifiers::SHIFT, Key::F10);
        window.get_by_label(item).click();
        window.run();
        assert_eq!(window.state_mut().take_ui_commands(), [expected]);
        assert!(
            window.query_by_label("Mark as read").is_none(),
            "the menu is closed"
        );
    }
}

#[test]
fn deleting_a_conversation_asks_first() {
    let mut window = main_window(sample::main_model());
    let jid = window.state_mut().main().view.contacts[2].jid.clone();
    window.get_by_label_contains("Noor, ").click_secondary();
    window.run();
    window.get_by_label("Delete conversation…").click();
    window.run();
    assert_eq!(window.state_mut().take_ui_commands(), []);
    window.get_by_label("Delete the conversation with Noor?");
    window.get_by_label("Delete").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::DeleteConversation { jid }]
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
fn the_reminder_about_the_words_stays_until_they_are_checked() {
    let mut window = main_window(sample::empty_model());
    window.get_by_label_contains("You have not checked yet");
    window.get_by_label("Check now").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::StartPhraseCheck]
    ));
    window.state_mut().main().phrase_check = Some(crate::app_model::PhraseCheckModel {
        asked: vec![1, 2, 3],
        wrong: Vec::new(),
    });
    window.run();
    window.get_by_label("Is it all on paper?");
    window.get_by_label("Cancel").click();
    window.run();
    assert!(matches!(
        window.state().commands.last(),
        Some(ViewCommand::ClosePhrase)
    ));
}

#[test]
fn ten_thousand_contacts_draw_few_rows() {
    let mut model = sample::main_model();
    model.view.contacts = (0..10_000)
        .map(|n| {
            let mut contact = sample::contact("Person", PresenceState::Offline);
            contact.name = format!("Person {n}");
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
    assert!(window.query_by_label(SEARCH).is_none());
    window.get_by_label("Back to contacts").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::CloseConversation]
    );
    window.state_mut().main().view.conversation = None;
    window.run();
    window.get_by_label(SEARCH);
    assert!(window.query_by_label("No conversation is open").is_none());
}
