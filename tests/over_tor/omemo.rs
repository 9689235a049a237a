//! Encrypted conversations with a client that others wrote, slixmpp with slixmpp-omemo, as the
//! owner's client at the other endpoint.

use std::path::PathBuf;

use libtest_mimic::Failed;
use onym_tests::{Person, Slixmpp, SlixmppHome, slixmpp_python};
use serde_json::Value;

use crate::Test;
use crate::somebody::{self as people, Somebody, alice, bob, check_trust};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, TOR_LIMIT, World};

pub(crate) const TESTS: &[Test] = &[
    ("omemo_2_both_ways", omemo_2_both_ways),
    ("omemo_both_ways", omemo_both_ways),
    ("omemo_2_they_first", |world| they_first(world, "omemo2")),
    ("omemo_they_first", |world| they_first(world, "omemo")),
    ("omemo_2_while_they_are_away", omemo_2_while_they_are_away),
    ("omemo_while_they_are_away", omemo_while_they_are_away),
    ("a_removed_device_gets_nothing", |world| {
        a_removed_device_gets_nothing(world, "omemo2")
    }),
    ("a_removed_device_of_0_3_gets_nothing", |world| {
        a_removed_device_gets_nothing(world, "omemo")
    }),
    ("onym_removes_another_device", onym_removes_another_device),
];

/// Bob as he is here: his endpoint is Onym's, and his only client is slixmpp.
struct Other {
    bob: Somebody,
    home: SlixmppHome,
    python: PathBuf,
    password: String,
    versions: &'static str,
    bot: Option<Slixmpp>,
}

impl Other {
    /// Gives slixmpp a password at Bob's endpoint, which runs.
    fn new(bob: Somebody, python: PathBuf, versions: &'static str) -> Result<Self, Failed> {
        let added = bob.person.run(["device", "add", "slixmpp"])?.lines;
        let mut passwords = added.iter().filter_map(|line| line["password"].as_str());
        Ok(Self {
            password: passwords.next().unwrap().to_owned(),
            bob,
            home: SlixmppHome::new()?,
            python,
            versions,
            bot: None,
        })
    }

    fn start(&mut self) -> Outcome {
        let port = self.bob.endpoint().loopback()?.port();
        let account = (self.bob.person.jid(), self.password.as_str());
        let bot = self
            .home
            .start(&self.python, account, port, self.versions)?;
        self.bot = Some(bot);
        Ok(())
    }

    fn stop(&mut self) {
        self.bot = None;
    }

    fn bot(&mut self) -> &mut Slixmpp {
        self.bot.as_mut().unwrap()
    }

    fn reads(&mut self, text: &str) -> Result<Value, Failed> {
        Ok(self.bot().read(text, MESSAGE_LIMIT)?)
    }

    fn sends(&mut self, to: &Person, text: &str) -> Outcome {
        let version = self.versions;
        let sent = self.bot().send(to.jid(), text, version, MESSAGE_LIMIT)?;
        assert_eq!(sent["event"], "sent", "{sent}");
        assert_eq!(sent["errors"], Value::Array(Vec::new()), "{sent}");
        Ok(())
    }
}

/// Alice with Onym and Bob with slixmpp, who are each other's contacts; none where there is no
/// slixmpp-omemo.
fn friends(world: &World, versions: &'static str) -> Result<Option<(Somebody, Other)>, Failed> {
    let Some(python) = find_python() else {
        return Ok(None);
    };
    let (mut alice, mut bob) = (alice(world)?, bob(world)?);
    alice.start_endpoint()?;
    bob.start_endpoint()?;
    let mut other = Other::new(bob, python, versions)?;
    other.start()?;
    alice.come_online()?;
    other.bob.endpoint().wait_until_reachable(TOR_LIMIT)?;
    let bob_jid = other.bob.person.jid().to_owned();
    alice.person.run(["contact", "add", &bob_jid])?;
    // slixmpp accepts every request, and asks back.
    let with = &other.bob.person;
    alice.listener().wait_for_contact(with, MESSAGE_LIMIT)?;
    Ok(Some((alice, other)))
}

/// The Python that has slixmpp-omemo; a test is not run without.
#[expect(clippy::print_stderr, reason = "a test that is not run says so")]
fn find_python() -> Option<PathBuf> {
    let python = slixmpp_python();
    if python.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "slixmpp-omemo is missing: run scripts/setup"
        );
        eprintln!("not run: slixmpp-omemo is missing (scripts/setup installs it)");
    }
    python
}

/// Checks what protected a message that Alice has read.
fn check_read(line: &Value, version: &str, device: u64) {
    let mark = &line["encryption"];
    assert_eq!(mark["kind"], version, "{line}");
    assert_eq!(mark["device"], device, "{line}");
    check_trust(line);
}

/// The kind of protection that Alice's endpoint tells of a message of hers.
fn kind_of(alice: &mut Somebody, id: &str) -> Result<Value, Failed> {
    let stored = alice
        .listener()
        .wait_for_delivery(id, "stored", MESSAGE_LIMIT)?;
    Ok(stored["encryption"]["kind"].clone())
}

fn omemo_2_both_ways(world: &World) -> Outcome {
    both_ways(world, "omemo2")
}

fn omemo_both_ways(world: &World) -> Outcome {
    both_ways(world, "omemo")
}

/// Alice writes first; both write more than once in a row; each side is started anew in between.
fn both_ways(world: &World, version: &'static str) -> Outcome {
    let Some((mut alice, mut other)) = friends(world, version)? else {
        return Ok(());
    };
    let id = alice.send(&other.bob, "first of Alice")?;
    assert_eq!(kind_of(&mut alice, &id)?, version);
    let device = other.bot().device();
    let read = other.reads("first of Alice")?;
    assert_eq!(read["version"], version, "{read}");
    for text in ["one of Bob", "two of Bob <&> 👋"] {
        other.sends(&alice.person, text)?;
        check_read(&alice.read(&other.bob, text)?, version, device);
    }
    for text in ["two of Alice", "three of Alice"] {
        alice.send(&other.bob, text)?;
        other.reads(text)?;
    }

    // The client of Bob starts anew, with what it has kept.
    other.stop();
    other.start()?;
    assert_eq!(other.bot().device(), device);
    alice.send(&other.bob, "after your restart")?;
    other.reads("after your restart")?;
    other.sends(&alice.person, "after my restart")?;
    alice.read(&other.bob, "after my restart")?;

    // And Alice's endpoint with her client.
    alice.leave()?;
    alice.come_back()?;
    other.sends(&alice.person, "are you back?")?;
    alice.read(&other.bob, "are you back?")?;
    alice.send(&other.bob, "I am.")?;
    other.reads("I am.")?;

    // Both know the device of the other as it shows itself.
    let devices = alice.person.run(["devices", other.bob.person.jid()])?.lines;
    let of_bob = devices.iter().find(|line| line["id"] == device).unwrap();
    assert_eq!(of_bob["fingerprint"], other.bot().fingerprint(), "{of_bob}");
    assert_eq!(of_bob["trust"], "first-use", "{of_bob}");
    assert_eq!(of_bob["versions"], Value::from(vec![version]), "{of_bob}");
    assert!(alice.texts_read().iter().all(|text| !text.is_empty()));
    nothing_was_unreadable(&mut other);

    // Bob's endpoint keeps the conversation, and cannot read it.
    let archive = other.bot().archive(LOCAL_LIMIT)?;
    let stanzas = archive["stanzas"].as_array().unwrap();
    assert!(stanzas.len() >= 10, "{archive}");
    for stanza in stanzas {
        let stanza = stanza.as_str().unwrap();
        for text in ["Alice", "of Bob", "restart", "are you", "I am"] {
            assert!(!stanza.contains(text), "{stanza}");
        }
    }
    Ok(())
}

/// The conversation begins with a message of Bob's.
fn they_first(world: &World, version: &'static str) -> Outcome {
    let Some((mut alice, mut other)) = friends(world, version)? else {
        return Ok(());
    };
    let device = other.bot().device();
    for text in ["first of Bob", "two of Bob"] {
        other.sends(&alice.person, text)?;
        check_read(&alice.read(&other.bob, text)?, version, device);
    }
    alice.send(&other.bob, "first of Alice")?;
    other.reads("first of Alice")?;
    other.sends(&alice.person, "three of Bob")?;
    check_read(&alice.read(&other.bob, "three of Bob")?, version, device);
    nothing_was_unreadable(&mut other);
    Ok(())
}

fn nothing_was_unreadable(other: &mut Other) {
    let lines = other.bot().lines();
    let bad: Vec<&Value> = lines
        .iter()
        .filter(|line| line["event"] == "unreadable" || line["event"] == "note")
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

fn omemo_2_while_they_are_away(world: &World) -> Outcome {
    while_they_are_away(world, "omemo2")
}

fn omemo_while_they_are_away(world: &World) -> Outcome {
    while_they_are_away(world, "omemo")
}

/// The first message of each side comes while the other's client does not run.
fn while_they_are_away(world: &World, version: &'static str) -> Outcome {
    let Some((mut alice, mut other)) = friends(world, version)? else {
        return Ok(());
    };
    let device = other.bot().device();
    other.stop();
    let id = alice.send(&other.bob, "first, while you are away")?;
    assert_eq!(kind_of(&mut alice, &id)?, version);
    alice.send(&other.bob, "second, while you are away")?;
    let bob = &other.bob.person;
    alice.person.wait_until_handed_over(bob, MESSAGE_LIMIT)?;
    other.start()?;
    other.reads("first, while you are away")?;
    other.reads("second, while you are away")?;

    alice.stop_listening()?;
    other.sends(&alice.person, "answer, while you are away")?;
    alice.listen()?;
    let read = alice.read(&other.bob, "answer, while you are away")?;
    check_read(&read, version, device);
    alice.send(&other.bob, "and back")?;
    other.reads("and back")?;
    nothing_was_unreadable(&mut other);
    Ok(())
}

/// Bob takes his device away: Alice's messages wait, and say why. With a new device, Alice has to
/// decide, and the message goes to it alone.
fn a_removed_device_gets_nothing(world: &World, version: &'static str) -> Outcome {
    let Some((mut alice, mut other)) = friends(world, version)? else {
        return Ok(());
    };
    let first = other.bot().device();
    alice.send(&other.bob, "to your first device")?;
    other.reads("to your first device")?;
    let seen = alice.listener().lines().len();
    let purged = other.bot().purge(LOCAL_LIMIT)?;
    assert_eq!(purged["event"], "purged", "{purged}");
    other.stop();
    let bob = other.bob.person.jid().to_owned();
    let is_without =
        |line: &Value| line["event"] == "encryption" && line["jid"] == bob && line["devices"] == 0;
    let listener = alice.listener();
    listener.wait_for_after(seen, "Bob without devices", is_without, MESSAGE_LIMIT)?;

    let waiting = ["send", &bob, "to your new device", "--timeout", "1"];
    let finished = alice.person.try_run(waiting, LOCAL_LIMIT)?;
    assert_eq!(finished.status.code(), Some(3), "{finished:?}");
    let is_held = |line: &Value| line["event"] == "held" && line["code"] == "no-devices";
    assert!(finished.lines.iter().any(is_held), "{finished:?}");
    let history = alice.person.run(["history", &bob])?.lines;
    let last = history
        .iter()
        .rfind(|line| line["event"] == "kept")
        .unwrap();
    assert_eq!(last["hold"]["code"], "no-devices", "{last}");

    other.home = SlixmppHome::new()?;
    other.start()?;
    let second = other.bot().device();
    assert_ne!(second, first);
    let is_undecided = |line: &Value| {
        line["event"] == "encryption"
            && line["jid"] == bob
            && line["hold"]["code"] == "their-devices-undecided"
    };
    let listener = alice.listener();
    listener.wait_for("a device to decide about", is_undecided, MESSAGE_LIMIT)?;
    alice
        .person
        .wait_for_keys(&other.bob.person, MESSAGE_LIMIT)?;
    let (number, fingerprint) = (second.to_string(), other.bot().fingerprint().to_owned());
    let wrong = fingerprint.replace(['0', '1', '2', '3'], "f");
    let verify = ["trust", &bob, &number, "verify", "--fingerprint"];
    let refused = alice
        .person
        .try_run(verify.into_iter().chain([wrong.as_str()]), LOCAL_LIMIT)?;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let why = refused.lines[0]["why"].as_str().unwrap();
    assert!(why.replace(' ', "").contains(&fingerprint), "{why}");
    let taken = alice
        .person
        .run(verify.into_iter().chain([fingerprint.as_str()]))?;
    assert_eq!(taken.lines[0]["trust"], "verified", "{taken:?}");
    let read = other.reads("to your new device")?;
    assert_eq!(read["version"], version, "{read}");
    nothing_was_unreadable(&mut other);
    Ok(())
}

/// Bob has Onym, and slixmpp beside it. Alice writes to both devices once she has verified the second
/// one, and to Onym's alone when Bob has taken the other out of his list with Onym.
fn onym_removes_another_device(world: &World) -> Outcome {
    let Some(python) = find_python() else {
        return Ok(());
    };
    let (mut alice, bob) = people::friends(world)?;
    let jid = bob.person.jid().to_owned();
    let of_onym = bob.person.run(["devices"])?.lines;
    let of_onym = of_onym.iter().find(|line| line["event"] == "omemo-device");
    let of_onym = of_onym.unwrap()["id"].clone();
    let mut other = Other::new(bob, python, "omemo2")?;
    other.start()?;
    let (number, fingerprint) = (other.bot().device(), other.bot().fingerprint().to_owned());
    wait_for_list(&mut alice, 0, &jid, 2)?;
    // It waits until Alice has decided, and only then is it worth while to ask for the keys.
    let waiting = ["send", &jid, "to both of you", "--timeout", "1"];
    let finished = alice.person.try_run(waiting, LOCAL_LIMIT)?;
    assert_eq!(finished.status.code(), Some(3), "{finished:?}");
    let is_held =
        |line: &Value| line["event"] == "held" && line["code"] == "their-devices-undecided";
    assert!(finished.lines.iter().any(is_held), "{finished:?}");
    alice
        .person
        .wait_for_keys(&other.bob.person, MESSAGE_LIMIT)?;
    let text = number.to_string();
    let verify = [
        "trust",
        &jid,
        &text,
        "verify",
        "--fingerprint",
        &fingerprint,
    ];
    alice.person.run(verify)?;
    other.reads("to both of you")?;
    other.bob.read(&alice, "to both of you")?;

    // It would list itself again while it runs.
    other.stop();
    let seen = alice.listener().lines().len();
    other.bob.person.run(["devices", "remove", &text])?;
    wait_for_list(&mut alice, seen, &jid, 1)?;
    alice.send(&other.bob, "to one of you")?;
    let read = other.bob.read(&alice, "to one of you")?;
    assert_eq!(read["encryption"]["kind"], "omemo2", "{read}");

    // Whoever reads what Bob's endpoint keeps finds the first for both devices, and the second for one.
    other.home = SlixmppHome::new()?;
    other.start()?;
    let archive = other.bot().archive(LOCAL_LIMIT)?;
    let stanzas = archive["stanzas"].as_array().unwrap().iter();
    let is_for = |stanza: &&str, device: &Value| stanza.contains(&format!("rid=\"{device}\""));
    let mut kept = stanzas
        .filter_map(Value::as_str)
        .filter(|it| is_for(it, &of_onym));
    let (first, second) = (kept.next().unwrap(), kept.next().unwrap());
    assert!(is_for(&first, &number.into()), "{first}");
    assert!(!is_for(&second, &number.into()), "{second}");
    assert_eq!(kept.next(), None, "{archive}");
    Ok(())
}

/// Waits, behind the first `seen` lines, until Alice knows of so many devices of Bob's.
fn wait_for_list(alice: &mut Somebody, seen: usize, bob: &str, devices: usize) -> Outcome {
    let has_come = |line: &Value| {
        line["event"] == "encryption" && line["jid"] == bob && line["devices"] == devices
    };
    let doing = format!("a list of {devices}");
    let listener = alice.listener();
    listener.wait_for_after(seen, &doing, has_come, MESSAGE_LIMIT)?;
    Ok(())
}
