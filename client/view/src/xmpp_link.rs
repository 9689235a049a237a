//! An invite, or an address as people paste it, for the form that adds a contact.

use onym_identity::invite::{Arrival, Invite, InviteError, Received};
use onym_identity::statement::DisplayName;
use onym_identity::{OnymJid, jid::BareJid};

/// An address that somebody can be asked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The address, without a resource.
    pub(crate) jid: String,
    /// The name that the link proposes. Not trusted.
    pub(crate) name: Option<String>,
    /// Whether it is an Onym address: a key and an onion address, checked.
    pub(crate) is_onym: bool,
    /// Everything that the link says, and how it came.
    pub(crate) received: Received,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAnAddress {
    /// It does not look like `name@server`, or like any link.
    Form,
    /// It has an onion address with a mistake in it: a letter is wrong or missing.
    OnionAddress,
    /// The onion address is right and the part before the `@` is not a key.
    Key,
    /// A link that asks for something else: a room, or an account.
    OtherAction,
    /// A link that a later version made.
    Version,
    /// A link of which a part is missing or was changed.
    Damaged,
}

/// Reads an address or an invite of any form. White space around it, letter case and a resource do not
/// matter.
pub(crate) fn parse(text: &str, arrival: Arrival) -> Result<Found, NotAnAddress> {
    let received = Received::read(text, arrival).map_err(|error| match error {
        InviteError::Form => NotAnAddress::Form,
        InviteError::OnionAddress(_) => NotAnAddress::OnionAddress,
        InviteError::Key(_) => NotAnAddress::Key,
        InviteError::OtherAction => NotAnAddress::OtherAction,
        InviteError::Version => NotAnAddress::Version,
        InviteError::TooLong { .. }
        | InviteError::Damaged
        | InviteError::Token
        | InviteError::TwoKeys => NotAnAddress::Damaged,
    })?;
    let invite = &received.invite;
    let name = invite.name.as_ref().map(DisplayName::as_str);
    Ok(Found {
        jid: invite.jid.to_string(),
        name: name.map(one_line).filter(|name| !name.is_empty()),
        is_onym: OnymJid::try_from(&invite.jid).is_ok(),
        received,
    })
}

/// The longest name that a link can propose, in characters.
const MAX_NAME_CHARS: usize = 60;

fn one_line(name: &str) -> String {
    crate::text::plain(name)
        .chars()
        .take(MAX_NAME_CHARS)
        .collect()
}

/// An address as a link that asks to become a contact, with the name it proposes. Nothing for what is
/// no address.
pub(crate) fn link_to(jid: &str, name: Option<&str>) -> String {
    let Ok(jid) = BareJid::new(jid) else {
        return String::new();
    };
    let mut invite = Invite::to(jid);
    invite.name = name.and_then(|name| DisplayName::new(name).ok());
    invite.to_xmpp().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use onym_identity::RootSecret;

    use super::*;

    fn found(text: &str) -> (String, Option<String>) {
        let found = parse(text, Arrival::Pasted).unwrap();
        (found.jid, found.name)
    }

    fn refused(text: &str) -> Option<NotAnAddress> {
        parse(text, Arrival::Pasted).err()
    }

    #[test]
    fn addresses_as_people_paste_them() {
        let bob = ("bob@b.example".to_owned(), None);
        for text in [
            "bob@b.example",
            " Bob@B.example \n",
            "bob@b.example/desk",
            "xmpp:bob@b.example",
            "XMPP:bob@b.example?message;body=hi",
            "xmpp:bob@b.example?subscribe",
            "xmpp:bob@b.example/desk?roster",
            "xmpp://carol@c.example/bob@b.example?roster",
            "xmpp:b%6Fb@b.example#top",
        ] {
            assert_eq!(found(text), bob, "{text:?}");
        }
        assert_eq!(
            found("xmpp:bob@b.example?roster;name=Bob%20B%C3%BCrger%0A;group=Friends").1,
            Some("Bob Bürger".to_owned())
        );
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "bob",
            "@",
            "bob@",
            "@b.example",
            "bo b@b.example",
            "bob@b example",
            "bob@localhost",
            "bob@.example",
            "bob@b..example",
            "xmpp:%zz@b.example",
            "xmpp:bob%40",
            "xmpp:bob@b.example%FF",
            "https://b.example",
            "bob@b.example@c.example",
            "bob@b.example?subscribe",
        ] {
            assert_eq!(refused(text), Some(NotAnAddress::Form), "{text:?}");
        }
    }

    #[test]
    fn a_slip_in_an_onion_address_is_noticed() {
        let root = RootSecret::from_bytes(&[3; 32]);
        let key = root.identity_key().public();
        let onion = root.onion_service_key(0).onion_address();
        let jid = format!("{key}@{onion}");
        assert!(parse(&jid, Arrival::Pasted).unwrap().is_onym);
        assert!(parse(&jid.to_uppercase(), Arrival::Pasted).unwrap().is_onym);
        let swapped = jid.replace(".onion", "x.onion");
        assert_eq!(refused(&swapped), Some(NotAnAddress::OnionAddress));
        let shorter: String = jid.chars().skip(1).collect();
        assert_eq!(refused(&shorter), Some(NotAnAddress::Key));
        // Another kind of XMPP server at an onion address.
        let named = parse(&format!("bob@{onion}"), Arrival::Pasted).unwrap();
        assert!(!named.is_onym);
    }

    #[test]
    fn links_of_every_kind() {
        let key = "0f".repeat(32);
        let mut ours = Invite::to(BareJid::new("bob@b.example").unwrap());
        ours.name = Some(DisplayName::new("Bob").unwrap());
        let page = ours.to_link("onym.example").unwrap();
        for (text, keys, has_token) in [
            (page, 0, false),
            ("xmpp:bob@b.example?roster;preauth=abc;name=Bob".to_owned(), 0, true),
            (format!("xmpp:bob@b.example?omemo-sid-7={key};name=Bob"), 1, false),
            (format!("https://conversations.im/i/bob@b.example?omemo-sid-7={key}"), 1, false),
            // bob@b.example?otr=0f…&m=1
            (
                "https://chatsecure.org/i/#Ym9iQGIuZXhhbXBsZT9vdHI9MGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZiZtPTE="
                    .to_owned(),
                1,
                false,
            ),
        ] {
            let found = parse(&text, Arrival::Clicked).unwrap();
            assert_eq!(found.jid, "bob@b.example", "{text}");
            let Received { invite, arrival } = &found.received;
            assert_eq!(invite.keys.len(), keys, "{text}");
            assert_eq!(invite.token.is_some(), has_token, "{text}");
            assert_eq!(*arrival, Arrival::Clicked);
        }
    }

    #[test]
    fn links_that_are_no_invites_say_why() {
        for (text, why) in [
            ("xmpp:room@rooms.example?join", NotAnAddress::OtherAction),
            ("xmpp:bob@b.example?omemo-sid-7=0f", NotAnAddress::Damaged),
            ("https://onym.example/i/#1.gA", NotAnAddress::Version),
            ("https://onym.example/i/#1.AA", NotAnAddress::Damaged),
        ] {
            assert_eq!(refused(text), Some(why), "{text}");
        }
    }

    #[test]
    fn our_link_is_read_back() {
        for jid in ["bob@b.example", "b%ob=c@b.example", "bü@b.example"] {
            assert_eq!(found(&link_to(jid, None)).0, jid);
        }
        assert_eq!(link_to("a@b.example", None), "xmpp:a@b.example?roster");
        let named = found(&link_to("a@b.example", Some("Al Bee")));
        assert_eq!(named.1.as_deref(), Some("Al Bee"));
    }
}
