//! The words of `docs/identity-statement.md` for each reason of a refusal.

use onym_identity::statement::{FormError, VerifyError};

pub(crate) fn form(error: FormError) -> &'static str {
    error.code()
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
