//! The keys of messages that have not come yet, and which messages of a chain have.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::keys::{PublicKey, Secret};

/// The receiving chains of a session, the latest last, each with the keys of the messages that are
/// still under way or lost.
///
/// Both their number and their age are bounded: the oldest key goes when there are too many, and a
/// chain with all its keys when [`MAX_CHAINS`](Self::MAX_CHAINS) others have begun after it. Time
/// plays no part, so that a device that was off for a month reads what has waited for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
