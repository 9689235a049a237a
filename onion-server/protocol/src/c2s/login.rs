//! RFC 6120 §6: SASL. The owner's own pipe proves itself by being there (EXTERNAL); everybody else
//! by the password of a device (SCRAM).

use jid::BareJid;
use onym_stream::scram::{self, Hash, ServerExchange};
use onym_stream::{ContentNamespace, Element, ns, sasl};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::c2s::{ClientStream, LoggedIn, LoggingIn};
use crate::connection::Role;
use crate::context::Context;
use crate::fault::Fault;
use crate::input::{ConnectionId, Origin};
use crate::limits;
use crate::output::Note;
use crate::server::Server;

/// RFC 6120 §6.4.1: the mechanisms, best first.
pub(crate) fn features(logging_in: &LoggingIn) -> Element {
    let scram = [Hash::Sha256.mechanism(), Hash::Sha1.mechanism()];
    let mechanisms = match logging_in.origin {
        Origin::OwnerPipe { .. } => sasl::mechanisms([EXTERNAL]),
        _ => sasl::mechanisms(scram),
    };
    let mut features = Element::bare("features", ns::STREAM);
    if let Some(offer) = logging_in.tls.offer() {
        features.append_child(offer);
    }
    features.append_child(mechanisms);
    features
}

const EXTERNAL: &str = "EXTERNAL";

/// Makes the salts of accounts that do not exist, so that nobody can tell which do.
pub(crate) struct DecoySecret(Zeroizing<[u8; 32]>);

impl DecoySecret {
    pub(crate) fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        Self(secret)
    }
}

impl std::fmt::Debug for DecoySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DecoySecret")
    }
}

impl Server {
    pub(crate) fn log_in(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        if element.has_ns(ns::TLS) {
            return self.start_tls(id, element, cx);
        }
        if !element.has_ns(ns::SASL) {
            // §6.3.1 and RFC 6120 §4.9.3.12: nothing else before authentication.
            return Err(Fault::not_authorized("log in first"));
        }
        let outcome = match element.name() {
            "auth" => self.authenticate(id, element, cx),
            "response" => self.respond(id, element, cx),
            "abort" => Err(sasl::Failure::Aborted),
            _ => return Err(Fault::unsupported()),
        };
        let Err(failure) = outcome else { return Ok(()) };
        cx.send_element(id, &failure.to_element(), ContentNamespace::Client);
        cx.note(Note::LoginRefused {
            condition: failure.as_str().to_owned(),
        });
        let Some(logging_in) = self.logging_in(id) else {
            return Ok(());
        };
        logging_in.exchange = None;
        logging_in.failures = logging_in.failures.saturating_add(1);
        if logging_in.failures >= limits::MAX_LOGIN_FAILURES {
            // §6.4.5: "the receiving entity MUST close the stream".
            return Err(Fault::policy("too many failed logins"));
        }
        Ok(())
    }

    /// `<auth/>`: picks the mechanism.
    fn authenticate(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), sasl::Failure> {
        let mechanism = element.attr("mechanism").unwrap_or_default();
        let message = sasl::decode_payload(element)?;
        let logging_in = self.logging_in(id).ok_or(sasl::Failure::NotAuthorized)?;
        match (&logging_in.origin, Hash::from_mechanism(mechanism)) {
            (Origin::OwnerPipe { account }, None) if mechanism == EXTERNAL => {
                let account = account.clone();
                let wanted = sasl::parse_external_message(&message.unwrap_or_default())?;
                if wanted.is_some_and(|wanted| wanted != account) {
                    return Err(sasl::Failure::InvalidAuthzid);
                }
                self.logged_in(id, account, None, None, cx);
                Ok(())
            }
            (Origin::OwnerPipe { .. }, _) | (_, None) => Err(sasl::Failure::InvalidMechanism),
            (_, Some(hash)) => {
                // RFC 5802 §5: the client speaks first; without its first message there is nothing
                // to answer, so it is asked for with an empty challenge (RFC 6120 §6.4.2).
                let Some(message) = message else {
                    return Err(sasl::Failure::MalformedRequest);
                };
                self.challenge(id, hash, &message, cx)
            }
        }
    }

    fn challenge(
        &mut self,
        id: ConnectionId,
        hash: Hash,
        message: &[u8],
        cx: &mut Context<'_>,
    ) -> Result<(), sasl::Failure> {
        let exchange = ServerExchange::handle_first(hash, message)?;
        let jid = format!("{}@{}", exchange.username(), self.domain);
        let jid = BareJid::new(&jid).map_err(|_| sasl::Failure::NotAuthorized)?;
        let credentials = self
            .accounts
            .get(&jid)
            .and_then(|known| known.record.credentials(hash));
        let account = match credentials {
            Some(credentials) if !credentials.keys.is_empty() => scram::Account::Known(credentials),
            _ => scram::Account::Unknown {
                decoy_secret: &self.decoy_secret.0,
            },
        };
        let (challenge, message) = exchange.challenge(account, &mut &mut *cx.rng);
        cx.send_element(id, &sasl::challenge(&message), ContentNamespace::Client);
        let logging_in = self.logging_in(id).ok_or(sasl::Failure::NotAuthorized)?;
        logging_in.exchange = Some((jid, challenge));
        Ok(())
    }

    /// `<response/>`: the client's proof.
    fn respond(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), sasl::Failure> {
        let message = sasl::decode_payload(element)?.unwrap_or_default();
        let logging_in = self.logging_in(id).ok_or(sasl::Failure::NotAuthorized)?;
        let (account, challenge) = logging_in
            .exchange
            .take()
            .ok_or(sasl::Failure::MalformedRequest)?;
        let proven = challenge.handle_final(&message)?;
        let authorization = proven
            .authorization_id
            .as_deref()
            .filter(|wanted| !wanted.is_empty());
        if authorization.is_some_and(|wanted| BareJid::new(wanted).ok().as_ref() != Some(&account))
        {
            return Err(sasl::Failure::InvalidAuthzid);
        }
        self.logged_in(
            id,
            account,
            Some(proven.device.clone()),
            Some(&proven.server_final),
            cx,
        );
        Ok(())
    }

    fn logged_in(
        &mut self,
        id: ConnectionId,
        account: BareJid,
        device: Option<String>,
        message: Option<&[u8]>,
        cx: &mut Context<'_>,
    ) {
        cx.send_element(id, &sasl::success(message), ContentNamespace::Client);
        if let Ok(connection) = self.connection(id) {
            connection.role = Role::Client(ClientStream::LoggedIn(LoggedIn { account, device }));
            connection.restart();
        }
    }

    pub(super) fn logging_in(&mut self, id: ConnectionId) -> Option<&mut LoggingIn> {
        match &mut self.connections.get_mut(&id)?.role {
            Role::Client(ClientStream::LoggingIn(logging_in)) => Some(logging_in),
            _ => None,
        }
    }
}
