//! How secrets follow from secrets: HMAC and HKDF with SHA-256.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HKDF-SHA-256 (RFC 5869). `N` is at most 8160.
pub(super) fn hkdf<const N: usize>(salt: &[u8], input: &[u8], info: &[u8]) -> Zeroizing<[u8; N]> {
    let mut output = Zeroizing::new([0; N]);
    #[expect(clippy::expect_used, reason = "carrying on would use a key of zeros")]
    Hkdf::<Sha256>::new(Some(salt), input)
        .expand(info, output.as_mut_slice())
        .expect("RFC 5869 allows up to 8160 bytes of output");
    output
}

/// HMAC-SHA-256 of the parts one after the other.
pub(super) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    #[expect(clippy::expect_used, reason = "carrying on would authenticate nothing")]
    let mut state =
        Hmac::<Sha256>::new_from_slice(key).expect("RFC 2104 allows keys of any length");
    for part in parts {
        state.update(part);
    }
    Zeroizing::new(state.finalize().into_bytes().into())
}
