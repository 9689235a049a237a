//! RFC 6120: a client's stream, from its header to a bound resource.

/// XEP-0352: Client State Indication.
pub(crate) mod client_state;
pub(crate) mod login;
pub(crate) mod resource;
/// XEP-0198: Stream Management (resumption).
pub(crate) mod resumption;
pub(crate) mod stanzas;

use jid::BareJid;
use onym_stream::{ContentNamespace, Element, StreamHeader, ns, scram, stream_management};

use crate::account::Account;
use crate::connection::Role;
use crate::context::Context;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::input::{ConnectionId, Origin};
use crate::output::Note;
use crate::server::Server;
use crate::service;
use crate::stanza::{self, Build};
use crate::starttls::Tls;
use resource::Resource;

/// How far a client has come.
#[derive(Debug)]
pub(crate) enum ClientStream {
    /// It has not proven who it is.
    LoggingIn(Box<LoggingIn>),
    /// It has, and has no resource yet.
    LoggedIn(LoggedIn),
    /// It sends and receives stanzas.
    Bound(Box<Resource>),
}

/// SASL (RFC 6120 §6).
#[derive(Debug)]
pub(crate) struct LoggingIn {
    pub(crate) origin: Origin,
    /// The SCRAM exchange that waits for the client's proof.
    pub(crate) exchange: Option<(BareJid, scram::ServerChallenge)>,
    pub(crate) failures: u32,
    pub(crate) tls: Tls,
}

/// Resource binding (RFC 6120 §7).
#[derive(Clone, Debug)]
pub(crate) struct LoggedIn {
    pub(crate) account: BareJid,
    /// The device whose password was used; none for the owner's pipe.
    pub(crate) device: Option<String>,
}

impl ClientStream {
    pub(crate) fn new(origin: Origin) -> Self {
        Self::LoggingIn(Box::new(LoggingIn {
            tls: Tls::at_first(&origin),
            origin,
            exchange: None,
            failures: 0,
        }))
    }

    pub(crate) fn account(&self) -> Option<&BareJid> {
        match self {
            Self::LoggingIn(_) => None,
            Self::LoggedIn(logged_in) => Some(&logged_in.account),
            Self::Bound(resource) => Some(&resource.account),
        }
    }

    pub(crate) fn device(&self) -> Option<&str> {
        match self {
            Self::LoggingIn(_) => None,
            Self::LoggedIn(logged_in) => logged_in.device.as_deref(),
            Self::Bound(resource) => resource.device.as_deref(),
        }
    }
}

impl Server {
    /// The client opens a stream: the first one, or another after SASL.
    pub(crate) fn client_opened(
        &mut self,
        id: ConnectionId,
        header: &StreamHeader,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let ours = self.domain.clone();
        let stream_id = cx.random_id();
        let connection = self.connection(id)?;
        connection.open(id, &ours, None, Some(stream_id), cx);
        // RFC 6120 §4.9.3.6: the client asks for a host that we are not.
        if header.to.as_ref().is_some_and(|to| Domain::of(to) != ours) {
            return Err(Fault::host_unknown());
        }
        let Role::Client(stream) = &connection.role else {
            return Ok(());
        };
        let features = match stream {
            ClientStream::LoggingIn(logging_in) => login::features(logging_in),
            ClientStream::LoggedIn(_) | ClientStream::Bound(_) => bound_features(),
        };
        cx.send_element(id, &features, ContentNamespace::Client);
        Ok(())
    }

    /// A client sends an element on its stream.
    pub(crate) fn client_element(
        &mut self,
        id: ConnectionId,
        element: Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let Role::Client(stream) = &self.connection(id)?.role else {
            return Ok(());
        };
        match stream {
            ClientStream::LoggingIn(_) => self.log_in(id, &element, cx),
            ClientStream::LoggedIn(logged_in) if element.has_ns(ns::STREAM_MANAGEMENT) => {
                if element.name() == "resume" {
                    let client = logged_in.clone();
                    return self.resume(id, &element, &client, cx);
                }
                // XEP-0198 §3: too early, and nothing is lost by saying so.
                let failed = management_failed("unexpected-request");
                cx.send_element(id, &failed, ContentNamespace::Client);
                Ok(())
            }
            ClientStream::LoggedIn(logged_in) => {
                let (account, device) = (logged_in.account.clone(), logged_in.device.clone());
                self.bind(id, &element, account, device, cx)
            }
            ClientStream::Bound(_) if element.has_ns(ns::STREAM_MANAGEMENT) => {
                self.client_management(id, &element, cx)
            }
            ClientStream::Bound(_) if element.has_ns(ns::CLIENT_STATE) => {
                self.client_state(id, &element, cx)
            }
            ClientStream::Bound(_) => self.client_stanza(id, element, cx),
        }
    }

    /// RFC 6120 §7: the client asks for a resource, or for one of the server's choice.
    fn bind(
        &mut self,
        id: ConnectionId,
        element: &Element,
        account: BareJid,
        device: Option<String>,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let bind = element.get_child("bind", ns::BIND);
        let (Some(bind), Some("set")) = (
            bind.filter(|_| element.name() == "iq"),
            element.attr("type"),
        ) else {
            // §7.1: nothing but binding is allowed here.
            return Err(Fault::not_authorized("a resource must be bound first"));
        };
        let wanted = bind.get_child("resource", ns::BIND).map(Element::text);
        let name = wanted
            .and_then(|wanted| account.with_resource_str(&wanted).ok())
            .map(|full| full.resource().as_str().to_owned())
            .unwrap_or_else(|| cx.random_id());
        // §7.7.2.2: of two streams with one resource the newer stays.
        let older = self
            .accounts
            .get(&account)
            .and_then(|known| known.resources.get(&name))
            .copied();
        if let Some(older) = older {
            self.end_with(older, &Fault::conflict(), cx);
        }
        let Some(known) = self.accounts.get_mut(&account) else {
            return Err(Fault::not_authorized("the account is gone"));
        };
        known.resources.insert(name.clone(), id);
        let full = format!("{account}/{name}");
        cx.note(Note::LoggedIn {
            account: account.to_string(),
            resource: name.clone(),
            device: device.clone(),
        });
        let resource = Resource::new(account, name, device, cx.now);
        self.connection(id)?.role = Role::Client(ClientStream::Bound(Box::new(resource)));

        let mut payload = Element::bare("bind", ns::BIND);
        let mut jid = Element::bare("jid", ns::BIND);
        jid.append_text(full);
        payload.append_child(jid);
        cx.send_element(
            id,
            &stanza::result(element, Some(payload)),
            ContentNamespace::Client,
        );
        Ok(())
    }

    /// XEP-0198 on a client's stream.
    fn client_management(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let Some(resource) = self.resource(id) else {
            return Ok(());
        };
        match element.name() {
            "enable" => self.enable_management(id, element, cx),
            // §5: only in place of binding a resource.
            "resume" => {
                cx.send_element(id, &resumption::failed(0), ContentNamespace::Client);
            }
            "r" => {
                if let Some(answer) = resource.acknowledgement.answer() {
                    cx.send_element(id, &answer, ContentNamespace::Client);
                }
            }
            "a" => {
                let Some(h) = stream_management::parse_answer(element) else {
                    return Err(Fault::bad_format("an acknowledgement needs a number"));
                };
                let received = resource.acknowledged(h).map_err(Fault::TooHigh)?;
                self.inbox_received(id, &received, cx);
            }
            _ => return Err(Fault::bad_format("unknown element of stream management")),
        }
        Ok(())
    }

    /// XEP-0352: somebody looks at the client, or nobody does.
    fn client_state(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let active = match element.name() {
            "active" => true,
            "inactive" => false,
            _ => return Err(Fault::unsupported()),
        };
        if let Some(resource) = self.resource(id) {
            resource.set_active(active, id, cx);
        }
        Ok(())
    }

    /// A client has been silent: it is asked whether it lives, or is gone.
    pub(crate) fn look_after_client(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        let Some(resource) = self.resource(id) else {
            return;
        };
        if resource.is_lost() {
            self.gone(id, "the stream was not resumed in time", cx);
        } else if resource.probed.is_some() {
            self.drop_connection(id, &Fault::timeout("the client does not answer"), cx);
        } else if let Some(request) = resource.acknowledgement.probe() {
            resource.probed = Some(cx.now);
            cx.send_element(id, &request, ContentNamespace::Client);
        } else {
            // RFC 6120 §4.6.1: white space; if the connection is dead, the transport notices.
            resource.heard = cx.now;
            cx.send(id, b" ".to_vec());
        }
    }

    /// The state of a bound client.
    pub(crate) fn resource(&mut self, id: ConnectionId) -> Option<&mut Resource> {
        match &mut self.connections.get_mut(&id)?.role {
            Role::Client(ClientStream::Bound(resource)) => Some(resource),
            _ => None,
        }
    }

    /// Pushes an IQ (RFC 6120 §8.2.3) to each of the account's clients that `wants` it.
    pub(crate) fn push_iq(
        &mut self,
        bare: &BareJid,
        payload: &Element,
        wants: impl Fn(&Resource) -> bool,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let ids: Vec<_> = account.resources.values().copied().collect();
        for id in ids {
            let push_id = cx.random_id();
            let Some(resource) = self.resource(id).filter(|resource| wants(resource)) else {
                continue;
            };
            let Some(full) = resource.full_jid() else {
                continue;
            };
            let mut push = Element::bare("iq", ns::CLIENT);
            push.set("type", "set");
            push.set("id", &push_id);
            push.set("to", full.as_str());
            push.append_child(payload.clone());
            resource.send(id, &push, cx);
        }
    }

    /// The account of a bound client.
    pub(crate) fn account_of(&mut self, id: ConnectionId) -> Option<(BareJid, &mut Account)> {
        let account = self.resource(id)?.account.clone();
        let known = self.accounts.get_mut(&account)?;
        Some((account, known))
    }
}

pub(crate) fn management_failed(condition: &str) -> Element {
    let mut failed = Element::bare("failed", ns::STREAM_MANAGEMENT);
    failed.append_child(Element::bare(condition, ns::STANZA_ERRORS));
    failed
}

fn bound_features() -> Element {
    let mut features = Element::bare("features", ns::STREAM);
    features.append_child(Element::bare("bind", ns::BIND));
    // RFC 3921's session is gone; old clients look for it all the same.
    let mut session = Element::bare("session", ns::SESSION);
    session.append_child(Element::bare("optional", ns::SESSION));
    features.append_child(session);
    features.append_child(Element::bare("sm", ns::STREAM_MANAGEMENT));
    features.append_child(Element::bare("csi", ns::CLIENT_STATE));
    features.append_child(Element::bare("ver", ns::ROSTER_VERSIONING));
    features.append_child(Element::bare("sub", ns::PRE_APPROVAL));
    if let Some(capabilities) = service::capabilities() {
        features.append_child(capabilities);
    }
    features
}
