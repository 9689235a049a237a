//! RFC 6120 §5: STARTTLS. The way to an onion service needs none: its address proves who answers, and
//! Tor encrypts up to there. So it is offered and not required here, and asked for at other onion
//! services only if they require it. On the way to any other server there is an exit relay, which is
//! to read as little as can be: there every offer is taken.

use onym_stream::{ContentNamespace, Element, ns, write_element};

use crate::c2s::ClientStream;
use crate::connection::Role;
use crate::context::Context;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::input::{ConnectionId, Origin};
use crate::output::{Effect, Note, TlsSide};
use crate::s2s::link::{Link, Opening};
use crate::server::Server;

/// How far TLS has come on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Whoever has connected may ask for it.
    Possible,
    /// It has been asked for, or is being negotiated.
    Starting,
    /// It stands, or there is none: a pipe inside the process has nobody to hide from.
    Settled,
}

impl Tls {
    pub(crate) fn at_first(origin: &Origin) -> Self {
        match origin {
            Origin::OwnerPipe { .. } => Self::Settled,
            Origin::Loopback | Origin::OnionClient | Origin::OnionServer => Self::Possible,
        }
    }

    /// §5.4.1: the stream feature. It is not required.
    pub(crate) fn offer(self) -> Option<Element> {
        (self == Self::Possible).then(|| Element::bare("starttls", ns::TLS))
    }
}

impl Server {
    /// §5.4.2: whoever has connected asks for TLS.
    pub(crate) fn start_tls(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        if element.name() != "starttls" {
            return Err(Fault::unsupported());
        }
        let connection = self.connection(id)?;
        if connection.reader.unread() != 0 {
            // §5.4.3.3: what came in the clear must not be read as if it had come through TLS.
            return Err(Fault::policy("bytes in the clear after <starttls/>"));
        }
        let content = connection.role.content();
        let tls = match &mut connection.role {
            Role::Client(ClientStream::LoggingIn(logging_in)) => &mut logging_in.tls,
            // A claim names the id of the stream, which ends with TLS.
            Role::Incoming(stream) if stream.proven.is_empty() && stream.proving.is_empty() => {
                &mut stream.tls
            }
            _ => return Err(Fault::unsupported()),
        };
        if *tls != Tls::Possible {
            // §5.4.2.2: a failure is said, and the stream is closed.
            cx.send_element(id, &Element::bare("failure", ns::TLS), content);
            return Err(Fault::policy("TLS was not offered"));
        }
        *tls = Tls::Starting;
        if let Role::Client(ClientStream::LoggingIn(logging_in)) = &mut connection.role {
            // What was negotiated in the clear counts no longer.
            logging_in.exchange = None;
        }
        connection.restart_encrypted();
        let proceed = Element::bare("proceed", ns::TLS);
        let proceed = write_element(&proceed, content);
        cx.effect(Effect::StartTls {
            connection: id,
            side: TlsSide::Accepting { proceed },
        });
        Ok(())
    }

    /// §5.4.3.3: TLS stands. Whoever has connected begins a new stream.
    pub(crate) fn secured(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        let ours = self.domain.clone();
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.tls_stands();
        match &mut connection.role {
            Role::Client(ClientStream::LoggingIn(logging_in)) => logging_in.tls = Tls::Settled,
            Role::Incoming(stream) => stream.tls = Tls::Settled,
            Role::Outgoing(domain) => {
                let domain = domain.clone();
                connection.open(id, &ours, Some(&domain), None, cx);
            }
            Role::Client(_) => {}
        }
    }

    /// TLS did not come about: nothing can be said on this connection any more.
    pub(crate) fn tls_failed(&mut self, id: ConnectionId, why: &str, cx: &mut Context<'_>) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let domain = match &connection.role {
            Role::Outgoing(domain) => Some(domain.to_string()),
            Role::Client(_) | Role::Incoming(_) => None,
        };
        cx.note(Note::TlsFailed {
            domain,
            why: why.to_owned(),
        });
        connection.close(id, cx);
        self.gone(id, &format!("TLS did not come about: {why}"), cx);
    }

    /// §5.4.2.1: asks a peer for TLS. Whether it was asked.
    pub(crate) fn ask_for_tls(
        &mut self,
        domain: &Domain,
        features: &Element,
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(offer) = features.get_child("starttls", ns::TLS) else {
            return false;
        };
        if domain.is_onion() && !offer.has_child("required", ns::TLS) {
            // What it would cost is some round trips through six relays.
            return false;
        }
        let Some(opening) = self.opening(domain) else {
            return false;
        };
        let is_asked = opening.tls == Tls::Possible;
        if is_asked {
            opening.tls = Tls::Starting;
            let ask = Element::bare("starttls", ns::TLS);
            cx.send_element(opening.connection, &ask, ContentNamespace::Server);
        }
        is_asked
    }

    /// §5.4.2.3: the peer agrees, and we begin; or it does not.
    pub(crate) fn tls_answered(
        &mut self,
        id: ConnectionId,
        domain: &Domain,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let is_asked =
            |opening: &&mut Opening| opening.connection == id && opening.tls == Tls::Starting;
        let Some(opening) = self.opening(domain).filter(is_asked) else {
            return Err(Fault::unsupported());
        };
        if element.name() != "proceed" {
            let why = "the peer offers TLS and cannot begin it";
            return Err(Fault::Theirs(why.to_owned()));
        }
        opening.tls = Tls::Settled;
        // The stream that begins has another one.
        opening.stream_id = None;
        let connection = self.connection(id)?;
        if connection.reader.unread() != 0 {
            return Err(Fault::policy("bytes in the clear after <proceed/>"));
        }
        connection.restart_encrypted();
        cx.effect(Effect::StartTls {
            connection: id,
            side: TlsSide::Connecting {
                domain: domain.clone(),
            },
        });
        Ok(())
    }

    fn opening(&mut self, domain: &Domain) -> Option<&mut Opening> {
        match &mut self.peers.get_mut(domain)?.link {
            Link::Opening(opening) => Some(opening),
            _ => None,
        }
    }
}
