//! XEP-0054: vcard-temp: what an account says of its owner, for everybody to read.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::avatar::{Avatar, Photo};
use crate::context::Context;
use crate::limits;
use crate::pep::{Reader, tags};
use crate::server::Server;
use crate::stanza::{self, Condition, Refusal};
use crate::store::Change;

type Answer = Result<Option<Element>, Refusal>;

impl Server {
    /// A request of a client of the account's own (§3.1 and §3.2).
    pub(crate) fn vcard_of_owner(
        &mut self,
        bare: &BareJid,
        kind: Option<&str>,
        vcard: &Element,
        cx: &mut Context<'_>,
    ) -> Answer {
        if kind == Some("get") {
            return Ok(Some(self.vcard(bare, Reader::Owner)));
        }
        let mut vcard = vcard.clone();
        let photo = Photo::of(&vcard);
        if photo != Photo::Other {
            while vcard.remove_child("PHOTO", ns::VCARD_TEMP).is_some() {}
        }
        let xml = stanza::to_xml(&vcard);
        if xml.len() > limits::MAX_VCARD_BYTES || tags(&xml) > limits::MAX_ITEM_TAGS {
            return Err(Condition::NotAcceptable.into());
        }
        self.take_over_photo(bare, &photo, cx)?;
        if let Some(account) = self.accounts.get_mut(bare) {
            account.vcard = Some(xml.clone());
            cx.commit(Change::PutVcard(bare.clone(), xml));
        }
        Ok(None)
    }

    /// A request of somebody else's (§3.3).
    pub(crate) fn vcard_of_other(&self, bare: &BareJid, from: &Jid, kind: Option<&str>) -> Answer {
        if kind != Some("get") {
            return Err(Condition::Forbidden.into());
        }
        Ok(Some(self.vcard(bare, self.reader(bare, from))))
    }

    /// The vCard as somebody sees it: with the avatar, if they may see that. §3.1: "an IQ-result
    /// containing an empty <vCard/>" where there is none.
    fn vcard(&self, bare: &BareJid, reader: Reader) -> Element {
        let account = self.accounts.get(bare);
        let stored = account
            .and_then(|account| account.vcard.as_deref())
            .and_then(stanza::parse);
        let mut vcard = stored.unwrap_or_else(|| Element::bare("vCard", ns::VCARD_TEMP));
        let photo = account.and_then(|account| {
            let visible = |avatar: &&Avatar| match reader {
                Reader::Owner => true,
                Reader::Subscriber => avatar.shared,
                Reader::Stranger => avatar.public,
            };
            let avatar = account.avatar.as_ref().filter(visible)?;
            avatar.to_photo(&account.nodes)
        });
        if let Some(photo) = photo {
            while vcard.remove_child("PHOTO", ns::VCARD_TEMP).is_some() {}
            vcard.append_child(photo);
        }
        vcard
    }
}
