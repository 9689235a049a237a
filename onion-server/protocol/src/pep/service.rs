//! The requests of XEP-0060, carried out.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use super::access::{Reader, access};
use super::config::NodeConfig;
use super::notify::Event;
use super::reading::Reading;
use super::request::Request;
use crate::context::Context;
use crate::form::Form;
use crate::server::Server;
use crate::stanza::{Build, Condition, Refusal};

type Answer = Result<Option<Element>, Refusal>;

/// What is published.
#[derive(Debug)]
pub(crate) struct Publication<'a> {
    pub(crate) node: &'a str,
    pub(crate) id: &'a str,
    /// The payload as XML.
    pub(crate) xml: String,
    /// What the node is to be like.
    pub(crate) options: Option<&'a Form>,
}

fn precondition_not_met() -> Refusal {
    Refusal::with(
        Condition::Conflict,
        "precondition-not-met",
        ns::PUBSUB_ERRORS,
    )
}

impl Server {
    /// A request of a client of the account's own.
    pub(crate) fn pubsub_of_owner(
        &mut self,
        bare: &BareJid,
        iq: &Element,
        pubsub: &Element,
        cx: &mut Context<'_>,
    ) -> Answer {
        match Request::parse(iq.attr("type"), pubsub)? {
            Request::Publish {
                node,
                id,
                xml,
                options,
            } => {
                let id = id.unwrap_or_else(|| cx.random_id());
                let publication = Publication {
                    node: &node,
                    id: &id,
                    xml,
                    options: options.as_ref(),
                };
                self.publish(bare, publication, cx)?;
                Ok(Some(published(&node, &id)))
            }
            Request::Retract { node, ids, notify } => self.retract(bare, &node, &ids, notify, cx),
            Request::Items(reading) => self.items(bare, Reader::Owner, &reading),
            Request::Create { node, form } => self.create(bare, &node, form.as_ref(), cx),
            Request::Default => {
                let mut default = Element::bare("default", ns::PUBSUB_OWNER);
                default.append_child(NodeConfig::default().to_form());
                Ok(Some(pubsub_of(ns::PUBSUB_OWNER, default)))
            }
            Request::Configuration { node } => {
                let config = self.config(bare, &node)?;
                let mut configure = Element::bare("configure", ns::PUBSUB_OWNER);
                configure.set("node", &node);
                configure.append_child(config.to_form());
                Ok(Some(pubsub_of(ns::PUBSUB_OWNER, configure)))
            }
            Request::Configure { node, form } => self.configure(bare, &node, &form, cx),
            Request::Delete { node } => {
                let config = self.config(bare, &node)?;
                let changes = self
                    .accounts
                    .get_mut(bare)
                    .map(|account| account.nodes.remove_node(bare, &node));
                changes.into_iter().flatten().for_each(|c| cx.commit(c));
                if config.notify_delete {
                    self.notify(bare, &node, &config, &Event::Deleted, cx);
                }
                self.avatar_changed(bare, &node, cx);
                Ok(None)
            }
            Request::Purge { node } => {
                let config = self.config(bare, &node)?;
                let changes = self
                    .accounts
                    .get_mut(bare)
                    .map(|account| account.nodes.purge(bare, &node));
                changes.into_iter().flatten().for_each(|c| cx.commit(c));
                self.notify(bare, &node, &config, &Event::Purged, cx);
                self.avatar_changed(bare, &node, cx);
                Ok(None)
            }
        }
    }

    /// A request of somebody else's. They may read what is readable for them, and nothing more.
    pub(crate) fn pubsub_of_other(
        &mut self,
        bare: &BareJid,
        from: &Jid,
        iq: &Element,
        pubsub: &Element,
    ) -> Answer {
        match Request::parse(iq.attr("type"), pubsub)? {
            Request::Items(reading) => self.items(bare, self.reader(bare, from), &reading),
            _ => Err(Condition::Forbidden.into()),
        }
    }

    /// What somebody is to an account.
    pub(crate) fn reader(&self, bare: &BareJid, from: &Jid) -> Reader {
        let sender = from.to_bare();
        let account = self.accounts.get(bare);
        if sender == *bare {
            Reader::Owner
        } else if account.is_some_and(|account| account.shares_presence_with(&sender)) {
            Reader::Subscriber
        } else {
            Reader::Stranger
        }
    }

    /// §7.1: keeps an item, makes its node if there is none, and tells everybody who wants to hear
    /// of it.
    pub(crate) fn publish(
        &mut self,
        bare: &BareJid,
        publication: Publication<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let Publication {
            node,
            id,
            xml,
            options,
        } = publication;
        let account = self.accounts.get_mut(bare).ok_or(Condition::Forbidden)?;
        let present = account.nodes.get(node).map(|node| node.config.clone());
        let made = present.is_none();
        let config = match (present, options) {
            (Some(config), Some(options)) if !config.meets(options) => {
                return Err(precondition_not_met());
            }
            (Some(config), _) => config,
            (None, None) => NodeConfig::default(),
            (None, Some(options)) => {
                NodeConfig::default()
                    .with_options(options)
                    .map_err(|fault| match fault {
                        super::config::ConfigFault::AccessModel(_) => fault.into(),
                        _ => precondition_not_met(),
                    })?
            }
        };
        account.nodes.admits_item(node, &config, id, &xml)?;
        let mut changes = Vec::new();
        if made {
            changes.extend(account.nodes.put_node(bare, node, config.clone())?);
        }
        if config.persist_items {
            changes.extend(account.nodes.put_item(bare, node, id, xml.clone()));
        }
        changes.into_iter().for_each(|change| cx.commit(change));
        self.notify(bare, node, &config, &Event::Published(id, &xml), cx);
        self.avatar_changed(bare, node, cx);
        Ok(())
    }

    fn retract(
        &mut self,
        bare: &BareJid,
        name: &str,
        ids: &[String],
        notify: bool,
        cx: &mut Context<'_>,
    ) -> Answer {
        let config = self.config(bare, name)?;
        let account = self.accounts.get_mut(bare).ok_or(Condition::Forbidden)?;
        let node = account.nodes.get(name);
        // All or nothing, so that an error means that nothing has happened.
        if !ids
            .iter()
            .all(|id| node.is_some_and(|node| node.item(id).is_some()))
        {
            return Err(Condition::ItemNotFound.into());
        }
        for id in ids {
            if let Some(change) = account.nodes.remove_item(bare, name, id) {
                cx.commit(change);
            }
        }
        if notify || config.notify_retract {
            for id in ids {
                self.notify(bare, name, &config, &Event::Retracted(id), cx);
            }
        }
        self.avatar_changed(bare, name, cx);
        Ok(None)
    }

    /// §6.5: the items that somebody may read.
    fn items(&self, bare: &BareJid, reader: Reader, reading: &Reading) -> Answer {
        let node = self
            .accounts
            .get(bare)
            .and_then(|account| account.nodes.get(&reading.node))
            .ok_or(Condition::ItemNotFound)?;
        access(node.config.access_model, reader).allowed?;
        Ok(Some(reading.answer(node)?))
    }

    fn create(
        &mut self,
        bare: &BareJid,
        name: &str,
        form: Option<&Form>,
        cx: &mut Context<'_>,
    ) -> Answer {
        let account = self.accounts.get_mut(bare).ok_or(Condition::Forbidden)?;
        // §8.1.2: "the service MUST respond with a <conflict/> error".
        if account.nodes.get(name).is_some() {
            return Err(Condition::Conflict.into());
        }
        let config = match form {
            Some(form) => NodeConfig::default().configured(form)?,
            None => NodeConfig::default(),
        };
        let changes = account.nodes.put_node(bare, name, config)?;
        changes.into_iter().for_each(|change| cx.commit(change));
        Ok(None)
    }

    fn configure(
        &mut self,
        bare: &BareJid,
        name: &str,
        form: &Form,
        cx: &mut Context<'_>,
    ) -> Answer {
        let before = self.config(bare, name)?;
        // XEP-0004 §3.1: the form has been cancelled.
        if form.cancelled {
            return Ok(None);
        }
        let config = before.configured(form)?;
        if config == before {
            return Ok(None);
        }
        let account = self.accounts.get_mut(bare).ok_or(Condition::Forbidden)?;
        let changes = account.nodes.put_node(bare, name, config.clone())?;
        changes.into_iter().for_each(|change| cx.commit(change));
        if config.notify_config {
            self.notify(bare, name, &config, &Event::Configured, cx);
        }
        self.avatar_changed(bare, name, cx);
        Ok(None)
    }

    fn config(&self, bare: &BareJid, name: &str) -> Result<NodeConfig, Refusal> {
        let account = self.accounts.get(bare);
        let node = account.and_then(|account| account.nodes.get(name));
        Ok(node.ok_or(Condition::ItemNotFound)?.config.clone())
    }
}

fn pubsub_of(namespace: &str, child: Element) -> Element {
    let mut pubsub = Element::bare("pubsub", namespace);
    pubsub.append_child(child);
    pubsub
}

/// §7.1.2: the answer names the node and the item.
fn published(node: &str, id: &str) -> Element {
    let mut item = Element::bare("item", ns::PUBSUB);
    item.set("id", id);
    let mut publish = Element::bare("publish", ns::PUBSUB);
    publish.set("node", node);
    publish.append_child(item);
    pubsub_of(ns::PUBSUB, publish)
}
