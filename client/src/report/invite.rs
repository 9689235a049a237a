//! What the program says about invites of ours.

use onym_client_protocol::store::{InviteRecord, InviteState};
use onym_identity::Timestamp;
use onym_identity::invite::{Invite, InviteError};
use serde::{Deserialize, Serialize};

use super::Secret;
use crate::qr_text::{self, Ink};

/// How many digits of an invite's id tell it from others for a person.
const SHORT_ID: usize = 8;

/// A link by which others can ask us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InviteReport {
    pub(crate) jid: String,
    pub(crate) link: Secret,
    pub(crate) xmpp: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) qr: Option<Secret>,
    /// What `onym invite list` calls it, if it has a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Until when its token lets somebody in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
}

impl InviteReport {
    /// An invite as links.
    pub(crate) fn new(
        invite: &Invite,
        host: &str,
        has_qr: bool,
        expires: Option<Timestamp>,
    ) -> Result<Self, InviteError> {
        let xmpp = invite.to_xmpp()?;
        let qr = has_qr.then(|| qr_text::draw(&xmpp, Ink::Light)).flatten();
        Ok(Self {
            jid: invite.jid.to_string(),
            link: Secret::new(&invite.to_link(host)?),
            qr: qr.as_deref().map(Secret::new),
            xmpp: Secret::new(&xmpp),
            id: invite.token.as_ref().map(|token| token.id().to_string()),
            expires: expires.map(|expires| expires.to_string()),
        })
    }

    /// As words for a person.
    pub(super) fn words(&self) -> String {
        let (link, xmpp) = (self.link.reveal(), self.xmpp.reveal());
        let qr = self.qr.as_ref().map(|qr| format!("\n{}", qr.reveal()));
        let worth = self.expires.as_ref().map(|expires| {
            format!("\nWhoever uses it first, before {expires}, is let in without a question.")
        });
        format!(
            "For people with Onym:\n  {link}\nFor every XMPP program:\n  {xmpp}{}{}",
            qr.unwrap_or_default(),
            worth.unwrap_or_default()
        )
    }
}

/// What has become of an invite of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GivenInviteReport {
    pub(crate) id: String,
    /// `open`, `expired`, `used`, or `waiting` for the endpoint to learn of it; `revoked` once, when it is
    /// taken back.
    pub(crate) state: String,
    pub(crate) made: String,
    pub(crate) expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<String>,
}

impl GivenInviteReport {
    /// An invite as it is kept, now. One that is taken back is not told.
    pub(crate) fn new(invite: &InviteRecord, now: Timestamp) -> Option<Self> {
        let (state, used) = match &invite.state {
            InviteState::ToRevoke | InviteState::ToForget => return None,
            InviteState::Used { by, at } => ("used", Some((by.to_string(), at.to_string()))),
            _ if invite.expires <= now => ("expired", None),
            InviteState::ToPublish => ("waiting", None),
            InviteState::Open => ("open", None),
        };
        let (used_by, used) = used.unzip();
        Some(Self {
            id: invite.id.to_string(),
            state: state.to_owned(),
            made: invite.made.to_string(),
            expires: invite.expires.to_string(),
            used_by,
            used,
        })
    }

    /// One that was taken back just now.
    pub(crate) fn revoked(invite: &InviteRecord) -> Self {
        Self {
            id: invite.id.to_string(),
            state: "revoked".to_owned(),
            made: invite.made.to_string(),
            expires: invite.expires.to_string(),
            used_by: None,
            used: None,
        }
    }

    /// As words for a person.
    pub(super) fn words(&self) -> String {
        let id: String = self.id.chars().take(SHORT_ID).collect();
        let Self { made, expires, .. } = self;
        let what = match (&self.used_by, self.state.as_str()) {
            (Some(by), _) => format!("used by {}", super::words::printable(by)),
            (None, "revoked") => "taken back: its token lets nobody in any more".to_owned(),
            (None, "expired") => format!("expired at {expires}"),
            (None, "waiting") => "not known to the endpoint yet".to_owned(),
            (None, _) => format!("good until {expires}"),
        };
        format!("{id}  made {made}, {what}")
    }
}
