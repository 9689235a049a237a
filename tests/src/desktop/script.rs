//! Programs in Python that speak to the desktop for a test: a screen reader, and stand-ins for
//! services that a desktop may have.

use std::ffi::OsString;
use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use serde_json::Value;

use super::DesktopError;
use crate::screen::{dying_with_us, end, lines_of};

/// The Python of the system, which has the bindings.
const PYTHON: &str = "/usr/bin/python3";
/// The largest tree is read in a fraction of a second; a busy machine takes longer.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// A script, which answers one request after the other. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Script {
    process: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Script {
    /// Starts a script, and returns once it says that it is ready.
    pub(super) fn start(
        source: &str,
        environment: &[(&'static str, OsString)],
    ) -> Result<Self, DesktopError> {
        let mut process = dying_with_us(PYTHON)
            // The names of some functions have changed between the versions of the bindings.
            .args(["-W", "ignore", "-c", source])
            .envs(environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|source| DesktopError::NotStarted(PYTHON, source))?;
        let (Some(requests), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            end(&mut process);
            return Err(DesktopError::Silent(PYTHON));
        };
        let mut script = Self {
            process,
            requests,
            answers: lines_of(output),
        };
        script.next_answer()?;
        Ok(script)
    }

    pub(super) fn ask(&mut self, request: &Value) -> Result<Value, DesktopError> {
        writeln!(self.requests, "{request}")
            .map_err(|error| DesktopError::Script(error.to_string()))?;
        self.next_answer()
    }

    fn next_answer(&mut self) -> Result<Value, DesktopError> {
        let line = match self.answers.recv_timeout(ANSWER_LIMIT) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                return Err(DesktopError::Script("no answer".to_owned()));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(DesktopError::Script("it has ended".to_owned()));
            }
        };
        serde_json::from_str(&line).map_err(|error| DesktopError::Script(error.to_string()))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}
