use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::sasl::Failure;

const PASSWORD: &str = "pencil";
const SECRET: [u8; 32] = [7; 32];

/// The example of a specification: both sides must produce exactly its messages.
struct Vector {
    hash: Hash,
    client_nonce: &'static str,
    server_nonce: &'static str,
    salt: &'static str,
    client_first: &'static str,
    server_first: &'static str,
    client_final: &'static str,
    server_final: &'static str,
}

/// RFC 5802, section 5 and RFC 7677, section 3.
const VECTORS: [Vector; 2] = [
    Vector {
        hash: Hash::Sha1,
        client_nonce: "fyko+d2lbbFgONRv9qkxdawL",
        server_nonce: "3rfcNHYJY1ZVvWVs7j",
        salt: "QSXCR+Q6sek8bf92",
        client_first: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        server_first: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        client_final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                       p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        server_final: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    },
    Vector {
        hash: Hash::Sha256,
        client_nonce: "rOprNGfwEbeRWgbNEkqO",
        server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
        client_first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                       s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        client_final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                       p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        server_final: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    },
];

/// Changes a message on its way.
type Tamper = fn(&str) -> String;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Credentials with the fewest iterations, since the tests derive many.
fn credentials(hash: Hash, devices: &[(&str, &str)]) -> Credentials {
    let mut credentials = Credentials::generate(hash, &mut rng(1));
    credentials.iterations = MIN_ITERATIONS;
    for (device, password) in devices {
        credentials.set_device(device, password).unwrap();
    }
    credentials
}

/// Runs a client against a server, up to whichever refuses first.
fn exchange(
    username: &str,
    password: &str,
    account: Account<'_>,
    hash: Hash,
) -> Result<Proven, Failure> {
    let client = ClientExchange::new(hash, username, password, &mut rng(2)).unwrap();
    let server = ServerExchange::handle_first(hash, &client.first_message())?;
    let (server, challenge) = server.challenge(account, &mut rng(3));
    let (client, answer) = client.handle_challenge(&challenge).unwrap();
    let proven = server.handle_final(&answer)?;
    client.handle_success(&proven.server_final).unwrap();
    Ok(proven)
}

/// A challenge that is waiting for an answer, the challenge's text, and the client.
fn challenged(credentials: &Credentials) -> (ServerChallenge, String, ClientExchange) {
    let hash = credentials.hash;
    let client = ClientExchange::new(hash, "user", PASSWORD, &mut rng(2)).unwrap();
    let server = ServerExchange::handle_first(hash, &client.first_message()).unwrap();
    let (server, challenge) = server.challenge(Account::Known(credentials), &mut rng(3));
    (server, String::from_utf8(challenge).unwrap(), client)
}

#[test]
fn the_client_makes_the_messages_of_the_specifications() {
    for vector in &VECTORS {
        let nonce = vector.client_nonce.to_owned();
        let client = ClientExchange::with_nonce(vector.hash, "user", PASSWORD, nonce).unwrap();
        assert_eq!(client.first_message(), vector.client_first.as_bytes());
        let (client, answer) = client
            .handle_challenge(vector.server_first.as_bytes())
            .unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), vector.client_final);
        assert_eq!(
            client.handle_success(vector.server_final.as_bytes()),
            Ok(())
        );
    }
}

#[test]
fn the_server_makes_the_messages_of_the_specifications() {
    for vector in &VECTORS {
        let salt = data_encoding::BASE64
            .decode(vector.salt.as_bytes())
            .unwrap();
        let mut credentials = credentials(vector.hash, &[]);
        credentials.salt = salt;
        credentials.set_device("laptop", PASSWORD).unwrap();

        let server =
            ServerExchange::handle_first(vector.hash, vector.client_first.as_bytes()).unwrap();
        assert_eq!(server.username(), "user");
        let (server, challenge) =
            server.challenge_with(Account::Known(&credentials), vector.server_nonce);
        assert_eq!(String::from_utf8(challenge).unwrap(), vector.server_first);
        let proven = server.handle_final(vector.client_final.as_bytes()).unwrap();
        assert_eq!(proven.device, "laptop");
        assert_eq!(
            String::from_utf8(proven.server_final).unwrap(),
            vector.server_final
        );
    }
}

#[test]
fn the_proof_names_the_device() {
    for hash in Hash::ALL {
        let credentials = credentials(
            hash,
            &[("laptop", "one"), ("phone", "two"), ("tablet", "three")],
        );
        for (password, device) in [("one", "laptop"), ("two", "phone"), ("three", "tablet")] {
            let proven = exchange("user", password, Account::Known(&credentials), hash).unwrap();
            assert_eq!(proven.device, device);
            assert_eq!(proven.username, "user");
            assert_eq!(proven.authorization_id, None);
        }
    }
}

#[test]
fn a_changed_or_revoked_password_is_void() {
    let hash = Hash::Sha256;
    let mut credentials = credentials(hash, &[("laptop", "old"), ("phone", "two")]);
    credentials.set_device("laptop", "new").unwrap();
    assert_eq!(credentials.keys.len(), 2);
    assert!(credentials.remove_device("phone"));
    assert!(!credentials.remove_device("phone"));
    for (password, expected) in [
        ("new", Ok("laptop".to_owned())),
        ("old", Err(Failure::NotAuthorized)),
        ("two", Err(Failure::NotAuthorized)),
    ] {
        let outcome = exchange("user", password, Account::Known(&credentials), hash);
        assert_eq!(outcome.map(|proven| proven.device), expected, "{password}");
    }
}

#[test]
fn a_stranger_cannot_tell_an_unknown_name_from_a_wrong_password() {
    let hash = Hash::Sha256;
    let unknown = Account::Unknown {
        decoy_secret: &SECRET,
    };
    assert_eq!(
        exchange("nobody", PASSWORD, unknown, hash),
        Err(Failure::NotAuthorized)
    );

    let salt_of = |name: &str, secret: &[u8; 32], seed| {
        let client = ClientExchange::new(hash, name, PASSWORD, &mut rng(seed)).unwrap();
        let server = ServerExchange::handle_first(hash, &client.first_message()).unwrap();
        let account = Account::Unknown {
            decoy_secret: secret,
        };
        let (_, challenge) = server.challenge(account, &mut rng(seed));
        let challenge = String::from_utf8(challenge).unwrap();
        challenge.split_once(",s=").unwrap().1.to_owned()
    };
    let first = salt_of("nobody", &SECRET, 1);
    assert_eq!(
        first,
        salt_of("nobody", &SECRET, 2),
        "the same at every attempt"
    );
    assert_ne!(
        first,
        salt_of("somebody", &SECRET, 1),
        "another for another name"
    );
    assert_ne!(
        first,
        salt_of("nobody", &[8; 32], 1),
        "another on another server"
    );
    let real = Credentials::generate(hash, &mut rng(1));
    let real = format!(
        "{},i={}",
        data_encoding::BASE64.encode(&real.salt),
        real.iterations
    );
    assert_eq!(first.len(), real.len(), "of the same shape as a real one");
}

#[test]
fn keys_of_the_other_mechanism_prove_nothing() {
    let sha1 = credentials(Hash::Sha1, &[("laptop", PASSWORD)]);
    assert_eq!(
        exchange("user", PASSWORD, Account::Known(&sha1), Hash::Sha256),
        Err(Failure::NotAuthorized)
    );
}

#[test]
fn names_are_escaped_and_prepared() {
    let hash = Hash::Sha256;
    let credentials = credentials(hash, &[("laptop", PASSWORD)]);
    for (given, seen) in [
        ("plain", "plain"),
        ("a,b=c", "a,b=c"),
        ("=2C,=3D", "=2C,=3D"),
        ("I\u{AD}X", "IX"),
        ("\u{AA}", "a"),
    ] {
        let proven = exchange(given, PASSWORD, Account::Known(&credentials), hash).unwrap();
        assert_eq!(proven.username, seen);
    }
    // RFC 4013, section 3 has these two among its examples.
    for refused in ["", "\u{7}", "\u{627}1"] {
        for (name, password) in [(refused, PASSWORD), ("user", refused)] {
            let client = ClientExchange::new(hash, name, password, &mut rng(1));
            assert_eq!(client.err(), Some(Unprepared), "{refused:?}");
        }
        assert_eq!(
            DeviceKeys::derive(hash, "laptop", refused, b"salt", MIN_ITERATIONS),
            Err(Unprepared)
        );
    }
    assert_eq!(
        ServerExchange::handle_first(hash, "n,,n=\u{7},r=abc".as_bytes()).err(),
        Some(Failure::MalformedRequest)
    );
}

#[test]
fn the_authorization_id_reaches_the_caller() {
    let credentials = credentials(Hash::Sha256, &[("laptop", PASSWORD)]);
    let first = "n,a=juliet@example.org,n=user,r=abc";
    let server = ServerExchange::handle_first(Hash::Sha256, first.as_bytes()).unwrap();
    let (server, challenge) = server.challenge(Account::Known(&credentials), &mut rng(3));
    let challenge = String::from_utf8(challenge).unwrap();
    let nonce = challenge.split(',').next().unwrap();
    let header = data_encoding::BASE64.encode(b"n,a=juliet@example.org,");
    let answer = format!("c={header},{nonce}");
    let proof = proof(&credentials, &format!("n=user,r=abc,{challenge},{answer}"));
    let proven = server.handle_final(format!("{answer},p={proof}").as_bytes());
    let authorization_id = proven.unwrap().authorization_id;
    assert_eq!(authorization_id.as_deref(), Some("juliet@example.org"));
}

#[test]
fn an_authorization_id_cannot_be_put_in() {
    let credentials = credentials(Hash::Sha256, &[("laptop", PASSWORD)]);
    let client = ClientExchange::new(Hash::Sha256, "user", PASSWORD, &mut rng(2)).unwrap();
    let first = String::from_utf8(client.first_message()).unwrap();
    let first = first.replacen("n,,", "n,a=juliet@example.org,", 1);
    let server = ServerExchange::handle_first(Hash::Sha256, first.as_bytes()).unwrap();
    let (server, challenge) = server.challenge(Account::Known(&credentials), &mut rng(3));
    let (_, answer) = client.handle_challenge(&challenge).unwrap();
    assert_eq!(server.handle_final(&answer), Err(Failure::NotAuthorized));
}

/// RFC 5802, section 3, written once more.
fn proof(credentials: &Credentials, signed: &str) -> String {
    let hash = credentials.hash;
    let salted = hash.stretch(
        PASSWORD.as_bytes(),
        &credentials.salt,
        credentials.iterations,
    );
    let client_key = hash.hmac(&salted, b"Client Key");
    let signature = hash.hmac(&hash.digest(&client_key), signed.as_bytes());
    data_encoding::BASE64.encode(&hash::xor(&client_key, &signature))
}

#[test]
fn the_server_refuses_a_tampered_answer() {
    let credentials = credentials(Hash::Sha256, &[("laptop", PASSWORD)]);
    let tamperings: [(&str, Tamper); 8] = [
        ("channel binding flag", |m| {
            m.replacen("c=biws", "c=eSws", 1)
        }),
        ("no channel binding", |m| m.replacen("c=biws", "c=", 1)),
        ("nonce", |m| m.replacen(",r=", ",r=A", 1)),
        ("cut nonce", |m| {
            m.replacen("==,p=", ",p=", 1).replacen("r=", "r=x", 1)
        }),
        ("added extension", |m| m.replacen(",p=", ",x=1,p=", 1)),
        ("mandatory extension", |m| m.replacen(",p=", ",m=1,p=", 1)),
        ("short proof", |m| {
            let (head, _) = m.rsplit_once(",p=").unwrap();
            format!("{head},p=AAAA")
        }),
        ("other proof", |m| {
            let (head, _) = m.rsplit_once(",p=").unwrap();
            format!("{head},p={}", data_encoding::BASE64.encode(&[0; 32]))
        }),
    ];
    for (why, tamper) in tamperings {
        let (server, challenge, client) = challenged(&credentials);
        let (_, answer) = client.handle_challenge(challenge.as_bytes()).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let tampered = tamper(&answer);
        assert_ne!(tampered, answer, "{why}");
        assert!(server.handle_final(tampered.as_bytes()).is_err(), "{why}");
    }
}

#[test]
fn the_client_refuses_a_tampered_challenge() {
    let credentials = credentials(Hash::Sha256, &[("laptop", PASSWORD)]);
    let tamperings: [(Tamper, ClientError); 8] = [
        (|m| m.replacen("r=", "r=A", 1), ClientError::WrongNonce),
        // Only our own nonce, nothing added: base64 of 24 bytes has 32 characters.
        (
            |m| {
                format!(
                    "{}{}",
                    &m[..2 + 32],
                    m.split_once(",s=")
                        .map(|(_, salt)| format!(",s={salt}"))
                        .unwrap()
                )
            },
            ClientError::WrongNonce,
        ),
        (
            |m| m.replacen("i=4096", "i=4095", 1),
            ClientError::TooFewIterations(4095),
        ),
        (
            |m| m.replacen("i=4096", "i=1", 1),
            ClientError::TooFewIterations(1),
        ),
        (
            |m| m.replacen("i=4096", "i=1000001", 1),
            ClientError::TooManyIterations(1_000_001),
        ),
        (
            |m| m.replacen("i=4096", "i=99999999999", 1),
            ClientError::TooManyIterations(u32::MAX),
        ),
        (|m| format!("m=new,{m}"), ClientError::Malformed),
        (|m| m.replacen(",s=", ",z=", 1), ClientError::Malformed),
    ];
    for (tamper, error) in tamperings {
        let (_, challenge, client) = challenged(&credentials);
        let outcome = client.handle_challenge(tamper(&challenge).as_bytes());
        assert_eq!(outcome.map(|_| ()), Err(error));
    }
}

#[test]
fn the_client_demands_the_servers_proof() {
    let credentials = credentials(Hash::Sha256, &[("laptop", PASSWORD)]);
    let wrong = format!("v={}", data_encoding::BASE64.encode(&[0; 32]));
    for (message, error) in [
        (wrong.as_str(), ClientError::WrongServerSignature),
        ("v=AAAA", ClientError::WrongServerSignature),
        ("", ClientError::Malformed),
        ("v=", ClientError::Malformed),
        (
            "e=invalid-proof",
            ClientError::Refused("invalid-proof".into()),
        ),
    ] {
        let (_, challenge, client) = challenged(&credentials);
        let (client, _) = client.handle_challenge(challenge.as_bytes()).unwrap();
        assert_eq!(client.handle_success(message.as_bytes()), Err(error));
    }
}

#[test]
fn debug_shows_no_secret() {
    let credentials = credentials(Hash::Sha1, &[("laptop", PASSWORD)]);
    let (server, challenge, client) = challenged(&credentials);
    let shown = format!("{credentials:?} {server:?} {client:?}");
    let (client, _) = client.handle_challenge(challenge.as_bytes()).unwrap();
    let shown = format!("{shown} {client:?}");
    assert!(shown.contains("[20 secret bytes]"));
    assert!(!shown.contains(PASSWORD));
    for keys in &credentials.keys {
        for key in [&keys.stored_key, &keys.server_key] {
            let bytes = format!("{key:?}");
            assert!(!shown.contains(bytes.trim_matches(['[', ']'])));
        }
    }
}

#[test]
fn credentials_survive_storage() {
    let credentials = credentials(Hash::Sha256, &[("laptop", "one"), ("phone", "two")]);
    let stored = serde_json::to_string(&credentials).unwrap();
    assert_eq!(
        serde_json::from_str::<Credentials>(&stored).unwrap(),
        credentials
    );
}

#[test]
fn mechanism_names() {
    for hash in Hash::ALL {
        assert_eq!(Hash::from_mechanism(hash.mechanism()), Some(hash));
    }
    for name in ["", "PLAIN", "SCRAM-SHA-256-PLUS", "scram-sha-1"] {
        assert_eq!(Hash::from_mechanism(name), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a peer sends at any point is refused without a panic.
    #[test]
    fn hostile_messages_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let credentials = Credentials::generate(Hash::Sha256, &mut rng(1));
        let _ = ServerExchange::handle_first(Hash::Sha256, &bytes);
        let (server, _, client) = challenged(&credentials);
        prop_assert!(server.handle_final(&bytes).is_err());
        prop_assert!(client.handle_challenge(&bytes).is_err());
    }

    /// The same with what looks more like SCRAM.
    #[test]
    fn hostile_attributes_are_refused(text in "([a-z]=[A-Za-z0-9+/=]{0,12},?){0,6}") {
        let credentials = Credentials::generate(Hash::Sha1, &mut rng(1));
        let _ = ServerExchange::handle_first(Hash::Sha1, format!("n,,{text}").as_bytes());
        let (server, _, client) = challenged(&credentials);
        prop_assert!(server.handle_final(text.as_bytes()).is_err());
        prop_assert!(client.handle_challenge(text.as_bytes()).is_err());
    }
}
