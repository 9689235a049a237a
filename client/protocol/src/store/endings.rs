//! What ended identities of others, as they signed it.

use onym_identity::IdentityKey;
use serde::{Deserialize, Serialize};

/// The documents that ended an identity which is not ours. They are given back to whoever goes on under it
/// without knowing of its end: its owner who has restored it from the words, or a thief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingRecord {
    /// Whose end it is.
    pub identity: IdentityKey,
    /// Its revocation; empty if none was seen.
    #[serde(with = "serde_bytes")]
    pub revocation: Vec<u8>,
    /// Its succession; empty if none was seen.
    #[serde(with = "serde_bytes")]
    pub succession: Vec<u8>,
}

impl EndingRecord {
    /// Of an identity of whose end nothing was seen.
    #[must_use]
    pub const fn new(identity: IdentityKey) -> Self {
        Self {
            identity,
            revocation: Vec::new(),
            succession: Vec::new(),
        }
    }

    /// The documents, the revocation first.
    pub fn documents(&self) -> impl Iterator<Item = &[u8]> {
        let all = [&self.revocation, &self.succession];
        all.into_iter()
            .map(Vec::as_slice)
            .filter(|it| !it.is_empty())
    }
}
