//! What the command line says about what our statement claims.

use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE;
use jid::BareJid;
use onym_identity::statement::{ForeignKey, KeyProtocol};

/// `onym identity claim-key …`
#[derive(Debug, Args)]
pub(crate) struct ClaimKeyOf {
    #[command(flatten)]
    pub(crate) key: NewKey,
    /// The account that uses the key, which the statement lists; without it, yours here.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) account: Option<BareJid>,
    /// The number of the device that has the OMEMO key.
    #[arg(long, value_name = "NUMBER", requires = "omemo")]
    pub(crate) device: Option<u32>,
}

/// A key that is to be listed.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct NewKey {
    /// A file with an OpenPGP public key, armoured or not; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) openpgp: Option<PathBuf>,
    /// The fingerprint of an OTR key.
    #[arg(long, value_name = "HEX", value_parser = otr)]
    pub(crate) otr: Option<ForeignKey>,
    /// SHA-256 of the TLS certificate of another endpoint of yours.
    #[arg(long, value_name = "HEX", value_parser = tls)]
    pub(crate) tls: Option<ForeignKey>,
    /// The fingerprint of a device of another account of yours: whoever trusts your identity writes to
    /// it without a question. Compare it on that device.
    #[arg(long, value_name = "HEX", value_parser = omemo, requires = "device", requires = "account")]
    pub(crate) omemo: Option<ForeignKey>,
}

/// A key by its fingerprint.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ListedKey {
    /// The fingerprint of an OpenPGP key.
    #[arg(long, value_name = "HEX", value_parser = openpgp)]
    openpgp: Option<ForeignKey>,
    /// The fingerprint of an OTR key.
    #[arg(long, value_name = "HEX", value_parser = otr)]
    otr: Option<ForeignKey>,
    /// SHA-256 of a TLS certificate.
    #[arg(long, value_name = "HEX", value_parser = tls)]
    tls: Option<ForeignKey>,
    /// The fingerprint of a device. One of this account is only revoked: those are listed by themselves.
    #[arg(long, value_name = "HEX", value_parser = omemo)]
    omemo: Option<ForeignKey>,
}

impl ListedKey {
    /// Clap lets exactly one through.
    pub(crate) fn key(self) -> Option<ForeignKey> {
        let Self {
            openpgp,
            otr,
            tls,
            omemo,
        } = self;
        openpgp.or(otr).or(tls).or(omemo)
    }
}

fn otr(text: &str) -> Result<ForeignKey, String> {
    key(text, &[KeyProtocol::Otr])
}

fn tls(text: &str) -> Result<ForeignKey, String> {
    key(text, &[KeyProtocol::TlsCertificate])
}

fn omemo(text: &str) -> Result<ForeignKey, String> {
    key(text, &[KeyProtocol::Omemo2])
}

fn openpgp(text: &str) -> Result<ForeignKey, String> {
    key(text, &[KeyProtocol::OpenPgpV4, KeyProtocol::OpenPgpV6])
}

/// A fingerprint in whatever groups and letters, for the protocol whose length it has.
fn key(text: &str, protocols: &[KeyProtocol]) -> Result<ForeignKey, String> {
    let digits: String = text
        .chars()
        .filter(|it| !it.is_whitespace() && *it != ':')
        .collect();
    let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
    let bytes = bytes.map_err(|_| "a fingerprint has the digits 0 to 9 and a to f".to_owned())?;
    let lengths = protocols
        .iter()
        .filter_map(|it| Some((it, it.fingerprint_bytes()?)));
    let found = lengths.clone().find(|(_, length)| *length == bytes.len());
    found
        .map(|(protocol, _)| ForeignKey::new(*protocol, &bytes))
        .ok_or_else(|| {
            let digits = lengths.map(|(_, length)| length.saturating_mul(2).to_string());
            let digits: Vec<String> = digits.collect();
            format!(
                "the fingerprint of such a key has {} digits",
                digits.join(" or ")
            )
        })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn a_fingerprint_has_the_length_of_its_protocol() {
        let of_20 = "0F0F0F0F 0f0f0f0f 0f:0f:0f:0f 0f0f0f0f 0f0f0f0f";
        assert_eq!(openpgp(of_20).unwrap().protocol, KeyProtocol::OpenPgpV4);
        let of_32 = "ab".repeat(32);
        assert_eq!(openpgp(&of_32).unwrap().protocol, KeyProtocol::OpenPgpV6);
        assert_eq!(otr(of_20).unwrap().fingerprint.to_string(), "0f".repeat(20));
        assert!(otr(&of_32).is_err() && tls(of_20).is_err() && otr("xy").is_err());
        assert!(omemo("").is_err());
    }

    #[test]
    fn one_key_is_named() {
        let otr = format!("--otr {}", "0f".repeat(20));
        let omemo = format!("--omemo {}", "0f".repeat(32));
        for wrong in [
            "onym identity claim-key".to_owned(),
            format!("onym identity claim-key {otr} --openpgp key.asc"),
            format!("onym identity claim-key {omemo} --device 7"),
            format!("onym identity claim-key {omemo} --account a@b.example"),
            format!("onym identity claim-key {otr} --device 7"),
            "onym identity claim-address a@b.example --priority 201".to_owned(),
            "onym identity drop-key".to_owned(),
            format!("onym identity revoke-key {otr} {otr}"),
            "onym identity claim-address".to_owned(),
        ] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
        for right in [
            format!("onym identity claim-key {otr} --account a@b.example"),
            format!("onym identity claim-key {omemo} --device 7 --account a@b.example"),
            format!("onym identity revoke-key {otr}"),
            "onym identity drop-address a@b.example --revoke".to_owned(),
            "onym identity show --check".to_owned(),
            "onym identity claim-address a@b.example --priority 200".to_owned(),
        ] {
            assert!(Cli::try_parse_from(right.split(' ')).is_ok(), "{right}");
        }
    }
}
