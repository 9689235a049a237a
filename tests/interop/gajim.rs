//! Gajim with gajim-omemo.

use onym_tests::WindowClient;

use crate::Test;
use crate::situations::{self, Kind};
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    ("gajim_after_onym", after_onym),
    ("gajim_first", first),
    ("gajim_first_while_away", first_while_away),
    ("gajim_with_a_new_device", with_a_new_device),
    ("gajim_with_a_removed_device", with_a_removed_device),
];

const GAJIM: Kind = Kind {
    name: "gajim",
    install: WindowClient::gajim,
    confirms: false,
};

fn after_onym(world: &World) -> Outcome {
    situations::onym_first(world, GAJIM)
}

fn first(world: &World) -> Outcome {
    situations::client_first(world, GAJIM)
}

fn first_while_away(world: &World) -> Outcome {
    situations::first_while_away(world, GAJIM)
}

fn with_a_new_device(world: &World) -> Outcome {
    situations::with_a_new_device(world, GAJIM)
}

fn with_a_removed_device(world: &World) -> Outcome {
    situations::with_a_removed_device(world, GAJIM)
}
