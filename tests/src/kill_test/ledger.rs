//! What one side has written, and whether it arrived as it should.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A message that a command was asked to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Every message has a text of its own.
    pub(super) text: String,
    /// Its id, if the command has said that the message is on disk. If not, it may be or not.
    pub(super) id: Option<String>,
}

/// A message as one of both keeps or has read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) text: String,
}

/// A message in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// With the id that it has on this side.
    pub(super) message: Message,
    /// If somebody else wrote it: the id that it has on their side.
    pub(super) their_id: Option<String>,
    /// If we wrote it, how far it has come: `queued`, `delivered`, …
    pub(super) state: Option<String>,
}

/// Both ends of one direction, when nothing is on its way any more.
#[derive(Debug)]
pub(super) struct Direction<'a> {
    /// What the commands have said, in the order in which they were given.
    pub(super) written: &'a [Written],
    /// The writer's history, oldest first.
    pub(super) sent: &'a [Kept],
    /// The reader's history, oldest first.
    pub(super) received: &'a [Kept],
    /// What each listener of the reader has printed.
    pub(super) read: &'a [Vec<Message>],
}

impl Direction<'_> {
    /// Says what is wrong, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        self.each_was_sent_once()?;
        self.what_was_sent_has_arrived()?;
        self.each_was_read_once()
    }

    /// What a command has confirmed is there under the id it named; nothing is there twice, and
    /// nothing that nobody wrote.
    fn each_was_sent_once(&self) -> Result<(), String> {
        let mut by_text: BTreeMap<&str, &str> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for Kept { message, .. } in self.sent {
            if let Some(other) = by_text.insert(&message.text, &message.id) {
                return Err(format!("sent twice: {message:?}, and as {other:?}"));
            }
            if !ids.insert(&message.id) {
                return Err(format!("two messages with one id: {message:?}"));
            }
        }
        for Written { text, id } in self.written {
            match (by_text.get(text.as_str()), id) {
                (None, Some(id)) => {
                    return Err(format!("lost by its writer: {text:?}, confirmed as {id:?}"));
                }
                (Some(kept), Some(id)) if kept != id => {
                    return Err(format!(
                        "{text:?} was confirmed as {id:?}, kept as {kept:?}"
                    ));
                }
                _ => {}
            }
        }
        // In the order in which they were written, without those of which nothing got in.
        let mut written = self.written.iter();
        for Kept { message, .. } in self.sent {
            if !written.any(|one| one.text == message.text) {
                return Err(format!("out of order, or written by nobody: {message:?}"));
            }
        }
        Ok(())
    }

    /// Both histories have the same messages under the same ids in the same order, and the writer
    /// knows that they have arrived.
    fn what_was_sent_has_arrived(&self) -> Result<(), String> {
        let mut received = self.received.iter();
        for (number, kept) in self.sent.iter().enumerate() {
            match received.next() {
                Some(arrived)
                    if arrived.message.text == kept.message.text
                        && arrived.their_id.as_ref() == Some(&kept.message.id) => {}
                arrived => {
                    let expected = &kept.message;
                    return Err(format!(
                        "message {number} of the writer is {expected:?}, of the reader {arrived:?}"
                    ));
                }
            }
            if !matches!(kept.state.as_deref(), Some("delivered" | "displayed")) {
                return Err(format!("it has arrived, and its writer has it as {kept:?}"));
            }
        }
        match received.next() {
            Some(more) => Err(format!("arrived without having been sent: {more:?}")),
            None => Ok(()),
        }
    }

    /// Every message was printed, in order. A listener whose endpoint is killed while it prints
    /// may leave its last message to the next one, under the same id.
    fn each_was_read_once(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        let mut shown = Vec::new();
        for one_listener in self.read {
            let different: BTreeSet<&Message> = one_listener.iter().collect();
            if different.len() != one_listener.len() {
                return Err(format!("printed twice by one listener: {one_listener:?}"));
            }
            shown.extend(one_listener.iter().filter(|message| seen.insert(*message)));
        }
        let number = shown
            .iter()
            .zip(self.received)
            .take_while(|(shown, received)| ***shown == received.message)
            .count();
        if number == shown.len() && number == self.received.len() {
            return Ok(());
        }
        let (shown, received) = (shown.get(number), self.received.get(number));
        Err(format!(
            "message {number} was kept as {received:?} and printed as {shown:?}"
        ))
    }
}

/// The messages of one direction (`incoming` or `outgoing`) among the lines of `onym history`.
pub(super) fn kept_in(lines: &[Value], direction: &str) -> Result<Vec<Kept>, String> {
    let is_wanted = |line: &&Value| line["event"] == "kept" && line["direction"] == direction;
    let field = |line: &Value, key| line.get(key)?.as_str().map(str::to_owned);
    let kept = |line: &Value| {
        Some(Kept {
            message: message_in(line)?,
            their_id: field(line, "their_id"),
            state: field(line, "state"),
        })
    };
    let kept = |line| kept(line).ok_or_else(|| format!("neither id nor text in {line}"));
    lines.iter().filter(is_wanted).map(kept).collect()
}

/// A message, as every line about one has it.
pub(super) fn message_in(line: &Value) -> Option<Message> {
    Some(Message {
        id: line.get("id")?.as_str()?.to_owned(),
        text: line.get("text")?.as_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests;
