//! What the command line says about invites.

use clap::{Args, Subcommand};
use onym_identity::invite::{Arrival, Received};
use onym_identity::jid::BareJid;
use onym_identity::statement::DisplayName;

use super::identity::display_name;
use super::reachable;
use crate::report::Secret;

/// `onym invite …`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct InviteOf {
    #[command(subcommand)]
    pub(crate) command: Option<InviteCommand>,
    /// The name that it proposes for you.
    #[arg(long, value_parser = display_name)]
    pub(crate) name: Option<DisplayName>,
    /// The web server whose page a browser without Onym finds under the link. Everything about the
    /// invite is behind the `#`, which no browser sends, and Onym reads the link without asking it.
    /// The default is nobody's.
    #[arg(long, default_value = "onym.example")]
    pub(crate) host: String,
    /// Draw the xmpp: link as a QR code.
    #[arg(long)]
    pub(crate) qr: bool,
    /// For how many days its token lets one person in without a question.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub(crate) days: u16,
    /// Name your address alone: everybody who takes the invite is asked about. This one can be
    /// printed, and needs no running endpoint.
    #[arg(long, conflicts_with = "days")]
    pub(crate) without_token: bool,
    /// After a move, for contacts whom your endpoint does not meet: the web link says that it leads to
    /// your new address, and they follow under the name that they gave you. It has no token.
    #[arg(long, conflicts_with = "days")]
    pub(crate) moved: bool,
}

/// What can be done with invites that were made.
#[derive(Debug, Subcommand)]
pub(crate) enum InviteCommand {
    /// Invites that were made, who has used them, and until when they are good.
    List,
    /// Take an invite back: its token lets nobody in any more.
    Revoke {
        /// Its id, as `onym invite list` shows it; the first digits are enough.
        id: String,
    },
}

/// An address or an invite.
#[derive(Clone, Debug)]
pub(crate) struct Whom {
    /// The address.
    pub(crate) jid: BareJid,
    /// The name that the invite proposes.
    pub(crate) name: Option<String>,
    /// What was given. It may have a token.
    pub(crate) text: Secret,
}

/// Reads an address or an invite of somebody whom our endpoint can reach.
pub(super) fn whom(text: &str) -> Result<Whom, String> {
    let received = Received::read(text, Arrival::Pasted).map_err(|error| error.to_string())?;
    let jid = reachable(received.invite.jid.as_str())?;
    let name = received.invite.name;
    Ok(Whom {
        jid,
        name: name.map(|name| name.as_str().to_owned()),
        text: Secret::new(text),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use onym_identity::RootSecret;

    use crate::args::Cli;

    #[test]
    fn invites_are_made_listed_and_taken_back() {
        for right in [
            "onym invite",
            "onym invite --qr --days 1",
            "onym invite --without-token --name Alice",
            "onym invite --moved --host invites.example",
            "onym invite list",
            "onym invite revoke 01ab",
        ] {
            assert!(Cli::try_parse_from(right.split(' ')).is_ok(), "{right}");
        }
        for wrong in [
            "onym invite --days 0",
            "onym invite --days 401",
            "onym invite --days 3 --without-token",
            "onym invite --days 3 --moved",
            "onym invite revoke",
            "onym invite --qr list",
        ] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_contact_is_added_by_address_or_by_link() {
        let root = RootSecret::from_bytes(&[3; 32]);
        let key = root.identity_key().public();
        let jid = format!("{key}@{}", root.onion_service_key(0).onion_address());
        for right in [jid.clone(), format!("xmpp:{jid}?roster;preauth=abc")] {
            let line = ["onym", "contact", "add", &right];
            assert!(Cli::try_parse_from(line).is_ok(), "{right}");
        }
        for wrong in ["bob@b.example", "xmpp:room@rooms.example?join", "bob"] {
            let line = ["onym", "contact", "add", wrong];
            assert!(Cli::try_parse_from(line).is_err(), "{wrong}");
        }
    }
}
