//! Links that are said to lead to the new address of a contact.

use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;

use super::contacts::change;
use super::conversations::online;
use super::{Desk, Reports, RequestError};
use crate::report::Report;

/// How long we may take to be online, and the address to show what the contact has signed: the way to its
/// endpoint may have to be built, and its node and two cards are looked into.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Follows a contact to the address of a link, and tells the contact that they are there.
pub(super) async fn follow(
    desk: &Desk,
    command: Command,
    jid: BareJid,
    reports: &Reports,
) -> Result<(), RequestError> {
    let following = async {
        let _attached = desk.engine.attach().await?;
        online(desk).await?;
        let outcome = desk.engine.watch(outcome(jid.clone())).await?;
        desk.engine.command(command).await??;
        let moved = outcome.found().await??;
        if let Some((from, to)) = moved {
            let (from, to) = (from.to_string(), to.to_string());
            reports.send(Report::ContactMoved { from, to }).await?;
        }
        Ok::<_, RequestError>(())
    };
    match tokio::time::timeout(LIMIT, following).await {
        Ok(outcome) => outcome?,
        Err(_) => return Err(RequestError::NoAnswer),
    }
    // Nothing more is to be decided; it returns when our endpoint has what was.
    change(desk, Command::ConnectNow, &jid, reports).await
}

/// Finds that an address is a contact's or becomes one, with the move that was told meanwhile, or why
/// it does not.
fn outcome(
    jid: BareJid,
) -> impl FnMut(&Engine, Option<&Event>) -> Option<Result<Option<Move>, CommandError>> {
    let mut moved = None;
    move |engine, event| {
        match event {
            Some(Event::CommandRefused(CommandError::MoveRefused { jid: of, why }))
                if *of == jid =>
            {
                let (jid, why) = (of.clone(), *why);
                return Some(Err(CommandError::MoveRefused { jid, why }));
            }
            Some(Event::ContactMoved { from, to }) if *to == jid => {
                moved = Some((from.clone(), to.clone()));
            }
            _ => {}
        }
        let memory = engine.memory();
        let is_followed = event.is_none()
            && (memory.contacts.contains_key(&jid)
                || memory.intents.values().any(|it| it.jid == jid));
        is_followed.then(|| Ok(moved.take()))
    }
}

/// From where a contact has moved, and where to.
type Move = (BareJid, BareJid);
