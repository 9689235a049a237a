//! The addresses of a person, from what the engine knows of them.

use std::cmp::Reverse;

use jid::BareJid;

use super::BuildInput;
use crate::conversation::route::{Candidate, Sealing};
use crate::engine::Ways;
use crate::view_model::{WayView, WaysView};

/// The addresses of whoever has a conversation; nothing if they have one, as most people do.
pub(super) fn ways(input: &BuildInput<'_>, jid: &BareJid) -> Option<WaysView> {
    let ways = (input.ways)(jid)?;
    let home = &ways.person.home;
    let is_former = !ways.candidates.iter().any(|it| it.jid == *home);
    if ways.candidates.len() < 2 && !is_former {
        return None;
    }
    let mut candidates: Vec<&Candidate> = ways.candidates.iter().collect();
    candidates.sort_by_key(|it| (Reverse(it.priority), !it.is_home));
    let mut addresses: Vec<WayView> = candidates
        .into_iter()
        .map(|it| way(input, &ways, &it.jid, Some(it)))
        .collect();
    if is_former {
        addresses.push(way(input, &ways, home, None));
    }
    Some(WaysView {
        written_to: ways.route.to.to_string(),
        is_home: ways.route.to == *home,
        because: ways.route.because,
        chosen: ways.person.write_to.as_ref().map(ToString::to_string),
        addresses,
    })
}

fn way(
    input: &BuildInput<'_>,
    ways: &Ways,
    jid: &BareJid,
    candidate: Option<&Candidate>,
) -> WayView {
    let endpoint = (input.around.endpoint)(jid);
    WayView {
        jid: jid.to_string(),
        is_home: *jid == ways.person.home,
        is_contact: super::Known::new(input.memory, jid).is_contact,
        is_written_to: *jid == ways.route.to,
        is_theirs: candidate.is_some(),
        standing: super::person::summary(input.memory, jid).standing,
        priority: candidate.map_or(0, |it| it.priority),
        presence: super::presence(input, jid, endpoint.as_ref()),
        endpoint,
        unreachable_since: candidate.and_then(|it| it.unreachable_since(input.around.now)),
        sealing: candidate.map_or(Sealing::Impossible, |it| it.sealing),
    }
}
