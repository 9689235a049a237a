//! Replies: a message that answers a certain other one, and shows a piece of it.

use jid::{BareJid, Jid};
use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::fallback;
use crate::store::{MessageRecord, Reply};

/// How much of the answered message is shown with an answer, in characters: two or three lines.
pub const MAX_QUOTE_CHARS: usize = 200;

/// The longest name of a message that is believed, in bytes.
const MAX_ID_BYTES: usize = 1_000;

/// Which message another one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplyTo {
    /// Its name.
    pub(crate) id: String,
    /// Who is said to have written it.
    pub(crate) author: Option<BareJid>,
}

/// Reads which message this one answers.
pub(crate) fn read(message: &Element) -> Option<ReplyTo> {
    let reply = message.get_child("reply", ns::REPLY)?;
    let id = reply.attr("id")?;
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return None;
    }
    let author = reply.attr("to").and_then(|to| Jid::new(to).ok());
    Some(ReplyTo {
        id: id.to_owned(),
        author: author.map(Jid::into_bare),
    })
}

/// The text of a message without the quotation for clients that do not know replies, and that
/// quotation as a preview. A message that would be empty without it keeps it.
pub(crate) fn split(message: &Element, text: &str) -> (String, String) {
    let (kept, removed) = fallback::split(message, text, ns::REPLY);
    if kept.trim().is_empty() {
        return (text.to_owned(), String::new());
    }
    (kept, unquoted(&removed))
}

/// The preview of a message that is answered.
pub(crate) fn quote_of(message: &MessageRecord) -> String {
    preview(&message.text)
}

/// Adds which message this one answers, and gives the whole text with the quotation.
pub(crate) fn write(message: &mut Element, reply: &Reply, author: &BareJid, text: &str) -> String {
    message.append_child(
        Element::bare("reply", ns::REPLY)
            .with_attribute("to", author.as_str())
            .with_attribute("id", reply.to_id.as_str()),
    );
    let quotation = quoted(&reply.quote);
    if quotation.is_empty() {
        return text.to_owned();
    }
    message.append_child(fallback::beginning(ns::REPLY, quotation.chars().count()));
    quotation + text
}

/// As people quote: `> ` before each line (XEP-0393).
fn quoted(quote: &str) -> String {
    quote.lines().map(|line| format!("> {line}\n")).collect()
}

fn unquoted(quotation: &str) -> String {
    let lines = quotation.lines().map(|line| {
        let line = line.strip_prefix('>').unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    });
    preview(&lines.collect::<Vec<_>>().join("\n"))
}

fn preview(text: &str) -> String {
    let text = text.trim();
    let mut preview: String = text.chars().take(MAX_QUOTE_CHARS).collect();
    if preview.len() < text.len() {
        preview.push('…');
    }
    preview
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(quote: &str) -> Reply {
        Reply {
            to_id: "m1".to_owned(),
            to: None,
            quote: quote.to_owned(),
            by_us: false,
        }
    }

    fn read_body(message: &str) -> (String, String) {
        let message: Element = message.parse().unwrap();
        split(&message, &crate::message::text(&message).unwrap())
    }

    #[test]
    fn the_quotation_of_others_is_a_preview() {
        let message = |body: &str, end: usize| {
            read_body(&format!(
                "<message xmlns='jabber:client'><body>{body}</body>\
                 <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>\
                 <body start='0' end='{end}'/></fallback></message>"
            ))
        };
        let cake = "&gt; Anna wrote:\n&gt; We should bake a cake\nGreat idea!";
        let expected = (
            "Great idea!".to_owned(),
            "Anna wrote:\nWe should bake a cake".to_owned(),
        );
        assert_eq!(message(cake, 38), expected);
        // Whoever marks everything as a quotation wants to hide it, or counts in another way.
        assert_eq!(message("Pay me", 6), ("Pay me".to_owned(), String::new()));
        assert_eq!(message("Pay me", 600), ("Pay me".to_owned(), String::new()));
        let long = message(&format!("&gt; {}\nYes", "é".repeat(10_000)), 10_003);
        assert_eq!(long.1.chars().count(), MAX_QUOTE_CHARS + 1);
    }

    #[test]
    fn a_reply_without_a_sensible_name_is_none() {
        let read_id = |id: &str| {
            let xml = format!(
                "<message xmlns='jabber:client'><reply xmlns='urn:xmpp:reply:0' id='{id}' to='@'/></message>"
            );
            read(&xml.parse().unwrap()).map(|reply| reply.id)
        };
        assert_eq!(read_id("m1").as_deref(), Some("m1"));
        assert_eq!(read_id(""), None);
        assert_eq!(read_id(&"x".repeat(2_000)), None);
    }

    proptest! {
        /// What we write, others cut in the right place, and we read it as it was.
        #[test]
        fn what_is_written_is_read(quote in "\\PC{0,30}(\n\\PC{1,30}){0,3}", text in "\\PC{1,40}") {
            prop_assume!(!text.trim().is_empty());
            let bob = BareJid::new("bob@b.example").unwrap();
            let mut message = Element::bare("message", ns::CLIENT);
            let body = write(&mut message, &reply(&preview(&quote)), &bob, &text);
            prop_assert_eq!(read(&message).unwrap().author, Some(bob));
            let (kept, shown) = split(&message, &body);
            prop_assert_eq!(kept, text);
            prop_assert_eq!(shown, preview(&quote));
        }
    }
}
