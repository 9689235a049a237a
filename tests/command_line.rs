//! The command line: what it prints, what it refuses, and who may log in on loopback.
//!
//! No Tor network is needed: the endpoints here are told of one that nobody answers for.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helper functions of tests are not covered by clippy.toml"
)]

#[path = "command_line/behind.rs"]
mod behind;
#[path = "command_line/encryption.rs"]
mod encryption;
#[path = "command_line/ending.rs"]
mod ending;
#[path = "command_line/identity.rs"]
mod identity;
#[path = "command_line/login.rs"]
mod login;
#[path = "command_line/own_statement.rs"]
mod own_statement;
#[path = "command_line/signed.rs"]
mod signed;
#[path = "command_line/usage.rs"]
mod usage;

use std::time::Duration;

use onym_tests::{Finished, Person};
use serde_json::Value;

/// Everything here happens on this machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A Tor network on a port that nobody listens on, so that no test depends on a real one.
const NO_NETWORK: &str = r#"
[address_filter]
allow_local_addrs = true

[tor_network.authorities]
v3idents = ["0000000000000000000000000000000000000001"]

[[tor_network.fallback_caches]]
rsa_identity = "0000000000000000000000000000000000000002"
ed_identity = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
orports = ["127.0.0.1:1"]
"#;

/// Somebody with a new identity and no network.
fn alice() -> Person {
    Person::new("alice", NO_NETWORK).unwrap()
}

/// The error that a program ended with. There is one, it says something, and nothing claims
/// success.
#[track_caller]
fn error_of(finished: &Finished) -> &Value {
    let errors: Vec<&Value> = finished
        .lines
        .iter()
        .filter(|line| line["event"] == "error")
        .collect();
    assert_eq!(errors.len(), 1, "{finished:?}");
    assert!(!errors[0]["why"].as_str().unwrap().is_empty());
    assert!(!finished.lines.iter().any(|line| line["event"] == "done"));
    errors[0]
}
