//! XEP-0352: what a client that nobody looks at can wait for.

use std::collections::VecDeque;

use onym_stream::{Element, ns};

use crate::limits;

/// What waits until the client is looked at again, or until something comes that it must have.
/// Only the last presence and the last chat state of a sender are worth anything.
#[derive(Debug, Default)]
pub(crate) struct HeldBack(VecDeque<(Subject, Element)>);

/// Whose state a stanza tells: the newer one stands for both.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    /// Whether a resource is there.
    Presence(String),
    /// What one side of a conversation does: the sender, and the recipient of a copy.
    ChatState(String, Option<String>),
}

impl HeldBack {
    /// Holds a stanza back. Whether it may wait, and there is room.
    pub(crate) fn hold(&mut self, stanza: &Element) -> bool {
        let Some(subject) = subject(stanza) else {
            return false;
        };
        self.0.retain(|(earlier, _)| *earlier != subject);
        let room = self.0.len() < limits::MAX_HELD_BACK_STANZAS;
        if room {
            self.0.push_back((subject, stanza.clone()));
        }
        room
    }

    /// Everything that waits, oldest first.
    pub(crate) fn release(&mut self) -> impl Iterator<Item = Element> + use<> {
        std::mem::take(&mut self.0)
            .into_iter()
            .map(|(_, stanza)| stanza)
    }
}

/// Whose passing state a stanza tells; none if it tells more than that.
fn subject(stanza: &Element) -> Option<Subject> {
    let from = stanza.attr("from")?.to_owned();
    match stanza.name() {
        // Requests and their answers are for a person to see.
        "presence" if matches!(stanza.attr("type"), None | Some("unavailable")) => {
            Some(Subject::Presence(from))
        }
        "message" => match copied(stanza) {
            Some(original) if is_chat_state(original) => {
                let to = original.attr("to").map(str::to_owned);
                Some(Subject::ChatState(original.attr("from")?.to_owned(), to))
            }
            None if is_chat_state(stanza) => Some(Subject::ChatState(from, None)),
            _ => None,
        },
        _ => None,
    }
}

/// The message inside a copy of ours (XEP-0280).
fn copied(message: &Element) -> Option<&Element> {
    let wrapper = message.children().find(|child| child.has_ns(ns::CARBONS))?;
    let forwarded = wrapper.get_child("forwarded", ns::FORWARD)?;
    forwarded.get_child("message", ns::CLIENT)
}

/// Whether a message carries a chat state and nothing else.
fn is_chat_state(message: &Element) -> bool {
    let passing = |child: &Element| {
        matches!(child.ns().as_str(), ns::CHAT_STATES | ns::HINTS) || child.name() == "thread"
    };
    message.attr("type") != Some("error")
        && message
            .children()
            .any(|child| child.has_ns(ns::CHAT_STATES))
        && message.children().all(passing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(xml: &str) -> Element {
        xml.replacen(' ', " xmlns='jabber:client' ", 1)
            .parse()
            .unwrap()
    }

    const STATE: &str = "<active xmlns='http://jabber.org/protocol/chatstates'/>";

    #[test]
    fn only_passing_states_wait() {
        let copy = |inner: &str| {
            format!(
                "<message from='a@b'><sent xmlns='urn:xmpp:carbons:2'><forwarded \
                 xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='x'/>\
                 <message xmlns='jabber:client' from='a@b/1' to='c@d'>{inner}</message>\
                 </forwarded></sent></message>"
            )
        };
        for (xml, waits) in [
            ("<presence from='a@b/c'/>".to_owned(), true),
            (
                "<presence from='a@b/c' type='unavailable'/>".to_owned(),
                true,
            ),
            ("<presence from='a@b' type='subscribe'/>".to_owned(), false),
            ("<presence from='a@b/c' type='error'/>".to_owned(), false),
            (format!("<message from='a@b'>{STATE}</message>"), true),
            (
                format!("<message from='a@b'>{STATE}<thread>x</thread></message>"),
                true,
            ),
            (
                format!("<message from='a@b'>{STATE}<body>x</body></message>"),
                false,
            ),
            (
                format!("<message from='a@b' type='error'>{STATE}</message>"),
                false,
            ),
            ("<message from='a@b'/>".to_owned(), false),
            ("<iq from='a@b'/>".to_owned(), false),
            (copy(STATE), true),
            (copy("<body>x</body>"), false),
        ] {
            assert_eq!(HeldBack::default().hold(&stanza(&xml)), waits, "{xml}");
        }
    }

    #[test]
    fn the_last_state_of_each_sender_stands_for_all() {
        let mut held = HeldBack::default();
        for (from, kind) in [
            ("a@b/1", ""),
            ("a@b/2", ""),
            ("a@b/1", " type='unavailable'"),
        ] {
            assert!(held.hold(&stanza(&format!("<presence from='{from}'{kind}/>"))));
            assert!(held.hold(&stanza(&format!(
                "<message from='{from}'>{STATE}</message>"
            ))));
        }
        let released: Vec<_> = held.release().collect();
        let told: Vec<_> = released
            .iter()
            .map(|s| (s.name(), s.attr("from").unwrap(), s.attr("type")))
            .collect();
        assert_eq!(
            told,
            [
                ("presence", "a@b/2", None),
                ("message", "a@b/2", None),
                ("presence", "a@b/1", Some("unavailable")),
                ("message", "a@b/1", None),
            ]
        );
        assert_eq!(held.release().count(), 0);
    }

    #[test]
    fn no_more_waits_than_there_is_room_for() {
        let mut held = HeldBack::default();
        let presence = |n: usize| stanza(&format!("<presence from='a@b/{n}'/>"));
        for n in 0..limits::MAX_HELD_BACK_STANZAS {
            assert!(held.hold(&presence(n)));
        }
        assert!(!held.hold(&presence(usize::MAX)));
        assert!(
            held.hold(&presence(0)),
            "another state takes the place of the last one"
        );
    }
}
