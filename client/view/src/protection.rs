//! What protects conversations, and devices.

/// Compares fingerprints.
pub(crate) mod comparison;
/// Devices of an account, and what can be done with them.
pub(crate) mod device_list;
/// What protected a message.
pub(crate) mod message_mark;
/// The shield beside the composer, and what it opens.
pub(crate) mod shield_panel;
/// Devices that have to be decided about before anything is sent.
pub(crate) mod undecided;
