//! What the owner can see of the endpoint.

use std::collections::BTreeMap;

use onym_server_protocol::{Domain, PeerStatus};
use serde::Serialize;

use crate::tor::TorStatus;

/// The endpoint at this moment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EndpointStatus {
    /// How far Tor has come, and whether others can reach us; none without a network.
    pub tor: Option<TorStatus>,
    /// Every other endpoint that we have to do with.
    pub peers: BTreeMap<Domain, PeerStatus>,
}
