//! The power goes at any moment: what was not yet flushed is on the disk in any part, or not.
//!
//! A killed process leaves all that it has written; a computer without power does not. Here the
//! disk is in memory and knows which writes were flushed.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use redb::StorageBackend;

use super::super::file::{create_on, open_on};
use super::super::*;

const TABLES: [Table; 2] = [Table::new("messages"), Table::new("words")];
/// What a disk writes in one piece.
const SECTOR: usize = 512;

#[derive(Debug, Default)]
struct Disk {
    /// What a reader sees.
    now: Vec<u8>,
    /// What would surely be there after a power cut.
    flushed: Vec<u8>,
    /// What was written since.
    pending: Vec<Pending>,
    /// After so many calls the power goes.
    calls_left: Option<u32>,
}

#[derive(Debug)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Disk {
    fn call(&mut self) -> io::Result<()> {
        match &mut self.calls_left {
            Some(0) => Err(io::Error::other("no power")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What is on the disk when the power comes back: of what was not flushed, each sector is or
    /// is not, in no order.
    fn after_power_cut(&self, rng: &mut StdRng) -> Self {
        let mut left = self.flushed.clone();
        let likely = rng.random_range(0.0..=1.0);
        for pending in &self.pending {
            match pending {
                Pending::Length(length) if rng.random_bool(likely) => left.resize(*length, 0),
                Pending::Length(_) => {}
                Pending::Write(at, bytes) => {
                    for (sector, part) in bytes.chunks(SECTOR).enumerate() {
                        if rng.random_bool(likely) {
                            write_at(&mut left, at + sector * SECTOR, part);
                        }
                    }
                }
            }
        }
        Self {
            now: left.clone(),
            flushed: left,
            ..Self::default()
        }
    }
}

fn write_at(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if to.len() < at + bytes.len() {
        to.resize(at + bytes.len(), 0);
    }
    to[at..at + bytes.len()].copy_from_slice(bytes);
}

#[derive(Clone, Debug)]
struct Handle(Arc<Mutex<Disk>>);

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let disk = self.0.lock().unwrap();
        let at = offset as usize;
        let there = disk.now.get(at..at + out.len());
        out.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.call()?;
        disk.now.resize(len as usize, 0);
        disk.pending.push(Pending::Length(len as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.call()?;
        let mut flushed = std::mem::take(&mut disk.flushed);
        for pending in std::mem::take(&mut disk.pending) {
            match pending {
                Pending::Length(length) => flushed.resize(length, 0),
                Pending::Write(at, bytes) => write_at(&mut flushed, at, &bytes),
            }
        }
        disk.flushed = flushed;
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.call()?;
        write_at(&mut disk.now, offset as usize, data);
        disk.pending
            .push(Pending::Write(offset as usize, data.to_vec()));
        Ok(())
    }
}

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn random_batch(model: &Model, rng: &mut StdRng) -> (Batch, Model) {
    let (mut batch, mut after) = (Batch::new(), model.clone());
    for _ in 0..rng.random_range(1..30) {
        let table = TABLES[rng.random_range(0..2)];
        let key = vec![rng.random_range(0..4), rng.random_range(0..60)];
        match rng.random_range(0..20) {
            0 => {
                let range = vec![key[0], 0]..key;
                if range.start < range.end {
                    after.retain(|(of, key), _| *of != table || !range.contains(key));
                }
                batch.remove_range(table, range);
            }
            1 if rng.random_bool(0.1) => {
                after.retain(|(of, _), _| *of != table);
                batch.clear_table(table);
            }
            2..6 => {
                after.remove(&(table, key.clone()));
                batch.remove(table, key);
            }
            _ => {
                let value = vec![rng.random(); rng.random_range(0..2000)];
                after.insert((table, key.clone()), value.clone());
                batch.put(table, key, value);
            }
        }
    }
    (batch, after)
}

fn contents(records: &Records) -> Model {
    let mut all = Model::new();
    for table in TABLES {
        for entry in records.scan(table, ..).unwrap() {
            let (key, value) = entry.unwrap();
            all.insert((table, key), value);
        }
    }
    all
}

#[test]
fn what_was_committed_outlives_the_power() {
    let key = RecordsKey::from_bytes(&[1; 32]);
    for seed in 0..40 {
        let mut rng = StdRng::seed_from_u64(seed);
        let disk = Handle(Arc::new(Mutex::new(Disk::default())));
        create_on(disk.clone(), &key).unwrap();
        let mut committed = Model::new();
        for cut in 0..12 {
            // Sometimes the power goes while the records are opened, after the last cut.
            disk.0.lock().unwrap().calls_left = Some(rng.random_range(0..400));
            let mut in_flight = None;
            if let Ok(database) = open_on(disk.clone(), &key) {
                let records = Records::on(database, &key);
                loop {
                    let (batch, after) = random_batch(&committed, &mut rng);
                    if records.commit(batch).is_err() {
                        in_flight = Some(after);
                        break;
                    }
                    committed = after;
                }
                // Without power nothing can be put in order any more.
                drop(records);
            }
            let left = disk.0.lock().unwrap().after_power_cut(&mut rng);
            *disk.0.lock().unwrap() = left;

            let records = Records::on(open_on(disk.clone(), &key).unwrap(), &key);
            let found = contents(&records);
            assert!(
                found == committed || Some(&found) == in_flight.as_ref(),
                "seed {seed}, cut {cut}: something else is there"
            );
            committed = found;
        }
    }
}
