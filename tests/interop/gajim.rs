//! Gajim with gajim-omemo.

use onym_tests::WindowClient;

use crate::Test;
use crate::account::Place::{Onym, Prosody};
use crate::situations::{self as does, Kind};

pub(crate) const TESTS: &[Test] = &[
    ("gajim_after_onym", |world| {
        does::onym_first(world, GAJIM, Onym)
    }),
    ("gajim_first", |world| {
        does::client_first(world, GAJIM, Onym)
    }),
    ("gajim_first_while_away", |world| {
        does::first_while_away(world, GAJIM, Onym)
    }),
    ("gajim_with_a_new_device", |world| {
        does::with_a_new_device(world, GAJIM, Onym)
    }),
    ("gajim_with_a_removed_device", |world| {
        does::with_a_removed_device(world, GAJIM, Onym)
    }),
    ("gajim_at_prosody_after_onym", |world| {
        does::onym_first(world, GAJIM, Prosody)
    }),
    ("gajim_at_prosody_first", |world| {
        does::client_first(world, GAJIM, Prosody)
    }),
    ("gajim_at_prosody_first_while_away", |world| {
        does::first_while_away(world, GAJIM, Prosody)
    }),
    ("gajim_at_prosody_with_a_new_device", |world| {
        does::with_a_new_device(world, GAJIM, Prosody)
    }),
    ("gajim_at_prosody_with_a_removed_device", |world| {
        does::with_a_removed_device(world, GAJIM, Prosody)
    }),
];

const GAJIM: Kind = Kind {
    name: "gajim",
    install: || Ok(Box::new(WindowClient::gajim()?)),
    confirms: false,
};
