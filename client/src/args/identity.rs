//! What the command line says about the identity, its signed documents and invites.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jid::BareJid;
use onym_client_protocol::our_statement::MAX_PRIORITY;
use onym_identity::statement::DisplayName;
use onym_identity::{IdentityKey, OnymJid};

use super::behind::BehindCommand;
use super::claims::{ClaimKeyOf, ListedKey};
use crate::identity_file::MAX_ADDRESS_INDEX;

/// `onym identity …`
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Make an identity and show its recovery phrase, once.
    New {
        /// Ask for a passphrase that seals everything on the disk; with --passphrase-file it is
        /// read from there.
        #[arg(long)]
        passphrase: bool,
    },
    /// Show the identity and what its statement says.
    Show {
        /// The recovery phrase instead. Whoever reads it is you.
        #[arg(long)]
        phrase: bool,
        /// Ask each address in the statement whether it confirms the identity.
        #[arg(long, conflicts_with = "phrase")]
        check: bool,
    },
    /// List another account of yours in the statement, or say which of your addresses is tried first.
    ///
    /// Another account is a claim until it publishes the statement, too.
    ClaimAddress {
        /// Its address; with --priority also one that is listed already, or your own.
        jid: BareJid,
        /// How you want to be reached there: contacts write to the address with the highest number
        /// that they reach. Without it, one that is new has 0.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=i64::from(MAX_PRIORITY)))]
        priority: Option<u8>,
    },
    /// List an account no more, nor the keys there.
    DropAddress {
        /// Its address.
        jid: BareJid,
        /// Tell everybody to refuse it, for ever.
        #[arg(long)]
        revoke: bool,
    },
    /// List a key in the statement: OpenPGP, OTR, TLS, or that of a device of another account of yours.
    ///
    /// Those of your devices here are listed by themselves.
    ClaimKey(ClaimKeyOf),
    /// List a key no more.
    DropKey(ListedKey),
    /// Tell everybody to refuse a key, for ever.
    RevokeKey(ListedKey),
    /// Move to a new onion address under the same identity, and let every contact follow.
    ///
    /// The new address is signed and told at once. From the next start on, the endpoint is there, and
    /// the old address is revoked for ever.
    Move {
        /// Do it. Without this, it only shows both addresses.
        #[arg(long)]
        yes: bool,
        /// Take an announced move back, as long as nothing has started at the next address.
        #[arg(long, conflicts_with = "yes")]
        cancel: bool,
    },
    /// Show where this endpoint was before, whether a move was announced, and which contacts have followed.
    Moves,
    /// Read a recovery phrase from standard input and restore its identity.
    Restore {
        /// Ask for a passphrase that seals everything on the disk; with --passphrase-file it is
        /// read from there.
        #[arg(long)]
        passphrase: bool,
        /// How often the identity had moved: its address is that of this number. The first one is 0.
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_ADDRESS_INDEX)))]
        address_index: u32,
    },
    /// Sign a statement of your address and keys, for a web page or a profile.
    ///
    /// It names your address and, if no other Onym process uses the data folder, the OMEMO key of this
    /// device. `onym verify` checks it.
    Export(ExportOf),
    /// Sign a revocation of the identity, to be printed and kept in a safe place; or publish it.
    ///
    /// Whoever sees it believes nothing of the identity any more, for ever. With --out nothing is sent.
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Revoke {
        /// The file to write, as text with a QR code.
        #[arg(long, value_name = "FILE", group = "what")]
        out: Option<PathBuf>,
        /// End the identity: publish the revocation in FILE (`-` is standard input), or one that is
        /// signed now.
        #[arg(long, value_name = "FILE", group = "what", num_args = 0..=1)]
        publish: Option<Option<PathBuf>>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    #[command(flatten)]
    Behind(BehindCommand),
    /// Name the identity that comes after this one, in three steps.
    #[command(subcommand)]
    Succeed(SucceedCommand),
}

/// `onym identity export …`
#[derive(Debug, Args)]
pub(crate) struct ExportOf {
    /// Write the text into a new file instead of printing it.
    #[arg(long, value_name = "FILE", conflicts_with = "binary")]
    pub(crate) out: Option<PathBuf>,
    /// Write the bytes into a new file instead of a text.
    #[arg(long, value_name = "FILE")]
    pub(crate) binary: Option<PathBuf>,
    /// The name that it tells. It identifies nobody.
    #[arg(long, value_parser = display_name)]
    pub(crate) name: Option<DisplayName>,
    /// For how many days it is valid.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub(crate) days: u16,
}

/// `onym identity succeed …`
#[derive(Debug, Subcommand)]
pub(crate) enum SucceedCommand {
    /// First, by the old identity: propose a new one.
    ///
    /// Whoever follows the succession believes no more statements of this identity.
    Propose {
        /// The new identity, by its key or its address.
        #[arg(long, value_name = "ADDRESS", value_parser = identity)]
        to: IdentityKey,
        /// The file for the new identity.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Second, by the new identity: sign the proposal, which completes the succession.
    Accept {
        /// The file with the proposal; `-` is standard input.
        proposal: PathBuf,
        /// The old identity, by its key or its address. Another one is refused.
        #[arg(long, value_name = "ADDRESS", value_parser = identity)]
        from: IdentityKey,
        /// Write the succession into a new file instead of printing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Third, by the old identity: publish the succession. Nothing more of this identity counts then.
    Publish {
        /// The file with the succession; `-` is standard input.
        succession: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// `onym verify …`
#[derive(Debug, Args)]
pub(crate) struct VerifyOf {
    /// A file with a document or with text around one, or with an OpenPGP key (see --identity), a link, the
    /// text of a QR code, `-` for standard input, or an address, whose account is asked.
    #[arg(value_name = "FILE|LINK|ADDRESS|-")]
    pub(crate) what: String,
    /// Demand that it is of this identity, given by its key or its address. The old one of a
    /// succession.
    #[arg(long, value_name = "ADDRESS", value_parser = identity)]
    pub(crate) identity: Option<IdentityKey>,
    /// Take what is valid, as if a contact had published it: the end of an identity, who comes after
    /// it, or a later statement of one that is known.
    #[arg(long)]
    pub(crate) follow: bool,
    /// For an address: how long its account may take to answer.
    #[arg(long = "timeout", value_name = "SECONDS", default_value_t = 90)]
    pub(crate) timeout_seconds: u64,
}

pub(super) fn display_name(text: &str) -> Result<DisplayName, String> {
    DisplayName::new(text).map_err(|error| format!("the name {error}"))
}

/// An identity, alone or in its address at any server.
pub(super) fn identity(text: &str) -> Result<IdentityKey, String> {
    if let Ok(jid) = text.parse::<OnymJid>() {
        return Ok(jid.identity);
    }
    let local = text.split('@').next().unwrap_or(text);
    local.parse::<IdentityKey>().map_err(|error| {
        format!("expected an identity's key, or an address that begins with it: {error}")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::Cli;

    #[test]
    fn what_is_needed_is_asked_for() {
        for wrong in [
            "onym verify",
            "onym verify - --identity bob",
            "onym identity revoke",
            "onym identity revoke --out x --publish",
            "onym identity succeed publish",
            "onym identity succeed",
            "onym identity succeed propose --to bob --out x",
            "onym identity succeed accept x",
            "onym identity export --days 401",
            "onym identity export --days 0",
            "onym identity export --out x --binary y",
        ] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
        for right in [
            "onym verify -",
            "onym verify x --follow",
            "onym identity export",
            "onym identity revoke --out x",
            "onym identity revoke --publish",
            "onym identity revoke --publish x --yes",
            "onym identity succeed publish x",
        ] {
            assert!(Cli::try_parse_from(right.split(' ')).is_ok(), "{right}");
        }
    }
}
