//! RFC 6120 §5: STARTTLS, for clients that insist on it. The way to the endpoint needs none: it is
//! this machine, or an onion service.

use onym_stream::{ContentNamespace, Element, ns, write_element};

use crate::c2s::ClientStream;
use crate::connection::Role;
use crate::context::Context;
use crate::fault::Fault;
use crate::input::{ConnectionId, Origin};
use crate::output::Effect;
use crate::server::Server;

/// How far TLS has come on a client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// The client may ask for it.
    Offered,
    /// It is being negotiated.
    Starting,
    /// It stands, or there is none: a pipe inside the process has nobody to hide from.
    Settled,
}

impl Tls {
    pub(crate) fn at_first(origin: &Origin) -> Self {
        match origin {
            Origin::OwnerPipe { .. } => Self::Settled,
            Origin::Loopback | Origin::OnionClient | Origin::OnionServer => Self::Offered,
        }
    }

    /// §5.4.1: the stream feature. It is not required.
    pub(crate) fn offer(self) -> Option<Element> {
        (self == Self::Offered).then(|| Element::bare("starttls", ns::TLS))
    }
}

impl Server {
    /// §5.4.2: the client asks for TLS.
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
        let Role::Client(ClientStream::LoggingIn(logging_in)) = &mut connection.role else {
            return Ok(());
        };
        if logging_in.tls != Tls::Offered {
            // §5.4.2.2: a failure is said, and the stream is closed.
            let failure = Element::bare("failure", ns::TLS);
            cx.send_element(id, &failure, ContentNamespace::Client);
            return Err(Fault::policy("TLS was not offered"));
        }
        logging_in.tls = Tls::Starting;
        // What was negotiated in the clear counts no longer.
        logging_in.exchange = None;
        connection.restart_encrypted();
        let proceed = Element::bare("proceed", ns::TLS);
        cx.effect(Effect::StartTls {
            connection: id,
            proceed: write_element(&proceed, ContentNamespace::Client),
        });
        Ok(())
    }

    /// §5.4.3.3: TLS stands, and the client begins a new stream.
    pub(crate) fn secured(&mut self, id: ConnectionId) {
        if let Some(logging_in) = self.logging_in(id) {
            logging_in.tls = Tls::Settled;
        }
    }
}
