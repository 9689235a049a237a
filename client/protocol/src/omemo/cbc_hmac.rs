//! AES-256-CBC and HMAC-SHA-256, with both keys and the IV from one secret: what seals a message of
//! the ratchet in both dialects, and the payload in [`Dialect::Omemo2`](super::Dialect::Omemo2).

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use cbc::{Decryptor, Encryptor};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::kdf::{hkdf, hmac};
use super::plaintext::Plaintext;

/// Keys that seal one thing.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct CbcHmac {
    encryption: [u8; 32],
    authentication: [u8; 32],
    iv: [u8; 16],
}

impl CbcHmac {
    pub(super) fn derive(secret: &[u8; 32], info: &[u8]) -> Self {
        let derived = hkdf::<80>(&[0; 32], secret, info);
        let mut keys = Self {
            encryption: [0; 32],
            authentication: [0; 32],
            iv: [0; 16],
        };
        let places = keys.encryption.iter_mut().chain(&mut keys.authentication);
        for (to, from) in places.chain(&mut keys.iv).zip(derived.iter()) {
            *to = *from;
        }
        keys
    }

    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Vec<u8> {
        let cipher = Encryptor::<Aes256>::new(&self.encryption.into(), &self.iv.into());
        cipher.encrypt_padded_vec::<Pkcs7>(plaintext)
    }

    /// `None` if the padding is wrong. Only what was authenticated may come here.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Option<Plaintext> {
        let cipher = Decryptor::<Aes256>::new(&self.encryption.into(), &self.iv.into());
        let plaintext = cipher.decrypt_padded_vec::<Pkcs7>(ciphertext);
        plaintext.ok().map(Plaintext::new)
    }

    /// Authenticates the parts, one after the other.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        hmac(&self.authentication, parts)
    }

    /// Whether `mac` is what [`mac`](Self::mac) gives, cut to `bytes`. Takes as long for every
    /// `mac` of that length.
    pub(super) fn verifies(&self, parts: &[&[u8]], mac: &[u8], bytes: usize) -> bool {
        let computed = self.mac(parts);
        let expected = computed.get(..bytes);
        expected.is_some_and(|expected| expected.ct_eq(mac).into())
    }
}
