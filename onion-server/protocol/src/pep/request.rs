//! What somebody asks of a publish-subscribe service, read strictly.

use onym_stream::{Element, ns};

use super::reading::Reading;
use crate::form::{self, Form};
use crate::result_set::ResultSet;
use crate::stanza::{self, Condition, Detail, Refusal};

/// A request.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    /// XEP-0060 §7.1: publish an item.
    Publish {
        /// The node.
        node: String,
        /// The item's id, if the publisher gives one.
        id: Option<String>,
        /// The payload as XML.
        xml: String,
        /// What the node must be like (§7.1.5).
        options: Option<Form>,
    },
    /// §7.2: take items back.
    Retract {
        /// The node.
        node: String,
        /// The items.
        ids: Vec<String>,
        /// Whether subscribers hear of it in any case.
        notify: bool,
    },
    /// §6.5: read items.
    Items(Reading),
    /// §8.1: make a node.
    Create {
        /// The node.
        node: String,
        /// Its configuration, where it is to be another than the default.
        form: Option<Form>,
    },
    /// §8.3: show the default configuration.
    Default,
    /// §8.2.1: show a node's configuration.
    Configuration {
        /// The node.
        node: String,
    },
    /// §8.2.4: configure a node.
    Configure {
        /// The node.
        node: String,
        /// How.
        form: Form,
    },
    /// §8.4: delete a node.
    Delete {
        /// The node.
        node: String,
    },
    /// §8.5: remove all items of a node.
    Purge {
        /// The node.
        node: String,
    },
}

fn detailed(condition: Condition, name: &'static str) -> Refusal {
    Refusal::with(condition, name, ns::PUBSUB_ERRORS)
}

fn unsupported(feature: &'static str) -> Refusal {
    Refusal {
        condition: Condition::FeatureNotImplemented,
        detail: Some(Detail {
            name: "unsupported",
            namespace: ns::PUBSUB_ERRORS,
            feature: Some(feature),
        }),
    }
}

impl Request {
    /// Reads a `<pubsub/>`, in either namespace, of an IQ of a type.
    pub(crate) fn parse(kind: Option<&str>, pubsub: &Element) -> Result<Self, Refusal> {
        let set = kind == Some("set");
        let Some(action) = pubsub.children().next() else {
            return Err(Condition::BadRequest.into());
        };
        if action.ns() != pubsub.ns() {
            return Err(Condition::BadRequest.into());
        }
        let owner = pubsub.has_ns(ns::PUBSUB_OWNER);
        match (owner, set, action.name()) {
            (false, true, "publish") => Self::publish(pubsub, action),
            (false, true, "retract") => Self::retract(action),
            (false, false, "items") => Self::items(pubsub, action),
            (false, true, "create") => Self::create(pubsub, action),
            (true, false, "default") => Ok(Self::Default),
            (true, false, "configure") => Ok(Self::Configuration {
                node: node(action)?,
            }),
            (true, true, "configure") => Ok(Self::Configure {
                node: node(action)?,
                form: Form::inside(action).ok_or(Condition::BadRequest)?,
            }),
            (true, true, "delete") => Ok(Self::Delete {
                node: node(action)?,
            }),
            (true, true, "purge") => Ok(Self::Purge {
                node: node(action)?,
            }),
            (false, true, "subscribe" | "unsubscribe") => Err(unsupported("subscribe")),
            (false, _, "options") => Err(unsupported("subscription-options")),
            (false, _, "subscriptions") => Err(unsupported("retrieve-subscriptions")),
            (false, _, "affiliations") => Err(unsupported("retrieve-affiliations")),
            (false, _, "default") => Err(unsupported("retrieve-default-sub")),
            (true, _, "subscriptions") => Err(unsupported("manage-subscriptions")),
            (true, _, "affiliations") => Err(unsupported("modify-affiliations")),
            _ => Err(Condition::BadRequest.into()),
        }
    }

    fn publish(pubsub: &Element, publish: &Element) -> Result<Self, Refusal> {
        let node = node(publish)?;
        let mut items = items_of(publish);
        let item = items
            .next()
            .ok_or(detailed(Condition::BadRequest, "item-required"))?;
        // Clients expect one item in an event, and publish one.
        if items.next().is_some() {
            return Err(Condition::BadRequest.into());
        }
        let mut payloads = item.children();
        let payload = payloads
            .next()
            .ok_or(detailed(Condition::BadRequest, "payload-required"))?;
        if payloads.next().is_some() {
            return Err(detailed(Condition::BadRequest, "invalid-payload"));
        }
        let options = pubsub.get_child("publish-options", ns::PUBSUB);
        Ok(Self::Publish {
            node,
            id: id_of(item),
            xml: stanza::to_xml(payload),
            options: options.and_then(Form::inside),
        })
    }

    fn retract(retract: &Element) -> Result<Self, Refusal> {
        let node = node(retract)?;
        let ids: Option<Vec<_>> = items_of(retract).map(id_of).collect();
        let ids = ids.filter(|ids| !ids.is_empty());
        let notify = retract.attr("notify").and_then(form::parse_boolean);
        Ok(Self::Retract {
            node,
            ids: ids.ok_or(detailed(Condition::BadRequest, "item-required"))?,
            notify: notify.unwrap_or(false),
        })
    }

    fn items(pubsub: &Element, items: &Element) -> Result<Self, Refusal> {
        // As many as there are, in the word that a node's configuration has for it.
        let max = items.attr("max_items").filter(|max| *max != "max");
        let paged = pubsub.has_child("set", ns::RSM);
        Ok(Self::Items(Reading {
            node: node(items)?,
            ids: items_of(items).filter_map(id_of).collect(),
            max: max
                .map(str::parse)
                .transpose()
                .map_err(|_| Condition::BadRequest)?,
            page: paged.then(|| ResultSet::of(pubsub)).transpose()?,
        }))
    }

    fn create(pubsub: &Element, create: &Element) -> Result<Self, Refusal> {
        // §8.1.2: this server "does not support instant nodes".
        let node = create.attr("node").filter(|node| !node.is_empty());
        Ok(Self::Create {
            node: node
                .ok_or(detailed(Condition::NotAcceptable, "nodeid-required"))?
                .to_owned(),
            form: pubsub
                .get_child("configure", ns::PUBSUB)
                .and_then(Form::inside),
        })
    }
}

fn node(element: &Element) -> Result<String, Refusal> {
    let node = element.attr("node").filter(|node| !node.is_empty());
    let missing = detailed(Condition::BadRequest, "nodeid-required");
    Ok(node.ok_or(missing)?.to_owned())
}

fn items_of(parent: &Element) -> impl Iterator<Item = &Element> {
    parent
        .children()
        .filter(|child| child.is("item", ns::PUBSUB))
}

fn id_of(item: &Element) -> Option<String> {
    item.attr("id")
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: &str, namespace: &str, inner: &str) -> Result<Request, Refusal> {
        let pubsub = format!("<pubsub xmlns='{namespace}'>{inner}</pubsub>");
        Request::parse(Some(kind), &pubsub.parse().unwrap())
    }

    #[test]
    fn what_is_missing_is_named() {
        for (inner, condition, detail) in [
            ("<publish/>", Condition::BadRequest, "nodeid-required"),
            (
                "<publish node=''/>",
                Condition::BadRequest,
                "nodeid-required",
            ),
            (
                "<publish node='n'/>",
                Condition::BadRequest,
                "item-required",
            ),
            (
                "<publish node='n'><item/></publish>",
                Condition::BadRequest,
                "payload-required",
            ),
            (
                "<publish node='n'><item><a xmlns='a'/><b xmlns='b'/></item></publish>",
                Condition::BadRequest,
                "invalid-payload",
            ),
            (
                "<retract node='n'><item/></retract>",
                Condition::BadRequest,
                "item-required",
            ),
            (
                "<retract node='n'/>",
                Condition::BadRequest,
                "item-required",
            ),
            ("<create/>", Condition::NotAcceptable, "nodeid-required"),
            (
                "<subscribe node='n' jid='a@b'/>",
                Condition::FeatureNotImplemented,
                "unsupported",
            ),
            (
                "<unsubscribe node='n' jid='a@b'/>",
                Condition::FeatureNotImplemented,
                "unsupported",
            ),
        ] {
            let refusal = parse("set", ns::PUBSUB, inner).unwrap_err();
            assert_eq!(refusal.condition, condition, "{inner}");
            assert_eq!(refusal.detail.map(|d| d.name), Some(detail), "{inner}");
        }
        for (kind, namespace, inner) in [
            ("set", ns::PUBSUB, ""),
            ("set", ns::PUBSUB, "<publish xmlns='urn:x' node='n'/>"),
            (
                "get",
                ns::PUBSUB,
                "<publish node='n'><item><a xmlns='a'/></item></publish>",
            ),
            ("set", ns::PUBSUB, "<items node='n'/>"),
            ("get", ns::PUBSUB, "<items node='n' max_items='-1'/>"),
            ("set", ns::PUBSUB_OWNER, "<configure node='n'/>"),
            ("get", ns::PUBSUB_OWNER, "<delete node='n'/>"),
            (
                "set",
                ns::PUBSUB,
                "<publish node='n'><item><a xmlns='a'/></item><item><a xmlns='a'/></item></publish>",
            ),
        ] {
            let refusal = parse(kind, namespace, inner).unwrap_err();
            assert_eq!(refusal, Condition::BadRequest.into(), "{inner}");
        }
    }

    #[test]
    fn the_number_of_items_may_be_the_word_max() {
        let request = parse("get", ns::PUBSUB, "<items node='n' max_items='max'/>").unwrap();
        let Request::Items(Reading { max, ids, .. }) = request else {
            panic!("not items: {request:?}");
        };
        assert_eq!((max, ids), (None, vec![]));
    }
}
