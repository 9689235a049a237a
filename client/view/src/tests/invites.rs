//! Making an invite, and taking one back.

use std::time::Duration;

use egui::{Key, OutputCommand};
use egui_kittest::kittest::Queryable as _;

use super::support::{TestWindow, main_window, press};
use crate::app_model::invites::{GivenInvite, GivenState, MadeInvite};
use crate::app_model::{LinkSource, Secret, ViewCommand};
use crate::sample;

const LINK: &str = "xmpp:alice@a.example?roster;preauth=abc";

fn dialog() -> TestWindow {
    let mut window = main_window(sample::main_model());
    window.get_by_label("Menu").click();
    window.run();
    window.get_by_label("Invite somebody").click();
    window.run();
    window
}

fn click(window: &mut TestWindow, label: &str) {
    window.get_by_label(label).click();
    window.run();
    window.run();
}

/// The program has made an invite.
fn made(window: &mut TestWindow, serial: u64) {
    let main = window.state_mut().main();
    let expires = main.view.now + Duration::from_secs(24 * 60 * 60);
    main.invites.made = Some(MadeInvite {
        serial,
        link: Secret::new(LINK.to_owned()),
        page_link: None,
        expires: Some(expires),
    });
    // The dialog finds its place anew once its size is known.
    window.run();
    window.run();
}

#[test]
fn an_invite_is_made_shown_and_forgotten() {
    let mut window = dialog();
    click(&mut window, "30 days");
    click(&mut window, "Make invite");
    let commands = std::mem::take(&mut window.state_mut().commands);
    let [ViewCommand::MakeInvite { lets_in, days }] = commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!((lets_in, days), (true, 30));
    made(&mut window, 1);
    window.get_by_label("QR code of the invite");
    click(&mut window, "Copy link");
    window.get_by_label("The link is in the clipboard.");
    click(&mut window, "Save as picture");
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("QR code of the invite").is_none());
    let commands = std::mem::take(&mut window.state_mut().commands);
    assert!(
        matches!(
            commands[..],
            [ViewCommand::SaveInvitePicture, ViewCommand::ForgetInvite]
        ),
        "{commands:?}"
    );
    // The link shows up in nothing that is written down.
    assert!(!format!("{:?}", window.state_mut().main().invites).contains("preauth"));
}

#[test]
fn an_invite_without_a_token_is_chosen() {
    let mut window = dialog();
    click(&mut window, "Let them in without asking me");
    assert!(window.query_by_label("30 days").is_none());
    click(&mut window, "Make invite");
    let commands = &window.state().commands;
    assert!(
        matches!(
            commands[..],
            [ViewCommand::MakeInvite { lets_in: false, .. }]
        ),
        "{commands:?}"
    );
}

#[test]
fn an_invite_that_was_made_before_is_not_shown_again() {
    let mut window = main_window(sample::main_model());
    made(&mut window, 3);
    window.get_by_label("Menu").click();
    window.run();
    window.get_by_label("Invite somebody").click();
    window.run();
    assert!(window.query_by_label("QR code of the invite").is_none());
    made(&mut window, 4);
    window.get_by_label("QR code of the invite");
}

#[test]
fn invites_are_taken_back() {
    let mut window = main_window(sample::main_model());
    let main = window.state_mut().main();
    let now = main.view.now;
    let given = |id: &str, state| GivenInvite {
        id: id.to_owned(),
        made: now,
        state,
    };
    main.invites.given = vec![
        given("one", GivenState::Open { expires: now }),
        given(
            "two",
            GivenState::Used {
                by: "Tilde".to_owned(),
            },
        ),
    ];
    window.get_by_label("Menu").click();
    window.run();
    window.get_by_label("Invite somebody").click();
    window.run();
    window.get_by_label_contains("Tilde came with it");
    click(&mut window, "Take back");
    click(&mut window, "Remove from the list");
    let revoked = window.state().commands.iter().filter_map(|it| match it {
        ViewCommand::RevokeInvite { id } => Some(id.as_str()),
        _ => None,
    });
    assert_eq!(revoked.collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn a_code_on_the_screen_is_looked_for_where_that_can_be() {
    for sees_screen in [false, true] {
        let mut model = sample::main_model();
        model.sees_screen = sees_screen;
        let mut window = main_window(model);
        window.get_by_label("Add contact").click();
        window.run();
        let is_offered = window.query_by_label("From the screen").is_some();
        assert_eq!(is_offered, sees_screen);
        if sees_screen {
            click(&mut window, "From the screen");
            let commands = &window.state().commands;
            let is_asked =
                |it: &ViewCommand| matches!(it, ViewCommand::ReadLink(LinkSource::Screen));
            assert!(commands.iter().any(is_asked), "{commands:?}");
        }
    }
}

#[test]
fn with_a_page_of_the_users_both_links_can_be_copied() {
    const PAGE: &str = "https://people.example/i/#1.abc";
    let copied = |window: &mut TestWindow, label: &str| {
        window.get_by_label(label).click();
        window.step();
        let commands = window.output().platform_output.commands.clone();
        commands.into_iter().find_map(|it| match it {
            OutputCommand::CopyText(text) => Some(text),
            _ => None,
        })
    };
    let mut window = dialog();
    made(&mut window, 1);
    assert!(window.query_by_label("Copy web link").is_none());
    let invites = &mut window.state_mut().main().invites;
    let made = invites.made.as_mut().unwrap();
    made.page_link = Some(Secret::new(PAGE.to_owned()));
    window.run();
    window.run();
    window.get_by_label_contains("The web link opens your page");
    let page = copied(&mut window, "Copy web link");
    assert_eq!(page.as_deref(), Some(PAGE));
    window.run();
    window.get_by_label("The link is in the clipboard.");
    let link = copied(&mut window, "Copy link for programs");
    assert_eq!(link.as_deref(), Some(LINK));
    assert!(!format!("{:?}", window.state_mut().main().invites).contains("#1."));
}

#[test]
fn the_question_for_the_screen_is_taken_back() {
    let mut model = sample::main_model();
    model.sees_screen = true;
    model.waits_for_screen = true;
    let mut window = main_window(model);
    window.get_by_label("Add contact").click();
    window.run();
    assert!(window.query_by_label("From the screen").is_none());
    click(&mut window, "Don’t wait");
    let is_taken_back = |it: &ViewCommand| matches!(it, ViewCommand::CancelScreen);
    assert!(window.state().commands.iter().any(is_taken_back));
    window.state_mut().main().waits_for_screen = false;
    window.run();
    window.get_by_label("From the screen");
}
