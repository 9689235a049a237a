//! The server's only loop: sockets, Tor and storage
