//! Our endpoint moves to its next address: announced here, carried out by the next start.

use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_identity::jid::BareJid;

use super::conversations::online;
use super::our_statement::published;
use super::{Desk, Reports, RequestError};
use crate::report::Report;

pub(super) async fn carry_out(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let next = desk.unlocked.next_jid();
    let to = next.ok_or(RequestError::NoNextAddress)?.to_bare_jid();
    let _attached = desk.engine.attach().await?;
    // The next start moves whether this is published before or not: contacts follow either way, and
    // those who hear of it now before the others.
    tokio::task::block_in_place(|| desk.unlocked.move_at_next_start())?;
    let jid = to.clone();
    if !desk.engine.look(move |it| lists(it, &jid)).await? {
        let command = Command::ClaimAddress {
            jid: to.clone(),
            priority: None,
        };
        desk.engine.command(command).await??;
    }
    online(desk, &mut desk.engine.events()).await?;
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
