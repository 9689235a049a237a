//! A connection with its XML stream, in one of three roles.

use jid::Jid;
use onym_identity::Timestamp;
use onym_stream::{ContentNamespace, Limits, StreamHeader, StreamReader, write_open};

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
    phase: Phase,
}

/// How far our side of the present stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Our stream header has not been sent.
    Fresh,
    /// TLS is being negotiated, and no XML is ours to write.
    StartingTls,
    /// Our stream header has been sent.
    Open,
    /// RFC 6120 §4.4: our closing tag has been sent, and nothing comes behind it.
    Closed,
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
            phase: Phase::Fresh,
        }
    }

    /// Sends our stream header, unless it stands or our side is closed.
    pub(crate) fn open(
        &mut self,
        id: ConnectionId,
        from: &Domain,
        to: Option<&Domain>,
        stream_id: Option<String>,
        cx: &mut Context<'_>,
    ) {
        if self.phase != Phase::Fresh {
            return;
        }
        let jid = |domain: &Domain| Jid::new(domain.as_str()).ok();
        let header = StreamHeader {
            from: jid(from),
            to: to.and_then(jid),
            id: stream_id,
            version: Some("1.0".to_owned()),
            lang: Some("en".to_owned()),
        };
        self.phase = Phase::Open;
        cx.send(id, write_open(&header, self.role.content()));
    }

    /// Whether our stream header is still to come.
    pub(crate) fn is_fresh(&self) -> bool {
        self.phase == Phase::Fresh
    }

    /// Whether our side may still say something.
    pub(crate) fn can_speak(&self) -> bool {
        matches!(self.phase, Phase::Fresh | Phase::Open)
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
        self.phase = Phase::Fresh;
        self.reader.authenticated();
        self.reader.restart();
    }

    /// The same connection begins a new stream, of somebody who is not known yet (RFC 6120 §5.4.3.3).
    pub(crate) fn restart_encrypted(&mut self) {
        self.phase = Phase::StartingTls;
        self.reader.restart();
    }

    /// Whether TLS is being negotiated.
    pub(crate) fn is_starting_tls(&self) -> bool {
        self.phase == Phase::StartingTls
    }

    /// TLS stands.
    pub(crate) fn tls_stands(&mut self) {
        if self.is_starting_tls() {
            self.phase = Phase::Fresh;
        }
    }

    /// XEP-0198 §4: an answer right before the end, so that nothing is sent again in vain.
    pub(crate) fn answer_last(&self, id: ConnectionId, cx: &mut Context<'_>) {
        let answer = match &self.role {
            Role::Client(ClientStream::Bound(resource)) => resource.acknowledgement.answer(),
            Role::Incoming(stream) => stream.acknowledgement.answer(),
            Role::Client(_) | Role::Outgoing(_) => None,
        };
        if let Some(answer) = answer.filter(|_| self.phase == Phase::Open) {
            cx.send_element(id, &answer, self.role.content());
        }
    }

    /// Closes our side of a stream that has begun (RFC 6120 §4.4); the other side may go on until it
    /// does so, too.
    pub(crate) fn say_goodbye(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closed;
            cx.close_stream(id);
        }
    }

    /// Whether our side of the stream is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Closes our side, and the connection.
    pub(crate) fn close(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        self.say_goodbye(id, cx);
        cx.effect(crate::output::Effect::Close { connection: id });
    }
}
