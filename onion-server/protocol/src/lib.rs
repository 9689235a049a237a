//! The server's rules
