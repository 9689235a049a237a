//! A stream of any length sealed under a passphrase, to carry everything to another computer.
//!
//! | bytes | |
//! |---|---|
//! | 19 + 1 | what it is, and the version |
//! | 6 | cost of a guess: memory in KiB (4), passes (1), lanes (1) |
//! | 32 | salt |
//! | 19 | first part of every nonce |
//! | 64 KiB + 16 each | chunks |
//! | 16 to 64 KiB + 16 | the last chunk |
//!
//! Each chunk is sealed with XChaCha20-Poly1305 under a nonce of the 19 bytes, the number of the
//! chunk (4 bytes) and whether it is the last one (1 byte), and with everything before the first
//! chunk as associated data. A chunk that is missing, doubled, in another place or from another
//! stream is therefore refused, and so is a stream that was cut or continued. This is the STREAM
//! construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015).

use std::fmt;
use std::io::{self, Read, Write};

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use zeroize::{Zeroize as _, Zeroizing};

use crate::passphrase::{self, Argon2Cost, COST_BYTES, SALT_BYTES};
use crate::seal::{self, TAG_BYTES};

/// Why a sealed stream cannot be read. While reading, it is inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
pub enum SealedStreamError {
    /// It does not begin like a sealed stream.
    #[error("this is not a file that was exported from Onym")]
    NotOurs,
    /// It is of a version that this program does not know.
    #[error("the file has version {0}, which this program does not know")]
    Version(u8),
    /// The passphrase is wrong, or the beginning is damaged, which are not to be told apart.
    #[error("this is not the passphrase of the file, or the file is damaged")]
    Refused,
    /// It was changed or cut after its beginning. What was read before is as it was written, but
    /// there is more, or other, of it.
    #[error("the file is damaged or incomplete")]
    Damaged,
    /// A passphrase must have at least one byte.
    #[error("a passphrase cannot be empty")]
    EmptyPassphrase,
    /// The memory that the passphrase takes is not to be had.
    #[error("there is not enough memory to check a passphrase")]
    NoMemory,
    /// A stream has at most 2^32 chunks: 256 TiB.
    #[error("the file would be too long")]
    TooLong,
    /// It could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

const MAGIC: &[u8; 19] = b"onym sealed stream\n";
const VERSION: u8 = 1;
const PREFIX_BYTES: usize = 19;
const AFTER_VERSION: usize = COST_BYTES + SALT_BYTES + PREFIX_BYTES;
const HEAD_BYTES: usize = MAGIC.len() + 1 + AFTER_VERSION;

/// Plaintext in every chunk but the last.
const CHUNK_BYTES: usize = 64 << 10;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// The cipher of one stream, and where in the stream it is.
struct Chunks {
    cipher: XChaCha20Poly1305,
    head: [u8; HEAD_BYTES],
    prefix: [u8; PREFIX_BYTES],
    /// None behind the last chunk that can be counted.
    next: Option<u32>,
}

impl Chunks {
    fn new(
        head: [u8; HEAD_BYTES],
        cost: Argon2Cost,
        salt: &[u8; SALT_BYTES],
        prefix: [u8; PREFIX_BYTES],
        passphrase: &[u8],
    ) -> Result<Self, SealedStreamError> {
        let key = cost
            .key(passphrase, salt, "onym/1 sealed stream")
            .ok_or(SealedStreamError::NoMemory)?;
        Ok(Self {
            cipher: seal::cipher(&key),
            head,
            prefix,
            next: Some(0),
        })
    }

    fn nonce(&mut self, is_last: bool) -> Result<XNonce, SealedStreamError> {
        let number = self.next.ok_or(SealedStreamError::TooLong)?;
        self.next = number.checked_add(1);
        let mut nonce = XNonce::default();
        let parts = [
            self.prefix.as_slice(),
            &number.to_be_bytes(),
            &[u8::from(is_last)],
        ];
        for (to, from) in nonce.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        Ok(nonce)
    }

    fn seal(&mut self, chunk: &mut Vec<u8>, is_last: bool) -> Result<(), SealedStreamError> {
        let nonce = self.nonce(is_last)?;
        let sealed = self.cipher.encrypt_in_place(&nonce, &self.head, chunk);
        sealed.map_err(|_| SealedStreamError::TooLong)
    }

    fn open(&mut self, chunk: &mut Vec<u8>, is_last: bool) -> Result<(), SealedStreamError> {
        let nonce = self.nonce(is_last)?;
        let opened = self.cipher.decrypt_in_place(&nonce, &self.head, chunk);
        opened.map_err(|_| SealedStreamError::Damaged)
    }
}

/// Seals what is written to it. It is only complete after [`finish`](Self::finish).
pub struct SealedStreamWriter<W: Write> {
    to: W,
    chunks: Chunks,
    /// Plaintext that is not yet sealed, at most one chunk: the last one is sealed differently, so
    /// a full one waits until more comes.
    waiting: Zeroizing<Vec<u8>>,
}

impl<W: Write> SealedStreamWriter<W> {
    /// Begins a stream under a passphrase, at the default cost of a guess.
    ///
    /// # Errors
    /// When the passphrase is empty, there is not enough memory, or nothing can be written.
    pub fn new(
        to: W,
        passphrase: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealedStreamError> {
        Self::with_cost(to, Argon2Cost::DEFAULT, passphrase, rng)
    }

    /// Like [`new`](Self::new), with another cost.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_cost(
        mut to: W,
        cost: Argon2Cost,
        passphrase: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealedStreamError> {
        if passphrase.is_empty() {
            return Err(SealedStreamError::EmptyPassphrase);
        }
        let salt = passphrase::new_salt(rng);
        let mut prefix = [0; PREFIX_BYTES];
        rng.fill_bytes(&mut prefix);
        let mut head = [0; HEAD_BYTES];
        let parts: [&[u8]; 5] = [MAGIC, &[VERSION], &cost.to_bytes(), &salt, &prefix];
        for (place, byte) in head.iter_mut().zip(parts.concat()) {
            *place = byte;
        }
        to.write_all(&head)?;
        Ok(Self {
            to,
            chunks: Chunks::new(head, cost, &salt, prefix, passphrase)?,
            waiting: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES)),
        })
    }

    /// Ends the stream: without this, what was written cannot be read to its end. Gives back what
    /// it was written to, flushed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<W, SealedStreamError> {
        self.send(true)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn send(&mut self, is_last: bool) -> Result<(), SealedStreamError> {
        self.chunks.seal(&mut self.waiting, is_last)?;
        self.to.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for SealedStreamWriter<W> {
    fn write(&mut self, plaintext: &[u8]) -> io::Result<usize> {
        if self.waiting.len() >= CHUNK_BYTES && !plaintext.is_empty() {
            self.send(false).map_err(to_io)?;
        }
        let room = CHUNK_BYTES.saturating_sub(self.waiting.len());
        let taken = plaintext.get(..room).unwrap_or(plaintext);
        self.waiting.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Flushes the whole chunks. A chunk that is not full stays until it is or until the end.
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Opens a stream that a [`SealedStreamWriter`] has sealed. What it gives was written in this
/// place; the whole of it was read only when reading ends without an error.
pub struct SealedStreamReader<R: Read> {
    from: R,
    chunks: Chunks,
    /// Bytes that were read ahead: whether a chunk is the last one shows only behind it.
    ahead: Vec<u8>,
    plaintext: Zeroizing<Vec<u8>>,
    /// How much of the plaintext was given out.
    given: usize,
    state: Reading,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Open,
    Ended,
    /// Nothing that comes behind the damage is given out.
    Failed,
}

impl<R: Read> SealedStreamReader<R> {
    /// Reads the beginning and checks the passphrase on the first chunk.
    ///
    /// # Errors
    /// When it is no sealed stream, the passphrase is wrong, or it cannot be read.
    pub fn new(mut from: R, passphrase: &[u8]) -> Result<Self, SealedStreamError> {
        let mut head = [0; HEAD_BYTES];
        let length = read_full(&mut from, &mut head)?;
        let known = head.get(..length).unwrap_or_default();
        let rest = known
            .strip_prefix(MAGIC)
            .ok_or(SealedStreamError::NotOurs)?;
        let rest = match rest.split_first() {
            Some((&VERSION, rest)) => rest,
            Some((&version, _)) => return Err(SealedStreamError::Version(version)),
            None => return Err(SealedStreamError::NotOurs),
        };
        let (cost, salt, prefix) = parse(rest).ok_or(SealedStreamError::Refused)?;
        let mut reader = Self {
            from,
            chunks: Chunks::new(head, cost, &salt, prefix, passphrase)?,
            ahead: Vec::with_capacity(SEALED_CHUNK_BYTES + 1),
            plaintext: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES)),
            given: 0,
            state: Reading::Open,
        };
        match reader.next_chunk() {
            Ok(()) => Ok(reader),
            Err(SealedStreamError::Damaged) => Err(SealedStreamError::Refused),
            Err(error) => Err(error),
        }
    }

    /// Reads one chunk and one byte of the next one.
    fn next_chunk(&mut self) -> Result<(), SealedStreamError> {
        // Until it has succeeded.
        self.state = Reading::Failed;
        let wanted = (SEALED_CHUNK_BYTES + 1).saturating_sub(self.ahead.len());
        self.from
            .by_ref()
            .take(wanted as u64)
            .read_to_end(&mut self.ahead)?;
        let is_last = self.ahead.len() <= SEALED_CHUNK_BYTES;
        let next = self
            .ahead
            .split_off(self.ahead.len().min(SEALED_CHUNK_BYTES));
        self.plaintext.zeroize();
        self.given = 0;
        self.plaintext.append(&mut self.ahead);
        self.ahead.extend(next);
        if let Err(error) = self.chunks.open(&mut self.plaintext, is_last) {
            self.plaintext.zeroize();
            return Err(error);
        }
        self.state = if is_last {
            Reading::Ended
        } else {
            Reading::Open
        };
        Ok(())
    }
}

impl<R: Read> Read for SealedStreamReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.plaintext.len() {
            match self.state {
                Reading::Open => self.next_chunk().map_err(to_io)?,
                Reading::Ended => return Ok(0),
                Reading::Failed => return Err(to_io(SealedStreamError::Damaged)),
            }
        }
        let mut rest = self.plaintext.get(self.given..).unwrap_or_default();
        let count = rest.read(into)?;
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

type Head = (Argon2Cost, [u8; SALT_BYTES], [u8; PREFIX_BYTES]);

/// What stands between the version and the first chunk.
fn parse(bytes: &[u8]) -> Option<Head> {
    let (cost, rest) = bytes.split_first_chunk::<COST_BYTES>()?;
    let (salt, prefix) = rest.split_first_chunk::<SALT_BYTES>()?;
    Some((
        Argon2Cost::from_bytes(*cost)?,
        *salt,
        prefix.try_into().ok()?,
    ))
}

/// Reads until the buffer is full or nothing comes any more.
fn read_full(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut bytes = Vec::with_capacity(into.len());
    from.take(into.len() as u64).read_to_end(&mut bytes)?;
    for (to, byte) in into.iter_mut().zip(&bytes) {
        *to = *byte;
    }
    Ok(bytes.len())
}

fn to_io(error: SealedStreamError) -> io::Error {
    match error {
        SealedStreamError::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

impl<W: Write> fmt::Debug for SealedStreamWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedStreamWriter").finish_non_exhaustive()
    }
}

impl<R: Read> fmt::Debug for SealedStreamReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedStreamReader").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
