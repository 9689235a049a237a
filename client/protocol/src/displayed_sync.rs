//! Up to where our clients have shown each conversation, kept on our account for all of them.

use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::pep::{self, Item, NodeOptions};
use crate::result_set;

/// XEP-0490, section 8: the node "MUST" be private, and keeps an item for each conversation.
pub(crate) const OPTIONS: NodeOptions = NodeOptions::PrivateList;

/// Publishes that a conversation is shown up to the message that our archive calls `archive_id`.
pub(crate) fn publish(conversation: &BareJid, archive_id: &str, our_jid: &BareJid) -> Element {
    let mut displayed = Element::bare("displayed", ns::DISPLAYED_SYNC);
    displayed.append_child(
        Element::bare("stanza-id", ns::STANZA_ID)
            .with_attribute("by", our_jid.as_str())
            .with_attribute("id", archive_id),
    );
    pep::publish(
        ns::DISPLAYED_SYNC,
        conversation.as_str(),
        displayed,
        Some(OPTIONS),
    )
}

/// Asks for the state of all conversations.
pub(crate) fn get() -> Element {
    pep::get(ns::DISPLAYED_SYNC, None)
}

/// The conversation and the archive's name of the last message that was shown in it. Rooms have
/// their own archives and are not ours to read.
pub(crate) fn read(item: &Item<'_>, our_jid: &BareJid) -> Option<(BareJid, String)> {
    if !item.payload.is("displayed", ns::DISPLAYED_SYNC) {
        return None;
    }
    let stanza_id = item.payload.get_child("stanza-id", ns::STANZA_ID)?;
    let by = BareJid::new(stanza_id.attr("by")?).ok()?;
    let archive_id = stanza_id
        .attr("id")
        .filter(|id| result_set::is_entry_id(id))?;
    let conversation = pep::jid_of(item)?;
    (by == *our_jid).then(|| (conversation, archive_id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_publish_is_what_we_read() {
        let alice = BareJid::new("alice@a.example").unwrap();
        let bob = BareJid::new("bob@b.example").unwrap();
        let published = publish(&bob, "17", &alice);
        let item = published
            .get_child("publish", ns::PUBSUB)
            .and_then(|publish| publish.get_child("item", ns::PUBSUB))
            .unwrap();
        let item = Item {
            id: item.attr("id"),
            payload: item.children().next().unwrap(),
        };
        assert_eq!(read(&item, &alice), Some((bob.clone(), "17".to_owned())));
        // Somebody else's archive says nothing about ours.
        assert_eq!(read(&item, &bob), None);
        let nameless = Item {
            id: Some("@"),
            ..item
        };
        assert_eq!(read(&nameless, &alice), None);
    }
}
