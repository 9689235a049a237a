//! The client's rules
