//! What is said about contacts: one person, whichever addresses they have.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::words::printable;

/// A contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ContactReport {
    pub(crate) jid: String,
    /// Where the conversation with them is kept, if that is another address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subscription: String,
    pub(crate) pending: bool,
    pub(crate) presence: String,
    /// When the invite of ours was made that they came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invited: Option<String>,
    /// Each of their addresses, this one first, if they have several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) addresses: Vec<ContactAddress>,
}

/// One address of a contact who has several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ContactAddress {
    pub(crate) jid: String,
    pub(crate) subscription: String,
    pub(crate) pending: bool,
    pub(crate) presence: String,
    /// Whether it was theirs and is not any more beyond doubt: nothing is sent there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) former: bool,
}

impl ContactReport {
    /// As words for a person.
    pub(super) fn words(&self) -> String {
        let name = self.name.as_deref();
        let name = name.map(|name| format!(" ({})", printable(name)));
        let name = name.unwrap_or_default();
        let here = state(&self.presence, &self.subscription, self.pending);
        let invited = self.invited.as_deref();
        let invited = invited
            .map(|made| format!(", came with your invite of {}", printable(made)))
            .unwrap_or_default();
        let mut words = format!("{}{name}: {here}{invited}", self.jid);
        for address in &self.addresses {
            let there = state(&address.presence, &address.subscription, address.pending);
            let former = if address.former {
                ", not theirs any more"
            } else {
                ""
            };
            let _ = write!(words, "\n  {}: {there}{former}", address.jid);
        }
        words
    }
}

fn state(presence: &str, subscription: &str, is_pending: bool) -> String {
    let pending = if is_pending {
        ", waiting for their answer"
    } else {
        ""
    };
    format!("{presence}, subscription {subscription}{pending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_with_several_addresses_is_one_contact() {
        let address = |jid: &str, former| ContactAddress {
            jid: jid.to_owned(),
            subscription: "both".to_owned(),
            presence: "offline".to_owned(),
            former,
            ..ContactAddress::default()
        };
        let mut report = ContactReport {
            jid: "bob@b.example".to_owned(),
            name: Some("Bob\u{1b}".to_owned()),
            subscription: "to".to_owned(),
            pending: true,
            presence: "available".to_owned(),
            ..ContactReport::default()
        };
        let words =
            "bob@b.example (Bob\u{fffd}): available, subscription to, waiting for their answer";
        assert_eq!(report.words(), words);
        let value = serde_json::to_value(&report).unwrap();
        assert!(value.get("addresses").is_none() && value.get("conversation").is_none());
        report.addresses = vec![
            address("bob@b.example", false),
            address("bob@c.example", true),
        ];
        let lines: Vec<String> = report.words().lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                words,
                "  bob@b.example: offline, subscription both",
                "  bob@c.example: offline, subscription both, not theirs any more",
            ]
        );
    }
}
