//! XEP-0334: message processing hints, as their sender gives them.

use onym_stream::{Element, ns};

/// Whether the message may be kept nowhere, not even until its recipient is here (§4.2).
#[must_use]
pub fn forbids_keeping(message: &Element) -> bool {
    message.has_child("no-store", ns::HINTS)
}

/// Whether the message may not go into an archive (§4.1 and §4.2).
#[must_use]
pub fn forbids_archiving(message: &Element) -> bool {
    forbids_keeping(message) || message.has_child("no-permanent-store", ns::HINTS)
}

/// Whether other clients of the same account may not get a copy (§4.3).
#[must_use]
pub fn forbids_copies(message: &Element) -> bool {
    message.has_child("no-copy", ns::HINTS)
}

/// Whether the message belongs into the archive though it may not look like it (§4.4).
#[must_use]
pub fn asks_for_storage(message: &Element) -> bool {
    message.has_child("store", ns::HINTS)
}
