//! XEdDSA: signatures with a key of Curve25519 that verify as Ed25519.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use super::{SecretKey, clear_top_bit};

/// Signs as Signal's "The XEdDSA and VXEdDSA Signature Schemes", section 2.4, says. The salt is
/// its `Z`; the secret key alone keeps the nonce unpredictable.
pub(super) fn sign(secret: &SecretKey, message: &[u8], salt: &[u8; 64]) -> [u8; 64] {
    let mut scalar = secret.scalar();
    let mut point = EdwardsPoint::mul_base(&scalar).compress().to_bytes();
    if point.last().is_some_and(|last| last & 0x80 != 0) {
        *scalar = -*scalar;
        clear_top_bit(&mut point);
    }
    let nonce = Zeroizing::new(hash(&[&NONCE_PREFIX, scalar.as_bytes(), message, salt]));
    let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
    let response = *nonce + hash(&[&commitment, &point, message]) * *scalar;
    let mut signature = [0; 64];
    for (to, from) in signature
        .iter_mut()
        .zip(commitment.iter().chain(response.as_bytes()))
    {
        *to = *from;
    }
    signature
}

/// Verifies a signature with a key whose sign is not known: libsignal signs with whatever sign the
/// key has and sends it in the signature's top bit, where Ed25519 has a zero. XEdDSA leaves the
/// zero and has the sign 0.
pub(super) fn verify_montgomery(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let mut signature = *signature;
    let [.., last] = &mut signature;
    let sign = *last >> 7;
    *last &= 0x7f;
    let point = MontgomeryPoint(*key).to_edwards(sign);
    point.is_some_and(|it| verify_edwards(&it.compress().to_bytes(), message, &signature))
}

/// Verifies a signature as Ed25519 does, strictly.
pub(super) fn verify_edwards(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

fn hash(parts: &[&[u8]]) -> Scalar {
    let mut state = Sha512::new();
    for part in parts {
        state.update(part);
    }
    Scalar::from_bytes_mod_order_wide(&Zeroizing::new(state.finalize().into()))
}

/// 2^256 - 2, which separates the hash of a nonce from all others.
const NONCE_PREFIX: [u8; 32] = {
    let mut prefix = [0xff; 32];
    prefix[0] = 0xfe;
    prefix
};

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    /// Signs as libsignal does: with the sign that the key has, sent in the top bit.
    fn sign_like_libsignal(secret: &SecretKey, message: &[u8]) -> [u8; 64] {
        let scalar = secret.scalar();
        let point = EdwardsPoint::mul_base(&scalar).compress().to_bytes();
        let nonce = hash(&[b"any nonce", message]);
        let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
        let response = nonce + hash(&[&commitment, &point, message]) * *scalar;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&commitment);
        signature[32..].copy_from_slice(response.as_bytes());
        signature[63] |= point[31] & 0x80;
        signature
    }

    #[test]
    fn the_sign_of_libsignals_signatures_is_read_from_their_top_bit() {
        let mut with_sign = 0;
        for seed in 0..60 {
            let secret = SecretKey::random(&mut StdRng::seed_from_u64(seed));
            let key = *secret.public().as_bytes();
            let signature = sign_like_libsignal(&secret, b"message");
            with_sign += usize::from(signature[63] >> 7);
            assert!(verify_montgomery(&key, b"message", &signature));
            let mut other_sign = signature;
            other_sign[63] ^= 0x80;
            assert!(!verify_montgomery(&key, b"message", &other_sign));
        }
        assert!((15..45).contains(&with_sign), "{with_sign}");
    }

    #[test]
    fn our_signatures_are_those_of_ed25519() {
        for seed in 0..20 {
            let secret = SecretKey::random(&mut StdRng::seed_from_u64(seed));
            let key = *secret.public().as_bytes();
            let signature = sign(&secret, b"message", &[1; 64]);
            assert_eq!(signature[63] >> 7, 0);
            assert!(verify_montgomery(&key, b"message", &signature));
            let point = MontgomeryPoint(key).to_edwards(0).unwrap();
            assert!(verify_edwards(
                &point.compress().to_bytes(),
                b"message",
                &signature
            ));
            assert_ne!(signature, sign(&secret, b"message", &[2; 64]));
            assert_eq!(signature, sign(&secret, b"message", &[1; 64]));
        }
    }

    #[test]
    fn a_changed_signature_is_refused() {
        let secret = SecretKey::random(&mut StdRng::seed_from_u64(1));
        let key = *secret.public().as_bytes();
        let signature = sign(&secret, b"message", &[1; 64]);
        for bit in 0..512 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify_montgomery(&key, b"message", &changed), "bit {bit}");
        }
        // With 2^255 - 19 for u there is no point at all.
        assert!(!verify_montgomery(&[0xff; 32], b"message", &signature));
    }
}
