//! Version 2 of a message: before one person could have several addresses. Frozen; it is only read.

use onym_client_protocol::store::{Direction, Edit, Encryption, MessageId, Reactions, Reply};
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use super::Message;

/// A message.
#[derive(Serialize, Deserialize)]
pub(super) struct SecondMessage {
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
}

impl From<SecondMessage> for Message {
    fn from(second: SecondMessage) -> Self {
        Self {
            id: second.id,
            text: second.text,
            unstyled: second.unstyled,
            time: second.time,
            placed: second.placed,
            direction: second.direction,
            archive_id: second.archive_id,
            reply: second.reply,
            edit: second.edit,
            retracted: second.retracted,
            reactions: second.reactions,
            expires: second.expires,
            encryption: second.encryption,
            via: None,
            tried: Vec::new(),
        }
    }
}
