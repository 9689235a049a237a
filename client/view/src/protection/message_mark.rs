use egui::Color32;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::OmemoMark;
use onym_client_protocol::trust::TrustRule;
use onym_client_protocol::view_model::{
    DeliveryState, DirectionView, EncryptionView, MessageView, ProtectionView, Shield,
};

use crate::design_tokens::Palette;
use crate::message::row::RowContext;
use crate::talk_icon::TalkIcon;
use crate::words::version;

/// What a row needs to know about the protection of its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowProtection {
    /// Whether messages are meant to be encrypted, so that one that is not stands out.
    is_encrypted: bool,
    /// Why messages wait.
    hold: Option<Hold>,
}

impl RowProtection {
    /// That of a conversation.
    pub(crate) fn of(protection: &ProtectionView) -> Self {
        Self {
            is_encrypted: !matches!(protection.shield, Shield::Unknown | Shield::Clear),
            hold: protection.hold,
        }
    }
}

/// The small mark of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Encrypted, by a device whose key was compared.
    Verified,
    /// Encrypted.
    Encrypted,
    /// Encrypted, by a device that nobody has vouched for.
    Doubtful,
    /// In the clear, where that is not usual.
    Open,
}

impl Lock {
    /// The mark of a message; none where nothing is encrypted anyway.
    pub(crate) fn of(message: &MessageView, context: &RowContext<'_>) -> Option<Self> {
        match message.encryption {
            _ if message.is_retracted => None,
            EncryptionView::None => context.protection.is_encrypted.then_some(Self::Open),
            EncryptionView::Omemo(mark) if doubt(mark).is_some() => Some(Self::Doubtful),
            EncryptionView::Omemo(_) if is_from_verified(message) => Some(Self::Verified),
            EncryptionView::Omemo(_) => Some(Self::Encrypted),
            EncryptionView::Pending | EncryptionView::Undecryptable(_) => None,
        }
    }

    /// The symbol, and its colour beside a time of this colour.
    pub(crate) fn look(self, meta: Color32, palette: &Palette) -> (TalkIcon, Color32) {
        match self {
            Self::Verified => (TalkIcon::ShieldCheck, meta),
            Self::Encrypted => (TalkIcon::Lock, meta),
            Self::Doubtful => (TalkIcon::Lock, palette.warning),
            Self::Open => (TalkIcon::LockOpen, palette.warning),
        }
    }
}

/// Whether the other side's device was compared. What we write ourselves is read by several
/// devices, of which the mark does not tell.
fn is_from_verified(message: &MessageView) -> bool {
    let is_theirs = message.direction == DirectionView::Incoming;
    is_theirs
        && matches!(message.encryption, EncryptionView::Omemo(mark)
            if mark.because.is_verified())
}

/// Why the device that wrote a message may not be its owner's.
fn doubt(mark: OmemoMark) -> Option<Doubt> {
    match mark.because {
        TrustRule::NeedsDecision => Some(Doubt {
            words: "lock-undecided",
            note: "note-undecided",
        }),
        TrustRule::RefusedByPerson => Some(Doubt {
            words: "lock-refused",
            note: "note-refused",
        }),
        TrustRule::NotListed => Some(Doubt {
            words: "lock-not-listed",
            note: "note-not-listed",
        }),
        TrustRule::RevokedByIdentity => Some(Doubt {
            words: "lock-revoked",
            note: "note-revoked",
        }),
        TrustRule::VerifiedByPerson
        | TrustRule::SignedByVerified
        | TrustRule::SignedByIdentity
        | TrustRule::SignedByIntroduced
        | TrustRule::AcceptedByPerson
        | TrustRule::FirstUse
        | TrustRule::SignedByFirstSeen
        | TrustRule::Blind => None,
    }
}

struct Doubt {
    words: &'static str,
    note: &'static str,
}

/// Whether a message came encrypted and could not be read.
pub(crate) fn is_unreadable(message: &MessageView) -> bool {
    matches!(message.encryption, EncryptionView::Undecryptable(_)) && !message.is_retracted
}

/// What stands in the place of a message that could not be read, and how many letters its title
/// has.
pub(crate) fn placeholder(
    message: &MessageView,
    context: &RowContext<'_>,
) -> Option<(String, usize)> {
    let EncryptionView::Undecryptable(why) = message.encryption else {
        return None;
    };
    let title = context.words.get("unreadable-title");
    let title_chars = title.chars().count();
    let why = context.words.unreadable(why);
    Some((format!("{title}\n{why}"), title_chars))
}

/// What protected a message, in words.
pub(crate) fn words_of(message: &MessageView, context: &RowContext<'_>) -> Option<String> {
    let words = context.words;
    if Lock::of(message, context) == Some(Lock::Open) {
        return Some(words.get("lock-clear-words"));
    }
    let EncryptionView::Omemo(mark) = message.encryption else {
        return None;
    };
    let key = match doubt(mark) {
        Some(doubt) => doubt.words,
        None if is_from_verified(message) => "lock-verified",
        None => "lock-encrypted",
    };
    let version = version(mark.dialect);
    let mut said = words.with(key, &[("version", version.into())]);
    if let Some(left_out) = left_out(message, context) {
        said.push_str(". ");
        said.push_str(&left_out);
    }
    Some(said)
}

fn left_out(message: &MessageView, context: &RowContext<'_>) -> Option<String> {
    let EncryptionView::Omemo(mark) = message.encryption else {
        return None;
    };
    let count = [("count", mark.left_out.into())];
    (mark.left_out > 0).then(|| context.words.with("note-left-out", &count))
}

/// What is said below a message, and whether it is something to look at. Of a group that has the
/// same to say, only the last one says why it waits.
pub(crate) fn note_of(message: &MessageView, context: &RowContext<'_>) -> Option<(String, bool)> {
    if message.is_retracted {
        return None;
    }
    if !context.is_joined_below
        && let Some(why) = hold_of(message, context)
    {
        return Some((why, true));
    }
    if let EncryptionView::Omemo(mark) = message.encryption
        && let Some(doubt) = doubt(mark)
    {
        return Some((context.words.get(doubt.note), true));
    }
    let is_ours = message.direction == DirectionView::Outgoing;
    let left_out = left_out(message, context);
    left_out.filter(|_| is_ours).map(|words| (words, false))
}

/// Why a message waits for its protection.
fn hold_of(message: &MessageView, context: &RowContext<'_>) -> Option<String> {
    let is_queued = message
        .delivery
        .as_ref()
        .is_some_and(|delivery| delivery.state == DeliveryState::Queued);
    let hold = context.protection.hold.filter(|_| is_queued)?;
    if message.encryption != EncryptionView::Pending {
        return None;
    }
    let why = context.words.hold(hold, context.their_name, context.clock);
    Some(context.words.with("delivery-held", &[("why", why.into())]))
}

/// How far a message of ours has come.
pub(crate) fn delivery_words(message: &MessageView, context: &RowContext<'_>) -> Option<String> {
    let delivery = message.delivery.as_ref()?;
    let held = hold_of(message, context);
    Some(held.unwrap_or_else(|| context.words.delivery(delivery, context.clock)))
}
