//! The element that carries an encrypted message, with a key for each device that may read it.

use std::collections::BTreeMap;

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE};
use jid::BareJid;
use minidom::Element;
use onym_stream::Attributes;

use super::{DeviceId, Dialect};

/// The longest sealed key that is read, in bytes: a key exchange has about 250.
const MAX_KEY_BYTES: usize = 2_048;

/// How many keys may be meant for this device. In the older dialect a key does not say whose
/// device it is for, and two people may have devices of the same number.
const MAX_KEYS_FOR_US: usize = 4;

/// An encrypted message as it came, as far as it is for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encrypted {
    /// The dialect it is in.
    pub(crate) dialect: Dialect,
    /// The device that wrote it, by its own word.
    pub(crate) sender: DeviceId,
    /// The keys that may be for us.
    pub(crate) keys: Vec<WireKey>,
    /// In the older dialect.
    pub(crate) iv: Option<Vec<u8>>,
    /// What the key opens; nothing in an empty message.
    pub(crate) payload: Option<Vec<u8>>,
}

/// A sealed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireKey {
    /// Whether a session begins with it.
    pub(crate) is_key_exchange: bool,
    /// What the ratchet made.
    pub(crate) bytes: Vec<u8>,
}

/// The keys of an outgoing message.
pub(crate) type KeysByAccount = BTreeMap<BareJid, BTreeMap<DeviceId, WireKey>>;

/// Whether a message has an encrypted part in any dialect.
pub(crate) fn is_encrypted(message: &Element) -> bool {
    Dialect::ALL
        .into_iter()
        .any(|dialect| message.has_child("encrypted", dialect.namespace()))
}

/// The encrypted part of a message in one dialect; nothing if there is none, or it makes no sense.
pub(crate) fn read(
    message: &Element,
    dialect: Dialect,
    our_jid: &BareJid,
    our_id: DeviceId,
) -> Option<Encrypted> {
    let ns = dialect.namespace();
    let encrypted = message.get_child("encrypted", ns)?;
    let header = encrypted.get_child("header", ns)?;
    let sender = DeviceId::new(header.attr("sid")?.trim().parse().ok()?)?;
    let keys = match dialect {
        Dialect::Omemo => keys_in(header, dialect, our_id),
        Dialect::Omemo2 => {
            let is_ours = |keys: &&Element| {
                keys.is("keys", ns)
                    && keys
                        .attr("jid")
                        .and_then(|jid| BareJid::new(jid).ok())
                        .as_ref()
                        == Some(our_jid)
            };
            let ours = header.children().find(is_ours);
            ours.map(|keys| keys_in(keys, dialect, our_id))
                .unwrap_or_default()
        }
    };
    let iv = match header.get_child("iv", ns) {
        Some(iv) => Some(decode(&iv.text())?),
        None => None,
    };
    let payload = match encrypted.get_child("payload", ns) {
        Some(payload) => Some(decode(&payload.text())?),
        None => None,
    };
    Some(Encrypted {
        dialect,
        sender,
        keys,
        iv,
        payload,
    })
}

fn keys_in(parent: &Element, dialect: Dialect, our_id: DeviceId) -> Vec<WireKey> {
    let our_id = our_id.to_string();
    parent
        .children()
        .filter(|child| child.is("key", dialect.namespace()))
        .filter(|key| key.attr("rid").map(str::trim) == Some(our_id.as_str()))
        .filter_map(|key| {
            let text = key.text();
            if text.len() > 2 * MAX_KEY_BYTES {
                return None;
            }
            let flag = key.attr(exchange_attribute(dialect)).map(str::trim);
            Some(WireKey {
                is_key_exchange: matches!(flag, Some("true" | "1")),
                bytes: decode(&text).filter(|bytes| bytes.len() <= MAX_KEY_BYTES)?,
            })
        })
        .take(MAX_KEYS_FOR_US)
        .collect()
}

/// The element for an outgoing message. Without a payload it is an empty message.
pub(crate) fn write(
    dialect: Dialect,
    our_id: DeviceId,
    keys: &KeysByAccount,
    iv: Option<&[u8]>,
    payload: Option<&[u8]>,
) -> Element {
    let ns = dialect.namespace();
    let mut header = Element::bare("header", ns).with_attribute("sid", our_id.to_string());
    for (jid, keys) in keys {
        let elements = keys.iter().map(|(id, key)| write_key(dialect, *id, key));
        match dialect {
            Dialect::Omemo => elements.for_each(|key| {
                header.append_child(key);
            }),
            Dialect::Omemo2 => {
                let mut group = Element::bare("keys", ns).with_attribute("jid", jid.as_str());
                elements.for_each(|key| {
                    group.append_child(key);
                });
                header.append_child(group);
            }
        }
    }
    if let Some(iv) = iv {
        header.append_child(with_bytes("iv", ns, iv));
    }
    let mut encrypted = Element::bare("encrypted", ns);
    encrypted.append_child(header);
    if let Some(payload) = payload {
        encrypted.append_child(with_bytes("payload", ns, payload));
    }
    encrypted
}

fn write_key(dialect: Dialect, id: DeviceId, key: &WireKey) -> Element {
    let flag = key.is_key_exchange.then_some("true");
    with_bytes("key", dialect.namespace(), &key.bytes)
        .with_attribute("rid", id.to_string())
        .with_attribute(exchange_attribute(dialect), flag)
}

/// An element with bytes as its text.
pub(super) fn with_bytes(name: &str, ns: &str, bytes: &[u8]) -> Element {
    let mut element = Element::bare(name, ns);
    element.append_text_node(BASE64.encode(bytes));
    element
}

/// The bytes in a text. Some clients break lines.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_MIME_PERMISSIVE.decode(text.trim().as_bytes()).ok()
}

fn exchange_attribute(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Omemo => "prekey",
        Dialect::Omemo2 => "kex",
    }
}

#[cfg(test)]
mod tests {
    use onym_stream::ns;

    use super::*;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn id(number: u32) -> DeviceId {
        DeviceId::new(number).unwrap()
    }

    fn key(byte: u8, is_key_exchange: bool) -> WireKey {
        WireKey {
            is_key_exchange,
            bytes: vec![byte; 60],
        }
    }

    #[test]
    fn each_device_finds_its_own_key() {
        let keys: KeysByAccount = [
            (
                jid("bob@b.example"),
                [(id(1), key(1, true)), (id(2), key(2, false))].into(),
            ),
            (jid("alice@a.example"), [(id(2), key(3, false))].into()),
        ]
        .into();
        for dialect in Dialect::ALL {
            let mut message = Element::bare("message", ns::CLIENT);
            assert!(!is_encrypted(&message));
            let iv = (dialect == Dialect::Omemo).then_some(&[9; 12][..]);
            message.append_child(write(dialect, id(7), &keys, iv, Some(b"sealed")));
            assert!(is_encrypted(&message));
            let read =
                |jid_: &str, number| read(&message, dialect, &jid(jid_), id(number)).unwrap();
            let first = read("bob@b.example", 1);
            assert_eq!(first.sender, id(7));
            assert_eq!(first.keys, [key(1, true)]);
            assert_eq!(first.payload.as_deref(), Some(&b"sealed"[..]));
            assert_eq!(first.iv.as_deref(), iv);
            // Only the newer dialect says whose device it is.
            let ambiguous = read("alice@a.example", 2).keys;
            match dialect {
                Dialect::Omemo => assert_eq!(ambiguous, [key(3, false), key(2, false)]),
                Dialect::Omemo2 => assert_eq!(ambiguous, [key(3, false)]),
            }
            assert_eq!(read("bob@b.example", 3).keys, []);
        }
    }

    #[test]
    fn an_empty_message_has_no_payload() {
        let encrypted = write(Dialect::Omemo2, id(7), &KeysByAccount::new(), None, None);
        let mut message = Element::bare("message", ns::CLIENT);
        message.append_child(encrypted);
        let found = read(&message, Dialect::Omemo2, &jid("a@a.example"), id(1)).unwrap();
        assert_eq!((found.payload, found.keys), (None, vec![]));
    }

    #[test]
    fn nonsense_is_nothing() {
        let read = |inner: &str| {
            let xml = format!(
                "<message xmlns='jabber:client'>\
                 <encrypted xmlns='eu.siacs.conversations.axolotl'>{inner}</encrypted></message>"
            );
            read(
                &xml.parse().unwrap(),
                Dialect::Omemo,
                &jid("a@a.example"),
                id(1),
            )
        };
        for nothing in [
            "",
            "<header/>",
            "<header sid='0'/>",
            "<header sid='x'/>",
            "<header sid='1'><iv>?</iv></header>",
            "<header sid='1'/><payload>a</payload>",
        ] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
        let long = BASE64.encode(&vec![0; MAX_KEY_BYTES + 1]);
        let keys = format!(
            "<header sid='1'><key rid='1'>?</key><key rid='1'>{long}</key><key>AAAA</key>\
             <key rid='1' prekey='1'>AA\nAA</key></header>"
        );
        let found = read(&keys).unwrap();
        assert_eq!(
            found.keys,
            [WireKey {
                is_key_exchange: true,
                bytes: vec![0; 3]
            }]
        );
        let many = format!(
            "<header sid='1'>{}</header>",
            "<key rid='1'>AAAA</key>".repeat(50)
        );
        assert_eq!(read(&many).unwrap().keys.len(), MAX_KEYS_FOR_US);
    }
}
