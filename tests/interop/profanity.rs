//! Profanity.

use crate::Test;
use crate::account::Place::{Onym, Prosody};
use crate::client::Terminal;
use crate::situations::{self as does, Kind};

pub(crate) const TESTS: &[Test] = &[
    ("profanity_after_onym", |world| {
        does::onym_first(world, PROFANITY, Onym)
    }),
    ("profanity_first", |world| {
        does::client_first(world, PROFANITY, Onym)
    }),
    ("profanity_first_while_away", |world| {
        does::first_while_away(world, PROFANITY, Onym)
    }),
    ("profanity_with_a_new_device", |world| {
        does::with_a_new_device(world, PROFANITY, Onym)
    }),
    ("profanity_with_a_removed_device", |world| {
        does::with_a_removed_device(world, PROFANITY, Onym)
    }),
    ("profanity_at_prosody_after_onym", |world| {
        does::onym_first(world, AT_PROSODY, Prosody)
    }),
    ("profanity_at_prosody_first", |world| {
        does::client_first(world, AT_PROSODY, Prosody)
    }),
    ("profanity_at_prosody_first_while_away", |world| {
        does::first_while_away(world, AT_PROSODY, Prosody)
    }),
    ("profanity_at_prosody_with_a_new_device", |world| {
        does::with_a_new_device(world, AT_PROSODY, Prosody)
    }),
    ("profanity_at_prosody_with_a_removed_device", |world| {
        does::with_a_removed_device(world, AT_PROSODY, Prosody)
    }),
];

const PROFANITY: Kind = Kind {
    name: "profanity",
    install: || Ok(Box::new(Terminal::new())),
    confirms: true,
};

const AT_PROSODY: Kind = Kind {
    install: || Ok(Box::new(Terminal::that_clears_its_list())),
    ..PROFANITY
};
