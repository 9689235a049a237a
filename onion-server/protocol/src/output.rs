//! What the server wants done: the outputs of [`Server::poll`](crate::Server::poll).

use jid::BareJid;
use serde::Serialize;

use crate::archive::ArchiveQuery;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::store::Change;
use onym_identity::Timestamp;

/// An effect. The driver carries effects out in the order in which they are polled.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Write `changes` durably, all or none; only then carry out `then`. If the write fails,
    /// nothing of `then` may happen.
    Commit {
        /// The records to write.
        changes: Vec<Change>,
        /// What may be done once they are on disk: acknowledgements among other things.
        then: Vec<Effect>,
    },
    /// An effect that needs nothing to be on disk first.
    Do(Effect),
}

/// What a driver does for the machine.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Send bytes on a connection.
    Send {
        /// The connection.
        connection: ConnectionId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Take no more bytes from a connection as they come, and negotiate TLS after all that was sent
    /// before; then answer with `Secured`, or with `TlsFailed`.
    StartTls {
        /// The connection.
        connection: ConnectionId,
        /// Who begins.
        side: TlsSide,
    },
    /// Close a connection once everything sent so far has been written.
    Close {
        /// The connection.
        connection: ConnectionId,
    },
    /// Connect to the server port of a domain, then answer with `Dialed` or `DialFailed`, always.
    /// A stranger may have named the domain: it is only to be reached through Tor, and need not
    /// be one that can exist.
    Dial {
        /// The domain.
        domain: Domain,
    },
    /// Tell the owner how a peer is reached.
    Peer {
        /// The peer's domain.
        domain: Domain,
        /// Its state.
        status: PeerStatus,
    },
    /// Read an account's archive, then answer with `ArchiveRead`, always.
    ReadArchive {
        /// Whose archive.
        account: BareJid,
        /// Given back with the answer.
        ticket: u64,
        /// What is asked of it.
        query: ArchiveQuery,
    },
    /// Tell the owner that something happened which a log should show.
    Note(Note),
}

/// Our side of a handshake.
#[derive(Debug, PartialEq)]
pub enum TlsSide {
    /// The other side has asked, and begins when it has read `proceed`.
    Accepting {
        /// The last bytes in the clear.
        proceed: Vec<u8>,
    },
    /// The other side has agreed, and we begin. Whose certificate it shows proves nothing here: its
    /// address does, and dialback.
    Connecting {
        /// Whom we have reached.
        domain: Domain,
    },
}

/// How a peer's endpoint is reached, for the owner to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerStatus {
    /// The state of our link to it.
    pub link: LinkStatus,
    /// Messages that wait for it on our disk.
    pub queued: usize,
    /// When it last was reached.
    pub last_reached: Option<Timestamp>,
    /// When a connection to it was last tried, since the start.
    pub last_try: Option<Timestamp>,
}

/// The state of our link to a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LinkStatus {
    /// Nothing is wanted of it.
    Idle,
    /// The last try failed; the next one comes at `next_try`.
    Waiting {
        /// Why the last try failed, in groups.
        reason: AwayReason,
        /// Why the last try failed, in words.
        why: String,
        /// When it is tried again.
        next_try: Timestamp,
    },
    /// A connection is being made.
    Connecting,
    /// The connection stands; the peer is proving who we are.
    Proving,
    /// Stanzas flow and are acknowledged.
    Online,
}

/// Why a peer is not reached, in groups that an owner can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AwayReason {
    /// Our own Tor is not ready, or there is no network.
    OurSide,
    /// Nobody has published the address lately, or the name does not exist.
    NotFound,
    /// The address is known, and nobody answers there.
    NoAnswer,
    /// It did not answer in time.
    Timeout,
    /// It wants no connection.
    Refused,
    /// It cannot be an address.
    InvalidAddress,
    /// There was a connection, and it ended.
    Ended,
    /// Anything else.
    Other,
}

/// Something worth a line in the log, without any content of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Note {
    /// A client logged in.
    LoggedIn {
        /// The account.
        account: String,
        /// The resource it was given.
        resource: String,
        /// The device whose password it used; none for the owner's own pipe.
        device: Option<String>,
    },
    /// A client gave a wrong password, or a mechanism that is not offered.
    LoginRefused {
        /// The SASL condition that it was told.
        condition: String,
    },
    /// Another server proved that it speaks for a domain.
    DomainProven {
        /// The domain.
        domain: String,
    },
    /// Another server could not prove that it speaks for a domain.
    DomainRefused {
        /// The domain that it claimed.
        domain: String,
        /// Why it was not believed.
        why: String,
    },
    /// A stream was ended for a fault of the other side.
    StreamError {
        /// The RFC 6120 condition.
        condition: String,
        /// Details in words.
        text: String,
    },
    /// TLS was to begin on a connection and did not come about.
    TlsFailed {
        /// The domain that we had connected to; none if the other side had connected to us.
        domain: Option<String>,
        /// Why, in words.
        why: String,
    },
    /// A message could not be delivered in time; its sender was told.
    Expired {
        /// The domain that could not be reached.
        domain: String,
    },
}
