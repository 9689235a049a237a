//! Requests about the identities behind addresses of others.

use jid::BareJid;
use onym_client_protocol::command::Command;
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
    let is_withdrawn = matches!(request, BehindRequest::Verify { withdraw: true, .. });
    let command = match request {
        BehindRequest::Who => None,
        BehindRequest::Verify { key, withdraw } => {
            let identity = match key {
                Some(key) => key,
                None => key_of(desk, &jid).await?,
            };
            let jid = jid.clone();
            Some(Command::VerifyIdentity {
                jid,
                identity,
                is_verified: !withdraw,
            })
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
