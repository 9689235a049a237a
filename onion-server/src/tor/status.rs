//! How far Tor has come, in words for the user.

use std::fmt;

use onym_identity::Timestamp;
use serde::Serialize;

/// The state of our Tor and of our onion service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TorStatus {
    /// Opening the state folder.
    Starting,
    /// Connecting to the Tor network and learning its relays.
    Bootstrapping {
        /// How far, from 0 to 100.
        percent: u8,
        /// What is being done.
        phase: BootstrapPhase,
        /// What keeps it from going on, if it seems to be stuck.
        blocked: Option<Blockage>,
    },
    /// Choosing introduction points and uploading the onion service's descriptor. Connections to
    /// others can be made already.
    Publishing {
        /// What went wrong on the way, if anything did.
        trouble: Option<String>,
    },
    /// The descriptor seems to be out; our own connection to it has not come through yet.
    Confirming,
    /// We have connected to our own onion service as a stranger would.
    Reachable {
        /// Since when, without a failure in between.
        since: Timestamp,
    },
    /// Our own connection to our onion service has failed repeatedly. It is tried again.
    Unreachable {
        /// The last reason.
        why: String,
    },
    /// Tor does not run.
    Failed {
        /// What happened.
        why: String,
        /// What the user can do.
        advice: String,
    },
}

/// What the bootstrap is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BootstrapPhase {
    /// Making a first connection to a relay.
    Connecting,
    /// Fetching the list of all relays.
    FetchingConsensus,
    /// Fetching what the list is verified with.
    FetchingCertificates,
    /// Fetching the relays' keys.
    FetchingRelays,
    /// Done.
    Ready,
}

/// Why the bootstrap seems to be stuck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blockage {
    /// What kind of thing is wrong.
    pub kind: BlockageKind,
    /// What is wrong, as far as it can be known.
    pub why: String,
    /// What the user can do.
    pub advice: String,
}

/// What is wrong, in groups that a user can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockageKind {
    /// The clock of this computer.
    WrongClock,
    /// There is no network.
    NoNetwork,
    /// The network is there, and keeps Tor out; bridges may help.
    Censored,
    /// The program is too old for the network.
    UpdateNeeded,
    /// Anything else.
    Other,
}

impl TorStatus {
    /// Whether others can reach us, as far as we know.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        matches!(self, Self::Reachable { .. })
    }
}

impl fmt::Display for TorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => write!(f, "starting Tor"),
            Self::Bootstrapping {
                percent,
                phase,
                blocked: None,
            } => {
                write!(f, "connecting to the Tor network: {percent} %, {phase}")
            }
            Self::Bootstrapping {
                percent,
                phase,
                blocked: Some(Blockage { why, advice, .. }),
            } => {
                write!(f, "stuck at {percent} %, {phase}: {why}. {advice}")
            }
            Self::Publishing { trouble: None } => write!(f, "publishing our onion service"),
            Self::Publishing {
                trouble: Some(trouble),
            } => {
                write!(f, "publishing our onion service; so far: {trouble}")
            }
            Self::Confirming => write!(f, "checking that others can reach us"),
            Self::Reachable { .. } => write!(f, "others can reach us"),
            Self::Unreachable { why } => write!(f, "others cannot reach us: {why}"),
            Self::Failed { why, advice } => write!(f, "Tor does not run: {why}. {advice}"),
        }
    }
}

impl fmt::Display for BootstrapPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connecting to a relay",
            Self::FetchingConsensus => "fetching the list of relays",
            Self::FetchingCertificates => "verifying the list of relays",
            Self::FetchingRelays => "fetching the relays' keys",
            Self::Ready => "done",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_is_wrong_and_what_to_do() {
        let stuck = TorStatus::Bootstrapping {
            percent: 15,
            phase: BootstrapPhase::FetchingConsensus,
            blocked: Some(Blockage {
                kind: BlockageKind::NoNetwork,
                why: "there is no network".into(),
                advice: "Check the cable.".into(),
            }),
        };
        assert_eq!(
            stuck.to_string(),
            "stuck at 15 %, fetching the list of relays: there is no network. Check the cable."
        );
    }

    #[test]
    fn machines_can_tell_the_states_apart() {
        let since = Timestamp::from_unix_millis(1_000);
        let json = serde_json::to_value(TorStatus::Reachable { since }).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"state": "reachable", "since": 1000})
        );
        let json = serde_json::to_value(TorStatus::Starting).unwrap();
        assert_eq!(json, serde_json::json!({"state": "starting"}));
    }
}
