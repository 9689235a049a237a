//! A person who reads: `onym listen` as a child process.

use std::time::Duration;

use serde_json::Value;

use crate::person::{Person, PersonError};
use crate::program::{Finished, Program};
use crate::teller::Teller;

/// `onym listen` of one person. It is killed when this is dropped.
#[derive(Debug)]
pub struct Listener {
    teller: Teller,
}

impl Listener {
    pub(crate) fn new(name: &str, program: Program) -> Self {
        Self {
            teller: Teller::new(name, "listen", program),
        }
    }

    /// Waits for a line of the listener, which may already have come.
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

    /// Waits until the person is logged in at their own endpoint.
    pub fn wait_until_online(&mut self, limit: Duration) -> Result<(), PersonError> {
        let is_online = |line: &Value| line["event"] == "connection" && line["state"] == "online";
        self.wait_for("waiting to be online", is_online, limit)
            .map(|_| ())
    }

    /// Waits for a message.
    pub fn wait_for_message(
        &mut self,
        from: &Person,
        text: &str,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        let is_message = |line: &Value| {
            line["event"] == "message" && line["from"] == from.jid() && line["text"] == text
        };
        let doing = format!("waiting for {text:?} from {}", from.name());
        self.wait_for(&doing, is_message, limit)
    }

    /// Waits until one of our own messages has come so far: `stored`, `delivered`, …
    pub fn wait_for_delivery(
        &mut self,
        id: &str,
        state: &str,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        let is_there = |line: &Value| {
            line["event"] == "delivery" && line["id"] == id && line["state"] == state
        };
        self.wait_for(&format!("waiting for {id} to be {state}"), is_there, limit)
    }

    /// Waits until somebody asks to become a contact.
    pub fn wait_for_request(
        &mut self,
        from: &Person,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        let is_request = |line: &Value| line["event"] == "request" && line["from"] == from.jid();
        let doing = format!("waiting for the request of {}", from.name());
        self.wait_for(&doing, is_request, limit)
    }

    /// Waits until both see each other's presence.
    pub fn wait_for_contact(&mut self, with: &Person, limit: Duration) -> Result<(), PersonError> {
        let is_mutual = |line: &Value| {
            line["event"] == "contact"
                && line["jid"] == with.jid()
                && line["subscription"] == "both"
        };
        let doing = format!("waiting for {} to be a contact", with.name());
        self.wait_for(&doing, is_mutual, limit).map(|_| ())
    }

    /// Every message so far.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        let is_message = |line: &Value| line["event"] == "message";
        self.teller
            .program
            .lines()
            .into_iter()
            .filter(is_message)
            .collect()
    }

    /// The texts of every message so far.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |line: Value| line.get("text").and_then(Value::as_str).map(str::to_owned);
        self.messages().into_iter().filter_map(text).collect()
    }

    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        self.teller.program.lines()
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(self, limit: Duration) -> Result<Finished, PersonError> {
        self.teller.stop(limit)
    }

    /// Waits until it has ended by itself, because its endpoint has.
    pub fn finish(self, limit: Duration) -> Result<Finished, PersonError> {
        let doing = "waiting for its end";
        self.teller.end(doing, |program| program.finish(limit))
    }
}

/// Makes two people each other's contacts: one asks, the other accepts, both as a user would.
pub fn make_contacts(
    (alice, alice_listens): (&Person, &mut Listener),
    (bob, bob_listens): (&Person, &mut Listener),
    limit: Duration,
) -> Result<(), PersonError> {
    alice.run(["contact", "add", bob.jid(), "--name", bob.name()])?;
    bob_listens.wait_for_request(alice, limit)?;
    bob.run(["contact", "accept", alice.jid()])?;
    alice_listens.wait_for_contact(bob, limit)?;
    bob_listens.wait_for_contact(alice, limit)
}
