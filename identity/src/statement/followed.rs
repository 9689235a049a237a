//! What a reader remembers of an identity, so that nobody can show it an older state.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identity_key::IdentityKey;
use crate::statement::{IdentityRevocation, Statement, StatementHash, Succession};

/// An identity as a reader has seen it. It only goes forward.
///
/// What verifies is still refused if it is older than what was seen, or if it contradicts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    identity: IdentityKey,
    latest: Option<Latest>,
    successor: Option<IdentityKey>,
    is_revoked: bool,
}

/// The statement with the highest serial number that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// Its number.
    pub serial: u64,
    /// What tells it from others with this number.
    pub hash: StatementHash,
}

/// What a document was to a reader who accepted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The first of this identity.
    First,
    /// Newer than what was known.
    Newer,
    /// What was known already.
    Same,
}

/// Whether an identity is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its latest statement counts, as long as it has not expired.
    Good,
    /// It has named its successor. Nothing new of it counts, and whether the successor is to be
    /// followed is a person's decision.
    Succeeded(IdentityKey),
    /// It has ended. Nothing of it counts, and neither does a successor that it named: the key may
    /// have been stolen before.
    Revoked,
}

impl Followed {
    /// An identity of which nothing has been seen.
    #[must_use]
    pub const fn new(identity: IdentityKey) -> Self {
        Self {
            identity,
            latest: None,
            successor: None,
            is_revoked: false,
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    /// The latest statement that was seen.
    #[must_use]
    pub const fn latest(&self) -> Option<&Latest> {
        self.latest.as_ref()
    }

    /// Whether the identity is to be believed.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        match self.successor {
            _ if self.is_revoked => Standing::Revoked,
            Some(successor) => Standing::Succeeded(successor),
            None => Standing::Good,
        }
    }

    /// Takes a statement, if it is not older than what was seen.
    ///
    /// # Errors
    ///
    /// [`FollowError`]; nothing has changed then.
    pub fn follow(&mut self, statement: &Statement) -> Result<News, FollowError> {
        self.check_whose(statement.identity())?;
        let got = Latest {
            serial: statement.body().serial,
            hash: *statement.hash(),
        };
        match (self.standing(), self.latest) {
            (Standing::Revoked, _) => Err(FollowError::Revoked),
            (_, Some(seen)) if seen == got => Ok(News::Same),
            (Standing::Succeeded(by), _) => Err(FollowError::Succeeded { by }),
            (Standing::Good, Some(seen)) if got.serial < seen.serial => Err(FollowError::Older {
                seen: seen.serial,
                got: got.serial,
            }),
            (Standing::Good, Some(seen)) if got.serial == seen.serial => {
                Err(FollowError::Equivocation {
                    serial: seen.serial,
                    seen: seen.hash,
                    got: got.hash,
                })
            }
            (Standing::Good, seen) => {
                self.latest = Some(got);
                Ok(seen.map_or(News::First, |_| News::Newer))
            }
        }
    }

    /// Ends the identity, for good.
    ///
    /// # Errors
    ///
    /// [`FollowError::OtherIdentity`].
    pub fn revoke(&mut self, revocation: &IdentityRevocation) -> Result<News, FollowError> {
        self.check_whose(revocation.identity())?;
        let was_revoked = std::mem::replace(&mut self.is_revoked, true);
        Ok(if was_revoked { News::Same } else { News::Newer })
    }

    /// Takes the identity's word for its successor. The first one counts.
    ///
    /// # Errors
    ///
    /// [`FollowError`]; nothing has changed then.
    pub fn succeed(&mut self, succession: &Succession) -> Result<News, FollowError> {
        self.check_whose(succession.old())?;
        let got = *succession.new_identity();
        match self.standing() {
            Standing::Revoked => Err(FollowError::Revoked),
            Standing::Succeeded(seen) if seen == got => Ok(News::Same),
            Standing::Succeeded(seen) => Err(FollowError::OtherSuccessor { seen, got }),
            Standing::Good => {
                self.successor = Some(got);
                Ok(News::Newer)
            }
        }
    }

    fn check_whose(&self, got: &IdentityKey) -> Result<(), FollowError> {
        if self.identity == *got {
            return Ok(());
        }
        Err(FollowError::OtherIdentity {
            expected: self.identity,
            got: *got,
        })
    }
}

/// Why a document that verifies is not followed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum FollowError {
    /// It is another identity's. Whoever gave it is at fault.
    #[error("the document is another identity's")]
    OtherIdentity {
        /// Who is followed.
        expected: IdentityKey,
        /// Whose it is.
        got: IdentityKey,
    },
    /// A newer one has been seen: whoever gave it is behind, or shows an old state on purpose.
    #[error("the statement has number {got}, and number {seen} has been seen")]
    Older {
        /// The highest number that was seen.
        seen: u64,
        /// Its number.
        got: u64,
    },
    /// There are two statements with this number. The identity has said two things at once: its key
    /// is in two places, in a copy that was restored or with a thief.
    #[error("there are two different statements with number {serial}")]
    Equivocation {
        /// The number of both.
        serial: u64,
        /// The one that was seen first.
        seen: StatementHash,
        /// This one.
        got: StatementHash,
    },
    /// The identity has named its successor before.
    #[error("the identity has named its successor, and says nothing any more")]
    Succeeded {
        /// The successor.
        by: IdentityKey,
    },
    /// The identity has named two successors: its key is in two places.
    #[error("the identity has named two different successors")]
    OtherSuccessor {
        /// The one that was seen first.
        seen: IdentityKey,
        /// This one.
        got: IdentityKey,
    },
    /// The identity has ended.
    #[error("the identity has been revoked by its owner")]
    Revoked,
}
