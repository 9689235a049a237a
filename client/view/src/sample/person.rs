//! People whose identities are known in different ways.

use onym_client_protocol::conversation::route::{RouteReason, Sealing};
use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{Challenge, HistoryEntry, IdentityEvent, KnownBy};
use onym_client_protocol::trust::TrustRule;
use onym_client_protocol::view_model::{
    AddressProof, AddressView, AnnouncedMove, ConversationView, KeyView, MovedView, NameWarning,
    OurMoveView, PersonStanding, PersonSummary, PersonView, PresenceState, PresenceView, Shield,
    StatementView, WayView, WaysView,
};
use onym_identity::statement::{FollowError, ForeignKey, KeyProtocol};
use onym_identity::{ComparisonPhrase, IdentityKey, RootSecret, Timestamp};

use super::{DAY, MINUTE_MILLIS, NOW_MILLIS, ago, jid, main_model, protection};
use crate::app_model::MainModel;
use crate::xmpp_link::link_to;

/// The identity of somebody of this name, who does not exist.
pub(crate) fn identity(name: &str) -> IdentityKey {
    let mut bytes = [7; 32];
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    RootSecret::from_bytes(&bytes).identity_key().public()
}

/// The identity of somebody else.
pub(crate) fn stranger() -> IdentityKey {
    identity("somebody else")
}

fn in_days(days: u64) -> Timestamp {
    Timestamp::from_unix_millis(NOW_MILLIS + days * DAY * MINUTE_MILLIS)
}

fn address(jid: &str, is_this: bool, proof: AddressProof) -> AddressView {
    AddressView {
        jid: jid.to_owned(),
        is_this,
        is_first: false,
        proof,
    }
}

fn key(protocol: KeyProtocol, fingerprint: &str, jid: &str) -> KeyView {
    KeyView {
        protocol,
        fingerprint: fingerprint.to_owned(),
        jid: Some(jid.to_owned()),
        device: None,
        revoked: None,
    }
}

fn statement(of: &str) -> StatementView {
    let legacy = "bruna@jabber.example";
    let otr = "5E2F61A0 0C8B4D17 93FA6E21 B70D5C44 19AE8830";
    let openpgp = "A4C1 09E2 7B35 66D0 F1A8  2C94 0E5D 71B3 88F6 4D20";
    let old = "0B77D1E4 52A9036C C81F2E95 6D403AB8 F4E69217";
    let mut revoked = key(KeyProtocol::Otr, old, legacy);
    revoked.jid = None;
    revoked.revoked = Some(ago(60 * DAY));
    StatementView {
        serial: NOW_MILLIS - 20 * DAY * MINUTE_MILLIS,
        issued: ago(20 * DAY),
        expires: in_days(345),
        name: Some("bruna".to_owned()),
        addresses: vec![
            address(of, true, AddressProof::Confirmed),
            address(legacy, false, AddressProof::Claimed),
            address(
                "b.castelo@old.example",
                false,
                AddressProof::Revoked {
                    since: ago(60 * DAY),
                },
            ),
        ],
        keys: vec![
            key(KeyProtocol::Otr, otr, legacy),
            key(KeyProtocol::OpenPgpV4, openpgp, legacy),
            revoked,
        ],
        ..StatementView::default()
    }
}

fn entry(minutes: u64, what: IdentityEvent) -> HistoryEntry {
    HistoryEntry {
        at: ago(minutes),
        what,
    }
}

fn history() -> Vec<HistoryEntry> {
    let otr = ForeignKey::new(KeyProtocol::Otr, &[0x5e; 20]);
    let old = ForeignKey::new(KeyProtocol::Otr, &[0x0b; 20]);
    vec![
        entry(12 * DAY, IdentityEvent::Verified),
        entry(20 * DAY, IdentityEvent::KeyAdded(otr)),
        entry(60 * DAY, IdentityEvent::KeyRevoked(old)),
        entry(90 * DAY, IdentityEvent::FirstSeen),
    ]
}

/// The open conversation with its contact page, of somebody who is known so.
fn with(
    standing: PersonStanding,
    change: impl FnOnce(&mut ConversationView, &mut PersonView),
) -> MainModel {
    let mut model = main_model();
    let mut open = protection::encrypted();
    open.protection.shield = Shield::Encrypted;
    for device in &mut open.protection.devices {
        if device.because == TrustRule::FirstUse {
            device.because = TrustRule::SignedByIdentity;
        }
    }
    let theirs = identity("Bruna Castelo");
    let of = open.contact.jid.clone();
    let summary = PersonSummary {
        standing,
        identity: Some(theirs),
        ..PersonSummary::default()
    };
    let mut person = PersonView {
        jid: of.clone(),
        statement: Some(statement(&of)),
        history: history(),
        phrase: ComparisonPhrase::between(&identity("ourselves"), &theirs),
        our_code: link_to(&jid("ourselves"), Some("Ines")),
        link: link_to(&of, None),
        summary,
        ..PersonView::default()
    };
    change(&mut open, &mut person);
    person.jid.clone_from(&open.contact.jid);
    open.person = person.summary.clone();
    let row = model.view.contacts.iter_mut();
    let row = row.filter(|row| row.name == open.contact.name).last();
    if let Some(row) = row {
        row.is_verified = open.contact.is_verified;
    }
    model.view.conversation = Some(open);
    model.view.person = Some(person);
    model
}

/// Somebody whose identity was compared.
pub fn verified() -> MainModel {
    with(PersonStanding::Verified { at: ago(12 * DAY) }, |open, _| {
        open.contact.is_verified = true;
        for device in &mut open.protection.devices {
            if device.because == TrustRule::SignedByIdentity {
                device.because = TrustRule::SignedByVerified;
            }
        }
    })
}

/// Somebody of whom nothing but the address is known.
pub fn named() -> MainModel {
    with(PersonStanding::AddressIsKey, |_, person| {
        person
            .history
            .retain(|it| it.what != IdentityEvent::Verified);
    })
}

/// Moves somebody to an account at a server.
fn move_to_server(open: &mut ConversationView, person: &mut PersonView) {
    let legacy = "bruna@jabber.example".to_owned();
    let onym = std::mem::replace(&mut open.contact.jid, legacy.clone());
    open.contact.endpoint = None;
    for device in &mut open.protection.devices {
        device.jid.clone_from(&legacy);
    }
    if let Some(statement) = &mut person.statement {
        statement.addresses = vec![
            address(&legacy, true, AddressProof::Confirmed),
            address(&onym, false, AddressProof::CarriesKey),
        ];
    }
}

/// An account at a server that publishes a statement which lists it; its name is like that of another
/// contact.
pub fn confirmed() -> MainModel {
    with(PersonStanding::Confirmed, |open, person| {
        move_to_server(open, person);
        if let Some(statement) = &mut person.statement {
            statement.name = Some("N\u{43e}\u{43e}r".to_owned());
            statement.name_warning = Some(NameWarning::Resembles {
                other: "Noor".to_owned(),
            });
        }
    })
}

/// An account whose identity appeared when its devices were known already.
pub fn late() -> MainModel {
    with(PersonStanding::Late, |open, person| {
        move_to_server(open, person);
    })
}

/// Another identity publishes at that account.
pub fn changed() -> MainModel {
    let since = ago(35);
    with(PersonStanding::Changed { since }, |open, person| {
        move_to_server(open, person);
        person.summary.challenge = Some(Challenge {
            identity: stranger(),
            since,
        });
        open.protection.shield = Shield::Waiting;
        open.protection.hold = Some(Hold::IdentityChanged);
    })
}

/// The user has compared the identity, and it is not the person's.
pub fn differs() -> MainModel {
    let at = ago(20);
    with(PersonStanding::Differs { at }, |open, person| {
        open.protection.shield = Shield::Waiting;
        open.protection.hold = Some(Hold::IdentityDiffers);
        person.history.insert(0, entry(20, IdentityEvent::Differed));
    })
}

/// The identity has ended.
pub fn revoked() -> MainModel {
    with(PersonStanding::Revoked, |open, person| {
        if let Some(statement) = &mut person.statement {
            for address in statement.addresses.iter_mut().take(1) {
                address.proof = AddressProof::CarriesKey;
            }
        }
        open.protection.shield = Shield::Waiting;
        open.protection.hold = Some(Hold::IdentityRevoked);
        person.history.insert(0, entry(50, IdentityEvent::Revoked));
    })
}

/// The identity has said two things at once.
pub fn contradicted() -> MainModel {
    let identities = [identity("one"), identity("two")];
    let [seen, got] = identities;
    let why = StatementRefusal::NotFollowed(FollowError::OtherSuccessor { seen, got });
    with(PersonStanding::AddressIsKey, |_, person| {
        person.summary.contradiction = Some(why);
        let refused = IdentityEvent::Refused(why);
        person.history.insert(0, entry(50, refused));
    })
}

/// Somebody whose identity was compared, and of which their account has published nothing.
pub fn expected() -> MainModel {
    let known_by = KnownBy::Verified { at: ago(3 * DAY) };
    with(PersonStanding::Expected { known_by }, |open, person| {
        move_to_server(open, person);
        person.statement = None;
        person.history.clear();
    })
}

/// An account at a server of which no identity is known.
pub fn unknown() -> MainModel {
    with(PersonStanding::Nobody, |open, person| {
        move_to_server(open, person);
        person.summary.identity = None;
        person.statement = None;
        person.phrase = None;
        person.history.clear();
        for device in &mut open.protection.devices {
            if device.because == TrustRule::SignedByIdentity {
                device.because = TrustRule::FirstUse;
            }
        }
    })
}

/// Somebody who is reached at two addresses; the one that they prefer is away.
pub fn several() -> MainModel {
    with(
        PersonStanding::Verified { at: ago(12 * DAY) },
        |open, person| {
            let home = open.contact.jid.clone();
            let way = |jid: &str, priority, state| WayView {
                jid: jid.to_owned(),
                is_home: jid == home,
                is_contact: jid == home,
                is_written_to: jid != home,
                is_theirs: true,
                standing: person.summary.standing,
                priority,
                presence: PresenceView {
                    state,
                    ..PresenceView::default()
                },
                endpoint: None,
                unreachable_since: (jid == home).then(|| ago(40)),
                sealing: Sealing::Possible,
            };
            let legacy = "bruna@jabber.example";
            let mut former = way("b.castelo@old.example", 0, PresenceState::Unknown);
            former.is_theirs = false;
            former.is_written_to = false;
            person.ways = Some(WaysView {
                written_to: legacy.to_owned(),
                is_home: false,
                because: RouteReason::OthersUnreachable { since: ago(40) },
                chosen: None,
                addresses: vec![
                    way(&home, 20, PresenceState::Offline),
                    way(legacy, 10, PresenceState::Available),
                    former,
                ],
            });
            if let Some(statement) = &mut person.statement {
                for address in statement.addresses.iter_mut().filter(|it| it.jid == legacy) {
                    address.proof = AddressProof::Confirmed;
                }
            }
            open.ways.clone_from(&person.ways);
        },
    )
}

/// Ourselves.
pub fn ourselves() -> MainModel {
    let mut model = main_model();
    let ours = jid("ourselves");
    let mut statement = statement(&ours);
    statement.name = Some("Ines".to_owned());
    statement.addresses = vec![
        address(&ours, true, AddressProof::Confirmed),
        address("ines@jabber.example", false, AddressProof::Confirmed),
        address("ines@work.example", false, AddressProof::Claimed),
    ];
    if let Some(ours) = statement.addresses.first_mut() {
        ours.is_first = true;
    }
    statement.keys.truncate(2);
    for key in &mut statement.keys {
        key.jid = Some("ines@jabber.example".to_owned());
    }
    statement.block = Some("onym/1 statement".to_owned());
    model.view.person = Some(PersonView {
        jid: ours.clone(),
        is_ourselves: true,
        summary: PersonSummary {
            standing: PersonStanding::AddressIsKey,
            identity: Some(identity("ourselves")),
            ..PersonSummary::default()
        },
        ways: None,
        statement: Some(statement),
        history: history().split_off(1),
        phrase: None,
        our_code: link_to(&ours, Some("Ines")),
        link: link_to(&ours, Some("Ines")),
        our_move: None,
    });
    model
}

/// Ourselves, before a move that was announced.
pub fn about_to_move(is_published: bool) -> MainModel {
    let to = jid("elsewhere");
    with_move(OurMoveView::Announced(AnnouncedMove { to, is_published }))
}

/// Ourselves after a move, with many who have not answered.
pub fn has_moved() -> MainModel {
    let waiting = (1..=15).map(|number| format!("Contact {number:02}"));
    with_move(OurMoveView::Moved(MovedView {
        at: ago(26 * 60),
        followed: 7,
        waiting: waiting.collect(),
        not_asked: vec!["Tomás".to_owned()],
    }))
}

fn with_move(our_move: OurMoveView) -> MainModel {
    let mut model = ourselves();
    if let Some(person) = &mut model.view.person {
        person.our_move = Some(our_move);
    }
    model
}
