//! What a server keeps of passwords.

use std::borrow::Cow;
use std::fmt;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Hash;
use crate::sasl::Redacted;

/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// The iteration count of new credentials, and of the salt that strangers are shown. Device
/// passwords are random, so that it need not be high.
pub const DEFAULT_ITERATIONS: u32 = 10_000;

/// The credentials of one account for one mechanism.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The mechanism's hash function.
    pub hash: Hash,
    /// The salt of all devices.
    pub salt: Vec<u8>,
    /// The iteration count of all devices.
    pub iterations: u32,
    /// One entry per device.
    pub keys: Vec<DeviceKeys>,
}

/// What one device's password is recognised by. The password cannot be computed from it, but
/// `server_key` lets its holder act as the server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct DeviceKeys {
    /// The name of the device.
    #[zeroize(skip)]
    pub device: String,
    /// `StoredKey` of RFC 5802.
    pub stored_key: Vec<u8>,
    /// `ServerKey` of RFC 5802.
    pub server_key: Vec<u8>,
}

/// The password or user name holds characters that SASLprep (RFC 4013) forbids, or is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("empty, or it has characters that are not allowed in a name or password")]
pub struct Unprepared;

impl Credentials {
    /// Credentials without a device, under a fresh salt.
    #[must_use]
    pub fn generate(hash: Hash, rng: &mut impl CryptoRng) -> Self {
        let mut salt = vec![0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        Self {
            hash,
            salt,
            iterations: DEFAULT_ITERATIONS,
            keys: Vec::new(),
        }
    }

    /// Adds a device, or gives it a new password.
    pub fn set_device(&mut self, device: &str, password: &str) -> Result<(), Unprepared> {
        let keys = DeviceKeys::derive(self.hash, device, password, &self.salt, self.iterations)?;
        self.remove_device(device);
        self.keys.push(keys);
        Ok(())
    }

    /// Removes a device; returns whether there was one.
    pub fn remove_device(&mut self, device: &str) -> bool {
        let before = self.keys.len();
        self.keys.retain(|keys| keys.device != device);
        self.keys.len() < before
    }
}

impl DeviceKeys {
    /// The keys of a password (RFC 5802, section 3).
    pub fn derive(
        hash: Hash,
        device: &str,
        password: &str,
        salt: &[u8],
        iterations: u32,
    ) -> Result<Self, Unprepared> {
        let salted = hash.stretch(prepare(password)?.as_bytes(), salt, iterations);
        let client_key = hash.hmac(&salted, b"Client Key");
        Ok(Self {
            device: device.to_owned(),
            stored_key: hash.digest(&client_key).to_vec(),
            server_key: hash.hmac(&salted, b"Server Key").to_vec(),
        })
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            device,
            stored_key,
            server_key,
        } = self;
        formatter
            .debug_struct("DeviceKeys")
            .field("device", device)
            .field("stored_key", &Redacted(stored_key.len()))
            .field("server_key", &Redacted(server_key.len()))
            .finish()
    }
}

/// SASLprep (RFC 4013) of a user name or password.
pub(super) fn prepare(text: &str) -> Result<Cow<'_, str>, Unprepared> {
    match stringprep::saslprep(text) {
        Ok(prepared) if !prepared.is_empty() => Ok(prepared),
        Ok(_) | Err(_) => Err(Unprepared),
    }
}
