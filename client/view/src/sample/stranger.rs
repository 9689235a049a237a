//! People whom the user looks at before they decide.

use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::view_model::{
    KnownAs, NameWarning, PresenceState, RequestView, StrangerIdentity, StrangerLook, StrangerView,
};
use onym_identity::statement::FollowError;

use super::person::{identity, unknown};
use super::{DAY, ago, contact, jid, main_model};
use crate::app_model::MainModel;
use crate::view::Place;

/// The account on an ordinary server that is looked at in the form.
pub const ACCOUNT: &str = "bruna@jabber.example";

/// The main screen with what an account was asked and has answered.
pub fn looked_at(jid: &str, look: StrangerLook) -> MainModel {
    let mut main = main_model();
    let jid = jid.to_owned();
    main.view.stranger = Some(StrangerView { jid, look });
    main
}

/// An identity that a stranger's account confirms.
pub fn confirmed(known_as: KnownAs) -> StrangerLook {
    StrangerLook::Confirmed(Box::new(StrangerIdentity {
        identity: identity("Bruna"),
        name: Some("Bruna".to_owned()),
        name_warning: None,
        issued: ago(3 * DAY),
        other_addresses: vec![jid("Bruna")],
        known_as,
    }))
}

/// A name that can be taken for that of a contact.
fn resembling() -> StrangerLook {
    let other = "Óscar".to_owned();
    let name_warning = Some(NameWarning::Resembles { other });
    match confirmed(KnownAs::Nobody) {
        StrangerLook::Confirmed(found) => StrangerLook::Confirmed(Box::new(StrangerIdentity {
            name: Some("Oscar".to_owned()),
            name_warning,
            ..*found
        })),
        other => other,
    }
}

/// The screen of this name.
pub(super) fn screen(name: &str) -> Option<(MainModel, Option<Place>)> {
    let form = Some(Place::AddContact(ACCOUNT.to_owned()));
    let known = KnownAs::Contact {
        name: "Bruna".to_owned(),
        is_verified: true,
    };
    let refused = StatementRefusal::NotFollowed(FollowError::Revoked);
    Some(match name {
        "add-stranger" => (main_model(), form),
        "add-stranger-asking" => (looked_at(ACCOUNT, StrangerLook::Asking), form),
        "add-stranger-known" => (looked_at(ACCOUNT, confirmed(known)), form),
        "add-stranger-new" => (looked_at(ACCOUNT, resembling()), form),
        "add-stranger-refused" => (looked_at(ACCOUNT, StrangerLook::Refused(refused)), form),
        "add-stranger-nobody" => (looked_at(ACCOUNT, StrangerLook::Nothing), form),
        "request-stranger" => (asks(confirmed(known)), None),
        "person-stranger" => {
            let mut main = unknown();
            if let Some(open) = &mut main.view.conversation {
                open.contact.is_contact = false;
            }
            (main, Some(Place::Contact))
        }
        _ => return None,
    })
}

/// Somebody who asks to be a contact, and was looked at.
fn asks(look: StrangerLook) -> MainModel {
    let mut asks = contact("Tilde", PresenceState::Unknown);
    asks.is_contact = false;
    asks.request = RequestView::Incoming { text: None };
    let mut main = looked_at(&asks.jid, look);
    main.view.contacts.insert(0, asks);
    main
}
