//! A window as a screen reader is told about it.

use std::fmt::{self, Write as _};

use serde_json::Value;

/// Roles of what a user works: without a name nobody can know what it does.
const CONTROLS: &[&str] = &[
    "push button",
    "button",
    "toggle button",
    "check box",
    "radio button",
    "check menu item",
    "radio menu item",
    "menu item",
    "combo box",
    "entry",
    "password text",
    "spin button",
    "slider",
    "page tab",
    "list item",
    "list",
    "link",
    "image",
    "separator",
];

/// Roles that hold text which the user writes.
const FIELDS: &[&str] = &["entry", "password text", "spin button", "text"];

/// One element of the tree, with all that are in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accessible {
    /// What it is, in the words of AT-SPI: `push button`, `entry`, `list item`, …
    pub role: String,
    /// What it is called.
    pub name: String,
    /// What a field holds.
    pub text: Option<String>,
    /// What is said besides the name.
    pub description: String,
    /// `enabled`, `focused`, `checked`, …
    pub states: Vec<String>,
    /// Left, top, width and height in the window, in pixels.
    pub bounds: Option<[i64; 4]>,
    /// What is in it.
    pub children: Vec<Accessible>,
    /// The way to it from the top, by the numbers of the children.
    pub path: Vec<usize>,
}

impl Accessible {
    /// Reads what `at_spi.py` prints.
    pub(crate) fn read(value: &Value, path: Vec<usize>) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let list = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let bounds: Vec<i64> = list("bounds").iter().filter_map(Value::as_i64).collect();
        let children = list("children");
        let children = children.iter().enumerate().map(|(number, child)| {
            let mut path = path.clone();
            path.push(number);
            Self::read(child, path)
        });
        Self {
            role: text("role").unwrap_or_default(),
            name: text("name").unwrap_or_default(),
            text: text("text"),
            description: text("description").unwrap_or_default(),
            states: list("states")
                .iter()
                .filter_map(|state| state.as_str().map(str::to_owned))
                .collect(),
            bounds: bounds.try_into().ok(),
            children: children.collect(),
            path,
        }
    }

    /// This and everything in it, from top to bottom.
    #[must_use]
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for child in &self.children {
            all.extend(child.all());
        }
        all
    }

    /// The first element that is like this.
    pub fn find(&self, is_wanted: impl Fn(&Self) -> bool) -> Option<&Self> {
        self.all().into_iter().find(|element| is_wanted(element))
    }

    /// The first control with this name.
    #[must_use]
    pub fn control(&self, name: &str) -> Option<&Self> {
        self.find(|element| element.is_control() && element.name == name)
    }

    /// Whether a name or a text contains this.
    #[must_use]
    pub fn shows(&self, text: &str) -> bool {
        self.find(|element| element.says(text)).is_some()
    }

    /// Whether its own name or text contains this.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.name.contains(text) || self.text.as_ref().is_some_and(|own| own.contains(text))
    }

    /// Whether it is in this state.
    #[must_use]
    pub fn is(&self, state: &str) -> bool {
        self.states.iter().any(|held| held == state)
    }

    /// Whether the user works it.
    #[must_use]
    pub fn is_control(&self) -> bool {
        CONTROLS.contains(&self.role.as_str()) || self.is_field()
    }

    /// Whether the user writes into it.
    #[must_use]
    pub fn is_field(&self) -> bool {
        FIELDS.contains(&self.role.as_str())
    }

    /// The controls that have no name, with what is known about each.
    #[must_use]
    pub fn unnamed(&self) -> Vec<String> {
        let reached = |element: &&Self| element.is_control() || element.is("focusable");
        let nameless = self.all().into_iter().filter(reached);
        nameless
            .filter(|element| element.name.trim().is_empty())
            .map(|element| format!("{} at {:?}", element.role, element.bounds))
            .collect()
    }
}

/// The outline of the tree, one line an element.
impl fmt::Display for Accessible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for element in self.all() {
            let mut line = format!("{}{}", "  ".repeat(element.path.len()), element.role);
            write!(line, " {:?}", element.name)?;
            if let Some(text) = &element.text {
                write!(line, " holds {text:?}")?;
            }
            if !element.description.is_empty() {
                write!(line, " described as {:?}", element.description)?;
            }
            for state in &element.states {
                write!(line, " {state}")?;
            }
            if let Some([left, top, width, height]) = element.bounds {
                write!(line, " {width}x{height}+{left}+{top}")?;
            }
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree() -> Accessible {
        let value = json!({"role": "frame", "name": "", "children": [
            {"role": "label", "name": "Hello, world"},
            {"role": "panel", "name": "", "children": [
                {"role": "push button", "name": "", "bounds": [1, 2, 3, 4]},
                {"role": "entry", "name": "Name", "text": "Ada", "states": ["focused"]},
                {"role": "label", "name": "", "states": ["focusable"]},
            ]},
        ]});
        Accessible::read(&value, Vec::new())
    }

    #[test]
    fn what_a_user_reaches_and_cannot_name_is_told() {
        assert_eq!(
            tree().unnamed(),
            ["push button at Some([1, 2, 3, 4])", "label at None"]
        );
    }

    #[test]
    fn elements_are_found_by_name_and_know_their_way() {
        let tree = tree();
        let field = tree.control("Name").unwrap();
        assert_eq!(field.path, [1, 1]);
        assert!(field.is("focused") && field.is_field());
        assert!(tree.shows("Ada") && tree.shows("world") && !tree.shows("Bob"));
        assert!(tree.control("Hello, world").is_none(), "a label is none");
        assert!(
            tree.to_string()
                .contains("\n    entry \"Name\" holds \"Ada\" focused\n")
        );
    }
}
