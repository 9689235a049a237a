//! A screen that nobody sees: an X server in memory, its keyboard and its pictures.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::desktop::DesktopError;

/// Pixels, and bits of a pixel: room for the first size of the window.
const SIZE: &str = "1280x900x24";
/// A window appears as soon as its process draws, which takes seconds on a busy machine.
const WINDOW_LIMIT: Duration = Duration::from_secs(60);
/// A property of the root window that means nothing.
const MARK: &str = "ONYM_TEST_MARK";
/// How long a program that watches may need to see a mark; then the next one is set.
const MARK_LIMIT: Duration = Duration::from_secs(1);

/// An X server that keeps its picture in memory; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Screen {
    server: Child,
    display: String,
}

impl Screen {
    /// Starts an X server on a display that is free.
    pub(crate) fn start() -> Result<Self, DesktopError> {
        let mut server = dying_with_us("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SIZE])
            // Otherwise it starts anew when its last window closes, and refuses who comes meanwhile.
            .args(["-noreset", "-nolisten", "tcp", "+extension", "GLX"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| DesktopError::NotStarted("Xvfb", source))?;
        match first_line(&mut server) {
            Some(number) => Ok(Self {
                server,
                display: format!(":{number}"),
            }),
            None => {
                end(&mut server);
                Err(DesktopError::Silent("Xvfb"))
            }
        }
    }

    /// What `DISPLAY` has to be.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// The number of the window of a process, once it is on the screen.
    pub(crate) fn window_of(&self, process: u32) -> Result<String, DesktopError> {
        let process = process.to_string();
        let deadline = Deadline::after(WINDOW_LIMIT);
        loop {
            // It ends with an error while there is none.
            if let Ok(found) = self.xdotool(["search", "--onlyvisible", "--pid", &process])
                && let Some(window) = found.lines().last()
            {
                return Ok(window.to_owned());
            }
            if !deadline.pause() {
                return Err(DesktopError::NoWindow);
            }
        }
    }

    /// Gives the keyboard to a window. There is no window manager here that would.
    pub(crate) fn focus(&self, window: &str) -> Result<(), DesktopError> {
        self.xdotool(["windowfocus", window]).map(drop)
    }

    /// Types a text into the window that has the keyboard.
    pub(crate) fn type_text(&self, text: &str) -> Result<(), DesktopError> {
        self.xdotool(["type", "--", text]).map(drop)
    }

    /// Presses keys at once, as `ctrl+a` or `Return`.
    pub(crate) fn press_keys(&self, keys: &str) -> Result<(), DesktopError> {
        self.xdotool(["key", keys]).map(drop)
    }

    /// Writes a picture of a window.
    pub(crate) fn picture(&self, window: &str, file: &Path) -> Result<(), DesktopError> {
        let mut command = Command::new("import");
        command
            .env("DISPLAY", &self.display)
            .args(["-window", window])
            .arg(file);
        run("import", command).map(drop)
    }

    /// Begins to watch what programs ask a window manager for.
    pub(crate) fn watch_requests(&self) -> Result<Requests, DesktopError> {
        // A pipe gets whole blocks otherwise, and a test would wait for the next request.
        let mut process = dying_with_us("stdbuf")
            .args(["-oL", "xev", "-root"])
            .args(["-event", "substructure", "-event", "property"])
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| DesktopError::NotStarted("xev", source))?;
        let Some(output) = process.stdout.take() else {
            end(&mut process);
            return Err(DesktopError::Silent("xev"));
        };
        let requests = Requests {
            process,
            lines: lines_of(output),
        };
        // It does not say when it has begun to watch: it sees a mark as soon as it does.
        let deadline = Deadline::after(WINDOW_LIMIT);
        while deadline.pause() {
            let mut mark = Command::new("xprop");
            mark.env("DISPLAY", &self.display)
                .args(["-root", "-f", MARK, "8s", "-set", MARK, "1"]);
            run("xprop", mark)?;
            if requests.wait_for(MARK, MARK_LIMIT) {
                return Ok(requests);
            }
        }
        Err(DesktopError::Silent("xev"))
    }

    /// The text in the clipboard.
    pub(crate) fn clipboard(&self) -> Result<String, DesktopError> {
        let mut command = Command::new("xclip");
        command
            .env("DISPLAY", &self.display)
            .args(["-selection", "clipboard", "-out"]);
        run("xclip", command)
    }

    fn xdotool<const N: usize>(&self, arguments: [&str; N]) -> Result<String, DesktopError> {
        let mut command = Command::new("xdotool");
        command.env("DISPLAY", &self.display).args(arguments);
        run("xdotool", command)
    }
}

/// What programs ask a window manager for. There is none: nobody answers.
#[derive(Debug)]
pub struct Requests {
    process: Child,
    lines: Receiver<String>,
}

impl Requests {
    /// Waits until something was asked for, named as in `_NET_ACTIVE_WINDOW`; false if it was not.
    #[must_use]
    pub fn wait_for(&self, name: &str, limit: Duration) -> bool {
        let deadline = Deadline::after(limit);
        while !deadline.is_over() {
            match self.lines.recv_timeout(deadline.slice()) {
                Ok(line) if line.contains(name) => return true,
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        false
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

/// A command that is killed with the thread that starts it, also if that is killed itself.
pub(crate) fn dying_with_us(program: impl AsRef<OsStr>) -> Command {
    // Part of util-linux, which every Debian has; it becomes the program, under the same id.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// What a program says first, if it does.
pub(crate) fn first_line(program: &mut Child) -> Option<String> {
    let mut line = String::new();
    let output = program.stdout.as_mut()?;
    BufReader::new(output).read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The lines that a program prints from now on; the other end is closed when it ends.
pub(crate) fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Kills a process and takes leave of it.
pub(crate) fn end(process: &mut Child) {
    // It may have ended before, which is no fault.
    let _ = process.kill();
    let _ = process.wait();
}

fn run(name: &'static str, mut command: Command) -> Result<String, DesktopError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source: io::Error| DesktopError::NotStarted(name, source))?;
    if !output.status.success() {
        return Err(DesktopError::Refused {
            program: name,
            reason: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
