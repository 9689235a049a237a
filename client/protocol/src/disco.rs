//! What this client can do.

use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::version;

/// What this client supports, in the order of the bytes (XEP-0115 wants it so).
const FEATURES: [&str; 5] = [
    ns::DISCO_INFO,
    ns::VERSION,
    ns::PING,
    ns::RECEIPTS,
    ns::STANZA_ID,
];

/// Whether the query asks what this client itself can do. It has no nodes.
pub(crate) fn is_query(query: &Element) -> bool {
    query.is("query", ns::DISCO_INFO) && query.attr("node").is_none()
}

/// The answer.
pub(crate) fn answer() -> Element {
    let mut query = Element::bare("query", ns::DISCO_INFO);
    query.append_child(
        Element::bare("identity", ns::DISCO_INFO)
            .with_attribute("category", "client")
            .with_attribute("type", "pc")
            .with_attribute("name", version::NAME),
    );
    for feature in FEATURES {
        query.append_child(Element::bare("feature", ns::DISCO_INFO).with_attribute("var", feature));
    }
    query
}
