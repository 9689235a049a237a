//! RFC 6120 §8: stanzas and stanza errors.

use jid::Jid;
use onym_stream::{Element, ns};

/// The conditions of stanza errors that this server uses (RFC 6120 §8.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The stanza cannot be understood.
    BadRequest,
    /// It does not fit what is there already.
    Conflict,
    /// Its specification allows it, and this server does not do it.
    FeatureNotImplemented,
    /// Nothing has this address or name.
    ItemNotFound,
    /// An address is not one.
    JidMalformed,
    /// The fault is ours.
    InternalServerError,
    /// A value is out of bounds.
    NotAcceptable,
    /// The sender may not do this.
    Forbidden,
    /// Nobody but the owner may.
    NotAllowed,
    /// The sender may not do this as things are.
    NotAuthorized,
    /// The other endpoint could not be reached in time.
    RemoteServerTimeout,
    /// It is to be sent again, from elsewhere or to elsewhere.
    Redirect,
    /// A queue is full.
    ResourceConstraint,
    /// Nobody here answers this.
    ServiceUnavailable,
}

impl Condition {
    /// The element's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::Conflict => "conflict",
            Self::FeatureNotImplemented => "feature-not-implemented",
            Self::InternalServerError => "internal-server-error",
            Self::ItemNotFound => "item-not-found",
            Self::JidMalformed => "jid-malformed",
            Self::NotAcceptable => "not-acceptable",
            Self::Forbidden => "forbidden",
            Self::NotAllowed => "not-allowed",
            Self::NotAuthorized => "not-authorized",
            Self::RemoteServerTimeout => "remote-server-timeout",
            Self::Redirect => "redirect",
            Self::ResourceConstraint => "resource-constraint",
            Self::ServiceUnavailable => "service-unavailable",
        }
    }

    /// The error type that the RFC recommends with it.
    fn kind(self) -> &'static str {
        match self {
            Self::BadRequest | Self::JidMalformed | Self::NotAcceptable | Self::Redirect => {
                "modify"
            }
            Self::Forbidden | Self::NotAuthorized => "auth",
            Self::RemoteServerTimeout | Self::ResourceConstraint => "wait",
            Self::Conflict
            | Self::FeatureNotImplemented
            | Self::InternalServerError
            | Self::ItemNotFound
            | Self::NotAllowed
            | Self::ServiceUnavailable => "cancel",
        }
    }
}

/// Why a stanza is refused: a condition of RFC 6120 and, where another specification has a more
/// exact one, that one beside it (RFC 6120 §8.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The condition that every client knows.
    pub condition: Condition,
    /// The more exact one.
    pub detail: Option<Detail>,
}

/// A condition that another specification defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The element's name.
    pub name: &'static str,
    /// Its namespace.
    pub namespace: &'static str,
    /// XEP-0060 names the feature that is missing.
    pub feature: Option<&'static str>,
}

impl Refusal {
    /// A condition with a more exact one.
    #[must_use]
    pub fn with(condition: Condition, name: &'static str, namespace: &'static str) -> Self {
        Self {
            condition,
            detail: Some(Detail {
                name,
                namespace,
                feature: None,
            }),
        }
    }

    /// The `<error/>` element.
    fn to_element(self, text: Option<&str>) -> Element {
        let mut error = Element::bare("error", ns::CLIENT);
        error.set("type", self.condition.kind());
        if self.condition == Condition::ItemNotFound {
            // The number of XEP-0086. Profanity 0.13 publishes its first device list only if it
            // learns by it that there is none.
            error.set("code", "404");
        }
        error.append_child(Element::bare(self.condition.as_str(), ns::STANZA_ERRORS));
        if let Some(text) = text {
            let mut element = Element::bare("text", ns::STANZA_ERRORS);
            element.append_text(text);
            error.append_child(element);
        }
        if let Some(detail) = self.detail {
            let mut element = Element::bare(detail.name, detail.namespace);
            if let Some(feature) = detail.feature {
                element.set("feature", feature);
            }
            error.append_child(element);
        }
        error
    }
}

impl From<Condition> for Refusal {
    fn from(condition: Condition) -> Self {
        Self {
            condition,
            detail: None,
        }
    }
}

/// Setting attributes by name.
pub trait Build {
    /// Sets an attribute that has no namespace. The name is a constant of ours, so that it is
    /// always a valid one.
    fn set(&mut self, name: &'static str, value: &str);

    /// Removes such an attribute.
    fn unset(&mut self, name: &'static str);
}

impl Build for Element {
    fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(name) = name.try_into() {
            self.set_attr(rxml::Namespace::NONE, name, value);
        }
    }

    fn unset(&mut self, name: &'static str) {
        // minidom's own way of removing an attribute panics where there is one.
        self.attrs_mut()
            .retain(|namespace, other, _| !(namespace.is_none() && other.as_str() == name));
    }
}

/// The kinds of stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StanzaKind {
    /// `<message/>`
    Message,
    /// `<presence/>`
    Presence,
    /// `<iq/>`
    Iq,
}

impl StanzaKind {
    /// The kind of a stanza; none for other elements.
    #[must_use]
    pub fn of(element: &Element) -> Option<Self> {
        match element.name() {
            "message" if element.has_ns(ns::CLIENT) => Some(Self::Message),
            "presence" if element.has_ns(ns::CLIENT) => Some(Self::Presence),
            "iq" if element.has_ns(ns::CLIENT) => Some(Self::Iq),
            _ => None,
        }
    }
}

/// An address attribute: absent, good or bad.
///
/// # Errors
/// [`Condition::JidMalformed`] when it is there and is no JID.
pub fn address(stanza: &Element, name: &'static str) -> Result<Option<Jid>, Condition> {
    stanza
        .attr(name)
        .map(|text| Jid::new(text).map_err(|_| Condition::JidMalformed))
        .transpose()
}

/// The error that answers a stanza; none where RFC 6120 §8.3.1 forbids an answer: to an error, to
/// a result, and to presence.
#[must_use]
pub fn error_reply(
    stanza: &Element,
    refusal: impl Into<Refusal>,
    text: Option<&str>,
) -> Option<Element> {
    let answerable = match StanzaKind::of(stanza)? {
        StanzaKind::Message => stanza.attr("type") != Some("error"),
        StanzaKind::Iq => matches!(stanza.attr("type"), Some("get" | "set")),
        StanzaKind::Presence => false,
    };
    if !answerable {
        return None;
    }
    let mut reply = reply_to(stanza, "error");
    reply.append_child(refusal.into().to_element(text));
    Some(reply)
}

/// The error that answers a presence of a client's own that may not be sent.
#[must_use]
pub fn presence_error(presence: &Element, refusal: Refusal) -> Element {
    let mut reply = reply_to(presence, "error");
    reply.append_child(refusal.to_element(None));
    reply
}

/// The result that answers an IQ.
#[must_use]
pub fn result(iq: &Element, payload: Option<Element>) -> Element {
    let mut reply = reply_to(iq, "result");
    if let Some(payload) = payload {
        reply.append_child(payload);
    }
    reply
}

fn reply_to(stanza: &Element, kind: &'static str) -> Element {
    let mut reply = Element::bare(stanza.name(), ns::CLIENT);
    reply.set("type", kind);
    for (theirs, ours) in [("from", "to"), ("to", "from"), ("id", "id")] {
        if let Some(value) = stanza.attr(theirs) {
            reply.set(ours, value);
        }
    }
    reply
}

/// An empty presence stanza.
#[must_use]
pub fn presence(from: &str, to: &str, kind: Option<&str>) -> Element {
    let mut presence = Element::bare("presence", ns::CLIENT);
    presence.set("from", from);
    presence.set("to", to);
    if let Some(kind) = kind {
        presence.set("type", kind);
    }
    presence
}

/// Reads a stanza back that this server wrote itself.
#[must_use]
pub fn parse(xml: &str) -> Option<Element> {
    xml.parse().ok()
}

/// A stanza as XML, in `jabber:client`.
#[must_use]
pub fn to_xml(stanza: &Element) -> String {
    String::from(stanza)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_results_are_never_answered() {
        for (xml, answered) in [
            ("<message xmlns='jabber:client' id='1' from='a@b'/>", true),
            ("<message xmlns='jabber:client' type='error'/>", false),
            ("<iq xmlns='jabber:client' type='get'/>", true),
            ("<iq xmlns='jabber:client' type='result'/>", false),
            ("<presence xmlns='jabber:client'/>", false),
            ("<other xmlns='jabber:client'/>", false),
        ] {
            let reply = error_reply(&parse(xml).unwrap(), Condition::BadRequest, None);
            assert_eq!(reply.is_some(), answered, "{xml}");
        }
    }

    #[test]
    fn what_is_not_there_has_its_old_number() {
        let iq = parse("<iq xmlns='jabber:client' type='get' id='1'/>").unwrap();
        let code = |condition: Condition| {
            let reply = error_reply(&iq, condition, None).unwrap();
            let error = reply.get_child("error", ns::CLIENT).unwrap();
            error.attr("code").map(str::to_owned)
        };
        assert_eq!(code(Condition::ItemNotFound).as_deref(), Some("404"));
        assert_eq!(code(Condition::Forbidden), None);
    }

    fn read(xml: &str) -> Element {
        use onym_stream::{ContentNamespace, Limits, StreamEvent, StreamReader};
        let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
        let open = "<stream:stream xmlns='jabber:client' version='1.0' \
                    xmlns:stream='http://etherx.jabber.org/streams'>";
        reader.handle(open.as_bytes());
        reader.handle(xml.as_bytes());
        assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))));
        match reader.poll() {
            Ok(Some(StreamEvent::Element(element))) => element,
            other => panic!("{xml} is no stanza: {other:?}"),
        }
    }

    #[test]
    fn whatever_can_be_read_can_be_kept() {
        let deep = format!(
            "<message>{}{}</message>",
            "<a>".repeat(60),
            "</a>".repeat(60)
        );
        for xml in [
            "<message id='1' to='a@b'><body>x &lt; &amp; &gt; ' \" y</body></message>",
            "<message><x xmlns=''/></message>",
            "<message><x xmlns='urn:x'><y xmlns=''><z xmlns='jabber:client'/></y></x></message>",
            "<message xml:lang='de' xmlns:p='urn:p' p:a='1' a='2'><p:q p:r='3'/></message>",
            "<message xmlns:xmpp='urn:q' xmpp:a='1'><xmpp:b xmlns:xmpp='urn:r' xmpp:c=''/></message>",
            "<message><body>&#13;&#10;&#9; \u{85} \u{2028} \u{10ffff} ]]&gt;</body></message>",
            "<message id='&#13;&#10;&#9; \u{e000}'/>",
            "<message><body><![CDATA[<x>]]></body></message>",
            "<message><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
            "<message><stream xmlns='http://etherx.jabber.org/streams'/></message>",
            "<message><a xmlns='jabber:server'/><db xmlns='jabber:server:dialback'/></message>",
            "<message><x xmlns='urn:x' xml:space='preserve' xml:base='x'> </x></message>",
            &deep,
        ] {
            let stanza = read(xml);
            let kept = to_xml(&stanza);
            assert_eq!(parse(&kept), Some(stanza), "{xml} as {kept}");
        }
    }

    #[test]
    fn an_attribute_is_removed_where_there_is_one_and_where_there_is_none() {
        let mut stanza = read("<message to='a@b' xml:lang='de' xmlns:p='urn:p' p:to='x'/>");
        for _ in 0..2 {
            stanza.unset("to");
            assert_eq!(stanza.attr("to"), None);
        }
        assert_eq!(stanza.attrs().iter().count(), 2);
    }

    #[test]
    fn a_reply_goes_back_where_the_stanza_came_from() {
        let iq =
            parse("<iq xmlns='jabber:client' type='get' id='x' from='a@b/c' to='d@e'/>").unwrap();
        let reply = result(&iq, None);
        assert_eq!(reply.attr("to"), Some("a@b/c"));
        assert_eq!(reply.attr("from"), Some("d@e"));
        assert_eq!(reply.attr("id"), Some("x"));
    }
}
