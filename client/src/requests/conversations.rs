//! Requests about conversations and the messages in them.

use std::path::PathBuf;
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_client_protocol::conversation::Conversation;
use onym_client_protocol::conversation::settings::{Muted, Setting};
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::event::Event;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{Direction, MessageRecord, Position, Store as _};

use super::addresses::{home_of, several};
use super::messages::{delivery_state, handed_over, within};
use super::{Desk, Reports, RequestError, protection};
use crate::args::{HistoryForm, MessageName, Until, Wait};
use crate::history::{self, Format};
use crate::report::{KeptMessage, Report};
use crate::request::Keeping;
use crate::time_zone::SystemZone;

/// Corrects a message, takes it back or reacts to it, and returns when the change has come as far
/// as was asked.
pub(super) async fn change(
    desk: &Desk,
    message: &MessageName,
    command: Command,
    until: Until,
    reports: &Reports,
) -> Result<(), RequestError> {
    let _attached = desk.engine.attach().await?;
    desk.engine.command(command).await??;
    // Whoever runs the endpoint for this change alone wants it to leave the machine.
    let wait = until.wait.unwrap_or(if desk.stays {
        Wait::Stored
    } else {
        Wait::HandedOver
    });
    let position = Position(message.number);
    let following = async {
        if wait >= Wait::Stored {
            stored(desk, position, &message.jid).await?;
        }
        if wait >= Wait::HandedOver {
            let about = read(desk, &message.jid, &[position])?.pop();
            let to = about.map_or_else(|| message.jid.clone(), |it| it.address().clone());
            handed_over(desk, &to).await?;
        }
        Ok(())
    };
    within(until, following).await?;
    for record in read(desk, &message.jid, &[position])? {
        let report = Report::Changed(Box::new(kept(&record)));
        reports.send(report).await?;
    }
    Ok(())
}

/// Waits until our endpoint has everything that we have to say about a message.
async fn stored(desk: &Desk, position: Position, jid: &BareJid) -> Result<(), RequestError> {
    let jid = jid.clone();
    let is_stored = move |engine: &Engine| {
        let mut pending = engine.memory().pending.values();
        !pending.any(|pending| pending.about == position && pending.conversation == jid)
    };
    Ok(desk.engine.until(is_stored).await?)
}

pub(super) async fn search(
    desk: &Desk,
    text: &str,
    limit: usize,
    reports: &Reports,
) -> Result<(), RequestError> {
    let mut query = SearchQuery::parse(&format!("{text} "), |name| BareJid::new(name).ok());
    if let Some(with) = query.conversation.take() {
        query.conversation = Some(home_of(desk, with).await?);
    }
    let store = desk.engine.store();
    let found = tokio::task::block_in_place(|| store.search(&query, limit, None))?;
    for hit in found.hits {
        for record in read(desk, &hit.conversation, &[hit.place.position])? {
            reports.send(Report::Kept(Box::new(kept(&record)))).await?;
        }
    }
    Ok(())
}

pub(super) async fn history(
    desk: &Desk,
    jid: &BareJid,
    limit: usize,
    before: Option<u64>,
    reports: &Reports,
) -> Result<(), RequestError> {
    let store = desk.engine.store();
    let page = tokio::task::block_in_place(|| {
        let before = match before {
            Some(number) => {
                let found = store.messages(jid, &[Position(number)])?.pop();
                Some(found.ok_or(RequestError::NoMessage(number))?.place())
            }
            None => None,
        };
        Ok::<_, RequestError>(store.page(jid, before, limit)?)
    })?;
    let hold = protection::hold_of(desk, jid).await?;
    for record in page {
        let mut kept = kept(&record);
        if record.delivery() == Some(&Delivery::Queued) {
            kept.hold.clone_from(&hold);
        }
        reports.send(Report::Kept(Box::new(kept))).await?;
    }
    Ok(())
}

pub(super) async fn list(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let rows = desk.engine.look_now(move |engine, now| {
        let memory = engine.memory();
        let conversations = memory.conversations.values();
        conversations
            // Of other addresses of a person only the place in the archive is kept.
            .filter(|conversation| engine.home_of(conversation.jid()) == *conversation.jid())
            .map(|conversation| {
                let report = report(engine, conversation, now);
                let newest = conversation.last().map(|last| last.time);
                ((conversation.unread() > 0, newest), report)
            })
            .collect::<Vec<_>>()
    });
    let mut rows = rows.await?;
    rows.sort_by(|(one, _), (other, _)| other.cmp(one));
    for (_, report) in rows {
        reports.send(report).await?;
    }
    Ok(())
}

fn report(engine: &Engine, conversation: &Conversation, now: onym_identity::Timestamp) -> Report {
    let settings = conversation.settings();
    let jid = conversation.jid();
    Report::Conversation {
        jid: jid.to_string(),
        name: engine.name_of(jid),
        addresses: several(engine.memory(), jid),
        unread: conversation.unread(),
        pinned: settings.is_pinned,
        archived: settings.is_archived,
        muted: settings.is_muted(now),
        disappear_after_seconds: settings.disappear_after.map(|after| after.as_secs()),
        draft: conversation.draft().map(str::to_owned),
        last: conversation.last().map(|last| last.text.clone()),
    }
}

pub(super) async fn configure(
    desk: &Desk,
    jid: BareJid,
    how: Keeping,
    reports: &Reports,
) -> Result<(), RequestError> {
    let now = desk.engine.look_now(|_, now| now).await?;
    let setting = match how {
        Keeping::Pinned(pinned) => Setting::Pinned(pinned),
        Keeping::Muted(None) => Setting::Muted(Muted::Always),
        Keeping::Muted(Some(minutes)) => {
            let wait = Duration::from_secs(minutes.saturating_mul(60));
            Setting::Muted(Muted::Until(now + wait))
        }
        Keeping::Unmuted => Setting::Muted(Muted::No),
        Keeping::Archived(archived) => Setting::Archived(archived),
        Keeping::Disappearing(seconds) => Setting::DisappearAfter(seconds.map(Duration::from_secs)),
    };
    let conversation = jid.clone();
    let command = Command::Configure {
        conversation,
        setting,
    };
    desk.engine.command(command).await??;
    let shown = desk.engine.look(move |engine| {
        let known = engine.memory().conversations.get(&jid)?;
        Some(report(engine, known, now))
    });
    if let Some(report) = shown.await? {
        reports.send(report).await?;
    }
    Ok(())
}

/// Marks all messages of a conversation as seen.
pub(super) async fn mark_read(desk: &Desk, conversation: BareJid) -> Result<(), RequestError> {
    let _attached = desk.engine.attach().await?;
    let asked = conversation.clone();
    let newest = desk.engine.look(move |engine| {
        let known = engine.memory().conversations.get(&asked)?;
        known.unread_places().last().copied()
    });
    if let Some(place) = newest.await? {
        let up_to = place.position;
        let command = Command::MarkDisplayed {
            conversation,
            up_to,
        };
        desk.engine.command(command).await??;
    }
    Ok(())
}

pub(super) async fn delete(desk: &Desk, conversation: BareJid) -> Result<(), RequestError> {
    let command = Command::DeleteConversation { conversation };
    desk.engine.command(command).await??;
    // Until nothing of it is left on the disk.
    while tokio::task::block_in_place(|| desk.engine.store().tidy())? {}
    Ok(())
}

/// Fetches a page of older messages from the archive.
pub(super) async fn fetch_older(desk: &Desk, conversation: BareJid) -> Result<(), RequestError> {
    let fetching = async {
        let _attached = desk.engine.attach().await?;
        // Offline there is no archive to ask.
        online(desk).await?;
        let asked = conversation.clone();
        let fetched = move |_: &Engine, event: Option<&Event>| match event? {
            Event::HistoryFetched { conversation, .. } => (*conversation == asked).then_some(()),
            _ => None,
        };
        let fetched = desk.engine.watch(fetched).await?;
        let command = Command::FetchOlder { conversation };
        desk.engine.command(command).await??;
        Ok(fetched.found().await?)
    };
    match tokio::time::timeout(ANSWER_LIMIT, fetching).await {
        Ok(outcome) => outcome,
        Err(_) => Err(RequestError::NoAnswer),
    }
}

/// How long the archive of our own endpoint may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Waits until the client is logged in.
pub(super) async fn online(desk: &Desk) -> Result<(), RequestError> {
    let is_online = |engine: &Engine| engine.connection().is_online();
    Ok(desk.engine.until(is_online).await?)
}

/// Writes the history in clear.
pub(super) async fn export(
    desk: &Desk,
    file: PathBuf,
    form: HistoryForm,
    with: Option<BareJid>,
    reports: &Reports,
) -> Result<(), RequestError> {
    let format = match form {
        HistoryForm::Text => Format::Text,
        HistoryForm::Html => Format::Html,
        HistoryForm::Json => Format::Json,
    };
    let store = desk.engine.store().clone();
    let shown = file.display().to_string();
    let writing = desk.works.run(move |tell| {
        history::write_file(&store, with.as_ref(), format, &SystemZone, &file, tell)
    });
    writing.await??;
    let file = shown;
    reports.send(Report::Written { file }).await
}

fn read(
    desk: &Desk,
    jid: &BareJid,
    positions: &[Position],
) -> Result<Vec<MessageRecord>, RequestError> {
    let store = desk.engine.store();
    Ok(tokio::task::block_in_place(|| {
        store.messages(jid, positions)
    })?)
}

/// A message, for a report.
pub(super) fn kept(message: &MessageRecord) -> KeptMessage {
    let is_retracted = message.retracted.is_some();
    let (state, why) = match message.delivery() {
        Some(delivery) => {
            let (state, why) = delivery_state(delivery);
            (Some(state.to_owned()), why)
        }
        None => (None, None),
    };
    KeptMessage {
        number: message.position.0,
        id: message.id.as_str().to_owned(),
        their_id: match &message.direction {
            Direction::Incoming { their_id, .. } => their_id.clone(),
            Direction::Outgoing { .. } => None,
        },
        with: message.conversation.to_string(),
        direction: match message.delivery() {
            Some(_) => "outgoing".to_owned(),
            None => "incoming".to_owned(),
        },
        text: if is_retracted {
            String::new()
        } else {
            message.text.clone()
        },
        written_at: message.time.to_string(),
        state,
        why,
        edited_at: message.edit.as_ref().map(|edit| edit.time.to_string()),
        retracted: is_retracted,
        reply_to: message
            .reply
            .as_ref()
            .and_then(|reply| reply.to)
            .map(|position| position.0),
        our_reactions: message.reactions.ours.emojis.clone(),
        their_reactions: message.reactions.theirs.emojis.clone(),
        disappears_at: message.expires.map(|time| time.to_string()),
        encryption: message.encryption.into(),
        via: message.via.as_ref().map(ToString::to_string),
        hold: None,
    }
}
