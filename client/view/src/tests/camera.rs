use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::introduction::Introduction;
use onym_client_protocol::view_model::UiCommand;
use onym_identity::invite::{Arrival, InviteTrust, Received};

use super::support::{TestWindow, main_window, press, press_with, type_into};
use crate::app_model::camera::{
    CameraCommand, CameraModel, CameraProblem, CameraState, CameraView,
};
use crate::app_model::{FoundLink, ViewCommand};
use crate::sample;
use crate::sample::camera::camera_view;

const BUTTON: &str = "With the camera";
const PICTURE: &str = "What the camera sees";
const ADDRESS: &str = "Address or link";

fn form() -> TestWindow {
    let mut model = sample::main_model();
    model.camera = CameraModel::Off;
    let mut window = main_window(model);
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    window
}

fn show(window: &mut TestWindow, state: CameraState) {
    let view = CameraView {
        state,
        ..camera_view("camera")
    };
    window.state_mut().main().camera = CameraModel::On(view);
    window.run();
}

/// What was asked of the camera since the last call.
fn asked(window: &mut TestWindow) -> Vec<CameraCommand> {
    let commands = window.state_mut().commands.drain(..);
    let asked = commands.filter_map(|command| match command {
        ViewCommand::Camera(command) => Some(command),
        _ => None,
    });
    asked.collect()
}

fn scanned(window: &mut TestWindow, text: &str) {
    let main = window.state_mut().main();
    main.camera = CameraModel::Off;
    main.found_link = Some(FoundLink {
        serial: 1,
        found: Ok(text.to_owned()),
        arrival: Arrival::Scanned,
    });
    window.run();
}

/// What is known of the contact who is added.
fn added(window: &mut TestWindow) -> Option<Box<Introduction>> {
    window.get_by_label("Send request").click();
    window.run();
    let commands = window.state_mut().take_ui_commands();
    commands.into_iter().find_map(|it| match it {
        UiCommand::AddContact { introduction, .. } => introduction,
        _ => None,
    })
}

fn link() -> String {
    format!("xmpp:{}?roster;name=Tilde", sample::jid("Tilde"))
}

#[test]
fn a_program_without_the_camera_does_not_offer_it() {
    let mut model = sample::main_model();
    model.camera = CameraModel::Absent;
    let mut window = main_window(model);
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    assert!(window.query_by_label(BUTTON).is_none());
    window.state_mut().main().camera = CameraModel::Off;
    window.run();
    window.get_by_label(BUTTON);
}

#[test]
fn a_scanned_code_goes_on_by_itself_and_counts_as_shown_in_person() {
    let mut window = form();
    window.get_by_label(BUTTON).click();
    window.run();
    assert_eq!(asked(&mut window), [CameraCommand::Start]);
    show(&mut window, CameraState::Opening);
    let waits = window.get_by_role_and_label(Role::Image, "The camera is being opened…");
    let below = window.get_by_label("Camera");
    assert!(below.rect().top() >= waits.rect().bottom());
    show(&mut window, CameraState::Watching);
    window.get_by_role_and_label(Role::Image, PICTURE);
    assert_eq!(asked(&mut window), []);
    scanned(&mut window, &link());
    assert!(window.query_by_label(PICTURE).is_none());
    window.get_by_label("Tilde");
    window.get_by_label_contains("You scanned this code.");
    let known = added(&mut window).unwrap();
    let received = Received::read(&link(), Arrival::Scanned).unwrap();
    assert_eq!(received.trust().0, InviteTrust::Verified);
    assert_eq!(Some(*known), Introduction::of(&received));
}

#[test]
fn what_was_changed_by_hand_was_not_scanned() {
    let mut window = form();
    scanned(&mut window, &link());
    // To the end of what the camera has read.
    window.get_by_label(ADDRESS).focus();
    window.run();
    press_with(&mut window, Modifiers::COMMAND, Key::End);
    type_into(&mut window, ADDRESS, "e");
    assert!(
        window
            .query_by_label_contains("You scanned this code.")
            .is_none()
    );
    let known = added(&mut window).unwrap();
    let text = format!("{}e", link());
    let received = Received::read(&text, Arrival::Pasted).unwrap();
    assert_eq!(Some(*known), Introduction::of(&received));
}

#[test]
fn what_comes_from_elsewhere_was_not_scanned() {
    let mut window = form();
    scanned(&mut window, &link());
    window.state_mut().main().found_link = Some(FoundLink {
        serial: 2,
        found: Ok(link()),
        arrival: Arrival::Pasted,
    });
    window.run();
    assert!(
        window
            .query_by_label_contains("You scanned this code.")
            .is_none()
    );
}

#[test]
fn escape_and_the_button_switch_it_off_and_the_form_stays() {
    let mut window = form();
    show(&mut window, CameraState::Watching);
    press(&mut window, Key::Escape);
    assert_eq!(asked(&mut window), [CameraCommand::Stop]);
    window.state_mut().main().camera = CameraModel::Off;
    window.run();
    window.get_by_label(ADDRESS);
    show(&mut window, CameraState::Watching);
    // The form below has a button of this name, too; the dialog's comes last.
    let cancel = window.get_all_by_label("Cancel").last().unwrap();
    cancel.click();
    window.run();
    assert_eq!(asked(&mut window), [CameraCommand::Stop]);
}

#[test]
fn without_a_dialog_that_wants_a_code_it_goes_off() {
    let mut window = form();
    press(&mut window, Key::Escape);
    let _before = asked(&mut window);
    show(&mut window, CameraState::Watching);
    assert!(asked(&mut window).contains(&CameraCommand::Stop));
    assert!(window.query_by_label(PICTURE).is_none());
}

#[test]
fn another_camera_is_chosen() {
    let mut window = form();
    show(&mut window, CameraState::Watching);
    window.get_by_label("Camera on a stick").click();
    window.run();
    let other = CameraCommand::Choose("/dev/video2".to_owned());
    assert_eq!(asked(&mut window), [other]);
    let mut alone = camera_view("camera");
    alone.cameras.truncate(1);
    window.state_mut().main().camera = CameraModel::On(alone);
    window.run();
    assert!(window.query_by_label("Integrated Camera").is_none());
}

#[test]
fn a_picture_of_a_room_is_in_no_log() {
    let picture = sample::camera::camera_picture("a");
    let said = format!("{picture:?}");
    assert_eq!(said, "CameraPicture { width: 640, height: 360, .. }");
}

#[test]
fn every_fault_has_its_words_and_can_be_tried_again() {
    let detail = || CameraProblem::Other("Invalid argument (os error 22)".to_owned());
    for (problem, words) in [
        (CameraProblem::NoCamera, "There is no camera"),
        (CameraProblem::Forbidden, "You may not use the camera"),
        (CameraProblem::Busy, "Another program uses the camera"),
        (CameraProblem::Gone, "unplugged or switched off"),
        (CameraProblem::Format, "in a format that"),
        (CameraProblem::Silent, "shows no picture"),
        (CameraProblem::Unseen, "not seen for a while"),
        (detail(), "cannot be used"),
        (detail(), "os error 22"),
    ] {
        let mut window = form();
        show(&mut window, CameraState::Failed(problem));
        window.get_by_label_contains(words);
        assert!(window.query_by_label(PICTURE).is_none());
        window.get_by_label("Try again").click();
        window.run();
        assert_eq!(asked(&mut window), [CameraCommand::Start]);
    }
}

#[test]
fn two_people_who_meet_use_it_too() {
    let mut model = sample::person::named();
    model.camera = CameraModel::Off;
    let mut window = main_window(model);
    let app = std::mem::replace(
        &mut window.state_mut().model,
        sample::app(
            crate::ScreenModel::Welcome(crate::WelcomeModel {
                step: crate::WelcomeStep::Choose,
                problem: None,
            }),
            crate::ThemeChoice::Dark,
        ),
    );
    window
        .state_mut()
        .view
        .open(&crate::Place::Question("meet".to_owned()), &app);
    window.state_mut().model = app;
    window.run();
    window.get_by_label_contains("with the camera, or from a picture");
    window.get_by_label(BUTTON).click();
    window.run();
    assert_eq!(asked(&mut window), [CameraCommand::Start]);
    show(&mut window, CameraState::Watching);
    window.get_by_role_and_label(Role::Image, PICTURE);
    scanned(
        &mut window,
        &format!("xmpp:{}", sample::jid("Bruna Castelo")),
    );
    window.get_by_label_contains("This is the identity of");
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [],
        "a person says that they saw it"
    );
}
