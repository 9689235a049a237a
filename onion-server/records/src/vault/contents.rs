//! The bytes of a vault, and what each change makes of them.
//!
//! | bytes | |
//! |---|---|
//! | 12 | what it is, and the version |
//! | 6 | cost of a guess: memory in KiB (4), passes (1), lanes (1) |
//! | 32 | salt of the passphrases |
//! | 1 | slots in use: 1 open, 2 passphrase, 4 keyring, 8 recovery |
//! | 32 | open slot: the master key in clear, or zeros |
//! | 73, 73 | two passphrase slots, always both |
//! | 72 | keyring slot, or zeros |
//! | 72 | recovery slot, or zeros |
//! | 42 | state, sealed under the master key |
//! | 32 | SHA-256 of all before, against damage |
//!
//! Each sealed part has the first three rows and its own name as associated data. The two passphrase
//! slots have one salt and one cost, so that a passphrase is tried on both for the price of one, and
//! so that they look alike.

use onym_identity::AtRestRecoveryKey;
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::error::VaultError;
use super::keyring_secret::KeyringSecret;
use super::master_key::MasterKey;
use super::slot::{self, Found, KeySlot, PassphraseSlot, State};
use super::{Slots, Unlocked};
use crate::passphrase::{Argon2Cost, SALT_BYTES};
use crate::seal::{self, KEY_BYTES, Key};

#[derive(Clone)]
pub(super) struct Contents {
    cost: Argon2Cost,
    salt: [u8; SALT_BYTES],
    open: Option<MasterKey>,
    has_passphrase: bool,
    passphrases: [PassphraseSlot; 2],
    keyring: Option<KeySlot>,
    recovery: Option<KeySlot>,
    state: [u8; slot::STATE_BYTES],
}

/// Why bytes are no vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Damaged,
    Version(u8),
}

const MAGIC: &[u8; 11] = b"onym vault\n";
const VERSION: u8 = 1;

const HAS_OPEN: u8 = 1;
const HAS_PASSPHRASE: u8 = 2;
const HAS_KEYRING: u8 = 4;
const HAS_RECOVERY: u8 = 8;

/// What each sealed part is called in its associated data. Both passphrase slots have one name: a
/// passphrase does not know its place.
const PASSPHRASE: &str = "passphrase";
const KEYRING: &str = "keyring";
const RECOVERY: &str = "recovery";
const STATE: &str = "state";

impl Contents {
    /// A vault that nothing opens yet.
    pub(super) fn new(
        cost: Argon2Cost,
        salt: [u8; SALT_BYTES],
        master: &MasterKey,
        rng: &mut impl CryptoRng,
    ) -> Self {
        let mut contents = Self {
            cost,
            salt,
            open: None,
            has_passphrase: false,
            passphrases: [slot::unused_slot(rng), slot::unused_slot(rng)],
            keyring: None,
            recovery: None,
            state: [0; slot::STATE_BYTES],
        };
        let state = State {
            ours_is_second: rng.next_u32() & 1 == 1,
            has_duress: false,
        };
        contents.put_state(master, state, rng);
        contents
    }

    pub(super) const fn slots(&self) -> Slots {
        Slots {
            open: self.open.is_some(),
            passphrase: self.has_passphrase,
            keyring: self.keyring.is_some(),
            recovery: self.recovery.is_some(),
        }
    }

    pub(super) fn unlock_open(&self) -> Result<MasterKey, VaultError> {
        let key = self.open.clone();
        key.ok_or(VaultError::NoSuchSlot("nothing: it is locked"))
    }

    pub(super) fn unlock_with_passphrase(&self, text: &[u8]) -> Result<Unlocked, VaultError> {
        if !self.has_passphrase {
            return Err(VaultError::NoSuchSlot("a passphrase"));
        }
        self.unlock_with_key(&self.passphrase_key(text)?)
    }

    /// Tries both slots whatever the first one gives: the time tells nothing.
    fn unlock_with_key(&self, key: &Key) -> Result<Unlocked, VaultError> {
        let aad = self.aad(PASSPHRASE);
        let [first, second] = &self.passphrases;
        let first = slot::open_passphrase_slot(key, &aad, first);
        let second = slot::open_passphrase_slot(key, &aad, second);
        match first.or(second) {
            Some(Found::Key(master)) => Ok(Unlocked::Opened(master)),
            Some(Found::Wipe) => Ok(Unlocked::Duress),
            None => Err(VaultError::WrongPassphrase),
        }
    }

    pub(super) fn unlock_with_keyring(
        &self,
        secret: &KeyringSecret,
    ) -> Result<MasterKey, VaultError> {
        let no_slot = VaultError::NoSuchSlot("a secret in the system's keyring");
        let slot = self.keyring.as_ref().ok_or(no_slot)?;
        slot::open_key_slot(&keyring_key(secret), &self.aad(KEYRING), slot)
            .ok_or(VaultError::WrongKeyringSecret)
    }

    pub(super) fn unlock_with_recovery(
        &self,
        key: &AtRestRecoveryKey,
    ) -> Result<MasterKey, VaultError> {
        let no_slot = VaultError::NoSuchSlot("a recovery phrase");
        let slot = self.recovery.as_ref().ok_or(no_slot)?;
        slot::open_key_slot(&recovery_key(key), &self.aad(RECOVERY), slot)
            .ok_or(VaultError::WrongRecoveryKey)
    }

    /// What only the master key tells; also the proof that it is this vault's.
    pub(super) fn state(&self, master: &MasterKey) -> Result<State, VaultError> {
        State::open(master, &self.aad(STATE), &self.state).ok_or(VaultError::WrongMasterKey)
    }

    pub(super) fn lay_open(&mut self, master: &MasterKey) {
        self.open = Some(master.clone());
    }

    pub(super) fn remove_open(&mut self) {
        self.open = None;
    }

    pub(super) fn set_passphrase(
        &mut self,
        master: &MasterKey,
        text: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        let state = self.state(master)?;
        let key = self.new_passphrase_key(text)?;
        // Its own old passphrase may be set again; the duress passphrase may not.
        if let Ok(Unlocked::Duress) = self.unlock_with_key(&key) {
            return Err(VaultError::PassphraseInUse);
        }
        *self.our_slot(state) = slot::opening_slot(&key, &self.aad(PASSPHRASE), master, rng);
        self.has_passphrase = true;
        self.open = None;
        Ok(())
    }

    pub(super) fn remove_passphrase(
        &mut self,
        master: &MasterKey,
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        let state = self.state(master)?;
        self.passphrases = [slot::unused_slot(rng), slot::unused_slot(rng)];
        self.has_passphrase = false;
        let has_duress = false;
        self.put_state(
            master,
            State {
                has_duress,
                ..state
            },
            rng,
        );
        Ok(())
    }

    pub(super) fn set_duress_passphrase(
        &mut self,
        master: &MasterKey,
        text: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        let state = self.state(master)?;
        if !self.has_passphrase {
            return Err(VaultError::DuressWithoutPassphrase);
        }
        let key = self.new_passphrase_key(text)?;
        if let Ok(Unlocked::Opened(_)) = self.unlock_with_key(&key) {
            return Err(VaultError::PassphraseInUse);
        }
        *self.other_slot(state) = slot::wiping_slot(&key, &self.aad(PASSPHRASE), rng);
        let has_duress = true;
        self.put_state(
            master,
            State {
                has_duress,
                ..state
            },
            rng,
        );
        Ok(())
    }

    pub(super) fn remove_duress_passphrase(
        &mut self,
        master: &MasterKey,
        rng: &mut impl CryptoRng,
    ) -> Result<(), VaultError> {
        let state = self.state(master)?;
        *self.other_slot(state) = slot::unused_slot(rng);
        let has_duress = false;
        self.put_state(
            master,
            State {
                has_duress,
                ..state
            },
            rng,
        );
        Ok(())
    }

    pub(super) fn set_keyring(
        &mut self,
        master: &MasterKey,
        secret: &KeyringSecret,
        rng: &mut impl CryptoRng,
    ) {
        let slot = slot::key_slot(&keyring_key(secret), &self.aad(KEYRING), master, rng);
        self.keyring = Some(slot);
    }

    pub(super) fn remove_keyring(&mut self) {
        self.keyring = None;
    }

    pub(super) fn set_recovery(
        &mut self,
        master: &MasterKey,
        key: &AtRestRecoveryKey,
        rng: &mut impl CryptoRng,
    ) {
        let slot = slot::key_slot(&recovery_key(key), &self.aad(RECOVERY), master, rng);
        self.recovery = Some(slot);
    }

    pub(super) fn remove_recovery(&mut self) {
        self.recovery = None;
    }

    /// The recovery phrase is for emergencies: it is not a way in that one may be left with.
    pub(super) fn has_a_way_in(&self) -> Result<(), VaultError> {
        if self.has_passphrase || self.open.is_some() || self.keyring.is_some() {
            Ok(())
        } else {
            Err(VaultError::LastWayIn)
        }
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let flag = |flag, is_set| if is_set { flag } else { 0 };
        let flags = flag(HAS_OPEN, self.open.is_some())
            | flag(HAS_PASSPHRASE, self.has_passphrase)
            | flag(HAS_KEYRING, self.keyring.is_some())
            | flag(HAS_RECOVERY, self.recovery.is_some());
        let [first, second] = &self.passphrases;
        let no_slot = [0; slot::KEY_SLOT_BYTES];
        let parts: [&[u8]; 8] = [
            &self.head(),
            &[flags],
            self.open
                .as_ref()
                .map_or(&[0; KEY_BYTES], |master| master.as_bytes()),
            first,
            second,
            self.keyring.as_ref().unwrap_or(&no_slot),
            self.recovery.as_ref().unwrap_or(&no_slot),
            &self.state,
        ];
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH));
        for part in parts {
            bytes.extend_from_slice(part);
        }
        let checksum = Sha256::digest(bytes.as_slice());
        bytes.extend_from_slice(&checksum);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(Fault::Damaged)?;
        match take(&mut rest) {
            Some([VERSION]) => {}
            Some([version]) => return Err(Fault::Version(version)),
            None => return Err(Fault::Damaged),
        }
        let (all, checksum) = bytes.split_last_chunk::<32>().ok_or(Fault::Damaged)?;
        if Sha256::digest(all).as_slice() != checksum {
            return Err(Fault::Damaged);
        }
        Self::from_parts(rest).ok_or(Fault::Damaged)
    }

    fn from_parts(mut rest: &[u8]) -> Option<Self> {
        let rest = &mut rest;
        let cost = Argon2Cost::from_bytes(take(rest)?)?;
        let salt = take(rest)?;
        let [flags] = take(rest)?;
        if flags & !(HAS_OPEN | HAS_PASSPHRASE | HAS_KEYRING | HAS_RECOVERY) != 0 {
            return None;
        }
        let open = Zeroizing::new(take(rest)?);
        let passphrases = [take(rest)?, take(rest)?];
        let (keyring, recovery) = (take(rest)?, take(rest)?);
        let state = take(rest)?;
        let _checksum: [u8; 32] = take(rest)?;
        let contents = Self {
            cost,
            salt,
            open: (flags & HAS_OPEN != 0).then(|| MasterKey::from_bytes(&open)),
            has_passphrase: flags & HAS_PASSPHRASE != 0,
            passphrases,
            keyring: (flags & HAS_KEYRING != 0).then_some(keyring),
            recovery: (flags & HAS_RECOVERY != 0).then_some(recovery),
            state,
        };
        rest.is_empty().then_some(contents)
    }

    /// What stands before everything else, and is part of every seal.
    fn head(&self) -> Vec<u8> {
        let cost = self.cost.to_bytes();
        [MAGIC.as_slice(), &[VERSION], &cost, &self.salt].concat()
    }

    fn aad(&self, part: &str) -> Vec<u8> {
        [&self.head(), part.as_bytes()].concat()
    }

    fn put_state(&mut self, master: &MasterKey, state: State, rng: &mut impl CryptoRng) {
        self.state = state.seal(master, &self.aad(STATE), rng);
    }

    fn our_slot(&mut self, state: State) -> &mut PassphraseSlot {
        let [first, second] = &mut self.passphrases;
        if state.ours_is_second { second } else { first }
    }

    fn other_slot(&mut self, state: State) -> &mut PassphraseSlot {
        let [first, second] = &mut self.passphrases;
        if state.ours_is_second { first } else { second }
    }

    fn new_passphrase_key(&self, text: &[u8]) -> Result<Key, VaultError> {
        if text.is_empty() {
            return Err(VaultError::EmptyPassphrase);
        }
        self.passphrase_key(text)
    }

    fn passphrase_key(&self, text: &[u8]) -> Result<Key, VaultError> {
        let key = self.cost.key(text, &self.salt, "onym/1 vault passphrase");
        key.ok_or(VaultError::NoMemory)
    }
}

/// Magic and version, cost, salt, flags, open slot, passphrase slots, key slots, state, checksum.
pub(super) const LENGTH: usize = 12
    + 6
    + SALT_BYTES
    + 1
    + KEY_BYTES
    + 2 * slot::PASSPHRASE_SLOT_BYTES
    + 2 * slot::KEY_SLOT_BYTES
    + slot::STATE_BYTES
    + 32;

fn keyring_key(secret: &KeyringSecret) -> Key {
    seal::derive(secret.as_bytes(), "onym/1 vault keyring")
}

fn recovery_key(key: &AtRestRecoveryKey) -> Key {
    seal::derive(key.as_bytes(), "onym/1 vault recovery")
}

fn take<const COUNT: usize>(rest: &mut &[u8]) -> Option<[u8; COUNT]> {
    let (part, behind) = rest.split_first_chunk::<COUNT>()?;
    *rest = behind;
    Some(*part)
}

#[cfg(test)]
mod tests;
