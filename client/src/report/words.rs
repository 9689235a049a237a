//! Reports as words for a person.

use super::protection::rule_words;
use super::{DeviceReport, EncryptionReport, Report};

impl Report {
    /// As words for a person; none for what goes without saying.
    pub(crate) fn words(&self) -> Option<String> {
        self.endpoint_words()
            .or_else(|| self.conversation_words())
            .or_else(|| self.account_words())
            .or_else(|| self.move_words())
            .or_else(|| self.folder_words())
    }

    fn endpoint_words(&self) -> Option<String> {
        Some(match self {
            Self::Starting { jid } => format!("Starting the endpoint of {jid}"),
            Self::Listening { address } => {
                format!(
                    "XMPP clients on this machine can log in at {address} (see `onym device add`)"
                )
            }
            Self::Tor { words, .. } => format!("Tor: {words}"),
            Self::Peer {
                domain,
                words,
                queued: 0,
                ..
            } => format!("{domain}: {words}"),
            Self::Peer {
                domain,
                words,
                queued,
                ..
            } => {
                format!("{domain}: {words}; {queued} waiting to be sent")
            }
            Self::Note { words, .. } => printable(words),
            Self::Stopped => "Stopped.".to_owned(),
            _ => return None,
        })
    }

    fn conversation_words(&self) -> Option<String> {
        Some(match self {
            Self::Connection { words, .. } => words.clone(),
            Self::Message {
                from,
                text,
                sent_at,
                encryption,
                ..
            } => {
                let mark = encryption
                    .words()
                    .as_deref()
                    .map(in_brackets)
                    .unwrap_or_default();
                format!("{sent_at}  {}: {}{mark}", printable(from), printable(text))
            }
            Self::Sent { to, .. } => format!("Message to {to}: queued"),
            Self::Delivery {
                state, why: None, ..
            } => format!("Message: {state}"),
            Self::Delivery {
                state,
                why: Some(why),
                ..
            } => format!("Message: {state}: {why}"),
            Self::Held { hold, .. } => format!("Message: waiting: {}", hold.words),
            Self::Encryption(report) => encryption_words(report),
            Self::Presence { jid, state } => format!("{jid} is {state}"),
            Self::Kept(message) | Self::Changed(message) => message_words(message),
            Self::Conversation {
                jid,
                name,
                addresses,
                unread,
                pinned,
                archived,
                muted,
                ..
            } => {
                let marks = [
                    (*unread > 0, format!("{unread} new")),
                    (*pinned, "pinned".to_owned()),
                    (*muted, "muted".to_owned()),
                    (*archived, "archived".to_owned()),
                ];
                let marks: Vec<String> = marks
                    .into_iter()
                    .filter(|(is, _)| *is)
                    .map(|(_, words)| words)
                    .collect();
                let marks = match marks.is_empty() {
                    true => String::new(),
                    false => format!(" ({})", marks.join(", ")),
                };
                let here = if addresses.is_empty() || addresses.contains(jid) {
                    ""
                } else {
                    ", where nobody is any more"
                };
                let others = addresses.iter().filter(|it| *it != jid);
                let others: String = others.map(|it| format!("\n  also {it}")).collect();
                format!("{}{marks}\n  {jid}{here}{others}", printable(name))
            }
            Self::Way(way) => way.words(),
            _ => return None,
        })
    }

    fn folder_words(&self) -> Option<String> {
        Some(match self {
            Self::Profile { name, picture } => {
                let name = name.as_deref().map_or("no name".to_owned(), printable);
                let picture = match picture {
                    Some(_) => "with a picture",
                    None => "without a picture",
                };
                format!("{name}, {picture}")
            }
            Self::Blocked { jid } => format!("Blocked: {jid}"),
            Self::Progress { percent } => format!("{percent} %"),
            Self::Written { file } => format!("Written: {}", printable(file)),
            Self::Lock {
                passphrase: false, ..
            } => "No passphrase is asked for: who can read the data folder can read everything."
                .to_owned(),
            Self::Lock {
                passphrase: true,
                keyring,
            } => {
                let keyring = if *keyring {
                    ", or the keyring of this system"
                } else {
                    ""
                };
                format!("The data folder opens with its passphrase{keyring}.")
            }
            _ => return None,
        })
    }

    fn account_words(&self) -> Option<String> {
        Some(match self {
            Self::Identity {
                jid, phrase: None, ..
            } => format!("Your address:\n  {jid}"),
            Self::Identity {
                jid,
                phrase: Some(phrase),
                ..
            } => {
                format!(
                    "Your address:\n  {jid}\n\n{}",
                    phrase_words(phrase.reveal())
                )
            }
            Self::Request { from } => {
                let from = printable(from);
                format!(
                    "{from} asks to become a contact: `onym contact accept {from}` or `decline`"
                )
            }
            Self::Contact(contact) => contact.words(),
            Self::Device {
                name,
                password: None,
            } => printable(name),
            Self::Device {
                name,
                password: Some(password),
            } => {
                format!(
                    "Password of '{}', shown this once:\n  {}",
                    printable(name),
                    password.reveal()
                )
            }
            Self::OmemoDevice(device) => device_words(device),
            Self::Document(document) => return document.words(),
            Self::Signed(signed) => signed.words(),
            Self::Invite(invite) => invite.words(),
            Self::GivenInvite(invite) => invite.words(),
            Self::OurStatement(report) => report.words(),
            Self::Address(report) => report.words(),
            Self::Behind(report) => report.words(),
            Self::StatementRefused(report) => report.words(),
            Self::OpenPgp(report) => report.words(),
            Self::Restored => RESTORED.to_owned(),
            Self::IdentityEnded(report) => report.words(),
            Self::Followed(report) => report.words(),
            Self::SignedOut => super::statement::SIGNED_OUT.to_owned(),
            Self::IdentityChanged { jid, from, to } => format!(
                "WARNING: another identity is behind {jid} now. Nothing is sent there before you have decided.\n  before: {from}\n  now: {to}"
            ),
            Self::Error {
                why, advice: None, ..
            } => format!("Error: {}", printable(why)),
            Self::Error {
                why,
                advice: Some(advice),
                ..
            } => {
                format!("Error: {}\n{advice}", printable(why))
            }
            _ => return None,
        })
    }

    fn move_words(&self) -> Option<String> {
        Some(match self {
            Self::MovePlanned { from, to } => {
                format!("Your address now: {from}\nYour address after the move: {to}")
            }
            Self::MoveAnnounced { to, contacts, here } => format!(
                "Your next address is signed and published: {to}\n\
                 {here} of {contacts} contacts are here and told at once; who of them has read it cannot \
                 be known. The others follow when your endpoint meets them.\n\
                 Stop Onym and start it again to move. Whoever writes to the old address after that \
                 reaches nobody there."
            ),
            Self::MoveTakenBack { jid, next } => format!(
                "Your address stays {jid}\nYour statement does not list {next}; you can still move there later."
            ),
            Self::Moves(moves) => moves.words(),
            Self::IdentityRevoked { jid } => format!(
                "WARNING: the identity behind {jid} was ended by its owner: its key was lost or stolen. Nothing is sent there."
            ),
            Self::ContactMoved { from, to } => {
                format!("{from} has a new address, signed by the same identity: {to}")
            }
            _ => return None,
        })
    }
}

/// What the words alone do not bring back.
const RESTORED: &str = "\
The words restore your key and your address, not your contacts, and not what you did with the identity. If you \
have ever revoked it or named a successor, say so again before you do anything else: `onym identity revoke \
--publish FILE` with the revocation that you printed, or without FILE. A contact who knows of the end tells \
this endpoint when it hears from it, and nobody else can.";

/// The 24 words in numbered columns, to be copied to paper.
fn phrase_words(phrase: &str) -> String {
    let words: Vec<_> = phrase.split(' ').collect();
    let mut text = "Recovery phrase. Write it on paper; whoever has it is you:\n".to_owned();
    for (row, line) in words.chunks(6).enumerate() {
        let cell = |(n, word): (usize, &&str)| format!("{:2} {word:<9}", row * 6 + n + 1);
        let cells: Vec<_> = line.iter().enumerate().map(cell).collect();
        text.push_str("  ");
        text.push_str(cells.join(" ").trim_end());
        text.push('\n');
    }
    text
}

/// Text of others for a terminal: control characters could move its cursor or change its title,
/// and embedded directions could make an address look like another.
pub(super) fn printable(text: &str) -> String {
    let hostile = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if hostile(c) { '\u{fffd}' } else { c })
        .collect()
}

fn message_words(message: &super::KeptMessage) -> String {
    let who = match message.direction.as_str() {
        "outgoing" => "you",
        _ => message.with.split('@').next().unwrap_or(&message.with),
    };
    let short: String = who.chars().take(8).collect();
    let text = match message.retracted {
        true => "(taken back)".to_owned(),
        false => printable(&message.text),
    };
    let mut words = format!(
        "{:>6}  {}  {short}: {text}",
        message.number, message.written_at
    );
    if let Some(via) = &message.via {
        words.push_str(&format!("  (by {})", printable(via)));
    }
    if message.edited_at.is_some() {
        words.push_str("  (edited)");
    }
    if let Some(mark) = message
        .encryption
        .words()
        .filter(|_| message.hold.is_none())
    {
        words.push_str(&in_brackets(&mark));
    }
    match (&message.state, &message.hold) {
        (Some(state), Some(hold)) => words.push_str(&format!("  [{state}: {}]", hold.words)),
        (Some(state), None) => words.push_str(&format!("  [{state}]")),
        (None, _) => {}
    }
    let reactions: Vec<&str> = message
        .our_reactions
        .iter()
        .chain(&message.their_reactions)
        .map(String::as_str)
        .collect();
    if !reactions.is_empty() {
        words.push_str(&format!("  {}", printable(&reactions.join(" "))));
    }
    words
}

fn in_brackets(words: &str) -> String {
    format!("  ({words})")
}

fn device_words(device: &DeviceReport) -> String {
    let label = device.label.as_deref();
    let label = label.map(|it| format!(" \"{}\"", printable(it)));
    let label = label.unwrap_or_default();
    let state = match (device.this, device.may_read) {
        (true, _) => "this device".to_owned(),
        (false, true) => rule_words(&device.because).to_owned(),
        (false, false) => format!("may not read: {}", rule_words(&device.because)),
    };
    let stale = match device.stale {
        true => "\n  It gets nothing, since nothing has come from it for half a year.",
        false => "",
    };
    let versions = device.versions.join(", ");
    let place = match device.conversation {
        Some(_) => format!("\n  at {}", device.jid),
        None => String::new(),
    };
    let changed = match device.key_changed {
        Some(_) => "\n  It has another key than before.",
        None => "",
    };
    let fingerprint = device.fingerprint.as_deref();
    let fingerprint = fingerprint.map_or("not known yet".to_owned(), grouped);
    format!(
        "{}{label} ({versions}): {state}{place}\n  {fingerprint}{changed}{stale}",
        device.id
    )
}

/// A fingerprint as people compare it, eight digits at a time.
fn grouped(fingerprint: &str) -> String {
    let digits: Vec<char> = fingerprint.chars().collect();
    let groups: Vec<String> = digits
        .chunks(8)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

fn encryption_words(report: &EncryptionReport) -> String {
    let EncryptionReport {
        jid,
        policy,
        chosen,
        undecided,
        hold,
        addresses,
        ..
    } = report;
    let how = match policy.as_str() {
        "best" => "encrypted by the best that each device understands",
        "omemo2" => "encrypted by OMEMO 2 alone",
        "omemo" => "encrypted by the older OMEMO alone",
        "best-or-clear" => "encrypted where the other side can, and else in the clear",
        _ => "in the clear",
    };
    let mut words = match (jid, chosen) {
        (None, _) => format!("Messages are {how} ({policy})."),
        (Some(jid), true) => format!("Messages to {jid} are {how} ({policy})."),
        (Some(jid), false) => format!("Messages to {jid} are {how} ({policy}, as everywhere)."),
    };
    if !addresses.is_empty() {
        let addresses = addresses.join(", ");
        words.push_str(&format!(
            "\n  It holds for all of their addresses: {addresses}."
        ));
    }
    if let Some(hold) = hold {
        words.push_str(&format!("\n  They wait: {}.", hold.words));
    } else if *undecided > 0 {
        words.push_str("\n  A device is new: `onym devices` shows it, and `onym trust` decides.");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::{HoldReport, KeptMessage, MarkReport};
    use super::*;

    #[test]
    fn the_phrase_is_numbered() {
        let phrase = (1..=24)
            .map(|n| format!("word{n}"))
            .collect::<Vec<_>>()
            .join(" ");
        let text = phrase_words(&phrase);
        assert_eq!(text.lines().count(), 5);
        assert!(
            text.contains(" 7 word7") && text.ends_with("24 word24\n"),
            "{text}"
        );
    }

    #[test]
    fn a_device_is_shown_with_what_people_compare() {
        let mut device = DeviceReport {
            id: 7,
            label: Some("Laptop\u{1b}".to_owned()),
            fingerprint: Some("0123456789abcdef".repeat(4)),
            versions: vec!["omemo2".to_owned(), "omemo".to_owned()],
            because: "first-use".to_owned(),
            may_read: true,
            ..DeviceReport::default()
        };
        let words = device_words(&device);
        let head = "7 \"Laptop\u{fffd}\" (omemo2, omemo): it was there from the beginning\n";
        assert!(words.starts_with(head), "{words}");
        assert!(words.contains("  01234567 89abcdef 01234567 "), "{words}");
        (device.may_read, device.because) = (false, "needs-decision".to_owned());
        device.key_changed = Some("t".to_owned());
        let words = device_words(&device);
        assert!(words.contains("may not read: it is new"), "{words}");
        assert!(words.ends_with("another key than before."), "{words}");
    }

    #[test]
    fn what_waits_says_why() {
        let hold = HoldReport {
            code: "fetching-keys".to_owned(),
            words: "the keys are on their way".to_owned(),
            until: None,
        };
        let mut message = KeptMessage {
            with: "bob@b".to_owned(),
            direction: "outgoing".to_owned(),
            text: "Hello".to_owned(),
            state: Some("queued".to_owned()),
            hold: Some(hold.clone()),
            encryption: MarkReport {
                kind: "none".to_owned(),
                ..MarkReport::default()
            },
            ..KeptMessage::default()
        };
        let words = message_words(&message);
        let end = "you: Hello  [queued: the keys are on their way]";
        assert!(words.ends_with(end), "{words}");
        (message.hold, message.state) = (None, Some("stored".to_owned()));
        let words = message_words(&message);
        assert!(
            words.ends_with("Hello  (not encrypted)  [stored]"),
            "{words}"
        );

        let mut encryption = EncryptionReport {
            jid: Some("bob@b".to_owned()),
            policy: "best".to_owned(),
            hold: Some(hold),
            ..EncryptionReport::default()
        };
        let words = encryption_words(&encryption);
        assert!(
            words.ends_with("They wait: the keys are on their way."),
            "{words}"
        );
        (encryption.hold, encryption.undecided) = (None, 1);
        assert!(encryption_words(&encryption).contains("A device is new"));
        (encryption.undecided, encryption.policy) = (0, "clear".to_owned());
        let words = encryption_words(&encryption);
        assert_eq!(
            words,
            "Messages to bob@b are in the clear (clear, as everywhere)."
        );
    }
}
