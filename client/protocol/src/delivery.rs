//! How far an outgoing message has come, and the one table that moves it forward.

use serde::{Deserialize, Serialize};

/// How far an outgoing message has come.
///
/// The order of the variants is the order of progress; a message never goes back, except that a
/// failed one is queued again when the user asks for it, and one that came back from an address when
/// the person has another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// On our disk; waits for a connection to our server.
    Queued,
    /// Handed to the connection; our server has not acknowledged it yet.
    Sent,
    /// Our server acknowledged it (XEP-0198) and is responsible for it now.
    Stored,
    /// A client of the recipient has it (XEP-0184).
    Delivered,
    /// The recipient has seen it (XEP-0333).
    Displayed,
    /// It came back.
    Failed(Failure),
}

/// Why a message came back, and what the refusing side said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The cause, from the stanza error's condition.
    pub why: FailureReason,
    /// The refusing side's own words, cut to [`MAX_FAILURE_TEXT_CHARS`]. Not trusted.
    pub text: Option<String>,
}

/// The longest text of a stanza error that is kept, in characters: a sentence or two.
pub const MAX_FAILURE_TEXT_CHARS: usize = 500;

/// The cause of a failure, in groups that a user can act on (RFC 6120, section 8.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureReason {
    /// The recipient's server does not exist or has no route to it.
    ServerNotFound,
    /// The recipient's server was not reachable in time.
    ServerTimeout,
    /// Nobody answers at the recipient's address.
    NobodyThere,
    /// The recipient or their server refuses messages from us.
    Refused,
    /// A server's rules forbid this message: its size, or what it holds.
    NotAccepted,
    /// Some server is over its quota.
    ServerFull,
    /// The address has moved away.
    Moved,
    /// Any other condition.
    Other,
}

impl FailureReason {
    /// The reason for a stanza error's defined condition, by its element name.
    pub fn from_condition(condition: &str) -> Self {
        match condition {
            "remote-server-not-found" => Self::ServerNotFound,
            "remote-server-timeout" => Self::ServerTimeout,
            "service-unavailable" | "recipient-unavailable" | "item-not-found" => Self::NobodyThere,
            "forbidden"
            | "not-allowed"
            | "not-authorized"
            | "registration-required"
            | "subscription-required" => Self::Refused,
            "policy-violation" | "not-acceptable" => Self::NotAccepted,
            "resource-constraint" => Self::ServerFull,
            "gone" | "redirect" => Self::Moved,
            _ => Self::Other,
        }
    }

    /// A sentence for the user that says what happened.
    pub fn words(self) -> &'static str {
        match self {
            Self::ServerNotFound => "Their server could not be found.",
            Self::ServerTimeout => "Their server could not be reached in time.",
            Self::NobodyThere => "Nobody receives messages at this address.",
            Self::Refused => "They do not accept messages from you.",
            Self::NotAccepted => "A server on the way did not accept the message.",
            Self::ServerFull => "A server on the way has no room left.",
            Self::Moved => "This address is no longer in use.",
            Self::Other => "The message was returned.",
        }
    }
}

/// Something that happens to an outgoing message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEvent {
    /// Its bytes go to the connection.
    HandedToConnection,
    /// Our server acknowledged it.
    AcknowledgedByServer,
    /// A receipt came from the recipient.
    ReceiptArrived,
    /// The recipient has seen it, or a later one.
    MarkerArrived,
    /// An error stanza came back.
    Returned(Failure),
    /// The user wants it sent again.
    ResendAsked,
    /// It came back from one address of a person and goes on to another one.
    GoesOn,
}

/// What [`Delivery::after`] decides: the next state, if there is one, and the rule that decided.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The next state, or nothing when the event changes nothing.
    pub next: Option<Delivery>,
    /// The rule.
    pub because: DeliveryRule,
}

/// The rules of the delivery table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryRule {
    /// The event is the next step.
    Progress,
    /// The message is already that far or farther.
    AlreadyThere,
    /// It is being sent again after a reconnection and keeps its state.
    SentAgain,
    /// A receipt proves arrival, whatever an error said before.
    ReceiptProvesArrival,
    /// One of the recipient's devices has it, so an error from another one does not matter.
    ArrivedElsewhere,
    /// Only a failed message is sent again by hand.
    NotFailed,
    /// A failed message waits for the user.
    WaitsForUser,
    /// The person has another address, which has not had it.
    OtherAddress,
}

impl Delivery {
    /// The state after `event`, with the rule that decided.
    pub fn after(&self, event: &DeliveryEvent) -> Transition {
        use DeliveryEvent as E;
        use DeliveryRule as R;
        let (next, because) = match (self, event) {
            (Self::Queued, E::HandedToConnection) => (Some(Self::Sent), R::Progress),
            (Self::Sent, E::HandedToConnection) => (None, R::SentAgain),
            (Self::Failed(_), E::HandedToConnection | E::AcknowledgedByServer) => {
                (None, R::WaitsForUser)
            }
            (Self::Queued | Self::Sent, E::AcknowledgedByServer) => {
                (Some(Self::Stored), R::Progress)
            }
            (Self::Delivered | Self::Displayed, E::Returned(_)) => (None, R::ArrivedElsewhere),
            (Self::Delivered | Self::Displayed, E::ReceiptArrived)
            | (Self::Displayed, E::MarkerArrived) => (None, R::AlreadyThere),
            (Self::Failed(_), E::MarkerArrived) => (Some(Self::Displayed), R::ReceiptProvesArrival),
            (_, E::MarkerArrived) => (Some(Self::Displayed), R::Progress),
            (Self::Failed(_), E::ReceiptArrived) => {
                (Some(Self::Delivered), R::ReceiptProvesArrival)
            }
            (_, E::ReceiptArrived) => (Some(Self::Delivered), R::Progress),
            (Self::Failed(old), E::Returned(new)) if old == new => (None, R::AlreadyThere),
            (_, E::Returned(failure)) => (Some(Self::Failed(failure.clone())), R::Progress),
            (Self::Sent | Self::Stored, E::GoesOn) => (Some(Self::Queued), R::OtherAddress),
            (Self::Queued, E::GoesOn) => (None, R::AlreadyThere),
            (Self::Failed(_), E::GoesOn) => (None, R::WaitsForUser),
            (Self::Delivered | Self::Displayed, E::GoesOn) => (None, R::ArrivedElsewhere),
            (Self::Failed(_), E::ResendAsked) => (Some(Self::Queued), R::Progress),
            (_, E::ResendAsked) => (None, R::NotFailed),
            (
                Self::Stored | Self::Delivered | Self::Displayed,
                E::HandedToConnection | E::AcknowledgedByServer,
            ) => (None, R::AlreadyThere),
        };
        Transition { next, because }
    }

    /// Whether our server still has to be given the message.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Queued | Self::Sent)
    }

    /// Whether our side still has to do something: hand it to our server, or ask the user.
    pub fn is_unsettled(&self) -> bool {
        matches!(self, Self::Queued | Self::Sent | Self::Failed(_))
    }

    /// A few words for the user.
    pub fn words(&self) -> String {
        match self {
            Self::Queued => "Waiting for a connection".to_owned(),
            Self::Sent => "Sending".to_owned(),
            Self::Stored => "On its way".to_owned(),
            Self::Delivered => "Delivered".to_owned(),
            Self::Displayed => "Seen".to_owned(),
            Self::Failed(failure) => format!("Not delivered. {}", failure.why.words()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Delivery {
        Delivery::Failed(failure("forbidden"))
    }

    fn failure(condition: &str) -> Failure {
        Failure {
            why: FailureReason::from_condition(condition),
            text: None,
        }
    }

    fn rank(delivery: &Delivery) -> u8 {
        match delivery {
            Delivery::Queued => 0,
            Delivery::Sent => 1,
            Delivery::Stored => 2,
            Delivery::Failed(_) => 3,
            Delivery::Delivered => 4,
            Delivery::Displayed => 5,
        }
    }

    #[test]
    fn the_whole_table() {
        use Delivery::{Delivered, Displayed, Queued, Sent, Stored};
        use DeliveryEvent as E;
        use DeliveryRule as R;
        let refused = || E::Returned(failure("forbidden"));
        let other = || E::Returned(failure("gone"));
        let moved = Delivery::Failed(failure("gone"));
        let table = [
            (Queued, E::HandedToConnection, Some(Sent), R::Progress),
            (Queued, E::AcknowledgedByServer, Some(Stored), R::Progress),
            (Queued, E::ReceiptArrived, Some(Delivered), R::Progress),
            (Queued, refused(), Some(failed()), R::Progress),
            (Queued, E::ResendAsked, None, R::NotFailed),
            (Sent, E::HandedToConnection, None, R::SentAgain),
            (Sent, E::AcknowledgedByServer, Some(Stored), R::Progress),
            (Sent, E::ReceiptArrived, Some(Delivered), R::Progress),
            (Sent, refused(), Some(failed()), R::Progress),
            (Sent, E::ResendAsked, None, R::NotFailed),
            (Stored, E::HandedToConnection, None, R::AlreadyThere),
            (Stored, E::AcknowledgedByServer, None, R::AlreadyThere),
            (Stored, E::ReceiptArrived, Some(Delivered), R::Progress),
            (Stored, refused(), Some(failed()), R::Progress),
            (Stored, E::ResendAsked, None, R::NotFailed),
            (Delivered, E::HandedToConnection, None, R::AlreadyThere),
            (Delivered, E::AcknowledgedByServer, None, R::AlreadyThere),
            (Delivered, E::ReceiptArrived, None, R::AlreadyThere),
            (Delivered, refused(), None, R::ArrivedElsewhere),
            (Delivered, E::ResendAsked, None, R::NotFailed),
            (Queued, E::MarkerArrived, Some(Displayed), R::Progress),
            (Sent, E::MarkerArrived, Some(Displayed), R::Progress),
            (Stored, E::MarkerArrived, Some(Displayed), R::Progress),
            (Delivered, E::MarkerArrived, Some(Displayed), R::Progress),
            (Displayed, E::HandedToConnection, None, R::AlreadyThere),
            (Displayed, E::AcknowledgedByServer, None, R::AlreadyThere),
            (Displayed, E::ReceiptArrived, None, R::AlreadyThere),
            (Displayed, E::MarkerArrived, None, R::AlreadyThere),
            (Displayed, refused(), None, R::ArrivedElsewhere),
            (Displayed, E::ResendAsked, None, R::NotFailed),
            (
                failed(),
                E::MarkerArrived,
                Some(Displayed),
                R::ReceiptProvesArrival,
            ),
            (failed(), E::HandedToConnection, None, R::WaitsForUser),
            (failed(), E::AcknowledgedByServer, None, R::WaitsForUser),
            (
                failed(),
                E::ReceiptArrived,
                Some(Delivered),
                R::ReceiptProvesArrival,
            ),
            (failed(), refused(), None, R::AlreadyThere),
            (failed(), other(), Some(moved), R::Progress),
            (failed(), E::ResendAsked, Some(Queued), R::Progress),
            (Queued, E::GoesOn, None, R::AlreadyThere),
            (Sent, E::GoesOn, Some(Queued), R::OtherAddress),
            (Stored, E::GoesOn, Some(Queued), R::OtherAddress),
            (Delivered, E::GoesOn, None, R::ArrivedElsewhere),
            (Displayed, E::GoesOn, None, R::ArrivedElsewhere),
            (failed(), E::GoesOn, None, R::WaitsForUser),
        ];
        for (from, event, next, because) in table {
            let found = from.after(&event);
            assert_eq!(found, Transition { next, because }, "{from:?} on {event:?}");
        }
    }

    #[test]
    fn only_the_user_takes_a_message_back() {
        let states = [
            Delivery::Queued,
            Delivery::Sent,
            Delivery::Stored,
            Delivery::Delivered,
            Delivery::Displayed,
            failed(),
        ];
        let events = [
            DeliveryEvent::HandedToConnection,
            DeliveryEvent::AcknowledgedByServer,
            DeliveryEvent::ReceiptArrived,
            DeliveryEvent::MarkerArrived,
            DeliveryEvent::Returned(failure("gone")),
        ];
        for state in &states {
            for event in &events {
                if let Some(next) = state.after(event).next {
                    assert!(
                        rank(&next) >= rank(state),
                        "{state:?} on {event:?} became {next:?}"
                    );
                }
            }
        }
    }
}
