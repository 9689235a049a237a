//! The keys of messages that have not come yet, and which messages of a chain have.

mod stored;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::keys::{PublicKey, Secret};

/// The receiving chains of a session, the latest last, each with the keys of the messages that are
/// still under way or lost.
///
/// Both their number and their age are bounded: the oldest key goes when there are too many, and a
/// chain with all its keys when [`MAX_CHAINS`](Self::MAX_CHAINS) others have begun after it. Time
/// plays no part, so that a device that was off for a month reads what has waited for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SkippedKeys {
    chains: VecDeque<ReceivedChain>,
}

/// What became of a message whose key is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// The message was decrypted before.
    Used,
    /// The key was erased to make room, or has never been computed.
    Erased,
}

impl SkippedKeys {
    /// How many keys are kept.
    pub(super) const MAX_KEYS: usize = 2_000;
    /// How many chains are known, the one that grows included.
    pub(super) const MAX_CHAINS: usize = 64;
    /// For how many chains the key after the last of a closed chain is kept if there may be no such
    /// message; as many as libsignal keeps whole chains.
    const MAX_DOUBTFUL_CHAINS: usize = 5;

    /// A chain begins. The chain before it has ended.
    pub(super) fn begin_chain(&mut self, ratchet_key: &PublicKey) {
        self.chains.push_back(ReceivedChain {
            tag: tag(ratchet_key),
            count: None,
            last_is_doubtful: false,
            erased_below: 0,
            keys: Vec::new(),
        });
        while self.chains.len() > Self::MAX_CHAINS {
            self.chains.pop_front();
        }
        let aged = self.chains.len().checked_sub(Self::MAX_DOUBTFUL_CHAINS + 2);
        if let Some(chain) = aged.and_then(|aged| self.chains.get_mut(aged)) {
            chain.settle_doubt();
        }
    }

    /// The latest chain ends with `count` messages, of which the last may not exist.
    pub(super) fn end_chain(&mut self, count: u32, last_is_doubtful: bool) {
        if let Some(chain) = self.chains.back_mut() {
            chain.count = Some(count);
            chain.last_is_doubtful = last_is_doubtful;
        }
    }

    /// Keeps the keys of messages that follow each other in the latest chain.
    pub(super) fn keep(&mut self, keys: &[SkippedKey]) {
        if keys.is_empty() {
            return;
        }
        if let Some(chain) = self.chains.back_mut() {
            chain.keys = joined(&chain.keys, keys);
        }
        let mut surplus = self.len().saturating_sub(Self::MAX_KEYS);
        for chain in &mut self.chains {
            let erased = surplus.min(chain.keys.len());
            chain.erase_first(erased);
            surplus -= erased;
        }
    }

    /// The key of a message.
    pub(super) fn get(&self, ratchet_key: &PublicKey, number: u32) -> Option<&Secret> {
        let chain = self.chain(ratchet_key)?;
        let at = chain.position(number)?;
        chain.keys.get(at).map(|it| &it.key)
    }

    /// Erases the key of a message that was opened with it.
    pub(super) fn erase(&mut self, ratchet_key: &PublicKey, number: u32) {
        let tag = tag(ratchet_key);
        let chain = self.chains.iter_mut().rfind(|chain| chain.tag == tag);
        if let Some(chain) = chain
            && let Some(at) = chain.position(number)
            && let Some((before, [_, after @ ..])) = chain.keys.split_at_checked(at)
        {
            chain.keys = joined(before, after);
        }
    }

    /// Why the key of a message is not there; `None` if its chain is not known, or grows and has
    /// not come to it yet. `next` is the number of the next message in the chain that grows.
    pub(super) fn absent(&self, ratchet_key: &PublicKey, number: u32, next: u32) -> Option<Absent> {
        let chain = self.chain(ratchet_key)?;
        match chain.count {
            None if number >= next => None,
            Some(count) if number >= count => Some(Absent::Erased),
            _ if number < chain.erased_below => Some(Absent::Erased),
            _ => Some(Absent::Used),
        }
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.chains.iter().map(|chain| chain.keys.len()).sum()
    }

    fn chain(&self, ratchet_key: &PublicKey) -> Option<&ReceivedChain> {
        let tag = tag(ratchet_key);
        self.chains.iter().rfind(|chain| chain.tag == tag)
    }
}

/// The key of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SkippedKey {
    pub(super) number: u32,
    pub(super) key: Secret,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ReceivedChain {
    tag: Tag,
    /// How many messages it has; unknown while it grows.
    count: Option<u32>,
    /// The last of them may not exist.
    last_is_doubtful: bool,
    /// Keys with smaller numbers were erased without being used.
    erased_below: u32,
    /// In the order of their numbers.
    keys: Vec<SkippedKey>,
}

impl ReceivedChain {
    fn position(&self, number: u32) -> Option<usize> {
        self.keys.binary_search_by_key(&number, |it| it.number).ok()
    }

    fn erase_first(&mut self, count: usize) {
        if let Some((erased, kept)) = self.keys.split_at_checked(count)
            && let Some(last) = erased.last()
        {
            self.erased_below = last.number.saturating_add(1);
            self.keys = joined(&[], kept);
        }
    }

    fn settle_doubt(&mut self) {
        if !self.last_is_doubtful {
            return;
        }
        self.last_is_doubtful = false;
        let last = self.count.and_then(|count| count.checked_sub(1));
        if last.is_some() && self.keys.last().map(|it| it.number) == last {
            self.count = last;
            self.keys.pop();
        }
    }
}

/// Enough of a ratchet key to tell one chain of a session from its others.
type Tag = [u8; 8];

fn tag(ratchet_key: &PublicKey) -> Tag {
    let mut tag = [0; 8];
    for (to, from) in tag.iter_mut().zip(ratchet_key.as_bytes()) {
        *to = *from;
    }
    tag
}

/// A list that is made anew, so that the old one is wiped: one that grows or shrinks in place
/// leaves copies of its keys behind.
fn joined(first: &[SkippedKey], second: &[SkippedKey]) -> Vec<SkippedKey> {
    let mut all = Vec::with_capacity(first.len() + second.len());
    all.extend_from_slice(first);
    all.extend_from_slice(second);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratchet_key(number: u8) -> PublicKey {
        PublicKey::from_bytes([number; 32]).unwrap()
    }

    fn keys(numbers: std::ops::Range<u32>) -> Vec<SkippedKey> {
        let key = |number: u32| Secret::copy_of(&[u8::try_from(number % 251).unwrap(); 32]);
        let keys = numbers.map(|number| SkippedKey {
            number,
            key: key(number),
        });
        keys.collect()
    }

    #[test]
    fn a_key_is_there_once() {
        let mut skipped = SkippedKeys::default();
        let ratchet = ratchet_key(9);
        assert_eq!(skipped.absent(&ratchet, 0, 0), None);
        skipped.begin_chain(&ratchet);
        skipped.keep(&keys(0..3));
        assert_eq!(skipped.get(&ratchet, 1), Some(&keys(1..2)[0].key));
        skipped.erase(&ratchet, 1);
        assert_eq!(skipped.get(&ratchet, 1), None);
        assert_eq!(skipped.absent(&ratchet, 1, 4), Some(Absent::Used));
        assert_eq!(skipped.absent(&ratchet, 4, 4), None);
        assert_eq!(skipped.len(), 2);
        assert_eq!(skipped.get(&ratchet_key(8), 0), None);
        assert_eq!(skipped.absent(&ratchet_key(8), 0, 0), None);
    }

    #[test]
    fn a_chain_that_has_ended_is_remembered() {
        let mut skipped = SkippedKeys::default();
        let ratchet = ratchet_key(9);
        skipped.begin_chain(&ratchet);
        skipped.keep(&keys(2..4));
        skipped.end_chain(4, false);
        skipped.begin_chain(&ratchet_key(10));
        assert!(skipped.get(&ratchet, 3).is_some());
        assert_eq!(skipped.absent(&ratchet, 1, 0), Some(Absent::Used));
        assert_eq!(skipped.absent(&ratchet, 4, 0), Some(Absent::Erased));
    }

    #[test]
    fn the_oldest_key_makes_room() {
        let mut skipped = SkippedKeys::default();
        let (first, second) = (ratchet_key(9), ratchet_key(10));
        skipped.begin_chain(&first);
        skipped.keep(&keys(0..1_999));
        skipped.end_chain(1_999, false);
        skipped.begin_chain(&second);
        skipped.keep(&keys(0..1));
        assert!(skipped.get(&first, 0).is_some());
        skipped.keep(&keys(5..8));
        assert_eq!(skipped.len(), SkippedKeys::MAX_KEYS);
        assert_eq!(skipped.absent(&first, 2, 0), Some(Absent::Erased));
        assert!(skipped.get(&first, 3).is_some());
        skipped.keep(&keys(10..3_000));
        assert_eq!(skipped.len(), SkippedKeys::MAX_KEYS);
        assert_eq!(skipped.get(&first, 1_998), None);
        assert_eq!(skipped.absent(&second, 999, 3_000), Some(Absent::Erased));
        assert!(skipped.get(&second, 1_000).is_some());
    }

    #[test]
    fn a_chain_is_forgotten_after_so_many_others() {
        let mut skipped = SkippedKeys::default();
        let first = ratchet_key(9);
        skipped.begin_chain(&first);
        skipped.keep(&keys(0..1));
        for number in 10..73 {
            skipped.end_chain(1, false);
            skipped.begin_chain(&ratchet_key(number));
        }
        assert_eq!(skipped.chains.len(), SkippedKeys::MAX_CHAINS);
        assert!(skipped.get(&first, 0).is_some());
        skipped.begin_chain(&ratchet_key(73));
        assert_eq!(skipped.get(&first, 0), None);
        assert_eq!(skipped.absent(&first, 0, 0), None);
    }

    #[test]
    fn the_key_of_a_message_that_may_not_exist_is_kept_for_five_chains() {
        let mut skipped = SkippedKeys::default();
        let first = ratchet_key(9);
        skipped.begin_chain(&first);
        skipped.keep(&keys(0..3));
        skipped.end_chain(3, true);
        for number in 10..15 {
            skipped.begin_chain(&ratchet_key(number));
            assert!(skipped.get(&first, 2).is_some(), "{number}");
            skipped.end_chain(0, false);
        }
        skipped.begin_chain(&ratchet_key(15));
        assert_eq!(skipped.get(&first, 2), None);
        assert_eq!(skipped.absent(&first, 2, 0), Some(Absent::Erased));
        assert!(skipped.get(&first, 1).is_some());
    }
}
