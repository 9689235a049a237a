//! Another server, played by hand: it says what the scene wants, right or wrong.

use std::collections::VecDeque;

use onym_stream::{
    Condition, ContentNamespace, Element, Limits, StreamError, StreamEvent, StreamReader,
};

use crate::world::{Plug, World};

/// A connection that is played by hand.
pub(crate) struct Stranger {
    pub(crate) plug: Option<Plug>,
    reader: StreamReader,
    pub(crate) received: VecDeque<Element>,
    /// The id that the other side gave the stream.
    pub(crate) stream_id: Option<String>,
    pub(crate) stream_error: Option<Condition>,
    /// Everything that came, as text.
    pub(crate) raw: String,
}

/// A stranger, as scenes name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Role(pub(crate) usize);

impl Stranger {
    pub(crate) fn new(plug: Option<Plug>) -> Self {
        Self {
            plug,
            reader: StreamReader::new(ContentNamespace::Server, Limits::server()),
            received: VecDeque::new(),
            stream_id: None,
            stream_error: None,
            raw: String::new(),
        }
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.raw.push_str(&String::from_utf8_lossy(bytes));
        self.reader.handle(bytes);
        while let Some(event) = self.reader.poll().expect("the server writes good XML") {
            match event {
                StreamEvent::Opened(header) => self.stream_id = header.id,
                StreamEvent::Closed => {}
                StreamEvent::Element(element) => {
                    if let Some(error) = StreamError::from_element(&element) {
                        self.stream_error = Some(error.condition);
                    }
                    self.received.push_back(element);
                }
            }
        }
    }
}

impl World {
    /// Somebody connects to a server's port for servers.
    pub(crate) fn stranger(&mut self, to: &str) -> Role {
        let role = Role(self.strangers.len());
        self.strangers.push(Stranger::new(None));
        let plug = self.call_as_stranger(role.0, to);
        self.strangers[role.0].plug = plug;
        self.run();
        role
    }

    /// Somebody connects and opens a stream in the name of a domain.
    pub(crate) fn stranger_as(&mut self, domain: &str, to: &str) -> Role {
        let role = self.stranger(to);
        self.shows(role, &open(domain, to, None));
        role
    }

    /// From now on connections to this domain are played by hand.
    pub(crate) fn play(&mut self, domain: &str) {
        self.played.entry(domain.to_owned()).or_default();
    }

    /// The next connection that was made to a domain played by hand.
    pub(crate) fn called(&mut self, domain: &str) -> Option<Role> {
        self.played.get_mut(domain)?.pop_front().map(Role)
    }

    /// Sends XML and lets it take effect.
    pub(crate) fn shows(&mut self, role: Role, xml: &str) {
        if let Some(plug) = self.strangers[role.0].plug {
            self.post(plug, xml.as_bytes());
        }
        self.run();
    }

    /// The next element of this name; others before it are passed over.
    pub(crate) fn sees(&mut self, role: Role, name: &str) -> Element {
        let received = &mut self.strangers[role.0].received;
        let position = received.iter().position(|element| element.name() == name);
        let Some(position) = position else {
            panic!("{role:?} does not receive <{name}/>, only {received:?}");
        };
        received.drain(..=position).next_back().unwrap()
    }

    /// Whether an element of this name has come and was not looked at.
    pub(crate) fn has_seen(&self, role: Role, name: &str) -> bool {
        let received = &self.strangers[role.0].received;
        received.iter().any(|element| element.name() == name)
    }

    /// The other side has proven who it is, so that it may send more.
    pub(crate) fn believes(&mut self, role: Role) {
        self.strangers[role.0].reader.authenticated();
    }

    /// The next bytes of the other side begin a new stream.
    pub(crate) fn begins_anew(&mut self, role: Role) {
        self.strangers[role.0].reader.restart();
    }

    pub(crate) fn role(&self, role: Role) -> &Stranger {
        &self.strangers[role.0]
    }

    /// Whether the other side has closed the connection.
    pub(crate) fn is_gone(&self, role: Role) -> bool {
        self.strangers[role.0].plug.is_none()
    }

    /// A domain played by hand connects, proves itself by answering the verification, and gives
    /// the connection on which it may send stanzas, and the one on which the server asked.
    pub(crate) fn proven_stranger(&mut self, domain: &str, to: &str) -> (Role, Role) {
        self.play(domain);
        let role = self.stranger_as(domain, to);
        self.shows(role, &claim(domain, to, "key"));
        let asked = self
            .called(domain)
            .expect("the server asks the domain itself");
        self.shows(asked, &open(domain, to, Some("their-id")));
        self.shows(asked, "<stream:features/>");
        let verify = self.sees(asked, "verify");
        let id = verify.attr("id").unwrap().to_owned();
        self.shows(asked, &verdict(domain, to, &id, "valid"));
        let result = self.sees(role, "result");
        assert_eq!(result.attr("type"), Some("valid"), "{result:?}");
        (role, asked)
    }
}

/// A peer that did not offer to acknowledge does not do so when it is asked (XEP-0198).
pub(crate) const CANNOT_ACKNOWLEDGE: &str = "<failed xmlns='urn:xmpp:sm:3'><service-unavailable \
     xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";

/// A stream header.
pub(crate) fn open(from: &str, to: &str, id: Option<&str>) -> String {
    let id = id.map_or_else(String::new, |id| format!(" id='{id}'"));
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' \
         xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' \
         from='{from}' to='{to}'{id} version='1.0'>"
    )
}

/// A claim to a domain.
pub(crate) fn claim(from: &str, to: &str, key: &str) -> String {
    format!("<db:result from='{from}' to='{to}'>{key}</db:result>")
}

/// The answer to a verification.
pub(crate) fn verdict(from: &str, to: &str, id: &str, kind: &str) -> String {
    format!("<db:verify from='{from}' to='{to}' id='{id}' type='{kind}'/>")
}
