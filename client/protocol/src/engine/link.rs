//! The connection to the server through its whole life.

use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use onym_stream::write_close;

use super::core::{Context, Core, LONGEST_WAIT};
use super::login::{Login, Progress};
use super::resumption::Detached;
use super::session::Session;
use crate::command::{Command, CommandError};
use crate::connection::{ConnectionStatus, Trouble};
use crate::event::Event;

/// How long making the connection may take. Tor needs up to two minutes to find and reach an
/// onion service that is there.
const CONNECT_WITHIN: Duration = Duration::from_secs(180);

/// A session that lasted this long shows that the server works, so the waits begin anew.
const PROVEN_AFTER: Duration = Duration::from_secs(60);

/// The state of the connection.
pub(super) enum Link {
    /// No connection; the next attempt has a time.
    Waiting(Waiting),
    /// No connection, and none before the user asks for one.
    Stopped(Stopped),
    /// The driver connects.
    Connecting(Connecting),
    /// The stream is negotiated.
    LoggingIn(Box<Login>),
    /// Stanzas flow.
    Online(Box<Session>),
}

pub(super) struct Waiting {
    until: Timestamp,
    because: Option<Trouble>,
}

pub(super) struct Stopped {
    because: Option<Trouble>,
}

pub(super) struct Connecting {
    deadline: Timestamp,
}

impl Link {
    /// Waits for nothing but the first tick.
    pub(super) fn at_start() -> Self {
        Self::Waiting(Waiting {
            until: Timestamp::UNIX_EPOCH,
            because: None,
        })
    }

    pub(super) fn stopped(because: Option<Trouble>) -> Self {
        Self::Stopped(Stopped { because })
    }

    pub(super) fn status(&self) -> ConnectionStatus {
        match self {
            Self::Waiting(Waiting { until, because }) => ConnectionStatus::Waiting {
                until: *until,
                because: because.clone(),
            },
            Self::Stopped(Stopped { because }) => ConnectionStatus::Stopped {
                because: because.clone(),
            },
            Self::Connecting(_) => ConnectionStatus::Connecting,
            Self::LoggingIn(_) => ConnectionStatus::LoggingIn,
            Self::Online(session) => ConnectionStatus::Online {
                since: session.since(),
            },
        }
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(waiting) => Some(waiting.until),
            Self::Stopped(_) => None,
            Self::Connecting(connecting) => Some(connecting.deadline),
            Self::LoggingIn(login) => Some(login.deadline()),
            Self::Online(session) => Some(session.deadline()),
        }
    }

    pub(super) fn connected(self, core: &mut Core, cx: &mut Context<'_>) -> Self {
        match self {
            Self::Connecting(_) => Self::LoggingIn(Box::new(Login::begin(core, cx))),
            other => other,
        }
    }

    pub(super) fn bytes(self, bytes: &[u8], core: &mut Core, cx: &mut Context<'_>) -> Self {
        match self {
            Self::LoggingIn(login) => match login.bytes(bytes, core, cx) {
                Ok(Progress::More(login)) => Self::LoggingIn(login),
                Ok(Progress::Done(done)) => {
                    let session = Session::begin(*done, core, cx);
                    Self::online(Box::new(session), &[], core, cx)
                }
                Ok(Progress::Resumed { reader, h }) => match core.resumed(*reader, h, cx) {
                    Ok(session) => Self::online(session, &[], core, cx),
                    Err(trouble) => Self::close(trouble, core, cx),
                },
                Err(trouble) => Self::close(trouble, core, cx),
            },
            Self::Online(session) => Self::online(session, bytes, core, cx),
            other => other,
        }
    }

    fn online(
        mut session: Box<Session>,
        bytes: &[u8],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Self {
        match session.bytes(bytes, core, cx) {
            Ok(()) => Self::Online(session),
            Err(trouble) => Self::Online(session).end(trouble, core, cx),
        }
    }

    /// The driver says that the connection is gone.
    pub(super) fn disconnected(self, core: &mut Core, cx: &mut Context<'_>) -> Self {
        match self {
            Self::Waiting(_) | Self::Stopped(_) => self,
            other => {
                other.leave(&Trouble::Disconnected, core, cx);
                Self::wait(Trouble::Disconnected, core, cx)
            }
        }
    }

    pub(super) fn command(
        mut self,
        command: Command,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Self {
        let command = core.at_home(command);
        match command {
            Command::ConnectNow => match self {
                Self::Waiting(_) | Self::Stopped(_) => Self::connect(core, cx),
                other => other,
            },
            Command::GoOffline => {
                if matches!(self, Self::LoggingIn(_) | Self::Online(_)) {
                    core.outbox.send(&write_close());
                }
                if !matches!(self, Self::Waiting(_) | Self::Stopped(_)) {
                    core.outbox.disconnect();
                }
                self.forget(core, cx);
                core.presences.clear();
                core.detached = None;
                Self::stopped(None)
            }
            Command::FetchOlder { conversation } => {
                self.fetch_older(conversation, core, cx);
                self
            }
            Command::RequestProfile { jid } => {
                if let Self::Online(session) = &mut self {
                    session.ask_profile(&jid, core, cx);
                }
                self
            }
            Command::RefreshDevices { .. }
            | Command::RenewSessions { .. }
            | Command::RenewOurDevice
            | Command::CheckAddress { .. }
            | Command::RemoveOurDevice { .. } => {
                match &mut self {
                    Self::Online(session) => {
                        session.about_devices(command, core, cx);
                        session.send_pending(core, cx);
                    }
                    _ => {
                        let refusal = CommandError::NotConnected;
                        core.outbox.event(Event::CommandRefused(refusal));
                    }
                }
                self
            }
            // What the user does now is of no interest once there is a connection.
            Command::SetChatState { .. } if !matches!(self, Self::Online(_)) => self,
            other => {
                core.command(other, cx);
                if let Self::Online(session) = &mut self {
                    session.seek_moves(core, cx);
                    session.send_pending(core, cx);
                } else {
                    core.refuse_sought_moves();
                }
                self
            }
        }
    }

    /// Asks for older messages, or says at once that none come.
    fn fetch_older(&mut self, conversation: BareJid, core: &mut Core, cx: &mut Context<'_>) {
        let is_asked = match self {
            Self::Online(session) => session.fetch_older(&conversation, core, cx),
            _ => false,
        };
        if !is_asked {
            let known = core.memory.conversations.get(&conversation);
            // Without a connection nothing is known of a server that may have some.
            let has_more = !matches!(self, Self::Online(_))
                && known.is_some_and(|known| !known.archive().is_complete);
            core.outbox.event(Event::HistoryFetched {
                conversation,
                has_more,
            });
        }
    }

    /// Sends what is to be told at once.
    pub(super) fn tell(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if let Self::Online(session) = self
            && !core.to_tell.is_empty()
        {
            session.send_pending(core, cx);
        }
    }

    /// Does what is due.
    pub(super) fn time_passed(mut self, core: &mut Core, cx: &mut Context<'_>) -> Self {
        self.bound_deadline(cx.now);
        if let Some(detached) = &mut core.detached {
            detached.bound_deadline(cx.now);
        }
        if self.deadline().is_none_or(|deadline| cx.now < deadline) {
            return self;
        }
        let trouble = match &mut self {
            Self::Waiting(_) => return Self::connect(core, cx),
            Self::Stopped(_) => return self,
            Self::Connecting(_) => Trouble::ConnectTimeout,
            Self::LoggingIn(_) => Trouble::LoginTimeout,
            Self::Online(session) => match session.time_passed(core, cx) {
                Ok(()) => return self,
                Err(trouble) => trouble,
            },
        };
        self.end(trouble, core, cx)
    }

    /// A clock that was set back must not make us wait for the time that it had shown.
    fn bound_deadline(&mut self, now: Timestamp) {
        match self {
            Self::Waiting(Waiting { until, .. }) => *until = (*until).min(now + LONGEST_WAIT),
            Self::Stopped(_) => {}
            Self::Connecting(Connecting { deadline }) => {
                *deadline = (*deadline).min(now + CONNECT_WITHIN);
            }
            Self::LoggingIn(login) => login.bound_deadline(now),
            Self::Online(session) => session.bound_deadlines(now),
        }
    }

    fn connect(core: &mut Core, cx: &Context<'_>) -> Self {
        core.outbox.connect();
        Self::Connecting(Connecting {
            deadline: cx.now + CONNECT_WITHIN,
        })
    }

    /// Ends the connection from our side.
    fn end(self, trouble: Trouble, core: &mut Core, cx: &mut Context<'_>) -> Self {
        self.leave(&trouble, core, cx);
        Self::close(trouble, core, cx)
    }

    fn close(trouble: Trouble, core: &mut Core, cx: &mut Context<'_>) -> Self {
        if let Trouble::Unreadable(error) = &trouble {
            let error = error.to_stream_error().to_element();
            let error = onym_stream::write_element(&error, onym_stream::ContentNamespace::Client);
            core.outbox.send(&error);
        }
        // A stream that is closed in good order cannot be taken up again.
        if !matches!(trouble, Trouble::ConnectTimeout | Trouble::Silent) {
            core.outbox.send(&write_close());
        }
        core.outbox.disconnect();
        Self::wait(trouble, core, cx)
    }

    /// Keeps a session that has only lost its connection; forgets any other.
    fn leave(self, trouble: &Trouble, core: &mut Core, cx: &mut Context<'_>) {
        self.forget(core, cx);
        if let Self::Online(session) = &self {
            session.give_up_oversize(trouble, core, cx);
        }
        if let Self::Online(session) = self
            && matches!(trouble, Trouble::Disconnected | Trouble::Silent)
        {
            let presences = std::mem::take(&mut core.presences);
            core.detached = Detached::new(session, presences, cx.now);
        }
        core.presences.clear();
    }

    /// What a lost session takes with it.
    fn forget(&self, core: &mut Core, cx: &Context<'_>) {
        if let Self::Online(session) = self {
            core.note_all_seen(cx.now);
            core.ask_user_about_all_held();
            core.refuse_sought_moves();
            core.clear_chats();
            if cx.now.saturating_since(session.since()) >= PROVEN_AFTER {
                core.backoff.reset();
            }
        }
    }

    fn wait(trouble: Trouble, core: &mut Core, cx: &mut Context<'_>) -> Self {
        if trouble.is_permanent() {
            core.detached = None;
            return Self::stopped(Some(trouble));
        }
        let until = cx.now + core.backoff.next(cx.rng);
        Self::Waiting(Waiting {
            until,
            because: Some(trouble),
        })
    }
}
