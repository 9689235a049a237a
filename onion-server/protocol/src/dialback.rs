//! The key of server dialback (XEP-0220 §2.1.1), made as XEP-0185 recommends.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::domain::Domain;

/// The secret from which every dialback key of this server is made. It lives as long as the
/// process: keys are checked within seconds of being made.
pub struct DialbackSecret(Zeroizing<String>);

impl std::fmt::Debug for DialbackSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DialbackSecret")
    }
}

impl DialbackSecret {
    /// A fresh secret.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        Self::new(secret.as_ref())
    }

    fn new(secret: &[u8]) -> Self {
        Self(Zeroizing::new(HEXLOWER.encode(&Sha256::digest(secret))))
    }

    /// XEP-0185 §2: `HMAC-SHA256(SHA256(Secret), { Receiving Server, ' ', Originating Server,
    /// ' ', Stream ID })`, the hash and the result in hexadecimal.
    #[must_use]
    pub fn key(&self, receiving: &Domain, originating: &Domain, stream_id: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else {
            return String::new();
        };
        mac.update(format!("{receiving} {originating} {stream_id}").as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    /// Whether `key` is the one that we made for this stream, in constant time.
    #[must_use]
    pub fn verify(
        &self,
        key: &str,
        receiving: &Domain,
        originating: &Domain,
        stream_id: &str,
    ) -> bool {
        let ours = self.key(receiving, originating, stream_id);
        !ours.is_empty() && bool::from(ours.as_bytes().ct_eq(key.trim().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of XEP-0185 §3.
    #[test]
    fn the_example_of_the_xep() {
        let secret = DialbackSecret::new(b"s3cr3tf0rd14lb4ck");
        let (receiving, originating) = (
            Domain::parse("xmpp.example.com").unwrap(),
            Domain::parse("example.org").unwrap(),
        );
        let key = secret.key(&receiving, &originating, "D60000229F");
        assert_eq!(
            key,
            "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"
        );
        assert!(secret.verify(&key, &receiving, &originating, "D60000229F"));
        assert!(!secret.verify(&key, &receiving, &originating, "D60000229E"));
        assert!(!secret.verify(&key, &originating, &receiving, "D60000229F"));
        assert!(!secret.verify("", &receiving, &originating, "D60000229F"));
    }
}
