//! What the command line says about devices and encryption.

use clap::{Args, Subcommand, ValueEnum};
use jid::BareJid;
use onym_client_protocol::command::Verdict;
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::store::EncryptionPolicy;

/// `onym devices …`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DevicesOf {
    /// Whose; without it, yours.
    pub(crate) jid: Option<BareJid>,
    /// Ask their endpoint first, as news may have been missed.
    #[arg(long)]
    pub(crate) refresh: bool,
    #[command(subcommand)]
    pub(crate) command: Option<DevicesCommand>,
}

/// What can be done with our own devices.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum DevicesCommand {
    /// Sign another device of yours out: take it out of your list and revoke its keys, so that nobody
    /// writes to it any more.
    Remove {
        /// Its number, as `onym devices` shows it.
        #[arg(value_parser = device)]
        device: DeviceId,
    },
    /// Make new keys for this device, and revoke those that it had: after it was signed out, or if
    /// somebody may have them.
    Renew,
}

/// `onym trust …`
#[derive(Debug, Args)]
pub(crate) struct TrustOf {
    /// Whose device; your own address for one of yours.
    pub(crate) jid: BareJid,
    /// Its number, as `onym devices` shows it.
    #[arg(value_parser = device)]
    pub(crate) device: DeviceId,
    /// What you say about it.
    pub(crate) verdict: Said,
    /// The fingerprint that you have from them. Nothing is changed if it is another one.
    #[arg(long, value_name = "HEX")]
    pub(crate) fingerprint: Option<String>,
}

/// What the user says about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Said {
    /// You have compared its fingerprint.
    Verify,
    /// Take it without comparing anything.
    Accept,
    /// It is not to read anything.
    Refuse,
}

impl Said {
    /// As the engine takes it.
    pub(crate) const fn verdict(self) -> Verdict {
        match self {
            Self::Verify => Verdict::Verified,
            Self::Accept => Verdict::Accepted,
            Self::Refuse => Verdict::Refused,
        }
    }
}

/// `onym encryption …`
#[derive(Debug, Args)]
pub(crate) struct EncryptionOf {
    /// With whom.
    #[arg(required_unless_present = "all")]
    pub(crate) jid: Option<BareJid>,
    /// How messages are encrypted from now on; without it, how they are is shown.
    pub(crate) how: Option<Choice>,
    /// Where nothing else was chosen, in place of one conversation.
    #[arg(
        long,
        value_name = "HOW",
        num_args = 0..=1,
        conflicts_with_all = ["jid", "how"],
        value_parser = choice_for_all
    )]
    pub(crate) all: Option<Option<Choice>>,
}

/// How messages are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choice {
    /// By the best that each device understands, and never in the clear.
    Best,
    /// By OMEMO 2 alone.
    Omemo2,
    /// By the older OMEMO alone.
    Omemo,
    /// By the best, but in the clear for somebody whose programs cannot encrypt.
    BestOrClear,
    /// In the clear.
    Clear,
    /// As chosen with --all.
    Default,
}

impl Choice {
    /// As the engine takes it; none for what is chosen for all conversations.
    pub(crate) const fn policy(self) -> Option<EncryptionPolicy> {
        match self {
            Self::Best => Some(EncryptionPolicy::Best),
            Self::Omemo2 => Some(EncryptionPolicy::Omemo2),
            Self::Omemo => Some(EncryptionPolicy::Omemo),
            Self::BestOrClear => Some(EncryptionPolicy::BestOrClear),
            Self::Clear => Some(EncryptionPolicy::Clear),
            Self::Default => None,
        }
    }
}

fn choice_for_all(text: &str) -> Result<Choice, String> {
    match Choice::from_str(text, false)? {
        Choice::Default => Err("this is the default: say what it shall be".to_owned()),
        choice => Ok(choice),
    }
}

fn device(text: &str) -> Result<DeviceId, String> {
    let number: u32 = text
        .parse()
        .map_err(|_| "expected the number of a device".to_owned())?;
    DeviceId::try_from(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    fn parse(line: &str) -> Option<Command> {
        Cli::try_parse_from(line.split(' ')).ok()?.command
    }

    #[test]
    fn devices_are_shown_or_removed() {
        let Some(Command::Devices(ours)) = parse("onym devices") else {
            panic!("our own")
        };
        assert!(ours.jid.is_none() && ours.command.is_none());
        let Some(Command::Devices(theirs)) = parse("onym devices a@b.onion --refresh") else {
            panic!("theirs")
        };
        assert!(theirs.jid.is_some() && theirs.refresh);
        let Some(Command::Devices(removal)) = parse("onym devices remove 7") else {
            panic!("removal")
        };
        let seven = DeviceId::new(7).unwrap();
        assert!(
            matches!(removal.command, Some(DevicesCommand::Remove { device }) if device == seven)
        );
        for wrong in [
            "onym devices remove",
            "onym devices remove 0",
            "onym devices remove 4294967295",
            "onym devices a@b.onion remove 7",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_default_has_no_default() {
        let Some(Command::Encryption(all)) = parse("onym encryption --all clear") else {
            panic!("set for all")
        };
        assert_eq!(all.all, Some(Some(Choice::Clear)));
        let Some(Command::Encryption(one)) = parse("onym encryption a@b default") else {
            panic!("set for one")
        };
        assert_eq!((one.how, one.all), (Some(Choice::Default), None));
        let Some(Command::Encryption(shown)) = parse("onym encryption --all") else {
            panic!("shown for all")
        };
        assert_eq!(shown.all, Some(None));
        for wrong in [
            "onym encryption",
            "onym encryption --all default",
            "onym encryption a@b --all clear",
            "onym encryption a@b none",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn every_policy_can_be_chosen() {
        let mut policies: Vec<_> = Choice::value_variants()
            .iter()
            .filter_map(|choice| choice.policy())
            .collect();
        policies.dedup();
        assert_eq!(policies, EncryptionPolicy::ALL);
    }
}
