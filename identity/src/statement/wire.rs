//! Bytes of signed documents: fields of fixed width or with their length before them, big-endian.

use crate::statement::FormError;

/// Takes fields from the front of a byte string.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], FormError> {
        let (field, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(FormError::Truncated)?;
        self.0 = rest;
        Ok(field)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(FormError::Truncated)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn u8(&mut self) -> Result<u8, FormError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, FormError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, FormError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, FormError> {
        self.array().map(u64::from_be_bytes)
    }

    /// A field with its length in one byte before it.
    pub(super) fn short(&mut self) -> Result<&'a [u8], FormError> {
        let length = self.u8()?;
        self.bytes(length.into())
    }

    /// A field with its length in two bytes before it.
    pub(super) fn long(&mut self) -> Result<&'a [u8], FormError> {
        let length = self.u16()?;
        self.bytes(length.into())
    }

    /// The tag that says what the document is.
    pub(super) fn tag(&mut self, expected: &'static str) -> Result<(), FormError> {
        self.0 = self
            .0
            .strip_prefix(expected.as_bytes())
            .ok_or(FormError::Tag { expected })?;
        Ok(())
    }

    pub(super) fn end(&self) -> Result<(), FormError> {
        match self.0.len() {
            0 => Ok(()),
            bytes => Err(FormError::TrailingBytes { bytes }),
        }
    }
}

/// Appends fields to a byte string.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn u8(&mut self, number: u8) -> &mut Self {
        self.bytes(&[number])
    }

    pub(super) fn u64(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(super) fn short(&mut self, field: &[u8]) -> Result<&mut Self, FormError> {
        let length = u8::try_from(field.len()).map_err(|_| FormError::FieldTooLong)?;
        Ok(self.u8(length).bytes(field))
    }

    pub(super) fn long(&mut self, field: &[u8]) -> Result<&mut Self, FormError> {
        let length = u16::try_from(field.len()).map_err(|_| FormError::FieldTooLong)?;
        Ok(self.bytes(&length.to_be_bytes()).bytes(field))
    }

    /// Entries in the order of their bytes, which is the one that a reader accepts.
    pub(super) fn list(&mut self, mut entries: Vec<Vec<u8>>) -> Result<&mut Self, FormError> {
        let count = u8::try_from(entries.len()).map_err(|_| FormError::FieldTooLong)?;
        entries.sort_unstable();
        self.u8(count);
        for entry in &entries {
            self.bytes(entry);
        }
        Ok(self)
    }
}
