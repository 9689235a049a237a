//! What a starting network reports.

use std::fmt;

/// One step of the start, for a progress line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The authorities' keys and certificates are being made.
    MakingKeys,
    /// The processes are being started.
    StartingNodes {
        /// Authorities and relays together.
        nodes: usize,
    },
    /// The relays are making themselves known to the authorities.
    Publishing {
        /// Nodes that every authority knows.
        known: usize,
        /// Authorities and relays together.
        nodes: usize,
    },
    /// The authorities vote.
    Voting,
    /// The nodes fetch the consensus and the relays' descriptions.
    Fetching {
        /// Nodes that have everything.
        ready: usize,
        /// Authorities and relays together.
        nodes: usize,
    },
    /// Clients can use the network.
    Ready,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MakingKeys => write!(f, "making the authorities' keys"),
            Self::StartingNodes { nodes } => write!(f, "starting {nodes} tor processes"),
            Self::Publishing { known, nodes } => {
                write!(f, "relays are publishing themselves: {known} of {nodes}")
            }
            Self::Voting => write!(f, "the authorities are voting"),
            Self::Fetching { ready, nodes } => {
                write!(f, "nodes are fetching the consensus: {ready} of {nodes}")
            }
            Self::Ready => write!(f, "the network is ready"),
        }
    }
}
