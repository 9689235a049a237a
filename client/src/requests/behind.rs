//! Requests about the identities behind addresses of others.

use jid::BareJid;
use onym_client_protocol::command::{Command, IdentityVerdict};
use onym_client_protocol::store::KnownBy;
use onym_identity::{IdentityKey, OnymJid};

use super::{Desk, Reports, RequestError};
use crate::report::{BehindReport, Report};
use crate::request::BehindRequest;

pub(super) async fn carry_out(
    desk: &Desk,
    jid: BareJid,
    request: BehindRequest,
    reports: &Reports,
) -> Result<(), RequestError> {
    let is_withdrawn = matches!(
        request,
        BehindRequest::Verify { withdraw: true, .. }
            | BehindRequest::Differs { withdraw: true, .. }
    );
    let command = match request {
        BehindRequest::Who => None,
        BehindRequest::Verify { key, withdraw } => {
            let identity = given_or_known(desk, &jid, key).await?;
            let jid = jid.clone();
            Some(Command::VerifyIdentity {
                jid,
                identity,
                is_verified: !withdraw,
            })
        }
        BehindRequest::Differs { key, withdraw } => {
            let identity = given_or_known(desk, &jid, key).await?;
            Some(differs(desk, jid.clone(), identity, withdraw).await?)
        }
        BehindRequest::Decide { choice, key } => Some(Command::DecideIdentity {
            jid: jid.clone(),
            identity: key,
            verdict: choice.verdict(),
        }),
    };
    if let Some(command) = command {
        desk.engine.command(command).await??;
    }
    let address = jid.clone();
    let look = desk
        .engine
        .look(move |engine| BehindReport::of(engine.memory(), &address));
    match look.await? {
        Some(report) => reports.send(Report::Behind(Box::new(report))).await,
        // What was only expected is not any more.
        None if is_withdrawn => Ok(()),
        None => Err(RequestError::NobodyBehind(jid.to_string())),
    }
}

/// That an identity differs from the person's, or does not after all.
async fn differs(
    desk: &Desk,
    jid: BareJid,
    identity: IdentityKey,
    is_withdrawn: bool,
) -> Result<Command, RequestError> {
    if !is_withdrawn {
        let verdict = IdentityVerdict::Differs;
        return Ok(Command::DecideIdentity {
            jid,
            identity,
            verdict,
        });
    }
    let address = jid.clone();
    let look = desk.engine.look(move |engine| {
        let memory = engine.memory();
        let known = memory.identities.get(&address).map(|it| it.known_by);
        let expected = memory.introductions.get(&address).map(|it| it.known_by);
        known.or(expected)
    });
    // A verification is withdrawn by what has made it.
    if !matches!(look.await?, Some(KnownBy::Differs { .. })) {
        return Err(RequestError::DoesNotDiffer(jid.to_string()));
    }
    let is_verified = false;
    Ok(Command::VerifyIdentity {
        jid,
        identity,
        is_verified,
    })
}

/// The key that the user has named, or the one that is known.
async fn given_or_known(
    desk: &Desk,
    jid: &BareJid,
    key: Option<IdentityKey>,
) -> Result<IdentityKey, RequestError> {
    match key {
        Some(key) => Ok(key),
        None => key_of(desk, jid).await,
    }
}

/// Who is behind an address: whom it names, or who was seen there or is expected.
async fn key_of(desk: &Desk, jid: &BareJid) -> Result<IdentityKey, RequestError> {
    if let Ok(named) = OnymJid::try_from(jid) {
        return Ok(named.identity);
    }
    let address = jid.clone();
    let look = desk.engine.look(move |engine| {
        let memory = engine.memory();
        let known = memory.identities.get(&address).map(|it| *it.identity());
        let expected = memory.introductions.get(&address);
        known.or_else(|| expected.map(|it| it.identity))
    });
    let known = look.await?;
    known.ok_or_else(|| RequestError::NobodyBehind(jid.to_string()))
}
