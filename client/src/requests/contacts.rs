//! Requests about contacts.

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::ContactRecord;

use super::{Desk, Reports, RequestError};
use crate::engine_task::Contacts;
use crate::report::Report;

/// Every contact, and everybody who has asked to become one.
pub(super) async fn list(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let contacts = desk.engine.look(Contacts::of).await?;
    for contact in contacts.memory.contacts.values() {
        reports.send(contact_report(contact, &contacts)).await?;
    }
    for report in requests(desk).await? {
        reports.send(report).await?;
    }
    Ok(())
}

/// Everybody who has asked to become a contact.
pub(super) async fn requests(desk: &Desk) -> Result<Vec<Report>, RequestError> {
    let contacts = desk.engine.look(Contacts::of).await?;
    let from = contacts.memory.requests.keys();
    Ok(from
        .map(|jid| Report::Request {
            from: jid.to_string(),
        })
        .collect())
}

/// Carries a decision out and waits until our endpoint has it.
pub(super) async fn change(
    desk: &Desk,
    command: Command,
    jid: &BareJid,
    reports: &Reports,
) -> Result<(), RequestError> {
    let _attached = desk.engine.attach().await?;
    desk.engine.command(command).await??;
    let asked = jid.clone();
    let is_settled = move |engine: &Engine| {
        let mut intents = engine.memory().intents.values();
        !intents.any(|intent| intent.jid == asked)
    };
    desk.engine.until(is_settled).await?;
    let contacts = desk.engine.look(Contacts::of).await?;
    if let Some(contact) = contacts.memory.contacts.get(jid) {
        reports.send(contact_report(contact, &contacts)).await?;
    }
    Ok(())
}

/// What an event says about contacts, if anything.
pub(super) async fn news(desk: &Desk, event: &Event) -> Result<Option<Report>, RequestError> {
    let contacts = desk.engine.look(Contacts::of).await?;
    Ok(match event {
        Event::RequestChanged { jid } => {
            contacts
                .memory
                .requests
                .contains_key(jid)
                .then(|| Report::Request {
                    from: jid.to_string(),
                })
        }
        Event::ContactChanged { jid } => contacts
            .memory
            .contacts
            .get(jid)
            .map(|contact| contact_report(contact, &contacts)),
        Event::PresenceChanged { jid } => Some(Report::Presence {
            jid: jid.to_string(),
            state: presence_of(jid, &contacts),
        }),
        _ => None,
    })
}

fn contact_report(contact: &ContactRecord, contacts: &Contacts) -> Report {
    let invites = contacts.memory.contact_invites.get(&contact.jid);
    Report::Contact {
        jid: contact.jid.to_string(),
        name: contact.name.clone(),
        subscription: format!("{:?}", contact.subscription).to_lowercase(),
        pending: contact.asked,
        presence: presence_of(&contact.jid, contacts),
        invited: invites
            .and_then(|it| it.came_with)
            .map(|it| it.made.to_string()),
    }
}

fn presence_of(jid: &BareJid, contacts: &Contacts) -> String {
    contacts
        .present
        .get(jid)
        .cloned()
        .unwrap_or_else(|| "offline".to_owned())
}
