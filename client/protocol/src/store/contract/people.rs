//! Records of every kind, for the suite.

use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;

use super::{invites, protection};
use crate::conversation::Conversation;
use crate::conversation::settings::Setting;
use crate::delivery::{Delivery, Failure, FailureReason};
use crate::store::{
    AccountRecord, Action, ArchiveMark, AvatarRecord, Change, ContactRecord, Direction,
    EarlierText, Edit, Intent, IntentRecord, MessageId, MessageRecord, PendingRecord, Place,
    Position, ProfileRecord, Reached, ReactionSet, Reply, RequestRecord, Snapshot, Subscription,
    TrustWordsRecord,
};

/// Whom the suite's records are about.
pub(super) struct People {
    pub(super) bob: BareJid,
    pub(super) carol: BareJid,
}

impl People {
    pub(super) fn new() -> Result<Self, jid::Error> {
        Ok(Self {
            bob: BareJid::new("bob@b.example")?,
            carol: BareJid::new("carol@c.example")?,
        })
    }

    /// One change of every kind that adds something, in an order that an engine could write.
    pub(super) fn changes(&self) -> Vec<Change> {
        let failure = Failure {
            why: FailureReason::Refused,
            text: Some("no".to_owned()),
        };
        let mut carols = conversation(&self.carol);
        carols.set_draft("Dear");
        let mut changes = vec![
            Change::ReplaceContacts(vec![
                contact(&self.bob, Some("Bob")),
                contact(&self.carol, None),
            ]),
            Change::SetRosterVersion(Some("v1".to_owned())),
            Change::PutContact(contact(&self.bob, Some("Bobby"))),
            Change::SetRosterVersion(Some("v2".to_owned())),
        ];
        changes.extend(self.messages_with_bob().into_iter().rev().map(put));
        changes.extend([
            put(outgoing(2, &self.carol, Delivery::Failed(failure))),
            put(incoming(3, &self.carol)),
            set_displayed(conversation(&self.bob), 1),
            Change::PutConversation(Box::new(carols)),
            Change::PutRequest(RequestRecord {
                jid: self.carol.clone(),
                time: Timestamp::from_unix_millis(7),
                text: Some("It is me".to_owned()),
            }),
            Change::PutIntent(IntentRecord {
                number: 3,
                jid: self.carol.clone(),
                intent: Intent::Add {
                    name: Some("Carol".to_owned()),
                },
            }),
            Change::PutAccount(Box::new(self.account())),
            Change::PutProfile(ProfileRecord {
                jid: self.bob.clone(),
                name: Some("Bob".to_owned()),
                avatar: Some(self.avatar().hash),
                fetched: Timestamp::from_unix_millis(9),
                last_seen: Some(Timestamp::from_unix_millis(10)),
            }),
            Change::PutAvatar(self.avatar()),
        ]);
        changes.extend(invites::changes(self));
        changes.extend(protection::changes(&self.bob));
        let actions = [
            Action::Correct {
                id: "id-0".to_owned(),
                text: "Better".to_owned(),
            },
            Action::Retract {
                id: "id-0".to_owned(),
            },
            Action::React {
                id: "their-1".to_owned(),
                emojis: vec!["👍".to_owned()],
            },
            Action::Displayed {
                id: "their-1".to_owned(),
            },
        ];
        changes.extend((0..).zip(actions).map(|(number, action)| {
            Change::PutPending(PendingRecord {
                number,
                id: MessageId::new(format!("pending-{number}")),
                conversation: self.bob.clone(),
                about: Position(0),
                time: Timestamp::from_unix_millis(8),
                action,
            })
        }));
        changes
    }

    /// Three messages, with everything that can be said about one.
    pub(super) fn messages_with_bob(&self) -> Vec<MessageRecord> {
        let mut rich = incoming(1, &self.bob);
        rich.archive_id = Some("archive-1".to_owned());
        rich.unstyled = true;
        rich.reply = Some(Reply {
            to_id: "id-0".to_owned(),
            to: Some(Position(0)),
            quote: "Text 0".to_owned(),
            by_us: true,
        });
        rich.edit = Some(Edit {
            time: Timestamp::from_unix_millis(5_000),
            placed: Timestamp::from_unix_millis(5_001),
            id: "edit-1".to_owned(),
            earlier: vec![EarlierText {
                placed: rich.placed,
                id: None,
                text: "Txet 1".to_owned(),
            }],
        });
        rich.reactions.ours = ReactionSet {
            emojis: vec!["👍".to_owned(), "🎉".to_owned()],
            placed: Some(Timestamp::from_unix_millis(6_000)),
        };
        rich.expires = Some(Timestamp::from_unix_millis(100_000));
        vec![
            outgoing(4, &self.bob, Delivery::Displayed),
            outgoing(0, &self.bob, Delivery::Queued),
            rich,
        ]
    }

    /// What undoes some of [`changes`](Self::changes).
    pub(super) fn removals(&self) -> Vec<Change> {
        vec![
            Change::RemoveMessage {
                conversation: self.carol.clone(),
                position: Position(2),
            },
            Change::PutConversation(Box::new(Conversation::new(self.carol.clone()))),
            Change::RemovePending(1),
            Change::RemoveContact(self.carol.clone()),
            Change::SetRosterVersion(None),
            Change::RemoveRequest(self.carol.clone()),
            Change::RemoveIntent(3),
            Change::PutAccount(Box::default()),
            Change::RemoveProfile(self.bob.clone()),
            Change::RemoveIdentity(self.bob.clone()),
            Change::RemoveIntroduction(self.bob.clone()),
            Change::PutTrustWords(Box::new(TrustWordsRecord::new(self.bob.clone()))),
            Change::RemoveAvatar(self.avatar().hash),
            Change::RemoveContactInvites(self.carol.clone()),
        ]
        .into_iter()
        .chain(invites::removal())
        .collect()
    }

    pub(super) fn avatar(&self) -> AvatarRecord {
        AvatarRecord {
            hash: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            media_type: "image/png".to_owned(),
            bytes: vec![0; 70_000],
        }
    }

    fn account(&self) -> AccountRecord {
        let mut account = AccountRecord {
            archive: Some(ArchiveMark {
                id: "archive-1".to_owned(),
                stamp: Timestamp::from_unix_millis(1_000),
            }),
            ..AccountRecord::default()
        };
        account.privacy.tell_typing = false;
        account.blocked.insert(self.carol.clone());
        account
    }
}

pub(super) fn applied(changes: &[Change]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    changes.iter().for_each(|change| snapshot.apply(change));
    snapshot
}

fn contact(jid: &BareJid, name: Option<&str>) -> ContactRecord {
    ContactRecord {
        jid: jid.clone(),
        name: name.map(str::to_owned),
        subscription: Subscription::Both,
        asked: false,
        approved: true,
        groups: vec!["Friends".to_owned()],
    }
}

pub(super) fn outgoing(number: u64, with: &BareJid, delivery: Delivery) -> MessageRecord {
    let mut reached = Reached::default();
    reached.note(&delivery, Timestamp::from_unix_millis(number));
    message(number, with, Direction::Outgoing { delivery, reached })
}

pub(super) fn incoming(number: u64, with: &BareJid) -> MessageRecord {
    let their_id = Some(format!("their-{number}"));
    message(number, with, Direction::incoming(their_id))
}

fn message(number: u64, with: &BareJid, direction: Direction) -> MessageRecord {
    MessageRecord::new(
        MessageId::new(format!("id-{number}")),
        Position(number),
        with.clone(),
        format!("Text {number} ✓"),
        Timestamp::from_unix_millis(number.saturating_mul(1_000)),
        direction,
    )
}

/// The message, placed at another moment.
pub(super) fn written_at(seconds: u64, mut message: MessageRecord) -> MessageRecord {
    message.placed = Timestamp::from_unix_millis(seconds.saturating_mul(1_000));
    message
}

pub(super) fn put(message: MessageRecord) -> Change {
    Change::PutMessage(Box::new(message))
}

/// A conversation with a message, and settings that are not the usual ones.
pub(super) fn conversation(with: &BareJid) -> Conversation {
    let mut conversation = Conversation::new(with.clone());
    conversation.put(&incoming(1, with), true);
    let after = Some(Duration::from_secs(60));
    let settings = conversation.settings_mut();
    settings.apply(Setting::Pinned(true));
    settings.apply(Setting::DisappearAfter(after));
    conversation.archive_mut().oldest = Some("archive-0".to_owned());
    conversation
}

pub(super) fn set_displayed(mut conversation: Conversation, number: u64) -> Change {
    conversation.set_displayed(Place {
        placed: Timestamp::from_unix_millis(number.saturating_mul(1_000)),
        position: Position(number),
    });
    Change::PutConversation(Box::new(conversation))
}
