//! `onym verify`: documents and invites from a file, a link or standard input. No data folder is
//! needed, and nothing is sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jid::BareJid;
use onym_identity::invite::{Invite, InviteError};
use onym_identity::statement::{
    BlockError, Document, DocumentError, MAX_TEXT_BYTES, Statement, VerifyError, find_blocks,
};
use onym_identity::{IdentityKey, Timestamp};

use super::CommandError;
use crate::args::VerifyOf;
use crate::printer::Printer;
use crate::report::{DocumentReport, Report};

/// Exit codes, as the help and the user guide name them.
const EXPIRED: u8 = 4;
const FROM_THE_FUTURE: u8 = 5;
const FORGED: u8 = 6;
const NO_DOCUMENT: u8 = 7;
const OTHER_IDENTITY: u8 = 8;
const REVOKED: u8 = 9;

/// Why something is not to be believed.
#[derive(Clone)]
struct Refusal {
    kind: &'static str,
    word: &'static str,
    why: String,
    fault: Fault,
    code: u8,
}

#[derive(Clone, Copy)]
enum Fault {
    /// Whoever made the bytes, or changed them on their way.
    Document,
    /// Who publishes it.
    Publisher,
    /// Who gave it here for something else.
    Giver,
    /// One of the two clocks.
    Clock,
}

pub(super) fn run(verify: &VerifyOf, printer: &mut Printer) -> Result<u8, CommandError> {
    let input = read_input(&verify.what)?;
    let now = printer.now();
    let verified = verify_all(&input, verify.identity.as_ref(), now);
    let revoked: Vec<&String> = verified
        .iter()
        .flatten()
        .filter(|it| it.kind == "revocation")
        .filter_map(|it| it.identity.as_ref())
        .collect();
    let mut worst: Option<Refusal> = None;
    for outcome in &verified {
        let refusal = match outcome {
            Ok(report) => {
                printer.print(&Report::Document(Box::new(report.clone())));
                let is_revoked = report.kind != "revocation"
                    && report
                        .identity
                        .as_ref()
                        .is_some_and(|it| revoked.contains(&it));
                is_revoked.then(|| Refusal::revoked(&report.kind))
            }
            Err(refusal) => {
                printer.print(&Report::Document(Box::new(refusal.report())));
                Some(refusal.clone())
            }
        };
        let is_worse = |it: &Refusal| worst.as_ref().is_none_or(|worst| it.code > worst.code);
        if let Some(refusal) = refusal.filter(is_worse) {
            worst = Some(refusal);
        }
    }
    let Some(worst) = worst else { return Ok(0) };
    printer.print(&Report::Error {
        why: worst.why,
        advice: Some(worst.fault.advice().to_owned()),
        code: worst.code,
    });
    Ok(worst.code)
}

/// The text of a link or a code, or the bytes of a file.
fn read_input(what: &str) -> Result<Vec<u8>, CommandError> {
    let path = Path::new(what);
    if what == "-" {
        return bounded(io::stdin().lock()).map_err(CommandError::Io);
    }
    let begins_with = |scheme: &str| {
        what.get(..scheme.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(scheme))
    };
    let is_text = ["xmpp:", "https://", "http://", "onym:", "-----BEGIN "];
    if is_text.into_iter().any(begins_with) {
        return Ok(what.as_bytes().to_vec());
    }
    if !path.exists() && what.parse::<BareJid>().is_ok_and(|it| it.node().is_some()) {
        return Err(CommandError::VerifyAddress);
    }
    let unreadable = |source| CommandError::Document {
        path: PathBuf::from(what),
        source,
    };
    File::open(path).and_then(bounded).map_err(unreadable)
}

/// One byte more than is searched, so that what is too long is seen to be.
pub(super) fn bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_TEXT_BYTES).unwrap_or(u64::MAX);
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

type Verified = Result<DocumentReport, Refusal>;

fn verify_all(input: &[u8], identity: Option<&IdentityKey>, now: Timestamp) -> Vec<Verified> {
    let verify = |document| verify_document(document, identity, now);
    // Every document begins with a control character, which no text does.
    if input
        .first()
        .is_some_and(|it| (1..=0x1f).contains(it) && !it.is_ascii_whitespace())
    {
        let document = Document::parse(input).map_err(|error| Refusal::document(&error));
        return vec![document.and_then(verify)];
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return vec![Err(Refusal::document(&DocumentError::Unknown))];
    };
    let blocks = match find_blocks(text) {
        Ok(blocks) => blocks,
        Err(error) => return vec![Err(Refusal::block(&error))],
    };
    if !blocks.is_empty() {
        let verify = |it: Result<Document, BlockError>| {
            it.map_err(|error| Refusal::block(&error)).and_then(verify)
        };
        return blocks.into_iter().map(verify).collect();
    }
    let text = text.trim();
    match Document::from_qr(text) {
        Err(BlockError::NotQr) => vec![read_invite(text, identity)],
        document => vec![
            document
                .map_err(|error| Refusal::block(&error))
                .and_then(verify),
        ],
    }
}

fn verify_document(document: Document, identity: Option<&IdentityKey>, now: Timestamp) -> Verified {
    let refused = |kind| move |error| Refusal::verify(kind, &error);
    match document {
        Document::Statement(statement) => {
            let verified = match identity {
                Some(identity) => statement.verify_as(identity, now),
                None => statement.verify(now),
            };
            let statement: Statement = verified.map_err(refused("statement"))?;
            Ok(DocumentReport::from(&statement))
        }
        Document::Revocation(revocation) => {
            let verified = asked_for(revocation.claimed_identity().ok(), identity)
                .and_then(|()| revocation.verify());
            let revocation = verified.map_err(refused("revocation"))?;
            Ok(DocumentReport::from(&revocation))
        }
        Document::Succession(succession) => {
            let verified = asked_for(succession.claimed_identity().ok(), identity)
                .and_then(|()| succession.verify(now));
            let succession = verified.map_err(refused("succession"))?;
            Ok(DocumentReport::from(&succession))
        }
    }
}

fn read_invite(text: &str, identity: Option<&IdentityKey>) -> Verified {
    let invite = Invite::read(text).map_err(|error| Refusal::invite(&error))?;
    asked_for(invite.identity(), identity).map_err(|error| Refusal {
        why: "the invite is not for an address of that identity".to_owned(),
        ..Refusal::verify("invite", &error)
    })?;
    Ok(DocumentReport::from(&invite))
}

fn asked_for(
    claimed: Option<IdentityKey>,
    identity: Option<&IdentityKey>,
) -> Result<(), VerifyError> {
    match identity {
        Some(expected) if claimed.as_ref() != Some(expected) => Err(VerifyError::OtherIdentity {
            expected: *expected,
        }),
        _ => Ok(()),
    }
}

impl Refusal {
    fn report(&self) -> DocumentReport {
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

    fn revoked(kind: &str) -> Self {
        let why = format!("the {kind} is of an identity that is revoked in the same text");
        Self {
            code: REVOKED,
            fault: Fault::Publisher,
            ..Self::of("revoked", &why)
        }
    }

    fn document(error: &DocumentError) -> Self {
        let word = match error {
            DocumentError::Unknown => "tag",
            DocumentError::Form(error) => error.code(),
        };
        Self::of(word, error)
    }

    fn block(error: &BlockError) -> Self {
        match error {
            BlockError::Document(error) => Self::document(error),
            BlockError::TextTooLong { .. } => Self::of("too_long", error),
            BlockError::Base32(_) => Self::of("base32", error),
            BlockError::Proposal => Self::of("proposal", error),
            _ => Self::of("block", error),
        }
    }

    fn verify(kind: &'static str, error: &VerifyError) -> Self {
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

    fn invite(error: &InviteError) -> Self {
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
    const fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Publisher => "publisher",
            Self::Giver => "giver",
            Self::Clock => "clock",
        }
    }

    const fn advice(self) -> &'static str {
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
