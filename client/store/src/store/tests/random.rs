//! Random changes and queries over a small world.

use onym_client_protocol::conversation::Conversation;
use onym_client_protocol::delivery::{Delivery, Failure, FailureReason};
use onym_client_protocol::store::{
    AccountRecord, Action, ContactRecord, Direction, Intent, IntentRecord, MessageId,
    PendingRecord, ProfileRecord, RequestRecord, Subscription,
};
use onym_identity::Timestamp;

use super::*;

/// What happens to a store.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Commit(Vec<Change>),
    Reopen,
    Tidy,
    Search(SearchQuery, usize),
}

pub(super) fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(change(), 1..24).prop_map(Step::Commit),
        1 => Just(Step::Reopen),
        1 => Just(Step::Tidy),
        2 => (query(), 1..6_usize).prop_map(|(query, limit)| Step::Search(query, limit)),
    ]
}

pub(super) fn jid(number: u64) -> BareJid {
    BareJid::new(&format!("person{}@example.org", number % 3)).unwrap()
}

pub(super) fn people() -> impl Iterator<Item = BareJid> {
    (0..3).map(jid)
}

pub(super) fn positions() -> impl Iterator<Item = Position> {
    (0..90).map(Position)
}

/// A message never changes its conversation or its place, so both follow from its position.
pub(super) fn conversation_of(position: Position) -> BareJid {
    jid(position.0)
}

pub(super) fn place_of(position: Position) -> Place {
    // Some messages share a moment, some come out of order, as they do from an archive.
    let jump = if position.0.is_multiple_of(7) { 40 } else { 0 };
    Place {
        placed: Timestamp::from_unix_millis((position.0 / 2) * 1_000 + jump * 1_000),
        position,
    }
}

pub(super) fn remote_ids() -> impl Iterator<Item = RemoteId> {
    let ours = (0..90).map(|number| RemoteId::Ours(format!("id{number}")));
    let others = (0..12).map(|number| format!("id{number}"));
    ours.chain(others.flat_map(|id| [RemoteId::Theirs(id.clone()), RemoteId::Archive(id)]))
}

/// A message with a text. `variant` decides what else it is.
pub(super) fn put(position: Position, text: &str, variant: u64) -> Change {
    let place = place_of(position);
    let delivery = match variant % 7 {
        0 => Delivery::Queued,
        1 => Delivery::Sent,
        2 => Delivery::Displayed,
        3 => Delivery::Failed(Failure {
            why: FailureReason::Refused,
            text: None,
        }),
        _ => Delivery::Stored,
    };
    let direction = if variant.is_multiple_of(2) {
        Direction::Incoming {
            their_id: Some(format!("id{}", variant % 11)),
            stanza_id: (variant.is_multiple_of(3)).then(|| format!("id{}", variant % 5)),
            markable: true,
        }
    } else {
        Direction::Outgoing {
            delivery,
            reached: Default::default(),
        }
    };
    let mut message = MessageRecord::new(
        MessageId::new(format!("id{}", position.0)),
        position,
        conversation_of(position),
        text.to_owned(),
        place.placed,
        direction,
    );
    message.archive_id = variant
        .is_multiple_of(5)
        .then(|| format!("id{}", variant % 9));
    message.expires = variant
        .is_multiple_of(4)
        .then(|| Timestamp::from_unix_millis(variant * 10));
    Change::PutMessage(Box::new(message))
}

fn position() -> impl Strategy<Value = Position> {
    (0..90_u64).prop_map(Position)
}

fn text() -> impl Strategy<Value = String> {
    // Few words, some of which begin alike, in several scripts.
    let word = prop::sample::select(vec![
        "see",
        "you",
        "seen",
        "sea",
        "seal",
        "secret",
        "Café",
        "cafe",
        "caf",
        "日本語",
        "日本",
        "本",
        "語",
        "in",
        "I",
        "Straße",
        "strasse",
        "example.org",
        "👍",
        "ไทย",
    ]);
    prop::collection::vec(word, 0..7).prop_map(|words| words.join(" "))
}

pub(super) fn query() -> impl Strategy<Value = SearchQuery> {
    let part = prop::sample::select(vec![
        "see ",
        "se",
        "s",
        "sea",
        "you",
        "\"see you\"",
        "\"you se",
        "caf",
        "CAFÉ ",
        "日本",
        "日",
        "本",
        "日本語",
        "example.org",
        "from:me",
        "from:them",
        "in:0",
        "in:2",
        "in:9",
        "i",
        "👍",
        "nothing",
        "\"in i\"",
        "ไท",
    ]);
    prop::collection::vec(part, 0..4).prop_map(|parts| {
        SearchQuery::parse(&parts.join(" "), |name| {
            name.parse().ok().map(|number: u64| match number {
                9 => BareJid::new("stranger@example.org").unwrap(),
                number => jid(number),
            })
        })
    })
}

fn change() -> impl Strategy<Value = Change> {
    let conversation = || (0..3_u64).prop_map(jid);
    prop_oneof![
        40 => (position(), text(), any::<u16>())
            .prop_map(|(position, text, variant)| put(position, &text, u64::from(variant))),
        8 => position().prop_map(|position| Change::RemoveMessage {
            conversation: conversation_of(position),
            position,
        }),
        1 => (conversation(), prop::collection::vec(position(), 0..9))
            .prop_map(|(conversation, keep)| Change::ClearMessages { conversation, keep }),
        1 => conversation().prop_map(Change::RemoveConversation),
        5 => prop::sample::select(everything_else()),
    ]
}

/// Changes of every other kind, to things of which there are a few.
pub(super) fn everything_else() -> Vec<Change> {
    let mut all = vec![
        Change::SetRosterVersion(Some("v1".to_owned())),
        Change::SetRosterVersion(None),
        Change::ReplaceContacts(vec![contact(0, "A"), contact(1, "B")]),
        Change::ReplaceContacts(Vec::new()),
        Change::PutAccount(Box::new(AccountRecord {
            blocked: people().collect(),
            ..AccountRecord::default()
        })),
        Change::PutAccount(Box::default()),
    ];
    for number in 0..3_u64 {
        let jid = jid(number);
        let time = Timestamp::from_unix_millis(number);
        all.extend([
            Change::PutContact(contact(number, "C")),
            Change::RemoveContact(jid.clone()),
            Change::PutConversation(Box::new(conversation(&jid, "A draft"))),
            Change::PutConversation(Box::new(conversation(&jid, "Another draft"))),
            Change::PutConversation(Box::new(Conversation::new(jid.clone()))),
            Change::PutRequest(RequestRecord {
                jid: jid.clone(),
                time,
                text: None,
            }),
            Change::RemoveRequest(jid.clone()),
            Change::PutIntent(IntentRecord {
                number,
                jid: jid.clone(),
                intent: Intent::Accept,
            }),
            Change::RemoveIntent(number),
            Change::PutPending(PendingRecord {
                number,
                id: MessageId::new("a"),
                conversation: jid.clone(),
                about: Position(number),
                time,
                action: Action::Retract { id: "b".to_owned() },
            }),
            Change::RemovePending(number),
            Change::PutProfile(ProfileRecord {
                jid: jid.clone(),
                name: Some("P".to_owned()),
                avatar: None,
                fetched: time,
                last_seen: None,
            }),
            Change::RemoveProfile(jid),
            Change::PutAvatar(AvatarRecord {
                hash: format!("0{number}"),
                media_type: "image/png".to_owned(),
                bytes: vec![1, 2, 3],
            }),
            Change::RemoveAvatar(format!("0{number}")),
        ]);
    }
    all
}

fn contact(number: u64, name: &str) -> ContactRecord {
    ContactRecord {
        jid: jid(number),
        name: Some(name.to_owned()),
        subscription: Subscription::Both,
        asked: false,
        approved: false,
        groups: Vec::new(),
    }
}

/// A conversation with a draft; only the engine changes one otherwise.
fn conversation(jid: &BareJid, draft: &str) -> Conversation {
    let mut value = serde_json::to_value(Conversation::new(jid.clone())).unwrap();
    value["draft"] = draft.into();
    serde_json::from_value(value).unwrap()
}
