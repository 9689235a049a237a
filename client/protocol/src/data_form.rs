//! Forms that we submit.

use minidom::Element;
use onym_stream::{Attributes, ns};

/// A submitted form of this type, without further fields.
pub(crate) fn submission(form_type: &'static str) -> Element {
    let mut form = Element::bare("x", ns::DATA_FORMS).with_attribute("type", "submit");
    form.append_child(field("FORM_TYPE", form_type).with_attribute("type", "hidden"));
    form
}

/// A field with one value.
pub(crate) fn field(name: &str, value: &str) -> Element {
    let mut text = Element::bare("value", ns::DATA_FORMS);
    text.append_text_node(value);
    let mut field = Element::bare("field", ns::DATA_FORMS).with_attribute("var", name);
    field.append_child(text);
    field
}
