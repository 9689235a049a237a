//! One identity after another.

use crate::identity_key::{IdentityKey, IdentitySecretKey};
use crate::statement::unverified::{SIGNATURE_BYTES, Signed, split};
use crate::statement::wire::{Reader, Writer};
use crate::statement::{
    FUTURE_ALLOWANCE, FormError, ProposalError, Unverified, VerifyError, read_time,
};
use crate::timestamp::Timestamp;

/// The word of two identities that one comes after the other.
///
/// The old one signs it, and the new one signs it, too: otherwise anyone could pass their contacts
/// on to somebody who knows nothing of it. It does not expire; who follows it still decides, since
/// whoever has stolen the old key can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    old: IdentityKey,
    new: IdentityKey,
    since: Timestamp,
}

/// A succession that the old identity has signed, on its way to the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedSuccession {
    bytes: Vec<u8>,
    old: IdentityKey,
    new: IdentityKey,
    since: Timestamp,
}

/// What an unverified succession says, and the second signature.
#[derive(Debug)]
pub struct SuccessionClaim {
    new: [u8; 32],
    since: Timestamp,
    countersignature: [u8; SIGNATURE_BYTES],
}

impl Succession {
    /// What a succession begins with.
    pub const TAG: &'static str = "\u{11}onym/1 succession";

    /// Signs with the key of the old identity that `new` comes after it.
    ///
    /// # Errors
    ///
    /// [`FormError::OwnSuccessor`] if both are one.
    pub fn propose(
        old: &IdentitySecretKey,
        new: IdentityKey,
        since: Timestamp,
    ) -> Result<ProposedSuccession, FormError> {
        if old.public() == new {
            return Err(FormError::OwnSuccessor);
        }
        let mut body = Writer::default();
        body.bytes(Self::TAG.as_bytes())
            .bytes(old.public().as_bytes())
            .bytes(new.as_bytes())
            .u64(since.as_unix_millis());
        let signature = old.sign(&body.0);
        body.bytes(&signature);
        Ok(ProposedSuccession {
            bytes: body.0,
            old: old.public(),
            new,
            since,
        })
    }

    /// The identity that is left.
    #[must_use]
    pub const fn old(&self) -> &IdentityKey {
        &self.old
    }

    /// The identity that comes after it.
    #[must_use]
    pub const fn new_identity(&self) -> &IdentityKey {
        &self.new
    }

    /// Since when.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }
}

impl ProposedSuccession {
    /// Reads a proposal that came from another machine, and verifies that the old identity has signed
    /// it.
    ///
    /// # Errors
    ///
    /// [`ProposalError`] says why it is none.
    pub fn read(bytes: &[u8], now: Timestamp) -> Result<Self, ProposalError> {
        let (signed, signature) = split(bytes)?;
        let (identity, new, since) = read_fields(signed)?;
        let old = IdentityKey::from_bytes(&identity).map_err(VerifyError::Key)?;
        let new = IdentityKey::from_bytes(&new).map_err(VerifyError::Key)?;
        if !old.has_signed(signed, &signature) {
            return Err(VerifyError::Signature.into());
        }
        if since > now + FUTURE_ALLOWANCE {
            let issued = since;
            return Err(VerifyError::FromTheFuture { issued, now }.into());
        }
        let bytes = bytes.to_vec();
        Ok(Self {
            bytes,
            old,
            new,
            since,
        })
    }

    /// The bytes, on their way to the new identity. They are no document: nobody else takes them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The identity that is to be left, which has signed.
    #[must_use]
    pub const fn old(&self) -> &IdentityKey {
        &self.old
    }

    /// The identity that is to come after it.
    #[must_use]
    pub const fn new_identity(&self) -> &IdentityKey {
        &self.new
    }

    /// Since when.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// Signs with the key of the new identity, which completes the document. `None` if the key is
    /// not that of the identity that was proposed.
    #[must_use]
    pub fn accept(mut self, new: &IdentitySecretKey) -> Option<Vec<u8>> {
        let (signed, _) = self.bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
        let countersignature = new.sign(signed);
        (new.public() == self.new).then(|| {
            self.bytes.extend_from_slice(&countersignature);
            self.bytes
        })
    }
}

/// Reads what both signatures cover: the old identity, the new one, and since when.
fn read_fields(signed: &[u8]) -> Result<([u8; 32], [u8; 32], Timestamp), FormError> {
    let mut reader = Reader(signed);
    reader.tag(Succession::TAG)?;
    let old = reader.array()?;
    let new = reader.array()?;
    let since = read_time(&mut reader)?;
    reader.end()?;
    if old == new {
        return Err(FormError::OwnSuccessor);
    }
    Ok((old, new, since))
}

impl Signed for Succession {
    type Claim = SuccessionClaim;
}

impl Unverified<Succession> {
    /// The bytes that were read, with both signatures.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.signed_bytes();
        bytes.extend_from_slice(&self.claim.countersignature);
        bytes
    }

    /// Reads a succession.
    ///
    /// # Errors
    ///
    /// [`FormError`] if the bytes are not the one form of any succession.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let (rest, countersignature) = split(bytes)?;
        let (signed, signature) = split(rest)?;
        let (identity, new, since) = read_fields(signed)?;
        Ok(Self {
            claim: SuccessionClaim {
                new,
                since,
                countersignature,
            },
            identity,
            signed: signed.to_vec(),
            signature,
        })
    }

    /// Verifies both signatures.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says why it cannot be believed.
    pub fn verify(self, now: Timestamp) -> Result<Succession, VerifyError> {
        let old = self.claimed_identity().map_err(VerifyError::Key)?;
        self.check_signature(&old)?;
        let SuccessionClaim {
            new,
            since,
            countersignature,
        } = self.claim;
        let new = IdentityKey::from_bytes(&new).map_err(VerifyError::Key)?;
        if !new.has_signed(&self.signed, &countersignature) {
            return Err(VerifyError::Countersignature);
        }
        if since > now + FUTURE_ALLOWANCE {
            let issued = since;
            return Err(VerifyError::FromTheFuture { issued, now });
        }
        Ok(Succession { old, new, since })
    }
}
