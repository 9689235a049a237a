//! The addresses of a person, in words.

use onym_client_protocol::conversation::route::{RouteReason, Sealing};
use onym_client_protocol::view_model::{
    DirectionView, MessageView, PersonSummary, WayView, WaysView,
};

use super::{Clock, Words};
use crate::text;

impl Words {
    /// Which address is written to and why, if the user could not guess it: it is not the one of the
    /// conversation, or they have chosen it, or it is not reached.
    pub(crate) fn way(self, ways: &WaysView) -> Option<String> {
        let is_plain = matches!(
            ways.because,
            RouteReason::OnlyAddress
                | RouteReason::HighestPriority
                | RouteReason::Home
                | RouteReason::IsThere
        );
        if ways.is_home && is_plain {
            return None;
        }
        let address = text::short_jid(&ways.written_to);
        let why = self.route_reason(ways.because);
        Some(self.with("way", &[("address", address.into()), ("why", why.into())]))
    }

    /// Which address is written to now, and why.
    pub(crate) fn way_now(self, ways: &WaysView) -> String {
        let address = text::short_jid(&ways.written_to);
        let why = self.route_reason(ways.because);
        self.with(
            "ways-now",
            &[("address", address.into()), ("why", why.into())],
        )
    }

    /// What is known of one of several addresses: how they rank it, whether they are there, who is behind
    /// it, and what stands in the way of writing there.
    pub(crate) fn way_facts(self, way: &WayView, ways: &WaysView, clock: Clock) -> String {
        let of_theirs = ways.addresses.iter().filter(|it| it.is_theirs);
        let best = of_theirs.map(|it| it.priority).max();
        let summary = PersonSummary {
            standing: way.standing,
            ..PersonSummary::default()
        };
        let (standing, _) = self.standing(&summary, "", clock);
        let since = way.unreachable_since.map(|at| {
            let time = self.day_and_clock(clock.local(at), clock.local_now);
            self.with("ways-unreachable", &[("time", time.into())])
        });
        let cannot_read = way.sealing == Sealing::Impossible;
        let facts = [
            way.is_written_to.then(|| self.get("ways-written-to")),
            (best == Some(way.priority)).then(|| self.get("ways-first")),
            Some(self.presence(&way.presence, clock)),
            Some(standing),
            since,
            cannot_read.then(|| self.get("ways-cannot-read")),
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        facts.join(" · ")
    }

    /// Why one of several addresses is written to.
    pub(crate) fn route_reason(self, because: RouteReason) -> String {
        self.get(match because {
            RouteReason::OnlyAddress => "way-only",
            RouteReason::Chosen => "way-chosen",
            RouteReason::HighestPriority => "way-priority",
            RouteReason::IsThere => "way-there",
            RouteReason::Home => "way-home",
            RouteReason::OthersUnreachable { .. } => "way-others-unreachable",
            RouteReason::OthersCannotRead => "way-others-cannot-read",
            RouteReason::NoneReachable => "way-none-reachable",
        })
    }

    /// By which address a message came or went, if that has to be said.
    pub(crate) fn via(self, message: &MessageView) -> Option<String> {
        let address = text::short_jid(message.via.as_ref()?);
        let key = match message.direction {
            _ if message.is_from_former_address => "message-via-former",
            DirectionView::Incoming => "message-via-from",
            DirectionView::Outgoing => "message-via-to",
        };
        Some(self.with(key, &[("address", address.into())]))
    }
}

#[cfg(test)]
mod tests {
    use onym_identity::Timestamp;

    use super::*;
    use crate::app_model::Language;

    #[test]
    fn what_cannot_be_guessed_is_said_in_both_languages() {
        let ways = |is_home: bool, because| WaysView {
            written_to: "bob@legacy.example".to_owned(),
            is_home,
            because,
            chosen: None,
            addresses: Vec::new(),
        };
        let since = Timestamp::UNIX_EPOCH;
        let unreachable = RouteReason::OthersUnreachable { since };
        for language in [Language::English, Language::German] {
            let words = Words::new(language);
            assert_eq!(words.way(&ways(true, RouteReason::Home)), None);
            for (is_home, because) in [
                (false, RouteReason::HighestPriority),
                (false, RouteReason::OnlyAddress),
                (true, unreachable),
                (true, RouteReason::Chosen),
                (true, RouteReason::NoneReachable),
                (false, RouteReason::OthersCannotRead),
            ] {
                let said = words.way(&ways(is_home, because)).unwrap();
                assert!(said.contains("bob@legacy.example"), "{said}");
                assert!(said.contains(&words.route_reason(because)), "{said}");
            }
        }
        let [english, german] = [Language::English, Language::German]
            .map(|language| Words::new(language).route_reason(unreachable));
        assert_ne!(english, german);
    }

    #[test]
    fn a_message_says_by_which_address_it_came() {
        let words = Words::new(Language::English);
        let mut message = MessageView::default();
        assert_eq!(words.via(&message), None);
        message.via = Some("bob@legacy.example".to_owned());
        assert_eq!(words.via(&message).unwrap(), "from bob@legacy.example");
        message.direction = DirectionView::Outgoing;
        assert_eq!(words.via(&message).unwrap(), "to bob@legacy.example");
        message.is_from_former_address = true;
        let former = words.via(&message).unwrap();
        assert!(former.contains("no longer"), "{former}");
    }
}
