//! Where Bob's account is: at an endpoint of Onym's, or at a Prosody that is an onion service.

use std::time::Duration;

use libtest_mimic::Failed;
use onym_tests::{Person, Prosody, Slixmpp, SlixmppHome, slixmpp_python};

use crate::somebody::{Somebody, bob};
use crate::world::{Outcome, TOR_LIMIT, World};

/// Until two endpoints are connected again when one of them has been away. The tor of the other one
/// takes two minutes to forget that it could not be introduced, and Prosody a minute and a half to
/// give up a proof that nobody answers; both may come before it works.
pub(crate) const REUNION_LIMIT: Duration = Duration::from_secs(300);

/// The password at Prosody.
pub(crate) const PASSWORD: &str = "between two processes of one machine";

/// What answers for the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Onym,
    Prosody,
}

/// An account, with what answers for it, and no client.
pub(crate) struct Account {
    server: Server,
    pub(crate) password: String,
}

enum Server {
    Onym(Box<Somebody>),
    Prosody {
        prosody: Box<Prosody>,
        person: Person,
    },
}

impl Account {
    /// Makes one for a client of that name. It may not be reachable yet.
    pub(crate) fn new(world: &World, place: Place, client: &str) -> Result<Self, Failed> {
        match place {
            Place::Onym => {
                let mut bob = bob(world)?;
                bob.start_endpoint()?;
                let added = bob.person.run(["device", "add", client])?.lines;
                let mut passwords = added.iter().filter_map(|line| line["password"].as_str());
                Ok(Self {
                    password: passwords.next().unwrap().to_owned(),
                    server: Server::Onym(Box::new(bob)),
                })
            }
            Place::Prosody => {
                let prosody = Prosody::start(world.network()?)?;
                let jid = prosody.register("bob", PASSWORD)?;
                let person = Person::elsewhere("bob", &jid)?;
                Ok(Self {
                    password: PASSWORD.to_owned(),
                    server: Server::Prosody {
                        prosody: Box::new(prosody),
                        person,
                    },
                })
            }
        }
    }

    pub(crate) fn wait_until_reachable(&mut self) -> Outcome {
        match &mut self.server {
            Server::Onym(bob) => Ok(bob.endpoint().wait_until_reachable(TOR_LIMIT)?),
            // It is published when it starts.
            Server::Prosody { .. } => Ok(()),
        }
    }

    pub(crate) fn person(&self) -> &Person {
        match &self.server {
            Server::Onym(bob) => &bob.person,
            Server::Prosody { person, .. } => person,
        }
    }

    pub(crate) fn jid(&self) -> String {
        self.person().jid().to_owned()
    }

    /// Where clients on this machine log in.
    pub(crate) fn port(&mut self) -> Result<u16, Failed> {
        match &mut self.server {
            Server::Onym(bob) => Ok(bob.endpoint().loopback()?.port()),
            Server::Prosody { prosody, .. } => Ok(prosody.client_port()),
        }
    }

    /// The server of others, if it is one.
    pub(crate) fn prosody(&mut self) -> Option<&mut Prosody> {
        match &mut self.server {
            Server::Onym(_) => None,
            Server::Prosody { prosody, .. } => Some(prosody),
        }
    }

    /// Another client of Bob's, which has nothing but the password, and where it keeps what it has.
    pub(crate) fn another_client(&mut self) -> Result<(Slixmpp, SlixmppHome), Failed> {
        let python = slixmpp_python().ok_or("slixmpp-omemo is missing: run scripts/setup")?;
        let port = self.port()?;
        let account = (self.person().jid(), self.password.as_str());
        let home = SlixmppHome::new()?;
        Ok((home.start(&python, account, port, "omemo")?, home))
    }
}
