use std::collections::VecDeque;
use std::sync::atomic::AtomicU32;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::frame::{Format, Frame};
use crate::pictures::{Picture, link};

/// A test that waits longer for something has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a camera of the tests does.
#[derive(Clone)]
enum Act {
    /// Shows this.
    Show(Picture, Format),
    /// Shows something that is no picture.
    Damage,
    /// Shows nothing within the time.
    Wait,
    /// Cannot go on.
    Fail(CameraError),
    /// Drivers do odd things.
    Panic,
}

/// Cameras of the tests: every one does the same, and its last act for ever.
struct Stage {
    names: Vec<&'static str>,
    acts: Vec<Act>,
    refuses: Option<CameraError>,
    happened: Sender<Happened>,
}

#[derive(Debug, PartialEq, Eq)]
enum Happened {
    Opened(String),
    Closed,
    Told(News),
    Shown(usize, usize),
}

impl Cameras for Stage {
    fn list(&self) -> Vec<Camera> {
        let named = |name: &&str| Camera {
            id: CameraId::new(*name),
            name: name.to_uppercase(),
        };
        self.names.iter().map(named).collect()
    }

    fn open(&self, camera: &CameraId) -> Result<Box<dyn Capture>, CameraError> {
        if let Some(error) = &self.refuses {
            return Err(error.clone());
        }
        let _gone = self.happened.send(Happened::Opened(camera.to_string()));
        Ok(Box::new(Actor {
            acts: self.acts.clone().into(),
            happened: self.happened.clone(),
        }))
    }
}

struct Actor {
    acts: VecDeque<Act>,
    happened: Sender<Happened>,
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _gone = self.happened.send(Happened::Closed);
    }
}

impl Capture for Actor {
    fn next(&mut self, _: Duration, take: &mut dyn FnMut(Frame<'_>)) -> Result<(), CameraError> {
        let act = match self.acts.len() {
            1 => self.acts[0].clone(),
            _ => self.acts.pop_front().unwrap(),
        };
        match act {
            Act::Show(picture, format) => {
                take(picture.frame(format, &picture.written(format)));
            }
            Act::Damage => take(Picture::wall(64, 64, 0).frame(Format::Jpeg, b"no picture")),
            Act::Wait => std::thread::yield_now(),
            Act::Fail(error) => return Err(error),
            Act::Panic => panic!("an odd camera"),
        }
        Ok(())
    }
}

struct Window {
    unseen: Arc<AtomicU32>,
    looks: bool,
    happened: Sender<Happened>,
}

impl Listener for Window {
    fn show(&mut self, picture: Luma) -> u32 {
        let size = (picture.width(), picture.height());
        let _gone = self.happened.send(Happened::Shown(size.0, size.1));
        match self.looks {
            true => 0,
            false => self.unseen.fetch_add(1, Ordering::SeqCst),
        }
    }

    fn tell(&mut self, news: News) {
        let _gone = self.happened.send(Happened::Told(news));
    }
}

fn play(acts: Vec<Act>, looks: bool) -> (Scanning, Receiver<Happened>) {
    play_with(vec!["front", "back"], acts, None, None, looks)
}

fn play_with(
    names: Vec<&'static str>,
    acts: Vec<Act>,
    refuses: Option<CameraError>,
    wanted: Option<&str>,
    looks: bool,
) -> (Scanning, Receiver<Happened>) {
    let (happened, told) = channel();
    let stage = Stage {
        names,
        acts,
        refuses,
        happened: happened.clone(),
    };
    let window = Window {
        unseen: Arc::default(),
        looks,
        happened,
    };
    (
        scan(stage, wanted.map(CameraId::new), window).unwrap(),
        told,
    )
}

/// Everything until the thread is gone, without the pictures.
fn all(told: &Receiver<Happened>) -> Vec<Happened> {
    let mut found = Vec::new();
    while let Ok(happened) = told.recv_timeout(DEADLINE) {
        if !matches!(happened, Happened::Shown(..)) {
            found.push(happened);
        }
    }
    found
}

fn opening(chosen: usize) -> Happened {
    let camera = |name: &str| Camera {
        id: CameraId::new(name),
        name: name.to_uppercase(),
    };
    Happened::Told(News::Opening {
        cameras: vec![camera("front"), camera("back")],
        chosen,
    })
}

fn ended(error: CameraError) -> Happened {
    Happened::Told(News::Ended(error))
}

#[test]
fn a_code_ends_it_with_the_camera_off() {
    let wall = Picture::wall(1_280, 720, 90);
    let code = Picture::of_code(&link(), 420.0, 20.0);
    let acts = vec![
        Act::Wait,
        Act::Damage,
        Act::Show(wall, Format::Yuyv),
        Act::Show(code, Format::Jpeg),
        Act::Fail(CameraError::Gone),
    ];
    let (_scanning, told) = play(acts, true);
    assert_eq!(
        all(&told),
        [
            opening(0),
            Happened::Opened("front".to_owned()),
            Happened::Told(News::Opened),
            Happened::Closed,
            Happened::Told(News::Scanned(Scan(link()))),
        ]
    );
}

#[test]
fn the_camera_that_is_wanted_is_taken_if_it_is_there() {
    let code = || vec![Act::Show(Picture::of_code("a", 420.0, 0.0), Format::Yuyv)];
    for (wanted, chosen, name) in [("back", 1, "back"), ("gone", 0, "front")] {
        let (_scanning, told) = play_with(vec!["front", "back"], code(), None, Some(wanted), true);
        let found = all(&told);
        assert_eq!(found[0], opening(chosen), "{wanted}");
        assert_eq!(found[1], Happened::Opened(name.to_owned()));
    }
}

#[test]
fn what_goes_wrong_is_told_with_the_camera_off() {
    let (_scanning, told) = play_with(Vec::new(), vec![Act::Wait], None, None, true);
    assert_eq!(all(&told), [ended(CameraError::NoCamera)]);
    let refuses = Some(CameraError::Busy);
    let (_scanning, told) = play_with(vec!["front", "back"], vec![Act::Wait], refuses, None, true);
    assert_eq!(all(&told), [opening(0), ended(CameraError::Busy)]);
    for (act, error) in [
        (Act::Wait, CameraError::Silent),
        (Act::Damage, CameraError::Format),
        (Act::Fail(CameraError::Gone), CameraError::Gone),
        (Act::Panic, CameraError::Gone),
    ] {
        let (_scanning, told) = play(vec![act], true);
        let opened = Happened::Opened("front".to_owned());
        assert_eq!(
            all(&told),
            [opening(0), opened, Happened::Closed, ended(error)]
        );
    }
}

#[test]
fn a_camera_at_which_nobody_looks_goes_off() {
    let wall = Act::Show(Picture::wall(64, 64, 90), Format::Planes);
    let (_scanning, told) = play(vec![wall], false);
    let mut shown = 0;
    loop {
        match told.recv_timeout(DEADLINE).unwrap() {
            Happened::Shown(..) => shown += 1,
            Happened::Told(News::Ended(error)) => break assert_eq!(error, CameraError::Unseen),
            _ => {}
        }
        assert!(shown <= MAX_UNSEEN + 1, "it stays on");
    }
}

#[test]
fn who_leaves_switches_the_camera_off_and_hears_nothing_more() {
    for act in [
        Act::Wait,
        Act::Show(Picture::wall(64, 64, 90), Format::Planes),
    ] {
        // As often as it takes to be left while the camera still waits for its first frame.
        let (scanning, told) = play(vec![act], true);
        loop {
            let happened = told.recv_timeout(DEADLINE).unwrap();
            if happened == Happened::Opened("front".to_owned()) {
                break;
            }
        }
        drop(scanning);
        let rest = all(&told);
        assert_eq!(rest.last(), Some(&Happened::Closed), "{rest:?}");
        assert!(
            !rest
                .iter()
                .any(|it| matches!(it, Happened::Told(News::Ended(_))))
        );
    }
}

#[test]
fn what_is_shown_is_small() {
    let wall = Act::Show(Picture::wall(1_920, 1_080, 90), Format::Planes);
    let (_scanning, told) = play(vec![wall, Act::Fail(CameraError::Gone)], true);
    let shown = told.iter().find(|it| matches!(it, Happened::Shown(..)));
    assert_eq!(shown, Some(Happened::Shown(640, 360)));
}
