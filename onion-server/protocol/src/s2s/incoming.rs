//! Streams that other servers open to us. Whoever connects can only speak for a domain that it
//! has proven (XEP-0220).

use std::collections::BTreeSet;

use onym_stream::{ContentNamespace, Element, StreamHeader, ns, stream_management};

use crate::acknowledgement::Acknowledgement;
use crate::c2s::{management_failed, resumption};
use crate::connection::Role;
use crate::context::Context;
use crate::deliver::Delivered;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::input::ConnectionId;
use crate::limits;
use crate::s2s::outgoing::matters;
use crate::server::Server;
use crate::stanza::{self, StanzaKind};
use crate::starttls::Tls;

/// A peer's stream to us.
#[derive(Debug)]
pub(crate) struct IncomingStream {
    /// The id that we gave it; dialback keys are bound to it.
    pub(crate) stream_id: String,
    /// Domains that it has proven.
    pub(crate) proven: BTreeSet<Domain>,
    /// Domains whose keys are being verified.
    pub(crate) proving: BTreeSet<Domain>,
    pub(crate) acknowledgement: Acknowledgement,
    /// How far TLS has come, which the peer may ask for.
    pub(crate) tls: Tls,
}

impl IncomingStream {
    pub(crate) fn new() -> Self {
        Self {
            stream_id: String::new(),
            proven: BTreeSet::new(),
            proving: BTreeSet::new(),
            acknowledgement: Acknowledgement::by_transport(),
            tls: Tls::Possible,
        }
    }
}

impl Server {
    pub(crate) fn incoming_opened(
        &mut self,
        id: ConnectionId,
        header: &StreamHeader,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let ours = self.domain.clone();
        let stream_id = cx.random_id();
        let theirs = header.from.as_ref().map(Domain::of);
        let connection = self.connection(id)?;
        connection.open(id, &ours, theirs.as_ref(), Some(stream_id.clone()), cx);
        if header.to.as_ref().is_some_and(|to| Domain::of(to) != ours) {
            return Err(Fault::host_unknown());
        }
        let mut features = Element::bare("features", ns::STREAM);
        if let Role::Incoming(stream) = &mut connection.role {
            stream.stream_id = stream_id;
            if let Some(offer) = stream.tls.offer() {
                features.append_child(offer);
            }
        }
        let mut dialback = Element::bare("dialback", ns::DIALBACK_FEATURE);
        dialback.append_child(Element::bare("errors", ns::DIALBACK_FEATURE));
        features.append_child(dialback);
        features.append_child(Element::bare("sm", ns::STREAM_MANAGEMENT));
        cx.send_element(id, &features, ContentNamespace::Server);
        Ok(())
    }

    pub(crate) fn incoming_element(
        &mut self,
        id: ConnectionId,
        element: Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        if element.is("result", ns::DIALBACK) && element.attr("type").is_none() {
            return self.claim(id, &element, cx);
        }
        if element.is("verify", ns::DIALBACK) {
            // At any time, also on a stream that has proven nothing (XEP-0220 §2.2.2).
            self.answer_verify(id, &element, cx);
            return Ok(());
        }
        if element.has_ns(ns::TLS) {
            return self.start_tls(id, &element, cx);
        }
        if element.has_ns(ns::STREAM_MANAGEMENT) {
            return self.incoming_management(id, &element, cx);
        }
        if StanzaKind::of(&element).is_none() {
            return Err(Fault::unsupported());
        }
        self.incoming_stanza(id, element, cx)
    }

    fn incoming_stanza(
        &mut self,
        id: ConnectionId,
        stanza: Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        // RFC 6120 §8.1.1.2 and §8.1.2.2: between servers both addresses are a must.
        let (Ok(Some(from)), Ok(Some(to))) = (
            stanza::address(&stanza, "from"),
            stanza::address(&stanza, "to"),
        ) else {
            return Err(Fault::improper_addressing());
        };
        let ours = self.domain.clone();
        let Some(stream) = self.incoming(id) else {
            return Ok(());
        };
        let domain = Domain::of(&from);
        if stream.proven.is_empty() {
            return Err(Fault::not_authorized(
                "no domain has been proven on this stream",
            ));
        }
        if !stream.proven.contains(&domain) {
            return Err(Fault::invalid_from());
        }
        if Domain::of(&to) != ours {
            return Err(Fault::host_unknown());
        }
        stream.acknowledgement.handled();
        if let Some(online) = self.peers.get_mut(&domain).and_then(|peer| peer.online()) {
            online.active = cx.now;
        }
        // Only what the other server would send again is worth remembering.
        if !matters(&stanza) || stanza.attr("id").is_none() {
            self.deliver(stanza, &from, &to, cx);
            return Ok(());
        }
        let known = self.knows(&domain);
        let Some(unseen) = self.seen.look_up(&domain, &stanza, known) else {
            return Ok(());
        };
        if self.deliver(stanza, &from, &to, cx) == Delivered::Taken {
            cx.commit(self.seen.remember(unseen));
        }
        Ok(())
    }

    fn incoming_management(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let Some(stream) = self.incoming(id) else {
            return Ok(());
        };
        let answer = match element.name() {
            "enable" if !stream.proven.is_empty() && !stream.acknowledgement.is_managed() => {
                stream.acknowledgement = Acknowledgement::managed();
                Some(stream_management::enabled())
            }
            "enable" => Some(management_failed("unexpected-request")),
            // Streams between servers begin anew; the queue of the domain stays.
            "resume" => Some(resumption::failed(0)),
            "r" => stream.acknowledgement.answer(),
            // We send no stanzas on this stream.
            "a" => None,
            _ => return Err(Fault::unsupported()),
        };
        if let Some(answer) = answer {
            cx.send_element(id, &answer, ContentNamespace::Server);
        }
        Ok(())
    }

    pub(crate) fn incoming(&mut self, id: ConnectionId) -> Option<&mut IncomingStream> {
        match &mut self.connections.get_mut(&id)?.role {
            Role::Incoming(stream) => Some(stream),
            _ => None,
        }
    }

    /// Makes room for one more stream. If there are too many whose other side has proven nothing,
    /// the oldest of them goes, and last one that claims to be a contact: silent connections are
    /// not to lock out a real peer. If there are too many at all, the oldest of a stranger goes.
    pub(crate) fn admit_incoming(&mut self, cx: &mut Context<'_>) -> bool {
        let interest = self.interest();
        let known = |domains: &BTreeSet<Domain>| domains.iter().any(|d| interest.known.contains(d));
        let mut all = 0_usize;
        let (mut unproven, mut strangers) = (Vec::new(), Vec::new());
        for (id, connection) in &self.connections {
            if let Role::Incoming(stream) = &connection.role {
                all = all.saturating_add(1);
                if stream.proven.is_empty() {
                    unproven.push((known(&stream.proving), connection.since, *id));
                } else if !known(&stream.proven) {
                    strangers.push((connection.since, *id));
                }
            }
        }
        let first_unproven = unproven.iter().min().map(|(_, _, id)| *id);
        let goes = if unproven.len() >= limits::MAX_UNPROVEN_STREAMS {
            first_unproven
        } else if all >= limits::MAX_INCOMING_STREAMS {
            let Some(goes) = first_unproven.or(strangers.into_iter().min().map(|(_, id)| id))
            else {
                return false;
            };
            Some(goes)
        } else {
            None
        };
        if let Some(id) = goes {
            self.end_with(id, &Fault::resource_constraint(), cx);
        }
        true
    }
}
