//! Connections to other hosts, and whose fault it is when there is none.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arti_client::config::BoolOrAuto;
use arti_client::isolation::IsolationHelper;
use arti_client::{DataStream, ErrorKind, HasKind as _, StreamPrefs};
use onym_server_protocol::AwayReason;
use tokio::sync::Notify;

use super::Client;

/// How long a connection waits for our Tor to come up.
pub(super) const READY_LIMIT: Duration = Duration::from_secs(60);

/// How long a connection may take. An onion service needs three circuits; two or three seconds is
/// usual, and what has taken a minute does not come any more.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(60);

/// A try that takes this long gets a rival on circuits of its own. If a service dies between the
/// introduction and the rendezvous, arti waits for minutes, and lets every later connection on
/// the same circuits wait with it, although the service is long back.
const RIVAL_AFTER: Duration = Duration::from_secs(6);

/// After so many failures in a row our own reachability is looked at again.
const SUSPICIOUS_FAILURES: u32 = 3;

/// Why a connection was not made, by whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Ours: Tor has not come up, or has no way into the network.
    #[error("our Tor is not ready: {why}")]
    OurTorNotReady {
        /// What Tor is at.
        why: String,
    },
    /// Theirs: nobody has published this onion address lately, or the name does not exist.
    #[error("{host} was not found; it may never have been published, or be away for hours")]
    NotFound {
        /// The host.
        host: String,
    },
    /// Theirs: the address was published, but nobody answers there now.
    #[error("{host} does not answer: {why}")]
    Away {
        /// The host.
        host: String,
        /// What Tor says.
        why: String,
    },
    /// Theirs: the host answered, and does not want this connection.
    #[error("{host} refused the connection to port {port}")]
    Refused {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// The user's, or whoever gave the address: it cannot be one.
    #[error("{host} is not a valid address: {why}")]
    InvalidAddress {
        /// The host.
        host: String,
        /// What Tor says.
        why: String,
    },
    /// Nobody's in particular: the network or the host is too slow.
    #[error("{host} did not answer within {} s", CONNECT_LIMIT.as_secs())]
    Timeout {
        /// The host.
        host: String,
    },
    /// Something else between us and them.
    #[error("no connection to {host}: {why}")]
    Other {
        /// The host.
        host: String,
        /// What Tor says.
        why: String,
    },
}

impl ConnectError {
    /// Whether it is our own Tor that is at fault, so that other hosts would fail as well.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::OurTorNotReady { .. })
    }

    /// Whose fault it is, for the owner.
    #[must_use]
    pub(crate) fn reason(&self) -> AwayReason {
        match self {
            Self::OurTorNotReady { .. } => AwayReason::OurSide,
            Self::NotFound { .. } => AwayReason::NotFound,
            Self::Away { .. } => AwayReason::NoAnswer,
            Self::Refused { .. } => AwayReason::Refused,
            Self::InvalidAddress { .. } => AwayReason::InvalidAddress,
            Self::Timeout { .. } => AwayReason::Timeout,
            Self::Other { .. } => AwayReason::Other,
        }
    }

    /// Whether the host, or the address itself, said no: other circuits would bring the same.
    fn is_an_answer(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::InvalidAddress { .. })
    }

    fn new(error: &arti_client::Error, host: &str, port: u16) -> Self {
        let host = host.to_owned();
        let why = in_words(error);
        match Fault::of(error.kind()) {
            Fault::Ours => Self::OurTorNotReady { why },
            Fault::NotFound => Self::NotFound { host },
            Fault::Away => Self::Away { host, why },
            Fault::Refused => Self::Refused { host, port },
            Fault::Address => Self::InvalidAddress { host, why },
            Fault::Slow => Self::Timeout { host },
            Fault::Unclear => Self::Other { host, why },
        }
    }
}

/// Which circuits lead to which host: no two hosts share one.
///
/// Tor keeps a circuit to an onion service and uses it again. When the other side has restarted,
/// or its computer sleeps, that circuit may be dead without anybody having said so. A connection
/// that fails on its circuit therefore leaves all circuits to this host behind.
#[derive(Debug, Default)]
pub(super) struct Circuits {
    /// How often the circuits to a host were left behind. Most hosts are not in here.
    generations: Mutex<BTreeMap<String, u64>>,
}

/// Hosts that are remembered; beyond them all are forgotten, which only brings old circuits back.
const GENERATIONS: usize = 1024;

impl Circuits {
    fn to(&self, host: &str) -> PerHost {
        let host = host.to_ascii_lowercase();
        let generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let generation = generations.get(&host).copied().unwrap_or_default();
        PerHost { host, generation }
    }

    /// The next connection to the host gets new circuits, unless that was arranged already.
    fn leave(&self, PerHost { host, generation }: PerHost) {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if generations.len() >= GENERATIONS {
            generations.clear();
        }
        let current = generations.entry(host).or_default();
        *current = (*current).max(generation + 1);
    }
}

/// Connects within [`CONNECT_LIMIT`].
pub(super) async fn connect(
    client: &Client,
    circuits: &Circuits,
    host: &str,
    port: u16,
) -> Result<DataStream, ConnectError> {
    let tries = race(client, circuits, host, port);
    let error = match tokio::time::timeout(CONNECT_LIMIT, tries).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => ConnectError::new(&error, host, port),
        Err(_) => ConnectError::Timeout {
            host: host.to_owned(),
        },
    };
    if !error.is_an_answer() {
        // Whatever arti still waits for or remembers, the next connection shall not depend on it.
        circuits.leave(circuits.to(host));
    }
    Err(error)
}

/// Connects on the circuits that are there, and on new ones when those are dead or slow.
async fn race(
    client: &Client,
    circuits: &Circuits,
    host: &str,
    port: u16,
) -> Result<DataStream, arti_client::Error> {
    let old = circuits.to(host);
    let on_new_circuits = async || {
        circuits.leave(old.clone());
        connect_on(client, &circuits.to(host), port).await
    };
    let first = async {
        match connect_on(client, &old, port).await {
            Err(error) if is_of_circuit(error.kind()) => on_new_circuits().await,
            outcome => outcome,
        }
    };
    let rival = async {
        tokio::time::sleep(RIVAL_AFTER).await;
        on_new_circuits().await
    };
    tokio::pin!(first, rival);
    tokio::select! {
        outcome = &mut first => outcome,
        outcome = &mut rival => match outcome {
            Err(_) => first.await,
            connected => connected,
        },
    }
}

async fn connect_on(
    client: &Client,
    circuits: &PerHost,
    port: u16,
) -> Result<DataStream, arti_client::Error> {
    let mut prefs = StreamPrefs::new();
    prefs
        .set_isolation(circuits.clone())
        .connect_to_onion_services(BoolOrAuto::Explicit(true));
    client
        .connect_with_prefs((circuits.host.as_str(), port), &prefs)
        .await
}

/// Whether a connection failed on a circuit that had been there: it had closed, or nobody answered
/// at its end. Arti reports one that closes in this very moment as bad usage.
fn is_of_circuit(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::CircuitCollapse | ErrorKind::RemoteNetworkTimeout | ErrorKind::BadApiUsage
    )
}

/// Streams with the same value may share a circuit, others may not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PerHost {
    host: String,
    generation: u64,
}

impl IsolationHelper for PerHost {
    fn compatible_same_type(&self, other: &Self) -> bool {
        self == other
    }

    fn join_same_type(&self, other: &Self) -> Option<Self> {
        (self == other).then(|| self.clone())
    }
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Ours,
    NotFound,
    Away,
    Refused,
    Address,
    Slow,
    Unclear,
}

impl Fault {
    fn of(kind: ErrorKind) -> Self {
        use ErrorKind as K;
        match kind {
            K::TorAccessFailed
            | K::BootstrapRequired
            | K::DirectoryExpired
            | K::TorDirectoryUnusable
            | K::LocalNetworkError
            | K::LocalResourceExhausted
            | K::NoPath
            | K::NoExit
            | K::ClockSkew
            | K::ArtiShuttingDown
            | K::ReactorShuttingDown
            | K::ExternalToolFailed
            | K::SoftwareDeprecated => Self::Ours,
            K::OnionServiceNotFound | K::RemoteHostNotFound | K::RemoteHostResolutionFailed => {
                Self::NotFound
            }
            K::OnionServiceNotRunning
            | K::OnionServiceConnectionFailed
            | K::OnionServiceProtocolViolation
            | K::CircuitCollapse
            | K::RemoteNetworkFailed => Self::Away,
            // An onion service says no to a port by ending the stream without a reason.
            K::RemoteConnectionRefused
            | K::RemoteStreamClosed
            | K::RemoteStreamReset
            | K::RemoteStreamError
            | K::ExitPolicyRejected => Self::Refused,
            K::OnionServiceAddressInvalid | K::InvalidStreamTarget | K::ForbiddenStreamTarget => {
                Self::Address
            }
            K::RemoteNetworkTimeout | K::TorNetworkTimeout | K::ExitTimeout => Self::Slow,
            _ => Self::Unclear,
        }
    }
}

/// Failures in a row, which may mean that it is us who have lost the network.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    failures: AtomicU32,
    raised: Notify,
}

impl Suspicion {
    pub(super) fn note(&self, failure: Option<&ConnectError>) {
        match failure {
            // Somebody answered, so that our network works.
            None | Some(ConnectError::Refused { .. }) => self.failures.store(0, Ordering::Relaxed),
            Some(ConnectError::InvalidAddress { .. }) => {}
            Some(_) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                if failures >= SUSPICIOUS_FAILURES {
                    self.failures.store(0, Ordering::Relaxed);
                    self.raised.notify_one();
                }
            }
        }
    }

    /// Returns when something is suspicious.
    pub(super) async fn raised(&self) {
        self.raised.notified().await;
    }
}

/// An error with its causes. Arti leaves addresses out of its messages.
pub(super) fn in_words(error: &dyn StdError) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        next = error.source();
        let cause = error.to_string();
        // Some messages repeat their cause.
        if !words.contains(&cause) {
            let _infallible = write!(words, ": {cause}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_errors_are_laid_at_somebodys_door() {
        for (kind, fault) in [
            (ErrorKind::OnionServiceNotFound, Fault::NotFound),
            (ErrorKind::RemoteStreamClosed, Fault::Refused),
            (ErrorKind::BootstrapRequired, Fault::Ours),
            (ErrorKind::OnionServiceConnectionFailed, Fault::Away),
            (ErrorKind::TorNetworkTimeout, Fault::Slow),
            (ErrorKind::Internal, Fault::Unclear),
        ] {
            assert_eq!(Fault::of(kind), fault, "{kind:?}");
        }
    }

    #[tokio::test]
    async fn three_failures_in_a_row_are_suspicious() {
        let suspicion = Suspicion::default();
        let slow = ConnectError::Timeout {
            host: "x.onion".into(),
        };
        let refused = ConnectError::Refused {
            host: "x.onion".into(),
            port: 80,
        };
        let raised = || futures::FutureExt::now_or_never(suspicion.raised()).is_some();

        suspicion.note(Some(&slow));
        suspicion.note(Some(&slow));
        suspicion.note(Some(&refused));
        suspicion.note(Some(&slow));
        suspicion.note(Some(&slow));
        assert!(!raised(), "somebody answered in between");
        suspicion.note(Some(&slow));
        assert!(raised());
        assert!(!raised(), "it is raised once");
    }

    #[test]
    fn hosts_do_not_share_circuits() {
        let circuits = Circuits::default();
        let romeo = circuits.to("romeo.onion");
        assert!(romeo.compatible_same_type(&circuits.to("Romeo.onion")));
        assert!(!romeo.compatible_same_type(&circuits.to("juliet.onion")));
    }

    #[test]
    fn circuits_that_failed_are_left_behind_once() {
        let circuits = Circuits::default();
        let (dead, also_dead) = (circuits.to("romeo.onion"), circuits.to("romeo.onion"));
        circuits.leave(dead.clone());
        let alive = circuits.to("romeo.onion");
        assert!(!alive.compatible_same_type(&dead));
        circuits.leave(also_dead);
        assert_eq!(
            circuits.to("romeo.onion"),
            alive,
            "two failures of one circuit"
        );
    }
}
