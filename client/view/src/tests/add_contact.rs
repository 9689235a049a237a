use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::introduction::Introduction;
use onym_client_protocol::view_model::UiCommand;

use onym_identity::invite::{Arrival, Invite, Received};

use super::support::{TestWindow, main_window, press, press_with, type_into};
use crate::app_model::{FoundLink, LinkProblem, LinkSource, ViewCommand};
use crate::sample;

const ADDRESS: &str = "Address or link";

fn form() -> TestWindow {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    assert!(window.get_by_label(ADDRESS).is_focused());
    window
}

#[test]
fn what_is_no_address_is_refused_with_a_reason() {
    for (typed, words) in [
        ("not an address", "This is not an address."),
        ("bob", "This is not an address."),
        ("xmpp:room@rooms.example?join", "asks for something else"),
        ("https://onym.example/i/#1.gA", "a later version"),
        ("https://onym.example/i/#1.AA", "a part is missing"),
        (
            &sample::jid("x").replace(".onion", "a.onion"),
            "There is a mistake in the onion address",
        ),
    ] {
        let mut window = form();
        type_into(&mut window, ADDRESS, typed);
        assert!(
            window.query_by_label_contains(words).is_none(),
            "nobody is scolded while they type"
        );
        press(&mut window, Key::Enter);
        window.get_by_label_contains(words);
        assert_eq!(window.state_mut().take_ui_commands(), []);
    }
}

fn pasted(link: &str) -> Received {
    Received::read(link, Arrival::Pasted).unwrap()
}

#[test]
fn somebody_is_shown_before_they_are_asked() {
    let mut window = form();
    let jid = sample::jid("Tilde");
    let link = format!("xmpp:{jid}?subscribe;name=Tilde");
    type_into(&mut window, ADDRESS, &link);
    window.get_by_label("Tilde");
    window.get_by_label("Onym address, complete and without mistakes");
    assert_eq!(window.state_mut().take_ui_commands(), []);
    window.get_by_label("Send request").click();
    window.run();
    let name = "Tilde".to_owned();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [
            UiCommand::AddContact {
                jid: jid.clone(),
                name,
                introduction: Introduction::of(&pasted(&link)).map(Box::new),
            },
            UiCommand::OpenConversation { jid }
        ]
    );
    assert!(
        window.query_by_label(ADDRESS).is_none(),
        "the form is closed"
    );
}

#[test]
fn our_name_for_them_goes_before_theirs() {
    let mut window = form();
    type_into(
        &mut window,
        ADDRESS,
        " bob@b.example?subscribe;name=Robert ",
    );
    type_into(&mut window, "Name (only you see it)", "Bob");
    assert!(window.query_by_label("Robert").is_none());
    press(&mut window, Key::Enter);
    // Without the scheme it is no link, and a question mark is no part of a server's name.
    assert_eq!(window.state_mut().take_ui_commands().len(), 0);
    press(&mut window, Key::Escape);
    let mut window = form();
    type_into(
        &mut window,
        ADDRESS,
        "xmpp:bob@b.example?subscribe;name=Robert",
    );
    type_into(&mut window, "Name (only you see it)", "Bob");
    window.get_by_label("Address on an XMPP server");
    press(&mut window, Key::Enter);
    let (jid, name) = ("bob@b.example".to_owned(), "Bob".to_owned());
    assert_eq!(
        window.state_mut().take_ui_commands().first(),
        Some(&UiCommand::AddContact {
            jid,
            name,
            introduction: None
        })
    );
}

#[test]
fn somebody_known_is_not_asked_again() {
    let mut window = form();
    let jid = window.state_mut().main().view.contacts[2].jid.clone();
    type_into(&mut window, ADDRESS, &jid);
    window.get_by_label("Is one of your contacts already");
    window.get_by_label("Open conversation").click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::OpenConversation { jid }]
    );
}

#[test]
fn a_code_is_read_from_the_clipboard_or_a_file() {
    let mut window = form();
    window.get_by_label("From the clipboard").click();
    window.run();
    window.get_by_label("QR code from a file…").click();
    window.run();
    assert!(matches!(
        window.state().commands[..],
        [
            ViewCommand::ReadLink(LinkSource::Clipboard),
            ViewCommand::ReadLink(LinkSource::File)
        ]
    ));
    let answer = |serial, found| {
        let arrival = Arrival::Pasted;
        Some(FoundLink {
            serial,
            found,
            arrival,
        })
    };
    window.state_mut().main().found_link = answer(1, Err(LinkProblem::NoCode));
    window.run();
    window.get_by_label("No QR code was found in the picture.");
    let link = format!("xmpp:{}?subscribe", sample::jid("Tilde"));
    window.state_mut().main().found_link = answer(2, Ok(link.clone()));
    window.run();
    assert_eq!(window.get_by_label(ADDRESS).value(), Some(link));
    window.get_by_label("Onym address, complete and without mistakes");
    type_into(&mut window, ADDRESS, "x");
    let typed = window.get_by_label(ADDRESS).value().unwrap();
    assert!(typed.contains('x'), "an answer is taken only once: {typed}");
}

#[test]
fn a_link_from_outside_opens_the_form_once() {
    let mut window = main_window(sample::main_model());
    let link = format!("xmpp:{}?roster", sample::jid("Tilde"));
    window.state_mut().main().opened_link = Some(FoundLink {
        serial: 1,
        found: Ok(link.clone()),
        arrival: Arrival::Clicked,
    });
    window.run();
    assert_eq!(window.get_by_label(ADDRESS).value(), Some(link));
    window.get_by_label_contains("Anyone can make one");
    press(&mut window, Key::Escape);
    assert!(window.query_by_label(ADDRESS).is_none(), "it is taken once");
}

/// The open conversation, as its page shows it.
fn page_of_bruna() -> (TestWindow, String) {
    let model = sample::person::named();
    let jid = model.view.person.as_ref().unwrap().jid.clone();
    let mut window = main_window(model);
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    (window, jid)
}

fn says(window: &TestWindow, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}

#[test]
fn the_code_of_a_contact_is_compared_with_what_is_known() {
    let (mut window, jid) = page_of_bruna();
    let link = format!("xmpp:{jid}?roster;name=Bruna");
    type_into(&mut window, ADDRESS, &link);
    window.get_by_label_contains("it can be compared with what you know of them");
    window.get_by_label("Compare with what you know").click();
    window.run();
    window.run();
    let commands = window.state_mut().take_ui_commands();
    assert_eq!(
        commands,
        [UiCommand::OpenConversation { jid: jid.clone() }],
        "nothing is said before the user has"
    );
    assert!(says(&window, "This is the identity of Bruna Castelo"));
    window
        .get_by_label("I saw it on their screen: verified")
        .click();
    window.run();
    let commands = window.state_mut().take_ui_commands();
    assert!(
        matches!(&commands[..], [UiCommand::VerifyIdentity { jid: it, is_verified: true, .. }] if *it == jid),
        "{commands:?}"
    );
}

#[test]
fn what_says_nothing_new_of_a_contact_opens_the_conversation() {
    let (mut window, jid) = page_of_bruna();
    type_into(&mut window, ADDRESS, &jid);
    assert!(!says(&window, "Compare with what you know"));
    window.get_by_label("Open conversation").click();
    window.run();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::OpenConversation { jid: jid.clone() }]
    );
    assert!(!says(&window, "This is the identity"));
    // Anybody can make a link that somebody clicks on.
    let mut model = sample::person::named();
    model.opened_link = Some(FoundLink {
        serial: 1,
        found: Ok(format!("xmpp:{jid}?roster;name=Bruna")),
        arrival: Arrival::Clicked,
    });
    let window = main_window(model);
    window.get_by_label("Open conversation");
    assert!(!says(&window, "Compare with what you know"));
}

#[test]
fn a_link_to_a_new_address_is_checked_before_anybody_is_asked() {
    let mut invite = Invite::to(sample::jid("Tilde").parse().unwrap());
    invite.is_move = true;
    let link = invite.to_link("onym.example").unwrap();
    let mut window = form();
    type_into(&mut window, ADDRESS, &link);
    window.get_by_label_contains("It is checked first");
    assert!(window.query_by_label("Send request").is_none());
    window.get_by_label("Check and follow").click();
    window.run();
    let introduction = Introduction::of(&pasted(&link)).map(Box::new);
    assert!(introduction.as_ref().unwrap().is_move);
    // No conversation is opened before it is known whose address it is.
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::AddContact {
            jid: sample::jid("Tilde"),
            name: String::new(),
            introduction,
        }]
    );
}
