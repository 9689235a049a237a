//! The process that has the data folder: the endpoint, and the client engine beside it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use onym_server::tor::{Network, TorSettings};
use onym_server::{Endpoint, EndpointConfig, StartError, StoreError};
use tokio::task::JoinHandle;

use crate::data_dir::{DataDir, DataDirError, Lock};
use crate::engine_task::EngineHandle;
use crate::identity_file::{self, IdentityFileError};
use crate::store::SledStore;

/// Endpoint and engine.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) engine: EngineHandle,
    engine_task: JoinHandle<Result<(), StoreError>>,
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
    /// There is no identity, or it cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
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
            Self::Identity(IdentityFileError::Missing(_)) => Some(
                "Make one with `onym identity new`, or restore one with `onym identity restore`.",
            ),
            _ => None,
        }
    }
}

/// How long the last outputs may take when the process ends.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

impl Node {
    /// Takes the data folder and starts. Without `tor` the endpoint stays on this machine.
    pub(crate) async fn start(
        folder: &DataDir,
        tor: Option<Network>,
        loopback: Option<SocketAddr>,
    ) -> Result<Self, NodeError> {
        let secret = identity_file::load(&folder.identity_file())?;
        let lock = folder
            .lock()?
            .ok_or_else(|| NodeError::InUse(folder.path().to_owned()))?;
        let config = EndpointConfig {
            data_dir: folder.path().to_owned(),
            owner: identity_file::jid_of(&secret),
            onion_service_key: identity_file::onion_service_key_of(&secret),
            tor: tor.map(|network| tor_settings(folder, network)),
            loopback,
        };
        let endpoint = Arc::new(Endpoint::start(config).await?);
        let store = tokio::task::block_in_place(|| SledStore::open(&folder.client_store()))?;
        let (engine, engine_task) = EngineHandle::start(store, Arc::clone(&endpoint))?;
        Ok(Self {
            endpoint,
            engine,
            engine_task,
            _lock: lock,
        })
    }

    /// Ends both in order. Whatever was acknowledged is on disk already.
    pub(crate) async fn stop(self) {
        let Self {
            endpoint,
            engine,
            engine_task,
            _lock,
        } = self;
        drop(engine);
        engine_task.abort();
        let _aborted = engine_task.await;
        if let Some(endpoint) = Arc::into_inner(endpoint) {
            let stopping = tokio::time::timeout(SHUTDOWN_LIMIT, endpoint.shutdown()).await;
            if let Ok(Err(error)) = stopping {
                tracing::error!("the endpoint had stopped before: {error}");
            }
        }
    }

    /// Waits until the endpoint or the engine has stopped by itself, which they do only when
    /// their records cannot be written.
    pub(crate) async fn failed(&mut self) -> String {
        match (&mut self.engine_task).await {
            Ok(Err(error)) => error.to_string(),
            Ok(Ok(())) | Err(_) => "the client has stopped".to_owned(),
        }
    }
}

fn tor_settings(folder: &DataDir, network: Network) -> TorSettings {
    // A network of one's own is a test network, whose folders lie where others may write too.
    let trust_permissions = matches!(network, Network::Custom(_));
    TorSettings {
        network,
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
