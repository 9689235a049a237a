//! Why a signed document is refused.

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::curve_point::PointError;
use crate::identity_key::IdentityKey;
use crate::statement::{
    BlockError, DisplayNameError, IdentityRevocation, List, Statement, Succession,
};
use crate::timestamp::Timestamp;

/// Why bytes are no signed document. Whoever made the bytes, or changed them on their way, is at
/// fault; the signature has not been looked at.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormError {
    /// There are more bytes than any document has.
    #[error("has {got} bytes where at most {max} are allowed")]
    TooLong {
        /// The limit, in bytes.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// The bytes end inside a field.
    #[error("ends before it is complete")]
    Truncated,
    /// There is something behind the signature.
    #[error("has {bytes} bytes behind its end")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// It is a document of another kind or version, or none.
    #[error("does not begin as one of its kind")]
    Tag {
        /// The tag that it has to begin with.
        #[serde(deserialize_with = "tag")]
        expected: TagText,
    },
    /// A field is longer than its length can say; only a signer meets this.
    #[error("has a field that is too long")]
    FieldTooLong,
    /// The serial number is zero, which is the number before the first.
    #[error("has the serial number 0; the first is 1")]
    SerialZero,
    /// A time is outside the years that have a text form.
    #[error("has a time after the year 9999")]
    Time,
    /// It expires before it was issued, or lives for longer than any statement may.
    #[error("is valid for no time, or for too long")]
    Lifetime,
    /// The display name cannot be shown.
    #[error("has a display name that {0}")]
    Name(#[source] DisplayNameError),
    /// A list has more entries than it may.
    #[error("has {got} {list} where at most {max} are allowed")]
    TooMany {
        /// Which list.
        list: List,
        /// The limit.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// The entries of a list are not in their one order, or one is there twice.
    #[error("has {list} that are unsorted or doubled")]
    Order {
        /// Which list.
        list: List,
    },
    /// A JID is none, or is not written in its normal form, or is not of the form `name@server`.
    #[error("has an address that is not a bare JID in its normal form")]
    Jid,
    /// An own endpoint that is not `<this identity>@<56 letters>.onion`.
    #[error("calls an address its own that does not carry its key")]
    ForeignEndpoint,
    /// A kind of endpoint or of revocation that this version does not have.
    #[error("has a number ({got}) that this version gives no meaning")]
    UnknownKind {
        /// The number.
        got: u8,
    },
    /// A key that belongs to an endpoint which is not in the list.
    #[error("has a key at an address that it does not list")]
    UnlistedEndpoint,
    /// A fingerprint without the length that its protocol gives it.
    #[error("has a fingerprint with the wrong length")]
    FingerprintLength,
    /// A device number where the protocol has none, or none where it has one.
    #[error("has a device number that its protocol does not allow")]
    Device,
    /// A key or an endpoint is listed and revoked at once.
    #[error("lists what it revokes")]
    RevokedButListed,
    /// Something is revoked after the statement was issued.
    #[error("revokes something in its own future")]
    RevokedLater,
    /// An identity names itself as its successor.
    #[error("names an identity as its own successor")]
    OwnSuccessor,
}

/// Why a well-formed document is not to be believed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerifyError {
    /// The key it names is nobody's.
    #[error("the document names a key that nobody has: {0}")]
    Key(#[source] PointError),
    /// It is another identity's. Whoever gave it is at fault, not who signed it.
    #[error("the document is another identity's")]
    OtherIdentity {
        /// Whose was asked for.
        expected: IdentityKey,
    },
    /// The signature is not that of the key; the document was changed or forged.
    #[error("the signature is not that of the identity: the document was changed or forged")]
    Signature,
    /// The successor has not signed: the old identity alone cannot make somebody its successor.
    #[error("the successor has not signed the succession")]
    Countersignature,
    /// It was good once. Who publishes it should renew it.
    #[error("the document has expired at {expired}, and it is {now} now")]
    Expired {
        /// When it expired.
        expired: Timestamp,
        /// What time we think it is.
        now: Timestamp,
    },
    /// It is from the future: one of the two clocks is wrong.
    #[error("the document is from {issued}, and it is {now} here: one of the two clocks is wrong")]
    FromTheFuture {
        /// When it says that it was made.
        issued: Timestamp,
        /// What time we think it is.
        now: Timestamp,
    },
}

/// Why a text or bytes are no proposal of a succession.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProposalError {
    /// They have not the form of one.
    #[error("the proposal {0}")]
    Form(#[from] FormError),
    /// They have, and the old identity has not signed them, or not for now.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The text has no block of one, or a damaged one.
    #[error(transparent)]
    Block(#[from] BlockError),
}

/// A tag as this program has it. Under this name it is not borrowed from what is deserialized.
type TagText = &'static str;

/// One of the tags that this version knows, as it was stored.
fn tag<'de, D: Deserializer<'de>>(from: D) -> Result<TagText, D::Error> {
    let stored = String::deserialize(from)?;
    let tags = [Statement::TAG, IdentityRevocation::TAG, Succession::TAG];
    let known = tags.into_iter().find(|tag| *tag == stored);
    known.ok_or_else(|| serde::de::Error::custom("a tag that is not known"))
}

impl FormError {
    /// The word of `docs/identity-statement.md` for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::Truncated => "truncated",
            Self::TrailingBytes { .. } => "trailing_bytes",
            Self::Tag { .. } => "tag",
            Self::FieldTooLong => "field_too_long",
            Self::SerialZero => "serial",
            Self::Time => "time",
            Self::Lifetime => "lifetime",
            Self::Name(_) => "name",
            Self::TooMany { .. } => "too_many",
            Self::Order { .. } => "order",
            Self::Jid => "jid",
            Self::ForeignEndpoint => "foreign_endpoint",
            Self::UnknownKind { .. } => "kind",
            Self::UnlistedEndpoint => "unlisted_endpoint",
            Self::FingerprintLength => "fingerprint",
            Self::Device => "device",
            Self::RevokedButListed => "revoked_but_listed",
            Self::RevokedLater => "revoked_later",
            Self::OwnSuccessor => "own_successor",
        }
    }
}
