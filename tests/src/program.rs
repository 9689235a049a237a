//! The program `onym` as a child process whose JSON lines a test reads.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::deadline::{Deadline, is_interrupted};

/// Names a folder in which each program leaves all that it has said, under its process id.
pub(crate) const LOG_FOLDER: &str = "ONYM_TEST_LOGS";

/// Lines of each output that an error shows.
const SHOWN_LINES: usize = 20;

/// A running program; it is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Where it takes orders, if it does.
    input: Option<ChildStdin>,
    heard: Arc<Heard>,
    readers: Vec<JoinHandle<()>>,
}

/// A program that has ended by itself.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Every line that it printed.
    pub lines: Vec<Value>,
    /// What it wrote to standard error.
    pub log: String,
}

/// Why the program did not do what a test waited for.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The program was not built before the test.
    #[error(
        "no program at {looked_at:?}: build it with `cargo build --release --workspace --bins`"
    )]
    NotBuilt {
        /// The places where it could have been.
        looked_at: Vec<PathBuf>,
    },
    /// The program could not be started.
    #[error("{binary:?} could not be started: {source}")]
    NotStarted {
        /// The file that was to be run.
        binary: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line on standard output is not JSON.
    #[error("the program printed a line that is not JSON: {line}")]
    NotJson {
        /// The line.
        line: String,
    },
    /// The program ended, and the line had not come.
    #[error("the program ended ({status}) and the expected line had not come; it said:\n{output}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of both outputs.
        output: String,
    },
    /// The line did not come in time, or the program did not end in time.
    #[error("nothing within {limit:?}; it said:\n{output}")]
    TooLate {
        /// How long it was waited for.
        limit: Duration,
        /// The last lines of both outputs.
        output: String,
    },
    /// Somebody called [`interrupt`](crate::interrupt).
    #[error("interrupted")]
    Interrupted,
    /// It does not read.
    #[error("the program takes no orders: {0}")]
    NotTold(#[source] io::Error),
    /// A signal could not be sent, or the end not awaited.
    #[error("the program could not be stopped: {0}")]
    NotStopped(#[source] io::Error),
}

/// What a program has printed, and a bell that rings when there is more.
#[derive(Debug, Default)]
struct Heard {
    said: Mutex<Said>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    lines: Vec<Value>,
    not_json: Option<String>,
    log: String,
    /// Standard output is at its end.
    is_over: bool,
}

/// The program that belongs to this build: `$ONYM_BIN`, or `onym` beside or above the test.
pub fn onym_binary() -> Result<PathBuf, ProgramError> {
    let test = std::env::current_exe().unwrap_or_default();
    let named = std::env::var_os("ONYM_BIN").map(PathBuf::from);
    // A test is in `target/release/deps`, an example in `target/release/examples`.
    let beside = test
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("onym"));
    let looked_at: Vec<PathBuf> = named.map_or_else(|| beside.collect(), |path| vec![path]);
    let found = looked_at.iter().find(|path| path.is_file()).cloned();
    found.ok_or(ProgramError::NotBuilt { looked_at })
}

impl Program {
    /// Starts `onym --json` with more arguments.
    ///
    /// It is killed when the thread that calls this ends, also if that is because its process was
    /// killed: no program outlives its test.
    pub fn start<A: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self, ProgramError> {
        Self::start_with(Vec::new(), arguments)
    }

    /// Like [`Program::start`], with more in its environment.
    pub fn start_with<A: AsRef<OsStr>>(
        environment: Vec<(&'static str, OsString)>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self, ProgramError> {
        // Part of util-linux, which every Debian has; it becomes the program, under the same id.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(onym_binary()?)
            .arg("--json")
            .args(arguments)
            .envs(environment);
        if std::env::var_os(LOG_FOLDER).is_some() {
            command.arg("-v");
        }
        Self::spawn(command)
    }

    /// Starts any command that prints JSON lines.
    pub fn spawn(command: Command) -> Result<Self, ProgramError> {
        Self::spawn_with_input(command, Stdio::null())
    }

    /// The same for one that takes orders, by [`Program::tell`].
    pub fn spawn_told(command: Command) -> Result<Self, ProgramError> {
        Self::spawn_with_input(command, Stdio::piped())
    }

    fn spawn_with_input(mut command: Command, input: Stdio) -> Result<Self, ProgramError> {
        command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|source| ProgramError::NotStarted {
            binary: command.get_program().into(),
            source,
        })?;
        let heard = Arc::new(Heard::default());
        let mut readers = Vec::new();
        if let Some(output) = child.stdout.take() {
            let heard = Arc::clone(&heard);
            readers.push(thread::spawn(move || heard.read_lines(output)));
        }
        if let Some(log) = child.stderr.take() {
            let heard = Arc::clone(&heard);
            readers.push(thread::spawn(move || heard.read_log(log)));
        }
        Ok(Self {
            input: child.stdin.take(),
            child,
            heard,
            readers,
        })
    }

    /// Writes a line to its standard input.
    pub fn tell(&mut self, order: &Value) -> Result<(), ProgramError> {
        let Some(input) = self.input.as_mut() else {
            return Err(ProgramError::NotTold(io::ErrorKind::BrokenPipe.into()));
        };
        writeln!(input, "{order}")
            .and_then(|()| input.flush())
            .map_err(ProgramError::NotTold)
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.heard.said().lines.clone()
    }

    /// How many lines have come, for [`Program::wait_for_after`].
    #[must_use]
    pub fn seen(&self) -> usize {
        self.heard.said().lines.len()
    }

    /// What it has written to standard error.
    #[must_use]
    pub fn log(&self) -> String {
        self.heard.said().log.clone()
    }

    /// Waits for a line, which may already have come.
    pub fn wait_for(
        &mut self,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, ProgramError> {
        self.wait_for_after(0, is_wanted, limit)
    }

    /// Waits for a line behind the first `seen` ones.
    pub fn wait_for_after(
        &mut self,
        seen: usize,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, ProgramError> {
        let find = |said: &Said| {
            said.lines
                .iter()
                .skip(seen)
                .find(|line| is_wanted(line))
                .cloned()
        };
        let deadline = Deadline::after(limit);
        let heard = Arc::clone(&self.heard);
        let mut said = heard.said();
        let is_over = loop {
            if let Some(line) = find(&said) {
                return Ok(line);
            }
            if let Some(line) = said.not_json.clone() {
                return Err(ProgramError::NotJson { line });
            }
            if said.is_over || deadline.is_over() {
                break said.is_over;
            }
            let waited = heard.bell.wait_timeout(said, deadline.slice());
            (said, _) = waited.unwrap_or_else(PoisonError::into_inner);
        };
        drop(said);
        if is_interrupted() {
            return Err(ProgramError::Interrupted);
        }
        if is_over {
            let status = self.wait_for_end(limit)?;
            return Err(ProgramError::Ended {
                status,
                output: self.output(),
            });
        }
        Err(ProgramError::TooLate {
            limit,
            output: self.output(),
        })
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the program ends by itself.
    pub fn finish(mut self, limit: Duration) -> Result<Finished, ProgramError> {
        let status = self.wait_for_end(limit)?;
        let said = self.heard.said();
        if let Some(line) = said.not_json.clone() {
            return Err(ProgramError::NotJson { line });
        }
        Ok(Finished {
            status,
            lines: said.lines.clone(),
            log: said.log.clone(),
        })
    }

    /// Kills it as a power failure would: it cannot clean up.
    pub fn kill_hard(mut self) -> Result<(), ProgramError> {
        self.child.kill().map_err(ProgramError::NotStopped)?;
        self.child.wait().map_err(ProgramError::NotStopped)?;
        Ok(())
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    pub fn stop(self, limit: Duration) -> Result<Finished, ProgramError> {
        // `kill` is built into every shell, but not into every system.
        let ask = format!("kill -TERM {}", self.child.id());
        Command::new("sh")
            .args(["-c", &ask])
            .status()
            .map_err(ProgramError::NotStopped)?;
        self.finish(limit)
    }

    /// Waits for the end of the process, and for the last of its output.
    fn wait_for_end(&mut self, limit: Duration) -> Result<ExitStatus, ProgramError> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some(status) = self.child.try_wait().map_err(ProgramError::NotStopped)? {
                for reader in self.readers.drain(..) {
                    // A reader that panicked has nothing more to tell.
                    let _ = reader.join();
                }
                return Ok(status);
            }
            if !deadline.pause() {
                if is_interrupted() {
                    return Err(ProgramError::Interrupted);
                }
                return Err(ProgramError::TooLate {
                    limit,
                    output: self.output(),
                });
            }
        }
    }

    /// The end of both outputs, for an error.
    #[must_use]
    pub fn output(&self) -> String {
        let said = self.heard.said();
        let lines: Vec<String> = said.lines.iter().map(Value::to_string).collect();
        let log: Vec<String> = said.log.lines().map(str::to_owned).collect();
        [tail(&lines), tail(&log)].concat().join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended before, which is an error here and no fault.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = std::env::var_os(LOG_FOLDER) {
            let said = self.heard.said();
            let lines: Vec<String> = said.lines.iter().map(Value::to_string).collect();
            let text = format!("{}\n\n{}", lines.join("\n"), said.log);
            let file = PathBuf::from(folder).join(format!("{}.log", self.child.id()));
            // For whoever looks for a fault; a test does not depend on it.
            let _ = std::fs::write(file, text);
        }
    }
}

impl Heard {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_lines(&self, output: impl Read) {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            let mut said = self.said();
            match serde_json::from_str(&line) {
                Ok(value) => said.lines.push(value),
                Err(_) => said.not_json = Some(line),
            }
            drop(said);
            self.bell.notify_all();
        }
        self.said().is_over = true;
        self.bell.notify_all();
    }

    fn read_log(&self, log: impl Read) {
        for line in BufReader::new(log).split(b'\n') {
            let Ok(line) = line else { break };
            let mut said = self.said();
            said.log.push_str(&String::from_utf8_lossy(&line));
            said.log.push('\n');
        }
    }
}

fn tail(lines: &[String]) -> Vec<String> {
    let start = lines.len().saturating_sub(SHOWN_LINES);
    lines.iter().skip(start).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Program {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Program::spawn(command).unwrap()
    }

    fn is_step(number: u64) -> impl Fn(&Value) -> bool {
        move |line| line["step"] == number
    }

    #[test]
    fn lines_are_awaited_in_any_order_and_after_a_mark() {
        let mut program = shell(
            r#"echo '{"step":1}'; echo '{"step":2}'; echo '{"step":1,"n":2}'; exec sleep 60"#,
        );
        program.wait_for(|line| line["n"] == 2, LIMIT).unwrap();
        assert_eq!(
            program.wait_for(is_step(1), LIMIT).unwrap()["n"],
            Value::Null
        );
        assert_eq!(
            program.wait_for_after(1, is_step(1), LIMIT).unwrap()["n"],
            2
        );
        assert_eq!(program.seen(), 3);
    }

    #[test]
    fn a_line_that_is_not_json_is_an_error() {
        let mut program = shell("echo 'Hello!'; exec sleep 60");
        let error = program.wait_for(is_step(1), LIMIT).unwrap_err();
        assert!(
            matches!(&error, ProgramError::NotJson { line } if line == "Hello!"),
            "{error}"
        );
    }

    #[test]
    fn an_early_end_is_an_error_with_what_was_said() {
        let mut program = shell(r#"echo '{"step":1}'; echo 'no luck' >&2; exit 3"#);
        let error = program.wait_for(is_step(2), LIMIT).unwrap_err();
        let ProgramError::Ended { status, output } = error else {
            panic!("{error}")
        };
        assert_eq!(status.code(), Some(3));
        assert_eq!(output, "{\"step\":1}\nno luck");
    }

    #[test]
    fn a_silent_program_is_given_up() {
        let mut program = shell("exec sleep 60");
        let error = program
            .wait_for(is_step(1), Duration::from_millis(100))
            .unwrap_err();
        assert!(matches!(error, ProgramError::TooLate { .. }), "{error}");
    }

    #[test]
    fn a_program_may_clean_up_when_it_is_asked_to_stop() {
        let mut program = shell(
            "trap 'echo \"{\\\"step\\\":2}\"; exit 0' TERM; echo '{\"step\":1}'; while :; do sleep 0.05; done",
        );
        program.wait_for(is_step(1), LIMIT).unwrap();
        let finished = program.stop(LIMIT).unwrap();
        assert!(finished.status.success());
        assert_eq!(finished.lines.last().unwrap()["step"], 2);
    }

    #[test]
    fn a_killed_program_cannot_clean_up_and_is_gone() {
        let mut program = shell(
            "trap 'echo \"{\\\"step\\\":2}\"; exit 0' TERM; echo '{\"step\":1}'; while :; do sleep 0.05; done",
        );
        program.wait_for(is_step(1), LIMIT).unwrap();
        let (id, heard) = (program.id(), Arc::clone(&program.heard));
        program.kill_hard().unwrap();
        assert!(!Path::new("/proc").join(id.to_string()).exists());
        assert_eq!(heard.said().lines.len(), 1);
    }

    #[test]
    fn a_binary_that_is_not_there_is_named() {
        let program = Program::spawn(Command::new("/nonexistent/onym"));
        let error = program.unwrap_err();
        assert!(error.to_string().contains("/nonexistent/onym"), "{error}");
    }
}
