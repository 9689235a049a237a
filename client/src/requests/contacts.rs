//! Requests about contacts.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{ContactRecord, Subscription};

use super::{Desk, Reports, RequestError};
use crate::engine_task::Contacts;
use crate::report::{ContactAddress, ContactReport, Report};

/// What is said of whoever is not there.
const OFFLINE: &str = "offline";

/// Every contact, and everybody who has asked to become one.
pub(super) async fn list(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let contacts = desk.engine.look(Contacts::of).await?;
    for person in contacts.people() {
        let report = person_report(&person, &contacts);
        reports.send(Report::Contact(Box::new(report))).await?;
    }
    for report in requests(desk).await? {
        reports.send(report).await?;
    }
    Ok(())
}

/// Everybody who has asked to become a contact.
pub(super) async fn requests(desk: &Desk) -> Result<Vec<Report>, RequestError> {
    let contacts = desk.engine.look(Contacts::of).await?;
    let from = contacts.memory.requests.keys();
    Ok(from
        .map(|jid| Report::Request {
            from: jid.to_string(),
        })
        .collect())
}

/// Carries a decision out and waits until our endpoint has it.
pub(super) async fn change(
    desk: &Desk,
    command: Command,
    jid: &BareJid,
    reports: &Reports,
) -> Result<(), RequestError> {
    let _attached = desk.engine.attach().await?;
    desk.engine.command(command).await??;
    let asked = jid.clone();
    let is_settled = move |engine: &Engine| {
        let mut intents = engine.memory().intents.values();
        !intents.any(|intent| intent.jid == asked)
    };
    desk.engine.until(is_settled).await?;
    let contacts = desk.engine.look(Contacts::of).await?;
    if let Some(contact) = contacts.memory.contacts.get(jid) {
        reports.send(contact_report(contact, &contacts)).await?;
    }
    Ok(())
}

/// What an event says about contacts, if anything.
pub(super) async fn news(desk: &Desk, event: &Event) -> Result<Option<Report>, RequestError> {
    let contacts = desk.engine.look(Contacts::of).await?;
    Ok(match event {
        Event::RequestChanged { jid } => {
            contacts
                .memory
                .requests
                .contains_key(jid)
                .then(|| Report::Request {
                    from: jid.to_string(),
                })
        }
        Event::ContactChanged { jid } => contacts
            .memory
            .contacts
            .get(jid)
            .map(|contact| contact_report(contact, &contacts)),
        Event::PresenceChanged { jid } => Some(Report::Presence {
            jid: jid.to_string(),
            state: presence_of(jid, &contacts),
        }),
        _ => None,
    })
}

/// What is said about one address of a contact.
fn contact_report(contact: &ContactRecord, contacts: &Contacts) -> Report {
    Report::Contact(Box::new(of_address(contact, contacts)))
}

fn of_address(contact: &ContactRecord, contacts: &Contacts) -> ContactReport {
    let invites = contacts.memory.contact_invites.get(&contact.jid);
    let home = contacts.memory.home_of(&contact.jid);
    ContactReport {
        jid: contact.jid.to_string(),
        conversation: (home != contact.jid).then(|| home.to_string()),
        name: contact.name.clone(),
        subscription: word(contact.subscription).to_owned(),
        pending: contact.asked,
        presence: presence_of(&contact.jid, contacts),
        invited: invites
            .and_then(|it| it.came_with)
            .map(|it| it.made.to_string()),
        addresses: Vec::new(),
    }
}

/// What is said about a person: all that holds at any of their addresses, under the one that comes first.
fn person_report(addresses: &[&ContactRecord], contacts: &Contacts) -> ContactReport {
    let Some(first) = addresses.first() else {
        return ContactReport::default();
    };
    let mut report = of_address(first, contacts);
    if addresses.len() < 2 {
        return report;
    }
    let mut all = addresses.iter().map(|it| of_address(it, contacts));
    report.name = all.clone().find_map(|it| it.name);
    report.invited = all.clone().find_map(|it| it.invited);
    let there = all.find(|it| it.presence != OFFLINE);
    report.presence = there.map_or_else(|| OFFLINE.to_owned(), |it| it.presence);
    let subscriptions = addresses.iter().map(|it| it.subscription);
    let all = subscriptions.fold(Subscription::None, together);
    report.subscription = word(all).to_owned();
    report.pending = !all.we_see_them() && addresses.iter().any(|it| it.asked);
    let each = addresses.iter().map(|it| ContactAddress {
        jid: it.jid.to_string(),
        subscription: word(it.subscription).to_owned(),
        pending: it.asked,
        presence: presence_of(&it.jid, contacts),
        former: contacts.is_former(&it.jid),
    });
    report.addresses = each.collect();
    report
}

impl Contacts {
    /// The contacts by person, each with the address first that is best used: the one under which the
    /// conversation is kept, as long as it is theirs.
    fn people(&self) -> Vec<Vec<&ContactRecord>> {
        let mut people: BTreeMap<BareJid, Vec<&ContactRecord>> = BTreeMap::new();
        for contact in self.memory.contacts.values() {
            let home = self.memory.home_of(&contact.jid);
            people.entry(home).or_default().push(contact);
        }
        let ordered = people.into_iter().map(|(home, mut addresses)| {
            addresses.sort_by_key(|it| (self.is_former(&it.jid), it.jid != home));
            addresses
        });
        ordered.collect()
    }

    /// Whether an address was somebody's who is at another one now.
    fn is_former(&self, jid: &BareJid) -> bool {
        self.memory.is_former_home(jid)
    }
}

/// What two addresses of one person come to.
fn together(one: Subscription, other: Subscription) -> Subscription {
    let to = one.we_see_them() || other.we_see_them();
    let from = one.they_see_us() || other.they_see_us();
    match (to, from) {
        (true, true) => Subscription::Both,
        (true, false) => Subscription::To,
        (false, true) => Subscription::From,
        (false, false) => Subscription::None,
    }
}

fn word(subscription: Subscription) -> &'static str {
    match subscription {
        Subscription::None => "none",
        Subscription::To => "to",
        Subscription::From => "from",
        Subscription::Both => "both",
    }
}

fn presence_of(jid: &BareJid, contacts: &Contacts) -> String {
    contacts
        .present
        .get(jid)
        .cloned()
        .unwrap_or_else(|| OFFLINE.to_owned())
}

#[cfg(test)]
mod tests {
    use onym_client_protocol::store::{
        AddressStanding, Change, IdentityRecord, KnownBy, PersonRecord, Snapshot,
    };
    use onym_identity::statement::Followed;
    use onym_identity::{IdentitySecretKey, Timestamp};

    use super::*;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn contact(text: &str, name: Option<&str>, subscription: Subscription) -> Change {
        Change::PutContact(ContactRecord {
            jid: jid(text),
            name: name.map(str::to_owned),
            subscription,
            asked: subscription == Subscription::None,
            approved: false,
            groups: Vec::new(),
        })
    }

    #[test]
    fn a_person_with_a_former_address_is_one_contact_under_the_present_one() {
        let mut memory = Snapshot::default();
        let identity = IdentitySecretKey::from_seed(&[7; 32]).public();
        for change in [
            contact("bob@old.example", Some("Bob"), Subscription::Both),
            contact("bob@new.example", None, Subscription::None),
            contact("carol@c.example", None, Subscription::From),
        ] {
            memory.apply(&change);
        }
        let present = [(jid("bob@old.example"), "away".to_owned())];
        let mut contacts = Contacts {
            memory,
            present: present.into_iter().collect(),
        };
        assert_eq!(contacts.people().len(), 3, "nothing says that they are one");
        let home = jid("bob@old.example");
        let write_to = None;
        contacts.memory.apply(&Change::PutPerson(PersonRecord {
            home: home.clone(),
            identity,
            write_to,
        }));
        let record = IdentityRecord {
            jid: home,
            followed: Followed::new(identity),
            statement: Vec::new(),
            expires: Timestamp::UNIX_EPOCH,
            signed: Vec::new(),
            revoked: Vec::new(),
            address: AddressStanding::Revoked,
            known_by: KnownBy::FirstSeen,
            is_taken: true,
            challenge: None,
            dismissed: Vec::new(),
            history: Vec::new(),
            is_expired: false,
        };
        contacts
            .memory
            .apply(&Change::PutIdentity(Box::new(record)));
        assert!(contacts.is_former(&jid("bob@old.example")));
        let [new, old] = ["bob@new.example", "bob@old.example"];
        let both = [new, old].map(|it| contacts.memory.contacts[&jid(it)].clone());
        let report = person_report(&both.iter().collect::<Vec<_>>(), &contacts);
        assert_eq!(
            (report.jid.as_str(), report.name.as_deref()),
            (new, Some("Bob"))
        );
        assert_eq!(
            (report.subscription.as_str(), report.presence.as_str()),
            ("both", "away")
        );
        assert!(!report.pending, "one of them is enough");
        let former: Vec<_> = report
            .addresses
            .iter()
            .map(|it| (it.jid.as_str(), it.former))
            .collect();
        assert_eq!(former, [(new, false), (old, true)]);
    }

    #[test]
    fn two_halves_are_a_whole() {
        use Subscription::{Both, From, None, To};
        for (one, other, all) in [
            (None, None, None),
            (To, From, Both),
            (From, From, From),
            (None, To, To),
        ] {
            assert_eq!(together(one, other), all);
            assert_eq!(together(other, one), all);
        }
    }
}
