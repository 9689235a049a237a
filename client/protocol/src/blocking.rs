//! Whom our server keeps away from us.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};

/// How many blocked addresses are remembered. The list is the user's own.
pub const MAX_BLOCKED: usize = 10_000;

/// Asks for the list. It also makes the server tell us of changes.
pub(crate) fn get() -> Element {
    Element::bare("blocklist", ns::BLOCKING)
}

/// Blocks somebody.
pub(crate) fn block(jid: &BareJid) -> Element {
    with_item("block", jid)
}

/// Unblocks somebody.
pub(crate) fn unblock(jid: &BareJid) -> Element {
    with_item("unblock", jid)
}

fn with_item(name: &'static str, jid: &BareJid) -> Element {
    let mut command = Element::bare(name, ns::BLOCKING);
    command.append_child(Element::bare("item", ns::BLOCKING).with_attribute("jid", jid.as_str()));
    command
}

/// The addresses in a list. Whole domains and single clients are left to the server, which
/// enforces the list anyway.
pub(crate) fn items(list: &Element) -> BTreeSet<BareJid> {
    list.children()
        .filter(|child| child.is("item", ns::BLOCKING))
        .filter_map(|item| BareJid::new(item.attr("jid")?).ok())
        .take(MAX_BLOCKED)
        .collect()
}

/// The list in an answer.
pub(crate) fn list(iq: &Element) -> Option<BTreeSet<BareJid>> {
    iq.get_child("blocklist", ns::BLOCKING).map(items)
}

/// What our server says that another client of ours has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Push {
    Blocked(BTreeSet<BareJid>),
    Unblocked(BTreeSet<BareJid>),
    /// XEP-0191, section 3.5: an empty one.
    AllUnblocked,
}

/// The change in a set of our server.
pub(crate) fn push(iq: &Element) -> Option<Push> {
    if let Some(block) = iq.get_child("block", ns::BLOCKING) {
        return Some(Push::Blocked(items(block)));
    }
    let unblock = iq.get_child("unblock", ns::BLOCKING)?;
    Some(match unblock.children().next() {
        Some(_) => Push::Unblocked(items(unblock)),
        None => Push::AllUnblocked,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(xml: &str) -> Option<Push> {
        push(
            &format!("<iq xmlns='jabber:client' type='set'>{xml}</iq>")
                .parse()
                .unwrap(),
        )
    }

    #[test]
    fn what_we_say_is_what_we_read() {
        let bob = BareJid::new("bob@b.example").unwrap();
        let one = BTreeSet::from([bob.clone()]);
        assert_eq!(items(&block(&bob)), one);
        assert_eq!(items(&unblock(&bob)), one);
        assert_eq!(
            set(&String::from(&block(&bob))),
            Some(Push::Blocked(one.clone()))
        );
        assert_eq!(
            set(&String::from(&unblock(&bob))),
            Some(Push::Unblocked(one))
        );
    }

    #[test]
    fn an_unblock_of_nothing_readable_is_not_one_of_all() {
        assert_eq!(
            set("<unblock xmlns='urn:xmpp:blocking'/>"),
            Some(Push::AllUnblocked)
        );
        let odd = "<unblock xmlns='urn:xmpp:blocking'><item jid='@'/><item/></unblock>";
        assert_eq!(set(odd), Some(Push::Unblocked(BTreeSet::new())));
        assert_eq!(set("<query xmlns='jabber:iq:roster'/>"), None);
    }
}
