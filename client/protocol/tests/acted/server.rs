//! A test double of the account's server: enough of c2s to act a script.

use std::collections::{BTreeMap, VecDeque};

use jid::BareJid;
use minidom::Element;
use onym_stream::scram::{Account, Credentials, Hash, ServerChallenge, ServerExchange};
use onym_stream::stream_management::{self, Inbound, Outbound};
use onym_stream::{
    Attributes, Condition, ContentNamespace, Limits, StreamError, StreamEvent, StreamHeader,
    StreamReader, ns, sasl, write_element, write_open,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::services::Services;

/// What the server offers and keeps.
pub(crate) struct Server {
    pub(crate) account: BareJid,
    pub(crate) external: bool,
    pub(crate) scram: Vec<Credentials>,
    pub(crate) managed: bool,
    /// Whether a lost stream can be taken up again.
    pub(crate) resumption: bool,
    /// Whether the refusal of a resumption says how many stanzas there were.
    pub(crate) failed_has_h: bool,
    /// Refuses to take a stream up again, but knows how many stanzas there were.
    pub(crate) refuses_resumption: bool,
    /// Does not answer when asked to take a stream up again.
    pub(crate) ignores_resumption: bool,
    /// A number to claim when a stream is taken up again.
    pub(crate) resumed_h: Option<u32>,
    /// Whether the client may say that the user is away, and what it said over all streams.
    pub(crate) client_state: bool,
    pub(crate) client_states: Vec<String>,
    /// Ends the stream at a stanza that is larger.
    pub(crate) max_stanza_bytes: Option<usize>,
    /// How often a lost stream was taken up again.
    pub(crate) resumptions: usize,
    pub(crate) roster_versioning: bool,
    pub(crate) pre_approval: bool,
    /// Refuses the first binding, as if the resource were taken.
    pub(crate) resource_is_taken: bool,
    pub(crate) roster: BTreeMap<String, Element>,
    pub(crate) roster_version: u64,
    /// What waits for the client, until the client acknowledges it.
    waiting: VecDeque<Element>,
    /// Every stanza that the client sent, over all connections.
    pub(crate) received: Vec<Element>,
    /// Every stream error that the client sent.
    pub(crate) stream_errors: Vec<StreamError>,
    pub(crate) services: Services,
    connection: Option<Connection>,
    /// The stream whose connection was lost.
    detached: Option<Stream>,
    streams: usize,
}

struct Connection {
    reader: StreamReader,
    phase: Phase,
    out: Vec<u8>,
    managed: bool,
    /// Nothing is read any more.
    is_over: bool,
    stream: Stream,
}

/// What outlives a connection.
struct Stream {
    /// The name by which it can be taken up again.
    id: Option<String>,
    inbound: Inbound,
    outbound: Outbound<Sent>,
    present: bool,
}

struct Sent {
    element: Element,
    /// Whether it is kept when the stream is gone.
    keep: bool,
}

impl Stream {
    fn new(id: Option<String>) -> Self {
        Self {
            id,
            inbound: Inbound::new(),
            outbound: Outbound::new(),
            present: false,
        }
    }
}

enum Phase {
    Header { authenticated: bool },
    Auth,
    Challenge(ServerChallenge),
    Bound,
}

impl Server {
    pub(crate) fn new(account: &str) -> Self {
        Self {
            account: BareJid::new(account).unwrap(),
            external: true,
            scram: Vec::new(),
            managed: true,
            resumption: false,
            failed_has_h: true,
            refuses_resumption: false,
            ignores_resumption: false,
            resumed_h: None,
            client_state: false,
            client_states: Vec::new(),
            max_stanza_bytes: None,
            resumptions: 0,
            roster_versioning: true,
            pre_approval: false,
            resource_is_taken: false,
            roster: BTreeMap::new(),
            roster_version: 1,
            waiting: VecDeque::new(),
            received: Vec::new(),
            stream_errors: Vec::new(),
            services: Services::default(),
            connection: None,
            detached: None,
            streams: 0,
        }
    }

    pub(crate) fn set_password(&mut self, password: &str) {
        let mut rng = StdRng::seed_from_u64(7);
        for hash in Hash::ALL {
            let mut credentials = Credentials::generate(hash, &mut rng);
            credentials.iterations = 4096;
            credentials.set_device("test", password).unwrap();
            self.scram.push(credentials);
        }
        self.external = false;
    }

    pub(crate) fn connect(&mut self) {
        self.connection = Some(Connection {
            reader: StreamReader::new(ContentNamespace::Client, Limits::client()),
            phase: Phase::Header {
                authenticated: false,
            },
            out: Vec::new(),
            managed: false,
            is_over: false,
            stream: Stream::new(None),
        });
    }

    /// The connection is gone; what the client did not acknowledge waits for the next one.
    pub(crate) fn disconnect(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if connection.stream.id.is_some() {
            self.forget_stream();
            self.detached = Some(connection.stream);
        } else {
            self.put_back(connection.stream);
        }
    }

    /// Too much time has passed: the lost stream cannot be taken up again.
    pub(crate) fn forget_stream(&mut self) {
        if let Some(stream) = self.detached.take() {
            self.put_back(stream);
        }
    }

    fn put_back(&mut self, stream: Stream) {
        // What a session had asked for ends with it.
        self.services.carbons_are_enabled &= self.detached.is_some();
        let sent: Vec<_> = stream.outbound.into_unacknowledged().collect();
        for sent in sent.into_iter().rev().filter(|sent| sent.keep) {
            self.waiting.push_front(sent.element);
        }
    }

    /// Whether the client has shown itself on this connection.
    pub(crate) fn sees_client(&self) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|connection| connection.stream.present)
    }

    /// Something for the client, kept until the client has it. What has a body is archived.
    pub(crate) fn deliver(&mut self, xml: &str) {
        let mut element = stanza(xml);
        if let Some(id) = self.archived(&element) {
            let account = self.account.to_string();
            let name = format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{account}' id='{id}'/>");
            element.append_child(name.parse().unwrap());
        }
        self.waiting.push_back(element);
        self.deliver_waiting();
    }

    /// A message that only another client of the account took part in. It is archived, and copied
    /// if the client wants copies.
    pub(crate) fn elsewhere(&mut self, xml: &str, is_sent: bool) {
        let element = stanza(xml);
        let id = self.archived(&element);
        if self.services.carbons_are_enabled {
            let mut copy = element;
            if let Some(id) = id {
                let account = self.account.to_string();
                let name = format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{account}' id='{id}'/>");
                copy.append_child(name.parse().unwrap());
            }
            let wrapper = if is_sent { "sent" } else { "received" };
            let (account, copy) = (self.account.clone(), String::from(&copy));
            let carbon = format!(
                "<message from='{account}'><{wrapper} xmlns='urn:xmpp:carbons:2'>\
                 <forwarded xmlns='urn:xmpp:forward:0'>{copy}</forwarded></{wrapper}></message>"
            );
            if let Some(stream) = &mut self.detached {
                let (element, keep) = (stanza(&carbon), false);
                stream.outbound.sent(Sent { element, keep });
            } else if self.connection.is_some() {
                self.say(&carbon);
            }
        }
    }

    fn archived(&mut self, message: &Element) -> Option<String> {
        let has_body = message.name() == "message" && message.has_child("body", ns::CLIENT);
        let archive = self.services.archive.as_mut().filter(|_| has_body)?;
        Some(archive.put(message))
    }

    /// Something for the client that is lost with the connection.
    pub(crate) fn say(&mut self, xml: &str) {
        let connection = self.connection.as_mut().unwrap();
        connection.send_stanza(&stanza(xml), false);
    }

    /// Bytes for the client, as they are.
    pub(crate) fn say_raw(&mut self, bytes: &[u8]) {
        if let Some(connection) = &mut self.connection {
            connection.out.extend_from_slice(bytes);
        }
    }

    /// Whether everything for the client has arrived there and was acknowledged.
    pub(crate) fn is_settled(&self) -> bool {
        let connection = self.connection.as_ref();
        self.waiting.is_empty()
            && connection.is_none_or(|it| it.stream.outbound.unacknowledged().all(|it| !it.keep))
    }

    /// Asks the client what it has.
    pub(crate) fn request_acknowledgement(&mut self) {
        let connection = self.connection.as_mut().unwrap();
        connection.send(&stream_management::request());
    }

    /// How many stanzas the client has not acknowledged.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.connection.as_ref().unwrap().stream.outbound.len()
    }

    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        self.connection
            .as_mut()
            .map(|it| std::mem::take(&mut it.out))
            .unwrap_or_default()
    }

    /// Sets a contact and tells the client.
    pub(crate) fn push_contact(&mut self, attributes: &str, jid: &str) {
        self.roster_version += 1;
        let item = format!("<item xmlns='jabber:iq:roster' jid='{jid}' {attributes}/>");
        if attributes.contains("remove") {
            self.roster.remove(jid);
        } else {
            self.roster.insert(jid.to_owned(), item.parse().unwrap());
        }
        if self.connection.is_some() {
            let version = self.roster_version;
            self.say(&format!(
                "<iq type='set' id='push-{version}'>\
                 <query xmlns='jabber:iq:roster' ver='{version}'>{item}</query></iq>"
            ));
        }
    }

    /// Messages with a body that came, as (id, text), oldest first.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        self.received
            .iter()
            .filter_map(|it| {
                let body = it.get_child("body", ns::CLIENT)?;
                Some((it.attr("id")?.to_owned(), body.text()))
            })
            .collect()
    }

    /// Ids that receipts came for.
    pub(crate) fn receipts(&self) -> Vec<String> {
        let receipts = self
            .received
            .iter()
            .filter_map(|it| it.get_child("received", ns::RECEIPTS));
        receipts
            .map(|it| it.attr("id").unwrap().to_owned())
            .collect()
    }

    /// Presence stanzas that came, as (type, to).
    pub(crate) fn presences(&self) -> Vec<(String, String)> {
        let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
        let presences = self.received.iter().filter(|it| it.name() == "presence");
        presences
            .map(|it| (text(it.attr("type")), text(it.attr("to"))))
            .collect()
    }

    pub(crate) fn handle(&mut self, bytes: &[u8]) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.reader.handle(bytes);
        loop {
            let Some(connection) = &mut self.connection else {
                return;
            };
            let event = match connection.reader.poll() {
                Ok(event) => event,
                Err(error) => {
                    // A client that gives up the login closes a stream which we have restarted.
                    assert!(matches!(connection.phase, Phase::Header { .. }), "{error}");
                    return;
                }
            };
            match event {
                None => return,
                Some(StreamEvent::Opened(_)) => self.opened(),
                Some(StreamEvent::Element(element)) => self.element(&element),
                Some(StreamEvent::Closed) => return,
            }
        }
    }

    fn opened(&mut self) {
        let mut features = Element::bare("features", ns::STREAM);
        let connection = self.connection.as_mut().unwrap();
        let Phase::Header { authenticated } = connection.phase else {
            panic!("second header")
        };
        if authenticated {
            connection.phase = Phase::Bound;
            features.append_child(Element::bare("bind", ns::BIND));
            for (offered, name, namespace) in [
                (self.managed, "sm", ns::STREAM_MANAGEMENT),
                (self.roster_versioning, "ver", ns::ROSTER_VERSIONING),
                (self.pre_approval, "sub", ns::PRE_APPROVAL),
                (self.client_state, "csi", ns::CLIENT_STATE),
            ] {
                if offered {
                    features.append_child(Element::bare(name, namespace));
                }
            }
        } else {
            connection.phase = Phase::Auth;
            let external = self.external.then_some(sasl::EXTERNAL);
            let scram = self.scram.iter().map(|it| it.hash.mechanism());
            features.append_child(sasl::mechanisms(external.into_iter().chain(scram)));
        }
        let header = StreamHeader {
            id: Some("s".to_owned()),
            ..StreamHeader::default()
        };
        connection
            .out
            .extend(write_open(&header, ContentNamespace::Client));
        connection.send(&features);
    }

    fn element(&mut self, element: &Element) {
        let connection = self.connection.as_mut().unwrap();
        match std::mem::replace(&mut connection.phase, Phase::Bound) {
            Phase::Header { .. } => panic!("an element before the header"),
            Phase::Auth => self.auth(element),
            Phase::Challenge(challenge) => {
                let message = sasl::decode_payload(element).unwrap().unwrap();
                match challenge.handle_final(&message) {
                    Ok(proven) => {
                        connection.send(&sasl::success(Some(&proven.server_final)));
                        connection.authenticated();
                    }
                    Err(failure) => connection.send(&failure.to_element()),
                }
            }
            Phase::Bound => self.bound(element),
        }
    }

    fn auth(&mut self, element: &Element) {
        let connection = self.connection.as_mut().unwrap();
        assert!(element.is("auth", ns::SASL), "{element:?}");
        let message = sasl::decode_payload(element).unwrap().unwrap();
        match element.attr("mechanism").unwrap() {
            sasl::EXTERNAL => {
                assert!(self.external && message.is_empty());
                connection.send(&sasl::success(None));
                connection.authenticated();
            }
            mechanism => {
                let hash = Hash::from_mechanism(mechanism).unwrap();
                let credentials = self.scram.iter().find(|it| it.hash == hash).unwrap();
                let exchange = ServerExchange::handle_first(hash, &message).unwrap();
                let mut rng = StdRng::seed_from_u64(8);
                let (challenge, bytes) = exchange.challenge(Account::Known(credentials), &mut rng);
                connection.send(&sasl::challenge(&bytes));
                connection.phase = Phase::Challenge(challenge);
            }
        }
    }

    fn bound(&mut self, element: &Element) {
        let connection = self.connection.as_mut().unwrap();
        if element.has_ns(ns::STREAM_MANAGEMENT) {
            match element.name() {
                "enable" => {
                    // What was sent before, such as the binding, does not count.
                    connection.managed = true;
                    self.streams += 1;
                    let wanted = element.attr("resume") == Some("true");
                    let id = (self.resumption && wanted).then(|| format!("s{}", self.streams));
                    let mut enabled = stream_management::enabled();
                    if let Some(id) = &id {
                        enabled = enabled
                            .with_attribute("resume", "true")
                            .with_attribute("id", id.as_str());
                    }
                    connection.send(&enabled);
                    connection.stream = Stream::new(id);
                }
                "resume" => self.resume(element),
                "r" => {
                    let answer = stream_management::answer(connection.stream.inbound);
                    connection.send(&answer);
                }
                "a" => {
                    let h = stream_management::parse_answer(element).unwrap();
                    connection.stream.outbound.acknowledged(h).unwrap();
                }
                other => panic!("<{other}/>"),
            }
            return;
        }
        if element.has_ns(ns::CLIENT_STATE) {
            assert!(self.client_state, "it was not offered");
            self.client_states.push(element.name().to_owned());
            return;
        }
        if let Some(error) = StreamError::from_element(element) {
            self.stream_errors.push(error);
            return;
        }
        assert!(element.has_ns(ns::CLIENT), "{element:?}");
        let size = String::from(element).len();
        if self.max_stanza_bytes.is_some_and(|max| size > max) {
            let error = StreamError::new(Condition::PolicyViolation);
            connection.send(&error.to_element());
            connection.is_over = true;
            return;
        }
        if connection.is_over {
            return;
        }
        connection.stream.inbound.handled();
        self.received.push(element.clone());
        match element.name() {
            "iq" => self.iq(element),
            "presence" if element.attr("to").is_none() => {
                connection.stream.present = true;
                self.deliver_waiting();
            }
            "message" => {
                // What the client repeats is archived once more, as a real server does.
                let mut message = element.clone();
                let from = format!("{}/desk", self.account);
                message = message.with_attribute("from", from);
                self.archived(&message);
            }
            "presence" => self.subscription(element),
            _ => {}
        }
    }

    fn resume(&mut self, element: &Element) {
        if self.ignores_resumption {
            return;
        }
        let known = self.detached.as_ref().and_then(|it| it.id.as_deref());
        let h = self.detached.as_ref().map(|it| it.inbound.h());
        if self.refuses_resumption || known.is_none() || known != element.attr("previd") {
            let h = h.filter(|_| self.failed_has_h);
            self.forget_stream();
            let failed = Element::bare("failed", ns::STREAM_MANAGEMENT).with_attribute("h", h);
            return self.connection.as_mut().unwrap().send(&failed);
        }
        let mut stream = self.detached.take().unwrap();
        let theirs = element.attr("h").unwrap().parse().unwrap();
        stream.outbound.acknowledged(theirs).unwrap();
        let resumed = Element::bare("resumed", ns::STREAM_MANAGEMENT)
            .with_attribute("previd", element.attr("previd"))
            .with_attribute("h", self.resumed_h.or(h));
        self.resumptions += 1;
        let connection = self.connection.as_mut().unwrap();
        connection.managed = true;
        connection.send(&resumed);
        let again: Vec<Element> = stream
            .outbound
            .unacknowledged()
            .map(|it| it.element.clone())
            .collect();
        connection.stream = stream;
        for element in again {
            connection.send(&element);
        }
        self.deliver_waiting();
    }

    fn iq(&mut self, iq: &Element) {
        if !matches!(iq.attr("type"), Some("get" | "set")) {
            return;
        }
        let id = iq.attr("id").unwrap();
        let query = iq.children().next().unwrap().clone();
        let account = self.account.clone();
        let answer = if query.is("bind", ns::BIND) {
            self.forget_stream();
            let resource = query.get_child("resource", ns::BIND).map(Element::text);
            if resource.is_some() && std::mem::take(&mut self.resource_is_taken) {
                format!("<iq type='error' id='{id}'><error type='modify'/></iq>")
            } else {
                let resource = resource.unwrap_or_else(|| "chosen".to_owned());
                format!(
                    "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                     <jid>{account}/{resource}</jid></bind></iq>"
                )
            }
        } else if query.is("query", ns::ROSTER) && iq.attr("type") == Some("get") {
            self.roster_result(id, query.attr("ver"))
        } else if query.is("query", ns::ROSTER) {
            self.roster_set(&query);
            format!("<iq type='result' id='{id}'/>")
        } else if let Some(answers) = {
            let domain = account.domain().to_string();
            self.services.iq(iq, account.as_str(), &domain)
        } {
            for answer in answers {
                self.say(&answer);
            }
            return;
        } else {
            // The pings too: whatever the answer is, it comes in order.
            format!(
                "<iq type='error' id='{id}'><error type='cancel'>\
                 <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
        };
        self.say(&answer);
    }

    fn roster_result(&self, id: &str, version: Option<&str>) -> String {
        assert_eq!(version.is_some(), self.roster_versioning);
        let ours = self.roster_version.to_string();
        if version == Some(&ours) {
            return format!("<iq type='result' id='{id}'/>");
        }
        let mut query = Element::bare("query", ns::ROSTER);
        for item in self.roster.values() {
            query.append_child(item.clone());
        }
        let query = String::from(&query).replacen("<query", &format!("<query ver='{ours}'"), 1);
        format!("<iq type='result' id='{id}'>{query}</iq>")
    }

    fn roster_set(&mut self, query: &Element) {
        let item = query.children().next().unwrap();
        let jid = item.attr("jid").unwrap().to_owned();
        if item.attr("subscription") == Some("remove") {
            return self.push_contact("subscription='remove'", &jid);
        }
        let old = self.roster.get(&jid);
        let subscription = old.and_then(|it| it.attr("subscription")).unwrap_or("none");
        let ask = if old.is_some_and(|it| it.attr("ask").is_some()) {
            "ask='subscribe'"
        } else {
            ""
        };
        let name = item
            .attr("name")
            .map(|name| format!("name='{name}'"))
            .unwrap_or_default();
        self.push_contact(&format!("subscription='{subscription}' {ask} {name}"), &jid);
    }

    /// The part of RFC 6121, appendix A, that the scripts need.
    fn subscription(&mut self, presence: &Element) {
        let jid = presence.attr("to").unwrap().to_owned();
        let old = self.roster.get(&jid);
        let attribute = |name: &str| old.and_then(|it| it.attr(name)).map(str::to_owned);
        let subscription = attribute("subscription").unwrap_or_else(|| "none".to_owned());
        let name = attribute("name")
            .map(|name| format!("name='{name}'"))
            .unwrap_or_default();
        let asks = attribute("ask").is_some();
        let (subscription, asks) = match (presence.attr("type").unwrap(), subscription.as_str()) {
            ("subscribe", "none" | "from") => (subscription, true),
            ("subscribed", "none") => ("from".to_owned(), asks),
            ("subscribed", "to") => ("both".to_owned(), asks),
            _ => return,
        };
        let ask = if asks { "ask='subscribe'" } else { "" };
        self.push_contact(&format!("subscription='{subscription}' {ask} {name}"), &jid);
    }

    fn deliver_waiting(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if !connection.stream.present {
            return;
        }
        while let Some(element) = self.waiting.pop_front() {
            connection.send_stanza(&element, true);
        }
        if connection.managed {
            connection.send(&stream_management::request());
        }
    }
}

impl Connection {
    fn authenticated(&mut self) {
        self.phase = Phase::Header {
            authenticated: true,
        };
        self.reader.authenticated();
        self.reader.restart();
    }

    fn send(&mut self, element: &Element) {
        self.out
            .extend(write_element(element, ContentNamespace::Client));
    }

    fn send_stanza(&mut self, element: &Element, keep: bool) {
        self.send(element);
        if self.managed {
            let element = element.clone();
            self.stream.outbound.sent(Sent { element, keep });
        }
    }
}

/// A stanza from XML without its namespace.
pub(crate) fn stanza(xml: &str) -> Element {
    let name_end = xml
        .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .unwrap();
    let (head, tail) = xml.split_at(name_end);
    format!("{head} xmlns='jabber:client'{tail}")
        .parse()
        .unwrap()
}
