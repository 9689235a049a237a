use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
const SCREENSHOT: &str = "org.freedesktop.portal.Screenshot";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// How long the desktop may take to answer a call; the user is not asked before it has.
const MAX_CALL: Duration = Duration::from_secs(25);

/// How long the user may take to choose what is in the picture.
const MAX_WAIT: Duration = Duration::from_secs(2 * 60);

/// How often it is looked whether the user wants the picture no more.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Why there is no picture of the screen; not allowing one is no error.
#[derive(Debug, thiserror::Error)]
pub enum ScreenshotError {
    /// The desktop takes none, or does not answer.
    #[error("the desktop takes no pictures of the screen: {0}")]
    Portal(#[from] zbus::Error),
    /// Nobody has answered in time.
    #[error("no picture of the screen was taken within {} minutes", MAX_WAIT.as_secs() / 60)]
    Silent,
    /// What the desktop answers makes no sense.
    #[error("the desktop has taken a picture of the screen and does not say where it is")]
    Nowhere,
}

/// Whether the desktop takes pictures of the screen for programs. Waits for the bus.
#[must_use]
pub fn takes_screenshots() -> bool {
    let version = || -> zbus::Result<u32> {
        Proxy::new(&session()?, PORTAL, PORTAL_PATH, SCREENSHOT)?.get_property("version")
    };
    version().is_ok()
}

fn session() -> zbus::Result<Connection> {
    Builder::session()?.method_timeout(MAX_CALL).build()
}

/// Lets the user take a picture of the screen, and tells its file, which is the caller's to remove;
/// nothing if they do not want to, or if `is_cancelled` becomes true. Waits for the user, for two minutes
/// at most: not for the window's thread.
///
/// # Errors
/// See [`ScreenshotError`].
pub fn take_screenshot(is_cancelled: &AtomicBool) -> Result<Option<PathBuf>, ScreenshotError> {
    let bus = session()?;
    let name = bus
        .unique_name()
        .map(ToString::to_string)
        .unwrap_or_default();
    // The portal's documentation, "org.freedesktop.portal.Request": where the answer comes.
    let sender = name.trim_start_matches(':').replace('.', "_");
    let token = format!("onym_{}", std::process::id());
    let request = format!("{PORTAL_PATH}/request/{sender}/{token}");
    let request = Proxy::new(&bus, PORTAL, request, REQUEST)?;
    let mut answers = request.receive_signal("Response")?;
    let portal = Proxy::new(&bus, PORTAL, PORTAL_PATH, SCREENSHOT)?;
    let options = HashMap::from([
        ("handle_token", Value::from(token)),
        ("interactive", Value::from(true)),
    ]);
    let handle: OwnedObjectPath = portal.call("Screenshot", &("", options))?;
    let (sender, answer) = channel();
    // The bus library has no end of waiting for a signal; closing the connection is one.
    std::thread::spawn(move || sender.send(answers.next()));
    let answer = wait(&answer, is_cancelled, MAX_WAIT);
    let answer = match answer {
        Waited::Answer(answer) => answer.flatten().ok_or(ScreenshotError::Nowhere)?,
        Waited::Cancelled | Waited::TooLong => {
            // The desktop puts its question away; where it does not, nobody reads the answer.
            let request = Proxy::new(&bus, PORTAL, handle, REQUEST)?;
            let closed: zbus::Result<()> = request.call("Close", &());
            if let Err(error) = closed {
                tracing::debug!("the question for a picture of the screen stays: {error}");
            }
            bus.close()?;
            return match answer {
                Waited::TooLong => Err(ScreenshotError::Silent),
                _ => Ok(None),
            };
        }
    };
    let body = answer.body();
    let (code, results): (u32, HashMap<String, OwnedValue>) = body.deserialize()?;
    if code != 0 {
        return Ok(None);
    }
    let uri = results
        .get("uri")
        .and_then(|uri| <&str>::try_from(uri).ok());
    let path = uri.and_then(path_of).ok_or(ScreenshotError::Nowhere)?;
    Ok(Some(path))
}

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
enum Waited<T> {
    /// An answer; nothing if nobody is left who could give one.
    Answer(Option<T>),
    /// The user wants none any more.
    Cancelled,
    /// None came in time.
    TooLong,
}

fn wait<T>(answer: &Receiver<T>, is_cancelled: &AtomicBool, limit: Duration) -> Waited<T> {
    let mut left = limit;
    loop {
        if is_cancelled.load(Ordering::Relaxed) {
            return Waited::Cancelled;
        }
        let step = left.min(LOOK_EVERY);
        match answer.recv_timeout(step) {
            Ok(answer) => return Waited::Answer(Some(answer)),
            Err(RecvTimeoutError::Disconnected) => return Waited::Answer(None),
            Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(step),
        }
        if left.is_zero() {
            return Waited::TooLong;
        }
    }
}

/// The file on this machine that a URI names (RFC 8089).
fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let mut bytes = Vec::with_capacity(rest.len());
    let mut letters = rest.bytes();
    while let Some(letter) = letters.next() {
        if letter != b'%' {
            bytes.push(letter);
            continue;
        }
        let digit = |letter: Option<u8>| char::from(letter?).to_digit(16);
        let value = digit(letters.next())? * 16 + digit(letters.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    let path = PathBuf::from(String::from_utf8(bytes).ok()?);
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_waited_for_for_ever() {
        let (sender, answer) = channel::<u8>();
        let (go_on, leave) = (AtomicBool::new(false), AtomicBool::new(true));
        assert_eq!(wait(&answer, &go_on, LOOK_EVERY * 2), Waited::TooLong);
        assert_eq!(wait(&answer, &leave, Duration::MAX), Waited::Cancelled);
        sender.send(7).unwrap();
        assert_eq!(wait(&answer, &go_on, MAX_WAIT), Waited::Answer(Some(7)));
        drop(sender);
        assert_eq!(wait(&answer, &go_on, MAX_WAIT), Waited::Answer(None));
    }

    #[test]
    fn only_files_of_this_machine_are_named() {
        let named = |uri: &str| path_of(uri).map(|path| path.display().to_string());
        let plain = Some("/run/pictures/Shot 1.png".to_owned());
        assert_eq!(named("file:///run/pictures/Shot%201.png"), plain);
        assert_eq!(named("file://localhost/run/pictures/Shot%201.png"), plain);
        for wrong in [
            "",
            "/run/shot.png",
            "https://a.example/shot.png",
            "file://a.example/shot.png",
            "file:///%zz",
            "file:///%C3",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}
