//! A private Tor network on loopback, made of Debian's `tor`.
//!
//! Three directory authorities and twelve relays, all on 127.0.0.1, are enough for onion
//! services and their clients to find each other; nothing leaves the machine. Starting one takes
//! some seconds, so a test run shares a single network.
//!
//! ```no_run
//! use onym_tor_network::{Options, TorNetwork};
//!
//! let network = TorNetwork::start(Options::default())?;
//! let toml = network.client_config_toml(); // for arti's `TorClientConfigBuilder`
//! # Ok::<(), onym_tor_network::Error>(())
//! ```
//!
//! How a network comes up ([`network`] has the steps):
//!
//! 1. the authorities' keys are made, in parallel ([`authority`]);
//! 2. authorities start with a vote that lies far ahead, relays start and publish themselves;
//! 3. when every authority knows every node, all are called equally fast ([`bandwidth`]) and the
//!    vote is moved to "in a few seconds" ([`schedule`]), so that the very first consensus is
//!    complete and stays for hours;
//! 4. every node fetches that consensus ([`consensus`] decides what "usable" means).
//!
//! Nothing stays behind: dropping the network kills every process and removes the folder, also on
//! a panic; if this process dies without unwinding, the guard in [`sentinel`] does the same.

mod authority;
mod bandwidth;
mod clock;
mod consensus;
mod error;
mod network;
mod node;
mod onion_service;
mod programs;
mod progress;
mod proxy;
mod schedule;
mod sentinel;
mod torrc;

pub use error::Error;
pub use network::{Options, TorNetwork};
pub use onion_service::OnionService;
pub use progress::Progress;
