//! Signed documents as text: a block for web pages and paper, and one line for QR codes.

use std::fmt::Write as _;

use thiserror::Error;

use crate::base32::{self, Base32Error};
use crate::statement::{
    Document, DocumentError, IdentityRevocation, MAX_DOCUMENT_BYTES, ProposalError,
    ProposedSuccession, Statement, Succession,
};
use crate::timestamp::Timestamp;

/// Longest text that is searched for blocks, in bytes: a large web page.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// How many blocks of a text are looked at. Each costs some signatures to verify.
pub const MAX_BLOCKS: usize = 8;

/// Longest document that is written as a QR code, in bytes: in the alphanumeric mode it fits version
/// 30 (137 modules), the densest that a telephone reads from a screen.
pub const MAX_QR_BYTES: usize = 1_560;

/// Characters of a line.
const LINE: usize = 64;
const DASHES: &str = "-----";
const BEGIN: &str = "-----BEGIN ONYM ";
const QR_SCHEME: &str = "ONYM:";

/// What the lines around a succession call it that only the old identity has signed.
const PROPOSAL: &str = "PROPOSAL";

/// What the lines around a block call it.
const LABELS: [(&str, &str); 3] = [
    ("STATEMENT", Statement::TAG),
    ("REVOCATION", IdentityRevocation::TAG),
    ("SUCCESSION", Succession::TAG),
];

/// Text forms of a document's bytes.
#[derive(Clone, Copy, Debug)]
pub struct TextForm<'a> {
    bytes: &'a [u8],
    label: &'static str,
}

impl<'a> TextForm<'a> {
    /// `None` if the bytes do not begin as a document.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut labels = LABELS.iter();
        let (label, _) = labels.find(|(_, tag)| bytes.starts_with(tag.as_bytes()))?;
        Some(Self { bytes, label })
    }

    /// A block that can stand in any text.
    #[must_use]
    pub fn block(self) -> String {
        write_block(self.bytes, self.label)
    }

    /// One line in the characters of a QR code's alphanumeric mode; `None` if the document is too
    /// long for one, and should be linked to instead.
    #[must_use]
    pub fn qr(self) -> Option<String> {
        let text = base32::encode(self.bytes).to_ascii_uppercase();
        (self.bytes.len() <= MAX_QR_BYTES).then(|| format!("{QR_SCHEME}{text}"))
    }
}

fn write_block(bytes: &[u8], label: &str) -> String {
    let mut block = format!("{BEGIN}{label}{DASHES}\n");
    let text = base32::encode(bytes);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        let _ = writeln!(block, "{line}");
        rest = more;
    }
    let _ = writeln!(block, "{DASHES}END ONYM {label}{DASHES}");
    block
}

impl ProposedSuccession {
    /// The block in which a proposal goes to the new identity.
    #[must_use]
    pub fn block(&self) -> String {
        write_block(self.as_bytes(), PROPOSAL)
    }

    /// Finds the first block of a proposal in a text, and verifies it.
    ///
    /// # Errors
    ///
    /// [`ProposalError`] says why there is none to believe.
    pub fn find(text: &str, now: Timestamp) -> Result<Self, ProposalError> {
        let got = text.len();
        if got > MAX_TEXT_BYTES {
            let max = MAX_TEXT_BYTES;
            return Err(BlockError::TextTooLong { max, got }.into());
        }
        let begin = format!("{BEGIN}{PROPOSAL}{DASHES}");
        let (_, after) = text.split_once(&begin).ok_or(BlockError::NoProposal)?;
        let text = base32_of(after, PROPOSAL)?;
        let bytes =
            base32::decode_at_most(&text, MAX_DOCUMENT_BYTES).map_err(BlockError::Base32)?;
        Self::read(&bytes, now)
    }
}

impl Document {
    /// Reads what a QR code held.
    ///
    /// # Errors
    ///
    /// [`BlockError`] says what is wrong with it.
    pub fn from_qr(text: &str) -> Result<Self, BlockError> {
        let scheme = text.get(..QR_SCHEME.len());
        let base32 = scheme
            .filter(|it| it.eq_ignore_ascii_case(QR_SCHEME))
            .and_then(|it| text.get(it.len()..))
            .ok_or(BlockError::NotQr)?;
        decode(base32, MAX_QR_BYTES)
    }
}

/// Finds the blocks of a text, at most [`MAX_BLOCKS`] of them, with what is wrong with those that
/// cannot be read. Around them may be anything.
///
/// # Errors
///
/// [`BlockError::TextTooLong`] if the text is longer than [`MAX_TEXT_BYTES`].
pub fn find_blocks(text: &str) -> Result<Vec<Result<Document, BlockError>>, BlockError> {
    let got = text.len();
    if got > MAX_TEXT_BYTES {
        let max = MAX_TEXT_BYTES;
        return Err(BlockError::TextTooLong { max, got });
    }
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        if blocks.len() == MAX_BLOCKS {
            break;
        }
        // What belongs to a block ends where the next one begins, so that an unfinished one hides
        // none behind it.
        let own = after.split(BEGIN).next().unwrap_or(after);
        blocks.push(read_block(own));
        rest = after;
    }
    Ok(blocks)
}

/// Reads a block from behind the words that begin it.
fn read_block(text: &str) -> Result<Document, BlockError> {
    if is_line_of(text, PROPOSAL) {
        return Err(BlockError::Proposal);
    }
    let (label, _) = LABELS
        .iter()
        .find(|(label, _)| is_line_of(text, label))
        .ok_or(BlockError::Label)?;
    let after = text.get(label.len() + DASHES.len()..).unwrap_or_default();
    let document = decode(&base32_of(after, label)?, MAX_DOCUMENT_BYTES)?;
    let is_labelled = matches!(
        (&document, *label),
        (Document::Statement(_), "STATEMENT")
            | (Document::Revocation(_), "REVOCATION")
            | (Document::Succession(_), "SUCCESSION")
    );
    is_labelled.then_some(document).ok_or(BlockError::Label)
}

/// The lines of a block, joined, from behind the mark that begins it.
fn base32_of(after: &str, label: &str) -> Result<String, BlockError> {
    let end = format!("{DASHES}END ONYM {label}{DASHES}");
    let (inside, _) = after.split_once(&end).ok_or(BlockError::NoEnd)?;
    let mut lines = inside.split('\n').map(|line| line.trim_matches(is_margin));
    // The line of the beginning has nothing else on it, and neither has that of the end.
    if lines.next() != Some("") || lines.next_back() != Some("") {
        return Err(BlockError::Lines);
    }
    let mut base32 = String::new();
    let mut is_last = false;
    for line in lines {
        let is_in_form = !is_last && !line.is_empty() && line.len() <= LINE;
        if !is_in_form {
            return Err(BlockError::Lines);
        }
        is_last = line.len() < LINE;
        base32.push_str(line);
        if base32.len() > MAX_DOCUMENT_BYTES * 2 {
            return Err(BlockError::Lines);
        }
    }
    Ok(base32)
}

fn is_line_of(text: &str, label: &str) -> bool {
    text.strip_prefix(label)
        .is_some_and(|rest| rest.starts_with(DASHES))
}

/// What pages and mails put at the ends of lines.
const fn is_margin(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\r')
}

fn decode(text: &str, max_bytes: usize) -> Result<Document, BlockError> {
    let bytes = base32::decode_at_most(text, max_bytes).map_err(BlockError::Base32)?;
    Document::parse(&bytes).map_err(BlockError::Document)
}

/// Why a text holds no document.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BlockError {
    /// The text is longer than any that is searched.
    #[error("the text has {got} bytes where at most {max} are searched")]
    TextTooLong {
        /// The limit, in bytes.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// The text is not that of a QR code with a document.
    #[error("this is no code of a signed document")]
    NotQr,
    /// The block calls itself something that is not known, or that it is not.
    #[error("the block is not what its first line says")]
    Label,
    /// A succession that the new identity has not signed.
    #[error("this is the proposal of a succession, which the new identity has not signed yet")]
    Proposal,
    /// There is no block of a proposal.
    #[error("there is no proposal of a succession in the text")]
    NoProposal,
    /// The line that ends the block is missing.
    #[error("the end of the block is missing")]
    NoEnd,
    /// The lines of the block are not as they were written.
    #[error("the lines of the block are not as they were written")]
    Lines,
    /// A character is wrong, missing or too many.
    #[error("the text of the block {0}")]
    Base32(#[source] Base32Error),
    /// The text is well-formed and holds no document.
    #[error("{0}")]
    Document(#[source] DocumentError),
}
