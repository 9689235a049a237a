//! Reading the archive of our account: forward from where we stopped, and backward on demand.
//!
//! The mark on the disk says up to where this device has everything. It moves with the end of each
//! page, in the same commit as the question for the next one, and the results of a page are
//! committed before. So an interruption costs at most one page, which is read again; what is
//! read twice is recognised by its name in the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::{ANSWER_WITHIN, Asked, Whom};
use super::messages::{Arrival, Provenance};
use super::session::Session;
use crate::archive::{self, ArchiveResult, Fin, Query};
use crate::event::Event;
use crate::forwarding::{self, Way};
use crate::result_set::Page;
use crate::stanza::{Sender, StanzaError};
use crate::store::{ArchiveMark, Change};

/// How many messages are asked for at a time: what servers give at most.
const PAGE: u32 = 100;

/// How many results of one page are read. A server may give a few more than it was asked for.
const MAX_RESULTS: u32 = 2 * PAGE;

/// How many pages one session reads: a million messages. What is left is read by the next one.
const MAX_PAGES: u32 = 10_000;

/// How many pages a device reads back that has nothing yet. The rest comes when the user looks for
/// it.
const FIRST_PAGES: u32 = 3;

/// How many pages are read for one wish for older messages, while they hold nothing new.
const MAX_HISTORY_PAGES: u32 = 5;

/// How far the time may be off that replaces a place which the archive does not know any more.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// How the reading stands in this session.
#[derive(Default)]
pub(super) struct CatchUp {
    state: State,
    /// The places that were asked for: none is asked for twice.
    asked: BTreeSet<String>,
    pages: u32,
    history: BTreeMap<BareJid, History>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Not begun, or the server has no archive.
    #[default]
    Idle,
    /// Pages come.
    Reading,
    /// This device has everything up to now, and what comes live continues it.
    Current,
    /// The server's answers make no sense; the next session tries again.
    GaveUp,
}

/// A wish for older messages.
struct History {
    pages: u32,
}

/// A question for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedPage {
    query_id: String,
    direction: Direction,
    results: u32,
    new: u32,
    first: Option<String>,
    last: Option<ArchiveMark>,
    /// The conversations in it.
    seen: BTreeSet<BareJid>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Direction {
    /// After the mark.
    Forward,
    /// After the time of the mark, because the archive does not know the mark.
    ForwardByTime,
    /// The newest pages, for a device that has nothing.
    First,
    /// Before the oldest message of a conversation.
    History(BareJid),
}

impl Session {
    /// Whether everything is here that this device has missed, as far as it can be had.
    pub(super) fn has_caught_up(&self) -> bool {
        let has_archive = self.abilities.archive;
        self.abilities.are_known
            && (!has_archive || matches!(self.catch_up.state, State::Current | State::GaveUp))
    }

    /// Begins to read what this device has missed.
    pub(super) fn begin_catch_up(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.abilities.archive || self.catch_up.state != State::Idle {
            return;
        }
        self.catch_up.state = State::Reading;
        match core.memory.account.archive.clone() {
            Some(mark) if mark.id.is_empty() => self.ask_by_time(core, cx),
            Some(mark) => self.ask_after(&mark, core, cx),
            None => self.ask_page(Direction::First, Page::Last, None, core, cx),
        }
    }

    /// Whether the older messages of a conversation can be asked for now, and does so.
    pub(super) fn fetch_older(
        &mut self,
        conversation: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> bool {
        if !self.abilities.archive {
            return false;
        }
        // The archive knows accounts and no people.
        let mut addresses = core.addresses_with(conversation);
        addresses.retain(|jid| core.may_have_older(jid));
        for jid in &addresses {
            if !self.catch_up.history.contains_key(jid) {
                let history = History { pages: 0 };
                self.catch_up.history.insert(jid.clone(), history);
                self.ask_older(jid, core, cx);
            }
        }
        !addresses.is_empty()
    }

    fn ask_older(&mut self, conversation: &BareJid, core: &mut Core, cx: &mut Context<'_>) {
        let known = core.memory.conversations.get(conversation);
        let oldest = known.and_then(|known| known.archive().oldest.clone());
        let page = oldest.as_deref().map_or(Page::Last, Page::Before);
        let direction = Direction::History(conversation.clone());
        self.ask_page(direction, page, None, core, cx);
    }

    fn ask_after(&mut self, mark: &ArchiveMark, core: &mut Core, cx: &mut Context<'_>) {
        let is_new = self.catch_up.asked.insert(mark.id.clone());
        self.catch_up.pages = self.catch_up.pages.saturating_add(1);
        if !is_new || self.catch_up.pages > MAX_PAGES {
            self.catch_up.state = State::GaveUp;
            return;
        }
        self.ask_page(Direction::Forward, Page::After(&mark.id), None, core, cx);
    }

    fn ask_page(
        &mut self,
        direction: Direction,
        page: Page<'_>,
        start: Option<Timestamp>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let query_id = cx.new_id();
        let with = match &direction {
            Direction::History(conversation) => Some(conversation.clone()),
            _ => None,
        };
        let query = archive::query(&Query {
            query_id: &query_id,
            with: with.as_ref(),
            start,
            end: None,
            page,
            max: PAGE,
        });
        let asked = Asked::ArchivePage(Box::new(AskedPage {
            query_id: query_id.clone(),
            direction,
            results: 0,
            new: 0,
            first: None,
            last: None,
            seen: BTreeSet::new(),
        }));
        let item = Sent::Other;
        self.ask_as(
            query_id,
            Whom::OurAccount,
            "set",
            query,
            asked,
            item,
            core,
            cx.now,
        );
    }

    /// Takes a message that carries a result. One that nobody asked for is not read.
    pub(super) fn archive_result(
        &mut self,
        stanza: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        // XEP-0313, section 8.2: results come from the archive that was asked, which is ours.
        let is_ours = Sender::of(stanza).is_some_and(|it| it.is_our_account(&core.config.our_jid));
        let Some(result) = archive::result(stanza).filter(|_| is_ours) else {
            return;
        };
        let Some(pending) = result.query_id.and_then(|id| self.iqs.get_mut(id)) else {
            return;
        };
        let Asked::ArchivePage(page) = &mut pending.asked else {
            return;
        };
        if page.results >= MAX_RESULTS {
            return;
        }
        pending.deadline = cx.now + ANSWER_WITHIN;
        page.note(&result, cx.now);
        let is_history = !matches!(
            page.direction,
            Direction::Forward | Direction::ForwardByTime
        );
        let Some(way) = forwarding::way(result.forwarded.message, &core.config.our_jid) else {
            return;
        };
        let conversation = conversation_of(result.forwarded.message, way, &core.config.our_jid);
        let is_first_of_it = conversation
            .clone()
            .is_some_and(|jid| page.seen.insert(jid));
        let before = core.memory.next_position;
        let arrival = Arrival {
            message: result.forwarded.message,
            provenance: Provenance::Archive { is_history },
            archive_id: Some(result.archive_id.to_owned()),
            stamp: result.forwarded.stamp,
        };
        self.arrived(&arrival, core, cx);
        let is_new = core.memory.next_position != before;
        if is_new
            && let Some(pending) = self.iqs.get_mut(result.query_id.unwrap_or_default())
            && let Asked::ArchivePage(page) = &mut pending.asked
        {
            page.new = page.new.saturating_add(1);
        }
        if let Some(jid) = conversation
            && is_first_of_it
        {
            self.note_oldest(&jid, result.archive_id, is_history, core);
        }
    }

    /// The first message of a conversation in a page that was read backward is the oldest one that
    /// this device has of it; in one that was read forward, only if there was none.
    fn note_oldest(&self, jid: &BareJid, archive_id: &str, backward: bool, core: &mut Core) {
        let known = core.memory.conversations.get(jid);
        if known.is_none() && core.home_of(jid) == *jid {
            return;
        }
        let mut state = known.map(|it| it.archive().clone()).unwrap_or_default();
        if backward || state.oldest.is_none() {
            state.oldest = Some(archive_id.to_owned());
            *core.conversation(jid).archive_mut() = state;
        }
    }

    /// The end of a page came, or with `None` will not come.
    pub(super) fn archive_page_came(
        &mut self,
        page: &AskedPage,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let fin = answer.and_then(archive::fin);
        let is_unknown = answer
            .filter(|answer| answer.attr("type") == Some("error"))
            .is_some_and(|answer| StanzaError::of(answer).condition == "item-not-found");
        match page.direction.clone() {
            Direction::Forward if is_unknown => self.ask_by_time(core, cx),
            Direction::Forward | Direction::ForwardByTime => self.read_forward(page, fin, core, cx),
            Direction::First => self.read_first(page, fin, core, cx),
            Direction::History(conversation) => {
                // A place that the archive has forgotten has nothing before it.
                let fin = fin.or_else(|| is_unknown.then(Fin::empty));
                self.read_history(&conversation, page, fin.as_ref(), core, cx);
            }
        }
    }

    /// The archive does not know our place any more: what it has since the same time is read.
    fn ask_by_time(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let Some(mark) = core.memory.account.archive.clone() else {
            self.catch_up.state = State::GaveUp;
            return;
        };
        let tolerance = u64::try_from(CLOCK_TOLERANCE.as_millis()).unwrap_or(u64::MAX);
        let start = mark.stamp.as_unix_millis().saturating_sub(tolerance);
        let start = Timestamp::from_unix_millis(start);
        let direction = Direction::ForwardByTime;
        self.ask_page(direction, Page::First, Some(start), core, cx);
    }

    fn read_forward(
        &mut self,
        page: &AskedPage,
        fin: Option<Fin>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(fin) = fin else {
            self.catch_up.state = State::GaveUp;
            return;
        };
        let mark = page.end(&fin, cx.now);
        if let Some(mark) = mark.clone() {
            set_mark(mark, core);
        }
        match mark {
            Some(mark) if !fin.complete => self.ask_after(&mark, core, cx),
            _ => self.is_current(core, cx),
        }
    }

    fn read_first(
        &mut self,
        page: &AskedPage,
        fin: Option<Fin>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(fin) = fin else {
            self.catch_up.state = State::GaveUp;
            return;
        };
        // Only the first page of these ends with the newest message.
        if self.catch_up.pages == 0
            && let Some(mark) = page.end(&fin, cx.now)
        {
            set_mark(mark, core);
        }
        self.catch_up.pages = self.catch_up.pages.saturating_add(1);
        let first = fin.ends.first.or_else(|| page.first.clone());
        match first {
            Some(first)
                if !fin.complete
                    && page.results > 0
                    && self.catch_up.pages < FIRST_PAGES
                    && self.catch_up.asked.insert(first.clone()) =>
            {
                self.ask_page(Direction::First, Page::Before(&first), None, core, cx);
            }
            _ => {
                self.catch_up.pages = 0;
                self.is_current(core, cx);
            }
        }
    }

    fn read_history(
        &mut self,
        conversation: &BareJid,
        page: &AskedPage,
        fin: Option<&Fin>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let pages = self
            .catch_up
            .history
            .get_mut(conversation)
            .map_or(u32::MAX, |history| {
                history.pages = history.pages.saturating_add(1);
                history.pages
            });
        let mut is_complete = false;
        if let Some(fin) = fin {
            let known = core.memory.conversations.get(conversation);
            let mut state = known.map(|it| it.archive().clone()).unwrap_or_default();
            let first = fin.ends.first.clone().or_else(|| page.first.clone());
            // A page that begins where the last one began would never end.
            let moved = first.is_some() && (first != state.oldest || page.new > 0);
            is_complete = fin.complete || page.results == 0;
            state.is_complete |= is_complete;
            state.oldest = first.or(state.oldest);
            let is_other = known.map_or(core.home_of(conversation) != *conversation, |known| {
                *known.archive() != state
            });
            if is_other {
                *core.conversation(conversation).archive_mut() = state;
            }
            if !is_complete && page.new == 0 && moved && pages < MAX_HISTORY_PAGES {
                return self.ask_older(conversation, core, cx);
            }
        }
        self.catch_up.history.remove(conversation);
        let home = core.home_of(conversation);
        let mut under_way = self.catch_up.history.keys();
        if under_way.any(|jid| core.home_of(jid) == home) {
            return;
        }
        let others = core.addresses_with(&home);
        let mut others = others.iter().filter(|jid| *jid != conversation);
        let has_more = !is_complete || others.any(|jid| core.may_have_older(jid));
        core.outbox.event(Event::HistoryFetched {
            conversation: home,
            has_more: has_more && fin.is_some(),
        });
    }

    /// Nothing is missing any more.
    fn is_current(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if self.catch_up.state == State::Reading {
            self.catch_up.state = State::Current;
            if core.memory.account.archive.is_none() {
                // An archive with nothing in it has no name to go on from, but a time.
                let (id, stamp) = (String::new(), cx.now);
                set_mark(ArchiveMark { id, stamp }, core);
            }
            self.begin_displayed_sync(core, cx);
        }
    }

    /// A live message continues what was read, so the mark can follow it: if nothing is missing
    /// before it, and if we see what our other clients send and receive.
    pub(super) fn follow_live(
        &self,
        message: &Element,
        archive_id: &str,
        core: &mut Core,
        now: Timestamp,
    ) {
        // A message that waited somewhere may be older than others that we have not seen.
        let has_waited = message.has_child("delay", ns::DELAY);
        if self.catch_up.state == State::Current && self.carbons_are_enabled && !has_waited {
            let id = archive_id.to_owned();
            set_mark(ArchiveMark { id, stamp: now }, core);
        }
    }
}

impl AskedPage {
    fn note(&mut self, result: &ArchiveResult<'_>, now: Timestamp) {
        self.results = self.results.saturating_add(1);
        let id = result.archive_id.to_owned();
        self.first.get_or_insert_with(|| id.clone());
        let stamp = result.forwarded.stamp.unwrap_or(now).min(now);
        self.last = Some(ArchiveMark { id, stamp });
    }

    /// Where the page ends: with the last result that came, or if none could be read, where the
    /// server says.
    fn end(&self, fin: &Fin, now: Timestamp) -> Option<ArchiveMark> {
        self.last.clone().or_else(|| {
            let id = fin.ends.last.clone()?;
            Some(ArchiveMark { id, stamp: now })
        })
    }
}

fn set_mark(mark: ArchiveMark, core: &mut Core) {
    let account = &core.memory.account;
    if account.archive.as_ref() != Some(&mark) {
        let mut account = account.clone();
        account.archive = Some(mark);
        core.change(Change::PutAccount(Box::new(account)));
    }
}

impl Core {
    /// Whether our archive may have older messages with an address than this device.
    fn may_have_older(&self, jid: &BareJid) -> bool {
        let known = self.memory.conversations.get(jid);
        known.is_none_or(|known| !known.archive().is_complete)
    }
}

/// The other side of a message of our account.
fn conversation_of(message: &Element, way: Way, our_jid: &BareJid) -> Option<BareJid> {
    let name = match way {
        Way::Received => "from",
        Way::Sent => "to",
    };
    match message.attr(name) {
        None => Some(our_jid.clone()),
        Some(jid) => jid::Jid::new(jid).ok().map(|jid| jid.to_bare()),
    }
}
