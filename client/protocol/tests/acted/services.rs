//! What the account's server does beyond passing stanzas on: service discovery, the archive,
//! copies, PEP, cards and the block list. It has none of it unless a test says so.

use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

/// What the server has.
#[derive(Default)]
pub(crate) struct Services {
    pub(crate) has_carbons: bool,
    pub(crate) carbons_are_enabled: bool,
    pub(crate) has_blocking: bool,
    pub(crate) has_pep: bool,
    pub(crate) has_cards: bool,
    pub(crate) converts_avatars: bool,
    /// Refuses publications with options until the node is configured.
    pub(crate) node_is_kept_otherwise: bool,
    /// Nodes that cannot be read or written now, whoever has them.
    pub(crate) troubled_nodes: BTreeSet<String>,
    pub(crate) archive: Option<Archive>,
    pub(crate) blocked: BTreeSet<String>,
    /// What is published, by owner and node.
    pub(crate) nodes: BTreeMap<(String, String), Vec<(String, Element)>>,
    /// Cards by owner.
    pub(crate) cards: BTreeMap<String, Element>,
}

/// The archive of the account.
pub(crate) struct Archive {
    /// The time.
    pub(crate) now: Timestamp,
    /// Names and messages, oldest first.
    pub(crate) entries: Vec<Entry>,
    /// How many entries it gives at a time, whatever it is asked for.
    pub(crate) page: usize,
    /// The entries up to this one have been thrown away.
    pub(crate) forgotten: usize,
    /// How often it was asked.
    pub(crate) queries: usize,
    /// Answers that make no sense.
    pub(crate) nonsense: Option<Nonsense>,
}

pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) stamp: Timestamp,
    pub(crate) message: Element,
}

/// How an archive can fail its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nonsense {
    /// Always the same page, and never the last one.
    SamePage,
    /// Pages without results, of which none is the last one.
    EmptyPages,
    /// Refuses every query.
    Refuses,
    /// Never answers.
    Silent,
}

impl Archive {
    pub(crate) fn new(page: usize) -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            entries: Vec::new(),
            page,
            forgotten: 0,
            queries: 0,
            nonsense: None,
        }
    }

    /// Keeps a message, and gives it a name.
    pub(crate) fn put(&mut self, message: &Element) -> String {
        let id = format!("a{}", self.entries.len());
        self.entries.push(Entry {
            id: id.clone(),
            stamp: self.now,
            message: message.clone(),
        });
        id
    }

    fn query(&mut self, iq_id: &str, query: &Element, account: &str) -> Vec<String> {
        self.queries += 1;
        let field = |name: &str| {
            let form = query.get_child("x", ns::DATA_FORMS)?;
            let field = form.children().find(|it| it.attr("var") == Some(name))?;
            Some(field.get_child("value", ns::DATA_FORMS)?.text())
        };
        assert_eq!(field("FORM_TYPE").as_deref(), Some(ns::ARCHIVE));
        let set = query.get_child("set", ns::RSM).unwrap();
        let text = |name: &str| set.get_child(name, ns::RSM).map(Element::text);
        let (after, before) = (text("after"), text("before"));
        match self.nonsense {
            Some(Nonsense::Silent) => return Vec::new(),
            Some(Nonsense::Refuses) => return vec![error(iq_id, "forbidden")],
            Some(Nonsense::EmptyPages) => {
                return vec![fin(iq_id, false, None, None)];
            }
            Some(Nonsense::SamePage) | None => {}
        }
        let known: Vec<&Entry> = self.entries.iter().skip(self.forgotten).collect();
        let place = |id: &Option<String>| {
            let id = id.as_ref().filter(|id| !id.is_empty())?;
            Some(known.iter().position(|entry| entry.id == *id))
        };
        let (start, end) = match (place(&after), place(&before)) {
            (Some(None), _) | (_, Some(None)) => return vec![error(iq_id, "item-not-found")],
            (after, before) => (
                after.flatten().map_or(0, |index| index + 1),
                before.flatten().unwrap_or(known.len()),
            ),
        };
        let with = field("with");
        let from: Option<Timestamp> = field("start").map(|time| time.parse().unwrap());
        let is_between = |entry: &&&Entry| {
            let side = |name| {
                let jid = entry.message.attr(name).unwrap_or(account);
                jid.split('/').next().unwrap().to_owned()
            };
            let is_with = with
                .as_ref()
                .is_none_or(|it| side("from") == *it || side("to") == *it);
            is_with && from.is_none_or(|from| entry.stamp >= from)
        };
        let found: Vec<&&Entry> = known[start..end].iter().filter(is_between).collect();
        let max: usize = text("max").unwrap().parse().unwrap();
        let count = found.len().min(max).min(self.page);
        let is_complete = count == found.len();
        let page = match before {
            Some(_) => &found[found.len() - count..],
            None => &found[..count],
        };
        let page: Vec<&Entry> = match self.nonsense {
            Some(_) => known.iter().take(3).copied().collect(),
            None => page.iter().map(|entry| **entry).collect(),
        };
        let query_id = query.attr("queryid").unwrap();
        let mut answers: Vec<String> = page
            .iter()
            .map(|entry| result(query_id, &entry.id, entry.stamp, &entry.message))
            .collect();
        let ends = (page.first(), page.last());
        answers.push(fin(
            iq_id,
            is_complete && self.nonsense.is_none(),
            ends.0.map(|it| it.id.as_str()),
            ends.1.map(|it| it.id.as_str()),
        ));
        answers
    }
}

/// A result as an archive sends it.
pub(crate) fn result(query_id: &str, id: &str, stamp: Timestamp, message: &Element) -> String {
    let message = String::from(message);
    format!(
        "<message><result xmlns='urn:xmpp:mam:2' queryid='{query_id}' id='{id}'>\
         <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>\
         {message}</forwarded></result></message>"
    )
}

fn fin(iq_id: &str, complete: bool, first: Option<&str>, last: Option<&str>) -> String {
    let end = |name: &str, id: Option<&str>| {
        id.map(|id| format!("<{name}>{id}</{name}>"))
            .unwrap_or_default()
    };
    let (first, last) = (end("first", first), end("last", last));
    format!(
        "<iq type='result' id='{iq_id}'><fin xmlns='urn:xmpp:mam:2' complete='{complete}'>\
         <set xmlns='http://jabber.org/protocol/rsm'>{first}{last}</set></fin></iq>"
    )
}

pub(crate) fn error(id: &str, condition: &str) -> String {
    format!(
        "<iq type='error' id='{id}'><error type='cancel'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
}

impl Services {
    /// Everything that a server can have.
    pub(crate) fn all(page: usize) -> Self {
        Self {
            has_carbons: true,
            has_blocking: true,
            has_pep: true,
            has_cards: true,
            converts_avatars: true,
            archive: Some(Archive::new(page)),
            ..Self::default()
        }
    }

    /// What the server says to an iq, if it knows what it asks for.
    pub(crate) fn iq(&mut self, iq: &Element, account: &str, domain: &str) -> Option<Vec<String>> {
        let id = iq.attr("id").unwrap();
        let to = iq.attr("to").unwrap_or(account);
        let query = iq.children().next().unwrap();
        let is_set = iq.attr("type") == Some("set");
        let done = || Some(vec![format!("<iq type='result' id='{id}' from='{to}'/>")]);
        match (query.name(), query.ns().as_str()) {
            ("query", ns::DISCO_INFO) => Some(vec![self.info(id, to, account, domain)]),
            ("enable", ns::CARBONS) if self.has_carbons => {
                self.carbons_are_enabled = true;
                done()
            }
            ("query", ns::ARCHIVE) => Some(self.archive.as_mut()?.query(id, query, account)),
            ("blocklist", ns::BLOCKING) if self.has_blocking => {
                let item = |jid: &String| format!("<item jid='{jid}'/>");
                let items: String = self.blocked.iter().map(item).collect();
                let list = format!("<blocklist xmlns='urn:xmpp:blocking'>{items}</blocklist>");
                Some(vec![format!("<iq type='result' id='{id}'>{list}</iq>")])
            }
            ("block" | "unblock", ns::BLOCKING) if self.has_blocking => {
                for item in query.children() {
                    let jid = item.attr("jid").unwrap().to_owned();
                    match query.name() {
                        "block" => self.blocked.insert(jid),
                        _ => self.blocked.remove(&jid),
                    };
                }
                let push = String::from(query);
                Some(vec![
                    format!("<iq type='set' id='push'>{push}</iq>"),
                    format!("<iq type='result' id='{id}'/>"),
                ])
            }
            ("vCard", ns::VCARD_TEMP) if self.has_cards && is_set => {
                self.cards.insert(account.to_owned(), query.clone());
                done()
            }
            ("vCard", ns::VCARD_TEMP) if self.has_cards => Some(vec![match self.cards.get(to) {
                Some(card) => {
                    let card = String::from(card);
                    format!("<iq type='result' id='{id}' from='{to}'>{card}</iq>")
                }
                None => error(id, "item-not-found"),
            }]),
            ("pubsub", ns::PUBSUB_OWNER) if self.has_pep => {
                self.node_is_kept_otherwise = false;
                done()
            }
            ("pubsub", ns::PUBSUB) if self.has_pep => Some(self.pubsub(id, to, query, account)),
            _ => None,
        }
    }

    fn info(&self, id: &str, to: &str, account: &str, domain: &str) -> String {
        let mut features = Vec::new();
        let mut identity = "<identity category='account' type='registered'/>".to_owned();
        if to == domain {
            features.extend(self.has_carbons.then_some(ns::CARBONS));
            features.extend(self.has_blocking.then_some(ns::BLOCKING));
            features.extend(self.has_cards.then_some(ns::VCARD_TEMP));
        } else if to == account {
            features.extend(self.archive.as_ref().map(|_| ns::ARCHIVE));
            features.extend(self.converts_avatars.then_some(ns::AVATAR_CONVERSION));
            if self.has_pep {
                features.push(ns::PUBLISH_OPTIONS);
                identity.push_str("<identity category='pubsub' type='pep'/>");
            }
        }
        let feature = |name: &&str| format!("<feature var='{name}'/>");
        let features: String = features.iter().map(feature).collect();
        format!(
            "<iq type='result' id='{id}' from='{to}'>\
             <query xmlns='http://jabber.org/protocol/disco#info'>{identity}{features}</query></iq>"
        )
    }

    fn pubsub(&mut self, id: &str, to: &str, query: &Element, account: &str) -> Vec<String> {
        let asked = query.children().next().and_then(|it| it.attr("node"));
        if asked.is_some_and(|node| self.troubled_nodes.contains(node)) {
            return vec![format!(
                "<iq type='error' id='{id}' from='{to}'><error type='wait'>\
                 <resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )];
        }
        if let Some(publish) = query.get_child("publish", ns::PUBSUB) {
            if query.has_child("publish-options", ns::PUBSUB) && self.node_is_kept_otherwise {
                return vec![format!(
                    "<iq type='error' id='{id}'><error type='cancel'>\
                     <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
                     <precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/>\
                     </error></iq>"
                )];
            }
            let node = publish.attr("node").unwrap();
            let item = publish.get_child("item", ns::PUBSUB).unwrap();
            let item_id = item.attr("id").unwrap();
            let payload = item.children().next().unwrap();
            self.publish(account, node, item_id, payload);
            let news = news(account, node, item_id, payload);
            return vec![format!("<iq type='result' id='{id}'/>"), news];
        }
        let items = query.get_child("items", ns::PUBSUB).unwrap();
        let node = items.attr("node").unwrap();
        let wanted = items
            .get_child("item", ns::PUBSUB)
            .and_then(|it| it.attr("id"));
        let Some(known) = self.nodes.get(&(to.to_owned(), node.to_owned())) else {
            return vec![format!(
                "<iq type='error' id='{id}' from='{to}'><error type='cancel'>\
                 <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )];
        };
        let found: String = known
            .iter()
            .filter(|(item_id, _)| wanted.is_none_or(|wanted| wanted == item_id))
            .map(|(item_id, payload)| {
                format!("<item id='{item_id}'>{}</item>", String::from(payload))
            })
            .collect();
        vec![format!(
            "<iq type='result' id='{id}' from='{to}'>\
             <pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <items node='{node}'>{found}</items></pubsub></iq>"
        )]
    }

    /// Keeps what somebody has published.
    pub(crate) fn publish(&mut self, owner: &str, node: &str, item_id: &str, payload: &Element) {
        let key = (owner.to_owned(), node.to_owned());
        let items = self.nodes.entry(key).or_default();
        items.retain(|(id, _)| id != item_id);
        items.push((item_id.to_owned(), payload.clone()));
    }

    /// The items of a node, by name.
    pub(crate) fn node(&self, owner: &str, node: &str) -> BTreeMap<String, Element> {
        let items = self.nodes.get(&(owner.to_owned(), node.to_owned()));
        items.cloned().unwrap_or_default().into_iter().collect()
    }
}

/// The news of one item.
pub(crate) fn news(owner: &str, node: &str, item_id: &str, payload: &Element) -> String {
    let payload = String::from(payload);
    format!(
        "<message type='headline' from='{owner}'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='{node}'><item id='{item_id}'>{payload}</item></items></event></message>"
    )
}
