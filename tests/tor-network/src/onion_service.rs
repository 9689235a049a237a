//! An onion service of an ordinary C tor, for a server that others wrote.

use std::fs;
use std::net::SocketAddr;

use crate::node::Node;
use crate::proxy;

/// Two replicas of a descriptor, each at four directories. A client that asks one too early does
/// not ask it again for a quarter of an hour, so all have to have it.
const UPLOADS: usize = 8;

/// A published onion service; dropping it ends its tor.
#[derive(Debug)]
pub struct OnionService {
    /// Kept for its destructor.
    _node: Node,
    address: String,
    socks_proxy: SocketAddr,
}

impl OnionService {
    pub(crate) fn new(node: Node, address: String, socks_proxy: SocketAddr) -> Self {
        Self {
            _node: node,
            address,
            socks_proxy,
        }
    }

    /// The onion address, with its `.onion`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The SOCKS 5 address of the service's own tor.
    #[must_use]
    pub fn socks_proxy(&self) -> SocketAddr {
        self.socks_proxy
    }
}

/// What a starting service still lacks; its address and its SOCKS port once it lacks nothing.
pub(crate) fn when_published(node: &Node) -> Result<(String, SocketAddr), String> {
    let proxy = proxy::address_when_ready(node)?;
    let taken = "Uploading hidden service descriptor: finished with status 200";
    let uploads = node.log().matches(taken).count();
    if uploads < UPLOADS {
        return Err(format!(
            "{UPLOADS} uploads of the descriptor (has {uploads})"
        ));
    }
    let address = fs::read_to_string(node.folder.join("service/hostname"))
        .map_err(|_| "the service's address".to_owned())?;
    Ok((address.trim().to_owned(), proxy))
}
