//! What is said about the moves of our own endpoint, and about who has followed.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::words::printable;

/// How far a move of our endpoint is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MovesReport {
    pub(crate) jid: String,
    /// The addresses before it, the first one first.
    pub(crate) former: Vec<String>,
    /// The address from the next start on, if a move was announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// How many contacts have followed to this address.
    pub(crate) followed: usize,
    /// How many have not answered here yet.
    pub(crate) waiting: usize,
    /// All of them, those who have not answered first.
    pub(crate) contacts: Vec<FollowerReport>,
}

/// Whether a contact has followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FollowerReport {
    pub(crate) jid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// `followed`: they let us see them at this address. `waiting`: they were asked and have not answered.
    /// `not-asked`: we did not see them before, so that there was nothing to be asked.
    pub(crate) state: String,
    /// When their endpoint was reached last, as far as this one knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_reached: Option<String>,
}

impl MovesReport {
    /// As words for a person.
    pub(super) fn words(&self) -> String {
        let mut words = format!("Your address: {}", self.jid);
        for former in &self.former {
            let _ = write!(words, "\n  before: {former}");
        }
        match &self.next {
            Some(next) => {
                let _ = write!(
                    words,
                    "\n  from the next start on: {next}\nStop Onym and start it again to move."
                );
            }
            None if self.former.is_empty() => words.push_str("\nThis endpoint has never moved."),
            None => {}
        }
        if self.former.is_empty() {
            return words;
        }
        let _ = write!(
            words,
            "\n{} contacts have followed, {} have not answered here yet. There is no time limit: they follow when \
             your endpoint meets theirs.",
            self.followed, self.waiting
        );
        for contact in self.contacts.iter().filter(|it| it.state == "waiting") {
            let name = contact.name.as_deref();
            let name = name.map(|name| format!(" ({})", printable(name)));
            let reached = match &contact.last_reached {
                Some(at) => format!("their endpoint was reached last at {at}"),
                None => "their endpoint was not reached since this one was started".to_owned(),
            };
            let _ = write!(
                words,
                "\n  {}{}: {reached}",
                contact.jid,
                name.unwrap_or_default()
            );
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_not_followed_is_named() {
        let mut report = MovesReport {
            jid: "a@new.onion".to_owned(),
            ..MovesReport::default()
        };
        assert!(report.words().ends_with("has never moved."));
        report.next = Some("a@next.onion".to_owned());
        let words = report.words();
        assert!(
            words.contains("a@next.onion") && words.contains("start it again"),
            "{words}"
        );
        assert!(!words.contains("followed"), "nobody can have: {words}");
        (report.next, report.former) = (None, vec!["a@old.onion".to_owned()]);
        (report.followed, report.waiting) = (1, 1);
        let follower = |jid: &str, state: &str| FollowerReport {
            jid: jid.to_owned(),
            state: state.to_owned(),
            ..FollowerReport::default()
        };
        report.contacts = vec![
            follower("bob@b", "waiting"),
            follower("carol@c", "followed"),
        ];
        let words = report.words();
        assert!(
            words.contains("1 contacts have followed, 1 have not"),
            "{words}"
        );
        assert!(
            words.contains("bob@b: their endpoint was not reached"),
            "{words}"
        );
        assert!(
            !words.contains("carol@c") && words.contains("a@old.onion"),
            "{words}"
        );
    }
}
