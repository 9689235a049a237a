//! What the program says: one value that is printed as words or as a line of JSON, and travels
//! over the control socket.

mod behind;
mod contact;
mod ending;
mod identity;
mod invite;
mod moves;
mod protection;
mod statement;
mod way;
mod words;

use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub(crate) use behind::BehindReport;
pub(crate) use contact::{ContactAddress, ContactReport};
pub(crate) use ending::{FollowedReport, OurEndReport};
pub(crate) use identity::{DocumentReport, SignedReport};
pub(crate) use invite::{GivenInviteReport, InviteReport};
pub(crate) use moves::{FollowerReport, MovesReport};
pub(crate) use protection::{DeviceReport, EncryptionReport, HoldReport, MarkReport, policy};
pub(crate) use statement::{
    AddressReport, OpenPgpReport, OurStatementReport, StatementRefusedReport, answer_word,
};
pub(crate) use way::WayReport;

/// One thing that the program says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Report {
    /// The identity of the data folder.
    Identity {
        jid: String,
        identity: String,
        onion_address: String,
        /// Only where it was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        phrase: Option<Secret>,
    },
    /// A signed document or an invite that was looked at.
    Document(Box<DocumentReport>),
    /// A document that was signed here.
    Signed(Box<SignedReport>),
    /// What our statement says.
    OurStatement(Box<OurStatementReport>),
    /// An account was asked for the statement of an identity.
    Address(Box<AddressReport>),
    /// Who is behind an address.
    Behind(Box<BehindReport>),
    /// A statement that was published is not believed.
    StatementRefused(Box<StatementRefusedReport>),
    /// Another identity is behind an address now.
    IdentityChanged {
        jid: String,
        from: String,
        to: String,
    },
    /// A contact is at another address now, and was followed there.
    ContactMoved {
        from: String,
        to: String,
    },
    IdentityRevoked {
        jid: String,
    },
    /// Our endpoint would move.
    MovePlanned {
        from: String,
        to: String,
    },
    /// Our next address is published; the next start moves there.
    MoveAnnounced {
        to: String,
        /// How many contacts there are.
        contacts: usize,
        /// How many of them are here and told at once.
        here: usize,
    },
    /// No move is announced any more: `jid` stays, and our statement does not list `next`.
    MoveTakenBack {
        jid: String,
        next: String,
    },
    /// How far a move of our endpoint is.
    Moves(Box<MovesReport>),
    /// An identity was restored from its words.
    Restored,
    /// Our identity has revoked the keys of this device.
    SignedOut,
    /// Our identity counts no more.
    IdentityEnded(OurEndReport),
    /// A signed document was taken.
    Followed(Box<FollowedReport>),
    /// A key in a file.
    OpenPgp(Box<OpenPgpReport>),
    /// A link by which others can ask us.
    Invite(Box<InviteReport>),
    /// What has become of an invite of ours.
    GivenInvite(Box<GivenInviteReport>),
    /// How the data folder is locked.
    Lock {
        passphrase: bool,
        keyring: bool,
    },
    /// The endpoint starts.
    Starting {
        jid: String,
    },
    /// Clients on this machine can log in.
    Listening {
        address: String,
    },
    /// How far Tor has come, and whether others can reach us.
    Tor {
        words: String,
        status: Value,
    },
    /// How another endpoint is reached.
    Peer {
        domain: String,
        words: String,
        queued: usize,
        link: Value,
        last_reached: Option<String>,
    },
    /// Something that a log shows.
    Note {
        words: String,
        detail: Value,
    },
    /// The endpoint has stopped.
    Stopped,
    /// The client's stream to the endpoint.
    Connection {
        state: String,
        words: String,
    },
    /// A message from somebody else.
    Message {
        id: String,
        from: String,
        /// Where the conversation with its sender is kept, if that is another address of theirs.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation: Option<String>,
        text: String,
        sent_at: String,
        /// What protected it.
        encryption: MarkReport,
    },
    /// A message of ours is on disk.
    Sent {
        id: String,
        to: String,
        text: String,
    },
    /// How far a message of ours has come.
    Delivery {
        id: String,
        with: String,
        state: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// What protects it, once it has left.
        #[serde(skip_serializing_if = "Option::is_none")]
        encryption: Option<MarkReport>,
    },
    /// A message of ours waits for its protection.
    Held {
        id: String,
        with: String,
        #[serde(flatten)]
        hold: HoldReport,
    },
    /// A message of a conversation, as it is kept.
    Kept(Box<KeptMessage>),
    /// A conversation.
    Conversation {
        jid: String,
        name: String,
        /// Each address of somebody who has several.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        addresses: Vec<String>,
        unread: u64,
        pinned: bool,
        archived: bool,
        muted: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        disappear_after_seconds: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        draft: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        last: Option<String>,
    },
    /// An address of somebody.
    Way(Box<WayReport>),
    /// A message was corrected, taken back or reacted to.
    Changed(Box<KeptMessage>),
    /// What we say about ourselves.
    Profile {
        name: Option<String>,
        picture: Option<String>,
    },
    /// Somebody whom we keep away.
    Blocked {
        jid: String,
    },
    /// How far long work is.
    Progress {
        percent: u8,
    },
    /// A file was written.
    Written {
        file: String,
    },
    /// Somebody asks to become a contact.
    Request {
        from: String,
    },
    /// A contact.
    Contact(Box<ContactReport>),
    /// A contact came or went.
    Presence {
        jid: String,
        state: String,
    },
    /// A device that may log in.
    Device {
        name: String,
        /// Only when it has just been made.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<Secret>,
    },
    /// A device that messages are encrypted for.
    OmemoDevice(Box<DeviceReport>),
    /// How messages are encrypted.
    Encryption(Box<EncryptionReport>),
    /// The request could not be carried out.
    Error {
        why: String,
        advice: Option<String>,
        code: u8,
    },
    /// The request is done.
    Done,
}

/// A message, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptMessage {
    pub(crate) number: u64,
    pub(crate) id: String,
    /// The name that its sender gave it, if somebody else did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) their_id: Option<String>,
    pub(crate) with: String,
    pub(crate) direction: String,
    pub(crate) text: String,
    pub(crate) written_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) edited_at: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) retracted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) our_reactions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) their_reactions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disappears_at: Option<String>,
    /// What protected it.
    pub(crate) encryption: MarkReport,
    /// The address of the other side that it came from or went to, if it is not `with`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) via: Option<String>,
    /// Why it has not left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<HoldReport>,
}

/// A text that is printed because it was asked for, and must not show up anywhere else.
#[derive(Clone, PartialEq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A report with its time, as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    time: String,
    #[serde(flatten)]
    report: &'a Report,
}

impl<'a> Line<'a> {
    pub(crate) fn new(report: &'a Report, now: Timestamp) -> Self {
        Self {
            time: now.to_string(),
            report,
        }
    }
}

/// Exit code: the request failed.
pub(crate) const FAILED: u8 = 1;

/// Exit code: the user interrupted the command, as shells say it for SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// Exit code: the time given with `--timeout` passed first.
pub(crate) const TOO_LATE: u8 = 3;

impl Report {
    pub(crate) fn failure(why: &dyn std::fmt::Display, advice: Option<&str>) -> Self {
        Self::Error {
            why: why.to_string(),
            advice: advice.map(str::to_owned),
            code: FAILED,
        }
    }

    /// The exit code that ends a request; none while it goes on.
    pub(crate) fn ends(&self) -> Option<u8> {
        match self {
            Self::Done => Some(0),
            Self::Error { code, .. } => Some(*code),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_cannot_write_to_the_terminal() {
        let report = Report::Message {
            id: "1".into(),
            from: "a@b".into(),
            conversation: None,
            text: "x\u{1b}[2J\u{202e}y\nz".into(),
            sent_at: "t".into(),
            encryption: MarkReport::default(),
        };
        let words = report.words().unwrap();
        assert!(
            !words.contains('\u{1b}') && !words.contains('\u{202e}'),
            "{words}"
        );
        assert!(words.contains("y\nz"));
    }

    #[test]
    fn a_line_carries_its_time_and_comes_back_whole() {
        let report = Report::Delivery {
            id: "1".into(),
            with: "a@b".into(),
            state: "stored".into(),
            why: None,
            encryption: None,
        };
        let line =
            serde_json::to_value(Line::new(&report, Timestamp::from_unix_millis(0))).unwrap();
        assert_eq!(line["event"], "delivery");
        assert_eq!(line["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(serde_json::from_value::<Report>(line).unwrap(), report);
    }
}
