use std::fmt;
use std::time::Duration;

use crate::frame::Frame;

/// Which camera: what the system calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraId(String);

impl CameraId {
    /// Of this name.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A camera that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Which one.
    pub id: CameraId,
    /// What its maker calls it: text of a device, which may be anybody's.
    pub name: String,
}

/// Why a camera shows nothing, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// There is none.
    #[error("there is no camera")]
    NoCamera,
    /// This user may not use it.
    #[error("this user may not use the camera")]
    Forbidden,
    /// Another program uses it.
    #[error("another program uses the camera")]
    Busy,
    /// It was unplugged or switched off.
    #[error("the camera was taken away")]
    Gone,
    /// Its pictures are in no format that is understood.
    #[error("the pictures of the camera are in no known format")]
    Format,
    /// It is there, and no picture comes.
    #[error("the camera shows no picture")]
    Silent,
    /// Nobody has looked at its pictures for a while.
    #[error("nobody looks at what the camera sees")]
    Unseen,
    /// Something else, in the words of the system.
    #[error("{0}")]
    Other(String),
}

/// The cameras of a machine. Waits for the devices: not for the window's thread.
pub trait Cameras: Send + 'static {
    /// Those that are there.
    fn list(&self) -> Vec<Camera>;

    /// Switches one on.
    ///
    /// # Errors
    /// See [`CameraError`].
    fn open(&self, camera: &CameraId) -> Result<Box<dyn Capture>, CameraError>;
}

/// A camera that is on; dropping it switches it off.
pub trait Capture {
    /// Gives the next frame to `take`, if one comes within `patience`.
    ///
    /// # Errors
    /// See [`CameraError`].
    fn next(
        &mut self,
        patience: Duration,
        take: &mut dyn FnMut(Frame<'_>),
    ) -> Result<(), CameraError>;
}
