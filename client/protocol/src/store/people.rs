//! People: which addresses belong together because one identity stands behind all of them.

use jid::BareJid;
use onym_identity::IdentityKey;
use onym_identity::statement::{Followed, Standing};
use serde::{Deserialize, Serialize};

use super::{IdentityRecord, KnownBy, Snapshot};

/// How many successors are followed from the identity at a home to the person who is behind it now.
const MAX_SUCCESSIONS: usize = 16;

/// A person with several addresses, whose messages stand in one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// The address under which the conversation is kept. It was chosen once and stays, also when the
    /// address is no longer the person's.
    pub home: BareJid,
    /// Who it is.
    pub identity: IdentityKey,
    /// The address that the user has chosen to write to; nothing leaves the choice to the route.
    pub write_to: Option<BareJid>,
}

impl Snapshot {
    /// The address under which the conversation with whoever is behind an address is kept: the address
    /// itself, unless it is one of several of one person beyond doubt.
    #[must_use]
    pub fn home_of(&self, jid: &BareJid) -> BareJid {
        let person = self.person_at(jid).and_then(|it| self.people.get(it));
        let person = person.filter(|it| self.keeps_home(it));
        person.map_or_else(|| jid.clone(), |it| it.home.clone())
    }

    /// The person whose conversation is kept under an address.
    #[must_use]
    pub fn person_of(&self, home: &BareJid) -> Option<&PersonRecord> {
        let mut people = self.people.values().filter(|it| it.home == *home);
        people.find(|it| self.keeps_home(it))
    }

    /// Every address of whoever is behind one, that one first: of a person all that are theirs beyond
    /// doubt and the home, and else the address alone.
    #[must_use]
    pub fn addresses_with(&self, jid: &BareJid) -> Vec<BareJid> {
        let mut addresses = vec![jid.clone()];
        let Some(person) = self.person_of(&self.home_of(jid)) else {
            return addresses;
        };
        let theirs = self.addresses_of(&person.identity).map(|it| &it.jid);
        for other in theirs.chain([&person.home]) {
            if !addresses.contains(other) {
                addresses.push(other.clone());
            }
        }
        addresses
    }

    /// Whether an address is the home of a person to whom it does not belong any more beyond doubt: it
    /// was left out, revoked or is disputed. Whoever writes from there is not the person.
    #[must_use]
    pub fn is_former_home(&self, jid: &BareJid) -> bool {
        self.person_of(jid)
            .is_some_and(|person| self.person_at(jid) != Some(&person.identity))
    }

    /// Whether a person's conversation may stay where it is: nobody else was taken for the one behind
    /// the address since. A successor whom the user took is the same person.
    pub(crate) fn keeps_home(&self, person: &PersonRecord) -> bool {
        let Some(record) = self.identities.get(&person.home) else {
            return true;
        };
        let mut behind = *record.identity();
        for _ in 0..MAX_SUCCESSIONS {
            if behind == person.identity {
                return true;
            }
            match self.ended.get(&behind).map(Followed::standing) {
                Some(Standing::Succeeded(by)) => behind = by,
                _ => return false,
            }
        }
        false
    }

    /// Who is behind an address beyond doubt: the identity lists it, the account has published the
    /// identity's statement, the identity has a say there, and nothing speaks against either.
    ///
    /// What is known of one address of a person counts for another one only between two addresses of
    /// which this says the same. The server of an account can add an identity of its own to it, which
    /// lists the addresses that this server would like our messages to go to.
    #[must_use]
    pub fn person_at(&self, jid: &BareJid) -> Option<&IdentityKey> {
        let record = self.identities.get(jid)?;
        self.is_beyond_doubt(record).then(|| record.identity())
    }

    /// All addresses that are one person's beyond doubt, in the order of their texts.
    pub fn addresses_of(&self, person: &IdentityKey) -> impl Iterator<Item = &IdentityRecord> {
        let records = self.identities.values();
        records.filter(move |it| it.identity() == person && self.is_beyond_doubt(it))
    }

    fn is_beyond_doubt(&self, record: &IdentityRecord) -> bool {
        let ended = self.ended.get(record.identity()).map(Followed::standing);
        record.is_confirmed()
            && record.has_a_say()
            && record.challenge.is_none()
            && !matches!(record.known_by, KnownBy::Differs { .. })
            && record.followed.standing() == Standing::Good
            && ended.is_none_or(|standing| standing == Standing::Good)
    }
}
