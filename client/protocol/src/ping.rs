//! Whether somebody is there.

use minidom::Element;
use onym_stream::ns;

/// The query that asks.
pub(crate) fn query() -> Element {
    Element::bare("ping", ns::PING)
}

/// Whether the query asks.
pub(crate) fn is_query(query: &Element) -> bool {
    query.is("ping", ns::PING)
}
