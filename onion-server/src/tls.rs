//! TLS for clients and servers that insist on it (RFC 6120, section 5).
//!
//! Our certificate is signed by its own key, which comes from the key of the onion service: it is the
//! same after every start, so that a client can remember it.

mod certificate;
mod peer;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use futures_rustls::{TlsAcceptor, TlsConnector};
use hkdf::Hkdf;
use onym_identity::OnionServiceSecretKey;
use onym_server_protocol::Domain;
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use sha2::{Digest as _, Sha256};
use tokio_util::compat::{FuturesAsyncReadCompatExt as _, TokioAsyncReadCompatExt as _};
use zeroize::Zeroizing;

use crate::dns_name::{self, NoDnsName};
use crate::transport::Wire;

/// What the key of the certificate is derived for.
const INFO: &[u8] = b"onym/1 endpoint tls";

/// How long a handshake may take: a few round trips, each of a few seconds over Tor.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);

/// Why a handshake did not come about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// Theirs: the domain has no name that a certificate could carry.
    #[error("{0} is no name that a certificate can carry")]
    NoName(String),
    /// Theirs, or the network's: nothing came for too long.
    #[error("no answer within {} s", HANDSHAKE_LIMIT.as_secs())]
    Timeout,
    /// Theirs, or the network's: the connection ended within the handshake.
    #[error("the connection ended")]
    Ended,
    /// Both sides', or the network's: what rustls or the connection says.
    #[error("{0}")]
    Handshake(io::Error),
}

impl From<NoDnsName> for TlsError {
    fn from(NoDnsName(domain): NoDnsName) -> Self {
        Self::NoName(domain)
    }
}

/// Negotiates TLS on connections.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    certificate_hash: [u8; 32],
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// For the address of an onion service.
    ///
    /// # Errors
    /// If rustls takes the certificate or its key for broken.
    pub(crate) fn new(key: &OnionServiceSecretKey) -> Result<Self, rustls::Error> {
        let signer = signing_key(key);
        let certificate = certificate::make(&signer, &key.onion_address().to_string());
        let certificate_hash = Sha256::digest(&certificate).into();
        let certificate = CertificateDer::from(certificate);
        let written = certificate::pkcs8(&signer);
        let key = any_eddsa_type(&PrivatePkcs8KeyDer::from(written.as_slice()))?;
        let certified = CertifiedKey::new(vec![certificate], key);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let connecting = peer::config(Arc::clone(&provider))?;
        let accepting = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(accepting)),
            connector: TlsConnector::from(Arc::new(connecting)),
            certificate_hash,
        })
    }

    /// SHA-256 of the certificate in DER, by which others can know it.
    pub(crate) const fn certificate_hash(&self) -> [u8; 32] {
        self.certificate_hash
    }

    /// The server's side of a handshake.
    ///
    /// # Errors
    /// If it does not come about.
    pub(crate) async fn accept(&self, wire: Box<dyn Wire>) -> Result<Box<dyn Wire>, TlsError> {
        let secured = in_time(self.acceptor.accept(wire.compat())).await?;
        Ok(Box::new(secured.compat()))
    }

    /// The client's side of a handshake with another server.
    ///
    /// # Errors
    /// If it does not come about.
    pub(crate) async fn connect(
        &self,
        wire: Box<dyn Wire>,
        domain: &Domain,
    ) -> Result<Box<dyn Wire>, TlsError> {
        let name = dns_name::of(domain)?;
        let name = ServerName::try_from(name).map_err(|_| TlsError::NoName(domain.to_string()))?;
        let secured = in_time(self.connector.connect(name, wire.compat())).await?;
        Ok(Box::new(secured.compat()))
    }
}

/// A handshake that does not wait for ever.
async fn in_time<T>(handshake: impl Future<Output = io::Result<T>>) -> Result<T, TlsError> {
    let ended = tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await;
    ended
        .map_err(|_| TlsError::Timeout)?
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => TlsError::Ended,
            _ => TlsError::Handshake(error),
        })
}

fn signing_key(key: &OnionServiceSecretKey) -> SigningKey {
    let secret = key.expanded();
    let mut seed = Zeroizing::new([0; 32]);
    // Only a length of many kilobytes is refused.
    let _never = Hkdf::<Sha256>::new(None, secret.as_ref()).expand(INFO, seed.as_mut());
    SigningKey::from_bytes(&seed)
}

/// The other side, for tests.
#[cfg(test)]
pub(crate) mod testing {
    use rustls::{ClientConfig, RootCertStore};

    use super::*;

    pub(crate) fn service_key() -> OnionServiceSecretKey {
        OnionServiceSecretKey::from_seed(&[7; 32])
    }

    /// A client that has been shown the certificate once, and believes nothing else, asks for a
    /// name.
    pub(crate) async fn connect(
        wire: tokio::io::DuplexStream,
        name: String,
    ) -> io::Result<impl Wire> {
        let address = service_key().onion_address().to_string();
        let mut known = RootCertStore::empty();
        let certificate = certificate::make(&signing_key(&service_key()), &address);
        known.add(CertificateDer::from(certificate)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(known)
            .with_no_client_auth();
        let name = ServerName::try_from(name).unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        Ok(connector.connect(name, wire.compat()).await?.compat())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::testing::{connect, service_key};
    use super::*;

    #[tokio::test]
    async fn a_client_that_knows_the_certificate_talks_and_one_with_another_name_does_not() {
        let tls = Tls::new(&service_key()).unwrap();
        let name = service_key().onion_address().to_string();
        for (name, works) in [(name, true), ("other.example".to_owned(), false)] {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let tls = tls.clone();
            let server = tokio::spawn(async move {
                let mut wire = tls.accept(Box::new(ours)).await.map_err(io::Error::other)?;
                let mut heard = [0; 5];
                wire.read_exact(&mut heard).await?;
                wire.write_all(&heard).await?;
                wire.flush().await?;
                io::Result::Ok(heard)
            });
            let connected = connect(theirs, name).await;
            assert_eq!(connected.is_ok(), works);
            if let Ok(mut secured) = connected {
                secured.write_all(b"hello").await.unwrap();
                secured.flush().await.unwrap();
                let mut back = [0; 5];
                secured.read_exact(&mut back).await.unwrap();
                assert_eq!(&back, b"hello");
                assert_eq!(&server.await.unwrap().unwrap(), b"hello");
            }
        }
    }

    /// RFC 6120, section 5, between two servers: who has connected begins the handshake, and any
    /// certificate will do.
    #[tokio::test]
    async fn two_servers_begin_tls_whatever_the_certificate_says() {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let tls = Tls::new(&service_key()).unwrap();
        let other = Tls::new(&OnionServiceSecretKey::from_seed(&[8; 32])).unwrap();
        let server = tokio::spawn(async move {
            let mut wire = other
                .accept(Box::new(theirs))
                .await
                .map_err(io::Error::other)?;
            let mut heard = [0; 5];
            wire.read_exact(&mut heard).await?;
            io::Result::Ok(heard)
        });
        // The other side shows a certificate for another name than this one, which is not ASCII.
        let domain = Domain::parse("b\u{fc}cher.example").unwrap();
        let mut secured = tls.connect(Box::new(ours), &domain).await.unwrap();
        secured.write_all(b"hello").await.unwrap();
        secured.flush().await.unwrap();
        assert_eq!(&server.await.unwrap().unwrap(), b"hello");
    }

    #[test]
    fn the_certificate_is_the_same_after_every_start() {
        let make = || certificate::make(&signing_key(&service_key()), "a.onion");
        assert_eq!(make(), make());
        let hash = || Tls::new(&service_key()).unwrap().certificate_hash();
        assert_eq!(hash(), hash());
    }

    #[test]
    fn debug_shows_no_key() {
        let tls = Tls::new(&service_key()).unwrap();
        assert_eq!(format!("{tls:?}"), "Tls { .. }");
    }
}
