//! Which Tor network is used, and where Tor keeps its files.

use std::path::PathBuf;

use arti_client::TorClientConfig;
use arti_client::config::{BoolOrAuto, CfgPath, ConfigBuildError, TorClientConfigBuilder};
use fs_mistrust::Mistrust;

use super::bridges::{BridgeError, Bridges};

/// How we reach the Tor network.
#[derive(Clone, Debug)]
pub struct TorSettings {
    /// The network.
    pub network: Network,
    /// Ways into it where its relays are blocked; none for the usual way.
    pub bridges: Bridges,
    /// The folder for what must outlive a restart: guards, introduction points.
    pub state_dir: PathBuf,
    /// The folder for what can be fetched again: the directory of relays.
    pub cache_dir: PathBuf,
    /// Use the folders even if other users of this machine could write to them. For tests.
    pub trust_permissions: bool,
}

/// A Tor network.
#[derive(Clone, Debug)]
pub enum Network {
    /// The one that everybody uses.
    Public,
    /// Another one, or the public one with bridges: a configuration for arti, in TOML.
    Custom(String),
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The TOML is malformed, or a value is of the wrong kind.
    #[error("line {line}: {message}")]
    Toml {
        /// The line, counted from 1; 0 if it is not known.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// There is no such section; a misspelt one would be ignored otherwise.
    #[error("line {line}: unknown section `{section}`; known are {}", SECTIONS.join(", "))]
    UnknownSection {
        /// The line, counted from 1; 0 if it is not known.
        line: usize,
        /// The section's name.
        section: String,
    },
    /// The values do not go together.
    #[error("{0}")]
    Invalid(#[from] ConfigBuildError),
    /// The bridges cannot be used.
    #[error(transparent)]
    Bridges(#[from] BridgeError),
    /// The permissions of folders cannot be looked into.
    #[error("cannot check permissions of folders: {0}")]
    Permissions(String),
}

/// The sections of arti's configuration that concern a client.
const SECTIONS: [&str; 14] = [
    "address_filter",
    "bridges",
    "channel",
    "circuit_timing",
    "directory_tolerance",
    "download_schedule",
    "override_net_params",
    "path_rules",
    "preemptive_circuits",
    "storage",
    "stream_timeouts",
    "system",
    "tor_network",
    "vanguards",
];

impl TorSettings {
    /// Reads the settings, to report mistakes before anything is started.
    ///
    /// # Errors
    ///
    /// See [`SettingsError`]; the caller adds the name of the file.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.client_config().map(drop)
    }

    /// The configuration of the client. The folders are always ours, whatever the TOML says.
    pub(super) fn client_config(&self) -> Result<TorClientConfig, SettingsError> {
        let mut builder = match &self.network {
            Network::Public => TorClientConfigBuilder::default(),
            Network::Custom(text) => read(text)?,
        };
        self.bridges.configure(&mut builder)?;
        let storage = builder.storage();
        storage.state_dir(CfgPath::new_literal(&self.state_dir));
        storage.cache_dir(CfgPath::new_literal(&self.cache_dir));
        // The service has a keystore of its own, which keeps the onion key off the disk.
        storage.keystore().enabled(BoolOrAuto::Explicit(false));
        if self.trust_permissions {
            storage.permissions().dangerously_trust_everyone();
        }
        Ok(builder.build()?)
    }

    /// Whose files are trusted.
    pub(super) fn mistrust(&self) -> Result<Mistrust, SettingsError> {
        let mut builder = Mistrust::builder();
        if self.trust_permissions {
            builder.dangerously_trust_everyone();
        }
        builder
            .build()
            .map_err(|error| SettingsError::Permissions(error.to_string()))
    }
}

fn read(text: &str) -> Result<TorClientConfigBuilder, SettingsError> {
    let malformed = |error: toml::de::Error| SettingsError::Toml {
        line: error.span().map_or(0, |span| line_of(text, span.start)),
        message: error.message().to_owned(),
    };
    let sections: toml::Table = toml::from_str(text).map_err(malformed)?;
    if let Some(section) = sections
        .keys()
        .find(|key| !SECTIONS.contains(&key.as_str()))
    {
        let line = text
            .find(section.as_str())
            .map_or(0, |at| line_of(text, at));
        return Err(SettingsError::UnknownSection {
            line,
            section: section.clone(),
        });
    }
    toml::from_str(text).map_err(malformed)
}

/// The line of a byte, counted from 1.
fn line_of(text: &str, byte: usize) -> usize {
    1 + text
        .bytes()
        .take(byte)
        .filter(|byte| *byte == b'\n')
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(toml: &str) -> Result<(), SettingsError> {
        TorSettings {
            network: Network::Custom(toml.into()),
            bridges: Bridges::default(),
            state_dir: "/nonexistent/state".into(),
            cache_dir: "/nonexistent/cache".into(),
            trust_permissions: false,
        }
        .check()
    }

    #[test]
    fn mistakes_are_reported_with_their_line() {
        let error = check("[path_rules]\nipv4_subnet_family_prefix = \"many\"\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");

        let error = check("# bridges\n\n[path_rules\n").unwrap_err();
        assert!(error.to_string().starts_with("line 3: "), "{error}");

        let error = check("[path_rules]\n[brigdes]\nenabled = true\n").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("line 2: unknown section `brigdes`"),
            "{error}"
        );
    }

    #[test]
    fn the_folders_are_ours_whatever_the_text_says() {
        check("[storage]\nstate_dir = \"${NO_SUCH_VARIABLE}\"\n").unwrap();
    }
}
