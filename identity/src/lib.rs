//! The identity: keys, strict base32, onion addresses, JIDs and the recovery phrase
