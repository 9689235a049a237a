//! OMEMO between two devices of ours, in both dialects.

use onym_client_protocol::omemo::{DeviceId, Dialect, OurDevice, Session};
use onym_identity::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

#[test]
fn two_devices_talk() {
    let rng = &mut StdRng::seed_from_u64(1);
    for dialect in Dialect::ALL {
        let alice = OurDevice::generate(DeviceId::random(rng), Timestamp::default(), rng);
        let bob = OurDevice::generate(DeviceId::random(rng), Timestamp::default(), rng);
        let bundle = bob.bundle(dialect, rng);
        let mut ours = Session::initiate(&alice, &bundle, None, rng).unwrap();
        let mut theirs: Option<Session> = None;
        for round in 0..10 {
            let sealed = ours.encrypt(b"from alice").unwrap();
            assert_eq!(sealed.is_key_exchange, round == 0);
            let opened = Session::decrypt(
                theirs.as_ref(),
                &bob,
                dialect,
                &sealed.bytes,
                sealed.is_key_exchange,
                rng,
            )
            .unwrap();
            assert_eq!(*opened.plaintext, b"from alice");
            let mut session = opened.session;
            let sealed = session.encrypt(b"from bob").unwrap();
            let opened = Session::decrypt(
                Some(&ours),
                &alice,
                dialect,
                &sealed.bytes,
                sealed.is_key_exchange,
                rng,
            )
            .unwrap();
            assert_eq!(*opened.plaintext, b"from bob");
            theirs = Some(session);
            ours = opened.session;
        }
    }
}
