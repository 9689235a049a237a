use std::collections::BTreeSet;

use onym_identity::RootSecret;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A vault with every slot in use, and how it is opened.
struct Everything {
    contents: Contents,
    master: MasterKey,
    ours: Key,
    duress: Key,
    keyring: KeyringSecret,
    recovery: AtRestRecoveryKey,
}

fn everything() -> Everything {
    let mut rng = rng(1);
    let master = MasterKey::generate(&mut rng);
    let mut contents = Contents::new(Argon2Cost::LEAST, [5; 32], &master, &mut rng);
    contents.set_passphrase(&master, b"tea", &mut rng).unwrap();
    contents
        .set_duress_passphrase(&master, b"coffee", &mut rng)
        .unwrap();
    let keyring = KeyringSecret::from_bytes(&[6; 32]);
    contents.set_keyring(&master, &keyring, &mut rng);
    let recovery = RootSecret::from_bytes(&[7; 32]).at_rest_recovery_key();
    contents.set_recovery(&master, &recovery, &mut rng);
    Everything {
        ours: contents.passphrase_key(b"tea").unwrap(),
        duress: contents.passphrase_key(b"coffee").unwrap(),
        contents,
        master,
        keyring,
        recovery,
    }
}

/// What all the ways in give, in order; true for the master key that was put in.
fn opened(all: &Everything, contents: &Contents) -> [bool; 5] {
    let is_ours = |master: &MasterKey| master.as_bytes() == all.master.as_bytes();
    [
        matches!(contents.unlock_with_key(&all.ours), Ok(Unlocked::Opened(master)) if is_ours(&master)),
        matches!(contents.unlock_with_key(&all.duress), Ok(Unlocked::Duress)),
        contents
            .unlock_with_keyring(&all.keyring)
            .is_ok_and(|key| is_ours(&key)),
        contents
            .unlock_with_recovery(&all.recovery)
            .is_ok_and(|key| is_ours(&key)),
        contents
            .state(&all.master)
            .is_ok_and(|state| state.has_duress),
    ]
}

fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = Sha256::digest(&bytes[..LENGTH - 32]);
    bytes[LENGTH - 32..].copy_from_slice(&checksum);
    bytes
}

#[test]
fn every_way_in_opens_what_comes_back_from_bytes() {
    let all = everything();
    let bytes = all.contents.to_bytes();
    assert_eq!(bytes.len(), LENGTH);
    let back = Contents::from_bytes(&bytes).unwrap();
    assert_eq!(opened(&all, &back), [true; 5]);
    assert_eq!(back.to_bytes(), bytes);
    assert!(back.unlock_open().is_err());
}

#[test]
fn each_flipped_bit_and_each_cut_is_seen() {
    let bytes = everything().contents.to_bytes();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1 << bit;
            assert!(Contents::from_bytes(&flipped).is_err(), "byte {at}");
        }
        let cut = Contents::from_bytes(&bytes[..at]).map(|_| ());
        assert_eq!(cut, Err(Fault::Damaged), "{at} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(Contents::from_bytes(&longer).is_err());
}

/// Somebody who can write the file also writes a checksum that fits.
#[test]
fn a_slot_that_was_tampered_with_opens_nothing() {
    let all = everything();
    let bytes = all.contents.to_bytes();
    let mut refused = BTreeSet::new();
    for at in 12..LENGTH - 32 {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        let Ok(contents) = Contents::from_bytes(&with_checksum(changed)) else {
            continue;
        };
        let opened = opened(&all, &contents);
        // The key in clear is not in use, so its 32 bytes are the only ones that change nothing,
        // beside the byte that says so.
        let is_used = !(50..83).contains(&at);
        assert_eq!(opened.contains(&false), is_used, "byte {at}: {opened:?}");
        refused.insert(opened);
    }
    // The head is part of every seal; each slot is by itself.
    assert!(refused.contains(&[false; 5]), "{refused:?}");
    for alone in 0..5 {
        let mut only = [true; 5];
        only[alone] = false;
        assert!(refused.contains(&only), "{only:?}");
    }
}

#[test]
fn slots_cannot_be_exchanged_with_those_of_another_kind() {
    let all = everything();
    let mut contents = all.contents.clone();
    std::mem::swap(&mut contents.keyring, &mut contents.recovery);
    assert_eq!(opened(&all, &contents), [true, true, false, false, true]);
    // The two for passphrases may be: a passphrase does not know its place.
    let mut contents = all.contents.clone();
    contents.passphrases.reverse();
    assert_eq!(opened(&all, &contents), [true; 5]);
}

#[test]
fn a_later_version_and_a_hostile_cost_are_refused() {
    let bytes = everything().contents.to_bytes().to_vec();
    let mut later = bytes.clone();
    later[11] = 2;
    let later = Contents::from_bytes(&with_checksum(later)).map(|_| ());
    assert_eq!(later, Err(Fault::Version(2)));
    for cost in [
        [255, 255, 255, 255, 3, 1],
        [0, 0, 0, 0, 3, 1],
        [0, 1, 0, 0, 255, 1],
        [0, 1, 0, 0, 3, 0],
    ] {
        let mut hostile = bytes.clone();
        hostile[12..18].copy_from_slice(&cost);
        let hostile = Contents::from_bytes(&with_checksum(hostile)).map(|_| ());
        assert_eq!(hostile, Err(Fault::Damaged), "{cost:?}");
    }
}

#[test]
fn a_change_of_passphrase_touches_its_slot_alone() {
    let all = everything();
    let mut contents = all.contents.clone();
    contents
        .set_passphrase(&all.master, b"milk", &mut rng(2))
        .unwrap();
    let (before, after) = (all.contents.to_bytes(), contents.to_bytes());
    let changed: BTreeSet<usize> = (0..LENGTH - 32)
        .filter(|at| before[*at] != after[*at])
        .collect();
    let state = all.contents.state(&all.master).unwrap();
    let start = 83 + if state.ours_is_second { 73 } else { 0 };
    assert!(changed.len() > 60);
    assert!(
        changed.iter().all(|at| (start..start + 73).contains(at)),
        "{changed:?}"
    );
    assert_eq!(opened(&all, &contents), [false, true, true, true, true]);
}

/// With and without a duress passphrase, the parts that tell nothing by their contents are all
/// that differs: the same flags, the same lengths, the same cost.
#[test]
fn a_duress_passphrase_cannot_be_told_from_none() {
    let all = everything();
    let mut without = all.contents.clone();
    without
        .remove_duress_passphrase(&all.master, &mut rng(3))
        .unwrap();
    let (with, without) = (all.contents.to_bytes(), without.to_bytes());
    assert_eq!(with.len(), without.len());
    assert_eq!(with[..83], without[..83]);
    // Which of the two slots is the passphrase's is drawn for each vault.
    let seconds = (0..64).filter(|seed| {
        let mut rng = rng(*seed);
        let master = MasterKey::generate(&mut rng);
        let contents = Contents::new(Argon2Cost::LEAST, [5; 32], &master, &mut rng);
        contents.state(&master).unwrap().ours_is_second
    });
    assert!((10..54).contains(&seconds.count()));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2 * LENGTH), fits: bool) {
        let mut bytes = bytes;
        if fits {
            bytes.resize(LENGTH, 0);
            bytes[..11].copy_from_slice(MAGIC);
            bytes[11] = VERSION;
            bytes[12..18].copy_from_slice(&Argon2Cost::LEAST.to_bytes());
            bytes[50] &= 15;
            bytes = with_checksum(bytes);
        }
        prop_assert_eq!(Contents::from_bytes(&bytes).is_ok(), fits);
    }
}
