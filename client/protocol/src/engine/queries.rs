//! Iqs from others: each get and set is answered (RFC 6120, section 8.2.3).

use minidom::Element;

use super::core::Core;
use crate::stanza::{self, Sender};
use crate::store::Subscription;
use crate::{disco, ping, version};

/// A ping to our server.
pub(super) fn ping(id: &str) -> Element {
    stanza::iq("get", id, ping::query())
}

/// The answer to a get or set that is not about our roster.
///
/// Only those who may see our presence get a real one. To everybody else we look like a client
/// that is not there (RFC 6121, section 8.5.3.2.3), as XEP-0199, section 6 advises.
pub(super) fn answer(iq: &Element, sender: &Sender, core: &Core) -> Element {
    let our_jid = &core.config.our_jid;
    let contact = core.memory.contacts.get(&sender.bare(our_jid));
    let is_trusted = sender.bare(our_jid) == *our_jid
        || sender.is_our_server(our_jid)
        || contact.is_some_and(|contact| Subscription::they_see_us(contact.subscription));
    let is_get = iq.attr("type") == Some("get");
    match iq.children().next() {
        Some(query) if is_get && is_trusted && ping::is_query(query) => stanza::result_of(iq, None),
        Some(query) if is_get && is_trusted && version::is_query(query) => {
            stanza::result_of(iq, Some(version::answer()))
        }
        Some(query) if is_get && is_trusted && disco::is_query(query) => {
            stanza::result_of(iq, Some(disco::answer(query)))
        }
        _ => stanza::refusal_of(iq, "cancel", "service-unavailable"),
    }
}
