//! Small things that a person publishes on their own account, and the news of them.

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::data_form;

/// How many items of one event or answer are read. A node that we follow has one, but for the
/// displayed states, of which there is one for each conversation.
pub(crate) const MAX_ITEMS: usize = 1_000;

/// The longest name of an item that is read, in bytes: an address at the longest.
const MAX_ITEM_ID_BYTES: usize = 3_071;

/// How a node has to be kept, if it is not as the server likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeOptions {
    /// Only for our own clients (XEP-0223), and each item stays, not only the newest.
    PrivateList,
    /// For everybody, strangers too, and only the newest item stays.
    OpenItem,
    /// For everybody, strangers too, and each item stays.
    OpenList,
}

impl NodeOptions {
    fn fields(self) -> Vec<Element> {
        let fields: &[(&str, &str)] = match self {
            Self::PrivateList => &[
                ("pubsub#persist_items", "true"),
                ("pubsub#access_model", "whitelist"),
                ("pubsub#max_items", "max"),
                ("pubsub#send_last_published_item", "never"),
            ],
            Self::OpenItem => &[
                ("pubsub#persist_items", "true"),
                ("pubsub#access_model", "open"),
            ],
            Self::OpenList => &[
                ("pubsub#persist_items", "true"),
                ("pubsub#access_model", "open"),
                ("pubsub#max_items", "max"),
            ],
        };
        fields
            .iter()
            .map(|(name, value)| data_form::field(name, value))
            .collect()
    }
}

/// Publishes an item. With options the server refuses it if the node is kept otherwise.
pub(crate) fn publish(
    node: &str,
    item_id: &str,
    payload: Element,
    options: Option<NodeOptions>,
) -> Element {
    let mut item = Element::bare("item", ns::PUBSUB).with_attribute("id", item_id);
    item.append_child(payload);
    let mut publish = Element::bare("publish", ns::PUBSUB).with_attribute("node", node);
    publish.append_child(item);
    let mut pubsub = Element::bare("pubsub", ns::PUBSUB);
    pubsub.append_child(publish);
    if let Some(options) = options {
        let mut form = data_form::submission(ns::PUBLISH_OPTIONS);
        for field in options.fields() {
            form.append_child(field);
        }
        let mut element = Element::bare("publish-options", ns::PUBSUB);
        element.append_child(form);
        pubsub.append_child(element);
    }
    pubsub
}

/// Takes an item back.
pub(crate) fn retract(node: &str, item_id: &str) -> Element {
    let mut retract = Element::bare("retract", ns::PUBSUB).with_attribute("node", node);
    retract.append_child(Element::bare("item", ns::PUBSUB).with_attribute("id", item_id));
    let mut pubsub = Element::bare("pubsub", ns::PUBSUB);
    pubsub.append_child(retract);
    pubsub
}

/// Changes how a node of ours is kept.
pub(crate) fn configure(node: &str, options: NodeOptions) -> Element {
    let mut form = data_form::submission(ns::NODE_CONFIG);
    for field in options.fields() {
        form.append_child(field);
    }
    let mut configure = Element::bare("configure", ns::PUBSUB_OWNER).with_attribute("node", node);
    configure.append_child(form);
    let mut pubsub = Element::bare("pubsub", ns::PUBSUB_OWNER);
    pubsub.append_child(configure);
    pubsub
}

/// Whether a publication was refused because the node is kept otherwise than we want it (XEP-0060,
/// section 7.1.5).
pub(crate) fn is_kept_otherwise(answer: &Element) -> bool {
    answer
        .get_child("error", ns::CLIENT)
        .is_some_and(|error| error.has_child("precondition-not-met", ns::PUBSUB_ERRORS))
}

/// Asks for one item of a node, or for all of them.
pub(crate) fn get(node: &str, item_id: Option<&str>) -> Element {
    let mut items = Element::bare("items", ns::PUBSUB).with_attribute("node", node);
    if let Some(id) = item_id {
        items.append_child(Element::bare("item", ns::PUBSUB).with_attribute("id", id));
    }
    let mut pubsub = Element::bare("pubsub", ns::PUBSUB);
    pubsub.append_child(items);
    pubsub
}

/// An item of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Item<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) payload: &'a Element,
}

/// The items in an answer, if they are of this node.
pub(crate) fn items<'a>(answer: &'a Element, node: &str) -> Vec<Item<'a>> {
    answer
        .get_child("pubsub", ns::PUBSUB)
        .and_then(|pubsub| pubsub.get_child("items", ns::PUBSUB))
        .filter(|items| items.attr("node") == Some(node))
        .map(|items| read_items(items, ns::PUBSUB))
        .unwrap_or_default()
}

/// The news of one node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) node: &'a str,
    pub(crate) items: Vec<Item<'a>>,
}

/// Whether a message claims to carry news.
pub(crate) fn is_event(message: &Element) -> bool {
    message.has_child("event", ns::PUBSUB_EVENT)
}

/// The news in a message. Whose they are has to be checked.
pub(crate) fn event(message: &Element) -> Option<Event<'_>> {
    let items = message
        .get_child("event", ns::PUBSUB_EVENT)?
        .get_child("items", ns::PUBSUB_EVENT)?;
    Some(Event {
        node: items.attr("node")?,
        items: read_items(items, ns::PUBSUB_EVENT),
    })
}

fn read_items<'a>(items: &'a Element, namespace: &str) -> Vec<Item<'a>> {
    items
        .children()
        .filter(|child| child.is("item", namespace))
        .filter_map(|item| {
            Some(Item {
                id: item.attr("id").filter(|id| id.len() <= MAX_ITEM_ID_BYTES),
                payload: item.children().next()?,
            })
        })
        .take(MAX_ITEMS)
        .collect()
}

/// Whether our account can publish, and whether it can be told how a node is to be kept. From the
/// answer of our own bare address (XEP-0163, section 6.1).
pub(crate) fn is_identity(identity: &Element) -> bool {
    identity.attr("category") == Some("pubsub") && identity.attr("type") == Some("pep")
}

/// The address in the name of an item.
pub(crate) fn jid_of(item: &Item<'_>) -> Option<BareJid> {
    BareJid::new(item.id?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_node_says_so() {
        let payload = Element::bare("x", "test");
        let options = Some(NodeOptions::PrivateList);
        let xml = publish("test:node", "id", payload, options);
        let form = xml
            .get_child("publish-options", ns::PUBSUB)
            .and_then(|options| options.get_child("x", ns::DATA_FORMS))
            .unwrap();
        let value = |name: &str| {
            let field = form.children().find(|it| it.attr("var") == Some(name));
            field
                .unwrap()
                .get_child("value", ns::DATA_FORMS)
                .unwrap()
                .text()
        };
        assert_eq!(value("FORM_TYPE"), ns::PUBLISH_OPTIONS);
        assert_eq!(value("pubsub#access_model"), "whitelist");
        assert_eq!(value("pubsub#persist_items"), "true");
        assert_eq!(value("pubsub#max_items"), "max");
        assert_eq!(value("pubsub#send_last_published_item"), "never");
    }

    #[test]
    fn items_are_of_the_node_that_was_asked_for() {
        let xml = "<iq xmlns='jabber:client'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
            <items node='n'><item id='a'><x xmlns='t'/></item><item id='empty'/>\
            <odd/><item><y xmlns='t'/></item></items></pubsub></iq>";
        let answer: Element = xml.parse().unwrap();
        let ids: Vec<Option<&str>> = items(&answer, "n").iter().map(|item| item.id).collect();
        assert_eq!(ids, [Some("a"), None]);
        assert!(items(&answer, "other").is_empty());
    }

    #[test]
    fn an_event_has_a_node() {
        let event_of = |inner: &str| -> Option<usize> {
            let xml = format!(
                "<message xmlns='jabber:client'>\
                 <event xmlns='http://jabber.org/protocol/pubsub#event'>{inner}</event></message>"
            );
            let message: Element = xml.parse().unwrap();
            assert!(is_event(&message));
            event(&message).map(|event| event.items.len())
        };
        assert_eq!(event_of(""), None);
        assert_eq!(event_of("<items/>"), None);
        assert_eq!(
            event_of("<items node='n'><retract id='a'/></items>"),
            Some(0)
        );
        assert_eq!(
            event_of("<items node='n'><item id='a'><x/></item></items>"),
            Some(1)
        );
        let many = "<item id='a'><x/></item>".repeat(MAX_ITEMS + 1);
        assert_eq!(
            event_of(&format!("<items node='n'>{many}</items>")),
            Some(MAX_ITEMS)
        );
    }

    #[test]
    fn only_one_refusal_is_about_the_options() {
        let refused = |inner: &str| {
            let xml = format!("<iq xmlns='jabber:client' type='error'><error>{inner}</error></iq>");
            is_kept_otherwise(&xml.parse().unwrap())
        };
        let condition = "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
        assert!(!refused(condition));
        assert!(refused(&format!(
            "{condition}<precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/>"
        )));
    }
}
