//! XML streams as bytes in, bounded stanzas out; SASL and stream management.
//!
//! The crate is pure: it owns no socket, clock or source of randomness. A driver hands the bytes
//! of a connection to a [`StreamReader`] and polls it for [`StreamEvent`]s; what it wants to send
//! it turns into bytes with [`write_open`], [`write_element`] and [`write_close`].
//!
//! Inside the program a stanza is always in `jabber:client`. On a server stream
//! ([`ContentNamespace::Server`]) the reader and the writer translate to and from `jabber:server`,
//! see [`ContentNamespace`].
//!
//! ```
//! use onym_stream::{ContentNamespace, Limits, StreamEvent, StreamReader};
//!
//! # fn main() -> Result<(), onym_stream::ReadError> {
//! let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
//! reader.handle(b"<stream:stream xmlns='jabber:client' version='1.0' to='example.org'");
//! assert!(reader.poll()?.is_none());
//! reader.handle(b" xmlns:stream='http://etherx.jabber.org/streams'><presence/>");
//! assert!(matches!(reader.poll()?, Some(StreamEvent::Opened(_))));
//! assert!(matches!(reader.poll()?, Some(StreamEvent::Element(_))));
//! assert!(reader.poll()?.is_none());
//! # Ok(())
//! # }
//! ```

mod attributes;
mod content_namespace;
mod header;
mod limits;
mod read_error;
mod reader;
mod stream_error;
mod writer;

/// Every XML namespace that the server and the client speak, each under its specification.
pub mod ns;
/// RFC 6120, section 6: SASL as it appears on a stream.
pub mod sasl;
/// RFC 5802 and RFC 7677: SCRAM-SHA-1 and SCRAM-SHA-256, both sides.
pub mod scram;
/// XEP-0198: Stream Management (the counters; acknowledgement without resumption).
pub mod stream_management;

pub use attributes::Attributes;
pub use content_namespace::ContentNamespace;
pub use header::StreamHeader;
pub use jid;
pub use limits::Limits;
pub use minidom::{Element, Node};
pub use read_error::{ReadError, Syntax, TooLarge};
pub use reader::{StreamEvent, StreamReader};
pub use stream_error::{Condition, StreamError};
pub use writer::{write_close, write_element, write_open};
