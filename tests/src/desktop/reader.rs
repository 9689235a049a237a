//! A screen reader, as far as a test needs one.

use std::ffi::OsString;
use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use serde_json::Value;

use super::DesktopError;
use crate::screen::{dying_with_us, end, lines_of};

/// The script that speaks AT-SPI, for the Python of the system, which has the bindings.
const READER: &str = include_str!("at_spi.py");
const PYTHON: &str = "/usr/bin/python3";
/// The largest tree is read in a fraction of a second; a busy machine takes longer.
const READER_LIMIT: Duration = Duration::from_secs(60);

/// `at_spi.py`, which answers one request after the other.
#[derive(Debug)]
pub(super) struct Reader {
    process: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Reader {
    pub(super) fn start(environment: &[(&'static str, OsString)]) -> Result<Self, DesktopError> {
        let mut process = dying_with_us(PYTHON)
            // The names of some functions have changed between the versions of the bindings.
            .args(["-W", "ignore", "-c", READER])
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
        let mut reader = Self {
            process,
            requests,
            answers: lines_of(output),
        };
        match reader.next_answer() {
            Ok(_) => Ok(reader),
            Err(error) => {
                end(&mut reader.process);
                Err(error)
            }
        }
    }

    pub(super) fn end(&mut self) {
        end(&mut self.process);
    }

    pub(super) fn ask(&mut self, request: &Value) -> Result<Value, DesktopError> {
        writeln!(self.requests, "{request}")
            .map_err(|error| DesktopError::Reader(error.to_string()))?;
        self.next_answer()
    }

    fn next_answer(&mut self) -> Result<Value, DesktopError> {
        let line = match self.answers.recv_timeout(READER_LIMIT) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                return Err(DesktopError::Reader("no answer".to_owned()));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(DesktopError::Reader("at_spi.py has ended".to_owned()));
            }
        };
        serde_json::from_str(&line).map_err(|error| DesktopError::Reader(error.to_string()))
    }
}
