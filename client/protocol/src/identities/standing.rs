//! Who is behind an address, as far as it is known: one rule for everybody who asks.

use jid::BareJid;
use onym_identity::statement::{Followed, Standing};
use onym_identity::{IdentityKey, OnymJid, Timestamp};

use crate::protection::Hold;
use crate::store::{AddressStanding, IdentityRecord, KnownBy, Snapshot};

/// Who is behind an address: what is known, in one word, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PersonStanding {
    /// No identity: whoever runs the server says who it is.
    #[default]
    Nobody,
    /// The address itself is the identity's key.
    AddressIsKey,
    /// The user knows the identity, and nothing of it was seen at this address, which does not carry its
    /// key: whoever runs the server says who it is.
    Expected {
        /// How the user knows it: from an invite, compared, or taken in the place of another one.
        known_by: KnownBy,
    },
    /// The account publishes a statement of an identity that lists the account.
    Confirmed,
    /// The same, and it was first seen when devices there were trusted already: whoever runs the
    /// server could have made it, so that it signs nothing before the user takes it.
    Late,
    /// The user got the identity with an invite.
    Introduced {
        /// When.
        at: Timestamp,
    },
    /// The user has compared or scanned the identity.
    Verified {
        /// When.
        at: Timestamp,
    },
    /// The user has compared the identity, and it is not the person's.
    Differs {
        /// When.
        at: Timestamp,
    },
    /// Another identity publishes at this address now.
    Changed {
        /// Since when.
        since: Timestamp,
    },
    /// The identity no longer lists this address.
    AddressLeft,
    /// The identity has revoked this address.
    AddressRevoked,
    /// The identity has named its successor, and says nothing more.
    Succeeded {
        /// Whom.
        by: IdentityKey,
    },
    /// The owner of the identity has ended it.
    Revoked,
}

impl PersonStanding {
    /// Whether the user has to look before they go on.
    #[must_use]
    pub const fn is_alarming(self) -> bool {
        matches!(
            self,
            Self::Differs { .. }
                | Self::Changed { .. }
                | Self::AddressRevoked
                | Self::Succeeded { .. }
                | Self::Revoked
        )
    }

    /// Whether a person has compared or scanned the key and found it right, seen here or not.
    #[must_use]
    pub const fn is_compared(self) -> bool {
        use KnownBy::Verified;
        matches!(
            self,
            Self::Verified { .. }
                | Self::Expected {
                    known_by: Verified { .. }
                }
        )
    }

    /// Why nothing is sent there, whatever the devices are.
    #[must_use]
    pub const fn hold(self) -> Option<Hold> {
        match self {
            Self::Changed { .. } => Some(Hold::IdentityChanged),
            Self::Differs { .. } => Some(Hold::IdentityDiffers),
            Self::Revoked => Some(Hold::IdentityRevoked),
            Self::AddressRevoked => Some(Hold::AddressRevoked),
            Self::Nobody
            | Self::AddressIsKey
            | Self::Expected { .. }
            | Self::Confirmed
            | Self::Late
            | Self::Introduced { .. }
            | Self::Verified { .. }
            | Self::AddressLeft
            | Self::Succeeded { .. } => None,
        }
    }

    /// Whether the identity is known to be the one behind the address, and nothing speaks against it.
    #[must_use]
    pub const fn is_beyond_doubt(self) -> bool {
        match self {
            Self::AddressIsKey
            | Self::Confirmed
            | Self::Introduced { .. }
            | Self::Verified { .. } => true,
            Self::Nobody
            | Self::Expected { .. }
            | Self::Late
            | Self::Differs { .. }
            | Self::Changed { .. }
            | Self::AddressLeft
            | Self::AddressRevoked
            | Self::Succeeded { .. }
            | Self::Revoked => false,
        }
    }
}

impl Snapshot {
    /// Who is behind an address. Of one about which nothing is kept it reads the key in it, which costs
    /// as much as a signature.
    #[must_use]
    pub fn standing_at(&self, jid: &BareJid) -> PersonStanding {
        if let Some(record) = self.identities.get(jid) {
            return self.standing_in(record);
        }
        if let Some(said) = self.introductions.get(jid) {
            let ended = end(self.standing_of(&said.identity));
            return ended.unwrap_or_else(|| known(said.known_by, jid, &said.identity, false));
        }
        let named = OnymJid::try_from(jid).ok().map(|it| it.identity);
        named.map_or(PersonStanding::Nobody, |identity| {
            let ended = end(self.standing_of(&identity));
            ended.unwrap_or(PersonStanding::AddressIsKey)
        })
    }

    /// Whether the user has verified the identity at an address, and nothing speaks against it. Asked for
    /// each contact, so it reads no key.
    #[must_use]
    pub fn is_verified_at(&self, jid: &BareJid) -> bool {
        let is_kept = self.identities.contains_key(jid) || self.introductions.contains_key(jid);
        is_kept && matches!(self.standing_at(jid), PersonStanding::Verified { .. })
    }

    /// Whether an account confirms that it is this identity's, as far as both were seen.
    #[must_use]
    pub fn confirms(&self, jid: &BareJid, identity: &IdentityKey) -> bool {
        let known = self.identities.get(jid);
        let known = known.filter(|it| it.identity() == identity && it.is_confirmed());
        known.is_some_and(|it| {
            it.challenge.is_none() && self.standing_of_seen(it) != Standing::Revoked
        })
    }

    /// Who is behind the address of a record.
    pub(crate) fn standing_in(&self, record: &IdentityRecord) -> PersonStanding {
        let has_a_say = record.has_a_say();
        let standing = self.standing_of_seen(record);
        if has_a_say && standing == Standing::Revoked {
            return PersonStanding::Revoked;
        }
        if let Some(challenge) = record.challenge {
            let since = challenge.since;
            return PersonStanding::Changed { since };
        }
        if let KnownBy::Differs { at } = record.known_by {
            return PersonStanding::Differs { at };
        }
        if !has_a_say {
            return PersonStanding::Late;
        }
        if let Some(ended) = end(standing) {
            return ended;
        }
        match record.address {
            AddressStanding::Revoked => PersonStanding::AddressRevoked,
            AddressStanding::LeftOut => PersonStanding::AddressLeft,
            AddressStanding::Listed => {
                let is_seen = record.followed.latest().is_some();
                known(record.known_by, &record.jid, record.identity(), is_seen)
            }
        }
    }

    /// What is remembered of an identity without an address.
    fn standing_of(&self, identity: &IdentityKey) -> Standing {
        let ended = self.ended.get(identity).map(Followed::standing);
        ended.unwrap_or(Standing::Good)
    }

    /// Whether an identity is to be believed, by its record and by what is remembered without one.
    fn standing_of_seen(&self, record: &IdentityRecord) -> Standing {
        match (
            record.followed.standing(),
            self.standing_of(record.identity()),
        ) {
            (Standing::Revoked, _) | (_, Standing::Revoked) => Standing::Revoked,
            (Standing::Good, remembered) => remembered,
            (seen, _) => seen,
        }
    }
}

/// What has become of an identity, if it does not say anything any more.
const fn end(standing: Standing) -> Option<PersonStanding> {
    match standing {
        Standing::Good => None,
        Standing::Succeeded(by) => Some(PersonStanding::Succeeded { by }),
        Standing::Revoked => Some(PersonStanding::Revoked),
    }
}

/// How the user knows an identity, where nothing speaks against it, and whether anything of it was seen at
/// the address.
fn known(
    known_by: KnownBy,
    jid: &BareJid,
    identity: &IdentityKey,
    is_seen: bool,
) -> PersonStanding {
    match known_by {
        KnownBy::Differs { at } => PersonStanding::Differs { at },
        _ if !is_seen && !names(jid, identity) => PersonStanding::Expected { known_by },
        KnownBy::Verified { at } => PersonStanding::Verified { at },
        KnownBy::Introduced { at } => PersonStanding::Introduced { at },
        KnownBy::FirstSeen if names(jid, identity) => PersonStanding::AddressIsKey,
        KnownBy::FirstSeen => PersonStanding::Confirmed,
    }
}

/// Whether an address is called like a key at an onion service. That the whole of it is right was checked
/// before anything was kept about it, so that this compares texts. An account at somebody's server may be
/// called like a key, too; the server decides who is there.
pub(crate) fn names(jid: &BareJid, identity: &IdentityKey) -> bool {
    let local = jid.node().map(|it| it.as_str() == identity.to_string());
    local == Some(true) && jid.domain().as_str().ends_with(".onion")
}
