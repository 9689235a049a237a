//! XEP-0030 of an account's nodes (XEP-0060 §5).

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use super::access::access;
use crate::server::Server;
use crate::stanza::{Build, Condition, Refusal};

impl Server {
    /// Answers about the nodes of an account: which there are, and what one of them is. None where
    /// the question is another.
    pub(crate) fn discover_nodes(
        &self,
        bare: &BareJid,
        from: &Jid,
        query: &Element,
    ) -> Option<Result<Option<Element>, Refusal>> {
        let node = query.attr("node");
        if query.is("query", ns::DISCO_ITEMS) {
            return Some(match node {
                None => Ok(Some(self.list_nodes(bare, from))),
                Some(node) => self.list_items(bare, from, node),
            });
        }
        let node = node.filter(|_| query.is("query", ns::DISCO_INFO))?;
        Some(self.describe_node(bare, from, node))
    }

    /// XEP-0163 §6.2: "MUST return as service discovery items only those nodes to which the contact
    /// is allowed".
    fn list_nodes(&self, bare: &BareJid, from: &Jid) -> Element {
        let reader = self.reader(bare, from);
        let mut query = Element::bare("query", ns::DISCO_ITEMS);
        let mut room = Room::default();
        let nodes = self.accounts.get(bare).into_iter();
        for (name, node) in nodes.flat_map(|account| account.nodes.iter()) {
            if access(node.config.access_model, reader).allowed.is_ok() && room.takes(name) {
                let mut item = Element::bare("item", ns::DISCO_ITEMS);
                item.set("jid", bare.as_str());
                item.set("node", name);
                query.append_child(item);
            }
        }
        query
    }

    fn list_items(
        &self,
        bare: &BareJid,
        from: &Jid,
        name: &str,
    ) -> Result<Option<Element>, Refusal> {
        let account = self.accounts.get(bare);
        let node = account.and_then(|account| account.nodes.get(name));
        let node = node.ok_or(Condition::ItemNotFound)?;
        access(node.config.access_model, self.reader(bare, from)).allowed?;
        let mut query = Element::bare("query", ns::DISCO_ITEMS);
        query.set("node", name);
        let mut room = Room::default();
        for (id, _) in node.latest().take_while(|(id, _)| room.takes(id)) {
            let mut item = Element::bare("item", ns::DISCO_ITEMS);
            item.set("jid", bare.as_str());
            item.set("name", id);
            query.append_child(item);
        }
        Ok(Some(query))
    }

    fn describe_node(
        &self,
        bare: &BareJid,
        from: &Jid,
        name: &str,
    ) -> Result<Option<Element>, Refusal> {
        let account = self.accounts.get(bare);
        let node = account.and_then(|account| account.nodes.get(name));
        let node = node.ok_or(Condition::ItemNotFound)?;
        access(node.config.access_model, self.reader(bare, from)).allowed?;
        let mut query = Element::bare("query", ns::DISCO_INFO);
        query.set("node", name);
        let mut identity = Element::bare("identity", ns::DISCO_INFO);
        identity.set("category", "pubsub");
        identity.set("type", "leaf");
        let title = &node.config.title;
        if !title.is_empty() {
            identity.set("name", title);
        }
        query.append_child(identity);
        let mut feature = Element::bare("feature", ns::DISCO_INFO);
        feature.set("var", ns::PUBSUB);
        query.append_child(feature);
        Ok(Some(query))
    }
}

/// What still fits into one answer.
#[derive(Debug, Default)]
struct Room {
    bytes: usize,
}

impl Room {
    /// An entry's JID and tags, in bytes.
    const ENTRY_BYTES: usize = 192;

    fn takes(&mut self, name: &str) -> bool {
        let entry = name.len().saturating_add(Self::ENTRY_BYTES);
        self.bytes = self.bytes.saturating_add(entry);
        self.bytes <= crate::limits::MAX_ANSWER_BYTES
    }
}
