//! What the command line says about the identities behind addresses of others.

use clap::{Subcommand, ValueEnum};
use jid::BareJid;
use onym_client_protocol::command::IdentityVerdict;
use onym_identity::IdentityKey;

use super::identity::identity;

/// `onym identity who|verify|differs|decide …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum BehindCommand {
    /// Show who is behind an address, how you know it, and what happened there.
    Who {
        /// The address.
        jid: BareJid,
    },
    /// Say that you have compared or scanned the key of the identity behind an address.
    ///
    /// Every device that it signs counts as verified then, at each of its addresses. Before anything was
    /// published at the address, the key is expected there.
    Verify {
        /// The address.
        jid: BareJid,
        /// The key that you have from them, or an address that begins with it. Nothing is changed if it is
        /// another one. Without it, the key that `onym identity who` shows.
        #[arg(value_name = "KEY", value_parser = identity)]
        key: Option<IdentityKey>,
        /// Take it back.
        #[arg(long)]
        withdraw: bool,
    },
    /// Say that you have compared the key of the identity behind an address, and it is not the person's.
    ///
    /// Nothing that it signs counts then, at any of its addresses, and messages to them wait until you take
    /// it back or verify the identity after all.
    Differs {
        /// The address.
        jid: BareJid,
        /// The key that is there and is not theirs, or an address that begins with it. Nothing is changed if
        /// it is another one. Without it, the key that `onym identity who` shows.
        #[arg(value_name = "KEY", value_parser = identity)]
        key: Option<IdentityKey>,
        /// Take it back.
        #[arg(long)]
        withdraw: bool,
    },
    /// Decide whether another identity is to be the one behind an address. Until then nothing is sent
    /// there.
    Decide {
        /// The address.
        jid: BareJid,
        /// What you decide.
        verdict: Choice,
        /// The key of the other identity, as `onym identity who` shows it.
        #[arg(value_name = "KEY", value_parser = identity)]
        key: IdentityKey,
    },
}

/// What the user decides about another identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choice {
    /// It is the person, and takes the place of the old one.
    Take,
    /// It is not, and is not asked about again.
    Keep,
}

impl Choice {
    /// As the engine takes it.
    pub(crate) const fn verdict(self) -> IdentityVerdict {
        match self {
            Self::Take => IdentityVerdict::TakeNew,
            Self::Keep => IdentityVerdict::KeepOld,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::Cli;

    #[test]
    fn a_decision_names_the_key_that_was_seen() {
        let key = "us4s2sf4zoy2vgdreadnenbptildcusntqa5ev46cb7b5stmxmxq";
        for right in [
            "onym identity who bob@b.example".to_owned(),
            "onym identity verify bob@b.example".to_owned(),
            format!("onym identity verify bob@b.example {key} --withdraw"),
            "onym identity differs bob@b.example".to_owned(),
            format!("onym identity differs bob@b.example {key} --withdraw"),
            format!("onym identity decide bob@b.example keep {key}"),
        ] {
            assert!(Cli::try_parse_from(right.split(' ')).is_ok(), "{right}");
        }
        for wrong in [
            "onym identity who",
            "onym identity verify bob@b.example bob",
            "onym identity differs",
            "onym identity differs bob@b.example bob",
            "onym identity decide bob@b.example take",
            "onym identity decide bob@b.example",
        ] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
    }
}
