use std::collections::HashMap;
use std::path::PathBuf;

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
const SCREENSHOT: &str = "org.freedesktop.portal.Screenshot";

/// Why there is no picture of the screen; not allowing one is no error.
#[derive(Debug, thiserror::Error)]
pub enum ScreenshotError {
    /// The desktop takes none, or does not answer.
    #[error("the desktop takes no pictures of the screen: {0}")]
    Portal(#[from] zbus::Error),
    /// What the desktop answers makes no sense.
    #[error("the desktop has taken a picture of the screen and does not say where it is")]
    Nowhere,
}

/// Whether the desktop takes pictures of the screen for programs. Waits for the bus.
#[must_use]
pub fn takes_screenshots() -> bool {
    let version = || -> zbus::Result<u32> {
        let bus = Connection::session()?;
        Proxy::new(&bus, PORTAL, PORTAL_PATH, SCREENSHOT)?.get_property("version")
    };
    version().is_ok()
}

/// Lets the user take a picture of the screen, and tells its file, which is the caller's to remove;
/// nothing if they do not want to. Waits for the user: not for the window's thread.
///
/// # Errors
/// See [`ScreenshotError`].
pub fn take_screenshot() -> Result<Option<PathBuf>, ScreenshotError> {
    let bus = Connection::session()?;
    let name = bus
        .unique_name()
        .map(ToString::to_string)
        .unwrap_or_default();
    // The portal's documentation, "org.freedesktop.portal.Request": where the answer comes.
    let sender = name.trim_start_matches(':').replace('.', "_");
    let token = format!("onym_{}", std::process::id());
    let request = format!("{PORTAL_PATH}/request/{sender}/{token}");
    let request = Proxy::new(&bus, PORTAL, request, "org.freedesktop.portal.Request")?;
    let mut answers = request.receive_signal("Response")?;
    let portal = Proxy::new(&bus, PORTAL, PORTAL_PATH, SCREENSHOT)?;
    let options = HashMap::from([
        ("handle_token", Value::from(token)),
        ("interactive", Value::from(true)),
    ]);
    let _handle: OwnedObjectPath = portal.call("Screenshot", &("", options))?;
    let answer = answers.next().ok_or(ScreenshotError::Nowhere)?;
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
