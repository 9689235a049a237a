//! People: which addresses belong together because one identity stands behind all of them.

use jid::BareJid;
use onym_identity::IdentityKey;
use onym_identity::statement::{Followed, Standing};

use super::{IdentityRecord, KnownBy, Snapshot};

impl Snapshot {
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
