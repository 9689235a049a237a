//! XEP-0115: Entity Capabilities: which events a client wants to hear of, learned once for each
//! verification string.

mod cache;
mod listeners;
mod verification;

use std::collections::BTreeSet;
use std::sync::Arc;

use onym_stream::{Element, ns};

use crate::limits;

pub(crate) use cache::{KnownCapabilities, Scope};
pub(crate) use verification::verification;

/// What a presence says of its client's capabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// The hash function; none in the form of before 2007, whose string proves nothing.
    hash: Option<String>,
    node: String,
    ver: String,
}

/// The nodes that a client wants to hear of (XEP-0060 §9.2: features that end in `+notify`).
pub(crate) type Interests = BTreeSet<String>;

/// A client that may want to hear of an account's nodes.
#[derive(Debug)]
pub(crate) struct Listener {
    capabilities: Capabilities,
    /// What it wants to hear of, once that is known.
    interests: Option<Arc<Interests>>,
    /// Those of its capabilities before these: it has had the last items of these nodes.
    had: Option<Arc<Interests>>,
    /// The id of the question that it has been asked.
    asked: Option<String>,
}

impl Listener {
    /// Whether it wants to hear of a node.
    pub(crate) fn wants(&self, node: &str) -> bool {
        let interests = self.interests.as_ref();
        interests.is_some_and(|interests| interests.contains(node))
    }
}

impl Capabilities {
    /// Reads the `<c/>` of a presence.
    fn of(presence: &Element) -> Option<Self> {
        let c = presence.get_child("c", ns::CAPS)?;
        let (node, ver) = (c.attr("node")?, c.attr("ver")?);
        let longest = limits::MAX_CAPABILITIES_BYTES;
        let hash = c.attr("hash");
        let fits = |text: &str| text.len() <= longest;
        (fits(node) && fits(ver) && hash.is_none_or(fits)).then(|| Self {
            hash: hash.map(str::to_owned),
            node: node.to_owned(),
            ver: ver.to_owned(),
        })
    }

    /// The node to ask about (§6.2).
    fn disco_node(&self) -> String {
        format!("{}#{}", self.node, self.ver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(attributes: &str) -> Option<Capabilities> {
        let xml = format!(
            "<presence xmlns='jabber:client'><c xmlns='{}' {attributes}/></presence>",
            ns::CAPS
        );
        Capabilities::of(&xml.parse().unwrap())
    }

    #[test]
    fn what_a_presence_announces_is_bounded() {
        let announced = of("hash='sha-1' node='urn:n' ver='v'").unwrap();
        assert_eq!(announced.disco_node(), "urn:n#v");
        assert_eq!(announced.hash.as_deref(), Some("sha-1"));
        // The form of before 2007 names no hash function.
        assert_eq!(of("node='urn:n' ver='1.0' ext='a b'").unwrap().hash, None);
        let most = "x".repeat(limits::MAX_CAPABILITIES_BYTES);
        assert!(of(&format!("hash='{most}' node='{most}' ver='{most}'")).is_some());
        for attributes in [
            "node='urn:n'",
            "ver='v'",
            &format!("hash='x{most}' node='n' ver='v'"),
            &format!("hash='h' node='x{most}' ver='v'"),
            &format!("hash='h' node='n' ver='x{most}'"),
        ] {
            let shown = attributes.get(..20).unwrap_or(attributes);
            assert_eq!(of(attributes), None, "{shown}");
        }
    }
}
