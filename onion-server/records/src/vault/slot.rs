//! What lies in a slot, and what only the master key tells.

use chacha20poly1305::XChaCha20Poly1305;
use rand_core::CryptoRng;

use super::master_key::MasterKey;
use crate::seal::{self, KEY_BYTES, Key, NONCE_BYTES, TAG_BYTES};

/// A slot for a passphrase: sealed what it is for, and a key.
pub(super) const PASSPHRASE_SLOT_BYTES: usize = NONCE_BYTES + 1 + KEY_BYTES + TAG_BYTES;
/// A slot for a secret that nobody has to guess: a sealed key.
pub(super) const KEY_SLOT_BYTES: usize = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
pub(super) const STATE_BYTES: usize = NONCE_BYTES + 2 + TAG_BYTES;

pub(super) type PassphraseSlot = [u8; PASSPHRASE_SLOT_BYTES];
pub(super) type KeySlot = [u8; KEY_SLOT_BYTES];

/// What a passphrase slot is for.
const OPENS: u8 = 1;
const WIPES: u8 = 2;

/// What a passphrase finds in a slot.
pub(super) enum Found {
    Key(MasterKey),
    Wipe,
}

/// A slot that gives the master key.
pub(super) fn opening_slot(
    key: &Key,
    aad: &[u8],
    master: &MasterKey,
    rng: &mut impl CryptoRng,
) -> PassphraseSlot {
    passphrase_slot(key, aad, OPENS, master, rng)
}

/// A slot that asks for wiping. The key in it opens nothing; it is there for the length.
pub(super) fn wiping_slot(key: &Key, aad: &[u8], rng: &mut impl CryptoRng) -> PassphraseSlot {
    let nothing = MasterKey::generate(rng);
    passphrase_slot(key, aad, WIPES, &nothing, rng)
}

/// A slot that nothing opens. Nobody can tell it from the others: a nonce is random, and what the
/// cipher makes cannot be told from random bytes without its key.
pub(super) fn unused_slot(rng: &mut impl CryptoRng) -> PassphraseSlot {
    let mut slot = [0; PASSPHRASE_SLOT_BYTES];
    rng.fill_bytes(&mut slot);
    slot
}

fn passphrase_slot(
    key: &Key,
    aad: &[u8],
    kind: u8,
    master: &MasterKey,
    rng: &mut impl CryptoRng,
) -> PassphraseSlot {
    let mut plaintext = zeroize::Zeroizing::new([0; 1 + KEY_BYTES]);
    let (first, rest) = plaintext.split_at_mut(1);
    first.fill(kind);
    rest.copy_from_slice(master.as_bytes());
    sealed(&seal::cipher(key), aad, plaintext.as_slice(), rng)
}

pub(super) fn open_passphrase_slot(key: &Key, aad: &[u8], slot: &PassphraseSlot) -> Option<Found> {
    let opened = seal::open(&seal::cipher(key), aad, slot)?;
    match opened.split_first()? {
        (&OPENS, master) => Some(Found::Key(MasterKey::from_bytes(master.try_into().ok()?))),
        (&WIPES, _) => Some(Found::Wipe),
        _ => None,
    }
}

pub(super) fn key_slot(
    key: &Key,
    aad: &[u8],
    master: &MasterKey,
    rng: &mut impl CryptoRng,
) -> KeySlot {
    sealed(&seal::cipher(key), aad, master.as_bytes(), rng)
}

pub(super) fn open_key_slot(key: &Key, aad: &[u8], slot: &KeySlot) -> Option<MasterKey> {
    let opened = seal::open(&seal::cipher(key), aad, slot)?;
    Some(MasterKey::from_bytes(opened.as_slice().try_into().ok()?))
}

/// What only the master key tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The passphrase's slot is the second one. Drawn once, and kept for the life of the vault.
    pub(super) ours_is_second: bool,
    pub(super) has_duress: bool,
}

impl State {
    pub(super) fn seal(
        self,
        master: &MasterKey,
        aad: &[u8],
        rng: &mut impl CryptoRng,
    ) -> [u8; STATE_BYTES] {
        let plaintext = [u8::from(self.ours_is_second), u8::from(self.has_duress)];
        sealed(&Self::cipher(master), aad, &plaintext, rng)
    }

    pub(super) fn open(master: &MasterKey, aad: &[u8], state: &[u8; STATE_BYTES]) -> Option<Self> {
        let opened = seal::open(&Self::cipher(master), aad, state)?;
        let &[ours_is_second @ 0..=1, has_duress @ 0..=1] = opened.as_slice() else {
            return None;
        };
        Some(Self {
            ours_is_second: ours_is_second == 1,
            has_duress: has_duress == 1,
        })
    }

    fn cipher(master: &MasterKey) -> XChaCha20Poly1305 {
        seal::cipher(&master.key_for("onym/1 vault state"))
    }
}

/// Seals what is as long as its slot needs it.
fn sealed<const LENGTH: usize>(
    cipher: &XChaCha20Poly1305,
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> [u8; LENGTH] {
    #[expect(
        clippy::expect_used,
        reason = "the lengths above are sums of constants"
    )]
    seal::seal(cipher, rng, aad, plaintext)
        .and_then(|sealed| sealed.try_into().ok())
        .expect("a slot is as long as its contents and the seal")
}
