//! Getting into the Tor network, and saying what is in the way.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use arti_client::status::{BlockageKind as Arti, BootstrapStatus};
use arti_client::{BootstrapBehavior, ErrorKind, HasKind as _, TorClient};
use futures::StreamExt as _;
use tor_rtcompat::PreferredRuntime;

use super::backoff::Backoff;
use super::connect::in_words;
use super::settings::TorSettings;
use super::{Blockage, BlockageKind, BootstrapPhase, Client, Failure, Shared, TorStatus};

/// How long a state folder that is in use may take to be given up: by ourselves, after a restart.
const LOCK_LIMIT: Duration = Duration::from_millis(500);

/// The pause after a bootstrap that was given up, and the longest.
const RETRY_PAUSE: Duration = Duration::from_secs(2);
const RETRY_PAUSE_LIMIT: Duration = Duration::from_secs(60);

/// Without any progress for so long, the user is told. Arti itself waits for a minute and several
/// attempts before it says that anything is wrong.
const STALLED: Duration = Duration::from_secs(20);

const CHECK_CLOCK: &str = "Set the date, the time and the time zone of this computer.";
const CHECK_NETWORK: &str = "Check that this computer is connected to the network.";
const UPDATE: &str = "If this lasts, update Onym: an old version cannot verify the network's \
                      directory. Check the clock of this computer as well.";
const USE_BRIDGES: &str = "This network seems to keep Tor out. Use bridges, or another network.";
const KEEP_WAITING: &str = "It is tried again by itself. If this lasts, a firewall may keep Tor \
                            out; bridges help then.";

/// Creates the client. Nothing is sent yet.
pub(super) async fn create_client(settings: &TorSettings) -> Result<Arc<Client>, Failure> {
    let config = settings.client_config().map_err(|error| Failure {
        why: format!("the Tor settings cannot be used: {error}"),
        advice: "Correct them and start again.".into(),
        lasting: true,
    })?;
    let runtime = PreferredRuntime::current().map_err(Failure::passing)?;
    TorClient::with_runtime(runtime)
        .config(config)
        .bootstrap_behavior(BootstrapBehavior::Manual)
        .local_resource_timeout(LOCK_LIMIT)
        .create_unbootstrapped_async()
        .await
        .map_err(|error| Failure {
            advice: advice_for_start(error.kind(), settings),
            why: in_words(&error),
            lasting: false,
        })
}

fn advice_for_start(kind: ErrorKind, settings: &TorSettings) -> String {
    let (state, cache) = (settings.state_dir.display(), settings.cache_dir.display());
    match kind {
        ErrorKind::LocalResourceAlreadyInUse => {
            "Another Onym seems to run with the same folder; close it.".into()
        }
        ErrorKind::FsPermissions => {
            format!("Nobody but you may write to {state} and {cache}: run chmod go-w on them.")
        }
        ErrorKind::CacheCorrupted | ErrorKind::CacheAccessFailed => {
            format!("Make room on the disk, or remove {cache}; it is fetched again.")
        }
        ErrorKind::PersistentStateAccessFailed | ErrorKind::PersistentStateCorrupted => {
            format!("Check that {state} can be written to and that the disk is not full.")
        }
        _ => "It is tried again by itself.".into(),
    }
}

/// Returns when the client can be used; until then the status tells how far it is.
pub(super) async fn bootstrap(client: &Client, shared: &Shared) {
    let mut pause = Backoff::new(RETRY_PAUSE, RETRY_PAUSE_LIMIT);
    loop {
        let error = tokio::select! {
            outcome = client.bootstrap() => match outcome {
                Ok(()) => return,
                Err(error) => error,
            },
            never = report(client, shared) => match never {},
        };
        let (percent, phase) = progress(client.bootstrap_status().as_frac());
        let blocked = Some(Blockage::of_error(error.kind(), &in_words(&error)));
        shared.set_status(TorStatus::Bootstrapping {
            percent,
            phase,
            blocked,
        });
        let wait = pause.next(&mut rand::rng());
        tokio::time::sleep(wait).await;
    }
}

/// Keeps the status up to date.
async fn report(client: &Client, shared: &Shared) -> Infallible {
    let mut events = client.bootstrap_events();
    let mut furthest = None;
    let mut stalled = false;
    let patience = tokio::time::sleep(STALLED);
    tokio::pin!(patience);
    loop {
        let now = client.bootstrap_status();
        let (percent, phase) = progress(now.as_frac());
        if furthest.replace(percent) != Some(percent) {
            stalled = false;
            patience.set(tokio::time::sleep(STALLED));
        }
        let blocked = blockage(&now).or_else(|| stalled.then(|| Blockage::stalled(phase)));
        shared.set_status(TorStatus::Bootstrapping {
            percent,
            phase,
            blocked,
        });
        tokio::select! {
            Some(_) = events.next() => {}
            () = &mut patience, if !stalled => stalled = true,
            else => std::future::pending().await,
        }
    }
}

/// What is in the way, if arti thinks that something is.
pub(super) fn blockage(status: &BootstrapStatus) -> Option<Blockage> {
    let blocked = status.blocked()?;
    Blockage::of(&blocked.kind(), &blocked.message().to_string())
}

/// Percent and phase for arti's fraction: 0.15 of it is for a connection, and of the rest 25 % for
/// the consensus, 10 % for certificates and 65 % for the relays' keys.
fn progress(fraction: f32) -> (u8, BootstrapPhase) {
    const CONNECTION: f32 = 0.15;
    let directory = |part: f32| CONNECTION + part * (1.0 - CONNECTION);
    let phase = if fraction < CONNECTION {
        BootstrapPhase::Connecting
    } else if fraction < directory(0.25) {
        BootstrapPhase::FetchingConsensus
    } else if fraction < directory(0.35) {
        BootstrapPhase::FetchingCertificates
    } else if fraction < 1.0 {
        BootstrapPhase::FetchingRelays
    } else {
        BootstrapPhase::Ready
    };
    // A cast from a float saturates.
    ((fraction * 100.0) as u8, phase)
}

impl Blockage {
    fn of(kind: &Arti, message: &str) -> Option<Self> {
        let (kind, why, advice) = match kind {
            // We have not told it to begin yet.
            Arti::Disabled => return None,
            Arti::Offline => (
                BlockageKind::NoNetwork,
                "there seems to be no network".into(),
                CHECK_NETWORK,
            ),
            Arti::Filtering => (
                BlockageKind::Censored,
                "connections to Tor are made but carry nothing".into(),
                USE_BRIDGES,
            ),
            Arti::ClockSkewed => (
                BlockageKind::WrongClock,
                format!("the clock of this computer seems wrong ({message})"),
                CHECK_CLOCK,
            ),
            Arti::CantBootstrap => (
                BlockageKind::UpdateNeeded,
                format!("the directory of relays cannot be fetched or verified ({message})"),
                UPDATE,
            ),
            _ => (
                BlockageKind::Other,
                format!("the Tor network cannot be reached ({message})"),
                KEEP_WAITING,
            ),
        };
        Some(Self {
            kind,
            why,
            advice: advice.to_owned(),
        })
    }

    /// For a bootstrap that does not go on, while arti does not yet know why.
    fn stalled(phase: BootstrapPhase) -> Self {
        let (kind, why, advice) = match phase {
            BootstrapPhase::Connecting => (
                BlockageKind::Censored,
                "no relay has answered so far",
                format!("{CHECK_NETWORK} If it is, this network may keep Tor out; bridges help."),
            ),
            _ => (
                BlockageKind::Other,
                "the download does not go on",
                KEEP_WAITING.to_owned(),
            ),
        };
        let why = why.to_owned();
        Self { kind, why, advice }
    }

    /// For a bootstrap that arti has given up.
    fn of_error(kind: ErrorKind, message: &str) -> Self {
        let (kind, advice) = match kind {
            ErrorKind::SoftwareDeprecated
            | ErrorKind::TorDocumentRejected
            | ErrorKind::TorDirectoryError
            | ErrorKind::TorDirectoryUnusable
            | ErrorKind::DirectoryExpired => (BlockageKind::UpdateNeeded, UPDATE),
            ErrorKind::ClockSkew => (BlockageKind::WrongClock, CHECK_CLOCK),
            ErrorKind::LocalNetworkError => (BlockageKind::NoNetwork, CHECK_NETWORK),
            _ => (BlockageKind::Other, KEEP_WAITING),
        };
        Self {
            kind,
            why: message.to_owned(),
            advice: advice.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_named_by_what_is_missing() {
        for (fraction, expected) in [
            (0.0, (0, BootstrapPhase::Connecting)),
            (0.15, (15, BootstrapPhase::FetchingConsensus)),
            (0.4, (40, BootstrapPhase::FetchingCertificates)),
            (0.6, (60, BootstrapPhase::FetchingRelays)),
            (1.0, (100, BootstrapPhase::Ready)),
        ] {
            assert_eq!(progress(fraction), expected);
        }
    }

    #[test]
    fn every_blockage_comes_with_advice_that_fits() {
        let advice = |kind| Blockage::of(&kind, "…").map(|blockage| blockage.advice);
        assert!(advice(Arti::Offline).unwrap().contains("connected"));
        assert!(advice(Arti::Filtering).unwrap().contains("bridges"));
        assert!(advice(Arti::ClockSkewed).unwrap().contains("time"));
        assert!(advice(Arti::CantBootstrap).unwrap().contains("update"));
        assert_eq!(advice(Arti::Disabled), None);
        let deprecated = Blockage::of_error(ErrorKind::SoftwareDeprecated, "…");
        assert!(deprecated.advice.contains("update"));
    }
}
