//! The archive at work: what goes in, and the answers to those who own it.

use std::collections::BTreeMap;

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use super::request::{self, ArchiveRequest, MessagesRequest};
use super::{
    ArchiveAnswer, ArchiveId, ArchivePage, ArchiveQuery, ArchiveRecord, PageQuery, worth_archiving,
};
use crate::context::Context;
use crate::forwarding;
use crate::input::ConnectionId;
use crate::limits;
use crate::output::Effect;
use crate::result_set;
use crate::server::Server;
use crate::stanza::{self, Build, Condition};
use crate::stanza_ids;
use crate::store::Change;

/// What has been asked of the store and not answered yet.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    waiting: BTreeMap<u64, Reading>,
    next: u64,
}

/// Why an archive is read.
#[derive(Debug)]
enum Reading {
    /// A client asks for messages.
    Messages(Asker, Wanted),
    /// A client asks where its archive begins and ends.
    Metadata(Asker),
    /// The archive has become too large, and its oldest messages have to go.
    Trim(BareJid),
}

/// The client that has asked. It is looked up again by its resource, since its connection may be
/// another one when the answer comes.
#[derive(Debug)]
struct Asker {
    account: BareJid,
    resource: String,
    /// The IQ, without what it asks.
    iq: Element,
}

/// What a client wants to have besides the messages.
#[derive(Debug)]
struct Wanted {
    query_id: Option<String>,
    flip: bool,
    /// How many messages there are on all pages, if that is known.
    count: Option<u64>,
}

impl Readings {
    fn is_trimming(&self, account: &BareJid) -> bool {
        let trims = |reading: &Reading| matches!(reading, Reading::Trim(of) if of == account);
        self.waiting.values().any(trims)
    }
}

impl Server {
    /// Puts a message into an account's archive if it belongs there, and marks it with its id;
    /// `with` is the other side, a `stranger` or not.
    pub(crate) fn archive(
        &mut self,
        bare: &BareJid,
        with: &Jid,
        stranger: bool,
        message: &mut Element,
        cx: &mut Context<'_>,
    ) {
        let (true, Some(account)) = (worth_archiving(message).0, self.accounts.get_mut(bare))
        else {
            return;
        };
        let id = ArchiveId::next(account.archive.last, cx.now, cx.rng);
        stanza_ids::assign(message, bare, id);
        let record = ArchiveRecord {
            with: with.clone(),
            stamp: cx.now,
            stranger,
            xml: stanza::to_xml(message),
        };
        if !account.archive.admit(id, &record) {
            stanza_ids::strip(message, bare);
            return;
        }
        let tally = account.archive;
        cx.commit(Change::PutArchive(bare.clone(), id, record, tally));
        if tally.bytes > limits::MAX_ARCHIVE_BYTES && !self.readings.is_trimming(bare) {
            self.trim(bare, cx);
        }
    }

    fn trim(&mut self, bare: &BareJid, cx: &mut Context<'_>) {
        let oldest = PageQuery::oldest(limits::MAX_ARCHIVE_PAGE_MESSAGES);
        let query = ArchiveQuery::Page(oldest);
        self.read_archive(bare, query, Reading::Trim(bare.clone()), cx);
    }

    fn read_archive(
        &mut self,
        account: &BareJid,
        query: ArchiveQuery,
        reading: Reading,
        cx: &mut Context<'_>,
    ) {
        let ticket = self.readings.next;
        self.readings.next = ticket.saturating_add(1);
        self.readings.waiting.insert(ticket, reading);
        cx.effect(Effect::ReadArchive {
            account: account.clone(),
            ticket,
            query,
        });
    }

    /// A client asks something of its own archive; none if the answer comes later.
    pub(crate) fn archive_request(
        &mut self,
        id: ConnectionId,
        iq: &Element,
        payload: &Element,
        cx: &mut Context<'_>,
    ) -> Option<Result<Option<Element>, Condition>> {
        let kind = iq.attr("type").unwrap_or_default();
        let request = match ArchiveRequest::parse(kind, payload) {
            Ok(request) => request,
            Err(condition) => return Some(Err(condition)),
        };
        let resource = self.resource(id)?;
        let asker = Asker {
            account: resource.account.clone(),
            resource: resource.name.clone(),
            iq: without_children(iq),
        };
        let account = asker.account.clone();
        let (query, reading) = match request {
            ArchiveRequest::Form => return Some(Ok(Some(request::form()))),
            ArchiveRequest::Preferences => return Some(Ok(Some(request::preferences()))),
            ArchiveRequest::Metadata => (ArchiveQuery::Ends, Reading::Metadata(asker)),
            ArchiveRequest::Messages(request) => {
                let MessagesRequest {
                    query,
                    query_id,
                    flip,
                    matches_all,
                } = *request;
                let tally = self.accounts.get(&account).map(|known| known.archive);
                let count = tally.filter(|_| matches_all).map(|tally| tally.messages);
                let wanted = Wanted {
                    query_id,
                    flip,
                    count,
                };
                (query, Reading::Messages(asker, wanted))
            }
        };
        if self.readings.waiting.len() >= limits::MAX_ARCHIVE_READS {
            return Some(Err(Condition::ResourceConstraint));
        }
        self.read_archive(&account, query, reading, cx);
        None
    }

    /// The store has answered.
    pub(crate) fn archive_was_read(
        &mut self,
        ticket: u64,
        answer: ArchiveAnswer,
        cx: &mut Context<'_>,
    ) {
        let Some(reading) = self.readings.waiting.remove(&ticket) else {
            return;
        };
        let page = match answer {
            ArchiveAnswer::Page(page) => Ok(page),
            // XEP-0313 §4.1.5: "the server MUST return an item-not-found error".
            ArchiveAnswer::UnknownId => Err(Condition::ItemNotFound),
            ArchiveAnswer::Unreadable => Err(Condition::InternalServerError),
        };
        match (reading, page) {
            (Reading::Messages(asker, wanted), Ok(page)) => {
                let fin = self.send_page(&asker, &wanted, page, cx);
                self.answer_asker(&asker, Ok(Some(fin)), cx);
            }
            (Reading::Metadata(asker), Ok(page)) => {
                self.answer_asker(&asker, Ok(Some(metadata(&page))), cx);
            }
            (Reading::Messages(asker, _) | Reading::Metadata(asker), Err(condition)) => {
                self.answer_asker(&asker, Err(condition), cx);
            }
            (Reading::Trim(account), Ok(page)) => self.remove_oldest(&account, &page, cx),
            // What cannot be read cannot be made smaller; the next message tries again.
            (Reading::Trim(_), Err(_)) => {}
        }
    }

    /// §4.2: sends the messages of a page, each in a message of its own, and gives what ends them.
    fn send_page(
        &mut self,
        asker: &Asker,
        wanted: &Wanted,
        mut page: ArchivePage,
        cx: &mut Context<'_>,
    ) -> Element {
        let ids: Vec<_> = page.messages.iter().map(|(id, _)| id.to_string()).collect();
        let ends = ids.first().zip(ids.last());
        let ends = ends.map(|(first, last)| (first.as_str(), last.as_str()));
        let mut fin = Element::bare("fin", ns::ARCHIVE);
        if page.complete {
            fin.set("complete", "true");
        }
        fin.append_child(result_set::page(ends, wanted.count));
        if wanted.flip {
            page.messages.reverse();
        }
        if let Some(id) = self.asking(asker) {
            for (archived, record) in &page.messages {
                let message = result_message(asker, wanted, *archived, record);
                if let (Some(message), Some(resource)) = (message, self.resource(id)) {
                    resource.send(id, &message, cx);
                }
            }
        }
        fin
    }

    fn answer_asker(
        &mut self,
        asker: &Asker,
        answer: Result<Option<Element>, Condition>,
        cx: &mut Context<'_>,
    ) {
        if let Some(id) = self.asking(asker) {
            self.answer_client(id, &asker.iq, answer, cx);
        }
    }

    fn asking(&self, asker: &Asker) -> Option<ConnectionId> {
        let account = self.accounts.get(&asker.account)?;
        account.resources.get(&asker.resource).copied()
    }

    /// Removes as many of the oldest messages as have to go.
    fn remove_oldest(&mut self, bare: &BareJid, page: &ArchivePage, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        let tally = &mut account.archive;
        let mut removed = Vec::new();
        for (id, record) in &page.messages {
            if tally.bytes <= limits::TRIMMED_ARCHIVE_BYTES {
                break;
            }
            tally.remove(record);
            removed.push(*id);
        }
        let tally = *tally;
        if removed.is_empty() {
            return;
        }
        cx.commit(Change::RemoveArchive(bare.clone(), removed, tally));
        if tally.bytes > limits::TRIMMED_ARCHIVE_BYTES {
            self.trim(bare, cx);
        }
    }
}

fn result_message(
    asker: &Asker,
    wanted: &Wanted,
    id: ArchiveId,
    record: &ArchiveRecord,
) -> Option<Element> {
    let mut result = Element::bare("result", ns::ARCHIVE);
    result.set("id", &id.to_string());
    if let Some(query_id) = &wanted.query_id {
        result.set("queryid", query_id);
    }
    result.append_child(forwarding::forward(
        &stanza::parse(&record.xml)?,
        record.stamp,
    ));
    let mut message = Element::bare("message", ns::CLIENT);
    message.set("from", asker.account.as_str());
    message.set("to", asker.iq.attr("from")?);
    message.append_child(result);
    Some(message)
}

/// §5: the ends of the archive.
fn metadata(page: &ArchivePage) -> Element {
    let mut metadata = Element::bare("metadata", ns::ARCHIVE);
    let ends = [
        ("start", page.messages.first()),
        ("end", page.messages.last()),
    ];
    for (name, message) in ends {
        if let Some((id, record)) = message {
            let mut end = Element::bare(name, ns::ARCHIVE);
            end.set("id", &id.to_string());
            end.set("timestamp", &record.stamp.to_string());
            metadata.append_child(end);
        }
    }
    metadata
}

fn without_children(iq: &Element) -> Element {
    let mut stripped = iq.clone();
    stripped.take_nodes();
    stripped
}
