//! An account's nodes with their items, bounded.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_stream::ns;
use serde::{Deserialize, Serialize};

use super::config::NodeConfig;
use crate::limits;
use crate::stanza::{Condition, Refusal};
use crate::store::{Change, Place};

/// An item as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Orders the items of a node; the last one published has the highest.
    pub place: Place,
    /// The payload as XML.
    pub xml: String,
}

/// The nodes of one account.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    nodes: BTreeMap<String, Node>,
    bytes: usize,
}

/// One node.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) config: NodeConfig,
    /// By item id.
    items: BTreeMap<String, ItemRecord>,
    /// The ids in the order of publication.
    order: BTreeMap<Place, String>,
}

/// Why nothing more is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// There are as many nodes as there may be.
    Nodes,
    /// A name is too long.
    Name,
    /// The payload is too large.
    Payload,
    /// The account has taken its share of memory and disk.
    Account,
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        match full {
            Full::Nodes => Self::with(
                Condition::ResourceConstraint,
                "max-nodes-exceeded",
                ns::PUBSUB_ERRORS,
            ),
            Full::Name => Condition::NotAcceptable.into(),
            // XEP-0060 §7.1.3.5
            Full::Payload => Self::with(
                Condition::NotAcceptable,
                "payload-too-big",
                ns::PUBSUB_ERRORS,
            ),
            Full::Account => Condition::ResourceConstraint.into(),
        }
    }
}

impl Nodes {
    /// Takes up a node that was stored.
    pub(crate) fn load_node(&mut self, name: String, config: NodeConfig) {
        self.bytes = self.bytes.saturating_add(node_bytes(&name, &config));
        self.nodes.entry(name).or_default().config = config;
    }

    /// Takes up an item that was stored. An item without a node has none that could delete it.
    pub(crate) fn load_item(&mut self, node: &str, id: String, record: ItemRecord) {
        if let Some(node) = self.nodes.get_mut(node) {
            self.bytes = self.bytes.saturating_add(item_bytes(&id, &record.xml));
            node.order.insert(record.place, id.clone());
            node.items.insert(id, record);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Node)> {
        self.nodes.iter()
    }

    /// Whether one more node, or an item with its node, has room.
    fn admits(&self, more: usize, instead_of: usize) -> Result<(), Full> {
        let bytes = self.bytes.saturating_sub(instead_of).saturating_add(more);
        if bytes > limits::MAX_PEP_BYTES_PER_ACCOUNT {
            return Err(Full::Account);
        }
        Ok(())
    }

    /// Makes a node or gives it another configuration; items that it may not keep any more go.
    pub(crate) fn put_node(
        &mut self,
        owner: &BareJid,
        name: &str,
        config: NodeConfig,
    ) -> Result<Vec<Change>, Full> {
        if name.len() > limits::MAX_NODE_NAME_BYTES {
            return Err(Full::Name);
        }
        let before = self.nodes.get(name);
        if before.is_none() && self.nodes.len() >= limits::MAX_NODES_PER_ACCOUNT {
            return Err(Full::Nodes);
        }
        let old = before.map_or(0, |node| node_bytes(name, &node.config));
        let new = node_bytes(name, &config);
        self.admits(new, old)?;
        self.bytes = self.bytes.saturating_sub(old).saturating_add(new);
        self.nodes.entry(name.to_owned()).or_default().config = config.clone();
        let mut changes = vec![Change::PutNode(owner.clone(), name.to_owned(), config)];
        changes.extend(self.trim(owner, name));
        Ok(changes)
    }

    /// Whether an item, and the node if it must be made, will have room.
    pub(crate) fn admits_item(
        &self,
        name: &str,
        config: &NodeConfig,
        id: &str,
        xml: &str,
    ) -> Result<(), Full> {
        if id.len() > limits::MAX_ITEM_ID_BYTES || name.len() > limits::MAX_NODE_NAME_BYTES {
            return Err(Full::Name);
        }
        // Tags take more memory than the bytes that write them.
        if xml.len() > limits::MAX_ITEM_BYTES || tags(xml) > limits::MAX_ITEM_TAGS {
            return Err(Full::Payload);
        }
        let node = self.nodes.get(name);
        if node.is_none() && self.nodes.len() >= limits::MAX_NODES_PER_ACCOUNT {
            return Err(Full::Nodes);
        }
        let made = node.map_or_else(|| node_bytes(name, config), |_| 0);
        if !config.persist_items {
            return self.admits(made, 0);
        }
        let goes = node.map_or(0, |node| node.goes_for(id));
        self.admits(made.saturating_add(item_bytes(id, xml)), goes)
    }

    /// Keeps an item as the latest of its node; the oldest ones beyond the node's number go.
    pub(crate) fn put_item(
        &mut self,
        owner: &BareJid,
        name: &str,
        id: &str,
        xml: String,
    ) -> Vec<Change> {
        let Some(node) = self.nodes.get_mut(name) else {
            return Vec::new();
        };
        let place = node
            .order
            .last_key_value()
            .map_or(0, |(place, _)| place.saturating_add(1));
        self.bytes = self.bytes.saturating_add(item_bytes(id, &xml));
        let record = ItemRecord { place, xml };
        node.order.insert(place, id.to_owned());
        if let Some(old) = node.items.insert(id.to_owned(), record.clone()) {
            node.order.remove(&old.place);
            self.bytes = self.bytes.saturating_sub(item_bytes(id, &old.xml));
        }
        let mut changes = vec![Change::PutItem(
            owner.clone(),
            name.to_owned(),
            id.to_owned(),
            record,
        )];
        changes.extend(self.trim(owner, name));
        changes
    }

    /// Takes an item back; none if there is no such item.
    pub(crate) fn remove_item(&mut self, owner: &BareJid, name: &str, id: &str) -> Option<Change> {
        let node = self.nodes.get_mut(name)?;
        let record = node.items.remove(id)?;
        node.order.remove(&record.place);
        self.bytes = self.bytes.saturating_sub(item_bytes(id, &record.xml));
        Some(Change::RemoveItem(
            owner.clone(),
            name.to_owned(),
            id.to_owned(),
        ))
    }

    /// Takes all items back.
    pub(crate) fn purge(&mut self, owner: &BareJid, name: &str) -> Vec<Change> {
        let Some(node) = self.nodes.get(name) else {
            return Vec::new();
        };
        let ids: Vec<_> = node.items.keys().cloned().collect();
        ids.iter()
            .filter_map(|id| self.remove_item(owner, name, id))
            .collect()
    }

    /// Deletes a node with its items.
    pub(crate) fn remove_node(&mut self, owner: &BareJid, name: &str) -> Vec<Change> {
        let mut changes = self.purge(owner, name);
        if let Some(node) = self.nodes.remove(name) {
            self.bytes = self.bytes.saturating_sub(node_bytes(name, &node.config));
            changes.push(Change::RemoveNode(owner.clone(), name.to_owned()));
        }
        changes
    }

    /// Removes the oldest items that the node's configuration has no place for.
    fn trim(&mut self, owner: &BareJid, name: &str) -> Vec<Change> {
        let Some(node) = self.nodes.get(name) else {
            return Vec::new();
        };
        let keeps = if node.config.persist_items {
            node.config.keeps()
        } else {
            0
        };
        let surplus = node.items.len().saturating_sub(keeps);
        let oldest: Vec<_> = node.order.values().take(surplus).cloned().collect();
        oldest
            .iter()
            .filter_map(|id| self.remove_item(owner, name, id))
            .collect()
    }
}

impl Node {
    pub(crate) fn item(&self, id: &str) -> Option<&ItemRecord> {
        self.items.get(id)
    }

    /// The items, the latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = (&str, &ItemRecord)> {
        let ids = self.order.values().rev();
        ids.filter_map(|id| Some((id.as_str(), self.items.get(id)?)))
    }

    /// Bytes that become free when an item of this id is published: of the one that it replaces,
    /// or of the oldest.
    fn goes_for(&self, id: &str) -> usize {
        let replaced = self.items.get_key_value(id).or_else(|| {
            let full = self.items.len() >= self.config.keeps();
            let (_, oldest) = self.order.first_key_value().filter(|_| full)?;
            self.items.get_key_value(oldest)
        });
        replaced.map_or(0, |(id, record)| item_bytes(id, &record.xml))
    }
}

/// What a record costs beside its texts.
const OVERHEAD_BYTES: usize = 128;

fn node_bytes(name: &str, config: &NodeConfig) -> usize {
    name.len()
        .saturating_add(config.bytes())
        .saturating_add(OVERHEAD_BYTES)
}

fn item_bytes(id: &str, xml: &str) -> usize {
    id.len()
        .saturating_add(xml.len())
        .saturating_add(OVERHEAD_BYTES)
}

/// How many tags there are in XML of our own writing.
pub(crate) fn tags(xml: &str) -> usize {
    xml.bytes().filter(|byte| *byte == b'<').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pep::config::MaxItems;

    fn owner() -> BareJid {
        BareJid::new("romeo@a.example").unwrap()
    }

    fn nodes(max_items: MaxItems) -> Nodes {
        let mut nodes = Nodes::default();
        let config = NodeConfig {
            max_items,
            ..NodeConfig::default()
        };
        nodes.put_node(&owner(), "n", config).unwrap();
        nodes
    }

    fn ids(nodes: &Nodes) -> Vec<String> {
        let latest = nodes.get("n").unwrap().latest();
        latest.map(|(id, _)| id.to_owned()).collect()
    }

    #[test]
    fn the_latest_items_stay_and_an_item_published_again_is_the_latest() {
        let mut nodes = nodes(MaxItems::Number(3));
        for id in ["a", "b", "c", "a", "d"] {
            nodes.put_item(&owner(), "n", id, "<x/>".to_owned());
        }
        assert_eq!(ids(&nodes), ["d", "a", "c"]);
        let fewer = NodeConfig {
            max_items: MaxItems::Number(1),
            ..NodeConfig::default()
        };
        let changes = nodes.put_node(&owner(), "n", fewer).unwrap();
        assert_eq!(changes.len(), 3, "the node and two removals");
        assert_eq!(ids(&nodes), ["d"]);
        let none = NodeConfig {
            persist_items: false,
            ..NodeConfig::default()
        };
        nodes.put_node(&owner(), "n", none).unwrap();
        assert!(ids(&nodes).is_empty());
    }

    #[test]
    fn bytes_are_given_back() {
        let mut nodes = nodes(MaxItems::Max);
        let empty = nodes.bytes;
        nodes.put_item(&owner(), "n", "a", "<x/>".repeat(100));
        nodes.put_item(&owner(), "n", "a", "<x/>".repeat(9));
        nodes.put_item(&owner(), "n", "b", "<x/>".repeat(50));
        assert!(nodes.remove_item(&owner(), "n", "b").is_some());
        assert!(nodes.remove_item(&owner(), "n", "b").is_none());
        nodes.purge(&owner(), "n");
        assert_eq!(nodes.bytes, empty);
        nodes.remove_node(&owner(), "n");
        assert_eq!(nodes.bytes, 0);
        assert!(nodes.remove_node(&owner(), "n").is_empty());
    }

    #[test]
    fn a_million_nodes_are_not_made() {
        let mut nodes = Nodes::default();
        let config = NodeConfig::default;
        let mut made = 0;
        while nodes
            .put_node(&owner(), &format!("n{made}"), config())
            .is_ok()
        {
            made += 1;
        }
        assert_eq!(made, limits::MAX_NODES_PER_ACCOUNT);
        assert_eq!(
            nodes.admits_item("new", &config(), "a", "<x/>"),
            Err(Full::Nodes)
        );
        assert_eq!(nodes.admits_item("n0", &config(), "a", "<x/>"), Ok(()));
        let long = "n".repeat(limits::MAX_NODE_NAME_BYTES + 1);
        nodes.remove_node(&owner(), "n0");
        assert_eq!(nodes.put_node(&owner(), &long, config()), Err(Full::Name));
    }

    #[test]
    fn an_account_fills_up_by_bytes_and_can_still_replace() {
        let mut nodes = nodes(MaxItems::Max);
        let config = nodes.get("n").unwrap().config.clone();
        let payload = "x".repeat(limits::MAX_ITEM_BYTES);
        let mut kept = 0;
        loop {
            let id = format!("i{kept}");
            if let Err(full) = nodes.admits_item("n", &config, &id, &payload) {
                assert_eq!(full, Full::Account);
                break;
            }
            nodes.put_item(&owner(), "n", &id, payload.clone());
            kept += 1;
        }
        assert!(nodes.bytes <= limits::MAX_PEP_BYTES_PER_ACCOUNT);
        assert_eq!(nodes.admits_item("n", &config, "i0", &payload), Ok(()));
        let larger = "x".repeat(limits::MAX_ITEM_BYTES + 1);
        assert_eq!(
            nodes.admits_item("n", &config, "i0", &larger),
            Err(Full::Payload)
        );
        let tags = "<x/>".repeat(limits::MAX_ITEM_TAGS + 1);
        assert_eq!(
            nodes.admits_item("n", &config, "i0", &tags),
            Err(Full::Payload)
        );
    }
}
