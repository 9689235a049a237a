//! A hint about how a message is encrypted, for programs that cannot read it.

use minidom::Element;
use onym_stream::{Attributes, ns};

/// What such programs show instead.
pub(crate) const FALLBACK_TEXT: &str =
    "This message is encrypted with OMEMO, and your program could not decrypt it.";

/// Names how a message is encrypted (XEP-0380, section 3).
pub(crate) fn hint(namespace: &str, name: &str) -> Element {
    Element::bare("encryption", ns::ENCRYPTION)
        .with_attribute("namespace", namespace)
        .with_attribute("name", name)
}

/// Whether a message says that it is encrypted by something that this program does not know. Other
/// hints are no reason to distrust what can be read.
pub(crate) fn is_by_something_else(message: &Element) -> bool {
    let hint = message.get_child("encryption", ns::ENCRYPTION);
    let namespace = hint.and_then(|hint| hint.attr("namespace"));
    matches!(
        namespace,
        Some("urn:xmpp:otr:0" | "urn:xmpp:openpgp:0" | "jabber:x:encrypted")
    )
}
