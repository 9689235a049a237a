//! What the server answers to IQs by itself: discovery, ping and version.

use onym_stream::{Element, ns};

use crate::stanza::{Build, Condition};

/// XEP-0030: service discovery, of the server itself.
const SERVER_FEATURES: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::VERSION,
    ns::ROSTER,
    "msgoffline",
];

/// XEP-0030: service discovery, of an account.
const ACCOUNT_FEATURES: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS];

/// Whom an IQ asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The server: an IQ to our domain, or to nobody.
    Server,
    /// An account: an IQ to its bare JID.
    Account,
}

/// Answers an IQ get in the server's name.
///
/// # Errors
/// The condition that the asker is told.
pub(crate) fn answer(asked: Asked, payload: &Element) -> Result<Option<Element>, Condition> {
    if payload.is("query", ns::DISCO_INFO) {
        // This server has no nodes yet, so any node is unknown (XEP-0030 §3.2).
        if payload.attr("node").is_some() {
            return Err(Condition::ItemNotFound);
        }
        Ok(Some(match asked {
            Asked::Server => disco_info("server", "im", SERVER_FEATURES),
            Asked::Account => disco_info("account", "registered", ACCOUNT_FEATURES),
        }))
    } else if payload.is("query", ns::DISCO_ITEMS) {
        Ok(Some(Element::bare("query", ns::DISCO_ITEMS)))
    } else if asked == Asked::Server && payload.is("ping", ns::PING) {
        // XEP-0199 §4.2: an empty result.
        Ok(None)
    } else if asked == Asked::Server && payload.is("query", ns::VERSION) {
        Ok(Some(version()))
    } else {
        Err(Condition::ServiceUnavailable)
    }
}

fn disco_info(category: &str, kind: &str, features: &[&str]) -> Element {
    let mut query = Element::bare("query", ns::DISCO_INFO);
    let mut identity = Element::bare("identity", ns::DISCO_INFO);
    identity.set("category", category);
    identity.set("type", kind);
    identity.set("name", "Onym");
    query.append_child(identity);
    for var in features {
        let mut feature = Element::bare("feature", ns::DISCO_INFO);
        feature.set("var", var);
        query.append_child(feature);
    }
    query
}

/// XEP-0092: software version. The operating system is nobody's business.
fn version() -> Element {
    let mut query = Element::bare("query", ns::VERSION);
    for (name, text) in [("name", "Onym"), ("version", env!("CARGO_PKG_VERSION"))] {
        let mut child = Element::bare(name, ns::VERSION);
        child.append_text(text);
        query.append_child(child);
    }
    query
}
