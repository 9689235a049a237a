//! Which of the two content namespaces a stream carries.

use crate::ns;

/// The content namespace of a stream (RFC 6120, section 4.8.2).
///
/// Inside the program a stanza and the children that belong to it are always in `jabber:client`.
/// A child *belongs* to the stanza as long as every element on the way up to the stanza is in a
/// content namespace: `<body/>`, `<error/>`, `<subject/>`. What stands below any other element,
/// such as the message inside `<forwarded/>` (XEP-0297), is somebody else's stanza and keeps the
/// namespace that it has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentNamespace {
    /// `jabber:client`, between a client and its server.
    Client,
    /// `jabber:server`, between two servers.
    Server,
}

impl ContentNamespace {
    /// The namespace name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => ns::CLIENT,
            Self::Server => ns::SERVER,
        }
    }

    /// Whether a name is that of either content namespace.
    pub(crate) fn is_any(namespace: &str) -> bool {
        namespace == ns::CLIENT || namespace == ns::SERVER
    }
}
