//! Whether others can reach our onion service.
//!
//! Arti's own judgement needs descriptors for two time periods and knows nothing of what a peer
//! sees. So we do what a peer does: fetch our descriptor from the network, on circuits and with a
//! cache that nothing else shares, and connect. That this works proves at least one accepted
//! upload, working introduction points and a service that answers. The connection goes to port
//! 5269, sends nothing and is closed at once.

use std::convert::Infallible;
use std::time::Duration;

use futures::StreamExt as _;
use onym_identity::{OnionAddress, Timestamp};
use rand::Rng;
use tor_hsservice::RunningOnionService;
use tor_hsservice::status::{OnionServiceStatus, Problem, State};

use super::backoff::{Backoff, with_jitter};
use super::connect::{Circuits, in_words};
use super::{Client, ConnectError, Shared, TorStatus, bootstrap, connect};
use crate::clock::Clock;

/// The port that our own connection goes to.
const PORT: u16 = 5269;

/// How long the first try waits for arti to say that it has published. On a young network arti
/// never says it, see [`State::is_fully_reachable`].
const PUBLISH_PATIENCE: Duration = Duration::from_secs(5);

/// The pause after the first failed try, and the longest. A user who waits for it to come back
/// should not have to wait for long.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
const RETRY_PAUSE_LIMIT: Duration = Duration::from_secs(120);

/// The pause between looks while all is well.
const RECHECK_PAUSE: Duration = Duration::from_secs(600);

/// Even with a reason to look again, the next try waits for this.
const LEAST_PAUSE: Duration = Duration::from_secs(10);

/// After so many failures in a row we say that we are unreachable.
const PATIENCE: u32 = 4;

/// Looks again and again, and keeps the status honest.
pub(super) async fn watch(
    client: &Client,
    service: &RunningOnionService,
    address: OnionAddress,
    shared: &Shared,
) -> Infallible {
    let mut clock = Clock::new();
    let mut record = Record::default();
    published(service, shared).await;
    loop {
        if record.reachable_since.is_none() && record.failures == 0 {
            shared.set_status(TorStatus::Confirming);
        }
        let outcome = connect_to_ourselves(client, address).await;
        let status = match outcome {
            Ok(()) => record.succeeded(clock.now()),
            Err(error) => record.failed(&error, &trouble(client, service)),
        };
        shared.set_status(status);
        let pause = record.pause(&mut rand::rng());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = reason_to_look(client, service, shared) => {
                tokio::time::sleep(pause.min(LEAST_PAUSE)).await;
            }
        }
    }
}

/// Returns when arti has published, or has had the time to.
async fn published(service: &RunningOnionService, shared: &Shared) {
    let mut events = service.status_events();
    let published = async {
        while let Some(status) = events.next().await {
            let trouble = service_problem(&status);
            shared.set_status(TorStatus::Publishing { trouble });
            if !matches!(status.state(), State::Shutdown | State::Bootstrapping) {
                return;
            }
        }
    };
    let _long_enough = tokio::time::timeout(PUBLISH_PATIENCE, published).await;
}

async fn connect_to_ourselves(client: &Client, address: OnionAddress) -> Result<(), ConnectError> {
    // Isolation covers what is known about the service too, so that the descriptor is fetched.
    let stranger = client.isolated_client();
    connect::connect(&stranger, &Circuits::default(), &address.to_string(), PORT)
        .await
        .map(drop)
}

/// Returns when something has happened that may have changed our reachability.
async fn reason_to_look(client: &Client, service: &RunningOnionService, shared: &Shared) {
    let state = service.status().state();
    let blocked = client.bootstrap_status().blocked().is_some();
    let mut service_events = service.status_events().filter(|status| {
        let new = status.state();
        futures::future::ready(new != state && is_trouble(new))
    });
    let mut network_events = client
        .bootstrap_events()
        .filter(|status| futures::future::ready(status.blocked().is_some() != blocked));
    tokio::select! {
        () = shared.suspicion.raised() => {}
        Some(_) = service_events.next() => {}
        Some(_) = network_events.next() => {}
        else => std::future::pending().await,
    }
}

fn is_trouble(state: State) -> bool {
    matches!(state, State::Broken | State::Recovering | State::Shutdown)
}

/// What arti knows about the trouble; nothing if it knows of none.
fn trouble(client: &Client, service: &RunningOnionService) -> Option<String> {
    bootstrap::blockage(&client.bootstrap_status())
        .map(|blockage| format!("{}. {}", blockage.why, blockage.advice))
        .or_else(|| service_problem(&service.status()))
}

/// What arti reports of the service's last steps; nothing if no step has failed.
fn service_problem(status: &OnionServiceStatus) -> Option<String> {
    fn several<E: std::error::Error>(what: &str, errors: &[E]) -> Option<String> {
        let first = in_words(errors.first()?);
        Some(format!(
            "{} {what} failed, one because: {first}",
            errors.len()
        ))
    }
    match status.current_problem()? {
        Problem::Runtime(error) => Some(in_words(error)),
        Problem::DescriptorUpload(errors) => several("uploads of the descriptor", errors),
        Problem::Ipt(errors) => several("introduction points", errors),
        _ => Some("an unknown problem".into()),
    }
}

/// The outcome of the tries so far.
#[derive(Debug)]
struct Record {
    reachable_since: Option<Timestamp>,
    /// Failures since the last success.
    failures: u32,
    retry: Backoff,
}

impl Default for Record {
    fn default() -> Self {
        let retry = Backoff::new(RETRY_PAUSE, RETRY_PAUSE_LIMIT);
        Self {
            reachable_since: None,
            failures: 0,
            retry,
        }
    }
}

impl Record {
    fn succeeded(&mut self, now: Timestamp) -> TorStatus {
        self.failures = 0;
        self.retry.reset();
        let since = *self.reachable_since.get_or_insert(now);
        TorStatus::Reachable { since }
    }

    /// One failure is not yet a verdict: a relay may have gone. But "reachable" is over.
    fn failed(&mut self, error: &ConnectError, trouble: &Option<String>) -> TorStatus {
        self.reachable_since = None;
        self.failures = self.failures.saturating_add(1);
        let why = || trouble.clone().unwrap_or_else(|| error.to_string());
        if self.failures >= PATIENCE {
            TorStatus::Unreachable { why: why() }
        } else if matches!(error, ConnectError::NotFound { .. }) {
            TorStatus::Publishing {
                trouble: trouble.clone(),
            }
        } else {
            TorStatus::Confirming
        }
    }

    fn pause(&mut self, rng: &mut impl Rng) -> Duration {
        if self.failures == 0 {
            with_jitter(RECHECK_PAUSE, rng)
        } else {
            self.retry.next(rng)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_found() -> ConnectError {
        ConnectError::NotFound {
            host: "our own address".into(),
        }
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::from_unix_millis(second * 1000)
    }

    #[test]
    fn reachable_ends_with_the_first_failure_and_unreachable_needs_several() {
        let mut record = Record::default();
        assert_eq!(
            record.succeeded(at(1)),
            TorStatus::Reachable { since: at(1) }
        );
        assert_eq!(
            record.succeeded(at(9)),
            TorStatus::Reachable { since: at(1) }
        );

        let slow = ConnectError::Timeout {
            host: "our own address".into(),
        };
        assert_eq!(record.failed(&slow, &None), TorStatus::Confirming);
        assert_eq!(
            record.failed(&not_found(), &None),
            TorStatus::Publishing { trouble: None }
        );
        assert_eq!(record.failed(&slow, &None), TorStatus::Confirming);
        let TorStatus::Unreachable { why } = record.failed(&slow, &None) else {
            panic!("four failures are a verdict");
        };
        assert!(why.contains("did not answer"), "{why}");

        assert_eq!(
            record.succeeded(at(20)),
            TorStatus::Reachable { since: at(20) }
        );
        assert_eq!(record.failed(&slow, &None), TorStatus::Confirming);
    }

    #[test]
    fn what_arti_knows_of_the_trouble_goes_before_what_we_saw() {
        let mut record = Record {
            failures: PATIENCE,
            ..Record::default()
        };
        let status = record.failed(&not_found(), &Some("no network".into()));
        assert_eq!(
            status,
            TorStatus::Unreachable {
                why: "no network".into()
            }
        );
    }

    #[test]
    fn tries_are_slow_when_all_is_well_and_never_far_apart_when_not() {
        let mut rng = rand::rng();
        let mut record = Record::default();
        record.succeeded(at(1));
        assert!(record.pause(&mut rng) >= RECHECK_PAUSE / 2);
        record.failed(&not_found(), &None);
        assert!(record.pause(&mut rng) <= RETRY_PAUSE * 2);
        let longest = (0..20).map(|_| record.pause(&mut rng)).max();
        assert!(longest.unwrap() <= RETRY_PAUSE_LIMIT * 2);
    }
}
