//! Why something that was signed is not to be believed: whose fault it is, and the exit code.

use onym_client_protocol::identities::StatementRefusal;
use onym_identity::invite::InviteError;
use onym_identity::statement::{BlockError, DocumentError, FollowError, VerifyError};

use crate::openpgp::OpenPgpError;
use crate::report::DocumentReport;

/// Exit codes, as the help and the user guide name them.
const EXPIRED: u8 = 4;
const FROM_THE_FUTURE: u8 = 5;
const FORGED: u8 = 6;
pub(crate) const NO_DOCUMENT: u8 = 7;
pub(crate) const OTHER_IDENTITY: u8 = 8;
const REVOKED: u8 = 9;
const OTHER_ADDRESS: u8 = 10;
const NOT_FOLLOWED: u8 = 11;

/// Why something is not to be believed.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: &'static str,
    pub(crate) word: &'static str,
    pub(crate) why: String,
    pub(crate) fault: Fault,
    pub(crate) code: u8,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Whoever made the bytes, or changed them on their way.
    Document,
    /// Who publishes it.
    Publisher,
    /// Who gave it here for something else.
    Giver,
    /// One of the two clocks.
    Clock,
}

impl Refusal {
    pub(crate) fn report(&self) -> DocumentReport {
        DocumentReport {
            kind: self.kind.to_owned(),
            refused: Some(self.word.to_owned()),
            why: Some(self.why.clone()),
            fault: Some(self.fault.word().to_owned()),
            ..DocumentReport::default()
        }
    }

    fn of(word: &'static str, why: &dyn std::fmt::Display) -> Self {
        Self {
            kind: "unknown",
            word,
            why: why.to_string(),
            fault: Fault::Document,
            code: NO_DOCUMENT,
        }
    }

    pub(crate) fn revoked(kind: &str) -> Self {
        let why = format!("the {kind} is of an identity that is revoked in the same text");
        Self {
            code: REVOKED,
            fault: Fault::Publisher,
            ..Self::of("revoked", &why)
        }
    }

    /// An OpenPGP key that does not confirm what an identity claims of it.
    pub(crate) fn key_of_nobody() -> Self {
        Self {
            fault: Fault::Giver,
            code: OTHER_IDENTITY,
            ..Self::of("not_named", &"the key does not name that identity")
        }
    }

    pub(crate) fn revoked_key() -> Self {
        Self {
            fault: Fault::Publisher,
            code: REVOKED,
            ..Self::of("revoked", &OpenPgpError::Revoked)
        }
    }

    pub(crate) fn document(error: &DocumentError) -> Self {
        let word = match error {
            DocumentError::Unknown => "tag",
            DocumentError::Form(error) => error.code(),
        };
        Self::of(word, error)
    }

    pub(crate) fn block(error: &BlockError) -> Self {
        match error {
            BlockError::Document(error) => Self::document(error),
            BlockError::TextTooLong { .. } => Self::of("too_long", error),
            BlockError::Base32(_) => Self::of("base32", error),
            BlockError::Proposal => Self::of("proposal", error),
            _ => Self::of("block", error),
        }
    }

    pub(crate) fn verify(kind: &'static str, error: &VerifyError) -> Self {
        let (word, fault, code) = match error {
            VerifyError::Key(_) => ("key", Fault::Document, FORGED),
            VerifyError::OtherIdentity { .. } => ("other_identity", Fault::Giver, OTHER_IDENTITY),
            VerifyError::Signature => ("signature", Fault::Document, FORGED),
            VerifyError::Countersignature => ("countersignature", Fault::Document, FORGED),
            VerifyError::Expired { .. } => ("expired", Fault::Publisher, EXPIRED),
            VerifyError::FromTheFuture { .. } => ("from_the_future", Fault::Clock, FROM_THE_FUTURE),
        };
        Self {
            kind,
            fault,
            code,
            ..Self::of(word, error)
        }
    }

    /// What an account publishes as a statement, and that is not believed.
    pub(crate) fn statement(error: &StatementRefusal) -> Self {
        let refusal = match error {
            StatementRefusal::NotOne => Self::of("tag", error),
            StatementRefusal::Form(form) => Self::of(form.code(), error),
            StatementRefusal::Unbelievable(error) => Self::verify("statement", error),
            StatementRefusal::OtherAddress => Self {
                fault: Fault::Publisher,
                code: OTHER_ADDRESS,
                ..Self::of("other_address", error)
            },
            StatementRefusal::UnknownIdentity => Self {
                fault: Fault::Publisher,
                code: OTHER_IDENTITY,
                ..Self::of("unknown_identity", error)
            },
            StatementRefusal::NotFollowed(error) => Self {
                fault: Fault::Publisher,
                code: match error {
                    FollowError::Revoked => REVOKED,
                    FollowError::OtherIdentity { .. } => OTHER_IDENTITY,
                    _ => NOT_FOLLOWED,
                },
                ..Self::of(follow_word(error), error)
            },
        };
        let kind = "statement";
        Self { kind, ..refusal }
    }

    pub(crate) fn invite(error: &InviteError) -> Self {
        let word = match error {
            InviteError::TooLong { .. } => "too_long",
            InviteError::Form => return Self::of("form", &NOTHING_KNOWN),
            InviteError::OtherAction => "other_action",
            InviteError::Version => "version",
            InviteError::Damaged => "damaged",
            InviteError::OnionAddress(_) => "onion_address",
            InviteError::Key(_) => "key",
            InviteError::Token => "token",
            InviteError::TwoKeys => "two_keys",
        };
        let kind = "invite";
        Self {
            kind,
            ..Self::of(word, error)
        }
    }
}

const NOTHING_KNOWN: &str = "there is no signed document in this, and no invite";

impl Fault {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Publisher => "publisher",
            Self::Giver => "giver",
            Self::Clock => "clock",
        }
    }

    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::Document => {
                "Whoever made it, or changed it on its way, is at fault. Believe nothing of it."
            }
            Self::Publisher => "Who publishes it has to publish another one.",
            Self::Giver => {
                "Who gave it to you for this identity is at fault; who signed it may not be."
            }
            Self::Clock => "Compare the time of this machine with that of another.",
        }
    }
}

/// The words of `docs/identity-statement.md`.
const fn follow_word(error: &FollowError) -> &'static str {
    match error {
        FollowError::OtherIdentity { .. } => "other_identity",
        FollowError::Older { .. } => "older",
        FollowError::Equivocation { .. } => "equivocation",
        FollowError::Revoked => "revoked",
        FollowError::Succeeded { .. } => "succeeded",
        FollowError::OtherSuccessor { .. } => "other_successor",
    }
}
