//! The store keeps its contract.

use std::cell::RefCell;

use onym_client_protocol::store::contract;
use onym_client_store::ClientStore;
use onym_records::RecordsKey;
use tempfile::TempDir;

#[test]
fn the_store_keeps_its_contract() {
    let key = RecordsKey::from_bytes(&[7; 32]);
    let open = |folder: &TempDir| ClientStore::open(folder.path(), &key).unwrap();
    // The suite uses one store at a time.
    let folder = RefCell::new(tempfile::tempdir().unwrap());
    let fresh = || {
        *folder.borrow_mut() = tempfile::tempdir().unwrap();
        open(&folder.borrow())
    };
    let reopen = |store| {
        drop(store);
        open(&folder.borrow())
    };
    contract::check(fresh, reopen).unwrap();
}
