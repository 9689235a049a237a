//! A camera that reads QR codes: what one sees, as long as somebody looks at it, until it has seen a code.
//!
//! Frames become pictures in grey ([`Luma`]) within limits, and a code is looked for in each. All of it
//! happens on a thread of its own ([`scan`]), which hands on the newest picture and nothing else: no frame
//! is kept, written or logged. A [`Scan`] is made here alone, so that nothing but a camera can have seen one.
//!
//! Cameras are those of Linux that speak Video4Linux and show one plane, as all on USB do. The trait
//! [`Cameras`] stands between them and the rest.

/// Cameras, and what they refuse.
mod cameras;
/// Frames as cameras make them, as pictures in grey.
mod frame;
/// The thread that looks for a code.
mod scanning;
/// Cameras of Linux.
mod video4linux;

#[cfg(test)]
mod pictures;

pub use cameras::{Camera, CameraError, CameraId, Cameras, Capture};
pub use frame::{Format, Frame, FrameError, Luma};
pub use scanning::{Listener, News, Scan, Scanning, scan};
pub use video4linux::Video4Linux;
