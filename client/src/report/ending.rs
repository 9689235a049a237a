//! What is said about the end of identities, and about documents that were taken.

use onym_identity::statement::Standing;
use serde::{Deserialize, Serialize};

/// That our own identity counts no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OurEndReport {
    /// `revoked` or `succeeded`.
    pub(crate) standing: String,
    /// The identity that comes after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,
}

impl OurEndReport {
    /// Nothing while it counts.
    pub(crate) fn of(standing: Standing) -> Option<Self> {
        let (standing, successor) = match standing {
            Standing::Good => return None,
            Standing::Revoked => ("revoked", None),
            Standing::Succeeded(by) => ("succeeded", Some(by.to_string())),
        };
        Some(Self {
            standing: standing.to_owned(),
            successor,
        })
    }

    pub(super) fn words(&self) -> String {
        match &self.successor {
            None => "WARNING: you have revoked your identity. Whoever hears of it believes nothing of it any more, \
                 and contacts send nothing here. Contacts who are online hear of it as long as this endpoint \
                 runs, others when they ask it next: keep it running."
                .to_owned(),
            Some(successor) => format!(
                "WARNING: your identity has named its successor, and counts no more. Contacts are asked whether \
                 they follow it, those who are not online when they ask this endpoint next: keep it running.\n  \
                 the successor: {successor}"
            ),
        }
    }
}

/// A document that was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FollowedReport {
    /// `statement`, `revocation` or `succession`.
    pub(crate) kind: String,
    pub(crate) identity: String,
    /// What counts of the identity now: `good`, `succeeded` or `revoked`.
    pub(crate) standing: String,
    /// The addresses here that this concerns.
    pub(crate) addresses: Vec<String>,
}

impl FollowedReport {
    pub(super) fn words(&self) -> String {
        let Self {
            kind,
            identity,
            addresses,
            ..
        } = self;
        let concerns = match addresses.is_empty() {
            true => "It concerns no address that is known here, and is remembered.".to_owned(),
            false => format!("It counts here for {}.", addresses.join(", ")),
        };
        format!("Taken: the {kind} of the identity\n  {identity}\n{concerns}")
    }
}
