//! What goes to the server for each thing that the user decides about a contact.

use jid::BareJid;
use minidom::Element;
use onym_identity::invite::InviteToken;
use onym_stream::{Attributes, ns};

use super::{remove, set};
use crate::blocking;
use crate::store::{ContactRecord, Intent, IntentRecord, Subscription};

/// One stanza of an intent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// A set of the roster, which the server answers.
    RosterSet(Element),
    /// A change to whom the server keeps away.
    Blocking(Element),
    /// A presence stanza about a subscription.
    Presence(Element),
}

/// The stanzas for an intent, in order. All of them may be sent again. A request carries the token of
/// the invite that the user has taken.
pub(crate) fn steps(
    record: &IntentRecord,
    contact: Option<&ContactRecord>,
    server_takes_pre_approval: bool,
    token: Option<&InviteToken>,
) -> Vec<Step> {
    let jid = &record.jid;
    let subscription = contact.map_or(Subscription::None, |contact| contact.subscription);
    let groups = contact
        .map(|contact| contact.groups.as_slice())
        .unwrap_or_default();
    let mut steps = Vec::new();
    match &record.intent {
        Intent::Add { name } => {
            let name = name
                .as_deref()
                .or(contact.and_then(|contact| contact.name.as_deref()));
            // RFC 6121, section 3.1.2: a client "SHOULD" set the roster before it asks.
            steps.push(Step::RosterSet(set(jid, name, groups)));
            if server_takes_pre_approval && !subscription.they_see_us() {
                steps.push(presence("subscribed", jid));
            }
            if !subscription.we_see_them() {
                steps.push(request(jid, token));
            }
        }
        Intent::Follow {
            name,
            groups,
            has_asked,
        } => {
            steps.push(Step::RosterSet(set(jid, name.as_deref(), groups)));
            if (*has_asked || server_takes_pre_approval) && !subscription.they_see_us() {
                steps.push(presence("subscribed", jid));
            }
            if !subscription.we_see_them() {
                steps.push(request(jid, token));
            }
        }
        Intent::Accept => {
            steps.push(presence("subscribed", jid));
            if !subscription.we_see_them() {
                steps.push(request(jid, token));
            }
        }
        Intent::Decline => steps.push(presence("unsubscribed", jid)),
        // RFC 6121, section 2.5.2: the server cancels both subscriptions.
        Intent::Remove => steps.push(Step::RosterSet(remove(jid))),
        Intent::Block => steps.push(Step::Blocking(blocking::block(jid))),
        Intent::Unblock => steps.push(Step::Blocking(blocking::unblock(jid))),
        // What is published takes more than one question.
        Intent::Publish { .. } => {}
        Intent::Rename { name } => {
            steps.push(Step::RosterSet(set(jid, name.as_deref(), groups)));
        }
        Intent::Group { groups } => {
            let name = contact.and_then(|contact| contact.name.as_deref());
            steps.push(Step::RosterSet(set(jid, name, groups)));
        }
    }
    steps
}

/// A contact with the name and the groups that the user has decided on since our server last told
/// of it. A set of the roster replaces both, so each one has to carry what the others decided.
pub(crate) fn with_decided<'a>(
    contact: &ContactRecord,
    intents: impl IntoIterator<Item = &'a IntentRecord>,
) -> ContactRecord {
    let mut contact = contact.clone();
    for record in intents {
        match &record.intent {
            _ if record.jid != contact.jid => {}
            Intent::Rename { name } => contact.name.clone_from(name),
            Intent::Add { name: Some(name) } => contact.name = Some(name.clone()),
            Intent::Group { groups } => contact.groups.clone_from(groups),
            Intent::Follow { name, groups, .. } => {
                contact.name.clone_from(name);
                contact.groups.clone_from(groups);
            }
            _ => {}
        }
    }
    contact
}

/// Asks to see somebody's presence (XEP-0379, section 3.3).
fn request(to: &BareJid, token: Option<&InviteToken>) -> Step {
    let mut request = subscription_presence("subscribe", to);
    if let Some(token) = token {
        request.append_child(
            Element::bare("preauth", ns::PREAUTH).with_attribute("token", token.reveal()),
        );
    }
    Step::Presence(request)
}

fn presence(kind: &'static str, to: &BareJid) -> Step {
    Step::Presence(subscription_presence(kind, to))
}

/// A presence stanza about a subscription.
pub(crate) fn subscription_presence(kind: &'static str, to: &BareJid) -> Element {
    Element::bare("presence", ns::CLIENT)
        .with_attribute("type", kind)
        .with_attribute("to", to.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stanzas in short: types of presence, `set` and `remove`.
    fn short(
        intent: &Intent,
        subscription: Option<Subscription>,
        pre_approval: bool,
    ) -> Vec<String> {
        let jid = BareJid::new("bob@b.example").unwrap();
        let record = IntentRecord {
            number: 0,
            jid: jid.clone(),
            intent: intent.clone(),
        };
        let contact = subscription.map(|subscription| ContactRecord {
            jid: jid.clone(),
            name: Some("Bob".to_owned()),
            subscription,
            asked: false,
            approved: false,
            groups: vec!["Friends".to_owned()],
        });
        let in_short = |step| match step {
            Step::Presence(presence) => {
                assert_eq!(presence.attr("to"), Some("bob@b.example"));
                presence.attr("type").unwrap().to_owned()
            }
            Step::Blocking(command) => command.name().to_owned(),
            Step::RosterSet(query) => {
                let item = query.children().next().unwrap();
                match item.attr("subscription") {
                    Some(remove) => remove.to_owned(),
                    None => format!(
                        "set {} {}",
                        item.attr("name").unwrap_or("-"),
                        item.children().count()
                    ),
                }
            }
        };
        steps(&record, contact.as_ref(), pre_approval, None)
            .into_iter()
            .map(in_short)
            .collect()
    }

    #[test]
    fn a_name_and_groups_do_not_undo_each_other() {
        let jid = BareJid::new("bob@b.example").unwrap();
        let contact = ContactRecord {
            jid: jid.clone(),
            name: Some("Bob".to_owned()),
            subscription: Subscription::Both,
            asked: false,
            approved: false,
            groups: Vec::new(),
        };
        let decided = |number, intent| IntentRecord {
            number,
            jid: jid.clone(),
            intent,
        };
        let rename = decided(
            0,
            Intent::Rename {
                name: Some("Rob".to_owned()),
            },
        );
        let group = decided(
            1,
            Intent::Group {
                groups: vec!["Work".to_owned()],
            },
        );
        let known = with_decided(&contact, [&rename, &group]);
        for record in [&rename, &group] {
            let sent = steps(record, Some(&known), false, None);
            let [Step::RosterSet(query)] = sent.as_slice() else {
                panic!("{sent:?}");
            };
            let item = query.children().next().unwrap();
            assert_eq!(item.attr("name"), Some("Rob"));
            assert_eq!(item.children().next().unwrap().text(), "Work");
        }
    }

    #[test]
    fn the_whole_table() {
        let add = Intent::Add { name: None };
        let add_as = Intent::Add {
            name: Some("Bobby".to_owned()),
        };
        let rename = Intent::Rename {
            name: Some("Rob".to_owned()),
        };
        let unname = Intent::Rename { name: None };
        let (none, both) = (Some(Subscription::None), Some(Subscription::Both));
        let (to, from) = (Some(Subscription::To), Some(Subscription::From));
        for (intent, subscription, pre_approval, expected) in [
            (&add, None, false, vec!["set - 0", "subscribe"]),
            (&add, None, true, vec!["set - 0", "subscribed", "subscribe"]),
            (
                &add,
                none,
                true,
                vec!["set Bob 1", "subscribed", "subscribe"],
            ),
            (&add_as, from, true, vec!["set Bobby 1", "subscribe"]),
            (&add_as, to, true, vec!["set Bobby 1", "subscribed"]),
            (&add_as, both, true, vec!["set Bobby 1"]),
            (
                &Intent::Accept,
                None,
                false,
                vec!["subscribed", "subscribe"],
            ),
            (&Intent::Accept, to, false, vec!["subscribed"]),
            (&Intent::Decline, None, false, vec!["unsubscribed"]),
            (&Intent::Remove, both, false, vec!["remove"]),
            (&rename, both, false, vec!["set Rob 1"]),
            (&unname, both, false, vec!["set - 1"]),
            (&Intent::Block, both, false, vec!["block"]),
            (&Intent::Unblock, None, false, vec!["unblock"]),
        ] {
            let found = short(intent, subscription, pre_approval);
            assert_eq!(found, expected, "{intent:?} of {subscription:?}");
        }
    }
}
