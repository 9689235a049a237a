//! Requests about invites.

use std::time::Duration;

use onym_client_protocol::Engine;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::introduction::Introduction;
use onym_client_protocol::store::{InviteRecord, InviteState};
use onym_identity::Timestamp;
use onym_identity::invite::{Arrival, Invite, InviteError, InviteId, Received};
use onym_identity::statement::DisplayName;

use super::{Desk, Reports, RequestError};
use crate::report::{GivenInviteReport, InviteReport, Report, Secret};
use crate::request::Request;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn carry_out(
    desk: &Desk,
    request: Request,
    reports: &Reports,
) -> Result<(), RequestError> {
    match request {
        Request::MakeInvite {
            name,
            host,
            qr,
            days,
        } => {
            let name = name.as_deref().map(DisplayName::new).transpose()?;
            let lifetime = DAY * u32::from(days);
            let report = make(desk, name, lifetime, |invite, expires| {
                InviteReport::new(invite, &host, qr, Some(expires))
            });
            let report = Report::Invite(Box::new(report.await?));
            reports.send(report).await
        }
        Request::Invites => list(desk, reports).await,
        Request::RevokeInvite { id } => revoke(desk, &id, reports).await,
        _ => Ok(()),
    }
}

/// What an invite that the user has taken says, by the way it came.
pub(super) fn introduction(
    invite: Option<&Secret>,
    is_in_person: bool,
) -> Result<Option<Box<Introduction>>, RequestError> {
    let arrival = if is_in_person {
        Arrival::Scanned
    } else {
        Arrival::Pasted
    };
    let Some(invite) = invite else {
        return Ok(None);
    };
    let received = Received::read(invite.reveal(), arrival)?;
    Ok(Introduction::of(&received).map(Box::new))
}

/// Makes an invite, and returns once our endpoint honours it.
async fn make(
    desk: &Desk,
    name: Option<DisplayName>,
    lifetime: Duration,
    report: impl FnOnce(&Invite, Timestamp) -> Result<InviteReport, InviteError>,
) -> Result<InviteReport, RequestError> {
    let ticket: u64 = rand::random();
    let _attached = desk.engine.attach().await?;
    let made = move |_: &Engine, event: Option<&Event>| match event? {
        Event::InviteMade {
            ticket: of,
            id,
            invite,
            expires,
        } if *of == ticket => Some((*id, invite.clone(), *expires)),
        _ => None,
    };
    let made = desk.engine.watch(made).await?;
    let command = Command::MakeInvite {
        ticket,
        name,
        lifetime,
    };
    desk.engine.command(command).await??;
    let (id, invite, expires) = made.found().await?;
    let report = report(&invite, expires)?;
    match settled(desk, id).await? {
        Some(_) => Ok(report),
        None => Err(CommandError::InviteNotKept.into()),
    }
}

/// Waits until our endpoint knows what has become of an invite.
async fn settled(desk: &Desk, id: InviteId) -> Result<Option<InviteRecord>, RequestError> {
    let waits = |it: &InviteRecord| it.state == InviteState::ToPublish || it.state.is_leaving();
    let settled = move |engine: &Engine, _: Option<&Event>| {
        let invite = engine.memory().invites.get(&id);
        (!invite.is_some_and(waits)).then(|| invite.cloned())
    };
    Ok(desk.engine.watch(settled).await?.found().await?)
}

async fn list(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let now = desk.engine.look_now(|_, now| now).await?;
    let mut invites = all(desk).await?;
    invites.sort_by_key(|invite| invite.made);
    for invite in invites {
        if let Some(report) = GivenInviteReport::new(&invite, now) {
            reports.send(Report::GivenInvite(Box::new(report))).await?;
        }
    }
    Ok(())
}

async fn all(desk: &Desk) -> Result<Vec<InviteRecord>, RequestError> {
    let invites = |engine: &Engine| {
        let invites = engine.memory().invites.values();
        invites.cloned().collect()
    };
    Ok(desk.engine.look(invites).await?)
}

/// Takes the only invite back whose id begins so.
async fn revoke(desk: &Desk, begin: &str, reports: &Reports) -> Result<(), RequestError> {
    let invites = all(desk).await?;
    let mut meant = invites
        .iter()
        .filter(|invite| invite.id.to_string().starts_with(begin));
    let (Some(invite), None) = (meant.next(), meant.next()) else {
        return Err(RequestError::NoInvite(begin.to_owned()));
    };
    let id = invite.id;
    let revoked = GivenInviteReport::revoked(invite);
    let _attached = desk.engine.attach().await?;
    desk.engine.command(Command::RevokeInvite { id }).await??;
    settled(desk, id).await?;
    reports.send(Report::GivenInvite(Box::new(revoked))).await
}
