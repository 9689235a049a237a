//! What our server has kept of our messages: queries, results and their end.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ns};

use crate::data_form;
use crate::forwarding::{self, Forwarded};
use crate::result_set::{self, Ends, Page};

/// What to ask the archive of our account for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    /// Tells the results of this query from others.
    pub(crate) query_id: &'a str,
    /// Only messages with this side.
    pub(crate) with: Option<&'a BareJid>,
    /// Only messages from this time on.
    pub(crate) start: Option<Timestamp>,
    /// Only messages up to this time.
    pub(crate) end: Option<Timestamp>,
    /// Which page.
    pub(crate) page: Page<'a>,
    /// How many at most.
    pub(crate) max: u32,
}

/// The query as XML.
pub(crate) fn query(query: &Query<'_>) -> Element {
    let mut form = data_form::submission(ns::ARCHIVE);
    if let Some(with) = query.with {
        form.append_child(data_form::field("with", with.as_str()));
    }
    // XEP-0313, section 4.1.2: XEP-0082 times in UTC.
    for (name, time) in [("start", query.start), ("end", query.end)] {
        if let Some(time) = time {
            form.append_child(data_form::field(name, &time.to_string()));
        }
    }
    let mut element = Element::bare("query", ns::ARCHIVE).with_attribute("queryid", query.query_id);
    element.append_child(form);
    element.append_child(result_set::request(query.page, query.max));
    element
}

/// One message of the archive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ArchiveResult<'a> {
    pub(crate) query_id: Option<&'a str>,
    /// Its name in the archive.
    pub(crate) archive_id: &'a str,
    pub(crate) forwarded: Forwarded<'a>,
}

/// Whether a message claims to carry a result. Whatever else is in it is not read.
pub(crate) fn is_result(message: &Element) -> bool {
    message.has_child("result", ns::ARCHIVE)
}

/// The result in a message. Who sent it and which query it is for has to be checked.
pub(crate) fn result(message: &Element) -> Option<ArchiveResult<'_>> {
    let result = message.get_child("result", ns::ARCHIVE)?;
    Some(ArchiveResult {
        query_id: result.attr("queryid"),
        archive_id: result.attr("id").filter(|id| result_set::is_entry_id(id))?,
        forwarded: forwarding::forwarded(result)?,
    })
}

/// The end of a query's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fin {
    /// Whether nothing lies beyond this page in the direction that was asked for.
    pub(crate) complete: bool,
    pub(crate) ends: Ends,
}

impl Fin {
    /// The end of a page without results, beyond which there is nothing.
    pub(crate) fn empty() -> Self {
        Self {
            complete: true,
            ends: Ends::default(),
        }
    }
}

/// Reads the end from the answer to a query.
pub(crate) fn fin(iq: &Element) -> Option<Fin> {
    let fin = iq.get_child("fin", ns::ARCHIVE)?;
    Some(Fin {
        complete: matches!(fin.attr("complete"), Some("true" | "1")),
        ends: result_set::ends(fin),
    })
}

/// The name that the archive of our account gave a live message (XEP-0359). Only to be believed
/// of a server that removes forged ones, which one with an archive does.
pub(crate) fn archive_id<'a>(message: &'a Element, our_jid: &BareJid) -> Option<&'a str> {
    message
        .children()
        .filter(|child| child.is("stanza-id", ns::STANZA_ID))
        .find(|child| {
            let by = child.attr("by").and_then(|by| BareJid::new(by).ok());
            by.as_ref() == Some(our_jid)
        })
        .and_then(|child| child.attr("id"))
        .filter(|id| result_set::is_entry_id(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_is_wanted() {
        let bob = BareJid::new("bob@b.example").unwrap();
        let xml = query(&Query {
            query_id: "q1",
            with: Some(&bob),
            start: None,
            end: Some("2026-11-23T12:00:00Z".parse().unwrap()),
            page: Page::Last,
            max: 20,
        });
        assert_eq!(xml.attr("queryid"), Some("q1"));
        let form = xml.get_child("x", ns::DATA_FORMS).unwrap();
        let fields: Vec<(String, String)> = form
            .children()
            .map(|field| {
                let value = field.get_child("value", ns::DATA_FORMS).unwrap().text();
                (field.attr("var").unwrap().to_owned(), value)
            })
            .collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            fields,
            [
                pair("FORM_TYPE", ns::ARCHIVE),
                pair("with", "bob@b.example"),
                pair("end", "2026-11-23T12:00:00.000Z"),
            ]
        );
        assert!(xml.has_child("set", ns::RSM));
    }

    fn message(children: &str) -> Element {
        format!("<message xmlns='jabber:client'>{children}</message>")
            .parse()
            .unwrap()
    }

    #[test]
    fn a_result_needs_a_name_and_a_message() {
        let inner = "<forwarded xmlns='urn:xmpp:forward:0'>\
            <delay xmlns='urn:xmpp:delay' stamp='2026-11-23T12:00:00Z'/>\
            <message xmlns='jabber:client' from='bob@b.example/x'/></forwarded>";
        let good = message(&format!(
            "<result xmlns='urn:xmpp:mam:2' queryid='q' id='7'>{inner}</result>"
        ));
        let found = result(&good).unwrap();
        assert_eq!((found.query_id, found.archive_id), (Some("q"), "7"));
        assert_eq!(found.forwarded.stamp, "2026-11-23T12:00:00Z".parse().ok());
        for bad in [
            format!("<result xmlns='urn:xmpp:mam:2' queryid='q'>{inner}</result>"),
            format!("<result xmlns='urn:xmpp:mam:2' id=''>{inner}</result>"),
            "<result xmlns='urn:xmpp:mam:2' id='7'/>".to_owned(),
        ] {
            let bad = message(&bad);
            assert!(is_result(&bad));
            assert_eq!(result(&bad), None);
        }
    }

    #[test]
    fn only_our_own_archive_names_a_message() {
        let alice = BareJid::new("alice@a.example").unwrap();
        let id = |children: &str| archive_id(&message(children), &alice).map(str::to_owned);
        let foreign = "<stanza-id xmlns='urn:xmpp:sid:0' by='room@c.example' id='1'/>";
        let ours = "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@a.example' id='2'/>";
        assert_eq!(id(foreign), None);
        assert_eq!(id(&format!("{foreign}{ours}")).as_deref(), Some("2"));
        assert_eq!(id("<stanza-id xmlns='urn:xmpp:sid:0' id='3'/>"), None);
    }

    #[test]
    fn the_end_is_read_strictly() {
        let fin_of = |xml: &str| {
            fin(&format!("<iq xmlns='jabber:client'>{xml}</iq>")
                .parse()
                .unwrap())
        };
        assert_eq!(fin_of(""), None);
        assert!(!fin_of("<fin xmlns='urn:xmpp:mam:2'/>").unwrap().complete);
        assert!(
            fin_of("<fin xmlns='urn:xmpp:mam:2' complete='true'/>")
                .unwrap()
                .complete
        );
    }
}
