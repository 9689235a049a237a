//! XEP-0163: Personal Eventing Protocol: each account is a publish-subscribe service of its own,
//! over what is needed of XEP-0060.
//!
//! ```text
//!  IQ ─► request ─► service ─► nodes (bounded, stored)
//!                     │  └───► access: who may read
//!                     └──────► notify ─► own clients, contacts that want to hear
//! ```

mod access;
mod allowance;
mod config;
mod discovery;
mod nodes;
mod notify;
mod reading;
mod request;
mod service;

pub use config::{AccessModel, MaxItems, NodeConfig, SendLast};
pub use nodes::ItemRecord;

pub(crate) use access::Reader;
pub(crate) use allowance::Allowances;
pub(crate) use nodes::{Nodes, tags};
pub(crate) use notify::is_bounced_notification;
pub(crate) use service::Publication;
