//! How fast the relays are said to be.
//!
//! A relay that has just started has carried nothing, so it claims a bandwidth of zero, and
//! clients choose relays by bandwidth: with all weight on the one or two relays that happened to
//! carry something, most paths begin and end at the same relay and are refused. So the authorities
//! are given measurements, as those of the public network are, and all relays are equal.

use std::fmt::Write as _;
use std::fs;

use crate::Error;
use crate::authority::Authority;
use crate::clock::unix_seconds;
use crate::node::Node;

/// In kilobytes a second: far more than the load of a test.
const BANDWIDTH: u32 = 10_000;

/// Gives every authority the measurements of all nodes, for its next vote.
///
/// A measurement counts when three authorities have it.
pub(crate) fn measure(authorities: &[Authority], nodes: &[Node]) -> Result<(), Error> {
    let mut file = format!("{}\n", unix_seconds());
    for node in nodes {
        // "NICKNAME FINGERPRINT", written by the node at its start.
        let path = node.folder.join("fingerprint");
        let line = fs::read_to_string(&path).map_err(Error::folder(&path))?;
        let fingerprint = line.split_whitespace().last().unwrap_or_default();
        let _infallible = writeln!(file, "node_id=${fingerprint} bw={BANDWIDTH}");
    }
    for authority in authorities {
        let path = authority.bandwidths_file();
        fs::write(&path, &file).map_err(Error::folder(&path))?;
    }
    Ok(())
}
