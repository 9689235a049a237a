//! A signed document of any kind, as it is found somewhere.

use thiserror::Error;

use crate::statement::{FormError, IdentityRevocation, Statement, Succession, Unverified};

/// A document of any kind, not yet verified.
#[derive(Debug)]
pub enum Document {
    /// What an identity says of itself.
    Statement(Unverified<Statement>),
    /// The end of an identity.
    Revocation(Unverified<IdentityRevocation>),
    /// One identity after another.
    Succession(Unverified<Succession>),
}

impl Document {
    /// Reads a document of any kind.
    ///
    /// # Errors
    ///
    /// [`DocumentError`] if the bytes begin as no document, or do not go on as they begin.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let begins_with = |tag: &str| bytes.starts_with(tag.as_bytes());
        let document = if begins_with(Statement::TAG) {
            Unverified::<Statement>::parse(bytes).map(Self::Statement)
        } else if begins_with(IdentityRevocation::TAG) {
            Unverified::<IdentityRevocation>::parse(bytes).map(Self::Revocation)
        } else if begins_with(Succession::TAG) {
            Unverified::<Succession>::parse(bytes).map(Self::Succession)
        } else {
            return Err(DocumentError::Unknown);
        };
        document.map_err(DocumentError::Form)
    }

    /// The bytes that were read.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Statement(statement) => statement.to_bytes(),
            Self::Revocation(revocation) => revocation.signed_bytes(),
            Self::Succession(succession) => succession.to_bytes(),
        }
    }
}

/// Why bytes are no document.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DocumentError {
    /// They do not begin as a document of this version does.
    #[error("this is no signed document, or one of a version that is not known here")]
    Unknown,
    /// They begin as one, and do not go on as one.
    #[error("the document {0}")]
    Form(#[source] FormError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RootSecret, Timestamp};

    #[test]
    fn each_kind_gives_back_the_bytes_that_were_read() {
        let [old, new] = [1, 2].map(|it| RootSecret::from_bytes(&[it; 32]).identity_key());
        let now = Timestamp::from_unix_millis(1_000);
        let proposal = Succession::propose(&old, new.public(), now).unwrap();
        let succession = proposal.accept(&new).unwrap();
        for bytes in [IdentityRevocation::sign(&old), succession] {
            assert_eq!(Document::parse(&bytes).unwrap().to_bytes(), bytes);
        }
    }
}
