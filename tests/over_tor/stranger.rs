//! A stranger on the Tor network: bytes written by hand, sent through C tor's SOCKS proxy.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The time for one circuit to an onion service, for which C tor may need several tries.
const CONNECT_LIMIT: Duration = Duration::from_secs(120);

/// A connection to the server port of somebody's endpoint.
pub(crate) struct Stranger {
    stream: TcpStream,
    /// Everything that the endpoint has said.
    heard: String,
}

impl Stranger {
    /// Connects, and opens a server stream in the name of `from`.
    pub(crate) fn open_stream(proxy: SocketAddr, from: &str, to: &str) -> io::Result<Self> {
        let mut stranger = Self {
            stream: connect_with_patience(proxy, to, 5269)?,
            heard: String::new(),
        };
        stranger.say(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:server' \
             xmlns:stream='http://etherx.jabber.org/streams' \
             xmlns:db='jabber:server:dialback' from='{from}' to='{to}' version='1.0'>"
        ))?;
        stranger.hear_until("</stream:features>")?;
        Ok(stranger)
    }

    pub(crate) fn say(&mut self, xml: &str) -> io::Result<()> {
        self.stream.write_all(xml.as_bytes())
    }

    /// Reads until the endpoint has said something, and returns all that it has said.
    pub(crate) fn hear_until(&mut self, text: &str) -> io::Result<&str> {
        while !self.heard.contains(text) {
            if !self.hear_more()? {
                let said = format!("no {text:?} before the end of the stream: {}", self.heard);
                return Err(io::Error::other(said));
            }
        }
        Ok(&self.heard)
    }

    /// Reads until the endpoint closes the connection, and returns all that it has said.
    pub(crate) fn hear_to_the_end(&mut self) -> io::Result<&str> {
        while self.hear_more()? {}
        Ok(&self.heard)
    }

    /// Reads something more; false at the end.
    fn hear_more(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer).map_err(|error| {
            io::Error::new(error.kind(), format!("{error} after {}", self.heard))
        })?;
        self.heard
            .push_str(&String::from_utf8_lossy(&buffer[..count]));
        Ok(count > 0)
    }
}

/// C tor answers with an error when a try took too long; a user would try again.
fn connect_with_patience(proxy: SocketAddr, host: &str, port: u16) -> io::Result<TcpStream> {
    let deadline = now() + CONNECT_LIMIT;
    loop {
        match connect_by_socks(proxy, host, port) {
            Err(error) if now() > deadline => return Err(error),
            Err(_) => {}
            Ok(stream) => return Ok(stream),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "other processes follow no virtual clock"
)]
fn now() -> Instant {
    Instant::now()
}

/// SOCKS 5 (RFC 1928) with the name of the host.
fn connect_by_socks(proxy: SocketAddr, host: &str, port: u16) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(proxy)?;
    stream.set_read_timeout(Some(CONNECT_LIMIT))?;
    stream.write_all(&[5, 1, 0])?;
    let mut method = [0; 2];
    stream.read_exact(&mut method)?;
    let mut request = vec![5, 1, 0, 3, u8::try_from(host.len()).unwrap()];
    request.extend(host.as_bytes());
    request.extend(port.to_be_bytes());
    stream.write_all(&request)?;
    let mut answer = [0; 10];
    stream.read_exact(&mut answer)?;
    match answer[1] {
        0 => Ok(stream),
        code => Err(io::Error::other(format!("SOCKS error {code} for {host}"))),
    }
}
