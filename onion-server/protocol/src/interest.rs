//! Whom the server has business with: the domains in the rosters of its accounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::account::Account;
use crate::domain::Domain;
use crate::server::Server;

/// The domains in the rosters.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    /// Those of every listed contact: not strangers.
    pub(crate) known: BTreeSet<Domain>,
    /// Those with which a link is wanted so that presence can flow: contacts with a subscription
    /// of every account that is here.
    pub(crate) wanted: BTreeSet<Domain>,
}

impl Server {
    /// Worked out anew after something has changed that it depends on.
    pub(crate) fn interest(&mut self) -> Arc<Interest> {
        if let Some(interest) = &self.interest {
            return Arc::clone(interest);
        }
        let mut interest = Interest::default();
        for account in self.accounts.values() {
            let here = self.is_here(account);
            for item in account.roster.items.values().filter(|item| item.listed) {
                let domain = Domain::of(&item.jid.clone().into());
                if domain == self.domain {
                    continue;
                }
                let subscription = item.subscription;
                if here && (subscription.to || subscription.from) {
                    interest.wanted.insert(domain.clone());
                }
                interest.known.insert(domain);
            }
        }
        let interest = Arc::new(interest);
        self.interest = Some(Arc::clone(&interest));
        interest
    }

    /// Something that [`Self::interest`] depends on has changed.
    pub(crate) fn forget_interest(&mut self) {
        self.interest = None;
    }

    /// Whether a contact of one of our accounts is at this domain.
    pub(crate) fn knows(&mut self, domain: &Domain) -> bool {
        self.interest().known.contains(domain)
    }

    fn is_here(&self, account: &Account) -> bool {
        self.resources_of(account)
            .any(|(_, resource)| resource.presence.is_some())
    }
}
