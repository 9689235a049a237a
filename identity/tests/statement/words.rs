//! The words of `docs/identity-statement.md` for each reason of a refusal.

use onym_identity::statement::{FormError, VerifyError};

pub(crate) fn form(error: FormError) -> &'static str {
    match error {
        FormError::TooLong { .. } => "too_long",
        FormError::Truncated => "truncated",
        FormError::TrailingBytes { .. } => "trailing_bytes",
        FormError::Tag { .. } => "tag",
        FormError::FieldTooLong => "field_too_long",
        FormError::SerialZero => "serial",
        FormError::Time => "time",
        FormError::Lifetime => "lifetime",
        FormError::Name(_) => "name",
        FormError::TooMany { .. } => "too_many",
        FormError::Order { .. } => "order",
        FormError::Jid => "jid",
        FormError::ForeignEndpoint => "foreign_endpoint",
        FormError::UnknownKind { .. } => "kind",
        FormError::UnlistedEndpoint => "unlisted_endpoint",
        FormError::FingerprintLength => "fingerprint",
        FormError::Device => "device",
        FormError::RevokedButListed => "revoked_but_listed",
        FormError::RevokedLater => "revoked_later",
        FormError::OwnSuccessor => "own_successor",
    }
}

pub(crate) fn verify(error: VerifyError) -> &'static str {
    match error {
        VerifyError::Key(_) => "key",
        VerifyError::OtherIdentity { .. } => "other_identity",
        VerifyError::Signature => "signature",
        VerifyError::Countersignature => "countersignature",
        VerifyError::Expired { .. } => "expired",
        VerifyError::FromTheFuture { .. } => "from_the_future",
    }
}
