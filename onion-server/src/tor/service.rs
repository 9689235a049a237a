//! Our onion service: launching it, and the connections that come in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arti_client::config::CfgPathResolver;
use arti_client::config::onion_service::OnionServiceConfigBuilder;
use arti_client::{DataStream, ErrorKind, HasKind as _};
use futures::{Stream, StreamExt as _};
use onym_identity::{OnionAddress, OnionServiceSecretKey};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tor_cell::relaycell::msg::{Connected, End, EndReason};
use tor_hscrypto::pk::HsIdKeypair;
use tor_hsservice::{HsNickname, OnionService, RendRequest, RunningOnionService, StreamRequest};
use tor_llcrypto::pk::ed25519::ExpandedKeypair;
use tor_persist::state_dir::StateDirectory;
use tor_proto::stream::IncomingStreamRequest;
use zeroize::Zeroizing;

use super::settings::TorSettings;
use super::{Client, Failure, keystore};

/// The ports that a peer may connect to: XMPP clients and XMPP servers (RFC 6120 §14.7).
const PORTS: [u16; 2] = [5222, 5269];

/// Circuits to us that may be open or under construction at once. A peer needs one or two; the
/// rest is for strangers, and each costs us a circuit that we build.
const CIRCUITS: usize = 256;

/// Connections that may be open at once over all circuits.
const STREAMS: usize = 512;

/// Connections on one circuit. Arti closes a circuit that asks for more.
const STREAMS_PER_CIRCUIT: u32 = 16;

/// A circuit that carries nothing for so long is closed.
const IDLE_CIRCUIT: Duration = Duration::from_secs(120);

/// After a restart within the process, the old service may hold its lock for a moment.
const LOCK_TRIES: u32 = 30;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// A running service, and those who want to reach it.
type Launched = (
    Arc<RunningOnionService>,
    Pin<Box<dyn Stream<Item = RendRequest> + Send>>,
);

/// The onion service's secret key, as Tor wants it.
pub(super) struct ServiceKey {
    expanded: Zeroizing<[u8; 64]>,
    address: OnionAddress,
}

impl ServiceKey {
    pub(super) fn new(key: &OnionServiceSecretKey) -> Self {
        Self {
            expanded: key.expanded(),
            address: key.onion_address(),
        }
    }

    pub(super) fn onion_address(&self) -> OnionAddress {
        self.address
    }

    fn keypair(&self) -> Option<HsIdKeypair> {
        ExpandedKeypair::from_secret_key_bytes(*self.expanded).map(HsIdKeypair::from)
    }
}

/// A connection to our onion service.
#[derive(Debug)]
pub struct IncomingStream {
    /// The port that was asked for: 5222 or 5269.
    pub port: u16,
    /// The bytes.
    pub stream: AcceptedStream,
}

/// The bytes of a connection that came in; it counts as open until it is dropped.
#[derive(Debug)]
pub struct AcceptedStream {
    stream: DataStream,
    _permits: [OwnedSemaphorePermit; 2],
}

/// Launches the service and returns it with the stream of those who want to reach it.
pub(super) async fn launch(
    client: &Client,
    settings: &TorSettings,
    key: &ServiceKey,
) -> Result<Launched, Failure> {
    let nickname = nickname(&key.address)?;
    let keypair = key
        .keypair()
        .ok_or_else(|| Failure::passing("the onion key is malformed"))?;
    let mistrust = settings.mistrust().map_err(Failure::passing)?;
    let keys = settings.state_dir.join("introduction-point-keys");
    let keys = keystore::open(&keys, &mistrust, &nickname, keypair).map_err(failed)?;
    let config = OnionServiceConfigBuilder::default()
        .nickname(nickname)
        .max_concurrent_streams_per_circuit(STREAMS_PER_CIRCUIT)
        .build()
        .map_err(Failure::passing)?;
    let mut builder = OnionService::builder();
    builder
        .config(config)
        .keymgr(keys)
        .state_dir(StateDirectory::new(&settings.state_dir, &mistrust).map_err(failed)?);
    let mut tries = LOCK_TRIES;
    let launched = loop {
        let launched = builder.build().map_err(failed)?.launch(
            client.runtime().clone(),
            client.dirmgr().map_err(failed)?,
            client.hs_circ_pool().map_err(failed)?,
            Arc::new(CfgPathResolver::default()),
        );
        tries -= 1;
        match launched {
            Err(error) if error.kind() == ErrorKind::LocalResourceAlreadyInUse && tries > 0 => {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            other => break other.map_err(failed)?,
        }
    };
    let (service, requests) = launched.ok_or_else(|| Failure::passing("the service is off"))?;
    Ok((service, Box::pin(requests)))
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::passing(super::connect::in_words(&error))
}

/// The name under which arti keeps the service's state. It is the address, so that another onion
/// key never meets the introduction points of this one.
fn nickname(address: &OnionAddress) -> Result<HsNickname, Failure> {
    let address = address.to_string();
    let name = address.strip_suffix(".onion").unwrap_or(&address);
    HsNickname::new(name.to_owned()).map_err(Failure::passing)
}

/// Takes connections until the service stops.
pub(super) async fn serve(
    mut requests: impl Stream<Item = RendRequest> + Unpin,
    incoming: &mpsc::Sender<IncomingStream>,
) {
    let circuits = Arc::new(Semaphore::new(CIRCUITS));
    let streams = Arc::new(Semaphore::new(STREAMS));
    // Dropping the set ends the tasks, and with them the circuits that carry nothing.
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            request = requests.next() => {
                let Some(request) = request else { return };
                // Dropping the request turns the peer away without a word; its Tor tries again.
                let Ok(permit) = Arc::clone(&circuits).try_acquire_owned() else { continue };
                let circuit = serve_circuit(request, Arc::clone(&streams), incoming.clone());
                tasks.spawn(async move {
                    circuit.await;
                    drop(permit);
                });
            }
            Some(_ended) = tasks.join_next() => {}
        }
    }
}

/// Takes the connections of one peer's circuit.
async fn serve_circuit(
    request: RendRequest,
    streams: Arc<Semaphore>,
    incoming: mpsc::Sender<IncomingStream>,
) {
    let mut requests = match request.accept().await {
        Ok(requests) => requests,
        Err(error) => {
            tracing::debug!(
                "a peer's circuit failed: {}",
                super::connect::in_words(&error)
            );
            return;
        }
    };
    let ours = Arc::new(Semaphore::new(STREAMS_PER_CIRCUIT as usize));
    loop {
        match tokio::time::timeout(IDLE_CIRCUIT, requests.next()).await {
            Ok(Some(request)) => accept(request, [&ours, &streams], &incoming).await,
            Ok(None) => return,
            Err(_) if ours.available_permits() == STREAMS_PER_CIRCUIT as usize => return,
            Err(_) => {}
        }
    }
}

/// Accepts one connection, if it is for one of our ports and there is room.
async fn accept(
    request: StreamRequest,
    rooms: [&Arc<Semaphore>; 2],
    incoming: &mpsc::Sender<IncomingStream>,
) {
    let port = match request.request() {
        IncomingStreamRequest::Begin(begin) => Some(begin.port()),
        _ => None,
    };
    let port = port.filter(|port| PORTS.contains(port));
    let [ours, all] = rooms.map(|room| Arc::clone(room).try_acquire_owned().ok());
    let (Some(port), Some(ours), Some(all)) = (port, ours, all) else {
        // "Done" is the only reason that other implementations give.
        let _circuit_gone = request.reject(End::new_with_reason(EndReason::DONE)).await;
        return;
    };
    // Waiting for a place first keeps a peer from talking into a server that is busy.
    let Ok(place) = incoming.reserve().await else {
        return;
    };
    if let Ok(stream) = request.accept(Connected::new_empty()).await {
        let stream = AcceptedStream {
            stream,
            _permits: [ours, all],
        };
        place.send(IncomingStream { port, stream });
    }
}

impl AsyncRead for AcceptedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        AsyncRead::poll_read(Pin::new(&mut self.stream), cx, buf)
    }
}

impl AsyncWrite for AcceptedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.stream), cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.stream), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(&mut self.stream), cx)
    }
}
