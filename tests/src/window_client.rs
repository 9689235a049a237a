//! Clients with a window that others wrote, as the owner's client at an endpoint: Gajim and Dino.
//!
//! Each is worked by a driver in Python (`tests/peers/`) on a screen and a session bus of its own.
//! It works the client's own window, and reads the database in which the client keeps what the
//! person sees.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::desktop::DesktopError;
use crate::program::{Program, ProgramError};
use crate::screen::Screen;

/// What both drivers share, with the one of Gajim.
const GAJIM: &str = concat!(
    include_str!("../peers/window_client.py"),
    include_str!("../peers/gajim.py")
);

/// The same with the one of Dino.
const DINO: &str = concat!(
    include_str!("../peers/window_client.py"),
    include_str!("../peers/dino.py")
);

/// The Python of the system, which has the bindings.
const PYTHON: &str = "/usr/bin/python3";
/// What a driver does with a client, and what goes over Tor with it. The driver gives up before.
const ORDER_LIMIT: Duration = Duration::from_secs(240);
/// Gajim does not run as root: the tests of root run it as Debian's `nobody`.
const NOBODY: u32 = 65534;

/// One installation of a client, with a screen. Everything ends and is removed when this is dropped.
#[derive(Debug)]
pub struct WindowClient {
    driver: Program,
    screen: Screen,
    _home: TempDir,
    device: u64,
    fingerprint: String,
}

/// Why a client did not do what a test wanted.
#[derive(Debug, thiserror::Error)]
pub enum WindowClientError {
    /// It is not installed.
    #[error("{0} is missing: scripts/interop installs it")]
    Missing(&'static str),
    /// Its home could not be made.
    #[error("the home of a client: {0}")]
    Home(#[source] io::Error),
    /// There is no screen.
    #[error(transparent)]
    Screen(#[from] DesktopError),
    /// The driver does not answer.
    #[error(transparent)]
    Driver(#[from] ProgramError),
    /// The driver could not do it.
    #[error("{order}: {why}\n{output}")]
    Failed {
        /// What it was to do.
        order: String,
        /// Why it could not.
        why: String,
        /// The end of all that it has said.
        output: String,
    },
}

impl WindowClient {
    /// Gajim with gajim-omemo, which has not been started yet.
    pub fn gajim() -> Result<Self, WindowClientError> {
        need("Gajim", "/usr/bin/gajim")?;
        need("gajim-omemo", "/usr/share/gajim/plugins/omemo")?;
        Self::install(GAJIM)
    }

    /// Dino, which has not been started yet.
    pub fn dino() -> Result<Self, WindowClientError> {
        need("Dino", "/usr/bin/dino-im")?;
        Self::install(DINO)
    }

    fn install(source: &str) -> Result<Self, WindowClientError> {
        let screen = Screen::start()?;
        let home = tempfile::Builder::new()
            .prefix("onym-peer-")
            .tempdir()
            .map_err(WindowClientError::Home)?;
        let is_root = prepare(home.path()).map_err(WindowClientError::Home)?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if is_root {
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            command.arg("--clear-groups");
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .args(["--", PYTHON, "-W", "ignore", "-c", source])
            .current_dir(home.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path().join("run"))
            .env("DISPLAY", screen.display())
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("GSETTINGS_BACKEND", "memory");
        let mut driver = Program::spawn_told(command)?;
        driver.wait_for(|line| line["event"] == "ready", ORDER_LIMIT)?;
        Ok(Self {
            driver,
            screen,
            _home: home,
            device: 0,
            fingerprint: String::new(),
        })
    }

    /// Sets an account up, at an endpoint on loopback, to talk with one contact.
    pub fn configure(
        &mut self,
        (jid, password): (&str, &str),
        port: u16,
        contact: &str,
    ) -> Result<(), WindowClientError> {
        let order = json!({
            "do": "configure", "jid": jid, "password": password, "port": port, "contact": contact,
        });
        self.order(&order).map(drop)
    }

    /// Starts the client, and returns once it is online and has a device.
    pub fn start(&mut self) -> Result<(), WindowClientError> {
        let done = self.order(&json!({"do": "start"}))?;
        self.device = done.get("device").and_then(Value::as_u64).unwrap_or(0);
        let fingerprint = done.get("fingerprint").and_then(Value::as_str);
        fingerprint
            .unwrap_or_default()
            .clone_into(&mut self.fingerprint);
        Ok(())
    }

    /// Ends the client; what it keeps stays.
    pub fn stop(&mut self) -> Result<(), WindowClientError> {
        self.order(&json!({"do": "stop"})).map(drop)
    }

    /// Accepts the contact's request, and asks back.
    pub fn allow(&mut self) -> Result<(), WindowClientError> {
        self.order(&json!({"do": "allow"})).map(drop)
    }

    /// Asks the contact to become one.
    pub fn add(&mut self) -> Result<(), WindowClientError> {
        self.order(&json!({"do": "add"})).map(drop)
    }

    /// Opens the conversation.
    pub fn show(&mut self) -> Result<(), WindowClientError> {
        self.order(&json!({"do": "show"})).map(drop)
    }

    /// Writes a text into the field of the conversation, and sends it.
    pub fn send(&mut self, text: &str) -> Result<(), WindowClientError> {
        self.order(&json!({"do": "send", "text": text})).map(drop)
    }

    /// Loses the keys of the client, which does not run: it makes a new device when it starts.
    pub fn forget(&mut self) -> Result<(), WindowClientError> {
        self.order(&json!({"do": "forget"})).map(drop)
    }

    /// Waits until a text has come, which was encrypted or not.
    pub fn read(&mut self, text: &str, limit: Duration) -> Result<Value, WindowClientError> {
        let is_it =
            |line: &Value| is_message(line) && line["sent"] == false && line["text"] == text;
        Ok(self.driver.wait_for(is_it, limit)?)
    }

    /// Every message in the client's database, of both directions.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        self.driver.lines().into_iter().filter(is_message).collect()
    }

    /// The number of its device.
    #[must_use]
    pub fn device(&self) -> u64 {
        self.device
    }

    /// The fingerprint of its device.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Writes a picture of the screen.
    pub fn picture(&self, file: &Path) -> Result<(), WindowClientError> {
        Ok(self.screen.picture("root", file)?)
    }

    fn order(&mut self, order: &Value) -> Result<Value, WindowClientError> {
        let seen = self.driver.seen();
        self.driver.tell(order)?;
        let is_end = |line: &Value| line["event"] == "done" || line["event"] == "failed";
        let line = self.driver.wait_for_after(seen, is_end, ORDER_LIMIT)?;
        let text = |key: &str| {
            line.get(key)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        if text("event") == "failed" {
            return Err(WindowClientError::Failed {
                order: text("order"),
                why: text("why"),
                output: self.driver.output(),
            });
        }
        Ok(line)
    }
}

fn need(name: &'static str, file: &str) -> Result<(), WindowClientError> {
    if Path::new(file).exists() {
        Ok(())
    } else {
        Err(WindowClientError::Missing(name))
    }
}

fn is_message(line: &Value) -> bool {
    line["event"] == "message"
}

/// Makes a home that whoever runs the client may use; whether that is somebody else than root.
fn prepare(home: &Path) -> io::Result<bool> {
    let run = home.join("run");
    std::fs::create_dir(&run)?;
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700))?;
    let is_root = std::fs::metadata(home)?.uid() == 0;
    if is_root {
        chown(&run, Some(NOBODY), Some(NOBODY))?;
        chown(home, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(is_root)
}
