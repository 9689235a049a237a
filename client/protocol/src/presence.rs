//! Who is there: what the contacts' clients say about themselves (RFC 6121, section 4).

use std::collections::BTreeMap;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

/// How many clients of one contact are remembered. A person has a handful.
pub const MAX_RESOURCES_PER_CONTACT: usize = 16;

/// The longest status text that is kept, in characters.
pub const MAX_STATUS_CHARS: usize = 200;

/// What one client of a contact says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// How available the person is there.
    pub show: Show,
    /// What the person wrote about it, cut to [`MAX_STATUS_CHARS`]. Not trusted.
    pub status: Option<String>,
    /// How much the client wants messages.
    pub priority: i8,
    /// Since when the person has not touched the client, as it says (XEP-0319).
    pub idle_since: Option<Timestamp>,
}

/// How available a person is, most available first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Show {
    /// There, and in the mood to talk.
    FreeForChat,
    /// There.
    Available,
    /// Away for a while.
    Away,
    /// Away for long.
    ExtendedAway,
    /// Does not want to be disturbed.
    Busy,
}

impl Presence {
    /// Reads a `<presence/>` without a type.
    pub fn from_element(element: &Element) -> Self {
        let child = |name: &str| element.get_child(name, ns::CLIENT).map(Element::text);
        // RFC 6121, section 4.7.2.1: an unknown value is ignored, as if it were not there.
        let show = match child("show").as_deref().map(str::trim) {
            Some("chat") => Show::FreeForChat,
            Some("away") => Show::Away,
            Some("xa") => Show::ExtendedAway,
            Some("dnd") => Show::Busy,
            _ => Show::Available,
        };
        let status = child("status").filter(|text| !text.trim().is_empty());
        Self {
            show,
            status: status.map(|text| text.chars().take(MAX_STATUS_CHARS).collect()),
            // RFC 6121, section 4.7.2.3: no priority is zero.
            priority: child("priority")
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(0),
            idle_since: element
                .get_child("idle", ns::IDLE)
                .and_then(|idle| idle.attr("since")?.parse().ok()),
        }
    }
}

/// The presence of all contacts. It lasts as long as the connection.
#[derive(Debug, Clone, Default)]
pub struct Presences {
    by_contact: BTreeMap<BareJid, Clients>,
}

/// The clients of one contact.
#[derive(Debug, Clone)]
struct Clients {
    /// Since when one of them is there.
    since: Timestamp,
    by_resource: BTreeMap<String, Presence>,
}

impl Presences {
    /// What the contact's best client says: the one with the highest priority, and among equals
    /// the most available one.
    pub fn best(&self, contact: &BareJid) -> Option<&Presence> {
        let clients = self.by_contact.get(contact)?.by_resource.values();
        clients.min_by_key(|presence| (-i16::from(presence.priority), presence.show))
    }

    /// Since when a contact is there, by our clock. It begins anew with each login.
    pub fn available_since(&self, contact: &BareJid) -> Option<Timestamp> {
        Some(self.by_contact.get(contact)?.since)
    }

    /// Who is there.
    pub(crate) fn available(&self) -> Vec<BareJid> {
        self.by_contact.keys().cloned().collect()
    }

    /// How many clients of a contact are there.
    pub(crate) fn clients(&self, contact: &BareJid) -> usize {
        let known = self.by_contact.get(contact);
        known.map_or(0, |clients| clients.by_resource.len())
    }

    /// A client of a contact is there. Whether this changed anything.
    pub(crate) fn put(
        &mut self,
        contact: &BareJid,
        resource: &str,
        presence: Presence,
        now: Timestamp,
    ) -> bool {
        let clients = self
            .by_contact
            .entry(contact.clone())
            .or_insert_with(|| Clients {
                since: now,
                by_resource: BTreeMap::new(),
            });
        let clients = &mut clients.by_resource;
        if clients.len() >= MAX_RESOURCES_PER_CONTACT && !clients.contains_key(resource) {
            return false;
        }
        clients.insert(resource.to_owned(), presence.clone()) != Some(presence)
    }

    /// A client of a contact has gone, or without a resource all of them. Whether this changed
    /// anything.
    pub(crate) fn remove(&mut self, contact: &BareJid, resource: Option<&str>) -> bool {
        let Some(resource) = resource else {
            return self.by_contact.remove(contact).is_some();
        };
        let Some(clients) = self.by_contact.get_mut(contact) else {
            return false;
        };
        let changed = clients.by_resource.remove(resource).is_some();
        if clients.by_resource.is_empty() {
            self.by_contact.remove(contact);
        }
        changed
    }

    /// The connection is gone, and with it all knowledge.
    pub(crate) fn clear(&mut self) {
        self.by_contact.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn presence(xml: &str) -> Presence {
        let xml = format!("<presence xmlns='jabber:client'>{xml}</presence>");
        Presence::from_element(&xml.parse().unwrap())
    }

    #[test]
    fn reads_what_is_there_and_nothing_else() {
        let plain = presence("");
        assert_eq!(
            plain,
            Presence {
                show: Show::Available,
                status: None,
                priority: 0,
                idle_since: None,
            }
        );
        let full = presence("<show>dnd</show><status>At work</status><priority>-7</priority>");
        assert_eq!(full.show, Show::Busy);
        assert_eq!(full.status.as_deref(), Some("At work"));
        assert_eq!(full.priority, -7);
        let idle = "<idle xmlns='urn:xmpp:idle:1' since='2026-11-23T12:00:00Z'/>";
        assert_eq!(
            presence(idle).idle_since,
            "2026-11-23T12:00:00Z".parse().ok()
        );
        let odd = presence(
            "<idle xmlns='urn:xmpp:idle:1' since='soon'/><show>odd</show><status> </status><priority>900</priority>",
        );
        assert_eq!(odd, plain);
        let long = presence(&format!("<status>{}</status>", "é".repeat(5_000)));
        assert_eq!(long.status.unwrap().chars().count(), MAX_STATUS_CHARS);
    }

    #[test]
    fn the_best_client_speaks_for_the_contact() {
        let bob = BareJid::new("bob@b.example").unwrap();
        let mut presences = Presences::default();
        assert!(presences.put(&bob, "phone", presence("<show>away</show>"), NOW));
        assert!(presences.put(&bob, "desk", presence(""), NOW));
        assert!(!presences.put(&bob, "desk", presence(""), NOW));
        assert_eq!(presences.best(&bob).unwrap().show, Show::Available);
        presences.put(
            &bob,
            "phone",
            presence("<show>away</show><priority>5</priority>"),
            NOW,
        );
        assert_eq!(presences.best(&bob).unwrap().show, Show::Away);
        assert!(presences.remove(&bob, Some("phone")));
        assert!(!presences.remove(&bob, Some("phone")));
        assert_eq!(presences.best(&bob).unwrap().show, Show::Available);
        assert!(presences.remove(&bob, None));
        assert_eq!(presences.best(&bob), None);
    }

    #[test]
    fn a_contact_cannot_fill_our_memory() {
        let bob = BareJid::new("bob@b.example").unwrap();
        let mut presences = Presences::default();
        for number in 0..1_000 {
            presences.put(&bob, &format!("resource-{number}"), presence(""), NOW);
        }
        assert_eq!(presences.clients(&bob), MAX_RESOURCES_PER_CONTACT);
    }
}
