//! The process that has the data folder: the endpoint, and the client engine beside it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use onym_client_store::{ClientStore, StoreError};
use onym_identity::OnymJid;
use onym_identity::jid::BareJid;
use onym_server::tor::{Bridges, Network, TorSettings};
use onym_server::{Endpoint, EndpointConfig, StartError};
use tokio::task::JoinHandle;

use crate::data_dir::{DataDir, DataDirError, Lock};
use crate::engine_task::{EngineError, EngineHandle};
use crate::requests::{Desk, Raise, Works};
use crate::unlocking::{UnlockError, Unlocked};

/// What to do when records cannot be written.
pub(crate) const DISK_ADVICE: &str = "Nothing that was acknowledged is lost. Free some space on \
                                      the disk, or mend what stands above, and start again.";

/// Endpoint and engine.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) engine: EngineHandle,
    /// None once its outcome has been taken.
    engine_task: Option<JoinHandle<Result<(), EngineError>>>,
    unlocked: Unlocked,
    /// Whether the window is locked.
    pub(crate) is_locked: Arc<AtomicBool>,
    /// What waits for the disk on behalf of requests and of the window.
    pub(crate) works: Works,
    /// Held until everything else is gone.
    _lock: Lock,
}

/// Why the process cannot take the data folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeError {
    /// Another process has it.
    #[error("another Onym process is using {0}")]
    InUse(std::path::PathBuf),
    /// The folder cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The data folder does not open.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// The client's records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The endpoint does not start.
    #[error(transparent)]
    Endpoint(#[from] StartError),
}

impl NodeError {
    /// What the user can do.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        match self {
            Self::InUse(_) => Some("Stop it first, or choose another folder with --data-dir."),
            Self::Unlock(error) => error.advice(),
            Self::Store(StoreError::InUse)
            | Self::Endpoint(StartError::Store(StoreError::InUse)) => {
                Some("Stop it first, or choose another folder with --data-dir.")
            }
            _ => None,
        }
    }
}

/// How long the last outputs may take when the process ends.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

/// How long a short command of another process may hold the folder.
const LOCK_LIMIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Takes the folder for this process, waiting a moment for a short command that has it.
pub(crate) async fn take_folder(folder: &DataDir) -> Result<Lock, NodeError> {
    let taking = async {
        loop {
            if let Some(lock) = folder.lock()? {
                return Ok(lock);
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
    };
    match tokio::time::timeout(LOCK_LIMIT, taking).await {
        Ok(taken) => taken,
        Err(_) => Err(NodeError::InUse(folder.path().to_owned())),
    }
}

impl Node {
    /// Starts on an open data folder. Without `tor` the endpoint stays on this machine.
    pub(crate) async fn start(
        unlocked: &Unlocked,
        lock: Lock,
        tor: Option<TorChoice>,
        loopback: Option<SocketAddr>,
    ) -> Result<Self, NodeError> {
        let unlocked = &unlocked.moved().map_err(UnlockError::from)?;
        let folder = unlocked.folder();
        let former: Vec<BareJid> = unlocked.former().iter().map(OnymJid::to_bare_jid).collect();
        let config = EndpointConfig {
            data_dir: folder.path().to_owned(),
            records_key: unlocked.endpoint_key(),
            owner: unlocked.jid(),
            former: former.clone(),
            onion_service_key: unlocked.onion_service_key(),
            tor: tor.map(|tor| tor_settings(folder, tor)),
            loopback,
        };
        let endpoint = Arc::new(Endpoint::start(config).await?);
        let store = tokio::task::block_in_place(|| {
            ClientStore::open(&folder.client_store(), &unlocked.client_key())
        })?;
        let identity = unlocked.secret().identity_key();
        let (engine, engine_task) =
            EngineHandle::start(store, Arc::clone(&endpoint), identity, former)?;
        Ok(Self {
            endpoint,
            engine,
            engine_task: Some(engine_task),
            unlocked: unlocked.clone(),
            is_locked: Arc::default(),
            works: Works::default(),
            _lock: lock,
        })
    }

    /// What requests work with.
    pub(crate) fn desk(&self, stays: bool) -> Desk {
        Desk {
            endpoint: Arc::clone(&self.endpoint),
            engine: self.engine.clone(),
            stays,
            unlocked: self.unlocked.clone(),
            is_locked: Arc::clone(&self.is_locked),
            works: self.works.clone(),
            raise: None,
        }
    }

    /// What requests work with in a process with a window.
    pub(crate) fn desk_with_window(
        &self,
        raise: impl Fn(Option<String>) + Send + Sync + 'static,
    ) -> Desk {
        Desk {
            raise: Some(Raise(Arc::new(raise))),
            ..self.desk(true)
        }
    }

    /// Ends both in order. Whatever was acknowledged is on disk already.
    pub(crate) async fn stop(self) {
        let Self {
            endpoint,
            engine,
            engine_task,
            unlocked: _,
            is_locked: _,
            works,
            _lock,
        } = self;
        // What a request was doing on the disk has been told to stop, and takes its draft away.
        works.idle().await;
        drop(engine);
        if let Some(engine_task) = engine_task {
            engine_task.abort();
            let _aborted = engine_task.await;
        }
        let stopping = tokio::time::timeout(SHUTDOWN_LIMIT, endpoint.shutdown()).await;
        if let Ok(Err(error)) = stopping {
            tracing::error!("the endpoint had stopped before: {error}");
        }
    }

    /// Waits until the endpoint or the engine has stopped by itself, which they do only when
    /// their records cannot be written.
    pub(crate) async fn failed(&mut self) -> String {
        let engine = async {
            match &mut self.engine_task {
                Some(task) => task.await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            outcome = engine => match outcome {
                Ok(Err(error)) => error.to_string(),
                Ok(Ok(())) | Err(_) => "the client has stopped".to_owned(),
            },
            why = self.endpoint.failed() => return why,
        };
        self.engine_task = None;
        why
    }
}

/// How the Tor network is reached.
#[derive(Clone, Debug)]
pub(crate) struct TorChoice {
    /// Which network.
    pub(crate) network: Network,
    /// Ways into it where its relays are blocked.
    pub(crate) bridges: Bridges,
}

fn tor_settings(folder: &DataDir, tor: TorChoice) -> TorSettings {
    // A network of one's own is a test network, whose folders lie where others may write too.
    let trust_permissions = matches!(tor.network, Network::Custom(_));
    TorSettings {
        network: tor.network,
        bridges: tor.bridges,
        state_dir: folder.tor_state(),
        cache_dir: folder.tor_cache(),
        trust_permissions,
    }
}

/// The Tor network to use: the public one, or the one that a file describes.
pub(crate) fn network(file: Option<&Path>) -> std::io::Result<Network> {
    match file {
        None => Ok(Network::Public),
        Some(file) => std::fs::read_to_string(file).map(Network::Custom),
    }
}
