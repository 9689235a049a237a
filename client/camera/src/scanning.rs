use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cameras::{Camera, CameraError, CameraId, Cameras, Capture};
use crate::frame::Luma;

/// How long a frame is waited for before it is looked whether anybody still wants one.
const PATIENCE: Duration = Duration::from_millis(20);

/// How often in a row no frame may come within that time: ten seconds. Cameras need up to three for the first.
const MAX_WAITS: u32 = 500;

/// How many frames in a row may be damaged; the first ones of a camera often are.
const MAX_DAMAGED: u32 = 60;

/// How many pictures in a row nobody may look at, as while the window is hidden: a few seconds.
const MAX_UNSEEN: u32 = 90;

/// The longest side of what is shown, in pixels.
const SHOWN_SIDE_PIXELS: usize = 640;

/// The text of a code that a camera has seen. Nothing else makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Scan(String);

impl Scan {
    /// What the code says.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// What happens while a code is looked for.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// These cameras are there, and one of them is being opened.
    Opening {
        /// All of them.
        cameras: Vec<Camera>,
        /// Which one of them.
        chosen: usize,
    },
    /// The camera shows its first picture.
    Opened,
    /// A code was read; the camera is off.
    Scanned(Scan),
    /// No code was read, and the camera is off.
    Ended(CameraError),
}

/// Whoever wants to know what the camera sees. Called by the thread of the camera.
pub trait Listener: Send + 'static {
    /// A new picture. Returns how many before this one nobody has looked at.
    fn show(&mut self, picture: Luma) -> u32;

    /// Something has happened. After [`News::Scanned`] and [`News::Ended`] nothing does.
    fn tell(&mut self, news: News);
}

/// A code is being looked for; dropping it switches the camera off.
#[derive(Debug)]
pub struct Scanning {
    is_stopped: Arc<AtomicBool>,
}

impl Drop for Scanning {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::SeqCst);
    }
}

/// Looks for a code with this camera, or with the first one if it is not there. Returns at once.
///
/// # Errors
/// When the system has no thread to spare.
pub fn scan(
    cameras: impl Cameras,
    wanted: Option<CameraId>,
    mut listener: impl Listener,
) -> io::Result<Scanning> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stops = Arc::clone(&is_stopped);
    let thread = std::thread::Builder::new().name("camera".to_owned());
    thread.spawn(move || {
        // Drivers hand out odd things, and the library below asserts that they do not.
        let looking = || look(&cameras, wanted.as_ref(), &stops, &mut listener);
        let outcome = catch_unwind(AssertUnwindSafe(looking));
        let news = match outcome {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(scan))) => News::Scanned(scan),
            Ok(Err(error)) => News::Ended(error),
            Err(_) => News::Ended(CameraError::Gone),
        };
        if !stops.load(Ordering::SeqCst) {
            listener.tell(news);
        }
    })?;
    Ok(Scanning { is_stopped })
}

/// Looks until a code was read, or nobody wants it any more, which is nothing.
fn look(
    cameras: &impl Cameras,
    wanted: Option<&CameraId>,
    is_stopped: &AtomicBool,
    listener: &mut impl Listener,
) -> Result<Option<Scan>, CameraError> {
    let found = cameras.list();
    let chosen = found.iter().position(|camera| Some(&camera.id) == wanted);
    let chosen = chosen.unwrap_or_default();
    let id = found.get(chosen).ok_or(CameraError::NoCamera)?.id.clone();
    if is_stopped.load(Ordering::SeqCst) {
        return Ok(None);
    }
    listener.tell(News::Opening {
        cameras: found,
        chosen,
    });
    let mut capture = cameras.open(&id)?;
    watch(capture.as_mut(), is_stopped, listener)
}

fn watch(
    capture: &mut dyn Capture,
    is_stopped: &AtomicBool,
    listener: &mut impl Listener,
) -> Result<Option<Scan>, CameraError> {
    let (mut waits, mut damaged) = (0, 0);
    let mut is_open = false;
    while !is_stopped.load(Ordering::SeqCst) {
        let mut picture = None;
        capture.next(PATIENCE, &mut |frame| picture = Some(Luma::of(frame)))?;
        let picture = match picture {
            Some(Ok(picture)) => picture,
            Some(Err(_)) if damaged >= MAX_DAMAGED => return Err(CameraError::Format),
            Some(Err(_)) => {
                damaged += 1;
                continue;
            }
            None if waits >= MAX_WAITS => return Err(CameraError::Silent),
            None => {
                waits += 1;
                continue;
            }
        };
        (waits, damaged) = (0, 0);
        if is_stopped.load(Ordering::SeqCst) {
            break;
        }
        if !std::mem::replace(&mut is_open, true) {
            listener.tell(News::Opened);
        }
        if listener.show(picture.shrunk(SHOWN_SIDE_PIXELS)) >= MAX_UNSEEN {
            return Err(CameraError::Unseen);
        }
        if let Some(text) = picture.code() {
            return Ok(Some(Scan(text)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
