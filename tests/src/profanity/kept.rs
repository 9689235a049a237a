//! The messages that Profanity keeps, in the database behind its windows.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::{Profanity, ProfanityError};
use crate::deadline::Deadline;

/// Prints a line for each message of each database that is named.
const READER: &str = include_str!("../../peers/profanity_messages.py");

impl Profanity {
    /// Every message of both directions, with `text`, `sent` and `encrypted`, for the account `jid`.
    pub fn messages(&self, jid: &str) -> Result<Vec<Value>, ProfanityError> {
        // A folder for each account, whose name is made of the account's.
        let folder = self.folder.path().join("data/profanity/database");
        let output = Command::new("python3")
            .args(["-c", READER, jid])
            .arg(folder)
            .output()
            .map_err(ProfanityError::Folder)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(ProfanityError::Kept(said));
        }
        let lines = String::from_utf8_lossy(&output.stdout);
        let read: Result<_, serde_json::Error> = lines.lines().map(serde_json::from_str).collect();
        read.map_err(|error| ProfanityError::Kept(error.to_string()))
    }

    /// Waits until a message is there that came, or that was sent.
    pub fn wait_for_message(
        &self,
        jid: &str,
        (text, is_sent): (&str, bool),
        limit: Duration,
    ) -> Result<Value, ProfanityError> {
        let deadline = Deadline::after(limit);
        loop {
            let messages = self.messages(jid)?;
            let is_it = |line: &Value| line["text"] == text && line["sent"] == is_sent;
            if let Some(found) = messages.into_iter().find(is_it) {
                return Ok(found);
            }
            if !deadline.pause() {
                return Err(ProfanityError::NoMessage {
                    text: text.to_owned(),
                    limit,
                    screen: self.screen()?,
                });
            }
        }
    }
}
