//! XEP-0398, carried out: from the vCard into the nodes, and into every presence.

use jid::BareJid;
use onym_stream::{Element, ns};

use super::{Avatar, Image, Photo, says_none, stamp};
use crate::context::Context;
use crate::form::Form;
use crate::pep::Publication;
use crate::server::Server;
use crate::stanza::{self, Refusal};

impl Server {
    /// §3.2: a client has stored a vCard with this photo.
    pub(crate) fn take_over_photo(
        &mut self,
        bare: &BareJid,
        photo: &Photo,
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let account = self.accounts.get(bare);
        let present = account.and_then(|account| account.avatar.clone());
        match (photo, present) {
            (Photo::Image(image), present) => {
                if present.is_some_and(|present| present.hash == image.id()) {
                    return Ok(());
                }
                self.publish_avatar(bare, image, cx)
            }
            // Whoever stores a vCard has been shown the photo, and has taken it out.
            (Photo::Absent, Some(_)) => {
                // XEP-0084 §3.5: an empty element disables the avatar.
                let none = Element::bare("metadata", ns::AVATAR_METADATA);
                self.publish_of_avatar(bare, ns::AVATAR_METADATA, "current", &none, cx)
            }
            (Photo::Absent, None) | (Photo::Other, _) => Ok(()),
        }
    }

    fn publish_avatar(
        &mut self,
        bare: &BareJid,
        image: &Image,
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let id = image.id();
        self.publish_of_avatar(bare, ns::AVATAR_DATA, &id, &image.data(), cx)?;
        self.publish_of_avatar(bare, ns::AVATAR_METADATA, &id, &image.metadata(), cx)
    }

    fn publish_of_avatar(
        &mut self,
        bare: &BareJid,
        node: &str,
        id: &str,
        payload: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let account = self.accounts.get(bare);
        let exists = account.is_some_and(|account| account.nodes.get(node).is_some());
        // A vCard is there for everybody to read, and so is a node that is made from one.
        let open = Form {
            values: [("pubsub#access_model".to_owned(), "open".to_owned())].into(),
            ..Form::default()
        };
        let publication = Publication {
            node,
            id,
            xml: stanza::to_xml(payload),
            options: (!exists).then_some(&open),
        };
        self.publish(bare, publication, cx)
    }

    /// Something has changed in a node. If the account has another avatar now, its clients'
    /// presence says so (§4).
    pub(crate) fn avatar_changed(&mut self, bare: &BareJid, node: &str, cx: &mut Context<'_>) {
        if node != ns::AVATAR_METADATA && node != ns::AVATAR_DATA {
            return;
        }
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        let avatar = Avatar::of(&account.nodes);
        let shown = |avatar: &Option<Avatar>| {
            avatar
                .as_ref()
                .filter(|avatar| avatar.shared)
                .map(|avatar| avatar.hash.clone())
        };
        let changed = shown(&avatar) != shown(&account.avatar);
        account.avatar = avatar;
        if !changed {
            return;
        }
        let ids: Vec<_> = account.resources.values().copied().collect();
        for id in ids {
            let presence = self.resource(id).and_then(|r| r.presence.as_ref());
            let presence = presence.filter(|presence| !presence.says_no_photo);
            let Some(mut stanza) = presence.map(|presence| presence.stanza.clone()) else {
                continue;
            };
            self.stamp_photo(bare, &mut stanza, false);
            if let Some(presence) = self.resource(id).and_then(|r| r.presence.as_mut()) {
                presence.stanza = stanza.clone();
            }
            self.broadcast(id, &stanza, cx);
        }
    }

    /// §4: puts the hash of the avatar into a presence of a client's. One that is `directed` may go
    /// to strangers.
    pub(crate) fn stamp_photo(&self, bare: &BareJid, presence: &mut Element, directed: bool) {
        if directed && says_none(presence) {
            return;
        }
        let account = self.accounts.get(bare);
        let avatar = account.and_then(|account| account.avatar.as_ref());
        let avatar = avatar.filter(|avatar| avatar.public || (avatar.shared && !directed));
        stamp(presence, avatar.map(|avatar| avatar.hash.as_str()));
    }
}
