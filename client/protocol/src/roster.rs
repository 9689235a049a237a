//! The roster on the wire: items, the query and its version (RFC 6121, section 2).

/// What the user decided about a contact, as stanzas.
pub(crate) mod intent;
/// XEP-0379: Pre-Authenticated Roster Subscription: invites of ours that our server honours
pub(crate) mod open_invites;
/// RFC 6121, section 3: Managing Presence Subscriptions
pub mod subscription;

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::store::{ContactRecord, Subscription};

/// How many groups of a contact are kept. The engine does not show them; it only hands them back
/// to the server when it renames a contact.
const MAX_GROUPS: usize = 100;

/// A roster, or a change to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RosterQuery {
    pub(crate) version: Option<String>,
    pub(crate) items: Vec<RosterItem>,
}

/// What a roster says about one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RosterItem {
    Present(ContactRecord),
    Removed(BareJid),
}

/// Asks for the roster. With a version, the server may say that nothing changed.
pub(crate) fn get(version: Option<&str>) -> Element {
    Element::bare("query", ns::ROSTER).with_attribute("ver", version)
}

/// Sets the name and the groups of a contact.
pub(crate) fn set(jid: &BareJid, name: Option<&str>, groups: &[String]) -> Element {
    let mut item = Element::bare("item", ns::ROSTER)
        .with_attribute("jid", jid.as_str())
        .with_attribute("name", name);
    for group in groups {
        let mut element = Element::bare("group", ns::ROSTER);
        element.append_text_node(group.as_str());
        item.append_child(element);
    }
    query_with(item)
}

/// Removes a contact.
pub(crate) fn remove(jid: &BareJid) -> Element {
    let item = Element::bare("item", ns::ROSTER)
        .with_attribute("jid", jid.as_str())
        .with_attribute("subscription", "remove");
    query_with(item)
}

fn query_with(item: Element) -> Element {
    let mut query = Element::bare("query", ns::ROSTER);
    query.append_child(item);
    query
}

/// Reads a roster. Items whose address is none are left out.
pub(crate) fn parse(query: &Element) -> RosterQuery {
    RosterQuery {
        version: query.attr("ver").map(str::to_owned),
        items: query
            .children()
            .filter(|child| child.is("item", ns::ROSTER))
            .filter_map(parse_item)
            .collect(),
    }
}

fn parse_item(item: &Element) -> Option<RosterItem> {
    let jid = BareJid::new(item.attr("jid")?).ok()?;
    let subscription = match item.attr("subscription") {
        Some("remove") => return Some(RosterItem::Removed(jid)),
        Some("to") => Subscription::To,
        Some("from") => Subscription::From,
        Some("both") => Subscription::Both,
        // RFC 6121, section 2.1.2.5: no value is "none", and an unknown one is ignored.
        _ => Subscription::None,
    };
    let groups = item
        .children()
        .filter(|child| child.is("group", ns::ROSTER));
    Some(RosterItem::Present(ContactRecord {
        jid,
        name: item
            .attr("name")
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        subscription,
        asked: item.attr("ask") == Some("subscribe"),
        approved: matches!(item.attr("approved"), Some("true" | "1")),
        groups: groups.map(Element::text).take(MAX_GROUPS).collect(),
    }))
}

/// What a change of a roster item means to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// They accepted our request.
    Accepted,
    /// They declined our request, or took back what they had accepted.
    Declined,
}

/// Compares a contact before and after a change. The roster is the better witness than the
/// presence stanza that comes with it: it also tells what happened while we were away.
pub(crate) fn answer(before: Option<&ContactRecord>, after: &ContactRecord) -> Option<Answer> {
    let before = before?;
    let (saw, sees) = (
        before.subscription.we_see_them(),
        after.subscription.we_see_them(),
    );
    if !saw && sees {
        return Some(Answer::Accepted);
    }
    let waited = before.asked && !saw;
    ((saw || waited) && !sees && !after.asked).then_some(Answer::Declined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(subscription: Subscription, asked: bool) -> ContactRecord {
        ContactRecord {
            jid: BareJid::new("bob@b.example").unwrap(),
            name: None,
            subscription,
            asked,
            approved: false,
            groups: Vec::new(),
        }
    }

    #[test]
    fn reads_rosters_of_any_server() {
        let query: Element = "<query xmlns='jabber:iq:roster' ver='v7'>\
            <item jid='bob@b.example' name='Bob' subscription='both' approved='1'>\
              <group>Friends</group><group>Work</group></item>\
            <item jid='carol@c.example' ask='subscribe' subscription='odd' name=''/>\
            <item jid='dave@d.example' subscription='remove'/>\
            <item jid='@'/><item/><item xmlns='odd' jid='eve@e.example'/></query>"
            .parse()
            .unwrap();
        let roster = parse(&query);
        assert_eq!(roster.version.as_deref(), Some("v7"));
        let bob = ContactRecord {
            name: Some("Bob".to_owned()),
            approved: true,
            groups: vec!["Friends".to_owned(), "Work".to_owned()],
            ..contact(Subscription::Both, false)
        };
        let carol_jid = BareJid::new("carol@c.example").unwrap();
        let carol = ContactRecord {
            jid: carol_jid,
            ..contact(Subscription::None, true)
        };
        let expected = vec![
            RosterItem::Present(bob.clone()),
            RosterItem::Present(carol),
            RosterItem::Removed(BareJid::new("dave@d.example").unwrap()),
        ];
        assert_eq!(roster.items, expected);
        // What we set is what we read.
        let again = parse(&set(&bob.jid, bob.name.as_deref(), &bob.groups));
        let Some(RosterItem::Present(again)) = again.items.first() else {
            panic!("no item")
        };
        assert_eq!((&again.name, &again.groups), (&bob.name, &bob.groups));
    }

    #[test]
    fn a_change_of_the_roster_is_an_answer() {
        use Subscription::{Both, From, None as Neither, To};
        for (before, after, expected) in [
            ((Neither, true), (To, false), Some(Answer::Accepted)),
            ((From, true), (Both, false), Some(Answer::Accepted)),
            ((Neither, true), (Neither, false), Some(Answer::Declined)),
            ((From, true), (From, false), Some(Answer::Declined)),
            ((Both, false), (From, false), Some(Answer::Declined)),
            ((To, false), (Neither, false), Some(Answer::Declined)),
            ((To, false), (Neither, true), None),
            ((Neither, false), (Neither, true), None),
            ((Neither, false), (From, false), None),
            ((Neither, true), (From, true), None),
            ((To, false), (Both, false), None),
            ((Both, false), (To, false), None),
        ] {
            let (old, new) = (contact(before.0, before.1), contact(after.0, after.1));
            assert_eq!(
                answer(Some(&old), &new),
                expected,
                "{before:?} to {after:?}"
            );
            assert_eq!(answer(None, &new), None);
        }
    }
}
