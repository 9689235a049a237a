//! What happens to the server: the inputs of [`Server::handle`](crate::Server::handle).

use jid::BareJid;

use crate::archive::ArchiveAnswer;
use crate::domain::Domain;
use crate::output::AwayReason;

/// One connection (bytes), as the driver numbers it. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Where an accepted connection came from. It decides which rules apply before anybody has said
/// a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The pipe inside the owner's own process. Whoever holds its other end *is* `account`, so
    /// SASL EXTERNAL is offered.
    OwnerPipe {
        /// The account that the pipe speaks for.
        account: BareJid,
    },
    /// A client on the loopback interface.
    Loopback,
    /// A client that came through the onion service, port 5222.
    OnionClient,
    /// A server that came through the onion service, port 5269.
    OnionServer,
}

/// Why a connection to another server could not be made, as the driver saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialFailure {
    /// What is wrong, in groups. If it is our own side, the peer's back-off does not grow.
    pub reason: AwayReason,
    /// For the owner, in words.
    pub why: String,
}

/// Something that happened outside the machine.
#[derive(Debug)]
pub enum Input {
    /// A connection was accepted.
    Accepted {
        /// Its number.
        connection: ConnectionId,
        /// Where it came from.
        origin: Origin,
    },
    /// The connection asked for by [`Output::Dial`](crate::Output::Dial) stands.
    Dialed {
        /// Its number.
        connection: ConnectionId,
        /// The domain it was made for.
        domain: Domain,
    },
    /// The connection asked for by [`Output::Dial`](crate::Output::Dial) could not be made.
    DialFailed {
        /// The domain it was meant for.
        domain: Domain,
        /// Whose fault, and why.
        failure: DialFailure,
    },
    /// Bytes arrived.
    Received {
        /// On this connection.
        connection: ConnectionId,
        /// The bytes, as they came.
        bytes: Vec<u8>,
    },
    /// What [`Effect::StartTls`](crate::Effect::StartTls) asked for is done: every byte that comes
    /// after this has come through TLS.
    Secured {
        /// The connection.
        connection: ConnectionId,
    },
    /// What [`Effect::StartTls`](crate::Effect::StartTls) asked for did not come about, and the
    /// connection is of no use any more.
    TlsFailed {
        /// The connection.
        connection: ConnectionId,
        /// Why, for the owner, in words.
        why: String,
    },
    /// Everything handed over for this connection has been written to its transport. Only to be
    /// told while nothing is left of what has been polled for it: a peer that does not acknowledge
    /// is taken to have all of it.
    Flushed {
        /// The connection.
        connection: ConnectionId,
    },
    /// The connection is gone, whoever closed it.
    Closed {
        /// The connection.
        connection: ConnectionId,
    },
    /// The time asked for by [`Server::next_timeout`](crate::Server::next_timeout) has come.
    Tick,
    /// The program ends soon, with or without an answer of other servers.
    Leave,
    /// The owner wants a peer to be tried at once.
    RetryNow {
        /// The peer's domain.
        domain: Domain,
    },
    /// The owner gives a device its password, or takes it away.
    ChangeDevices {
        /// The account it belongs to.
        account: BareJid,
        /// What changes.
        change: DeviceChange,
    },
    /// What [`Effect::ReadArchive`](crate::Effect::ReadArchive) asked for.
    ArchiveRead {
        /// The number of the reading.
        ticket: u64,
        /// What the store says.
        answer: ArchiveAnswer,
    },
}

/// A change to the devices that may log in to an account.
pub enum DeviceChange {
    /// Lets a device log in with a password of its own; a device of the same name is replaced.
    Add {
        /// The name that the owner gave it.
        name: String,
        /// Its password, kept only as SCRAM keys.
        password: zeroize::Zeroizing<String>,
    },
    /// Ends a device's right to log in, and its streams.
    Revoke {
        /// The name that the owner gave it.
        name: String,
    },
}

impl std::fmt::Debug for DeviceChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, name) = match self {
            Self::Add { name, password: _ } => ("Add", name),
            Self::Revoke { name } => ("Revoke", name),
        };
        f.debug_struct(kind)
            .field("name", name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_appear_in_debug() {
        let change = DeviceChange::Add {
            name: "desk".into(),
            password: zeroize::Zeroizing::new("zskr-3sjw".into()),
        };
        let shown = format!("{change:?}");
        assert!(shown.contains("desk") && !shown.contains("zskr"), "{shown}");
    }
}
