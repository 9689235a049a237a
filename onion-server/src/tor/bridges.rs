//! Bridges: ways into the Tor network where its relays are blocked.

use std::path::{Path, PathBuf};

use arti_client::config::pt::TransportConfigBuilder;
use arti_client::config::{BoolOrAuto, BridgeConfigBuilder, CfgPath, TorClientConfigBuilder};

/// The longest list of bridges that is read, in bytes. A bridge takes some 200.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// The programs that speak a kind of bridge, best first: `lyrebird` is what obfs4proxy became.
const TRANSPORTS: [(&str, &[&str]); 5] = [
    ("obfs4", &["lyrebird", "obfs4proxy"]),
    ("meek_lite", &["lyrebird", "obfs4proxy"]),
    ("webtunnel", &["lyrebird", "webtunnel-client"]),
    ("snowflake", &["snowflake-client", "lyrebird"]),
    ("scramblesuit", &["lyrebird", "obfs4proxy"]),
];

/// Bridge lines that were read and make sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridges(Vec<String>);

/// Why a list of bridges cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BridgeError {
    /// It is longer than any list of bridges.
    #[error("the list of bridges is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// A line is not a bridge.
    #[error("line {line} is not a bridge: {why}")]
    NotABridge {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// There is no program for this kind of bridge.
    #[error("bridges of the kind {transport} need the program {program}, which is not installed")]
    NoTransport {
        /// The kind, as obfs4.
        transport: String,
        /// The program to install.
        program: String,
    },
}

impl Bridges {
    /// Reads bridges as people are given them: one a line, with or without `Bridge` before it;
    /// empty lines and those that begin with `#` do not count.
    ///
    /// # Errors
    /// The first line that is not a bridge.
    pub fn read(text: &str) -> Result<Self, BridgeError> {
        if text.len() > MAX_BYTES {
            return Err(BridgeError::TooLong);
        }
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bridge: Result<BridgeConfigBuilder, _> = line.parse();
            bridge.map_err(|error| BridgeError::NotABridge {
                line: number,
                why: error.to_string(),
            })?;
            lines.push(line.to_owned());
        }
        Ok(Self(lines))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bridges, one a line.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.join("\n")
    }

    /// Whether the programs that they need are installed.
    ///
    /// # Errors
    /// The first kind of bridge without its program.
    pub fn check_programs(&self) -> Result<(), BridgeError> {
        self.transports().map(drop)
    }

    /// Makes the client use them.
    pub(super) fn configure(
        &self,
        builder: &mut TorClientConfigBuilder,
    ) -> Result<(), BridgeError> {
        if self.is_empty() {
            return Ok(());
        }
        let transports = self.transports()?;
        let bridges = builder.bridges();
        bridges.enabled(BoolOrAuto::Explicit(true));
        for line in &self.0 {
            if let Ok(bridge) = line.parse::<BridgeConfigBuilder>() {
                bridges.bridges().push(bridge);
            }
        }
        for (name, program) in transports {
            let Ok(protocol) = name.parse() else { continue };
            let mut transport = TransportConfigBuilder::default();
            transport
                .protocols(vec![protocol])
                .path(CfgPath::new_literal(program))
                .run_on_startup(true);
            bridges.transports().push(transport);
        }
        Ok(())
    }

    /// Each kind of bridge among them that needs a program, with the program.
    fn transports(&self) -> Result<Vec<(String, PathBuf)>, BridgeError> {
        let mut found: Vec<(String, PathBuf)> = Vec::new();
        for line in &self.0 {
            let Ok(bridge) = line.parse::<BridgeConfigBuilder>() else {
                continue;
            };
            let Some(name) = bridge.get_transport().filter(|name| !name.is_empty()) else {
                continue;
            };
            if name == "-" || found.iter().any(|(known, _)| known == name) {
                continue;
            }
            found.push((name.to_owned(), program_for(name)?));
        }
        Ok(found)
    }
}

fn program_for(transport: &str) -> Result<PathBuf, BridgeError> {
    let own = [transport];
    let programs = TRANSPORTS
        .iter()
        .find(|(name, _)| *name == transport)
        .map_or(own.as_slice(), |(_, programs)| programs);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = programs.iter().find_map(|program| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(program))
            .find(|file| is_file(file))
    });
    found.ok_or_else(|| BridgeError::NoTransport {
        transport: transport.to_owned(),
        program: programs.join(" or "),
    })
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "192.0.2.66:443 0123456789abcdef0123456789abcdef01234567";
    const UNKNOWN: &str = "nosuchkind 192.0.2.66:443 0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn lists_are_read_as_people_paste_them() {
        let text = format!("# from a friend\n\n  Bridge {PLAIN}  \n{PLAIN}\n");
        let bridges = Bridges::read(&text).unwrap();
        assert_eq!(bridges.0.len(), 2);
        assert!(bridges.check_programs().is_ok());
        assert!(Bridges::read(" \n#").unwrap().is_empty());
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = Bridges::read(&format!("{PLAIN}\nhello\n")).unwrap_err();
        assert!(error.to_string().starts_with("line 2 "), "{error}");
        let long = format!("{PLAIN}\n").repeat(2_000);
        assert_eq!(Bridges::read(&long), Err(BridgeError::TooLong));
    }

    #[test]
    fn a_missing_program_is_named() {
        let bridges = Bridges::read(UNKNOWN).unwrap();
        let error = bridges.check_programs().unwrap_err();
        assert!(error.to_string().contains("nosuchkind"), "{error}");
    }

    #[test]
    fn bridges_end_up_in_the_configuration() {
        let mut builder = TorClientConfigBuilder::default();
        Bridges::read(PLAIN)
            .unwrap()
            .configure(&mut builder)
            .unwrap();
        assert!(builder.build().is_ok());
    }
}
