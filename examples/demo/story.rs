//! What happens in the demo, from the first tor process to the last receipt.

use std::io;
use std::thread;
use std::time::Duration;

use onym_tests::{Endpoint, Listener, Person, PersonError, ProgramError};
use onym_tor_network::{Options, TorNetwork};

use crate::clock::Since;
use crate::transcript::{Step, Transcript};

/// Most steps take a second or two; these are for a machine that does much else.
const NETWORK_LIMIT: Duration = Duration::from_secs(180);
const TOR_LIMIT: Duration = Duration::from_secs(120);
const LOGIN_LIMIT: Duration = Duration::from_secs(30);
const MESSAGE_LIMIT: Duration = Duration::from_secs(90);
/// After a failed try the next one waits, and each wait is longer than the one before.
const RETURN_LIMIT: Duration = Duration::from_secs(180);

/// Why the demo ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The private network did not start.
    #[error("the private Tor network: {0}")]
    Network(#[from] onym_tor_network::Error),
    /// Somebody's program did not do what it should.
    #[error(transparent)]
    Person(PersonError),
    /// Something arrived, and it is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The user wanted it to end.
    #[error("interrupted")]
    Interrupted,
    /// Signals could not be awaited.
    #[error("the system refused: {0}")]
    System(io::Error),
    /// A fault of the demo itself.
    #[error("the demo has a fault, which it printed above")]
    Panicked,
}

impl From<PersonError> for DemoError {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::Program {
                source: ProgramError::Interrupted,
                ..
            } => Self::Interrupted,
            other => Self::Person(other),
        }
    }
}

/// Everybody who is awake.
struct Awake<'a> {
    person: &'a Person,
    endpoint: Endpoint,
    listener: Listener,
}

/// Tells the whole story, and cleans up however it ends.
pub(crate) fn tell(transcript: &Transcript) -> Result<(), DemoError> {
    let network = start_network(transcript)?;
    let toml = network.client_config_toml();
    let alice = make_identity("alice", &toml, transcript)?;
    let bob = make_identity("bob", &toml, transcript)?;

    let mut alice_endpoint = alice.serve()?;
    let mut bob_endpoint = bob.serve()?;
    thread::scope(|scope| {
        // Both come up at the same time, and each is watched by itself.
        let watch_alice = scope.spawn(|| watch_start(&alice, &mut alice_endpoint, transcript));
        watch_start(&bob, &mut bob_endpoint, transcript)?;
        watch_alice.join().unwrap_or(Err(DemoError::Panicked))
    })?;
    let mut alice_awake = log_in(&alice, alice_endpoint)?;
    let mut bob_awake = log_in(&bob, bob_endpoint)?;

    meet(&mut alice_awake, &mut bob_awake, transcript)?;
    converse(&mut alice_awake, &mut bob_awake, transcript)?;
    let kept = go_away_and_write(&mut alice_awake, bob_awake, transcript)?;
    let mut bob_awake = come_back(&mut alice_awake, &bob, &kept, transcript)?;
    say(
        &mut bob_awake,
        &mut alice_awake,
        "Back again, and nothing was lost.",
        transcript,
    )
}

fn start_network(transcript: &Transcript) -> Result<TorNetwork, DemoError> {
    let since = Since::now();
    transcript.step(Step {
        name: "network-starting",
        who: "tor",
        took: None,
        what: "starting a private network: 3 authorities and 12 relays, each a tor of Debian's",
    });
    let options = Options {
        timeout: NETWORK_LIMIT,
        ..Options::default()
    };
    let network = TorNetwork::start(options)?;
    transcript.step(Step {
        name: "network-ready",
        who: "tor",
        took: Some(since.elapsed()),
        what: "the authorities have voted; the network is ready",
    });
    Ok(network)
}

fn make_identity(name: &str, toml: &str, transcript: &Transcript) -> Result<Person, DemoError> {
    let since = Since::now();
    let person = Person::new(name, toml)?;
    transcript.step(Step {
        name: "identity",
        who: name,
        took: Some(since.elapsed()),
        what: &format!("has a new identity, {}", shortened(person.jid())),
    });
    Ok(person)
}

/// Reports how an endpoint comes up, from its start to the moment when others can reach it.
fn watch_start(
    person: &Person,
    endpoint: &mut Endpoint,
    transcript: &Transcript,
) -> Result<(), DemoError> {
    let since = Since::now();
    let stages: [(&str, &[&str], &str); 3] = [
        (
            "bootstrapped",
            &["publishing", "confirming", "reachable"],
            "Tor is bootstrapped; starting the onion service",
        ),
        (
            "descriptor-published",
            &["confirming", "reachable"],
            "the descriptor of the onion service is published",
        ),
        (
            "reachable",
            &["reachable"],
            "is reachable: it has connected to itself over Tor",
        ),
    ];
    for (name, states, what) in stages {
        endpoint.wait_for_tor(states, TOR_LIMIT)?;
        transcript.step(Step {
            name,
            who: person.name(),
            took: Some(since.elapsed()),
            what,
        });
    }
    Ok(())
}

fn log_in(person: &Person, endpoint: Endpoint) -> Result<Awake<'_>, DemoError> {
    let mut listener = person.listen()?;
    listener.wait_until_online(LOGIN_LIMIT)?;
    Ok(Awake {
        person,
        endpoint,
        listener,
    })
}

/// Alice adds Bob, and Bob accepts.
fn meet(
    alice: &mut Awake<'_>,
    bob: &mut Awake<'_>,
    transcript: &Transcript,
) -> Result<(), DemoError> {
    let since = Since::now();
    alice.person.run([
        "contact",
        "add",
        bob.person.jid(),
        "--name",
        bob.person.name(),
    ])?;
    bob.listener.wait_for_request(alice.person, MESSAGE_LIMIT)?;
    transcript.step(Step {
        name: "request",
        who: bob.person.name(),
        took: Some(since.elapsed()),
        what: "has alice's request, which is the first contact over Tor",
    });
    let since = Since::now();
    bob.person.run(["contact", "accept", alice.person.jid()])?;
    alice.listener.wait_for_contact(bob.person, MESSAGE_LIMIT)?;
    bob.listener.wait_for_contact(alice.person, MESSAGE_LIMIT)?;
    transcript.step(Step {
        name: "contacts",
        who: "both",
        took: Some(since.elapsed()),
        what: "bob accepts; each is the other's contact",
    });
    Ok(())
}

/// Messages both ways.
fn converse(
    alice: &mut Awake<'_>,
    bob: &mut Awake<'_>,
    transcript: &Transcript,
) -> Result<(), DemoError> {
    say(alice, bob, "Hello Bob, this is Alice.", transcript)?;
    say(bob, alice, "Hello Alice, I can read you.", transcript)?;
    say(alice, bob, "And no server between us.", transcript)
}

/// One message, its arrival and its receipt.
fn say(
    from: &mut Awake<'_>,
    to: &mut Awake<'_>,
    text: &str,
    transcript: &Transcript,
) -> Result<(), DemoError> {
    let since = Since::now();
    let id = from.person.send(to.person, text, "stored", MESSAGE_LIMIT)?;
    to.listener
        .wait_for_message(from.person, text, MESSAGE_LIMIT)?;
    transcript.step(Step {
        name: "message",
        who: to.person.name(),
        took: Some(since.elapsed()),
        what: &format!("reads \"{text}\""),
    });
    from.listener
        .wait_for_delivery(&id, "delivered", MESSAGE_LIMIT)?;
    transcript.step(Step {
        name: "receipt",
        who: from.person.name(),
        took: Some(since.elapsed()),
        what: "has the receipt",
    });
    Ok(())
}

/// A message that was sent to somebody who was away.
struct Kept {
    id: String,
    text: &'static str,
    since: Since,
}

/// Bob's endpoint is killed, and Alice writes to him all the same.
fn go_away_and_write(
    alice: &mut Awake<'_>,
    bob: Awake<'_>,
    transcript: &Transcript,
) -> Result<Kept, DemoError> {
    let Awake {
        person: bob,
        endpoint,
        listener,
    } = bob;
    endpoint.kill_hard()?;
    drop(listener);
    transcript.step(Step {
        name: "away",
        who: bob.name(),
        took: None,
        what: "is gone: the endpoint was killed with SIGKILL",
    });
    let since = Since::now();
    let text = "Read this when you are back.";
    let seen = alice.endpoint.seen();
    let id = alice.person.send(bob, text, "stored", MESSAGE_LIMIT)?;
    transcript.step(Step {
        name: "stored",
        who: alice.person.name(),
        took: Some(since.elapsed()),
        what: &format!("writes \"{text}\"; her endpoint keeps it on disk"),
    });
    alice
        .endpoint
        .wait_until_waiting(seen, bob.domain(), RETURN_LIMIT)?;
    transcript.step(Step {
        name: "waiting",
        who: alice.person.name(),
        took: Some(since.elapsed()),
        what: "cannot reach bob; her endpoint goes on trying",
    });
    Ok(Kept { id, text, since })
}

/// Bob starts his endpoint again, and the message finds him.
fn come_back<'a>(
    alice: &mut Awake<'_>,
    bob: &'a Person,
    kept: &Kept,
    transcript: &Transcript,
) -> Result<Awake<'a>, DemoError> {
    let since = Since::now();
    let mut endpoint = bob.serve()?;
    endpoint.wait_until_reachable(TOR_LIMIT)?;
    transcript.step(Step {
        name: "back",
        who: bob.name(),
        took: Some(since.elapsed()),
        what: "is back and reachable under the same address",
    });
    let mut bob = log_in(bob, endpoint)?;
    bob.listener
        .wait_for_message(alice.person, kept.text, RETURN_LIMIT)?;
    transcript.step(Step {
        name: "late-message",
        who: bob.person.name(),
        took: Some(since.elapsed()),
        what: &format!("reads \"{}\"", kept.text),
    });
    alice
        .listener
        .wait_for_delivery(&kept.id, "delivered", RETURN_LIMIT)?;
    transcript.step(Step {
        name: "late-receipt",
        who: alice.person.name(),
        took: Some(kept.since.elapsed()),
        what: "has the receipt, so long after writing",
    });
    let copies = bob
        .listener
        .texts()
        .iter()
        .filter(|text| *text == kept.text)
        .count();
    if copies != 1 {
        return Err(DemoError::Wrong(format!(
            "bob read the message {copies} times instead of once"
        )));
    }
    Ok(bob)
}

/// An address of 115 characters, for a line that people read.
fn shortened(jid: &str) -> String {
    let (identity, domain) = jid.split_once('@').unwrap_or((jid, ""));
    let start = |text: &str| text.chars().take(6).collect::<String>();
    format!("{}…@{}….onion", start(identity), start(domain))
}
