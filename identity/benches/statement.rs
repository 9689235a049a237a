//! A statement beside its signature: `cargo bench -p onym-identity --bench statement`.
//!
//! Parsing and verifying a typical statement (two onion addresses, one account elsewhere, eight keys),
//! and raw `verify_strict` of the same bytes, in turns and in the same run. Each figure is the best of
//! many rounds. It fails if the statement of a known identity, as every renewal is, takes more than a fifth
//! longer than the signature alone. `ONYM_BENCH_COUNT` sets another number of operations in a round.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people that stops at what it did not expect, and measures time"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, VerifyingKey};
use onym_identity::Timestamp;
use onym_identity::statement::{Statement, Unverified};

#[path = "../tests/statement/typical.rs"]
mod typical;

const ROUNDS: usize = 40;

/// How long the statement of a known identity may take, in times the signature of the same bytes.
const MOST: f64 = 1.2;

fn main() -> ExitCode {
    let now = Timestamp::from_unix_millis(1_800_000_000_000);
    let identity = typical::key().public();
    let signed = typical::statement(1, now).sign(&typical::key()).unwrap();
    let bytes = signed.as_bytes();
    let (message, signature) = bytes.split_last_chunk().unwrap();
    let raw_key = VerifyingKey::from_bytes(identity.as_bytes()).unwrap();

    let raw = || {
        let signature = Signature::from_bytes(signature);
        raw_key
            .verify_strict(black_box(message), &signature)
            .unwrap();
    };
    let raw_with_key = || {
        let key = VerifyingKey::from_bytes(black_box(identity.as_bytes())).unwrap();
        let signature = Signature::from_bytes(signature);
        key.verify_strict(black_box(message), &signature).unwrap();
    };
    let parse = || {
        black_box(Unverified::<Statement>::parse(black_box(bytes)).unwrap());
    };
    let known = || {
        let unverified = Unverified::<Statement>::parse(black_box(bytes)).unwrap();
        black_box(unverified.verify_as(&identity, now).unwrap());
    };
    let anyone = || {
        let unverified = Unverified::<Statement>::parse(black_box(bytes)).unwrap();
        black_box(unverified.verify(now).unwrap());
    };
    let rows: [(&str, &dyn Fn()); 5] = [
        ("raw verify_strict, key at hand", &raw),
        ("raw verify_strict, key as 32 bytes", &raw_with_key),
        ("parse", &parse),
        ("parse and verify, identity known", &known),
        ("parse and verify, identity unknown", &anyone),
    ];

    println!("a statement of {} bytes", bytes.len());
    println!(
        "{:<36} {:>9} {:>14} {:>16}",
        "", "us", "of raw, ready", "of raw, 32 bytes"
    );
    let best = best_of(&rows);
    let [ready, from_bytes, _, known, _] = &best[..] else {
        return ExitCode::FAILURE;
    };
    for ((name, _), time) in rows.iter().zip(&best) {
        let micros = time.as_secs_f64() * 1e6;
        let of = |raw: &Duration| time.as_secs_f64() / raw.as_secs_f64();
        println!(
            "{name:<36} {micros:>9.2} {:>14.3} {:>16.3}",
            of(ready),
            of(from_bytes)
        );
    }
    let ratio = known.as_secs_f64() / from_bytes.as_secs_f64();
    if ratio > MOST {
        println!(
            "a known identity's statement takes {ratio:.2} times its signature, more than {MOST}"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The best time of each, for one operation. They take turns, so that a slow moment of the machine
/// meets all of them.
fn best_of(rows: &[(&str, &dyn Fn())]) -> Vec<Duration> {
    let count = count();
    let mut best = vec![Duration::MAX; rows.len()];
    for _ in 0..ROUNDS {
        for ((_, operation), best) in rows.iter().zip(&mut best) {
            let start = Instant::now();
            for _ in 0..count {
                operation();
            }
            *best = (*best).min(start.elapsed() / count);
        }
    }
    best
}

fn count() -> u32 {
    let chosen = std::env::var("ONYM_BENCH_COUNT").ok();
    chosen.map_or(200, |it| it.parse().expect("a number of operations"))
}
