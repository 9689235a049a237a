//! Streams that other servers open to us. Whoever connects can only speak for a domain that it
//! has proven (XEP-0220).

use std::collections::BTreeSet;

use onym_stream::{ContentNamespace, Element, StreamHeader, ns, stream_management};

use crate::acknowledgement::Acknowledgement;
use crate::connection::Role;
use crate::context::Context;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::limits;
use crate::server::{Fault, Server};
use crate::stanza::{self, Build, StanzaKind};
use crate::store::Change;
use crate::subscription::Kind;

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
}

impl IncomingStream {
    pub(crate) fn new() -> Self {
        Self {
            stream_id: String::new(),
            proven: BTreeSet::new(),
            proving: BTreeSet::new(),
            acknowledgement: Acknowledgement::by_transport(),
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
        if let Role::Incoming(stream) = &mut connection.role {
            stream.stream_id = stream_id;
        }
        let mut features = Element::bare("features", ns::STREAM);
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
            // At any time, also on a stream that has proven nothing (XEP-0220 §2.2).
            self.answer_verify(id, &element, cx);
            return Ok(());
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
        stream.acknowledgement.handled();
        if Domain::of(&to) != self.domain {
            return Err(Fault::host_unknown());
        }
        if let Some(online) = self.peers.get_mut(&domain).and_then(|peer| peer.online()) {
            online.active = cx.now;
        }
        let matters = match StanzaKind::of(&stanza) {
            Some(StanzaKind::Message) => stanza.attr("id").is_some(),
            Some(StanzaKind::Presence) => {
                stanza.attr("type").and_then(Kind::parse).is_some() && stanza.attr("id").is_some()
            }
            _ => false,
        };
        if matters {
            if let Some(change) = self.seen.note(&domain, &stanza) {
                cx.commit(change);
            } else {
                return Ok(());
            }
        }
        self.deliver(stanza, &from, &to, cx);
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
            "enable" | "resume" => {
                let mut failed = Element::bare("failed", ns::STREAM_MANAGEMENT);
                failed.set("h", "0");
                failed.append_child(Element::bare("unexpected-request", ns::STANZA_ERRORS));
                Some(failed)
            }
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

    /// Makes room for one more stream of somebody who has proven nothing: the oldest such stream
    /// goes, so that silent connections cannot lock out a real peer.
    pub(crate) fn admit_incoming(&mut self, cx: &mut Context<'_>) -> bool {
        let mut all = 0;
        let mut unproven = Vec::new();
        for (id, connection) in &self.connections {
            if let Role::Incoming(stream) = &connection.role {
                all += 1;
                if stream.proven.is_empty() {
                    unproven.push((connection.since, *id));
                }
            }
        }
        if unproven.len() >= limits::MAX_UNPROVEN_STREAMS || all >= limits::MAX_INCOMING_STREAMS {
            let Some((_, oldest)) = unproven.into_iter().min() else {
                return false;
            };
            self.end_with(oldest, &Fault::resource_constraint(), cx);
        }
        true
    }
}

/// Remembers the latest stanzas of every domain, so that one that comes again after a lost
/// acknowledgement is not delivered twice. The stanza is recognised by all of its bytes and is
/// only looked up if it has an id, so two messages that merely say the same both arrive.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rings: std::collections::BTreeMap<Domain, Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    slots: std::collections::BTreeMap<u16, crate::store::Fingerprint>,
    known: BTreeSet<crate::store::Fingerprint>,
    next: u16,
}

impl Seen {
    pub(crate) fn load(&mut self, domain: &Domain, slot: u16, fingerprint: [u8; 32]) {
        let ring = self.rings.entry(domain.clone()).or_default();
        ring.slots.insert(slot, fingerprint);
        ring.known.insert(fingerprint);
        // Which slot was written last is not stored; going on behind the highest one loses at most
        // one turn of the ring's memory.
        ring.next = ring.next.max(slot.saturating_add(1)) % limits::SEEN_STANZAS;
    }

    /// Remembers a stanza; none if it has been seen.
    fn note(&mut self, domain: &Domain, stanza: &Element) -> Option<Change> {
        use sha2::Digest;
        let fingerprint: [u8; 32] = sha2::Sha256::digest(stanza::to_xml(stanza)).into();
        if !self.rings.contains_key(domain) && self.rings.len() >= limits::MAX_SEEN_DOMAINS {
            // A stranger beyond the bound: delivered, at the risk of a repetition.
            return Some(Change::PutSeen(domain.clone(), 0, fingerprint));
        }
        let ring = self.rings.entry(domain.clone()).or_default();
        if !ring.known.insert(fingerprint) {
            return None;
        }
        let slot = ring.next;
        if let Some(old) = ring.slots.insert(slot, fingerprint) {
            ring.known.remove(&old);
        }
        ring.next = (slot + 1) % limits::SEEN_STANZAS;
        Some(Change::PutSeen(domain.clone(), slot, fingerprint))
    }
}
