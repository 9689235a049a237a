//! One account may have several device passwords. They share salt and iteration count, which the
//! server must send before it knows which of them the client has; the proof then tells the device.
//!
//! User names and passwords go through SASLprep (RFC 4013) on both sides, as RFC 5802 asks for.
//! SASLprep here refuses characters that Unicode 3.2 does not know, such as newer emoji.
//!
//! There is no channel binding: a client may say `n` (it has none) or `y` (it thinks that we have
//! none, which is true). An onion address authenticates the connection by itself.

mod client;
mod credentials;
mod hash;
mod message;
mod server;

pub use client::{ClientError, ClientExchange, ClientVerifier};
pub use credentials::{Credentials, DEFAULT_ITERATIONS, DeviceKeys, SALT_BYTES, Unprepared};
pub use hash::Hash;
pub use server::{Account, Proven, ServerChallenge, ServerExchange};

/// The fewest iterations that a client accepts: RFC 5802, section 5.1 and RFC 7677, section 4.
pub const MIN_ITERATIONS: u32 = 4096;
/// The most iterations that a client computes: about a second of work that a server can ask for.
pub const MAX_ITERATIONS: u32 = 1_000_000;

#[cfg(test)]
mod tests;
