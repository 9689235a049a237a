//! What devices say about each other's keys, as it is remembered.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use super::ProtectionRecord;
use crate::omemo::IdentityKey;
use crate::trust::{DeviceWord, Trust};
use crate::trust_messages::TrustWord;

/// How many keys of an account are remembered that one person has said something about: twice as many
/// as the devices that are remembered of it.
const MAX_HEARD: usize = 256;

/// How many words of one device are kept until it is authenticated, and of all devices of its account.
/// Of a contact they are about the contact's own devices; one of ours may speak of everybody.
const MAX_POSTPONED: Bounds = Bounds { one: 64, all: 512 };
const MAX_POSTPONED_OF_OURS: Bounds = Bounds {
    one: 1_000,
    all: 4_000,
};

/// How many words wait to be told to the devices of one account.
const MAX_UNTOLD: usize = 4_000;

/// How long a word is kept for a device to be authenticated, or to be reached.
const KEPT_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

struct Bounds {
    one: usize,
    all: usize,
}

/// What is remembered of the words about an account's devices, by them, and for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustWordsRecord {
    /// The account.
    pub jid: BareJid,
    /// What authenticated devices have said about keys of this account.
    pub heard: Vec<HeardWord>,
    /// What devices of this account have said that were not authenticated, the first one first.
    pub postponed: Vec<PostponedWord>,
    /// What the authenticated devices of this account are still to be told.
    pub untold: Vec<UntoldWord>,
}

/// What an authenticated device has said about a key. The latest word of a person counts, whichever of
/// their devices has said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardWord {
    /// The key.
    pub key: IdentityKey,
    /// Whose device has said it: the key's owner's, or one of ours.
    pub by: BareJid,
    /// Whether the key is to be trusted.
    pub is_trusted: bool,
    /// When it was sealed, or when it came if that is earlier.
    pub at: Timestamp,
}

/// What a device has said that is not authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostponedWord {
    /// The key of that device.
    pub by: IdentityKey,
    /// What it said.
    pub word: TrustWord,
    /// When it was sealed, or when it came if that is earlier.
    pub at: Timestamp,
    /// When it came.
    pub came: Timestamp,
}

/// What is still to be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UntoldWord {
    /// The only device that is told, if it is not all of them.
    pub only: Option<IdentityKey>,
    /// What it is told.
    pub word: TrustWord,
    /// Since when.
    pub since: Timestamp,
}

impl TrustWordsRecord {
    /// Of an account that nothing was said about.
    #[must_use]
    pub const fn new(jid: BareJid) -> Self {
        Self {
            jid,
            heard: Vec::new(),
            postponed: Vec::new(),
            untold: Vec::new(),
        }
    }

    /// Whether there is nothing to remember.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.heard.is_empty() && self.postponed.is_empty() && self.untold.is_empty()
    }

    /// An authenticated device has said something about a key of this account. Whether it is news:
    /// what is not later than the last word of the same person is not (XEP-0434, section 5.2.1: "a
    /// former change" must not be applied again).
    pub(crate) fn hear(&mut self, word: HeardWord) -> bool {
        let is_same = |it: &&mut HeardWord| it.key == word.key && it.by == word.by;
        if let Some(known) = self.heard.iter_mut().find(is_same) {
            let denies_at_once = known.at == word.at && known.is_trusted && !word.is_trusted;
            if word.at <= known.at && !denies_at_once {
                return false;
            }
            *known = word;
            return true;
        }
        let by = word.by.clone();
        self.heard.push(word);
        // The oldest one that vouches is the first to be forgotten.
        if self.heard.iter().filter(|it| it.by == by).count() > MAX_HEARD {
            let theirs = self.heard.iter().enumerate().filter(|(_, it)| it.by == by);
            let oldest = theirs.min_by_key(|(_, it)| (!it.is_trusted, it.at));
            if let Some((place, _)) = oldest {
                self.heard.remove(place);
            }
        }
        true
    }

    /// A device that is not authenticated has said something.
    pub(crate) fn postpone(&mut self, word: PostponedWord, is_ours: bool) {
        let bounds = if is_ours {
            MAX_POSTPONED_OF_OURS
        } else {
            MAX_POSTPONED
        };
        let is_about_the_same = |it: &PostponedWord| {
            it.by == word.by && it.word.owner == word.word.owner && it.word.key == word.word.key
        };
        if let Some(place) = self.postponed.iter().position(is_about_the_same) {
            let known = self.postponed.get(place);
            if known.is_some_and(|known| known.at >= word.at) {
                return;
            }
            self.postponed.remove(place);
        }
        let by = word.by;
        self.postponed.push(word);
        let of_it = |it: &PostponedWord| it.by == by;
        if self.postponed.iter().filter(|it| of_it(it)).count() > bounds.one {
            self.forget_first_of(by);
        }
        if self.postponed.len() > bounds.all
            && let Some(by) = self.who_says_most()
        {
            self.forget_first_of(by);
        }
    }

    /// Whoever says most loses first, so that one that was slipped in does not silence the others.
    fn who_says_most(&self) -> Option<IdentityKey> {
        let mut counts: BTreeMap<IdentityKey, usize> = BTreeMap::new();
        for word in &self.postponed {
            let count = counts.entry(word.by).or_default();
            *count = count.saturating_add(1);
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(by, _)| by)
    }

    fn forget_first_of(&mut self, by: IdentityKey) {
        if let Some(place) = self.postponed.iter().position(|it| it.by == by) {
            self.postponed.remove(place);
        }
    }

    /// The devices of this account are to be told something. It takes the place of what they were
    /// to be told about the same key before.
    pub(crate) fn tell(&mut self, word: UntoldWord) {
        self.untold.retain(|it| {
            it.only != word.only || it.word.owner != word.word.owner || it.word.key != word.word.key
        });
        self.untold.push(word);
        if self.untold.len() > MAX_UNTOLD {
            self.untold.remove(0);
        }
    }

    /// Whether something has waited for too long.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        let mut postponed = self.postponed.iter().map(|it| it.came);
        let mut untold = self.untold.iter().map(|it| it.since);
        postponed.any(|it| is_too_old(it, now)) || untold.any(|it| is_too_old(it, now))
    }

    /// Forgets what has waited for too long.
    pub(crate) fn forget_expired(&mut self, now: Timestamp) {
        self.postponed.retain(|it| !is_too_old(it.came, now));
        self.untold.retain(|it| !is_too_old(it.since, now));
    }

    /// What the words about a key amount to, and since when: a denial of either person, the owner or
    /// us, counts more than what the other one says.
    fn standing(&self, key: IdentityKey) -> Option<(bool, Timestamp)> {
        let about = |it: &&HeardWord| it.key == key;
        let words = self.heard.iter().filter(about);
        let latest = words.max_by_key(|it| (!it.is_trusted, it.at));
        latest.map(|it| (it.is_trusted, it.at))
    }

    /// Says it of the devices. What the user has said later about a device counts more than a denial.
    pub(super) fn speak(&self, protection: &mut ProtectionRecord) {
        for device in protection.devices.values_mut() {
            let standing = device.key.and_then(|key| self.standing(key));
            device.word = match (standing, device.trust) {
                (Some((false, denied)), Trust::Verified { at } | Trust::Accepted { at })
                    if at >= denied =>
                {
                    DeviceWord::Nothing
                }
                (Some((true, _)), _) => DeviceWord::Vouched,
                (Some((false, _)), _) => DeviceWord::Denied,
                (None, _) => DeviceWord::Nothing,
            };
        }
    }
}

fn is_too_old(since: Timestamp, now: Timestamp) -> bool {
    now.saturating_since(since) > KEPT_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn key(number: u16) -> IdentityKey {
        let mut bytes = [9; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        IdentityKey::from_bytes(bytes).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_000 * seconds)
    }

    fn bobs() -> TrustWordsRecord {
        TrustWordsRecord::new(jid("bob@b.example"))
    }

    fn heard(number: u16, by: &str, is_trusted: bool, seconds: u64) -> HeardWord {
        HeardWord {
            key: key(number),
            by: jid(by),
            is_trusted,
            at: at(seconds),
        }
    }

    fn postponed(number: u16, by: u16, is_trusted: bool, seconds: u64) -> PostponedWord {
        PostponedWord {
            by: key(by),
            word: TrustWord {
                owner: jid("bob@b.example"),
                key: key(number),
                is_trusted,
            },
            at: at(seconds),
            came: at(seconds),
        }
    }

    #[test]
    fn an_old_word_never_takes_the_place_of_a_later_one() {
        let mut bobs = bobs();
        assert!(bobs.hear(heard(1, "bob@b.example", true, 10)));
        assert!(bobs.hear(heard(1, "bob@b.example", false, 20)));
        assert!(!bobs.hear(heard(1, "bob@b.example", true, 10)), "a replay");
        assert!(!bobs.hear(heard(1, "bob@b.example", true, 20)));
        assert_eq!(bobs.standing(key(1)), Some((false, at(20))));
        assert!(bobs.hear(heard(1, "bob@b.example", true, 30)), "he says so");
        assert_eq!(bobs.standing(key(1)), Some((true, at(30))));
        // A denial of the same moment wins.
        assert!(bobs.hear(heard(1, "bob@b.example", false, 30)));
    }

    #[test]
    fn a_denial_of_either_person_counts_more() {
        let mut bobs = bobs();
        bobs.hear(heard(1, "alice@a.example", false, 10));
        bobs.hear(heard(1, "bob@b.example", true, 20));
        assert_eq!(bobs.standing(key(1)), Some((false, at(10))));
        bobs.hear(heard(1, "alice@a.example", true, 30));
        assert_eq!(bobs.standing(key(1)), Some((true, at(30))));
        assert_eq!(bobs.standing(key(2)), None);
    }

    #[test]
    fn what_one_device_says_too_much_is_forgotten_first() {
        let mut bobs = bobs();
        bobs.postpone(postponed(1, 1, true, 1), false);
        for number in 0..2_000 {
            bobs.postpone(postponed(number, 2, true, 2), false);
        }
        let of = |bobs: &TrustWordsRecord, by| {
            let words = bobs.postponed.iter();
            words.filter(|it| it.by == key(by)).count()
        };
        assert_eq!((of(&bobs, 1), of(&bobs, 2)), (1, 64));
        for by in 3..1_000 {
            for number in 0..64 {
                bobs.postpone(postponed(number, by, true, 3), false);
            }
        }
        assert_eq!(bobs.postponed.len(), 512);
        assert_eq!(of(&bobs, 1), 1, "the first one is still heard");
        for number in 0..2_000 {
            bobs.postpone(postponed(number, 1_500, true, 4), true);
        }
        assert_eq!(of(&bobs, 1_500), 1_000, "ours may speak of everybody");
    }

    #[test]
    fn one_device_has_one_postponed_word_about_a_key() {
        let mut bobs = bobs();
        bobs.postpone(postponed(1, 2, false, 20), false);
        bobs.postpone(postponed(1, 2, true, 10), false);
        assert_eq!(bobs.postponed, [postponed(1, 2, false, 20)]);
        bobs.postpone(postponed(1, 2, true, 30), false);
        assert_eq!(bobs.postponed, [postponed(1, 2, true, 30)]);
        assert!(!bobs.has_expired(at(30) + KEPT_FOR));
        assert!(bobs.has_expired(at(31) + KEPT_FOR));
        bobs.forget_expired(at(31) + KEPT_FOR);
        assert!(bobs.is_empty());
    }

    #[test]
    fn words_about_an_account_are_bounded_for_each_person() {
        let mut bobs = bobs();
        bobs.hear(heard(0, "alice@a.example", true, 0));
        bobs.hear(heard(1, "bob@b.example", false, 0));
        for number in 2..2_000 {
            bobs.hear(heard(number, "bob@b.example", true, u64::from(number)));
        }
        assert_eq!(bobs.heard.len(), MAX_HEARD + 1);
        assert_eq!(bobs.standing(key(0)), Some((true, at(0))));
        assert_eq!(bobs.standing(key(1)), Some((false, at(0))), "a denial");
        assert_eq!(bobs.standing(key(2)), None);
    }
}
