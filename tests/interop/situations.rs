//! What is done with each client that has a window; the names are those of `docs/interop.md`.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use onym_tests::{Slixmpp, SlixmppHome, WindowClient, WindowClientError, slixmpp_python};
use serde_json::Value;

use crate::somebody::{Somebody, alice, bob};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, TOR_LIMIT, World};

/// A client that others wrote.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) install: fn() -> Result<WindowClient, WindowClientError>,
    /// Whether it asks its person about a request that answers their own.
    pub(crate) confirms: bool,
}

/// Bob as he is here: his endpoint is Onym's, and his only client is the other one.
struct Other {
    client: WindowClient,
    kind: Kind,
    password: String,
    bob: Somebody,
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
        let read = self.client.read(text, MESSAGE_LIMIT)?;
        assert_eq!(read["encrypted"], true, "{read}");
        Ok(())
    }

    /// Opens the conversation and leaves a picture of it.
    fn picture(&mut self, name: &str) -> Outcome {
        self.client.show()?;
        let folder = album().join(self.kind.name);
        std::fs::create_dir_all(&folder)?;
        Ok(self.client.picture(&folder.join(name))?)
    }

    fn jid(&self) -> String {
        self.bob.person.jid().to_owned()
    }
}

/// The folder for pictures.
fn album() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target.unwrap_or(Path::new("target")).join("interop-run")
}

/// Alice with Onym and Bob with the other client, who are each other's contacts.
fn friends(world: &World, kind: Kind, asks: Asks) -> Result<(Somebody, Other), Failed> {
    let client = (kind.install)()?;
    let (mut alice, mut bob) = (alice(world)?, bob(world)?);
    alice.start_endpoint()?;
    bob.start_endpoint()?;
    let added = bob.person.run(["device", "add", kind.name])?.lines;
    let mut passwords = added.iter().filter_map(|line| line["password"].as_str());
    let password = passwords.next().unwrap().to_owned();
    alice.come_online()?;
    bob.endpoint().wait_until_reachable(TOR_LIMIT)?;
    let mut other = Other {
        client,
        kind,
        password,
        bob,
    };
    let port = other.bob.endpoint().loopback()?.port();
    let bob_jid = other.jid();
    let account = (bob_jid.as_str(), other.password.as_str());
    other.client.configure(account, port, alice.person.jid())?;
    other.client.start()?;
    if asks == Asks::Onym {
        alice.person.run(["contact", "add", &bob_jid])?;
        other.client.allow()?;
    } else {
        other.client.add()?;
        let bob = &other.bob.person;
        alice.listener().wait_for_request(bob, MESSAGE_LIMIT)?;
        alice.person.run(["contact", "accept", &bob_jid])?;
        if kind.confirms {
            other.client.allow()?;
        }
    }
    let bob = &other.bob.person;
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
    let id = alice.send(&other.bob, text)?;
    let listener = alice.listener();
    let stored = listener.wait_for_delivery(&id, "stored", MESSAGE_LIMIT)?;
    assert_eq!(stored["encryption"]["kind"], "omemo", "{stored}");
    Ok(())
}

/// Alice reads what the client has sent; it was encrypted by the device that the client shows.
fn hears(alice: &mut Somebody, other: &Other, text: &str) -> Outcome {
    let read = alice.read(&other.bob, text)?;
    let mark = &read["encryption"];
    assert_eq!(mark["kind"], "omemo", "{read}");
    assert_eq!(mark["device"], other.client.device(), "{read}");
    assert_eq!(mark["because"], "first-use", "{read}");
    Ok(())
}

/// Another client of Bob's, which has nothing but the password, and where it keeps what it has.
fn another_client(other: &mut Other) -> Result<(Slixmpp, SlixmppHome), Failed> {
    let python = slixmpp_python().ok_or("slixmpp-omemo is missing: run scripts/setup")?;
    let port = other.bob.endpoint().loopback()?.port();
    let account = (other.bob.person.jid(), other.password.as_str());
    let home = SlixmppHome::new()?;
    Ok((home.start(&python, account, port, "omemo")?, home))
}

/// Everything of the conversation was encrypted, for both clients, and in Bob's endpoint.
fn nothing_was_clear(alice: &Somebody, other: &mut Other, at_least: usize) -> Outcome {
    let history = alice.person.run(["history", &other.jid()])?.lines;
    let kept: Vec<&Value> = history.iter().filter(|it| it["event"] == "kept").collect();
    let texts: Vec<&str> = kept.iter().filter_map(|it| it["text"].as_str()).collect();
    assert!(texts.len() >= at_least, "{history:?}");
    for line in &kept {
        assert_eq!(line["encryption"]["kind"], "omemo", "{line}");
    }
    let seen = other.client.messages();
    assert!(seen.len() >= at_least, "{seen:?}");
    for line in seen {
        assert_eq!(line["encrypted"], true, "{line}");
        assert!(texts.contains(&line["text"].as_str().unwrap()), "{line}");
    }
    other.client.stop()?;
    let (mut reader, _home) = another_client(other)?;
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
pub(crate) fn onym_first(world: &World, kind: Kind) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, Asks::Onym)?;
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
    let bob = &other.bob.person;
    alice.person.wait_until_handed_over(bob, MESSAGE_LIMIT)?;
    other.client.start()?;
    assert_eq!(other.client.device(), device);
    other.reads("while you are away")?;
    other.reads("and another one")?;
    other.client.send("after my restart")?;
    hears(&mut alice, &other, "after my restart")?;

    alice.leave()?;
    alice.come_back()?;
    other.client.send("are you back?")?;
    hears(&mut alice, &other, "are you back?")?;
    tells(&mut alice, &mut other, "Yes, after my restart.")?;

    let devices = alice.person.run(["devices", &other.jid()])?.lines;
    let of_bob = devices.iter().find(|line| line["id"] == device).unwrap();
    assert_eq!(
        of_bob["fingerprint"],
        other.client.fingerprint(),
        "{of_bob}"
    );
    assert_eq!(of_bob["trust"], "first-use", "{of_bob}");
    other.picture("onym-first.png")?;
    nothing_was_clear(&alice, &mut other, 10)
}

/// The client asks to become a contact, and writes first, while Alice listens.
pub(crate) fn client_first(world: &World, kind: Kind) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, Asks::Client)?;
    for text in ["first of Bob", "second of Bob"] {
        other.client.send(text)?;
        hears(&mut alice, &other, text)?;
    }
    tells(&mut alice, &mut other, "first of Alice")?;
    other.client.send("third of Bob")?;
    hears(&mut alice, &other, "third of Bob")?;
    other.picture("client-first.png")?;
    nothing_was_clear(&alice, &mut other, 4)
}

/// The very first message of each side comes while the other's client does not run.
pub(crate) fn first_while_away(world: &World, kind: Kind) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, Asks::Onym)?;
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
    other.picture("first-while-away-client.png")?;
    nothing_was_clear(&alice, &mut other, 3)?;

    let (mut alice, mut other) = friends(world, kind, Asks::Client)?;
    other.client.stop()?;
    let texts = ["first of Alice, while you are away", "and another one"];
    for text in texts {
        sends(&mut alice, &other, text)?;
    }
    let bob = &other.bob.person;
    alice.person.wait_until_handed_over(bob, MESSAGE_LIMIT)?;
    other.client.start()?;
    for text in texts {
        other.reads(text)?;
    }
    other.client.send("I have read both.")?;
    hears(&mut alice, &other, "I have read both.")?;
    other.picture("first-while-away-onym.png")?;
    nothing_was_clear(&alice, &mut other, 3)
}

/// Bob's client loses its keys and makes a new device: Alice's message waits, and says why. It goes
/// to the new device once its key is compared.
pub(crate) fn with_a_new_device(world: &World, kind: Kind) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, Asks::Onym)?;
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
    alice
        .person
        .wait_for_keys(&other.bob.person, MESSAGE_LIMIT)?;
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
    let read = alice.read(&other.bob, "from my new device")?;
    assert_eq!(read["encryption"]["device"], second, "{read}");
    assert_eq!(read["encryption"]["because"], "verified", "{read}");
    other.picture("new-device.png")?;
    nothing_was_clear(&alice, &mut other, 3)
}

/// Bob's device is taken out of his list while it is away: Alice's message waits, and says why. It
/// goes when the client is back and has listed its device again.
pub(crate) fn with_a_removed_device(world: &World, kind: Kind) -> Outcome {
    let (mut alice, mut other) = friends(world, kind, Asks::Onym)?;
    tells(&mut alice, &mut other, "to your device")?;
    let device = other.client.device();
    other.client.stop()?;
    let seen = alice.listener().lines().len();
    let (mut another, home) = another_client(&mut other)?;
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
    other.picture("removed-device.png")?;
    nothing_was_clear(&alice, &mut other, 3)
}
