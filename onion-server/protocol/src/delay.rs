//! XEP-0203: delayed delivery.

use onym_identity::Timestamp;
use onym_stream::{Element, ns};

use crate::domain::Domain;
use crate::stanza::Build;

/// Notes on a stanza when it came, in the name of `domain`. A note that pretends to be ours is
/// removed first; those of other entities stay.
pub fn stamp(stanza: &mut Element, domain: &Domain, since: Timestamp) {
    unstamp(stanza, domain);
    let mut delay = Element::bare("delay", ns::DELAY);
    delay.set("from", domain.as_str());
    delay.set("stamp", &since.to_string());
    stanza.append_child(delay);
}

/// Takes out every note that is, or pretends to be, in the name of `domain`.
pub(crate) fn unstamp(stanza: &mut Element, domain: &Domain) {
    let others: Vec<_> = stanza
        .take_nodes()
        .into_iter()
        .filter(|node| {
            !node.as_element().is_some_and(|child| {
                child.is("delay", ns::DELAY) && child.attr("from") == Some(domain.as_str())
            })
        })
        .collect();
    others.into_iter().for_each(|node| stanza.append_node(node));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_stamp_of_ours_is_replaced() {
        let mut message: Element = "<message xmlns='jabber:client'><body>x</body>\
             <delay xmlns='urn:xmpp:delay' from='our.example' stamp='1970-01-01T00:00:00Z'/>\
             <delay xmlns='urn:xmpp:delay' from='room.example' stamp='2020-01-01T00:00:00Z'/>\
             </message>"
            .parse()
            .unwrap();
        stamp(
            &mut message,
            &Domain::parse("our.example").unwrap(),
            Timestamp::from_unix_millis(1_600_000_000_000),
        );
        let stamps: Vec<_> = message
            .children()
            .filter(|child| child.is("delay", ns::DELAY))
            .map(|delay| (delay.attr("from").unwrap(), delay.attr("stamp").unwrap()))
            .collect();
        assert_eq!(stamps[0], ("room.example", "2020-01-01T00:00:00Z"));
        assert_eq!(stamps[1].0, "our.example");
        assert!(stamps[1].1.starts_with("2020-09-13T12:26:40"));
    }
}
