//! Tor: bootstrap, the onion service, and connections through it.
//!
//! ```text
//!                     ┌─ bootstrap ──► status: percent, phase, what blocks it
//!   Tor::start ─ task ┼─ service ────► connections that come in (ports 5222 and 5269)
//!                     └─ reachability ► status: reachable, if a stranger could connect
//!   Tor::connect ─────── connect ────► a connection to another host
//! ```
//!
//! One task brings everything up and keeps it up. Nothing here fails for good, except settings
//! that cannot be read: every trouble goes into the [`TorStatus`] with words for the user, and is
//! tried again.

mod backoff;
mod bootstrap;
mod bridges;
mod connect;
mod keystore;
mod reachability;
mod service;
mod settings;
mod status;

use std::fmt;
use std::sync::Arc;
use std::sync::Once;
use std::time::Duration;

use arti_client::TorClient;
use onym_identity::OnionServiceSecretKey;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tor_rtcompat::PreferredRuntime;

pub use arti_client::DataStream;
pub use bridges::{BridgeError, Bridges};
pub use connect::ConnectError;
pub use service::{AcceptedStream, IncomingStream};
pub use settings::{Network, SettingsError, TorSettings};
pub use status::{Blockage, BlockageKind, BootstrapPhase, TorStatus};

use backoff::Backoff;
use connect::{Circuits, Suspicion};
use service::ServiceKey;

/// Connections that wait to be taken by the server; further ones wait inside Tor.
const INCOMING_BACKLOG: usize = 32;

/// The pause after the first failure to start, and the longest.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
const RESTART_PAUSE_LIMIT: Duration = Duration::from_secs(60);

type Client = TorClient<PreferredRuntime>;

/// Our way into the Tor network, and the onion service on it. Dropping it ends both.
#[derive(Debug)]
pub struct Tor {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the background task and [`Tor::connect`] have in common.
struct Shared {
    status: watch::Sender<TorStatus>,
    /// The client, for as long as it has a usable directory.
    client: watch::Sender<Option<Arc<Client>>>,
    circuits: Circuits,
    suspicion: Suspicion,
}

impl Tor {
    /// Starts in the background; must be called within a tokio runtime.
    ///
    /// How far it has come is told through `status`. The receiver yields the connections to our
    /// onion service, which has the address of `onion_service_key`.
    #[must_use]
    pub fn start(
        settings: TorSettings,
        onion_service_key: &OnionServiceSecretKey,
        status: watch::Sender<TorStatus>,
    ) -> (Self, mpsc::Receiver<IncomingStream>) {
        install_crypto_provider();
        let key = ServiceKey::new(onion_service_key);
        let shared = Arc::new(Shared {
            status,
            client: watch::Sender::new(None),
            circuits: Circuits::default(),
            suspicion: Suspicion::default(),
        });
        let (incoming, receiver) = mpsc::channel(INCOMING_BACKLOG);
        let task = tokio::spawn(keep_up(Arc::clone(&shared), settings, key, incoming));
        (Self { shared, task }, receiver)
    }

    /// Opens a connection to `host`, an onion address or any other host name.
    ///
    /// Waits for Tor to come up, for a limited time. Every host has circuits of its own. Names are
    /// resolved by the exit relay, never here. A circuit that turns out to be dead is replaced once;
    /// otherwise nothing is retried beyond what Tor does by itself.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`]; it says whose fault it is.
    pub async fn connect(&self, host: &str, port: u16) -> Result<DataStream, ConnectError> {
        let client = self.shared.ready_client().await?;
        let outcome = connect::connect(&client, &self.shared.circuits, host, port).await;
        self.shared.suspicion.note(outcome.as_ref().err());
        outcome
    }

    /// Ends everything, and returns when the background task has ended.
    ///
    /// Arti itself lets go of the state folder later, at the latest with the process. A new start
    /// in the same process works meanwhile, but remembers no new guards until then.
    pub async fn shutdown(mut self) {
        self.task.abort();
        let _aborted = (&mut self.task).await;
        self.shared.client.send_replace(None);
    }
}

impl Drop for Tor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Tells the status to those who wait for it, if it is a new one.
    fn set_status(&self, new: TorStatus) {
        self.status.send_if_modified(|old| {
            let changed = *old != new;
            *old = new;
            changed
        });
    }

    /// The client, once it can be used.
    async fn ready_client(&self) -> Result<Arc<Client>, ConnectError> {
        let mut receiver = self.client.subscribe();
        let ready = receiver.wait_for(Option::is_some);
        if let Ok(Ok(client)) = tokio::time::timeout(connect::READY_LIMIT, ready).await
            && let Some(client) = &*client
        {
            return Ok(Arc::clone(client));
        }
        let why = self.status.borrow().to_string();
        Err(ConnectError::OurTorNotReady { why })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            client,
            circuits: _,
            suspicion: _,
        } = self;
        f.debug_struct("Shared")
            .field("status", &*status.borrow())
            .field("ready", &client.borrow().is_some())
            .finish_non_exhaustive()
    }
}

/// Brings Tor up, and again whenever it ends.
async fn keep_up(
    shared: Arc<Shared>,
    settings: TorSettings,
    key: ServiceKey,
    incoming: mpsc::Sender<IncomingStream>,
) {
    let mut pause = Backoff::new(RESTART_PAUSE, RESTART_PAUSE_LIMIT);
    loop {
        shared.set_status(TorStatus::Starting);
        let Err(failure) = run(&shared, &settings, &key, &incoming, &mut pause).await;
        tracing::warn!("Tor has to be started again: {}", failure.why);
        shared.client.send_replace(None);
        let Failure {
            why,
            advice,
            lasting,
        } = failure;
        shared.set_status(TorStatus::Failed { why, advice });
        if lasting {
            return;
        }
        let wait = pause.next(&mut rand::rng());
        tokio::time::sleep(wait).await;
    }
}

/// Why Tor has to be started again.
#[derive(Debug)]
struct Failure {
    why: String,
    /// What the user can do.
    advice: String,
    /// Trying again would bring the same.
    lasting: bool,
}

impl Failure {
    fn passing(why: impl fmt::Display) -> Self {
        let advice = "It is tried again by itself.".into();
        Self {
            why: why.to_string(),
            advice,
            lasting: false,
        }
    }
}

/// One life of the client and the service.
async fn run(
    shared: &Shared,
    settings: &TorSettings,
    key: &ServiceKey,
    incoming: &mpsc::Sender<IncomingStream>,
    pause: &mut Backoff,
) -> Result<std::convert::Infallible, Failure> {
    let client = bootstrap::create_client(settings).await?;
    bootstrap::bootstrap(&client, shared).await;
    shared.client.send_replace(Some(Arc::clone(&client)));

    shared.set_status(TorStatus::Publishing { trouble: None });
    let (service, requests) = service::launch(&client, settings, key).await?;
    pause.reset();
    tokio::select! {
        () = service::serve(requests, incoming) => {
            Err(Failure::passing("the onion service has stopped"))
        }
        never = reachability::watch(&client, &service, key.onion_address(), shared) => {
            match never {}
        }
    }
}

/// rustls wants one provider for the whole process. If the program has installed one, it stays.
fn install_crypto_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _installed_already = rustls::crypto::ring::default_provider().install_default();
    });
}
