//! Words about keys from devices that lie, repeat themselves or may not speak.

use data_encoding::BASE64;
use onym_stream::ns;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::engine::arrival::Provenance;
use crate::engine::{Credentials, EngineConfig};
use crate::moment::Moment;
use crate::omemo::{DeviceId, Dialect, OurDevice};
use crate::store::{ContactRecord, OmemoMark, Snapshot, Subscription};
use crate::trust::Trust;
use crate::trust_messages::MAX_KEYS_WRITTEN;

const ALICE: &str = "alice@a.example";
const BOB: &str = "bob@b.example";
const CAROL: &str = "carol@c.example";

/// Numbers of devices: ours, our other one, and two of Bob.
const DESK: u32 = 1;
const PHONE: u32 = 2;
const BOBS: u32 = 11;
const BOBS_OTHER: u32 = 12;
const CAROLS: u32 = 21;

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1_000)
}

fn device(number: u32) -> Box<OurDevice> {
    let mut rng = StdRng::seed_from_u64(u64::from(number));
    let id = DeviceId::new(number).unwrap();
    Box::new(OurDevice::generate(id, Timestamp::UNIX_EPOCH, &mut rng))
}

fn key(number: u32) -> IdentityKey {
    device(number).identity_key()
}

/// Alice's desk, which has compared the devices of these numbers.
fn desk(verified: &[u32]) -> Core {
    let mut memory = Snapshot {
        our_device: Some(device(DESK)),
        ..Snapshot::default()
    };
    memory.contacts.insert(
        jid(BOB),
        ContactRecord {
            jid: jid(BOB),
            name: None,
            subscription: Subscription::Both,
            asked: false,
            approved: false,
            groups: Vec::new(),
        },
    );
    for (owner, numbers) in [
        (ALICE, vec![PHONE]),
        (BOB, vec![BOBS, BOBS_OTHER]),
        (CAROL, vec![CAROLS]),
    ] {
        let mut record = ProtectionRecord::new(jid(owner));
        for number in numbers {
            let trust = if verified.contains(&number) {
                Trust::Verified { at: at(1) }
            } else {
                Trust::FirstUse
            };
            let mut known = DeviceRecord::new(trust, at(1));
            known.key = Some(key(number));
            known.set_speaks(Dialect::Omemo2, true);
            let id = DeviceId::new(number).unwrap();
            record.devices.insert(id, known);
        }
        memory.apply(&Change::PutProtection(Box::new(record)));
    }
    let config = EngineConfig {
        our_jid: jid(ALICE),
        credentials: Credentials::External,
        resource: None,
        identity: None,
        former: Vec::new(),
        certificate: None,
    };
    Core::new(config, memory)
}

fn rule(core: &Core, owner: &str, number: u32) -> TrustRule {
    let record = &core.memory.protection[&jid(owner)];
    let device = &record.devices[&DeviceId::new(number).unwrap()];
    rule_of(record, device)
}

fn message(words: &[(&str, u32, bool)]) -> Element {
    let words: Vec<_> = words
        .iter()
        .map(|(owner, number, is_trusted)| {
            let word = TrustWord {
                owner: jid(owner),
                key: key(*number),
                is_trusted: *is_trusted,
            };
            let name = word.key.identifier(Dialect::Omemo2).unwrap();
            (word, name)
        })
        .collect();
    let mut message = Element::bare("message", ns::CLIENT);
    message.append_child(trust_messages::write(&words, Dialect::Omemo2));
    message
}

fn said(by: &str, number: u32, dialect: Dialect) -> Said {
    Said {
        peer: jid(by),
        conversation: jid(by),
        is_former: false,
        by_us: by == ALICE,
        ids: Vec::new(),
        archive_id: None,
        time: at(10),
        moment: Moment::stamped(at(10)),
        provenance: Provenance::Live,
        encryption: Encryption::Omemo(OmemoMark {
            dialect,
            device: DeviceId::new(number).unwrap(),
            because: TrustRule::FirstUse,
            left_out: 0,
        }),
        is_signed: false,
    }
}

fn sealed(seconds: u64) -> Option<Affixes> {
    Some(Affixes {
        time: Some(at(seconds)),
        is_padded: true,
        names_author: true,
    })
}

/// A device says this in an envelope of this time.
fn say(core: &mut Core, by: (&str, u32), seconds: u64, words: &[(&str, u32, bool)]) {
    let said = said(by.0, by.1, Dialect::Omemo2);
    let now = at(1_000);
    assert!(core.trust_said(&message(words), &said, sealed(seconds), now));
    core.settle_trust_words(now);
}

fn is_silent(core: &Core) -> bool {
    core.memory.trust_words.is_empty()
}

#[test]
fn a_contacts_device_speaks_of_its_own_account_and_of_nobody_else() {
    let mut core = desk(&[BOBS]);
    for (owner, number) in [(ALICE, PHONE), (CAROL, CAROLS), (ALICE, DESK)] {
        for is_trusted in [true, false] {
            say(&mut core, (BOB, BOBS), 10, &[(owner, number, is_trusted)]);
        }
    }
    assert!(is_silent(&core));
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, true)]);
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::VouchedByDevice);
    // A word of several owners is heard as far as it may be.
    let words = [(ALICE, PHONE, true), (BOB, BOBS_OTHER, false)];
    say(&mut core, (BOB, BOBS), 20, &words);
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::DeniedByDevice);
    assert_eq!(rule(&core, ALICE, PHONE), TrustRule::FirstUse);
}

#[test]
fn our_devices_speak_of_everybody_but_not_of_this_one() {
    let mut core = desk(&[PHONE]);
    let words = [
        (BOB, BOBS, true),
        (CAROL, CAROLS, false),
        (ALICE, DESK, false),
    ];
    say(&mut core, (ALICE, PHONE), 10, &words);
    assert_eq!(rule(&core, BOB, BOBS), TrustRule::VouchedByDevice);
    assert_eq!(rule(&core, CAROL, CAROLS), TrustRule::DeniedByDevice);
    assert!(!core.memory.trust_words.contains_key(&jid(ALICE)));
}

#[test]
fn who_is_not_authenticated_is_heard_once_it_is() {
    let mut core = desk(&[]);
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, false)]);
    say(&mut core, (ALICE, PHONE), 11, &[(BOB, BOBS, true)]);
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::FirstUse);
    // One comparison is enough: our phone vouches for Bob's device, which denies his other one.
    let (id, shown) = (DeviceId::new(PHONE).unwrap(), Some(key(PHONE)));
    let verdict = crate::command::Verdict::Verified;
    let set = core.set_trust(jid(ALICE), id, shown, verdict, at(20));
    assert_eq!(set, Ok(()));
    core.settle_trust_words(at(20));
    assert_eq!(rule(&core, BOB, BOBS), TrustRule::VouchedByDevice);
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::DeniedByDevice);
    let postponed = core.memory.trust_words.values();
    assert!(postponed.into_iter().all(|it| it.postponed.is_empty()));
}

#[test]
fn what_a_refused_device_said_is_forgotten() {
    let mut core = desk(&[]);
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, true)]);
    assert_eq!(core.memory.trust_words[&jid(BOB)].postponed.len(), 1);
    let (id, shown) = (DeviceId::new(BOBS).unwrap(), Some(key(BOBS)));
    let verdict = crate::command::Verdict::Refused;
    let set = core.set_trust(jid(BOB), id, shown, verdict, at(20));
    assert_eq!(set, Ok(()));
    core.settle_trust_words(at(20));
    assert!(is_silent(&core));
    say(&mut core, (BOB, BOBS), 30, &[(BOB, BOBS_OTHER, true)]);
    assert!(is_silent(&core), "nor is it kept any more");
}

#[test]
fn a_device_that_was_only_taken_or_blindly_trusted_is_not_believed() {
    let mut core = desk(&[]);
    let mut choices = core.memory.protection_choices;
    choices.is_blind = true;
    core.set_protection_choices(choices);
    let (id, shown) = (DeviceId::new(BOBS).unwrap(), Some(key(BOBS)));
    let verdict = crate::command::Verdict::Accepted;
    let set = core.set_trust(jid(BOB), id, shown, verdict, at(2));
    assert_eq!(set, Ok(()));
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, false)]);
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::FirstUse);
}

#[test]
fn strangers_leave_nothing() {
    let mut core = desk(&[]);
    say(&mut core, (CAROL, CAROLS), 10, &[(CAROL, CAROLS, true)]);
    assert!(is_silent(&core));
}

#[test]
fn a_word_without_its_envelopes_marks_is_not_heard() {
    let mut core = desk(&[BOBS]);
    let stanza = message(&[(BOB, BOBS_OTHER, true)]);
    let whole = sealed(10).unwrap();
    for affixes in [
        None,
        Some(Affixes {
            time: None,
            ..whole
        }),
        Some(Affixes {
            is_padded: false,
            ..whole
        }),
        Some(Affixes {
            names_author: false,
            ..whole
        }),
    ] {
        let said = said(BOB, BOBS, Dialect::Omemo2);
        assert!(core.trust_said(&stanza, &said, affixes, at(100)));
        assert!(is_silent(&core), "{affixes:?}");
    }
    // Nor one that came in the clear.
    let mut clear = said(BOB, BOBS, Dialect::Omemo2);
    clear.encryption = Encryption::None;
    assert!(core.trust_said(&stanza, &clear, sealed(10), at(100)));
    assert!(is_silent(&core));
    // Nor one of a device that nobody has seen.
    let nobody = said(BOB, 99, Dialect::Omemo2);
    assert!(core.trust_said(&stanza, &nobody, sealed(10), at(100)));
    assert!(is_silent(&core));
}

#[test]
fn a_repeated_or_late_word_changes_nothing() {
    let mut core = desk(&[BOBS]);
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, true)]);
    say(&mut core, (BOB, BOBS), 20, &[(BOB, BOBS_OTHER, false)]);
    for seconds in [10, 15, 20] {
        say(&mut core, (BOB, BOBS), seconds, &[(BOB, BOBS_OTHER, true)]);
        assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::DeniedByDevice);
    }
    // A clock that is far ahead does not have the last word for ever: it counts as of now.
    let words = [(BOB, BOBS_OTHER, true)];
    say(&mut core, (BOB, BOBS), 1_000_000, &words);
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::VouchedByDevice);
    let said = said(BOB, BOBS, Dialect::Omemo2);
    let denial = message(&[(BOB, BOBS_OTHER, false)]);
    core.trust_said(&denial, &said, sealed(1_001), at(1_001));
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::DeniedByDevice);
}

#[test]
fn a_flood_of_what_cannot_be_believed_stays_small() {
    let mut core = desk(&[]);
    let said = said(BOB, BOBS, Dialect::Omemo2);
    let keys: Vec<String> = (0..MAX_KEYS_WRITTEN)
        .map(|number| {
            let name = key(u32::try_from(100 + number).unwrap()).identifier(Dialect::Omemo2);
            format!("<trust>{}</trust>", BASE64.encode(&name.unwrap()))
        })
        .collect();
    let flood = format!(
        "<message xmlns='jabber:client'><trust-message xmlns='urn:xmpp:tm:1' \
         usage='urn:xmpp:atm:1' encryption='urn:xmpp:omemo:2'><key-owner jid='{BOB}'>{}\
         </key-owner></trust-message></message>",
        keys.concat()
    );
    let flood: Element = flood.parse().unwrap();
    for seconds in 10..20 {
        core.trust_said(&flood, &said, sealed(seconds), at(100));
    }
    assert_eq!(core.memory.trust_words[&jid(BOB)].postponed.len(), 64);
    assert_eq!(core.memory.trust_words.len(), 1);
}

#[test]
fn no_word_helps_a_key_that_its_identity_has_revoked() {
    use crate::trust::{DeviceWord, IdentityWord};
    let mut core = desk(&[BOBS]);
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, true)]);
    let mut record = core.protection(&jid(BOB));
    let id = DeviceId::new(BOBS_OTHER).unwrap();
    let other = record.devices.get_mut(&id).unwrap();
    assert_eq!(other.word, DeviceWord::Vouched);
    other.identity = IdentityWord::Revoked;
    let device = record.devices[&id].clone();
    assert_eq!(rule_of(&record, &device), TrustRule::RevokedByIdentity);
}

#[test]
fn another_identity_at_an_address_inherits_no_vouching() {
    let mut core = desk(&[BOBS]);
    let words = [(BOB, BOBS_OTHER, true), (BOB, 13, false)];
    say(&mut core, (BOB, BOBS), 10, &words);
    core.forget_vouching(&jid(BOB));
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::FirstUse);
    let left = &core.memory.trust_words[&jid(BOB)].heard;
    assert!(left.iter().all(|it| !it.is_trusted) && left.len() == 1);
}

#[test]
fn what_our_devices_said_of_the_one_before_counts_for_nobody_else() {
    let mut core = desk(&[]);
    let words = [
        (BOB, BOBS_OTHER, true),
        (BOB, 13, false),
        (CAROL, CAROLS, true),
    ];
    say(&mut core, (ALICE, PHONE), 10, &words);
    core.forget_vouching(&jid(BOB));
    let left = &core.memory.trust_words[&jid(ALICE)].postponed;
    let vouched: Vec<_> = left.iter().filter(|it| it.word.is_trusted).collect();
    assert_eq!(left.len(), 2, "the denial stays");
    assert!(vouched.iter().all(|it| it.word.owner == jid(CAROL)));
}

#[test]
fn words_are_looked_at_again_only_where_a_device_has_moved() {
    let mut core = desk(&[]);
    say(&mut core, (BOB, BOBS), 10, &[(BOB, BOBS_OTHER, false)]);
    assert!(core.trust_moved.accounts.is_empty());
    // A message came.
    let mut record = core.protection(&jid(BOB));
    for device in record.devices.values_mut() {
        device.last_heard = Some(at(500));
    }
    core.put_protection(record.clone());
    assert!(core.trust_moved.accounts.is_empty());
    let id = DeviceId::new(BOBS).unwrap();
    record.devices.get_mut(&id).unwrap().trust = Trust::Verified { at: at(501) };
    core.put_protection(record);
    assert_eq!(core.trust_moved.accounts.len(), 1);
    core.settle_trust_words(at(502));
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::DeniedByDevice);
    assert!(core.trust_moved.accounts.is_empty());
}

#[test]
fn a_text_beside_the_words_is_still_a_message() {
    let mut core = desk(&[BOBS]);
    let mut stanza = message(&[(BOB, BOBS_OTHER, true)]);
    message::write_body(&mut stanza, "And a text");
    let said = said(BOB, BOBS, Dialect::Omemo2);
    assert!(!core.trust_said(&stanza, &said, sealed(10), at(100)));
    assert_eq!(rule(&core, BOB, BOBS_OTHER), TrustRule::VouchedByDevice);
    let plain = Element::bare("message", ns::CLIENT);
    assert!(!core.trust_said(&plain, &said, sealed(10), at(100)));
}
