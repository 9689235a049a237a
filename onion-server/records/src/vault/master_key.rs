//! The key below all other keys at rest.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::records_key::RecordsKey;
use crate::seal::{self, KEY_BYTES, Key};

/// The key that the vault holds. Every other key at rest is derived from it, each for one purpose.
#[derive(Clone)]
pub struct MasterKey(Key);

/// How a sealed file begins: what it is, then its version.
const HEADER: &[u8] = b"onym sealed file\n\x01";

/// Why a sealed file cannot be opened: it is damaged, or was sealed under another key or for
/// another purpose, which are not to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedFileError {
    /// It does not begin like a sealed file of a version that this program knows.
    #[error("this is not a sealed file that this program can read")]
    NotOurs,
    /// It is damaged, or sealed under another key or for another purpose.
    #[error("the sealed file is damaged, or belongs to another vault")]
    Refused,
}

impl MasterKey {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(seal::new_key(rng))
    }

    /// The key that a backup holds. Whoever has these bytes can read everything.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(seal::key_from(bytes))
    }

    /// The key itself, for a backup that is sealed in another way. Not to be kept elsewhere.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    pub(super) fn key_for(&self, info: &str) -> Key {
        seal::derive(&self.0, info)
    }

    /// The key of one folder of records. Two purposes have nothing in common.
    #[must_use]
    pub fn records_key(&self, purpose: &str) -> RecordsKey {
        RecordsKey::from_bytes(&self.key_for(&format!("onym/1 records/{purpose}")))
    }

    /// Seals the contents of a small file, for [`open_file`](Self::open_file) with the same
    /// purpose.
    #[must_use]
    pub fn seal_file(&self, purpose: &str, plaintext: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let cipher = seal::cipher(&self.key_for(&format!("onym/1 file/{purpose}")));
        #[expect(clippy::expect_used, reason = "no file of 256 GiB is in memory")]
        let sealed = seal::seal(&cipher, rng, HEADER, plaintext).expect("it is a small file");
        [HEADER, &sealed].concat()
    }

    /// Opens what [`seal_file`](Self::seal_file) has sealed.
    ///
    /// # Errors
    /// When it is something else, damaged, or sealed by another key or for another purpose.
    pub fn open_file(
        &self,
        purpose: &str,
        file: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealedFileError> {
        let sealed = file.strip_prefix(HEADER).ok_or(SealedFileError::NotOurs)?;
        let cipher = seal::cipher(&self.key_for(&format!("onym/1 file/{purpose}")));
        seal::open(&cipher, HEADER, sealed).ok_or(SealedFileError::Refused)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("MasterKey(hidden)")
    }
}

impl ZeroizeOnDrop for MasterKey {}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn master(byte: u8) -> MasterKey {
        MasterKey::from_bytes(&[byte; 32])
    }

    #[test]
    fn a_file_opens_under_its_own_key_and_purpose_alone() {
        let mut rng = StdRng::seed_from_u64(1);
        let file = master(1).seal_file("identity", b"text", &mut rng);
        let open = |byte, purpose, file: &[u8]| master(byte).open_file(purpose, file);
        assert_eq!(**open(1, "identity", &file).unwrap(), *b"text");
        let refused = Err(SealedFileError::Refused);
        assert_eq!(open(2, "identity", &file), refused);
        assert_eq!(open(1, "settings", &file), refused);
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1;
            assert!(open(1, "identity", &flipped).is_err(), "byte {at}");
            assert!(open(1, "identity", &file[..at]).is_err(), "{at} bytes");
        }
        assert_eq!(open(1, "identity", b"text"), Err(SealedFileError::NotOurs));
        assert_ne!(file, master(1).seal_file("identity", b"text", &mut rng));
    }

    #[test]
    fn purposes_have_nothing_in_common() {
        let name = |byte, purpose| master(byte).records_key(purpose).name_of("word", b"tea");
        assert_eq!(name(1, "server"), name(1, "server"));
        assert_ne!(name(1, "server"), name(1, "client"));
        assert_ne!(name(1, "server"), name(2, "server"));
    }
}
