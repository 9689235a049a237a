//! Our open invites where our server finds them: items of a private node, each under the name of
//! its token.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use crate::pep::{self, Item, NodeOptions};
use crate::store::{InviteRecord, InviteState};

/// The feature that asks for the news of the node.
pub(crate) const NOTIFY: &str = "urn:onym:invites:1+notify";

/// Only for our own clients, and each invite stays.
pub(crate) const OPTIONS: NodeOptions = NodeOptions::PrivateList;

/// Publishes an invite.
pub(crate) fn publish(invite: &InviteRecord) -> Element {
    let payload = Element::bare("invite", ns::INVITES)
        .with_attribute("made", invite.made.to_string())
        .with_attribute("expires", invite.expires.to_string());
    let id = invite.id.to_string();
    pep::publish(ns::INVITES, &id, payload, Some(OPTIONS))
}

/// Reads an invite as our server has it. What none of our clients writes is none.
pub(crate) fn read(item: &Item<'_>) -> Option<InviteRecord> {
    let invite = item.payload;
    if !invite.is("invite", ns::INVITES) {
        return None;
    }
    let time = |name: &str| invite.attr(name)?.parse::<Timestamp>().ok();
    let state = match (time("used"), invite.attr("used-by")) {
        (Some(at), Some(by)) => InviteState::Used {
            by: BareJid::new(by).ok()?,
            at,
        },
        _ => InviteState::Open,
    };
    Some(InviteRecord {
        id: item.id?.parse().ok()?,
        made: time("made")?,
        expires: time("expires")?,
        state,
    })
}

#[cfg(test)]
mod tests {
    use onym_identity::invite::InviteToken;

    use super::*;

    #[test]
    fn what_we_publish_is_what_we_read() {
        let invite = InviteRecord {
            id: InviteToken::new("abc").unwrap().id(),
            made: Timestamp::from_unix_millis(1_000),
            expires: Timestamp::from_unix_millis(2_000),
            state: InviteState::Open,
        };
        let published = publish(&invite);
        let item = published
            .get_child("publish", ns::PUBSUB)
            .and_then(|publish| publish.get_child("item", ns::PUBSUB))
            .unwrap();
        let payload = item.children().next().unwrap();
        assert!(!String::from(payload).contains("abc"), "no token leaves");
        let id = item.attr("id");
        assert_eq!(read(&Item { id, payload }), Some(invite));
        let mut used = payload.clone();
        used = used
            .with_attribute("used", "1970-01-01T00:00:01Z")
            .with_attribute("used-by", "bob@b.example");
        let state = InviteState::Used {
            by: BareJid::new("bob@b.example").unwrap(),
            at: Timestamp::from_unix_millis(1_000),
        };
        let item = Item { id, payload: &used };
        assert_eq!(read(&item).map(|it| it.state), Some(state));
        let odd = used.with_attribute("used-by", "@");
        assert_eq!(read(&Item { id, payload: &odd }), None);
        assert_eq!(
            read(&Item {
                id: Some("x"),
                payload
            }),
            None
        );
    }
}
