//! A person compares one key, and devices that are authenticated tell each other which keys to trust.
//!
//! Pure rules. What is told goes encrypted to authenticated devices only, and is kept with its times in
//! [`TrustWordsRecord`](crate::store::TrustWordsRecord).

use std::collections::BTreeSet;

use jid::BareJid;

use crate::omemo::IdentityKey;
use crate::trust::TrustRule;
use crate::trust_messages::TrustWord;

/// A key that is known, of a contact or of ours, and how it stands. The key of this device is none of
/// them: whoever can read what it writes has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownKey {
    /// Whose.
    pub(crate) owner: BareJid,
    /// The key.
    pub(crate) key: IdentityKey,
    /// How it stands.
    pub(crate) standing: Standing,
}

/// How a key stands with this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    /// A person has authenticated it, or an authenticated device vouches for it. Its device is told
    /// things, and believed.
    Authenticated,
    /// It is known not to be its owner's. What its device says is not kept.
    Refused,
    /// Neither. What its device says waits.
    Open,
}

impl Standing {
    /// By what the table of trust says of the device.
    pub(crate) const fn of(rule: TrustRule) -> Self {
        if rule.is_verified() {
            Self::Authenticated
        } else if rule.is_refusal() {
            Self::Refused
        } else {
            Self::Open
        }
    }
}

/// Something that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Telling {
    /// The account.
    pub(crate) to: BareJid,
    /// The only device that is told, if it is not all of them that are authenticated.
    pub(crate) only: Option<IdentityKey>,
    /// What.
    pub(crate) words: Vec<TrustWord>,
}

/// Whom to tell what after a person has decided about a key (XEP-0450, section 4).
///
/// All of our other authenticated devices hear of it. A decision about one of ours is told to all
/// contacts with an authenticated device, too. And a device that is new among the authenticated ones
/// hears what is known already: one of ours all of it, one of a contact about our devices.
pub(crate) fn tellings(our_jid: &BareJid, decided: &TrustWord, known: &[KnownKey]) -> Vec<Telling> {
    let is_about_ours = decided.owner == *our_jid;
    let concerns = |it: &&KnownKey| {
        let is_other = it.key != decided.key || it.owner != decided.owner;
        is_other && (is_about_ours || it.owner == *our_jid)
    };
    let others: Vec<&KnownKey> = known.iter().filter(concerns).collect();
    let authenticated = others
        .iter()
        .filter(|it| it.standing == Standing::Authenticated);
    let told: BTreeSet<&BareJid> = authenticated.map(|it| &it.owner).collect();
    let mut tellings: Vec<Telling> = told
        .into_iter()
        .map(|to| Telling {
            to: to.clone(),
            only: None,
            words: vec![decided.clone()],
        })
        .collect();
    let words: Vec<TrustWord> = others
        .iter()
        .filter(|it| it.standing != Standing::Open)
        .map(|it| TrustWord {
            owner: it.owner.clone(),
            key: it.key,
            is_trusted: it.standing == Standing::Authenticated,
        })
        .collect();
    if decided.is_trusted && !words.is_empty() {
        tellings.push(Telling {
            to: decided.owner.clone(),
            only: Some(decided.key),
            words,
        });
    }
    tellings
}

/// Whether devices of an account may say something about those of another one: of ours about
/// everybody's, and otherwise only about their own (XEP-0450, section 4).
pub(crate) fn may_speak(by: &BareJid, about: &BareJid, our_jid: &BareJid) -> bool {
    by == our_jid || by == about
}

#[cfg(test)]
mod tests;
