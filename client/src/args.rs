//! The command line: what can be asked for.

mod behind;
mod claims;
mod identity;
mod invite;
mod protection;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jid::BareJid;
use onym_identity::OnionAddress;

pub(crate) use behind::{BehindCommand, Choice as IdentityChoice};
pub(crate) use claims::ClaimKeyOf;
pub(crate) use identity::{ExportOf, IdentityCommand, SucceedCommand, VerifyOf};
pub(crate) use invite::{InviteCommand, InviteOf, Whom};
pub(crate) use protection::{Choice, DevicesCommand, DevicesOf, EncryptionOf, Said, TrustOf};

/// Onym, a Tor-native messenger: the address is the key.
#[derive(Debug, Parser)]
#[command(name = "onym", version, about, arg_required_else_help = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Start the window in the tray, where there is one.
    #[arg(long)]
    pub(crate) hidden: bool,
    /// What to do; without it the window opens.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The folder with the identity, messages and Tor's state.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The description of a Tor network other than the public one, as TOML.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) tor_config: Option<PathBuf>,
    /// A file whose first line is the passphrase of the data folder, if it has one; `-` reads
    /// standard input. Without it a terminal is asked.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print one JSON object a line instead of words.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log what happens to standard error; twice for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open the window, with an xmpp: link if one is given.
    Open {
        /// The link, as xmpp:ADDRESS?roster.
        link: Option<String>,
    },
    /// Make, show or restore the identity, and sign what it says of itself.
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Make a link by which somebody becomes a contact; list and take back those that were made.
    ///
    /// It names your address, and has a token: whoever uses it first is let in without a question, also
    /// while no client of yours is there. Give it to one person, over a way that you trust.
    Invite(InviteOf),
    /// Check a signed statement, revocation or succession, or read an invite.
    ///
    /// Of an address the account is asked for its statement, once, also a stranger's; otherwise nothing
    /// is sent and no data folder is needed. Exit codes: 0 valid; 1 cannot be read; 3 the account has
    /// not answered in time; 4 expired; 5 from the future; 6 forged or changed; 7 no document or a
    /// damaged one; 8 of another identity; 9 the identity is revoked; 10 the statement does not list the
    /// address; 11 it is older than what was seen, or contradicts it. Of several the highest.
    Verify(VerifyOf),
    /// Run the endpoint without a window, as an always-on mailbox.
    Serve {
        /// Where ordinary XMPP clients on this machine log in; `none` for nowhere.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5222", value_parser = listen)]
        listen: Listen,
    },
    /// Send a message.
    Send {
        /// To whom.
        #[arg(value_parser = reachable)]
        jid: BareJid,
        /// What.
        text: String,
        /// The number of the message that it answers, as `onym history` shows it.
        #[arg(long, value_name = "NUMBER")]
        reply_to: Option<u64>,
        #[command(flatten)]
        until: Until,
    },
    /// Print messages that nobody has seen, and those that arrive.
    Listen,
    /// Correct a message of yours.
    Edit {
        #[command(flatten)]
        message: MessageName,
        /// What it shall say.
        text: String,
        #[command(flatten)]
        until: ChangeUntil,
    },
    /// Take a message of yours back.
    Retract {
        #[command(flatten)]
        message: MessageName,
        #[command(flatten)]
        until: ChangeUntil,
    },
    /// Put emojis under a message; none takes yours away.
    React {
        #[command(flatten)]
        message: MessageName,
        /// The emojis.
        emojis: Vec<String>,
        #[command(flatten)]
        until: ChangeUntil,
    },
    /// Send a failed message again.
    Resend {
        /// Its id, as `onym send` and `onym history --json` show it.
        id: String,
        #[command(flatten)]
        until: Until,
    },
    /// Search the text of all messages.
    Search {
        /// Words, the last one perhaps unfinished; "words in a row"; in:ADDRESS; from:me.
        text: String,
        /// How many messages at the most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Print the messages of a conversation.
    History {
        /// With whom.
        jid: BareJid,
        /// How many at the most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Only messages before the one with this number.
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
    /// List conversations, and change how they are kept.
    #[command(subcommand)]
    Conversation(ConversationCommand),
    /// Show what you say about yourself, or change it.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Write everything into a sealed file, take everything over from one, or write the history
    /// in clear.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Delete the identity and everything else in the data folder.
    Wipe {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// List, add, accept or remove contacts.
    #[command(subcommand)]
    Contact(ContactCommand),
    /// Set or remove the passphrase that seals everything on the disk.
    #[command(subcommand)]
    Passphrase(PassphraseCommand),
    /// Let ordinary XMPP clients log in to the endpoint, or stop that.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Show the devices that messages are encrypted for, yours or a contact's.
    Devices(DevicesOf),
    /// Say about a device whether it may read what you write.
    Trust(TrustOf),
    /// Show how messages are encrypted, or choose it.
    Encryption(EncryptionOf),
    /// Begin the encryption with somebody anew, when their messages cannot be read.
    Renew {
        /// With whom.
        jid: BareJid,
    },
    /// Try a contact's endpoint at once.
    Retry {
        /// Whose.
        #[arg(value_parser = reachable)]
        jid: BareJid,
    },
    /// Show how the endpoint is doing.
    Status,
}

/// When a command about a message returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args, serde::Serialize, serde::Deserialize)]
pub(crate) struct Until {
    /// Return once the message has come this far. By default: once it is stored, if the endpoint
    /// goes on running elsewhere; once it is delivered, if it runs for this command alone.
    #[arg(long)]
    pub(crate) wait: Option<Wait>,
    /// Give up waiting after so many seconds; the message stays queued.
    #[arg(long = "timeout", value_name = "SECONDS", default_value_t = 180)]
    pub(crate) timeout_seconds: u64,
}

/// When a command that changes a message returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
pub(crate) struct ChangeUntil {
    /// Return once the change has come this far: `queued`, `stored` or `handed-over`; devices
    /// confirm messages, not changes. By default: once it is stored, if the endpoint goes on
    /// running elsewhere; once it is handed over, if it runs for this command alone.
    #[arg(long, value_parser = wait_for_change)]
    wait: Option<Wait>,
    /// Give up waiting after so many seconds; the change stays queued.
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    timeout: u64,
}

impl From<ChangeUntil> for Until {
    fn from(until: ChangeUntil) -> Self {
        Self {
            wait: until.wait,
            timeout_seconds: until.timeout,
        }
    }
}

/// How far a message shall have come.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    ValueEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wait {
    /// On this machine's disk.
    Queued,
    /// In our own endpoint's queue.
    Stored,
    /// At the contact's endpoint.
    HandedOver,
    /// At the contact's device.
    Delivered,
}

/// `onym passphrase …`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum PassphraseCommand {
    /// Say how the data folder is locked.
    Status,
    /// Set the passphrase, or change it.
    Set {
        /// Open the folder with the 24 words of the identity, read from standard input, when the
        /// passphrase is forgotten.
        #[arg(long)]
        phrase: bool,
    },
    /// No longer ask for one.
    Remove {
        /// Open the folder with the 24 words of the identity, read from standard input, when the
        /// passphrase is forgotten.
        #[arg(long)]
        phrase: bool,
    },
    /// Set a second passphrase that deletes everything when it is given.
    SetDuress,
    /// Remove the second passphrase.
    RemoveDuress,
    /// Let the keyring of this system open the folder, too.
    KeyringOn,
    /// No longer let it.
    KeyringOff,
}

/// `onym contact …`
#[derive(Debug, Subcommand)]
pub(crate) enum ContactCommand {
    /// Contacts, and who has asked to become one.
    List,
    /// Add somebody and ask to see their presence.
    Add {
        /// Whom: their address, or their invite.
        #[arg(value_name = "ADDRESS|LINK", value_parser = invite::whom)]
        whom: Whom,
        /// What to call them.
        #[arg(long)]
        name: Option<String>,
        /// It was read from the screen or the paper of the person, who is here: its identity and keys
        /// count as verified.
        #[arg(long)]
        in_person: bool,
    },
    /// Accept a request, and ask back.
    Accept {
        /// Whose.
        #[arg(value_parser = reachable)]
        jid: BareJid,
    },
    /// Decline a request.
    Decline {
        /// Whose.
        jid: BareJid,
    },
    /// Remove a contact; the conversation stays.
    Remove {
        /// Whom.
        jid: BareJid,
    },
    /// Show a contact under another name.
    Rename {
        /// Whom.
        jid: BareJid,
        /// The name; without it the address is shown.
        name: Option<String>,
    },
    /// Keep somebody away: nothing of theirs reaches you.
    Block {
        /// Whom.
        jid: BareJid,
    },
    /// Let somebody through again.
    Unblock {
        /// Whom.
        jid: BareJid,
    },
    /// List whom you keep away.
    Blocked,
}

/// A message, by its conversation and its number there.
#[derive(Clone, Debug, PartialEq, Args, serde::Serialize, serde::Deserialize)]
pub(crate) struct MessageName {
    /// With whom.
    pub(crate) jid: BareJid,
    /// Its number, as `onym history` shows it.
    pub(crate) number: u64,
}

/// `onym conversation …`
#[derive(Debug, Subcommand)]
pub(crate) enum ConversationCommand {
    /// All conversations, those with new messages first.
    List,
    /// Mark all messages as seen.
    Read {
        /// With whom.
        jid: BareJid,
    },
    /// Keep a conversation above the others.
    Pin {
        /// With whom.
        jid: BareJid,
    },
    /// No longer.
    Unpin {
        /// With whom.
        jid: BareJid,
    },
    /// Show no notifications of a conversation.
    Mute {
        /// With whom.
        jid: BareJid,
        /// For so many minutes; without it until it is unmuted.
        #[arg(long)]
        minutes: Option<u64>,
    },
    /// Show them again.
    Unmute {
        /// With whom.
        jid: BareJid,
    },
    /// Put a conversation away.
    Archive {
        /// With whom.
        jid: BareJid,
    },
    /// Bring it back.
    Unarchive {
        /// With whom.
        jid: BareJid,
    },
    /// Delete messages here after some time; 0 keeps them.
    Disappear {
        /// With whom.
        jid: BareJid,
        /// After how many seconds.
        seconds: u64,
    },
    /// Show the addresses of somebody who has several, and choose the one that is written to.
    WriteTo {
        /// With whom.
        jid: BareJid,
        /// The address; `auto` leaves the choice to the program. Without it nothing is chosen.
        #[arg(value_parser = chosen_address)]
        address: Option<ChosenAddress>,
    },
    /// Delete a conversation with all of its messages here.
    Delete {
        /// With whom.
        jid: BareJid,
    },
    /// Fetch older messages from the archive of the endpoint.
    FetchOlder {
        /// With whom.
        jid: BareJid,
    },
}

/// An address to write to, or none in particular.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ChosenAddress(pub(crate) Option<BareJid>);

fn chosen_address(text: &str) -> Result<ChosenAddress, jid::Error> {
    if text == "auto" {
        return Ok(ChosenAddress(None));
    }
    BareJid::new(text).map(|jid| ChosenAddress(Some(jid)))
}

/// `onym profile …`
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// What you say about yourself.
    Show,
    /// Set your name; without one you have none.
    Name {
        /// The name.
        name: Option<String>,
    },
    /// Set your picture from a PNG, JPEG, WebP or GIF; without one you have none.
    Picture {
        /// The file.
        file: Option<PathBuf>,
    },
}

/// `onym export …`
#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Everything, sealed with a passphrase of its own.
    Everything {
        /// The file to write.
        file: PathBuf,
    },
    /// Everything from such a file, into a data folder without an identity.
    Import {
        /// The file to read.
        file: PathBuf,
    },
    /// The history, in clear.
    History {
        /// The file to write.
        file: PathBuf,
        /// In which form.
        #[arg(long, value_enum, default_value_t = HistoryForm::Text)]
        form: HistoryForm,
        /// Only the conversation with them.
        #[arg(long, value_name = "ADDRESS")]
        with: Option<BareJid>,
    },
}

/// The form of an exported history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HistoryForm {
    /// One line a message.
    Text,
    /// A page for a browser.
    Html,
    /// For programs.
    Json,
}

/// `onym device …`
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// The devices that may log in.
    List,
    /// Let a device log in; prints its password, once.
    Add {
        /// What to call it.
        name: String,
    },
    /// Take a device's right to log in away and end its streams.
    Revoke {
        /// Which.
        name: String,
    },
}

/// Where clients on this machine log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

fn listen(text: &str) -> Result<Listen, String> {
    if text == "none" {
        return Ok(Listen(None));
    }
    text.parse()
        .map(|address| Listen(Some(address)))
        .map_err(|_| "expected an address and a port, such as 127.0.0.1:5222, or none".to_owned())
}

fn wait_for_change(text: &str) -> Result<Wait, String> {
    match Wait::from_str(text, false)? {
        Wait::Delivered => Err("nobody confirms a change; wait for handed-over".to_owned()),
        wait => Ok(wait),
    }
}

/// An address that our endpoint can reach: somebody at an onion address.
fn reachable(text: &str) -> Result<BareJid, String> {
    let jid: BareJid = text.parse().map_err(|error| format!("{error}"))?;
    if jid.node().is_none() {
        return Err("expected somebody at an onion address: NAME@ADDRESS.onion".to_owned());
    }
    match jid.domain().as_str().parse::<OnionAddress>() {
        Ok(_) => Ok(jid),
        Err(error) => Err(format!(
            "'{}' cannot be reached over Tor: {error}",
            jid.domain()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in ["onym --json identity show", "onym identity show --json"] {
            assert!(
                Cli::try_parse_from(line.split(' ')).unwrap().global.json,
                "{line}"
            );
        }
        for wrong in [
            "onym serve --listen 5222",
            "onym send nobody@ x",
            "onym send a@b.onion",
            "onym send a@example.org x",
            "onym contact add bob",
            "onym retract a@b.onion 7 --wait delivered",
        ] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
    }
}
