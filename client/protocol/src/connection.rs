//! How the connection to our server stands, and why it is not there.

use std::time::Duration;

use onym_identity::Timestamp;
use onym_stream::{ReadError, StreamError};

use crate::view_model::ConnectionState;

/// How the connection to our server stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// Waits for the next attempt.
    Waiting {
        /// When it will be.
        until: Timestamp,
        /// Why the last one ended; nothing before the first.
        because: Option<Trouble>,
    },
    /// Makes no attempt before the user asks for one.
    Stopped {
        /// What stands in the way; nothing if the user went offline.
        because: Option<Trouble>,
    },
    /// The driver connects.
    Connecting,
    /// The stream is negotiated.
    LoggingIn,
    /// Stanzas flow.
    Online {
        /// Since when.
        since: Timestamp,
    },
}

impl ConnectionStatus {
    /// Whether stanzas flow.
    pub fn is_online(&self) -> bool {
        matches!(self, Self::Online { .. })
    }

    /// The state without its details.
    pub fn state(&self) -> ConnectionState {
        match self {
            Self::Waiting { .. } => ConnectionState::Offline,
            Self::Stopped { .. } => ConnectionState::Stopped,
            Self::Connecting | Self::LoggingIn => ConnectionState::Connecting,
            Self::Online { .. } => ConnectionState::Online,
        }
    }

    /// When the next attempt will be, if it waits for one.
    pub fn next_try(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Why the last attempt ended.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Waiting { because, .. } | Self::Stopped { because } => because.as_ref(),
            _ => None,
        }
    }

    /// A line for the user.
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Waiting { until, because } => {
                let wait = wait_words(until.saturating_since(now));
                because
                    .as_ref()
                    .map_or(wait.clone(), |trouble| format!("{trouble} {wait}"))
            }
            Self::Stopped { because: None } => "Offline".to_owned(),
            Self::Stopped {
                because: Some(trouble),
            } => trouble.to_string(),
            Self::Connecting => "Connecting…".to_owned(),
            Self::LoggingIn => "Logging in…".to_owned(),
            Self::Online { .. } => "Online".to_owned(),
        }
    }
}

fn wait_words(wait: Duration) -> String {
    match wait.as_secs() {
        0 => "Connecting…".to_owned(),
        1 => "Trying again in 1 second.".to_owned(),
        seconds @ 2..=90 => format!("Trying again in {seconds} seconds."),
        seconds => format!("Trying again in {} minutes.", seconds.div_ceil(60)),
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The connection could not be made, or it ended.
    #[error("The connection to your server was lost.")]
    Disconnected,
    /// The connection could not be made in time.
    #[error("Your server could not be reached in time.")]
    ConnectTimeout,
    /// The login did not come to an end in time.
    #[error("Your server did not finish the login in time.")]
    LoginTimeout,
    /// The server does not answer any more.
    #[error("Your server no longer answers.")]
    Silent,
    /// The server ended the stream in good order.
    #[error("Your server closed the connection.")]
    Closed,
    /// The server ended the stream with an error.
    #[error("Your server ended the connection: {0}.")]
    StreamError(StreamError),
    /// The server sent something that is not XMPP, or too much of it.
    #[error("Your server sent something unreadable: {0}.")]
    Unreadable(ReadError),
    /// The server broke the order of the login.
    #[error("Your server did not follow the protocol: {0}.")]
    Protocol(&'static str),
    /// The server refused our credentials.
    #[error("Your server refused the login: {condition}.")]
    LoginRefused {
        /// The SASL condition.
        condition: String,
        /// Whether another attempt may succeed without a change.
        temporary: bool,
    },
    /// The server offers no way to log in that we have.
    #[error("Your server offers no login that works here; it may need an encrypted connection.")]
    NoMechanism,
    /// The server could not prove that it knows our password.
    #[error("Your server could not prove that it is the one you know.")]
    ServerNotProven,
    /// The server gave us another address than ours.
    #[error("Your server logged us in under another address.")]
    WrongAddress,
}

impl Trouble {
    /// Whether another attempt is useless until the user changes something.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::LoginRefused { temporary, .. } => !temporary,
            Self::NoMechanism | Self::ServerNotProven | Self::WrongAddress => true,
            _ => false,
        }
    }
}
