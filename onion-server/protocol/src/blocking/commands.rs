//! The commands of XEP-0191, and what follows from them for presence.

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use onym_stream::Element;

use super::{BlockList, items, list};
use crate::context::Context;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::server::Server;
use crate::stanza::{self, Condition, Refusal};
use crate::store::Change;

type Answer = Result<Option<Element>, Refusal>;

impl Server {
    /// A command of a client's.
    pub(crate) fn blocking_command(
        &mut self,
        id: ConnectionId,
        bare: &BareJid,
        kind: Option<&str>,
        command: &Element,
        cx: &mut Context<'_>,
    ) -> Answer {
        match (kind, command.name()) {
            (Some("get"), "blocklist") => {
                if let Some(resource) = self.resource(id) {
                    resource.knows_block_list = true;
                }
                let account = self.accounts.get(bare);
                Ok(account.map(|account| account.blocked.to_element()))
            }
            (Some("set"), "block") => {
                let jids = items(command)?;
                if jids.is_empty() {
                    return Err(Condition::BadRequest.into());
                }
                self.block(bare, &jids, cx)
            }
            (Some("set"), "unblock") => {
                let jids = items(command)?;
                self.unblock(bare, &jids, cx);
                Ok(None)
            }
            _ => Err(Condition::BadRequest.into()),
        }
    }

    /// §3.3: "the user's server MUST send unavailable presence information".
    fn block(&mut self, bare: &BareJid, jids: &BTreeSet<Jid>, cx: &mut Context<'_>) -> Answer {
        // §5: own clients are never kept from one another.
        let ours = &self.domain;
        let own = |jid: &Jid| {
            jid.to_bare() == *bare || (jid.node().is_none() && Domain::of(jid) == *ours)
        };
        if jids.iter().any(own) {
            return Err(Condition::NotAllowed.into());
        }
        let Some(account) = self.accounts.get(bare) else {
            return Err(Condition::ItemNotFound.into());
        };
        if !account.blocked.admits(jids) {
            return Err(Condition::ResourceConstraint.into());
        }
        let mut coming = BlockList::default();
        for jid in jids {
            if !account.blocked.blocks(jid) {
                coming.insert(jid.clone());
            }
        }
        self.part_from(bare, &coming, cx);
        if let Some(account) = self.accounts.get_mut(bare) {
            for jid in jids {
                if account.blocked.insert(jid.clone()) {
                    cx.commit(Change::PutBlocked(bare.clone(), jid.clone()));
                }
            }
        }
        self.forget_requests(bare, cx);
        self.push_block_list(bare, &list("block", jids), cx);
        Ok(None)
    }

    /// Those who are about to be blocked see the account's clients go, and its clients see them go.
    fn part_from(&mut self, bare: &BareJid, coming: &BlockList, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let mut told: BTreeSet<(Jid, Jid)> = BTreeSet::new();
        for (_, resource) in self.resources_of(account) {
            let Some(full) = resource.full_jid().map(Jid::from) else {
                continue;
            };
            if resource.presence.is_some() {
                let contacts = account.roster.items.values();
                let subscribed = contacts.filter(|item| item.subscription.from);
                let subscribed = subscribed.map(|item| Jid::from(item.jid.clone()));
                told.extend(subscribed.map(|jid| (full.clone(), jid)));
                // One resource of a contact may be blocked alone.
                let present = account.present.iter();
                let present = present.filter(|jid| {
                    let bare = jid.to_bare();
                    account.shares_presence_with(&bare) && !coming.blocks(&bare.into())
                });
                told.extend(present.map(|jid| (full.clone(), jid.clone())));
            }
            told.extend(
                resource
                    .directed
                    .iter()
                    .map(|jid| (full.clone(), jid.clone())),
            );
        }
        let hidden: Vec<_> = account.present.iter().cloned().collect();
        for (full, to) in told.into_iter().filter(|(_, to)| coming.blocks(to)) {
            let gone = stanza::presence(full.as_str(), to.as_str(), Some("unavailable"));
            self.send_presence(&gone, to.as_str(), cx);
        }
        for from in hidden.into_iter().filter(|jid| coming.blocks(jid)) {
            let gone = stanza::presence(from.as_str(), bare.as_str(), Some("unavailable"));
            self.deliver_presence(gone, &from, &bare.clone().into(), cx);
        }
    }

    /// Requests of those who are blocked wait for no answer any more.
    fn forget_requests(&mut self, bare: &BareJid, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let items = account.roster.items.values();
        let strangers: Vec<_> = items
            .filter(|item| !item.listed && account.blocked.blocks(&item.jid.clone().into()))
            .map(|item| item.jid.clone())
            .collect();
        for stranger in strangers {
            self.remove_item(bare, &stranger, false, cx);
        }
    }

    /// §3.4: "the user's server MUST send the user's current presence information". We also ask
    /// for theirs.
    fn unblock(&mut self, bare: &BareJid, jids: &BTreeSet<Jid>, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        // §3.5: none means all.
        let jids_gone: BTreeSet<Jid> = if jids.is_empty() {
            account.blocked.blocked.clone()
        } else {
            jids.clone()
        };
        let mut gone = BlockList::default();
        for jid in jids_gone {
            if account.blocked.remove(&jid) {
                cx.commit(Change::RemoveBlocked(bare.clone(), jid.clone()));
                gone.insert(jid);
            }
        }
        let free = |jid: &Jid| gone.blocks(jid) && !account.blocked.blocks(jid);
        let items = account.roster.items.values();
        let contacts: Vec<_> = items
            .filter(|item| free(&item.jid.clone().into()))
            .map(|item| (item.jid.clone(), item.subscription))
            .collect();
        for (contact, subscription) in contacts {
            if subscription.from {
                self.share_presence(bare, &contact, true, cx);
            }
            if subscription.to {
                let probe = stanza::presence(bare.as_str(), contact.as_str(), Some("probe"));
                self.send_presence(&probe, contact.as_str(), cx);
            }
        }
        self.push_block_list(bare, &list("unblock", jids), cx);
    }

    /// §3.3 and §3.4: to "all of the user's resources that have requested the blocklist".
    fn push_block_list(&mut self, bare: &BareJid, command: &Element, cx: &mut Context<'_>) {
        self.push_iq(bare, command, |resource| resource.knows_block_list, cx);
    }
}
