//! That our own identity counts no more, as the window shows it.

use jid::BareJid;
use onym_identity::OnymJid;
use onym_identity::statement::{Followed, Standing};

use crate::store::Snapshot;

/// Why our own identity counts no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OurEndView {
    /// Its owner has revoked it.
    Revoked,
    /// Its owner has named another one in its place.
    Succeeded {
        /// The key of that one.
        by: String,
    },
}

impl OurEndView {
    pub(super) fn of(our_jid: &BareJid, memory: &Snapshot) -> Option<Self> {
        let ours = OnymJid::try_from(our_jid).ok()?.identity;
        match memory.ended.get(&ours).map(Followed::standing)? {
            Standing::Good => None,
            Standing::Revoked => Some(Self::Revoked),
            Standing::Succeeded(by) => Some(Self::Succeeded { by: by.to_string() }),
        }
    }
}
