//! The root secret, from which every long-term key follows.

use std::fmt;

use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::identity_key::IdentitySecretKey;
use crate::onion_service_key::OnionServiceSecretKey;
use crate::recovery_phrase::RecoveryPhrase;

/// The 32 random bytes that a user keeps as a [`RecoveryPhrase`].
///
/// Each key is HKDF-SHA-256 of the root secret without a salt, under an `info` of its own, so
/// that no derived key tells anything about another one.
pub struct RootSecret(Box<Zeroizing<[u8; 32]>>);

impl RootSecret {
    /// Draws a new root secret: a new identity.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut root = Self(Box::new(Zeroizing::new([0; 32])));
        rng.fill_bytes(root.0.as_mut_slice());
        root
    }

    /// Takes a root secret that was kept. The caller wipes its own copy.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut root = Self(Box::new(Zeroizing::new([0; 32])));
        root.0.copy_from_slice(bytes);
        root
    }

    /// The bytes, for sealing them at rest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The words that a person writes down.
    #[must_use]
    pub fn recovery_phrase(&self) -> RecoveryPhrase {
        RecoveryPhrase::of(self)
    }

    /// The long-term key of the identity.
    #[must_use]
    pub fn identity_key(&self) -> IdentitySecretKey {
        IdentitySecretKey::from_seed(&self.derive("onym/1 identity"))
    }

    /// The key of the onion service number `index`. The first service is number 0; each further
    /// number is a new onion address of the same identity, which cannot be linked to the others.
    #[must_use]
    pub fn onion_service_key(&self, index: u32) -> OnionServiceSecretKey {
        OnionServiceSecretKey::from_seed(&self.derive(&format!("onym/1 onion-service/{index}")))
    }

    /// The key that opens the data at rest when the passphrase is forgotten.
    #[must_use]
    pub fn at_rest_recovery_key(&self) -> AtRestRecoveryKey {
        AtRestRecoveryKey(Box::new(self.derive("onym/1 at-rest-recovery")))
    }

    /// RFC 5869 with the root secret as input key material and no salt, 32 bytes long.
    fn derive(&self, info: &str) -> Zeroizing<[u8; 32]> {
        let (mut prk, hkdf) = Hkdf::<Sha256>::extract(None, self.as_bytes());
        prk.as_mut_slice().zeroize();
        let mut key = Zeroizing::new([0; 32]);
        #[expect(clippy::expect_used, reason = "carrying on would use a key of zeros")]
        hkdf.expand(info.as_bytes(), key.as_mut_slice())
            .expect("RFC 5869 allows up to 8160 bytes of output");
        key
    }
}

impl fmt::Debug for RootSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("RootSecret(hidden)")
    }
}

impl ZeroizeOnDrop for RootSecret {}

/// A symmetric key of 32 bytes, under which the data key is sealed a second time.
pub struct AtRestRecoveryKey(Box<Zeroizing<[u8; 32]>>);

impl AtRestRecoveryKey {
    /// The bytes, for the cipher.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for AtRestRecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("AtRestRecoveryKey(hidden)")
    }
}

impl ZeroizeOnDrop for AtRestRecoveryKey {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let root = |byte| RootSecret::from_bytes(&[byte; 32]);
        assert_eq!(format!("{:?}", root(7)), "RootSecret(hidden)");
        assert_eq!(format!("{:#?}", root(7)), format!("{:#?}", root(200)));
        let key = |byte| format!("{:?}", root(byte).at_rest_recovery_key());
        assert_eq!(key(7), "AtRestRecoveryKey(hidden)");
        assert_eq!(key(7), key(200));
    }

    #[test]
    fn every_secret_is_wiped_when_dropped() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Zeroizing<[u8; 32]>>();
        wiped::<ed25519_dalek::SigningKey>();
        wiped::<bip39::Mnemonic>();
        wiped::<Sha256>();
        wiped::<RootSecret>();
        wiped::<AtRestRecoveryKey>();
        wiped::<RecoveryPhrase>();
        wiped::<IdentitySecretKey>();
        wiped::<OnionServiceSecretKey>();
    }

    #[test]
    fn generated_roots_come_from_the_generator_alone() {
        let draw = |seed| *RootSecret::generate(&mut StdRng::seed_from_u64(seed)).as_bytes();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1), [0; 32]);
    }

    #[test]
    fn keys_of_one_root_are_all_different() {
        let root = RootSecret::from_bytes(&[7; 32]);
        let mut keys = BTreeSet::from([
            *root.identity_key().public().as_bytes(),
            *root.at_rest_recovery_key().as_bytes(),
        ]);
        for index in [0, 1, 2, 10, u32::MAX] {
            keys.insert(*root.onion_service_key(index).public().as_bytes());
        }
        assert_eq!(keys.len(), 7);
    }

    proptest! {
        #[test]
        fn the_phrase_brings_back_the_root(bytes in any::<[u8; 32]>()) {
            let root = RootSecret::from_bytes(&bytes);
            let phrase = root.recovery_phrase().reveal();
            let restored = RecoveryPhrase::parse(&phrase).unwrap().root_secret();
            prop_assert_eq!(restored.as_bytes(), &bytes);
        }
    }
}
