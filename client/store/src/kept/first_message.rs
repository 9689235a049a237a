//! Version 1 of a message: before archives, corrections, answers and reactions. Frozen; it is only
//! read.

use onym_client_protocol::delivery::{Delivery, Failure, FailureReason};
use onym_client_protocol::store::{Direction, Encryption, MessageId, Reached, Reactions};
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use super::Message;

/// A message.
#[derive(Serialize, Deserialize)]
pub(super) struct FirstMessage {
    pub(super) id: String,
    pub(super) position: u64,
    pub(super) conversation: String,
    pub(super) text: String,
    pub(super) time: u64,
    pub(super) direction: FirstDirection,
}

/// Who wrote it.
#[derive(Serialize, Deserialize)]
pub(super) enum FirstDirection {
    Incoming { their_id: Option<String> },
    Outgoing { delivery: FirstDelivery },
}

/// How far it had come.
#[derive(Serialize, Deserialize)]
pub(super) enum FirstDelivery {
    Queued,
    Sent,
    Stored,
    Delivered,
    Failed(FirstFailure),
}

/// Why it came back. The words of the other side are read over.
#[derive(Serialize, Deserialize)]
pub(super) struct FirstFailure {
    pub(super) why: FirstReason,
    pub(super) text: Option<String>,
}

/// The cause.
#[derive(Serialize, Deserialize)]
pub(super) enum FirstReason {
    ServerNotFound,
    ServerTimeout,
    NobodyThere,
    Refused,
    NotAccepted,
    ServerFull,
    Moved,
    Other,
}

impl From<FirstMessage> for Message {
    fn from(first: FirstMessage) -> Self {
        let time = Timestamp::from_unix_millis(first.time);
        Self {
            id: MessageId::new(first.id),
            text: first.text,
            unstyled: false,
            time,
            // What was not kept then: messages stood in the order of their positions. The time
            // at which they were written comes closest.
            placed: time,
            direction: first.direction.into(),
            archive_id: None,
            reply: None,
            edit: None,
            retracted: None,
            reactions: Reactions::default(),
            expires: None,
            encryption: Encryption::None,
            via: None,
            tried: Vec::new(),
        }
    }
}

impl From<FirstDirection> for Direction {
    fn from(first: FirstDirection) -> Self {
        match first {
            FirstDirection::Incoming { their_id } => Self::incoming(their_id),
            FirstDirection::Outgoing { delivery } => Self::Outgoing {
                delivery: delivery.into(),
                reached: Reached::default(),
            },
        }
    }
}

impl From<FirstDelivery> for Delivery {
    fn from(first: FirstDelivery) -> Self {
        match first {
            FirstDelivery::Queued => Self::Queued,
            FirstDelivery::Sent => Self::Sent,
            FirstDelivery::Stored => Self::Stored,
            FirstDelivery::Delivered => Self::Delivered,
            FirstDelivery::Failed(FirstFailure { why, text }) => Self::Failed(Failure {
                why: why.into(),
                text,
            }),
        }
    }
}

impl From<FirstReason> for FailureReason {
    fn from(first: FirstReason) -> Self {
        match first {
            FirstReason::ServerNotFound => Self::ServerNotFound,
            FirstReason::ServerTimeout => Self::ServerTimeout,
            FirstReason::NobodyThere => Self::NobodyThere,
            FirstReason::Refused => Self::Refused,
            FirstReason::NotAccepted => Self::NotAccepted,
            FirstReason::ServerFull => Self::ServerFull,
            FirstReason::Moved => Self::Moved,
            FirstReason::Other => Self::Other,
        }
    }
}
