//! A program that speaks OMEMO through a library that others wrote, behind a pipe. What it reads
//! and writes is in `tests/oracles/README.md`.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use data_encoding::HEXLOWER;
use onym_client_protocol::omemo::{Dialect, SealedKey, WireBundle};

/// Which library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    LibomemoC,
    PythonOmemo,
}

pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// What became of a message that the peer was given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Plaintext(Vec<u8>),
    Duplicate,
    Error(String),
}

impl Peer {
    /// Starts the program; `None`, after saying so, if it is not installed here. Continuous
    /// integration has it.
    pub(crate) fn start(library: Library) -> Option<Self> {
        let oracles = oracles();
        let started = match library {
            Library::LibomemoC => compiled(&oracles).and_then(|it| spawn(Command::new(it))),
            Library::PythonOmemo => {
                let mut command = Command::new(python());
                command.arg(oracles.join("python_omemo_peer.py"));
                spawn(command)
            }
        };
        match started {
            Ok(peer) => Some(peer),
            Err(why) => {
                let line = format!("{library:?} is not here, NOTHING IS TESTED WITH IT: {why}");
                assert!(
                    std::env::var_os("CI").is_none(),
                    "{line}; run scripts/setup"
                );
                // Past the harness, which swallows what is printed.
                let text = format!("{line}; run scripts/setup\n");
                std::io::stderr().write_all(text.as_bytes()).unwrap();
                None
            }
        }
    }

    /// Begins a new device, which takes the place of the one before. Gives its bundle.
    pub(crate) fn renew(&mut self, dialect: Dialect, pre_keys: u32) -> WireBundle {
        let version = match dialect {
            Dialect::Omemo => "0.3",
            Dialect::Omemo2 => "2",
        };
        let answer = self.ask(&format!("new {version} {pre_keys}"));
        let mut words = answer.strip_prefix("OK ").expect(&answer).split(' ');
        let mut next = || words.next().unwrap();
        WireBundle {
            identity_key: unhex(next()),
            signed_pre_key_id: next().parse().unwrap(),
            signed_pre_key: unhex(next()),
            signature: unhex(next()),
            pre_keys: next()
                .split(',')
                .map(|pair| pair.split_once(':').unwrap())
                .map(|(id, key)| (id.parse().unwrap(), unhex(key)))
                .collect(),
        }
    }

    /// Has the peer begin a session with us, by one of our pre-keys.
    pub(crate) fn initiate(&mut self, ours: &WireBundle, pre_key: &(u32, Vec<u8>)) {
        let line = format!(
            "initiate {} {} {} {} {} {}",
            HEXLOWER.encode(&ours.identity_key),
            ours.signed_pre_key_id,
            HEXLOWER.encode(&ours.signed_pre_key),
            HEXLOWER.encode(&ours.signature),
            pre_key.0,
            HEXLOWER.encode(&pre_key.1),
        );
        assert_eq!(self.ask(&line), "OK");
    }

    pub(crate) fn encrypt(&mut self, plaintext: &[u8]) -> SealedKey {
        let answer = self.ask(&format!("encrypt {}", HEXLOWER.encode(plaintext)));
        let sealed = answer.strip_prefix("OK ").expect(&answer);
        let (kind, bytes) = sealed.split_once(' ').unwrap();
        SealedKey {
            bytes: unhex(bytes),
            is_key_exchange: kind == "KEX",
        }
    }

    pub(crate) fn decrypt(&mut self, message: &SealedKey) -> Answer {
        let kind = if message.is_key_exchange {
            "KEX"
        } else {
            "MSG"
        };
        let answer = self.ask(&format!(
            "decrypt {kind} {}",
            HEXLOWER.encode(&message.bytes)
        ));
        match answer.strip_prefix("OK ") {
            Some(plaintext) => Answer::Plaintext(unhex(plaintext)),
            None if answer == "DUPLICATE" => Answer::Duplicate,
            None => Answer::Error(answer),
        }
    }

    /// Has the peer seal a payload: its key, its IV or nothing, and the ciphertext.
    pub(crate) fn seal(&mut self, content: &[u8]) -> (Vec<u8>, Option<Vec<u8>>, Vec<u8>) {
        let answer = self.ask(&format!("seal {}", HEXLOWER.encode(content)));
        let words: Vec<&str> = answer.split(' ').collect();
        let ["OK", key, iv, ciphertext] = words[..] else {
            panic!("{answer}");
        };
        let iv = (iv != "-").then(|| unhex(iv));
        (unhex(key), iv, unhex(ciphertext))
    }

    pub(crate) fn open(&mut self, key: &[u8], iv: Option<&[u8]>, ciphertext: &[u8]) -> Vec<u8> {
        let iv = iv.map_or("-".to_owned(), |iv| HEXLOWER.encode(iv));
        let (key, ciphertext) = (HEXLOWER.encode(key), HEXLOWER.encode(ciphertext));
        let answer = self.ask(&format!("open {key} {iv} {ciphertext}"));
        unhex(answer.strip_prefix("OK ").expect(&answer))
    }

    fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        let answer = self.output.next();
        answer.expect("the peer has ended").unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(mut command: Command) -> Result<Peer, String> {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
    let input = child.stdin.take().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut peer = Peer {
        child,
        input,
        output,
    };
    // Whether its libraries are there shows when it runs.
    let answers = writeln!(peer.input, "new 2 1").is_ok();
    let answer = peer.output.next().and_then(Result::ok);
    if answers && answer.is_some_and(|answer| answer.starts_with("OK ")) {
        return Ok(peer);
    }
    Err(format!("{command:?} does not run"))
}

fn oracles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles")
}

/// Compiles the programs around libomemo-c, which takes a second.
fn compiled(oracles: &Path) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracles");
    let built = Command::new(oracles.join("build")).arg(&folder).output();
    let built = built.map_err(|error| error.to_string())?;
    if !built.status.success() {
        let errors = String::from_utf8_lossy(&built.stderr);
        return Err(errors.lines().next().unwrap_or_default().to_owned());
    }
    Ok(folder.join("libomemo_peer"))
}

/// The Python that `scripts/setup` has made for python-omemo.
fn python() -> OsString {
    let chosen = std::env::var_os("ONYM_ORACLE_PYTHON");
    chosen.unwrap_or_else(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        target.join("python-omemo/bin/python").into()
    })
}

fn unhex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}
