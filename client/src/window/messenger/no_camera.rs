//! In the place of the camera, in a program that was built without it.

use onym_view::camera::{CameraCommand, CameraModel, CameraPicture};
use tokio::sync::mpsc::UnboundedSender;

use super::Messenger;
use crate::window::screen::{HostEvent, Screen};

/// No picture is on its way.
#[derive(Debug, Default)]
pub(in crate::window) struct Slot;

impl Slot {
    #[expect(
        clippy::unused_self,
        reason = "with the camera it is asked for its picture"
    )]
    pub(in crate::window) const fn look(&self) -> Option<CameraPicture> {
        None
    }
}

/// No camera.
pub(super) struct Camera;

impl Camera {
    pub(super) fn new(_: Screen, _: UnboundedSender<HostEvent>) -> Self {
        Self
    }

    pub(super) const fn model(&self) -> CameraModel {
        CameraModel::Absent
    }

    pub(super) const fn stop(&mut self) {}
}

impl Messenger<'_> {
    /// The window offers none.
    pub(super) fn use_camera(&mut self, _: CameraCommand) {}
}
