//! Requests about people with several addresses, and requests that name one of them.

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::store::{Position, Snapshot, Store};

use super::{Desk, Reports, RequestError};
use crate::args::ChosenAddress;
use crate::report::{Report, WayReport};
use crate::request::Request;

/// The address under which the conversation with somebody is kept.
pub(super) async fn home_of(desk: &Desk, jid: BareJid) -> Result<BareJid, RequestError> {
    let home = desk.engine.look(move |engine| engine.home_of(&jid));
    Ok(home.await?)
}

/// Each address at which whoever is behind one is now. Nothing is sent to a home that they have left.
pub(super) fn present(memory: &Snapshot, jid: &BareJid) -> Vec<BareJid> {
    let mut addresses = memory.addresses_with(jid);
    addresses.retain(|it| !memory.is_former_home(it));
    if addresses.is_empty() {
        addresses.push(jid.clone());
    }
    addresses
}

/// The same as texts; nothing if there is no other one than that which was named.
pub(super) fn several(memory: &Snapshot, jid: &BareJid) -> Vec<String> {
    let addresses = present(memory, jid);
    if addresses.as_slice() == std::slice::from_ref(jid) {
        return Vec::new();
    }
    addresses.iter().map(ToString::to_string).collect()
}

/// What is asked about a conversation by any address of the person is asked about the one there is.
pub(super) async fn at_home(desk: &Desk, mut request: Request) -> Result<Request, RequestError> {
    let jid = match &mut request {
        Request::Edit { message, .. }
        | Request::Retract { message, .. }
        | Request::React { message, .. } => &mut message.jid,
        Request::History { jid, .. }
        | Request::Configure { jid, .. }
        | Request::WriteTo { jid, .. }
        | Request::Read { jid }
        | Request::DeleteConversation { jid }
        | Request::FetchOlder { jid } => jid,
        Request::ExportHistory {
            with: Some(jid), ..
        } => jid,
        _ => return Ok(request),
    };
    *jid = home_of(desk, jid.clone()).await?;
    Ok(request)
}

/// The address that a message went to, or that the next one goes to.
pub(super) async fn address_of(
    desk: &Desk,
    home: &BareJid,
    place: Option<Position>,
) -> Result<BareJid, RequestError> {
    let store = desk.engine.store();
    let known = match place {
        Some(position) => tokio::task::block_in_place(|| store.messages(home, &[position]))?,
        None => Vec::new(),
    };
    if let Some(message) = known.first() {
        return Ok(message.address().clone());
    }
    let home = home.clone();
    let address = desk
        .engine
        .look_now(move |engine, now| match engine.ways(&home, now) {
            Some(ways) => ways.route.to,
            None => home,
        });
    Ok(address.await?)
}

/// Tells the addresses of somebody, after choosing the one that is written to.
pub(super) async fn write_to(
    desk: &Desk,
    conversation: BareJid,
    address: Option<ChosenAddress>,
    reports: &Reports,
) -> Result<(), RequestError> {
    if let Some(ChosenAddress(address)) = address {
        let conversation = conversation.clone();
        let command = Command::WriteTo {
            conversation,
            address,
        };
        desk.engine.command(command).await??;
    }
    let ways = desk
        .engine
        .look_now(move |engine, now| (engine.ways(&conversation, now), now));
    let (ways, now) = ways.await?;
    for address in ways.iter().flat_map(|ways| WayReport::all(ways, now)) {
        reports.send(Report::Way(Box::new(address))).await?;
    }
    Ok(())
}
