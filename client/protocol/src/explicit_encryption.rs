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

/// By what a message is encrypted, by its hint, for a message that we cannot read at all: a name
/// that people know.
pub(crate) fn named_by(message: &Element) -> Option<&'static str> {
    let hint = message.get_child("encryption", ns::ENCRYPTION)?;
    match hint.attr("namespace")? {
        "urn:xmpp:otr:0" => Some("OTR"),
        "urn:xmpp:openpgp:0" => Some("OpenPGP"),
        "jabber:x:encrypted" => Some("OpenPGP (old)"),
        ns::OMEMO | ns::OMEMO_2 => Some("OMEMO"),
        _ => None,
    }
}
