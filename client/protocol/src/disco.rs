//! What this client can do, and what our server says that it can.

use std::collections::BTreeSet;

use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::caps::{self, Identity};
use crate::roster::open_invites;
use crate::{pep, published_statement, version};

/// How many features of a server are read. Servers have some fifty.
const MAX_FEATURES: usize = 1_000;

/// What this client is.
const IDENTITY: Identity = Identity {
    category: "client",
    kind: "pc",
    name: version::NAME,
};

/// What this client supports. A name that ends in `+notify` asks for the news of a node
/// (XEP-0163, section 4.2).
const FEATURES: [&str; 22] = [
    ns::DISCO_INFO,
    ns::CHAT_STATES,
    ns::CORRECTION,
    ns::FALLBACK,
    ns::MARKERS,
    ns::REACTIONS,
    ns::REPLY,
    ns::RETRACTION,
    ns::STYLING,
    ns::VERSION,
    ns::PING,
    ns::RECEIPTS,
    ns::STANZA_ID,
    ns::CAPS,
    ns::NICKNAME,
    "http://jabber.org/protocol/nick+notify",
    "urn:xmpp:avatar:metadata+notify",
    "urn:xmpp:mds:displayed:0+notify",
    "eu.siacs.conversations.axolotl.devicelist+notify",
    "urn:xmpp:omemo:2:devices+notify",
    published_statement::NOTIFY,
    open_invites::NOTIFY,
];

/// Whether the query asks what this client itself can do: without a node, or with the one in our
/// presence.
pub(crate) fn is_query(query: &Element) -> bool {
    let is_ours = |node| caps::is_our_node(node, &verification());
    query.is("query", ns::DISCO_INFO) && query.attr("node").is_none_or(is_ours)
}

/// The answer to such a query.
pub(crate) fn answer(asked: &Element) -> Element {
    let mut query =
        Element::bare("query", ns::DISCO_INFO).with_attribute("node", asked.attr("node"));
    query.append_child(
        Element::bare("identity", ns::DISCO_INFO)
            .with_attribute("category", IDENTITY.category)
            .with_attribute("type", IDENTITY.kind)
            .with_attribute("name", IDENTITY.name),
    );
    for feature in FEATURES {
        query.append_child(Element::bare("feature", ns::DISCO_INFO).with_attribute("var", feature));
    }
    query
}

/// The hash of it for our presence.
pub(crate) fn verification() -> String {
    caps::verification(IDENTITY, &FEATURES)
}

/// Asks what somebody can do.
pub(crate) fn query() -> Element {
    Element::bare("query", ns::DISCO_INFO)
}

/// What somebody says that they can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Info {
    pub(crate) is_pep: bool,
    pub(crate) features: BTreeSet<String>,
}

/// Reads an answer.
pub(crate) fn info(iq: &Element) -> Option<Info> {
    let query = iq.get_child("query", ns::DISCO_INFO)?;
    let children = |name: &'static str| {
        query
            .children()
            .filter(move |child| child.is(name, ns::DISCO_INFO))
            .take(MAX_FEATURES)
    };
    Some(Info {
        is_pep: children("identity").any(pep::is_identity),
        features: children("feature")
            .filter_map(|feature| feature.attr("var").map(str::to_owned))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_answer() {
        let answer = answer(&query());
        let features: Vec<&str> = answer
            .children()
            .filter(|child| child.name() == "feature")
            .filter_map(|feature| feature.attr("var"))
            .collect();
        assert_eq!(caps::verification(IDENTITY, &features), verification());
        // RFC 6120 and XEP-0115, section 5.4: a feature that is named twice makes it worthless.
        let unique: BTreeSet<&str> = features.iter().copied().collect();
        assert_eq!(unique.len(), features.len());
    }

    #[test]
    fn our_own_node_is_answered_and_no_other() {
        let node = format!("urn:onym:client#{}", verification());
        let ask = |node: Option<&str>| query().with_attribute("node", node);
        assert!(is_query(&ask(None)));
        assert!(is_query(&ask(Some(&node))));
        assert!(!is_query(&ask(Some("urn:onym:client#old"))));
        assert_eq!(answer(&ask(Some(&node))).attr("node"), Some(node.as_str()));
    }

    #[test]
    fn only_a_pep_identity_is_one() {
        let read = |xml: &str| {
            let query =
                format!("<query xmlns='http://jabber.org/protocol/disco#info'>{xml}</query>");
            let iq = format!("<iq xmlns='jabber:client'>{query}</iq>");
            info(&iq.parse().unwrap()).unwrap()
        };
        assert_eq!(read(""), Info::default());
        assert!(!read("<identity category='pubsub' type='service'/>").is_pep);
        let both = read("<identity category='pubsub' type='pep'/><feature var='a'/><feature/>");
        assert!(both.is_pep && both.features.len() == 1);
    }
}
