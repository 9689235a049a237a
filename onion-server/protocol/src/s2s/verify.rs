//! XEP-0220: server dialback: claims, keys and what becomes of them.

use std::collections::VecDeque;

use onym_stream::{ContentNamespace, Element, ns};

use crate::connection::Role;
use crate::context::Context;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::input::ConnectionId;
use crate::limits;
use crate::output::Note;
use crate::s2s::peer::Verification;
use crate::server::Server;
use crate::stanza::Build;

impl Server {
    /// §2.2.1, as the receiving server: somebody claims a domain and gives a key for it. The
    /// domain itself is asked, over a connection that we make to it.
    pub(crate) fn claim(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let domain = |name| element.attr(name).and_then(Domain::parse);
        let (Some(theirs), Some(ours)) = (domain("from"), domain("to")) else {
            return Err(Fault::improper_addressing());
        };
        if ours != self.domain {
            // §2.5: "The domain given in the 'to' attribute of the request is not hosted".
            self.result(id, &theirs, "error", Some("item-not-found"), cx);
            return Ok(());
        }
        if theirs == self.domain {
            return Err(Fault::invalid_from());
        }
        let Some(stream) = self.incoming(id) else {
            return Ok(());
        };
        if stream.proven.contains(&theirs) {
            self.result(id, &theirs, "valid", None, cx);
            return Ok(());
        }
        if stream.proven.len() + stream.proving.len() >= limits::MAX_DOMAINS_PER_STREAM {
            self.result(id, &theirs, "error", Some("resource-constraint"), cx);
            return Ok(());
        }
        let key = element.text();
        if key.len() > limits::MAX_DIALBACK_KEY_BYTES {
            return Err(Fault::policy("the key is too long"));
        }
        let known = self.knows(&theirs);
        if !known && !self.peers.contains_key(&theirs) && self.peers.len() >= limits::MAX_PEERS {
            self.result(id, &theirs, "error", Some("resource-constraint"), cx);
            return Ok(());
        }
        let Some(stream) = self.incoming(id) else {
            return Ok(());
        };
        if !stream.proving.insert(theirs.clone()) {
            return Ok(());
        }
        let verification = Verification {
            asked_on: id,
            stream_id: stream.stream_id.clone(),
            key,
            since: cx.now,
            asked: None,
        };
        let peer = self.peers.entry(theirs.clone()).or_default();
        peer.verifications.push_back(verification);
        // The domain seems to be up: what waits for it need not wait for the back-off to end. A
        // domain that nobody here knows does wait, or anybody could have us dial it all the time.
        if known || peer.has_stanzas() {
            self.wake(&theirs);
        }
        self.ask(&theirs, cx);
        Ok(())
    }

    /// §2.1.2: sends the peer every key that it has not been asked about, once its stream is open.
    pub(crate) fn ask(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        use crate::s2s::link::Link;
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let connection = match &peer.link {
            Link::Open(open) | Link::Proving(open) | Link::Enabling(open) => open.connection,
            Link::Online(online) => online.connection,
            _ => return,
        };
        for verification in peer.verifications.iter_mut().filter(|v| v.asked.is_none()) {
            verification.asked = Some(cx.now);
            let mut verify = Element::bare("verify", ns::DIALBACK);
            verify.set("from", self.domain.as_str());
            verify.set("to", domain.as_str());
            verify.set("id", &verification.stream_id);
            verify.append_text(verification.key.as_str());
            cx.send_element(connection, &verify, ContentNamespace::Server);
        }
    }

    /// §2.1.2: the peer says whether a key is its own.
    pub(crate) fn verified(&mut self, domain: &Domain, element: &Element, cx: &mut Context<'_>) {
        // The answer counts only if it comes from the domain that was asked, for ours.
        let addressed = |name| element.attr(name).and_then(Domain::parse);
        if addressed("from").as_ref() != Some(domain)
            || addressed("to") != Some(self.domain.clone())
        {
            return;
        }
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let asked = |v: &Verification| {
            v.asked.is_some() && Some(v.stream_id.as_str()) == element.attr("id")
        };
        let Some(position) = peer.verifications.iter().position(asked) else {
            return;
        };
        let Some(verification) = peer.verifications.remove(position) else {
            return;
        };
        let id = verification.asked_on;
        let Some(stream) = self.incoming(id) else {
            return;
        };
        if !stream.proving.remove(domain) {
            return;
        }
        let has_proven_another = !stream.proven.is_empty();
        if element.attr("type") != Some("valid") {
            let why = "its server does not know the key".to_owned();
            cx.note(Note::DomainRefused {
                domain: domain.to_string(),
                why,
            });
            // §2.2.1: "If no other valid domain pairs exist for this connection [...] MUST close
            // the XML stream. If there exist other valid domain pairs [...] MAY [...] return an
            // error condition of <forbidden/>".
            if has_proven_another {
                self.result(id, domain, "error", Some("forbidden"), cx);
            } else {
                self.result(id, domain, "invalid", None, cx);
                self.end(id, cx);
            }
            return;
        }
        stream.proven.insert(domain.clone());
        if let Ok(connection) = self.connection(id) {
            connection.reader.authenticated();
        }
        if let Some(peer) = self.peers.get_mut(domain) {
            peer.incoming.insert(id);
            if peer.incoming.len() > limits::MAX_PROVEN_STREAMS_PER_DOMAIN
                && let Some(oldest) = peer.incoming.iter().copied().find(|other| *other != id)
            {
                self.end_with(oldest, &Fault::conflict(), cx);
            }
        }
        cx.note(Note::DomainProven {
            domain: domain.to_string(),
        });
        self.result(id, domain, "valid", None, cx);
    }

    /// The peer could not be asked: whoever claimed the domain is told, and has proven nothing.
    pub(crate) fn cannot_verify(&mut self, domain: &Domain, why: &str, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let claims = std::mem::take(&mut peer.verifications);
        self.refuse_claims(domain, claims, why, cx);
    }

    /// Tells whoever made these claims that they could not be looked into.
    pub(crate) fn refuse_claims(
        &mut self,
        domain: &Domain,
        claims: VecDeque<Verification>,
        why: &str,
        cx: &mut Context<'_>,
    ) {
        for verification in claims {
            let id = verification.asked_on;
            let Some(stream) = self.incoming(id) else {
                continue;
            };
            stream.proving.remove(domain);
            cx.note(Note::DomainRefused {
                domain: domain.to_string(),
                why: why.to_owned(),
            });
            // §2.4.2: "If an error is encountered in Step 3 [...], the Receiving Server MUST send a
            // <remote-server-not-found/> dialback error".
            self.result(id, domain, "error", Some("remote-server-not-found"), cx);
        }
    }

    /// §2.2.2, as the authoritative server: somebody asks whether a key is ours.
    pub(crate) fn answer_verify(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) {
        if element.attr("type").is_some() {
            return;
        }
        let domain = |name| element.attr(name).and_then(Domain::parse);
        let (Some(theirs), Some(ours), Some(stream_id)) =
            (domain("from"), domain("to"), element.attr("id"))
        else {
            return;
        };
        let is_ours = ours == self.domain;
        let key = element.text();
        let kind = match self.secret.verify(&key, &theirs, &ours, stream_id) {
            _ if !is_ours => "error",
            true => "valid",
            false => "invalid",
        };
        let mut answer = Element::bare("verify", ns::DIALBACK);
        answer.set("from", ours.as_str());
        answer.set("to", theirs.as_str());
        answer.set("id", stream_id);
        answer.set("type", kind);
        if !is_ours {
            answer.append_child(dialback_error("item-not-found"));
        }
        cx.send_element(id, &answer, ContentNamespace::Server);
    }

    /// §2.2.1: what became of a claim.
    fn result(
        &mut self,
        id: ConnectionId,
        domain: &Domain,
        kind: &'static str,
        error: Option<&'static str>,
        cx: &mut Context<'_>,
    ) {
        if !self
            .connections
            .get(&id)
            .is_some_and(|c| matches!(c.role, Role::Incoming(_)))
        {
            return;
        }
        let mut result = Element::bare("result", ns::DIALBACK);
        result.set("from", self.domain.as_str());
        result.set("to", domain.as_str());
        result.set("type", kind);
        if let Some(condition) = error {
            result.append_child(dialback_error(condition));
        }
        cx.send_element(id, &result, ContentNamespace::Server);
    }
}

/// §2.4.2: "an <error/> element (implicitly qualified by the 'jabber:server' namespace)". It is no
/// part of a stanza, so the writer does not translate it.
fn dialback_error(condition: &'static str) -> Element {
    let mut error = Element::bare("error", ns::SERVER);
    error.set("type", "cancel");
    error.append_child(Element::bare(condition, ns::STANZA_ERRORS));
    error
}
