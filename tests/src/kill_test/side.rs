//! One of two people who write to each other while their endpoints are killed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::ledger::{Direction, Kept, Message, Written, kept_in, message_in};
use super::plan::{Death, Moment};
use super::{LOCAL_LIMIT, TOR_LIMIT, Trouble};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::listener::Listener;
use crate::person::{Person, PersonError};
use crate::program::{Finished, ProgramError};

/// More than any conversation of a run has.
const WHOLE_HISTORY: &str = "1000000";

/// How often an endpoint is started while a command that found none holds its folder.
const STARTS: usize = 5;

/// A person with their processes, what they wrote and what they read.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) running: Running,
    pub(super) pen: Pen,
    written: Vec<Written>,
    /// The last field: the folder goes after the processes.
    pub(super) person: Person,
}

/// What runs at the moment. The listener ends before its endpoint.
#[derive(Debug, Default)]
pub(super) struct Running {
    listener: Option<Listener>,
    endpoint: Option<Endpoint>,
    /// What each listener that has ended had printed.
    read: Vec<Vec<Message>>,
}

/// What a thread needs that writes while another kills.
#[derive(Debug, Default)]
pub(super) struct Pen {
    /// Whether the endpoint has been killed since the round began, or is about to be.
    is_dead: AtomicBool,
}

/// Messages to write, one after the other.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) texts: Vec<String>,
    pub(super) without_endpoint: bool,
}

impl Side {
    pub(super) fn new(name: &str, tor_config: &str) -> Result<Self, Trouble> {
        Ok(Self {
            running: Running::default(),
            pen: Pen::default(),
            written: Vec::new(),
            person: Person::new(name, tor_config)?,
        })
    }

    /// Starts the endpoint without waiting for anything.
    pub(super) fn launch(&mut self) -> Result<(), Trouble> {
        self.running.endpoint = Some(self.person.serve()?);
        Ok(())
    }

    /// Waits until the store is open and commands are taken.
    pub(super) fn wait_until_open(&mut self) -> Result<(), Trouble> {
        for _ in 1..STARTS {
            match self.running.endpoint()?.loopback() {
                Ok(_) => return Ok(()),
                Err(error) if is_in_use(&error) => self.launch()?,
                Err(error) => return Err(error.into()),
            }
        }
        self.running.endpoint()?.loopback()?;
        Ok(())
    }

    /// Reads from now on, unless it does already.
    pub(super) fn listen(&mut self) -> Result<(), Trouble> {
        if self.running.listener.is_none() {
            let mut listener = self.person.listen()?;
            listener.wait_until_online(LOCAL_LIMIT)?;
            self.running.listener = Some(listener);
        }
        Ok(())
    }

    /// A new round begins: no command may fail until the endpoint is killed.
    pub(super) fn begin(&mut self) {
        self.pen.is_dead.store(false, Ordering::SeqCst);
    }

    /// Starts the endpoint again as the plan has it: it may die again before it is up.
    pub(super) fn come_back(&mut self, death: &Death) -> Result<(), Trouble> {
        self.running.collect()?;
        self.launch()?;
        for pause in &death.again {
            Deadline::after(*pause).run_out();
            self.running.kill(&self.pen)?;
            self.launch()?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, written: impl IntoIterator<Item = Written>) {
        self.written.extend(written);
    }

    /// What is kept of the conversation: our own messages, and the other's.
    pub(super) fn history(&self, with: &str) -> Result<(Vec<Kept>, Vec<Kept>), Trouble> {
        let asked = self
            .person
            .run(["history", with, "--limit", WHOLE_HISTORY])?;
        let sent = kept_in(&asked.lines, "outgoing").map_err(Trouble::Violation)?;
        let received = kept_in(&asked.lines, "incoming").map_err(Trouble::Violation)?;
        Ok((sent, received))
    }

    /// Checks the direction from here to `reader`, when nothing is on its way any more.
    pub(super) fn check_to(
        &self,
        reader: &Self,
        sent: &[Kept],
        received: &[Kept],
    ) -> Result<(), Trouble> {
        let read = reader.running.everything_read();
        let direction = Direction {
            written: &self.written,
            sent,
            received,
            read: &read,
        };
        let (writer, reader) = (self.person.name(), reader.person.name());
        direction
            .check()
            .map_err(|why| Trouble::Violation(format!("from {writer} to {reader}: {why}")))
    }

    /// How many messages were written, and of how many of them no command could say more.
    pub(super) fn written(&self) -> (usize, usize) {
        let cut = self.written.iter().filter(|one| one.id.is_none()).count();
        (self.written.len(), cut)
    }

    /// Ends everything in good order.
    pub(super) fn leave(&mut self) -> Result<(), Trouble> {
        if let Some(listener) = self.running.listener.take() {
            listener.stop(LOCAL_LIMIT)?;
        }
        if let Some(endpoint) = self.running.endpoint.take() {
            let finished = endpoint.stop(LOCAL_LIMIT)?;
            if !finished.status.success() {
                return Err(Trouble::Violation(format!(
                    "did not end well: {finished:?}"
                )));
            }
        }
        Ok(())
    }

    /// Leaves the folder on the disk for whoever looks for the fault.
    pub(super) fn keep_folder(&mut self) -> PathBuf {
        self.running = Running::default();
        self.person.keep_folder()
    }
}

impl Running {
    fn endpoint(&mut self) -> Result<&mut Endpoint, Trouble> {
        self.endpoint.as_mut().ok_or(Trouble::NotRunning)
    }

    pub(super) fn listener(&mut self) -> Result<&mut Listener, Trouble> {
        self.listener.as_mut().ok_or(Trouble::NotRunning)
    }

    pub(super) fn wait_until_reachable(&mut self, limit: Duration) -> Result<(), Trouble> {
        Ok(self.endpoint()?.wait_until_reachable(limit)?)
    }

    /// Waits for the moment at which this side dies; `deadline` is that of [`Moment::After`].
    pub(super) fn wait_for(&mut self, moment: Moment, deadline: &Deadline) -> Result<(), Trouble> {
        match moment {
            Moment::After(_) => deadline.run_out(),
            Moment::AfterReachable(pause) => {
                self.wait_until_reachable(TOR_LIMIT)?;
                Deadline::after(pause).run_out();
            }
        }
        Ok(())
    }

    /// The power fails: the endpoint is gone, and the listener has nothing to listen to.
    pub(super) fn kill(&mut self, pen: &Pen) -> Result<(), Trouble> {
        pen.is_dead.store(true, Ordering::SeqCst);
        let mut endpoint = self.endpoint.take().ok_or(Trouble::NotRunning)?;
        if !endpoint.is_running() || endpoint.log().contains("panicked") {
            let why = format!("it failed by itself; it said:\n{}", endpoint.output());
            return Err(Trouble::Violation(why));
        }
        Ok(endpoint.kill_hard()?)
    }

    /// Takes what a listener had printed whose endpoint was killed.
    fn collect(&mut self) -> Result<(), Trouble> {
        if let Some(listener) = self.listener.take() {
            let finished = listener.finish(LOCAL_LIMIT)?;
            self.read.push(messages_in(&finished.lines));
        }
        Ok(())
    }

    /// What every listener has printed, a list for each.
    fn everything_read(&self) -> Vec<Vec<Message>> {
        let mut all = self.read.clone();
        let listener = self.listener.as_ref();
        all.extend(listener.map(|listener| messages_in(&listener.messages())));
        all
    }
}

impl Pen {
    /// Writes messages one after the other, each as soon as the one before is on the disk.
    pub(super) fn write(
        &self,
        person: &Person,
        to: &str,
        order: &Order,
    ) -> Result<Vec<Written>, Trouble> {
        let mut written = Vec::new();
        for text in &order.texts {
            if self.is_dead.load(Ordering::SeqCst) && !order.without_endpoint {
                break;
            }
            let one = write_one(person, to, text)?;
            if let Err(why) = &one.outcome
                && !self.is_dead.load(Ordering::SeqCst)
            {
                return Err(Trouble::Violation(format!(
                    "{text:?} was refused, though nothing was killed: {why}"
                )));
            }
            written.push(one.written);
        }
        Ok(written)
    }
}

/// A message that a command was asked to send, and what the command said in the end.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) written: Written,
    outcome: Result<(), String>,
}

/// Writes one message, and returns as soon as it is on the disk.
pub(super) fn write_one(person: &Person, to: &str, text: &str) -> Result<Attempt, Trouble> {
    let finished = person.try_run(["send", to, text, "--wait", "queued"], LOCAL_LIMIT)?;
    let id = id_of_sent(&finished);
    if finished.status.success() && id.is_none() {
        return Err(Trouble::Violation(format!(
            "a success without an id: {finished:?}"
        )));
    }
    let outcome = match &id {
        Some(_) => Ok(()),
        None => Err(format!("{finished:?}")),
    };
    let text = text.to_owned();
    Ok(Attempt {
        written: Written { text, id },
        outcome,
    })
}

/// Writes a message, and returns when the receipt has come.
pub(super) fn write_and_wait(
    person: &Person,
    to: &str,
    text: &str,
    deadline: &Deadline,
) -> Result<Written, Trouble> {
    let left = deadline.left();
    let seconds = left.as_secs().to_string();
    let arguments = [
        "send",
        to,
        text,
        "--wait",
        "delivered",
        "--timeout",
        &seconds,
    ];
    let finished = person.try_run(arguments, left + LOCAL_LIMIT)?;
    if !finished.status.success() {
        return Err(Trouble::NotSettled(format!("{text:?}: {finished:?}")));
    }
    Ok(Written {
        text: text.to_owned(),
        id: id_of_sent(&finished),
    })
}

/// The id under which a message was put on the disk, if it was.
fn id_of_sent(finished: &Finished) -> Option<String> {
    let sent = finished.lines.iter().find(|line| line["event"] == "sent");
    sent.and_then(|line| line["id"].as_str()).map(str::to_owned)
}

/// Whether a command that found no endpoint has the folder for a moment.
fn is_in_use(error: &PersonError) -> bool {
    matches!(
        error,
        PersonError::Program {
            source: ProgramError::Ended { output, .. },
            ..
        } if output.contains("another Onym process is using")
    )
}

fn messages_in(lines: &[Value]) -> Vec<Message> {
    let is_message = |line: &&Value| line["event"] == "message";
    lines
        .iter()
        .filter(is_message)
        .filter_map(message_in)
        .collect()
}
