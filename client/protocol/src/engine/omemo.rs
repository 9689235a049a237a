//! OMEMO in the engine: our keys where others find them, the devices of others, who gets a key of
//! a message, and what comes encrypted.
//!
//! ```text
//!   our_keys   our device list and bundles, published and kept right
//!   devices    lists and bundles of others, fetched when they are needed
//!   audience   the devices that get a message, or why it has to wait
//!   sending    a stanza that goes out, sealed for its audience
//!   receiving  a stanza that came, opened or not
//!   choices    what the user says about devices and conversations
//!   trusting   what devices say about keys of others, and which of them are believed
//!   telling    what the user decided about keys, for the devices that hear of it
//!   renewal    this device with new keys
//!   removals   devices of ours that are taken out of our lists
//!   refreshing device lists that somebody waits for
//!   answers    empty messages that keep sessions alive, and messages sent once more
//! ```
//!
//! A ratchet moves in the same commit as the message that moved it, and that commit is made before
//! the message leaves or is acknowledged: no key of a message is ever used twice.

mod answers;
mod audience;
mod choices;
mod devices;
mod our_keys;
mod receiving;
mod refreshing;
mod removals;
mod renewal;
mod sending;
mod telling;
mod trusting;

use std::collections::BTreeMap;

use jid::BareJid;
use onym_identity::Timestamp;

use self::answers::Answers;
use self::devices::Fetches;
use self::our_keys::OurKeys;
use self::refreshing::Refreshes;
use self::telling::Tellings;
use super::core::{Context, Core};
use super::session::Session;
use crate::event::Event;
use crate::omemo::{self, DeviceId, Dialect};
use crate::protection::Hold;
use crate::store::{Change, EncryptionPolicy, ProtectionRecord, SessionRecord};

pub(super) use self::devices::{LONGEST_WAIT, Wanted, wait_after};
pub(super) use self::our_keys::SentKeys;
pub(super) use self::receiving::Unsealed;
pub(super) use self::removals::Removals;
pub(super) use self::sending::Protected;
pub(super) use self::trusting::MovedTrust;

/// What one stream needs for OMEMO.
#[derive(Default)]
pub(super) struct Omemo {
    ours: OurKeys,
    fetches: Fetches,
    refreshes: Refreshes,
    answers: Answers,
    tellings: Tellings,
}

impl Omemo {
    /// Whether others can find our keys.
    pub(super) const fn keys_are_published(&self) -> bool {
        self.ours.are_published()
    }
}

/// Names our session with a device in one dialect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionName {
    pub(super) jid: BareJid,
    pub(super) device: DeviceId,
    pub(super) dialect: Dialect,
}

impl SessionName {
    fn new(jid: &BareJid, device: DeviceId, dialect: Dialect) -> Self {
        let jid = jid.clone();
        Self {
            jid,
            device,
            dialect,
        }
    }

    /// What is fetched to begin it.
    const fn keys(&self) -> Wanted {
        Wanted::Bundle(self.dialect, self.device)
    }
}

/// What this input has changed in sessions; the store has the others.
#[derive(Default)]
pub(super) struct TouchedSessions {
    sessions: BTreeMap<SessionName, omemo::Session>,
    /// Whether this input has forgotten those in the store.
    are_forgotten: bool,
}

impl TouchedSessions {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Those in the store are gone with the next commit.
    fn forget_all(&mut self) {
        self.sessions.clear();
        self.are_forgotten = true;
    }
}

impl Core {
    /// Our sessions with a device.
    fn session_with(&self, name: &SessionName, cx: &mut Context<'_>) -> Option<omemo::Session> {
        if let Some(touched) = self.touched_sessions.sessions.get(name) {
            return Some(touched.clone());
        }
        if self.touched_sessions.are_forgotten {
            return None;
        }
        let found = cx.lookup.session(&name.jid, name.device, name.dialect);
        cx.note(found).flatten()
    }

    fn put_session(&mut self, name: SessionName, session: omemo::Session) {
        let record = SessionRecord {
            jid: name.jid.clone(),
            device: name.device,
            session: session.clone(),
        };
        self.touched_sessions.sessions.insert(name, session);
        self.change(Change::PutSession(Box::new(record)));
    }

    /// What protects our conversation with an account.
    pub(super) fn protection(&self, jid: &BareJid) -> ProtectionRecord {
        let known = self.memory.protection.get(jid).cloned();
        known.unwrap_or_else(|| ProtectionRecord::new(jid.clone()))
    }

    /// Keeps it, if it is something else than before.
    pub(super) fn put_protection(&mut self, record: ProtectionRecord) {
        if self.memory.protection.get(&record.jid) != Some(&record) {
            let jid = record.jid.clone();
            self.change(Change::PutProtection(Box::new(record)));
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }

    /// How messages to an address are protected: as the user chose for the conversation.
    pub(super) fn policy(&self, jid: &BareJid) -> EncryptionPolicy {
        let chosen = self.memory.protection.get(&self.home_of(jid));
        chosen
            .and_then(|record| record.policy)
            .unwrap_or(self.memory.protection_choices.policy)
    }

    /// Messages of a conversation wait, or wait no longer.
    pub(super) fn hold(&mut self, jid: &BareJid, hold: Option<Hold>) {
        let before = match hold {
            Some(hold) => self.holds.insert(jid.clone(), hold),
            None => self.holds.remove(jid),
        };
        if before != hold {
            let jid = jid.clone();
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }
}

impl Session {
    /// Does for OMEMO what is due, before anything is sent.
    pub(super) fn omemo_time_passed(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        core.settle_trust_words(cx.now);
        self.omemo.fetches.time_passed(cx.now);
        self.find_our_lists(core, cx);
        // Nobody shall rely on the keys of a device that was signed out.
        if core.is_signed_out() {
            return;
        }
        self.renew_our_keys(core, cx);
        self.offer_keys_again(core, cx);
        self.send_answers(core, cx);
        self.send_once_more(core, cx);
        self.tell_trust_words(core, cx);
    }

    /// When OMEMO has something to do.
    pub(super) fn omemo_deadline(&self) -> Option<Timestamp> {
        let fetches = self.omemo.fetches.deadline();
        fetches.into_iter().chain(self.omemo.ours.deadline()).min()
    }

    /// See `Link::bound_deadline`.
    pub(super) fn bound_omemo_deadlines(&mut self, now: Timestamp) {
        self.omemo.fetches.bound_deadlines(now);
        self.omemo.ours.bound_deadline(now);
    }
}
