//! The hash functions of SCRAM and what is built from them.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The hash function of a SCRAM mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Hash {
    /// RFC 5802: SCRAM-SHA-1, the only one that Dino 0.4 knows.
    Sha1,
    /// RFC 7677: SCRAM-SHA-256.
    Sha256,
}

/// The bytes of a key or signature; 20 for SHA-1, 32 for SHA-256.
pub(super) type Key = Zeroizing<Vec<u8>>;

impl Hash {
    /// Strongest first.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Sha1];

    /// The name of the SASL mechanism.
    #[must_use]
    pub const fn mechanism(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    /// The hash function of a SASL mechanism.
    #[must_use]
    pub fn from_mechanism(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.mechanism() == name)
    }

    /// Bytes of the hash, and of every key.
    #[must_use]
    pub const fn output_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// `H()` of RFC 5802.
    pub(super) fn digest(self, bytes: &[u8]) -> Key {
        Zeroizing::new(match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        })
    }

    /// `HMAC()` of RFC 5802.
    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Key {
        Zeroizing::new(match self {
            Self::Sha1 => hmac::<Hmac<Sha1>>(key, message),
            Self::Sha256 => hmac::<Hmac<Sha256>>(key, message),
        })
    }

    /// `Hi()` of RFC 5802, which is PBKDF2.
    pub(super) fn stretch(self, password: &[u8], salt: &[u8], iterations: u32) -> Key {
        let mut out = Zeroizing::new(vec![0; self.output_bytes()]);
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut out),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut out),
        }
        out
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// `a XOR b`; as long as the shorter of the two, so that callers compare lengths first.
pub(super) fn xor(a: &[u8], b: &[u8]) -> Key {
    Zeroizing::new(a.iter().zip(b).map(|(a, b)| a ^ b).collect())
}
