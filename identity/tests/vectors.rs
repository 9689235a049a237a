//! The published test vectors, which `docs/identity.md` describes.
//!
//! `vectors/check_derivation.py` and `vectors/from_tor.py` prove the same files with a second
//! implementation and with C Tor.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail by panicking")]

use data_encoding::HEXLOWER;
use onym_identity::base32::{self, Base32Error};
use onym_identity::{
    IdentitySecretKey, OnionAddress, OnionAddressError, OnionServiceKey, OnionServiceSecretKey,
    OnymJid, PointError, RecoveryPhrase, RootSecret,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Derivation {
    vectors: Vec<DerivedRoot>,
}

#[derive(Deserialize)]
struct DerivedRoot {
    root_secret: String,
    recovery_phrase: String,
    identity_seed: String,
    identity_key: String,
    local_part: String,
    onion_services: Vec<DerivedService>,
    at_rest_recovery_key: String,
    jid: String,
}

#[derive(Deserialize)]
struct DerivedService {
    index: u32,
    seed: String,
    expanded_secret_key: String,
    public_key: String,
    onion_address: String,
}

#[test]
fn roots_derive_what_derivation_json_says() {
    let file: Derivation = serde_json::from_str(include_str!("vectors/derivation.json")).unwrap();
    assert!(file.vectors.len() >= 5);
    for vector in &file.vectors {
        let root = RootSecret::from_bytes(&bytes(&vector.root_secret));
        assert_eq!(*root.recovery_phrase().reveal(), vector.recovery_phrase);
        let phrase = RecoveryPhrase::parse(&vector.recovery_phrase).unwrap();
        assert_eq!(phrase.root_secret().as_bytes(), root.as_bytes());

        let identity = root.identity_key().public();
        let from_seed = IdentitySecretKey::from_seed(&bytes(&vector.identity_seed));
        assert_eq!(identity, from_seed.public());
        assert_eq!(identity.as_bytes(), &bytes(&vector.identity_key));
        assert_eq!(identity.to_string(), vector.local_part);
        assert_eq!(vector.local_part.parse(), Ok(identity));

        for service in &vector.onion_services {
            check_service(&root, service);
        }
        let recovery_key = bytes(&vector.at_rest_recovery_key);
        assert_eq!(root.at_rest_recovery_key().as_bytes(), &recovery_key);

        let address = root.onion_service_key(0).onion_address();
        let jid = OnymJid { identity, address };
        assert_eq!(jid.to_string(), vector.jid);
        assert_eq!(vector.jid.parse(), Ok(jid));
    }
}

fn check_service(root: &RootSecret, service: &DerivedService) {
    let key = root.onion_service_key(service.index);
    let from_seed = OnionServiceSecretKey::from_seed(&bytes(&service.seed));
    assert_eq!(key.expanded(), from_seed.expanded());
    assert_eq!(*key.expanded(), bytes(&service.expanded_secret_key));
    assert_eq!(key.public().as_bytes(), &bytes(&service.public_key));
    assert_eq!(key.onion_address().to_string(), service.onion_address);
}

#[derive(Deserialize)]
struct OnionAddresses {
    derived: Vec<TorService>,
    generated_by_tor: Vec<TorService>,
    refused: Vec<RefusedAddress>,
}

#[derive(Deserialize)]
struct TorService {
    expanded_secret_key: String,
    public_key: String,
    onion_address: String,
}

#[derive(Deserialize)]
struct RefusedAddress {
    text: String,
    reason: String,
}

fn onion_addresses() -> OnionAddresses {
    serde_json::from_str(include_str!("vectors/onion_address.json")).unwrap()
}

#[test]
fn onion_addresses_are_those_that_tor_gave() {
    let file = onion_addresses();
    assert!(!file.derived.is_empty() && !file.generated_by_tor.is_empty());
    for service in file.derived.iter().chain(&file.generated_by_tor) {
        let expanded = bytes(&service.expanded_secret_key);
        let key = OnionServiceSecretKey::from_expanded(&expanded).unwrap();
        assert_eq!(*key.expanded(), expanded);
        assert_eq!(key.public().as_bytes(), &bytes(&service.public_key));
        assert_eq!(key.onion_address().to_string(), service.onion_address);

        let address: OnionAddress = service.onion_address.parse().unwrap();
        assert_eq!(address, key.onion_address());
        let public = OnionServiceKey::from_bytes(&bytes(&service.public_key)).unwrap();
        assert_eq!(address.public_key(), &public);
        assert_eq!(service.onion_address.to_uppercase().parse(), Ok(address));
    }
}

#[test]
fn wrong_onion_addresses_are_refused_for_the_right_reason() {
    for refused in onion_addresses().refused {
        let error = refused.text.parse::<OnionAddress>().unwrap_err();
        assert_eq!(address_reason(error), refused.reason, "{}", refused.text);
    }
}

fn address_reason(error: OnionAddressError) -> &'static str {
    match error {
        OnionAddressError::NoSuffix => "no_suffix",
        OnionAddressError::Subdomain => "subdomain",
        OnionAddressError::Version2 => "version_2",
        OnionAddressError::Text(error) => base32_reason(error),
        OnionAddressError::Version { .. } => "version",
        OnionAddressError::Checksum => "checksum",
        OnionAddressError::Key(PointError::NotOnCurve) => "not_on_curve",
        OnionAddressError::Key(PointError::NotCanonical) => "not_canonical",
        OnionAddressError::Key(PointError::Neutral) => "neutral",
        OnionAddressError::Key(PointError::Torsion) => "torsion",
    }
}

#[derive(Deserialize)]
struct Base32 {
    valid: Vec<ValidBase32>,
    accepted_spellings: Vec<Base32Spelling>,
    invalid: Vec<InvalidBase32>,
}

#[derive(Deserialize)]
struct ValidBase32 {
    bytes: String,
    text: String,
}

#[derive(Deserialize)]
struct Base32Spelling {
    text: String,
    canonical: String,
}

#[derive(Deserialize)]
struct InvalidBase32 {
    text: String,
    length: usize,
    reason: String,
    why: String,
}

#[test]
fn base32_is_strict() {
    let file: Base32 = serde_json::from_str(include_str!("vectors/base32.json")).unwrap();
    for valid in &file.valid {
        let bytes = HEXLOWER.decode(valid.bytes.as_bytes()).unwrap();
        assert_eq!(base32::encode(&bytes), valid.text);
        let mut decoded = vec![0; bytes.len()];
        assert_eq!(base32::decode_into(&valid.text, &mut decoded), Ok(()));
        assert_eq!(decoded, bytes);
    }
    for spelling in &file.accepted_spellings {
        let mut decoded = vec![0; spelling.text.len() * 5 / 8];
        assert_eq!(base32::decode_into(&spelling.text, &mut decoded), Ok(()));
        assert_eq!(base32::encode(&decoded), spelling.canonical);
    }
    for invalid in &file.invalid {
        match base32::decode_into(&invalid.text, &mut vec![0; invalid.length]) {
            Ok(()) => panic!("{:?} was accepted: {}", invalid.text, invalid.why),
            Err(error) => assert_eq!(base32_reason(error), invalid.reason, "{:?}", invalid.text),
        }
    }
}

fn base32_reason(error: Base32Error) -> &'static str {
    match error {
        Base32Error::Length { .. } => "length",
        Base32Error::Character { .. } => "character",
        Base32Error::TrailingBits => "trailing_bits",
    }
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}
