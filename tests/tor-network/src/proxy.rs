//! An ordinary C tor client on the network, for programs that speak SOCKS.

use std::net::{Ipv4Addr, SocketAddr};

use crate::node::Node;

/// A running client.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// Kept for its destructor.
    pub(crate) _node: Node,
    pub(crate) address: SocketAddr,
}

/// What a starting client still lacks; its address once it lacks nothing.
pub(crate) fn address_when_ready(node: &Node) -> Result<SocketAddr, String> {
    let log = node.log();
    if !log.contains("Bootstrapped 100%") {
        return Err("the SOCKS proxy to bootstrap".into());
    }
    log.lines()
        .filter(|line| line.contains("Opened Socks listener connection (ready)"))
        .find_map(|line| line.rsplit(':').next()?.trim().parse().ok())
        .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .ok_or_else(|| "the SOCKS proxy to open its port".into())
}
