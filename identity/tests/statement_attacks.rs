//! What somebody does to signed documents who does not have the key, and what readers make of it.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail by panicking")]

use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey};
use onym_identity::statement::{
    BlockError, DisplayName, Document, DocumentError, EndpointKind, FollowError, Followed,
    FormError, IdentityRevocation, KeyProtocol, MAX_DOCUMENT_BYTES, News, ProposalError,
    ProposedSuccession, Standing, Statement, StatementBody, Succession, TextForm, Unverified,
    VerifyError, find_blocks, next_serial,
};
use onym_identity::{IdentitySecretKey, Timestamp};
use proptest::prelude::*;

#[path = "statement/samples.rs"]
mod samples;
#[path = "statement/typical.rs"]
mod typical;

const ISSUED: Timestamp = Timestamp::from_unix_millis(1_800_000_000_000);

fn signed(serial: u64) -> Vec<u8> {
    let body = typical::statement(serial, ISSUED);
    body.sign(&typical::key()).unwrap().as_bytes().to_vec()
}

fn verified(bytes: &[u8]) -> Statement {
    let unverified = Unverified::<Statement>::parse(bytes).unwrap();
    unverified.verify(ISSUED).unwrap()
}

fn statement(body: &StatementBody) -> Statement {
    verified(body.sign(&typical::key()).unwrap().as_bytes())
}

fn mallory() -> IdentitySecretKey {
    IdentitySecretKey::from_seed(&[66; 32])
}

/// Whether anything of it is believed.
fn is_believed(bytes: &[u8]) -> bool {
    let Ok(document) = Document::parse(bytes) else {
        return false;
    };
    match document {
        Document::Statement(it) => it.verify(ISSUED).is_ok(),
        Document::Revocation(it) => it.verify().is_ok(),
        Document::Succession(it) => it.verify(ISSUED).is_ok(),
    }
}

fn succession(old: &IdentitySecretKey, new: &IdentitySecretKey) -> Vec<u8> {
    let proposed = Succession::propose(old, new.public(), ISSUED).unwrap();
    proposed.accept(new).unwrap()
}

fn all_kinds() -> [Vec<u8>; 3] {
    [
        signed(1),
        IdentityRevocation::sign(&typical::key()),
        succession(&typical::key(), &mallory()),
    ]
}

#[test]
fn a_changed_bit_at_any_place_is_refused() {
    for document in all_kinds() {
        assert!(is_believed(&document));
        for place in 0..document.len() {
            let mut changed = document.clone();
            changed[place] ^= 1 << (place % 8);
            assert!(!is_believed(&changed), "byte {place} of {}", document.len());
        }
    }
}

#[test]
fn what_is_cut_or_goes_on_is_refused() {
    for document in all_kinds() {
        for length in 0..document.len() {
            assert!(!is_believed(&document[..length]), "{length} bytes");
        }
        let longer = [document.as_slice(), &[0]].concat();
        assert!(!is_believed(&longer));
        assert!(!is_believed(&[document.as_slice(), &document].concat()));
    }
    let huge = vec![0x10; MAX_DOCUMENT_BYTES + 1];
    let got = MAX_DOCUMENT_BYTES + 1;
    assert_eq!(
        Unverified::<Statement>::parse(&huge).unwrap_err(),
        FormError::TooLong {
            max: MAX_DOCUMENT_BYTES,
            got
        }
    );
}

#[test]
fn the_statement_of_another_identity_is_refused() {
    let alice = typical::key().public();
    let body = StatementBody {
        endpoints: Vec::new(),
        keys: Vec::new(),
        ..typical::statement(1, ISSUED)
    };
    let theirs = body.sign(&mallory()).unwrap();
    let unverified = Unverified::<Statement>::parse(theirs.as_bytes()).unwrap();
    assert_eq!(unverified.claimed_identity(), Ok(mallory().public()));
    assert_eq!(
        unverified.verify_as(&alice, ISSUED),
        Err(VerifyError::OtherIdentity { expected: alice })
    );
    // It verifies as what it is, and who follows Alice does not take it.
    let mut followed = Followed::new(alice);
    let refused = followed.follow(&verified(theirs.as_bytes())).unwrap_err();
    assert!(matches!(refused, FollowError::OtherIdentity { .. }));

    // Nobody signs that somebody else's address is their own.
    let refused = typical::statement(1, ISSUED).sign(&mallory()).unwrap_err();
    assert_eq!(refused, FormError::ForeignEndpoint);
}

#[test]
fn an_older_statement_is_refused() {
    let mut followed = Followed::new(typical::key().public());
    assert_eq!(followed.follow(&verified(&signed(3))), Ok(News::First));
    assert_eq!(followed.follow(&verified(&signed(3))), Ok(News::Same));
    assert_eq!(followed.follow(&verified(&signed(8))), Ok(News::Newer));
    let older = followed.follow(&verified(&signed(3)));
    assert_eq!(older, Err(FollowError::Older { seen: 8, got: 3 }));
    assert_eq!(followed.latest().unwrap().serial, 8);

    // It is remembered across a restart, too.
    let stored = serde_json::to_string(&followed).unwrap();
    let mut followed: Followed = serde_json::from_str(&stored).unwrap();
    assert!(followed.follow(&verified(&signed(7))).is_err());
}

#[test]
fn two_statements_with_one_number_are_told_apart() {
    let mut followed = Followed::new(typical::key().public());
    let one = statement(&typical::statement(5, ISSUED));
    let mut body = typical::statement(5, ISSUED);
    body.keys.pop();
    let other = statement(&body);
    assert_eq!(followed.follow(&one), Ok(News::First));
    assert_eq!(
        followed.follow(&other),
        Err(FollowError::Equivocation {
            serial: 5,
            seen: *one.hash(),
            got: *other.hash()
        })
    );
    assert_eq!(followed.follow(&one), Ok(News::Same));
}

#[test]
fn a_revoked_identity_stays_revoked() {
    let alice = typical::key();
    let revocation = IdentityRevocation::sign(&alice);
    assert_eq!(revocation.len(), IdentityRevocation::BYTES);
    let revocation = Unverified::<IdentityRevocation>::parse(&revocation).unwrap();
    let revocation = revocation.verify().unwrap();
    let mut followed = Followed::new(alice.public());
    followed.follow(&verified(&signed(1))).unwrap();
    let passed_on = succession(&alice, &mallory());
    let passed_on = Unverified::<Succession>::parse(&passed_on).unwrap();
    let passed_on = passed_on.verify(ISSUED).unwrap();
    followed.succeed(&passed_on).unwrap();

    assert_eq!(followed.revoke(&revocation), Ok(News::Newer));
    assert_eq!(followed.revoke(&revocation), Ok(News::Same));
    assert_eq!(followed.standing(), Standing::Revoked);
    assert_eq!(
        followed.follow(&verified(&signed(1))),
        Err(FollowError::Revoked)
    );
    assert_eq!(
        followed.follow(&verified(&signed(2))),
        Err(FollowError::Revoked)
    );
    assert_eq!(followed.succeed(&passed_on), Err(FollowError::Revoked));
    let mut others = Followed::new(mallory().public());
    assert!(others.revoke(&revocation).is_err());
}

#[test]
fn a_successor_signs_too_and_there_is_one() {
    let alice = typical::key();
    let carol = IdentitySecretKey::from_seed(&[3; 32]);
    let proposed = Succession::propose(&alice, carol.public(), ISSUED).unwrap();
    assert_eq!(proposed.clone().accept(&mallory()), None);
    assert_eq!(
        Succession::propose(&alice, alice.public(), ISSUED).unwrap_err(),
        FormError::OwnSuccessor
    );
    // Mallory names somebody who has not agreed.
    let mut forged = succession(&mallory(), &alice);
    let own = forged.len() - 128..forged.len() - 64;
    let own = forged[own].to_vec();
    let last = forged.len() - 64;
    forged[last..].copy_from_slice(&own);
    let refused = Unverified::<Succession>::parse(&forged)
        .unwrap()
        .verify(ISSUED);
    assert_eq!(refused, Err(VerifyError::Countersignature));

    let accepted = proposed.accept(&carol).unwrap();
    let accepted = Unverified::<Succession>::parse(&accepted)
        .unwrap()
        .verify(ISSUED)
        .unwrap();
    let mut followed = Followed::new(alice.public());
    followed.follow(&verified(&signed(1))).unwrap();
    assert_eq!(followed.succeed(&accepted), Ok(News::Newer));
    assert_eq!(followed.succeed(&accepted), Ok(News::Same));
    assert_eq!(followed.standing(), Standing::Succeeded(carol.public()));
    assert_eq!(followed.follow(&verified(&signed(1))), Ok(News::Same));
    let by = carol.public();
    assert_eq!(
        followed.follow(&verified(&signed(2))),
        Err(FollowError::Succeeded { by })
    );
    let second = succession(&alice, &mallory());
    let second = Unverified::<Succession>::parse(&second)
        .unwrap()
        .verify(ISSUED)
        .unwrap();
    assert!(matches!(
        followed.succeed(&second),
        Err(FollowError::OtherSuccessor { .. })
    ));
}

#[test]
fn times_that_are_not_now_are_refused() {
    let body = typical::statement(1, ISSUED);
    let verify = |now| {
        let unverified = Unverified::<Statement>::parse(&signed(1)).unwrap();
        unverified.verify(now)
    };
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(verify(ISSUED + 89 * day).is_ok());
    let expired = body.expires;
    for now in [expired, expired + day] {
        assert_eq!(verify(now), Err(VerifyError::Expired { expired, now }));
    }
    let now = Timestamp::from_unix_millis(ISSUED.as_unix_millis() - 3_600_001);
    let issued = ISSUED;
    assert_eq!(verify(now), Err(VerifyError::FromTheFuture { issued, now }));
    assert!(
        verify(Timestamp::from_unix_millis(
            ISSUED.as_unix_millis() - 3_600_000
        ))
        .is_ok()
    );

    assert_eq!(body.renew_at(), ISSUED + 60 * day);
    assert!(verified(&signed(1)).is_current(ISSUED));
    assert!(!verified(&signed(1)).is_current(expired));
}

#[test]
fn a_serial_grows_also_when_the_last_one_was_forgotten() {
    let now = ISSUED.as_unix_millis();
    assert_eq!(next_serial(None, ISSUED), Some(now));
    assert_eq!(next_serial(Some(now - 5), ISSUED), Some(now));
    assert_eq!(next_serial(Some(now), ISSUED), Some(now + 1));
    assert_eq!(next_serial(Some(now + 9), ISSUED), Some(now + 10));
    assert_eq!(next_serial(None, Timestamp::UNIX_EPOCH), Some(1));
    assert_eq!(next_serial(Some(u64::MAX), ISSUED), None);
}

#[test]
fn what_readers_would_refuse_is_not_signed() {
    let refusal = |change: &dyn Fn(&mut StatementBody)| {
        let mut body = typical::statement(1, ISSUED);
        change(&mut body);
        body.sign(&typical::key()).unwrap_err()
    };
    assert_eq!(refusal(&|it| it.serial = 0), FormError::SerialZero);
    assert_eq!(refusal(&|it| it.expires = it.issued), FormError::Lifetime);
    let doubled = refusal(&|it| it.keys.push(it.keys[0].clone()));
    assert!(matches!(doubled, FormError::Order { .. }));
    let unlisted = refusal(&|it| it.keys[0].jid = typical::jid("nobody@b.example"));
    assert_eq!(unlisted, FormError::UnlistedEndpoint);
    assert_eq!(refusal(&|it| it.keys[0].device = None), FormError::Device);
    assert_eq!(
        refusal(&|it| it.keys[0].key.protocol = KeyProtocol::Otr),
        FormError::Device
    );
    let domain_alone = refusal(&|it| it.endpoints[2].jid = typical::jid("jabber.example"));
    assert!(matches!(
        domain_alone,
        FormError::UnlistedEndpoint | FormError::Jid
    ));
}

#[test]
fn homographs_are_reported_and_not_refused() {
    let mut body = typical::statement(1, ISSUED);
    body.name = DisplayName::new("Al\u{456}ce Ex\u{430}mple").ok();
    let statement = statement(&body);
    let name = statement.body().name.clone().unwrap();
    assert!(name.is_mixed_script());
    assert!(name.resembles("alice example"));
    assert!(onym_identity::statement::resembles(
        "раураl@b.example",
        "paypal@b.example"
    ));
}

#[test]
fn a_block_is_found_in_a_page() {
    let block = TextForm::of(&signed(1)).unwrap().block();
    let revocation = TextForm::of(&IdentityRevocation::sign(&typical::key()))
        .unwrap()
        .block();
    let page = format!("<p>My key:</p><pre>{block}</pre>\n> {revocation}\nend");
    let found = find_blocks(&page.replace('\n', "  \r\n\t")).unwrap();
    assert!(matches!(
        found.as_slice(),
        [Ok(Document::Statement(_)), Ok(Document::Revocation(_))]
    ));
    assert!(find_blocks("nothing here").unwrap().is_empty());
}

#[test]
fn a_block_that_was_damaged_is_refused() {
    let block = TextForm::of(&signed(1)).unwrap().block();
    let refusal = |text: &str| find_blocks(text).unwrap().remove(0).unwrap_err();
    let line = block.lines().nth(1).unwrap();
    for (text, refused) in [
        (block.replace("END ONYM", "END OF"), BlockError::NoEnd),
        (block.replace("STATEMENT", "REVOCATION"), BlockError::Label),
        (block.replace("STATEMENT", "TREATY"), BlockError::Label),
        (block.replacen(line, &line[1..], 1), BlockError::Lines),
        (
            block.replacen(line, &format!("{line}a"), 1),
            BlockError::Lines,
        ),
        (
            block.replacen(line, &format!("{line}\n"), 1),
            BlockError::Lines,
        ),
        (
            block.replacen("-----\n", "----- now\n", 1),
            BlockError::Lines,
        ),
    ] {
        assert_eq!(refusal(&text), refused, "{text}");
    }
    let foreign = block.replacen(line, &line.replace('a', "1"), 1);
    assert!(matches!(refusal(&foreign), BlockError::Base32(_)));
    let lines_swapped = {
        let mut lines: Vec<_> = block.lines().collect();
        lines.swap(1, 2);
        lines.join("\n")
    };
    assert_eq!(
        refusal(&lines_swapped),
        BlockError::Document(DocumentError::Unknown)
    );
    // An unfinished block hides no other.
    let found = find_blocks(&format!("-----BEGIN ONYM STATEMENT-----\naaaa\n{block}")).unwrap();
    assert!(matches!(found.as_slice(), [Err(BlockError::NoEnd), Ok(_)]));
}

#[test]
fn texts_are_bounded() {
    let found = find_blocks(&"-----BEGIN ONYM STATEMENT-----\n".repeat(20_000)).unwrap();
    assert_eq!(found.len(), 8);
    let long = " ".repeat(1024 * 1024 + 1);
    assert!(matches!(
        find_blocks(&long),
        Err(BlockError::TextTooLong { .. })
    ));
    let lines = format!("{}\n", "a".repeat(64)).repeat(1_000);
    let block = format!("-----BEGIN ONYM STATEMENT-----\n{lines}-----END ONYM STATEMENT-----");
    assert!(find_blocks(&block).unwrap()[0].is_err());
    assert!(Document::from_qr(&format!("ONYM:{}", "A".repeat(1_000_000))).is_err());
}

/// A statement with a second spelling of its trailing bits.
#[test]
fn base32_that_is_not_canonical_is_refused() {
    let body = StatementBody {
        name: None,
        ..typical::statement(1, ISSUED)
    };
    let mut names = ["", "A", "Al", "Ali", "Alic"].into_iter();
    let with_spare_bits = names.find_map(|name| {
        let name = DisplayName::new(name).ok();
        let bytes = StatementBody {
            name,
            ..body.clone()
        }
        .sign(&typical::key())
        .unwrap();
        (bytes.as_bytes().len() % 5 == 1).then(|| bytes.as_bytes().to_vec())
    });
    let qr = TextForm::of(&with_spare_bits.unwrap())
        .unwrap()
        .qr()
        .unwrap();
    assert!(Document::from_qr(&qr).is_ok());
    let (start, last) = qr.split_at(qr.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    let refused = Document::from_qr(&format!("{start}{next}")).unwrap_err();
    assert!(matches!(refused, BlockError::Base32(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_is_read_back(body in samples::body()) {
        let signed = body.sign(&typical::key()).unwrap();
        let unverified = Unverified::<Statement>::parse(signed.as_bytes()).unwrap();
        let statement = unverified.verify(body.issued).unwrap();
        prop_assert_eq!(statement.identity(), &typical::key().public());
        // The order of the lists is the format's.
        let again = statement.body().sign(&typical::key()).unwrap();
        prop_assert_eq!(again.as_bytes(), signed.as_bytes());
        prop_assert_eq!(statement.body().keys.len(), body.keys.len());
        let text = TextForm::of(signed.as_bytes()).unwrap();
        prop_assert!(find_blocks(&text.block()).unwrap()[0].is_ok());
    }

    #[test]
    fn whatever_its_owner_signs_is_refused_or_the_one_form(
        at in 49_usize..2_000,
        patch in proptest::collection::vec(any::<u8>(), 0..3),
        cut in 0_usize..3,
        body in samples::body(),
    ) {
        // Somebody with a key of their own, who writes bytes as they like.
        let seed = [9; 32];
        let key = IdentitySecretKey::from_seed(&seed);
        let endpoints = body.endpoints.iter().filter(|it| it.kind == EndpointKind::Account);
        let endpoints: Vec<_> = endpoints.cloned().collect();
        let is_listed = |jid| endpoints.iter().any(|it| it.jid == jid);
        let keys = body.keys.iter().filter(|it| is_listed(it.jid.clone())).cloned().collect();
        let body = StatementBody { keys, endpoints: endpoints.clone(), ..body };
        let signed = body.sign(&key).unwrap();
        let (signed, _) = signed.as_bytes().split_last_chunk::<64>().unwrap();
        let at = at.min(signed.len());
        let end = (at + cut).min(signed.len());
        let patched = [&signed[..at], &patch, &signed[end..]].concat();
        let signature = SigningKey::from_bytes(&seed).sign(&patched).to_bytes();
        let patched = [patched.as_slice(), &signature].concat();
        if let Ok(unverified) = Unverified::<Statement>::parse(&patched) {
            // Its times may be any.
            if let Ok(statement) = unverified.verify(body.issued) {
                let again = statement.body().sign(&key).unwrap();
                prop_assert_eq!(again.as_bytes(), patched);
            }
        }
    }

    #[test]
    fn bytes_at_random_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for tag in [Statement::TAG, IdentityRevocation::TAG, Succession::TAG, ""] {
            prop_assert!(!is_believed(&[tag.as_bytes(), &bytes].concat()));
        }
    }

    #[test]
    fn bytes_that_are_nearly_right_do_not_panic(
        at in any::<proptest::sample::Index>(),
        patch in proptest::collection::vec(any::<u8>(), 0..40),
        cut in 0_usize..40,
    ) {
        let document = signed(1);
        let at = at.index(document.len());
        let end = (at + cut).min(document.len());
        let patched = [&document[..at], &patch, &document[end..]].concat();
        prop_assert_eq!(is_believed(&patched), patched == document);
    }

    #[test]
    fn text_at_random_does_not_panic(text in any::<String>()) {
        prop_assert!(find_blocks(&text).unwrap().is_empty());
        prop_assert!(Document::from_qr(&text).is_err());
        let inside = format!("-----BEGIN ONYM STATEMENT-----\n{text}\n-----END ONYM STATEMENT-----");
        prop_assert!(find_blocks(&inside).unwrap()[0].is_err());
    }
}

#[test]
fn a_proposal_crosses_to_the_other_machine_whole_or_not_at_all() {
    let (old, new) = (typical::key(), mallory());
    let proposed = Succession::propose(&old, new.public(), ISSUED).unwrap();
    let block = proposed.block();
    let text = format!("From the other machine:\n{block}\nThat is all.");
    assert_eq!(ProposedSuccession::find(&text, ISSUED).unwrap(), proposed);
    // It is no document to anybody else.
    assert!(matches!(
        find_blocks(&text).unwrap()[..],
        [Err(BlockError::Proposal)]
    ));
    assert!(Document::parse(proposed.as_bytes()).is_err());
    for at in 0..proposed.as_bytes().len() {
        let mut bytes = proposed.as_bytes().to_vec();
        bytes[at] ^= 1;
        assert!(ProposedSuccession::read(&bytes, ISSUED).is_err(), "{at}");
    }
    let early = Timestamp::from_unix_millis(ISSUED.as_unix_millis() - 7_200_000);
    assert!(matches!(
        ProposedSuccession::find(&text, early),
        Err(ProposalError::Verify(VerifyError::FromTheFuture { .. }))
    ));
    assert_eq!(
        ProposedSuccession::find("nothing", ISSUED),
        Err(ProposalError::Block(BlockError::NoProposal))
    );
    let done = proposed.accept(&new).unwrap();
    let done = Unverified::<Succession>::parse(&done).unwrap();
    assert_eq!(*done.verify(ISSUED).unwrap().new_identity(), new.public());
}
