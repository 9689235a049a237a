//! Reports as words for a person.

use super::Report;

impl Report {
    /// As words for a person; none for what goes without saying.
    pub(crate) fn words(&self) -> Option<String> {
        self.endpoint_words()
            .or_else(|| self.conversation_words())
            .or_else(|| self.account_words())
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
                ..
            } => {
                format!("{sent_at}  {}: {}", printable(from), printable(text))
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
            Self::Presence { jid, state } => format!("{jid} is {state}"),
            Self::Kept(message) | Self::Changed(message) => message_words(message),
            Self::Conversation {
                jid,
                name,
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
                format!("{}{marks}\n  {jid}", printable(name))
            }
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
            Self::Contact {
                jid,
                name,
                subscription,
                pending,
                presence,
            } => {
                let name = name
                    .as_deref()
                    .map(|n| format!(" ({})", printable(n)))
                    .unwrap_or_default();
                let pending = if *pending {
                    ", waiting for their answer"
                } else {
                    ""
                };
                format!("{jid}{name}: {presence}, subscription {subscription}{pending}")
            }
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
}

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
fn printable(text: &str) -> String {
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
    if message.edited_at.is_some() {
        words.push_str("  (edited)");
    }
    if let Some(state) = &message.state {
        words.push_str(&format!("  [{state}]"));
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

#[cfg(test)]
mod tests {
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
}
