//! The parts of a text that are there for clients that know less than we do.

use std::ops::Range;

use minidom::Element;
use onym_stream::{Attributes, ns};

/// How many parts of a body are believed to be there for other clients.
const MAX_RANGES: usize = 16;

/// Says that the whole body is there for clients that do not know a specification.
pub(crate) fn whole(specification: &str) -> Element {
    Element::bare("fallback", ns::FALLBACK).with_attribute("for", specification)
}

/// Says that the first `characters` of the body are there for clients that do not know a
/// specification. Characters are code points (XEP-0426).
pub(crate) fn beginning(specification: &str, characters: usize) -> Element {
    let mut fallback = whole(specification);
    fallback.append_child(
        Element::bare("body", ns::FALLBACK)
            .with_attribute("start", "0")
            .with_attribute("end", characters.to_string()),
    );
    fallback
}

/// The text without what is there for clients that do not know the specification.
pub(crate) fn without(message: &Element, text: &str, specification: &str) -> String {
    split(message, text, specification).0
}

/// The text without what is there for clients that do not know the specification, and that part.
pub(crate) fn split(message: &Element, text: &str, specification: &str) -> (String, String) {
    let ranges = ranges(message, specification);
    let (mut kept, mut removed) = (String::new(), String::new());
    for (index, letter) in text.chars().enumerate() {
        if ranges.iter().any(|range| range.contains(&index)) {
            removed.push(letter);
        } else {
            kept.push(letter);
        }
    }
    (kept, removed)
}

/// The parts of the body that the message marks, in characters. What makes no sense is left out,
/// so that a text is rather shown than hidden.
fn ranges(message: &Element, specification: &str) -> Vec<Range<usize>> {
    let marks = message.children().filter(|child| {
        child.is("fallback", ns::FALLBACK) && child.attr("for") == Some(specification)
    });
    let mut ranges = Vec::new();
    for mark in marks {
        // XEP-0428, section 3: "If the <fallback/> element does not have any childs, it is assumed
        // to apply to every message <body/> and <subject/>".
        if mark.children().next().is_none() {
            ranges.push(0..usize::MAX);
        }
        let bodies = mark
            .children()
            .filter(|child| child.is("body", ns::FALLBACK));
        ranges.extend(bodies.filter_map(|body| {
            let bound = |name: &str, absent: usize| match body.attr(name) {
                None => Some(absent),
                Some(text) => text.parse::<u32>().ok()?.try_into().ok(),
            };
            Some(bound("start", 0)?..bound("end", usize::MAX)?)
        }));
    }
    ranges.truncate(MAX_RANGES);
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split_by(marks: &str, text: &str) -> (String, String) {
        let xml = format!("<message xmlns='jabber:client'>{marks}</message>");
        split(&xml.parse().unwrap(), text, "urn:x")
    }

    fn mark(bodies: &str) -> String {
        format!("<fallback xmlns='urn:xmpp:fallback:0' for='urn:x'>{bodies}</fallback>")
    }

    #[test]
    fn the_marked_part_is_cut_out() {
        let text = "> é😀\nYes";
        for (marks, kept) in [
            (mark("<body start='0' end='5'/>"), "Yes"),
            (mark("<body end='5'/>"), "Yes"),
            (mark("<body start='5'/>"), "> é😀\n"),
            (mark("<body start='2' end='4'/>"), "> \nYes"),
            (
                mark("<body start='0' end='2'/><body start='4' end='5'/>"),
                "é😀Yes",
            ),
            (
                mark("<body start='1' end='3'/><body start='2' end='5'/>"),
                ">Yes",
            ),
            (mark("<body start='5' end='500'/>"), "> é😀\n"),
            (mark(""), ""),
            (mark("<body/>"), ""),
            // Nothing of this is a part of the text.
            (mark("<subject/>"), text),
            (mark("<body start='5' end='0'/>"), text),
            (mark("<body start='-1' end='5'/>"), text),
            (mark("<body start='0' end='99999999999999999999'/>"), text),
            (mark("<body start='50' end='60'/>"), text),
            (mark("<body start='a' end='b'/>"), text),
            (mark("").replace("urn:x'", "urn:y'"), text),
            (mark("").replace("fallback:0", "fallback:9"), text),
            (String::new(), text),
        ] {
            assert_eq!(split_by(&marks, text).0, kept, "{marks}");
        }
    }

    #[test]
    fn many_marks_cost_little() {
        let bodies = "<body start='3' end='4'/>".repeat(5_000);
        let (kept, _) = split_by(&mark(&bodies), &"x".repeat(200_000));
        assert_eq!(kept.len(), 199_999);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "\\PC{0,40}", start in 0_u32..50, end in 0_u32..50) {
            let marks = mark(&format!("<body start='{start}' end='{end}'/>"));
            let (kept, removed) = split_by(&marks, &text);
            prop_assert_eq!(kept.chars().count() + removed.chars().count(), text.chars().count());
            let beginning = beginning("urn:x", end as usize);
            let mut message = Element::bare("message", ns::CLIENT);
            message.append_child(beginning);
            let (_, cut) = split(&message, &text, "urn:x");
            prop_assert_eq!(cut, text.chars().take(end as usize).collect::<String>());
        }
    }
}
