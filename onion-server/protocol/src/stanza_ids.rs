//! XEP-0359: the ids that an account's archive gives to messages.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::archive::ArchiveId;
use crate::stanza::Build;

/// Takes out every id that pretends to be given by this account (§3: such an element MUST be
/// deleted "even if they are not adding their own stanza ID"). Those of others stay.
pub fn strip(message: &mut Element, account: &BareJid) {
    let is_ours = |child: &Element| {
        child.is("stanza-id", ns::STANZA_ID)
            && child
                .attr("by")
                .and_then(|by| Jid::new(by).ok())
                .is_some_and(|by| by == *account)
    };
    if !message.children().any(is_ours) {
        return;
    }
    let others: Vec<_> = message
        .take_nodes()
        .into_iter()
        .filter(|node| !node.as_element().is_some_and(is_ours))
        .collect();
    others
        .into_iter()
        .for_each(|node| message.append_node(node));
}

/// Gives a message its id, in place of a forged one.
pub fn assign(message: &mut Element, account: &BareJid, id: ArchiveId) {
    strip(message, account);
    let mut element = Element::bare("stanza-id", ns::STANZA_ID);
    element.set("by", account.as_str());
    element.set("id", &id.to_string());
    message.append_child(element);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_id_is_taken_out_however_it_is_written_and_others_stay() {
        let mut message: Element = "<message xmlns='jabber:client'><body>x</body>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='romeo@montague.example' id='1'/>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='ROMEO@Montague.example' id='2'/>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example' id='3'/>\
             <origin-id xmlns='urn:xmpp:sid:0' id='4'/></message>"
            .parse()
            .unwrap();
        let romeo = BareJid::new("romeo@montague.example").unwrap();
        assign(&mut message, &romeo, ArchiveId::MIN);
        let ids: Vec<_> = message.children().filter_map(|c| c.attr("id")).collect();
        assert_eq!(ids, ["3", "4", &ArchiveId::MIN.to_string()]);
        assert!(message.has_child("body", ns::CLIENT));
    }
}
