//! What a session does from its first message on.

use onym_client_protocol::omemo::{
    Bundle, DecryptError, Dialect, EncryptError, InitiateError, OurDevice, SealedKey, Session,
};
use onym_identity::Timestamp;

use crate::device::{Device, acquainted};

#[test]
fn a_session_is_a_key_exchange_until_it_is_answered() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        alice.initiate(&bob.bundle()).unwrap();
        let messages = [b"1", b"2", b"3"].map(|text| alice.encrypt(text));
        assert!(messages.iter().all(|message| message.is_key_exchange));
        assert!(!alice.session.as_ref().unwrap().is_confirmed());

        let first = bob.decrypt(&messages[1]).unwrap();
        assert!(first.is_new_session && first.wants_answer);
        assert!(first.used_pre_key.is_some());
        assert_eq!(first.identity, alice.our.identity_key());
        assert!(first.session.is_confirmed());
        // The pre-key is gone, and the session is known by its base key.
        bob.our.forget_used();
        for message in [&messages[0], &messages[2]] {
            let more = bob.decrypt(message).unwrap();
            assert!(!more.is_new_session && !more.wants_answer);
            assert_eq!(more.used_pre_key, None);
        }

        let answer = bob.encrypt(b"answer");
        assert!(!answer.is_key_exchange);
        let opened = alice.decrypt(&answer).unwrap();
        assert!(!opened.is_new_session && !opened.wants_answer);
        assert_eq!(opened.identity, bob.our.identity_key());
        assert!(alice.session.as_ref().unwrap().is_confirmed());
        assert!(!alice.encrypt(b"4").is_key_exchange);
    }
}

#[test]
fn a_message_is_opened_once() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        alice.initiate(&bob.bundle()).unwrap();
        let mut opened = vec![alice.encrypt(b"0")];
        for turn in 0..60 {
            bob.decrypt(opened.last().unwrap()).unwrap();
            let answer = bob.encrypt(b"answer");
            alice.decrypt(&answer).unwrap();
            opened.push(alice.encrypt(&[turn]));
            // By carbons, from an archive, as a reflection: also long after.
            for message in opened.iter().rev().skip(1) {
                assert_eq!(bob.peek(message).unwrap_err(), DecryptError::Duplicate);
            }
        }
    }
}

#[test]
fn both_may_write_first() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        alice.initiate(&bob.bundle()).unwrap();
        bob.initiate(&alice.bundle()).unwrap();
        let from_alice = [alice.encrypt(b"a0"), alice.encrypt(b"a1")];
        let from_bob = [bob.encrypt(b"b0"), bob.encrypt(b"b1")];
        assert!(alice.decrypt(&from_bob[0]).unwrap().is_new_session);
        assert!(bob.decrypt(&from_alice[1]).unwrap().is_new_session);
        for turn in 0..5 {
            let (a, b) = (alice.encrypt(&[turn]), bob.encrypt(&[turn]));
            assert_eq!(*bob.decrypt(&a).unwrap().plaintext, [turn]);
            assert_eq!(*alice.decrypt(&b).unwrap().plaintext, [turn]);
        }
        assert_eq!(*alice.decrypt(&from_bob[1]).unwrap().plaintext, *b"b1");
        assert_eq!(*bob.decrypt(&from_alice[0]).unwrap().plaintext, *b"a0");
        // As soon as one of them only reads, both are in one session.
        let last = alice.encrypt(b"last");
        bob.decrypt(&last).unwrap();
        let answer = bob.encrypt(b"answer");
        let session = alice.session.clone();
        alice.decrypt(&answer).unwrap();
        let again = alice.encrypt(b"again");
        bob.decrypt(&again).unwrap();
        assert!(session.is_some_and(|it| it.is_confirmed()));
    }
}

#[test]
fn what_is_under_way_in_an_older_session_is_read() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = acquainted(dialect);
        let mut under_way = vec![[0, 1].map(|which| bob.encrypt(&[0, which]))];
        for number in 1..=Session::MAX_ARCHIVED {
            let number = u8::try_from(number).unwrap();
            alice.initiate(&bob.bundle()).unwrap();
            let hello = alice.encrypt(b"anew");
            assert!(bob.decrypt(&hello).unwrap().is_new_session);
            under_way.push([0, 1].map(|which| bob.encrypt(&[number, which])));
        }
        for (number, messages) in under_way.iter().enumerate() {
            let opened = alice.decrypt(&messages[0]).unwrap();
            assert_eq!(usize::from(opened.plaintext[0]), number);
            for (earlier, [message, _]) in under_way[..=number].iter().enumerate() {
                let again = alice.peek(message).unwrap_err();
                assert_eq!(again, DecryptError::Duplicate, "{earlier} of {number}");
            }
        }
        // One more, and the first is forgotten.
        alice.initiate(&bob.bundle()).unwrap();
        let forgotten = alice.peek(&under_way[0][1]).unwrap_err();
        assert_eq!(forgotten, DecryptError::Forged);
        for messages in &under_way[1..] {
            assert!(alice.peek(&messages[1]).is_ok());
        }
    }
}

#[test]
fn a_late_message_does_not_bring_an_older_session_back() {
    let (mut alice, mut bob) = acquainted(Dialect::Omemo2);
    let late = bob.encrypt(b"late");
    let seen = bob.encrypt(b"seen");
    alice.decrypt(&seen).unwrap();
    alice.initiate(&bob.bundle()).unwrap();
    let current = alice.session.clone().unwrap();
    assert_eq!(*alice.decrypt(&late).unwrap().plaintext, *b"late");
    assert!(!alice.session.as_ref().unwrap().is_confirmed());
    assert!(!current.is_confirmed());
    // What the other side sends with, we send with.
    let newer = bob.encrypt(b"newer");
    alice.decrypt(&newer).unwrap();
    assert!(alice.session.as_ref().unwrap().is_confirmed());
}

#[test]
fn two_may_use_the_same_pre_key_until_it_is_forgotten() {
    for dialect in Dialect::ALL {
        let mut bob = Device::new(dialect, 2);
        let mut wire = bob.bundle().to_wire();
        wire.pre_keys.truncate(1);
        let bundle = Bundle::from_wire(dialect, &wire).unwrap();
        let id = wire.pre_keys[0].0;
        let hellos = [3, 4, 5].map(|seed| {
            let mut sender = Device::new(dialect, seed);
            sender.initiate(&bundle).unwrap();
            sender.encrypt(b"hello")
        });
        for hello in &hellos[..2] {
            bob.session = None;
            assert_eq!(bob.decrypt(hello).unwrap().used_pre_key, Some(id));
        }
        bob.session = None;
        bob.our.forget_used();
        let refused = DecryptError::UnknownPreKey { id };
        assert_eq!(bob.decrypt(&hellos[2]).unwrap_err(), refused);
    }
}

#[test]
fn a_signed_pre_key_serves_a_week_after_it_was_replaced() {
    for dialect in Dialect::ALL {
        let mut bob = Device::new(dialect, 2);
        let bundle = bob.bundle();
        let hellos = [3, 4].map(|seed| {
            let mut sender = Device::new(dialect, seed);
            sender.initiate(&bundle).unwrap();
            sender.encrypt(b"hello")
        });
        let weeks = |count| Timestamp::UNIX_EPOCH + OurDevice::ROTATION * count;
        assert!(bob.our.rotate(weeks(1), &mut bob.rng()));
        bob.decrypt(&hellos[0]).unwrap();
        bob.session = None;
        assert!(bob.our.rotate(weeks(2), &mut bob.rng()));
        let refused = DecryptError::UnknownSignedPreKey { id: 1 };
        assert_eq!(bob.decrypt(&hellos[1]).unwrap_err(), refused);
    }
}

#[test]
fn without_pre_keys_there_is_no_session() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        let mut wire = bob.bundle().to_wire();
        wire.pre_keys.clear();
        let bundle = Bundle::from_wire(dialect, &wire).unwrap();
        match dialect {
            Dialect::Omemo2 => {
                assert_eq!(alice.initiate(&bundle), Err(InitiateError::NoPreKeys));
            }
            // Others may still accept this; we do not, since it could be played to us again.
            Dialect::Omemo => {
                alice.initiate(&bundle).unwrap();
                let hello = alice.encrypt(b"hello");
                assert_eq!(bob.decrypt(&hello).unwrap_err(), DecryptError::NoPreKey);
            }
        }
    }
}

#[test]
fn every_pre_key_is_used_up_once() {
    for dialect in Dialect::ALL {
        let mut bob = Device::new(dialect, 2);
        let bundle = bob.bundle().to_wire();
        for pre_key in &bundle.pre_keys {
            let mut sender = Device::new(dialect, 1_000 + u64::from(pre_key.0));
            let mut wire = bundle.clone();
            wire.pre_keys = vec![pre_key.clone()];
            let bundle = Bundle::from_wire(dialect, &wire).unwrap();
            sender.initiate(&bundle).unwrap();
            bob.session = None;
            let opened = bob.decrypt(&sender.encrypt(b"hello")).unwrap();
            assert_eq!(opened.used_pre_key, Some(pre_key.0));
        }
        assert_eq!(bob.bundle().pre_key_count(), 0);
        assert!(bob.our.refill(&mut bob.rng()));
        assert_eq!(bob.bundle().pre_key_count(), OurDevice::PRE_KEYS);
    }
}

#[test]
fn dialects_have_nothing_to_do_with_each_other() {
    let (alice, mut bob) = acquainted(Dialect::Omemo);
    let old = bob.encrypt(b"old");
    let (newer, mut newer_bob) = acquainted(Dialect::Omemo2);
    assert_eq!(alice.our.identity_key(), newer.our.identity_key());
    let refused = DecryptError::OtherDialect {
        expected: Dialect::Omemo2,
    };
    let mixed = Device {
        dialect: Dialect::Omemo,
        ..newer.clone()
    };
    assert_eq!(mixed.peek(&old).unwrap_err(), refused);
    let as_newer = newer.peek(&old).unwrap_err();
    assert!(matches!(as_newer, DecryptError::Malformed(_)), "{as_newer}");
    let previous = alice.session.as_ref();
    let initiated = Session::initiate(
        &alice.our,
        &newer_bob.bundle(),
        previous,
        &mut newer_bob.rng(),
    );
    let refused = InitiateError::OtherDialect {
        expected: Dialect::Omemo,
    };
    assert_eq!(initiated.unwrap_err(), refused);
}

#[test]
fn the_identity_of_a_session_never_changes() {
    for dialect in Dialect::ALL {
        let (mut alice, bob) = acquainted(dialect);
        let mut mallory = Device::new(dialect, 666);
        let (expected, got) = (bob.our.identity_key(), mallory.our.identity_key());
        mallory.initiate(&alice.bundle()).unwrap();
        let hello = mallory.encrypt(b"I am Bob");
        let refused = DecryptError::OtherIdentity { expected, got };
        assert_eq!(alice.decrypt(&hello).unwrap_err(), refused);
        let refused = InitiateError::OtherIdentity { expected, got };
        assert_eq!(alice.initiate(&mallory.bundle()), Err(refused));
        assert_eq!(alice.session.as_ref().unwrap().identity(), expected);
        assert_eq!(alice.session.as_ref().unwrap().dialect(), dialect);
    }
}

#[test]
fn what_we_sent_is_not_taken_from_others() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = acquainted(dialect);
        let reflected = alice.encrypt(b"mine");
        assert_eq!(alice.peek(&reflected).unwrap_err(), DecryptError::Forged);
        let own = alice.bundle();
        assert_eq!(alice.initiate(&own), Err(InitiateError::OurOwnIdentity));
        alice.session = None;
        alice.initiate(&bob.bundle()).unwrap();
        let reflected = alice.encrypt(b"mine");
        let refused = DecryptError::OurOwnIdentity;
        assert_eq!(alice.peek(&reflected).unwrap_err(), refused);
    }
}

#[test]
fn a_message_needs_a_session() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = acquainted(dialect);
        bob.session = None;
        let message = alice.encrypt(b"hello");
        assert_eq!(bob.decrypt(&message).unwrap_err(), DecryptError::NoSession);
    }
}

#[test]
fn a_plaintext_is_no_longer_than_what_is_read() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        alice.initiate(&bob.bundle()).unwrap();
        let got = Session::MAX_PLAINTEXT_BYTES + 1;
        let refused = alice.session.as_mut().unwrap().encrypt(&vec![7; got]);
        assert_eq!(refused, Err(EncryptError::TooLong { got }));
        let longest = alice.encrypt(&vec![7; Session::MAX_PLAINTEXT_BYTES]);
        bob.decrypt(&longest).unwrap();
        let empty = alice.encrypt(&[]);
        assert!(bob.decrypt(&empty).unwrap().plaintext.is_empty());
    }
}

#[test]
fn debug_shows_no_secret() {
    for dialect in Dialect::ALL {
        let (alice, mut bob) = acquainted(dialect);
        let identity = bob.our.identity_key();
        let session = format!(
            "Session {{ dialect: {dialect:?}, identity: {identity:?}, is_confirmed: true, \
             archived: 0, .. }}"
        );
        assert_eq!(format!("{:?}", alice.session.as_ref().unwrap()), session);
        let message = bob.encrypt(b"the plaintext");
        let opened = alice.peek(&message).unwrap();
        let expected = format!(
            "Opened {{ session: {session}, used_pre_key: None, is_new_session: false, \
             wants_answer: false, .. }}"
        );
        assert_eq!(format!("{opened:?}"), expected);
    }
}

#[test]
fn a_new_session_is_small() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = acquainted(dialect);
        let bytes = |device: &Device| postcard::to_stdvec(&device.session).unwrap().len();
        assert!(bytes(&alice) < 450, "{}", bytes(&alice));
        for _ in 0..100 {
            let there = alice.encrypt(b"there");
            bob.decrypt(&there).unwrap();
            let back = bob.encrypt(b"back");
            alice.decrypt(&back).unwrap();
        }
        assert!(bytes(&alice) < 1_500, "{}", bytes(&alice));
    }
}

/// What was sealed in one session is not opened in another, not even with the same devices.
#[test]
fn sessions_are_independent() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = acquainted(dialect);
        let first = alice.encrypt(b"first");
        bob.session = None;
        bob.initiate(&alice.bundle()).unwrap();
        assert_eq!(bob.decrypt(&first).unwrap_err(), DecryptError::Forged);
        let as_exchange = SealedKey {
            is_key_exchange: true,
            ..first
        };
        let error = bob.decrypt(&as_exchange).unwrap_err();
        assert!(matches!(error, DecryptError::Malformed(_)), "{error}");
    }
}
