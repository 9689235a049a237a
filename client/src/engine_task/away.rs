//! Endpoints that ours does not reach, as the engine wants to know them.

use std::collections::BTreeMap;

use onym_identity::Timestamp;
use onym_server::{AwayReason, EndpointStatus, LinkStatus};

/// The domains of endpoints that ours has tried and does not reach, each with since when.
#[derive(Debug, Default)]
pub(super) struct Away(BTreeMap<String, Timestamp>);

impl Away {
    /// Takes the state of all links. What the engine is to be told, if it is something else than before.
    ///
    /// While one more try is under way nothing new is known of an endpoint. That our own side has no
    /// network says nothing about any.
    pub(super) fn note(
        &mut self,
        status: &EndpointStatus,
        now: Timestamp,
    ) -> Option<BTreeMap<String, Timestamp>> {
        let mut away = BTreeMap::new();
        for (domain, peer) in &status.peers {
            let domain = domain.to_string();
            let known = self.0.get(&domain).copied();
            let since = match &peer.link {
                LinkStatus::Waiting {
                    reason: AwayReason::OurSide,
                    ..
                }
                | LinkStatus::Connecting
                | LinkStatus::Proving => known,
                LinkStatus::Waiting { .. } => Some(known.unwrap_or(now)),
                LinkStatus::Idle | LinkStatus::Online => None,
            };
            away.extend(since.map(|since| (domain, since)));
        }
        let is_news = away != self.0;
        self.0.clone_from(&away);
        is_news.then_some(away)
    }
}

#[cfg(test)]
mod tests {
    use onym_server::{Domain, PeerStatus};

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1_000)
    }

    fn waiting(reason: AwayReason) -> LinkStatus {
        LinkStatus::Waiting {
            reason,
            why: String::new(),
            next_try: at(1_000),
        }
    }

    #[test]
    fn an_endpoint_is_away_from_its_first_failure_until_it_is_reached() {
        let mut away = Away::default();
        let mut status = EndpointStatus::default();
        let domain = Domain::parse("b.example").unwrap();
        let since = |seconds: u64| BTreeMap::from([("b.example".to_owned(), at(seconds))]);
        for (second, link, told) in [
            (1, LinkStatus::Connecting, None),
            (2, waiting(AwayReason::OurSide), None),
            (3, waiting(AwayReason::NoAnswer), Some(since(3))),
            (4, LinkStatus::Connecting, None),
            (5, waiting(AwayReason::NotFound), None),
            (6, waiting(AwayReason::OurSide), None),
            (7, LinkStatus::Online, Some(BTreeMap::new())),
            (8, waiting(AwayReason::Timeout), Some(since(8))),
            (9, LinkStatus::Idle, Some(BTreeMap::new())),
        ] {
            let peer = PeerStatus {
                link,
                queued: 0,
                last_reached: None,
                last_try: None,
            };
            status.peers.insert(domain.clone(), peer);
            assert_eq!(away.note(&status, at(second)), told, "{second}");
        }
    }
}
