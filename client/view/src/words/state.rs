//! States of people, messages and endpoints in words.

use onym_client_protocol::delivery::FailureReason;
use onym_client_protocol::view_model::{
    ContactView, DeliveryState, DeliveryView, EndpointState, EndpointView, PresenceState,
    PresenceView,
};

use super::{Clock, Words};
use crate::text;

impl Words {
    /// Whether a contact is there; while their endpoint is being reached, that.
    pub(crate) fn contact_presence(self, contact: &ContactView, clock: Clock) -> String {
        let is_there = !matches!(
            contact.presence.state,
            PresenceState::Unknown | PresenceState::Offline
        );
        match &contact.endpoint {
            Some(endpoint) if !is_there && endpoint.state == EndpointState::Connecting => {
                self.get("presence-connecting")
            }
            _ => self.presence(&contact.presence, clock),
        }
    }

    /// Whether a contact is there, with what they wrote about it.
    pub(crate) fn presence(self, presence: &PresenceView, clock: Clock) -> String {
        let state = self.presence_state(presence.state);
        let since = presence.since.map(|since| {
            let time = self.day_and_clock(clock.local(since), clock.local_now);
            self.with(
                "presence-since",
                &[("state", state.as_str().into()), ("time", time.into())],
            )
        });
        let words = match (presence.state, presence.last_seen) {
            (PresenceState::Unknown | PresenceState::Offline, Some(seen)) => {
                let time = self.ago(seen, clock);
                self.with("presence-last-seen", &[("time", time.into())])
            }
            (PresenceState::Away | PresenceState::ExtendedAway | PresenceState::Busy, _) => {
                since.unwrap_or(state)
            }
            _ => state,
        };
        match &presence.status {
            Some(status) => {
                let status = text::plain(status);
                self.with(
                    "presence-with-status",
                    &[("state", words.into()), ("status", status.into())],
                )
            }
            None => words,
        }
    }

    /// The state alone.
    pub(crate) fn presence_state(self, state: PresenceState) -> String {
        self.get(match state {
            PresenceState::Unknown => "presence-unknown",
            PresenceState::Offline => "presence-offline",
            PresenceState::Available => "presence-available",
            PresenceState::Away => "presence-away",
            PresenceState::ExtendedAway => "presence-extended-away",
            PresenceState::Busy => "presence-busy",
        })
    }

    /// How far a message has come, for a failure also why and what the other side said.
    pub(crate) fn delivery(self, delivery: &DeliveryView, clock: Clock) -> String {
        let key = match delivery.state {
            DeliveryState::Queued => "delivery-queued",
            DeliveryState::Sent => "delivery-sent",
            DeliveryState::Stored => "delivery-stored",
            DeliveryState::Delivered => "delivery-delivered",
            DeliveryState::Displayed => "delivery-displayed",
            DeliveryState::Failed => return self.failed_delivery(delivery),
        };
        let state = self.get(key);
        let Some(at) = delivery.at else { return state };
        let time = self.day_and_clock(clock.local(at), clock.local_now);
        self.with(
            "delivery-at",
            &[("state", state.into()), ("time", time.into())],
        )
    }

    fn failed_delivery(self, delivery: &DeliveryView) -> String {
        let why = self.failure(delivery.why.unwrap_or(FailureReason::Other));
        let mut words = self.with("delivery-failed", &[("why", why.into())]);
        if let Some(theirs) = &delivery.their_words {
            let theirs = text::plain(theirs);
            words.push(' ');
            words.push_str(&self.with("delivery-their-words", &[("words", theirs.into())]));
        }
        words
    }

    /// Why a message came back, in a sentence.
    pub(crate) fn failure(self, why: FailureReason) -> String {
        self.get(match why {
            FailureReason::ServerNotFound => "failure-server-not-found",
            FailureReason::ServerTimeout => "failure-server-timeout",
            FailureReason::NobodyThere => "failure-nobody-there",
            FailureReason::Refused => "failure-refused",
            FailureReason::NotAccepted => "failure-not-accepted",
            FailureReason::ServerFull => "failure-server-full",
            FailureReason::Moved => "failure-moved",
            FailureReason::Other => "failure-other",
        })
    }

    /// How the endpoint of a contact is reached.
    pub(crate) fn endpoint(self, endpoint: &EndpointView, clock: Clock) -> String {
        let key = match (endpoint.state, endpoint.next_try) {
            (EndpointState::Idle, _) => "endpoint-idle",
            (EndpointState::Connecting, _) => "endpoint-connecting",
            (EndpointState::Connected, _) => "endpoint-connected",
            (EndpointState::Waiting, None) => "endpoint-waiting",
            (EndpointState::Waiting, Some(next)) => {
                let time = self.until(next, clock);
                return self.with("endpoint-waiting-next", &[("time", time.into())]);
            }
        };
        self.get(key)
    }
}
