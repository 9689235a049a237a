//! Signed identities in the engine: the statements of contacts, and our own.
//!
//! ```text
//!   following    statements of contacts, fetched once and then taken from the news
//!   believing    what they change in what we know of who is behind an address
//!   sighting     what a statement at an address is to what is known of it
//!   deciding     what the user says about it
//!   ending       identities that their owners have revoked, or that have a successor
//!   cards        statements in vCards, of others and ours
//!   returning    the end of somebody's identity, given back to whoever goes on under it
//!   our_end      the end of our own, in the place of our statement
//!   publishing   our own, signed anew when what it says is no longer right
//!   claims       what the user wants ours to say
//!   moves        contacts who come to another address, followed without a question
//!   move_links   links to the new address of a contact
//!   signing_out  devices of ours whose keys it revokes
//!   moved        our own account at another address than before
//!   checking     whether an account confirms an identity, of which nothing is kept
//! ```

mod believing;
mod cards;
mod checking;
mod claims;
mod deciding;
mod ending;
mod following;
mod move_links;
mod moved;
mod moves;
mod our_end;
mod publishing;
mod returning;
mod sighting;
mod signing_out;

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use onym_identity::statement::MAX_LIFETIME;
use onym_identity::{IdentityKey, OnymJid, Timestamp};

pub(super) use self::cards::CardForm;
use self::cards::OurCards;
pub(super) use self::checking::AddressQuestion;
pub(super) use self::move_links::SoughtMove;
use self::moves::Checks;
use self::our_end::OurEnd;
use self::publishing::OurStatement;
use super::EngineConfig;
use super::core::{Context, Core};
use super::omemo::LONGEST_WAIT;
use super::session::Session;
use crate::omemo::DeviceId;

/// What one stream needs for statements.
pub(super) struct Statements {
    ours: OurStatement,
    end: OurEnd,
    cards: OurCards,
    /// Devices of ours whose keys are being revoked.
    leaving: BTreeSet<DeviceId>,
    /// How often devices that had announced themselves again were taken out of our lists.
    removed_again: u32,
    /// Whose statement was asked for, or who cannot have one.
    asked: BTreeSet<BareJid>,
    /// Whose statement is to be asked for although one was seen.
    again: BTreeSet<BareJid>,
    /// Who publishes none, or none to us.
    answered: BTreeSet<BareJid>,
    /// Addresses that the identities of contacts claim, each with who claims it.
    claimed: BTreeMap<BareJid, IdentityKey>,
    /// Who was told that their identity has ended.
    told: BTreeSet<BareJid>,
    /// Requests that may be those of contacts.
    checks: Checks,
    /// Whether contacts were asked to see us at our new address.
    has_asked_again: bool,
    under_way: usize,
    /// Whether somebody may have to be asked.
    is_due: bool,
}

impl Default for Statements {
    fn default() -> Self {
        Self {
            ours: OurStatement::default(),
            end: OurEnd::default(),
            cards: OurCards::default(),
            leaving: BTreeSet::new(),
            removed_again: 0,
            asked: BTreeSet::new(),
            again: BTreeSet::new(),
            answered: BTreeSet::new(),
            claimed: BTreeMap::new(),
            told: BTreeSet::new(),
            checks: Checks::default(),
            has_asked_again: false,
            under_way: 0,
            is_due: true,
        }
    }
}

/// The configuration without a key that is not the one our address names.
pub(super) fn with_own_key_only(mut config: EngineConfig) -> EngineConfig {
    let named = OnymJid::try_from(&config.our_jid).ok();
    config.identity = config
        .identity
        .filter(|key| named.is_some_and(|named| named.identity == key.public()));
    config
}

impl Session {
    /// Does for statements what is due, after our keys and before any message is sent.
    pub(super) fn statements_time_passed(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        self.ask_for_statements(core, cx);
        self.follow_moves(core, cx);
        self.keep_our_statement(core, cx);
        self.keep_our_cards(core, cx);
    }

    /// When statements have something to do.
    pub(super) fn statements_deadline(&self) -> Option<Timestamp> {
        let deadlines = [
            self.statements.ours.deadline(),
            self.statements.end.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// See `Link::bound_deadline`.
    pub(super) fn bound_statements_deadlines(&mut self, now: Timestamp) {
        let ours = &mut self.statements.ours;
        ours.bound_deadlines(now + LONGEST_WAIT, now + MAX_LIFETIME);
        self.statements.end.bound_deadline(now + LONGEST_WAIT);
    }
}
