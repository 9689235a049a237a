//! RFC 6121 §3 and Appendix A: presence subscriptions, as a table.
//!
//! The state of a subscription is four bits. A rule takes the state and the kind of a presence
//! stanza and says what becomes of the state, what happens to the stanza, and why.

use serde::{Deserialize, Serialize};

/// What we and a contact have agreed on (RFC 6121 Appendix A.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// We receive the contact's presence.
    pub to: bool,
    /// The contact receives our presence.
    pub from: bool,
    /// We have asked and wait for the contact's answer.
    pub pending_out: bool,
    /// The contact has asked and waits for our answer.
    pub pending_in: bool,
    /// We have approved a request that has not come yet (RFC 6121 §3.4).
    pub approved: bool,
}

impl Subscription {
    /// The `subscription` attribute of a roster item (RFC 6121 §2.1.2.5).
    #[must_use]
    pub fn attribute(&self) -> &'static str {
        match (self.to, self.from) {
            (false, false) => "none",
            (true, false) => "to",
            (false, true) => "from",
            (true, true) => "both",
        }
    }
}

/// The presence stanzas that manage subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks to receive presence.
    Subscribe,
    /// Grants it.
    Subscribed,
    /// Does not want it any more.
    Unsubscribe,
    /// Denies it, or takes it back.
    Unsubscribed,
}

impl Kind {
    /// Reads the `type` attribute of a presence stanza.
    #[must_use]
    pub fn parse(kind: &str) -> Option<Self> {
        Some(match kind {
            "subscribe" => Self::Subscribe,
            "subscribed" => Self::Subscribed,
            "unsubscribe" => Self::Unsubscribe,
            "unsubscribed" => Self::Unsubscribed,
            _ => return None,
        })
    }

    /// The `type` attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Subscribed => "subscribed",
            Self::Unsubscribe => "unsubscribe",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// What to do with a subscription stanza that our own client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The state afterwards.
    pub next: Subscription,
    /// Whether the stanza goes on to the contact.
    pub route: bool,
    /// Whether the contact must now be sent our presence (`Some(true)`) or told that we are
    /// unavailable (`Some(false)`).
    pub share_presence: Option<bool>,
    /// Why.
    pub because: &'static str,
}

/// What to do with a subscription stanza that a contact sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The state afterwards.
    pub next: Subscription,
    /// Whether the user's clients see the stanza.
    pub deliver: bool,
    /// What the server answers in the user's name.
    pub reply: Option<Kind>,
    /// Why.
    pub because: &'static str,
}

/// RFC 6121 Appendix A.2: our client sends `kind` to a contact.
#[must_use]
pub fn outbound(state: Subscription, kind: Kind) -> Outbound {
    let same = |route, because| Outbound {
        next: state,
        route,
        share_presence: None,
        because,
    };
    match kind {
        // A.2.1. The request is routed again even if it is pending: the first may have been lost.
        Kind::Subscribe if state.to => same(false, "we already receive this contact's presence"),
        Kind::Subscribe => Outbound {
            next: Subscription {
                pending_out: true,
                ..state
            },
            ..same(true, "asks for the contact's presence")
        },
        // A.2.2
        Kind::Unsubscribe => Outbound {
            next: Subscription {
                to: false,
                pending_out: false,
                ..state
            },
            ..same(
                state.to || state.pending_out,
                "ends our subscription or our request",
            )
        },
        // A.2.3, with the pre-approval of §3.4
        Kind::Subscribed if state.pending_in => Outbound {
            next: Subscription {
                from: true,
                pending_in: false,
                ..state
            },
            share_presence: Some(true),
            ..same(true, "grants the contact's request")
        },
        Kind::Subscribed if state.from => same(false, "the contact already has our presence"),
        Kind::Subscribed => Outbound {
            next: Subscription {
                approved: true,
                ..state
            },
            ..same(false, "approves a request that has not come yet")
        },
        // A.2.4
        Kind::Unsubscribed => Outbound {
            next: Subscription {
                from: false,
                pending_in: false,
                approved: false,
                ..state
            },
            share_presence: state.from.then_some(false),
            ..same(
                state.from || state.pending_in,
                "denies the request or takes the grant back",
            )
        },
    }
}

/// RFC 6121 Appendix A.3: a contact sends `kind` to us.
#[must_use]
pub fn inbound(state: Subscription, kind: Kind) -> Inbound {
    let same = |deliver, because| Inbound {
        next: state,
        deliver,
        reply: None,
        because,
    };
    match kind {
        // A.3.1: "if the contact already has a subscription, auto-reply".
        Kind::Subscribe if state.from => Inbound {
            reply: Some(Kind::Subscribed),
            ..same(false, "the contact already has our presence")
        },
        Kind::Subscribe if state.approved => Inbound {
            next: Subscription {
                from: true,
                approved: false,
                ..state
            },
            reply: Some(Kind::Subscribed),
            ..same(false, "we approved this request before it came")
        },
        Kind::Subscribe if state.pending_in => same(false, "the same request waits already"),
        Kind::Subscribe => Inbound {
            next: Subscription {
                pending_in: true,
                ..state
            },
            ..same(true, "a new request")
        },
        // A.3.2
        Kind::Unsubscribe if state.from || state.pending_in => Inbound {
            next: Subscription {
                from: false,
                pending_in: false,
                ..state
            },
            ..same(true, "the contact does not want our presence any more")
        },
        Kind::Unsubscribe => same(false, "there is no subscription to end"),
        // A.3.3
        Kind::Subscribed if state.pending_out => Inbound {
            next: Subscription {
                to: true,
                pending_out: false,
                ..state
            },
            ..same(true, "the contact grants our request")
        },
        Kind::Subscribed => same(false, "we have not asked"),
        // A.3.4
        Kind::Unsubscribed if state.to || state.pending_out => Inbound {
            next: Subscription {
                to: false,
                pending_out: false,
                ..state
            },
            ..same(
                true,
                "the contact denies our request or ends our subscription",
            )
        },
        Kind::Unsubscribed => same(false, "we neither receive their presence nor have asked"),
    }
}

/// A contact asks with the token of an invite: the owner has granted it beforehand, and wants to see
/// the contact, too (XEP-0379, section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The state afterwards.
    pub next: Subscription,
    /// Whether the contact is asked in return.
    pub ask: bool,
    /// Why.
    pub because: &'static str,
}

/// What follows from a request with a token that is honoured.
#[must_use]
pub fn invited(state: Subscription) -> Invited {
    let granted = Subscription {
        from: true,
        pending_in: false,
        approved: false,
        ..state
    };
    if state.to {
        return Invited {
            next: granted,
            ask: false,
            because: "we already receive this contact's presence",
        };
    }
    Invited {
        next: Subscription {
            pending_out: true,
            ..granted
        },
        ask: true,
        because: "an invite is for both directions",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> Subscription {
        Subscription {
            to: text.contains('t'),
            from: text.contains('f'),
            pending_out: text.contains('o'),
            pending_in: text.contains('i'),
            approved: text.contains('a'),
        }
    }

    /// The nine states of Appendix A.1, by their letters, with the results of A.2 and A.3:
    /// (state, kind, next, routed or delivered).
    #[test]
    fn the_tables_of_appendix_a() {
        use Kind::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};
        for (from, kind, to, route) in [
            ("", Subscribe, "o", true),
            ("o", Subscribe, "o", true),
            ("t", Subscribe, "t", false),
            ("i", Subscribe, "oi", true),
            ("f", Subscribe, "fo", true),
            ("tf", Subscribe, "tf", false),
            ("", Unsubscribe, "", false),
            ("o", Unsubscribe, "", true),
            ("tf", Unsubscribe, "f", true),
            ("", Subscribed, "a", false),
            ("i", Subscribed, "f", true),
            ("oi", Subscribed, "fo", true),
            ("ti", Subscribed, "tf", true),
            ("tf", Subscribed, "tf", false),
            ("", Unsubscribed, "", false),
            ("i", Unsubscribed, "", true),
            ("ti", Unsubscribed, "t", true),
            ("tf", Unsubscribed, "t", true),
        ] {
            let outcome = outbound(state(from), kind);
            assert_eq!(
                (outcome.next, outcome.route),
                (state(to), route),
                "{from} {kind:?}"
            );
        }
        for (from, kind, to, deliver, reply) in [
            ("", Subscribe, "i", true, None),
            ("o", Subscribe, "oi", true, None),
            ("i", Subscribe, "i", false, None),
            ("t", Subscribe, "ti", true, None),
            ("f", Subscribe, "f", false, Some(Subscribed)),
            ("oa", Subscribe, "of", false, Some(Subscribed)),
            ("", Unsubscribe, "", false, None),
            ("i", Unsubscribe, "", true, None),
            ("tf", Unsubscribe, "t", true, None),
            ("", Subscribed, "", false, None),
            ("o", Subscribed, "t", true, None),
            ("fo", Subscribed, "tf", true, None),
            ("t", Subscribed, "t", false, None),
            ("", Unsubscribed, "", false, None),
            ("o", Unsubscribed, "", true, None),
            ("tf", Unsubscribed, "f", true, None),
        ] {
            let outcome = inbound(state(from), kind);
            assert_eq!(
                (outcome.next, outcome.deliver, outcome.reply),
                (state(to), deliver, reply),
                "{from} {kind:?}"
            );
        }
    }

    #[test]
    fn an_invite_is_for_both_directions() {
        for (from, to, ask) in [
            ("", "fo", true),
            ("i", "fo", true),
            ("oi", "fo", true),
            ("t", "tf", false),
            ("ti", "tf", false),
        ] {
            let outcome = invited(state(from));
            assert_eq!((outcome.next, outcome.ask), (state(to), ask), "{from}");
        }
    }
}
