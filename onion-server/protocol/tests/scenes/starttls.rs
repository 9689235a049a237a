//! RFC 6120 §5: clients that insist on TLS.

use jid::BareJid;
use onym_identity::Timestamp;
use onym_server_protocol::{ConnectionId, Domain, Effect, Input, Origin, Output, Server, TlsSide};
use rand::SeedableRng;
use rand::rngs::StdRng;

const ID: ConnectionId = ConnectionId(1);
const OPEN: &str = "<stream:stream xmlns='jabber:client' to='montague.example' version='1.0' \
                    xmlns:stream='http://etherx.jabber.org/streams'>";
const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/// A server, one client of it, and what the client was sent.
struct Scene {
    server: Server,
    rng: StdRng,
    sent: String,
    /// What was to be sent before TLS.
    proceeds: Vec<String>,
    closed: bool,
}

fn scene(origin: Origin) -> Scene {
    let mut rng = StdRng::seed_from_u64(1);
    let account = BareJid::new("romeo@montague.example").unwrap();
    let domain = Domain::of(&account);
    let mut scene = Scene {
        server: Server::new(domain, [account], Default::default(), &mut rng),
        rng,
        sent: String::new(),
        proceeds: Vec::new(),
        closed: false,
    };
    scene.input(Input::Accepted {
        connection: ID,
        origin,
    });
    scene.says(OPEN);
    scene
}

impl Scene {
    fn input(&mut self, input: Input) {
        let now = Timestamp::from_unix_millis(1_800_000_000_000);
        self.server.handle(input, now, &mut self.rng);
        while let Some(output) = self.server.poll() {
            match output {
                Output::Do(Effect::Send { bytes, .. }) => {
                    self.sent += std::str::from_utf8(&bytes).unwrap();
                }
                Output::Do(Effect::StartTls {
                    side: TlsSide::Accepting { proceed },
                    ..
                }) => {
                    self.proceeds.push(String::from_utf8(proceed).unwrap());
                }
                Output::Do(Effect::Close { .. }) => self.closed = true,
                _ => {}
            }
        }
    }

    /// Sends bytes, and returns what comes of them.
    fn says(&mut self, xml: &str) -> String {
        self.sent.clear();
        self.input(Input::Received {
            connection: ID,
            bytes: xml.as_bytes().to_vec(),
        });
        self.sent.clone()
    }
}

#[test]
fn tls_is_offered_and_not_required_and_then_the_stream_begins_anew() {
    for origin in [Origin::Loopback, Origin::OnionClient] {
        let mut scene = scene(origin);
        assert!(scene.sent.contains("xmpp-tls"), "{}", scene.sent);
        assert!(!scene.sent.contains("<required"), "{}", scene.sent);
        assert_eq!(scene.says(STARTTLS), "");
        assert_eq!(scene.proceeds, [PROCEED]);
        scene.input(Input::Secured { connection: ID });
        let features = scene.says(OPEN);
        assert!(features.contains("SCRAM-SHA-256"), "{features}");
        assert!(!features.contains("xmpp-tls"), "{features}");
        assert!(!scene.closed);
    }
}

#[test]
fn a_pipe_inside_the_process_needs_no_tls() {
    let account = BareJid::new("romeo@montague.example").unwrap();
    let mut scene = scene(Origin::OwnerPipe { account });
    assert!(!scene.sent.contains("xmpp-tls"), "{}", scene.sent);
    let answer = scene.says(STARTTLS);
    assert!(answer.contains("<failure"), "{answer}");
    assert!(scene.closed && scene.proceeds.is_empty());
}

#[test]
fn nothing_that_came_in_the_clear_is_read_afterwards() {
    // In one piece with what asks for TLS, and after it.
    let mut together = scene(Origin::Loopback);
    let answer = together.says(&format!("{STARTTLS}{OPEN}"));
    assert!(answer.contains("policy-violation"), "{answer}");
    assert!(together.closed && together.proceeds.is_empty());

    let mut after = scene(Origin::Loopback);
    after.says(STARTTLS);
    let answer = after.says(OPEN);
    assert_eq!(answer, "", "whoever waits for a handshake reads no XML");
    assert!(after.closed);
}

#[test]
fn tls_starts_once() {
    let mut scene = scene(Origin::OnionClient);
    scene.says(STARTTLS);
    scene.input(Input::Secured { connection: ID });
    scene.says(OPEN);
    let answer = scene.says(STARTTLS);
    assert!(answer.contains("<failure"), "{answer}");
    assert!(scene.closed);
    assert_eq!(scene.proceeds.len(), 1);
}
