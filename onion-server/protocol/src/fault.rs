//! RFC 6120 §4.9: why a stream is ended.

use onym_stream::stream_management::TooHigh;
use onym_stream::{Condition, Element, ReadError, StreamError};

/// Why we end a stream.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The other side broke a rule.
    Stream(StreamError),
    /// Its bytes are not a stream.
    Read(ReadError),
    /// It acknowledged more than it was sent.
    TooHigh(TooHigh),
    /// It ended the stream with an error of its own.
    Theirs(String),
    /// It is gone already.
    Gone,
}

impl Fault {
    fn stream(condition: Condition, text: &str) -> Self {
        Self::Stream(StreamError::with_text(condition, text))
    }

    pub(crate) fn host_unknown() -> Self {
        Self::stream(
            Condition::HostUnknown,
            "this server speaks for another domain",
        )
    }

    pub(crate) fn not_authorized(text: &str) -> Self {
        Self::stream(Condition::NotAuthorized, text)
    }

    pub(crate) fn bad_format(text: &str) -> Self {
        Self::stream(Condition::BadFormat, text)
    }

    pub(crate) fn policy(text: &str) -> Self {
        Self::stream(Condition::PolicyViolation, text)
    }

    pub(crate) fn timeout(text: &str) -> Self {
        Self::stream(Condition::ConnectionTimeout, text)
    }

    pub(crate) fn conflict() -> Self {
        Self::stream(
            Condition::Conflict,
            "a newer stream has taken the place of this one",
        )
    }

    pub(crate) fn unsupported() -> Self {
        Self::stream(
            Condition::UnsupportedStanzaType,
            "this element is not expected here",
        )
    }

    pub(crate) fn invalid_from() -> Self {
        Self::stream(
            Condition::InvalidFrom,
            "the sender is not who this stream has proven to be",
        )
    }

    pub(crate) fn improper_addressing() -> Self {
        Self::stream(
            Condition::ImproperAddressing,
            "'from' and 'to' are needed between servers",
        )
    }

    pub(crate) fn too_much_waits() -> Self {
        Self::stream(
            Condition::ResourceConstraint,
            "too much waits for this client",
        )
    }

    pub(crate) fn resource_constraint() -> Self {
        Self::stream(
            Condition::ResourceConstraint,
            "too many streams that have proven nothing",
        )
    }

    /// The element that the other side is told; none where there is nobody to tell.
    pub(crate) fn to_element(&self) -> Option<Element> {
        match self {
            Self::Stream(error) => Some(error.to_element()),
            Self::Read(error) => Some(error.to_stream_error().to_element()),
            Self::TooHigh(error) => Some(error.to_element()),
            Self::Theirs(_) | Self::Gone => None,
        }
    }

    pub(crate) fn condition(&self) -> &'static str {
        match self {
            Self::Stream(error) => error.condition.as_str(),
            Self::Read(error) => error.condition().as_str(),
            Self::TooHigh(_) => Condition::UndefinedCondition.as_str(),
            Self::Theirs(_) => "theirs",
            Self::Gone => "gone",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stream(error) => match &error.text {
                Some(text) => f.write_str(text),
                None => f.write_str(error.condition.as_str()),
            },
            Self::Read(error) => error.fmt(f),
            Self::TooHigh(error) => error.fmt(f),
            Self::Theirs(why) => f.write_str(why),
            Self::Gone => f.write_str("the connection is gone"),
        }
    }
}
