//! XEP-0379: whoever asks with a token that the owner gave out is let in without a question, once.
//!
//! The rule is the server's, so that it also holds while no client of the owner is there, and for
//! every client. Clients of the owner keep the open invites as items of a private node, each under the
//! name of its token ([`InviteId`](onym_identity::invite::InviteId)) and without the token itself. The
//! server marks an item with who used it, in the same commit that lets them in.

use jid::BareJid;
use onym_identity::Timestamp;
use onym_identity::invite::InviteToken;
use onym_stream::{Element, ns};

use crate::context::Context;
use crate::limits;
use crate::pep::Publication;
use crate::server::Server;
use crate::stanza::{self, Build};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is granted.
    LetIn,
    /// The owner is asked, as about every other one. Who asks learns no more of it.
    Ask(Because),
}

/// Why the owner is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// There is no invite with such a token.
    Unknown,
    /// What is kept of it cannot be read.
    Damaged,
    /// Somebody has used it.
    Used,
    /// Its time is over.
    Expired,
}

/// The rule. `invite` is what the owner keeps under the name of the token.
pub(crate) fn decide(invite: Option<&Element>, now: Timestamp) -> Admission {
    let Some(invite) = invite else {
        return Admission::Ask(Because::Unknown);
    };
    if !invite.is("invite", ns::INVITES) {
        return Admission::Ask(Because::Damaged);
    }
    if invite.attr("used").is_some() || invite.attr("used-by").is_some() {
        return Admission::Ask(Because::Used);
    }
    match invite.attr("expires").map(str::parse::<Timestamp>) {
        Some(Ok(expires)) if expires > now => Admission::LetIn,
        Some(Ok(_)) => Admission::Ask(Because::Expired),
        // One that never ends is not made.
        Some(Err(_)) | None => Admission::Ask(Because::Damaged),
    }
}

/// The token in a request. A malformed one is as good as none (XEP-0379, section 3.5).
fn token_of(request: &Element) -> Option<InviteToken> {
    let preauth = request.get_child("preauth", ns::PREAUTH)?;
    InviteToken::new(preauth.attr("token")?).ok()
}

impl Server {
    /// Whether a request has the token of an open invite. It is used up then.
    pub(crate) fn use_invite(
        &mut self,
        bare: &BareJid,
        request: &Element,
        contact: &BareJid,
        cx: &mut Context<'_>,
    ) -> bool {
        let (Some(token), Some(account)) = (token_of(request), self.accounts.get(bare)) else {
            return false;
        };
        let has_room = account.roster.items.len() < limits::MAX_ROSTER_ITEMS;
        if !has_room && account.item(contact).is_none() {
            return false;
        }
        let id = token.id().to_string();
        let node = account.nodes.get(ns::INVITES);
        let item = node.and_then(|node| node.item(&id));
        let invite = item.and_then(|item| stanza::parse(&item.xml));
        if decide(invite.as_ref(), cx.now) != Admission::LetIn {
            return false;
        }
        let Some(mut invite) = invite else {
            return false;
        };
        invite.set("used", &cx.now.to_string());
        invite.set("used-by", contact.as_str());
        let used = Publication {
            node: ns::INVITES,
            id: &id,
            xml: stanza::to_xml(&invite),
            options: None,
        };
        // An invite that cannot be marked would let in everybody who has it.
        self.publish(bare, used, cx).is_ok()
    }
}
