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

/// What the signature of an identity is worth: how it is known that the identity is that of the person
/// behind the address. The weakest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Voucher {
    /// It is the first one that was seen behind the address. It was there, as a device can be.
    FirstSeen,
    /// An invite named it.
    Introduced,
    /// The address itself names it, so nobody else can sign for it.
    Named,
    /// A person has compared or scanned its key.
    Verified,
}

/// What the identity behind an address says about a device there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IdentityWord {
    /// Nothing about this device with this key.
    #[default]
    Nothing,
    /// Its statement lists the device with the key that it has now.
    Signed(Voucher),
    /// Its statement revokes the key.
    Revoked,
}

/// What devices that are authenticated say about another one (XEP-0450).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceWord {
    /// Nothing about this key, or nothing later than what the user said.
    #[default]
    Nothing,
    /// One of them vouches for the key, and none denies it.
    Vouched,
    /// One of them says that the key is not to be trusted.
    Denied,
}

/// What is asked about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// What is known about it.
    pub trust: Trust,
    /// What the identity behind its account says about it.
    pub identity: IdentityWord,
    /// What other devices say about it.
    pub devices: DeviceWord,
    /// Whether its account publishes it. One that is not listed is gone, or an impostor.
    pub is_listed: bool,
    /// Whether the user takes new devices of everybody as long as no device of them was verified
    /// ("blind trust before verification").
    pub is_blind: bool,
    /// Whether a device of the same account was verified by a person, or by one that was.
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

/// The rules of trust. Messages keep the rule that decided about their device, by its number, so a
/// new rule stands last here whatever its rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The identity that its account's address names has signed its key.
    SignedByIdentity,
    /// The identity behind its account has revoked its key.
    RevokedByIdentity,
    /// An identity that a person has verified has signed its key.
    SignedByVerified,
    /// An identity that an invite named has signed its key.
    SignedByIntroduced,
    /// The first identity that was seen behind its account's address has signed its key.
    SignedByFirstSeen,
    /// A device that was verified vouches for its key.
    VouchedByDevice,
    /// A device that was verified says that its key is not to be trusted.
    DeniedByDevice,
}

impl TrustRule {
    /// All of them, the one that says most for a device first.
    pub const ALL: [Self; 14] = [
        Self::VerifiedByPerson,
        Self::SignedByVerified,
        Self::VouchedByDevice,
        Self::SignedByIdentity,
        Self::SignedByIntroduced,
        Self::AcceptedByPerson,
        Self::FirstUse,
        Self::SignedByFirstSeen,
        Self::Blind,
        Self::NeedsDecision,
        Self::NotListed,
        Self::DeniedByDevice,
        Self::RevokedByIdentity,
        Self::RefusedByPerson,
    ];

    /// How little speaks for a device: the place in [`ALL`](Self::ALL).
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::VerifiedByPerson => 0,
            Self::SignedByVerified => 1,
            Self::VouchedByDevice => 2,
            Self::SignedByIdentity => 3,
            Self::SignedByIntroduced => 4,
            Self::AcceptedByPerson => 5,
            Self::FirstUse => 6,
            Self::SignedByFirstSeen => 7,
            Self::Blind => 8,
            Self::NeedsDecision => 9,
            Self::NotListed => 10,
            Self::DeniedByDevice => 11,
            Self::RevokedByIdentity => 12,
            Self::RefusedByPerson => 13,
        }
    }

    /// Whether a person has looked at the key, at that of the identity that signed it, or at that of
    /// a device that vouches for it. Such a device is heard when it vouches for others.
    #[must_use]
    pub const fn is_verified(self) -> bool {
        matches!(
            self,
            Self::VerifiedByPerson | Self::SignedByVerified | Self::VouchedByDevice
        )
    }

    /// Whether somebody who may do so has said that the key is not to be trusted.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::RefusedByPerson | Self::RevokedByIdentity | Self::DeniedByDevice
        )
    }

    /// Whether what a device at one address of a person says counts for what came by another one, whose
    /// device counted for `message`, if one sealed it. The server of an address can show a device of its
    /// own, so that being there is not enough: the identity signs it, a verified device vouches for it, or
    /// the user has said something. What a compared device wrote is not changed by less.
    #[must_use]
    pub const fn speaks_elsewhere(self, is_signed: bool, message: Option<Self>) -> bool {
        let is_theirs = match self {
            Self::FirstUse | Self::Blind => is_signed,
            rule => rule.allows(),
        };
        let is_compared = match message {
            Some(message) => message.is_verified(),
            None => false,
        };
        is_theirs && (self.is_verified() || !is_compared)
    }

    /// Whether a device may read what we write by this rule.
    #[must_use]
    pub const fn allows(self) -> bool {
        match self {
            Self::VerifiedByPerson
            | Self::SignedByVerified
            | Self::VouchedByDevice
            | Self::SignedByIdentity
            | Self::SignedByIntroduced
            | Self::AcceptedByPerson
            | Self::FirstUse
            | Self::SignedByFirstSeen
            | Self::Blind => true,
            Self::NeedsDecision
            | Self::NotListed
            | Self::DeniedByDevice
            | Self::RevokedByIdentity
            | Self::RefusedByPerson => false,
        }
    }
}

/// Decides whether a device may read what we write. Reading what a device wrote needs no decision:
/// it is always decrypted, and marked. `docs/trust.md` has the same table.
pub const fn decide(question: Question) -> Decision {
    use IdentityWord as I;
    let Question {
        trust,
        identity,
        devices,
        is_listed,
        is_blind,
        account_is_verified,
    } = question;
    let because = match (trust, identity) {
        (Trust::Refused { .. }, _) => TrustRule::RefusedByPerson,
        (_, I::Revoked) => TrustRule::RevokedByIdentity,
        _ if matches!(devices, DeviceWord::Denied) => TrustRule::DeniedByDevice,
        _ if !is_listed => TrustRule::NotListed,
        (Trust::Verified { .. }, _) => TrustRule::VerifiedByPerson,
        (_, I::Signed(Voucher::Verified)) => TrustRule::SignedByVerified,
        _ if matches!(devices, DeviceWord::Vouched) => TrustRule::VouchedByDevice,
        (_, I::Signed(Voucher::Named)) => TrustRule::SignedByIdentity,
        (_, I::Signed(Voucher::Introduced)) => TrustRule::SignedByIntroduced,
        (Trust::Accepted { .. }, _) => TrustRule::AcceptedByPerson,
        (Trust::FirstUse, _) => TrustRule::FirstUse,
        (Trust::Undecided, I::Signed(Voucher::FirstSeen)) => TrustRule::SignedByFirstSeen,
        (Trust::Undecided, _) if is_blind && !account_is_verified => TrustRule::Blind,
        (Trust::Undecided, _) => TrustRule::NeedsDecision,
    };
    Decision {
        allow: because.allows(),
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    /// The table as people read it.
    const PAGE: &str = include_str!("../../../docs/trust.md");

    /// A row of the page's table: patterns for the five facts, then what is decided.
    struct Row {
        facts: [String; 5],
        may_read: String,
        rule: String,
    }

    fn rows() -> Vec<Row> {
        let is_row = |line: &&str| line.starts_with("| ") && line.contains(" | `");
        let rows = PAGE.lines().filter(is_row).map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [a, b, c, d, e, may_read, rule, _words] = cells[..] else {
                panic!("a row with other columns: {line}");
            };
            Row {
                facts: [a, b, c, d, e].map(str::to_owned),
                may_read: may_read.to_owned(),
                rule: rule.trim_matches('`').to_owned(),
            }
        });
        rows.collect()
    }

    /// The facts of a question in the words of the page.
    fn facts(question: Question) -> [&'static str; 5] {
        let yes_or_no = |it| if it { "yes" } else { "no" };
        [
            match question.trust {
                Trust::Refused { .. } => "refused it",
                Trust::Undecided => "nothing, it is new",
                Trust::FirstUse => "nothing, it was there first",
                Trust::Accepted { .. } => "took it",
                Trust::Verified { .. } => "compared it",
            },
            match question.identity {
                IdentityWord::Nothing => "nothing",
                IdentityWord::Signed(Voucher::Verified) => "verified, signed it",
                IdentityWord::Signed(Voucher::Named) => "named by the address, signed it",
                IdentityWord::Signed(Voucher::Introduced) => "introduced, signed it",
                IdentityWord::Signed(Voucher::FirstSeen) => "seen first, signed it",
                IdentityWord::Revoked => "revoked it",
            },
            match question.devices {
                DeviceWord::Nothing => "nothing",
                DeviceWord::Vouched => "vouches for it",
                DeviceWord::Denied => "denies it",
            },
            yes_or_no(question.is_listed),
            yes_or_no(question.is_blind && !question.account_is_verified),
        ]
    }

    fn questions() -> Vec<Question> {
        let mut all = Vec::new();
        for trust in [
            Trust::Refused { at: AT },
            Trust::Undecided,
            Trust::FirstUse,
            Trust::Accepted { at: AT },
            Trust::Verified { at: AT },
        ] {
            for identity in [
                IdentityWord::Nothing,
                IdentityWord::Signed(Voucher::FirstSeen),
                IdentityWord::Signed(Voucher::Introduced),
                IdentityWord::Signed(Voucher::Named),
                IdentityWord::Signed(Voucher::Verified),
                IdentityWord::Revoked,
            ] {
                let words = [DeviceWord::Nothing, DeviceWord::Vouched, DeviceWord::Denied];
                for (devices, bits) in words
                    .into_iter()
                    .flat_map(|it| (0..8).map(move |b| (it, b)))
                {
                    let bits: u8 = bits;
                    all.push(Question {
                        trust,
                        identity,
                        devices,
                        is_listed: bits & 1 != 0,
                        is_blind: bits & 2 != 0,
                        account_is_verified: bits & 4 != 0,
                    });
                }
            }
        }
        all
    }

    const fn name(rule: TrustRule) -> &'static str {
        match rule {
            TrustRule::VerifiedByPerson => "verified",
            TrustRule::SignedByVerified => "signed-verified",
            TrustRule::SignedByIdentity => "signed",
            TrustRule::SignedByIntroduced => "signed-introduced",
            TrustRule::SignedByFirstSeen => "signed-first-seen",
            TrustRule::AcceptedByPerson => "accepted",
            TrustRule::FirstUse => "first-use",
            TrustRule::Blind => "blind",
            TrustRule::NeedsDecision => "needs-decision",
            TrustRule::RefusedByPerson => "refused",
            TrustRule::RevokedByIdentity => "revoked",
            TrustRule::NotListed => "not-listed",
            TrustRule::VouchedByDevice => "vouched",
            TrustRule::DeniedByDevice => "denied",
        }
    }

    #[test]
    fn the_whole_table_is_that_of_the_page() {
        let rows = rows();
        assert_eq!(rows.len(), TrustRule::ALL.len());
        for question in questions() {
            let facts = facts(question);
            let fits = |row: &&Row| {
                let mut pairs = row.facts.iter().zip(facts);
                pairs.all(|(pattern, fact)| pattern == "any" || *pattern == fact)
            };
            let row = rows.iter().find(fits).unwrap();
            let decision = decide(question);
            assert_eq!(name(decision.because), row.rule, "{question:?}");
            let may_read = if decision.allow { "yes" } else { "no" };
            assert_eq!(may_read, row.may_read, "{question:?}");
        }
    }

    #[test]
    fn who_speaks_for_another_address() {
        use TrustRule as R;
        for (rule, is_signed, message, counts) in [
            (R::FirstUse, false, None, false),
            (R::FirstUse, true, None, true),
            (R::Blind, false, Some(R::Blind), false),
            (R::Blind, true, Some(R::AcceptedByPerson), true),
            (R::SignedByFirstSeen, true, Some(R::SignedByFirstSeen), true),
            (R::AcceptedByPerson, false, Some(R::FirstUse), true),
            (R::AcceptedByPerson, false, Some(R::VerifiedByPerson), false),
            (
                R::SignedByIntroduced,
                true,
                Some(R::SignedByVerified),
                false,
            ),
            (R::VouchedByDevice, false, Some(R::VerifiedByPerson), true),
            (R::NeedsDecision, true, None, false),
            (R::NotListed, true, None, false),
        ] {
            let found = rule.speaks_elsewhere(is_signed, message);
            assert_eq!(found, counts, "{rule:?}, {is_signed}, {message:?}");
        }
    }

    #[test]
    fn every_rule_decides_something_and_the_ranks_are_those_of_the_list() {
        for (place, rule) in TrustRule::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(rule.rank()), place);
            let mut questions = questions().into_iter();
            assert!(questions.any(|it| decide(it).because == rule), "{rule:?}");
        }
        // What says less for a device never allows what something better does not.
        let allowed = TrustRule::ALL.map(TrustRule::allows);
        assert!(allowed.is_sorted_by(|before, after| before >= after));
    }

    #[test]
    fn a_stronger_source_is_greater() {
        let order = [
            Trust::Refused { at: AT },
            Trust::Undecided,
            Trust::FirstUse,
            Trust::Accepted { at: AT },
            Trust::Verified { at: AT },
        ];
        assert!(order.is_sorted());
    }
}
