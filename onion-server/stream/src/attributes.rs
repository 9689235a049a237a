//! Attributes by plain names.

use minidom::rxml::{Namespace, NcName};
use minidom::{Element, ElementBuilder, IntoAttributeValue};

/// Sets attributes without a detour over checked name types, for names that are known when the
/// program is written.
///
/// A name that XML does not allow is a mistake in this program; it is asserted in debug builds
/// and otherwise leaves the element as it was.
pub trait Attributes: Sized {
    /// The element with an attribute; `None` as the value leaves it out.
    #[must_use]
    fn with_attribute(self, name: &'static str, value: impl IntoAttributeValue) -> Self;
}

impl Attributes for Element {
    fn with_attribute(mut self, name: &'static str, value: impl IntoAttributeValue) -> Self {
        if let (Some(name), Some(value)) = (checked(name), value.into_attribute_value()) {
            self.attrs_mut().insert(Namespace::NONE, name, value);
        }
        self
    }
}

impl Attributes for ElementBuilder {
    fn with_attribute(self, name: &'static str, value: impl IntoAttributeValue) -> Self {
        match (checked(name), value.into_attribute_value()) {
            (Some(name), Some(value)) => self.attr(name, value),
            _ => self,
        }
    }
}

fn checked(name: &'static str) -> Option<NcName> {
    let name = NcName::try_from(name).ok();
    debug_assert!(name.is_some(), "the attribute's name is not one of XML");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_leaves_the_attribute_out() {
        let element = Element::bare("iq", "jabber:client")
            .with_attribute("id", "1")
            .with_attribute("to", None::<String>);
        assert_eq!(element.attr("id"), Some("1"));
        assert_eq!(element.attr("to"), None);
    }
}
