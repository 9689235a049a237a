//! Codes that the user shows to a camera.

use std::sync::{Mutex, MutexGuard, PoisonError};

use onym_camera::{
    CameraError, CameraId, Cameras, Listener, Luma, News, Scan, Scanning, Video4Linux,
};
use onym_identity::invite::Arrival;
use onym_view::camera::{
    CameraChoice, CameraCommand, CameraModel, CameraPicture, CameraProblem, CameraState, CameraView,
};
use tokio::sync::mpsc::UnboundedSender;

use super::Messenger;
use crate::window::screen::{HostEvent, Screen};

/// The newest picture of the camera, on its way to the window's thread: an older one is never drawn.
#[derive(Debug, Default)]
pub(in crate::window) struct Slot(Mutex<Pictured>);

#[derive(Debug, Default)]
struct Pictured {
    /// Whose pictures are taken; nobody's while the camera is off.
    session: Option<u64>,
    newest: Option<CameraPicture>,
    /// How many pictures there were in all sessions: no two have one number.
    count: u64,
    /// How many pictures have come since the window was last drawn.
    unseen: u32,
}

impl Slot {
    fn pictured(&self) -> MutexGuard<'_, Pictured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the camera sees, for the window that is being drawn.
    pub(in crate::window) fn look(&self) -> Option<CameraPicture> {
        let mut pictured = self.pictured();
        pictured.unseen = 0;
        pictured.newest.clone()
    }

    /// From now on pictures of this session are taken, or none.
    fn open(&self, session: Option<u64>) {
        let mut pictured = self.pictured();
        *pictured = Pictured {
            session,
            count: pictured.count,
            ..Pictured::default()
        };
    }

    /// Returns how many pictures before this one nobody has looked at. One of a camera that was left is
    /// not taken.
    fn put(&self, session: u64, luma: Luma) -> u32 {
        let mut pictured = self.pictured();
        if pictured.session != Some(session) {
            return 0;
        }
        pictured.count += 1;
        pictured.newest = Some(CameraPicture {
            serial: pictured.count,
            width: luma.width(),
            height: luma.height(),
            luma: luma.into_bytes().into(),
        });
        let before = pictured.unseen;
        pictured.unseen = before.saturating_add(1);
        before
    }
}

/// What the camera's thread tells.
#[derive(Debug)]
pub(in crate::window) struct Heard {
    session: u64,
    news: News,
}

/// What the camera's thread tells it to.
struct ToWindow {
    session: u64,
    screen: Screen,
    to_self: UnboundedSender<HostEvent>,
}

impl Listener for ToWindow {
    fn show(&mut self, picture: Luma) -> u32 {
        let unseen = self.screen.camera().put(self.session, picture);
        self.screen.draw();
        unseen
    }

    fn tell(&mut self, news: News) {
        let session = self.session;
        let _ended = self
            .to_self
            .send(HostEvent::Camera(Heard { session, news }));
    }
}

/// The camera, as far as the messenger knows.
pub(super) struct Camera {
    screen: Screen,
    to_self: UnboundedSender<HostEvent>,
    /// How often it was switched on: what it tells after it was switched off is not heard.
    session: u64,
    scanning: Option<Scanning>,
    view: Option<CameraView>,
    wanted: Option<CameraId>,
}

impl Camera {
    pub(super) fn new(screen: Screen, to_self: UnboundedSender<HostEvent>) -> Self {
        Self {
            screen,
            to_self,
            session: 0,
            scanning: None,
            view: None,
            wanted: None,
        }
    }

    pub(super) fn model(&self) -> CameraModel {
        self.view.clone().map_or(CameraModel::Off, CameraModel::On)
    }

    fn obey(&mut self, command: CameraCommand, cameras: impl Cameras) {
        match command {
            CameraCommand::Stop => return self.stop(),
            CameraCommand::Choose(id) => self.wanted = Some(CameraId::new(id)),
            CameraCommand::Start => {}
        }
        let before = self.view.take();
        self.stop();
        self.session += 1;
        let session = self.session;
        self.screen.camera().open(Some(session));
        let listener = ToWindow {
            session,
            screen: self.screen.clone(),
            to_self: self.to_self.clone(),
        };
        let state = match onym_camera::scan(cameras, self.wanted.clone(), listener) {
            Ok(scanning) => {
                self.scanning = Some(scanning);
                CameraState::Opening
            }
            Err(error) => CameraState::Failed(CameraProblem::Other(error.to_string())),
        };
        // Those that were there a moment ago stay in their place until it is known who is there now.
        let (cameras, chosen) = before.map_or((Vec::new(), 0), |it| (it.cameras, it.chosen));
        self.view = Some(CameraView {
            cameras,
            chosen,
            state,
        });
    }

    /// Switches it off, and forgets what it saw.
    pub(super) fn stop(&mut self) {
        self.close();
        self.view = None;
    }

    fn close(&mut self) {
        self.scanning = None;
        self.screen.camera().open(None);
    }

    /// Takes up what its thread tells; gives what it has read.
    fn hear(&mut self, heard: Heard) -> Option<Scan> {
        if heard.session != self.session || self.scanning.is_none() {
            return None;
        }
        let view = self.view.as_mut()?;
        match heard.news {
            News::Opening { cameras, chosen } => {
                let choice = |it: onym_camera::Camera| CameraChoice {
                    id: it.id.to_string(),
                    name: it.name,
                };
                view.cameras = cameras.into_iter().map(choice).collect();
                view.chosen = chosen;
            }
            News::Opened => view.state = CameraState::Watching,
            News::Ended(error) => {
                view.state = CameraState::Failed(problem_of(error));
                self.close();
            }
            News::Scanned(scan) => {
                self.stop();
                return Some(scan);
            }
        }
        None
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.close();
    }
}

fn problem_of(error: CameraError) -> CameraProblem {
    match error {
        CameraError::NoCamera => CameraProblem::NoCamera,
        CameraError::Forbidden => CameraProblem::Forbidden,
        CameraError::Busy => CameraProblem::Busy,
        CameraError::Gone => CameraProblem::Gone,
        CameraError::Format => CameraProblem::Format,
        CameraError::Silent => CameraProblem::Silent,
        CameraError::Unseen => CameraProblem::Unseen,
        CameraError::Other(detail) => CameraProblem::Other(detail),
    }
}

/// The only texts that arrive as scanned: what a camera of this machine has just seen.
fn scanned(scan: Scan) -> (String, Arrival) {
    (scan.into_text(), Arrival::Scanned)
}

impl Messenger<'_> {
    pub(super) fn use_camera(&mut self, command: CameraCommand) {
        self.camera.obey(command, Video4Linux);
    }

    pub(super) fn camera_told(&mut self, heard: Heard) {
        if let Some(scan) = self.camera.hear(heard) {
            let (text, arrival) = scanned(scan);
            self.answer(Ok(text), arrival);
        }
    }
}

#[cfg(test)]
mod tests;
