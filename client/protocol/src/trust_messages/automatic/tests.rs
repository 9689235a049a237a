use std::collections::BTreeMap;

use onym_identity::Timestamp;

use super::*;
use crate::omemo::{DeviceId, Dialect};
use crate::store::Change;
use crate::store::{
    DeviceRecord, HeardWord, PostponedWord, ProtectionRecord, Snapshot, TrustWordsRecord,
};
use crate::trust::Trust;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.com";

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn key(number: u8) -> IdentityKey {
    IdentityKey::from_bytes([number.saturating_add(2); 32]).unwrap()
}

fn word(owner: &str, number: u8, is_trusted: bool) -> TrustWord {
    TrustWord {
        owner: jid(owner),
        key: key(number),
        is_trusted,
    }
}

fn known(owner: &str, number: u8, standing: Standing) -> KnownKey {
    KnownKey {
        owner: jid(owner),
        key: key(number),
        standing,
    }
}

fn telling(to: &str, only: Option<u8>, words: &[TrustWord]) -> Telling {
    Telling {
        to: jid(to),
        only: only.map(key),
        words: words.to_vec(),
    }
}

const A1: u8 = 1;
const A2: u8 = 2;
const A3: u8 = 3;
const B1: u8 = 11;

use Standing::{Authenticated, Open, Refused};

#[test]
fn a_contacts_key_is_told_to_ours_and_ours_to_it() {
    // XEP-0450, examples 1 and 2: A1, which has authenticated A2, authenticates B1.
    let known_to_a1 = [
        known(ALICE, A2, Authenticated),
        known(ALICE, A3, Open),
        known(BOB, B1, Open),
    ];
    let told = tellings(&jid(ALICE), &word(BOB, B1, true), &known_to_a1);
    let expected = [
        telling(ALICE, None, &[word(BOB, B1, true)]),
        telling(BOB, Some(B1), &[word(ALICE, A2, true)]),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_key_of_ours_is_told_to_everybody_and_everything_to_it() {
    // Examples 3 to 5: A2, which has authenticated A1 and B1, authenticates A3.
    let known_to_a2 = [
        known(ALICE, A1, Authenticated),
        known(ALICE, A3, Open),
        known(BOB, B1, Authenticated),
        known("carol@example.net", 20, Open),
        known("eve@example.net", 30, Refused),
    ];
    let told = tellings(&jid(ALICE), &word(ALICE, A3, true), &known_to_a2);
    let everything = [
        word(ALICE, A1, true),
        word(BOB, B1, true),
        word("eve@example.net", 30, false),
    ];
    let expected = [
        telling(ALICE, None, &[word(ALICE, A3, true)]),
        telling(BOB, None, &[word(ALICE, A3, true)]),
        telling(ALICE, Some(A3), &everything),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_refusal_of_ours_is_told_to_everybody_and_of_a_contacts_only_to_ours() {
    // Examples 6 to 8: A1 distrusts A3, and then B1.
    let known_to_a1 = [
        known(ALICE, A2, Authenticated),
        known(ALICE, A3, Authenticated),
        known(BOB, B1, Authenticated),
    ];
    let told = tellings(&jid(ALICE), &word(ALICE, A3, false), &known_to_a1);
    let refused = [word(ALICE, A3, false)];
    let expected = [telling(ALICE, None, &refused), telling(BOB, None, &refused)];
    assert_eq!(told, expected);
    let known_to_a1 = [
        known(ALICE, A2, Authenticated),
        known(ALICE, A3, Refused),
        known(BOB, B1, Authenticated),
        known(BOB, 12, Authenticated),
    ];
    let told = tellings(&jid(ALICE), &word(BOB, B1, false), &known_to_a1);
    assert_eq!(told, [telling(ALICE, None, &[word(BOB, B1, false)])]);
}

#[test]
fn nobody_is_told_who_is_not_authenticated() {
    let known = [
        known(ALICE, A2, Open),
        known(ALICE, A3, Refused),
        known(BOB, B1, Open),
    ];
    for decided in [word(BOB, B1, false), word(ALICE, A2, false)] {
        assert_eq!(tellings(&jid(ALICE), &decided, &known), []);
    }
    // The one that has just been authenticated hears of the refused one.
    let told = tellings(&jid(ALICE), &word(BOB, B1, true), &known);
    assert_eq!(told, [telling(BOB, Some(B1), &[word(ALICE, A3, false)])]);
}

#[test]
fn only_our_devices_speak_of_others() {
    let (alice, bob, carol) = (jid(ALICE), jid(BOB), jid("carol@example.net"));
    for about in [&alice, &bob, &carol] {
        assert!(may_speak(&alice, about, &alice));
    }
    assert!(may_speak(&bob, &bob, &alice));
    assert!(!may_speak(&bob, &alice, &alice));
    assert!(!may_speak(&bob, &carol, &alice));
}

/// What one device knows, as the store has it.
struct Endpoint {
    our_jid: &'static str,
    memory: Snapshot,
    now: u64,
}

impl Endpoint {
    fn new(our_jid: &'static str, others: &[(&str, u8)]) -> Self {
        let mut memory = Snapshot::default();
        let mut records: BTreeMap<BareJid, ProtectionRecord> = BTreeMap::new();
        for (owner, number) in others {
            let record = records.entry(jid(owner));
            let record = record.or_insert_with(|| ProtectionRecord::new(jid(owner)));
            let mut device = DeviceRecord::new(Trust::FirstUse, Timestamp::UNIX_EPOCH);
            device.key = Some(key(*number));
            device.set_speaks(Dialect::Omemo2, true);
            let id = DeviceId::new(u32::from(*number)).unwrap();
            record.devices.insert(id, device);
        }
        for record in records.into_values() {
            memory.apply(&Change::PutProtection(Box::new(record)));
        }
        Self {
            our_jid,
            memory,
            now: 0,
        }
    }

    fn rule(&self, owner: &str, number: u8) -> TrustRule {
        let record = &self.memory.protection[&jid(owner)];
        let device = &record.devices[&DeviceId::new(u32::from(number)).unwrap()];
        record.decide(device, false).because
    }

    fn decides(&mut self, owner: &str, number: u8, is_trusted: bool) -> Vec<Telling> {
        let known: Vec<KnownKey> = self
            .memory
            .protection
            .values()
            .flat_map(|record| {
                record.devices.values().map(|device| KnownKey {
                    owner: record.jid.clone(),
                    key: device.key.unwrap(),
                    standing: Standing::of(record.decide(device, false).because),
                })
            })
            .collect();
        let told = tellings(&jid(self.our_jid), &word(owner, number, is_trusted), &known);
        self.now += 1;
        let at = Timestamp::from_unix_millis(self.now);
        let mut record = self.memory.protection[&jid(owner)].clone();
        let id = DeviceId::new(u32::from(number)).unwrap();
        record.devices.get_mut(&id).unwrap().trust = if is_trusted {
            Trust::Verified { at }
        } else {
            Trust::Refused { at }
        };
        self.memory.apply(&Change::PutProtection(Box::new(record)));
        told
    }

    /// Hears what a device of an account says at a time.
    fn hears(&mut self, by: &str, at: u64, words: &[TrustWord]) {
        for word in words {
            assert!(may_speak(&jid(by), &word.owner, &jid(self.our_jid)));
            let known = self.memory.trust_words.get(&word.owner).cloned();
            let mut record = known.unwrap_or_else(|| TrustWordsRecord::new(word.owner.clone()));
            record.hear(HeardWord {
                key: word.key,
                by: jid(by),
                is_trusted: word.is_trusted,
                at: Timestamp::from_unix_millis(at),
            });
            self.memory.apply(&Change::PutTrustWords(Box::new(record)));
        }
    }
}

#[test]
fn the_story_of_the_specification_ends_with_everybody_sure_of_everybody() {
    let mut a1 = Endpoint::new(ALICE, &[(ALICE, A2), (ALICE, A3), (BOB, B1)]);
    let mut a2 = Endpoint::new(ALICE, &[(ALICE, A1), (ALICE, A3), (BOB, B1)]);
    let mut b1 = Endpoint::new(BOB, &[(ALICE, A1), (ALICE, A2), (ALICE, A3)]);
    assert_eq!(a1.decides(ALICE, A2, true), []);
    assert_eq!(a2.decides(ALICE, A1, true), []);
    b1.decides(ALICE, A1, true);
    for told in a1.decides(BOB, B1, true) {
        match told.only {
            None => a2.hears(ALICE, 100, &told.words),
            Some(_) => b1.hears(ALICE, 100, &told.words),
        }
    }
    assert_eq!(a2.rule(BOB, B1), TrustRule::VouchedByDevice);
    assert_eq!(b1.rule(ALICE, A2), TrustRule::VouchedByDevice);
    // A2 authenticates A3 and says so to both others.
    let told = a2.decides(ALICE, A3, true);
    let to_all = told.iter().filter(|it| it.only.is_none());
    for telling in to_all {
        if telling.to == jid(BOB) {
            b1.hears(ALICE, 200, &telling.words);
        } else {
            a1.hears(ALICE, 200, &telling.words);
        }
    }
    assert_eq!(a1.rule(ALICE, A3), TrustRule::VouchedByDevice);
    assert_eq!(b1.rule(ALICE, A3), TrustRule::VouchedByDevice);
    let to_a3 = told.iter().find(|it| it.only == Some(key(A3))).unwrap();
    let expected = [word(ALICE, A1, true), word(BOB, B1, true)];
    assert_eq!(to_a3.words, expected);
    // A1 distrusts A3.
    for telling in a1.decides(ALICE, A3, false) {
        let who = if telling.to == jid(BOB) {
            &mut b1
        } else {
            &mut a2
        };
        who.hears(ALICE, 300, &telling.words);
    }
    assert_eq!(a1.rule(ALICE, A3), TrustRule::RefusedByPerson);
    assert_eq!(b1.rule(ALICE, A3), TrustRule::DeniedByDevice);
    assert_eq!(a2.rule(ALICE, A3), TrustRule::DeniedByDevice);
    // A1 distrusts B1, of which only A2 hears.
    let told = a1.decides(BOB, B1, false);
    assert!(told.iter().all(|it| it.to == jid(ALICE)));
    a2.hears(ALICE, 400, &told[0].words);
    assert_eq!(a2.rule(BOB, B1), TrustRule::DeniedByDevice);
}

#[test]
fn a_later_word_of_the_user_counts_more_than_a_denial_and_a_refusal_stays() {
    let mut a1 = Endpoint::new(ALICE, &[(BOB, B1)]);
    a1.now = 9;
    a1.decides(BOB, B1, true);
    a1.hears(BOB, 5, &[word(BOB, B1, false)]);
    assert_eq!(a1.rule(BOB, B1), TrustRule::VerifiedByPerson);
    a1.hears(BOB, 50, &[word(BOB, B1, false)]);
    assert_eq!(a1.rule(BOB, B1), TrustRule::DeniedByDevice);
    a1.now = 99;
    a1.decides(BOB, B1, true);
    assert_eq!(a1.rule(BOB, B1), TrustRule::VerifiedByPerson);
    a1.decides(BOB, B1, false);
    a1.hears(BOB, 1_000, &[word(BOB, B1, true)]);
    assert_eq!(a1.rule(BOB, B1), TrustRule::RefusedByPerson);
}

#[test]
fn what_waits_is_no_word_about_a_device() {
    let mut a1 = Endpoint::new(ALICE, &[(BOB, B1), (BOB, 12)]);
    let mut record = TrustWordsRecord::new(jid(BOB));
    record.postpone(
        PostponedWord {
            by: key(12),
            word: word(BOB, B1, false),
            at: Timestamp::UNIX_EPOCH,
            came: Timestamp::UNIX_EPOCH,
        },
        false,
    );
    a1.memory.apply(&Change::PutTrustWords(Box::new(record)));
    assert_eq!(a1.rule(BOB, B1), TrustRule::FirstUse);
}
