//! Who somebody is, from what is remembered of identities.

use jid::BareJid;
use onym_identity::invite::Invite;
use onym_identity::statement::{
    Endpoint, EndpointKind, KeyClaim, Revoked, Statement, StatementBody, TextForm, Unverified,
    is_mixed_script, resembles,
};
use onym_identity::{ComparisonPhrase, IdentityKey, OnymJid, Timestamp};

use super::{BuildInput, name_of};
use crate::identities::StatementRefusal;
use crate::store::{IdentityEvent, IdentityRecord, Snapshot};
use crate::view_model::person::as_its_program_shows;
use crate::view_model::words;
use crate::view_model::{
    AddressProof, AddressView, KeyView, NameWarning, OurMoveView, PersonSummary, PersonView,
    StatementView, is_contradiction,
};

/// The identity at an address, as the user knows it: the one that the address names, or the one that
/// was seen to publish there.
pub(super) fn identity_at(memory: &Snapshot, jid: &BareJid) -> Option<IdentityKey> {
    let record = memory.identities.get(jid);
    let seen = record.map(|record| *record.followed.identity());
    // The check of a key in an address costs as much as a signature.
    let named = || OnymJid::try_from(jid).ok().map(|it| it.identity);
    let said = || memory.introductions.get(jid).map(|it| it.identity);
    seen.or_else(named).or_else(said)
}

/// Who is behind an address. Reads no statement, so that the open conversation can always have it.
pub(super) fn summary(memory: &Snapshot, jid: &BareJid) -> PersonSummary {
    let record = memory.identities.get(jid);
    PersonSummary {
        standing: memory.standing_at(jid),
        identity: identity_at(memory, jid),
        challenge: record.and_then(|record| record.challenge),
        contradiction: record.and_then(contradiction),
    }
}

/// That the key is in two places, if the identity has said so and a person has not looked since.
fn contradiction(record: &IdentityRecord) -> Option<StatementRefusal> {
    let newest_first = record.history.iter().rev();
    for entry in newest_first {
        match &entry.what {
            IdentityEvent::Refused(why) if is_contradiction(why) => return Some(*why),
            IdentityEvent::Verified
            | IdentityEvent::VerificationWithdrawn
            | IdentityEvent::Differed
            | IdentityEvent::IdentityChanged { .. } => return None,
            _ => {}
        }
    }
    None
}

/// Everything for the page of somebody.
pub(super) fn person(input: &BuildInput<'_>, jid: &BareJid) -> PersonView {
    let memory = input.memory;
    let summary = summary(memory, jid);
    let is_ourselves = jid == input.our_jid;
    let record = memory.identities.get(jid);
    let history = record.map(|record| record.history.iter().rev().cloned().collect());
    let our_identity = identity_at(memory, input.our_jid);
    let phrase = our_identity
        .zip(summary.identity)
        .and_then(|(ours, theirs)| ComparisonPhrase::between(&ours, &theirs));
    PersonView {
        jid: jid.to_string(),
        is_ourselves,
        statement: record.and_then(|record| statement(input, jid, record)),
        ways: super::ways::ways(input, jid),
        history: history.unwrap_or_default(),
        phrase,
        our_code: link(&memory.invite_to_us(input.our_jid)),
        link: link(&if is_ourselves {
            memory.invite_to_us(jid)
        } else {
            memory.invite_to(jid)
        }),
        our_move: is_ourselves.then(|| OurMoveView::of(input)).flatten(),
        summary,
    }
}

/// A few keys and names are never too long for a link.
fn link(invite: &Invite) -> String {
    invite.to_xmpp().unwrap_or_default()
}

/// What the latest statement says. It was verified when it was stored; that it is verified again keeps
/// an unverified one from ever being shown.
fn statement(
    input: &BuildInput<'_>,
    jid: &BareJid,
    record: &IdentityRecord,
) -> Option<StatementView> {
    let unverified = Unverified::<Statement>::parse(&record.statement).ok()?;
    // An expired one is shown, too, and said to be so.
    let while_true = record.expires.as_unix_millis().saturating_sub(1);
    let while_true = Timestamp::from_unix_millis(while_true);
    let identity = *record.followed.identity();
    let verified = unverified.verify_as(&identity, while_true).ok()?;
    let body = verified.body();
    let name = body
        .name
        .as_ref()
        .map(|name| words::one_line(name.as_str()));
    let warning = name.as_deref();
    let name_warning = warning.and_then(|name| name_warning(input, jid, &identity, name));
    let is_ourselves = jid == input.our_jid;
    let form = TextForm::of(&record.statement).filter(|_| is_ourselves);
    Some(StatementView {
        serial: body.serial,
        issued: body.issued,
        expires: body.expires,
        is_expired: !verified.is_current(input.around.now),
        name,
        name_warning,
        addresses: addresses(input.memory, jid, &identity, body),
        keys: keys(jid, body),
        block: form.map(TextForm::block),
    })
}

/// Whether the name can be taken for another one. Contacts with the same identity are the same person.
pub(super) fn name_warning(
    input: &BuildInput<'_>,
    jid: &BareJid,
    identity: &IdentityKey,
    name: &str,
) -> Option<NameWarning> {
    if is_mixed_script(name) {
        return Some(NameWarning::MixedScript);
    }
    let others = input.memory.contacts.keys().filter(|it| *it != jid);
    let mut alike = others.filter_map(|it| {
        let other = name_of(input.memory, it);
        resembles(name, &other).then_some((it, other))
    });
    // Last, since reading a key out of an address costs as much as a signature.
    let is_other = |it: &BareJid| identity_at(input.memory, it).as_ref() != Some(identity);
    let (_, other) = alike.find(|(it, _)| is_other(it))?;
    Some(NameWarning::Resembles { other })
}

fn addresses(
    memory: &Snapshot,
    jid: &BareJid,
    identity: &IdentityKey,
    body: &StatementBody,
) -> Vec<AddressView> {
    let mut endpoints: Vec<&Endpoint> = body.endpoints.iter().collect();
    endpoints.sort_by_key(|endpoint| std::cmp::Reverse(endpoint.priority));
    let rank = |place: usize| endpoints.get(place).map(|it| it.priority);
    let first = rank(0).filter(|_| rank(0) != rank(1));
    let listed = endpoints.iter().map(|endpoint| AddressView {
        jid: endpoint.jid.to_string(),
        is_this: endpoint.jid == *jid,
        is_first: first == Some(endpoint.priority),
        proof: match endpoint.kind {
            _ if memory.confirms(&endpoint.jid, identity) => AddressProof::Confirmed,
            EndpointKind::Own => AddressProof::CarriesKey,
            EndpointKind::Account => AddressProof::Claimed,
        },
    });
    let revoked = body.revocations.iter().filter_map(|it| match &it.what {
        Revoked::Endpoint(revoked) => Some(AddressView {
            jid: revoked.to_string(),
            is_this: revoked == jid,
            is_first: false,
            proof: AddressProof::Revoked { since: it.since },
        }),
        Revoked::Key(_) => None,
    });
    listed.chain(revoked).collect()
}

/// Keys that the list of devices does not show.
fn keys(jid: &BareJid, body: &StatementBody) -> Vec<KeyView> {
    let is_device_here = |claim: &&KeyClaim| claim.device.is_some() && claim.jid == *jid;
    let listed = body.keys.iter().filter(|claim| !is_device_here(claim));
    let mut keys: Vec<KeyView> = Vec::new();
    for claim in listed {
        let view = KeyView {
            protocol: claim.key.protocol,
            fingerprint: as_its_program_shows(&claim.key),
            jid: Some(claim.jid.to_string()),
            device: claim.device,
            revoked: None,
        };
        // A device that speaks both versions of OMEMO has one key.
        let is_known = |known: &KeyView| {
            known.fingerprint == view.fingerprint
                && known.jid == view.jid
                && view.device.is_some()
                && known.device == view.device
        };
        if !keys.iter().any(is_known) {
            keys.push(view);
        }
    }
    for revocation in &body.revocations {
        if let Revoked::Key(key) = &revocation.what {
            keys.push(KeyView {
                protocol: key.protocol,
                fingerprint: as_its_program_shows(key),
                jid: None,
                device: None,
                revoked: Some(revocation.since),
            });
        }
    }
    keys
}
