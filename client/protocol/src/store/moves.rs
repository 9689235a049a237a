//! People who move: which contact an address goes on, and how we know.

use jid::BareJid;
use onym_identity::IdentityKey;

use super::{AddressStanding, ContactRecord, IdentityRecord, Intent, Snapshot};
use crate::identities::PersonStanding;

/// Why an address is not taken for the new one of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFollowed {
    /// Who is behind it is not known beyond doubt. That it carries the name of a key says nothing:
    /// anybody can host any local part.
    NotProven,
    /// None of their other addresses is a contact that sees us.
    NoContact,
    /// One of their addresses is kept away.
    Blocked,
}

impl Snapshot {
    /// Who is behind an address beyond doubt, or was until they gave it up: as
    /// [`person_at`](Self::person_at), whether their latest statement lists it or not.
    ///
    /// It says who a contact of ours is. It does not say that anything may be sent there.
    #[must_use]
    pub fn person_once_at(&self, jid: &BareJid) -> Option<&IdentityKey> {
        let record = self.identities.get(jid)?;
        let standing = self.standing_in(record);
        let is_given_up = matches!(
            standing,
            PersonStanding::AddressLeft | PersonStanding::AddressRevoked
        );
        let was_seen = record.followed.latest().is_some();
        let is_known = was_seen && (is_given_up || standing.is_beyond_doubt());
        is_known.then(|| record.identity())
    }

    /// The contacts that are, or were, a person's addresses.
    pub(crate) fn contacts_of<'a>(
        &'a self,
        person: &'a IdentityKey,
    ) -> impl Iterator<Item = &'a ContactRecord> {
        let contacts = self.contacts.values();
        contacts.filter(move |it| self.person_once_at(&it.jid) == Some(person))
    }

    /// The contact whose person asks from another address: they see us already, so that they may see
    /// us from there, too.
    pub(crate) fn asks_as(&self, jid: &BareJid) -> Result<&ContactRecord, NotFollowed> {
        let person = self.person_at(jid).ok_or(NotFollowed::NotProven)?;
        if self.is_kept_away(person) {
            return Err(NotFollowed::Blocked);
        }
        let sees_us = self.contacts_of(person).filter(|contact| {
            contact.jid != *jid && contact.subscription.they_see_us() && !self.is_leaving(contact)
        });
        // Who sees us and is seen is the better witness of what the user wants.
        sees_us
            .max_by_key(|contact| contact.subscription.we_see_them())
            .ok_or(NotFollowed::NoContact)
    }

    /// Whether an address of a person is blocked.
    pub(crate) fn is_kept_away(&self, person: &IdentityKey) -> bool {
        let mut blocked = self.account.blocked.iter();
        blocked.any(|jid| {
            let known = self.identities.get(jid).map(IdentityRecord::identity);
            known == Some(person)
        })
    }

    /// Whether the user has decided to remove a contact.
    fn is_leaving(&self, contact: &ContactRecord) -> bool {
        let mut decided = self.intents.values().rev();
        let last = decided.find(|it| it.jid == contact.jid && it.intent.is_about_subscription());
        last.is_some_and(|it| matches!(it.intent, Intent::Remove | Intent::Decline))
    }

    /// Whether somebody becomes a contact as soon as there is a connection.
    pub(crate) fn is_joining(&self, jid: &BareJid) -> bool {
        let mut decided = self.intents.values();
        decided.any(|it| {
            let adds = matches!(
                it.intent,
                Intent::Add { .. } | Intent::Accept | Intent::Follow { .. }
            );
            adds && it.jid == *jid
        })
    }

    /// What the latest statement of whoever is, or was, at an address says about it.
    pub(crate) fn address_standing(&self, jid: &BareJid) -> Option<AddressStanding> {
        self.person_once_at(jid)?;
        self.identities.get(jid).map(|record| record.address)
    }
}
