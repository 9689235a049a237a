//! Links that are said to lead to the new address of a contact.

use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;

use super::contacts::change;
use super::conversations::{next, online};
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
        let mut events = desk.engine.events();
        let _attached = desk.engine.attach().await?;
        online(desk, &mut events).await?;
        desk.engine.command(command).await??;
        while !is_followed(desk, &jid).await? {
            match next(&mut events).await? {
                Some(Event::CommandRefused(CommandError::MoveRefused { jid: of, why }))
                    if of == jid =>
                {
                    return Err(CommandError::MoveRefused { jid: of, why }.into());
                }
                Some(Event::ContactMoved { from, to }) if to == jid => {
                    let (from, to) = (from.to_string(), to.to_string());
                    reports.send(Report::ContactMoved { from, to }).await?;
                }
                _ => {}
            }
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

/// Whether an address is a contact's, or becomes one.
async fn is_followed(desk: &Desk, jid: &BareJid) -> Result<bool, RequestError> {
    let jid = jid.clone();
    let look = desk.engine.look(move |engine| {
        let memory = engine.memory();
        memory.contacts.contains_key(&jid) || memory.intents.values().any(|it| it.jid == jid)
    });
    Ok(look.await?)
}
