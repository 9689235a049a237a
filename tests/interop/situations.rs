//! What is done with each client of others, wherever its account is; the names are those of
//! `docs/interop.md`.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use onym_tests::Prosody;
use serde_json::Value;

use crate::account::{Account, Place, REUNION_LIMIT};
use crate::client::Client;
use crate::somebody::{Somebody, alice};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

/// A client that others wrote.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) install: fn() -> Result<Box<dyn Client>, Failed>,
    /// Whether it asks its person about a request that answers their own.
    pub(crate) confirms: bool,
}

/// Bob, whose only client is the other one. The order of the fields is the order in which they end.
struct Other {
    client: Box<dyn Client>,
    kind: Kind,
    place: Place,
    account: Account,
}

/// Who asks to become a contact.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Onym,
    Client,
}

impl Other {
    /// Waits until the client has a text, which was encrypted.
    fn reads(&mut self, text: &str) -> Outcome {
        let read = self.client.read(text)?;
        assert_eq!(read["encrypted"], true, "{read}");
        Ok(())
    }

    /// Leaves a picture of the conversation.
    fn picture(&mut self, name: &str) -> Outcome {
        let folder = album().join(self.kind.name);
        std::fs::create_dir_all(&folder)?;
        let place = match self.place {
            Place::Onym => "",
            Place::Prosody => "prosody-",
        };
        self.client.picture(&folder, &format!("{place}{name}"))
    }

    fn jid(&self) -> String {
        self.account.jid()
    }
}

/// The folder for pictures.
fn album() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target.unwrap_or(Path::new("target")).join("interop-run")
}

/// Alice with Onym and Bob with the other client, who are each other's contacts.
fn friends(
    world: &World,
    kind: Kind,
    place: Place,
    asks: Asks,
) -> Result<(Somebody, Other), Failed> {
    let client = (kind.install)()?;
    let mut alice = alice(world)?;
    alice.start_endpoint()?;
    let account = Account::new(world, place, kind.name)?;
    let mut other = Other {
        client,
        kind,
        place,
        account,
    };
    alice.come_online()?;
    other.account.wait_until_reachable()?;
    let port = other.account.port()?;
    let bob_jid = other.jid();
    let log_in = (bob_jid.as_str(), other.account.password.as_str());
    other.client.configure(log_in, port, alice.person.jid())?;
    other.client.start()?;
    if asks == Asks::Onym {
        alice.person.run(["contact", "add", &bob_jid])?;
        other.client.allow()?;
    } else {
        other.client.add()?;
        let bob = other.account.person();
        alice.listener().wait_for_request(bob, MESSAGE_LIMIT)?;
        alice.person.run(["contact", "accept", &bob_jid])?;
        if kind.confirms {
            other.client.allow()?;
        }
    }
    let bob = other.account.person();
    alice.listener().wait_for_contact(bob, MESSAGE_LIMIT)?;
    alice.person.wait_for_keys(bob, MESSAGE_LIMIT)?;
    Ok((alice, other))
}

/// Alice sends a text, which is encrypted, and the client reads it.
fn tells(alice: &mut Somebody, other: &mut Other, text: &str) -> Outcome {
    sends(alice, other, text)?;
    other.reads(text)
}

/// Alice sends a text, which is encrypted for the client's version of OMEMO.
fn sends(alice: &mut Somebody, other: &Other, text: &str) -> Outcome {
    let person = other.account.person();
    let id = alice.person.send(person, text, "stored", MESSAGE_LIMIT)?;
    let listener = alice.listener();
    let stored = listener.wait_for_delivery(&id, "stored", MESSAGE_LIMIT)?;
    assert_eq!(stored["encryption"]["kind"], "omemo", "{stored}");
    Ok(())
}

/// Alice reads what the client has sent; it was encrypted by the device that the client shows.
fn hears(alice: &mut Somebody, other: &Other, text: &str) -> Outcome {
    let person = other.account.person();
    let read = alice
        .listener()
        .wait_for_message(person, text, MESSAGE_LIMIT)?;
    let mark = &read["encryption"];
    assert_eq!(mark["kind"], "omemo", "{read}");
    assert_eq!(mark["device"], other.client.device(), "{read}");
    assert_eq!(mark["because"], "first-use", "{read}");
    Ok(())
}

/// Waits until Alice sees Bob come, so that both endpoints reach each other.
fn wait_until_together(alice: &mut Somebody, seen: usize, other: &Other) -> Outcome {
    let jid = other.jid();
    let is_there = |line: &Value| {
        line["event"] == "presence" && line["jid"] == jid && line["state"] != "offline"
    };
    let listener = alice.listener();
    listener.wait_for_after(seen, "Bob to be there", is_there, REUNION_LIMIT)?;
    Ok(())
}

/// Everything of the conversation was encrypted, for both clients, and at Bob's server.
fn nothing_was_clear(alice: &Somebody, other: &mut Other, at_least: usize) -> Outcome {
    let history = alice.person.run(["history", &other.jid()])?.lines;
    let kept: Vec<&Value> = history.iter().filter(|it| it["event"] == "kept").collect();
    let texts: Vec<&str> = kept.iter().filter_map(|it| it["text"].as_str()).collect();
    assert!(texts.len() >= at_least, "{history:?}");
    for line in &kept {
        assert_eq!(line["encryption"]["kind"], "omemo", "{line}");
    }
    let seen = other.client.messages()?;
    assert!(seen.len() >= at_least, "{seen:?}");
    for line in seen {
        assert_eq!(line["encrypted"], true, "{line}");
        assert!(texts.contains(&line["text"].as_str().unwrap()), "{line}");
    }
    other.client.stop()?;
    let (mut reader, _home) = other.account.another_client()?;
    let archive = reader.archive(LOCAL_LIMIT)?;
    let stanzas = archive["stanzas"].as_array().unwrap();
    assert!(stanzas.len() >= at_least, "{archive}");
    for stanza in stanzas {
        let stanza = stanza.as_str().unwrap();
        for text in &texts {
            assert!(!stanza.contains(text), "{stanza}");
        }
    }
    Ok(())
}

/// Alice writes first; messages come while the client does not run; each side is started anew.
pub(crate) fn onym_first(world: &World, kind: Kind, place: Place) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, place, Asks::Onym)?;
    tells(&mut alice, &mut other, "first of Alice")?;
    for text in ["one of Bob", "two of Bob <&> 👋"] {
        other.client.send(text)?;
        hears(&mut alice, &other, text)?;
    }
    tells(&mut alice, &mut other, "two of Alice <&> 👋")?;
    tells(&mut alice, &mut other, "three of Alice\nin two lines")?;

    let device = other.client.device();
    other.client.stop()?;
    for text in ["while you are away", "and another one"] {
        sends(&mut alice, &other, text)?;
    }
    let bob = other.account.person();
    alice.person.wait_until_handed_over(bob, MESSAGE_LIMIT)?;
    other.client.start()?;
    assert_eq!(other.client.device(), device);
    other.reads("while you are away")?;
    other.reads("and another one")?;
    other.client.send("after my restart")?;
    hears(&mut alice, &other, "after my restart")?;

    alice.leave()?;
    alice.come_back()?;
    wait_until_together(&mut alice, 0, &other)?;
    other.client.send("are you back?")?;
    hears(&mut alice, &other, "are you back?")?;
    tells(&mut alice, &mut other, "Yes, after my restart.")?;
    their_server_restarts(&mut alice, &mut other)?;

    let devices = alice.person.run(["devices", &other.jid()])?.lines;
    let of_bob = devices.iter().find(|line| line["id"] == device).unwrap();
    assert_eq!(
        of_bob["fingerprint"],
        other.client.fingerprint(),
        "{of_bob}"
    );
    assert_eq!(of_bob["trust"], "first-use", "{of_bob}");
    other.picture("onym-first")?;
    nothing_was_clear(&alice, &mut other, 10)
}

/// The power of the client's server fails, if it is one of others, and what Alice writes meanwhile
/// waits at her endpoint.
fn their_server_restarts(alice: &mut Somebody, other: &mut Other) -> Outcome {
    if other.place == Place::Onym {
        return Ok(());
    }
    other.client.stop()?;
    other.account.prosody().into_iter().for_each(Prosody::stop);
    sends(alice, other, "while your server is away")?;
    let seen = alice.listener().lines().len();
    if let Some(prosody) = other.account.prosody() {
        prosody.start_again()?;
    }
    other.client.start()?;
    other.reads("while your server is away")?;
    wait_until_together(alice, seen, other)?;
    other.client.send("my server is back")?;
    hears(alice, other, "my server is back")?;
    tells(alice, other, "so it is")
}

/// The client asks to become a contact, and writes first, while Alice listens.
pub(crate) fn client_first(world: &World, kind: Kind, place: Place) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, place, Asks::Client)?;
    for text in ["first of Bob", "second of Bob"] {
        other.client.send(text)?;
        hears(&mut alice, &other, text)?;
    }
    tells(&mut alice, &mut other, "first of Alice")?;
    other.client.send("third of Bob")?;
    hears(&mut alice, &other, "third of Bob")?;
    other.picture("client-first")?;
    nothing_was_clear(&alice, &mut other, 4)
}

/// The very first message of each side comes while the other's client does not run.
pub(crate) fn first_while_away(world: &World, kind: Kind, place: Place) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, place, Asks::Onym)?;
    alice.stop_listening()?;
    let texts = ["first of Bob, while you are away", "and a second one"];
    for text in texts {
        other.client.send(text)?;
    }
    alice.listen()?;
    for text in texts {
        hears(&mut alice, &other, text)?;
    }
    tells(&mut alice, &mut other, "I have read it.")?;
    other.picture("first-while-away-client")?;
    nothing_was_clear(&alice, &mut other, 3)?;

    let (mut alice, mut other) = friends(world, kind, place, Asks::Client)?;
    other.client.stop()?;
    let texts = ["first of Alice, while you are away", "and another one"];
    for text in texts {
        sends(&mut alice, &other, text)?;
    }
    let bob = other.account.person();
    alice.person.wait_until_handed_over(bob, MESSAGE_LIMIT)?;
    other.client.start()?;
    for text in texts {
        other.reads(text)?;
    }
    other.client.send("I have read both.")?;
    hears(&mut alice, &other, "I have read both.")?;
    other.picture("first-while-away-onym")?;
    nothing_was_clear(&alice, &mut other, 3)
}

/// Bob's client loses its keys and makes a new device: Alice's message waits, and says why. It goes
/// to the new device once its key is compared.
pub(crate) fn with_a_new_device(world: &World, kind: Kind, place: Place) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, place, Asks::Onym)?;
    tells(&mut alice, &mut other, "to your first device")?;
    let first = other.client.device();
    other.client.stop()?;
    other.client.forget()?;
    let seen = alice.listener().lines().len();
    other.client.start()?;
    let second = other.client.device();
    assert_ne!(second, first);
    let bob = other.jid();
    let is_undecided = |line: &Value| {
        line["event"] == "encryption" && line["jid"] == bob && line["undecided"] == 1
    };
    let listener = alice.listener();
    listener.wait_for_after(seen, "a new device", is_undecided, MESSAGE_LIMIT)?;

    let waiting = ["send", &bob, "to your new device", "--timeout", "1"];
    let finished = alice.person.try_run(waiting, LOCAL_LIMIT)?;
    assert_eq!(finished.status.code(), Some(3), "{finished:?}");
    let is_held =
        |line: &Value| line["event"] == "held" && line["code"] == "their-devices-undecided";
    assert!(finished.lines.iter().any(is_held), "{finished:?}");
    let person = other.account.person();
    alice.person.wait_for_keys(person, MESSAGE_LIMIT)?;
    let number = second.to_string();
    let fingerprint = other.client.fingerprint().to_owned();
    let verify = ["trust", &bob, &number, "verify", "--fingerprint"];
    let wrong = fingerprint.replace(['0', '1', '2', '3'], "f");
    let refused = alice
        .person
        .try_run(verify.into_iter().chain([wrong.as_str()]), LOCAL_LIMIT)?;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let taken = alice
        .person
        .run(verify.into_iter().chain([fingerprint.as_str()]))?;
    assert_eq!(taken.lines[0]["trust"], "verified", "{taken:?}");
    other.reads("to your new device")?;
    other.client.send("from my new device")?;
    let person = other.account.person();
    let read = alice
        .listener()
        .wait_for_message(person, "from my new device", MESSAGE_LIMIT)?;
    assert_eq!(read["encryption"]["device"], second, "{read}");
    assert_eq!(read["encryption"]["because"], "verified", "{read}");
    other.picture("new-device")?;
    nothing_was_clear(&alice, &mut other, 3)
}

/// Bob's device is taken out of his list while it is away: Alice's message waits, and says why. It
/// goes when the client is back and has listed its device again.
pub(crate) fn with_a_removed_device(world: &World, kind: Kind, place: Place) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, place, Asks::Onym)?;
    tells(&mut alice, &mut other, "to your device")?;
    let device = other.client.device();
    other.client.stop()?;
    let seen = alice.listener().lines().len();
    let (mut another, home) = other.account.another_client()?;
    let unlisted = another.unlist(LOCAL_LIMIT)?;
    assert_eq!(unlisted["event"], "unlisted", "{unlisted}");
    drop((another, home));
    let bob = other.jid();
    let is_without =
        |line: &Value| line["event"] == "encryption" && line["jid"] == bob && line["devices"] == 0;
    let listener = alice.listener();
    listener.wait_for_after(seen, "Bob without devices", is_without, MESSAGE_LIMIT)?;
    let waiting = ["send", &bob, "to nobody?", "--timeout", "1"];
    let finished = alice.person.try_run(waiting, LOCAL_LIMIT)?;
    assert_eq!(finished.status.code(), Some(3), "{finished:?}");
    let is_held = |line: &Value| line["event"] == "held" && line["code"] == "no-devices";
    assert!(finished.lines.iter().any(is_held), "{finished:?}");
    other.client.start()?;
    assert_eq!(other.client.device(), device);
    other.reads("to nobody?")?;
    other.client.send("to me")?;
    hears(&mut alice, &other, "to me")?;
    other.picture("removed-device")?;
    nothing_was_clear(&alice, &mut other, 3)
}
