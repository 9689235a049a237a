//! From the first byte to the first stanza: stream headers, SASL, binding, stream management
//! (RFC 6120, sections 4 to 7).

use std::time::Duration;

use jid::FullJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::scram::{ClientError, ClientExchange, ClientVerifier, Hash};
use onym_stream::{
    ContentNamespace, Limits, StreamError, StreamEvent, StreamHeader, StreamReader, ns, sasl,
    write_element, write_open,
};

use super::Credentials;
use super::acknowledgement::Management;
use super::core::{Context, Core};
use super::resumption::{self, Answer, Resumable};
use crate::connection::Trouble;
use crate::stanza;

/// How long the whole negotiation may take: some ten round trips, each of a few seconds over Tor.
const LOG_IN_WITHIN: Duration = Duration::from_secs(120);

/// A stream that is being negotiated.
pub(super) struct Login {
    reader: StreamReader,
    step: Step,
    deadline: Timestamp,
}

/// What the server has to send next.
enum Step {
    Header(AwaitHeader),
    Features(AwaitFeatures),
    External,
    Challenge(ClientExchange),
    Success(ClientVerifier),
    Resumed(Features),
    Bound(AwaitBound),
    Enabled(LoggedIn),
}

struct AwaitHeader {
    authenticated: bool,
}

struct AwaitFeatures {
    authenticated: bool,
}

struct AwaitBound {
    iq_id: String,
    features: Features,
    /// Whether we asked for a resource of our own, so that another attempt without one is left.
    wished: bool,
}

struct LoggedIn {
    full_jid: FullJid,
    features: Features,
}

/// What the server offers after authentication.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    stream_management: bool,
    pub(super) roster_versioning: bool,
    pub(super) pre_approval: bool,
    pub(super) client_state: bool,
}

/// A negotiated stream.
pub(super) struct Negotiated {
    pub(super) reader: StreamReader,
    pub(super) features: Features,
    pub(super) management: Management,
    pub(super) full_jid: FullJid,
}

pub(super) enum Progress {
    More(Box<Login>),
    Done(Box<Negotiated>),
    /// The stream from before goes on; the server has this many of our stanzas.
    Resumed {
        reader: Box<StreamReader>,
        h: u32,
    },
}

impl Login {
    /// Opens the stream.
    pub(super) fn begin(core: &mut Core, cx: &Context<'_>) -> Self {
        open_stream(core, false);
        Self {
            reader: StreamReader::new(ContentNamespace::Client, Limits::client()),
            step: Step::Header(AwaitHeader {
                authenticated: false,
            }),
            deadline: cx.now + LOG_IN_WITHIN,
        }
    }

    pub(super) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// See `Link::bound_deadline`.
    pub(super) fn bound_deadline(&mut self, now: Timestamp) {
        self.deadline = self.deadline.min(now + LOG_IN_WITHIN);
    }

    pub(super) fn bytes(
        mut self: Box<Self>,
        bytes: &[u8],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<Progress, Trouble> {
        self.reader.handle(bytes);
        while let Some(event) = self.reader.poll().map_err(Trouble::Unreadable)? {
            let next = match event {
                StreamEvent::Closed => return Err(Trouble::Closed),
                StreamEvent::Opened(_) => match self.step {
                    Step::Header(AwaitHeader { authenticated }) => {
                        Next::Step(Step::Features(AwaitFeatures { authenticated }))
                    }
                    _ => return Err(Trouble::Protocol("a second stream header")),
                },
                StreamEvent::Element(element) => self.step.element(&element, core, cx)?,
            };
            match next {
                Next::Step(step) => self.step = step,
                Next::Restart => {
                    self.reader.authenticated();
                    self.reader.restart();
                    open_stream(core, true);
                    self.step = Step::Header(AwaitHeader {
                        authenticated: true,
                    });
                }
                Next::Done {
                    logged_in: LoggedIn { full_jid, features },
                    management,
                } => {
                    let reader = self.reader;
                    let done = Negotiated {
                        reader,
                        features,
                        management,
                        full_jid,
                    };
                    return Ok(Progress::Done(Box::new(done)));
                }
                Next::Resumed { h } => {
                    let reader = Box::new(self.reader);
                    return Ok(Progress::Resumed { reader, h });
                }
            }
        }
        Ok(Progress::More(self))
    }
}

enum Next {
    Step(Step),
    Restart,
    Done {
        logged_in: LoggedIn,
        management: Management,
    },
    Resumed {
        h: u32,
    },
}

impl Step {
    fn element(
        self,
        element: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<Next, Trouble> {
        if let Some(error) = StreamError::from_element(element) {
            return Err(Trouble::StreamError(error));
        }
        if let Some(failure) = sasl::Failure::from_element(element) {
            return Err(refused(failure));
        }
        match self {
            Self::Header(_) => Err(Trouble::Protocol("an element before the stream header")),
            Self::Features(_) if !element.is("features", ns::STREAM) => {
                Err(Trouble::Protocol("no stream features"))
            }
            Self::Features(AwaitFeatures {
                authenticated: false,
            }) => authenticate(element, core, cx),
            Self::Features(AwaitFeatures {
                authenticated: true,
            }) => bind_with(element, core, cx),
            Self::External => match element.is("success", ns::SASL) {
                true => Ok(Next::Restart),
                false => Err(Trouble::Protocol("a challenge where none is due")),
            },
            Self::Challenge(exchange) => answer_challenge(exchange, element, core),
            Self::Success(verifier) => verify_server(verifier, element),
            Self::Resumed(features) => resumed(features, element, core, cx),
            Self::Bound(bound) => bound.element(element, core, cx),
            Self::Enabled(logged_in) => match element.ns().as_str() {
                ns::STREAM_MANAGEMENT => {
                    let management = match element.name() {
                        "enabled" => Management::Counted(Resumable::from_enabled(element)),
                        _ => Management::None,
                    };
                    Ok(Next::Done {
                        logged_in,
                        management,
                    })
                }
                // Nothing is sent to us before our first presence; whatever comes is not counted.
                _ => Ok(Next::Step(Self::Enabled(logged_in))),
            },
        }
    }
}

fn open_stream(core: &mut Core, authenticated: bool) {
    let our_jid = &core.config.our_jid;
    // RFC 6120, section 4.7.1: our name goes only over a connection that nobody else reads, which
    // the pipe is. Once logged in it tells nothing new.
    let named = authenticated || matches!(core.config.credentials, Credentials::External);
    let header = StreamHeader {
        from: named.then(|| our_jid.clone().into()),
        to: jid::Jid::new(our_jid.domain().as_str()).ok(),
        ..StreamHeader::default()
    };
    core.outbox
        .send(&write_open(&header, ContentNamespace::Client));
}

fn send(core: &mut Core, element: &Element) {
    core.outbox
        .send(&write_element(element, ContentNamespace::Client));
}

/// Chooses the mechanism: EXTERNAL if that is what we have, else the strongest SCRAM.
fn authenticate(
    features: &Element,
    core: &mut Core,
    cx: &mut Context<'_>,
) -> Result<Next, Trouble> {
    let offered: Vec<String> = features
        .get_child("mechanisms", ns::SASL)
        .map(|list| {
            list.children()
                .map(|child| child.text().trim().to_owned())
                .collect()
        })
        .unwrap_or_default();
    let is_offered = |name: &str| offered.iter().any(|offer| offer == name);
    match core.config.credentials.clone() {
        Credentials::External if is_offered(sasl::EXTERNAL) => {
            let message = sasl::external_message(None);
            send(core, &sasl::auth(sasl::EXTERNAL, Some(&message)));
            Ok(Next::Step(Step::External))
        }
        Credentials::Scram { username, password } => {
            let hash = Hash::ALL
                .into_iter()
                .find(|hash| is_offered(hash.mechanism()));
            let hash = hash.ok_or(Trouble::NoMechanism)?;
            let exchange = ClientExchange::new(hash, &username, &password, &mut cx.rng)
                .map_err(|_| refused(sasl::Failure::NotAuthorized))?;
            send(
                core,
                &sasl::auth(hash.mechanism(), Some(&exchange.first_message())),
            );
            Ok(Next::Step(Step::Challenge(exchange)))
        }
        Credentials::External => Err(Trouble::NoMechanism),
    }
}

fn answer_challenge(
    exchange: ClientExchange,
    element: &Element,
    core: &mut Core,
) -> Result<Next, Trouble> {
    if !element.is("challenge", ns::SASL) {
        // A success now would leave the server unproven.
        return Err(Trouble::ServerNotProven);
    }
    let challenge = payload(element)?;
    let (verifier, response) = exchange.handle_challenge(&challenge).map_err(unproven)?;
    send(core, &sasl::response(&response));
    Ok(Next::Step(Step::Success(verifier)))
}

/// The server's proof comes with the success, or in a last challenge before it (RFC 6120, section
/// 6.4.6 and RFC 4422, section 3.6).
fn verify_server(verifier: ClientVerifier, element: &Element) -> Result<Next, Trouble> {
    if !element.is("success", ns::SASL) {
        return Err(Trouble::ServerNotProven);
    }
    verifier
        .handle_success(&payload(element)?)
        .map_err(unproven)?;
    Ok(Next::Restart)
}

fn payload(element: &Element) -> Result<Vec<u8>, Trouble> {
    let payload = sasl::decode_payload(element);
    payload
        .ok()
        .flatten()
        .ok_or(Trouble::Protocol("a SASL message that cannot be decoded"))
}

fn unproven(error: ClientError) -> Trouble {
    match error {
        ClientError::Refused(condition) => {
            let condition = condition.chars().take(100).collect();
            Trouble::LoginRefused {
                condition,
                temporary: false,
            }
        }
        _ => Trouble::ServerNotProven,
    }
}

fn refused(failure: sasl::Failure) -> Trouble {
    Trouble::LoginRefused {
        condition: failure.as_str().to_owned(),
        temporary: failure == sasl::Failure::TemporaryAuthFailure,
    }
}

fn bind_with(features: &Element, core: &mut Core, cx: &mut Context<'_>) -> Result<Next, Trouble> {
    if !features.has_child("bind", ns::BIND) {
        return Err(Trouble::Protocol("no resource binding offered"));
    }
    let features = Features {
        stream_management: features.has_child("sm", ns::STREAM_MANAGEMENT),
        roster_versioning: features.has_child("ver", ns::ROSTER_VERSIONING),
        pre_approval: features.has_child("sub", ns::PRE_APPROVAL),
        client_state: features.has_child("csi", ns::CLIENT_STATE),
    };
    // XEP-0198, section 5: after authentication and instead of binding.
    if let Some(question) = core.resume(features.stream_management, cx.now) {
        send(core, &question);
        return Ok(Next::Step(Step::Resumed(features)));
    }
    Ok(bind(features, core, cx))
}

/// The stream from before goes on, or another one begins.
fn resumed(
    features: Features,
    element: &Element,
    core: &mut Core,
    cx: &mut Context<'_>,
) -> Result<Next, Trouble> {
    match core.resume_answer(element)? {
        Some(Answer::Resumed { h }) => Ok(Next::Resumed { h }),
        Some(Answer::Failed { h }) => {
            core.resumption_failed(h, cx);
            Ok(bind(features, core, cx))
        }
        None => Ok(Next::Step(Step::Resumed(features))),
    }
}

fn bind(features: Features, core: &mut Core, cx: &mut Context<'_>) -> Next {
    let wish = core.config.resource.clone();
    let iq_id = request_binding(wish.as_deref(), core, cx);
    let wished = wish.is_some();
    Next::Step(Step::Bound(AwaitBound {
        iq_id,
        features,
        wished,
    }))
}

fn request_binding(resource: Option<&str>, core: &mut Core, cx: &mut Context<'_>) -> String {
    let id = cx.new_id();
    let mut bind = Element::bare("bind", ns::BIND);
    if let Some(resource) = resource {
        let mut element = Element::bare("resource", ns::BIND);
        element.append_text_node(resource);
        bind.append_child(element);
    }
    send(core, &stanza::iq("set", &id, bind));
    id
}

impl AwaitBound {
    fn element(
        self,
        element: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<Next, Trouble> {
        if !element.is("iq", ns::CLIENT) || element.attr("id") != Some(&self.iq_id) {
            return Ok(Next::Step(Step::Bound(self)));
        }
        if element.attr("type") == Some("error") {
            if !self.wished {
                return Err(Trouble::Protocol("resource binding failed"));
            }
            // Our wish is taken or not allowed: the server chooses.
            let iq_id = request_binding(None, core, cx);
            return Ok(Next::Step(Step::Bound(Self {
                iq_id,
                wished: false,
                ..self
            })));
        }
        let full_jid = element
            .get_child("bind", ns::BIND)
            .and_then(|bind| bind.get_child("jid", ns::BIND))
            .and_then(|jid| FullJid::new(jid.text().trim()).ok())
            .ok_or(Trouble::Protocol("resource binding gave no address"))?;
        if full_jid.to_bare() != core.config.our_jid {
            return Err(Trouble::WrongAddress);
        }
        let logged_in = LoggedIn {
            full_jid,
            features: self.features,
        };
        if !self.features.stream_management {
            return Ok(Next::Done {
                logged_in,
                management: Management::None,
            });
        }
        send(core, &resumption::enable());
        Ok(Next::Step(Step::Enabled(logged_in)))
    }
}
