//! What arti alone needs, for clients and an onion service without any XMPP.

use std::error::Error;
use std::time::{Duration, Instant};

use arti_client::config::onion_service::OnionServiceConfigBuilder;
use arti_client::config::{BoolOrAuto, CfgPath, TorClientConfigBuilder};
use arti_client::{DataStream, StreamPrefs, TorClient};
use futures::{Stream, StreamExt as _};
use onym_identity::{OnionAddress, OnionServiceKey};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tor_cell::relaycell::msg::Connected;
use tor_hsservice::RendRequest;
use tor_rtcompat::PreferredRuntime;

use crate::{FEW_REPEATS, REPEATS, Samples};

/// A try to connect while the descriptor is still on its way.
const TRY: Duration = Duration::from_secs(20);
const LIMIT: Duration = Duration::from_secs(120);

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Bare {
    pub(crate) bootstrap: Samples,
    pub(crate) launch: Samples,
    pub(crate) connect: Samples,
    pub(crate) round_trip: Samples,
}

type Client = std::sync::Arc<TorClient<PreferredRuntime>>;

pub(crate) async fn measure(toml: &str) -> Result<Bare, Box<dyn Error>> {
    // Installed by nobody else in this process.
    let _installed_already = rustls::crypto::ring::default_provider().install_default();
    let mut bare = Bare::default();
    let folder = tempfile::tempdir()?;
    let mut clients = Vec::new();
    for number in 0..FEW_REPEATS {
        let since = Instant::now();
        clients.push(bootstrapped(toml, &folder, number).await?);
        bare.bootstrap.add(since.elapsed());
    }
    let visitor = clients.pop().ok_or("no clients")?;
    // Each of the others offers a service once.
    let mut last = None;
    for (number, host) in clients.iter().enumerate() {
        let config = OnionServiceConfigBuilder::default()
            .nickname(format!("echo{number}").parse()?)
            .build()?;
        let since = Instant::now();
        let (service, requests) = host
            .launch_onion_service(config)?
            .ok_or("the service is off")?;
        tokio::spawn(echo(requests));
        let address = service.onion_address().ok_or("no onion address")?;
        let key = OnionServiceKey::from_bytes(address.as_ref())?;
        let address = OnionAddress::from(key).to_string();
        first_connection(&visitor, &address).await?;
        bare.launch.add(since.elapsed());
        last = Some((service, address));
    }
    let (_service, address) = last.ok_or("no service")?;
    for _ in 0..FEW_REPEATS {
        let since = Instant::now();
        connect(&visitor, &address).await?;
        bare.connect.add(since.elapsed());
    }
    let mut stream = connect(&visitor, &address).await?;
    for _ in 0..REPEATS {
        let since = Instant::now();
        stream.write_all(b"hello").await?;
        stream.flush().await?;
        let mut back = [0; 5];
        stream.read_exact(&mut back).await?;
        bare.round_trip.add(since.elapsed());
    }
    Ok(bare)
}

async fn bootstrapped(
    toml: &str,
    folder: &TempDir,
    number: usize,
) -> Result<Client, Box<dyn Error>> {
    let mut builder: TorClientConfigBuilder = toml::from_str(toml)?;
    let path = |name: &str| CfgPath::new_literal(folder.path().join(format!("{name}{number}")));
    let storage = builder.storage();
    storage.state_dir(path("state")).cache_dir(path("cache"));
    storage.permissions().dangerously_trust_everyone();
    let client = TorClient::with_runtime(PreferredRuntime::current()?)
        .config(builder.build()?)
        .create_bootstrapped()
        .await?;
    Ok(client)
}

/// Connects on circuits, and with a descriptor, that no earlier connection has used.
async fn connect(visitor: &Client, address: &str) -> Result<DataStream, arti_client::Error> {
    let mut prefs = StreamPrefs::new();
    prefs.connect_to_onion_services(BoolOrAuto::Explicit(true));
    let stranger = visitor.isolated_client();
    stranger.connect_with_prefs((address, 5269), &prefs).await
}

/// Tries until the service can be reached, as a peer would.
async fn first_connection(visitor: &Client, address: &str) -> Result<(), Box<dyn Error>> {
    let since = Instant::now();
    loop {
        match tokio::time::timeout(TRY, connect(visitor, address)).await {
            Ok(Ok(_stream)) => return Ok(()),
            Ok(Err(error)) if since.elapsed() > LIMIT => return Err(error.into()),
            Err(late) if since.elapsed() > LIMIT => return Err(late.into()),
            _ => {}
        }
    }
}

/// Sends everything back.
async fn echo(requests: impl Stream<Item = RendRequest>) {
    let streams = tor_hsservice::handle_rend_requests(requests);
    tokio::pin!(streams);
    while let Some(request) = streams.next().await {
        tokio::spawn(async move {
            let Ok(stream) = request.accept(Connected::new_empty()).await else {
                return;
            };
            let (mut read, mut write) = tokio::io::split(stream);
            let mut buffer = [0; 512];
            while let Ok(count @ 1..) = read.read(&mut buffer).await {
                let Some(bytes) = buffer.get(..count) else {
                    return;
                };
                if write.write_all(bytes).await.is_err() || write.flush().await.is_err() {
                    return;
                }
            }
        });
    }
}
