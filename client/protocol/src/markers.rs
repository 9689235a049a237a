//! Displayed markers: the recipient has seen a message, and everything before it.

use minidom::Element;
use onym_stream::{Attributes, ns};

use crate::conversation::settings::ConversationSettings;
use crate::store::{Privacy, Subscription};

/// Says that we want to know when a message is displayed.
pub(crate) fn markable() -> Element {
    Element::bare("markable", ns::MARKERS)
}

/// Whether the sender wants to know when a message is displayed.
pub(crate) fn is_markable(message: &Element) -> bool {
    message.has_child("markable", ns::MARKERS)
}

/// The name of the message up to which everything was displayed.
pub(crate) fn displayed_id(message: &Element) -> Option<&str> {
    message
        .get_child("displayed", ns::MARKERS)?
        .attr("id")
        .filter(|id| !id.is_empty())
}

/// Adds that everything up to a message was displayed.
pub(crate) fn write(message: &mut Element, id: &str) {
    message.append_child(Element::bare("displayed", ns::MARKERS).with_attribute("id", id));
    message.append_child(Element::bare("store", ns::HINTS));
}

/// Whether the sender of a message is told something about the user, and the rule that decides.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TellDecision {
    /// Whether they are told.
    pub tell: bool,
    /// The rule.
    pub because: TellRule,
}

/// The rules about telling others what the user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellRule {
    /// The user allows it for everybody.
    AllowedByAccount,
    /// The user allows it in this conversation.
    AllowedHere,
    /// The user does not want it for anybody.
    ForbiddenByAccount,
    /// The user does not want it in this conversation.
    ForbiddenHere,
    /// "A sender SHOULD NOT send Displayed Markers to recipients who are not otherwise authorized
    /// to view its presence" (XEP-0333, section 8).
    StrangersLearnNothing,
}

/// What a contact may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// That their messages were displayed.
    Displayed,
    /// That the user is writing.
    Typing,
}

/// Decides whether a contact is told.
pub fn decide(
    what: Told,
    privacy: Privacy,
    settings: Option<&ConversationSettings>,
    contact: Option<Subscription>,
) -> TellDecision {
    use TellRule as R;
    let by_account = match what {
        Told::Displayed => privacy.tell_displayed,
        Told::Typing => privacy.tell_typing,
    };
    let because = if !contact.is_some_and(Subscription::they_see_us) {
        R::StrangersLearnNothing
    } else {
        match settings.and_then(|settings| settings.tells_activity) {
            Some(true) => R::AllowedHere,
            Some(false) => R::ForbiddenHere,
            None if by_account => R::AllowedByAccount,
            None => R::ForbiddenByAccount,
        }
    };
    TellDecision {
        tell: matches!(because, R::AllowedByAccount | R::AllowedHere),
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        use TellRule as R;
        let privacy = |displayed, typing| Privacy {
            tell_displayed: displayed,
            tell_typing: typing,
        };
        let both = Some(Subscription::Both);
        for (privacy, here, contact, displayed, typing) in [
            (
                privacy(true, true),
                None,
                both,
                R::AllowedByAccount,
                R::AllowedByAccount,
            ),
            (
                privacy(true, false),
                None,
                both,
                R::AllowedByAccount,
                R::ForbiddenByAccount,
            ),
            (
                privacy(false, true),
                None,
                both,
                R::ForbiddenByAccount,
                R::AllowedByAccount,
            ),
            (
                privacy(true, true),
                Some(false),
                both,
                R::ForbiddenHere,
                R::ForbiddenHere,
            ),
            (
                privacy(false, false),
                Some(true),
                both,
                R::AllowedHere,
                R::AllowedHere,
            ),
            (
                privacy(true, true),
                Some(true),
                Some(Subscription::To),
                R::StrangersLearnNothing,
                R::StrangersLearnNothing,
            ),
            (
                privacy(true, true),
                None,
                None,
                R::StrangersLearnNothing,
                R::StrangersLearnNothing,
            ),
        ] {
            let settings = ConversationSettings {
                tells_activity: here,
                ..ConversationSettings::default()
            };
            for (what, because) in [(Told::Displayed, displayed), (Told::Typing, typing)] {
                let tell = matches!(because, R::AllowedByAccount | R::AllowedHere);
                let found = decide(what, privacy, Some(&settings), contact);
                assert_eq!(
                    found,
                    TellDecision { tell, because },
                    "{what:?} {settings:?}"
                );
            }
        }
        let found = decide(Told::Typing, Privacy::default(), None, both);
        assert!(found.tell, "without settings the account decides");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut message = Element::bare("message", ns::CLIENT);
        write(&mut message, "m1");
        assert_eq!(displayed_id(&message), Some("m1"));
        // To prevent loops, a marker does not ask for one (XEP-0333, section 4).
        assert!(!is_markable(&message));
    }
}
