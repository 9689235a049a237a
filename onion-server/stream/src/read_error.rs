//! Why a peer's stream cannot be read any further.

use crate::{Condition, Limits, StreamError};

/// The peer sent something that ends its stream.
///
/// All of these are the peer's fault. [`condition`](Self::condition) is what RFC 6120 wants us to
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The bytes are not the XML that XMPP allows.
    #[error("{0}")]
    Xml(#[from] Syntax),
    /// More than our [`Limits`] allow.
    #[error("{0}")]
    TooLarge(#[from] TooLarge),
    /// The root element is not `stream`.
    #[error("the stream does not begin with a stream header")]
    NoStreamHeader,
    /// The root element is not in the streams namespace.
    #[error("the stream header is not in the namespace of streams")]
    WrongStreamNamespace,
    /// The default namespace of the header, or a stanza, is in the wrong content namespace.
    #[error("the content namespace of the stream is not the expected one")]
    WrongContentNamespace,
    /// The `version` of the header is not one that we speak.
    #[error("the stream header asks for an XMPP version other than 1")]
    WrongVersion,
    /// The `to` of the header is no address.
    #[error("the 'to' of the stream header is not an address")]
    BadTo,
    /// The `from` of the header is no address.
    #[error("the 'from' of the stream header is not an address")]
    BadFrom,
    /// Text between the stanzas.
    #[error("text stands between two stanzas")]
    TextBetweenStanzas,
}

/// Which rule of XML is violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Syntax {
    /// XML 1.0 or Namespaces in XML 1.0 is violated.
    #[error("the XML is not well-formed: {0}")]
    NotWellFormed(&'static str),
    /// A part of XML that RFC 6120, section 11.1 forbids.
    #[error("XML that XMPP forbids: {0}")]
    Restricted(&'static str),
    /// An encoding other than UTF-8, or broken UTF-8.
    #[error("the stream is not in UTF-8")]
    Encoding,
}

/// Which limit is crossed, and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// [`Limits::max_depth`].
    #[error("a stanza is nested deeper than {0} levels")]
    Depth(usize),
    /// [`Limits::max_stanza_bytes`].
    #[error("a stanza is larger than {0} bytes")]
    Stanza(usize),
    /// [`Limits::max_children_per_stanza`].
    #[error("a stanza has more than {0} elements")]
    Children(usize),
    /// [`Limits::max_attributes_per_element`].
    #[error("an element has more than {0} attributes")]
    Attributes(usize),
    /// [`Limits::max_attribute_bytes`].
    #[error("a name or an attribute is longer than {0} bytes")]
    Attribute(usize),
    /// A namespace name is too long to be copied into every element that inherits it.
    #[error("a namespace name is longer than {0} bytes")]
    Namespace(usize),
    /// Too many namespace declarations are in force at one element.
    #[error("more than {0} namespace declarations are in force at one element")]
    Declarations(usize),
    /// [`Limits::max_unauthenticated_bytes`] for the stream header.
    #[error("the stream header is larger than {0} bytes")]
    Header(usize),
    /// [`Limits::max_unauthenticated_bytes`] for everything before authentication.
    #[error("more than {0} bytes before authentication")]
    Unauthenticated(usize),
}

impl ReadError {
    /// The stream error to answer with.
    #[must_use]
    pub const fn condition(&self) -> Condition {
        match self {
            Self::Xml(Syntax::NotWellFormed(_)) => Condition::NotWellFormed,
            // RFC 6120, section 11.1: comments, processing instructions, DTDs and entities.
            Self::Xml(Syntax::Restricted(_)) => Condition::RestrictedXml,
            // RFC 6120, section 4.9.3.22: an unsupported encoding, or a stream "otherwise
            // improperly encoded", for example by violating the rules of UTF-8.
            Self::Xml(Syntax::Encoding) => Condition::UnsupportedEncoding,
            // RFC 6120, section 13.12: "the recipient MUST return a <policy-violation/>".
            Self::TooLarge(_) => Condition::PolicyViolation,
            // RFC 6120, section 4.9.3.10: the stream namespace is something else, or the content
            // namespace is not supported.
            Self::WrongStreamNamespace | Self::WrongContentNamespace => Condition::InvalidNamespace,
            // RFC 6120, section 4.9.3.25.
            Self::WrongVersion => Condition::UnsupportedVersion,
            // RFC 6120, sections 4.9.3.7 and 4.9.3.9.
            Self::BadTo => Condition::ImproperAddressing,
            Self::BadFrom => Condition::InvalidFrom,
            // RFC 6120, section 4.9.3.1: "XML that cannot be processed".
            Self::NoStreamHeader | Self::TextBetweenStanzas => Condition::BadFormat,
        }
    }

    /// The error as it goes to the peer, with our reason as its text.
    #[must_use]
    pub fn to_stream_error(&self) -> StreamError {
        StreamError::with_text(self.condition(), self.to_string())
    }

    /// Translates what the lexer and parser refuse.
    pub(crate) fn from_rxml(error: rxml::Error, limits: &Limits) -> Self {
        use rxml::Error as E;
        match error {
            E::RestrictedXml(LONG_TOKEN) => TooLarge::Attribute(limits.max_attribute_bytes).into(),
            E::RestrictedXml(OTHER_ENCODING) | E::InvalidUtf8Byte(_) => Syntax::Encoding.into(),
            E::RestrictedXml(what) => Syntax::Restricted(what).into(),
            // `&name;` beyond the five that XML predefines (RFC 6120, section 11.1).
            E::UndeclaredEntity => Syntax::Restricted("entity reference").into(),
            // `<!DOCTYPE` and every other `<!` that begins neither a comment nor CDATA.
            E::InvalidSyntax(BANG) => Syntax::Restricted("document type declaration").into(),
            E::InvalidSyntax(what) => Syntax::NotWellFormed(what).into(),
            E::InvalidEof(_) => Syntax::NotWellFormed("it ends early").into(),
            E::InvalidChar(..) => Syntax::NotWellFormed("a character that XML forbids").into(),
            E::UnexpectedChar(..) | E::UnexpectedByte(..) | E::UnexpectedToken(..) => {
                Syntax::NotWellFormed("unexpected character or markup").into()
            }
            E::DuplicateAttribute => Syntax::NotWellFormed("an attribute stands twice").into(),
            E::ElementMismatch => Syntax::NotWellFormed("an end tag does not match").into(),
            E::UndeclaredNamespacePrefix(_) => {
                Syntax::NotWellFormed("a namespace prefix is not declared").into()
            }
            E::MultiColonName(_) | E::EmptyNamePart(_) | E::InvalidLocalName(_) => {
                Syntax::NotWellFormed("a name is not one of Namespaces in XML").into()
            }
            E::ReservedNamespacePrefix | E::ReservedNamespaceName | E::EmptyNamespaceUri => {
                Syntax::NotWellFormed("a namespace declaration is not allowed").into()
            }
        }
    }
}

// The reasons below are words of `rxml` 0.14. A test for each shows when a new version of it
// words them differently.

/// A name or attribute is longer than the lexer's buffer.
const LONG_TOKEN: &str = "long name or reference";
/// The XML declaration names another encoding.
const OTHER_ENCODING: &str = "only utf-8 encoding is allowed";
/// `<!` is followed by neither `--` nor `[`.
const BANG: &str = "malformed cdata or comment section start";
