//! Which accounts are to be looked at again, since one of their devices counts for more or less than
//! before. Almost nothing that changes moves anything: a message that came does not.

use std::collections::BTreeSet;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;

use super::{Core, known_keys};
use crate::omemo::IdentityKey;
use crate::store::{Change, Snapshot};
use crate::trust_messages::automatic::Standing;

/// How often it is looked whether a word has waited for too long, which takes a year.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// What is to be looked at.
#[derive(Debug, Default)]
pub(in crate::engine) struct MovedTrust {
    /// Accounts with devices that have said something that waits, and that may count now.
    pub(super) accounts: BTreeSet<BareJid>,
    /// When it was last looked for words that have waited for too long.
    looked: Option<Timestamp>,
}

impl MovedTrust {
    /// After the start, all accounts whose words wait.
    pub(in crate::engine) fn of(memory: &Snapshot) -> Self {
        let waiting = memory.trust_words.values();
        let waiting = waiting.filter(|record| !record.postponed.is_empty());
        Self {
            accounts: waiting.map(|record| record.jid.clone()).collect(),
            looked: None,
        }
    }

    /// Whether it is time to look for words that have waited for too long.
    pub(super) fn looks_for_old(&mut self, now: Timestamp) -> bool {
        let is_due = self
            .looked
            .is_none_or(|last| now < last || now.saturating_since(last) >= LOOK_EVERY);
        if is_due {
            self.looked = Some(now);
        }
        is_due
    }
}

/// How the keys of an account stood before something changed.
pub(in crate::engine) struct Before {
    jid: BareJid,
    standings: Vec<(IdentityKey, Standing)>,
}

impl Core {
    /// How the keys of the account stand that a change is about, if words of its devices wait for that.
    pub(in crate::engine) fn standings_before(&self, change: &Change) -> Option<Before> {
        let jid = match change {
            Change::PutProtection(record) => &record.jid,
            Change::PutIdentity(record) => &record.jid,
            Change::PutTrustWords(record) => &record.jid,
            Change::RemoveIdentity(jid) => jid,
            _ => return None,
        };
        let words = self.memory.trust_words.get(jid)?;
        let is_waiting = !words.postponed.is_empty() && !self.trust_moved.accounts.contains(jid);
        is_waiting.then(|| Before {
            jid: jid.clone(),
            standings: self.standings(jid),
        })
    }

    /// The change was made.
    pub(in crate::engine) fn compare_standings(&mut self, before: Before) {
        if self.standings(&before.jid) != before.standings {
            self.trust_moved.accounts.insert(before.jid);
        }
    }

    /// Something else has changed what the devices of an account count for.
    pub(in crate::engine) fn trust_moves(&mut self, jid: &BareJid) {
        if self.memory.trust_words.contains_key(jid) {
            self.trust_moved.accounts.insert(jid.clone());
        }
    }

    fn standings(&self, jid: &BareJid) -> Vec<(IdentityKey, Standing)> {
        let record = self.memory.protection.get(jid);
        let keys = record.into_iter().flat_map(known_keys);
        keys.map(|known| (known.key, known.standing)).collect()
    }
}
