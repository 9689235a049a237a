//! The end of an identity.

use crate::identity_key::{IdentityKey, IdentitySecretKey};
use crate::statement::unverified::{SIGNATURE_BYTES, Signed, split};
use crate::statement::wire::{Reader, Writer};
use crate::statement::{FormError, Unverified, VerifyError};

/// An identity's word that it is to be believed no more, signed by itself.
///
/// It says nothing else: no time and no number, so that it can be made with the identity and lie
/// printed in a drawer, and so that there is only one. It cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityRevocation {
    identity: IdentityKey,
}

impl IdentityRevocation {
    /// What a revocation begins with.
    pub const TAG: &'static str = "\u{11}onym/1 revocation";

    /// Length of a revocation, in bytes.
    pub const BYTES: usize = Self::TAG.len() + 32 + SIGNATURE_BYTES;

    /// The revocation of the identity with this key, always the same bytes.
    #[must_use]
    pub fn sign(key: &IdentitySecretKey) -> Vec<u8> {
        let mut body = Writer::default();
        body.bytes(Self::TAG.as_bytes());
        body.bytes(key.public().as_bytes());
        let signature = key.sign(&body.0);
        body.bytes(&signature);
        body.0
    }

    /// Which identity has ended.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        &self.identity
    }
}

impl Signed for IdentityRevocation {
    type Claim = ();
}

impl Unverified<IdentityRevocation> {
    /// Reads a revocation.
    ///
    /// # Errors
    ///
    /// [`FormError`] if the bytes are not the one form of any revocation.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let (signed, signature) = split(bytes)?;
        let mut reader = Reader(signed);
        reader.tag(IdentityRevocation::TAG)?;
        let identity = reader.array()?;
        reader.end()?;
        Ok(Self {
            claim: (),
            identity,
            signed: signed.to_vec(),
            signature,
        })
    }

    /// Verifies the revocation. It never expires.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says why it cannot be believed.
    pub fn verify(self) -> Result<IdentityRevocation, VerifyError> {
        let identity = self.claimed_identity().map_err(VerifyError::Key)?;
        self.check_signature(&identity)?;
        Ok(IdentityRevocation { identity })
    }
}
