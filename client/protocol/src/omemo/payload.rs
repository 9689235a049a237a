//! The content of a message: sealed once with a fresh key, which then goes to each device through
//! its session.

use aes::Aes128;
use aes_gcm::aead::array::typenum::{U12, U16};
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{AesGcm, Nonce, Tag};
use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::cbc_hmac::CbcHmac;
use super::dialect::Dialect;
use super::plaintext::Plaintext;

/// Content that was sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedPayload {
    /// Goes to each device as the plaintext of its session: a key of 16 bytes and the tag in
    /// [`Dialect::Omemo`], a key of 32 bytes and the HMAC in [`Dialect::Omemo2`].
    pub key: Zeroizing<Vec<u8>>,
    /// The content of `<iv/>`, which [`Dialect::Omemo2`] has not.
    pub iv: Option<[u8; 12]>,
    /// The content of `<payload/>`.
    pub ciphertext: Vec<u8>,
}

impl std::fmt::Debug for SealedPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            key: _,
            iv: _,
            ciphertext,
        } = self;
        f.debug_struct("SealedPayload")
            .field("bytes", &ciphertext.len())
            .finish_non_exhaustive()
    }
}

/// Seals content: a text in [`Dialect::Omemo`], an envelope in [`Dialect::Omemo2`].
#[must_use]
pub fn seal(dialect: Dialect, content: &[u8], rng: &mut dyn CryptoRng) -> SealedPayload {
    match dialect {
        Dialect::Omemo => seal_gcm(content, rng),
        Dialect::Omemo2 => {
            let mut secret = Zeroizing::new([0; 32]);
            rng.fill_bytes(secret.as_mut_slice());
            let keys = CbcHmac::derive(&secret, PAYLOAD_INFO);
            let ciphertext = keys.encrypt(content);
            let mac = keys.mac(&[&ciphertext]);
            let mac = mac.iter().take(HMAC_BYTES);
            SealedPayload {
                key: Zeroizing::new(secret.iter().chain(mac).copied().collect()),
                iv: None,
                ciphertext,
            }
        }
    }
}

/// What a message without a payload carries: a fresh key of 16 bytes that unlocks nothing, or 32
/// zeros (XEP-0384, section 5.5.2).
#[must_use]
pub fn empty_key(dialect: Dialect, rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>> {
    match dialect {
        Dialect::Omemo => {
            let mut key = Zeroizing::new(vec![0; 16]);
            rng.fill_bytes(&mut key);
            key
        }
        Dialect::Omemo2 => Zeroizing::new(vec![0; 32]),
    }
}

/// Opens content with what the session carried.
///
/// In [`Dialect::Omemo`] also what old clients sent is opened: an IV of 16 bytes, and a key of 16
/// with the tag at the end of the ciphertext.
///
/// # Errors
/// If it was not sealed with this key, or never in this dialect.
pub fn open(
    dialect: Dialect,
    key: &[u8],
    iv: Option<&[u8]>,
    ciphertext: &[u8],
) -> Result<Plaintext, PayloadError> {
    match dialect {
        Dialect::Omemo => open_gcm(key, iv.ok_or(PayloadError::NoIv)?, ciphertext),
        Dialect::Omemo2 => {
            let length = PayloadError::KeyLength { got: key.len() };
            let (secret, mac) = key.split_first_chunk().ok_or(length)?;
            if mac.len() != HMAC_BYTES {
                return Err(length);
            }
            let keys = CbcHmac::derive(secret, PAYLOAD_INFO);
            if !keys.verifies(&[ciphertext], mac, HMAC_BYTES) {
                return Err(PayloadError::Forged);
            }
            keys.decrypt(ciphertext).ok_or(PayloadError::Padding)
        }
    }
}

/// Why content was not opened.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PayloadError {
    /// The session carried something else than a key for a payload.
    #[error("the key of the payload has {got} bytes")]
    KeyLength {
        /// Bytes that came.
        got: usize,
    },
    /// There is no IV, and this dialect needs one.
    #[error("the payload has no IV")]
    NoIv,
    /// The IV has neither 12 nor 16 bytes.
    #[error("the IV of the payload has {got} bytes, and 12 were expected")]
    IvLength {
        /// Bytes that came.
        got: usize,
    },
    /// The payload is not the one that belongs to the key.
    #[error("the payload is not authentic")]
    Forged,
    /// It is authentic, and the sender has padded it wrongly.
    #[error("the payload is padded wrongly")]
    Padding,
}

/// The HKDF info of [`Dialect::Omemo2`].
const PAYLOAD_INFO: &[u8] = b"OMEMO Payload";
/// Bytes of HMAC-SHA-256 that are sent in [`Dialect::Omemo2`].
const HMAC_BYTES: usize = 16;
/// Bytes of the tag of AES-GCM.
const TAG_BYTES: usize = 16;

fn seal_gcm(content: &[u8], rng: &mut dyn CryptoRng) -> SealedPayload {
    let mut key = Zeroizing::new([0; 16]);
    rng.fill_bytes(key.as_mut_slice());
    let mut iv = [0; 12];
    rng.fill_bytes(&mut iv);
    let mut ciphertext = content.to_vec();
    let cipher = AesGcm::<Aes128, U12>::new((&*key).into());
    #[expect(
        clippy::expect_used,
        reason = "carrying on would send the content in clear"
    )]
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(iv), &[], ciphertext.as_mut_slice().into())
        .expect("NIST SP 800-38D allows up to 64 GiB of plaintext");
    SealedPayload {
        key: Zeroizing::new(key.iter().chain(&tag).copied().collect()),
        iv: Some(iv),
        ciphertext,
    }
}

fn open_gcm(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Plaintext, PayloadError> {
    let length = PayloadError::KeyLength { got: key.len() };
    let (key, tag) = key.split_first_chunk::<16>().ok_or(length)?;
    let (ciphertext, tag) = match tag.len() {
        TAG_BYTES => (ciphertext, tag),
        0 => {
            let end = ciphertext.len().checked_sub(TAG_BYTES);
            let parts = end.and_then(|end| ciphertext.split_at_checked(end));
            parts.ok_or(PayloadError::Forged)?
        }
        _ => return Err(length),
    };
    let tag = Tag::try_from(tag).map_err(|_| length)?;
    let mut content = Plaintext::new(ciphertext.to_vec());
    let buffer = content.as_mut_slice().into();
    let opened = match iv.len() {
        12 => {
            let iv = Nonce::try_from(iv).map_err(|_| PayloadError::NoIv)?;
            AesGcm::<Aes128, U12>::new(key.into()).decrypt_inout_detached(&iv, &[], buffer, &tag)
        }
        16 => {
            let iv = Nonce::try_from(iv).map_err(|_| PayloadError::NoIv)?;
            AesGcm::<Aes128, U16>::new(key.into()).decrypt_inout_detached(&iv, &[], buffer, &tag)
        }
        got => return Err(PayloadError::IvLength { got }),
    };
    opened.map_err(|_| PayloadError::Forged)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use aes_gcm::aead::Aead as _;
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn sealed(dialect: Dialect, content: &[u8]) -> SealedPayload {
        seal(dialect, content, &mut StdRng::seed_from_u64(1))
    }

    fn iv(payload: &SealedPayload) -> Option<&[u8]> {
        payload.iv.as_ref().map(<[u8; 12]>::as_slice)
    }

    #[test]
    fn lengths_are_those_of_the_dialect() {
        let payload = sealed(Dialect::Omemo, b"Hello");
        assert_eq!((payload.key.len(), payload.ciphertext.len()), (32, 5));
        assert!(payload.iv.is_some());
        let payload = sealed(Dialect::Omemo2, b"Hello");
        assert_eq!((payload.key.len(), payload.ciphertext.len()), (48, 16));
        assert!(payload.iv.is_none());
        let rng = &mut StdRng::seed_from_u64(1);
        assert_eq!(*empty_key(Dialect::Omemo2, rng), [0; 32]);
        let (one, two) = (
            empty_key(Dialect::Omemo, rng),
            empty_key(Dialect::Omemo, rng),
        );
        assert_eq!(one.len(), 16);
        assert_ne!(one, two);
    }

    #[test]
    fn what_old_clients_sent_is_opened() {
        let key = [3; 16];
        let (short, long) = ([5; 12], [5; 16]);
        for (iv, sealed) in [
            (
                short.as_slice(),
                AesGcm::<Aes128, U12>::new(&key.into()).encrypt(&short.into(), b"Hello".as_slice()),
            ),
            (
                long.as_slice(),
                AesGcm::<Aes128, U16>::new(&key.into()).encrypt(&long.into(), b"Hello".as_slice()),
            ),
        ] {
            let sealed = sealed.unwrap();
            let (ciphertext, tag) = sealed.split_at(5);
            let with_tag = [&key, tag].concat();
            let opened = open(Dialect::Omemo, &with_tag, Some(iv), ciphertext);
            assert_eq!(*opened.unwrap(), *b"Hello");
            let opened = open(Dialect::Omemo, &key, Some(iv), &sealed);
            assert_eq!(*opened.unwrap(), *b"Hello");
        }
    }

    #[test]
    fn the_reason_is_named() {
        let payload = sealed(Dialect::Omemo, b"Hello");
        let (key, ciphertext) = (&payload.key, &payload.ciphertext);
        for (key, iv, reason) in [
            (
                &key[..31],
                iv(&payload),
                PayloadError::KeyLength { got: 31 },
            ),
            (&key[..0], iv(&payload), PayloadError::KeyLength { got: 0 }),
            (&key[..16], iv(&payload), PayloadError::Forged),
            (key, None, PayloadError::NoIv),
            (key, Some(&[0; 13][..]), PayloadError::IvLength { got: 13 }),
            (key, Some(&[0; 12][..]), PayloadError::Forged),
        ] {
            assert_eq!(open(Dialect::Omemo, key, iv, ciphertext), Err(reason));
        }
        let payload = sealed(Dialect::Omemo2, b"Hello");
        let (key, ciphertext) = (&payload.key, &payload.ciphertext);
        for (key, reason) in [
            (&key[..32], PayloadError::KeyLength { got: 32 }),
            (&key[..47], PayloadError::KeyLength { got: 47 }),
            (&key[..3], PayloadError::KeyLength { got: 3 }),
        ] {
            assert_eq!(open(Dialect::Omemo2, key, None, ciphertext), Err(reason));
        }
        let keys = CbcHmac::derive(key[..32].try_into().unwrap(), PAYLOAD_INFO);
        let mac = keys.mac(&[&[7; 16]]);
        let key = [&key[..32], &mac[..16]].concat();
        let opened = open(Dialect::Omemo2, &key, None, &[7; 16]);
        assert_eq!(opened, Err(PayloadError::Padding));
    }

    #[test]
    fn debug_shows_neither_key_nor_content() {
        let shown = format!("{:?}", sealed(Dialect::Omemo, b"Hello"));
        assert_eq!(shown, "SealedPayload { bytes: 5, .. }");
    }

    proptest! {
        #[test]
        fn content_survives_and_changes_do_not(
            content in prop::collection::vec(any::<u8>(), 0..300),
            changed in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            for dialect in Dialect::ALL {
                let mut payload = sealed(dialect, &content);
                let opened = open(dialect, &payload.key, iv(&payload), &payload.ciphertext);
                prop_assert_eq!(&*opened.unwrap(), &*content);
                let length = payload.key.len() + payload.ciphertext.len();
                let at = changed.index(length);
                let mut bytes = payload.key.iter_mut().chain(&mut payload.ciphertext);
                *bytes.nth(at).unwrap() ^= 1_u8 << bit;
                let opened = open(dialect, &payload.key, iv(&payload), &payload.ciphertext);
                prop_assert_eq!(opened, Err(PayloadError::Forged));
            }
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(
            key in prop::collection::vec(any::<u8>(), 0..70),
            iv in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
            ciphertext in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            for dialect in Dialect::ALL {
                prop_assert!(open(dialect, &key, iv.as_deref(), &ciphertext).is_err());
            }
        }
    }
}
