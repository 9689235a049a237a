//! The machine for one account over one stream to its server: hand things in, poll things out.

mod abilities;
mod acknowledgement;
mod actions;
mod arrival;
mod blocking;
mod catch_up;
mod chats;
mod commands;
mod contacts;
mod core;
mod displayed;
mod identity;
mod incoming;
mod introductions;
mod invites;
mod iqs;
mod keeping;
mod link;
mod login;
mod markers;
mod messages;
mod omemo;
mod our_presence;
mod our_profile;
mod oversize;
mod people;
mod profiles;
mod queries;
mod records;
mod resumption;
mod session;
mod taking;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use jid::BareJid;
use onym_identity::statement::Standing;
use onym_identity::{IdentitySecretKey, Timestamp};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use self::core::{Context, Core};
use self::link::Link;
pub use self::people::Ways;
use crate::chat_states::ChatState;
use crate::command::Command;
use crate::connection::ConnectionStatus;
use crate::event::Event;
use crate::presence::Presences;
use crate::protection::Hold;
use crate::store::{Change, Lookup, LookupError, Snapshot};
use crate::view_model::{BuildInput, Surroundings, TypingView};

/// Whose account the engine is for, and how it logs in.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Our address.
    pub our_jid: BareJid,
    /// How the server knows us.
    pub credentials: Credentials,
    /// The name of this client among ours; nothing lets the server choose one.
    pub resource: Option<String>,
    /// The key of our identity, with which our statement is signed. Without it, or if our address
    /// names another one, no statement is published.
    pub identity: Option<Arc<IdentitySecretKey>>,
    /// Addresses of our own endpoint under the same identity that it has left for this one. They are
    /// revoked, and what is kept under them goes over.
    pub former: Vec<BareJid>,
    /// SHA-256 of the certificate that our endpoint shows to clients, for our statement.
    pub certificate: Option<[u8; 32]>,
}

impl EngineConfig {
    /// Our address, and those that we have left.
    pub(crate) fn our_addresses(&self) -> impl Iterator<Item = &BareJid> {
        std::iter::once(&self.our_jid).chain(&self.former)
    }
}

/// How the server knows us.
#[derive(Clone)]
pub enum Credentials {
    /// The connection itself says who we are: the pipe to the embedded server.
    External,
    /// A password.
    Scram {
        /// The name to log in with: the local part of the address.
        username: String,
        /// The password of this device.
        password: Zeroizing<String>,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::External => f.write_str("External"),
            Self::Scram {
                username,
                password: _,
            } => f
                .debug_struct("Scram")
                .field("username", username)
                .finish_non_exhaustive(),
        }
    }
}

/// What the driver hands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The connection that [`Output::Connect`] asked for is there.
    Connected,
    /// Bytes from the connection.
    Bytes(Vec<u8>),
    /// The connection could not be made, or it ended.
    Disconnected,
    /// Time has passed; due when [`Engine::next_timeout`] is reached.
    Tick,
    /// The user wants something.
    Command(Command),
    /// Our server does not reach the endpoints of these domains, each since then, and has no trouble
    /// with any other one.
    EndpointsAway(BTreeMap<String, Timestamp>),
}

/// What the driver carries out, strictly in order.
#[expect(
    clippy::large_enum_variant,
    reason = "an output is carried out at once, and most of them are events or commits"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect to the server, then hand in [`Input::Connected`] or [`Input::Disconnected`].
    Connect,
    /// Close the connection once everything before is sent, or stop making it. Nothing of that
    /// connection may be handed in any more, also not its end.
    Disconnect,
    /// Send these bytes.
    Send(Vec<u8>),
    /// Make the changes durable, and only then send the bytes. If that fails, nothing after it
    /// may be carried out: the engine is dropped and made again from the store.
    Commit {
        /// The changes, for [`Store::commit`](crate::store::Store::commit).
        changes: Vec<Change>,
        /// The bytes to send afterwards; may be empty.
        then_send: Vec<u8>,
    },
    /// Tell the screen.
    Event(Event),
}

/// The client engine for one account.
///
/// - [`handle`](Self::handle) takes what happened;
/// - [`poll`](Self::poll) gives back what to do about it, until it has nothing more;
/// - [`next_timeout`](Self::next_timeout) says when to hand in [`Input::Tick`] at the latest;
/// - the other methods show the state, which is never ahead of what was polled by more than the
///   outputs that are still to be carried out.
///
/// What is saved is sent afterwards: the bytes that one call of `handle` makes go out in one
/// [`Output::Commit`] with the changes it makes, so that neither a message nor an acknowledgement
/// leaves before what it speaks of is on disk.
pub struct Engine {
    core: Core,
    link: Link,
    outputs: VecDeque<Output>,
}

impl Engine {
    /// An engine that continues from what the store kept. It asks for a connection at the first
    /// [`Input::Tick`].
    pub fn new(config: EngineConfig, memory: Snapshot) -> Self {
        Self {
            core: Core::new(config, memory),
            link: Link::at_start(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happened, at the time `now`.
    ///
    /// `lookup` has everything that was polled before: every [`Output::Commit`] is carried out
    /// before the next call. If it cannot answer, nothing of this call may be carried out: the
    /// engine is dropped, as after a commit that failed.
    pub fn handle(
        &mut self,
        input: Input,
        now: Timestamp,
        rng: &mut impl CryptoRng,
        lookup: &dyn Lookup,
    ) -> Result<(), LookupError> {
        let mut cx = Context {
            now,
            rng,
            lookup,
            failure: None,
        };
        let before = self.link.status();
        let link = std::mem::replace(&mut self.link, Link::stopped(None));
        let link = match input {
            Input::Connected => link.connected(&mut self.core, &mut cx),
            Input::Bytes(bytes) => link.bytes(&bytes, &mut self.core, &mut cx),
            Input::Disconnected => link.disconnected(&mut self.core, &mut cx),
            Input::Tick => link,
            Input::Command(command) => link.command(command, &mut self.core, &mut cx),
            Input::EndpointsAway(away) => {
                self.core.endpoints_away(away);
                link
            }
        };
        self.link = link.time_passed(&mut self.core, &mut cx);
        self.core.time_passed(&mut cx);
        self.link.tell(&mut self.core, &mut cx);
        if self.link.status() != before {
            self.core.outbox.event(Event::ConnectionChanged);
        }
        if let Some(failure) = cx.failure {
            return Err(failure);
        }
        self.core.flush(&mut self.outputs);
        Ok(())
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Tick`], unless something else is handed in before. A time that
    /// has passed means at once.
    pub fn next_timeout(&self) -> Option<Timestamp> {
        let link = self.link.deadline();
        link.into_iter().chain(self.core.deadline()).min()
    }

    /// How the connection stands.
    pub fn connection(&self) -> ConnectionStatus {
        self.link.status()
    }

    /// Whether contacts are still to be told that our endpoint has moved, for which we have to be online.
    pub fn is_moving(&self) -> bool {
        self.core.is_moving()
    }

    /// Our address.
    pub fn our_jid(&self) -> &BareJid {
        &self.core.config.our_jid
    }

    /// The address under which the conversation with whoever is behind an address is kept.
    pub fn home_of(&self, jid: &BareJid) -> BareJid {
        self.core.home_of(jid)
    }

    /// Contacts, requests, conversations and unsettled messages.
    pub fn memory(&self) -> &Snapshot {
        &self.core.memory
    }

    /// Who is there.
    pub fn presences(&self) -> &Presences {
        &self.core.presences
    }

    /// The name to show for somebody, safe to draw on one line.
    pub fn name_of(&self, jid: &BareJid) -> String {
        crate::view_model::name_of(self.memory(), jid)
    }

    /// What somebody is doing in their conversation with us, if they write or have stopped in the
    /// middle.
    pub fn chat_state(&self, jid: &BareJid) -> Option<ChatState> {
        self.core.chats.theirs(&self.core.home_of(jid))
    }

    /// Why messages to somebody wait for their protection, if they do.
    pub fn hold(&self, jid: &BareJid) -> Option<Hold> {
        self.core.holds.get(&self.core.home_of(jid)).copied()
    }

    /// The addresses of somebody who has several, and which one is written to now.
    pub fn ways(&self, jid: &BareJid, now: Timestamp) -> Option<Ways> {
        self.core.ways(jid, now)
    }

    /// Whether our identity has revoked the keys of this device, which encrypts nothing then.
    pub fn is_signed_out(&self) -> bool {
        self.core.is_signed_out()
    }

    /// Whether our own identity still counts: its owner may have ended it.
    pub fn our_standing(&self) -> Standing {
        self.core.our_standing()
    }

    /// What the window shows.
    pub fn view(&self, around: Surroundings<'_>) -> crate::view_model::ViewModel {
        crate::view_model::build(&BuildInput {
            our_jid: self.our_jid(),
            former: &self.core.config.former,
            memory: self.memory(),
            presences: self.presences(),
            typing: &|jid| match self.chat_state(jid) {
                Some(ChatState::Composing) => TypingView::Composing,
                Some(ChatState::Paused) => TypingView::Paused,
                _ => TypingView::No,
            },
            ways: &|jid| self.ways(jid, around.now),
            hold: &|jid| self.hold(jid),
            connection: &self.connection(),
            around,
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("our_jid", &self.core.config.our_jid)
            .field("connection", &self.link.status())
            .finish_non_exhaustive()
    }
}
