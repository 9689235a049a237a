//! XEP-0313: what an account's archive keeps, and how it is read.

mod id;
mod page;
pub(crate) mod reading;
mod request;

use onym_stream::{Element, ns};

use crate::hints;

pub use id::{ArchiveId, NoArchiveId};
pub use page::{
    ArchiveAnswer, ArchivePage, ArchiveQuery, ArchiveRecord, ArchiveTally, PageEnd, PageQuery,
};

/// Whether a message belongs into the archives of those who write and receive it, and why.
#[must_use]
pub fn worth_archiving(message: &Element) -> (bool, &'static str) {
    // XEP-0334 §4.1 and §4.2.
    if hints::forbids_archiving(message) {
        return (false, "the sender asks that it is not stored");
    }
    match message.attr("type").unwrap_or("normal") {
        "headline" => (false, "a headline is for those who are there"),
        // §5.1.1: left to the server.
        "groupchat" => (false, "a room keeps its own history"),
        "error" => (false, "an error is no part of a conversation"),
        // §5.1.1: "all of the messages [...] that contain a <body/> element".
        _ if message.has_child("body", ns::CLIENT) => (true, "a person says something"),
        // XEP-0334 §4.4.
        _ if hints::asks_for_storage(message) => (true, "the sender asks that it is stored"),
        _ if message.children().any(is_part_of_conversation) => {
            (true, "it says something about what was said")
        }
        _ => (false, "it carries nothing but a passing state"),
    }
}

/// Whether a child makes a message without a body part of the conversation, so that a client that
/// was away must learn of it.
fn is_part_of_conversation(child: &Element) -> bool {
    match child.ns().as_str() {
        ns::ENCRYPTION | ns::OMEMO | ns::OMEMO_2 | ns::REACTIONS | ns::RETRACTION => true,
        ns::RECEIPTS => child.name() == "received",
        ns::MARKERS => child.name() != "markable",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_archived() {
        let state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
        let encrypted = "<encrypted xmlns='eu.siacs.conversations.axolotl'/>";
        for (kind, inner, archived) in [
            ("chat", "<body>x</body>", true),
            ("normal", "<body>x</body>", true),
            ("other", "<body>x</body>", true),
            (
                "chat",
                "<body>x</body><no-store xmlns='urn:xmpp:hints'/>",
                false,
            ),
            (
                "chat",
                "<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>",
                false,
            ),
            (
                "chat",
                "<x xmlns='urn:x'/><store xmlns='urn:xmpp:hints'/>",
                true,
            ),
            (
                "chat",
                "<store xmlns='urn:xmpp:hints'/><no-store xmlns='urn:xmpp:hints'/>",
                false,
            ),
            ("headline", "<body>x</body>", false),
            ("groupchat", "<body>x</body>", false),
            ("error", "<body>x</body><error/>", false),
            ("chat", state, false),
            ("chat", "", false),
            ("chat", "<thread>x</thread>", false),
            ("chat", encrypted, true),
            ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>", true),
            ("chat", "<request xmlns='urn:xmpp:receipts'/>", false),
            (
                "chat",
                "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
                true,
            ),
            ("chat", "<markable xmlns='urn:xmpp:chat-markers:0'/>", false),
            (
                "chat",
                "<reactions xmlns='urn:xmpp:reactions:0' id='1'/>",
                true,
            ),
            (
                "chat",
                "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>",
                true,
            ),
        ] {
            let xml = format!("<message xmlns='jabber:client' type='{kind}'>{inner}</message>");
            let (decided, because) = worth_archiving(&xml.parse().unwrap());
            assert_eq!(decided, archived, "{xml}: {because}");
        }
    }
}
