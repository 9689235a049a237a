//! Somebody who takes part in a test: a person with what they run at the moment.

use libtest_mimic::Failed;
use onym_tests::{Endpoint, Listener, Person, PersonError, make_contacts};
use serde_json::Value;

use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, TOR_LIMIT, World};

/// A person, their endpoint and their listener. The order of the fields is the order in which
/// they end.
pub(crate) struct Somebody {
    listener: Option<Listener>,
    endpoint: Option<Endpoint>,
    /// What earlier listeners had printed when they ended, a list for each.
    read_before: Vec<Vec<Value>>,
    pub(crate) person: Person,
}

/// Alice, with an identity and nothing running.
pub(crate) fn alice(world: &World) -> Result<Somebody, Failed> {
    somebody(world, "alice")
}

/// Bob, with an identity and nothing running.
pub(crate) fn bob(world: &World) -> Result<Somebody, Failed> {
    somebody(world, "bob")
}

/// Carol, with an identity and nothing running.
pub(crate) fn carol(world: &World) -> Result<Somebody, Failed> {
    somebody(world, "carol")
}

/// Checks that the device of a line that was read needed no decision: it was there from the first, or
/// the identity of its owner has signed it by now.
pub(crate) fn check_trust(line: &Value) {
    let because = &line["encryption"]["because"];
    assert!(*because == "first-use" || *because == "signed", "{line}");
}

/// Alice and Bob, who are each other's contacts, reachable and online.
pub(crate) fn friends(world: &World) -> Result<(Somebody, Somebody), Failed> {
    let (mut alice, mut bob) = (alice(world)?, bob(world)?);
    alice.start_endpoint()?;
    bob.start_endpoint()?;
    alice.come_online()?;
    bob.come_online()?;
    befriend(&mut alice, &mut bob)?;
    Ok((alice, bob))
}

/// Makes two people who are online each other's contacts.
pub(crate) fn befriend(alice: &mut Somebody, bob: &mut Somebody) -> Result<(), Failed> {
    make_contacts(
        (&alice.person, alice.listener.as_mut().unwrap()),
        (&bob.person, bob.listener.as_mut().unwrap()),
        MESSAGE_LIMIT,
    )?;
    // From then on a message can be encrypted while the other side is away.
    alice.person.wait_for_keys(&bob.person, MESSAGE_LIMIT)?;
    bob.person.wait_for_keys(&alice.person, MESSAGE_LIMIT)?;
    Ok(())
}

fn somebody(world: &World, name: &str) -> Result<Somebody, Failed> {
    let toml = world.network()?.client_config_toml();
    Ok(Somebody {
        listener: None,
        endpoint: None,
        read_before: Vec::new(),
        person: Person::new(name, &toml)?,
    })
}

impl Somebody {
    /// Starts the endpoint, and returns when it takes commands. Tor comes up meanwhile.
    pub(crate) fn start_endpoint(&mut self) -> Result<(), PersonError> {
        let mut endpoint = self.person.serve()?;
        endpoint.loopback()?;
        self.endpoint = Some(endpoint);
        Ok(())
    }

    /// Waits until others can reach the endpoint, and listens.
    pub(crate) fn come_online(&mut self) -> Result<(), PersonError> {
        self.endpoint().wait_until_reachable(TOR_LIMIT)?;
        self.listen()
    }

    /// Reads from now on.
    pub(crate) fn listen(&mut self) -> Result<(), PersonError> {
        let mut listener = self.person.listen()?;
        listener.wait_until_online(LOCAL_LIMIT)?;
        self.listener = Some(listener);
        Ok(())
    }

    /// Starts everything again.
    pub(crate) fn come_back(&mut self) -> Result<(), PersonError> {
        self.start_endpoint()?;
        self.come_online()
    }

    /// Reads no longer; the endpoint stays.
    pub(crate) fn stop_listening(&mut self) -> Result<(), PersonError> {
        let listener = self.listener.take().unwrap();
        let finished = listener.stop(LOCAL_LIMIT)?;
        self.read_before.push(messages_in(finished.lines));
        Ok(())
    }

    /// The power fails: the endpoint is gone, and the listener has nothing to listen to.
    pub(crate) fn crash(&mut self) -> Result<(), PersonError> {
        self.endpoint.take().unwrap().kill_hard()?;
        if let Some(listener) = self.listener.take() {
            // What it had printed may still be on its way to us.
            let finished = listener.finish(LOCAL_LIMIT)?;
            self.read_before.push(messages_in(finished.lines));
        }
        Ok(())
    }

    /// Ends everything in good order.
    pub(crate) fn leave(&mut self) -> Result<(), PersonError> {
        if self.listener.is_some() {
            self.stop_listening()?;
        }
        let finished = self.endpoint.take().unwrap().stop(LOCAL_LIMIT)?;
        assert!(finished.status.success(), "{finished:?}");
        Ok(())
    }

    pub(crate) fn endpoint(&mut self) -> &mut Endpoint {
        self.endpoint.as_mut().unwrap()
    }

    pub(crate) fn listener(&mut self) -> &mut Listener {
        self.listener.as_mut().unwrap()
    }

    /// Sends a message, and returns its id when our own endpoint has it on disk.
    pub(crate) fn send(&self, to: &Self, text: &str) -> Result<String, PersonError> {
        self.person.send(&to.person, text, "stored", MESSAGE_LIMIT)
    }

    /// Sends a message, and returns when the receipt has come.
    pub(crate) fn send_and_wait(&self, to: &Self, text: &str) -> Result<String, PersonError> {
        self.person
            .send(&to.person, text, "delivered", MESSAGE_LIMIT)
    }

    /// Waits until a message is there.
    pub(crate) fn read(&mut self, from: &Self, text: &str) -> Result<Value, PersonError> {
        self.listener()
            .wait_for_message(&from.person, text, MESSAGE_LIMIT)
    }

    /// Every message that was ever printed, a list for each listener that printed it.
    pub(crate) fn everything_read(&self) -> Vec<Vec<Value>> {
        let mut all = self.read_before.clone();
        all.extend(self.listener.as_ref().map(Listener::messages));
        all
    }

    /// The texts of all messages that were ever printed.
    pub(crate) fn texts_read(&self) -> Vec<String> {
        let all = self.everything_read().into_iter().flatten();
        all.map(|message| message["text"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn messages_in(lines: Vec<Value>) -> Vec<Value> {
    let is_message = |line: &Value| line["event"] == "message";
    lines.into_iter().filter(is_message).collect()
}
