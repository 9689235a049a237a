//! RFC 6120, section 4.9: stream errors.

use std::fmt;

use minidom::Element;

use crate::ns;

/// A stream error as it is sent and received. It always ends the stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct StreamError {
    /// What went wrong.
    pub condition: Condition,
    /// For people, in English, if the side that found the error had more to say.
    pub text: Option<String>,
}

impl StreamError {
    /// An error without a text.
    #[must_use]
    pub const fn new(condition: Condition) -> Self {
        Self {
            condition,
            text: None,
        }
    }

    /// An error with a text for people.
    #[must_use]
    pub fn with_text(condition: Condition, text: impl Into<String>) -> Self {
        Self {
            condition,
            text: Some(text.into()),
        }
    }

    /// `<stream:error/>`.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut error = Element::bare("error", ns::STREAM);
        error.append_child(Element::bare(self.condition.as_str(), ns::STREAM_ERRORS));
        if let Some(text) = &self.text {
            let mut element = Element::bare("text", ns::STREAM_ERRORS);
            element.append_text_node(text.as_str());
            error.append_child(element);
        }
        error
    }

    /// Reads `<stream:error/>`; `None` if the element is something else.
    ///
    /// RFC 6120, section 4.9.3.21 lets us treat a condition that we do not know as
    /// `undefined-condition`.
    #[must_use]
    pub fn from_element(element: &Element) -> Option<Self> {
        if !element.is("error", ns::STREAM) {
            return None;
        }
        let defined = || {
            element
                .children()
                .filter(|child| child.has_ns(ns::STREAM_ERRORS))
        };
        let condition = defined()
            .find_map(|child| Condition::from_name(child.name()))
            .unwrap_or(Condition::UndefinedCondition);
        let text = defined()
            .find(|child| child.name() == "text")
            .map(Element::text);
        Some(Self { condition, text })
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => write!(formatter, "stream error {}: {text}", self.condition),
            None => write!(formatter, "stream error {}", self.condition),
        }
    }
}

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// The defined conditions of RFC 6120, section 4.9.3, in its order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Condition {
            $($(#[$doc])* $variant,)+
        }

        impl Condition {
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

conditions! {
    /// XML that cannot be processed, and none of the more specific conditions.
    BadFormat = "bad-format",
    /// A namespace prefix that is unsupported, or missing where one is needed.
    BadNamespacePrefix = "bad-namespace-prefix",
    /// A newer stream replaces this one.
    Conflict = "conflict",
    /// The peer seems to be gone.
    ConnectionTimeout = "connection-timeout",
    /// The domain in `to` is no longer served here.
    HostGone = "host-gone",
    /// The domain in `to` is not served here.
    HostUnknown = "host-unknown",
    /// A stanza between servers lacks `to` or `from`, or the address is none.
    ImproperAddressing = "improper-addressing",
    /// We cannot serve the stream because of a fault of our own.
    InternalServerError = "internal-server-error",
    /// `from` is not an address that the peer has proven.
    InvalidFrom = "invalid-from",
    /// The stream's namespace or the content namespace is not the expected one.
    InvalidNamespace = "invalid-namespace",
    /// XML that a validating server refuses.
    InvalidXml = "invalid-xml",
    /// Data before authentication, or an action that the peer may not do.
    NotAuthorized = "not-authorized",
    /// XML that violates XML 1.0 or Namespaces in XML.
    NotWellFormed = "not-well-formed",
    /// A local rule is violated, such as the size of a stanza.
    PolicyViolation = "policy-violation",
    /// A further entity that is needed for authentication cannot be reached.
    RemoteConnectionFailed = "remote-connection-failed",
    /// The stream must be negotiated anew.
    Reset = "reset",
    /// We lack the resources to serve the stream.
    ResourceConstraint = "resource-constraint",
    /// A comment, processing instruction, DTD or entity reference.
    RestrictedXml = "restricted-xml",
    /// The peer should connect elsewhere.
    SeeOtherHost = "see-other-host",
    /// The server is shutting down.
    SystemShutdown = "system-shutdown",
    /// Something else; an application-specific element says what.
    UndefinedCondition = "undefined-condition",
    /// An encoding other than UTF-8, or broken UTF-8.
    UnsupportedEncoding = "unsupported-encoding",
    /// A mandatory stream feature that the peer does not support.
    UnsupportedFeature = "unsupported-feature",
    /// A first-level element that is neither a stanza nor otherwise known.
    UnsupportedStanzaType = "unsupported-stanza-type",
    /// A version of XMPP that is not spoken here.
    UnsupportedVersion = "unsupported-version",
}

impl Condition {
    /// The condition with this element name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|condition| condition.as_str() == name)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_survives_the_wire() {
        for &condition in Condition::ALL {
            for error in [
                StreamError::new(condition),
                StreamError::with_text(condition, "because"),
            ] {
                assert_eq!(StreamError::from_element(&error.to_element()), Some(error));
            }
        }
    }

    #[test]
    fn what_is_not_a_stream_error_is_none() {
        let stanza_error = Element::bare("error", ns::CLIENT);
        assert_eq!(StreamError::from_element(&stanza_error), None);
    }

    #[test]
    fn an_unknown_condition_is_undefined() {
        let mut error = Element::bare("error", ns::STREAM);
        error.append_child(Element::bare("out-of-coffee", ns::STREAM_ERRORS));
        assert_eq!(
            StreamError::from_element(&error).unwrap().condition,
            Condition::UndefinedCondition
        );
    }
}
