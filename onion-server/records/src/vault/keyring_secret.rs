//! The secret that the system's keyring keeps for the vault.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::seal::{self, KEY_BYTES, Key};

/// 32 random bytes that open the vault, and are kept outside of it.
#[derive(Clone)]
pub struct KeyringSecret(Key);

impl KeyringSecret {
    /// Draws a new one.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(seal::new_key(rng))
    }

    /// Takes one that was kept. The caller wipes its own copy.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(seal::key_from(bytes))
    }

    /// The bytes, for the keyring.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for KeyringSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("KeyringSecret(hidden)")
    }
}

impl ZeroizeOnDrop for KeyringSecret {}
