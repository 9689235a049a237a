//! XEP-0297: a message inside another, with the time when it came.

use onym_identity::Timestamp;
use onym_stream::{Element, ns};

use crate::stanza::Build;

/// Wraps a message.
pub(crate) fn forward(message: &Element, stamp: Timestamp) -> Element {
    let mut forwarded = Element::bare("forwarded", ns::FORWARD);
    let mut delay = Element::bare("delay", ns::DELAY);
    delay.set("stamp", &stamp.to_string());
    forwarded.append_child(delay);
    forwarded.append_child(message.clone());
    forwarded
}
