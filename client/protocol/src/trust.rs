//! Whether a device may read what we write: one pure table.

use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known about whether a device is its owner's.
///
/// The order is that of the sources of trust, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// The user does not want it.
    Refused {
        /// When the user said so.
        at: Timestamp,
    },
    /// It came later than the others, and nobody has said anything about it.
    Undecided,
    /// It was there when this account was first seen.
    FirstUse,
    /// The user took it without comparing anything.
    Accepted {
        /// When the user said so.
        at: Timestamp,
    },
    /// The user has compared the fingerprint.
    Verified {
        /// When the user said so.
        at: Timestamp,
    },
}

impl Trust {
    /// Whether a person has said something about the device.
    #[must_use]
    pub const fn is_by_person(self) -> bool {
        match self {
            Self::Refused { .. } | Self::Accepted { .. } | Self::Verified { .. } => true,
            Self::Undecided | Self::FirstUse => false,
        }
    }
}

/// What is asked about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// What is known about it.
    pub trust: Trust,
    /// Whether its account publishes it. One that is not listed is gone, or an impostor.
    pub is_listed: bool,
    /// Whether the user takes new devices of everybody as long as no device of them was verified
    /// ("blind trust before verification").
    pub is_blind: bool,
    /// Whether a device of the same account was verified by a person.
    pub account_is_verified: bool,
}

/// Whether a device may read what we write, and the rule that decides.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether we encrypt to it.
    pub allow: bool,
    /// The rule.
    pub because: TrustRule,
}

/// The rules of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TrustRule {
    /// The user has compared its fingerprint.
    VerifiedByPerson,
    /// The user took it.
    AcceptedByPerson,
    /// It was there when this account was first seen.
    FirstUse,
    /// It is new, and the user takes new devices while none was verified.
    Blind,
    /// It is new, and the user has to decide.
    NeedsDecision,
    /// The user does not want it.
    RefusedByPerson,
    /// Its account does not publish it.
    NotListed,
}

/// Decides whether a device may read what we write. Reading what a device wrote needs no decision:
/// it is always decrypted, and marked.
pub const fn decide(question: Question) -> Decision {
    let Question {
        trust,
        is_listed,
        is_blind,
        account_is_verified,
    } = question;
    let (allow, because) = match trust {
        Trust::Refused { .. } => (false, TrustRule::RefusedByPerson),
        _ if !is_listed => (false, TrustRule::NotListed),
        Trust::Verified { .. } => (true, TrustRule::VerifiedByPerson),
        Trust::Accepted { .. } => (true, TrustRule::AcceptedByPerson),
        Trust::FirstUse => (true, TrustRule::FirstUse),
        Trust::Undecided if is_blind && !account_is_verified => (true, TrustRule::Blind),
        Trust::Undecided => (false, TrustRule::NeedsDecision),
    };
    Decision { allow, because }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        use TrustRule as R;
        let at = Timestamp::UNIX_EPOCH;
        let (refused, accepted, verified) = (
            Trust::Refused { at },
            Trust::Accepted { at },
            Trust::Verified { at },
        );
        // For each trust: what is decided while it is listed, without and with blind trust, and
        // with blind trust once another device was verified.
        for (trust, plain, blind, blind_and_verified) in [
            (
                refused,
                R::RefusedByPerson,
                R::RefusedByPerson,
                R::RefusedByPerson,
            ),
            (
                Trust::Undecided,
                R::NeedsDecision,
                R::Blind,
                R::NeedsDecision,
            ),
            (Trust::FirstUse, R::FirstUse, R::FirstUse, R::FirstUse),
            (
                accepted,
                R::AcceptedByPerson,
                R::AcceptedByPerson,
                R::AcceptedByPerson,
            ),
            (
                verified,
                R::VerifiedByPerson,
                R::VerifiedByPerson,
                R::VerifiedByPerson,
            ),
        ] {
            for (is_blind, account_is_verified, because) in [
                (false, false, plain),
                (false, true, plain),
                (true, false, blind),
                (true, true, blind_and_verified),
            ] {
                let question = Question {
                    trust,
                    is_listed: true,
                    is_blind,
                    account_is_verified,
                };
                let allow = !matches!(because, R::RefusedByPerson | R::NeedsDecision);
                assert_eq!(
                    decide(question),
                    Decision { allow, because },
                    "{question:?}"
                );
                let gone = decide(Question {
                    is_listed: false,
                    ..question
                });
                assert!(!gone.allow, "{question:?}");
            }
        }
    }

    #[test]
    fn a_stronger_source_is_greater() {
        let at = Timestamp::UNIX_EPOCH;
        let order = [
            Trust::Refused { at },
            Trust::Undecided,
            Trust::FirstUse,
            Trust::Accepted { at },
            Trust::Verified { at },
        ];
        assert!(order.is_sorted());
    }
}
