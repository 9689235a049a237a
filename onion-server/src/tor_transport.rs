//! Tor as the endpoint's network.

use std::sync::Arc;

use onym_identity::OnionServiceSecretKey;
use onym_server_protocol::{AwayReason, DialFailure, Domain, Origin};
use tokio::sync::{mpsc, watch};

use crate::dns_name;
use crate::driver::Event;
use crate::status::EndpointStatus;
use crate::tor::{IncomingStream, Tor, TorSettings, TorStatus};
use crate::transport::{Dialer, Dialing, Incoming, Wire};

/// Tor as it starts, with what it brings.
pub(crate) struct Network {
    pub(crate) tor: Arc<Tor>,
    pub(crate) incoming: mpsc::Receiver<IncomingStream>,
    pub(crate) status: watch::Receiver<TorStatus>,
}

impl Network {
    pub(crate) fn start(settings: TorSettings, key: &OnionServiceSecretKey) -> Self {
        let (sender, status) = watch::channel(TorStatus::Starting);
        let (tor, incoming) = Tor::start(settings, key, sender);
        Self {
            tor: Arc::new(tor),
            incoming,
            status,
        }
    }
}

/// The port for servers (RFC 6120 §14.7).
const SERVER_PORT: u16 = 5269;

/// Dials other servers through Tor, and in no other way.
pub(crate) struct TorDialer(Arc<Tor>);

impl TorDialer {
    pub(crate) fn new(tor: Arc<Tor>) -> Self {
        Self(tor)
    }
}

impl Dialer for TorDialer {
    fn dial(&self, domain: &Domain) -> Dialing {
        let (tor, domain) = (Arc::clone(&self.0), domain.clone());
        Box::pin(async move {
            let name = dns_name::of(&domain).map_err(|error| DialFailure {
                reason: AwayReason::InvalidAddress,
                why: error.to_string(),
            })?;
            match tor.connect(&name, SERVER_PORT).await {
                Ok(stream) => Ok(Box::new(stream) as Box<dyn Wire>),
                Err(error) => Err(DialFailure {
                    reason: error.reason(),
                    why: error.to_string(),
                }),
            }
        })
    }
}

/// Hands connections that came through the onion service to the loop.
pub(crate) async fn accept(
    mut incoming: mpsc::Receiver<IncomingStream>,
    events: mpsc::Sender<Event>,
) {
    while let Some(IncomingStream { port, stream, .. }) = incoming.recv().await {
        let origin = if port == SERVER_PORT {
            Origin::OnionServer
        } else {
            Origin::OnionClient
        };
        let incoming = Incoming {
            origin,
            wire: Box::new(stream),
        };
        if events.send(Event::Incoming(incoming)).await.is_err() {
            return;
        }
    }
}

/// Copies Tor's state into the endpoint's.
pub(crate) async fn report(
    mut tor: watch::Receiver<TorStatus>,
    status: watch::Sender<EndpointStatus>,
) {
    loop {
        let now = tor.borrow_and_update().clone();
        status.send_modify(|all| all.tor = Some(now));
        if tor.changed().await.is_err() {
            return;
        }
    }
}
