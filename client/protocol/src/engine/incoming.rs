//! What kind of message came, and who may send that kind.

use minidom::Element;

use super::core::{Context, Core};
use super::messages::{Arrival, Provenance};
use super::session::Session;
use crate::forwarding::Way;
use crate::stanza::Sender;
use crate::{archive, carbons, pep};

impl Session {
    /// Takes a message from the server. Each is of one kind only: a copy, a result or news may
    /// not also say something in its own name.
    pub(super) fn message(&mut self, stanza: &Element, core: &mut Core, cx: &mut Context<'_>) {
        if carbons::is_carbon(stanza) {
            self.carbon(stanza, core, cx);
        } else if archive::is_result(stanza) {
            self.archive_result(stanza, core, cx);
        } else if pep::is_event(stanza) {
            self.event(stanza, core, cx);
        } else {
            self.live(stanza, core, cx);
        }
    }

    fn carbon(&mut self, stanza: &Element, core: &mut Core, cx: &mut Context<'_>) {
        let our_jid = &core.config.our_jid;
        let Some((way, message)) =
            Sender::of(stanza).and_then(|sender| carbons::unwrap(stanza, &sender, our_jid))
        else {
            return;
        };
        let provenance = match way {
            Way::Sent => Provenance::CarbonSent,
            Way::Received if self.is_from_blocked(message, core) => return,
            Way::Received => Provenance::CarbonReceived,
        };
        self.take_live(message, provenance, core, cx);
    }

    fn live(&mut self, stanza: &Element, core: &mut Core, cx: &mut Context<'_>) {
        if !self.is_from_blocked(stanza, core) {
            self.take_live(stanza, Provenance::Live, core, cx);
        }
    }

    fn take_live(
        &mut self,
        message: &Element,
        provenance: Provenance,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        // A server without an archive does not remove a name that the sender forged.
        let archive_id = archive::archive_id(message, &core.config.our_jid)
            .filter(|_| self.abilities.archive)
            .map(str::to_owned);
        let arrival = Arrival {
            message,
            provenance,
            archive_id: archive_id.clone(),
            stamp: None,
        };
        self.arrived(&arrival, core, cx);
        if let Some(id) = archive_id {
            self.follow_live(message, &id, core, cx.now);
        }
    }
}
