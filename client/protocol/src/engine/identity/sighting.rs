//! What it means that the statement of an identity was seen at an address.

use onym_identity::IdentityKey;
use onym_identity::statement::Followed;

use crate::store::{AddressStanding, IdentityRecord, IntroductionRecord};

/// What a statement at an address is to what is known of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sighting {
    /// Nobody was known there, and nobody else was expected.
    First,
    /// The identity that is known there says something new, or the address is its own again.
    Newer(IdentityRecord),
    /// The identity that is known there says what is known.
    Same(IdentityRecord),
    /// Another identity is known or expected there.
    Other(IdentityRecord),
}

impl Sighting {
    /// `followed` is what is known of the identity with the statement that was seen.
    pub(super) fn of(
        known: Option<&IdentityRecord>,
        expected: Option<&IntroductionRecord>,
        followed: &Followed,
    ) -> Self {
        let is_it = |identity: &IdentityKey| identity == followed.identity();
        match (known, expected) {
            (Some(known), _) if !is_it(known.identity()) => Self::Other(known.clone()),
            (Some(known), _) => {
                let is_new = known.followed != *followed;
                if is_new || known.address != AddressStanding::Listed {
                    Self::Newer(known.clone())
                } else {
                    Self::Same(known.clone())
                }
            }
            (None, Some(expected)) if !is_it(&expected.identity) => {
                let (jid, known_by) = (expected.jid.clone(), expected.known_by);
                Self::Other(IdentityRecord::unseen(jid, expected.identity, known_by))
            }
            (None, _) => Self::First,
        }
    }
}

#[cfg(test)]
mod tests {
    use jid::BareJid;
    use onym_identity::statement::{Statement, StatementBody, Unverified};
    use onym_identity::{IdentitySecretKey, Timestamp};

    use super::*;
    use crate::store::KnownBy;

    fn key(number: u8) -> IdentitySecretKey {
        IdentitySecretKey::from_seed(&[number; 32])
    }

    fn followed(number: u8, serial: u64) -> Followed {
        let body = StatementBody {
            serial,
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::from_unix_millis(1_000),
            name: None,
            endpoints: Vec::new(),
            keys: Vec::new(),
            revocations: Vec::new(),
        };
        let signed = body.sign(&key(number)).unwrap();
        let unverified = Unverified::<Statement>::parse(signed.as_bytes()).unwrap();
        let statement = unverified.verify(Timestamp::UNIX_EPOCH).unwrap();
        let mut followed = Followed::new(key(number).public());
        followed.follow(&statement).unwrap();
        followed
    }

    #[test]
    fn every_sighting_has_one_meaning() {
        let jid = BareJid::new("bob@b.example").unwrap();
        let by = KnownBy::FirstSeen;
        let known = |number, serial| {
            let identity = key(number).public();
            let mut record = IdentityRecord::unseen(jid.clone(), identity, by);
            record.followed = followed(number, serial);
            record
        };
        let expected = |number: u8| IntroductionRecord {
            jid: jid.clone(),
            identity: key(number).public(),
            known_by: by,
        };
        let seen = followed(1, 5);
        let mut left = known(1, 5);
        left.address = AddressStanding::LeftOut;
        let unseen = IdentityRecord::unseen(jid.clone(), key(2).public(), by);
        for (known, expected, sighting) in [
            (None, None, Sighting::First),
            (None, Some(expected(1)), Sighting::First),
            (None, Some(expected(2)), Sighting::Other(unseen)),
            (Some(known(1, 5)), None, Sighting::Same(known(1, 5))),
            (Some(known(1, 4)), None, Sighting::Newer(known(1, 4))),
            (Some(left.clone()), None, Sighting::Newer(left)),
            (Some(known(2, 9)), None, Sighting::Other(known(2, 9))),
        ] {
            let found = Sighting::of(known.as_ref(), expected.as_ref(), &seen);
            assert_eq!(found, sighting);
        }
    }
}
