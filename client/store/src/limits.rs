//! How much is done at once. Tests set these low, so that few messages reach every path.

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many messages wait for the index before they are merged into it. More of them make a
    /// merge cheaper, and the first search after a start dearer, which reads them all.
    pub(crate) merge_at: usize,
    /// The most messages that are merged in one commit.
    pub(crate) merge: usize,
    /// The most messages of a removed conversation that are swept away in one commit.
    pub(crate) sweep: usize,
    /// Up to how many words an unfinished word stands for are looked up at once.
    pub(crate) open: usize,
    /// Of an unfinished word with more words, one message is read for so many words before their
    /// lists are opened. Reading a message takes about 6 us, opening a list about 10, so
    /// that little is lost when reading finds too few.
    pub(crate) words_per_read: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            merge_at: 1_024,
            merge: 4_096,
            sweep: 2_000,
            open: 256,
            words_per_read: 4,
        }
    }
}
