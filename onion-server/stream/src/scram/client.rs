//! The client's side of SCRAM.

use std::fmt;

use data_encoding::BASE64;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::credentials::{Unprepared, prepare};
use super::hash::{Key, xor};
use super::message::{Malformed, ServerFinal, ServerFirst, escape};
use super::server::new_nonce;
use super::{Hash, MAX_ITERATIONS, MIN_ITERATIONS};

/// We have no channel binding, and act as nobody else.
const GS2_HEADER: &str = "n,,";

/// The first message is made; the server's challenge comes next.
pub struct ClientExchange {
    hash: Hash,
    password: Zeroizing<String>,
    nonce: String,
    first_bare: String,
}

/// The proof is made; the server must still prove that it knows the password too.
pub struct ClientVerifier {
    server_signature: Key,
}

/// Why the client does not go on. All but the last are faults of the server, or of somebody who
/// pretends to be it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The message violates RFC 5802, or asks for an extension.
    #[error("the server's SCRAM message is malformed")]
    Malformed,
    /// The nonce does not begin with ours, or adds nothing to it.
    #[error("the server's nonce does not continue ours")]
    WrongNonce,
    /// So few iterations that the proof would give the password away.
    #[error("the server asks for only {0} iterations, at least {MIN_ITERATIONS} are needed")]
    TooFewIterations(u32),
    /// So many that computing them is an attack.
    #[error("the server asks for {0} iterations, at most {MAX_ITERATIONS} are computed")]
    TooManyIterations(u32),
    /// The server does not know the password.
    #[error("the server could not prove that it knows the password")]
    WrongServerSignature,
    /// The server refused our proof.
    #[error("the server refused: {0}")]
    Refused(String),
}

impl ClientExchange {
    /// Begins an exchange.
    pub fn new(
        hash: Hash,
        username: &str,
        password: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Unprepared> {
        Self::with_nonce(hash, username, password, new_nonce(rng))
    }

    pub(super) fn with_nonce(
        hash: Hash,
        username: &str,
        password: &str,
        nonce: String,
    ) -> Result<Self, Unprepared> {
        let username = prepare(username)?;
        Ok(Self {
            hash,
            password: Zeroizing::new(prepare(password)?.into_owned()),
            first_bare: format!("n={},r={nonce}", escape(&username)),
            nonce,
        })
    }

    /// `client-first-message`.
    #[must_use]
    pub fn first_message(&self) -> Vec<u8> {
        format!("{GS2_HEADER}{}", self.first_bare).into_bytes()
    }

    /// Reads `server-first-message`; gives back `client-final-message`.
    pub fn handle_challenge(
        self,
        message: &[u8],
    ) -> Result<(ClientVerifier, Vec<u8>), ClientError> {
        let challenge = ServerFirst::parse(message)?;
        match challenge.nonce.strip_prefix(&self.nonce) {
            Some(added) if !added.is_empty() => {}
            _ => return Err(ClientError::WrongNonce),
        }
        if challenge.iterations < MIN_ITERATIONS {
            return Err(ClientError::TooFewIterations(challenge.iterations));
        }
        if challenge.iterations > MAX_ITERATIONS {
            return Err(ClientError::TooManyIterations(challenge.iterations));
        }
        let hash = self.hash;
        let salted = hash.stretch(
            self.password.as_bytes(),
            &challenge.salt,
            challenge.iterations,
        );
        let client_key = hash.hmac(&salted, b"Client Key");
        let server_key = hash.hmac(&salted, b"Server Key");
        let stored_key = hash.digest(&client_key);

        let without_proof = format!(
            "c={},r={}",
            BASE64.encode(GS2_HEADER.as_bytes()),
            challenge.nonce
        );
        let challenge = std::str::from_utf8(message).map_err(|_| ClientError::Malformed)?;
        let signed = format!("{},{challenge},{without_proof}", self.first_bare);
        let client_signature = hash.hmac(&stored_key, signed.as_bytes());
        let proof = BASE64.encode(&xor(&client_key, &client_signature));
        let verifier = ClientVerifier {
            server_signature: hash.hmac(&server_key, signed.as_bytes()),
        };
        Ok((verifier, format!("{without_proof},p={proof}").into_bytes()))
    }
}

impl ClientVerifier {
    /// Reads `server-final-message`, which comes with `<success/>`. A success without it is not
    /// one.
    pub fn handle_success(self, message: &[u8]) -> Result<(), ClientError> {
        match ServerFinal::parse(message)? {
            ServerFinal::Error(error) => Err(ClientError::Refused(error.to_owned())),
            ServerFinal::Signature(signature)
                if self.server_signature.as_slice().ct_eq(&signature).into() =>
            {
                Ok(())
            }
            ServerFinal::Signature(_) => Err(ClientError::WrongServerSignature),
        }
    }
}

impl fmt::Debug for ClientExchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            hash,
            password: _,
            nonce,
            first_bare,
        } = self;
        formatter
            .debug_struct("ClientExchange")
            .field("hash", hash)
            .field("nonce", nonce)
            .field("first_bare", first_bare)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server_signature: _,
        } = self;
        formatter
            .debug_struct("ClientVerifier")
            .finish_non_exhaustive()
    }
}

impl From<Malformed> for ClientError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
