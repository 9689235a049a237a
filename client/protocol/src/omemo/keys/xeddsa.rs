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
