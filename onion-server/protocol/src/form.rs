//! XEP-0004: data forms, as far as PEP and capabilities need them.

use std::collections::BTreeMap;

use onym_stream::{Element, ns};

use crate::stanza::Build;

/// The field that says what a form is about (XEP-0068).
pub(crate) const FORM_TYPE: &str = "FORM_TYPE";

/// A form that somebody has filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// What it is about.
    pub(crate) form_type: Option<String>,
    /// The first value of every other field, by the field's name.
    pub(crate) values: BTreeMap<String, String>,
    /// Whether whoever got it does not want to fill it in (XEP-0004 §3.1: 'cancel').
    pub(crate) cancelled: bool,
}

impl Form {
    /// Reads the form in an element; none where there is none.
    pub(crate) fn inside(parent: &Element) -> Option<Self> {
        let x = parent.get_child("x", ns::DATA_FORMS)?;
        let mut form = Self {
            cancelled: x.attr("type") == Some("cancel"),
            ..Self::default()
        };
        for field in x.children().filter(|c| c.is("field", ns::DATA_FORMS)) {
            let Some(var) = field.attr("var") else {
                continue;
            };
            let value = field.get_child("value", ns::DATA_FORMS);
            let value = value.map(Element::text).unwrap_or_default();
            if var == FORM_TYPE {
                form.form_type = Some(value);
            } else {
                form.values.insert(var.to_owned(), value);
            }
        }
        Some(form)
    }
}

/// A form of ours, empty but for what it is about.
pub(crate) fn form(kind: &str, form_type: &str) -> Element {
    let mut x = Element::bare("x", ns::DATA_FORMS);
    x.set("type", kind);
    x.append_child(field(FORM_TYPE, "hidden", form_type));
    x
}

/// A field with one value.
pub(crate) fn field(var: &str, kind: &str, value: &str) -> Element {
    let mut field = Element::bare("field", ns::DATA_FORMS);
    field.set("var", var);
    field.set("type", kind);
    let mut element = Element::bare("value", ns::DATA_FORMS);
    element.append_text(value);
    field.append_child(element);
    field
}

/// XEP-0004 §3.3: the values of a boolean field.
pub(crate) fn parse_boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}
