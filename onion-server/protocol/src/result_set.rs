//! XEP-0059: which part of a result is wanted.

use onym_stream::{Element, ns};

use crate::stanza::Condition;

/// A `<set/>` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultSet {
    /// The most items that are wanted.
    pub max: Option<usize>,
    /// Where the page lies.
    pub place: PagePlace,
}

/// Where a page lies in the whole result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PagePlace {
    /// At its beginning.
    #[default]
    First,
    /// Right behind the item of this id (§2.2).
    After(String),
    /// Right before the item of this id (§2.3).
    Before(String),
    /// At its end (§2.5).
    Last,
}

impl ResultSet {
    /// Reads the `<set/>` of a request, if it has one.
    ///
    /// # Errors
    /// The condition that the asker is told.
    pub fn of(request: &Element) -> Result<Self, Condition> {
        let Some(set) = request.get_child("set", ns::RSM) else {
            return Ok(Self::default());
        };
        let text = |name| set.get_child(name, ns::RSM).map(Element::text);
        // §2.4: "MUST return a <feature-not-implemented/> error".
        if set.has_child("index", ns::RSM) {
            return Err(Condition::FeatureNotImplemented);
        }
        let max = match text("max") {
            None => None,
            Some(max) => Some(number(&max)?),
        };
        let place = match (text("after"), text("before")) {
            (None, None) => PagePlace::First,
            (Some(after), None) => PagePlace::After(after),
            (None, Some(before)) if before.is_empty() => PagePlace::Last,
            (None, Some(before)) => PagePlace::Before(before),
            // It is nowhere said what this would mean.
            (Some(_), Some(_)) => return Err(Condition::BadRequest),
        };
        Ok(Self { max, place })
    }
}

/// A number, however large: what is too large for us is more than we would give anyway.
fn number(text: &str) -> Result<usize, Condition> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Condition::BadRequest);
    }
    Ok(text.parse().unwrap_or(usize::MAX))
}

/// The `<set/>` of an answer: the ids of the first and the last item on the page, if it has any,
/// and how many items there are on all pages, if that is known.
#[must_use]
pub fn page(ends: Option<(&str, &str)>, count: Option<u64>) -> Element {
    let mut set = Element::bare("set", ns::RSM);
    let mut put = |name, value: &str| {
        let mut child = Element::bare(name, ns::RSM);
        child.append_text(value);
        set.append_child(child);
    };
    if let Some((first, last)) = ends {
        put("first", first);
        put("last", last);
    }
    if let Some(count) = count {
        put("count", &count.to_string());
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Result<ResultSet, Condition> {
        let set = format!("<set xmlns='{}'>{inner}</set>", ns::RSM);
        let request = format!("<query xmlns='urn:x'>{set}</query>");
        ResultSet::of(&request.parse().unwrap())
    }

    #[test]
    fn a_request_is_read_strictly() {
        let set = |max, place| Ok(ResultSet { max, place });
        for (inner, expected) in [
            ("", set(None, PagePlace::First)),
            ("<max>0</max>", set(Some(0), PagePlace::First)),
            (
                "<max>10</max><after>x</after>",
                set(Some(10), PagePlace::After("x".into())),
            ),
            ("<before/>", set(None, PagePlace::Last)),
            (
                "<before>x</before>",
                set(None, PagePlace::Before("x".into())),
            ),
            (
                "<max>99999999999999999999</max>",
                set(Some(usize::MAX), PagePlace::First),
            ),
            ("<max/>", Err(Condition::BadRequest)),
            ("<max>-1</max>", Err(Condition::BadRequest)),
            ("<max>ten</max>", Err(Condition::BadRequest)),
            (
                "<after>x</after><before>y</before>",
                Err(Condition::BadRequest),
            ),
            (
                "<max>1</max><index>3</index>",
                Err(Condition::FeatureNotImplemented),
            ),
        ] {
            assert_eq!(read(inner), expected, "{inner}");
        }
        let none: Element = "<query xmlns='urn:x'/>".parse().unwrap();
        assert_eq!(ResultSet::of(&none), Ok(ResultSet::default()));
    }
}
