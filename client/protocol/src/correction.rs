//! Corrections: the author of a message says what it shall say instead.

use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use crate::moment::Moment;
use crate::store::{EarlierText, Edit, MessageRecord};

/// How many earlier texts of a message are kept.
pub const MAX_EARLIER_TEXTS: usize = 10;

/// How much of an earlier text is kept, in characters. A message can be corrected any number of
/// times, and each time be as long as a stanza.
pub const MAX_EARLIER_CHARS: usize = 4_000;

/// The name of the message that this one corrects.
pub(crate) fn corrected_id(message: &Element) -> Option<&str> {
    message
        .get_child("replace", ns::CORRECTION)?
        .attr("id")
        .filter(|id| !id.is_empty())
}

/// Says that a message replaces another one.
pub(crate) fn replace(id: &str) -> Element {
    Element::bare("replace", ns::CORRECTION).with_attribute("id", id)
}

/// A new text for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    /// The name of the message that brings it.
    pub(crate) id: String,
    /// The text.
    pub(crate) text: String,
    /// Whether it is to be shown without styling.
    pub(crate) unstyled: bool,
    /// When it was written.
    pub(crate) time: Timestamp,
    /// When it was had.
    pub(crate) moment: Moment,
}

/// What becomes of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionRule {
    /// It is the latest text now.
    Latest,
    /// A later one is here already; the text joins the earlier ones.
    Overtaken,
    /// It has come before.
    AlreadyThere,
    /// There is nothing to correct in a message that was taken back.
    Retracted,
}

/// Corrects a message. Whoever calls this has made sure that it comes from the message's author
/// (XEP-0308, section 4: "both the original message and correction originate from the same
/// sender").
pub(crate) fn correct(message: &mut MessageRecord, correction: Correction) -> CorrectionRule {
    if message.retracted.is_some() {
        return CorrectionRule::Retracted;
    }
    let Some(edit) = &mut message.edit else {
        let original = EarlierText {
            placed: message.placed,
            id: None,
            text: std::mem::replace(&mut message.text, correction.text),
        };
        message.unstyled = correction.unstyled;
        message.edit = Some(Edit {
            time: correction.time,
            placed: correction.moment.placed,
            id: correction.id,
            earlier: bounded(vec![original]),
        });
        return CorrectionRule::Latest;
    };
    let mut earlier_ids = edit.earlier.iter().filter_map(|text| text.id.as_ref());
    if edit.id == correction.id || earlier_ids.any(|id| *id == correction.id) {
        return CorrectionRule::AlreadyThere;
    }
    let later = correction.moment.later_than(edit.placed).or_else(|| {
        // Of two at the same moment the name decides, so that any order gives the same text.
        let wins = correction.moment.placed == edit.placed && correction.id > edit.id;
        wins.then_some(edit.placed)
    });
    let mut earlier = std::mem::take(&mut edit.earlier);
    match later {
        Some(placed) => {
            earlier.push(EarlierText {
                placed: edit.placed,
                id: Some(std::mem::replace(&mut edit.id, correction.id)),
                text: std::mem::replace(&mut message.text, correction.text),
            });
            (edit.placed, edit.time) = (placed, correction.time);
            message.unstyled = correction.unstyled;
        }
        None => earlier.push(EarlierText {
            placed: correction.moment.placed,
            id: Some(correction.id),
            text: correction.text,
        }),
    }
    edit.earlier = bounded(earlier);
    match later {
        Some(_) => CorrectionRule::Latest,
        None => CorrectionRule::Overtaken,
    }
}

/// Gives the first text to a message that came into being by a correction.
pub(crate) fn put_original(message: &mut MessageRecord, text: String) {
    let placed = message.placed;
    if let Some(edit) = &mut message.edit
        && edit.earlier.iter().all(|text| text.id.is_some())
    {
        let mut earlier = std::mem::take(&mut edit.earlier);
        earlier.push(EarlierText {
            placed,
            id: None,
            text,
        });
        edit.earlier = bounded(earlier);
    }
}

/// Whether a message said this at any time that is still known.
pub(crate) fn has_said(message: &MessageRecord, text: &str) -> bool {
    let earlier = message.edit.iter().flat_map(|edit| &edit.earlier);
    let beginning = beginning(text);
    message.text == text || earlier.into_iter().any(|earlier| earlier.text == beginning)
}

/// The newest texts that are kept, oldest first. The first text is the oldest whatever its moment
/// is: it may have come from the archive after its correction. Which ones are kept depends on
/// nothing but their order, so it does not matter in which they came.
fn bounded(mut texts: Vec<EarlierText>) -> Vec<EarlierText> {
    texts.sort_by_cached_key(|text| (text.id.is_some(), text.placed, text.id.clone()));
    let mut kept = texts.split_off(texts.len().saturating_sub(MAX_EARLIER_TEXTS));
    for text in &mut kept {
        text.text = beginning(&text.text).to_owned();
    }
    kept
}

fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(MAX_EARLIER_CHARS);
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use jid::BareJid;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{Direction, MessageId, Position};

    fn message(text: &str) -> MessageRecord {
        MessageRecord::new(
            MessageId::new("a"),
            Position(1),
            BareJid::new("bob@b.example").unwrap(),
            text.to_owned(),
            Timestamp::from_unix_millis(1_000),
            Direction::incoming(Some("m1".to_owned())),
        )
    }

    fn correction(number: u64, text: &str) -> Correction {
        let placed = Timestamp::from_unix_millis(2_000 + number);
        Correction {
            id: format!("c{number}"),
            text: text.to_owned(),
            unstyled: number.is_multiple_of(2),
            time: placed,
            moment: Moment::stamped(placed),
        }
    }

    fn earlier(message: &MessageRecord) -> Vec<&str> {
        let texts = message.edit.iter().flat_map(|edit| &edit.earlier);
        texts.map(|text| text.text.as_str()).collect()
    }

    #[test]
    fn the_whole_table() {
        use CorrectionRule as R;
        let mut record = message("one");
        assert_eq!(correct(&mut record, correction(2, "three")), R::Latest);
        assert_eq!(correct(&mut record, correction(1, "two")), R::Overtaken);
        assert_eq!(correct(&mut record, correction(1, "odd")), R::AlreadyThere);
        assert_eq!(correct(&mut record, correction(2, "odd")), R::AlreadyThere);
        assert_eq!(record.text, "three");
        assert_eq!(earlier(&record), ["one", "two"]);
        // It came over the stream just now, so it is the last word, whatever its server's clock.
        let mut live = correction(0, "four");
        live.moment = Moment::in_order(Timestamp::from_unix_millis(5));
        assert_eq!(correct(&mut record, live), R::Latest);
        assert_eq!(record.text, "four");
        assert_eq!(earlier(&record), ["one", "two", "three"]);
        assert_eq!(record.edit.as_ref().unwrap().time.as_unix_millis(), 2_000);
        record.retracted = Some(Timestamp::from_unix_millis(9));
        assert_eq!(correct(&mut record, correction(9, "five")), R::Retracted);
        assert!(has_said(&record, "two") && !has_said(&record, "five"));
    }

    #[test]
    fn an_original_that_comes_late_is_the_first_text() {
        let mut record = message("corrected");
        record.edit = Some(Edit {
            time: record.time,
            placed: record.placed,
            id: "c1".to_owned(),
            earlier: Vec::new(),
        });
        put_original(&mut record, "first".to_owned());
        put_original(&mut record, "again".to_owned());
        assert_eq!(earlier(&record), ["first"]);
        assert_eq!(record.text, "corrected");
    }

    #[test]
    fn endless_corrections_do_not_fill_the_disk() {
        let mut record = message("one");
        for number in 0..1_000 {
            let text = "x".repeat(20_000) + &number.to_string();
            correct(&mut record, correction(number, &text));
        }
        assert!(record.text.ends_with("x999"));
        assert_eq!(earlier(&record).len(), MAX_EARLIER_TEXTS);
        let longest = earlier(&record).iter().map(|text| text.len()).max();
        assert_eq!(longest, Some(MAX_EARLIER_CHARS));
        let last_but_one = "x".repeat(20_000) + "998";
        assert!(has_said(&record, &last_but_one), "by what is kept of it");
    }

    proptest! {
        /// The same corrections in any order, with repetitions, give the same message.
        #[test]
        fn any_order_gives_the_same(
            lengths in prop::collection::vec(0_usize..9_000, 1..14),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let all: Vec<Correction> = (0..)
                .zip(&lengths)
                // Every two share a moment.
                .map(|(number, length)| {
                    let mut it = correction(number, &"x".repeat(*length));
                    it.moment = Moment::stamped(Timestamp::from_unix_millis(2_000 + number / 2));
                    it.time = it.moment.placed;
                    it
                })
                .collect();
            let mut straight = message("one");
            for it in &all {
                correct(&mut straight, it.clone());
            }
            let mut mixed = message("one");
            let picked = order.iter().map(|index| index.get(&all));
            for it in picked.chain(all.iter().rev()) {
                correct(&mut mixed, it.clone());
            }
            prop_assert_eq!(straight, mixed);
        }
    }
}
