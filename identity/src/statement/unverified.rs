//! Documents whose form is right and that nobody should believe yet.

use std::fmt;

use crate::curve_point::PointError;
use crate::identity_key::IdentityKey;
use crate::statement::wire::Reader;
use crate::statement::{
    FUTURE_ALLOWANCE, FormError, MAX_DOCUMENT_BYTES, Statement, StatementBody, StatementHash,
    VerifyError,
};
use crate::timestamp::Timestamp;

/// Length of a signature, in bytes.
pub(super) const SIGNATURE_BYTES: usize = 64;

/// What can be signed by an identity.
pub trait Signed {
    /// What the bytes say, before anyone has verified them.
    #[doc(hidden)]
    type Claim;
}

/// A document that has been read and not verified. Nothing of it can be used but by verifying it.
pub struct Unverified<T: Signed> {
    pub(super) claim: T::Claim,
    /// The key, which may be nobody's.
    pub(super) identity: [u8; 32],
    /// What the signature covers.
    pub(super) signed: Vec<u8>,
    pub(super) signature: [u8; SIGNATURE_BYTES],
}

impl<T: Signed> Unverified<T> {
    /// The key that the document names, if it is one. Whether the document is this identity's, only
    /// verification shows.
    ///
    /// # Errors
    ///
    /// [`PointError`] if the key is nobody's.
    pub fn claimed_identity(&self) -> Result<IdentityKey, PointError> {
        IdentityKey::from_bytes(&self.identity)
    }

    /// What is signed, and the first signature.
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.signed.clone();
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    /// Checks that the document is this identity's.
    pub(super) fn check_signature(&self, key: &IdentityKey) -> Result<(), VerifyError> {
        if self.identity != *key.as_bytes() {
            let expected = *key;
            return Err(VerifyError::OtherIdentity { expected });
        }
        if key.has_signed(&self.signed, &self.signature) {
            Ok(())
        } else {
            Err(VerifyError::Signature)
        }
    }
}

impl<T: Signed> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Unverified({} bytes)",
            self.signed.len() + SIGNATURE_BYTES
        )
    }
}

impl Signed for Statement {
    type Claim = StatementBody;
}

impl Unverified<Statement> {
    /// Reads a statement.
    ///
    /// # Errors
    ///
    /// [`FormError`] if the bytes are not the one form of any statement.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let (signed, signature) = split(bytes)?;
        let mut reader = Reader(signed);
        reader.tag(Statement::TAG)?;
        let identity = reader.array()?;
        let claim = StatementBody::decode(&mut reader, &crate::base32::encode(&identity))?;
        reader.end()?;
        Ok(Self {
            claim,
            identity,
            signed: signed.to_vec(),
            signature,
        })
    }

    /// Verifies the statement as that of an identity which is known already. This is the way to
    /// verify what was asked for.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says whose fault it is that it cannot be believed.
    pub fn verify_as(
        self,
        identity: &IdentityKey,
        now: Timestamp,
    ) -> Result<Statement, VerifyError> {
        self.check_signature(identity)?;
        self.check_time(now)?;
        Ok(Statement {
            identity: *identity,
            hash: StatementHash::of(&self.signed),
            body: self.claim,
        })
    }

    /// Verifies the statement, whoever's it is. The check of a key that was not known costs as much
    /// as that of the signature.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says whose fault it is that it cannot be believed.
    pub fn verify(self, now: Timestamp) -> Result<Statement, VerifyError> {
        let identity = self.claimed_identity().map_err(VerifyError::Key)?;
        self.verify_as(&identity, now)
    }

    /// The bytes that were read.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed_bytes()
    }

    fn check_time(&self, now: Timestamp) -> Result<(), VerifyError> {
        let StatementBody {
            issued, expires, ..
        } = self.claim;
        if issued > now + FUTURE_ALLOWANCE {
            return Err(VerifyError::FromTheFuture { issued, now });
        }
        if now >= expires {
            let expired = expires;
            return Err(VerifyError::Expired { expired, now });
        }
        Ok(())
    }
}

/// Checks the size of a document, and splits it into what is signed and the signatures behind.
pub(super) fn split<const N: usize>(bytes: &[u8]) -> Result<(&[u8], [u8; N]), FormError> {
    let got = bytes.len();
    if got > MAX_DOCUMENT_BYTES {
        let max = MAX_DOCUMENT_BYTES;
        return Err(FormError::TooLong { max, got });
    }
    let (signed, signatures) = bytes.split_last_chunk().ok_or(FormError::Truncated)?;
    Ok((signed, *signatures))
}
