//! Why a link is not followed that is said to lead to the new address of a contact.

use thiserror::Error;

/// Why a link is not followed that is said to lead to the new address of a contact. Whatever the reason,
/// nothing was sent there but the question for the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoveRefusal {
    /// Neither the link nor its address says whose it is.
    #[error("it does not say whose new address this is")]
    NamesNobody,
    /// The identity is not, beyond doubt, that of a contact who may see us.
    #[error("none of your contacts is known by the identity that it names")]
    NoContact,
    /// An address of the identity is blocked.
    #[error("you have blocked an address of the identity that it names")]
    Blocked,
    /// The account does not publish a statement of the identity that lists it, or an older one than the
    /// link knows of.
    #[error("the address does not show what the contact has signed")]
    NotProven,
    /// Another identity is behind the address.
    #[error("somebody else is behind the address")]
    OtherIdentity,
    /// The account has not answered.
    #[error("the address has not answered")]
    NoAnswer,
}
