//! The connection to our server, and Tor underneath.

use onym_identity::Timestamp;

use crate::connection::Trouble;

/// The connection to our server, and Tor underneath.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionView {
    /// The state, for a colour or a symbol.
    pub state: ConnectionState,
    /// The state in English words, for logs and the command line.
    pub words: String,
    /// When the next attempt will be.
    pub next_try: Option<Timestamp>,
    /// Why the last one ended.
    pub trouble: Option<Trouble>,
    /// Tor, when the runtime says something about it.
    pub tor: Option<TorView>,
    /// Whether trying at once would do something.
    pub can_retry: bool,
}

/// The connection's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectionState {
    /// Waits for the next attempt.
    #[default]
    Offline,
    /// Connects or logs in.
    Connecting,
    /// Logged in.
    Online,
    /// Does not try again by itself: the user has to change something.
    Stopped,
}

/// What Tor is doing; the runtime fills it in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TorView {
    /// How far the start has come, 0 to 100; nothing once it is done.
    pub percent: Option<u8>,
    /// Whether others can reach us.
    pub reachable: bool,
    /// What it is doing.
    pub phase: TorPhase,
    /// When this phase began.
    pub since: Option<Timestamp>,
    /// When the start began; nothing once it is done.
    pub started: Option<Timestamp>,
    /// What it is at exactly, where that is known.
    pub step: Option<TorStep>,
    /// What arti says about a fault, in its own English words.
    pub detail: String,
    /// What stands in the way.
    pub problem: Option<TorProblem>,
    /// The state in English words, for logs and the command line.
    pub words: String,
}

/// What Tor is doing, in the order in which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TorPhase {
    /// Nothing was heard yet.
    #[default]
    Starting,
    /// Connects to a relay, or to a bridge.
    Connecting,
    /// Reads the list of relays.
    Directory,
    /// Builds circuits.
    Circuits,
    /// Publishes the descriptor of our onion service.
    Publishing,
    /// Connects to ourselves, as a stranger would.
    Confirming,
    /// Others can reach us.
    Reachable,
    /// Others cannot reach us, though Tor runs.
    Unreachable,
    /// Tor does not run.
    Failed,
}

/// The parts of connecting and of reading the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TorStep {
    /// Connects to a relay.
    Relay,
    /// Fetches the list of all relays.
    Consensus,
    /// Verifies that list.
    Certificates,
    /// Fetches the keys of the relays.
    RelayKeys,
}

/// What stands in Tor's way, in groups that a user can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TorProblem {
    /// The clock of this computer is wrong.
    WrongClock,
    /// There is no network at all.
    NoNetwork,
    /// The network is there and Tor is not: it is probably blocked, and bridges may help.
    Censored,
    /// The network of relays no longer understands this version of the program.
    UpdateNeeded,
    /// Tor does not run: a file or folder or a setting cannot be used, or it has stopped.
    Failed,
    /// Anything else.
    Other,
}
