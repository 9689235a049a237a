//! A private Tor network on loopback, made of Debian's tor
