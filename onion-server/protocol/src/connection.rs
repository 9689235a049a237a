//! A connection with its XML stream, in one of three roles.

use jid::Jid;
use onym_identity::Timestamp;
use onym_stream::{ContentNamespace, Limits, StreamHeader, StreamReader, write_close, write_open};

use crate::c2s::ClientStream;
use crate::context::Context;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::s2s::incoming::IncomingStream;

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) reader: StreamReader,
    pub(crate) role: Role,
    pub(crate) since: Timestamp,
    /// Whether our own stream header has been sent on the present stream.
    opened: bool,
    /// Whether TLS is being negotiated.
    is_starting_tls: bool,
    /// Whether our side of the stream is closed.
    is_over: bool,
}

/// Whom a connection is with.
#[derive(Debug)]
pub(crate) enum Role {
    /// A client.
    Client(ClientStream),
    /// A server that connected to us.
    Incoming(IncomingStream),
    /// A server that we connected to; its state is the peer's link.
    Outgoing(Domain),
}

impl Role {
    pub(crate) fn content(&self) -> ContentNamespace {
        match self {
            Self::Client(_) => ContentNamespace::Client,
            Self::Incoming(_) | Self::Outgoing(_) => ContentNamespace::Server,
        }
    }
}

impl Connection {
    pub(crate) fn new(role: Role, now: Timestamp) -> Self {
        let content = role.content();
        let limits = match content {
            ContentNamespace::Client => Limits::client(),
            ContentNamespace::Server => Limits::server(),
        };
        Self {
            reader: StreamReader::new(content, limits),
            role,
            since: now,
            opened: false,
            is_starting_tls: false,
            is_over: false,
        }
    }

    /// Sends our stream header.
    pub(crate) fn open(
        &mut self,
        id: ConnectionId,
        from: &Domain,
        to: Option<&Domain>,
        stream_id: Option<String>,
        cx: &mut Context<'_>,
    ) {
        let jid = |domain: &Domain| Jid::new(domain.as_str()).ok();
        let header = StreamHeader {
            from: jid(from),
            to: to.and_then(jid),
            id: stream_id,
            version: Some("1.0".to_owned()),
            lang: Some("en".to_owned()),
        };
        self.opened = true;
        cx.send(id, write_open(&header, self.role.content()));
    }

    pub(crate) fn is_open(&self) -> bool {
        self.opened
    }

    /// Whether the connection itself is gone, and only its stream waits for another one.
    pub(crate) fn is_lost(&self) -> bool {
        match &self.role {
            Role::Client(ClientStream::Bound(resource)) => resource.is_lost(),
            _ => false,
        }
    }

    /// The same connection begins a new stream (RFC 6120 §4.3.3).
    pub(crate) fn restart(&mut self) {
        self.opened = false;
        self.reader.authenticated();
        self.reader.restart();
    }

    /// The same connection begins a new stream, of somebody who is not known yet (RFC 6120 §5.4.3.3).
    pub(crate) fn restart_encrypted(&mut self) {
        self.opened = false;
        self.is_starting_tls = true;
        self.reader.restart();
    }

    /// Whether TLS is being negotiated.
    pub(crate) fn is_starting_tls(&self) -> bool {
        self.is_starting_tls
    }

    /// TLS stands.
    pub(crate) fn tls_stands(&mut self) {
        self.is_starting_tls = false;
    }

    /// XEP-0198 §4: an answer right before the end, so that nothing is sent again in vain.
    pub(crate) fn answer_last(&self, id: ConnectionId, cx: &mut Context<'_>) {
        let answer = match &self.role {
            Role::Client(ClientStream::Bound(resource)) => resource.acknowledgement.answer(),
            Role::Incoming(stream) => stream.acknowledgement.answer(),
            Role::Client(_) | Role::Outgoing(_) => None,
        };
        if let Some(answer) = answer.filter(|_| !self.is_over) {
            cx.send_element(id, &answer, self.role.content());
        }
    }

    /// Closes our side of the stream (RFC 6120 §4.4); the other side may go on until it does so, too.
    pub(crate) fn say_goodbye(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        if self.opened && !std::mem::replace(&mut self.is_over, true) {
            cx.send(id, write_close());
        }
    }

    /// Whether our side of the stream is closed: nothing comes behind it.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(crate) fn close(&self, id: ConnectionId, cx: &mut Context<'_>) {
        if self.opened && !self.is_over {
            cx.send(id, write_close());
        }
        cx.effect(crate::output::Effect::Close { connection: id });
    }
}
