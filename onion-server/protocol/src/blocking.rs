//! XEP-0191: Blocking Command: whom an account does not want to hear of, or be heard by.

mod commands;

use std::collections::BTreeSet;

use jid::Jid;
use onym_stream::{Element, ns};

use crate::limits;
use crate::stanza::{Build, Condition, Refusal, StanzaKind};

/// The JIDs that an account blocks.
#[derive(Debug, Default)]
pub(crate) struct BlockList {
    blocked: BTreeSet<Jid>,
    bytes: usize,
}

impl BlockList {
    /// §6: "user@domain/resource", "user@domain", "domain/resource" and "domain", each for itself
    /// and for what is below it.
    pub(crate) fn blocks(&self, jid: &Jid) -> bool {
        if self.blocked.is_empty() {
            return false;
        }
        self.blocked.contains(jid)
            || self.blocked.contains(&Jid::from(jid.to_bare()))
            || Jid::new(jid.domain().as_str()).is_ok_and(|domain| self.blocked.contains(&domain))
    }

    /// Whether the list has room for these as well.
    fn admits(&self, more: &BTreeSet<Jid>) -> bool {
        let bytes: usize = more.difference(&self.blocked).map(cost).sum();
        self.bytes.saturating_add(bytes) <= limits::MAX_BLOCK_LIST_BYTES
    }

    /// Whether it was not blocked yet.
    pub(crate) fn insert(&mut self, jid: Jid) -> bool {
        let bytes = cost(&jid);
        let new = self.blocked.insert(jid);
        if new {
            self.bytes = self.bytes.saturating_add(bytes);
        }
        new
    }

    fn remove(&mut self, jid: &Jid) -> bool {
        let removed = self.blocked.remove(jid);
        if removed {
            self.bytes = self.bytes.saturating_sub(cost(jid));
        }
        removed
    }

    fn to_element(&self) -> Element {
        list("blocklist", &self.blocked)
    }
}

/// What an entry takes in the list as XML.
fn cost(jid: &Jid) -> usize {
    jid.as_str()
        .len()
        .saturating_add(limits::BLOCKED_JID_OVERHEAD_BYTES)
}

/// A command or list with its items.
fn list(name: &str, jids: &BTreeSet<Jid>) -> Element {
    let mut list = Element::bare(name, ns::BLOCKING);
    for jid in jids {
        let mut item = Element::bare("item", ns::BLOCKING);
        item.set("jid", jid.as_str());
        list.append_child(item);
    }
    list
}

/// The items of a command.
fn items(command: &Element) -> Result<BTreeSet<Jid>, Condition> {
    command
        .children()
        .filter(|child| child.is("item", ns::BLOCKING))
        .map(|item| {
            let jid = item.attr("jid").ok_or(Condition::BadRequest)?;
            Jid::new(jid).map_err(|_| Condition::JidMalformed)
        })
        .collect()
}

/// What becomes of a stanza of somebody who is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What its sender is told; none if nothing.
    pub(crate) answer: Option<Condition>,
    /// The rule that decides.
    pub(crate) because: &'static str,
}

/// §3.3: the account appears to be offline, and no more than that.
pub(crate) fn verdict(stanza: &Element) -> Verdict {
    let (answer, because) = match (StanzaKind::of(stanza), stanza.attr("type")) {
        (Some(StanzaKind::Message), Some("error")) => (None, "errors are never answered"),
        (Some(StanzaKind::Message), _) => (
            Some(Condition::ServiceUnavailable),
            "§3.3: \"SHOULD return an error\" to a message",
        ),
        (Some(StanzaKind::Iq), Some("get" | "set")) => (
            Some(Condition::ServiceUnavailable),
            "§3.3: \"MUST return an error\" to a question",
        ),
        (Some(StanzaKind::Iq), _) => (None, "§3.3: other IQs \"MUST be silently dropped\""),
        _ => (None, "§3.3: to presence \"MUST NOT respond\""),
    };
    Verdict { answer, because }
}

/// What a client is told that writes to somebody whom its account blocks.
pub(crate) fn blocked_by_you() -> Refusal {
    Refusal::with(Condition::NotAcceptable, "blocked", ns::BLOCKING_ERRORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> Jid {
        Jid::new(text).unwrap()
    }

    #[test]
    fn what_an_entry_matches() {
        for (entry, blocked, free) in [
            (
                "a@b.example/r",
                &["a@b.example/r"][..],
                &["a@b.example", "a@b.example/s", "b.example", "b.example/r"][..],
            ),
            (
                "a@b.example",
                &["a@b.example", "a@b.example/r"],
                &["c@b.example", "b.example"],
            ),
            (
                "b.example/r",
                &["b.example/r"],
                &["b.example", "a@b.example/r", "a@b.example"],
            ),
            (
                "b.example",
                &["b.example", "b.example/r", "a@b.example", "a@b.example/r"],
                &["a@c.b.example", "example"],
            ),
        ] {
            let mut list = BlockList::default();
            assert!(list.insert(jid(entry)));
            for text in blocked {
                assert!(list.blocks(&jid(text)), "{entry} blocks {text}");
            }
            for text in free {
                assert!(!list.blocks(&jid(text)), "{entry} does not block {text}");
            }
        }
    }

    #[test]
    fn the_list_fits_into_one_stanza() {
        let mut list = BlockList::default();
        let mut n = 0;
        loop {
            let next = jid(&format!("{n}@b.example"));
            if !list.admits(&[next.clone()].into()) {
                break;
            }
            assert!(list.insert(next));
            n += 1;
        }
        let xml = String::from(&list.to_element());
        assert!(xml.len() < limits::MAX_BLOCK_LIST_BYTES, "{}", xml.len());
        assert!(n > 3_000, "{n}");
        // What is in it already takes no more room.
        assert!(list.admits(&[jid("0@b.example")].into()));
        assert!(!list.insert(jid("0@b.example")));
        assert!(list.remove(&jid("0@b.example")));
        assert!(!list.remove(&jid("0@b.example")));
        assert!(list.admits(&[jid("0@b.example")].into()));
    }

    #[test]
    fn what_the_blocked_are_told() {
        let unavailable = Some(Condition::ServiceUnavailable);
        for (xml, answer) in [
            ("<message xmlns='jabber:client'/>", unavailable),
            ("<message xmlns='jabber:client' type='error'/>", None),
            ("<iq xmlns='jabber:client' type='get'/>", unavailable),
            ("<iq xmlns='jabber:client' type='set'/>", unavailable),
            ("<iq xmlns='jabber:client' type='result'/>", None),
            ("<presence xmlns='jabber:client'/>", None),
            ("<presence xmlns='jabber:client' type='probe'/>", None),
            ("<presence xmlns='jabber:client' type='subscribe'/>", None),
        ] {
            let verdict = verdict(&xml.parse().unwrap());
            assert_eq!(verdict.answer, answer, "{xml}: {}", verdict.because);
        }
    }
}
