//! The server's side of SCRAM.

use data_encoding::BASE64;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::credentials::{DEFAULT_ITERATIONS, DeviceKeys, SALT_BYTES, prepare};
use super::hash::xor;
use super::message::{ClientFinal, ClientFirst, Malformed};
use super::{Credentials, Hash};
use crate::sasl::{Failure, Redacted};

/// The client has said who it is.
#[derive(Debug)]
pub struct ServerExchange {
    hash: Hash,
    username: String,
    authorization_id: Option<String>,
    gs2_header: String,
    client_first_bare: String,
    client_nonce: String,
}

/// What the server knows about the user name.
#[derive(Clone, Copy)]
pub enum Account<'a> {
    /// Its credentials, of the mechanism in use.
    Known(&'a Credentials),
    /// There is none. The exchange goes on all the same and fails at its end, so that a stranger
    /// cannot find out which names exist.
    Unknown {
        /// A secret of the server that never changes, from which a salt for the name is made: it
        /// must be the same at every attempt, as a real one is.
        decoy_secret: &'a [u8; 32],
    },
}

/// The challenge is sent.
pub struct ServerChallenge {
    exchange: ServerExchange,
    nonce: String,
    server_first: String,
    keys: Vec<DeviceKeys>,
}

/// The client has proven that it knows a device's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The user name.
    pub username: String,
    /// Whom the client wants to act as, if it said so. The caller checks that it may.
    pub authorization_id: Option<String>,
    /// Which of the account's devices it is.
    pub device: String,
    /// The server's own proof, to be sent with `<success/>`.
    pub server_final: Vec<u8>,
}

impl ServerExchange {
    /// Reads `client-first-message`.
    pub fn handle_first(hash: Hash, message: &[u8]) -> Result<Self, Failure> {
        let first = ClientFirst::parse(message)?;
        // RFC 5802, section 5.1: a name that SASLprep refuses fails the exchange.
        let username = prepare(&first.username).map_err(|_| Failure::MalformedRequest)?;
        Ok(Self {
            hash,
            username: username.into_owned(),
            authorization_id: first.authorization_id,
            gs2_header: first.gs2_header.to_owned(),
            client_first_bare: first.bare.to_owned(),
            client_nonce: first.nonce.to_owned(),
        })
    }

    /// Who the client says it is.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The mechanism's hash function, by which the caller finds the credentials.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The challenge to send, and the exchange that waits for its answer.
    #[must_use]
    pub fn challenge(
        self,
        account: Account<'_>,
        rng: &mut impl CryptoRng,
    ) -> (ServerChallenge, Vec<u8>) {
        let server_nonce = new_nonce(rng);
        self.challenge_with(account, &server_nonce)
    }

    pub(super) fn challenge_with(
        self,
        account: Account<'_>,
        server_nonce: &str,
    ) -> (ServerChallenge, Vec<u8>) {
        let (salt, iterations, keys) = match account {
            // Credentials of the other mechanism can prove nothing here.
            Account::Known(known) if known.hash == self.hash => {
                (known.salt.clone(), known.iterations, known.keys.clone())
            }
            Account::Known(known) => (known.salt.clone(), known.iterations, Vec::new()),
            Account::Unknown { decoy_secret } => (
                self.decoy_salt(decoy_secret),
                DEFAULT_ITERATIONS,
                Vec::new(),
            ),
        };
        let nonce = format!("{}{server_nonce}", self.client_nonce);
        let server_first = format!("r={nonce},s={},i={iterations}", BASE64.encode(&salt));
        let message = server_first.clone().into_bytes();
        let challenge = ServerChallenge {
            exchange: self,
            nonce,
            server_first,
            keys,
        };
        (challenge, message)
    }

    fn decoy_salt(&self, secret: &[u8; 32]) -> Vec<u8> {
        let label = format!(
            "onym/1 decoy salt {} {}",
            self.hash.mechanism(),
            self.username
        );
        let mut salt = Hash::Sha256.hmac(secret, label.as_bytes()).to_vec();
        salt.truncate(SALT_BYTES);
        salt
    }
}

impl ServerChallenge {
    /// Reads `client-final-message`.
    ///
    /// A wrong password, an unknown name and a name without devices are the same to the client.
    pub fn handle_final(self, message: &[u8]) -> Result<Proven, Failure> {
        let answer = ClientFinal::parse(message)?;
        // RFC 5802, section 5.1: the nonce and the header must be those of this exchange.
        if answer.nonce != self.nonce
            || answer.channel_binding != self.exchange.gs2_header.as_bytes()
        {
            return Err(Failure::NotAuthorized);
        }
        let ServerExchange {
            hash,
            username,
            authorization_id,
            client_first_bare,
            ..
        } = self.exchange;
        let signed = Zeroizing::new(format!(
            "{client_first_bare},{},{}",
            self.server_first, answer.without_proof
        ));
        let mut proven = None;
        for keys in &self.keys {
            if proves(hash, keys, signed.as_bytes(), &answer.proof) {
                proven = Some(keys);
            }
        }
        let keys = proven.ok_or(Failure::NotAuthorized)?;
        let signature = hash.hmac(&keys.server_key, signed.as_bytes());
        Ok(Proven {
            username,
            authorization_id,
            device: keys.device.clone(),
            server_final: format!("v={}", BASE64.encode(&signature)).into_bytes(),
        })
    }
}

impl std::fmt::Debug for ServerChallenge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            exchange,
            nonce,
            server_first,
            keys,
        } = self;
        formatter
            .debug_struct("ServerChallenge")
            .field("exchange", exchange)
            .field("nonce", nonce)
            .field("server_first", server_first)
            .field("keys", &Redacted(keys.len()))
            .finish()
    }
}

/// Whether a proof is made with a device's password. Takes the same time whatever differs.
fn proves(hash: Hash, keys: &DeviceKeys, signed: &[u8], proof: &[u8]) -> bool {
    if proof.len() != hash.output_bytes() {
        return false;
    }
    let client_signature = hash.hmac(&keys.stored_key, signed);
    let client_key = xor(proof, &client_signature);
    hash.digest(&client_key).ct_eq(&keys.stored_key).into()
}

/// 24 random bytes: more than the 16 that the answer to a replayed nonce needs.
pub(super) fn new_nonce(rng: &mut impl CryptoRng) -> String {
    let mut bytes = [0; 24];
    rng.fill_bytes(&mut bytes);
    BASE64.encode(&bytes)
}

impl From<Malformed> for Failure {
    fn from(_: Malformed) -> Self {
        Self::MalformedRequest
    }
}
