//! What we say about ourselves, published where others can find it.

use minidom::Element;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::Asked;
use super::profiles;
use super::session::Session;
use crate::avatar::{self, AvatarHash, ImageKind, MAX_AVATAR_BYTES};
use crate::command::CommandError;
use crate::event::Event;
use crate::nickname::MAX_NICKNAME_CHARS;
use crate::store::{AvatarChoice, Change, Intent, OurProfile};
use crate::{nickname, pep, vcard};

/// The name of the only item of a node.
const ONLY_ITEM: &str = "current";

/// A profile that is being published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Publication {
    number: u64,
    name: Option<String>,
    avatar: AvatarChoice,
}

impl Core {
    /// Keeps what the user wants to say about themselves, to publish it.
    pub(super) fn publish_profile(
        &mut self,
        name: Option<&str>,
        avatar: AvatarChoice,
    ) -> Result<(), CommandError> {
        if name.is_some_and(|name| name.chars().count() > MAX_NICKNAME_CHARS) {
            return Err(CommandError::NameTooLong);
        }
        let name = name.and_then(nickname::cleaned);
        let old = self.memory.account.profile.avatar.clone();
        let new = match &avatar {
            AvatarChoice::Keep => old.clone(),
            AvatarChoice::Remove => None,
            AvatarChoice::Set(bytes) => {
                if bytes.len() > MAX_AVATAR_BYTES {
                    return Err(CommandError::AvatarTooLarge { bytes: bytes.len() });
                }
                let hash = AvatarHash::of(bytes);
                let record =
                    profiles::avatar_record(hash, bytes.clone()).ok_or(CommandError::NotAnImage)?;
                self.change(Change::PutAvatar(record));
                Some(hash.to_hex())
            }
        };
        self.set_our_profile(OurProfile {
            name: name.clone(),
            avatar: new.clone(),
        });
        if let Some(old) = old.filter(|old| Some(old) != new.as_ref()) {
            self.drop_unused_avatar(old);
        }
        self.name_our_statement(name.as_deref());
        let our_jid = self.config.our_jid.clone();
        self.decide(our_jid, Intent::Publish { name, avatar });
        Ok(())
    }

    pub(super) fn set_our_profile(&mut self, profile: OurProfile) {
        let mut account = self.memory.account.clone();
        if account.profile != profile {
            account.profile = profile;
            self.change(Change::PutAccount(Box::new(account)));
            let jid = self.config.our_jid.clone();
            self.outbox.event(Event::ProfileChanged { jid });
        }
    }
}

impl Session {
    /// Publishes our profile by whatever the server has. The intent is carried out once the server
    /// has the last of it.
    pub(super) fn send_profile(
        &mut self,
        number: u64,
        name: Option<String>,
        avatar: AvatarChoice,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let abilities = self.abilities;
        let uses_card = abilities.vcard && !(abilities.pep && abilities.converts_avatars);
        if abilities.pep {
            let mut news = publications(name.as_deref(), &avatar);
            let last = news.pop();
            for query in news {
                self.ask("set", query, Asked::Publish, Sent::Other, core, cx);
            }
            let item = match uses_card {
                true => Sent::Other,
                false => Sent::Intent(number),
            };
            if let Some(query) = last {
                self.ask("set", query, Asked::Publish, item, core, cx);
            }
        }
        if uses_card {
            let publication = Publication {
                number,
                name,
                avatar,
            };
            let asked = Asked::OurCard(Box::new(publication));
            self.ask("get", vcard::get(), asked, Sent::Other, core, cx);
        } else if !abilities.pep {
            core.change(Change::RemoveIntent(number));
            let refusal = CommandError::ProfileNotKept;
            core.outbox.event(Event::CommandRefused(refusal));
        }
        self.request_due = true;
    }

    /// Our card came: it is set again with what is new in it.
    pub(super) fn our_card_came(
        &mut self,
        publication: Publication,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        // Who has no card yet gets an error or an empty one (XEP-0054, section 3.1).
        let before = answer.and_then(|answer| answer.get_child("vCard", ns::VCARD_TEMP));
        let Publication {
            number,
            name,
            avatar,
        } = publication;
        let card = vcard::with_profile(before, name.as_deref(), &avatar);
        let item = Sent::Intent(number);
        self.ask("set", card, Asked::SetCard, item, core, cx);
        self.request_due = true;
    }

    /// A part of our profile was published, or refused.
    pub(super) fn published(&self, condition: Option<String>, core: &mut Core) {
        if let Some(condition) = condition {
            let refusal = CommandError::ProfileRefused { condition };
            core.outbox.event(Event::CommandRefused(refusal));
        }
    }
}

/// The name, then the bytes of the picture, and then that there is one (XEP-0084, section 3.2).
fn publications(name: Option<&str>, avatar: &AvatarChoice) -> Vec<Element> {
    let nick = nickname::nick(name.unwrap_or_default());
    let mut queries = vec![pep::publish(ns::NICKNAME, ONLY_ITEM, nick, None)];
    match avatar {
        AvatarChoice::Keep => {}
        AvatarChoice::Remove => {
            let none = avatar::metadata(None);
            queries.push(pep::publish(ns::AVATAR_METADATA, ONLY_ITEM, none, None));
        }
        AvatarChoice::Set(bytes) => {
            let hash = AvatarHash::of(bytes).to_hex();
            let data = avatar::data(bytes);
            queries.push(pep::publish(ns::AVATAR_DATA, &hash, data, None));
            if ImageKind::of(bytes).is_some() {
                let metadata = avatar::metadata(Some(bytes));
                queries.push(pep::publish(ns::AVATAR_METADATA, &hash, metadata, None));
            }
        }
    }
    queries
}
