//! Requests about signed documents that the user has from somewhere.

use onym_client_protocol::Engine;
use onym_client_protocol::command::{Command, CommandError};
use onym_identity::IdentityKey;
use onym_identity::statement::{BlockError, Document, Followed, Standing, find_blocks};

use super::our_statement::published;
use super::{Desk, Reports, RequestError};
use crate::refusal::{OTHER_IDENTITY, Refusal};
use crate::report::{FollowedReport, OurEndReport, Report};

/// Takes the end of somebody's identity, their successor, or a later statement.
pub(super) async fn take(desk: &Desk, text: &str, reports: &Reports) -> Result<(), RequestError> {
    let document = one(text)?;
    let (kind, identity) = about(&document);
    let ours = desk.engine.look(our_identity).await?;
    if ours.is_some() && identity == ours {
        return Err(RequestError::NotConfirmed {
            why: format!("the {kind} is of your own identity"),
            advice: Some(
                "Publish it: `onym identity revoke --publish FILE` or `onym identity succeed publish FILE`.",
            ),
            code: OTHER_IDENTITY,
        });
    }
    let bytes = document.to_bytes();
    let command = Command::TakeIdentityDocument { bytes };
    desk.engine.command(command).await?.map_err(refused)?;
    if let Some(identity) = identity {
        let look = move |engine: &Engine| FollowedReport::of(kind, &identity, engine.memory());
        let report = desk.engine.look(look).await?;
        reports.send(Report::Followed(Box::new(report))).await?;
    }
    Ok(())
}

/// Ends our own identity, and returns when that is published.
pub(super) async fn end_identity(
    desk: &Desk,
    text: &str,
    reports: &Reports,
) -> Result<(), RequestError> {
    let bytes = one(text)?.to_bytes();
    let _attached = desk.engine.attach().await?;
    let command = Command::EndOurIdentity { bytes };
    desk.engine.command(command).await?.map_err(refused)?;
    published(desk).await?;
    if let Some(report) = our_end(desk).await? {
        reports.send(report).await?;
    }
    Ok(())
}

/// What is to be heard of the end of our identity, if there is one.
pub(super) async fn our_end(desk: &Desk) -> Result<Option<Report>, RequestError> {
    let look = |engine: &Engine| OurEndReport::of(engine.our_standing());
    let report = desk.engine.look(look).await?;
    Ok(report.map(Report::IdentityEnded))
}

/// The only document of a text.
fn one(text: &str) -> Result<Document, RequestError> {
    let no_document = |error: &BlockError| not_believed(Refusal::block(error));
    let mut blocks = find_blocks(text).map_err(|error| no_document(&error))?;
    let document = blocks.pop().unwrap_or(Err(BlockError::NotQr));
    document.map_err(|error| no_document(&error))
}

/// What kind of document it is, and whose.
pub(crate) fn about(document: &Document) -> (&'static str, Option<IdentityKey>) {
    match document {
        Document::Statement(it) => ("statement", it.claimed_identity().ok()),
        Document::Revocation(it) => ("revocation", it.claimed_identity().ok()),
        Document::Succession(it) => ("succession", it.claimed_identity().ok()),
    }
}

fn our_identity(engine: &Engine) -> Option<IdentityKey> {
    let ours = onym_identity::OnymJid::try_from(engine.our_jid()).ok();
    ours.map(|ours| ours.identity)
}

fn refused(error: CommandError) -> RequestError {
    match error {
        CommandError::DocumentRefused { why } => not_believed(Refusal::statement(&why)),
        other => RequestError::Refused(other),
    }
}

fn not_believed(refusal: Refusal) -> RequestError {
    RequestError::NotConfirmed {
        why: refusal.why,
        advice: Some(refusal.fault.advice()),
        code: refusal.code,
    }
}

impl FollowedReport {
    fn of(
        kind: &str,
        identity: &IdentityKey,
        memory: &onym_client_protocol::store::Snapshot,
    ) -> Self {
        let records = memory.identities.values();
        let addresses = records.filter(|it| it.identity() == identity);
        let ended = memory.ended.get(identity).map(Followed::standing);
        Self {
            kind: kind.to_owned(),
            identity: identity.to_string(),
            standing: match ended {
                None | Some(Standing::Good) => "good",
                Some(Standing::Succeeded(_)) => "succeeded",
                Some(Standing::Revoked) => "revoked",
            }
            .to_owned(),
            addresses: addresses.map(|it| it.jid.to_string()).collect(),
        }
    }
}
