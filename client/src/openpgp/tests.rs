use super::*;

const ALICE: &[u8] = include_bytes!("keys/alice.asc");
const ALICE_REVOKED: &[u8] = include_bytes!("keys/alice-revoked.asc");
const ALICE_NAME_REVOKED: &[u8] = include_bytes!("keys/alice-uid-revoked.asc");
const WITHOUT: &[u8] = include_bytes!("keys/alice-without.asc");
const BOB: &[u8] = include_bytes!("keys/bob.asc");
const BOB_NISTP256: &[u8] = include_bytes!("keys/bob-nistp256.asc");
/// RFC 9580, appendix A.3.
const VERSION_6: &[u8] = include_bytes!("keys/rfc9580.asc");

/// In November 2026, after the keys were made.
const NOW: u64 = 1_795_500_000;

fn identity() -> IdentityKey {
    let text = "thxed2cga7cbvhnuiljlnkoxpdg7oqrd5lyydn7fwxjo4ljwf2ga";
    text.parse().unwrap()
}

fn word(file: &[u8]) -> KeysWord {
    read(file, &identity(), NOW).unwrap().word
}

#[test]
fn fingerprints_are_those_that_others_compute() {
    for (file, protocol, fingerprint) in [
        (
            ALICE,
            KeyProtocol::OpenPgpV4,
            "a07b53f0ba1b81a1ed7c9c4269add8a7c79be09a",
        ),
        (
            BOB,
            KeyProtocol::OpenPgpV4,
            "609fd11cd3a988d82abdccef9b2087b9699b0d9f",
        ),
        (
            VERSION_6,
            KeyProtocol::OpenPgpV6,
            "cb186c4f0609a697e4d52dfa6c722b0c1f1e27c18a56708f6525ec27bad9acc9",
        ),
    ] {
        let key = read(file, &identity(), NOW).unwrap().key;
        assert_eq!(key.protocol, protocol);
        assert_eq!(key.fingerprint.to_string(), fingerprint);
        let bytes = armour::open(file).unwrap().into_owned();
        assert_eq!(read(&bytes, &identity(), NOW).unwrap().key, key);
    }
}

#[test]
fn a_key_names_an_identity_by_its_own_signature_only() {
    assert_eq!(word(ALICE), KeysWord::Confirmed);
    assert_eq!(word(BOB), KeysWord::Confirmed);
    assert_eq!(word(BOB_NISTP256), KeysWord::Unchecked);
    assert_eq!(word(WITHOUT), KeysWord::Nothing);
    assert_eq!(word(VERSION_6), KeysWord::Nothing);
    // With the name it has taken back what was said beside it.
    assert_eq!(word(ALICE_NAME_REVOKED), KeysWord::Nothing);
    let revoked = read(ALICE_REVOKED, &identity(), NOW);
    assert_eq!(revoked, Err(OpenPgpError::Revoked));
    let somebody = onym_identity::IdentitySecretKey::from_seed(&[3; 32]).public();
    let other = read(ALICE, &somebody, NOW).unwrap();
    assert_eq!(other.word, KeysWord::Nothing);
}

#[test]
fn what_a_newer_key_says_of_itself_verifies() {
    let bytes = armour::open(VERSION_6).unwrap();
    let mut packets = packets::Packets::new(&bytes);
    let primary = packets.next().unwrap().unwrap();
    let primary = PrimaryKey::parse(primary.body).unwrap();
    let said = packets.next().unwrap().unwrap();
    let checked = signed_by_itself(&primary, &Subject::Key, said.body);
    assert!(matches!(checked, Some(Checked::Good(_))), "{checked:?}");
}

#[test]
fn a_changed_key_confirms_nothing() {
    let is_confirmed = |bytes: &[u8]| {
        let outcome = read(bytes, &identity(), NOW);
        outcome.is_ok_and(|it| it.word == KeysWord::Confirmed)
    };
    // The key, its name, and the signature with the notation.
    for (file, needed) in [(ALICE, 300), (BOB, 700)] {
        let good = armour::open(file).unwrap().into_owned();
        for at in 0..needed {
            assert!(!is_confirmed(&good[..at]), "{at}");
        }
        let confirmed = (0..good.len()).filter(|at| {
            let mut bad = good.clone();
            bad[*at] ^= 4;
            is_confirmed(&bad)
        });
        // What does not matter: the part of a signature that it does not cover, and what comes after.
        let confirmed = confirmed.count();
        assert!(confirmed < good.len() / 2, "{confirmed} of {}", good.len());
    }
}

#[test]
fn what_is_no_public_key_is_refused() {
    let read = |file: &[u8]| read(file, &identity(), NOW);
    for file in [
        &b""[..],
        b"hello",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!\n-----END PGP PUBLIC KEY BLOCK-----",
        &[0x99, 0xff, 0xff],
        &[0xc6, 0xe0],
    ] {
        assert_eq!(read(file), Err(OpenPgpError::NoKey), "{file:?}");
    }
    let secret = b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA";
    assert_eq!(read(secret), Err(OpenPgpError::Secret));
    assert_eq!(read(&[0xc5, 1, 4]), Err(OpenPgpError::Secret));
    let old = [0xc6, 6, 3, 0, 0, 0, 0, 1];
    assert_eq!(read(&old), Err(OpenPgpError::Version(3)));
    let long = vec![0x99; MAX_FILE_BYTES + 1];
    assert_eq!(read(&long), Err(OpenPgpError::TooLong));
}

#[test]
fn signatures_of_others_hide_nothing_that_comes_after_them() {
    let good = armour::open(ALICE).unwrap().into_owned();
    // The first packet is the key, in the old form with one byte or two for its length.
    let key = match good[0] & 3 {
        0 => 2 + usize::from(good[1]),
        _ => 3 + usize::from(u16::from_be_bytes([good[1], good[2]])),
    };
    let (key, rest) = good.split_at(key);
    let with = |count: usize| {
        let foreign = [0xc2, 1, 3].repeat(count);
        read(&[key, &foreign, rest].concat(), &identity(), NOW).map(|it| it.word)
    };
    assert_eq!(with(300), Ok(KeysWord::Confirmed));
    assert_eq!(with(5_000), Err(OpenPgpError::TooManySignatures));
}
