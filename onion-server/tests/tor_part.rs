//! The Tor part over a private Tor network.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helper functions of tests are not covered by clippy.toml"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use onym_identity::{OnionServiceSecretKey, RootSecret};
use onym_server::tor::{
    Bridges, ConnectError, DataStream, IncomingStream, Network, Tor, TorSettings, TorStatus,
};
use onym_tor_network::{Options, TorNetwork};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// Far more than any step takes; a step that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(120);

/// One who runs Tor.
struct Person {
    folder: TempDir,
    key: OnionServiceSecretKey,
}

/// A running Tor of a person.
struct Running {
    tor: Tor,
    status: watch::Receiver<TorStatus>,
    incoming: mpsc::Receiver<IncomingStream>,
}

impl Person {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = RootSecret::generate(&mut rand::rng()).onion_service_key(0);
        Self { folder, key }
    }

    fn start(&self, client_toml: &str) -> Running {
        let settings = TorSettings {
            network: Network::Custom(client_toml.to_owned()),
            bridges: Bridges::default(),
            state_dir: self.folder.path().join("state"),
            cache_dir: self.folder.path().join("cache"),
            trust_permissions: true,
        };
        let (sender, status) = watch::channel(TorStatus::Starting);
        let (tor, incoming) = Tor::start(settings, &self.key, sender);
        Running {
            tor,
            status,
            incoming,
        }
    }

    fn address(&self) -> String {
        self.key.onion_address().to_string()
    }
}

impl Running {
    /// Waits for a status; if it does not come, the last one explains why.
    async fn wait_for(&mut self, wanted: impl Fn(&TorStatus) -> bool) {
        let came = timeout(LIMIT, self.status.wait_for(wanted)).await.is_ok();
        assert!(came, "still: {}", *self.status.borrow());
    }

    /// Lets the next connection with bytes on it have them back, and returns its port.
    async fn echo_once(&mut self) -> u16 {
        loop {
            let IncomingStream { port, mut stream } = self.incoming.recv().await.unwrap();
            let mut bytes = [0; 5];
            // Connections to oneself carry nothing.
            if stream.read_exact(&mut bytes).await.is_ok() {
                stream.write_all(&bytes).await.unwrap();
                stream.flush().await.unwrap();
                return port;
            }
        }
    }
}

async fn send_and_receive(stream: &mut DataStream) -> [u8; 5] {
    stream.write_all(b"hello").await.unwrap();
    stream.flush().await.unwrap();
    let mut echo = [0; 5];
    stream.read_exact(&mut echo).await.unwrap();
    echo
}

/// Connects, sends and receives while the other side echoes.
async fn talk(from: &Tor, to: &mut Running, address: &str, port: u16) {
    let talking = async {
        let mut stream = from.connect(address, port).await.unwrap();
        assert_eq!(send_and_receive(&mut stream).await, *b"hello");
    };
    let ((), asked_for) = timeout(LIMIT, async { tokio::join!(talking, to.echo_once()) })
        .await
        .unwrap();
    assert_eq!(asked_for, port);
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Those whose name contains `part`.
fn named<'a>(part: &str, files: &'a [PathBuf]) -> Vec<&'a PathBuf> {
    let name = |path: &PathBuf| path.display().to_string();
    files
        .iter()
        .filter(|path| name(path).contains(part))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_talk_over_onion_services_and_one_restarts() {
    let network = tokio::task::spawn_blocking(|| TorNetwork::start(Options::default()));
    let network = network.await.unwrap().unwrap();
    let client_toml = network.client_config_toml();
    let (juliet, romeo) = (Person::new(), Person::new());

    let mut juliets = juliet.start(&client_toml);
    let romeos = romeo.start(&client_toml);
    juliets.wait_for(TorStatus::is_reachable).await;

    for port in [5222, 5269] {
        talk(&romeos.tor, &mut juliets, &juliet.address(), port).await;
    }

    let refused = romeos.tor.connect(&juliet.address(), 80).await.unwrap_err();
    assert!(
        matches!(refused, ConnectError::Refused { port: 80, .. }),
        "{refused:?}"
    );
    let nobody = Person::new().address();
    let unknown = romeos.tor.connect(&nobody, 5269).await.unwrap_err();
    assert!(
        matches!(unknown, ConnectError::NotFound { .. }),
        "{unknown:?}"
    );
    let no_address = romeos.tor.connect("juliet.onion", 5269).await.unwrap_err();
    assert!(
        matches!(no_address, ConnectError::InvalidAddress { .. }),
        "{no_address:?}"
    );
    for error in [refused, unknown, no_address] {
        assert!(!error.is_ours(), "{error}");
    }

    juliets.tor.shutdown().await;
    let before = files(juliet.folder.path());
    for secret in ["hs_id", "blind_id", "desc_sign"] {
        assert_eq!(named(secret, &before), Vec::<&PathBuf>::new());
    }
    let introduction_points = named("k_sid", &before);
    assert!(introduction_points.len() >= 3, "{before:#?}");

    let mut juliets = juliet.start(&client_toml);
    juliets.wait_for(TorStatus::is_reachable).await;
    talk(&romeos.tor, &mut juliets, &juliet.address(), 5269).await;
    let after = files(juliet.folder.path());
    let kept = named("k_sid", &after);
    let same = introduction_points.iter().filter(|key| kept.contains(key));
    assert!(same.count() >= 3, "{introduction_points:#?}\n{kept:#?}");

    let mut mistrustful = Person::new().start(&with_other_authorities(&client_toml));
    mistrustful
        .wait_for(|status| advice(status).is_some())
        .await;
    let status = mistrustful.status.borrow().clone();
    assert!(advice(&status).unwrap().contains("update"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_the_user_is_told() {
    // Nobody listens on port 1.
    let client_toml = "
        [tor_network.authorities]
        v3idents = [\"7AF44F51705E167B821F705FF1ADCFBB6DF04B03\"]
        [address_filter]
        allow_local_addrs = true
        [[tor_network.fallback_caches]]
        rsa_identity = \"AB019C37145E0036937E14BDC22510CF9CF1721A\"
        ed_identity = \"gpVJRC8oPy/+GrERg/NQswFYNKANpdMiS9cL4JdUzug\"
        orports = [\"127.0.0.1:1\"]
    ";
    let person = Person::new();
    let mut running = person.start(client_toml);
    running.wait_for(|status| advice(status).is_some()).await;
    let status = running.status.borrow().clone();
    assert!(
        advice(&status)
            .unwrap()
            .contains("connected to the network"),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_used_are_reported_with_their_line() {
    let person = Person::new();
    let mut running = person.start("[storage]\nnonsense = [\n");
    running
        .wait_for(|status| matches!(status, TorStatus::Failed { .. }))
        .await;
    let status = running.status.borrow().to_string();
    assert!(status.contains("line 2"), "{status}");
}

/// The advice for a blocked bootstrap.
fn advice(status: &TorStatus) -> Option<&str> {
    match status {
        TorStatus::Bootstrapping {
            blocked: Some(blockage),
            ..
        } => Some(&blockage.advice),
        _ => None,
    }
}

/// A configuration that trusts authorities which are not those of the network.
fn with_other_authorities(client_toml: &str) -> String {
    let Some((before, rest)) = client_toml.split_once("v3idents = [") else {
        panic!("no authorities in {client_toml}");
    };
    let (_, after) = rest.split_once(']').unwrap();
    let other = "7AF44F51705E167B821F705FF1ADCFBB6DF04B03";
    format!("{before}v3idents = [\"{other}\"]{after}")
}
