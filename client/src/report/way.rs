//! The addresses of somebody who has several, and which one is written to.

use onym_client_protocol::conversation::route::{Candidate, RouteReason};
use onym_client_protocol::engine::Ways;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

/// An address of somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WayReport {
    pub(crate) jid: String,
    /// The address under which the conversation is kept.
    pub(crate) with: String,
    /// How its owner ranks it; the highest number is tried first.
    pub(crate) priority: u8,
    /// Whether its owner is there.
    pub(crate) there: bool,
    /// Since when nothing arrives there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unreachable_since: Option<String>,
    /// Whether the next message goes there.
    pub(crate) written_to: bool,
    /// Why, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) because: Option<String>,
}

impl WayReport {
    /// All addresses that may be written to, the one that is ranked highest first.
    pub(crate) fn all(ways: &Ways, now: Timestamp) -> Vec<Self> {
        let mut candidates: Vec<&Candidate> = ways.candidates.iter().collect();
        candidates.sort_by_key(|it| (std::cmp::Reverse(it.priority), !it.is_home));
        let reports = candidates.into_iter().map(|it| {
            let written_to = it.jid == ways.route.to;
            Self {
                jid: it.jid.to_string(),
                with: ways.person.home.to_string(),
                priority: it.priority,
                there: it.is_there,
                unreachable_since: it.unreachable_since(now).map(|since| since.to_string()),
                written_to,
                because: written_to.then(|| name_of(ways.route.because).to_owned()),
            }
        });
        reports.collect()
    }

    pub(super) fn words(&self) -> String {
        let mut words = format!("{}\n  priority {}", self.jid, self.priority);
        if self.there {
            words.push_str(", there now");
        }
        if let Some(since) = &self.unreachable_since {
            words.push_str(&format!(", not reached since {since}"));
        }
        if let Some(because) = &self.because {
            words.push_str(&format!(", written to: {}", in_words(because)));
        }
        words
    }
}

fn name_of(because: RouteReason) -> &'static str {
    match because {
        RouteReason::OnlyAddress => "only-address",
        RouteReason::Chosen => "chosen",
        RouteReason::HighestPriority => "highest-priority",
        RouteReason::IsThere => "is-there",
        RouteReason::Home => "home",
        RouteReason::OthersUnreachable { .. } => "others-unreachable",
        RouteReason::OthersCannotRead => "others-cannot-read",
        RouteReason::NoneReachable => "none-reachable",
    }
}

fn in_words(name: &str) -> &str {
    match name {
        "only-address" => "there is no other one",
        "chosen" => "you have chosen it",
        "highest-priority" => "they want to be reached there first",
        "is-there" => "they are there",
        "home" => "the conversation began there",
        "others-unreachable" => "one that they prefer is not reached",
        "others-cannot-read" => "no device may read at one that they prefer",
        "none-reachable" => "none is reached",
        other => other,
    }
}
