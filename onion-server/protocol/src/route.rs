//! RFC 6121 §8.5: what becomes of a stanza for one of our accounts.

use onym_stream::Element;

use crate::inbox;
use crate::stanza::{Condition, StanzaKind};

/// A client's stream, as far as routing needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceView<'a> {
    /// The resource part of its full JID.
    pub name: &'a str,
    /// Its priority; none while it has not sent presence.
    pub priority: Option<i8>,
}

/// What becomes of a stanza, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where it goes.
    pub to: Recipient,
    /// The rule that decides.
    pub because: &'static str,
}

/// Where a stanza goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// To these resources and nowhere else.
    Resources(Vec<String>),
    /// Into the inbox until a client has acknowledged it, and to these resources at once.
    Inbox(Vec<String>),
    /// The server answers in the account's name.
    Account,
    /// Its sender gets an error.
    Refuse(Condition),
    /// Nowhere, without an answer.
    Ignore,
}

/// Decides for a message or an IQ. `trusted` says that the sender receives the account's presence
/// or is the account itself, so that it may know which resources there are.
#[must_use]
pub fn route(
    stanza: &Element,
    to_resource: Option<&str>,
    resources: &[ResourceView<'_>],
    trusted: bool,
) -> Delivery {
    match StanzaKind::of(stanza) {
        Some(StanzaKind::Message) => message(stanza, to_resource, resources, trusted),
        Some(StanzaKind::Iq) => iq(stanza, to_resource, resources, trusted),
        _ => Delivery {
            to: Recipient::Ignore,
            because: "not a message or an IQ",
        },
    }
}

fn message(
    stanza: &Element,
    to: Option<&str>,
    resources: &[ResourceView<'_>],
    trusted: bool,
) -> Delivery {
    let kind = stanza.attr("type").unwrap_or("normal");
    let (keep, keep_because) = inbox::worth_keeping(stanza);
    if let Some(resource) = to.and_then(|to| resources.iter().find(|r| r.name == to)) {
        let names = vec![resource.name.to_owned()];
        let because = "§8.5.3.1: the resource is there";
        let to = if keep {
            Recipient::Inbox(names)
        } else {
            Recipient::Resources(names)
        };
        return Delivery { to, because };
    }
    // §8.5.2.1.1: "the server MUST NOT deliver the stanza to any resource with a negative priority".
    let available: Vec<_> = resources
        .iter()
        .filter(|r| r.priority.is_some_and(|priority| priority >= 0))
        .map(|r| r.name.to_owned())
        .collect();
    let refuse = |because| Delivery {
        to: Recipient::Refuse(Condition::ServiceUnavailable),
        because,
    };
    match kind {
        "groupchat" if to.is_some() && !trusted => Delivery {
            to: Recipient::Ignore,
            because: "§8.5.3.2.1: an error would tell a stranger which resources are here",
        },
        "groupchat" => refuse("§8.5.2.1.1: group chat is never for a bare JID"),
        // §8.5.2.1.1 would drop it. It says that a message of the owner's was not delivered, and
        // the resource that sent the message may have another name by now.
        "error" if keep => Delivery {
            to: Recipient::Inbox(available),
            because: "the owner is to know that a message was not delivered",
        },
        "error" => Delivery {
            to: Recipient::Ignore,
            because: "§8.5.2.1.1: nobody asked for it",
        },
        "headline" if to.is_some() => Delivery {
            to: Recipient::Ignore,
            because: "§8.5.3.2.1: the resource is gone",
        },
        // For a normal message §8.5.3.2.1 asks for an error or silence where a chat message goes to
        // the account. Silence would lose it, and an error tell a stranger which resources are
        // here; so it is treated like a chat message.
        _ if keep => Delivery {
            to: Recipient::Inbox(available),
            because: keep_because,
        },
        _ if available.is_empty() => Delivery {
            to: Recipient::Ignore,
            because: keep_because,
        },
        _ => Delivery {
            to: Recipient::Resources(available),
            because: "§8.5.2.1.1: to every resource that wants messages",
        },
    }
}

fn iq(
    stanza: &Element,
    to: Option<&str>,
    resources: &[ResourceView<'_>],
    trusted: bool,
) -> Delivery {
    let question = matches!(stanza.attr("type"), Some("get" | "set"));
    let Some(to) = to else {
        let to = if question {
            Recipient::Account
        } else {
            Recipient::Ignore
        };
        return Delivery {
            to,
            because: "§8.5.2.1.3: the server answers for a bare JID",
        };
    };
    let found = resources.iter().any(|resource| resource.name == to);
    match (found, question) {
        // RFC 6120 §8.2.3: an answer is for the one who asked.
        (true, false) => Delivery {
            to: Recipient::Resources(vec![to.to_owned()]),
            because: "it answers that resource",
        },
        (true, true) if trusted => Delivery {
            to: Recipient::Resources(vec![to.to_owned()]),
            because: "§8.5.3.1: the resource is there",
        },
        // RFC 6121 §8.5.3.1 allows it, but an answer would tell a stranger that the owner is here.
        (_, true) => Delivery {
            to: Recipient::Refuse(Condition::ServiceUnavailable),
            because: "§8.5.3.2.3: the resource is gone, or is none of the sender's business",
        },
        (false, false) => Delivery {
            to: Recipient::Ignore,
            because: "§8.5.3.2.3: whoever asked is gone",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: ResourceView<'_> = ResourceView {
        name: "desk",
        priority: Some(5),
    };
    const PHONE: ResourceView<'_> = ResourceView {
        name: "phone",
        priority: Some(0),
    };
    const QUIET: ResourceView<'_> = ResourceView {
        name: "quiet",
        priority: Some(-1),
    };
    const SILENT: ResourceView<'_> = ResourceView {
        name: "silent",
        priority: None,
    };

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn messages() {
        use Recipient::{Ignore, Inbox, Refuse, Resources};
        let all = [DESK, PHONE, QUIET, SILENT];
        let gone = Refuse(Condition::ServiceUnavailable);
        for (kind, inner, to, resources, expected) in [
            (
                "chat",
                "<body>x</body>",
                None,
                &all[..],
                Inbox(names(&["desk", "phone"])),
            ),
            (
                "chat",
                "<body>x</body>",
                None,
                &[QUIET, SILENT][..],
                Inbox(vec![]),
            ),
            ("chat", "<body>x</body>", None, &[][..], Inbox(vec![])),
            (
                "chat",
                "<body>x</body>",
                Some("quiet"),
                &all[..],
                Inbox(names(&["quiet"])),
            ),
            (
                "chat",
                "<body>x</body>",
                Some("gone"),
                &all[..],
                Inbox(names(&["desk", "phone"])),
            ),
            (
                "normal",
                "<body>x</body>",
                Some("gone"),
                &all[..],
                Inbox(names(&["desk", "phone"])),
            ),
            (
                "headline",
                "<body>x</body>",
                None,
                &all[..],
                Resources(names(&["desk", "phone"])),
            ),
            ("headline", "<body>x</body>", None, &[][..], Ignore),
            ("headline", "<body>x</body>", Some("gone"), &all[..], Ignore),
            ("groupchat", "<body>x</body>", None, &all[..], gone),
            ("error", "<error/>", None, &[][..], Inbox(vec![])),
            ("chat", "", None, &[][..], Ignore),
            (
                "chat",
                "",
                None,
                &all[..],
                Resources(names(&["desk", "phone"])),
            ),
        ] {
            let stanza =
                format!("<message xmlns='jabber:client' id='1' type='{kind}'>{inner}</message>");
            let delivery = route(&stanza.parse().unwrap(), to, resources, true);
            assert_eq!(
                delivery.to, expected,
                "{stanza} to {to:?}: {}",
                delivery.because
            );
        }
    }

    #[test]
    fn a_stranger_cannot_tell_whether_a_resource_is_there() {
        for kind in ["chat", "normal", "headline", "groupchat", "error"] {
            for inner in ["<body>x</body>", ""] {
                let xml = format!(
                    "<message xmlns='jabber:client' id='1' type='{kind}'>{inner}</message>"
                );
                let stanza = xml.parse().unwrap();
                let answered = |to| {
                    let delivery = route(&stanza, Some(to), &[DESK], false);
                    matches!(delivery.to, Recipient::Refuse(_))
                };
                assert_eq!(answered("desk"), answered("gone"), "{xml}");
            }
        }
    }

    #[test]
    fn iqs() {
        use Recipient::{Account, Ignore, Refuse, Resources};
        let refuse = Refuse(Condition::ServiceUnavailable);
        for (kind, to, trusted, expected) in [
            ("get", None, false, Account),
            ("result", None, true, Ignore),
            ("get", Some("desk"), true, Resources(names(&["desk"]))),
            ("get", Some("desk"), false, refuse.clone()),
            ("get", Some("gone"), true, refuse),
            ("result", Some("desk"), false, Resources(names(&["desk"]))),
            ("error", Some("gone"), true, Ignore),
        ] {
            let stanza = format!("<iq xmlns='jabber:client' id='1' type='{kind}'/>");
            let delivery = route(&stanza.parse().unwrap(), to, &[DESK], trusted);
            assert_eq!(delivery.to, expected, "{kind} to {to:?} trusted {trusted}");
        }
    }
}
