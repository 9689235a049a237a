//! How a node is configured (XEP-0060 §8.2 and §17.4.4).

use onym_stream::{Element, ns};
use serde::{Deserialize, Serialize};

use crate::form::{self, Form};
use crate::limits;
use crate::stanza::{Condition, Detail, Refusal};

/// Who besides the owner may read a node (XEP-0060 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessModel {
    /// Everybody.
    Open,
    /// Whoever receives the owner's presence.
    Presence,
    /// Nobody. The owner alone is on the list (XEP-0223 §2).
    Whitelist,
}

/// How many items a node keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MaxItems {
    /// So many.
    Number(u32),
    /// As many as the server allows (XEP-0060, feature `config-node-max`).
    Max,
}

/// When the last item is sent without having been asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendLast {
    /// Never.
    Never,
    /// To a new subscriber. Nobody subscribes explicitly here, so that is never too.
    OnSubscription,
    /// To a subscriber that becomes available.
    OnSubscriptionAndPresence,
}

/// The configuration of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeConfig {
    /// Who may read it.
    pub access_model: AccessModel,
    /// Whether items are kept at all.
    pub persist_items: bool,
    /// How many items are kept.
    pub max_items: MaxItems,
    /// When the last item is sent without having been asked for.
    pub send_last: SendLast,
    /// Whether subscribers are notified of anything.
    pub deliver_notifications: bool,
    /// Whether a notification carries the payload.
    pub deliver_payloads: bool,
    /// Whether subscribers hear of a new configuration.
    pub notify_config: bool,
    /// Whether subscribers hear that the node is deleted.
    pub notify_delete: bool,
    /// Whether subscribers hear of every item that is taken back.
    pub notify_retract: bool,
    /// The node's name for people.
    pub title: String,
    /// More words about it.
    pub description: String,
    /// The namespace of its payloads.
    pub payload_type: String,
}

impl Default for NodeConfig {
    /// XEP-0163 §2.5: the smart defaults. Items persist, since that is what clients expect of PEP
    /// today.
    fn default() -> Self {
        Self {
            access_model: AccessModel::Presence,
            persist_items: true,
            max_items: MaxItems::Number(1),
            send_last: SendLast::OnSubscriptionAndPresence,
            deliver_notifications: true,
            deliver_payloads: true,
            notify_config: false,
            notify_delete: true,
            notify_retract: true,
            title: String::new(),
            description: String::new(),
            payload_type: String::new(),
        }
    }
}

/// Why a field cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConfigFault {
    /// There is no such field here.
    Unknown,
    /// The field does not take this value.
    Value,
    /// An access model that XEP-0060 has and this server has not.
    AccessModel(&'static str),
}

impl From<ConfigFault> for Refusal {
    fn from(fault: ConfigFault) -> Self {
        match fault {
            // XEP-0060 §8.2.5.2: "the service MUST return a <not-acceptable/> error".
            ConfigFault::Unknown | ConfigFault::Value => Condition::NotAcceptable.into(),
            ConfigFault::AccessModel(feature) => Self {
                condition: Condition::FeatureNotImplemented,
                detail: Some(Detail {
                    name: "unsupported",
                    namespace: ns::PUBSUB_ERRORS,
                    feature: Some(feature),
                }),
            },
        }
    }
}

/// The fields of the form, with their XEP-0004 types, in the order in which they are shown.
const FIELDS: &[(&str, &str)] = &[
    ("pubsub#title", "text-single"),
    ("pubsub#description", "text-single"),
    ("pubsub#type", "text-single"),
    (ACCESS_MODEL, "list-single"),
    ("pubsub#persist_items", "boolean"),
    ("pubsub#max_items", "text-single"),
    (SEND_LAST, "list-single"),
    ("pubsub#deliver_notifications", "boolean"),
    ("pubsub#deliver_payloads", "boolean"),
    ("pubsub#notify_config", "boolean"),
    ("pubsub#notify_delete", "boolean"),
    ("pubsub#notify_retract", "boolean"),
    (PUBLISH_MODEL, "list-single"),
    (NOTIFICATION_TYPE, "list-single"),
];

const ACCESS_MODEL: &str = "pubsub#access_model";
const SEND_LAST: &str = "pubsub#send_last_published_item";
const PUBLISH_MODEL: &str = "pubsub#publish_model";
const NOTIFICATION_TYPE: &str = "pubsub#notification_type";

/// The values of a field that has only these.
fn options(var: &str) -> &'static [&'static str] {
    match var {
        ACCESS_MODEL => &["open", "presence", "whitelist"],
        SEND_LAST => &["never", "on_sub", "on_sub_and_presence"],
        // XEP-0163 §2.2: "one publisher per node".
        PUBLISH_MODEL => &["publishers"],
        NOTIFICATION_TYPE => &["headline"],
        _ => &[],
    }
}

impl NodeConfig {
    /// The configuration after a form has been submitted. The owner's clients send back whole forms
    /// and sometimes more than was in them, so that fields unknown here are passed over.
    pub(crate) fn configured(&self, form: &Form) -> Result<Self, ConfigFault> {
        let mut config = self.clone();
        for (var, value) in &form.values {
            match config.set(var, value) {
                Ok(()) | Err(ConfigFault::Unknown) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(config)
    }

    /// XEP-0060 §7.1.5: the configuration of a node that is made with these options. "It MUST
    /// reject the publication upon encountering unknown fields."
    pub(crate) fn with_options(&self, options: &Form) -> Result<Self, ConfigFault> {
        let mut config = self.clone();
        for (var, value) in &options.values {
            config.set(var, value)?;
        }
        Ok(config)
    }

    /// XEP-0060 §7.1.5: whether a node that exists has these options already.
    pub(crate) fn meets(&self, options: &Form) -> bool {
        self.with_options(options)
            .is_ok_and(|config| config == *self)
    }

    /// How many items are kept.
    pub(crate) fn keeps(&self) -> usize {
        match self.max_items {
            MaxItems::Number(number) => usize::try_from(number)
                .unwrap_or(usize::MAX)
                .min(limits::MAX_ITEMS_PER_NODE),
            MaxItems::Max => limits::MAX_ITEMS_PER_NODE,
        }
    }

    /// The form that shows the configuration.
    pub(crate) fn to_form(&self) -> Element {
        let mut form = form::form("form", ns::NODE_CONFIG);
        for (var, kind) in FIELDS {
            let mut field = form::field(var, kind, &self.get(var));
            for option in options(var) {
                let mut element = Element::bare("option", ns::DATA_FORMS);
                let mut value = Element::bare("value", ns::DATA_FORMS);
                value.append_text(*option);
                element.append_child(value);
                field.append_child(element);
            }
            form.append_child(field);
        }
        form
    }

    /// Bytes that the texts take.
    pub(crate) fn bytes(&self) -> usize {
        [&self.title, &self.description, &self.payload_type]
            .iter()
            .map(|text| text.len())
            .sum()
    }

    fn get(&self, var: &str) -> String {
        let boolean = |value: bool| if value { "1" } else { "0" }.to_owned();
        match var {
            "pubsub#title" => self.title.clone(),
            "pubsub#description" => self.description.clone(),
            "pubsub#type" => self.payload_type.clone(),
            "pubsub#persist_items" => boolean(self.persist_items),
            "pubsub#max_items" => match self.max_items {
                MaxItems::Number(number) => number.to_string(),
                MaxItems::Max => "max".to_owned(),
            },
            ACCESS_MODEL => self.access_model.as_str().to_owned(),
            SEND_LAST => self.send_last.as_str().to_owned(),
            "pubsub#deliver_notifications" => boolean(self.deliver_notifications),
            "pubsub#deliver_payloads" => boolean(self.deliver_payloads),
            "pubsub#notify_config" => boolean(self.notify_config),
            "pubsub#notify_delete" => boolean(self.notify_delete),
            "pubsub#notify_retract" => boolean(self.notify_retract),
            fixed => options(fixed)
                .first()
                .copied()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    fn set(&mut self, var: &str, value: &str) -> Result<(), ConfigFault> {
        match var {
            "pubsub#title" => set_text(&mut self.title, value),
            "pubsub#description" => set_text(&mut self.description, value),
            "pubsub#type" => set_text(&mut self.payload_type, value),
            "pubsub#persist_items" => set_boolean(&mut self.persist_items, value),
            "pubsub#max_items" => {
                self.max_items = match value {
                    "max" => MaxItems::Max,
                    number => match number.parse() {
                        Ok(0) | Err(_) => return Err(ConfigFault::Value),
                        Ok(number) => MaxItems::Number(number),
                    },
                };
                Ok(())
            }
            ACCESS_MODEL => {
                self.access_model = AccessModel::parse(value)?;
                Ok(())
            }
            SEND_LAST => {
                self.send_last = SendLast::parse(value).ok_or(ConfigFault::Value)?;
                Ok(())
            }
            "pubsub#deliver_notifications" => set_boolean(&mut self.deliver_notifications, value),
            "pubsub#deliver_payloads" => set_boolean(&mut self.deliver_payloads, value),
            "pubsub#notify_config" => set_boolean(&mut self.notify_config, value),
            "pubsub#notify_delete" => set_boolean(&mut self.notify_delete, value),
            "pubsub#notify_retract" => set_boolean(&mut self.notify_retract, value),
            PUBLISH_MODEL | NOTIFICATION_TYPE if options(var).contains(&value) => Ok(()),
            PUBLISH_MODEL | NOTIFICATION_TYPE => Err(ConfigFault::Value),
            _ => Err(ConfigFault::Unknown),
        }
    }
}

fn set_text(text: &mut String, value: &str) -> Result<(), ConfigFault> {
    if value.len() > limits::MAX_NODE_TEXT_BYTES {
        return Err(ConfigFault::Value);
    }
    value.clone_into(text);
    Ok(())
}

fn set_boolean(boolean: &mut bool, value: &str) -> Result<(), ConfigFault> {
    *boolean = form::parse_boolean(value).ok_or(ConfigFault::Value)?;
    Ok(())
}

impl AccessModel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Presence => "presence",
            Self::Whitelist => "whitelist",
        }
    }

    fn parse(value: &str) -> Result<Self, ConfigFault> {
        match value {
            "open" => Ok(Self::Open),
            "presence" => Ok(Self::Presence),
            "whitelist" => Ok(Self::Whitelist),
            "authorize" => Err(ConfigFault::AccessModel("access-authorize")),
            "roster" => Err(ConfigFault::AccessModel("access-roster")),
            _ => Err(ConfigFault::Value),
        }
    }
}

impl SendLast {
    fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnSubscription => "on_sub",
            Self::OnSubscriptionAndPresence => "on_sub_and_presence",
        }
    }

    fn parse(value: &str) -> Option<Self> {
        match value {
            "never" => Some(Self::Never),
            "on_sub" => Some(Self::OnSubscription),
            "on_sub_and_presence" => Some(Self::OnSubscriptionAndPresence),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled_in(fields: &[(&str, &str)]) -> Form {
        let mut parent = Element::bare("publish-options", ns::PUBSUB);
        let mut x = form::form("submit", ns::PUBLISH_OPTIONS);
        for (var, value) in fields {
            x.append_child(form::field(var, "text-single", value));
        }
        parent.append_child(x);
        Form::inside(&parent).unwrap()
    }

    #[test]
    fn a_form_that_is_sent_back_as_it_was_changes_nothing() {
        let config = NodeConfig {
            access_model: AccessModel::Whitelist,
            max_items: MaxItems::Max,
            send_last: SendLast::Never,
            notify_retract: false,
            title: "Räume".to_owned(),
            ..NodeConfig::default()
        };
        let mut parent = Element::bare("configure", ns::PUBSUB_OWNER);
        parent.append_child(config.to_form());
        let form = Form::inside(&parent).unwrap();
        assert_eq!(form.form_type.as_deref(), Some(ns::NODE_CONFIG));
        assert_eq!(form.values.len(), FIELDS.len(), "every field has a value");
        assert!(config.meets(&form));
        assert_eq!(NodeConfig::default().configured(&form), Ok(config));
    }

    #[test]
    fn every_field_can_be_set_and_is_then_another_configuration() {
        for (var, value) in [
            ("pubsub#title", "x"),
            ("pubsub#description", "x"),
            ("pubsub#type", "urn:x"),
            ("pubsub#access_model", "open"),
            ("pubsub#access_model", "whitelist"),
            ("pubsub#persist_items", "false"),
            ("pubsub#max_items", "128"),
            ("pubsub#max_items", "max"),
            ("pubsub#send_last_published_item", "never"),
            ("pubsub#send_last_published_item", "on_sub"),
            ("pubsub#deliver_notifications", "0"),
            ("pubsub#deliver_payloads", "0"),
            ("pubsub#notify_config", "true"),
            ("pubsub#notify_delete", "0"),
            ("pubsub#notify_retract", "0"),
        ] {
            let before = NodeConfig::default();
            let options = filled_in(&[(var, value)]);
            assert!(!before.meets(&options), "{var}");
            let after = before.with_options(&options).unwrap();
            assert!(after.meets(&options), "{var}");
        }
    }

    #[test]
    fn what_is_not_supported_is_said_clearly() {
        let config = NodeConfig::default();
        for (var, value, fault) in [
            (
                "pubsub#access_model",
                "authorize",
                ConfigFault::AccessModel("access-authorize"),
            ),
            (
                "pubsub#access_model",
                "roster",
                ConfigFault::AccessModel("access-roster"),
            ),
            ("pubsub#access_model", "x", ConfigFault::Value),
            ("pubsub#max_items", "0", ConfigFault::Value),
            ("pubsub#max_items", "-1", ConfigFault::Value),
            ("pubsub#max_items", "4294967296", ConfigFault::Value),
            ("pubsub#persist_items", "yes", ConfigFault::Value),
            ("pubsub#publish_model", "open", ConfigFault::Value),
            ("pubsub#notification_type", "normal", ConfigFault::Value),
            ("pubsub#send_last_published_item", "x", ConfigFault::Value),
        ] {
            let form = filled_in(&[(var, value)]);
            assert_eq!(config.configured(&form), Err(fault), "{var}={value}");
            assert!(!config.meets(&form), "{var}={value}");
        }
        let long = "x".repeat(limits::MAX_NODE_TEXT_BYTES + 1);
        let form = filled_in(&[("pubsub#title", &long)]);
        assert_eq!(config.configured(&form), Err(ConfigFault::Value));
    }

    #[test]
    fn an_unknown_field_spoils_options_and_not_a_configuration() {
        let config = NodeConfig::default();
        let form = filled_in(&[("pubsub#x", "1"), ("pubsub#title", "x")]);
        assert_eq!(config.configured(&form).unwrap().title, "x");
        assert_eq!(config.with_options(&form), Err(ConfigFault::Unknown));
        assert!(!config.meets(&form));
    }

    #[test]
    fn a_node_keeps_no_more_than_the_server_allows() {
        for (max_items, keeps) in [
            (MaxItems::Number(1), 1),
            (MaxItems::Number(u32::MAX), limits::MAX_ITEMS_PER_NODE),
            (MaxItems::Max, limits::MAX_ITEMS_PER_NODE),
        ] {
            let config = NodeConfig {
                max_items,
                ..NodeConfig::default()
            };
            assert_eq!(config.keeps(), keeps);
        }
    }
}
