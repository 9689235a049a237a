//! slixmpp with slixmpp-omemo, a client that others wrote, as the owner's client at an endpoint.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Program, ProgramError};

/// Where the client's program lies.
const BOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/slixmpp_bot.py");

/// The modules of a Python are loaded, and a hundred keys are made and published.
const READY_LIMIT: Duration = Duration::from_secs(90);

/// What one installation of the client keeps, from start to start.
#[derive(Debug)]
pub struct SlixmppHome(TempDir);

/// The client while it runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Slixmpp {
    program: Program,
    device: u64,
    fingerprint: String,
}

/// The Python that has slixmpp-omemo, if there is one: what `scripts/setup` makes beside what cargo
/// builds, or what `ONYM_ORACLE_PYTHON` names.
#[must_use]
pub fn slixmpp_python() -> Option<PathBuf> {
    let named = std::env::var_os("ONYM_ORACLE_PYTHON").map(PathBuf::from);
    let test = std::env::current_exe().unwrap_or_default();
    // A test is in `target/release/deps`.
    let beside = test
        .ancestors()
        .map(|it| it.join("python-omemo/bin/python"));
    let python = named.into_iter().chain(beside).find(|it| it.exists())?;
    let mut check = Command::new(&python);
    check.args(["-c", "import slixmpp_omemo"]);
    let has_it = check.output().is_ok_and(|output| output.status.success());
    has_it.then_some(python)
}

impl SlixmppHome {
    /// An installation without keys.
    pub fn new() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("onym-slixmpp-").tempdir()?;
        Ok(Self(folder))
    }

    /// Starts the client, and returns once its keys are published. It speaks `omemo`, `omemo2` or
    /// both, with a comma between.
    pub fn start(
        &self,
        python: &Path,
        (jid, password): (&str, &str),
        port: u16,
        versions: &str,
    ) -> Result<Slixmpp, ProgramError> {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(python)
            .args([BOT, jid, "--port", &port.to_string()])
            .args(["--versions", versions, "--storage"])
            .arg(self.0.path().join("omemo.json"))
            .env("XMPP_PASSWORD", password);
        let mut program = Program::spawn_told(command)?;
        let ready = program.wait_for(|line| line["event"] == "ready", READY_LIMIT)?;
        let fingerprint = ready.get("fingerprint").and_then(Value::as_str);
        Ok(Slixmpp {
            device: ready.get("device").and_then(Value::as_u64).unwrap_or(0),
            fingerprint: fingerprint.unwrap_or_default().to_owned(),
            program,
        })
    }
}

impl Slixmpp {
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

    /// How many lines have come, for [`Slixmpp::wait_for_after`].
    #[must_use]
    pub fn seen(&self) -> usize {
        self.program.seen()
    }

    /// Asks somebody to become a contact.
    pub fn ask(&mut self, jid: &str) -> Result<(), ProgramError> {
        self.program.tell(&json!({"do": "ask", "jid": jid}))
    }

    /// Waits until it sees a contact `online` or `offline`, behind the first `seen` lines.
    pub fn wait_for_presence(
        &mut self,
        seen: usize,
        of: &str,
        state: &str,
        limit: Duration,
    ) -> Result<Value, ProgramError> {
        let is_there = |line: &Value| {
            line["event"] == "presence" && line["of"] == of && line["state"] == state
        };
        self.program.wait_for_after(seen, is_there, limit)
    }

    /// Accepts a request and asks back.
    pub fn allow(&mut self, jid: &str) -> Result<(), ProgramError> {
        self.program.tell(&json!({"do": "allow", "jid": jid}))
    }

    /// Sends a text by one version, and returns the devices that it was encrypted for.
    pub fn send(
        &mut self,
        to: &str,
        text: &str,
        version: &str,
        limit: Duration,
    ) -> Result<Value, ProgramError> {
        let order = json!({"do": "send", "to": to, "text": text, "version": version});
        self.answer(&order, "sent", limit)
    }

    /// What it knows of somebody's devices.
    pub fn devices(&mut self, of: &str, limit: Duration) -> Result<Value, ProgramError> {
        self.answer(&json!({"do": "devices", "of": of}), "devices", limit)
    }

    /// Everything that the account's endpoint keeps of conversations, as it keeps it.
    pub fn archive(&mut self, limit: Duration) -> Result<Value, ProgramError> {
        self.answer(&json!({"do": "archive"}), "archive", limit)
    }

    /// Takes itself out of its account's device lists, and its keys away.
    pub fn purge(&mut self, limit: Duration) -> Result<Value, ProgramError> {
        self.answer(&json!({"do": "purge"}), "purged", limit)
    }

    /// Takes every device out of its account's older list, those of other clients too.
    pub fn unlist(&mut self, limit: Duration) -> Result<Value, ProgramError> {
        self.answer(&json!({"do": "unlist"}), "unlisted", limit)
    }

    /// What somebody's vCard says in free text.
    pub fn vcard(&mut self, of: &str, limit: Duration) -> Result<Value, ProgramError> {
        self.answer(&json!({"do": "vcard", "of": of}), "vcard", limit)
    }

    /// Publishes a vCard with this description.
    pub fn set_vcard(&mut self, text: &str, limit: Duration) -> Result<Value, ProgramError> {
        let order = json!({"do": "set_vcard", "description": text});
        self.answer(&order, "vcard_set", limit)
    }

    /// What lies in a node of somebody's account.
    pub fn items(&mut self, of: &str, node: &str, limit: Duration) -> Result<Value, ProgramError> {
        let order = json!({"do": "items", "of": of, "node": node});
        self.answer(&order, "items", limit)
    }

    fn answer(
        &mut self,
        order: &Value,
        event: &str,
        limit: Duration,
    ) -> Result<Value, ProgramError> {
        let seen = self.seen();
        self.program.tell(order)?;
        let is_end = |line: &Value| line["event"] == event || line["event"] == "failed";
        self.program.wait_for_after(seen, is_end, limit)
    }

    /// Waits until it has read a text.
    pub fn read(&mut self, text: &str, limit: Duration) -> Result<Value, ProgramError> {
        self.program.wait_for(
            |line| line["event"] == "message" && line["text"] == text,
            limit,
        )
    }

    /// Waits for any line behind the first `seen` ones.
    pub fn wait_for_after(
        &mut self,
        seen: usize,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, ProgramError> {
        self.program.wait_for_after(seen, is_wanted, limit)
    }

    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.program.lines()
    }
}
