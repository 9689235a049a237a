//! The domain part of a JID: who a server speaks for.

use std::fmt;

use jid::Jid;
use serde::{Deserialize, Serialize};

/// A domain, normalised as RFC 7622 says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Domain(String);

impl Domain {
    /// The domain of a JID.
    #[must_use]
    pub fn of(jid: &Jid) -> Self {
        Self(jid.domain().as_str().to_owned())
    }

    /// Reads a bare domain. Anything with a local part or a resource is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let jid = Jid::new(text).ok()?;
        (jid.node().is_none() && jid.resource().is_none()).then(|| Self::of(&jid))
    }

    /// Whether it is an onion address by its form: whoever answers there has its key, and the
    /// connection is encrypted up to there.
    #[must_use]
    pub fn is_onion(&self) -> bool {
        self.0.ends_with(".onion")
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
