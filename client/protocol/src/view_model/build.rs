//! From the engine's state and a page of messages to what the window shows.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;

use super::words;
use super::{
    ConnectionView, ContactView, ConversationView, DirectionView, LastMessageView, LocalTime,
    MessageView, RequestView, TimeZone, TorView, ViewModel,
};
use crate::connection::ConnectionStatus;
use crate::conversation::Preview;
use crate::presence::Presences;
use crate::store::{Intent, MessageRecord, Position, Snapshot};

/// Messages of one side stand together if no more than this lies between them.
const GROUP_WITHIN: Duration = Duration::from_secs(5 * 60);

/// What a view model is made from.
#[derive(Clone, Copy)]
pub struct BuildInput<'a> {
    /// Our address.
    pub our_jid: &'a BareJid,
    /// What the engine remembers.
    pub memory: &'a Snapshot,
    /// Who is there.
    pub presences: &'a Presences,
    /// The connection to our server.
    pub connection: &'a ConnectionStatus,
    /// What Tor is doing.
    pub tor: Option<&'a TorView>,
    /// The open conversation.
    pub open: Option<OpenConversation<'a>>,
    /// The time.
    pub now: Timestamp,
    /// The user's time zone.
    pub zone: &'a dyn TimeZone,
}

/// The open conversation, as the runtime read it from the store.
#[derive(Debug, Clone, Copy)]
pub struct OpenConversation<'a> {
    /// The other side.
    pub jid: &'a BareJid,
    /// A run of messages, oldest first.
    pub messages: &'a [MessageRecord],
    /// The row of the first one of them.
    pub first_row: u64,
    /// How many messages the conversation has.
    pub total_rows: u64,
    /// The message before the run; nothing if the run begins with the first one.
    pub before: Option<&'a MessageRecord>,
    /// The row of `first_unread`.
    pub first_unread_row: Option<u64>,
    /// Whether there are older ones in the archive.
    pub has_older: bool,
    /// The oldest message that was not displayed when the conversation was opened, so that the
    /// "new" line stays where it is while the user reads.
    pub first_unread: Option<Position>,
}

/// Builds the view model.
pub fn build(input: &BuildInput<'_>) -> ViewModel {
    let state = input.connection.state();
    ViewModel {
        now: input.now,
        local_now: LocalTime::new(input.now, input.zone),
        connection: ConnectionView {
            state,
            words: input.connection.words(input.now),
            next_try: None,
            trouble: None,
            tor: input.tor.cloned(),
            can_retry: words::can_retry(state),
        },
        our_jid: input.our_jid.to_string(),
        contacts: contacts(input),
        conversation: input.open.map(|open| conversation(input, &open)),
        ..ViewModel::default()
    }
}

/// Requests first, then the newest conversation first, then the rest by name.
fn contacts(input: &BuildInput<'_>) -> Vec<ContactView> {
    let memory = input.memory;
    let mut jids: BTreeSet<&BareJid> = memory.contacts.keys().collect();
    jids.extend(memory.requests.keys());
    jids.extend(memory.conversations.keys());
    jids.extend(memory.intents.values().filter_map(|record| {
        matches!(record.intent, Intent::Add { .. } | Intent::Accept).then_some(&record.jid)
    }));
    jids.extend(input.open.map(|open| open.jid));
    let mut rows: Vec<ContactView> = jids.into_iter().map(|jid| contact(input, jid)).collect();
    rows.sort_by_cached_key(|row| {
        let newest = row.last_message.as_ref().map(|last| last.time);
        let asks = matches!(row.request, RequestView::Incoming { .. });
        (
            Reverse(asks),
            Reverse(newest),
            row.name.to_lowercase(),
            row.jid.clone(),
        )
    });
    rows
}

fn contact(input: &BuildInput<'_>, jid: &BareJid) -> ContactView {
    let memory = input.memory;
    let record = memory.contacts.get(jid);
    let mut name = record.and_then(|record| record.name.as_deref());
    let mut is_contact = record.is_some();
    let mut asked = record.is_some_and(|record| record.asked);
    // What the user decided shows at once, also while our server does not know of it.
    for intent in memory.intents.values().filter(|record| record.jid == *jid) {
        match &intent.intent {
            Intent::Add { name: given } => {
                is_contact = true;
                asked |= !record.is_some_and(|record| record.subscription.we_see_them());
                name = given.as_deref().or(name);
            }
            Intent::Accept => is_contact = true,
            Intent::Rename { name: given } => name = given.as_deref(),
            Intent::Remove => (is_contact, asked, name) = (false, false, None),
            Intent::Decline => {}
        }
    }
    let request = match memory.requests.get(jid) {
        Some(request) => RequestView::Incoming {
            text: request.text.as_deref().map(words::one_line),
        },
        None if asked => RequestView::Outgoing,
        None => RequestView::None,
    };
    let visible = input.connection.is_online()
        && record.is_some_and(|record| record.subscription.we_see_them());
    let conversation = memory.conversations.get(jid);
    ContactView {
        jid: jid.to_string(),
        name: words::display_name(jid, name),
        presence: words::presence(input.presences.best(jid), visible),
        unread: conversation.map_or(0, |conversation| conversation.unread()),
        last_message: conversation
            .and_then(|conversation| conversation.last())
            .map(|preview| last_message(input, preview)),
        request,
        is_contact,
        draft: conversation
            .and_then(|conversation| conversation.draft())
            .map(str::to_owned),
        is_ourselves: jid == input.our_jid,
        ..ContactView::default()
    }
}

fn last_message(input: &BuildInput<'_>, preview: &Preview) -> LastMessageView {
    let local = LocalTime::new(preview.time, input.zone);
    LastMessageView {
        preview: words::one_line(&preview.text),
        direction: match &preview.delivery {
            Some(_) => DirectionView::Outgoing,
            None => DirectionView::Incoming,
        },
        time: preview.time,
        local,
        time_words: words::short_time(local, LocalTime::new(input.now, input.zone)),
        delivery: preview.delivery.as_ref().map(words::delivery),
        is_retracted: false,
    }
}

fn conversation(input: &BuildInput<'_>, open: &OpenConversation<'_>) -> ConversationView {
    let contact = contact(input, open.jid);
    let mut previous = open.before;
    let mut messages = Vec::with_capacity(open.messages.len());
    for record in open.messages {
        messages.push(message(input, open, record, previous));
        previous = Some(record);
    }
    ConversationView {
        draft: contact.draft.clone().unwrap_or_default(),
        contact,
        messages: messages.into(),
        first_row: open.first_row,
        total_rows: open.total_rows,
        has_older: open.has_older,
        first_unread_row: open.first_unread_row,
        ..ConversationView::default()
    }
}

fn message(
    input: &BuildInput<'_>,
    open: &OpenConversation<'_>,
    record: &MessageRecord,
    previous: Option<&MessageRecord>,
) -> MessageView {
    let local = LocalTime::new(record.time, input.zone);
    let new_day = previous
        .is_none_or(|previous| LocalTime::new(previous.time, input.zone).date != local.date);
    let first_unread = open.first_unread.is_some_and(|first| {
        record.position >= first && previous.is_none_or(|previous| previous.position < first)
    });
    let close = previous.is_some_and(|previous| {
        previous.is_incoming() == record.is_incoming()
            && record.time.saturating_since(previous.time) <= GROUP_WITHIN
            && previous.time.saturating_since(record.time) <= GROUP_WITHIN
    });
    MessageView {
        id: record.id.to_string(),
        position: record.position.0,
        text: record.text.clone(),
        time: record.time,
        local,
        clock: local.clock(),
        day: new_day.then(|| words::day(local.date, LocalTime::new(input.now, input.zone).date)),
        starts_day: new_day,
        continues_group: close && !new_day && !first_unread,
        first_unread,
        direction: if record.is_incoming() {
            DirectionView::Incoming
        } else {
            DirectionView::Outgoing
        },
        delivery: record.delivery().map(words::delivery),
        ..MessageView::default()
    }
}
