//! Prints how long the steps of the Tor part take on a private Tor network.
//!
//! `cargo run --release -p onym-server --example tor_figures`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example that measures"
)]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use onym_identity::{OnionServiceSecretKey, RootSecret};
use onym_server::tor::{Bridges, IncomingStream, Network, Tor, TorSettings, TorStatus};
use onym_tor_network::{Options, TorNetwork};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Bytes of the large transfer.
const LARGE: usize = 1 << 20;

#[tokio::main]
async fn main() -> Outcome<()> {
    let begun = Instant::now();
    let network = TorNetwork::start(Options::default())?;
    say("private network", begun);
    let client_toml = network.client_config_toml();
    let folder = tempfile::tempdir()?;
    let (juliet, romeo) = (folder.path().join("juliet"), folder.path().join("romeo"));
    let key = RootSecret::generate(&mut rand::rng()).onion_service_key(0);
    let other = RootSecret::generate(&mut rand::rng()).onion_service_key(0);
    let address = key.onion_address().to_string();

    println!("-- first start");
    let (tor, incoming) = start(&client_toml, &juliet, &key).await?;
    tokio::spawn(echo(incoming));
    let (romeos, _none) = start(&client_toml, &romeo, &other).await?;

    println!("-- connections");
    for number in ["first", "second"] {
        let begun = Instant::now();
        let mut stream = romeos.connect(&address, 5269).await?;
        say(&format!("{number} connection"), begun);
        for _ in 0..3 {
            let begun = Instant::now();
            round_trip(&mut stream, &mut [0; 5]).await?;
            say("round trip of 5 bytes", begun);
        }
        let begun = Instant::now();
        round_trip(&mut stream, &mut vec![0; LARGE]).await?;
        say("1 MiB echoed", begun);
    }
    let begun = Instant::now();
    let refused = romeos.connect(&address, 80).await.err();
    say(&format!("{refused:?}"), begun);
    let nobody = RootSecret::generate(&mut rand::rng()).onion_service_key(0);
    let begun = Instant::now();
    let unknown = romeos
        .connect(&nobody.onion_address().to_string(), 5269)
        .await
        .err();
    say(&format!("{unknown:?}"), begun);

    println!("-- second start");
    let begun = Instant::now();
    tor.shutdown().await;
    say("shutdown", begun);
    let (_tor, incoming) = start(&client_toml, &juliet, &key).await?;
    tokio::spawn(echo(incoming));
    let begun = Instant::now();
    romeos.connect(&address, 5269).await?;
    say("connection of one who knew the service before", begun);
    Ok(())
}

/// Starts and says when each status is reached.
async fn start(
    client_toml: &str,
    folder: &Path,
    key: &OnionServiceSecretKey,
) -> Outcome<(Tor, mpsc::Receiver<IncomingStream>)> {
    let settings = TorSettings {
        network: Network::Custom(client_toml.to_owned()),
        bridges: Bridges::default(),
        state_dir: folder.join("state"),
        cache_dir: folder.join("cache"),
        trust_permissions: true,
    };
    let (sender, mut status) = watch::channel(TorStatus::Starting);
    let begun = Instant::now();
    let (tor, incoming) = Tor::start(settings, key, sender);
    loop {
        status.changed().await?;
        let now = status.borrow_and_update().clone();
        say(&now.to_string(), begun);
        if now.is_reachable() {
            return Ok((tor, incoming));
        }
    }
}

async fn round_trip(
    stream: &mut onym_server::tor::DataStream,
    bytes: &mut [u8],
) -> std::io::Result<()> {
    let sent = bytes.to_vec();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let send = async {
        writer.write_all(&sent).await?;
        writer.flush().await
    };
    tokio::try_join!(send, reader.read_exact(bytes))?;
    Ok(())
}

async fn echo(mut incoming: mpsc::Receiver<IncomingStream>) {
    while let Some(IncomingStream { stream, .. }) = incoming.recv().await {
        tokio::spawn(async move {
            let (mut reader, mut writer) = tokio::io::split(stream);
            let mut bytes = vec![0; 1 << 16];
            while let Ok(read @ 1..) = reader.read(&mut bytes).await {
                let bytes = bytes.get(..read).unwrap_or_default();
                if writer.write_all(bytes).await.is_err() || writer.flush().await.is_err() {
                    return;
                }
            }
        });
    }
}

fn say(step: &str, begun: Instant) {
    println!("{:8.3} s  {step}", begun.elapsed().as_secs_f64());
}
