//! What the server answers to IQs by itself: discovery, ping and version.

use onym_stream::{Element, ns};

use crate::caps;
use crate::stanza::{Build, Condition};

/// XEP-0030: service discovery, of the server itself.
const SERVER_FEATURES: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::VERSION,
    ns::ROSTER,
    ns::BLOCKING,
    ns::VCARD_TEMP,
    ns::CARBONS,
    ns::CAPS,
    "msgoffline",
    // Features of an account. Profanity asks the domain alone, and makes no use of what is not here.
    ns::ARCHIVE,
    ns::PUBLISH_OPTIONS,
];

/// XEP-0030: service discovery, of an account.
const ACCOUNT_FEATURES: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::VCARD_TEMP,
    ns::AVATAR_CONVERSION,
    ns::ARCHIVE,
    ARCHIVE_EXTENDED,
    ns::STANZA_ID,
    ns::INVITES,
    // XEP-0060 §11, those that XEP-0163 needs and clients look for.
    ns::PUBSUB,
    "http://jabber.org/protocol/pubsub#access-open",
    "http://jabber.org/protocol/pubsub#access-presence",
    "http://jabber.org/protocol/pubsub#access-whitelist",
    "http://jabber.org/protocol/pubsub#auto-create",
    "http://jabber.org/protocol/pubsub#auto-subscribe",
    "http://jabber.org/protocol/pubsub#config-node",
    "http://jabber.org/protocol/pubsub#config-node-max",
    "http://jabber.org/protocol/pubsub#create-and-configure",
    "http://jabber.org/protocol/pubsub#create-nodes",
    "http://jabber.org/protocol/pubsub#delete-items",
    "http://jabber.org/protocol/pubsub#delete-nodes",
    "http://jabber.org/protocol/pubsub#filtered-notifications",
    "http://jabber.org/protocol/pubsub#item-ids",
    "http://jabber.org/protocol/pubsub#last-published",
    "http://jabber.org/protocol/pubsub#multi-items",
    "http://jabber.org/protocol/pubsub#persistent-items",
    "http://jabber.org/protocol/pubsub#presence-notifications",
    "http://jabber.org/protocol/pubsub#publish",
    ns::PUBLISH_OPTIONS,
    "http://jabber.org/protocol/pubsub#purge-nodes",
    "http://jabber.org/protocol/pubsub#retract-items",
    "http://jabber.org/protocol/pubsub#retrieve-default",
    "http://jabber.org/protocol/pubsub#retrieve-items",
];

/// XEP-0313 §9: queries by id, flipped pages and the ends of the archive.
const ARCHIVE_EXTENDED: &str = "urn:xmpp:mam:2#extended";

/// XEP-0030: what the server and an account are. XEP-0163 §6.1: an account is a publish-subscribe
/// service.
const SERVER_IDENTITIES: &[(&str, &str)] = &[("server", "im")];
const ACCOUNT_IDENTITIES: &[(&str, &str)] = &[("account", "registered"), ("pubsub", "pep")];

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
        let mut info = match asked {
            Asked::Server => disco_info(SERVER_IDENTITIES, SERVER_FEATURES),
            Asked::Account => disco_info(ACCOUNT_IDENTITIES, ACCOUNT_FEATURES),
        };
        // The server has no other node than its capabilities, and those of an account are answered
        // elsewhere (XEP-0030 §3.2).
        if let Some(node) = payload.attr("node") {
            if asked == Asked::Account || Some(node) != capabilities_node().as_deref() {
                return Err(Condition::ItemNotFound);
            }
            info.set("node", node);
        }
        Ok(Some(info))
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

/// What our node is called before the verification string.
const CAPABILITIES_NODE: &str = "urn:onym:server";

/// XEP-0115 §6.3: the server's capabilities among its stream features.
pub(crate) fn capabilities() -> Option<Element> {
    let mut c = Element::bare("c", ns::CAPS);
    c.set("hash", "sha-1");
    c.set("node", CAPABILITIES_NODE);
    c.set("ver", &our_verification()?);
    Some(c)
}

fn our_verification() -> Option<String> {
    caps::verification(&disco_info(SERVER_IDENTITIES, SERVER_FEATURES))
}

fn capabilities_node() -> Option<String> {
    Some(format!("{CAPABILITIES_NODE}#{}", our_verification()?))
}

fn disco_info(identities: &[(&str, &str)], features: &[&str]) -> Element {
    let mut query = Element::bare("query", ns::DISCO_INFO);
    for (category, kind) in identities {
        let mut identity = Element::bare("identity", ns::DISCO_INFO);
        identity.set("category", category);
        identity.set("type", kind);
        identity.set("name", "Onym");
        query.append_child(identity);
    }
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
