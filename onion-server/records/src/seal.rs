//! XChaCha20-Poly1305 with a random nonce of 24 bytes before what is sealed.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key for the cipher, in its place on the heap so that moving it leaves no copy behind.
pub(crate) type Key = Box<Zeroizing<[u8; KEY_BYTES]>>;

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const TAG_BYTES: usize = 16;

/// A copy of a key.
pub(crate) fn key_from(bytes: &[u8; KEY_BYTES]) -> Key {
    let mut key = Box::new(Zeroizing::new([0; KEY_BYTES]));
    key.copy_from_slice(bytes);
    key
}

/// A new random key.
pub(crate) fn new_key(rng: &mut impl CryptoRng) -> Key {
    let mut key = Box::new(Zeroizing::new([0; KEY_BYTES]));
    rng.fill_bytes(key.as_mut_slice());
    key
}

/// RFC 5869 without a salt: a key of its own for each purpose.
pub(crate) fn derive(secret: &[u8; KEY_BYTES], info: &str) -> Key {
    let mut key = Box::new(Zeroizing::new([0; KEY_BYTES]));
    #[expect(clippy::expect_used, reason = "carrying on would use a key of zeros")]
    Hkdf::<Sha256>::new(None, secret)
        .expand(info.as_bytes(), key.as_mut_slice())
        .expect("RFC 5869 allows up to 8160 bytes of output");
    key
}

pub(crate) fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

/// Seals a value: nonce, then ciphertext, then tag. None if it is too long for the cipher, which
/// at 256 GiB no value of ours is.
pub(crate) fn seal(
    cipher: &XChaCha20Poly1305,
    rng: &mut impl CryptoRng,
    aad: &[u8],
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let payload = Payload {
        msg: plaintext,
        aad,
    };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
    Some([nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed with the same key and the same associated data.
pub(crate) fn open(
    cipher: &XChaCha20Poly1305,
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg, aad };
    let plaintext = cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(Zeroizing::new(plaintext))
}
