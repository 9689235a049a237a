//! Damage to the file, anywhere: an error or the right answer, and never a panic.

use std::fs;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::super::file::FILE;
use super::super::*;

/// Of these about a twentieth find redb believing what it should not.
const ROUNDS: usize = 400;

const TABLE: Table = Table::new("messages");

fn value(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(1 + number as usize % 90)
}

/// Everything that can be asked of damaged records. What they answer is right.
fn use_all(folder: &Path, key: &RecordsKey) -> Result<(), RecordsError> {
    let records = Records::open(folder, key)?;
    for entry in records.scan(TABLE, ..)?.take(5_000) {
        let (key, found) = entry?;
        let number = u64::from_be_bytes(key.try_into().unwrap());
        assert_eq!(found, value(number));
    }
    for number in 0..300u64 {
        let found = records.get(TABLE, &number.to_be_bytes())?;
        assert!(found.is_none_or(|found| found == value(number)));
    }
    let mut batch = Batch::new();
    batch.put(TABLE, 1000u64.to_be_bytes(), value(1000));
    batch.remove_range(TABLE, ..50u64.to_be_bytes().to_vec());
    records.commit(batch)
}

#[test]
fn a_damaged_file_gives_an_error_or_the_right_answer() {
    let key = RecordsKey::from_bytes(&[1; 32]);
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &key).unwrap();
    for number in 0..300u64 {
        let mut batch = Batch::new();
        batch.put(TABLE, number.to_be_bytes(), value(number));
        records.commit(batch).unwrap();
    }
    drop(records);
    let path = folder.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let used: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    let mut refused = 0;
    for round in 0..ROUNDS {
        let mut damaged = whole.clone();
        for _ in 0..rng.random_range(1..4) {
            let at = used[rng.random_range(0..used.len())];
            let at = if round % 4 == 0 { at % 4096 } else { at };
            damaged[at] ^= rng.random_range(1..=255u8);
        }
        match round % 10 {
            7 => damaged.truncate(rng.random_range(0..whole.len())),
            8 => {
                let page = rng.random_range(0..whole.len() / 4096) * 4096;
                damaged[page..page + 4096].fill(rng.random_range(0..2) * 255);
            }
            _ => {}
        }
        fs::write(&path, damaged).unwrap();
        if use_all(folder.path(), &key).is_err() {
            refused += 1;
        }
    }
    assert!(refused > ROUNDS / 4, "the damage was not found: {refused}");
}
