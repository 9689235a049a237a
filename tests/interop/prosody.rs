//! Bob's account is at a Prosody that is an onion service of its own and federates by `mod_onions`.
//! His client is slixmpp with slixmpp-omemo. Alice has Onym.

use libtest_mimic::Failed;
use onym_tests::{Person, Prosody, Slixmpp, SlixmppHome, slixmpp_python};
use serde_json::Value;

use crate::Test;
use crate::account::{PASSWORD, REUNION_LIMIT};
use crate::somebody::{Somebody, alice};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    ("contacts_and_presence", contacts_and_presence),
    ("they_ask_to_be_a_contact", they_ask_to_be_a_contact),
    ("no_contact_with_omemo", |world| no_contact(world, "omemo")),
    ("no_contact_with_omemo_2", |world| {
        no_contact(world, "omemo2")
    }),
    ("to_no_contact_with_omemo", |world| {
        to_no_contact(world, "omemo")
    }),
    ("to_no_contact_with_omemo_2", |world| {
        to_no_contact(world, "omemo2")
    }),
    ("onym_first_with_omemo", |world| onym_first(world, "omemo")),
    ("onym_first_with_omemo_2", |world| {
        onym_first(world, "omemo2")
    }),
    ("they_first_with_omemo", |world| they_first(world, "omemo")),
    ("they_first_with_omemo_2", |world| {
        they_first(world, "omemo2")
    }),
    ("away_with_omemo", |world| away(world, "omemo")),
    ("away_with_omemo_2", |world| away(world, "omemo2")),
    ("removed_device_with_omemo", |world| removed(world, "omemo")),
    ("removed_device_with_omemo_2", |world| {
        removed(world, "omemo2")
    }),
];

/// The texts of these tests have this in them, so that they are found wherever they can be read.
const TEXTS: &str = "plainly";

/// Bob with his server and his client. The order of the fields is the order in which they end.
struct Bob {
    bot: Option<Slixmpp>,
    home: SlixmppHome,
    prosody: Prosody,
    person: Person,
    versions: &'static str,
}

/// Alice online, and Bob logged in, who do not know each other.
fn strangers(world: &World, versions: &'static str) -> Result<(Somebody, Bob), Failed> {
    let mut alice = alice(world)?;
    alice.start_endpoint()?;
    let prosody = Prosody::start(world.network()?)?;
    let jid = prosody.register("bob", PASSWORD)?;
    let mut bob = Bob {
        bot: None,
        home: SlixmppHome::new()?,
        prosody,
        person: Person::elsewhere("bob", &jid)?,
        versions,
    };
    bob.log_in()?;
    alice.come_online()?;
    Ok((alice, bob))
}

/// Alice and Bob, after she has asked. slixmpp accepts every request, and asks back.
fn friends(world: &World, versions: &'static str) -> Result<(Somebody, Bob), Failed> {
    let (mut alice, bob) = strangers(world, versions)?;
    alice.person.run(["contact", "add", bob.person.jid()])?;
    let listener = alice.listener();
    listener.wait_for_contact(&bob.person, MESSAGE_LIMIT)?;
    alice.person.wait_for_keys(&bob.person, MESSAGE_LIMIT)?;
    Ok((alice, bob))
}

impl Bob {
    fn log_in(&mut self) -> Outcome {
        let python = slixmpp_python().ok_or("slixmpp-omemo is missing: run scripts/setup")?;
        let account = (self.person.jid(), PASSWORD);
        let port = self.prosody.client_port();
        let bot = self.home.start(&python, account, port, self.versions)?;
        self.bot = Some(bot);
        Ok(())
    }

    fn log_out(&mut self) {
        self.bot = None;
    }

    fn bot(&mut self) -> &mut Slixmpp {
        self.bot.as_mut().unwrap()
    }

    fn writes(&mut self, to: &Somebody, text: &str) -> Outcome {
        let version = self.versions;
        let jid = to.person.jid();
        let sent = self.bot().send(jid, text, version, MESSAGE_LIMIT)?;
        assert_eq!(sent["event"], "sent", "{sent}");
        assert_eq!(sent["errors"], Value::Array(Vec::new()), "{sent}");
        Ok(())
    }

    fn reads(&mut self, text: &str) -> Outcome {
        let version = self.versions;
        let read = self.bot().read(text, MESSAGE_LIMIT)?;
        assert_eq!(read["version"], version, "{read}");
        Ok(())
    }

    /// Nothing came that could not be read, and nothing that Prosody keeps can be read.
    fn nothing_is_open(&mut self) -> Outcome {
        let lines = self.bot().lines();
        let is_bad = |line: &&Value| line["event"] == "unreadable" || line["event"] == "note";
        let bad: Vec<&Value> = lines.iter().filter(is_bad).collect();
        assert!(bad.is_empty(), "{bad:?}");
        let kept = self.prosody.kept()?;
        assert!(kept.contains("encrypted"), "Prosody keeps no conversation");
        assert!(!kept.contains(TEXTS), "Prosody keeps what can be read");
        Ok(())
    }
}

/// Alice writes, encrypted by Bob's version, and Bob reads it.
fn to_bob(alice: &mut Somebody, bob: &mut Bob, text: &str) -> Outcome {
    leaves(alice, bob, text)?;
    bob.reads(text)
}

/// Alice writes; it has left when this returns, encrypted by Bob's version.
fn leaves(alice: &mut Somebody, bob: &Bob, text: &str) -> Outcome {
    let person = &bob.person;
    let id = alice.person.send(person, text, "stored", MESSAGE_LIMIT)?;
    let listener = alice.listener();
    let stored = listener.wait_for_delivery(&id, "stored", MESSAGE_LIMIT)?;
    assert_eq!(stored["encryption"]["kind"], bob.versions, "{stored}");
    Ok(())
}

/// Bob writes, and Alice reads it.
fn to_alice(bob: &mut Bob, alice: &mut Somebody, text: &str) -> Outcome {
    bob.writes(alice, text)?;
    alice_reads(alice, bob, text)
}

fn alice_reads(alice: &mut Somebody, bob: &mut Bob, text: &str) -> Outcome {
    let (version, device) = (bob.versions, bob.bot().device());
    let listener = alice.listener();
    let read = listener.wait_for_message(&bob.person, text, MESSAGE_LIMIT)?;
    let mark = &read["encryption"];
    assert_eq!(mark["kind"], version, "{read}");
    assert_eq!(mark["device"], device, "{read}");
    Ok(())
}

fn wait_for_presence(alice: &mut Somebody, seen: usize, bob: &Bob, state: &str) -> Outcome {
    let jid = bob.person.jid();
    let is_there =
        |line: &Value| line["event"] == "presence" && line["jid"] == jid && line["state"] == state;
    let doing = format!("waiting for Bob to be {state}");
    let listener = alice.listener();
    listener.wait_for_after(seen, &doing, is_there, REUNION_LIMIT)?;
    Ok(())
}

/// Alice asks. Both see each other come and go.
fn contacts_and_presence(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world, "omemo")?;
    let jid = alice.person.jid().to_owned();
    wait_for_presence(&mut alice, 0, &bob, "available")?;
    bob.bot()
        .wait_for_presence(0, &jid, "online", MESSAGE_LIMIT)?;
    let seen = alice.listener().lines().len();
    bob.log_out();
    wait_for_presence(&mut alice, seen, &bob, "offline")?;
    let seen = alice.listener().lines().len();
    bob.log_in()?;
    wait_for_presence(&mut alice, seen, &bob, "available")?;
    // Asked for anew by the new client, and told.
    bob.bot()
        .wait_for_presence(0, &jid, "online", MESSAGE_LIMIT)?;
    let seen = bob.bot().seen();
    alice.stop_listening()?;
    bob.bot()
        .wait_for_presence(seen, &jid, "offline", MESSAGE_LIMIT)?;
    let seen = bob.bot().seen();
    alice.listen()?;
    bob.bot()
        .wait_for_presence(seen, &jid, "online", MESSAGE_LIMIT)?;
    Ok(())
}

/// Bob asks, and Alice accepts.
fn they_ask_to_be_a_contact(world: &World) -> Outcome {
    let (mut alice, mut bob) = strangers(world, "omemo2")?;
    let jid = alice.person.jid().to_owned();
    bob.bot().ask(&jid)?;
    let listener = alice.listener();
    listener.wait_for_request(&bob.person, MESSAGE_LIMIT)?;
    alice.person.run(["contact", "accept", bob.person.jid()])?;
    let listener = alice.listener();
    listener.wait_for_contact(&bob.person, MESSAGE_LIMIT)?;
    wait_for_presence(&mut alice, 0, &bob, "available")?;
    bob.bot()
        .wait_for_presence(0, &jid, "online", MESSAGE_LIMIT)?;
    to_bob(&mut alice, &mut bob, "plainly, to who has asked")?;
    to_alice(&mut bob, &mut alice, "plainly, from who has asked")
}

/// Alice writes to Bob, who is no contact of hers. Prosody tells somebody like her that a list which
/// is not there is forbidden, as if it were hidden from her.
fn no_contact(world: &World, version: &'static str) -> Outcome {
    let (mut alice, mut bob) = strangers(world, version)?;
    to_bob(&mut alice, &mut bob, "plainly, to a stranger")?;
    to_bob(&mut alice, &mut bob, "plainly, once more")?;
    to_alice(&mut bob, &mut alice, "plainly, back to a stranger")?;
    to_bob(&mut alice, &mut bob, "plainly, and back again")?;
    bob.nothing_is_open()
}

/// Bob writes first to Alice, who is no contact of his.
fn to_no_contact(world: &World, version: &'static str) -> Outcome {
    let (mut alice, mut bob) = strangers(world, version)?;
    to_alice(&mut bob, &mut alice, "plainly, from a stranger")?;
    to_alice(&mut bob, &mut alice, "plainly, from the same stranger")?;
    to_bob(&mut alice, &mut bob, "plainly, to the stranger")?;
    bob.nothing_is_open()
}

/// Alice writes first; both write more than once in a row; each side is started anew in between,
/// Prosody too.
fn onym_first(world: &World, version: &'static str) -> Outcome {
    let (mut alice, mut bob) = friends(world, version)?;
    to_bob(&mut alice, &mut bob, "plainly, first of Alice")?;
    for text in ["plainly, one of Bob", "plainly, two of Bob <&> 👋"] {
        to_alice(&mut bob, &mut alice, text)?;
    }
    for text in ["plainly, two of Alice", "plainly, three of Alice"] {
        to_bob(&mut alice, &mut bob, text)?;
    }

    let device = bob.bot().device();
    bob.log_out();
    bob.log_in()?;
    assert_eq!(bob.bot().device(), device);
    to_bob(&mut alice, &mut bob, "plainly, after your restart")?;
    to_alice(&mut bob, &mut alice, "plainly, after my restart")?;

    // The stream that Bob's server has to Alice's endpoint ends with the endpoint.
    alice.leave()?;
    alice.come_back()?;
    let jid = alice.person.jid().to_owned();
    wait_for_presence(&mut alice, 0, &bob, "available")?;
    bob.bot()
        .wait_for_presence(0, &jid, "online", REUNION_LIMIT)?;
    to_alice(&mut bob, &mut alice, "plainly, are you back?")?;
    to_bob(&mut alice, &mut bob, "plainly, I am.")?;

    // What Alice writes while there is no Prosody waits at her endpoint.
    bob.log_out();
    bob.prosody.stop();
    leaves(&mut alice, &bob, "plainly, while your server is away")?;
    bob.prosody.start_again()?;
    bob.log_in()?;
    bob.reads("plainly, while your server is away")?;
    to_alice(&mut bob, &mut alice, "plainly, my server is back")?;
    to_bob(&mut alice, &mut bob, "plainly, so it is")?;

    let devices = alice.person.run(["devices", bob.person.jid()])?.lines;
    let of_bob = devices.iter().find(|line| line["id"] == device).unwrap();
    assert_eq!(of_bob["fingerprint"], bob.bot().fingerprint(), "{of_bob}");
    assert_eq!(of_bob["trust"], "first-use", "{of_bob}");
    assert_eq!(of_bob["versions"], Value::from(vec![version]), "{of_bob}");
    bob.nothing_is_open()
}

/// The conversation begins with a message of Bob's.
fn they_first(world: &World, version: &'static str) -> Outcome {
    let (mut alice, mut bob) = friends(world, version)?;
    to_alice(&mut bob, &mut alice, "plainly, first of Bob")?;
    to_alice(&mut bob, &mut alice, "plainly, two of Bob")?;
    to_bob(&mut alice, &mut bob, "plainly, first of Alice")?;
    to_alice(&mut bob, &mut alice, "plainly, three of Bob")?;
    bob.nothing_is_open()
}

/// The very first message of each side comes while the other's client does not run.
fn away(world: &World, version: &'static str) -> Outcome {
    let (mut alice, mut bob) = friends(world, version)?;
    bob.log_out();
    leaves(&mut alice, &bob, "plainly, first, while you are away")?;
    leaves(&mut alice, &bob, "plainly, second, while you are away")?;
    let person = &bob.person;
    alice.person.wait_until_handed_over(person, MESSAGE_LIMIT)?;
    bob.log_in()?;
    bob.reads("plainly, first, while you are away")?;
    bob.reads("plainly, second, while you are away")?;

    alice.stop_listening()?;
    bob.writes(&alice, "plainly, answer, while you are away")?;
    alice.listen()?;
    alice_reads(&mut alice, &mut bob, "plainly, answer, while you are away")?;
    to_bob(&mut alice, &mut bob, "plainly, and back")?;
    bob.nothing_is_open()?;

    let (mut alice, mut bob) = friends(world, version)?;
    alice.stop_listening()?;
    bob.writes(&alice, "plainly, my first, while you are away")?;
    bob.writes(&alice, "plainly, my second, while you are away")?;
    alice.listen()?;
    alice_reads(
        &mut alice,
        &mut bob,
        "plainly, my first, while you are away",
    )?;
    alice_reads(
        &mut alice,
        &mut bob,
        "plainly, my second, while you are away",
    )?;
    to_bob(&mut alice, &mut bob, "plainly, I have read it")?;
    bob.nothing_is_open()
}

/// Bob takes his device away: Alice's message waits, and says why. It goes to his new device once
/// she has verified that.
fn removed(world: &World, version: &'static str) -> Outcome {
    let (mut alice, mut bob) = friends(world, version)?;
    to_bob(&mut alice, &mut bob, "plainly, to your first device")?;
    let first = bob.bot().device();
    let seen = alice.listener().lines().len();
    let purged = bob.bot().purge(LOCAL_LIMIT)?;
    assert_eq!(purged["event"], "purged", "{purged}");
    bob.log_out();
    let jid = bob.person.jid().to_owned();
    let is_without =
        |line: &Value| line["event"] == "encryption" && line["jid"] == jid && line["devices"] == 0;
    let listener = alice.listener();
    listener.wait_for_after(seen, "Bob without devices", is_without, MESSAGE_LIMIT)?;

    let text = "plainly, to your new device";
    let waiting = ["send", &jid, text, "--timeout", "1"];
    let finished = alice.person.try_run(waiting, LOCAL_LIMIT)?;
    assert_eq!(finished.status.code(), Some(3), "{finished:?}");
    let is_held = |line: &Value| line["event"] == "held" && line["code"] == "no-devices";
    assert!(finished.lines.iter().any(is_held), "{finished:?}");

    bob.home = SlixmppHome::new()?;
    bob.log_in()?;
    let second = bob.bot().device();
    assert_ne!(second, first);
    let is_undecided = |line: &Value| {
        line["event"] == "encryption"
            && line["jid"] == jid
            && line["hold"]["code"] == "their-devices-undecided"
    };
    let listener = alice.listener();
    listener.wait_for("a device to decide about", is_undecided, MESSAGE_LIMIT)?;
    alice.person.wait_for_keys(&bob.person, MESSAGE_LIMIT)?;
    let (number, fingerprint) = (second.to_string(), bob.bot().fingerprint().to_owned());
    let verify = ["trust", &jid, &number, "verify", "--fingerprint"];
    let wrong = fingerprint.replace(['0', '1', '2', '3'], "f");
    let with_wrong = verify.into_iter().chain([wrong.as_str()]);
    let refused = alice.person.try_run(with_wrong, LOCAL_LIMIT)?;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let with_right = verify.into_iter().chain([fingerprint.as_str()]);
    let taken = alice.person.run(with_right)?;
    assert_eq!(taken.lines[0]["trust"], "verified", "{taken:?}");
    bob.reads(text)?;
    to_alice(&mut bob, &mut alice, "plainly, from my new device")?;
    bob.nothing_is_open()
}
