//! Bob is one person with two addresses: an endpoint of his own, and an account at a Prosody that is an
//! onion service, where his client is slixmpp. His statement lists both, and ranks his endpoint higher.
//! His endpoint dies, and Alice, who has only that address as a contact, writes on.

use std::time::Duration;

use libtest_mimic::Failed;
use onym_tests::{Person, Prosody, Slixmpp, SlixmppHome, slixmpp_python};
use serde_json::Value;

use crate::Test;
use crate::account::{PASSWORD, REUNION_LIMIT};
use crate::somebody::{Somebody, alice, befriend, bob};
use crate::world::{MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "to_an_account_of_the_same_person_and_back",
    to_an_account_of_the_same_person_and_back,
)];

/// Five minutes until an endpoint counts as dead, and the time until the first try has failed.
const DEAD_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Bob, wherever he is. The order of the fields is the order in which they end.
struct Bob {
    bot: Slixmpp,
    _home: SlixmppHome,
    _prosody: Prosody,
    /// The account at Prosody.
    account: Person,
    somebody: Somebody,
}

/// Bob at both addresses; each says that it is his.
fn bob_twice(world: &World) -> Result<Bob, Failed> {
    let mut bob = bob(world)?;
    bob.start_endpoint()?;
    let prosody = Prosody::start(world.network()?)?;
    let jid = prosody.register("bob", PASSWORD)?;
    let python = slixmpp_python().ok_or("slixmpp-omemo is missing: run scripts/setup")?;
    let home = SlixmppHome::new()?;
    let log_in = (jid.as_str(), PASSWORD);
    let mut bot = home.start(&python, log_in, prosody.client_port(), "omemo2")?;
    bob.come_online()?;

    let (device, fingerprint) = (bot.device().to_string(), bot.fingerprint().to_owned());
    let endpoint = bob.person.jid();
    for claim in [
        vec!["claim-address", &jid],
        vec!["claim-address", endpoint, "--priority", "10"],
        vec![
            "claim-key",
            "--omemo",
            &fingerprint,
            "--device",
            &device,
            "--account",
            &jid,
        ],
    ] {
        bob.person.run(["identity"].into_iter().chain(claim))?;
    }
    let shown = bob.person.run(["identity", "show"])?.lines;
    let block = shown.iter().find_map(|line| line["text"].as_str());
    let block = block.ok_or("no statement")?;
    let set = bot.set_vcard(&format!("Bob, also elsewhere\n{block}\n"), MESSAGE_LIMIT)?;
    assert_eq!(set["event"], "vcard_set", "{set}");
    Ok(Bob {
        bot,
        _home: home,
        _prosody: prosody,
        account: Person::elsewhere("bob", &jid)?,
        somebody: bob,
    })
}

/// Waits until Alice's next message to Bob goes to this address, for this reason.
fn wait_until_written_to(
    alice: &Somebody,
    bob: &Person,
    address: &Person,
    because: &str,
    limit: Duration,
) -> Outcome {
    let is_way = |line: &Value| {
        line["event"] == "way"
            && line["jid"] == address.jid()
            && line["written_to"] == true
            && line["because"] == because
    };
    let command = ["conversation", "write-to", bob.jid()];
    alice.person.wait_until_said(command, is_way, limit)?;
    Ok(())
}

/// Alice writes to Bob; it has left when this returns, encrypted. By which address it went.
fn leaves(alice: &mut Somebody, bob: &Person, text: &str) -> Result<Value, Failed> {
    let id = alice.person.send(bob, text, "stored", MESSAGE_LIMIT)?;
    let listener = alice.listener();
    let stored = listener.wait_for_delivery(&id, "stored", MESSAGE_LIMIT)?;
    assert_eq!(stored["encryption"]["kind"], "omemo2", "{stored}");
    let kept = alice.person.run(["history", bob.jid()])?.lines;
    let sent = kept.into_iter().find(|line| line["text"] == text);
    Ok(sent.ok_or("it is not in the history")?["via"].clone())
}

fn to_an_account_of_the_same_person_and_back(world: &World) -> Outcome {
    let mut alice = alice(world)?;
    alice.start_endpoint()?;
    let mut bob = bob_twice(world)?;
    alice.come_online()?;
    befriend(&mut alice, &mut bob.somebody)?;
    let endpoint = Person::elsewhere("bob", bob.somebody.person.jid())?;
    // She has compared his key, and with it everything that he has signed.
    let verify = ["identity", "verify", endpoint.jid()];
    alice.person.run(verify)?;

    wait_until_written_to(
        &alice,
        &endpoint,
        &endpoint,
        "highest-priority",
        MESSAGE_LIMIT,
    )?;
    let account = &bob.account;
    let via = leaves(&mut alice, &endpoint, "to your endpoint")?;
    assert_eq!(via, Value::Null);
    bob.somebody.read(&alice, "to your endpoint")?;

    bob.somebody.crash()?;
    // What is written before it counts as dead waits for it.
    let via = leaves(&mut alice, &endpoint, "you may be back at once")?;
    assert_eq!(via, Value::Null);
    let reason = "others-unreachable";
    wait_until_written_to(&alice, &endpoint, account, reason, DEAD_LIMIT)?;
    let via = leaves(&mut alice, &endpoint, "to your account")?;
    assert_eq!(via, account.jid());
    let read = bob.bot.read("to your account", MESSAGE_LIMIT)?;
    assert_eq!(read["version"], "omemo2", "{read}");
    alice
        .person
        .wait_until_trusted(account, "signed-verified", MESSAGE_LIMIT)?;

    // He answers from there, in the same conversation.
    let jid = alice.person.jid().to_owned();
    let text = "from my account";
    let sent = bob.bot.send(&jid, text, "omemo2", MESSAGE_LIMIT)?;
    assert_eq!(sent["event"], "sent", "{sent}");
    let listener = alice.listener();
    let read = listener.wait_for_message(&bob.account, text, MESSAGE_LIMIT)?;
    assert_eq!(read["conversation"], endpoint.jid(), "{read}");
    assert_eq!(read["encryption"]["because"], "signed-verified", "{read}");

    bob.somebody.come_back()?;
    let reason = "highest-priority";
    wait_until_written_to(&alice, &endpoint, &endpoint, reason, REUNION_LIMIT)?;
    let via = leaves(&mut alice, &endpoint, "to your endpoint again")?;
    assert_eq!(via, Value::Null);
    for text in ["you may be back at once", "to your endpoint again"] {
        bob.somebody.read(&alice, text)?;
    }
    one_conversation(&alice, &endpoint, &mut bob)
}

/// Everything stands in one conversation, and each message came to one address.
fn one_conversation(alice: &Somebody, with: &Person, bob: &mut Bob) -> Outcome {
    let lines = alice.person.run(["conversation", "list"])?.lines;
    let is_one = |line: &&Value| line["event"] == "conversation";
    let all: Vec<&Value> = lines.iter().filter(is_one).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["jid"], with.jid(), "{all:?}");
    let kept = alice.person.run(["history", with.jid()])?.lines;
    let texts = kept.iter().filter_map(|line| line["text"].as_str());
    assert_eq!(
        texts.collect::<Vec<_>>(),
        [
            "to your endpoint",
            "you may be back at once",
            "to your account",
            "from my account",
            "to your endpoint again",
        ]
    );
    let at_the_account = bob.bot.lines();
    let texts = at_the_account
        .iter()
        .filter(|line| line["event"] == "message");
    let texts: Vec<&str> = texts.filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(texts, ["to your account"]);
    Ok(())
}
