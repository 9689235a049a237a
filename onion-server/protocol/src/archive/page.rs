//! What is asked of an archive, and what it answers: the part that every store shares.

use jid::Jid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use super::ArchiveId;
use crate::limits;

/// A message as the archive keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchiveRecord {
    /// The other side: the sender of a message that came, the recipient of one that was sent.
    pub with: Jid,
    /// When it came or was sent.
    pub stamp: Timestamp,
    /// Whether it came from somebody whom the owner did not have in the roster.
    pub stranger: bool,
    /// The message as XML, in `jabber:client`.
    pub xml: String,
}

/// How much an archive holds. It is written with every change to the archive, since counting
/// would mean reading all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveTally {
    /// Messages.
    pub messages: u64,
    /// Bytes of their XML.
    pub bytes: u64,
    /// Bytes of those that came from strangers.
    pub stranger_bytes: u64,
    /// The latest id ever given, so that none is given again.
    pub last: Option<ArchiveId>,
}

impl ArchiveRecord {
    fn bytes(&self) -> u64 {
        u64::try_from(self.xml.len()).unwrap_or(u64::MAX)
    }
}

impl ArchiveTally {
    /// Counts a message in, if there is room for it: strangers have a share, so that none of them
    /// drives out what was said with others.
    pub(crate) fn admit(&mut self, id: ArchiveId, record: &ArchiveRecord) -> bool {
        let bytes = record.bytes();
        if record.stranger {
            let with_it = self.stranger_bytes.saturating_add(bytes);
            if with_it > limits::MAX_ARCHIVE_BYTES_OF_STRANGERS {
                return false;
            }
            self.stranger_bytes = with_it;
        }
        self.messages = self.messages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.last = Some(id);
        true
    }

    /// Counts a message out.
    pub(crate) fn remove(&mut self, record: &ArchiveRecord) {
        let bytes = record.bytes();
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        if record.stranger {
            self.stranger_bytes = self.stranger_bytes.saturating_sub(bytes);
        }
    }
}

/// What is asked of an archive.
#[derive(Clone, Debug, PartialEq)]
pub enum ArchiveQuery {
    /// A page of the messages that match.
    Page(PageQuery),
    /// These messages.
    Ids(Vec<ArchiveId>),
    /// The first message and the last one.
    Ends,
}

/// Which messages match, and which page of them is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct PageQuery {
    /// Only messages with them; with any of their resources if it is a bare JID.
    pub with: Option<Jid>,
    /// Only messages of this time or later.
    pub start: Option<Timestamp>,
    /// Only messages of this time or earlier.
    pub end: Option<Timestamp>,
    /// Only messages after this one.
    pub after: Option<ArchiveId>,
    /// Only messages before this one.
    pub before: Option<ArchiveId>,
    /// Ids that must be in the archive (XEP-0313 §4.1.4 and §4.3.1).
    pub known: Vec<ArchiveId>,
    /// From which end the page is taken.
    pub from: PageEnd,
    /// The most messages on the page; [`limits::MAX_ARCHIVE_PAGE_MESSAGES`] at most.
    pub max: usize,
}

/// From which end of the matching messages a page is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageEnd {
    /// The oldest ones.
    Oldest,
    /// The newest ones.
    Newest,
}

/// Some messages of an archive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArchivePage {
    /// The messages, oldest first.
    pub messages: Vec<(ArchiveId, ArchiveRecord)>,
    /// Whether nothing more matches beyond the page, in the direction of the query.
    pub complete: bool,
}

/// What an archive answers.
#[derive(Clone, Debug, PartialEq)]
pub enum ArchiveAnswer {
    /// The messages.
    Page(ArchivePage),
    /// An id in the query is not in the archive.
    UnknownId,
    /// The records could not be read. The owner has been told why.
    Unreadable,
}

impl ArchiveAnswer {
    /// The answer to [`ArchiveQuery::Ids`]: the messages in the order of the archive, each once.
    #[must_use]
    pub fn of_ids(mut messages: Vec<(ArchiveId, ArchiveRecord)>) -> Self {
        messages.sort_by_key(|(id, _)| *id);
        messages.dedup_by_key(|(id, _)| *id);
        Self::Page(ArchivePage {
            messages,
            complete: true,
        })
    }
}

impl PageQuery {
    /// The page of a query that nothing can match.
    #[must_use]
    pub fn nothing(&self) -> ArchivePage {
        ArchivePage {
            messages: Vec::new(),
            complete: true,
        }
    }

    /// The first page of everything.
    #[must_use]
    pub fn oldest(max: usize) -> Self {
        Self {
            with: None,
            start: None,
            end: None,
            after: None,
            before: None,
            known: Vec::new(),
            from: PageEnd::Oldest,
            max,
        }
    }

    /// The lowest and the highest id that can match; none if nothing can.
    #[must_use]
    pub fn bounds(&self) -> Option<(ArchiveId, ArchiveId)> {
        let mut lowest = ArchiveId::MIN;
        if let Some(after) = self.after {
            lowest = after.successor()?;
        }
        if let Some(start) = self.start {
            lowest = lowest.max(ArchiveId::first_at(start));
        }
        let mut highest = ArchiveId::MAX;
        if let Some(before) = self.before {
            highest = before.predecessor()?;
        }
        if let Some(end) = self.end {
            highest = highest.min(ArchiveId::last_at(end));
        }
        (lowest <= highest).then_some((lowest, highest))
    }

    /// Whether a message within [`Self::bounds`] matches.
    #[must_use]
    pub fn matches(&self, record: &ArchiveRecord) -> bool {
        // XEP-0313 §4.1.1: a bare JID stands for all of its resources.
        let with = self.with.as_ref().is_none_or(|with| {
            record.with == *with || (with.is_bare() && record.with.to_bare() == with.to_bare())
        });
        // A message that came while the clock was set back is filed later than it came.
        with && self.start.is_none_or(|start| record.stamp >= start)
    }

    /// Makes the page of the messages within [`Self::bounds`], given from the wanted end on.
    ///
    /// # Errors
    /// The first error of `records`.
    pub fn collect<E>(
        &self,
        records: impl IntoIterator<Item = Result<(ArchiveId, ArchiveRecord), E>>,
    ) -> Result<ArchivePage, E> {
        let max = self.max.min(limits::MAX_ARCHIVE_PAGE_MESSAGES);
        let (mut messages, mut bytes, mut complete) = (Vec::new(), 0_usize, true);
        for record in records {
            let (id, record) = record?;
            if !self.matches(&record) {
                continue;
            }
            let size = record.xml.len();
            let full = bytes.saturating_add(size) > limits::MAX_ARCHIVE_PAGE_BYTES;
            if messages.len() >= max || (full && !messages.is_empty()) {
                complete = false;
                break;
            }
            bytes = bytes.saturating_add(size);
            messages.push((id, record));
        }
        if self.from == PageEnd::Newest {
            messages.reverse();
        }
        Ok(ArchivePage { messages, complete })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn record(with: &str, millis: u64, bytes: usize) -> ArchiveRecord {
        ArchiveRecord {
            with: Jid::new(with).unwrap(),
            stamp: Timestamp::from_unix_millis(millis),
            stranger: false,
            xml: "x".repeat(bytes),
        }
    }

    fn collect(query: &PageQuery, records: Vec<ArchiveRecord>) -> ArchivePage {
        let records = (0_u8..)
            .zip(records)
            .map(|(n, record)| Ok::<_, Infallible>((ArchiveId::from_bytes([n; 16]), record)));
        query.collect(records).unwrap()
    }

    #[test]
    fn a_page_holds_no_more_bytes_than_allowed_but_always_one_message() {
        let half = limits::MAX_ARCHIVE_PAGE_BYTES / 2;
        let query = PageQuery::oldest(100);
        let halves = (0..3).map(|n| record("a@b.example", n, half)).collect();
        let page = collect(&query, halves);
        assert_eq!((page.messages.len(), page.complete), (2, false));
        let huge = vec![record("a@b.example", 0, half * 4)];
        let page = collect(&query, huge);
        assert_eq!((page.messages.len(), page.complete), (1, true));
    }

    #[test]
    fn a_page_is_no_longer_than_the_server_allows() {
        let many = || (0..150).map(|n| record("a@b.example", n, 1)).collect();
        let page = collect(&PageQuery::oldest(usize::MAX), many());
        let expected = (limits::MAX_ARCHIVE_PAGE_MESSAGES, false);
        assert_eq!((page.messages.len(), page.complete), expected);
        let page = collect(&PageQuery::oldest(0), many());
        assert_eq!((page.messages.len(), page.complete), (0, false));
    }

    #[test]
    fn a_full_jid_matches_itself_only_and_a_bare_one_all_of_its_resources() {
        let records = [
            "a@b.example",
            "a@b.example/1",
            "a@b.example/2",
            "c@b.example",
        ];
        for (with, count) in [("a@b.example", 3), ("a@b.example/2", 1), ("b.example", 0)] {
            let query = PageQuery {
                with: Some(Jid::new(with).unwrap()),
                ..PageQuery::oldest(100)
            };
            let page = collect(
                &query,
                records.iter().map(|jid| record(jid, 0, 1)).collect(),
            );
            assert_eq!(page.messages.len(), count, "with {with}");
        }
    }

    #[test]
    fn a_message_that_came_while_the_clock_was_wrong_is_of_the_time_that_it_says() {
        let query = PageQuery {
            start: Some(Timestamp::from_unix_millis(5)),
            ..PageQuery::oldest(100)
        };
        // All of them are filed behind one that came at 9.
        let records = [4, 5, 6].map(|came| record("a@b.example", came, 1));
        let page = collect(&query, records.into());
        let came = page.messages.iter().map(|(_, r)| r.stamp.as_unix_millis());
        assert_eq!(came.collect::<Vec<_>>(), [5, 6]);
    }

    #[test]
    fn bounds_that_exclude_each_other_leave_nothing() {
        let id = ArchiveId::from_bytes([7; 16]);
        let query = PageQuery {
            after: Some(id),
            before: id.successor(),
            ..PageQuery::oldest(1)
        };
        assert_eq!(query.bounds(), None);
        let query = PageQuery {
            after: Some(ArchiveId::MAX),
            ..PageQuery::oldest(1)
        };
        assert_eq!(query.bounds(), None);
        let query = PageQuery {
            before: Some(ArchiveId::MIN),
            ..PageQuery::oldest(1)
        };
        assert_eq!(query.bounds(), None);
        let times = |start, end| PageQuery {
            start: Some(Timestamp::from_unix_millis(start)),
            end: Some(Timestamp::from_unix_millis(end)),
            ..PageQuery::oldest(1)
        };
        assert_eq!(times(2, 1).bounds(), None);
        assert!(times(1, 1).bounds().is_some());
    }
}
