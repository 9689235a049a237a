//! Which of our stanzas the server has, and which of its stanzas we have (XEP-0198).

use std::collections::VecDeque;

use jid::BareJid;
use minidom::Element;
use onym_stream::stream_management::{self, Inbound, Outbound, TooHigh};

use super::resumption::Resumable;
use crate::store::{MessageId, UntoldWord};

/// What must happen when the server has a stanza of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// A message of ours is stored; `attempt` tells it from an earlier try in the same session.
    Message { id: MessageId, attempt: u64 },
    /// An intent is carried out.
    Intent(u64),
    /// What we said about a message is stored; the id tells it from a later one with its number.
    Action { number: u64, id: MessageId },
    /// Devices of an account were told this about keys.
    TrustWords { to: BareJid, words: Vec<UntoldWord> },
    /// Nothing.
    Other,
}

/// How we learn what the server has.
pub(super) enum Acknowledgement {
    /// By the counters of XEP-0198.
    Counted {
        inbound: Inbound,
        outbound: Outbound<Kept>,
        resumable: Option<Resumable>,
    },
    /// A server without stream management handles our stanzas in order all the same (RFC 6120,
    /// section 10.1): once it answers a ping, it has everything that was sent before.
    ByPing {
        sent: VecDeque<Sent>,
        pings: VecDeque<Ping>,
    },
}

/// A stanza that the server has not acknowledged.
pub(super) struct Kept {
    item: Sent,
    /// Its bytes, if the stream can be taken up again and they may have to be sent once more.
    bytes: Box<[u8]>,
}

/// What the server answered to the wish for stream management.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Management {
    /// It has none.
    None,
    /// It counts stanzas, and may keep the stream for us.
    Counted(Option<Resumable>),
}

pub(super) struct Ping {
    id: String,
    /// How many of the stanzas in `sent` went out before it, beyond those before earlier pings.
    covers: usize,
}

impl Acknowledgement {
    pub(super) fn new(management: Management) -> Self {
        match management {
            Management::Counted(resumable) => Self::Counted {
                inbound: Inbound::new(),
                outbound: Outbound::new(),
                resumable,
            },
            Management::None => Self::ByPing {
                sent: VecDeque::new(),
                pings: VecDeque::new(),
            },
        }
    }

    /// A stanza of ours goes out as these bytes.
    pub(super) fn sent(&mut self, item: Sent, bytes: &[u8]) {
        match self {
            Self::Counted {
                outbound,
                resumable,
                ..
            } => {
                let bytes = resumable.as_ref().map_or(Box::default(), |_| bytes.into());
                outbound.sent(Kept { item, bytes });
            }
            Self::ByPing { sent, .. } => sent.push_back(item),
        }
    }

    /// What the server promised about taking the stream up again.
    pub(super) fn resumable(&self) -> Option<&Resumable> {
        match self {
            Self::Counted { resumable, .. } => resumable.as_ref(),
            Self::ByPing { .. } => None,
        }
    }

    /// How many stanzas of the server we have handled, if they are counted.
    pub(super) fn handled(&self) -> Option<u32> {
        match self {
            Self::Counted { inbound, .. } => Some(inbound.h()),
            Self::ByPing { .. } => None,
        }
    }

    /// What the server has not acknowledged, as bytes to send once more.
    pub(super) fn unacknowledged_bytes(&self) -> Vec<u8> {
        match self {
            Self::Counted { outbound, .. } => outbound
                .unacknowledged()
                .flat_map(|kept| kept.bytes.iter().copied())
                .collect(),
            Self::ByPing { .. } => Vec::new(),
        }
    }

    /// A stanza of the server is handled.
    pub(super) fn received(&mut self) {
        if let Self::Counted { inbound, .. } = self {
            inbound.handled();
        }
    }

    /// Tells the server what we have.
    pub(super) fn answer(&self) -> Option<Element> {
        match self {
            Self::Counted { inbound, .. } => Some(stream_management::answer(*inbound)),
            Self::ByPing { .. } => None,
        }
    }

    /// Asks what the server has; `id` is for a ping if one is needed. Nothing if it has all.
    pub(super) fn request(&mut self, id: impl FnOnce() -> String) -> Option<Element> {
        match self {
            Self::Counted { outbound, .. } if outbound.is_empty() => None,
            Self::Counted { .. } => Some(stream_management::request()),
            Self::ByPing { sent, pings } => {
                let covered: usize = pings.iter().map(|ping| ping.covers).sum();
                let covers = sent.len().saturating_sub(covered);
                if covers == 0 {
                    return None;
                }
                let id = id();
                let ping = super::queries::ping(&id);
                pings.push_back(Ping { id, covers });
                Some(ping)
            }
        }
    }

    /// `<a/>` came: gives back what the server has now.
    pub(super) fn acknowledged(&mut self, h: u32) -> Result<Vec<Sent>, TooHigh> {
        match self {
            Self::Counted { outbound, .. } => {
                let kept = outbound.acknowledged(h)?;
                Ok(kept.into_iter().map(|kept| kept.item).collect())
            }
            Self::ByPing { .. } => Ok(Vec::new()),
        }
    }

    /// An iq was answered: gives back what the server has now, if the iq was a ping of ours.
    pub(super) fn answered(&mut self, iq_id: &str) -> Vec<Sent> {
        let Self::ByPing { sent, pings } = self else {
            return Vec::new();
        };
        let Some(index) = pings.iter().position(|ping| ping.id == iq_id) else {
            return Vec::new();
        };
        let covered = pings.drain(..=index).map(|ping| ping.covers).sum();
        sent.drain(..sent.len().min(covered)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_acknowledges_what_was_sent_before_the_ping() {
        let mut ack = Acknowledgement::new(Management::None);
        let request = |ack: &mut Acknowledgement, id: &str| ack.request(|| id.to_owned());
        assert_eq!(request(&mut ack, "p0"), None);
        ack.sent(Sent::Intent(1), b"");
        ack.sent(Sent::Intent(2), b"");
        assert!(request(&mut ack, "p1").is_some());
        assert_eq!(request(&mut ack, "p2"), None);
        ack.sent(Sent::Intent(3), b"");
        assert!(request(&mut ack, "p3").is_some());
        ack.sent(Sent::Intent(4), b"");
        assert_eq!(ack.answered("p2"), []);
        assert_eq!(ack.answered("p1"), [Sent::Intent(1), Sent::Intent(2)]);
        assert!(request(&mut ack, "p4").is_some());
        // The answer to a later ping covers the earlier ones too.
        assert_eq!(ack.answered("p4"), [Sent::Intent(3), Sent::Intent(4)]);
        assert_eq!(ack.answered("p3"), []);
    }
}
