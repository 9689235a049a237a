use egui::{Key, Modifiers, OutputCommand};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::view_model::{MuteFor, UiCommand};

use super::support::{TestWindow, main_window, press, press_with, type_into};
use crate::app_model::{Failure, Happened, NoticeView, ViewCommand};
use crate::sample;

fn contact_page() -> TestWindow {
    let mut window = main_window(sample::troubled_model());
    window.state_mut().main().notices.clear();
    press_with(&mut window, Modifiers::COMMAND, Key::I);
    window.run();
    window
}

#[test]
fn the_page_of_a_contact_says_how_they_are_reached() {
    let mut window = contact_page();
    window.get_by_label("State: Their endpoint is away. Next try in 4 minutes");
    window.get_by_label("Last reached: 2 hours ago");
    window.get_by_label("Last try: 2 minutes ago");
    window.get_by_label("Why the last try failed: The address is known, but nobody answers there");
    window.get_by_label("What Tor says: the onion service is published, and nobody answers there");
    window.get_by_label("Waiting to be sent: 3 messages and replies");
    window.get_by_label("Try again now").scroll_to_me();
    window.run();
    window.get_by_label("Try again now").click();
    window.run();
    let retries = |command: &ViewCommand| matches!(command, ViewCommand::RetryPeer { .. });
    assert!(window.state().commands.iter().any(retries));
    let none = "No devices are known yet. They are looked up before the first message.";
    window.get_by_label(none);
}

#[test]
fn a_conversation_is_kept_as_its_page_says() {
    let mut window = contact_page();
    let conversation = window.state_mut().main().view.conversation.clone();
    let jid = conversation.unwrap().contact.jid;
    window.get_by_label("1 week").scroll_to_me();
    window.run();
    window.get_by_label("1 week").click();
    window.run();
    let after_secs = Some(7 * 86_400);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetDisappearing {
            jid: jid.clone(),
            after_secs
        }]
    );
    window.get_by_label("Mute for 1 hour").scroll_to_me();
    window.run();
    window.get_by_label("Mute for 1 hour").click();
    window.run();
    let mute = Some(MuteFor::Seconds(3600));
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetMuted {
            jid: jid.clone(),
            mute
        }]
    );
    window
        .get_by_label("Groups, separated by commas")
        .scroll_to_me();
    window.run();
    type_into(&mut window, "Groups, separated by commas", "Work, Family");
    press(&mut window, Key::Tab);
    let groups = vec!["Work".to_owned(), "Family".to_owned()];
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetGroups { jid, groups }]
    );
}

#[test]
fn a_contact_is_renamed_and_removed_from_their_page() {
    let mut window = contact_page();
    window.get_by_label("Rename…").scroll_to_me();
    window.run();
    window.get_by_label("Rename…").click();
    window.run();
    type_into(&mut window, "Name", " 2");
    press(&mut window, Key::Enter);
    assert!(matches!(
        &window.state_mut().take_ui_commands()[..],
        [UiCommand::RenameContact { name, .. }] if name == "Óscar 2"
    ));
    window.get_by_label("Remove contact…").scroll_to_me();
    window.run();
    window.get_by_label("Remove contact…").click();
    window.run();
    window.get_by_label("Remove Óscar?");
    window.get_by_label("Remove").click();
    window.run();
    assert!(matches!(
        &window.state_mut().take_ui_commands()[..],
        [UiCommand::RemoveContact { .. }]
    ));
}

#[test]
fn the_page_goes_when_another_conversation_is_opened() {
    let mut window = contact_page();
    window.get_by_label("Copy link");
    let jid = window.state_mut().main().view.contacts[2].jid.clone();
    window.get_by_label_contains("Noor, ").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::OpenConversation { jid }]
    );
    assert!(window.query_by_label("Copy link").is_none());
}

#[test]
fn our_page_gives_the_address_away_and_changes_the_name() {
    let mut window = main_window(sample::main_model());
    window.get_by_label_contains("Open your page").click();
    window.run();
    window.get_by_label("Your address as a QR code");
    window.get_by_label("Copy link").scroll_to_me();
    window.run();
    window.get_by_label("Copy link").click();
    window.step();
    let our_jid = window.state_mut().main().view.our_jid.clone();
    let our_name = window.state_mut().main().view.our_name.clone();
    let link = crate::xmpp_link::link_to(&our_jid, our_name.as_deref());
    assert!(link.starts_with(&format!("xmpp:{our_jid}?roster;name=")));
    let copied = window
        .output()
        .platform_output
        .commands
        .iter()
        .any(|command| matches!(command, OutputCommand::CopyText(text) if *text == link));
    assert!(copied);
    type_into(&mut window, "Your name", "-Sofia");
    press(&mut window, Key::Enter);
    assert!(matches!(
        &window.state_mut().take_ui_commands()[..],
        [UiCommand::SetOurName { name }] if name.contains("Sofia")
    ));
    window.get_by_label("Choose a picture…").scroll_to_me();
    window.run();
    window.get_by_label("Choose a picture…").click();
    window.run();
    assert!(matches!(
        window.state().commands.last(),
        Some(ViewCommand::ChooseOurAvatar)
    ));
}

#[test]
fn the_switcher_goes_to_a_conversation_by_letters() {
    let mut window = main_window(sample::main_model());
    let contacts = window.state_mut().main().view.contacts.clone();
    press_with(&mut window, Modifiers::COMMAND, Key::K);
    assert!(window.get_by_label("Name of a contact").is_focused());
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    let jid = contacts[2].jid.clone();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::OpenConversation { jid }]
    );
    press_with(&mut window, Modifiers::COMMAND, Key::K);
    type_into(&mut window, "Name of a contact", "meer");
    press(&mut window, Key::Enter);
    let jid = contacts[3].jid.clone();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::OpenConversation { jid }]
    );
    assert!(window.query_by_label("Name of a contact").is_none());
}

#[test]
fn what_went_well_goes_by_itself_and_can_be_undone() {
    let mut model = sample::main_model();
    let what = Happened::Archived("Old club".to_owned());
    model.notices = vec![NoticeView {
        id: 4,
        what,
        can_undo: true,
    }];
    let mut window = main_window(model);
    window.get_by_label("The conversation with Old club is in the archive.");
    window.get_by_label("Undo").click();
    window.run();
    let undoes = |command: &ViewCommand| matches!(command, ViewCommand::UndoNotice { id: 4 });
    assert!(window.state().commands.iter().any(undoes));
    // A step of the test's clock is a quarter of a second.
    for _ in 0..40 {
        window.step();
    }
    let goes = |command: &ViewCommand| matches!(command, ViewCommand::DismissNotice { id: 4 });
    assert!(window.state().commands.iter().any(goes));
}

#[test]
fn a_failure_stays_until_it_is_read() {
    let mut model = sample::main_model();
    let what = Happened::Failed {
        what: Failure::Settings,
        detail: "the disk is full".to_owned(),
    };
    model.notices = vec![NoticeView {
        id: 5,
        what,
        can_undo: false,
    }];
    let mut window = main_window(model);
    for _ in 0..40 {
        window.step();
    }
    window.get_by_label("The settings could not be saved.");
    window.get_by_label("The disk is full.");
    assert!(window.state().commands.is_empty());
    window.get_by_label("Dismiss").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::DismissNotice { id: 5 }]
    ));
}

#[test]
fn a_notice_hides_no_message_and_not_the_field() {
    let mut model = sample::main_model();
    let notice = |id| NoticeView {
        id,
        what: Happened::Archived(format!("club {id}")),
        can_undo: true,
    };
    model.notices = vec![notice(1), notice(2), notice(3)];
    let mut window = main_window(model);
    for _ in 0..3 {
        window.step();
    }
    let newest = window
        .get_by_label_contains("at 09:13: That helps a lot, thank you!")
        .rect();
    let field = window.get_by_label("Message Bruna Castelo").rect();
    let mut above = newest.bottom();
    for id in 1..=3 {
        let words = format!("The conversation with club {id} is in the archive.");
        let alert = window.get_by_role_and_label(egui::accesskit::Role::Alert, &words);
        assert!(alert.rect().top() >= above, "{id}");
        above = alert.rect().bottom();
    }
    assert!(above <= field.top(), "{above} {field:?}");
}

#[test]
fn a_notice_stands_over_a_dialog() {
    let mut model = sample::main_model();
    model.notices = vec![NoticeView {
        id: 7,
        what: Happened::NotAnAddress("bob".to_owned()),
        can_undo: false,
    }];
    let mut window = main_window(model);
    press(&mut window, Key::F1);
    window.get_by_label("Keyboard");
    window.get_by_role(egui::accesskit::Role::Alert);
    window.get_by_label("Dismiss").click();
    window.run();
    let goes = |command: &ViewCommand| matches!(command, ViewCommand::DismissNotice { id: 7 });
    assert!(window.state().commands.iter().any(goes));
}

#[test]
fn german_sentences_stand_above_what_the_system_says() {
    let mut model = sample::troubled_model();
    model.notices = vec![NoticeView {
        id: 8,
        what: Happened::Failed {
            what: Failure::Export,
            detail: "no space left on device".to_owned(),
        },
        can_undo: false,
    }];
    let mut window = main_window(model);
    window.state_mut().model.language = crate::app_model::Language::German;
    window.run();
    window.get_by_label("Der Export ist gescheitert.");
    window.get_by_label("No space left on device.");
    press_with(&mut window, Modifiers::COMMAND, Key::I);
    window.run();
    window.get_by_label_contains("Die Adresse ist bekannt, aber niemand antwortet dort");
}

#[test]
fn emoji_are_found_by_german_names_in_the_german_window() {
    let mut window = main_window(sample::main_model());
    window.state_mut().model.language = crate::app_model::Language::German;
    window.run();
    let emoji = egui::accesskit::Role::Button;
    window.get_by_role_and_label(emoji, "Emoji").click();
    window.run();
    window.get_by_label("Emoji suchen").type_text("rakete");
    window.run();
    window.get_by_role_and_label(emoji, "Rakete");
    assert!(window.query_by_label("rocket").is_none());
}
