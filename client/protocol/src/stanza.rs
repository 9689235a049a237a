//! What all stanzas share: addresses, errors and the query in an iq.

use jid::{BareJid, Jid};
use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::delivery::{Failure, FailureReason, MAX_FAILURE_TEXT_CHARS};

/// Who sent a stanza.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The stanza does not say, so it is our server on behalf of our account (RFC 6120, section
    /// 8.1.2.1).
    OurAccount,
    /// Somebody with an address.
    Jid(Jid),
}

impl Sender {
    /// The sender of a stanza; nothing if the address is none.
    pub(crate) fn of(stanza: &Element) -> Option<Self> {
        match stanza.attr("from") {
            None => Some(Self::OurAccount),
            Some(from) => Jid::new(from).ok().map(Self::Jid),
        }
    }

    /// The sender's bare address.
    pub(crate) fn bare(&self, our_jid: &BareJid) -> BareJid {
        match self {
            Self::OurAccount => our_jid.clone(),
            Self::Jid(jid) => jid.to_bare(),
        }
    }

    /// The resource, if the sender is one client.
    pub(crate) fn resource(&self) -> Option<&str> {
        match self {
            Self::OurAccount => None,
            Self::Jid(jid) => jid.resource().map(|resource| resource.as_str()),
        }
    }

    /// Whether our server speaks for our account: without an address, or with our bare one.
    pub(crate) fn is_our_account(&self, our_jid: &BareJid) -> bool {
        match self {
            Self::OurAccount => true,
            Self::Jid(jid) => jid.is_bare() && jid.to_bare() == *our_jid,
        }
    }

    /// Whether it is our server, for our account or for itself.
    pub(crate) fn is_our_server(&self, our_jid: &BareJid) -> bool {
        match self {
            Self::OurAccount => true,
            Self::Jid(jid) => self.is_our_account(our_jid) || is_domain(jid, our_jid),
        }
    }
}

fn is_domain(jid: &Jid, our_jid: &BareJid) -> bool {
    jid.is_bare() && jid.node().is_none() && jid.domain() == our_jid.domain()
}

/// What a stanza error says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StanzaError {
    /// The name of the defined condition.
    pub(crate) condition: String,
    text: Option<String>,
}

impl StanzaError {
    /// The error in a stanza of type `error`. One without an error element is one too.
    pub(crate) fn of(stanza: &Element) -> Self {
        let error = stanza.get_child("error", ns::CLIENT);
        let defined = || {
            error
                .into_iter()
                .flat_map(Element::children)
                .filter(|it| it.has_ns(ns::STANZA_ERRORS))
        };
        let condition = defined().find(|child| child.name() != "text");
        let condition = condition.map_or("undefined-condition", Element::name);
        let text = defined()
            .find(|child| child.name() == "text")
            .map(Element::text);
        Self {
            condition: condition.chars().take(MAX_FAILURE_TEXT_CHARS).collect(),
            text: text
                .filter(|text| !text.trim().is_empty())
                .map(|text| text.chars().take(MAX_FAILURE_TEXT_CHARS).collect()),
        }
    }

    /// The same as the failure of a message.
    pub(crate) fn into_failure(self) -> Failure {
        Failure {
            why: FailureReason::from_condition(&self.condition),
            text: self.text,
        }
    }
}

/// An iq of ours to our own account, with one query.
pub(crate) fn iq(kind: &'static str, id: &str, query: Element) -> Element {
    let mut iq = Element::bare("iq", ns::CLIENT)
        .with_attribute("type", kind)
        .with_attribute("id", id);
    iq.append_child(query);
    iq
}

/// Says to the sender of a message that nobody here could decrypt it (RFC 6120, section 8.3.3.11:
/// the recipient understands it, "but does not wish to, or cannot, process" it as it is).
pub(crate) fn unreadable(to: &str, id: &str) -> Element {
    let mut text = Element::bare("text", ns::STANZA_ERRORS);
    text.append_text_node(UNREADABLE);
    let mut error = Element::bare("error", ns::CLIENT).with_attribute("type", "modify");
    error.append_child(Element::bare("not-acceptable", ns::STANZA_ERRORS));
    error.append_child(text);
    error.append_child(Element::bare("undecryptable", ns::UNDECRYPTABLE));
    let mut message = Element::bare("message", ns::CLIENT)
        .with_attribute("type", "error")
        .with_attribute("to", to)
        .with_attribute("id", id);
    message.append_child(error);
    message
}

/// What the sender reads.
const UNREADABLE: &str = "The message could not be decrypted.";

/// The answer to an iq, with or without a payload.
pub(crate) fn result_of(iq: &Element, payload: Option<Element>) -> Element {
    let mut answer = answer_to(iq, "result");
    if let Some(payload) = payload {
        answer.append_child(payload);
    }
    answer
}

/// The refusal of an iq.
pub(crate) fn refusal_of(iq: &Element, kind: &'static str, condition: &'static str) -> Element {
    let mut error = Element::bare("error", ns::CLIENT).with_attribute("type", kind);
    error.append_child(Element::bare(condition, ns::STANZA_ERRORS));
    let mut answer = answer_to(iq, "error");
    answer.append_child(error);
    answer
}

fn answer_to(iq: &Element, kind: &'static str) -> Element {
    Element::bare("iq", ns::CLIENT)
        .with_attribute("type", kind)
        .with_attribute("id", iq.attr("id").unwrap_or_default())
        .with_attribute("to", iq.attr("from"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(from: &str) -> Sender {
        let stanza = format!("<iq xmlns='jabber:client' {from}/>");
        Sender::of(&stanza.parse().unwrap()).unwrap()
    }

    #[test]
    fn only_our_server_is_our_server() {
        let alice = BareJid::new("alice@a.example").unwrap();
        for (from, account, server) in [
            ("", true, true),
            ("from='alice@a.example'", true, true),
            ("from='a.example'", false, true),
            ("from='alice@a.example/desk'", false, false),
            ("from='a.example/admin'", false, false),
            ("from='bob@a.example'", false, false),
            ("from='bob@b.example'", false, false),
            ("from='b.example'", false, false),
        ] {
            let sender = sender(from);
            assert_eq!(sender.is_our_account(&alice), account, "{from}");
            assert_eq!(sender.is_our_server(&alice), server, "{from}");
        }
        let bad: Element = "<iq xmlns='jabber:client' from='@'/>".parse().unwrap();
        assert_eq!(Sender::of(&bad), None);
    }

    #[test]
    fn errors_are_read_whatever_they_hold() {
        let error = |xml: &str| {
            let xml = format!("<message xmlns='jabber:client' type='error'>{xml}</message>");
            StanzaError::of(&xml.parse().unwrap())
        };
        let stanzas = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
        let full = error(&format!(
            "<error type='cancel'><x xmlns='odd'/><text {stanzas}>Go away</text>\
             <forbidden {stanzas}/></error>"
        ));
        assert_eq!(full.condition, "forbidden");
        let failure = full.into_failure();
        assert_eq!(failure.why, FailureReason::Refused);
        assert_eq!(failure.text.as_deref(), Some("Go away"));
        for xml in ["", "<error/>", "<error><forbidden xmlns='odd'/></error>"] {
            assert_eq!(error(xml).condition, "undefined-condition", "{xml}");
        }
    }
}
