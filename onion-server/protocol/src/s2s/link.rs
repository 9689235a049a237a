//! The state of our link to a peer: an enum of structs, one for each thing that can be waited for.

use onym_identity::Timestamp;

use crate::acknowledgement::Acknowledgement;
use crate::input::ConnectionId;
use crate::output::{AwayReason, LinkStatus};
use crate::starttls::Tls;

/// Our outgoing stream to a peer, or what stands in its place.
#[derive(Debug, Default)]
pub(crate) enum Link {
    /// Nothing is wanted of the peer.
    #[default]
    Idle,
    /// The last try failed.
    Waiting(Waiting),
    /// It is to be dialed as soon as fewer others are.
    Queued,
    /// The driver is connecting.
    Dialing,
    /// The connection stands; the peer's header and features are awaited.
    Opening(Opening),
    /// The stream is open. Nobody has asked for more than a verification so far.
    Open(Open),
    /// XEP-0220: our key has been sent; the peer is asking our own server about it.
    Proving(Open),
    /// XEP-0198: the peer has been asked to acknowledge.
    Enabling(Open),
    /// Stanzas flow.
    Online(Online),
}

#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) until: Timestamp,
    pub(crate) reason: AwayReason,
    pub(crate) why: String,
}

#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) connection: ConnectionId,
    pub(crate) deadline: Timestamp,
    /// The stream's id, from the peer's header.
    pub(crate) stream_id: Option<String>,
    /// How far TLS has come, which the peer may require.
    pub(crate) tls: Tls,
}

#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) connection: ConnectionId,
    pub(crate) deadline: Timestamp,
    pub(crate) stream_id: String,
    /// Whether the peer can acknowledge.
    pub(crate) manages: bool,
}

#[derive(Debug)]
pub(crate) struct Online {
    pub(crate) connection: ConnectionId,
    pub(crate) acknowledgement: Acknowledgement,
    pub(crate) since: Timestamp,
    /// When the peer last said anything.
    pub(crate) heard: Timestamp,
    /// When we asked whether it lives, if it has not answered.
    pub(crate) probed: Option<Timestamp>,
    /// When the link last carried a stanza.
    pub(crate) active: Timestamp,
}

impl Link {
    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        match self {
            Self::Idle | Self::Waiting(_) | Self::Queued | Self::Dialing => None,
            Self::Opening(opening) => Some(opening.connection),
            Self::Open(open) | Self::Proving(open) | Self::Enabling(open) => Some(open.connection),
            Self::Online(online) => Some(online.connection),
        }
    }

    /// When to look at the link again if nothing happens.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        use crate::limits::{LIVENESS_INTERVAL, LIVENESS_TIMEOUT};
        match self {
            Self::Idle | Self::Queued | Self::Dialing => None,
            Self::Waiting(waiting) => Some(waiting.until),
            Self::Opening(opening) => Some(opening.deadline),
            Self::Open(open) | Self::Proving(open) | Self::Enabling(open) => Some(open.deadline),
            Self::Online(online) => Some(match online.probed {
                Some(probed) => probed + LIVENESS_TIMEOUT,
                None => online.heard + LIVENESS_INTERVAL,
            }),
        }
    }

    /// As the owner sees it.
    pub(crate) fn status(&self) -> LinkStatus {
        match self {
            Self::Idle | Self::Open(_) => LinkStatus::Idle,
            Self::Waiting(waiting) => LinkStatus::Waiting {
                reason: waiting.reason,
                why: waiting.why.clone(),
                next_try: waiting.until,
            },
            Self::Queued | Self::Dialing | Self::Opening(_) => LinkStatus::Connecting,
            Self::Proving(_) | Self::Enabling(_) => LinkStatus::Proving,
            Self::Online(_) => LinkStatus::Online,
        }
    }
}
