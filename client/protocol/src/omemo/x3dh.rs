//! X3DH: the secret that two devices agree on while one of them is away ("The X3DH Key Agreement
//! Protocol", section 3.3; XEP-0384, section 4.2).

use zeroize::Zeroizing;

use super::dialect::Dialect;
use super::kdf::hkdf;
use super::keys::{PublicKey, Secret, SecretKey, WeakKey};

/// What the one who writes first has.
pub(super) struct Initiator<'a> {
    pub(super) our_identity: &'a SecretKey,
    pub(super) our_base_key: &'a SecretKey,
    pub(super) their_identity: PublicKey,
    pub(super) their_signed_pre_key: PublicKey,
    /// Absent where a device of [`Dialect::Omemo`] has published none.
    pub(super) their_pre_key: Option<PublicKey>,
}

impl Initiator<'_> {
    /// The first root key.
    pub(super) fn agree(&self, dialect: Dialect) -> Result<Secret, WeakKey> {
        let base_key = self.our_base_key;
        let mut agreed = Agreed::new();
        agreed.add(&self.our_identity.agree(&self.their_signed_pre_key)?);
        agreed.add(&base_key.agree(&self.their_identity)?);
        agreed.add(&base_key.agree(&self.their_signed_pre_key)?);
        if let Some(pre_key) = &self.their_pre_key {
            agreed.add(&base_key.agree(pre_key)?);
        }
        Ok(agreed.root_key(dialect))
    }
}

/// What the one who was away has. The one-time pre-key is not optional: our bundle always has some,
/// and without it the first message could be played to us again.
pub(super) struct Responder<'a> {
    pub(super) our_identity: &'a SecretKey,
    pub(super) our_signed_pre_key: &'a SecretKey,
    pub(super) our_pre_key: &'a SecretKey,
    pub(super) their_identity: PublicKey,
    pub(super) their_base_key: PublicKey,
}

impl Responder<'_> {
    /// The first root key.
    pub(super) fn agree(&self, dialect: Dialect) -> Result<Secret, WeakKey> {
        let mut agreed = Agreed::new();
        agreed.add(&self.our_signed_pre_key.agree(&self.their_identity)?);
        agreed.add(&self.our_identity.agree(&self.their_base_key)?);
        agreed.add(&self.our_signed_pre_key.agree(&self.their_base_key)?);
        agreed.add(&self.our_pre_key.agree(&self.their_base_key)?);
        Ok(agreed.root_key(dialect))
    }
}

/// The input of the key derivation: 32 bytes of 0xff, and up to four agreed secrets.
struct Agreed(Zeroizing<Vec<u8>>);

impl Agreed {
    fn new() -> Self {
        // With room for all, so that growing leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(5 * 32));
        bytes.extend_from_slice(&[0xff; 32]);
        Self(bytes)
    }

    fn add(&mut self, secret: &Secret) {
        self.0.extend_from_slice(secret.as_bytes());
    }

    fn root_key(&self, dialect: Dialect) -> Secret {
        let derived = hkdf::<32>(&[0; 32], &self.0, dialect.x3dh_info());
        Secret::copy_of(&derived)
    }
}
