//! `onym verify`: documents, invites and OpenPGP keys from a file, a link or standard input. No data folder is
//! needed, and nothing is sent. An address is asked by the process that has the folder.

mod key_file;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jid::BareJid;
use onym_identity::invite::Invite;
use onym_identity::statement::{
    BlockError, Document, DocumentError, MAX_TEXT_BYTES, Statement, TextForm, VerifyError,
    find_blocks,
};
use onym_identity::{IdentityKey, Timestamp};

use super::CommandError;
use crate::args::VerifyOf;
use crate::printer::Printer;
use crate::refusal::Refusal;
use crate::report::{DocumentReport, Report};

/// What was verified.
pub(super) struct Outcome {
    /// The exit code.
    pub(super) code: u8,
    /// The valid documents as texts, the ends of identities before their statements.
    pub(super) documents: Vec<String>,
}

pub(super) fn run(verify: &VerifyOf, printer: &mut Printer) -> Result<Outcome, CommandError> {
    let input = read_input(&verify.what)?;
    if key_file::is_one(&input) {
        let code = key_file::run(&input, verify, printer)?;
        let documents = Vec::new();
        return Ok(Outcome { code, documents });
    }
    let now = printer.now();
    let verified = verify_all(&input, verify.identity.as_ref(), now);
    let mut documents: Vec<&(DocumentReport, Option<String>)> = verified.iter().flatten().collect();
    documents.sort_by_key(|(report, _)| report.kind == "statement");
    let documents = documents.iter().filter_map(|(_, text)| text.clone());
    let documents: Vec<String> = documents.collect();
    let verified: Vec<Result<&DocumentReport, &Refusal>> = verified
        .iter()
        .map(|it| it.as_ref().map(|(report, _)| report))
        .collect();
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
                printer.print(&Report::Document(Box::new((*report).clone())));
                let is_revoked = report.kind != "revocation"
                    && report
                        .identity
                        .as_ref()
                        .is_some_and(|it| revoked.contains(&it));
                is_revoked.then(|| Refusal::revoked(&report.kind))
            }
            Err(refusal) => {
                printer.print(&Report::Document(Box::new(refusal.report())));
                Some((*refusal).clone())
            }
        };
        let is_worse = |it: &Refusal| worst.as_ref().is_none_or(|worst| it.code > worst.code);
        if let Some(refusal) = refusal.filter(is_worse) {
            worst = Some(refusal);
        }
    }
    let Some(worst) = worst else {
        return Ok(Outcome { code: 0, documents });
    };
    printer.print(&Report::Error {
        why: worst.why,
        advice: Some(worst.fault.advice().to_owned()),
        code: worst.code,
    });
    let code = worst.code;
    Ok(Outcome { code, documents })
}

/// Whether it is an address, whose account has to be asked, and no file.
pub(super) fn is_address(what: &str) -> bool {
    let is_jid = what.parse::<BareJid>().is_ok_and(|it| it.node().is_some());
    let is_text = what.contains(':') || what.contains('/');
    is_jid && !is_text && !Path::new(what).exists()
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

/// What a document says, and its text if an identity has signed it.
type Verified = Result<(DocumentReport, Option<String>), Refusal>;

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
    let text = TextForm::of(&document.to_bytes()).map(TextForm::block);
    let report = match document {
        Document::Statement(statement) => {
            let verified = match identity {
                Some(identity) => statement.verify_as(identity, now),
                None => statement.verify(now),
            };
            let statement: Statement = verified.map_err(refused("statement"))?;
            DocumentReport::from(&statement)
        }
        Document::Revocation(revocation) => {
            let verified = asked_for(revocation.claimed_identity().ok(), identity)
                .and_then(|()| revocation.verify());
            let revocation = verified.map_err(refused("revocation"))?;
            DocumentReport::from(&revocation)
        }
        Document::Succession(succession) => {
            let verified = asked_for(succession.claimed_identity().ok(), identity)
                .and_then(|()| succession.verify(now));
            let succession = verified.map_err(refused("succession"))?;
            DocumentReport::from(&succession)
        }
    };
    Ok((report, text))
}

fn read_invite(text: &str, identity: Option<&IdentityKey>) -> Verified {
    let invite = Invite::read(text).map_err(|error| Refusal::invite(&error))?;
    asked_for(invite.identity(), identity).map_err(|error| Refusal {
        why: "the invite is not for an address of that identity".to_owned(),
        ..Refusal::verify("invite", &error)
    })?;
    Ok((DocumentReport::from(&invite), None))
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
