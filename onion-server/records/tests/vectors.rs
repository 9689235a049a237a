//! The formats of `docs/at-rest.md`, as another program has written them.

#![expect(clippy::unwrap_used, reason = "helper functions are not #[test]")]

use std::fs;
use std::io::Read as _;

use data_encoding::HEXLOWER;
use onym_identity::RootSecret;
use onym_records::{KeyringSecret, MasterKey, SealedStreamReader, Slots, Unlocked, Vault};
use serde_json::Value;

fn vectors(section: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("vectors/at_rest.json")).unwrap();
    all.get(section).unwrap().clone()
}

fn text<'a>(section: &'a Value, name: &str) -> &'a str {
    section.get(name).and_then(Value::as_str).unwrap()
}

fn bytes(section: &Value, name: &str) -> Vec<u8> {
    HEXLOWER.decode(text(section, name).as_bytes()).unwrap()
}

fn key(section: &Value, name: &str) -> [u8; 32] {
    bytes(section, name).try_into().unwrap()
}

fn vault() -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    fs::write(&path, bytes(&vectors("vault"), "file")).unwrap();
    let vault = Vault::read(&path).unwrap();
    (folder, vault)
}

fn master_key() -> MasterKey {
    let vectors = vectors("vault");
    let (_folder, vault) = vault();
    match vault.unlock_with_passphrase(text(&vectors, "passphrase").as_bytes()) {
        Ok(Unlocked::Opened(master)) => master,
        other => unreachable!("the passphrase gives {other:?}"),
    }
}

#[test]
fn every_slot_of_the_vault_gives_the_same_key() {
    let vectors = vectors("vault");
    let (_folder, vault) = vault();
    let in_use = Slots {
        open: false,
        passphrase: true,
        keyring: true,
        recovery: true,
    };
    assert_eq!(vault.slots(), in_use);
    let duress = vault.unlock_with_passphrase(text(&vectors, "duress_passphrase").as_bytes());
    assert!(matches!(duress, Ok(Unlocked::Duress)), "{duress:?}");
    let secret = KeyringSecret::from_bytes(&key(&vectors, "keyring_secret"));
    let recovery = RootSecret::from_bytes(&key(&vectors, "root_secret")).at_rest_recovery_key();
    for master in [
        master_key(),
        vault.unlock_with_keyring_secret(&secret).unwrap(),
        vault.unlock_with_recovery(&recovery).unwrap(),
    ] {
        assert!(vault.has_duress_passphrase(&master).unwrap());
        opens_the_file(&master);
    }
}

fn opens_the_file(master: &MasterKey) {
    let vectors = vectors("file");
    let opened = master.open_file(text(&vectors, "purpose"), &bytes(&vectors, "sealed"));
    assert_eq!(**opened.unwrap(), *text(&vectors, "plaintext").as_bytes());
}

#[test]
fn names_are_those_of_the_vectors() {
    let vectors = vectors("records");
    let key = master_key().records_key(text(&vectors, "purpose"));
    let name = key.name_of(
        text(&vectors, "name_context"),
        text(&vectors, "name_text").as_bytes(),
    );
    assert_eq!(HEXLOWER.encode(&name), text(&vectors, "name"));
}

#[test]
fn a_sealed_stream_is_read() {
    let vectors = vectors("stream");
    let sealed = bytes(&vectors, "sealed");
    let passphrase = text(&vectors, "passphrase").as_bytes();
    let mut reader = SealedStreamReader::new(sealed.as_slice(), passphrase).unwrap();
    let mut plaintext = String::new();
    reader.read_to_string(&mut plaintext).unwrap();
    assert_eq!(plaintext, text(&vectors, "plaintext"));
}
