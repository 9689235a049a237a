//! A client's double: logs in, binds, acknowledges, and keeps what it receives.

use std::collections::{BTreeSet, VecDeque};

use jid::BareJid;
use onym_server_protocol::{DeviceChange, Input, Origin};
use onym_stream::scram::{ClientExchange, ClientVerifier, Hash};
use onym_stream::stream_management as sm;
use onym_stream::{
    Condition, ContentNamespace, Element, Limits, StreamError, StreamEvent, StreamHeader,
    StreamReader, ns, sasl, write_close, write_element, write_open,
};
use rand::rngs::StdRng;

use crate::world::{Plug, World};

/// How a client proves who it is.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    /// Through the owner's pipe.
    External,
    /// On the loopback interface, with a user name and a password.
    Scram(Hash, String, String),
    /// It does not; the scene plays it by hand.
    ByHand(Origin),
}

/// What a client is like.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    pub(crate) account: BareJid,
    pub(crate) login: Login,
    pub(crate) resource: Option<String>,
    /// Whether it speaks XEP-0198.
    pub(crate) manages: bool,
    /// Whether it answers `<r/>` by itself.
    pub(crate) acknowledges: bool,
    /// Whether it goes on with a stream that it has lost.
    pub(crate) resumes: bool,
    /// Whether it wants copies of what its account's other clients send and receive.
    pub(crate) copies: bool,
}

/// A client.
pub(crate) struct Client {
    pub(crate) habits: Habits,
    pub(crate) plug: Option<Plug>,
    reader: StreamReader,
    exchange: Option<ClientExchange>,
    verifier: Option<ClientVerifier>,
    /// The address that it was given.
    pub(crate) full_jid: Option<String>,
    /// Whether it may send stanzas.
    pub(crate) ready: bool,
    /// Stanzas that it received and nobody has looked at.
    pub(crate) received: VecDeque<Element>,
    /// Every element that is no stanza, in order.
    pub(crate) others: Vec<Element>,
    /// How many stanzas it has handled since it enabled stream management.
    pub(crate) handled: u32,
    outbound: sm::Outbound<String>,
    managed: bool,
    /// The name of its stream, if it can be resumed.
    pub(crate) stream_id: Option<String>,
    /// What the server has taken over.
    pub(crate) acknowledged: Vec<String>,
    /// What the server may not have, oldest first.
    pub(crate) left: Vec<String>,
    /// Whether it says that it is here, and sends again what is left, as soon as it can.
    pub(crate) persists: bool,
    /// The ids of messages that came on the present stream.
    on_this_stream: BTreeSet<String>,
    pub(crate) stream_error: Option<Condition>,
    closed: bool,
}

/// A client, as scenes name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Actor(pub(crate) usize);

impl Client {
    fn new(habits: Habits) -> Self {
        Self {
            habits,
            plug: None,
            reader: StreamReader::new(ContentNamespace::Client, Limits::client()),
            exchange: None,
            verifier: None,
            full_jid: None,
            ready: false,
            received: VecDeque::new(),
            others: Vec::new(),
            handled: 0,
            outbound: sm::Outbound::new(),
            managed: false,
            stream_id: None,
            acknowledged: Vec::new(),
            left: Vec::new(),
            persists: false,
            on_this_stream: BTreeSet::new(),
            stream_error: None,
            closed: false,
        }
    }

    pub(crate) fn has_closed(&self) -> bool {
        self.closed
    }

    /// The connection is gone. What was not acknowledged must be sent again.
    pub(crate) fn lost(&mut self) {
        self.plug = None;
        self.ready = false;
        if self.stream_id.is_none() {
            self.give_up_stream();
        }
    }

    fn give_up_stream(&mut self) {
        let outbound = std::mem::take(&mut self.outbound);
        let newer = std::mem::take(&mut self.left);
        self.left.extend(outbound.into_unacknowledged());
        self.left.extend(newer);
    }

    fn header(&self) -> Vec<u8> {
        let header = StreamHeader {
            from: None,
            to: jid::Jid::new(self.habits.account.domain().as_str()).ok(),
            id: None,
            version: Some("1.0".to_owned()),
            lang: None,
        };
        write_open(&header, ContentNamespace::Client)
    }

    /// Takes in bytes and gives those that answer them.
    pub(crate) fn receive(&mut self, bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
        self.reader.handle(bytes);
        let mut answer = Vec::new();
        while let Some(event) = self.reader.poll().expect("the server writes good XML") {
            match event {
                StreamEvent::Opened(_) => {}
                StreamEvent::Closed => {
                    if !std::mem::replace(&mut self.closed, true) {
                        answer.extend(write_close());
                    }
                }
                StreamEvent::Element(element) => answer.extend(self.element(element, rng)),
            }
        }
        answer
    }

    fn element(&mut self, element: Element, rng: &mut StdRng) -> Vec<u8> {
        if let Some(error) = StreamError::from_element(&element) {
            self.stream_error = Some(error.condition);
            return Vec::new();
        }
        if element.has_ns(ns::CLIENT) {
            if self.full_jid.is_none()
                && let Some(bind) = element.get_child("bind", ns::BIND)
            {
                self.full_jid = Some(bind.get_child("jid", ns::BIND).unwrap().text());
                self.ready = true;
                return self.bound();
            }
            self.handled += u32::from(self.managed);
            if let Some(id) = original(&element).attr("id")
                && element.name() == "message"
            {
                let first = self.on_this_stream.insert(id.to_owned());
                assert!(first || !self.persists, "{id} comes twice on one stream");
            }
            self.received.push_back(element);
            return Vec::new();
        }
        self.others.push(element.clone());
        if matches!(self.habits.login, Login::ByHand(_)) {
            if element.is("success", ns::SASL) {
                self.reader.restart();
            }
            return Vec::new();
        }
        self.negotiate(&element, rng)
    }

    fn bound(&mut self) -> Vec<u8> {
        if !self.habits.manages {
            return Vec::new();
        }
        // Our stanzas count from here on, theirs once they have agreed.
        self.outbound = sm::Outbound::new();
        let resume = if self.habits.resumes {
            " resume='true'"
        } else {
            ""
        };
        let enable = format!("<enable xmlns='{}'{resume}/>", ns::STREAM_MANAGEMENT);
        let mut bytes = enable.into_bytes();
        if self.habits.copies {
            let enable = format!(
                "<iq type='set' id='copies'><enable xmlns='{}'/></iq>",
                ns::CARBONS
            );
            bytes.extend(enable.as_bytes());
            self.outbound.sent(enable);
        }
        if self.persists {
            let left = std::mem::take(&mut self.left);
            let messages = left.into_iter().filter(|xml| xml.starts_with("<message"));
            for xml in ["<presence/>".to_owned()].into_iter().chain(messages) {
                bytes.extend(xml.as_bytes());
                self.outbound.sent(xml);
            }
            bytes.extend(write_element(&sm::request(), ContentNamespace::Client));
        }
        bytes
    }

    fn negotiate(&mut self, element: &Element, rng: &mut StdRng) -> Vec<u8> {
        let answer = match (element.name(), element.ns().as_str()) {
            ("features", ns::STREAM) if element.has_child("mechanisms", ns::SASL) => {
                self.begin_login(rng)
            }
            ("features", ns::STREAM) if self.stream_id.is_some() => {
                return format!(
                    "<resume xmlns='{}' previd='{}' h='{}'/>",
                    ns::STREAM_MANAGEMENT,
                    self.stream_id.as_deref().unwrap_or_default(),
                    self.handled
                )
                .into_bytes();
            }
            ("resumed", ns::STREAM_MANAGEMENT) => return self.resumed(element),
            ("failed", ns::STREAM_MANAGEMENT) if self.stream_id.is_some() => {
                return self.resumption_failed(element);
            }
            ("features", ns::STREAM) => return self.bind(),
            ("challenge", ns::SASL) => {
                let message = sasl::decode_payload(element).unwrap().unwrap();
                let exchange = self.exchange.take().unwrap();
                let (verifier, proof) = exchange.handle_challenge(&message).unwrap();
                self.verifier = Some(verifier);
                sasl::response(&proof)
            }
            ("success", ns::SASL) => {
                if let Some(verifier) = self.verifier.take() {
                    let message = sasl::decode_payload(element).unwrap().unwrap();
                    verifier.handle_success(&message).unwrap();
                }
                self.reader.authenticated();
                self.reader.restart();
                return self.header();
            }
            ("enabled", ns::STREAM_MANAGEMENT) => {
                self.managed = true;
                self.handled = 0;
                if element.attr("resume") == Some("true") {
                    self.stream_id = element.attr("id").map(str::to_owned);
                }
                return Vec::new();
            }
            ("r", ns::STREAM_MANAGEMENT) if self.habits.acknowledges => return self.answer(),
            ("a", ns::STREAM_MANAGEMENT) if self.ready => {
                let h = sm::parse_answer(element).unwrap();
                let acknowledged = self.outbound.acknowledged(h).unwrap();
                self.acknowledged.extend(acknowledged);
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        write_element(&answer, ContentNamespace::Client)
    }

    fn bind(&self) -> Vec<u8> {
        let resource = self
            .habits
            .resource
            .as_ref()
            .map_or_else(String::new, |r| format!("<resource>{r}</resource>"));
        format!(
            "<iq type='set' id='bind'><bind xmlns='{}'>{resource}</bind></iq>",
            ns::BIND
        )
        .into_bytes()
    }

    /// The stream goes on: what the server has not handled is sent again, then what came up since.
    fn resumed(&mut self, element: &Element) -> Vec<u8> {
        assert_eq!(element.attr("previd"), self.stream_id.as_deref());
        let h = element.attr("h").unwrap().parse().unwrap();
        let acknowledged = self.outbound.acknowledged(h).unwrap();
        self.acknowledged.extend(acknowledged);
        self.ready = true;
        let mut bytes = Vec::new();
        for xml in self.outbound.unacknowledged() {
            bytes.extend(xml.as_bytes());
        }
        for xml in std::mem::take(&mut self.left) {
            bytes.extend(xml.as_bytes());
            self.outbound.sent(xml);
        }
        bytes.extend(write_element(&sm::request(), ContentNamespace::Client));
        bytes
    }

    /// The stream is gone; what the server says of it counts all the same.
    fn resumption_failed(&mut self, element: &Element) -> Vec<u8> {
        let h = element.attr("h").expect("always").parse().unwrap();
        let acknowledged = self.outbound.acknowledged(h).unwrap_or_default();
        self.acknowledged.extend(acknowledged);
        self.stream_id = None;
        self.full_jid = None;
        self.managed = false;
        self.on_this_stream.clear();
        self.give_up_stream();
        self.bind()
    }

    fn begin_login(&mut self, rng: &mut StdRng) -> Element {
        match &self.habits.login {
            Login::External | Login::ByHand(_) => {
                let wanted = sasl::external_message(Some(&self.habits.account));
                sasl::auth("EXTERNAL", Some(&wanted))
            }
            Login::Scram(hash, user, password) => {
                let exchange = ClientExchange::new(*hash, user, password, rng).unwrap();
                let auth = sasl::auth(hash.mechanism(), Some(&exchange.first_message()));
                self.exchange = Some(exchange);
                auth
            }
        }
    }

    fn answer(&self) -> Vec<u8> {
        format!(
            "<a xmlns='{}' h='{}'/>",
            ns::STREAM_MANAGEMENT,
            self.handled
        )
        .into_bytes()
    }
}

impl Habits {
    /// The owner of an account, on their own pipe, with stream management.
    pub(crate) fn owner(account: &str, resource: &str) -> Self {
        Self {
            account: BareJid::new(account).unwrap(),
            login: Login::External,
            resource: Some(resource.to_owned()),
            manages: true,
            acknowledges: true,
            resumes: false,
            copies: false,
        }
    }
}

impl World {
    /// Somebody with these habits connects and goes as far as they can.
    pub(crate) fn actor(&mut self, habits: Habits) -> Actor {
        let actor = Actor(self.clients.len());
        self.clients.push(Client::new(habits));
        self.reconnect(actor);
        self.run();
        actor
    }

    /// Connects anew with the same habits.
    pub(crate) fn reconnect(&mut self, actor: Actor) {
        if let Some(plug) = self.clients[actor.0].plug {
            self.hang_up(plug);
            self.clients[actor.0].lost();
        }
        let habits = self.clients[actor.0].habits.clone();
        let domain = habits.account.domain().as_str().to_owned();
        let origin = match &habits.login {
            Login::External => Origin::OwnerPipe {
                account: habits.account.clone(),
            },
            Login::Scram(..) => Origin::Loopback,
            Login::ByHand(origin) => origin.clone(),
        };
        let before = std::mem::replace(&mut self.clients[actor.0], Client::new(habits));
        let client = &mut self.clients[actor.0];
        client.received = before.received;
        client.acknowledged = before.acknowledged;
        client.left = before.left;
        client.persists = before.persists;
        if before.stream_id.is_some() {
            client.stream_id = before.stream_id;
            client.outbound = before.outbound;
            client.handled = before.handled;
            client.managed = before.managed;
            client.full_jid = before.full_jid;
            client.on_this_stream = before.on_this_stream;
        }
        let hello = client.header();
        let plug = self.call_as_client(actor.0, &domain, origin);
        self.clients[actor.0].plug = plug;
        if let Some(plug) = plug {
            self.post(plug, &hello);
        }
    }

    /// The owner of an account logs in.
    pub(crate) fn owner(&mut self, account: &str, resource: &str) -> Actor {
        let actor = self.actor(Habits::owner(account, resource));
        assert!(self.clients[actor.0].ready, "{account} is logged in");
        actor
    }

    /// The same, who is also there for everybody to see.
    pub(crate) fn present_owner(&mut self, account: &str, resource: &str) -> Actor {
        let actor = self.owner(account, resource);
        self.says(actor, "<presence/>");
        self.forget(actor);
        actor
    }

    /// Gives an account a device with a password.
    pub(crate) fn add_device(&mut self, account: &str, name: &str, password: &str) {
        let account = BareJid::new(account).unwrap();
        let domain = account.domain().as_str().to_owned();
        let change = DeviceChange::Add {
            name: name.to_owned(),
            password: password.to_owned().into(),
        };
        self.tell(&domain, Input::ChangeDevices { account, change });
    }

    /// Sends XML, one stanza or something else, and lets it take effect.
    pub(crate) fn says(&mut self, actor: Actor, xml: &str) {
        self.utters(actor, xml);
        self.run();
    }

    /// Sends XML without letting anything happen yet.
    pub(crate) fn utters(&mut self, actor: Actor, xml: &str) {
        let client = &mut self.clients[actor.0];
        if client.persists && !client.ready {
            client.left.push(xml.to_owned());
            return;
        }
        let Some(plug) = client.plug else { return };
        let is_stanza = ["<message", "<presence", "<iq"]
            .iter()
            .any(|start| xml.starts_with(start));
        let mut bytes = xml.as_bytes().to_vec();
        if client.habits.manages && client.ready && is_stanza {
            client.outbound.sent(xml.to_owned());
            bytes.extend(write_element(&sm::request(), ContentNamespace::Client));
        }
        self.post(plug, &bytes);
    }

    /// Acknowledges everything that was received.
    pub(crate) fn acknowledges(&mut self, actor: Actor) {
        let client = &self.clients[actor.0];
        if let Some(plug) = client.plug.filter(|_| client.ready) {
            let answer = client.answer();
            self.post(plug, &answer);
        }
        self.run();
    }

    /// Closes the stream in order.
    pub(crate) fn leaves(&mut self, actor: Actor) {
        self.says(actor, "</stream:stream>");
    }

    /// Loses the connection.
    pub(crate) fn loses_connection(&mut self, actor: Actor) {
        if let Some(plug) = self.clients[actor.0].plug {
            self.break_connection(plug);
        }
        self.run();
    }

    /// The next stanza of this name; others before it are passed over.
    pub(crate) fn hears(&mut self, actor: Actor, name: &str) -> Element {
        let received = &mut self.clients[actor.0].received;
        let position = received.iter().position(|stanza| stanza.name() == name);
        let Some(position) = position else {
            panic!("{actor:?} does not receive <{name}/>, only {received:?}");
        };
        received.drain(..=position).next_back().unwrap()
    }

    /// All stanzas of this name that have come; nobody is interested in the others.
    pub(crate) fn hears_all(&mut self, actor: Actor, name: &str) -> Vec<Element> {
        let received = std::mem::take(&mut self.clients[actor.0].received);
        received
            .into_iter()
            .filter(|stanza| stanza.name() == name)
            .collect()
    }

    /// The bodies of all messages that have come.
    pub(crate) fn bodies(&mut self, actor: Actor) -> Vec<String> {
        self.hears_all(actor, "message")
            .iter()
            .filter_map(|message| Some(message.get_child("body", ns::CLIENT)?.text()))
            .collect()
    }

    /// Throws away what has come.
    pub(crate) fn forget(&mut self, actor: Actor) {
        self.clients[actor.0].received.clear();
    }

    pub(crate) fn client(&self, actor: Actor) -> &Client {
        &self.clients[actor.0]
    }

    /// Two owners become contacts who see each other.
    pub(crate) fn befriend(&mut self, one: Actor, other: Actor) {
        let jid = |w: &Self, actor: Actor| w.client(actor).habits.account.to_string();
        let (one_jid, other_jid) = (jid(self, one), jid(self, other));
        for (from, to) in [(one, &other_jid), (other, &one_jid)] {
            self.says(from, &format!("<presence type='subscribe' to='{to}'/>"));
            self.says(from, &format!("<presence type='subscribed' to='{to}'/>"));
        }
        self.forget(one);
        self.forget(other);
    }
}

/// The message that a copy holds (XEP-0280), or the stanza itself.
pub(crate) fn original(stanza: &Element) -> &Element {
    let wrapper = stanza.children().find(|child| child.has_ns(ns::CARBONS));
    let forwarded = wrapper.and_then(|wrapper| wrapper.get_child("forwarded", ns::FORWARD));
    let message = forwarded.and_then(|forwarded| forwarded.get_child("message", ns::CLIENT));
    message.unwrap_or(stanza)
}

/// The condition of an error stanza.
pub(crate) fn condition(stanza: &Element) -> String {
    assert_eq!(stanza.attr("type"), Some("error"), "{stanza:?}");
    let error = stanza.get_child("error", ns::CLIENT).unwrap();
    error.children().next().unwrap().name().to_owned()
}
