//! An endpoint: the server of one owner, with everything that carries it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jid::BareJid;
use onym_identity::{OnionServiceSecretKey, OnymJid};
use onym_records::{Records, RecordsKey};
use onym_server_protocol::moving::move_account;
use onym_server_protocol::{DeviceChange, Domain, Input, Note, Origin, domain_of};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::device_password;
use crate::driver::{Driver, Event};
use crate::status::EndpointStatus;
use crate::store::{RecordStore, StoreError};
use crate::tls::Tls;
use crate::tor::{Tor, TorSettings};
use crate::tor_transport::{self, Network, TorDialer};
use crate::transport::{Dialer, Incoming, NoDialer};

/// Bytes that the pipe between the owner's client and the server holds in each direction.
const PIPE_BYTES: usize = 64 * 1024;

/// Notes that a slow listener may fall behind.
const NOTES: usize = 256;

/// What an endpoint needs to run.
#[derive(Debug)]
pub struct EndpointConfig {
    /// The folder with its records.
    pub data_dir: PathBuf,
    /// What its records are sealed with.
    pub records_key: RecordsKey,
    /// Whose endpoint it is.
    pub owner: OnymJid,
    /// Addresses that the owner has left for this one. What is kept under them goes over.
    pub former: Vec<BareJid>,
    /// The key of its onion service; it must be the one of the owner's onion address.
    pub onion_service_key: OnionServiceSecretKey,
    /// How it reaches the Tor network; without it, it stays on this machine.
    pub tor: Option<TorSettings>,
    /// Where clients on this machine may log in; nowhere if none. Port 0 takes a free one.
    pub loopback: Option<SocketAddr>,
}

/// Why an endpoint does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate for clients is of no use.
    #[error("the certificate for clients: {0}")]
    Certificate(#[from] rustls::Error),
    /// The key is not the one of the address.
    #[error("the onion service key does not belong to the owner's onion address")]
    WrongKey,
    /// Clients would log in over a network in clear.
    #[error("{0} is not on the loopback interface; clients may only log in from this machine")]
    NotLoopback(SocketAddr),
    /// The loopback port is taken.
    #[error("cannot listen on {address}: {source}; choose another port with --listen")]
    Loopback {
        /// Where it should have listened.
        address: SocketAddr,
        /// Why it cannot.
        source: std::io::Error,
    },
}

/// Why the endpoint cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It has stopped: its records could not be written, or it was shut down.
    #[error("the endpoint has stopped")]
    Stopped,
    /// The device's name is of no use.
    #[error("a device name has 1 to 64 characters and no control characters")]
    DeviceName,
}

/// A running endpoint. Dropping it stops it.
#[derive(Debug)]
pub struct Endpoint {
    owner: BareJid,
    certificate_hash: [u8; 32],
    events: mpsc::Sender<Event>,
    status: watch::Receiver<EndpointStatus>,
    notes: broadcast::Sender<Note>,
    loopback: Option<SocketAddr>,
    /// None once it has been shut down.
    driver: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
    /// Why the loop has ended by itself, once it has.
    failure: watch::Receiver<Option<String>>,
    /// Tasks that bring connections and news; they end with the endpoint.
    helpers: Mutex<Vec<JoinHandle<()>>>,
    /// The records, for a copy; none once it has been shut down, so that the folder is free.
    records: Mutex<Option<Records>>,
    /// Held so that the onion service stays up.
    tor: Mutex<Option<Arc<Tor>>>,
}

impl Endpoint {
    /// Opens the records, starts the loop and lets Tor come up in the background.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(config: EndpointConfig) -> Result<Self, StartError> {
        if config.onion_service_key.onion_address() != config.owner.address {
            return Err(StartError::WrongKey);
        }
        let listener = listen(config.loopback).await?;
        let loopback = listener
            .as_ref()
            .and_then(|listener| listener.local_addr().ok());
        let folder = config.data_dir.join("server");
        let store =
            tokio::task::block_in_place(|| RecordStore::open(&folder, &config.records_key))?;
        let new = config.owner.to_bare_jid();
        for old in &config.former {
            if tokio::task::block_in_place(|| move_account(&store, old, &new))? {
                tracing::info!("the records went over to the new address");
            }
        }

        let tls = Tls::new(&config.onion_service_key)?;
        let certificate_hash = tls.certificate_hash();
        let owner = config.owner.to_bare_jid();
        let (status_sender, status) = watch::channel(EndpointStatus::default());
        let (notes, _) = broadcast::channel(NOTES);
        let network = config
            .tor
            .map(|settings| Network::start(settings, &config.onion_service_key));
        let dialer: Arc<dyn Dialer> = match &network {
            Some(network) => Arc::new(TorDialer::new(Arc::clone(&network.tor))),
            None => Arc::new(NoDialer),
        };
        let domain = domain_of(&owner);
        let records = store.records().clone();
        let driver = Driver::new(
            domain,
            owner.clone(),
            store,
            (dialer, tls),
            status_sender.clone(),
            notes.clone(),
        )?;
        let events = driver.events();
        let mut helpers = Vec::new();
        let mut tor = None;
        if let Some(network) = network {
            helpers.push(tokio::spawn(tor_transport::accept(
                network.incoming,
                events.clone(),
            )));
            helpers.push(tokio::spawn(tor_transport::report(
                network.status,
                status_sender,
            )));
            tor = Some(network.tor);
        }
        if let Some(listener) = listener {
            helpers.push(tokio::spawn(accept_loopback(listener, events.clone())));
        }
        let (failed, failure) = watch::channel(None);
        let driver = tokio::spawn(async move {
            let outcome = driver.run().await;
            if let Err(error) = &outcome {
                failed.send_replace(Some(error.to_string()));
            }
            outcome
        });
        Ok(Self {
            owner,
            certificate_hash,
            events,
            status,
            notes,
            loopback,
            driver: Mutex::new(Some(driver)),
            failure,
            helpers: Mutex::new(helpers),
            records: Mutex::new(Some(records)),
            tor: Mutex::new(tor),
        })
    }

    /// The owner's bare JID.
    #[must_use]
    pub fn owner(&self) -> &BareJid {
        &self.owner
    }

    /// SHA-256 of the certificate in DER that clients are shown. It is the same after every start.
    #[must_use]
    pub const fn certificate_hash(&self) -> [u8; 32] {
        self.certificate_hash
    }

    /// The sealed records, for a copy.
    ///
    /// # Errors
    /// When the endpoint was shut down.
    pub fn records(&self) -> Result<Records, EndpointError> {
        let records = held(&self.records).clone();
        records.ok_or(EndpointError::Stopped)
    }

    /// The endpoint's state, now and whenever it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<EndpointStatus> {
        self.status.clone()
    }

    /// What happens from now on, for a log.
    #[must_use]
    pub fn notes(&self) -> broadcast::Receiver<Note> {
        self.notes.subscribe()
    }

    /// Where clients on this machine log in.
    #[must_use]
    pub fn loopback(&self) -> Option<SocketAddr> {
        self.loopback
    }

    /// A client stream of the owner's own, inside this process.
    ///
    /// # Errors
    /// When the endpoint has stopped.
    pub async fn open_client_pipe(&self) -> Result<DuplexStream, EndpointError> {
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        let origin = Origin::OwnerPipe {
            account: self.owner.clone(),
        };
        self.send(Event::Incoming(Incoming {
            origin,
            wire: Box::new(theirs),
        }))
        .await?;
        Ok(ours)
    }

    /// Lets a device log in, and returns the password for it. A device of the same name gets a new
    /// password.
    ///
    /// # Errors
    /// When the name is of no use or the endpoint has stopped.
    pub async fn add_device(&self, name: &str) -> Result<Zeroizing<String>, EndpointError> {
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(EndpointError::DeviceName);
        }
        let password = device_password::generate();
        let change = DeviceChange::Add {
            name: name.to_owned(),
            password: password.clone(),
        };
        self.change_devices(change).await?;
        Ok(password)
    }

    /// Takes a device's right to log in away. Whether there was such a device.
    ///
    /// # Errors
    /// When the endpoint has stopped.
    pub async fn revoke_device(&self, name: &str) -> Result<bool, EndpointError> {
        let known = self.devices().await?.iter().any(|device| device == name);
        if known {
            self.change_devices(DeviceChange::Revoke {
                name: name.to_owned(),
            })
            .await?;
        }
        Ok(known)
    }

    /// The devices that may log in.
    ///
    /// # Errors
    /// When the endpoint has stopped.
    pub async fn devices(&self) -> Result<Vec<String>, EndpointError> {
        let (answer, devices) = oneshot::channel();
        self.send(Event::Devices(self.owner.clone(), answer))
            .await?;
        devices.await.map_err(|_| EndpointError::Stopped)
    }

    /// Tries a peer at once instead of at the end of its back-off.
    ///
    /// # Errors
    /// When the endpoint has stopped.
    pub async fn retry_now(&self, domain: Domain) -> Result<(), EndpointError> {
        self.send(Event::Input(Input::RetryNow { domain })).await
    }

    /// Waits until the endpoint has stopped by itself, which it does only when its records cannot
    /// be written, and says why.
    pub async fn failed(&self) -> String {
        let mut failure = self.failure.clone();
        loop {
            if let Some(why) = failure.borrow_and_update().clone() {
                return why;
            }
            if failure.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Stops. Everything that was acknowledged is on disk already.
    ///
    /// # Errors
    /// When the endpoint had stopped before because its records could not be written.
    pub async fn shutdown(&self) -> Result<(), StoreError> {
        let _stopped = self.events.send(Event::Shutdown).await;
        let driver = held(&self.driver).take();
        let _free = held(&self.records).take();
        let outcome = match driver {
            // The loop can only end early by being dropped with its runtime.
            Some(driver) => driver.await.unwrap_or(Ok(())),
            None => Ok(()),
        };
        held(&self.helpers)
            .drain(..)
            .for_each(|helper| helper.abort());
        // A dial that is still under way holds Tor a little longer.
        let tor = held(&self.tor).take().and_then(Arc::into_inner);
        if let Some(tor) = tor {
            tor.shutdown().await;
        }
        outcome
    }

    async fn change_devices(&self, change: DeviceChange) -> Result<(), EndpointError> {
        let account = self.owner.clone();
        self.send(Event::Input(Input::ChangeDevices { account, change }))
            .await?;
        let (answer, done) = oneshot::channel();
        self.send(Event::Barrier(answer)).await?;
        done.await.map_err(|_| EndpointError::Stopped)
    }

    async fn send(&self, event: Event) -> Result<(), EndpointError> {
        self.events
            .send(event)
            .await
            .map_err(|_| EndpointError::Stopped)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Some(driver) = &*held(&self.driver) {
            driver.abort();
        }
        held(&self.helpers).iter().for_each(JoinHandle::abort);
    }
}

/// Nothing that is held here is ever left half changed.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(address: Option<SocketAddr>) -> Result<Option<TcpListener>, StartError> {
    let Some(address) = address else {
        return Ok(None);
    };
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let listener = TcpListener::bind(address).await;
    listener
        .map(Some)
        .map_err(|source| StartError::Loopback { address, source })
}

async fn accept_loopback(listener: TcpListener, events: mpsc::Sender<Event>) {
    loop {
        let Ok((wire, _)) = listener.accept().await else {
            // Too many open files, most likely: others must close first.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let incoming = Incoming {
            origin: Origin::Loopback,
            wire: Box::new(wire),
        };
        if events.send(Event::Incoming(incoming)).await.is_err() {
            return;
        }
    }
}
