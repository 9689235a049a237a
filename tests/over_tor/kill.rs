//! Endpoints that are killed at random moments, as `scripts/kill-test` does it for longer.

use libtest_mimic::Failed;
use onym_tests::{KillTest, Random};

use crate::Test;
use crate::world::{Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "nothing_is_lost_or_doubled_while_both_sides_die_at_random",
    nothing_is_lost_or_doubled_while_both_sides_die_at_random,
)];

fn nothing_is_lost_or_doubled_while_both_sides_die_at_random(world: &World) -> Outcome {
    let seed = std::env::var("ONYM_TEST_SEED").ok();
    let test = KillTest {
        rounds: 12,
        pairs: 2,
        batch: 6,
        seed: seed
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(Random::any_seed),
    };
    let tor_config = world.network()?.client_config_toml();
    let outcome = test.run(&tor_config, &|_| ());
    let summary = outcome.map_err(|error| Failed::from(error.to_string()))?;
    assert_eq!(summary.rounds, test.rounds);
    assert!(summary.kills >= test.rounds, "{summary}");
    assert_eq!(summary.checks, test.pairs);
    Ok(())
}
