//! What protects a conversation: the shield, the question about new devices, the marks of messages
//! and the pages of devices.

use egui::{Key, Modifiers, Role, Vec2};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::command::Verdict;
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::store::{EncryptionPolicy, ProtectionChoices};
use onym_client_protocol::view_model::{ConversationView, UiCommand};

use super::support::{TestWindow, main_window, press, press_with, type_into, window_of};
use crate::app_model::{MainModel, ScreenModel, ThemeChoice};
use crate::sample::{self, protection};

const PANEL: &str = "How messages are protected here";

fn model(conversation: ConversationView) -> MainModel {
    let mut main = sample::main_model();
    main.view.conversation = Some(conversation);
    main
}

fn click(window: &mut TestWindow, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run();
    window.get_by_label(name).click();
    window.run();
}

fn jid(window: &mut TestWindow) -> String {
    let open = window.state_mut().main().view.conversation.as_ref();
    open.unwrap().contact.jid.clone()
}

/// Whether something with a name that begins so is there.
fn says(window: &TestWindow, beginning: &str) -> bool {
    window
        .query_all_by_label_contains(beginning)
        .next()
        .is_some()
}

#[test]
fn the_shield_says_in_one_click_what_protects_and_why() {
    for (conversation, name, why) in [
        (
            sample::conversation(),
            "Protection: Nothing is known yet",
            "What you write next is encrypted once it is known",
        ),
        (
            protection::encrypted(),
            "Protection: Encrypted",
            "What you write next is encrypted for 2 devices of Bruna Castelo",
        ),
        (
            protection::verified(),
            "Protection: Encrypted, keys compared",
            "What you write next can be read by Bruna Castelo and on your own devices alone",
        ),
        (
            protection::unreachable(),
            "Protection: Messages wait",
            "The server of Bruna Castelo does not answer. It is asked again at 14:04",
        ),
        (
            protection::clear(),
            "Protection: Not encrypted",
            "What you write next goes in the clear, because you chose that",
        ),
    ] {
        let mut window = main_window(model(conversation));
        assert!(!says(&window, PANEL), "{name} is closed");
        window.get_by_label(name).click();
        window.run();
        assert!(says(&window, PANEL) && says(&window, why), "{name}");
        press(&mut window, Key::Escape);
        assert!(!says(&window, PANEL), "{name} is closed again");
        assert!(window.state_mut().take_ui_commands().is_empty());
    }
}

#[test]
fn a_safer_choice_is_made_at_once_and_the_clear_is_asked_about() {
    let mut window = main_window(model(protection::encrypted()));
    let jid = jid(&mut window);
    let set = |policy| UiCommand::SetEncryption {
        jid: jid.clone(),
        policy,
    };
    window.get_by_label("Protection: Encrypted").click();
    window.run();
    click(&mut window, "OMEMO 2 only");
    let only_2 = Some(EncryptionPolicy::Omemo2);
    assert_eq!(window.state_mut().take_ui_commands(), [set(only_2)]);
    click(&mut window, "In the clear");
    assert_eq!(window.state_mut().take_ui_commands(), []);
    window.get_by_label("Write to Bruna Castelo in the clear?");
    click(&mut window, "Cancel");
    assert_eq!(window.state_mut().take_ui_commands(), []);
    window.get_by_label("Protection: Encrypted").click();
    window.run();
    click(&mut window, "Best encryption, else in the clear");
    click(&mut window, "Allow in the clear");
    let or_clear = Some(EncryptionPolicy::BestOrClear);
    assert_eq!(window.state_mut().take_ui_commands(), [set(or_clear)]);
}

#[test]
fn the_panel_begins_anew_and_leads_to_the_devices() {
    let mut window = main_window(model(protection::marks()));
    let jid = jid(&mut window);
    window.get_by_label("Protection: Messages wait").click();
    window.run();
    window.get_by_label("3 of the last messages could not be read.");
    click(&mut window, "Begin anew");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::RenewSessions { jid }]
    );
    click(&mut window, "Devices of Bruna Castelo…");
    window.get_by_role_and_label(Role::Heading, "Contact");
    window.get_by_label("Compare: Phone");
    press(&mut window, Key::Escape);
    window.get_by_label("Protection: Messages wait").click();
    window.run();
    click(&mut window, "Your devices…");
    window.get_by_role_and_label(Role::Heading, "Encryption and devices");
}

#[test]
fn new_devices_are_asked_about_before_anything_is_sent() {
    let mut window = main_window(model(protection::undecided()));
    window.get_by_label("Who may read what you write?");
    window.get_by_label("Bruna Castelo has a new device: Tablet");
    let device = protection::undecided().protection.undecided[0].clone();
    for (button, verdict) in [
        ("Trust: Tablet", Verdict::Accepted),
        ("Don’t trust: Tablet", Verdict::Refused),
    ] {
        click(&mut window, button);
        let expected = UiCommand::SetTrust {
            jid: device.jid.clone(),
            device: device.id,
            key: device.key,
            verdict,
        };
        assert_eq!(window.state_mut().take_ui_commands(), [expected]);
    }
    type_into(&mut window, "Message Bruna Castelo", "one more");
    press(&mut window, Key::Enter);
    let sent = window.state_mut().take_ui_commands();
    let is_sent = |command: &UiCommand| matches!(command, UiCommand::SendMessage { .. });
    assert!(sent.iter().any(is_sent), "what is written waits: {sent:?}");
}

#[test]
fn the_question_about_devices_is_reached_with_the_keyboard() {
    let mut window = main_window(model(protection::undecided()));
    window.get_by_label("Trust: Tablet").focus();
    window.run();
    press(&mut window, Key::Tab);
    assert!(window.get_by_label("Don’t trust: Tablet").is_focused());
    press(&mut window, Key::Tab);
    assert!(window.get_by_label("Compare: Tablet").is_focused());
    press(&mut window, Key::Enter);
    window.get_by_label("Is this device theirs?");
}

#[test]
fn a_changed_key_is_said_loudly_and_an_unknown_one_cannot_be_taken() {
    let window = main_window(model(protection::changed_keys()));
    let changed = "The key of Phone of Bruna Castelo is another one";
    assert!(says(&window, changed));
    assert!(says(&window, "Your account has a new device: Device"));
    window.get_by_label("Trust: Phone");
    assert!(!says(&window, "Trust: Device"), "nothing to take yet");
    assert!(!says(&window, "Compare: Device"), "nothing to compare yet");
    assert!(says(&window, "Don’t trust: Device"));
}

#[test]
fn what_waits_for_its_protection_says_why() {
    let window = main_window(model(protection::undecided()));
    assert!(says(
        &window,
        "Shall we meet on Thursday? – Waits. Bruna Castelo has devices that you have not decided"
    ));
    assert!(!says(
        &window,
        "Shall we meet on Thursday? – Waits for a connection"
    ));
}

#[test]
fn messages_say_what_protected_them() {
    let screen = ScreenModel::Main(Box::new(model(protection::marks())));
    let window = window_of(screen, ThemeChoice::Dark, Vec2::new(1100.0, 1600.0));
    for said in [
        "This one is from before – Not encrypted: servers on the way could read it",
        "compared – Encrypted with OMEMO 2, from a device whose key you compared",
        "at first – Encrypted with OMEMO 2",
        "my new tablet – Encrypted with OMEMO 2, from a device that you had not decided about",
        "nobody lists – Encrypted with OMEMO 2, from a device that its account did not list",
        "do not want – Encrypted with OMEMO 2, from a device that you do not trust",
        "Not encrypted for 1 of their devices",
        "This message could not be read.\nThis device no longer has the keys",
        "This message could not be read.\nIt was not encrypted for this device",
        "This message could not be read.\nIt was changed on the way",
        "This one waits – Waits. The keys of their devices are on the way.",
    ] {
        assert!(says(&window, said), "{said}");
    }
}

#[test]
fn where_nothing_is_encrypted_no_message_stands_out() {
    let window = main_window(model(protection::clear()));
    assert!(!says(&window, "Not encrypted: servers"));
    window.get_by_label("Message Bruna Castelo, not encrypted");
}

fn contact_page(conversation: ConversationView) -> TestWindow {
    let mut window = main_window(model(conversation));
    press_with(&mut window, Modifiers::COMMAND, Key::I);
    window.run();
    window
}

#[test]
fn the_page_of_a_contact_shows_their_devices() {
    let mut window = contact_page(protection::encrypted());
    let phone = protection::encrypted().protection.devices[0].clone();
    let key = phone.key.unwrap().to_string();
    assert_eq!(key.split(' ').map(str::len).collect::<Vec<_>>(), [8; 8]);
    window.get_by_label(&format!("Fingerprint: {key}"));
    window.get_by_label("Trusted: it was there from the beginning");
    window.get_by_label("Verified: you compared its key (11 Nov 2026)");
    window.get_by_label("Not trusted: you do not want it (21 Nov 2026)");
    assert!(
        window
            .query_by_label("Gone: its account no longer lists it")
            .is_none()
    );
    click(&mut window, "1 device that is gone");
    window.get_by_label("Gone: its account no longer lists it");
    click(&mut window, "Look for devices again");
    let jid = jid(&mut window);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::RefreshDevices { jid }]
    );
}

#[test]
fn two_fingerprints_are_compared() {
    for (button, verdict) in [
        ("They match", Verdict::Verified),
        ("They differ", Verdict::Refused),
    ] {
        let mut window = contact_page(protection::encrypted());
        let phone = protection::encrypted().protection.devices[0].clone();
        click(&mut window, "Compare: Phone");
        window.get_by_label("Bruna Castelo: Phone");
        window.get_by_label("You: this device");
        let (_, our_key) = protection::our_devices().this.unwrap();
        window.get_by_label(&format!("Fingerprint: {our_key}"));
        click(&mut window, button);
        let expected = UiCommand::SetTrust {
            jid: phone.jid,
            device: phone.id,
            key: phone.key,
            verdict,
        };
        assert_eq!(window.state_mut().take_ui_commands(), [expected]);
        assert!(
            window.query_by_label(button).is_none(),
            "the dialog is gone"
        );
    }
}

fn our_page() -> TestWindow {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND, Key::Comma);
    let name = "Encryption and devices";
    window.get_by_role_and_label(Role::Button, name).click();
    window.run();
    window
}

#[test]
fn a_device_that_has_gone_silent_is_named_as_left_out() {
    let mut open = protection::encrypted();
    open.protection.devices[0].is_stale = true;
    let window = contact_page(open);
    assert!(says(&window, "Left out: nothing has come from it"));
}

#[test]
fn our_own_devices_have_a_page() {
    let mut window = our_page();
    let (_, key) = protection::our_devices().this.unwrap();
    window.get_by_label(&format!("Fingerprint: {key}"));
    let desk = protection::our_devices().others[0].clone();
    click(&mut window, "Sign out: Desk");
    assert_eq!(window.state_mut().take_ui_commands(), [], "it is asked");
    window.get_by_label("Sign out Desk?");
    click(&mut window, "Sign out");
    let device: DeviceId = desk.id;
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::RemoveOurDevice { device }]
    );
}

#[test]
fn what_holds_for_all_conversations_is_chosen_there() {
    let mut window = our_page();
    click(&mut window, "Take new devices without asking");
    click(&mut window, "OMEMO only");
    click(&mut window, "In the clear");
    window.get_by_label("Write in the clear everywhere?");
    click(&mut window, "Allow in the clear");
    let set = |policy, is_blind| {
        let choices = ProtectionChoices { policy, is_blind };
        UiCommand::SetProtectionChoices(choices)
    };
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [
            set(EncryptionPolicy::Best, true),
            set(EncryptionPolicy::Omemo, false),
            set(EncryptionPolicy::Clear, false),
        ]
    );
}
