use std::fs;

use onym_identity::RootSecret;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;

use super::*;
use crate::{Batch, Records, Table};

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn create(protection: Protection<'_>) -> (TempDir, Vault, MasterKey) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(VAULT_FILE);
    let cost = Argon2Cost::LEAST;
    let (vault, master) =
        Vault::create_with_cost(&path, cost, protection, None, &mut rng()).unwrap();
    (folder, vault, master)
}

/// The vault as the next start of the program finds it.
fn reread(vault: &Vault) -> Vault {
    let again = Vault::read(&vault.path).unwrap();
    assert_eq!(again.contents.to_bytes(), vault.contents.to_bytes());
    again
}

fn is(master: &MasterKey, unlocked: Result<Unlocked, VaultError>) -> bool {
    matches!(unlocked, Ok(Unlocked::Opened(key)) if key.as_bytes() == master.as_bytes())
}

#[test]
fn a_passphrase_opens_and_a_wrong_one_does_not() {
    let (_folder, vault, master) = create(Protection::Passphrase(b"tea"));
    let vault = reread(&vault);
    let slots = Slots {
        open: false,
        passphrase: true,
        keyring: false,
        recovery: false,
    };
    assert_eq!(vault.slots(), slots);
    assert!(is(&master, vault.unlock_with_passphrase(b"tea")));
    for wrong in [b"".as_slice(), b"te", b"tea ", b"Tea"] {
        let refused = vault.unlock_with_passphrase(wrong);
        assert!(
            matches!(refused, Err(VaultError::WrongPassphrase)),
            "{refused:?}"
        );
    }
    assert!(vault.verify_passphrase(b"tea").unwrap());
    assert!(!vault.verify_passphrase(b"coffee").unwrap());
    assert!(matches!(
        vault.unlock_open(),
        Err(VaultError::NoSuchSlot(_))
    ));
}

#[test]
fn a_vault_is_made_once() {
    let (_folder, vault, _) = create(Protection::Open);
    let second = Vault::create(&vault.path, Protection::Open, None, &mut rng());
    assert!(matches!(second, Err(VaultError::Exists(_))));
    let elsewhere = vault.path.with_file_name("other");
    assert!(matches!(
        Vault::read(&elsewhere),
        Err(VaultError::Missing(_))
    ));
    let empty = Vault::create(&elsewhere, Protection::Passphrase(b""), None, &mut rng());
    assert!(matches!(empty, Err(VaultError::EmptyPassphrase)));
    assert!(!elsewhere.exists());
    fs::write(&vault.path, b"something else").unwrap();
    assert!(matches!(
        Vault::read(&vault.path),
        Err(VaultError::Damaged(_))
    ));
}

#[test]
fn a_new_passphrase_leaves_all_records_as_they_are() {
    const TABLE: Table = Table::new("messages");
    let (folder, mut vault, master) = create(Protection::Passphrase(b"tea"));
    let records_in = |master: &MasterKey| {
        Records::open(&folder.path().join("client"), &master.records_key("client")).unwrap()
    };
    let mut batch = Batch::new();
    batch.put(TABLE, [1], b"text".as_slice());
    records_in(&master).commit(batch).unwrap();
    let file = folder.path().join("client").join("records");
    let before = fs::read(&file).unwrap();
    vault.set_passphrase(&master, b"milk", &mut rng()).unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);

    let vault = reread(&vault);
    let old = vault.unlock_with_passphrase(b"tea");
    assert!(matches!(old, Err(VaultError::WrongPassphrase)));
    let Ok(Unlocked::Opened(master)) = vault.unlock_with_passphrase(b"milk") else {
        panic!("the new passphrase opens the vault");
    };
    assert_eq!(
        records_in(&master).get(TABLE, &[1]).unwrap().unwrap(),
        b"text"
    );
}

#[test]
fn a_passphrase_locks_an_open_vault() {
    let (_folder, mut vault, master) = create(Protection::Open);
    let holds_key = |vault: &Vault| {
        let bytes = fs::read(&vault.path).unwrap();
        bytes.windows(32).any(|window| window == master.as_bytes())
    };
    assert!(
        holds_key(&vault),
        "the key of an open vault lies there in clear"
    );
    assert_eq!(
        reread(&vault).unlock_open().unwrap().as_bytes(),
        master.as_bytes()
    );
    vault.set_passphrase(&master, b"tea", &mut rng()).unwrap();
    assert!(!holds_key(&vault));
    assert!(matches!(
        reread(&vault).unlock_open(),
        Err(VaultError::NoSuchSlot(_))
    ));
    vault.remove_passphrase(&master, &mut rng()).unwrap();
    assert!(holds_key(&vault));
    let gone = reread(&vault).unlock_with_passphrase(b"tea");
    assert!(matches!(gone, Err(VaultError::NoSuchSlot(_))));
}

#[test]
fn a_duress_passphrase_asks_for_wiping() {
    let (_folder, mut vault, master) = create(Protection::Passphrase(b"tea"));
    assert!(!vault.has_duress_passphrase(&master).unwrap());
    let same = vault.set_duress_passphrase(&master, b"tea", &mut rng());
    assert!(matches!(same, Err(VaultError::PassphraseInUse)), "{same:?}");
    vault
        .set_duress_passphrase(&master, b"coffee", &mut rng())
        .unwrap();
    let mut vault = reread(&vault);
    assert!(vault.has_duress_passphrase(&master).unwrap());
    assert!(matches!(
        vault.unlock_with_passphrase(b"coffee"),
        Ok(Unlocked::Duress)
    ));
    assert!(is(&master, vault.unlock_with_passphrase(b"tea")));
    assert!(!vault.verify_passphrase(b"coffee").unwrap());
    let same = vault.set_passphrase(&master, b"coffee", &mut rng());
    assert!(matches!(same, Err(VaultError::PassphraseInUse)), "{same:?}");
    vault.set_passphrase(&master, b"milk", &mut rng()).unwrap();
    assert!(matches!(
        vault.unlock_with_passphrase(b"coffee"),
        Ok(Unlocked::Duress)
    ));
    assert!(is(&master, vault.unlock_with_passphrase(b"milk")));

    vault.remove_duress_passphrase(&master, &mut rng()).unwrap();
    let gone = vault.unlock_with_passphrase(b"coffee");
    assert!(matches!(gone, Err(VaultError::WrongPassphrase)));
    assert!(!reread(&vault).has_duress_passphrase(&master).unwrap());

    vault.remove_passphrase(&master, &mut rng()).unwrap();
    let alone = vault.set_duress_passphrase(&master, b"coffee", &mut rng());
    assert!(matches!(alone, Err(VaultError::DuressWithoutPassphrase)));
}

#[test]
fn the_recovery_phrase_opens_when_the_passphrase_is_forgotten() {
    let (_folder, mut vault, master) = create(Protection::Passphrase(b"tea"));
    let root = RootSecret::from_bytes(&[7; 32]);
    let none = vault.unlock_with_recovery(&root.at_rest_recovery_key());
    assert!(matches!(none, Err(VaultError::NoSuchSlot(_))));
    vault
        .set_recovery(&master, &root.at_rest_recovery_key(), &mut rng())
        .unwrap();
    let mut vault = reread(&vault);
    let other = RootSecret::from_bytes(&[8; 32]).at_rest_recovery_key();
    let refused = vault.unlock_with_recovery(&other);
    assert!(matches!(refused, Err(VaultError::WrongRecoveryKey)));
    let recovered = vault
        .unlock_with_recovery(&root.at_rest_recovery_key())
        .unwrap();
    vault
        .set_passphrase(&recovered, b"milk", &mut rng())
        .unwrap();
    assert!(is(&master, reread(&vault).unlock_with_passphrase(b"milk")));
    vault.remove_recovery(&master).unwrap();
    assert!(!reread(&vault).slots().recovery);
}

#[test]
fn the_keyring_opens_and_the_last_way_in_stays() {
    let secret = KeyringSecret::generate(&mut rng());
    let (_folder, mut vault, master) = create(Protection::Keyring(&secret));
    let kept = KeyringSecret::from_bytes(secret.as_bytes());
    let opened = reread(&vault).unlock_with_keyring_secret(&kept).unwrap();
    assert_eq!(opened.as_bytes(), master.as_bytes());
    let other = KeyringSecret::from_bytes(&[9; 32]);
    let refused = vault.unlock_with_keyring_secret(&other);
    assert!(matches!(refused, Err(VaultError::WrongKeyringSecret)));

    let last = vault.remove_keyring_secret(&master);
    assert!(matches!(last, Err(VaultError::LastWayIn)), "{last:?}");
    assert!(vault.unlock_with_keyring_secret(&secret).is_ok());
    vault.set_passphrase(&master, b"tea", &mut rng()).unwrap();
    assert!(
        reread(&vault).unlock_with_keyring_secret(&secret).is_ok(),
        "the slot stays"
    );
    vault
        .set_keyring_secret(&master, &other, &mut rng())
        .unwrap();
    assert!(vault.unlock_with_keyring_secret(&secret).is_err());
    vault.remove_keyring_secret(&master).unwrap();
    assert!(!reread(&vault).slots().keyring);
}

#[test]
fn an_open_slot_goes_when_another_way_is_there() {
    let (_folder, mut vault, master) = create(Protection::Open);
    let last = vault.remove_open_slot(&master);
    assert!(matches!(last, Err(VaultError::LastWayIn)), "{last:?}");
    let secret = KeyringSecret::generate(&mut rng());
    vault
        .set_keyring_secret(&master, &secret, &mut rng())
        .unwrap();
    vault.remove_open_slot(&master).unwrap();
    let slots = Slots {
        open: false,
        passphrase: false,
        keyring: true,
        recovery: false,
    };
    assert_eq!(reread(&vault).slots(), slots);
}

#[test]
fn the_master_key_of_another_vault_changes_nothing() {
    let (_folder, mut vault, _) = create(Protection::Passphrase(b"tea"));
    let stranger = MasterKey::generate(&mut StdRng::seed_from_u64(2));
    let secret = KeyringSecret::generate(&mut rng());
    let recovery = RootSecret::from_bytes(&[7; 32]).at_rest_recovery_key();
    let before = fs::read(&vault.path).unwrap();
    for refused in [
        vault.set_passphrase(&stranger, b"milk", &mut rng()),
        vault.remove_passphrase(&stranger, &mut rng()),
        vault.set_duress_passphrase(&stranger, b"milk", &mut rng()),
        vault.remove_duress_passphrase(&stranger, &mut rng()),
        vault.set_keyring_secret(&stranger, &secret, &mut rng()),
        vault.remove_keyring_secret(&stranger),
        vault.remove_open_slot(&stranger),
        vault.set_recovery(&stranger, &recovery, &mut rng()),
        vault.remove_recovery(&stranger),
    ] {
        assert!(
            matches!(refused, Err(VaultError::WrongMasterKey)),
            "{refused:?}"
        );
    }
    assert_eq!(fs::read(&vault.path).unwrap(), before);
}

#[test]
fn a_change_that_cannot_be_written_changes_nothing() {
    let (_folder, mut vault, master) = create(Protection::Passphrase(b"tea"));
    // The place of the draft is taken by a folder that is not empty.
    fs::create_dir_all(vault.path.with_extension("draft").join("x")).unwrap();
    let failed = vault.set_passphrase(&master, b"milk", &mut rng());
    assert!(matches!(failed, Err(VaultError::Io { .. })), "{failed:?}");
    assert!(is(&master, vault.unlock_with_passphrase(b"tea")));
    assert!(is(&master, reread(&vault).unlock_with_passphrase(b"tea")));
}

#[test]
fn secrets_are_not_shown() {
    let (_folder, vault, master) = create(Protection::Passphrase(b"tea"));
    let secret = KeyringSecret::generate(&mut rng());
    assert_eq!(
        format!("{master:?} {secret:?}"),
        "MasterKey(hidden) KeyringSecret(hidden)"
    );
    let shown = format!(
        "{vault:?} {:?} {:?} {:?}",
        Protection::Passphrase(b"tea"),
        Protection::Keyring(&secret),
        Unlocked::Opened(master),
    );
    assert!(!shown.contains('['), "{shown}");
    assert!(!shown.contains("tea"), "{shown}");
}

#[cfg(unix)]
#[test]
fn the_file_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, mut vault, master) = create(Protection::Open);
    let mode = |vault: &Vault| fs::metadata(&vault.path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&vault), 0o600);
    vault.set_passphrase(&master, b"tea", &mut rng()).unwrap();
    assert_eq!(mode(&vault), 0o600);
}
