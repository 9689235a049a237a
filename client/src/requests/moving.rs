//! Our endpoint moves to its next address: announced here, carried out by the next start.

use onym_client_protocol::Engine;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::our_statement::ClaimError;
use onym_client_protocol::store::{ContactRecord, Snapshot};
use onym_identity::OnymJid;
use onym_identity::jid::BareJid;

use super::conversations::online;
use super::our_statement::published;
use super::{Desk, Reports, RequestError};
use crate::engine_task::{EngineHandle, Stopped};
use crate::report::{FollowerReport, MovesReport, Report};
use crate::unlocking::Unlocked;

pub(super) async fn carry_out(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let next = desk.unlocked.next_jid();
    let to = next.ok_or(RequestError::NoNextAddress)?.to_bare_jid();
    let _attached = desk.engine.attach().await?;
    let jid = to.clone();
    // First of all, since it may be refused: the statement is full, or the identity has ended.
    if !desk.engine.look(move |it| lists(it, &jid)).await? {
        let command = Command::ClaimAddress {
            jid: to.clone(),
            priority: None,
        };
        desk.engine.command(command).await??;
    }
    // The next start moves whether this is published before or not: contacts follow either way, and
    // those who hear of it now before the others.
    tokio::task::block_in_place(|| desk.unlocked.move_at_next_start())?;
    online(desk).await?;
    published(desk).await?;
    let (contacts, here) = desk.engine.look(who_hears).await?;
    reports
        .send(Report::MoveAnnounced {
            to: to.to_string(),
            contacts,
            here,
        })
        .await
}

/// Takes an announced move back. Asked for again, it changes nothing and says the same.
pub(super) async fn take_back(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let next = desk.unlocked.next_jid();
    let next = next.ok_or(RequestError::NoNextAddress)?.to_bare_jid();
    // First of all, so that no start goes there any more, whatever becomes of the statement.
    tokio::task::block_in_place(|| desk.unlocked.stay())?;
    let _attached = desk.engine.attach().await?;
    leave_out(&desk.engine, next.clone()).await??;
    online(desk).await?;
    published(desk).await?;
    let (jid, next) = (desk.unlocked.jid().to_string(), next.to_string());
    reports.send(Report::MoveTakenBack { jid, next }).await
}

/// Leaves the address of a move that was taken back out of our statement, if it is listed at all.
pub(crate) async fn leave_out(
    engine: &EngineHandle,
    next: BareJid,
) -> Result<Result<(), CommandError>, Stopped> {
    let command = Command::DropAddress {
        jid: next,
        is_revoked: false,
    };
    Ok(match engine.command(command).await? {
        Ok(_) | Err(CommandError::Claim(ClaimError::NotListed)) => Ok(()),
        Err(error) => Err(error),
    })
}

/// Tells how far the move is, and who has followed.
pub(super) async fn tell(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let next = tokio::task::block_in_place(|| desk.unlocked.announced())?;
    let memory = desk.engine.look(|engine| engine.memory().clone()).await?;
    let status = desk.endpoint.status().borrow().clone();
    let last_reached = |jid: &BareJid| {
        let peer = status.peers.get(&onym_server::domain_of(jid))?;
        Some(peer.last_reached?.to_string())
    };
    let report = moves(&desk.unlocked, next, &memory, &last_reached);
    reports.send(Report::Moves(Box::new(report))).await
}

/// How far a move is, by what is kept.
pub(crate) fn moves(
    unlocked: &Unlocked,
    next: Option<OnymJid>,
    memory: &Snapshot,
    last_reached: &dyn Fn(&BareJid) -> Option<String>,
) -> MovesReport {
    let former: Vec<String> = unlocked.former().iter().map(ToString::to_string).collect();
    let has_moved = !former.is_empty();
    let contacts = memory.contacts.values().filter(|_| has_moved);
    let mut contacts: Vec<FollowerReport> = contacts
        .map(|contact| FollowerReport {
            jid: contact.jid.to_string(),
            name: contact.name.clone(),
            state: state(contact).to_owned(),
            last_reached: last_reached(&contact.jid),
        })
        .collect();
    contacts.sort_by_key(|it| it.state != WAITING);
    let count = |state: &str| contacts.iter().filter(|it| it.state == state).count();
    MovesReport {
        jid: unlocked.jid().to_string(),
        former,
        next: next.map(|next| next.to_string()),
        followed: count(FOLLOWED),
        waiting: count(WAITING),
        contacts,
    }
}

const FOLLOWED: &str = "followed";
const WAITING: &str = "waiting";

/// Whom we saw before a move is asked again after it, and lets us see them once they have followed.
fn state(contact: &ContactRecord) -> &'static str {
    match (contact.subscription.we_see_them(), contact.asked) {
        (true, _) => FOLLOWED,
        (false, true) => WAITING,
        (false, false) => "not-asked",
    }
}

/// Whether our statement lists an address.
pub(crate) fn lists(engine: &Engine, jid: &BareJid) -> bool {
    let record = engine.memory().identities.get(engine.our_jid());
    let body = record.and_then(|record| record.body());
    body.is_some_and(|body| body.endpoints.iter().any(|it| it.jid == *jid))
}

/// How many contacts there are, and how many of them are here and told at once.
fn who_hears(engine: &Engine) -> (usize, usize) {
    let contacts = engine.memory().contacts.keys();
    let here = contacts.filter(|jid| engine.presences().best(jid).is_some());
    (engine.memory().contacts.len(), here.count())
}
