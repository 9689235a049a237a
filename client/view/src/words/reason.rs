//! Why something did not work, in words.

use std::fmt::Display;

use onym_client_protocol::avatar::MAX_AVATAR_BYTES;
use onym_client_protocol::command::{CommandError, MAX_GROUPS, MAX_TEXT_BYTES};
use onym_client_protocol::connection::Trouble;
use onym_client_protocol::identities::MoveRefusal;
use onym_client_protocol::view_model::EndpointReason;

use super::Words;
use crate::text;

impl Words {
    /// Why there is no connection to our endpoint, and what it says itself.
    pub(crate) fn trouble(self, trouble: &Trouble) -> (String, Option<String>) {
        let (key, detail) = match trouble {
            Trouble::Disconnected => ("trouble-disconnected", None),
            Trouble::ConnectTimeout => ("trouble-connect-timeout", None),
            Trouble::LoginTimeout => ("trouble-login-timeout", None),
            Trouble::Silent => ("trouble-silent", None),
            Trouble::Closed => ("trouble-closed", None),
            Trouble::StreamError(error) => ("trouble-stream-error", Some(error.to_string())),
            Trouble::Unreadable(error) => ("trouble-unreadable", Some(error.to_string())),
            Trouble::Protocol(what) => ("trouble-protocol", Some((*what).to_owned())),
            Trouble::LoginRefused { condition, .. } => {
                ("trouble-login-refused", Some(condition.clone()))
            }
            Trouble::NoMechanism => ("trouble-no-mechanism", None),
            Trouble::ServerNotProven => ("trouble-not-proven", None),
            Trouble::WrongAddress => ("trouble-wrong-address", None),
        };
        (self.get(key), detail)
    }

    /// Why the endpoint of a contact is not reached.
    pub(crate) fn endpoint_reason(self, reason: EndpointReason) -> String {
        self.get(match reason {
            EndpointReason::OurSide => "endpoint-why-ours",
            EndpointReason::NotFound => "endpoint-why-not-found",
            EndpointReason::NoAnswer => "endpoint-why-no-answer",
            EndpointReason::Timeout => "endpoint-why-timeout",
            EndpointReason::Refused => "endpoint-why-refused",
            EndpointReason::InvalidAddress => "endpoint-why-invalid",
            EndpointReason::Ended => "endpoint-why-ended",
            EndpointReason::Other => "endpoint-why-other",
        })
    }

    /// Why the engine does not do what it was asked for.
    pub(crate) fn refusal(self, error: &CommandError) -> String {
        let about = |key: &str, jid: &dyn Display, words: &str| {
            let jid = text::short_jid(&jid.to_string());
            let blanks = [
                ("jid", jid.into()),
                ("words", text::plain(words).into_owned().into()),
            ];
            self.with(key, &blanks)
        };
        let of_sizes = |key: &str, is: usize, most: usize| {
            self.with(key, &[("is", is.into()), ("most", most.into())])
        };
        match error {
            CommandError::EmptyText => self.get("refused-empty"),
            CommandError::TextTooLong { bytes } => {
                of_sizes("refused-text-too-long", *bytes, MAX_TEXT_BYTES)
            }
            CommandError::NameTooLong => self.get("refused-name-too-long"),
            CommandError::TooManyGroups => {
                of_sizes("refused-too-many-groups", MAX_GROUPS + 1, MAX_GROUPS)
            }
            CommandError::NotFailed { .. } => self.get("refused-not-failed"),
            CommandError::NoSuchMessage => self.get("refused-no-message"),
            CommandError::NotOurs => self.get("refused-not-ours"),
            CommandError::AlreadyRetracted => self.get("refused-retracted"),
            CommandError::Nameless => self.get("refused-nameless"),
            CommandError::NotAnEmoji => self.get("refused-not-an-emoji"),
            CommandError::NoSuchContact { jid } => about("refused-no-contact", jid, ""),
            CommandError::NoRequest { jid } => about("refused-no-request", jid, ""),
            CommandError::OwnAddress => self.get("refused-own-address"),
            CommandError::RequestReturned { jid, why } => {
                about("refused-request-returned", jid, &self.failure(*why))
            }
            CommandError::AvatarTooLarge { bytes } => {
                of_sizes("refused-picture-too-large", *bytes, MAX_AVATAR_BYTES)
            }
            CommandError::NotAnImage => self.get("refused-not-an-image"),
            CommandError::ProfileNotKept => self.get("refused-profile-not-kept"),
            CommandError::ProfileRefused { condition } => {
                let words = text::plain(condition).into_owned();
                self.with("refused-profile", &[("words", words.into())])
            }
            CommandError::RefusedByServer { jid, condition } => {
                about("refused-by-server", jid, condition)
            }
            CommandError::NoSuchDevice { jid } => about("refused-no-device", jid, ""),
            CommandError::NotTheirAddress { address } => {
                about("refused-not-their-address", address, "")
            }
            CommandError::MoveRefused { jid, why } => about(move_refusal(*why), jid, ""),
            CommandError::OtherKey { jid } => about("refused-other-key", jid, ""),
            CommandError::Claim(error) => self.claim_refused(*error),
            CommandError::OtherIdentity { jid } => about("refused-other-identity", jid, ""),
            CommandError::NoOtherIdentity { jid } => about("refused-no-other-identity", jid, ""),
            CommandError::TooManyInvites => self.get("refused-too-many-invites"),
            CommandError::NoSuchInvite => self.get("refused-no-invite"),
            CommandError::InviteNotKept => self.get("refused-invite-not-kept"),
            CommandError::DocumentRefused { why } => {
                let words = why.to_string();
                self.with("refused-document", &[("words", words.into())])
            }
            CommandError::NoEnd => self.get("refused-no-end"),
            CommandError::NotConnected => self.get("refused-not-connected"),
        }
    }
}

/// The words for a link that is not followed.
const fn move_refusal(why: MoveRefusal) -> &'static str {
    match why {
        MoveRefusal::NamesNobody => "refused-move-names-nobody",
        MoveRefusal::NoContact => "refused-move-no-contact",
        MoveRefusal::Blocked => "refused-move-blocked",
        MoveRefusal::NotProven => "refused-move-not-proven",
        MoveRefusal::OtherIdentity => "refused-move-other",
        MoveRefusal::NoAnswer => "refused-move-no-answer",
    }
}

#[cfg(test)]
mod tests {
    use onym_client_protocol::delivery::FailureReason;

    use super::*;
    use crate::app_model::Language;

    fn moved(why: MoveRefusal) -> CommandError {
        let jid = "bob@b.example".parse().unwrap();
        CommandError::MoveRefused { jid, why }
    }

    #[test]
    fn every_reason_is_told_in_both_languages() {
        let refused = [
            CommandError::TextTooLong { bytes: 70_000 },
            CommandError::TooManyGroups,
            CommandError::NoSuchContact {
                jid: "bob@b.example".parse().unwrap(),
            },
            CommandError::RequestReturned {
                jid: "bob@b.example".parse().unwrap(),
                why: FailureReason::ServerNotFound,
            },
            moved(MoveRefusal::NamesNobody),
            moved(MoveRefusal::NoContact),
            moved(MoveRefusal::Blocked),
            moved(MoveRefusal::NotProven),
            moved(MoveRefusal::OtherIdentity),
            moved(MoveRefusal::NoAnswer),
            CommandError::RefusedByServer {
                jid: "bob@b.example".parse().unwrap(),
                condition: "forbidden".to_owned(),
            },
        ];
        for error in refused {
            let [english, german] = [Language::English, Language::German]
                .map(|language| Words::new(language).refusal(&error));
            assert_ne!(english, german);
            for words in [english, german] {
                assert!(!words.contains(['{', '\u{2068}']), "{words}");
            }
        }
        let german = Words::new(Language::German);
        let (why, detail) = german.trouble(&Trouble::LoginRefused {
            condition: "not-authorized".to_owned(),
            temporary: false,
        });
        assert_eq!(why, "Dein Endpunkt hat die Anmeldung abgelehnt.");
        assert_eq!(detail.as_deref(), Some("not-authorized"));
    }
}
