use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::time::Duration;

use linuxvideo::format::{PixFormat, PixelFormat};
use linuxvideo::stream::ReadStream;
use linuxvideo::{BufType, BufTypes, Device};

use crate::cameras::{Camera, CameraError, CameraId, Cameras, Capture};
use crate::frame::{Format, Frame};

/// Where devices are.
const DEVICES: &str = "/dev";

/// Where the kernel names them.
const NAMES: &str = "/sys/class/video4linux";

/// How many devices are looked at.
const MAX_DEVICES: usize = 64;

/// How many formats of a device are looked at.
const MAX_FORMATS: usize = 64;

/// The longest name that is shown, in characters; the kernel has room for 31 bytes.
const MAX_NAME_CHARS: usize = 40;

/// The size that is asked for, in pixels; the driver takes the nearest that it has. A code that fills half of
/// the height has five pixels for each of its squares then.
const WANTED_SIZE: (u32, u32) = (1_280, 720);

/// Formats, the best first. Over USB, frames of that size are fast only if they are compressed.
const WANTED_FORMATS: [[u8; 4]; 9] = [
    *b"MJPG", *b"JPEG", *b"NV12", *b"NV21", *b"YU12", *b"YV12", *b"GREY", *b"YUYV", *b"UYVY",
];

/// How often it is looked whether a frame is there.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Errors of Linux that [`io::ErrorKind`] has no name for: no such device, and none behind its name.
const ENXIO: i32 = 6;
const ENODEV: i32 = 19;

/// The cameras of this machine, by Video4Linux.
#[derive(Debug, Clone, Copy, Default)]
pub struct Video4Linux;

impl Cameras for Video4Linux {
    fn list(&self) -> Vec<Camera> {
        let Ok(entries) = fs::read_dir(DEVICES) else {
            return Vec::new();
        };
        let mut numbers: Vec<u32> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_char_device()))
            .filter_map(|entry| number_of(&entry.file_name().to_string_lossy()))
            .take(MAX_DEVICES)
            .collect();
        numbers.sort_unstable();
        let cameras = numbers.into_iter().filter_map(|number| {
            let path = format!("{DEVICES}/video{number}");
            let is_camera = match Device::open(&path) {
                // A camera on USB has a second device that shows no pictures.
                Ok(device) => device
                    .supported_buf_types()
                    .contains(BufTypes::VIDEO_CAPTURE),
                // The user hears why it shows nothing.
                Err(error) => matches!(
                    problem_of(&error),
                    CameraError::Forbidden | CameraError::Busy
                ),
            };
            is_camera.then(|| Camera {
                name: name_of(&format!("{NAMES}/video{number}/name"), &path),
                id: CameraId::new(path),
            })
        });
        cameras.collect()
    }

    fn open(&self, camera: &CameraId) -> Result<Box<dyn Capture>, CameraError> {
        let path = camera.to_string();
        let path = Path::new(&path);
        let device = Device::open(path).map_err(|error| problem_of(&error))?;
        let offered: Vec<[u8; 4]> = device
            .formats(BufType::VIDEO_CAPTURE)
            .take(MAX_FORMATS)
            .filter_map(Result::ok)
            .map(|format| format.pixel_format().as_fourcc())
            .collect();
        drop(device);
        let mut problem = CameraError::Format;
        for wanted in WANTED_FORMATS.into_iter().filter(|it| offered.contains(it)) {
            match start(path, wanted) {
                Ok(Some(started)) => return Ok(Box::new(started)),
                Ok(None) => {}
                Err(error) => problem = problem_of(&error),
            }
        }
        Err(problem)
    }
}

/// The number of a device for video.
fn number_of(file: &str) -> Option<u32> {
    file.strip_prefix("video")?.parse().ok()
}

/// What the kernel calls a device; else its path.
fn name_of(file: &str, path: &str) -> String {
    let name = fs::read_to_string(file).unwrap_or_default();
    let shown = name.trim().chars().filter(|letter| !letter.is_control());
    let name: String = shown.take(MAX_NAME_CHARS).collect();
    if name.is_empty() {
        path.to_owned()
    } else {
        name
    }
}

fn problem_of(error: &io::Error) -> CameraError {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::PermissionDenied, _) => CameraError::Forbidden,
        (io::ErrorKind::ResourceBusy, _) => CameraError::Busy,
        (io::ErrorKind::NotFound, _) | (_, Some(ENXIO | ENODEV)) => CameraError::Gone,
        _ => CameraError::Other(error.to_string()),
    }
}

/// Switches a camera on; nothing if it takes none of our formats instead of the one that it offers.
fn start(path: &Path, wanted: [u8; 4]) -> io::Result<Option<Streaming>> {
    let (width, height) = WANTED_SIZE;
    let asked = PixFormat::new(width, height, PixelFormat::from_fourcc(wanted));
    let device = Device::open(path)?.video_capture(asked)?;
    let given = device.format();
    let Some(format) = Format::of_fourcc(given.pixel_format().as_fourcc()) else {
        return Ok(None);
    };
    let (width, height) = (given.width(), given.height());
    let stride = given.bytes_per_line();
    Ok(Some(Streaming {
        format,
        width,
        height,
        stride,
        stream: device.into_stream()?,
    }))
}

/// A camera that is on.
struct Streaming {
    format: Format,
    width: u32,
    height: u32,
    stride: u32,
    stream: ReadStream,
}

impl Capture for Streaming {
    fn next(
        &mut self,
        patience: Duration,
        take: &mut dyn FnMut(Frame<'_>),
    ) -> Result<(), CameraError> {
        let mut left = patience;
        // A frame that never comes would be waited for with the camera on, whoever has closed the window.
        while self
            .stream
            .will_block()
            .map_err(|error| problem_of(&error))?
        {
            if left.is_zero() {
                return Ok(());
            }
            let step = left.min(LOOK_EVERY);
            std::thread::sleep(step);
            left = left.saturating_sub(step);
        }
        let Self {
            format,
            width,
            height,
            stride,
            ..
        } = *self;
        let taken = self.stream.dequeue(|view| {
            if !view.is_error() {
                take(Frame {
                    format,
                    width,
                    height,
                    stride,
                    bytes: &view,
                });
            }
            Ok(())
        });
        taken.map_err(|error| problem_of(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_devices_for_video_are_cameras() {
        assert_eq!(number_of("video0"), Some(0));
        assert_eq!(number_of("video12"), Some(12));
        for other in [
            "video",
            "video-1",
            "video0p",
            "vbi0",
            "media0",
            "v4l-subdev0",
        ] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }

    #[test]
    fn every_format_that_is_asked_for_is_understood() {
        for code in WANTED_FORMATS {
            assert!(Format::of_fourcc(code).is_some(), "{code:?}");
        }
        assert_eq!(Format::of_fourcc(*b"H264"), None);
    }

    #[test]
    fn what_the_system_refuses_is_told_apart() {
        const REFUSED: [(i32, CameraError); 6] = [
            (1, CameraError::Forbidden),
            (13, CameraError::Forbidden),
            (16, CameraError::Busy),
            (2, CameraError::Gone),
            (ENXIO, CameraError::Gone),
            (ENODEV, CameraError::Gone),
        ];
        for (number, problem) in REFUSED {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(problem_of(&error), problem, "{error}");
        }
        let other = io::Error::from_raw_os_error(22);
        assert!(matches!(problem_of(&other), CameraError::Other(_)));
    }

    #[test]
    fn a_device_that_is_none_is_refused() {
        let none = Video4Linux.open(&CameraId::new("/dev/video-that-is-not-there"));
        assert!(matches!(none.err(), Some(CameraError::Gone)));
        // A file that everybody can open, and that is no camera.
        let null = Video4Linux.open(&CameraId::new("/dev/null"));
        assert!(matches!(null.err(), Some(CameraError::Other(_))));
    }
}
