//! Dino.

use onym_tests::WindowClient;

use crate::Test;
use crate::situations::{self, Kind};
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    ("dino_after_onym", after_onym),
    ("dino_first", first),
    ("dino_first_while_away", first_while_away),
    ("dino_with_a_new_device", with_a_new_device),
    ("dino_with_a_removed_device", with_a_removed_device),
];

const DINO: Kind = Kind {
    name: "dino",
    install: WindowClient::dino,
    confirms: true,
};

fn after_onym(world: &World) -> Outcome {
    situations::onym_first(world, DINO)
}

fn first(world: &World) -> Outcome {
    situations::client_first(world, DINO)
}

fn first_while_away(world: &World) -> Outcome {
    situations::first_while_away(world, DINO)
}

fn with_a_new_device(world: &World) -> Outcome {
    situations::with_a_new_device(world, DINO)
}

fn with_a_removed_device(world: &World) -> Outcome {
    situations::with_a_removed_device(world, DINO)
}
