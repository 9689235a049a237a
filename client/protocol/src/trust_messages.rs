//! What a device says about the keys of devices: which of them it trusts, and which not.
//!
//! A key is named by the bytes that its bundle has for it, in Base64 (XEP-0434, section 4). XEP-0384
//! leaves open what names a key. For OMEMO 2 it is the point on Ed25519: by its sources `QXmpp` writes
//! that, and the examples of XEP-0434 are such points. For OMEMO 0.3, for which nothing is known of
//! others, it is the u-coordinate without the type, which people compare.

/// XEP-0450: Automatic Trust Management (ATM)
pub(crate) mod automatic;

use std::collections::BTreeMap;

use data_encoding::BASE64;
use jid::BareJid;
use minidom::Element;
use onym_stream::{Attributes, ns};
use serde::{Deserialize, Serialize};

use crate::omemo::{Dialect, IdentityKey};

/// How many keys a message may be about. A device that is new to an account hears of those of all
/// contacts at once.
pub(crate) const MAX_KEYS: usize = 1_000;

/// How many keys we write about in one message, so that it stays well below what servers take: each
/// has some 60 bytes, its owner's address at most 200, and encryption adds a third.
pub(crate) const MAX_KEYS_WRITTEN: usize = 100;

/// Whether a key is trusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrustWord {
    /// Whose device has it.
    pub owner: BareJid,
    /// The key.
    pub key: IdentityKey,
    /// Whether it is the owner's, as far as the sender knows.
    pub is_trusted: bool,
}

/// Why a trust message says nothing. Always its sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TrustMessageError {
    /// There are several.
    #[error("there is more than one trust message")]
    Several,
    /// It is for another protocol than automatic trust, or about keys of another encryption.
    #[error("the trust message is for something that this program does not know")]
    OtherUse,
    /// An owner has no bare address.
    #[error("the trust message names an owner by no address")]
    NotAnAddress,
    /// What should be a key is none.
    #[error("the trust message has something in it that is no key")]
    NotAKey,
    /// It is about more than [`MAX_KEYS`] keys.
    #[error("the trust message is about too many keys")]
    TooMany,
}

/// What a trust message says, if there is one: each key once, and a key that is trusted and
/// distrusted at once is distrusted.
pub(crate) fn read(message: &Element) -> Option<Result<Vec<TrustWord>, TrustMessageError>> {
    let is_one = |child: &&Element| child.is("trust-message", ns::TRUST_MESSAGE);
    let mut found = message.children().filter(is_one);
    let element = found.next()?;
    Some(match found.next() {
        Some(_) => Err(TrustMessageError::Several),
        None => read_one(element),
    })
}

fn read_one(element: &Element) -> Result<Vec<TrustWord>, TrustMessageError> {
    let is_about = |dialect: &Dialect| element.attr("encryption") == Some(dialect.namespace());
    let dialect = Dialect::ALL.into_iter().find(is_about);
    let is_for_us = element.attr("usage") == Some(ns::AUTOMATIC_TRUST);
    let dialect = dialect
        .filter(|_| is_for_us)
        .ok_or(TrustMessageError::OtherUse)?;
    let mut words = BTreeMap::new();
    let mut count = 0_usize;
    for owner in element.children() {
        if !owner.is("key-owner", ns::TRUST_MESSAGE) {
            continue;
        }
        let jid = owner.attr("jid").and_then(|jid| BareJid::new(jid).ok());
        let jid = jid.ok_or(TrustMessageError::NotAnAddress)?;
        for said in owner.children() {
            let is_trusted = match said.name() {
                "trust" if said.has_ns(ns::TRUST_MESSAGE) => true,
                "distrust" if said.has_ns(ns::TRUST_MESSAGE) => false,
                _ => continue,
            };
            count = count.saturating_add(1);
            if count > MAX_KEYS {
                return Err(TrustMessageError::TooMany);
            }
            let key = read_key(&said.text(), dialect).ok_or(TrustMessageError::NotAKey)?;
            let word = words.entry((jid.clone(), key)).or_insert(true);
            *word &= is_trusted;
        }
    }
    let words = words
        .into_iter()
        .map(|((owner, key), is_trusted)| TrustWord {
            owner,
            key,
            is_trusted,
        });
    Ok(words.collect())
}

fn read_key(text: &str, dialect: Dialect) -> Option<IdentityKey> {
    let text = text.trim_ascii();
    // 32 bytes, written in full.
    if text.len() != 44 {
        return None;
    }
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    IdentityKey::from_identifier(dialect, bytes.try_into().ok()?).ok()
}

/// The element that says these words about keys of a dialect. `name_of` gives the bytes that name a key.
pub(crate) fn write(words: &[(TrustWord, [u8; 32])], dialect: Dialect) -> Element {
    let mut owners: BTreeMap<&BareJid, Element> = BTreeMap::new();
    for (word, name) in words {
        let owner = owners.entry(&word.owner).or_insert_with(|| {
            Element::bare("key-owner", ns::TRUST_MESSAGE).with_attribute("jid", word.owner.as_str())
        });
        let said = if word.is_trusted { "trust" } else { "distrust" };
        let mut said = Element::bare(said, ns::TRUST_MESSAGE);
        said.append_text_node(BASE64.encode(name));
        owner.append_child(said);
    }
    let mut message = Element::bare("trust-message", ns::TRUST_MESSAGE)
        .with_attribute("usage", ns::AUTOMATIC_TRUST)
        .with_attribute("encryption", dialect.namespace());
    for owner in owners.into_values() {
        message.append_child(owner);
    }
    message
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A key for each number, made as devices make theirs.
    fn key(number: u64) -> IdentityKey {
        use rand::SeedableRng as _;
        let mut rng = rand::rngs::StdRng::seed_from_u64(number);
        let id = crate::omemo::DeviceId::new(1).unwrap();
        crate::omemo::OurDevice::generate(id, onym_identity::Timestamp::UNIX_EPOCH, &mut rng)
            .identity_key()
    }

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn message(inner: &str) -> Element {
        let text = format!("<message xmlns='jabber:client'>{inner}</message>");
        text.parse().unwrap()
    }

    fn about(inner: &str) -> Result<Vec<TrustWord>, TrustMessageError> {
        let inner = format!(
            "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' \
             encryption='urn:xmpp:omemo:2'>{inner}</trust-message>"
        );
        read(&message(&inner)).unwrap()
    }

    fn name(number: u64, dialect: Dialect) -> String {
        BASE64.encode(&key(number).identifier(dialect).unwrap())
    }

    fn owner(jid: &str, said: &str) -> String {
        format!("<key-owner jid='{jid}'>{said}</key-owner>")
    }

    fn word(owner: &str, number: u64, is_trusted: bool) -> TrustWord {
        TrustWord {
            owner: jid(owner),
            key: key(number),
            is_trusted,
        }
    }

    #[test]
    fn says_of_several_owners_whom_it_trusts() {
        let [a, b, c] = [1, 2, 3].map(|number| name(number, Dialect::Omemo2));
        let alice = owner("alice@example.org", &format!("<trust>{a}</trust>"));
        let both = format!("<trust>\n {b} </trust><distrust>{c}</distrust>");
        let bob = owner("bob@example.com", &both);
        let mut expected = vec![
            word("alice@example.org", 1, true),
            word("bob@example.com", 2, true),
            word("bob@example.com", 3, false),
        ];
        expected.sort();
        assert_eq!(about(&format!("{alice}{bob}")), Ok(expected));
        assert_eq!(read(&message("<body>No trust message</body>")), None);
    }

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        // XEP-0434, section 4. All its keys are points on Ed25519, as in the bundles of OMEMO 2.
        let example = "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' \
            encryption='urn:xmpp:omemo:2'><key-owner jid='alice@example.org'>\
            <trust>aFABnX7Q/rbTgjBySYzrT2FsYCVYb49mbca5yB734KQ=</trust>\
            <trust>IhpPjiKLchgrAG5cpSfTvdzPjZ5v6vTOluHEUehkgCA=</trust></key-owner>\
            <key-owner jid='bob@example.com'>\
            <trust>YjVI04NcbTPvXLaA95RO84HPcSvyOgEZ2r5cTyUs0C8=</trust>\
            <distrust>tCP1CI3pqSTVGzFYFyPYUMfMZ9Ck/msmfD0wH/VtJBM=</distrust>\
            <distrust>2fhJtrgoMJxfLI3084/YkYh9paqiSiLFDVL2m0qAgX4=</distrust></key-owner>\
            </trust-message>";
        let words = read(&message(example)).unwrap().unwrap();
        let count = |owner: &str, is_trusted| {
            let of_it = words.iter().filter(|it| it.owner == jid(owner));
            of_it.filter(|it| it.is_trusted == is_trusted).count()
        };
        assert_eq!(count("alice@example.org", true), 2);
        assert_eq!(count("bob@example.com", true), 1);
        assert_eq!(count("bob@example.com", false), 2);
        // With the names as they were read, the same is written.
        let names = ["aFABnX7Q/rbTgjBySYzrT2FsYCVYb49mbca5yB734KQ="].map(|name| {
            let bytes = BASE64.decode(name.as_bytes()).unwrap();
            <[u8; 32]>::try_from(bytes).unwrap()
        });
        let first = IdentityKey::from_identifier(Dialect::Omemo2, names[0]).unwrap();
        let word = TrustWord {
            owner: jid("alice@example.org"),
            key: first,
            is_trusted: true,
        };
        let written = String::from(&write(&[(word, names[0])], Dialect::Omemo2));
        assert!(written.contains(">aFABnX7Q/rbTgjBySYzrT2FsYCVYb49mbca5yB734KQ=</trust>"));
    }

    #[test]
    fn what_is_trusted_and_distrusted_is_distrusted() {
        let a = name(1, Dialect::Omemo2);
        for said in [
            format!("<trust>{a}</trust><distrust>{a}</distrust>"),
            format!("<distrust>{a}</distrust><trust>{a}</trust>"),
        ] {
            let said = owner("alice@example.org", &said);
            assert_eq!(about(&said), Ok(vec![word("alice@example.org", 1, false)]));
        }
    }

    #[test]
    fn keys_in_other_encodings_are_refused() {
        let raw = key(1).identifier(Dialect::Omemo2).unwrap();
        let typed = [&[5], raw.as_slice()].concat();
        let hex = data_encoding::HEXLOWER.encode(&raw);
        let mut urls = data_encoding::BASE64URL.encode(&[0xfb; 32]);
        urls.truncate(44);
        for text in [
            String::new(),
            hex,
            BASE64.encode(&typed),
            BASE64.encode(raw.get(..31).unwrap()),
            name(1, Dialect::Omemo2).replace('=', ""),
            urls,
            // No point of the curve, and one of low order.
            BASE64.encode(&[2; 32]),
            BASE64.encode(&[0; 32]),
            "A".repeat(1_000_000),
        ] {
            let said = owner("alice@example.org", &format!("<trust>{text}</trust>"));
            assert_eq!(about(&said), Err(TrustMessageError::NotAKey), "{text:.50}");
        }
    }

    #[test]
    fn a_malformed_message_says_nothing() {
        let a = name(1, Dialect::Omemo2);
        let trust = format!("<trust>{a}</trust>");
        for nobody in ["alice@example.org/phone", "", "@"] {
            let said = owner(nobody, &trust);
            assert_eq!(about(&said), Err(TrustMessageError::NotAnAddress));
        }
        let unnamed = format!("<key-owner>{trust}</key-owner>");
        assert_eq!(about(&unnamed), Err(TrustMessageError::NotAnAddress));
        let many = owner("alice@example.org", &trust.repeat(MAX_KEYS + 1));
        assert_eq!(about(&many), Err(TrustMessageError::TooMany));
        let most = owner("alice@example.org", &trust.repeat(MAX_KEYS));
        assert_eq!(about(&most).unwrap().len(), 1);
        assert_eq!(about(""), Ok(Vec::new()));
        let one = "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' \
                   encryption='urn:xmpp:omemo:2'/>";
        let two = message(&one.repeat(2));
        assert_eq!(read(&two), Some(Err(TrustMessageError::Several)));
        for other in [
            one.replace("urn:xmpp:atm:1", "urn:xmpp:atm:0"),
            one.replace("urn:xmpp:omemo:2", "urn:xmpp:openpgp:0"),
            one.replace("usage=", "use="),
        ] {
            let refused = read(&message(&other));
            assert_eq!(refused, Some(Err(TrustMessageError::OtherUse)), "{other}");
        }
    }

    #[test]
    fn both_signs_of_a_point_name_one_key() {
        let mut other = key(1).identifier(Dialect::Omemo2).unwrap();
        other[31] |= 0x80;
        let said = format!("<trust>{}</trust>", BASE64.encode(&other));
        let said = owner("alice@example.org", &said);
        assert_eq!(about(&said), Ok(vec![word("alice@example.org", 1, true)]));
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(
            said in prop::collection::btree_map((0..4_u8, 0..6_u64), any::<bool>(), 1..12),
        ) {
            for dialect in Dialect::ALL {
                let words: Vec<_> = said
                    .iter()
                    .map(|((owner, number), is_trusted)| {
                        let name = key(*number).identifier(dialect).unwrap();
                        (word(&format!("owner-{owner}@a.example"), *number, *is_trusted), name)
                    })
                    .collect();
                let mut stanza = Element::bare("message", ns::CLIENT);
                stanza.append_child(write(&words, dialect));
                let mut expected: Vec<_> = words.into_iter().map(|(word, _)| word).collect();
                expected.sort();
                prop_assert_eq!(read(&stanza), Some(Ok(expected)));
            }
        }
    }
}
