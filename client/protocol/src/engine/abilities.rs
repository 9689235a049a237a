//! What our server can do, and what follows from it.
//!
//! A server may have none of it: then the client is what it was without.

use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::{Asked, Whom};
use super::session::Session;
use crate::{carbons, disco};
use onym_stream::ns;

/// What our server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Abilities {
    /// How many answers are still to come; nothing is known before the last one.
    awaited: u8,
    /// Whether the questions were answered, or will not be.
    pub(super) are_known: bool,
    carbons: bool,
    /// It keeps an archive for our account.
    pub(super) archive: bool,
    /// It keeps others away.
    pub(super) blocking: bool,
    /// Our account can publish.
    pub(super) pep: bool,
    /// It can be told how a node has to be kept.
    pub(super) publish_options: bool,
    /// It lets in who has the token of an invite.
    pub(super) invites: bool,
    /// It keeps cards.
    pub(super) vcard: bool,
    /// It copies a published image into the card.
    pub(super) converts_avatars: bool,
}

/// Whose abilities an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AbilitiesOf {
    /// Our account's: the archive and PEP.
    Account,
    /// The server's.
    Server,
}

impl Session {
    /// Asks our server what it can do.
    pub(super) fn ask_abilities(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let account = Whom::Account(core.config.our_jid.clone());
        for (whom, of) in [
            (account, AbilitiesOf::Account),
            (Whom::OurServer, AbilitiesOf::Server),
        ] {
            self.abilities.awaited = self.abilities.awaited.saturating_add(1);
            let asked = Asked::Abilities(of);
            self.ask_of(whom, "get", disco::query(), asked, Sent::Other, core, cx);
        }
    }

    /// An answer came, or with `None` will not come.
    pub(super) fn abilities_came(
        &mut self,
        of: AbilitiesOf,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let info = answer.and_then(disco::info).unwrap_or_default();
        let has = |feature: &str| info.features.contains(feature);
        let abilities = &mut self.abilities;
        // Carbons, blocking and cards are named by the server or the account, as it likes.
        abilities.carbons |= has(ns::CARBONS);
        abilities.blocking |= has(ns::BLOCKING);
        abilities.vcard |= has(ns::VCARD_TEMP);
        abilities.converts_avatars |= has(ns::AVATAR_CONVERSION);
        if of == AbilitiesOf::Account {
            abilities.archive = has(ns::ARCHIVE);
            abilities.pep = info.is_pep;
            abilities.publish_options = has(ns::PUBLISH_OPTIONS);
            abilities.invites = has(ns::INVITES);
        }
        abilities.awaited = abilities.awaited.saturating_sub(1);
        if abilities.awaited == 0 {
            abilities.are_known = true;
            self.abilities_known(core, cx);
        }
    }

    fn abilities_known(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if self.abilities.blocking {
            self.ask_blocked(core, cx);
        }
        if self.abilities.carbons {
            let asked = Asked::Carbons;
            self.ask("set", carbons::enable(), asked, Sent::Other, core, cx);
        } else {
            self.carbons_answered(false, core, cx);
        }
    }

    /// From now on we see what our other clients send and receive, or we do not.
    pub(super) fn carbons_answered(
        &mut self,
        are_enabled: bool,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.carbons_are_enabled = are_enabled;
        // Only now: what comes from here on comes live, and what came before is in the archive.
        self.begin_catch_up(core, cx);
    }
}
