//! What a peer may send before anything is parsed or kept.

/// The largest XML that a [`StreamReader`](crate::StreamReader) accepts from its peer.
///
/// A peer that crosses a limit gets the stream error `policy-violation`, as RFC 6120, section
/// 13.12 asks for. Every limit includes its last value: a stanza of exactly `max_stanza_bytes`
/// passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of elements in one stanza; the stanza itself is level one.
    ///
    /// Dropping, comparing and printing a tree of elements recurses, so this bounds the stack.
    pub max_depth: usize,
    /// Bytes on the wire of one stanza, from its first `<` to its last `>`.
    pub max_stanza_bytes: usize,
    /// Elements inside one stanza, on all levels together.
    ///
    /// An element costs four bytes on the wire and some hundred bytes in memory.
    pub max_children_per_stanza: usize,
    /// Attributes and namespace declarations of one element together.
    pub max_attributes_per_element: usize,
    /// Bytes of one attribute value, and of one element or attribute name.
    ///
    /// This is also the size of the lexer's buffer.
    pub max_attribute_bytes: usize,
    /// Bytes of a whole connection until [`authenticated`](crate::StreamReader::authenticated) is
    /// called, restarts included; and bytes of a stream header at any time.
    pub max_unauthenticated_bytes: usize,
}

impl Limits {
    /// For a stream between a client and its server: 256 KiB a stanza, as Prosody has it.
    #[must_use]
    pub const fn client() -> Self {
        Self {
            max_depth: 64,
            max_stanza_bytes: 256 * 1024,
            max_children_per_stanza: 25_000,
            max_attributes_per_element: 64,
            max_attribute_bytes: 64 * 1024,
            max_unauthenticated_bytes: 10_000,
        }
    }

    /// For a stream between two servers: 512 KiB a stanza, as Prosody has it.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            max_stanza_bytes: 512 * 1024,
            ..Self::client()
        }
    }
}

/// Bytes of one namespace name. An element keeps its own copy of the name that it inherits, so
/// without this limit one long declaration would be multiplied by every element below it.
pub(crate) const MAX_NAMESPACE_BYTES: usize = 256;

/// Namespace declarations of all open elements together. Looking up a prefix goes through them,
/// so this bounds the work per element.
pub(crate) const MAX_DECLARATIONS_IN_SCOPE: usize = 256;
