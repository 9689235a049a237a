//! What this client can do, as one hash in its presence.

use data_encoding::BASE64;
use minidom::Element;
use onym_stream::{Attributes, ns};
use sha1::{Digest, Sha1};

/// Names the program; together with the hash it is the node that others may ask about.
const NODE: &str = "urn:onym:client";

/// The one identity of this client, as in its answer to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) category: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: &'static str,
}

/// The hash of an identity without a language and of features in the order of their bytes
/// (XEP-0115, section 5.1).
pub(crate) fn verification(identity: Identity, features: &[&str]) -> String {
    let Identity {
        category,
        kind,
        name,
    } = identity;
    let mut text = format!("{category}/{kind}//{name}<");
    let mut sorted = features.to_vec();
    sorted.sort_unstable();
    for feature in sorted {
        text.push_str(feature);
        text.push('<');
    }
    BASE64.encode(&Sha1::digest(text.as_bytes()))
}

/// What goes into our presence.
pub(crate) fn element(verification: &str) -> Element {
    Element::bare("c", ns::CAPS)
        .with_attribute("hash", "sha-1")
        .with_attribute("node", NODE)
        .with_attribute("ver", verification)
}

/// Whether a node of a query means what our presence says.
pub(crate) fn is_our_node(node: &str, verification: &str) -> bool {
    node.strip_prefix(NODE)
        .and_then(|rest| rest.strip_prefix('#'))
        == Some(verification)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of XEP-0115, section 5.2.
    #[test]
    fn the_specification_gives_an_example() {
        let identity = Identity {
            category: "client",
            kind: "pc",
            name: "Exodus 0.9.1",
        };
        let features = [
            "http://jabber.org/protocol/muc",
            "http://jabber.org/protocol/disco#info",
            "http://jabber.org/protocol/caps",
            "http://jabber.org/protocol/disco#items",
        ];
        assert_eq!(
            verification(identity, &features),
            "QgayPKawpkPSDYmwT/WM94uAlu0="
        );
    }

    #[test]
    fn only_our_own_node_is_ours() {
        assert!(is_our_node("urn:onym:client#abc=", "abc="));
        for node in [
            "",
            "urn:onym:client",
            "urn:onym:client#",
            "urn:onym:client#abc",
            "x#abc=",
        ] {
            assert!(!is_our_node(node, "abc="), "{node}");
        }
    }
}
