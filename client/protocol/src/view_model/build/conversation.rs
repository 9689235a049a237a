//! The open conversation with its messages.

use std::time::Duration;

use jid::BareJid;

use super::BuildInput;
use crate::delivery::Delivery;
use crate::store::{EarlierText, Encryption, MessageRecord, Place, Reply};
use crate::view_model::words;
use crate::view_model::{
    ConversationSettingsView, ConversationView, DirectionView, EncryptionView, FindView, JumpView,
    LocalTime, MessageView, ReactionView, ReplyView,
};

/// Messages of one side stand together if no more than this lies between them.
const GROUP_WITHIN: Duration = Duration::from_secs(5 * 60);

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
    /// Whether there are older ones in the archive.
    pub has_older: bool,
    /// Whether they are being fetched.
    pub is_fetching_older: bool,
    /// The first message that was not displayed when the conversation was opened, so that the
    /// "new" line stays where it is while the user reads.
    pub first_unread: Option<Place>,
    /// Its row.
    pub first_unread_row: Option<u64>,
    /// Where the list shall go.
    pub jump: Option<JumpView>,
    /// What is searched in it.
    pub highlight: &'a str,
    /// How much of that was found.
    pub find: Option<FindView>,
}

impl<'a> OpenConversation<'a> {
    /// A conversation of which these are all messages.
    pub fn of(jid: &'a BareJid, messages: &'a [MessageRecord]) -> Self {
        Self {
            jid,
            messages,
            first_row: 0,
            total_rows: u64::try_from(messages.len()).unwrap_or(u64::MAX),
            before: None,
            has_older: false,
            is_fetching_older: false,
            first_unread: None,
            first_unread_row: None,
            jump: None,
            highlight: "",
            find: None,
        }
    }
}

pub(super) fn conversation(
    input: &BuildInput<'_>,
    open: &OpenConversation<'_>,
) -> ConversationView {
    let contact = super::contact(input, open.jid);
    let settings = input
        .memory
        .conversations
        .get(open.jid)
        .map(|conversation| conversation.settings().clone())
        .unwrap_or_default();
    let way = (input.ways)(open.jid).map(|ways| ways.route.to);
    let written_to = way.unwrap_or_else(|| open.jid.clone());
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
        is_fetching_older: open.is_fetching_older,
        first_unread_row: open.first_unread_row,
        typing: (input.typing)(open.jid),
        protection: super::protection::protection(input, open.jid, open.messages),
        person: super::person::summary(input.memory, &written_to),
        ways: super::ways::ways(input, open.jid),
        settings: ConversationSettingsView {
            disappear_after_secs: settings.disappear_after.map(|after| after.as_secs()),
        },
        jump: open.jump,
        highlight: open.highlight.to_owned(),
        find: open.find,
    }
}

fn message(
    input: &BuildInput<'_>,
    open: &OpenConversation<'_>,
    record: &MessageRecord,
    previous: Option<&MessageRecord>,
) -> MessageView {
    let zone = input.around.zone;
    let local = LocalTime::new(record.time, zone);
    let today = LocalTime::new(input.around.now, zone).date;
    let new_day =
        previous.is_none_or(|previous| LocalTime::new(previous.time, zone).date != local.date);
    let first_unread = open.first_unread.is_some_and(|first| {
        record.place() >= first && previous.is_none_or(|previous| previous.place() < first)
    });
    let close = previous.is_some_and(|previous| {
        previous.is_incoming() == record.is_incoming()
            && record.time.saturating_since(previous.time) <= GROUP_WITHIN
            && previous.time.saturating_since(record.time) <= GROUP_WITHIN
    });
    let is_retracted = record.retracted.is_some();
    let is_ours_and_there = !record.is_incoming() && !is_retracted;
    MessageView {
        id: record.id.to_string(),
        position: record.position.0,
        text: if is_retracted {
            String::new()
        } else {
            record.text.clone()
        },
        time: record.time,
        local,
        clock: local.clock(),
        day: new_day.then(|| words::day(local.date, today)),
        starts_day: new_day,
        continues_group: close && !new_day && !first_unread,
        first_unread,
        direction: if record.is_incoming() {
            DirectionView::Incoming
        } else {
            DirectionView::Outgoing
        },
        delivery: record
            .delivery()
            .map(|delivery| words::delivery(delivery, record.reached())),
        reply: record.reply.as_ref().map(reply),
        edited: record
            .edit
            .as_ref()
            .filter(|_| !is_retracted)
            .map(|edit| LocalTime::new(edit.time, zone)),
        earlier_texts: record
            .edit
            .as_ref()
            .filter(|_| !is_retracted)
            .map(|edit| edit.earlier.iter().map(earlier_text).collect())
            .unwrap_or_default(),
        is_retracted,
        reactions: if is_retracted {
            Vec::new()
        } else {
            reactions(record)
        },
        expires: record.expires,
        encryption: encryption(record),
        via: record.via.as_ref().map(ToString::to_string),
        is_from_former_address: record.is_from_former_home(),
        can_edit: is_ours_and_there,
        can_retract: is_ours_and_there,
    }
}

/// What protected a message. One that waits has no protection yet, and is not in the clear.
fn encryption(record: &MessageRecord) -> EncryptionView {
    match record.encryption {
        Encryption::None if record.delivery() == Some(&Delivery::Queued) => EncryptionView::Pending,
        Encryption::None => EncryptionView::None,
        Encryption::Omemo(mark) => EncryptionView::Omemo(mark),
        Encryption::Undecryptable(why) => EncryptionView::Undecryptable(why),
    }
}

fn earlier_text(earlier: &EarlierText) -> String {
    earlier.text.clone()
}

fn reply(reply: &Reply) -> ReplyView {
    ReplyView {
        position: reply.to.map(|position| position.0),
        by_us: reply.by_us,
        quote: words::one_line(&reply.quote),
    }
}

/// Ours first, then theirs that we do not have.
fn reactions(record: &MessageRecord) -> Vec<ReactionView> {
    let (ours, theirs) = (
        &record.reactions.ours.emojis,
        &record.reactions.theirs.emojis,
    );
    let ours_shown = ours.iter().map(|emoji| ReactionView {
        emoji: emoji.clone(),
        ours: true,
        theirs: theirs.contains(emoji),
    });
    let theirs_shown = theirs
        .iter()
        .filter(|emoji| !ours.contains(emoji))
        .map(|emoji| ReactionView {
            emoji: emoji.clone(),
            ours: false,
            theirs: true,
        });
    ours_shown.chain(theirs_shown).collect()
}
