//! A person who uses the program: an identity of their own in a folder of their own.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::listener::Listener;
use crate::program::{Finished, Program, ProgramError, onym_binary};

/// A command that only reads or asks for something takes a fraction of a second. The rest is for
/// a machine on which many tests run at once.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// How many pauses of a deadline there are between two runs of a command that is waited for: half a
/// second in all.
const LOOKS_PER_COMMAND: u32 = 10;

/// Somebody with an identity, who may run an endpoint, listen and send.
///
/// The folder with everything in it is removed when this is dropped; programs that were started
/// for this person have to be dropped before.
#[derive(Debug)]
pub struct Person {
    name: String,
    jid: String,
    phrase: String,
    folder: TempDir,
}

/// What a person could not do, and why.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The folder could not be made or written.
    #[error("the folder of {name}: {source}")]
    Folder {
        /// Whose folder.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program did not do what was waited for.
    #[error("{name}, {doing}: {source}")]
    Program {
        /// Who.
        name: String,
        /// What they did.
        doing: String,
        /// What happened instead.
        source: ProgramError,
    },
    /// The program ended with an error.
    #[error("{name}, {doing}: the program refused ({status}):\n{output}")]
    Refused {
        /// Who.
        name: String,
        /// What they did.
        doing: String,
        /// How the program ended.
        status: std::process::ExitStatus,
        /// What it said.
        output: String,
    },
    /// A line lacks a field, or holds what it must not.
    #[error("{name}, {doing}: {reason}")]
    Unexpected {
        /// Who.
        name: String,
        /// What they did.
        doing: String,
        /// What is wrong.
        reason: String,
    },
}

impl Person {
    /// Makes a new identity, for the Tor network that `tor_config` (TOML) describes.
    pub fn new(name: &str, tor_config: &str) -> Result<Self, PersonError> {
        let mut person = Self::without_identity(name, tor_config)?;
        let made = person.run(["identity", "new"])?;
        let field = |key: &str| {
            made.lines
                .iter()
                .find_map(|line| line.get(key)?.as_str().map(str::to_owned))
                .ok_or_else(|| person.unexpected("identity new", &format!("no {key:?}")))
        };
        (person.jid, person.phrase) = (field("jid")?, field("phrase")?);
        Ok(person)
    }

    /// Somebody with an empty folder, who starts the program for the first time.
    pub fn without_identity(name: &str, tor_config: &str) -> Result<Self, PersonError> {
        let folder_error = |source| PersonError::Folder {
            name: name.to_owned(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix(&format!("onym-{name}-"))
            .tempdir()
            .map_err(folder_error)?;
        let person = Self {
            name: name.to_owned(),
            jid: String::new(),
            phrase: String::new(),
            folder,
        };
        std::fs::write(person.tor_config(), tor_config).map_err(folder_error)?;
        Ok(person)
    }

    /// Somebody whose account is at a server of others. They do not run our program.
    pub fn elsewhere(name: &str, jid: &str) -> Result<Self, PersonError> {
        let mut person = Self::without_identity(name, "")?;
        jid.clone_into(&mut person.jid);
        Ok(person)
    }

    /// How the person is called in a transcript.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address that others add.
    #[must_use]
    pub fn jid(&self) -> &str {
        &self.jid
    }

    /// Loses everything but the paper with the words, and restores the identity from it.
    pub fn restore(&self) -> Result<(), PersonError> {
        std::fs::remove_dir_all(self.data_dir()).map_err(|source| PersonError::Folder {
            name: self.name.clone(),
            source,
        })?;
        let failed = |source| self.program_error("identity restore", source);
        let binary = onym_binary().map_err(failed)?;
        let mut command = Command::new(&binary);
        command.arg("--data-dir").arg(self.data_dir());
        command
            .args(["identity", "restore"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut program = command
            .spawn()
            .map_err(|source| failed(ProgramError::NotStarted { binary, source }))?;
        if let Some(mut input) = program.stdin.take() {
            let typed = writeln!(input, "{}", self.phrase);
            typed.map_err(|source| failed(ProgramError::NotTold(source)))?;
        }
        let output = program.wait_with_output();
        let output = output.map_err(|source| failed(ProgramError::NotTold(source)))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(self.unexpected("identity restore", &format!("{output:?}"))),
        }
    }

    /// Looks at the address again: the person may have moved.
    pub fn read_address(&mut self) -> Result<(), PersonError> {
        let shown = self.run(["identity", "show"])?;
        let jid = shown.lines.iter().find_map(|line| line["jid"].as_str());
        let jid = jid.map(str::to_owned);
        self.jid = jid.ok_or_else(|| self.unexpected("identity show", "no address"))?;
        Ok(())
    }

    /// The recovery phrase of 24 words.
    #[must_use]
    pub fn phrase(&self) -> &str {
        &self.phrase
    }

    /// The onion address, which is the domain of the JID.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.jid.rsplit('@').next().unwrap_or_default()
    }

    /// Where the program keeps everything of this person.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file with a passphrase beside the data folder, for `--passphrase-file`.
    pub fn passphrase_file(&self, passphrase: &str) -> Result<PathBuf, PersonError> {
        let file = self.folder.path().join("passphrase");
        std::fs::write(&file, passphrase).map_err(|source| PersonError::Folder {
            name: self.name.clone(),
            source,
        })?;
        Ok(file)
    }

    /// Leaves the folder on the disk when this is dropped, and says where it is.
    pub fn keep_folder(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    /// The description of the Tor network.
    fn tor_config(&self) -> PathBuf {
        self.folder.path().join("tor.toml")
    }

    /// Starts the program for this person.
    pub fn start<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Program, PersonError> {
        self.start_with(Vec::new(), arguments)
    }

    /// Like [`Person::start`], with more in the environment: where the desktop is, for example.
    pub fn start_with<'a>(
        &self,
        environment: Vec<(&'static str, OsString)>,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Program, PersonError> {
        let (data_dir, tor_config) = (self.data_dir(), self.tor_config());
        let ours: [&Path; 4] = [
            "--data-dir".as_ref(),
            &data_dir,
            "--tor-config".as_ref(),
            &tor_config,
        ];
        let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
        let all = ours.into_iter().map(Into::into).chain(arguments.clone());
        Program::start_with(environment, all.collect::<Vec<OsString>>()).map_err(|source| {
            let doing: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
            self.program_error(&doing.join(" "), source)
        })
    }

    /// Runs the program to its end, whatever that is.
    pub fn try_run<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        limit: Duration,
    ) -> Result<Finished, PersonError> {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        self.start(arguments.iter().copied())?
            .finish(limit)
            .map_err(|source| self.program_error(&arguments.join(" "), source))
    }

    /// Runs the program to its end, which has to be a success.
    pub fn run<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Finished, PersonError> {
        self.run_within(arguments, COMMAND_LIMIT)
    }

    /// Like [`Person::run`], for what takes longer.
    pub fn run_within<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        limit: Duration,
    ) -> Result<Finished, PersonError> {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let finished = self.try_run(arguments.iter().copied(), limit)?;
        if !finished.status.success() {
            let lines: Vec<String> = finished.lines.iter().map(Value::to_string).collect();
            return Err(PersonError::Refused {
                name: self.name.clone(),
                doing: arguments.join(" "),
                status: finished.status,
                output: format!("{}\n{}", lines.join("\n"), finished.log.trim_end()),
            });
        }
        Ok(finished)
    }

    /// Starts the person's endpoint, with a free port for clients on this machine.
    pub fn serve(&self) -> Result<Endpoint, PersonError> {
        let program = self.start(["serve", "--listen", "127.0.0.1:0"])?;
        Ok(Endpoint::new(&self.name, program))
    }

    /// Lets the person read: they are online while the listener runs.
    pub fn listen(&self) -> Result<Listener, PersonError> {
        Ok(Listener::new(&self.name, self.start(["listen"])?))
    }

    /// Sends a message and waits until it is `queued`, `stored` or `delivered`; returns its id.
    pub fn send(
        &self,
        to: &Person,
        text: &str,
        until: &str,
        limit: Duration,
    ) -> Result<String, PersonError> {
        let finished = self.run_within(["send", &to.jid, text, "--wait", until], limit)?;
        let sent = finished.lines.iter().find(|line| line["event"] == "sent");
        sent.and_then(|line| line.get("id")?.as_str())
            .map(str::to_owned)
            .ok_or_else(|| self.unexpected("send", "no line about the message"))
    }

    /// The contact list, as the program prints it.
    pub fn contacts(&self) -> Result<Vec<Value>, PersonError> {
        let finished = self.run(["contact", "list"])?;
        let is_contact = |line: &Value| line["event"] == "contact";
        Ok(finished.lines.into_iter().filter(is_contact).collect())
    }

    /// Waits until our endpoint has handed everything for somebody to their endpoint.
    ///
    /// For messages that our endpoint has stored: it asks for the present state, and there every
    /// stored message is counted.
    pub fn wait_until_handed_over(&self, to: &Person, limit: Duration) -> Result<(), PersonError> {
        let deadline = Deadline::after(limit);
        loop {
            let status = self.run(["status"])?.lines;
            let is_peer = |line: &&Value| line["event"] == "peer" && line["domain"] == to.domain();
            let peer = status.iter().find(is_peer);
            if peer.is_some_and(|peer| peer["queued"] == 0) {
                return Ok(());
            }
            if !deadline.pause() {
                let why = format!("still waiting for {}: {peer:?}", to.name);
                return Err(self.unexpected("status", &why));
            }
        }
    }

    /// Waits until the keys of somebody's devices are known: from then on a message to them can be
    /// encrypted while they are away.
    pub fn wait_for_keys(&self, of: &Person, limit: Duration) -> Result<(), PersonError> {
        self.wait_for_devices(of, limit, |line| line["fingerprint"].is_string())
    }

    /// Waits until it is known that somebody's identity has signed all of their devices.
    pub fn wait_until_signed(&self, of: &Person, limit: Duration) -> Result<(), PersonError> {
        self.wait_until_trusted(of, "signed", limit)
    }

    /// Waits until all of somebody's devices are trusted by this rule.
    pub fn wait_until_trusted(
        &self,
        of: &Person,
        rule: &str,
        limit: Duration,
    ) -> Result<(), PersonError> {
        self.wait_for_devices(of, limit, |line| line["because"] == rule)
    }

    /// Waits until it is decided about a device of somebody by this rule, as `onym devices` says it.
    pub fn wait_for_device(
        &self,
        of: &Person,
        number: u64,
        because: &str,
        limit: Duration,
    ) -> Result<(), PersonError> {
        let deadline = Deadline::after(limit);
        loop {
            let lines = self.run(["devices", of.jid()])?.lines;
            let is_so = |line: &Value| line["id"] == number && line["because"] == because;
            if lines.iter().any(is_so) {
                return Ok(());
            }
            if !deadline.pause() {
                let why = format!("device {number} is not {because}: {lines:?}");
                return Err(self.unexpected("devices", &why));
            }
        }
    }

    /// Waits until what is known of who is behind an address is right, and returns it.
    pub fn wait_until_behind(
        &self,
        of: &Person,
        limit: Duration,
        is_right: impl Fn(&Value) -> bool,
    ) -> Result<Value, PersonError> {
        let deadline = Deadline::after(limit);
        loop {
            let finished = self.try_run(["identity", "who", of.jid()], limit)?;
            let is_it = |line: &&Value| line["event"] == "behind" && is_right(line);
            if let Some(line) = finished.lines.iter().find(is_it) {
                return Ok(line.clone());
            }
            if !deadline.pause() {
                return Err(PersonError::Unexpected {
                    name: self.name.clone(),
                    doing: "identity who".to_owned(),
                    reason: format!("nothing is known in time: {:?}", finished.lines),
                });
            }
        }
    }

    /// Runs a command that only tells something, again and again, until a line of it is right.
    pub fn wait_until_said<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        is_right: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let deadline = Deadline::after(limit);
        loop {
            let lines = self.run(arguments.iter().copied())?.lines;
            if let Some(line) = lines.iter().find(|line| is_right(line)) {
                return Ok(line.clone());
            }
            // Each look is a process, and what is waited for may take minutes.
            let mut pauses = 0..LOOKS_PER_COMMAND;
            if !pauses.all(|_| deadline.pause()) {
                let why = format!("still waiting: {lines:?}");
                return Err(self.unexpected(&arguments.join(" "), &why));
            }
        }
    }

    fn wait_for_devices(
        &self,
        of: &Person,
        limit: Duration,
        is_right: impl Fn(&Value) -> bool,
    ) -> Result<(), PersonError> {
        let deadline = Deadline::after(limit);
        loop {
            let lines = self.run(["devices", of.jid()])?.lines;
            let is_device = |line: &&Value| line["event"] == "omemo-device";
            let mut devices = lines.iter().filter(is_device).peekable();
            let is_any = devices.peek().is_some();
            if is_any && devices.all(&is_right) {
                return Ok(());
            }
            if !deadline.pause() {
                let why = format!("still waiting for devices of {}: {lines:?}", of.name);
                return Err(self.unexpected("devices", &why));
            }
        }
    }

    fn program_error(&self, doing: &str, source: ProgramError) -> PersonError {
        PersonError::Program {
            name: self.name.clone(),
            doing: doing.to_owned(),
            source,
        }
    }

    fn unexpected(&self, doing: &str, reason: &str) -> PersonError {
        PersonError::Unexpected {
            name: self.name.clone(),
            doing: doing.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
