//! Mechanism names, payloads and failures; the mechanisms themselves are elsewhere.

use std::fmt;

use data_encoding::BASE64;
use jid::BareJid;
use minidom::Element;

use crate::{Attributes, ns};

/// The mechanism that takes the identity from the transport (RFC 4422, appendix A). The owner's
/// in-process pipe authenticates with it.
pub const EXTERNAL: &str = "EXTERNAL";

/// Bytes of a payload after decoding. SCRAM needs a few hundred.
pub const MAX_PAYLOAD_BYTES: usize = 4096;

/// `<mechanisms/>`: the stream feature, strongest first.
#[must_use]
pub fn mechanisms<'a>(names: impl IntoIterator<Item = &'a str>) -> Element {
    let mut mechanisms = Element::bare("mechanisms", ns::SASL);
    for name in names {
        let mut mechanism = Element::bare("mechanism", ns::SASL);
        mechanism.append_text_node(name);
        mechanisms.append_child(mechanism);
    }
    mechanisms
}

/// `<auth/>` with the client's first message; `None` if the mechanism lets the server begin.
#[must_use]
pub fn auth(mechanism: &str, initial: Option<&[u8]>) -> Element {
    let mut auth = Element::bare("auth", ns::SASL).with_attribute("mechanism", mechanism);
    if let Some(initial) = initial {
        auth.append_text_node(encode_payload(initial));
    }
    auth
}

/// `<challenge/>`.
#[must_use]
pub fn challenge(payload: &[u8]) -> Element {
    with_payload("challenge", payload)
}

/// `<response/>`.
#[must_use]
pub fn response(payload: &[u8]) -> Element {
    with_payload("response", payload)
}

/// `<success/>`, with the server's last message if the mechanism has one.
#[must_use]
pub fn success(payload: Option<&[u8]>) -> Element {
    payload.map_or_else(
        || Element::bare("success", ns::SASL),
        |payload| with_payload("success", payload),
    )
}

fn with_payload(name: &str, payload: &[u8]) -> Element {
    let mut element = Element::bare(name, ns::SASL);
    element.append_text_node(encode_payload(payload));
    element
}

/// RFC 6120, section 6.4.2: an empty message is a single equals sign, to tell it from none.
fn encode_payload(payload: &[u8]) -> String {
    if payload.is_empty() {
        "=".to_owned()
    } else {
        BASE64.encode(payload)
    }
}

/// The message inside `<auth/>`, `<challenge/>`, `<response/>` or `<success/>`; `None` if the
/// element is empty.
pub fn decode_payload(element: &Element) -> Result<Option<Vec<u8>>, Failure> {
    let text = element.text();
    match text.trim_matches([' ', '\t', '\r', '\n']) {
        "" => Ok(None),
        "=" => Ok(Some(Vec::new())),
        text if text.len() > BASE64.encode_len(MAX_PAYLOAD_BYTES) => Err(Failure::MalformedRequest),
        // RFC 6120, section 6.5.4: "the data provided cannot be decoded".
        text => match BASE64.decode(text.as_bytes()) {
            Ok(payload) => Ok(Some(payload)),
            Err(_) => Err(Failure::IncorrectEncoding),
        },
    }
}

/// The message of a client that asks for EXTERNAL; `None` leaves the choice to the server.
#[must_use]
pub fn external_message(authorization_id: Option<&BareJid>) -> Vec<u8> {
    authorization_id.map_or_else(Vec::new, |jid| jid.to_string().into_bytes())
}

/// Whom a client that uses EXTERNAL wants to be; `None` leaves the choice to the server.
pub fn parse_external_message(message: &[u8]) -> Result<Option<BareJid>, Failure> {
    if message.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(message).map_err(|_| Failure::MalformedRequest)?;
    // RFC 6120, section 6.5.6: "the authzid is invalid because it has an incorrect format".
    match BareJid::new(text) {
        Ok(jid) => Ok(Some(jid)),
        Err(_) => Err(Failure::InvalidAuthzid),
    }
}

macro_rules! failures {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Why authentication failed: the conditions of RFC 6120, section 6.5.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum Failure {
            $($(#[$doc])* #[error($name)] $variant,)+
        }

        impl Failure {
            /// Every condition.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of the condition's element.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

failures! {
    /// The client gave up.
    Aborted = "aborted",
    /// The account is disabled for now.
    AccountDisabled = "account-disabled",
    /// The credentials have expired.
    CredentialsExpired = "credentials-expired",
    /// The mechanism is only offered over an encrypted stream.
    EncryptionRequired = "encryption-required",
    /// The payload is not base64.
    IncorrectEncoding = "incorrect-encoding",
    /// The client may not act as the identity that it asks for.
    InvalidAuthzid = "invalid-authzid",
    /// The mechanism is not offered.
    InvalidMechanism = "invalid-mechanism",
    /// The message violates the mechanism.
    MalformedRequest = "malformed-request",
    /// The mechanism is weaker than what the server asks for.
    MechanismTooWeak = "mechanism-too-weak",
    /// Wrong credentials, and deliberately no more detail.
    NotAuthorized = "not-authorized",
    /// A fault of the server that may pass.
    TemporaryAuthFailure = "temporary-auth-failure",
}

impl Failure {
    /// `<failure/>`.
    #[must_use]
    pub fn to_element(self) -> Element {
        let mut failure = Element::bare("failure", ns::SASL);
        failure.append_child(Element::bare(self.as_str(), ns::SASL));
        failure
    }

    /// Reads `<failure/>`; `None` if the element is something else.
    ///
    /// A condition that we do not know counts as `not-authorized` (RFC 6120, section 6.4.5 lets
    /// servers add a text but no conditions of their own).
    #[must_use]
    pub fn from_element(element: &Element) -> Option<Self> {
        element.is("failure", ns::SASL).then(|| {
            element
                .children()
                .filter(|child| child.has_ns(ns::SASL))
                .find_map(|child| {
                    Self::ALL
                        .iter()
                        .find(|known| known.as_str() == child.name())
                })
                .copied()
                .unwrap_or(Self::NotAuthorized)
        })
    }
}

/// The `<text/>` of a failure, for people.
#[must_use]
pub fn failure_text(element: &Element) -> Option<String> {
    element.get_child("text", ns::SASL).map(Element::text)
}

/// Shows how many bytes a secret has and nothing else.
pub(crate) struct Redacted(pub(crate) usize);

impl fmt::Debug for Redacted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{} secret bytes]", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_tell_empty_from_absent() {
        for payload in [&b""[..], b"n,,n=user,r=abc", &[0, 255, 10]] {
            let element = challenge(payload);
            assert_eq!(decode_payload(&element), Ok(Some(payload.to_vec())));
        }
        assert_eq!(decode_payload(&success(None)), Ok(None));
        assert_eq!(decode_payload(&auth(EXTERNAL, None)), Ok(None));
        assert_eq!(auth(EXTERNAL, Some(b"")).text(), "=");
    }

    #[test]
    fn hostile_payloads_are_refused() {
        for (text, failure) in [
            ("====", Failure::IncorrectEncoding),
            ("not base64!", Failure::IncorrectEncoding),
            ("QQ", Failure::IncorrectEncoding),
            ("QR==", Failure::IncorrectEncoding),
            (&"A".repeat(10_000), Failure::MalformedRequest),
        ] {
            let mut element = Element::bare("response", ns::SASL);
            element.append_text_node(text);
            assert_eq!(decode_payload(&element), Err(failure), "{text:.20}");
        }
    }

    #[test]
    fn every_failure_survives_the_wire() {
        for &failure in Failure::ALL {
            assert_eq!(Failure::from_element(&failure.to_element()), Some(failure));
        }
        assert_eq!(Failure::from_element(&success(None)), None);
        let unknown = Element::bare("failure", ns::SASL);
        assert_eq!(
            Failure::from_element(&unknown),
            Some(Failure::NotAuthorized)
        );
    }

    #[test]
    fn external_names_a_bare_jid_or_nobody() {
        let jid = BareJid::new("juliet@example.org").unwrap();
        assert_eq!(
            parse_external_message(&external_message(Some(&jid))),
            Ok(Some(jid))
        );
        assert_eq!(parse_external_message(&external_message(None)), Ok(None));
        for (message, failure) in [
            (&b"juliet@example.org/balcony"[..], Failure::InvalidAuthzid),
            (b"@", Failure::InvalidAuthzid),
            (b"\xFF\xFE", Failure::MalformedRequest),
        ] {
            assert_eq!(parse_external_message(message), Err(failure));
        }
    }
}
