//! RFC 6120 and XEP-0220: streams between servers. Each carries stanzas one way: the incoming
//! ones of a peer are here to be read, the outgoing one is the peer's link.

pub(crate) mod dialing;
pub(crate) mod incoming;
pub(crate) mod leaving;
pub(crate) mod link;
pub(crate) mod outgoing;
pub(crate) mod peer;
pub(crate) mod seen;
pub(crate) mod upkeep;
pub(crate) mod verify;
