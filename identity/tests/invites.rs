//! Invites: our links with their published vectors, and the links of others.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail by panicking")]

use data_encoding::HEXLOWER;
use onym_identity::invite::{
    Arrival, Invite, InviteError, InviteToken, InviteTrust, MAX_LINK_BYTES, Received, TrustReason,
};
use onym_identity::statement::KeyProtocol;
use onym_identity::{IdentityKeyError, OnionAddressError};
use proptest::prelude::*;
use serde_json::{Value, json};

#[path = "statement/python.rs"]
mod python;
#[path = "statement/typical.rs"]
#[expect(dead_code, reason = "the typical statement is for other tests")]
mod typical;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/invite.json")).unwrap()
}

fn content(invite: &Invite) -> Value {
    let keys = invite.keys.iter().map(|it| {
        json!({
            "protocol": it.key.protocol.code(),
            "device": it.device,
            "fingerprint": it.key.fingerprint.to_string(),
        })
    });
    json!({
        "jid": invite.jid.as_str(),
        "name": invite.name.as_ref().map(ToString::to_string),
        "token": invite.token.as_ref().map(InviteToken::reveal),
        "identity": invite.claimed_identity.map(|it| HEXLOWER.encode(it.as_bytes())),
        "serial": invite.least_serial,
        "keys": keys.collect::<Vec<_>>(),
        "is_move": invite.is_move,
    })
}

fn refusal(link: &str) -> InviteError {
    Invite::read(link).unwrap_err()
}

/// The address, and the keys as protocol, device and fingerprint.
fn read(link: &str) -> (String, Vec<(KeyProtocol, Option<u32>, String)>) {
    let invite = Invite::read(link).unwrap();
    let keys = invite.keys.iter().map(|it| {
        let fingerprint = it.key.fingerprint.to_string();
        (it.key.protocol, it.device, fingerprint)
    });
    (invite.jid.to_string(), keys.collect())
}

#[test]
fn our_links_say_what_the_vectors_say() {
    for vector in vectors()["good"].as_array().unwrap() {
        let link = vector["link"].as_str().unwrap();
        let invite = Invite::read(link).unwrap();
        assert_eq!(content(&invite), vector["content"]);
        assert_eq!(invite.to_link("onym.example").unwrap(), link);
        // The same in the form that others read.
        let again = Invite::read(&invite.to_xmpp().unwrap()).unwrap();
        assert_eq!(again.jid, invite.jid);
        assert_eq!(again.name, invite.name);
        assert_eq!(again.token, invite.token);
        assert_eq!(again.identity(), invite.identity());
        assert_eq!(again.least_serial, invite.least_serial);
    }
}

#[test]
fn damaged_links_are_refused_as_the_vectors_say() {
    for vector in vectors()["bad"].as_array().unwrap() {
        let link = vector["link"].as_str().unwrap();
        let word = match refusal(link) {
            InviteError::Version => "version",
            InviteError::Damaged | InviteError::Token | InviteError::Form => "damaged",
            other => unreachable!("{other:?} for {link}"),
        };
        assert_eq!(word, vector["refused"], "{link}");
    }
}

#[test]
fn the_second_implementation_agrees() {
    let Some(mut command) = python::script("check_invite.py") else {
        return;
    };
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

#[test]
fn a_typical_link_fits_a_small_code() {
    let vectors = vectors();
    let link = vectors["good"][1]["link"].as_str().unwrap();
    // Version 8 of a QR code holds 192 bytes, at the lowest level of error correction.
    assert!(link.len() <= 192, "{} bytes", link.len());
}

#[test]
fn xmpp_links_of_others() {
    let romeo = "romeo@montague.example".to_owned();
    for link in [
        "romeo@montague.example",
        " Romeo@Montague.Example/orchard\n",
        "xmpp:romeo@montague.example",
        "XMPP:romeo@montague.example?subscribe",
        "xmpp:romeo@montague.example?message;body=hi",
        "xmpp://juliet@capulet.example/romeo@montague.example?roster",
        "xmpp:r%6Fmeo@montague.example#top",
        "https://conversations.im/i/romeo@montague.example",
        "https://conversations.im/i/romeo/montague.example",
    ] {
        assert_eq!(read(link), (romeo.clone(), Vec::new()), "{link}");
    }
    let query = "?roster;preauth=1tMFqYDdKhfe2pwp;name=Romeo+Montague";
    for start in ["xmpp:", "https://juicyxmpp.example/i/#"] {
        let invite = Invite::read(&format!("{start}{romeo}{query}")).unwrap();
        assert_eq!(invite.token.unwrap().reveal(), "1tMFqYDdKhfe2pwp");
        assert_eq!(invite.name.unwrap().as_str(), "Romeo Montague");
    }
    let named = |name: &str| {
        Invite::read(&format!("xmpp:a@b.example?roster;name={name}"))
            .unwrap()
            .name
    };
    assert_eq!(
        named("Romeo%20%20Montague%0A").unwrap().as_str(),
        "Romeo Montague"
    );
    assert_eq!(named("%E2%80%AEoemoR"), None);
    assert_eq!(named("%FF"), None);
}

#[test]
fn fingerprints_as_conversations_writes_them() {
    let (one, two, otr) = ("0a".repeat(32), "0B".repeat(32), "0c".repeat(20));
    let expected = vec![
        (KeyProtocol::Omemo, Some(1234), one.clone()),
        (KeyProtocol::Omemo, Some(5), "0b".repeat(32)),
        (KeyProtocol::Otr, None, otr.clone()),
    ];
    let pairs = format!("omemo-sid-1234={one};omemo-sid-5=05{two};otr-fingerprint={otr}");
    let jid = "a@b.example".to_owned();
    assert_eq!(
        read(&format!("xmpp:{jid}?{pairs}")),
        (jid.clone(), expected.clone())
    );
    let pairs = pairs.replace(';', "&");
    let link = format!("https://conversations.im/i/{jid}?{pairs}");
    assert_eq!(read(&link), (jid.clone(), expected));

    let keys = |pairs: &str| refusal(&format!("xmpp:{jid}?{pairs}"));
    assert_eq!(
        keys(&format!("omemo-sid-1={one};omemo-sid-1={two}")),
        InviteError::TwoKeys
    );
    assert_eq!(keys("omemo-sid-1=0a0a"), InviteError::Damaged);
    assert_eq!(keys(&format!("omemo-sid-0={one}")), InviteError::Damaged);
    assert_eq!(
        keys(&format!("omemo-sid-2147483648={one}")),
        InviteError::Damaged
    );
}

/// The keys that a link trusts and those that it does not, in hexadecimal.
fn trust(link: &str) -> (Vec<String>, Vec<String>) {
    let invite = Invite::read(link).unwrap();
    let trusted = invite.keys.iter().map(|it| it.key.fingerprint.to_string());
    let distrusted = invite
        .distrusted
        .iter()
        .map(|it| it.fingerprint.to_string());
    (trusted.collect(), distrusted.collect())
}

#[test]
fn trust_message_links() {
    // The example of XEP-0434. Its keys are points on Ed25519; the other form is the one of statements.
    let (one, two, three) = (
        "623548d3835c6d33ef5cb680f7944ef381cf712bf23a0119dabe5c4f252cd02f",
        "b423f5088de9a924d51b31581723d850c7cc67d0a4fe6b267c3d301ff56d2413",
        "d9f849b6b828309c5f2c8df4f38fd891887da5aaa24a22c50d52f69b4a80817e",
    );
    let start = "xmpp:bob@example.com?trust-message;encryption=urn:xmpp:omemo:2";
    let link = format!("{start};trust={one};distrust={two};distrust={three}");
    let (trusted, distrusted) = trust(&link);
    assert_eq!((trusted.len(), distrusted.len()), (1, 2));
    let escaped = link.replace("urn:xmpp:omemo:2", "urn%3Axmpp%3Aomemo%3A2");
    assert_eq!(trust(&escaped), (trusted.clone(), distrusted));
    // In OMEMO 0.3 a key is named by what people compare.
    let start_03 = "xmpp:bob@example.com?trust-message;encryption=eu.siacs.conversations.axolotl";
    assert_eq!(
        trust(&format!("{start_03};trust={}", trusted[0])).0,
        trusted
    );
    let invite = Invite::read(&link).unwrap();
    assert_eq!(invite.keys[0].key.protocol, KeyProtocol::Omemo2);
    assert_eq!(invite.keys[0].device, None);
    // What is said both ways is not trusted.
    let both = trust(&format!("{start};trust={one};distrust={one}"));
    assert_eq!(both, (Vec::new(), trusted));
    let only = Invite::read(&format!("{start};distrust={one}")).unwrap();
    let scanned = Received {
        invite: only,
        arrival: Arrival::Scanned,
    };
    assert_eq!(scanned.trust().0, InviteTrust::Verified);

    let refused = |rest: &str| refusal(&format!("xmpp:bob@example.com?trust-message{rest}"));
    assert_eq!(refused(&format!(";trust={one}")), InviteError::Damaged);
    assert_eq!(
        refused(&format!(";encryption=urn:xmpp:openpgp:0;trust={one}")),
        InviteError::OtherAction
    );
    let neutral = format!("01{}", "00".repeat(31));
    for key in ["0a0a", &neutral, &"ff".repeat(32)] {
        let rest = format!(";encryption=urn:xmpp:omemo:2;trust={key}");
        assert_eq!(refused(&rest), InviteError::Damaged, "{key}");
    }
}

#[test]
fn links_of_chatsecure() {
    // The example of its test, and what its own page could not read.
    let link = "https://chatsecure.org/i/#YWhkdmRqZW5kYmRicmVpQGR1a2dvLmNvbT9vdHI9M0EyN0FDODZBRkVGOENGMDlEOTAyMEQwNTJBNzNGMUVGMEQyOUI2Rg";
    let fingerprint = "3a27ac86afef8cf09d9020d052a73f1ef0d29b6f";
    let expected = (
        "ahdvdjendbdbrei@dukgo.com".to_owned(),
        vec![(KeyProtocol::Otr, None, fingerprint.to_owned())],
    );
    assert_eq!(read(link), expected);
    assert_eq!(read(&format!("{link}==")), expected);

    let encoded = |text: &str| {
        let payload = data_encoding::BASE64.encode(text.as_bytes());
        format!("https://chatsecure.org/i/#{payload}")
    };
    assert_eq!(read(&encoded("b@b.example?(null)")).0, "b@b.example");
    assert_eq!(read(&encoded("b@b.example")).0, "b@b.example");
    let grouped = fingerprint.to_uppercase();
    let (start, end) = grouped.split_at(8);
    let moved = encoded(&format!("b@b.example?otr={start} {end}&m=1&x=y"));
    assert!(Invite::read(&moved).unwrap().is_move);
    assert_eq!(read(&moved).1, expected.1);
    let padded = encoded(&format!("bo?@b.example?gpg={grouped}"));
    assert!(Invite::read(&padded).is_err());
    for text in [
        "",
        "nobody",
        "<img src=x>@b.example",
        "b@b.example?otr=3A27",
    ] {
        assert!(Invite::read(&encoded(text)).is_err(), "{text}");
    }
}

#[test]
fn what_is_no_invite() {
    for link in [
        "",
        "bob",
        "@b.example",
        "bob@",
        "bo b@b.example",
        "bob@localhost",
        "bob@b.example.",
        "bob@[::1]",
        "bob@b..example",
        "bob@b.example?subscribe",
        "xmpp:%zz@b.example",
        "xmpp:b.example",
        "https://b.example",
        "https://b.example/i/",
        "mailto:bob@b.example",
    ] {
        assert_eq!(refusal(link), InviteError::Form, "{link}");
    }
    for action in ["join", "register", "remove", "unsubscribe", "Roster"] {
        let link = format!("xmpp:bob@b.example?{action};preauth=x");
        assert_eq!(refusal(&link), InviteError::OtherAction);
    }
    assert_eq!(
        refusal("xmpp:b@b.example?roster;preauth="),
        InviteError::Token
    );
    assert_eq!(
        refusal("xmpp:b@b.example?roster;preauth=%0A"),
        InviteError::Token
    );
    let long = format!(
        "xmpp:b@b.example?roster;name={}",
        "a".repeat(MAX_LINK_BYTES)
    );
    assert!(matches!(refusal(&long), InviteError::TooLong { .. }));
    assert_eq!(
        Invite::read("bob@b.example").unwrap().to_link("b/c"),
        Err(InviteError::Form)
    );
}

#[test]
fn a_slip_in_an_onion_address_is_noticed() {
    let onion = typical::root().onion_service_key(0).onion_address();
    let jid = format!("{}@{onion}", typical::key().public());
    assert_eq!(
        Invite::read(&jid.to_uppercase()).unwrap().identity(),
        Some(typical::key().public())
    );
    let swapped = jid.replace(".onion", "x.onion");
    assert!(matches!(
        refusal(&swapped),
        InviteError::OnionAddress(OnionAddressError::Text(_))
    ));
    assert!(matches!(
        refusal(&jid[1..]),
        InviteError::Key(IdentityKeyError::Text(_))
    ));
    assert!(
        Invite::read(&format!("bob@{onion}"))
            .unwrap()
            .identity()
            .is_none()
    );
}

#[test]
fn an_address_that_names_its_key_is_no_one_elses() {
    let other = onym_identity::IdentitySecretKey::from_seed(&[3; 32]).public();
    let own = typical::key().public();
    let link = format!("xmpp:{own}@b.example?roster;onym-identity={own}");
    let invite = Invite::read(&link).unwrap();
    assert_eq!(
        (invite.claimed_identity, invite.identity()),
        (None, Some(own))
    );
    let link = format!("xmpp:{own}@b.example?roster;onym-identity={other}");
    assert_eq!(Invite::read(&link).unwrap().identity(), Some(own));
    let link = format!("xmpp:alice@b.example?roster;onym-identity={own}");
    assert_eq!(Invite::read(&link).unwrap().identity(), Some(own));
}

#[test]
fn how_it_arrived_limits_what_it_is_worth() {
    let keys = format!("xmpp:a@b.example?roster;omemo-sid-1={}", "0a".repeat(32));
    let trust = |link: &str, arrival| Received::read(link, arrival).unwrap().trust();
    for (arrival, expected) in [
        (
            Arrival::Scanned,
            (InviteTrust::Verified, TrustReason::ShownInPerson),
        ),
        (
            Arrival::Pasted,
            (InviteTrust::Introduced, TrustReason::ChosenByUser),
        ),
        (
            Arrival::Clicked,
            (InviteTrust::None, TrustReason::AnyoneCanMakeIt),
        ),
    ] {
        assert_eq!(trust(&keys, arrival), expected);
        let nothing = (InviteTrust::None, TrustReason::NothingToTrust);
        assert_eq!(trust("a@b.example", arrival), nothing);
        let received = Received::read(&keys, arrival).unwrap();
        assert_eq!(received.has_to_be_confirmed(), arrival == Arrival::Clicked);
    }
    assert!(InviteTrust::None < InviteTrust::Introduced);
    assert!(InviteTrust::Introduced < InviteTrust::Verified);
}

#[test]
fn a_token_is_not_shown() {
    let token = InviteToken::from_random(&[7; 10]);
    assert_eq!(token.reveal().len(), 16);
    assert_eq!(InviteToken::new(token.reveal()), Ok(token.clone()));
    assert_eq!(format!("{token:?}"), "InviteToken(hidden)");
}

proptest! {
    #[test]
    fn text_at_random_does_not_panic(text in any::<String>()) {
        for start in ["", "xmpp:", "xmpp:a@b.example?", "https://x/i/#", "https://x/i/#1.", "https://x/i/"] {
            if let Ok(invite) = Invite::read(&format!("{start}{text}")) {
                let _ = invite.to_xmpp();
            }
        }
    }

    #[test]
    fn payloads_at_random_are_read_back_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let payload = data_encoding::BASE64URL_NOPAD.encode(&bytes);
        let link = format!("https://x/i/#1.{payload}");
        if let Ok(invite) = Invite::read(&link) {
            prop_assert_eq!(invite.to_link("x"), Ok(link));
        }
    }

    #[test]
    fn payloads_that_are_nearly_right_are_read_back_or_refused(
        which in 0_usize..5,
        at in any::<proptest::sample::Index>(),
        flip in 1_u8..=255,
    ) {
        let vectors = vectors();
        let link = vectors["good"][which]["link"].as_str().unwrap();
        let (start, payload) = link.split_once("#1.").unwrap();
        let mut bytes = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let changed = format!("{start}#1.{}", data_encoding::BASE64URL_NOPAD.encode(&bytes));
        if let Ok(invite) = Invite::read(&changed) {
            prop_assert_eq!(invite.to_link("onym.example"), Ok(changed));
        }
    }
}
