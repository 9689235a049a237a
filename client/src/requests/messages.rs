//! Requests about messages: send, listen.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{Encryption, MessageId, MessageRecord, Position, Store as _};
use onym_server::EndpointStatus;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Desk, Reports, RequestError};
use crate::args::{Until, Wait};
use crate::engine_task::{EngineHandle, connection_report};
use crate::report::{HoldReport, MarkReport, Report};
use crate::requests::{addresses, contacts, conversations, our_statement, protection};

/// Sends a message and waits until it has come as far as was asked.
pub(super) async fn send(
    desk: &Desk,
    to: BareJid,
    text: String,
    reply_to: Option<u64>,
    until: Until,
    reports: &Reports,
) -> Result<(), RequestError> {
    let to = addresses::home_of(desk, to).await?;
    let mut events = desk.engine.events();
    let _attached = desk.engine.attach().await?;
    let command = Command::SendMessage {
        to: to.clone(),
        text: text.clone(),
        reply: reply_to.map(Position),
    };
    let Some(id) = desk.engine.command(command).await?? else {
        return Ok(());
    };
    let sent = Report::Sent {
        id: id.as_str().to_owned(),
        to: to.to_string(),
        text,
    };
    reports.send(sent).await?;
    follow_until(desk, &mut events, &id, &to, until, reports).await
}

/// Sends a failed message again, and waits until it has come as far as was asked.
pub(super) async fn resend(
    desk: &Desk,
    id: &str,
    until: Until,
    reports: &Reports,
) -> Result<(), RequestError> {
    let mut events = desk.engine.events();
    let _attached = desk.engine.attach().await?;
    let id = MessageId::new(id);
    desk.engine
        .command(Command::Resend { id: id.clone() })
        .await??;
    let asked = id.clone();
    let to = desk.engine.look(move |engine| {
        let message = engine.memory().unsettled.get(&asked);
        message.map(|message| message.conversation.clone())
    });
    // Whatever is settled already has come as far as it can.
    match to.await? {
        Some(to) => follow_until(desk, &mut events, &id, &to, until, reports).await,
        None => Ok(()),
    }
}

async fn follow_until(
    desk: &Desk,
    events: &mut broadcast::Receiver<Event>,
    id: &MessageId,
    to: &BareJid,
    until: Until,
    reports: &Reports,
) -> Result<(), RequestError> {
    // Whoever runs the endpoint for this message alone wants it to leave the machine.
    let wait = until.wait.unwrap_or(if desk.stays {
        Wait::Stored
    } else {
        Wait::Delivered
    });
    let following = async {
        let place = follow(desk, events, id, to, wait, reports).await?;
        match wait {
            Wait::HandedOver => {
                let address = addresses::address_of(desk, to, place).await?;
                handed_over(desk, &address).await
            }
            _ => Ok(()),
        }
    };
    match within(until, following).await {
        Err(RequestError::TooLate(seconds)) => {
            let hold = protection::hold_of(desk, to).await?;
            Err(match hold {
                Some(hold) => RequestError::StillHeld(seconds, hold.words),
                None => RequestError::TooLate(seconds),
            })
        }
        outcome => outcome,
    }
}

/// Gives up after the time that was asked for.
pub(super) async fn within(
    until: Until,
    following: impl Future<Output = Result<(), RequestError>>,
) -> Result<(), RequestError> {
    let limit = Duration::from_secs(until.timeout_seconds);
    match tokio::time::timeout(limit, following).await {
        Ok(outcome) => outcome,
        Err(_) => Err(RequestError::TooLate(until.timeout_seconds)),
    }
}

/// Waits until our endpoint, which has stored it, has handed everything for somebody to theirs.
pub(super) async fn handed_over(desk: &Desk, to: &BareJid) -> Result<(), RequestError> {
    let domain = onym_server::domain_of(to);
    let mut status = desk.endpoint.status();
    let is_empty = |status: &EndpointStatus| {
        let peer = status.peers.get(&domain);
        peer.is_none_or(|peer| peer.queued == 0)
    };
    match status.wait_for(is_empty).await {
        Ok(_) => Ok(()),
        Err(_) => Err(crate::engine_task::Stopped.into()),
    }
}

/// Tells how far a message comes, until it is far enough. Its number, if that was heard.
async fn follow(
    desk: &Desk,
    events: &mut broadcast::Receiver<Event>,
    id: &MessageId,
    to: &BareJid,
    wait: Wait,
    reports: &Reports,
) -> Result<Option<Position>, RequestError> {
    let mut reached = Delivery::Queued;
    let mut held = None;
    let mut place = None;
    loop {
        if has_come_far_enough(&reached, wait)? {
            return Ok(place);
        }
        let next = match events.recv().await {
            Ok(Event::DeliveryChanged {
                id: changed,
                position,
                delivery,
                ..
            }) if changed == *id => {
                place = Some(position);
                delivery
            }
            Ok(Event::ProtectionChanged { .. }) if reached == Delivery::Queued => {
                let hold = protection::hold_of(desk, to).await?;
                if hold != held {
                    held.clone_from(&hold);
                    tell_held(id, to, hold, reports).await?;
                }
                continue;
            }
            Ok(_) => continue,
            Err(RecvError::Lagged(_)) => {
                // Its news was among those that were missed: the record says where it is.
                let known = unsettled(&desk.engine, id).await?;
                let known = known.and_then(|message| message.delivery().cloned());
                known.unwrap_or(Delivery::Delivered)
            }
            Err(RecvError::Closed) => return Err(crate::engine_task::Stopped.into()),
        };
        if next != reached {
            reached = next;
            let mark = mark_of(desk, id, to, place).await?;
            let report = delivery_report(id, to, &reached, mark);
            reports.send(report).await?;
        }
    }
}

/// Says why a message waits. That it no longer does is said by how far it comes.
async fn tell_held(
    id: &MessageId,
    to: &BareJid,
    hold: Option<HoldReport>,
    reports: &Reports,
) -> Result<(), RequestError> {
    let Some(hold) = hold else { return Ok(()) };
    let report = Report::Held {
        id: id.as_str().to_owned(),
        with: to.to_string(),
        hold,
    };
    reports.send(report).await
}

async fn unsettled(
    engine: &EngineHandle,
    id: &MessageId,
) -> Result<Option<MessageRecord>, RequestError> {
    let id = id.clone();
    let known = engine.look(move |engine| engine.memory().unsettled.get(&id).cloned());
    Ok(known.await?)
}

/// What protects a message, wherever it is kept.
async fn mark_of(
    desk: &Desk,
    id: &MessageId,
    with: &BareJid,
    position: Option<Position>,
) -> Result<Option<Encryption>, RequestError> {
    if let Some(message) = unsettled(&desk.engine, id).await? {
        return Ok(Some(message.encryption));
    }
    let Some(position) = position else {
        return Ok(None);
    };
    let store = desk.engine.store();
    let found = tokio::task::block_in_place(|| store.messages(with, &[position]))?;
    Ok(found.first().map(|message| message.encryption))
}

fn has_come_far_enough(reached: &Delivery, wait: Wait) -> Result<bool, RequestError> {
    let rank = match reached {
        Delivery::Queued => 0,
        Delivery::Sent => 1,
        Delivery::Stored => 2,
        Delivery::Delivered | Delivery::Displayed => 3,
        Delivery::Failed(failure) => {
            return Err(RequestError::NotDelivered(failure.why.words().to_owned()));
        }
    };
    Ok(rank
        >= match wait {
            Wait::Queued => 0,
            Wait::Stored | Wait::HandedOver => 2,
            Wait::Delivered => 3,
        })
}

/// Tells of everything until the asker goes. A message counts as displayed once it was handed to
/// the asker.
pub(super) async fn listen(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let mut events = desk.engine.events();
    let mut told = Told::default();
    let _attached = desk.engine.attach().await?;
    let mut shown = Shown::default();
    // Whoever comes while the engine is logged in already hears of no change.
    told.send(connection(desk).await?, reports).await?;
    shown.show_missed(desk, reports).await?;
    for report in contacts::requests(desk).await? {
        reports.send(report).await?;
    }
    for warning in our_statement::warnings(desk).await? {
        reports.send(warning).await?;
    }
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = reports.closed() => return Err(RequestError::Gone),
        };
        match event {
            Ok(Event::MessageAdded(message)) if message.is_incoming() => {
                shown.show(desk, &message, reports).await?;
            }
            Ok(Event::MessageAdded(message)) => {
                reports.send(sent_report(&message)).await?;
            }
            Ok(Event::MessageChanged(message)) => {
                let changed = Report::Changed(Box::new(conversations::kept(&message)));
                reports.send(changed).await?;
            }
            Ok(Event::DeliveryChanged {
                conversation,
                id,
                position,
                delivery,
            }) => {
                let mark = mark_of(desk, &id, &conversation, Some(position)).await?;
                let report = delivery_report(&id, &conversation, &delivery, mark);
                reports.send(report).await?;
            }
            Ok(Event::ProtectionChanged { jid }) => {
                let report = protection::encryption_of(desk, Some(jid)).await?;
                told.send(report, reports).await?;
            }
            Ok(Event::ConnectionChanged) => {
                told.send(connection(desk).await?, reports).await?;
            }
            Ok(event) => {
                if let Some(report) = our_statement::news(desk, &event).await? {
                    reports.send(report).await?;
                } else if let Some(report) = contacts::news(desk, &event).await? {
                    told.send(report, reports).await?;
                }
            }
            Err(RecvError::Lagged(_)) => shown.show_missed(desk, reports).await?,
            Err(RecvError::Closed) => return Err(crate::engine_task::Stopped.into()),
        }
    }
}

/// The present state of the stream to the endpoint.
async fn connection(desk: &Desk) -> Result<Report, RequestError> {
    let look = |engine: &Engine, now| connection_report(&engine.connection(), now);
    Ok(desk.engine.look_now(look).await?)
}

/// What was told last of the connection and of each contact: an event only says that something
/// may have changed.
#[derive(Default)]
struct Told(BTreeMap<String, Report>);

impl Told {
    async fn send(&mut self, report: Report, reports: &Reports) -> Result<(), RequestError> {
        let about = match &report {
            Report::Connection { .. } => String::new(),
            Report::Contact(it) => format!("contact {}", it.jid),
            Report::Presence { jid, .. } => format!("presence {jid}"),
            Report::Encryption(report) => {
                format!("encryption {}", report.jid.as_deref().unwrap_or_default())
            }
            _ => return reports.send(report).await,
        };
        if self.0.get(&about) == Some(&report) {
            return Ok(());
        }
        self.0.insert(about, report.clone());
        reports.send(report).await
    }
}

/// How far each conversation was shown to this asker. A message that comes while the missed ones
/// are looked up is among them and is an event too.
#[derive(Default)]
struct Shown(BTreeMap<BareJid, Position>);

impl Shown {
    async fn show_missed(&mut self, desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
        let missed = tokio::task::block_in_place(|| desk.engine.undisplayed())?;
        for message in missed {
            self.show(desk, &message, reports).await?;
        }
        Ok(())
    }

    async fn show(
        &mut self,
        desk: &Desk,
        message: &MessageRecord,
        reports: &Reports,
    ) -> Result<(), RequestError> {
        let shown = self.0.get(&message.conversation);
        if shown.is_some_and(|shown| message.position <= *shown) {
            return Ok(());
        }
        let (conversation, up_to) = (message.conversation.clone(), message.position);
        self.0.insert(conversation.clone(), up_to);
        reports
            .deliver(Report::Message {
                id: message.id.as_str().to_owned(),
                from: message.address().to_string(),
                conversation: message.via.as_ref().map(|_| conversation.to_string()),
                text: message.text.clone(),
                sent_at: message.time.to_string(),
                encryption: message.encryption.into(),
            })
            .await?;
        let displayed = Command::MarkDisplayed {
            conversation,
            up_to,
        };
        desk.engine.command(displayed).await??;
        Ok(())
    }
}

fn sent_report(message: &MessageRecord) -> Report {
    Report::Sent {
        id: message.id.as_str().to_owned(),
        to: message.conversation.to_string(),
        text: message.text.clone(),
    }
}

/// The word for a state, and why it is one of failure.
pub(super) fn delivery_state(delivery: &Delivery) -> (&'static str, Option<String>) {
    match delivery {
        Delivery::Queued => ("queued", None),
        Delivery::Sent => ("sent", None),
        Delivery::Stored => ("stored", None),
        Delivery::Delivered => ("delivered", None),
        Delivery::Displayed => ("displayed", None),
        Delivery::Failed(failure) => ("failed", Some(failure.why.words().to_owned())),
    }
}

fn delivery_report(
    id: &MessageId,
    with: &BareJid,
    delivery: &Delivery,
    mark: Option<Encryption>,
) -> Report {
    let (state, why) = delivery_state(delivery);
    // Before it has left, nothing protects it.
    let mark = mark.filter(|_| !matches!(delivery, Delivery::Queued | Delivery::Failed(_)));
    Report::Delivery {
        id: id.as_str().to_owned(),
        with: with.to_string(),
        state: state.to_owned(),
        why,
        encryption: mark.map(MarkReport::from),
    }
}
