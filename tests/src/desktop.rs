//! The desktop of one person: a screen, a session bus, and a screen reader that tells what is
//! in a window and works it.

mod script;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::accessible::Accessible;
use crate::screen::{Requests, Screen, dying_with_us, end, first_line};
use script::Script;

/// The script that speaks AT-SPI.
const READER: &str = include_str!("desktop/at_spi.py");
/// The script that plays a tray.
const TRAY: &str = include_str!("desktop/tray.py");
/// The script that plays a keyring that does not answer.
const SILENT_KEYRING: &str = include_str!("desktop/silent_keyring.py");

/// A screen with a session bus of its own. Everything ends when this is dropped.
#[derive(Debug)]
pub struct Desktop {
    reader: Script,
    bus: Child,
    bus_address: String,
    pub(crate) screen: Screen,
    /// The home that programs on this desktop have.
    home: TempDir,
}

/// Why a desktop or a window on it did not do what a test wanted.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    /// A folder or a file could not be written.
    #[error("the folder of a desktop: {0}")]
    Folder(#[source] io::Error),
    /// A program is not installed, or could not be started.
    #[error("{0} could not be started (scripts/setup installs it): {1}")]
    NotStarted(&'static str, #[source] io::Error),
    /// A program ended before it had said where it is reached.
    #[error("{0} ended without a word")]
    Silent(&'static str),
    /// A program ended with an error.
    #[error("{program} failed: {reason}")]
    Refused {
        /// Which.
        program: &'static str,
        /// What it wrote.
        reason: String,
    },
    /// The reader of the accessibility tree, or a stand-in, does not answer.
    #[error("a script of the desktop does not answer: {0}")]
    Script(String),
    /// The program opened no window.
    #[error("there is no window")]
    NoWindow,
}

impl Desktop {
    /// Starts a desktop without any program on it.
    pub fn start() -> Result<Self, DesktopError> {
        let home = tempfile::Builder::new()
            .prefix("onym-desktop-")
            .tempdir()
            .map_err(DesktopError::Folder)?;
        std::fs::create_dir(home.path().join("run")).map_err(DesktopError::Folder)?;
        let screen = Screen::start()?;
        let (mut bus, bus_address) = start_bus(home.path(), &screen)?;
        let reader = Script::start(READER, &environment(home.path(), &screen, &bus_address));
        match reader {
            Ok(reader) => Ok(Self {
                reader,
                bus,
                bus_address,
                screen,
                home,
            }),
            Err(error) => {
                end(&mut bus);
                Err(error)
            }
        }
    }

    /// What programs have to find in their environment to be on this desktop.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        environment(self.home.path(), &self.screen, &self.bus_address)
    }

    /// Begins to watch what programs ask a window manager for.
    pub fn watch_requests(&self) -> Result<Requests, DesktopError> {
        self.screen.watch_requests()
    }

    /// The text that a program has put into the clipboard.
    pub fn clipboard(&self) -> Result<String, DesktopError> {
        self.screen.clipboard()
    }

    /// Gives the desktop a tray (freedesktop.org's StatusNotifierWatcher).
    pub fn start_tray(&self) -> Result<StandIn, DesktopError> {
        Ok(StandIn(Script::start(TRAY, &self.environment())?))
    }

    /// Gives the desktop a keyring that hears everything and answers nothing, as one does whose
    /// question to the user stands open.
    pub fn start_silent_keyring(&self) -> Result<StandIn, DesktopError> {
        Ok(StandIn(Script::start(SILENT_KEYRING, &self.environment())?))
    }

    /// Gives the desktop GNOME's keyring, unlocked.
    pub fn start_keyring(&self) -> Result<Service, DesktopError> {
        let name = "gnome-keyring-daemon";
        let mut process = dying_with_us(name)
            .args(["--foreground", "--unlock", "--components=secrets"])
            .envs(self.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| DesktopError::NotStarted(name, source))?;
        if let Some(mut input) = process.stdin.take() {
            input
                .write_all(b"password")
                .map_err(|source| DesktopError::NotStarted(name, source))?;
        }
        Ok(Service(process))
    }

    /// The tree of a process, unless it has no window yet.
    pub(crate) fn tree(&mut self, process: u32) -> Result<Option<Accessible>, DesktopError> {
        let answer = self
            .reader
            .ask(&json!({"do": "tree", "process": process}))?;
        let tree = answer.get("tree").filter(|tree| !tree.is_null());
        Ok(tree.map(|tree| Accessible::read(tree, Vec::new())))
    }

    /// Asks a window to close, as a window manager does for its title bar.
    pub(crate) fn close(&mut self, window: &str) -> Result<bool, DesktopError> {
        let number: Option<u64> = window.parse().ok();
        let answer = self.reader.ask(&json!({"do": "close", "window": number}))?;
        Ok(answer.get("done") == Some(&Value::Bool(true)))
    }

    /// Does something with an element, if it still is where it was: `press` or `focus`.
    pub(crate) fn work(
        &mut self,
        process: u32,
        what: &str,
        element: &Accessible,
    ) -> Result<bool, DesktopError> {
        let answer = self.reader.ask(&json!({
            "do": what,
            "process": process,
            "path": element.path,
            "role": element.role,
            "name": element.name,
        }))?;
        Ok(answer.get("done") == Some(&Value::Bool(true)))
    }
}

/// A stand-in for a service of the desktop. It goes when this is dropped.
#[derive(Debug)]
pub struct StandIn(Script);

impl StandIn {
    /// What the symbol in the tray says of itself: `Title`, `Status`, or a label of its menu.
    pub fn in_tray(&mut self) -> Result<Value, DesktopError> {
        self.0.ask(&json!({"do": "look"}))
    }

    /// Clicks on the symbol in the tray.
    pub fn click(&mut self) -> Result<Value, DesktopError> {
        self.0.ask(&json!({"do": "click"}))
    }

    /// Chooses a line of the symbol's menu.
    pub fn choose(&mut self, label: &str) -> Result<Value, DesktopError> {
        self.0.ask(&json!({"do": "choose", "label": label}))
    }
}

/// A service of the desktop. It goes when this is dropped.
#[derive(Debug)]
pub struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        end(&mut self.bus);
    }
}

/// A session bus; what is activated on it gets the same environment.
fn start_bus(home: &Path, screen: &Screen) -> Result<(Child, String), DesktopError> {
    let mut bus = dying_with_us("dbus-daemon")
        .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
        .envs(environment(home, screen, ""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|source| DesktopError::NotStarted("dbus-daemon", source))?;
    match first_line(&mut bus) {
        Some(address) => Ok((bus, address)),
        None => {
            end(&mut bus);
            Err(DesktopError::Silent("dbus-daemon"))
        }
    }
}

fn environment(home: &Path, screen: &Screen, bus: &str) -> Vec<(&'static str, OsString)> {
    let folder = |name: &str| home.join(name).into_os_string();
    vec![
        ("DISPLAY", screen.display().into()),
        ("DBUS_SESSION_BUS_ADDRESS", bus.into()),
        ("HOME", home.as_os_str().to_owned()),
        ("XDG_CONFIG_HOME", folder("config")),
        ("XDG_DATA_HOME", folder("share")),
        ("XDG_CACHE_HOME", folder("cache")),
        ("XDG_STATE_HOME", folder("state")),
        ("XDG_RUNTIME_DIR", folder("run")),
        ("XDG_CURRENT_DESKTOP", OsString::new()),
        ("LIBGL_ALWAYS_SOFTWARE", "1".into()),
        ("LANG", "C.UTF-8".into()),
        ("LC_ALL", "C.UTF-8".into()),
        // An empty name counts as none: the window is to open on our screen.
        ("WAYLAND_DISPLAY", OsString::new()),
        ("WAYLAND_SOCKET", OsString::new()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_desktop_of_its_own_and_leaves_nothing_behind() {
        let mut first = Desktop::start().unwrap();
        let second = Desktop::start().unwrap();
        assert_ne!(first.screen.display(), second.screen.display());
        assert_ne!(first.bus_address, second.bus_address);
        // A process without a window has no tree.
        assert_eq!(first.tree(std::process::id()).unwrap(), None);
        let home = first.home.path().to_owned();
        let bus = first.bus.id();
        drop(first);
        assert!(!home.exists());
        assert!(!Path::new("/proc").join(bus.to_string()).exists());
    }
}
