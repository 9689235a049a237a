//! What to do when somebody wants to see our presence, or says that we may see theirs.

use minidom::Element;

use crate::store::{Intent, Subscription};

/// A presence stanza about a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionStanza {
    /// They want to see our presence.
    Subscribe,
    /// We may see theirs.
    Subscribed,
    /// They no longer want to see ours.
    Unsubscribe,
    /// We may not, or no longer, see theirs.
    Unsubscribed,
}

impl SubscriptionStanza {
    /// What a presence stanza says about a subscription, if it does.
    pub(crate) fn of(presence: &Element) -> Option<Self> {
        match presence.attr("type")? {
            "subscribe" => Some(Self::Subscribe),
            "subscribed" => Some(Self::Subscribed),
            "unsubscribe" => Some(Self::Unsubscribe),
            "unsubscribed" => Some(Self::Unsubscribed),
            _ => None,
        }
    }
}

/// How we stand with the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation<'a> {
    /// Who sees whose presence; nothing if they are not a contact.
    pub subscription: Option<Subscription>,
    /// Whether our own request to them waits for an answer.
    pub we_asked: bool,
    /// Whether their request waits for the user.
    pub they_asked: bool,
    /// The user's last decision about them, while our server has not confirmed it.
    pub decided: Option<&'a Intent>,
}

/// What to do, and the rule that decides.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub reaction: Reaction,
    /// The rule.
    pub because: SubscriptionRule,
}

/// What to do about a presence stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Let them see our presence.
    Accept,
    /// Keep the request and ask the user.
    AskUser,
    /// Forget the request.
    ForgetRequest,
    /// Nothing.
    Nothing,
}

/// The rules about subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionRule {
    /// They may see us already; our answer was lost.
    AlreadyAccepted,
    /// The user added them: whoever is asked may ask back.
    UserAddedThem,
    /// It is the new address of a contact.
    ContactMoved,
    /// The user has just answered, and the answer is on its way.
    UserHasAnswered,
    /// The request waits for the user already.
    AlreadyAsked,
    /// Only the user can decide.
    UserDecides,
    /// They took their request back.
    TheyTookItBack,
    /// Our server pushes the change of the roster, which says all there is to know.
    RosterTells,
}

/// Decides what to do about a presence stanza.
pub fn decide(stanza: SubscriptionStanza, relation: Relation<'_>) -> Decision {
    use SubscriptionRule as R;
    let (reaction, because) = match stanza {
        SubscriptionStanza::Subscribe => subscribe(relation),
        SubscriptionStanza::Unsubscribe if relation.they_asked => {
            (Reaction::ForgetRequest, R::TheyTookItBack)
        }
        SubscriptionStanza::Unsubscribe
        | SubscriptionStanza::Subscribed
        | SubscriptionStanza::Unsubscribed => (Reaction::Nothing, R::RosterTells),
    };
    Decision { reaction, because }
}

fn subscribe(relation: Relation<'_>) -> (Reaction, SubscriptionRule) {
    use SubscriptionRule as R;
    match relation.decided {
        Some(Intent::Accept | Intent::Decline | Intent::Remove) => {
            return (Reaction::Nothing, R::UserHasAnswered);
        }
        Some(Intent::Add { .. }) => return (Reaction::Accept, R::UserAddedThem),
        Some(Intent::Follow { .. }) => return (Reaction::Accept, R::ContactMoved),
        Some(
            Intent::Rename { .. }
            | Intent::Group { .. }
            | Intent::Block
            | Intent::Unblock
            | Intent::Publish { .. },
        )
        | None => {}
    }
    if relation.subscription.is_some_and(Subscription::they_see_us) {
        (Reaction::Accept, R::AlreadyAccepted)
    } else if relation.we_asked || relation.subscription == Some(Subscription::To) {
        (Reaction::Accept, R::UserAddedThem)
    } else if relation.they_asked {
        (Reaction::Nothing, R::AlreadyAsked)
    } else {
        (Reaction::AskUser, R::UserDecides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: Relation<'_> = Relation {
        subscription: None,
        we_asked: false,
        they_asked: false,
        decided: None,
    };

    fn contact(subscription: Subscription) -> Relation<'static> {
        Relation {
            subscription: Some(subscription),
            ..STRANGER
        }
    }

    fn asking() -> Relation<'static> {
        Relation {
            they_asked: true,
            ..STRANGER
        }
    }

    fn asked() -> Relation<'static> {
        Relation {
            we_asked: true,
            ..contact(Subscription::None)
        }
    }

    fn decided(intent: &Intent) -> Relation<'_> {
        Relation {
            decided: Some(intent),
            ..STRANGER
        }
    }

    #[test]
    fn every_request() {
        use Reaction::{Accept, AskUser, Nothing};
        use SubscriptionRule as R;
        let add = Intent::Add { name: None };
        let rename = Intent::Rename { name: None };
        for (relation, reaction, because) in [
            (STRANGER, AskUser, R::UserDecides),
            (contact(Subscription::None), AskUser, R::UserDecides),
            (asked(), Accept, R::UserAddedThem),
            (contact(Subscription::To), Accept, R::UserAddedThem),
            (contact(Subscription::From), Accept, R::AlreadyAccepted),
            (contact(Subscription::Both), Accept, R::AlreadyAccepted),
            (asking(), Nothing, R::AlreadyAsked),
            (decided(&add), Accept, R::UserAddedThem),
            (decided(&rename), AskUser, R::UserDecides),
            (decided(&Intent::Accept), Nothing, R::UserHasAnswered),
            (decided(&Intent::Decline), Nothing, R::UserHasAnswered),
            (decided(&Intent::Remove), Nothing, R::UserHasAnswered),
        ] {
            let found = decide(SubscriptionStanza::Subscribe, relation);
            assert_eq!(found, Decision { reaction, because }, "{relation:?}");
        }
    }

    #[test]
    fn everything_else_is_in_the_roster() {
        use SubscriptionRule as R;
        use SubscriptionStanza as S;
        let forget = Reaction::ForgetRequest;
        let nothing = Reaction::Nothing;
        let both = contact(Subscription::Both);
        for (stanza, relation, reaction, because) in [
            (S::Unsubscribe, asking(), forget, R::TheyTookItBack),
            (S::Unsubscribe, both, nothing, R::RosterTells),
            (S::Subscribed, asked(), nothing, R::RosterTells),
            (S::Subscribed, STRANGER, nothing, R::RosterTells),
            (S::Unsubscribed, both, nothing, R::RosterTells),
            (S::Unsubscribed, asking(), nothing, R::RosterTells),
        ] {
            let found = decide(stanza, relation);
            assert_eq!(found, Decision { reaction, because }, "{stanza:?}");
        }
    }
}
