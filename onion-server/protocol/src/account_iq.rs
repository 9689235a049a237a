//! What the server answers for an account (RFC 6121 §8.5.2.1.3): to the account's own clients, and
//! to others.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::avatar::Avatar;
use crate::context::Context;
use crate::input::ConnectionId;
use crate::pep::is_bounced_notification;
use crate::server::Server;
use crate::service::{self, Asked};
use crate::stanza::{self, Condition, Refusal, StanzaKind};
use crate::store::Snapshot;

impl Server {
    /// A question of a client's to its own account about what is kept for it. None where it is
    /// about something else. `named` says that it is addressed to the account's JID.
    pub(crate) fn own_request(
        &mut self,
        id: ConnectionId,
        bare: &BareJid,
        iq: &Element,
        named: bool,
        cx: &mut Context<'_>,
    ) -> Option<Result<Option<Element>, Refusal>> {
        let payload = iq.children().next()?;
        let kind = iq.attr("type");
        let namespace = payload.ns();
        match (payload.name(), namespace.as_str()) {
            ("pubsub", ns::PUBSUB | ns::PUBSUB_OWNER) => {
                Some(self.pubsub_of_owner(bare, iq, payload, cx))
            }
            ("vCard", ns::VCARD_TEMP) => Some(self.vcard_of_owner(bare, kind, payload, cx)),
            (_, ns::BLOCKING) => Some(self.blocking_command(id, bare, kind, payload, cx)),
            ("query", _) if named && kind == Some("get") => {
                self.discover_nodes(bare, &bare.clone().into(), payload)
            }
            _ => None,
        }
    }

    /// A question of somebody else's. `trusted` says that they share presence with the account:
    /// what it is, only those may ask (XEP-0030 §8). Its vCard and open nodes are for everybody,
    /// as far as [`Server::admits_public`] goes.
    pub(crate) fn others_request(
        &mut self,
        bare: &BareJid,
        iq: &Element,
        from: &Jid,
        trusted: bool,
        cx: &mut Context<'_>,
    ) -> Result<Option<Element>, Refusal> {
        let payload = iq.children().next().ok_or(Condition::ServiceUnavailable)?;
        let kind = iq.attr("type");
        let namespace = payload.ns();
        if !self.has_public_room(from, cx) {
            return Err(Condition::ResourceConstraint.into());
        }
        let answer = match (payload.name(), namespace.as_str()) {
            ("pubsub", ns::PUBSUB | ns::PUBSUB_OWNER) => {
                self.pubsub_of_other(bare, from, iq, payload)
            }
            ("vCard", ns::VCARD_TEMP) => self.vcard_of_other(bare, from, kind),
            ("query", namespace) if kind == Some("get") && trusted && namespace != ns::ROSTER => {
                let about_nodes = self.discover_nodes(bare, from, payload);
                about_nodes.unwrap_or_else(|| {
                    service::answer(Asked::Account, payload).map_err(Refusal::from)
                })
            }
            _ => Err(Condition::ServiceUnavailable.into()),
        }?;
        let Some(payload) = answer else {
            return Ok(None);
        };
        if !self.admits_public(from, &payload, cx) {
            return Err(Condition::ResourceConstraint.into());
        }
        Ok(Some(payload))
    }

    /// A stanza for an account that answers what its nodes have sent: no client has asked for it.
    pub(crate) fn concerns_nodes(
        &mut self,
        bare: &BareJid,
        stanza: &Element,
        from: &Jid,
        cx: &mut Context<'_>,
    ) -> bool {
        if is_bounced_notification(stanza) {
            return true;
        }
        let answer = StanzaKind::of(stanza) == Some(StanzaKind::Iq)
            && matches!(stanza.attr("type"), Some("result" | "error"));
        if answer {
            self.capabilities_answered(bare, from, stanza, cx);
        }
        answer
    }

    /// Takes up what was stored of what the accounts publish, and whom they block.
    pub(crate) fn load_profiles(&mut self, snapshot: &mut Snapshot) {
        for ((owner, name), config) in std::mem::take(&mut snapshot.nodes) {
            if let Some(account) = self.accounts.get_mut(&owner) {
                account.nodes.load_node(name, config);
            }
        }
        for ((owner, node, id), item) in std::mem::take(&mut snapshot.items) {
            if let Some(account) = self.accounts.get_mut(&owner) {
                account.nodes.load_item(&node, id, item);
            }
        }
        for (owner, vcard) in std::mem::take(&mut snapshot.vcards) {
            if let Some(account) = self.accounts.get_mut(&owner) {
                account.vcard = Some(vcard);
            }
        }
        for (owner, jid) in std::mem::take(&mut snapshot.blocked) {
            if let Some(account) = self.accounts.get_mut(&owner) {
                account.blocked.insert(jid);
            }
        }
        for account in self.accounts.values_mut() {
            account.avatar = Avatar::of(&account.nodes);
        }
    }

    /// Whether an account blocks somebody. Its own clients are never on the list.
    pub(crate) fn blocks(&self, bare: &BareJid, other: &Jid) -> bool {
        let account = self.accounts.get(bare);
        account.is_some_and(|account| account.blocked.blocks(other))
    }

    /// XEP-0191 §3.3: a client writes to somebody whom its account blocks.
    pub(crate) fn refuse_to_blocked(
        &mut self,
        id: ConnectionId,
        stanza: &Element,
        cx: &mut Context<'_>,
    ) {
        let refusal = crate::blocking::blocked_by_you();
        let reply = match (stanza.name(), stanza.attr("type")) {
            ("presence", Some("error")) => None,
            ("presence", _) => Some(stanza::presence_error(stanza, refusal)),
            _ => stanza::error_reply(stanza, refusal, None),
        };
        if let (Some(reply), Some(resource)) = (reply, self.resource(id)) {
            resource.send(id, &reply, cx);
        }
    }
}
