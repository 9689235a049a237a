//! A running endpoint: `onym serve` as a child process.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::person::PersonError;
use crate::program::{Finished, Program};
use crate::teller::Teller;

/// The listener on loopback opens before Tor is asked for anything.
const LISTENING_LIMIT: Duration = Duration::from_secs(30);

/// `onym serve` of one person. It is killed when this is dropped.
#[derive(Debug)]
pub struct Endpoint {
    teller: Teller,
}

impl Endpoint {
    pub(crate) fn new(name: &str, program: Program) -> Self {
        Self {
            teller: Teller::new(name, "serve", program),
        }
    }

    /// Waits for a line of the endpoint, which may already have come.
    pub fn wait_for(
        &mut self,
        doing: &str,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        self.wait_for_after(0, doing, is_wanted, limit)
    }

    /// Waits for a line behind the first `seen` ones.
    pub fn wait_for_after(
        &mut self,
        seen: usize,
        doing: &str,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        self.teller.wait_for_after(seen, doing, is_wanted, limit)
    }

    /// Waits until Tor has come up to one of some states: `bootstrapping`, `publishing`, …
    pub fn wait_for_tor(&mut self, states: &[&str], limit: Duration) -> Result<Value, PersonError> {
        let state = |line: &Value| line.pointer("/status/state").cloned().unwrap_or_default();
        let is_there = |line: &Value| {
            line["event"] == "tor" && states.iter().any(|wanted| state(line) == *wanted)
        };
        let doing = format!("waiting for Tor to be {}", states.join(" or "));
        self.wait_for(&doing, is_there, limit)
    }

    /// Waits until others can reach this endpoint.
    pub fn wait_until_reachable(&mut self, limit: Duration) -> Result<(), PersonError> {
        self.wait_for_tor(&["reachable"], limit).map(|_| ())
    }

    /// Waits until the records are open, and returns where clients on this machine log in.
    pub fn loopback(&mut self) -> Result<SocketAddr, PersonError> {
        let is_listening = |line: &Value| line["event"] == "listening";
        let line = self.wait_for("opening its port", is_listening, LISTENING_LIMIT)?;
        let address = line
            .get("address")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        address.ok_or_else(|| PersonError::Unexpected {
            name: self.teller.name.clone(),
            doing: "serve".to_owned(),
            reason: format!("no address in {line}"),
        })
    }

    /// How many lines have come, for [`Endpoint::wait_for_after`].
    #[must_use]
    pub fn seen(&self) -> usize {
        self.teller.program.seen()
    }

    /// Waits for a report, behind the first `seen` lines, that so many messages wait for a domain.
    pub fn wait_until_queued(
        &mut self,
        seen: usize,
        domain: &str,
        messages: usize,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        let is_report = |line: &Value| {
            line["event"] == "peer" && line["domain"] == domain && line["queued"] == messages
        };
        let doing = format!("waiting until {messages} messages are queued for {domain}");
        self.wait_for_after(seen, &doing, is_report, limit)
    }

    /// Waits for a report, behind the first `seen` lines, that a domain was tried and not reached.
    pub fn wait_until_waiting(
        &mut self,
        seen: usize,
        domain: &str,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        let is_report = |line: &Value| {
            line["event"] == "peer"
                && line["domain"] == domain
                && line.pointer("/link/state") == Some(&"waiting".into())
        };
        let doing = format!("waiting until {domain} was tried");
        self.wait_for_after(seen, &doing, is_report, limit)
    }

    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.teller.program.lines()
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.teller.program.is_running()
    }

    /// What it has written to standard error.
    #[must_use]
    pub fn log(&self) -> String {
        self.teller.program.log()
    }

    /// The end of all that it has said, for an error.
    #[must_use]
    pub fn output(&self) -> String {
        self.teller.program.output()
    }

    /// Kills it as a power failure would.
    pub fn kill_hard(self) -> Result<(), PersonError> {
        self.teller.end("being killed", Program::kill_hard)
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(self, limit: Duration) -> Result<Finished, PersonError> {
        self.teller.stop(limit)
    }
}
