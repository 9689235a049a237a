use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;

const ASSOCIATED: &[u8] = b"both identities";

/// Two sides after the first message.
struct Pair {
    dialect: Dialect,
    rng: StdRng,
    alice: DoubleRatchet,
    bob: DoubleRatchet,
}

impl Pair {
    fn new(dialect: Dialect) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let root_key = Secret::random(&mut rng);
        let signed = KeyPair::random(&mut rng);
        let alice = DoubleRatchet::initiate(dialect, &root_key, &signed.public, &mut rng);
        let mut alice = alice.unwrap();
        let message = sealed(&mut alice, dialect);
        let rng_ref = &mut rng;
        let secret = &signed.secret;
        let accepted =
            DoubleRatchet::accept(dialect, &root_key, secret, &message, ASSOCIATED, rng_ref);
        let (bob, received) = accepted.unwrap();
        assert_eq!(*received.plaintext, PLAINTEXT);
        Self {
            dialect,
            rng,
            alice,
            bob,
        }
    }

    fn alice_seals(&mut self) -> SealedMessage {
        sealed(&mut self.alice, self.dialect)
    }

    fn bob_seals(&mut self) -> SealedMessage {
        sealed(&mut self.bob, self.dialect)
    }

    /// As libsignal would: with one less than how many messages the chain before had.
    fn bob_seals_like_libsignal(&mut self) -> SealedMessage {
        let count = self.bob.previous_count;
        self.bob.previous_count = count.saturating_sub(1);
        let message = self.bob_seals();
        self.bob.previous_count = count;
        message
    }

    fn alice_opens(&mut self, message: &SealedMessage) -> Result<Received, RatchetError> {
        let Self { dialect, rng, .. } = self;
        self.alice.decrypt(*dialect, message, ASSOCIATED, rng)
    }

    fn bob_opens(&mut self, message: &SealedMessage) -> Result<Received, RatchetError> {
        let Self { dialect, rng, .. } = self;
        self.bob.decrypt(*dialect, message, ASSOCIATED, rng)
    }

    /// Bob learns Alice's new ratchet key, and begins a new chain.
    fn alice_speaks(&mut self) {
        let message = self.alice_seals();
        assert_eq!(*self.bob_opens(&message).unwrap().plaintext, PLAINTEXT);
    }
}

const PLAINTEXT: [u8; 48] = [7; 48];

fn sealed(from: &mut DoubleRatchet, dialect: Dialect) -> SealedMessage {
    let bytes = from.encrypt(dialect, ASSOCIATED, &PLAINTEXT).unwrap();
    SealedMessage::parse(dialect, &bytes).unwrap()
}

#[test]
fn we_write_how_many_messages_the_chain_before_had() {
    for dialect in Dialect::ALL {
        let mut pair = Pair::new(dialect);
        let messages = [pair.bob_seals(), pair.bob_seals(), pair.bob_seals()];
        assert!(messages.iter().all(|it| it.header.previous_count == 0));
        pair.alice_opens(&messages[0]).unwrap();
        pair.alice_speaks();
        assert_eq!(pair.bob_seals().header.previous_count, 3);
        assert_eq!(pair.alice_seals().header.previous_count, 1);
    }
}

/// python-omemo lost this message in every conversation with libomemo-c.
#[test]
fn the_last_message_of_a_chain_may_be_late_however_its_sender_counts() {
    for dialect in Dialect::ALL {
        for like_libsignal in [false, true] {
            let mut pair = Pair::new(dialect);
            let first = pair.bob_seals();
            let last = pair.bob_seals();
            pair.alice_opens(&first).unwrap();
            pair.alice_speaks();
            let next = if like_libsignal {
                pair.bob_seals_like_libsignal()
            } else {
                pair.bob_seals()
            };
            assert_eq!(
                next.header.previous_count,
                if like_libsignal { 1 } else { 2 }
            );
            assert!(!pair.alice_opens(&next).unwrap().is_late);
            let late = pair.alice_opens(&last).unwrap();
            assert!(late.is_late);
            assert_eq!(*late.plaintext, PLAINTEXT);
            assert_eq!(
                pair.alice_opens(&last).unwrap_err(),
                RatchetError::Duplicate
            );
            assert_eq!(
                pair.alice_opens(&first).unwrap_err(),
                RatchetError::Duplicate
            );
        }
    }
}

#[test]
fn a_key_that_no_message_has_is_kept_for_five_chains_unless_they_count_one_less() {
    for like_libsignal in [false, true] {
        let mut pair = Pair::new(Dialect::Omemo);
        let mut kept = Vec::new();
        for _ in 0..10 {
            let message = if like_libsignal {
                pair.bob_seals_like_libsignal()
            } else {
                pair.bob_seals()
            };
            pair.alice_opens(&message).unwrap();
            pair.alice_speaks();
            kept.push(pair.alice.skipped.len());
        }
        assert_eq!(pair.alice.they_count_one_less, like_libsignal);
        let expected = if like_libsignal {
            [0; 10]
        } else {
            [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]
        };
        assert_eq!(kept, expected);
    }
}

#[test]
fn nothing_changes_before_a_message_is_authentic() {
    for dialect in Dialect::ALL {
        let mut pair = Pair::new(dialect);
        let late = pair.bob_seals();
        let in_chain = pair.bob_seals();
        pair.alice_opens(&in_chain).unwrap();
        let next = pair.bob_seals();
        pair.alice_speaks();
        let turning = pair.bob_seals();
        let before = pair.alice.clone();
        for message in [&late, &next, &turning] {
            let mut forged = message.clone();
            forged.mac[0] ^= 1;
            assert_eq!(pair.alice_opens(&forged).unwrap_err(), RatchetError::Forged);
            let mut forged = message.clone();
            forged.mac.truncate(1);
            assert_eq!(pair.alice_opens(&forged).unwrap_err(), RatchetError::Forged);
            let mut forged = message.clone();
            forged.authenticated.push(0);
            assert_eq!(pair.alice_opens(&forged).unwrap_err(), RatchetError::Forged);
            let mut forged = message.clone();
            forged.header.number += 1_000;
            assert_eq!(pair.alice_opens(&forged).unwrap_err(), RatchetError::Forged);
            let mut forged = message.clone();
            forged.header.previous_count = u32::MAX;
            forged.header.ratchet_key = KeyPair::random(&mut pair.rng).public;
            assert_eq!(pair.alice_opens(&forged).unwrap_err(), RatchetError::Forged);
            let other = pair
                .alice
                .decrypt(dialect, message, b"others", &mut pair.rng);
            assert_eq!(other.unwrap_err(), RatchetError::Forged);
            assert!(pair.alice == before);
        }
        for message in [&late, &next, &turning] {
            assert_eq!(*pair.alice_opens(message).unwrap().plaintext, PLAINTEXT);
        }
    }
}

#[test]
fn nothing_changes_for_a_message_that_is_padded_wrongly() {
    for dialect in Dialect::ALL {
        let mut pair = Pair::new(dialect);
        let key = pair.bob.sending.clone().step().unwrap();
        let keys = CbcHmac::derive(key.as_bytes(), dialect.message_info());
        let mut message = pair.bob_seals();
        message.ciphertext = vec![1; 32];
        let header = &message.header;
        message.authenticated = SealedMessage::authenticated(dialect, header, vec![1; 32]);
        let mac = keys.mac(&[ASSOCIATED, &message.authenticated]);
        message.mac = mac[..dialect.mac_bytes()].to_vec();
        let before = pair.alice.clone();
        assert_eq!(
            pair.alice_opens(&message).unwrap_err(),
            RatchetError::Padding
        );
        message.ciphertext = vec![1; 31];
        assert_eq!(
            pair.alice_opens(&message).unwrap_err(),
            RatchetError::Padding
        );
        assert!(pair.alice == before);
    }
}

#[test]
fn what_is_authenticated_is_what_came_and_not_what_it_means() {
    let mut pair = Pair::new(Dialect::Omemo);
    let key = pair.bob.sending.clone().step().unwrap();
    let keys = CbcHmac::derive(key.as_bytes(), Dialect::Omemo.message_info());
    let mut message = pair.bob_seals();
    // A newer minor version and a field that we do not know, as somebody else might write.
    message.authenticated[0] = 0x34;
    message.authenticated.extend([0x78, 1]);
    let mac = keys.mac(&[ASSOCIATED, &message.authenticated]);
    let bytes = SealedMessage::write(Dialect::Omemo, message.authenticated, &mac[..8]);
    let message = SealedMessage::parse(Dialect::Omemo, &bytes).unwrap();
    assert_eq!(*pair.alice_opens(&message).unwrap().plaintext, PLAINTEXT);
}

#[test]
fn messages_may_be_missing_up_to_a_number() {
    for turns in [false, true] {
        let mut pair = Pair::new(Dialect::Omemo2);
        if !turns {
            let first = pair.bob_seals();
            pair.alice_opens(&first).unwrap();
        }
        let skipped: Vec<SealedMessage> = (0..2_000).map(|_| pair.bob_seals()).collect();
        let (allowed, too_far) = (pair.bob_seals(), pair.bob_seals());
        let ahead = 2_001;
        let refused = RatchetError::TooManySkipped { ahead };
        assert_eq!(pair.alice_opens(&too_far).unwrap_err(), refused);
        let mut forged = too_far.clone();
        forged.header.number = u32::MAX;
        let ahead = u32::MAX - u32::from(!turns);
        let refused = RatchetError::TooManySkipped { ahead };
        assert_eq!(pair.alice_opens(&forged).unwrap_err(), refused);
        pair.alice_opens(&allowed).unwrap();
        pair.alice_opens(&too_far).unwrap();
        for message in skipped.iter().rev().step_by(100) {
            assert!(pair.alice_opens(message).unwrap().is_late);
        }
    }
}

#[test]
fn what_makes_room_for_others_is_too_old_and_no_duplicate() {
    let mut pair = Pair::new(Dialect::Omemo);
    let first = pair.bob_seals();
    let messages: Vec<SealedMessage> = (0..2_010).map(|_| pair.bob_seals()).collect();
    pair.alice_opens(&messages[20]).unwrap();
    pair.alice_opens(&messages[2_009]).unwrap();
    assert_eq!(pair.alice.skipped.len(), SkippedKeys::MAX_KEYS);
    // Nine keys too many were kept: that of the first message and of eight after it.
    assert_eq!(pair.alice_opens(&first).unwrap_err(), RatchetError::TooOld);
    assert_eq!(
        pair.alice_opens(&messages[7]).unwrap_err(),
        RatchetError::TooOld
    );
    assert!(pair.alice_opens(&messages[8]).unwrap().is_late);
    assert_eq!(
        pair.alice_opens(&messages[8]).unwrap_err(),
        RatchetError::Duplicate
    );
    assert_eq!(
        pair.alice_opens(&messages[20]).unwrap_err(),
        RatchetError::Duplicate
    );
}

#[test]
fn a_chain_with_more_missing_than_are_kept_does_not_end_the_session() {
    let mut pair = Pair::new(Dialect::Omemo);
    let first = pair.bob_seals();
    pair.alice_opens(&first).unwrap();
    let lost: Vec<SealedMessage> = (0..2_100).map(|_| pair.bob_seals()).collect();
    pair.alice_speaks();
    let next = pair.bob_seals();
    pair.alice_opens(&next).unwrap();
    assert!(pair.alice_opens(&lost[1_999]).unwrap().is_late);
    assert_eq!(
        pair.alice_opens(&lost[2_000]).unwrap_err(),
        RatchetError::TooOld
    );
    pair.alice_speaks();
    let next = pair.bob_seals();
    pair.alice_opens(&next).unwrap();
}

#[test]
fn the_first_message_with_the_number_53_or_more_wants_an_answer() {
    for (numbers, wanted) in [
        (vec![52, 53, 54], vec![false, true, false]),
        (vec![60, 61, 53], vec![true, false, false]),
        (vec![10, 53], vec![false, true]),
        (vec![0, 100, 99], vec![false, true, false]),
    ] {
        let mut pair = Pair::new(Dialect::Omemo2);
        let messages: Vec<SealedMessage> = (0..=100).map(|_| pair.bob_seals()).collect();
        let wants = numbers.iter().map(|number: &usize| {
            let received = pair.alice_opens(&messages[*number]);
            received.unwrap().wants_heartbeat
        });
        assert_eq!(wants.collect::<Vec<bool>>(), wanted, "{numbers:?}");
    }
}

#[test]
fn numbers_end_without_a_wrap() {
    let mut pair = Pair::new(Dialect::Omemo2);
    let text = serde_json::to_string(&pair.alice.sending).unwrap();
    let text = text.replace("\"next\":1", &format!("\"next\":{}", u32::MAX));
    pair.alice.sending = serde_json::from_str(&text).unwrap();
    let refused = pair.alice.encrypt(Dialect::Omemo2, ASSOCIATED, &PLAINTEXT);
    assert_eq!(refused, None);
    let refused = pair.alice.encrypt(Dialect::Omemo2, ASSOCIATED, &PLAINTEXT);
    assert_eq!(refused, None);
}

#[test]
fn debug_shows_no_secret() {
    let pair = Pair::new(Dialect::Omemo);
    let shown = format!("{:?}", pair.alice);
    let hex = |secret: &Secret| data_encoding::HEXLOWER.encode(secret.as_bytes());
    assert!(shown.contains("Secret(hidden)"), "{shown}");
    assert!(!shown.contains(&hex(&pair.alice.root_key)), "{shown}");
    assert!(!shown.contains(&format!("{:?}", pair.alice.root_key.as_bytes())));
}
