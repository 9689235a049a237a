//! The client's store: what [`onym_client_protocol::store`] asks for, sealed on disk.
//!
//! ```text
//! Change --> commit --+--> kept: one record per noun, versioned     --+
//!                     +--> list: timelines, expiry, the tail          |
//!                     +--> ids: which message has a name              +--> onym_records
//!                     +--> index: dictionary and postings           --+
//!                                     |
//! SearchQuery --> query --------------+
//! ```
//!
//! - Opening reads no message, and neither does [`load`](onym_client_protocol::store::Store::load)
//!   but for those that are still being sent.
//! - Keys are numbers and keyed hashes; addresses, words and times stand in sealed values only.
//! - One commit is one batch: after a crash each commit is there with all that it changed, index
//!   and timelines included, or not at all.

mod block;
mod commit;
mod dictionary;
mod draft;
mod ids;
mod index;
mod kept;
mod limits;
mod list;
mod place;
mod postings;
mod query;
mod state;
mod store;
mod tail;
mod varint;

pub use store::{ClientStore, StoreError};
