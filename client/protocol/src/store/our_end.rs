//! What ends our own identity, once its owner has said so.

use serde::{Deserialize, Serialize};

/// The documents that end our own identity. They are published in the place of a statement for as long
/// as the account is there, whoever puts something else in their place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OurEndRecord {
    /// Its revocation; empty if there is none.
    #[serde(with = "serde_bytes")]
    pub revocation: Vec<u8>,
    /// Its succession; empty if there is none.
    #[serde(with = "serde_bytes")]
    pub succession: Vec<u8>,
    /// Whether our server has taken them.
    pub is_published: bool,
}

impl OurEndRecord {
    /// The documents, the revocation first.
    pub fn documents(&self) -> impl Iterator<Item = &[u8]> {
        let all = [&self.revocation, &self.succession];
        all.into_iter()
            .map(Vec::as_slice)
            .filter(|it| !it.is_empty())
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.documents().next().is_some()
    }

    /// Whether there is one that our server has not taken.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.is_some() && !self.is_published
    }
}
