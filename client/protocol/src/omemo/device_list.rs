//! The list of an account's devices, as it is published.

use data_encoding::BASE64;
use minidom::Element;
use onym_stream::{Attributes, ns};

use super::{DeviceId, Dialect};

/// How many devices of one account are known. People have five; an attacker could publish
/// thousands, and each would get a key with every message.
pub const MAX_DEVICES: usize = 64;

/// The longest label that is kept, in characters (XEP-0384, section 5.3.1: "under 53 Unicode code
/// points").
pub const MAX_LABEL_CHARS: usize = 53;

/// The only item of the node.
pub(crate) const ITEM: &str = "current";

/// A device in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedDevice {
    /// Its number.
    pub(crate) id: DeviceId,
    /// What its owner calls it, with a signature that has to be checked.
    pub(crate) label: Option<SignedLabel>,
}

/// What an owner calls a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedLabel {
    pub(crate) text: String,
    /// Over the text, by the device's identity key.
    pub(crate) signature: Vec<u8>,
}

/// The node that has the list.
pub(crate) fn node(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Omemo => ns::OMEMO_DEVICES,
        Dialect::Omemo2 => ns::OMEMO_2_DEVICES,
    }
}

/// The dialect whose list a node has.
pub(crate) fn dialect_of(node: &str) -> Option<Dialect> {
    Dialect::ALL
        .into_iter()
        .find(|dialect| self::node(*dialect) == node)
}

/// The devices in a published list, each once and no more than are known of one account; nothing
/// if it is no list.
pub(crate) fn read(payload: &Element, dialect: Dialect) -> Option<Vec<ListedDevice>> {
    let (name, namespace) = element(dialect);
    if !payload.is(name, namespace) {
        return None;
    }
    let mut devices: Vec<ListedDevice> = Vec::new();
    for device in payload.children().filter(|it| it.is("device", namespace)) {
        let id = device.attr("id").and_then(|id| id.trim().parse().ok());
        let Some(id) = id.and_then(DeviceId::new) else {
            continue;
        };
        if devices.iter().all(|known| known.id != id) {
            let label = (dialect == Dialect::Omemo2).then(|| label_of(device));
            devices.push(ListedDevice {
                id,
                label: label.flatten(),
            });
        }
        if devices.len() == MAX_DEVICES {
            break;
        }
    }
    Some(devices)
}

/// The list for publishing.
pub(crate) fn write(devices: &[ListedDevice], dialect: Dialect) -> Element {
    let (name, namespace) = element(dialect);
    let mut list = Element::bare(name, namespace);
    for device in devices {
        let mut entry =
            Element::bare("device", namespace).with_attribute("id", device.id.to_string());
        if let Some(label) = &device.label {
            entry = entry
                .with_attribute("label", label.text.as_str())
                .with_attribute("labelsig", BASE64.encode(&label.signature));
        }
        list.append_child(entry);
    }
    list
}

fn element(dialect: Dialect) -> (&'static str, &'static str) {
    match dialect {
        Dialect::Omemo => ("list", ns::OMEMO),
        Dialect::Omemo2 => ("devices", ns::OMEMO_2),
    }
}

/// Section 5.3.1: a label without a signature "MUST be ignored".
fn label_of(device: &Element) -> Option<SignedLabel> {
    let text = device.attr("label").filter(|text| {
        let is_short = text.chars().count() <= MAX_LABEL_CHARS;
        is_short && !text.trim().is_empty()
    })?;
    let signature = BASE64.decode(device.attr("labelsig")?.as_bytes()).ok()?;
    Some(SignedLabel {
        text: text.to_owned(),
        signature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(xml: &str, dialect: Dialect) -> Option<Vec<u32>> {
        let devices = read(&xml.parse().unwrap(), dialect)?;
        Some(devices.iter().map(|device| device.id.get()).collect())
    }

    #[test]
    fn a_list_is_read_in_its_own_namespace_only() {
        let old = "<list xmlns='eu.siacs.conversations.axolotl'><device id='7'/></list>";
        assert_eq!(listed(old, Dialect::Omemo), Some(vec![7]));
        assert_eq!(listed(old, Dialect::Omemo2), None);
        let new = "<devices xmlns='urn:xmpp:omemo:2'><device id='7'/><device id='9'/></devices>";
        assert_eq!(listed(new, Dialect::Omemo2), Some(vec![7, 9]));
        assert_eq!(listed(new, Dialect::Omemo), None);
    }

    #[test]
    fn what_is_no_device_is_left_out() {
        let odd = "<list xmlns='eu.siacs.conversations.axolotl'><device/><device id=''/>\
            <device id='0'/><device id='-1'/><device id='2147483648'/><device id='x'/>\
            <device id='2147483647'/><device id='3'/><device id='3'/><odd id='4'/></list>";
        assert_eq!(listed(odd, Dialect::Omemo), Some(vec![2_147_483_647, 3]));
    }

    #[test]
    fn an_attacker_cannot_publish_thousands() {
        let many: String = (1..5_000)
            .map(|id| format!("<device id='{id}'/>"))
            .collect();
        let xml = format!("<devices xmlns='urn:xmpp:omemo:2'>{many}</devices>");
        assert_eq!(listed(&xml, Dialect::Omemo2).unwrap().len(), MAX_DEVICES);
    }

    #[test]
    fn a_label_needs_a_signature_and_a_length() {
        let label_of = |attributes: &str| {
            let xml = format!(
                "<devices xmlns='urn:xmpp:omemo:2'><device id='1' {attributes}/></devices>"
            );
            read(&xml.parse().unwrap(), Dialect::Omemo2).unwrap()[0]
                .label
                .clone()
        };
        assert_eq!(label_of("label='desk'"), None);
        assert_eq!(label_of("label='desk' labelsig='?'"), None);
        assert_eq!(label_of("label=' ' labelsig='AAAA'"), None);
        let long = "x".repeat(MAX_LABEL_CHARS + 1);
        assert_eq!(label_of(&format!("label='{long}' labelsig='AAAA'")), None);
        let label = label_of("label='desk' labelsig='AAAA'").unwrap();
        assert_eq!((label.text.as_str(), label.signature), ("desk", vec![0; 3]));
    }

    #[test]
    fn reads_what_it_writes() {
        for dialect in Dialect::ALL {
            let devices: Vec<ListedDevice> = [1, 77, 2_147_483_647]
                .into_iter()
                .map(|id| ListedDevice {
                    id: DeviceId::new(id).unwrap(),
                    label: (dialect == Dialect::Omemo2 && id == 77).then(|| SignedLabel {
                        text: "<desk>".to_owned(),
                        signature: vec![5; 64],
                    }),
                })
                .collect();
            let list = write(&devices, dialect);
            assert_eq!(read(&list, dialect), Some(devices));
            assert_eq!(dialect_of(node(dialect)), Some(dialect));
        }
    }
}
