//! Which program this is. The operating system stays our own business.

use minidom::Element;
use onym_stream::ns;

/// The name of the program.
pub(crate) const NAME: &str = "Onym";

/// Whether the query asks for the version.
pub(crate) fn is_query(query: &Element) -> bool {
    query.is("query", ns::VERSION)
}

/// The answer.
pub(crate) fn answer() -> Element {
    let mut query = Element::bare("query", ns::VERSION);
    for (name, text) in [("name", NAME), ("version", env!("CARGO_PKG_VERSION"))] {
        let mut child = Element::bare(name, ns::VERSION);
        child.append_text_node(text);
        query.append_child(child);
    }
    query
}
