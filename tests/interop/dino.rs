//! Dino.

use onym_tests::WindowClient;

use crate::Test;
use crate::account::Place::{Onym, Prosody};
use crate::situations::{self as does, Kind};

pub(crate) const TESTS: &[Test] = &[
    ("dino_after_onym", |world| {
        does::onym_first(world, DINO, Onym)
    }),
    ("dino_first", |world| does::client_first(world, DINO, Onym)),
    ("dino_first_while_away", |world| {
        does::first_while_away(world, DINO, Onym)
    }),
    ("dino_with_a_new_device", |world| {
        does::with_a_new_device(world, DINO, Onym)
    }),
    ("dino_with_a_removed_device", |world| {
        does::with_a_removed_device(world, DINO, Onym)
    }),
    ("dino_at_prosody_after_onym", |world| {
        does::onym_first(world, DINO, Prosody)
    }),
    ("dino_at_prosody_first", |world| {
        does::client_first(world, DINO, Prosody)
    }),
    ("dino_at_prosody_first_while_away", |world| {
        does::first_while_away(world, DINO, Prosody)
    }),
    ("dino_at_prosody_with_a_new_device", |world| {
        does::with_a_new_device(world, DINO, Prosody)
    }),
    ("dino_at_prosody_with_a_removed_device", |world| {
        does::with_a_removed_device(world, DINO, Prosody)
    }),
];

const DINO: Kind = Kind {
    name: "dino",
    install: || Ok(Box::new(WindowClient::dino()?)),
    confirms: true,
};
