//! A message, without what its key says.

use jid::BareJid;
use onym_client_protocol::store::{
    Direction, Edit, Encryption, MessageId, MessageRecord, Position, Reactions, Reply,
};
use onym_identity::Timestamp;
use onym_records::versioned::{Versioned, from_postcard};
use onym_records::{RecordsError, Table};
use serde::{Deserialize, Serialize};

use super::Kept;
use super::first_message::FirstMessage;
use super::second_message::SecondMessage;
use crate::draft::Read;

/// A message. Its conversation's number and its position are its key. Its id and its text come
/// first, in this order: [`Message::read_text`] reads no farther.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(super) id: MessageId,
    pub(super) text: String,
    pub(super) unstyled: bool,
    pub(super) time: Timestamp,
    pub(super) placed: Timestamp,
    pub(super) direction: Direction,
    pub(super) archive_id: Option<String>,
    pub(super) reply: Option<Reply>,
    pub(super) edit: Option<Edit>,
    pub(super) retracted: Option<Timestamp>,
    pub(super) reactions: Reactions,
    pub(super) expires: Option<Timestamp>,
    pub(super) encryption: Encryption,
    pub(super) via: Option<BareJid>,
    pub(super) tried: Vec<BareJid>,
}

impl Message {
    pub(crate) fn new(record: MessageRecord) -> Self {
        let MessageRecord {
            id,
            position: _,
            conversation: _,
            text,
            unstyled,
            time,
            placed,
            direction,
            archive_id,
            reply,
            edit,
            retracted,
            reactions,
            expires,
            encryption,
            via,
            tried,
        } = record;
        Self {
            id,
            text,
            unstyled,
            time,
            placed,
            direction,
            archive_id,
            reply,
            edit,
            retracted,
            reactions,
            expires,
            encryption,
            via,
            tried,
        }
    }

    pub(crate) fn into_record(self, conversation: BareJid, position: Position) -> MessageRecord {
        MessageRecord {
            id: self.id,
            position,
            conversation,
            text: self.text,
            unstyled: self.unstyled,
            time: self.time,
            placed: self.placed,
            direction: self.direction,
            archive_id: self.archive_id,
            reply: self.reply,
            edit: self.edit,
            retracted: self.retracted,
            reactions: self.reactions,
            expires: self.expires,
            encryption: self.encryption,
            via: self.via,
            tried: self.tried,
        }
    }

    /// The text of a message alone, without reading what follows it: a search looks at many.
    pub(crate) fn read_text(
        from: &impl Read,
        conversation: u32,
        position: Position,
    ) -> Result<Option<String>, RecordsError> {
        let Some(stored) = from.get(Self::TABLE, &message_key(conversation, position))? else {
            return Ok(None);
        };
        match stored.split_first() {
            Some((version, bytes)) if *version == Self::VERSION => {
                let read = postcard::take_from_bytes::<(MessageId, String)>(bytes);
                let ((_, text), _) = read.map_err(|_| RecordsError::damaged(Self::TABLE))?;
                Ok(Some(text))
            }
            _ => Ok(Some(Self::decode(&stored)?.text)),
        }
    }
}

impl Versioned for Message {
    const VERSION: u8 = 3;

    fn from_older(version: u8, bytes: &[u8]) -> Option<Self> {
        match version {
            1 => from_postcard::<FirstMessage>(bytes).map(Self::from),
            2 => from_postcard::<SecondMessage>(bytes).map(Self::from),
            _ => None,
        }
    }
}

impl Kept for Message {
    const TABLE: Table = Table::new("messages");
}

/// The key of a message.
pub(crate) fn message_key(conversation: u32, position: Position) -> Vec<u8> {
    let mut key = conversation.to_be_bytes().to_vec();
    key.extend(position.0.to_be_bytes());
    key
}
