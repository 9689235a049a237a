//! The bundle of a device, as it is published.

use minidom::Element;
use onym_stream::{Attributes, ns};

use super::bundle::{Bundle, WireBundle};
use super::encrypted::{decode, with_bytes};
use super::{DeviceId, Dialect};

/// The longest key or signature that is read, in bytes.
const MAX_KEY_BYTES: usize = 100;

/// The node with the bundle of a device, and the name of its item there.
pub(crate) fn node(dialect: Dialect, device: DeviceId) -> (String, String) {
    match dialect {
        Dialect::Omemo => (
            format!("{}.bundles:{device}", ns::OMEMO),
            super::device_list::ITEM.to_owned(),
        ),
        Dialect::Omemo2 => (ns::OMEMO_2_BUNDLES.to_owned(), device.to_string()),
    }
}

/// The element for publishing.
pub(crate) fn write(bundle: &Bundle) -> Element {
    let wire = bundle.to_wire();
    let dialect = bundle.dialect();
    let names = Names::of(dialect);
    let ns = dialect.namespace();
    let mut element = Element::bare("bundle", ns);
    let id = wire.signed_pre_key_id.to_string();
    element.append_child(
        with_bytes(names.signed_pre_key, ns, &wire.signed_pre_key)
            .with_attribute(names.signed_pre_key_id, id),
    );
    element.append_child(with_bytes(names.signature, ns, &wire.signature));
    element.append_child(with_bytes(names.identity_key, ns, &wire.identity_key));
    let mut pre_keys = Element::bare("prekeys", ns);
    for (id, key) in &wire.pre_keys {
        pre_keys.append_child(
            with_bytes(names.pre_key, ns, key).with_attribute(names.pre_key_id, id.to_string()),
        );
    }
    element.append_child(pre_keys);
    element
}

/// Reads what somebody has published. What is missing is empty, so that the bundle says what is
/// wrong with it; a pre-key that makes no sense is left out.
pub(crate) fn read(payload: &Element, dialect: Dialect) -> Option<WireBundle> {
    let ns = dialect.namespace();
    if !payload.is("bundle", ns) {
        return None;
    }
    let names = Names::of(dialect);
    let bytes = |name: &str| {
        let element = payload.get_child(name, ns);
        element
            .and_then(|element| bounded(&element.text()))
            .unwrap_or_default()
    };
    let signed = payload.get_child(names.signed_pre_key, ns)?;
    let pre_keys = payload.get_child("prekeys", ns);
    let pre_keys = pre_keys.into_iter().flat_map(Element::children);
    Some(WireBundle {
        identity_key: bytes(names.identity_key),
        signed_pre_key_id: number(signed, names.signed_pre_key_id)?,
        signed_pre_key: bytes(names.signed_pre_key),
        signature: bytes(names.signature),
        pre_keys: pre_keys
            .filter(|child| child.is(names.pre_key, ns))
            .filter_map(|key| Some((number(key, names.pre_key_id)?, bounded(&key.text())?)))
            .take(Bundle::MAX_PRE_KEYS)
            .collect(),
    })
}

fn number(element: &Element, attribute: &str) -> Option<u32> {
    element.attr(attribute)?.trim().parse().ok()
}

fn bounded(text: &str) -> Option<Vec<u8>> {
    (text.len() <= 2 * MAX_KEY_BYTES).then(|| decode(text))?
}

/// What a dialect calls the parts.
struct Names {
    identity_key: &'static str,
    signed_pre_key: &'static str,
    signed_pre_key_id: &'static str,
    signature: &'static str,
    pre_key: &'static str,
    pre_key_id: &'static str,
}

impl Names {
    const fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Omemo => Self {
                identity_key: "identityKey",
                signed_pre_key: "signedPreKeyPublic",
                signed_pre_key_id: "signedPreKeyId",
                signature: "signedPreKeySignature",
                pre_key: "preKeyPublic",
                pre_key_id: "preKeyId",
            },
            Dialect::Omemo2 => Self {
                identity_key: "ik",
                signed_pre_key: "spk",
                signed_pre_key_id: "id",
                signature: "spks",
                pre_key: "pk",
                pre_key_id: "id",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use onym_identity::Timestamp;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::omemo::OurDevice;

    #[test]
    fn reads_what_it_writes() {
        let mut rng = StdRng::seed_from_u64(1);
        let id = DeviceId::new(31_415).unwrap();
        let device = OurDevice::generate(id, Timestamp::UNIX_EPOCH, &mut rng);
        for dialect in Dialect::ALL {
            let bundle = device.bundle(dialect, &mut rng);
            let element = write(&bundle);
            let wire = read(&element, dialect).unwrap();
            assert_eq!(Bundle::from_wire(dialect, &wire), Ok(bundle));
        }
        let (node, item) = node(Dialect::Omemo, id);
        assert_eq!(node, "eu.siacs.conversations.axolotl.bundles:31415");
        assert_eq!(item, "current");
    }

    #[test]
    fn nonsense_is_refused_by_the_bundle_or_here() {
        let read = |inner: &str| {
            let xml = format!("<bundle xmlns='urn:xmpp:omemo:2'>{inner}</bundle>");
            read(&xml.parse().unwrap(), Dialect::Omemo2)
        };
        assert_eq!(read(""), None);
        assert_eq!(read("<spk id='x'/>"), None);
        let empty = read("<spk id='1'/>").unwrap();
        assert!(Bundle::from_wire(Dialect::Omemo2, &empty).is_err());
        let many = "<pk id='1'>AAAA</pk>".repeat(1_000);
        let odd = format!(
            "<spk id='1'/><ik>{}</ik><prekeys><pk>AAAA</pk><pk id='2'>?</pk>{many}</prekeys>",
            "A".repeat(100_000)
        );
        let bounded = read(&odd).unwrap();
        assert_eq!(bounded.pre_keys.len(), Bundle::MAX_PRE_KEYS);
        assert_eq!(bounded.identity_key, Vec::<u8>::new());
    }
}
