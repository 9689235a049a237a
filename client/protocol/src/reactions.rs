//! Reactions: emojis that a person puts under a message.

use minidom::Element;
use onym_stream::{Attributes, ns};
use unicode_properties::UnicodeEmoji;
use unicode_segmentation::UnicodeSegmentation;

use crate::moment::Moment;
use crate::store::ReactionSet;

/// How many emojis one side may put under a message.
pub const MAX_REACTIONS: usize = 20;

/// The longest emoji, in bytes. The longest of Unicode, families with skin tones, have 41.
pub const MAX_EMOJI_BYTES: usize = 64;

/// What somebody puts under a message: its name and all emojis of that side. What is none is left
/// out (XEP-0444, section 4: "Receiving entities MAY ignore <reaction> elements that do not
/// comply").
pub(crate) fn read(message: &Element) -> Option<(&str, Vec<String>)> {
    let reactions = message.get_child("reactions", ns::REACTIONS)?;
    let id = reactions.attr("id").filter(|id| !id.is_empty())?;
    let found = reactions
        .children()
        .filter(|child| child.is("reaction", ns::REACTIONS))
        .map(|child| child.text().trim().to_owned());
    Some((id, tidy(found)))
}

/// Adds all of our reactions to a message.
pub(crate) fn write(message: &mut Element, id: &str, emojis: &[String]) {
    let mut reactions = Element::bare("reactions", ns::REACTIONS).with_attribute("id", id);
    for emoji in emojis {
        let mut reaction = Element::bare("reaction", ns::REACTIONS);
        reaction.append_text_node(emoji.as_str());
        reactions.append_child(reaction);
    }
    message.append_child(reactions);
    message.append_child(Element::bare("store", ns::HINTS));
}

/// Each emoji once, in order, as many as are kept.
fn tidy(emojis: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut tidy: Vec<String> = Vec::new();
    for emoji in emojis {
        if tidy.len() < MAX_REACTIONS && is_emoji(&emoji) && !tidy.contains(&emoji) {
            tidy.push(emoji);
        }
    }
    tidy
}

/// What the user wants to put under a message, if all of it can be.
pub(crate) fn accepted(emojis: &[String]) -> Option<Vec<String>> {
    let wanted: Vec<String> = emojis.iter().map(|emoji| emoji.trim().to_owned()).collect();
    let tidy = tidy(wanted.iter().cloned());
    wanted
        .iter()
        .all(|emoji| tidy.contains(emoji))
        .then_some(tidy)
}

/// Whether a text is one emoji: a single character as people see it (UAX #29), made of what
/// emojis are made of (UTS #51).
pub fn is_emoji(text: &str) -> bool {
    if text.len() > MAX_EMOJI_BYTES || text.graphemes(true).count() != 1 {
        return false;
    }
    let is_keycap = text.ends_with('\u{20e3}');
    let is_part = |letter: char| {
        is_pictograph(letter)
            || matches!(letter, '\u{200d}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
            || (is_keycap && matches!(letter, '0'..='9' | '#' | '*' | '\u{20e3}'))
    };
    text.chars().all(is_part) && (is_keycap || text.chars().any(is_pictograph))
}

/// Whether a character is an emoji by itself; digits and signs of ASCII are not.
fn is_pictograph(letter: char) -> bool {
    !letter.is_ascii() && letter.is_emoji_char()
}

/// Replaces all reactions of one side, if these are later. Whether that changes the record.
pub(crate) fn replace(set: &mut ReactionSet, emojis: Vec<String>, moment: Moment) -> bool {
    let placed = match set.placed {
        None => moment.placed,
        Some(before) => match moment.later_than(before) {
            Some(placed) => placed,
            // Of two at the same moment the larger one wins, so that any order gives the same.
            None if moment.placed == before && emojis > set.emojis => before,
            None => return false,
        },
    };
    if set.emojis == emojis && moment.after > placed && set.placed.is_some() {
        // The same over the stream a second time says nothing new.
        return false;
    }
    *set = ReactionSet {
        emojis,
        placed: Some(placed),
    };
    true
}

#[cfg(test)]
mod tests {
    use onym_identity::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_emoji_is_one_sign_and_nothing_else() {
        for emoji in [
            "👍",
            "👍🏽",
            "❤️",
            "❤",
            "👨‍👩‍👧‍👦",
            "🇩🇪",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "1️⃣",
            "#️⃣",
            "😀",
            "☺️",
            "🫱🏻‍🫲🏿",
        ] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in [
            "", " ", "a", "1", "#", "👍👍", "👍 ", "👍a", "\u{200d}", "\u{fe0f}", "é", "日", "<b>",
        ] {
            assert!(!is_emoji(other), "{other:?}");
        }
        assert!(!is_emoji(&format!("👍{}", "\u{200d}👍".repeat(30))));
    }

    #[test]
    fn reads_what_it_writes_and_bounds_the_rest() {
        let mut message = Element::bare("message", ns::CLIENT);
        let emojis = ["👍".to_owned(), "🎉".to_owned()];
        write(&mut message, "m1", &emojis);
        assert_eq!(read(&message), Some(("m1", emojis.to_vec())));
        let hostile = |children: &str| {
            let xml = format!(
                "<message xmlns='jabber:client'><reactions xmlns='urn:xmpp:reactions:0' id='a'>\
                 {children}</reactions></message>"
            );
            read(&xml.parse().unwrap()).unwrap().1
        };
        let reaction = |text: &str| format!("<reaction>{text}</reaction>");
        assert_eq!(hostile(""), Vec::<String>::new());
        let odd = [
            reaction("👍"),
            reaction("👍"),
            reaction("go away"),
            "<x/>".into(),
        ]
        .concat();
        assert_eq!(hostile(&odd), ["👍"]);
        let many: String = ('\u{1f600}'..'\u{1f640}')
            .map(|it| reaction(&it.to_string()))
            .collect();
        assert_eq!(hostile(&many).len(), MAX_REACTIONS);
        assert_eq!(accepted(&["👍".into(), "x".into()]), None);
        assert_eq!(accepted(&[]), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn any_order_gives_the_same(
            sets in prop::collection::vec((0_u64..5, prop::sample::subsequence(vec!["👍", "🎉", "😀"], 0..3)), 1..8),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let put = |set: &mut ReactionSet, it: &(u64, Vec<&str>)| {
                let emojis = it.1.iter().map(|it| (*it).to_owned()).collect();
                replace(set, emojis, Moment::stamped(Timestamp::from_unix_millis(it.0)));
            };
            let (mut straight, mut mixed) = (ReactionSet::default(), ReactionSet::default());
            sets.iter().for_each(|it| put(&mut straight, it));
            order.iter().map(|index| index.get(&sets)).for_each(|it| put(&mut mixed, it));
            sets.iter().rev().for_each(|it| put(&mut mixed, it));
            prop_assert_eq!(straight, mixed);
        }

        #[test]
        fn any_text_is_judged(text in "\\PC{0,8}") {
            if is_emoji(&text) {
                prop_assert!(text.len() <= MAX_EMOJI_BYTES && !text.chars().any(char::is_alphabetic));
            }
        }
    }
}
