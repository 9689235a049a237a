//! What the driver needs of a network: other servers can be dialed, and others come in.

use std::future::Future;
use std::pin::Pin;

use onym_server_protocol::{AwayReason, DialFailure, Domain, Origin};
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection, whatever carries it.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Wire for T {}

/// A connection that came in.
pub(crate) struct Incoming {
    /// Where it came from.
    pub(crate) origin: Origin,
    /// The connection.
    pub(crate) wire: Box<dyn Wire>,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// The future of a dialed connection.
pub(crate) type Dialing = Pin<Box<dyn Future<Output = Result<Box<dyn Wire>, DialFailure>> + Send>>;

/// Connects to other servers. Tor is one way; tests have their own.
pub(crate) trait Dialer: Send + Sync + 'static {
    /// Connects to the server port of a domain.
    fn dial(&self, domain: &Domain) -> Dialing;
}

/// No network: every dial fails at once, by our own fault.
pub(crate) struct NoDialer;

impl Dialer for NoDialer {
    fn dial(&self, _domain: &Domain) -> Dialing {
        let why = "this endpoint runs without a network".to_owned();
        Box::pin(std::future::ready(Err(DialFailure {
            reason: AwayReason::OurSide,
            why,
        })))
    }
}
