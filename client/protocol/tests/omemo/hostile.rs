//! Bytes from people who mean no good.

use std::sync::LazyLock;

use onym_client_protocol::omemo::{
    Bundle, DecryptError, Dialect, Malformed, SealedKey, Session, WireBundle,
};
use proptest::prelude::*;

use crate::device::{Device, acquainted};

#[test]
fn no_changed_byte_is_accepted() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        alice.initiate(&bob.bundle()).unwrap();
        let exchange = alice.encrypt(b"hello");
        let before = bob.clone();
        let unprotected = changes_that_pass(&bob, &exchange);
        // libsignal authenticates neither the registration id, which nobody reads, nor the second
        // half of the outer version.
        match dialect {
            Dialect::Omemo => assert!(unprotected <= 6, "{unprotected}"),
            Dialect::Omemo2 => assert_eq!(unprotected, 0),
        }
        assert!(bob.session == before.session && bob.our == before.our);
        bob.decrypt(&exchange).unwrap();
        let answer = bob.encrypt(b"answer");
        assert_eq!(changes_that_pass(&alice, &answer), 0);
        assert_eq!(*alice.decrypt(&answer).unwrap().plaintext, *b"answer");
    }
}

/// In how many bytes a bit may be changed without being noticed.
fn changes_that_pass(device: &Device, message: &SealedKey) -> usize {
    let passed = (0..message.bytes.len()).filter(|at| {
        let mut changed = message.clone();
        changed.bytes[*at] ^= 1 << (at % 8);
        device.peek(&changed).is_ok()
    });
    passed.count()
}

#[test]
fn no_message_may_be_cut() {
    for dialect in Dialect::ALL {
        let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
        alice.initiate(&bob.bundle()).unwrap();
        let exchange = alice.encrypt(b"hello");
        for length in (0..exchange.bytes.len()).step_by(3) {
            let mut cut = exchange.clone();
            cut.bytes.truncate(length);
            assert!(bob.peek(&cut).is_err());
        }
        bob.decrypt(&exchange).unwrap();
        let mut long = bob.encrypt(b"answer");
        long.bytes.resize(1 << 20, 0);
        let error = Malformed::TooLong { got: 1 << 20 };
        assert_eq!(
            alice.peek(&long).unwrap_err(),
            DecryptError::Malformed(error)
        );
    }
}

static ACQUAINTED: LazyLock<[(Device, Device); 2]> = LazyLock::new(|| Dialect::ALL.map(acquainted));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_messages_do_not_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        is_key_exchange in any::<bool>(),
        version in prop::option::of(Just(0x33)),
    ) {
        for dialect in Dialect::ALL {
            let (alice, bob) = &ACQUAINTED[usize::from(dialect == Dialect::Omemo2)];
            let bob = Device { session: None, ..bob.clone() };
            let mut bytes = bytes.clone();
            if let Some(version) = version {
                bytes.insert(0, version);
            }
            let message = SealedKey { bytes, is_key_exchange };
            prop_assert!(alice.peek(&message).is_err());
            prop_assert!(bob.peek(&message).is_err());
        }
    }

    #[test]
    fn arbitrary_bundles_do_not_panic(
        identity_key in prop::collection::vec(any::<u8>(), 30..35),
        signed_pre_key in prop::collection::vec(any::<u8>(), 30..35),
        signature in prop::collection::vec(any::<u8>(), 63..66),
        pre_keys in prop::collection::vec((any::<u32>(), any::<[u8; 32]>()), 0..5),
        mut keys in prop::collection::vec(any::<u8>(), 0..2),
    ) {
        for dialect in Dialect::ALL {
            let pre_keys = pre_keys.iter().map(|(id, key)| (*id, key.to_vec()));
            keys.extend_from_slice(&signature);
            let wire = WireBundle {
                identity_key: identity_key.clone(),
                signed_pre_key_id: 1,
                signed_pre_key: signed_pre_key.clone(),
                signature: signature.clone(),
                pre_keys: pre_keys.collect(),
            };
            prop_assert!(Bundle::from_wire(dialect, &wire).is_err());
        }
    }

    /// Also what a damaged store gives is a session or an error, and no panic.
    #[test]
    fn damaged_sessions_do_not_panic(
        changed in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (alice, mut bob) = ACQUAINTED[1].clone();
        let mut bytes = postcard::to_stdvec(&alice.session).unwrap();
        let at = changed.index(bytes.len());
        bytes[at] = byte;
        if let Ok(Some(mut session)) = postcard::from_bytes::<Option<Session>>(&bytes) {
            let _ = session.encrypt(b"hello");
            let damaged = Device { session: Some(session), ..alice };
            let _ = damaged.peek(&bob.encrypt(b"answer"));
        }
    }
}
