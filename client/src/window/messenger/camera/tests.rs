use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use eframe::egui;
use onym_camera::{Camera as Listed, Capture, Format, Frame};
use qrcode::{Color, QrCode};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::window::screen::Hosted;

/// A test that waits longer for something has failed.
const DEADLINE: Duration = Duration::from_secs(60);

const LINK: &str = "xmpp:bob@b.example?roster;name=Bob";

/// Squares of quiet ground around a code, and pixels of each side of a square.
const QUIET: usize = 4;
const SQUARE: usize = 8;

/// Two cameras: one in front of a wall, and one in front of a code.
#[derive(Clone)]
struct TwoCameras(Sender<&'static str>);

impl Cameras for TwoCameras {
    fn list(&self) -> Vec<Listed> {
        let named = |name: &str| Listed {
            id: CameraId::new(name),
            name: format!("The {name}"),
        };
        ["wall", "code"].map(named).into()
    }

    fn open(&self, camera: &CameraId) -> Result<Box<dyn Capture>, CameraError> {
        let is_code = camera.to_string() == "code";
        let _gone = self.0.send("on");
        Ok(Box::new(Seeing {
            is_code,
            happened: self.0.clone(),
        }))
    }
}

struct Seeing {
    is_code: bool,
    happened: Sender<&'static str>,
}

impl Drop for Seeing {
    fn drop(&mut self) {
        let _gone = self.happened.send("off");
    }
}

impl Capture for Seeing {
    fn next(&mut self, _: Duration, take: &mut dyn FnMut(Frame<'_>)) -> Result<(), CameraError> {
        let code = QrCode::new(LINK).unwrap();
        let width = code.width();
        let side = (width + 2 * QUIET) * SQUARE;
        let colors = code.into_colors();
        let square = |at: usize| (at / SQUARE).checked_sub(QUIET).filter(|it| *it < width);
        let is_dark = |x: usize, y: usize| {
            let at = square(x).zip(square(y));
            at.is_some_and(|(x, y)| colors[y * width + x] == Color::Dark)
        };
        let pixels = (0..side * side).map(|at| match self.is_code {
            true if is_dark(at % side, at / side) => 20,
            _ => 230,
        });
        let bytes: Vec<u8> = pixels.collect();
        let side = u32::try_from(side).unwrap();
        take(Frame {
            format: Format::Planes,
            width: side,
            height: side,
            stride: 0,
            bytes: &bytes,
        });
        Ok(())
    }
}

/// A window whose picture of the camera is never drawn, unless the test looks.
struct Scene {
    hosted: Arc<Hosted>,
    camera: Camera,
    events: UnboundedReceiver<HostEvent>,
    cameras: TwoCameras,
    happened: Receiver<&'static str>,
}

impl Scene {
    fn new() -> Self {
        let hosted = Arc::new(Hosted::default());
        let screen = Screen::new(egui::Context::default(), Arc::clone(&hosted));
        let (to_self, events) = unbounded_channel();
        let (sender, happened) = channel();
        Self {
            hosted,
            camera: Camera::new(screen, to_self),
            events,
            cameras: TwoCameras(sender),
            happened,
        }
    }

    fn obey(&mut self, command: CameraCommand) {
        self.camera.obey(command, self.cameras.clone());
    }

    fn next(&mut self) -> Heard {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let next = async { tokio::time::timeout(DEADLINE, self.events.recv()).await };
        match runtime.block_on(next) {
            Ok(Some(HostEvent::Camera(heard))) => heard,
            _ => panic!("something else was told, or nothing"),
        }
    }

    fn hear(&mut self) -> Option<Scan> {
        let heard = self.next();
        self.camera.hear(heard)
    }

    fn state(&self) -> Option<CameraState> {
        match self.camera.model() {
            CameraModel::On(view) => Some(view.state),
            _ => None,
        }
    }

    fn wait_for(&self, wanted: &str) {
        while self.happened.recv_timeout(DEADLINE).unwrap() != wanted {}
    }
}

#[test]
fn a_code_arrives_as_scanned_and_the_camera_is_off() {
    let mut scene = Scene::new();
    assert_eq!(scene.camera.model(), CameraModel::Off);
    scene.obey(CameraCommand::Choose("code".to_owned()));
    assert_eq!(scene.state(), Some(CameraState::Opening));
    assert!(scene.hear().is_none());
    let CameraModel::On(view) = scene.camera.model() else {
        panic!("it is on");
    };
    let names: Vec<_> = view.cameras.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((names, view.chosen), (vec!["The wall", "The code"], 1));
    assert!(scene.hear().is_none());
    assert_eq!(scene.state(), Some(CameraState::Watching));
    let scan = scene.hear().unwrap();
    assert_eq!(scanned(scan), (LINK.to_owned(), Arrival::Scanned));
    scene.wait_for("off");
    assert_eq!(scene.camera.model(), CameraModel::Off);
    assert!(
        scene.hosted.camera.look().is_none(),
        "nothing is kept of it"
    );
}

#[test]
fn what_comes_after_it_was_switched_off_is_not_heard() {
    let mut scene = Scene::new();
    scene.obey(CameraCommand::Choose("code".to_owned()));
    let told: Vec<Heard> = (0..3).map(|_| scene.next()).collect();
    scene.obey(CameraCommand::Stop);
    for heard in told {
        assert!(scene.camera.hear(heard).is_none());
    }
    assert_eq!(scene.camera.model(), CameraModel::Off);
    // Nor by the one that was switched on afterwards.
    scene.obey(CameraCommand::Start);
    let told: Vec<Heard> = (0..3).map(|_| scene.next()).collect();
    scene.obey(CameraCommand::Start);
    for heard in told {
        assert!(scene.camera.hear(heard).is_none());
    }
    assert_eq!(scene.state(), Some(CameraState::Opening));
}

#[test]
fn leaving_switches_it_off_and_forgets_what_it_saw() {
    let mut scene = Scene::new();
    scene.obey(CameraCommand::Start);
    assert!(scene.hear().is_none() && scene.hear().is_none());
    assert_eq!(scene.state(), Some(CameraState::Watching));
    scene.obey(CameraCommand::Stop);
    scene.wait_for("off");
    assert!(scene.hosted.camera.look().is_none());
    scene.obey(CameraCommand::Start);
    scene.wait_for("on");
    drop(scene.camera);
    assert_eq!(scene.happened.recv_timeout(DEADLINE), Ok("off"));
}

#[test]
fn a_window_that_is_not_drawn_switches_it_off() {
    let mut scene = Scene::new();
    scene.obey(CameraCommand::Start);
    let problem = loop {
        assert!(scene.hear().is_none());
        if let Some(CameraState::Failed(problem)) = scene.state() {
            break problem;
        }
    };
    assert_eq!(problem, CameraProblem::Unseen);
    scene.wait_for("off");
    assert!(scene.hosted.camera.look().is_none());
}

#[test]
fn only_the_newest_picture_is_drawn() {
    let picture = |light: u8| {
        let frame = Frame {
            format: Format::Planes,
            width: 1,
            height: 1,
            stride: 0,
            bytes: &[light],
        };
        Luma::of(frame).unwrap()
    };
    let slot = Slot::default();
    let seen = |slot: &Slot| slot.look().map(|it| (it.serial, it.luma.to_vec()));
    assert_eq!(slot.put(1, picture(5)), 0);
    assert_eq!(seen(&slot), None, "the camera is off");
    slot.open(Some(1));
    let unseen: Vec<u32> = (1..=3).map(|light| slot.put(1, picture(light))).collect();
    assert_eq!(unseen, [0, 1, 2]);
    assert_eq!(seen(&slot), Some((3, vec![3])));
    assert_eq!(slot.put(1, picture(4)), 0, "somebody has looked");
    slot.open(Some(2));
    assert_eq!(seen(&slot), None);
    assert_eq!(slot.put(1, picture(5)), 0);
    assert_eq!(seen(&slot), None, "the one before was left");
    slot.put(2, picture(6));
    assert_eq!(seen(&slot), Some((5, vec![6])), "no number comes twice");
}
