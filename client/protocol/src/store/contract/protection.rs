//! Devices and sessions, for the suite.

use std::convert::Infallible;

use jid::BareJid;
use onym_identity::statement::{
    Endpoint, EndpointKind, FollowError, Followed, ForeignKey, KeyClaim, KeyProtocol, Revocation,
    Revoked, Statement, StatementBody, Unverified, VerifyError,
};
use onym_identity::{IdentityKey, IdentitySecretKey, Timestamp};
use rand_core::{TryCryptoRng, TryRng};

use crate::identities::StatementRefusal;
use crate::omemo::{self, DeviceId, Dialect, OurDevice, Session};
use crate::store::{
    AddressStanding, Challenge, Change, DeviceRecord, EncryptionPolicy, EndingRecord, HeardWord,
    HistoryEntry, IdentityEvent, IdentityRecord, IntroductionRecord, KnownBy, OurClaims,
    OurEndRecord, PersonRecord, PostponedWord, ProtectionChoices, ProtectionRecord, SessionRecord,
    TrustWordsRecord, UntoldWord, Wish,
};
use crate::trust::Trust;
use crate::trust_messages::TrustWord;

/// Draws the same numbers each time: the suite has no secrets.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.next().to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.next().to_le_bytes();
            for (byte, drawn) in chunk.iter_mut().zip(drawn) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

impl Counter {
    /// The `SplitMix64` of Steele, Lea and Flood.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// One change of every kind that is about protection.
pub(super) fn changes(bob: &BareJid) -> Vec<Change> {
    let at = Timestamp::from_unix_millis(11);
    let mut changes = vec![Change::PutProtectionChoices(ProtectionChoices {
        policy: EncryptionPolicy::BestOrClear,
        is_blind: true,
    })];
    let mut record = ProtectionRecord::new(bob.clone());
    record.policy = Some(EncryptionPolicy::Omemo2);
    record.lists.note(Dialect::Omemo2, at);
    record.see(at);
    for (number, trust) in (1..).zip([
        Trust::FirstUse,
        Trust::Undecided,
        Trust::Accepted { at },
        Trust::Verified { at },
        Trust::Refused { at },
    ]) {
        let Some(device) = device(number) else {
            continue;
        };
        let mut known = DeviceRecord::new(trust, at);
        known.key = Some(device.identity_key());
        known.label = Some("Phone".to_owned());
        known.last_heard = Some(at);
        known.key_changed = Some(at);
        known.set_speaks(Dialect::Omemo2, true);
        record.refuse_key(device.identity_key(), at);
        record.devices.insert(device.id(), known);
        changes.push(Change::PutOurDevice(Box::new(device)));
    }
    changes.push(Change::PutProtection(Box::new(record)));
    let words = trust_words(bob).into_iter();
    changes.extend(words.map(|words| Change::PutTrustWords(Box::new(words))));
    let identity = identity(bob).into_iter();
    changes.extend(identity.flat_map(|record| {
        let expected = IntroductionRecord {
            jid: record.jid.clone(),
            identity: *record.identity(),
            known_by: KnownBy::Introduced { at },
        };
        let person = PersonRecord {
            home: record.jid.clone(),
            identity: *record.identity(),
            write_to: Some(record.jid.clone()),
        };
        [
            Change::PutPerson(person),
            Change::PutEnded(Box::new(record.followed.clone())),
            Change::PutEnding(Box::new(EndingRecord {
                identity: *record.identity(),
                revocation: vec![3, 4],
                succession: vec![5],
            })),
            Change::PutIdentity(Box::new(record)),
            Change::PutIntroduction(expected),
        ]
    }));
    changes.push(Change::PutOurClaims(Box::new(claims(bob))));
    changes.push(Change::PutOurEnd(Box::new(OurEndRecord {
        revocation: vec![1, 2],
        succession: Vec::new(),
        is_published: true,
    })));
    let sessions = sessions(bob).into_iter();
    changes.extend(sessions.map(|record| Change::PutSession(Box::new(record))));
    changes
}

/// Something heard, something postponed, something untold.
fn trust_words(bob: &BareJid) -> Option<TrustWordsRecord> {
    let at = Timestamp::from_unix_millis(11);
    let [first, second] = [device(1)?, device(2)?].map(|it| it.identity_key());
    let word = |key, is_trusted| TrustWord {
        owner: bob.clone(),
        key,
        is_trusted,
    };
    Some(TrustWordsRecord {
        jid: bob.clone(),
        heard: vec![HeardWord {
            key: first,
            by: bob.clone(),
            is_trusted: false,
            at,
        }],
        postponed: vec![PostponedWord {
            by: second,
            word: word(first, true),
            at,
            came: at,
        }],
        untold: vec![UntoldWord {
            only: Some(second),
            word: word(first, false),
            since: at,
        }],
    })
}

/// The key of one of somebody's devices.
pub(super) fn key(number: u32) -> Option<omemo::IdentityKey> {
    Some(device(number)?.identity_key())
}

/// An identity that has signed the key of somebody's first device and revoked that of the second.
fn identity(bob: &BareJid) -> Option<IdentityRecord> {
    let at = Timestamp::from_unix_millis(11);
    let key_of = |number| {
        let key = device(number)?.identity_key();
        Some(ForeignKey::new(KeyProtocol::Omemo2, key.as_bytes()))
    };
    let body = StatementBody {
        serial: 7,
        issued: at,
        expires: Timestamp::from_unix_millis(12),
        name: None,
        endpoints: vec![Endpoint {
            jid: bob.clone(),
            kind: EndpointKind::Account,
            priority: 1,
        }],
        keys: vec![KeyClaim {
            jid: bob.clone(),
            device: Some(1),
            key: key_of(1)?,
        }],
        revocations: vec![Revocation {
            what: Revoked::Key(key_of(2)?),
            since: at,
        }],
    };
    let secret = IdentitySecretKey::from_seed(&[7; 32]);
    let signed = body.sign(&secret).ok()?;
    let unverified = Unverified::<Statement>::parse(signed.as_bytes()).ok()?;
    let statement = unverified.verify(at).ok()?;
    let mut followed = Followed::new(secret.public());
    followed.follow(&statement).ok()?;
    let other = IdentitySecretKey::from_seed(&[8; 32]).public();
    let bytes = signed.as_bytes();
    let known_by = KnownBy::Verified { at };
    let mut record = IdentityRecord::new(bob.clone(), followed, bytes, &body, known_by, at);
    record.address = AddressStanding::LeftOut;
    record.is_taken = false;
    record.challenge = Some(Challenge {
        identity: other,
        since: at,
    });
    record.dismissed = vec![other];
    record.history.extend(history(bob, other, key_of(1)?, at));
    Some(record)
}

/// Everything that can happen to an identity.
fn history(
    bob: &BareJid,
    other: IdentityKey,
    key: ForeignKey,
    at: Timestamp,
) -> impl Iterator<Item = HistoryEntry> {
    let tag = Unverified::<Statement>::parse(b"no statement at all").err();
    let refusals = [
        Some(StatementRefusal::NotOne),
        tag.map(StatementRefusal::Form),
        Some(StatementRefusal::Unbelievable(VerifyError::Expired {
            expired: at,
            now: at,
        })),
        Some(StatementRefusal::OtherAddress),
        Some(StatementRefusal::NotFollowed(FollowError::Succeeded {
            by: other,
        })),
    ];
    let refused = refusals.into_iter().flatten().map(IdentityEvent::Refused);
    let happened = vec![
        IdentityEvent::NameChanged,
        IdentityEvent::KeyAdded(key.clone()),
        IdentityEvent::KeyLeft(key.clone()),
        IdentityEvent::KeyRevoked(key),
        IdentityEvent::AddressAdded(bob.clone()),
        IdentityEvent::AddressConfirmed(bob.clone()),
        IdentityEvent::AddressLeft(bob.clone()),
        IdentityEvent::AddressRevoked(bob.clone()),
        IdentityEvent::Verified,
        IdentityEvent::VerificationWithdrawn,
        IdentityEvent::IdentityChanged {
            from: other,
            to: other,
        },
        IdentityEvent::Revoked,
        IdentityEvent::Succeeded { by: other },
        IdentityEvent::Differed,
    ];
    let happened = happened.into_iter().chain(refused);
    happened.map(move |what| HistoryEntry { at, what })
}

/// A wish of every kind, and revocations of both.
fn claims(bob: &BareJid) -> OurClaims {
    let since = Timestamp::from_unix_millis(11);
    let key = |number| ForeignKey::new(KeyProtocol::Otr, &[number; 20]);
    let mut claims = OurClaims {
        is_nameless: true,
        ..OurClaims::default()
    };
    claims.wish(Wish::ListAddress(bob.clone()));
    claims.wish(Wish::ListKey(KeyClaim {
        jid: bob.clone(),
        device: None,
        key: key(1),
    }));
    claims.wish(Wish::LeaveKey(key(2)));
    claims.revoke(Wish::LeaveKey(key(3)), since);
    if let Ok(former) = BareJid::new("bob@former.example") {
        claims.revoke(Wish::LeaveAddress(former), since);
    }
    claims
}

fn device(number: u32) -> Option<OurDevice> {
    let mut rng = Counter(u64::from(number));
    let id = DeviceId::new(number)?;
    Some(OurDevice::generate(id, Timestamp::UNIX_EPOCH, &mut rng))
}

/// Sessions with two devices of somebody, in both dialects.
pub(super) fn sessions(bob: &BareJid) -> Vec<SessionRecord> {
    let mut rng = Counter(0);
    let Some(ours) = device(9) else {
        return Vec::new();
    };
    let theirs = [1, 2].into_iter().filter_map(device);
    let mut sessions = Vec::new();
    for device in theirs {
        for dialect in Dialect::ALL {
            let bundle = device.bundle(dialect, &mut rng);
            if let Ok(session) = Session::initiate(&ours, &bundle, None, &mut rng) {
                sessions.push(SessionRecord {
                    jid: bob.clone(),
                    device: device.id(),
                    session,
                });
            }
        }
    }
    sessions
}
