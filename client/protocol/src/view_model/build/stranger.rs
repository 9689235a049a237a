//! Who an account says it is, and whether we know that identity.

use jid::BareJid;
use onym_identity::IdentityKey;
use onym_identity::statement::Statement;

use super::person::{identity_at, name_warning};
use super::{BuildInput, name_of};
use crate::address_check::AddressAnswer;
use crate::view_model::words;
use crate::view_model::{
    KnownAs, PersonStanding, Stranger, StrangerIdentity, StrangerLook, StrangerView,
};

pub(super) fn stranger(input: &BuildInput<'_>, asked: &Stranger) -> StrangerView {
    StrangerView {
        jid: asked.jid.to_string(),
        look: match &asked.answer {
            None => StrangerLook::Asking,
            Some(AddressAnswer::Confirmed(statement)) => {
                StrangerLook::Confirmed(Box::new(identity(input, &asked.jid, statement)))
            }
            Some(AddressAnswer::Refused(why)) => StrangerLook::Refused(*why),
            Some(AddressAnswer::Nothing) => StrangerLook::Nothing,
            Some(AddressAnswer::Error { condition }) => StrangerLook::ServerRefused {
                condition: condition.clone(),
            },
            Some(AddressAnswer::Silent) => StrangerLook::Silent,
        },
    }
}

fn identity(input: &BuildInput<'_>, jid: &BareJid, statement: &Statement) -> StrangerIdentity {
    let identity = *statement.identity();
    let body = statement.body();
    let name = body.name.as_ref();
    let name = name.map(|name| words::one_line(name.as_str()));
    let warning = name.as_deref();
    let mut others: Vec<_> = body.endpoints.iter().filter(|it| it.jid != *jid).collect();
    others.sort_by_key(|endpoint| std::cmp::Reverse(endpoint.priority));
    StrangerIdentity {
        identity,
        name_warning: warning.and_then(|name| name_warning(input, jid, &identity, name)),
        name,
        issued: body.issued,
        other_addresses: others.into_iter().map(|it| it.jid.to_string()).collect(),
        known_as: known_as(input, jid, &identity),
    }
}

/// A contact whom the user has verified says more than another one with the same identity.
fn known_as(input: &BuildInput<'_>, jid: &BareJid, identity: &IdentityKey) -> KnownAs {
    let memory = input.memory;
    if identity_at(memory, input.our_jid).as_ref() == Some(identity) {
        return KnownAs::Ourselves;
    }
    let contacts = memory.contacts.keys().filter(|it| *it != jid);
    let same = contacts.filter(|it| identity_at(memory, it).as_ref() == Some(identity));
    let same = same.map(|it| {
        let is_verified = matches!(memory.standing_at(it), PersonStanding::Verified { .. });
        (is_verified, it)
    });
    match same.max_by_key(|(is_verified, _)| *is_verified) {
        Some((is_verified, contact)) => KnownAs::Contact {
            name: name_of(memory, contact),
            is_verified,
        },
        None => KnownAs::Nobody,
    }
}
