//! Profanity, a client that others wrote, driven through a terminal as a person would.

mod kept;
mod omemo;

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::deadline::Deadline;

/// Columns and rows of the terminal: an address of 115 characters fits into a line.
const SIZE: (&str, &str) = ("240", "60");
/// Seconds after which Profanity ends in any case, so that a killed test leaves nothing behind.
const MAX_LIFE_SECONDS: &str = "1800";
const START_LIMIT: Duration = Duration::from_secs(20);
const CLEAR_LIMIT: Duration = Duration::from_secs(5);
const END_LIMIT: Duration = Duration::from_secs(5);
/// How Profanity looks, not what it does: no banner, no side panel, lines cut at the margin.
const PREFERENCES: &str = "[ui]\nsplash=false\nwrap=false\nroster=false\n";

/// A running Profanity with a terminal, a home and preferences of its own.
///
/// Everything ends and is removed when this is dropped.
#[derive(Debug)]
pub struct Profanity {
    /// Holds the home and the socket of the tmux server.
    folder: TempDir,
    /// The process in the terminal, which leads a process group.
    process: u32,
}

/// Why Profanity could not be driven.
#[derive(Debug, thiserror::Error)]
pub enum ProfanityError {
    /// A folder could not be made or written.
    #[error("the folder of Profanity: {0}")]
    Folder(#[source] io::Error),
    /// tmux is not installed, or could not be started.
    #[error("tmux could not be run (is it installed?): {0}")]
    NoTmux(#[source] io::Error),
    /// tmux refused a command; it also does when Profanity has ended.
    #[error("tmux {command} failed (has Profanity ended, or is it not installed?): {reason}")]
    Tmux {
        /// The command of tmux.
        command: String,
        /// What tmux wrote.
        reason: String,
    },
    /// A text did not appear in time.
    #[error("Profanity did not show {text:?} within {limit:?}, but:\n{screen}")]
    NotShown {
        /// The text that was waited for.
        text: String,
        /// How long it was waited for.
        limit: Duration,
        /// What the screen showed at the end.
        screen: String,
    },
    /// The server refused the password.
    #[error("the login failed:\n{screen}")]
    LoginFailed {
        /// What the screen showed.
        screen: String,
    },
    /// A message is not among those that it keeps.
    #[error("Profanity did not get {text:?} within {limit:?}; it shows:\n{screen}")]
    NoMessage {
        /// The text that was waited for.
        text: String,
        /// How long it was waited for.
        limit: Duration,
        /// What the screen showed at the end.
        screen: String,
    },
    /// It has no keys, or shows none.
    #[error("Profanity has no keys for OMEMO, but:\n{screen}")]
    NoKeys {
        /// What the screen showed.
        screen: String,
    },
    /// What it keeps could not be read.
    #[error("the messages that Profanity keeps: {0}")]
    Kept(String),
}

impl Profanity {
    /// Starts Profanity and waits until it takes commands.
    pub fn start() -> Result<Self, ProfanityError> {
        let folder = tempfile::Builder::new()
            .prefix("onym-profanity-")
            .tempdir()
            .map_err(ProfanityError::Folder)?;
        let preferences = folder.path().join("config/profanity");
        std::fs::create_dir_all(&preferences).map_err(ProfanityError::Folder)?;
        std::fs::write(preferences.join("profrc"), PREFERENCES).map_err(ProfanityError::Folder)?;
        let mut profanity = Self { folder, process: 0 };
        profanity.launch()?;
        Ok(profanity)
    }

    /// Ends Profanity and starts it anew, with all that it has kept.
    pub fn restart(&mut self) -> Result<(), ProfanityError> {
        self.end();
        self.launch()
    }

    fn launch(&mut self) -> Result<(), ProfanityError> {
        let (columns, rows) = SIZE;
        let started = self.tmux(&[
            "new-session",
            "-d",
            "-x",
            columns,
            "-y",
            rows,
            "-P",
            "-F",
            "#{pane_pid}",
            "--",
            // In the foreground, because Profanity reads from the terminal.
            "timeout",
            "--foreground",
            MAX_LIFE_SECONDS,
            "profanity",
        ])?;
        self.process = started.trim().parse().unwrap_or(0);
        self.wait_for("Type /help", START_LIMIT)?;
        Ok(())
    }

    /// Logs in at a server on loopback, without TLS, and waits until Profanity is online.
    pub fn log_in(
        &self,
        jid: &str,
        password: &str,
        port: u16,
        limit: Duration,
    ) -> Result<(), ProfanityError> {
        self.clear()?;
        self.type_line(&format!(
            "/connect {jid} server 127.0.0.1 port {port} tls disable"
        ))?;
        self.wait_for("Enter password:", limit)?;
        self.type_line(password)?;
        let outcome = |screen: &str| {
            if shows(screen, "logged in successfully") {
                Some(Ok(()))
            } else if shows(screen, "Login failed") {
                let screen = screen.to_owned();
                Some(Err(ProfanityError::LoginFailed { screen }))
            } else {
                None
            }
        };
        self.wait_until("logged in successfully", outcome, limit)?
    }

    /// Types a command or a message, and Enter.
    pub fn type_line(&self, line: &str) -> Result<(), ProfanityError> {
        // tmux takes a semicolon at the end of an argument for the end of its command.
        let line = match line.strip_suffix(';') {
            Some(start) => format!("{start}\\;"),
            None => line.to_owned(),
        };
        self.tmux(&["send-keys", "-l", "--", &line])?;
        self.tmux(&["send-keys", "Enter"])?;
        Ok(())
    }

    /// What a person would see now.
    pub fn screen(&self) -> Result<String, ProfanityError> {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Empties the window that is shown, so that only what is new can be waited for.
    ///
    /// For a window that is quiet: a line that arrives at once makes it look full again.
    pub fn clear(&self) -> Result<(), ProfanityError> {
        self.type_line("/clear")?;
        let is_empty = |screen: &str| {
            // Between the title and the status line with the input line below it.
            let lines: Vec<&str> = screen.lines().skip(1).collect();
            let content = lines.len().saturating_sub(2);
            lines
                .iter()
                .take(content)
                .all(|line| line.trim().is_empty())
                .then_some(())
        };
        self.wait_until("an empty window", is_empty, CLEAR_LIMIT)?;
        Ok(())
    }

    /// Waits until the screen shows a text, and returns the screen.
    ///
    /// White space is not compared, because Profanity breaks long lines. What was on the screen
    /// before counts too: use [`Profanity::clear`], or wait for a text that is new.
    pub fn wait_for(&self, text: &str, limit: Duration) -> Result<String, ProfanityError> {
        let find = |screen: &str| shows(screen, text).then(|| screen.to_owned());
        self.wait_until(text, find, limit)
    }

    /// Looks at the screen until something is found in it.
    fn wait_until<T>(
        &self,
        text: &str,
        find: impl Fn(&str) -> Option<T>,
        limit: Duration,
    ) -> Result<T, ProfanityError> {
        let deadline = Deadline::after(limit);
        loop {
            let screen = self.screen()?;
            if let Some(found) = find(&screen) {
                return Ok(found);
            }
            if !deadline.pause() {
                let text = text.to_owned();
                return Err(ProfanityError::NotShown {
                    text,
                    limit,
                    screen,
                });
            }
        }
    }

    /// Runs a command of our own tmux server, and returns what it prints.
    fn tmux(&self, arguments: &[&str]) -> Result<String, ProfanityError> {
        let output = self
            .tmux_command()
            .args(arguments)
            .output()
            .map_err(ProfanityError::NoTmux)?;
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        if !status.success() {
            return Err(ProfanityError::Tmux {
                command: arguments.join(" "),
                reason: String::from_utf8_lossy(&stderr).trim().to_owned(),
            });
        }
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    /// tmux with its own socket and no configuration, in an environment that is always the same.
    fn tmux_command(&self) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new("tmux");
        command
            .arg("-S")
            .arg(folder.join("tmux"))
            .args(["-f", "/dev/null"])
            .stdin(Stdio::null())
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_CACHE_HOME", folder.join("cache"));
        command
    }
}

impl Drop for Profanity {
    fn drop(&mut self) {
        self.end();
    }
}

impl Profanity {
    /// Ends it, as a person does who switches the computer off.
    pub fn end(&mut self) {
        // Errors have nobody to go to; what counts is that the process is gone.
        let _ = self.tmux(&["kill-server"]);
        if self.process == 0 {
            return;
        }
        let deadline = Deadline::after(END_LIMIT);
        while is_running(self.process) {
            if !deadline.pause() {
                let group = format!("kill -KILL -- -{}", self.process);
                let _ = Command::new("sh")
                    .args(["-c", &group])
                    .stderr(Stdio::null())
                    .status();
                return;
            }
        }
    }
}

/// Whether a screen shows a text, with the white space of both left out.
fn shows(screen: &str, text: &str) -> bool {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    dense(screen).contains(&dense(text))
}

fn is_running(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_commands_and_leaves_nothing_behind() {
        let profanity = Profanity::start().unwrap();
        // A semicolon at the end, a dash at the beginning and a long line arrive as they are.
        for line in ["-no option;", &"long ".repeat(100), "päivää"] {
            profanity.type_line(&format!("/nonsense-{line}")).unwrap();
            profanity
                .wait_for(&format!("Unknown command: /nonsense-{line}"), START_LIMIT)
                .unwrap();
        }
        let folder = profanity.folder.path().to_owned();
        let process = profanity.process;
        assert!(is_running(process) && folder.exists());
        drop(profanity);
        assert!(!is_running(process), "process {process} is still there");
        assert!(!folder.exists(), "{} is still there", folder.display());
    }

    #[test]
    fn a_text_that_does_not_come_is_an_error_with_the_screen() {
        let profanity = Profanity::start().unwrap();
        let error = profanity
            .wait_for("never shown", Duration::from_millis(200))
            .unwrap_err();
        let ProfanityError::NotShown { screen, .. } = error else {
            panic!("{error}")
        };
        assert!(screen.contains("Type /help"), "{screen}");
    }

    #[test]
    fn line_breaks_do_not_hide_a_text() {
        assert!(shows("one two th\n   ree four", "two three"));
        assert!(!shows("one two", "two three"));
    }
}
