//! Device lists that were asked for because somebody waits for them.
//!
//! Whoever waits is told by an event, once the answers are here: what is known of devices may change
//! again before anybody looks.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::devices::Wanted;
use crate::event::Event;
use crate::omemo::Dialect;

/// Whose lists are awaited, and which of them are still to come.
#[derive(Default)]
pub(super) struct Refreshes(BTreeMap<BareJid, BTreeSet<Dialect>>);

impl Refreshes {
    fn begin(&mut self, jid: &BareJid) {
        self.0.insert(jid.clone(), Dialect::ALL.into());
    }

    /// An account has answered with one of its lists. Whether that was the last one that was awaited.
    fn came(&mut self, jid: &BareJid, dialect: Dialect) -> bool {
        let Some(missing) = self.0.get_mut(jid) else {
            return false;
        };
        missing.remove(&dialect);
        let is_last = missing.is_empty();
        if is_last {
            self.0.remove(jid);
        }
        is_last
    }
}

impl Session {
    /// Nothing of an account is taken from memory: it is asked again.
    pub(in crate::engine) fn refresh_devices(
        &mut self,
        jid: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.is_there_for_keys(jid);
        self.omemo.refreshes.begin(jid);
        for dialect in Dialect::ALL {
            self.fetch(jid, Wanted::List(dialect), core, cx);
        }
    }

    /// An account has answered with one of its lists.
    pub(super) fn list_answered(&mut self, jid: &BareJid, dialect: Dialect, core: &mut Core) {
        if self.omemo.refreshes.came(jid, dialect) {
            let jid = jid.clone();
            core.outbox.event(Event::DevicesRead { jid });
        }
    }
}
