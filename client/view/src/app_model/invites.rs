//! What the window shows of invites.

use onym_identity::Timestamp;

use super::Secret;

/// Invites of ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvitesModel {
    /// The one that was made last, as long as its link may be seen.
    pub made: Option<MadeInvite>,
    /// Those whose token was given out, the newest first.
    pub given: Vec<GivenInvite>,
}

/// An invite with its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeInvite {
    /// Grows with each one, from 1; the view shows those that it asked for.
    pub serial: u64,
    /// The link, with its token if it has one.
    pub link: Secret,
    /// The same for a browser, if the user has a page for it.
    pub page_link: Option<Secret>,
    /// Until when its token lets somebody in; nothing if it has none.
    pub expires: Option<Timestamp>,
}

/// An invite whose token was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenInvite {
    /// Names it in [`ViewCommand::RevokeInvite`](crate::ViewCommand::RevokeInvite).
    pub id: String,
    /// When it was made.
    pub made: Timestamp,
    /// What has become of it.
    pub state: GivenState,
}

/// What has become of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenState {
    /// It lets somebody in until then.
    Open {
        /// The end.
        expires: Timestamp,
    },
    /// Its time is over.
    Expired,
    /// Somebody was let in.
    Used {
        /// The name that we know them by.
        by: String,
    },
}
