//! What devices say about keys: heard, kept until it can be believed, and decided what is to be told
//! (XEP-0434, XEP-0450).

mod moved;

use std::collections::BTreeMap;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;

use super::super::arrival::Said;
use super::super::core::Core;
use crate::event::Event;
use crate::message;
use crate::omemo::IdentityKey;
use crate::sce::Affixes;
use crate::store::{
    Change, DeviceRecord, Encryption, HeardWord, PostponedWord, ProtectionRecord, TrustWordsRecord,
    UntoldWord,
};
use crate::trust::TrustRule;
use crate::trust_messages::automatic::{self, KnownKey, Standing};
use crate::trust_messages::{self, TrustWord};

pub(in crate::engine) use self::moved::MovedTrust;

/// Of how many accounts words are remembered. A device of ours may speak of anybody.
const MAX_ACCOUNTS: usize = 5_000;

impl Core {
    /// The keys of an account that are authenticated or refused. One that the account lists under
    /// several numbers is refused if it is so under any.
    fn standings_of(&self, owner: &BareJid) -> BTreeMap<IdentityKey, Standing> {
        let record = self.memory.protection.get(owner);
        let mut standings = BTreeMap::new();
        for known in record.into_iter().flat_map(known_keys) {
            match known.standing {
                Standing::Open => {}
                Standing::Refused => {
                    standings.insert(known.key, Standing::Refused);
                }
                Standing::Authenticated => {
                    standings.entry(known.key).or_insert(known.standing);
                }
            }
        }
        standings
    }

    /// What was said of, by and for the devices of an account.
    pub(super) fn trust_words(&self, jid: &BareJid) -> TrustWordsRecord {
        let known = self.memory.trust_words.get(jid).cloned();
        known.unwrap_or_else(|| TrustWordsRecord::new(jid.clone()))
    }

    fn put_trust_words(&mut self, record: TrustWordsRecord) {
        let known = self.memory.trust_words.get(&record.jid);
        if known == Some(&record) || (known.is_none() && record.is_empty()) {
            return;
        }
        let is_heard = known.map_or(!record.heard.is_empty(), |it| it.heard != record.heard);
        let jid = record.jid.clone();
        self.change(Change::PutTrustWords(Box::new(record)));
        if is_heard {
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }

    /// The user has decided about a key: whoever has to hear of it is told as soon as there is a
    /// connection. To be called before the decision is kept, so that it counts only once.
    pub(super) fn tell_decision(&mut self, decided: &TrustWord, now: Timestamp) {
        let our_jid = self.config.our_jid.clone();
        let known: Vec<KnownKey> = self
            .memory
            .protection
            .values()
            .flat_map(known_keys)
            .collect();
        for telling in automatic::tellings(&our_jid, decided, &known) {
            let is_blocked = self.memory.account.blocked.contains(&telling.to);
            if is_blocked || !self.may_learn_of_us(&telling.to) {
                continue;
            }
            let mut record = self.trust_words(&telling.to);
            for word in telling.words {
                record.tell(UntoldWord {
                    only: telling.only,
                    word,
                    since: now,
                });
            }
            self.put_trust_words(record);
        }
    }

    /// Takes what a device says about keys. Whether the message was nothing else.
    ///
    /// Only what came in an envelope counts that is padded, names its author and has a time (XEP-0434,
    /// section 5.2.1): it tells which of two words is the later one.
    pub(in crate::engine) fn trust_said(
        &mut self,
        stanza: &Element,
        said: &Said,
        affixes: Option<Affixes>,
        now: Timestamp,
    ) -> bool {
        let Some(read) = trust_messages::read(stanza) else {
            return false;
        };
        let is_all = message::text(stanza).is_none();
        let author = said.author(&self.config.our_jid);
        let sealed = affixes.filter(|it| it.is_padded && it.names_author);
        let (Ok(words), Some(sealed), Encryption::Omemo(mark)) =
            (read, sealed.and_then(|it| it.time), said.encryption)
        else {
            return is_all;
        };
        let record = self.memory.protection.get(&author);
        let device = record.and_then(|record| record.devices.get(&mark.device));
        let Some(by) = device.and_then(|device| device.key) else {
            return is_all;
        };
        // A clock that is ahead cannot make a word the last one for ever.
        let at = sealed.min(now);
        for word in words {
            let came = now;
            self.hear(&author, PostponedWord { by, word, at, came });
        }
        is_all
    }

    /// A device of an account says something about a key: it counts if the device is authenticated,
    /// and waits if it may be so later.
    fn hear(&mut self, by: &BareJid, said: PostponedWord) {
        let our_jid = &self.config.our_jid;
        let ours = self.memory.our_device.as_ref();
        let is_about_this_device = said.word.owner == *our_jid
            && ours.is_some_and(|device| device.identity_key() == said.word.key);
        if is_about_this_device || !automatic::may_speak(by, &said.word.owner, our_jid) {
            return;
        }
        let standing = self.standings_of(by).get(&said.by).copied();
        match standing.unwrap_or(Standing::Open) {
            Standing::Authenticated => self.believe_word(by, &said.word, said.at),
            Standing::Open if self.may_learn_of_us(by) => {
                let is_ours = by == our_jid;
                let mut record = self.trust_words(by);
                record.postpone(said, is_ours);
                self.put_trust_words(record);
            }
            Standing::Open | Standing::Refused => {}
        }
    }

    /// The owner of devices has told the user, in person, that these keys are not theirs.
    pub(in crate::engine) fn owner_denies(
        &mut self,
        owner: &BareJid,
        keys: &[IdentityKey],
        now: Timestamp,
    ) {
        for key in keys {
            let word = TrustWord {
                owner: owner.clone(),
                key: *key,
                is_trusted: false,
            };
            self.believe_word(owner, &word, now);
        }
    }

    fn believe_word(&mut self, by: &BareJid, word: &TrustWord, at: Timestamp) {
        let words = &self.memory.trust_words;
        if !words.contains_key(&word.owner) && words.len() >= MAX_ACCOUNTS {
            return;
        }
        let mut record = self.trust_words(&word.owner);
        let is_news = record.hear(HeardWord {
            key: word.key,
            by: by.clone(),
            is_trusted: word.is_trusted,
            at,
        });
        if is_news {
            self.put_trust_words(record);
        }
    }

    /// Believes what has waited for its device to be authenticated, which may authenticate others in
    /// turn, and forgets what a refused one said or what has waited for too long.
    pub(in crate::engine) fn settle_trust_words(&mut self, now: Timestamp) {
        if self.trust_moved.looks_for_old(now) {
            let records = self.memory.trust_words.values();
            let expired = records.filter(|record| record.has_expired(now));
            for mut record in expired.cloned().collect::<Vec<_>>() {
                record.forget_expired(now);
                self.put_trust_words(record);
            }
        }
        // Each round takes away what it believes, so there is a last one.
        while !self.trust_moved.accounts.is_empty() {
            self.settle_once();
        }
    }

    fn settle_once(&mut self) {
        let mut ready: Vec<(BareJid, PostponedWord)> = Vec::new();
        for jid in std::mem::take(&mut self.trust_moved.accounts) {
            let Some(record) = self.memory.trust_words.get(&jid) else {
                continue;
            };
            let standings = self.standings_of(&jid);
            let is_open = |it: &PostponedWord| !standings.contains_key(&it.by);
            if record.postponed.iter().all(is_open) {
                continue;
            }
            let mut record = record.clone();
            let (left, settled): (Vec<_>, Vec<_>) = record.postponed.into_iter().partition(is_open);
            record.postponed = left;
            ready.extend(settled.into_iter().map(|said| (jid.clone(), said)));
            self.put_trust_words(record);
        }
        ready.sort_by_key(|(_, said)| said.at);
        // What was believed a moment ago may have denied the device whose word comes next.
        for (by, said) in ready {
            self.hear(&by, said);
        }
    }

    /// Our server has what was told.
    pub(in crate::engine) fn were_told(&mut self, to: &BareJid, words: &[UntoldWord]) {
        let mut record = self.trust_words(to);
        record.untold.retain(|it| !words.contains(it));
        self.put_trust_words(record);
    }

    /// Somebody else is behind an address: nothing that was said there vouches for a device any more, nor
    /// what our own devices have said of the one before, heard or not. What was denied stays so.
    pub(in crate::engine) fn forget_vouching(&mut self, jid: &BareJid) {
        let mut record = self.trust_words(jid);
        record.heard.retain(|it| !it.is_trusted);
        record.postponed.clear();
        record.untold.clear();
        self.put_trust_words(record);
        let our_jid = self.config.our_jid.clone();
        let vouches = |word: &TrustWord| word.is_trusted && word.owner == *jid;
        let mut ours = self.trust_words(&our_jid);
        ours.postponed.retain(|it| !vouches(&it.word));
        ours.untold.retain(|it| !vouches(&it.word));
        self.put_trust_words(ours);
    }
}

/// What the table of trust says of a device. Blind trust authenticates nobody.
pub(super) fn rule_of(record: &ProtectionRecord, device: &DeviceRecord) -> TrustRule {
    record.decide(device, false).because
}

fn known_keys(record: &ProtectionRecord) -> impl Iterator<Item = KnownKey> {
    record.devices.values().filter_map(|device| {
        Some(KnownKey {
            owner: record.jid.clone(),
            key: device.key?,
            standing: Standing::of(rule_of(record, device)),
        })
    })
}

#[cfg(test)]
mod tests;
