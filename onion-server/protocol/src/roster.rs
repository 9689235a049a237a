//! RFC 6121 §2: the roster.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use onym_stream::{Element, ns};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::stanza::{Build, Condition};
use crate::subscription::Subscription;

/// An account's contacts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    /// Grows with every change (RFC 6121 §2.6, roster versioning).
    pub version: u64,
    /// The contacts, and those who only have asked to become one.
    pub items: BTreeMap<BareJid, RosterItem>,
}

/// A contact, or somebody who has asked to become one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RosterItem {
    /// Who.
    pub jid: BareJid,
    /// What the owner calls them.
    pub name: Option<String>,
    /// The groups they are in.
    pub groups: BTreeSet<String>,
    /// What has been agreed.
    pub subscription: Subscription,
    /// Whether the owner's clients see the item. A stranger's request makes an item that is not
    /// listed (RFC 6121 §3.1.3: "MUST NOT push or deliver roster items in that state").
    pub listed: bool,
    /// A request that waits for the owner's answer: the presence stanza as XML.
    pub request: Option<String>,
}

impl RosterItem {
    /// An item without anything agreed, not listed.
    #[must_use]
    pub fn new(jid: BareJid) -> Self {
        Self {
            jid,
            name: None,
            groups: BTreeSet::new(),
            subscription: Subscription::default(),
            listed: false,
            request: None,
        }
    }

    /// The item as a client sees it.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut item = Element::bare("item", ns::ROSTER);
        item.set("jid", self.jid.as_str());
        item.set("subscription", self.subscription.attribute());
        if let Some(name) = &self.name {
            item.set("name", name);
        }
        if self.subscription.pending_out {
            item.set("ask", "subscribe");
        }
        if self.subscription.approved {
            item.set("approved", "true");
        }
        for group in &self.groups {
            let mut element = Element::bare("group", ns::ROSTER);
            element.append_text(group.as_str());
            item.append_child(element);
        }
        item
    }
}

/// What a client asks for with a roster set (RFC 6121 §2.3–§2.5).
#[derive(Debug, PartialEq)]
pub enum RosterSet {
    /// Adds a contact or changes its name and groups.
    Update {
        /// Who.
        jid: BareJid,
        /// The new name.
        name: Option<String>,
        /// The new groups.
        groups: BTreeSet<String>,
    },
    /// Removes a contact and every subscription with it.
    Remove {
        /// Who.
        jid: BareJid,
    },
}

impl RosterSet {
    /// Reads a `<query/>`.
    ///
    /// # Errors
    /// The condition that the client is told (RFC 6121 §2.3.3).
    pub fn parse(query: &Element) -> Result<Self, Condition> {
        let mut items = query
            .children()
            .filter(|child| child.is("item", ns::ROSTER));
        let (Some(item), None) = (items.next(), items.next()) else {
            return Err(Condition::BadRequest);
        };
        let jid = item.attr("jid").ok_or(Condition::BadRequest)?;
        let jid = BareJid::new(jid).map_err(|_| Condition::JidMalformed)?;
        // §2.1.2.5: "The server MUST ignore any value of the 'subscription' attribute other than
        // 'remove'".
        if item.attr("subscription") == Some("remove") {
            return Ok(Self::Remove { jid });
        }
        let name = item
            .attr("name")
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        if name
            .as_ref()
            .is_some_and(|name| name.len() > limits::MAX_ROSTER_NAME_BYTES)
        {
            return Err(Condition::NotAcceptable);
        }
        let mut groups = BTreeSet::new();
        for group in item
            .children()
            .filter(|child| child.is("group", ns::ROSTER))
        {
            let group = group.text();
            if group.is_empty() || group.len() > limits::MAX_ROSTER_NAME_BYTES {
                return Err(Condition::NotAcceptable);
            }
            if groups.len() == limits::MAX_GROUPS_PER_CONTACT || !groups.insert(group) {
                return Err(Condition::BadRequest);
            }
        }
        Ok(Self::Update { jid, name, groups })
    }
}

impl Roster {
    /// The result of a roster get; none when the client already has this version (RFC 6121 §2.6.3:
    /// an empty result).
    #[must_use]
    pub fn query(&self, known_version: Option<&str>) -> Option<Element> {
        let version = self.version.to_string();
        if known_version == Some(version.as_str()) {
            return None;
        }
        let mut query = Element::bare("query", ns::ROSTER);
        query.set("ver", &version);
        for item in self.items.values().filter(|item| item.listed) {
            query.append_child(item.to_element());
        }
        Some(query)
    }

    /// Whether one more request from a stranger may wait for the owner's answer.
    #[must_use]
    pub fn admits_request(&self, from: &BareJid) -> bool {
        let waiting = |item: &&RosterItem| item.subscription.pending_in;
        let requests: Vec<_> = self.items.values().filter(waiting).collect();
        let of_domain = |item: &&&RosterItem| item.jid.domain() == from.domain();
        self.items.len() < limits::MAX_ROSTER_ITEMS
            && requests.len() < limits::MAX_WAITING_REQUESTS
            && requests.iter().filter(of_domain).count() < limits::MAX_WAITING_REQUESTS_PER_DOMAIN
    }
}

/// The payload of a roster push for a contact that is gone.
#[must_use]
pub fn removal(jid: &BareJid) -> Element {
    let mut item = Element::bare("item", ns::ROSTER);
    item.set("jid", jid.as_str());
    item.set("subscription", "remove");
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(xml: &str) -> Result<RosterSet, Condition> {
        RosterSet::parse(&xml.parse().unwrap())
    }

    #[test]
    fn a_roster_set_is_read_strictly() {
        let query = |inner: &str| format!("<query xmlns='jabber:iq:roster'>{inner}</query>");
        assert_eq!(
            parse(&query(
                "<item jid='a@b.c' name='A' subscription='both'><group>g</group></item>"
            )),
            Ok(RosterSet::Update {
                jid: BareJid::new("a@b.c").unwrap(),
                name: Some("A".into()),
                groups: ["g".to_owned()].into(),
            })
        );
        assert_eq!(
            parse(&query("<item jid='a@b.c' subscription='remove'/>")),
            Ok(RosterSet::Remove {
                jid: BareJid::new("a@b.c").unwrap()
            })
        );
        for (inner, condition) in [
            ("", Condition::BadRequest),
            ("<item/>", Condition::BadRequest),
            ("<item jid='@'/>", Condition::JidMalformed),
            (
                "<item jid='a@b.c'/><item jid='d@b.c'/>",
                Condition::BadRequest,
            ),
            (
                "<item jid='a@b.c'><group/></item>",
                Condition::NotAcceptable,
            ),
            (
                "<item jid='a@b.c'><group>g</group><group>g</group></item>",
                Condition::BadRequest,
            ),
        ] {
            assert_eq!(parse(&query(inner)), Err(condition), "{inner}");
        }
    }

    #[test]
    fn a_request_from_a_stranger_is_not_listed() {
        let mut roster = Roster {
            version: 4,
            ..Roster::default()
        };
        let stranger = RosterItem {
            subscription: Subscription {
                pending_in: true,
                ..Subscription::default()
            },
            ..RosterItem::new(BareJid::new("x@y.z").unwrap())
        };
        roster.items.insert(stranger.jid.clone(), stranger);
        assert_eq!(roster.query(None).unwrap().children().count(), 0);
        assert_eq!(roster.query(Some("4")), None);
        let another = |jid: &str| BareJid::new(jid).unwrap();
        for n in 1..limits::MAX_WAITING_REQUESTS_PER_DOMAIN {
            let jid = another(&format!("x{n}@y.z"));
            assert!(roster.admits_request(&jid));
            let stranger = RosterItem {
                jid: jid.clone(),
                ..roster.items.values().next().unwrap().clone()
            };
            roster.items.insert(jid, stranger);
        }
        assert!(!roster.admits_request(&another("last@y.z")));
        assert!(roster.admits_request(&another("first@other.z")));
    }
}
